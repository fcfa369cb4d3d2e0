/* Which machines are worth trying on the network. */
#include "audit/audit.h"

#include "base/text.h"
#include "model/spn.h"

#include <string.h>

/* Whether it is a node: the network names of clusters hold these SPNs, too, but
 * are no Hyper-V hosts. */
static bool
is_clustered(const Account *account)
{
    static const char *const classes[] = {"MSServerCluster", "MSServerClusterMgmtAPI"};
    for (guint i = 0; i < account->spns->len; i++)
        for (guint c = 0; c < G_N_ELEMENTS(classes); c++)
            if (spn_has_class(account->spns->pdata[i], classes[c]))
                return true;
    return false;
}

/* The machines by what was last said of them. */
typedef struct {
    const Estate *estate;
    GPtrArray *machines;
    GHashTable *by_account; /* const Account * -> NetEvidence * */
} Wanted;

static void
want_account(Wanted *wanted, const Account *account, guint roles)
{
    NetEvidence *known = g_hash_table_lookup(wanted->by_account, account);
    if (known) {
        net_evidence_add_roles(known, roles);
        return;
    }
    const Domain *domain = estate_home_of(wanted->estate, account);
    g_autofree char *made = !account->dns && domain && domain->dns
                                ? g_strconcat(account->name, ".", domain->dns, NULL)
                                : NULL;
    const char *dns = account->dns ? account->dns : made ? made : account->name;
    NetEvidence *machine = net_evidence_new(account, account->name, dns, roles);
    g_hash_table_insert(wanted->by_account, (gpointer)account, machine);
    g_ptr_array_add(wanted->machines, machine);
}

/* A DC by its DNS name, as the rootDSE and DNS tell it. */
static void
want_dc(Wanted *wanted, const char *dns)
{
    const GPtrArray *named = dns ? estate_by_name(wanted->estate, dns) : NULL;
    for (guint i = 0; named && i < named->len; i++) {
        const Account *account = named->pdata[i];
        if (account->dns && text_equal(account->dns, dns)) {
            want_account(wanted, account, NET_DC);
            return;
        }
    }
    for (guint i = 0; dns && i < wanted->machines->len; i++)
        if (text_equal(((NetEvidence *)wanted->machines->pdata[i])->dns, dns))
            return;
    if (dns)
        g_ptr_array_add(wanted->machines, net_evidence_new(NULL, dns, dns, NET_DC));
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    const NetEvidence *const *left = a, *const *right = b;
    int order = strcmp((*left)->name, (*right)->name);
    return order ? order : strcmp((*left)->dns, (*right)->dns);
}

GPtrArray *
audit_wanted_net(const Audit *audit)
{
    const Estate *estate = audit->estate;
    g_autoptr(GHashTable) by_account = g_hash_table_new(NULL, NULL);
    GPtrArray *machines =
        g_ptr_array_new_with_free_func((GDestroyNotify)net_evidence_free);
    Wanted wanted = {estate, machines, by_account};
    for (guint i = 0; i < audit->hosts->len; i++) {
        const Host *host = audit->hosts->pdata[i];
        guint roles = host->storage ? NET_STORAGE : NET_HYPERV;
        if (!host->storage && is_clustered(host->account))
            roles |= NET_CLUSTER;
        want_account(&wanted, host->account, roles);
    }
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if (account_is_dc(account) == TRI_YES && account_is_enabled(account) == TRI_YES &&
            account->dns && !account->partial && !account_is_cloud_dc(account))
            want_account(&wanted, account, NET_DC);
    }
    want_dc(&wanted, estate->dc);
    for (guint i = 0; i < estate->replicas->len; i++)
        want_dc(&wanted, ((const Replica *)estate->replicas->pdata[i])->dc);
    g_ptr_array_sort(machines, by_name);
    return machines;
}

void
audit_take_net(Audit *audit, GPtrArray *machines)
{
    g_clear_pointer(&audit->net, g_ptr_array_unref);
    audit->net = machines;
}
