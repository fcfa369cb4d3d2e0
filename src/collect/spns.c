/* Runs the searches for an account by its name and for SPNs by a pattern. */
#include "spns.h"

#include "batches.h"
#include "catalog.h"
#include "model/spn.h"
#include "model/written.h"
#include "nearby.h"

#include <string.h>

static bool
matches(const Estate *estate, const SpnSearch *search, const Account *account)
{
    if (search->account && !written_means(search->account, estate, account) &&
        !account_has_name(account, search->account))
        return false;
    if (!search->pattern)
        return search->account || account->spns->len > 0;
    for (guint i = 0; i < account->spns->len; i++)
        if (spn_matches(search->pattern, account->spns->pdata[i]))
            return true;
    return false;
}

GPtrArray *
spns_filter(const Estate *estate, const SpnSearch *search)
{
    GPtrArray *found = g_ptr_array_new();
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        if ((account->kinds & KIND_GROUP) == 0 && matches(estate, search, account))
            g_ptr_array_add(found, (gpointer)account);
    }
    return found;
}

/* In the Global Catalog, where there is one (may be NULL). */
static void
ask(const Live *live, const Catalog *catalog, Batches *terms)
{
    if (catalog)
        catalog_ask(catalog, QUERY_SPN_SEARCH, "terms", terms, NULL);
    else
        live_ask_batches(live, QUERY_SPN_SEARCH, "terms", terms, NULL);
}

/* Of all holders of SPNs only those are kept that share one: whoever held it first is
 * asked for once more. */
static bool
run_search(const Live *live, const Catalog *catalog, const SpnSearch *search,
           GError **error)
{
    Engine *engine = catalog ? catalog->engine : live->engine;
    bool everybody = !search->account && !search->pattern;
    g_autoptr(Sieve) sieve = everybody ? sieve_new() : NULL;
    ask(live, catalog, batches_of_search(search, live->reader->estate));
    engine_sift(engine, sieve);
    bool run = engine_run(engine, error);
    engine_sift(engine, NULL);
    if (!run || !sieve || sieve->doubles->len == 0)
        return run;
    ask(live, catalog, batches_of_doubles(sieve->doubles));
    return engine_run(engine, error);
}

static bool
search_catalog(const Live *live, const SpnSearch *search, GError **error)
{
    g_auto(Catalog) catalog = {.live = NULL};
    if (!engine_run(live->engine, error))
        return false;
    builder_settle_domains(live->reader->builder); /* it is found by the forest's name */
    return catalog_open(&catalog, live, error) &&
           run_search(live, &catalog, search, error);
}

static bool
ask_all(Reader *reader, Directory *directory, const SpnSearch *search, GError **error)
{
    Live *live = NULL;
    if (!reader_add(reader, directory, false, &live, error))
        return false;
    live_ask(live, QUERY_PARTITIONS, NULL, NULL);
    if (search->pattern)
        live_ask(live, QUERY_MAPPINGS, NULL, NULL);
    if (search->forest ? !search_catalog(live, search, error)
                       : !run_search(live, NULL, search, error))
        return false;
    builder_settle_domains(reader->builder);
    if (search->account && reader->estate->accounts->len == 0)
        nearby_read_one(live, search->account);
    return true;
}

bool
spns_read(Directory *directory, const LiveOptions *options, const SpnSearch *search,
          const CollectPlan *plan, const Queries *queries, Estate **ret_estate,
          GPtrArray **ret_found, GError **error)
{
    g_autoptr(Estate) estate = estate_new(g_get_real_time());
    estate->source_kind = "ldap";
    estate->source_uri = estate_string(estate, directory->uri->text);
    g_autoptr(Builder) builder = builder_new(estate);
    g_auto(Reader) reader;
    reader_init(&reader, options, plan, queries, estate, builder);
    if (!ask_all(&reader, directory, search, error))
        return false;
    builder_settle(builder, NULL, false);
    if (plan->progress)
        plan->progress("entries", builder->count, plan->progress_data);
    estate_freeze(estate);
    *ret_found = spns_filter(estate, search);
    *ret_estate = g_steal_pointer(&estate);
    return true;
}
