/* Splits a user's name by the form it is written in. */
#include "model/username.h"

#include "base/text.h"

#include <string.h>

/* No NetBIOS name and no UPN suffix holds "=", which every DN does. */
UserName
username_of(const char *text)
{
    const char *slash = strchr(text, '\\'), *at = strrchr(text, '@');
    if (slash && !memchr(text, '=', (gsize)(slash - text)))
        return (UserName){g_strdup(slash + 1), g_strndup(text, (gsize)(slash - text)),
                          false};
    if (at && !strchr(at, '='))
        return (UserName){g_strndup(text, (gsize)(at - text)), g_strdup(at + 1), true};
    return (UserName){g_strdup(text), NULL, false};
}

void
username_clear(UserName *name)
{
    g_clear_pointer(&name->user, g_free);
    g_clear_pointer(&name->domain, g_free);
}

bool
username_names(const UserName *name, const Domain *domain)
{
    return name->domain &&
           ((domain->netbios && text_equal(domain->netbios, name->domain)) ||
            (domain->dns && text_equal(domain->dns, name->domain)));
}
