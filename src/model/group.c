/* How the names of a group match hosts, and what makes an account a Hyper-V host. */
#include "model/group.h"

#include "base/text.h"
#include "model/dn.h"
#include "model/spn.h"
#include "model/written.h"

#include <string.h>

const char *const reach_names[REACH_COUNT] = {"hosts", "domain", "forest"};
const char *const service_names[SERVICE_COUNT] = {"cifs", "migration"};
const char *const service_classes[SERVICE_COUNT] = {SPN_CIFS, SPN_MIGRATION};

GroupSpec *
group_spec_new(const char *name, GroupOrigin origin)
{
    GroupSpec *spec = g_new0(GroupSpec, 1);
    spec->name = g_strdup(name);
    spec->origin = origin;
    spec->hosts = g_ptr_array_new_with_free_func(g_free);
    spec->hosts_in = g_ptr_array_new_with_free_func(g_free);
    spec->member_of = g_ptr_array_new_with_free_func(g_free);
    spec->storage = g_ptr_array_new_with_free_func(g_free);
    spec->classes = g_ptr_array_new_with_free_func(g_free);
    spec->services = 1u << SERVICE_CIFS | 1u << SERVICE_MIGRATION;
    return spec;
}

void
group_spec_free(GroupSpec *spec)
{
    if (!spec)
        return;
    g_ptr_array_unref(spec->hosts);
    g_ptr_array_unref(spec->hosts_in);
    g_ptr_array_unref(spec->member_of);
    g_ptr_array_unref(spec->storage);
    g_ptr_array_unref(spec->classes);
    g_free(spec->name);
    g_free(spec);
}

void
group_free(Group *group)
{
    if (!group)
        return;
    g_ptr_array_unref(group->members);
    g_ptr_array_unref(group->storage);
    g_clear_pointer(&group->classes, g_ptr_array_unref);
    g_free(group->name);
    g_free(group);
}

Tri
group_spec_matches(const GroupSpec *spec, const Estate *estate, const Account *account)
{
    if ((account->kinds & KIND_COMPUTER) == 0 || (account->kinds & KIND_MANAGED) != 0 ||
        account_is_conflict(account))
        return TRI_NO;
    for (guint i = 0; i < spec->hosts->len; i++)
        if (written_means(spec->hosts->pdata[i], estate, account))
            return TRI_YES;
    for (guint i = 0; i < spec->hosts_in->len; i++)
        if (dn_is_below(account->dn, spec->hosts_in->pdata[i]))
            return TRI_YES;
    Tri found = TRI_NO;
    for (guint i = 0; i < spec->member_of->len; i++) {
        Tri in = estate_in_group(estate, account, spec->member_of->pdata[i]);
        if (in == TRI_YES)
            return TRI_YES;
        if (in == TRI_UNKNOWN)
            found = TRI_UNKNOWN;
    }
    return found;
}

bool
group_is_cluster_name(const Account *account)
{
    for (guint i = 0; i < account->spns->len; i++)
        if (spn_has_class(account->spns->pdata[i], SPN_CLUSTER_NAME))
            return true;
    return false;
}

/* Enabled or not. */
static bool
looks_like_hyperv_host(const Account *account)
{
    static const char *const hyperv[] = {SPN_MIGRATION, SPN_REPLICA, SPN_CONSOLE};

    if ((account->kinds & KIND_COMPUTER) == 0 || (account->kinds & KIND_MANAGED) != 0 ||
        account->partial || account_is_conflict(account) ||
        group_is_cluster_name(account))
        return false;
    bool host = account->hyperv_scp || account->hyperv_partner;
    for (guint i = 0; i < account->spns->len; i++)
        for (guint c = 0; !host && c < G_N_ELEMENTS(hyperv); c++)
            host = spn_has_class(account->spns->pdata[i], hyperv[c]);
    return host;
}

bool
group_is_hyperv_host(const Account *account)
{
    return account_is_enabled(account) != TRI_NO && looks_like_hyperv_host(account);
}

bool
group_is_disabled_host(const Account *account)
{
    return account_is_enabled(account) == TRI_NO && looks_like_hyperv_host(account);
}
