/* Reads once more, of few accounts, what is only wanted when all is judged. */
#include "collect/source.h"

#include "changes.h"
#include "dcs.h"
#include "dsas.h"
#include "model/dn.h"

/* The accounts that lie in the domain that is read there. */
static GPtrArray *
accounts_of(const Live *live, const GPtrArray *accounts)
{
    GPtrArray *here = g_ptr_array_new();
    for (guint i = 0; i < accounts->len; i++)
        if (live_holds(live, ((const Account *)accounts->pdata[i])->dn))
            g_ptr_array_add(here, accounts->pdata[i]);
    return here;
}

/* Further domains that some of the accounts lie in; what does not answer is left out. */
static void
add_domains(Reader *reader, const GPtrArray *accounts)
{
    const Live *first = reader->lives->pdata[0];
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_add(seen, dn_domain(first->root->domain_dn));
    for (guint i = 0; i < accounts->len; i++) {
        char *domain = dn_domain(((const Account *)accounts->pdata[i])->dn);
        Directory *directory = NULL;
        Live *live = NULL;
        if (!domain || !g_hash_table_add(seen, domain) ||
            !dcs_open(domain, reader->options, first->directory, &directory, NULL))
            continue;
        reader_add(reader, directory, true, &live, NULL);
    }
}

static void
hand_over(Estate *estate, const Estate *copy, const GPtrArray *accounts)
{
    for (guint i = 0; i < accounts->len; i++) {
        const Account *wanted = accounts->pdata[i];
        const Account *read = estate_by_dn(copy, wanted->dn);
        Account *account = estate->accounts->pdata[wanted->number];
        if (!read || !read->changes || account != wanted)
            continue;
        for (guint c = 0; c < read->changes->len; c++) {
            AttrChange *change = &g_array_index(read->changes, AttrChange, c);
            change->dc = estate_string(estate, change->dc);
        }
        g_clear_pointer(&account->changes, g_array_unref);
        account->changes = g_array_ref(read->changes);
    }
}

bool
source_read_changes(const LiveOptions *options, const char *queries_dir, Estate *estate,
                    const GPtrArray *accounts, GError **error)
{
    g_autoptr(Queries) queries = NULL;
    g_autoptr(Uri) uri = NULL;
    g_autoptr(Directory) directory = NULL;
    bool elsewhere;
    if (!queries_load(queries_dir, &queries, error) ||
        !uri_parse(estate->source_uri, &uri, error) ||
        !directory_open(uri, options, &directory, &elsewhere, error))
        return false;
    const CollectPlan plan = {.timeout_s = options->timeout_s};
    g_autoptr(Estate) copy = estate_new(estate->collected_us);
    g_autoptr(Builder) builder = builder_new(copy);
    g_auto(Reader) reader;
    reader_init(&reader, options, &plan, queries, copy, builder);
    Live *live = NULL;
    if (!reader_add(&reader, directory, false, &live, error))
        return false;
    add_domains(&reader, accounts);
    for (guint i = 0; i < reader.lives->len; i++) {
        live = reader.lives->pdata[i];
        g_autoptr(GPtrArray) here = accounts_of(live, accounts);
        changes_ask(live, here);
        live_ask(live, QUERY_DSAS, NULL, NULL);
        if (!engine_run(live->engine, i == 0 ? error : NULL) && i == 0)
            return false;
    }
    dsas_settle(builder->dsas, copy);
    hand_over(estate, copy, accounts);
    return true;
}
