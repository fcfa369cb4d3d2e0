/* Reads the GPOs that are linked above the hosts and the domain controllers. */
#include "policies.h"

#include "base/text.h"
#include "model/dn.h"

/* Whose user rights the audit looks at. */
static bool
wants_policies(const Reader *reader, const Account *account)
{
    return builder_wants(reader->builder, reader->plan, account) ||
           (reader->plan->reach != REACH_HOSTS &&
            (account_uac(account) & UAC_DOMAIN_CONTROLLER) != 0);
}

/* The containers above them in this domain that may carry links; its head always. */
static GPtrArray *
containers_above(const Live *live)
{
    const Reader *reader = live->reader;
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *above = g_ptr_array_new();
    g_ptr_array_add(above, live->root->domain_dn);
    for (guint i = 0; i < reader->estate->accounts->len; i++) {
        const Account *account = reader->estate->accounts->pdata[i];
        if (account->partial || !live_holds(live, account->dn) ||
            !wants_policies(reader, account))
            continue;
        for (const char *dn = dn_parent(account->dn);
             dn && !text_equal(dn, live->root->domain_dn); dn = dn_parent(dn))
            if (g_ascii_strncasecmp(dn, "OU=", 3) == 0 &&
                g_hash_table_add(seen, text_fold(dn)))
                g_ptr_array_add(above, (gpointer)dn);
    }
    return above;
}

bool
policies_read(Live *live, GError **error)
{
    Reader *reader = live->reader;
    Estate *estate = reader->estate;
    bool first = reader->lives->pdata[0] == live;
    g_autoptr(GPtrArray) above = containers_above(live);
    g_autoptr(GPtrArray) jobs = g_ptr_array_new();
    live_ask_batches(live, QUERY_GPO_LINKS, "dns", batches_of_dns(above), jobs);
    g_ptr_array_add(jobs, live_ask(live, QUERY_GPOS, NULL, NULL));
    const Job *sites =
        live->first_of_forest ? live_ask(live, QUERY_GPO_SITES, NULL, NULL) : NULL;
    if (!engine_run(live->engine, error))
        return false;
    estate->policies_read = jobs_complete(jobs) && (first || estate->policies_read);
    if (sites)
        estate->sites_read =
            sites->complete && sites->entries > 0 && (first || estate->sites_read);
    return true;
}
