/* Asks for the owners of SPNs, each by one search: what the search for look-alikes finds
 * by its start is not asked for by its whole, and no computer twice. */
#include "owners.h"

#include "base/text.h"

/* Whether the one search finds all that the other does by the same terms, and reads as
 * much of it: an administrator may have changed either (--queries). */
static bool
stands_for(const Query *query, const Query *other)
{
    return query->scope == other->scope && g_str_equal(query->base, other->base) &&
           g_str_equal(query->filter, other->filter) &&
           (other->asked & ~query->asked) == 0 && (query->security || !other->security);
}

/* What the search for look-alikes finds as well (transfer full). */
static GPtrArray *
covered(const Reader *reader)
{
    const Query *queries = reader->queries->queries;
    return stands_for(&queries[QUERY_LOOKALIKES], &queries[QUERY_SPN_OWNERS])
               ? batches_lookalike_starts(reader->builder, reader->plan)
               : g_ptr_array_new();
}

/* The computers of the domain of which this search would tell nothing new, by their
 * folded sAMAccountName (transfer full). */
static GHashTable *
known_computers(const Live *live)
{
    const Reader *reader = live->reader;
    guint64 wanted = reader->queries->queries[QUERY_SPN_OWNERS].asked;
    GHashTable *known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < reader->estate->accounts->len; i++) {
        const Account *account = reader->estate->accounts->pdata[i];
        const Taken *taken = builder_taken(reader->builder, account);
        if ((account->kinds & KIND_COMPUTER) != 0 && account->sam && taken &&
            !account->partial && (wanted & ~taken->asked) == 0 &&
            live_holds(live, account->dn))
            g_hash_table_add(known, text_fold(account->sam));
    }
    return known;
}

void
owners_ask(const Live *live, GPtrArray *jobs)
{
    const Reader *reader = live->reader;
    g_autoptr(GPtrArray) starts = covered(reader);
    g_autoptr(GHashTable) computers = known_computers(live);
    live_ask_batches(live, QUERY_LOOKALIKES, "spns",
                     batches_of_lookalikes(reader->builder, reader->plan), jobs);
    live_ask_batches(live, QUERY_SPN_OWNERS, "spns",
                     batches_of_spns(reader->builder, reader->plan, starts, computers),
                     jobs);
}

void
owners_ask_catalog(const Catalog *catalog, GPtrArray *jobs)
{
    const Reader *reader = catalog->live->reader;
    g_autoptr(GPtrArray) starts = covered(reader);
    catalog_ask(catalog, QUERY_LOOKALIKES, "spns",
                batches_of_lookalikes(reader->builder, reader->plan), jobs);
    catalog_ask(catalog, QUERY_SPN_OWNERS, "spns",
                batches_of_spns(reader->builder, reader->plan, starts, NULL), jobs);
}
