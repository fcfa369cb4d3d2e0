/* What the languages share: the change or its undo, comments, and a fix's home. */
#include "language.h"

#include <stdarg.h>

Change
fix_change(const Fix *fix, bool undo)
{
    if (undo)
        return (Change){fix->remove,  fix->add,      fix->uac_new,
                        fix->uac_old, fix->rbcd_new, fix->rbcd_old};
    return (Change){fix->add,     fix->remove,   fix->uac_old,
                    fix->uac_new, fix->rbcd_old, fix->rbcd_new};
}

void
fix_comment(GString *out, const char *lead, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_string_append(out, lead);
    text_quote(QUOTE_COMMENT, text, out);
    g_string_append_c(out, '\n');
}

void
fix_comment_lost(GString *out, const char *lead, const Fix *fix)
{
    for (guint i = 0; i < fix->remove->len; i++)
        fix_comment(out, lead,
                    "Not undone: %s was on %s, and on another account that keeps it. A "
                    "domain controller of 2012 R2 or later refuses to register it twice.",
                    (const char *)fix->remove->pdata[i], fix->account->dn);
}

bool
fix_is_at_home(const Estate *estate, const Account *account)
{
    const Domain *domain = estate_domain_of(estate, account->dn);
    return !domain || domain == estate->domains->pdata[0];
}
