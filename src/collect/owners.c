/* Asks for the owners of SPNs, each by one search: what the search for look-alikes finds
 * by its start is not asked for by its whole, and no computer twice. */
#include "owners.h"

#include "base/text.h"

#include <string.h>

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

/* Whether the filter looks at SPNs alone.  Then its negation, beside terms of SPNs,
 * leaves nobody out but whom it finds: of whoever hides his SPNs from the reader neither
 * says anything. */
static bool
asks_for_spns_alone(const char *filter)
{
    static const char name[] = "servicePrincipalName=";
    for (const char *at = filter; *at; at++)
        if (*at == '(' && !strchr("(&|!", at[1]) &&
            g_ascii_strncasecmp(at + 1, name, strlen(name)) != 0)
            return false;
    return !strchr(filter, '{');
}

/* The filter of those who were read already, as much as a search for look-alikes would
 * read of them; NULL: there is none. */
static const char *
read_before(const Live *live)
{
    const Query *queries = live->reader->queries->queries;
    const Query *hosts = &queries[QUERY_HOSTS], *alike = &queries[QUERY_LOOKALIKES];
    bool found =
        live->hosts && live->hosts->complete && hosts->scope == LDAP_SCOPE_SUBTREE &&
        g_str_equal(hosts->base, "{domain}") && asks_for_spns_alone(hosts->filter);
    bool whole =
        (alike->asked & ~hosts->asked) == 0 && (hosts->security || !alike->security);
    return found && whole ? hosts->filter : NULL;
}

void
owners_ask_alike(const Live *live, GPtrArray *jobs)
{
    const Reader *reader = live->reader;
    Batches *batches = batches_of_lookalikes(reader->builder, reader->plan);
    const char *before = read_before(live);
    for (guint i = 0; before && i < batches->len; i++) {
        g_autofree char *terms = batches->pdata[i];
        batches->pdata[i] = g_strdup_printf("(&(|%s)(!%s))", terms, before);
    }
    live_ask_batches(live, QUERY_LOOKALIKES, "spns", batches, jobs);
}

void
owners_ask(const Live *live, GPtrArray *jobs)
{
    const Reader *reader = live->reader;
    g_autoptr(GPtrArray) starts = covered(reader);
    g_autoptr(GHashTable) computers = known_computers(live);
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
