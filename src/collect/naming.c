/* Which domains people name by what they ask for. */
#include "base/text.h"
#include "model/dn.h"
#include "model/username.h"
#include "reader.h"

#include <string.h>

/* Whether something that somebody named lies in that domain. */
typedef bool (*Naming)(const char *name, const Domain *domain);

/* "hv1.contoso.com", "sql1.contoso.com:1433" */
static bool
host_names(const char *name, const Domain *domain)
{
    const char *dot = strchr(name, '.');
    g_autofree char *rest = dot ? g_strndup(dot + 1, strcspn(dot + 1, ":/")) : NULL;
    return rest && domain->dns && text_equal(rest, domain->dns);
}

static bool
target_names(const char *name, const Domain *domain)
{
    const char *slash = strchr(name, '/');
    return host_names(slash ? slash + 1 : name, domain);
}

static bool
place_names(const char *dn, const Domain *domain)
{
    g_autofree char *name = dn_domain(dn);
    return name && domain->dns && text_equal(name, domain->dns);
}

/* A host, an account or a person. */
static bool
name_names(const char *text, const Domain *domain)
{
    g_auto(UserName) name = username_of(text);
    return name.domain         ? username_names(&name, domain)
           : strchr(text, '=') ? place_names(text, domain)
                               : host_names(text, domain);
}

static bool
any_names(const GPtrArray *names, Naming naming, const Domain *domain)
{
    for (guint i = 0; names && i < names->len; i++)
        if (naming(names->pdata[i], domain))
            return true;
    return false;
}

bool
live_plan_names(const CollectPlan *plan, const Domain *domain)
{
    const GPtrArray *declarations =
        plan->reach == REACH_HOSTS ? NULL : plan->declarations;
    for (guint g = 0; plan->groups && g < plan->groups->len; g++) {
        const GroupSpec *spec = plan->groups->pdata[g];
        if (any_names(spec->hosts, name_names, domain) ||
            any_names(spec->storage, name_names, domain) ||
            any_names(spec->hosts_in, place_names, domain) ||
            any_names(spec->member_of, place_names, domain))
            return true;
    }
    for (guint d = 0; declarations && d < declarations->len; d++) {
        const Declaration *declaration = declarations->pdata[d];
        if (any_names(declaration->from, name_names, domain) ||
            any_names(declaration->to, target_names, domain) ||
            any_names(declaration->from_in, place_names, domain) ||
            any_names(declaration->from_member_of, place_names, domain))
            return true;
    }
    return any_names(plan->operator_users, name_names, domain);
}
