/* Looks for names like those that nobody has. */
#include "nearby.h"

#include "base/text.h"
#include "model/written.h"

#include <string.h>

/* The folded names of all that was read: most of what was asked for is there. */
static GHashTable *
names_read(const Estate *estate)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < estate->accounts->len; i++) {
        const Account *account = estate->accounts->pdata[i];
        const char *const each[] = {account->name, account->sam, account->dns};
        for (guint n = 0; n < G_N_ELEMENTS(each); n++)
            if (each[n])
                g_hash_table_add(names, text_fold(each[n]));
    }
    return names;
}

static bool
is_found(const Estate *estate, GHashTable *names, const char *text)
{
    g_autofree char *key = text_fold(text);
    if (g_hash_table_contains(names, key))
        return true;
    for (guint i = 0; i < estate->accounts->len; i++)
        if (written_means(text, estate, estate->accounts->pdata[i]))
            return true;
    return false;
}

static void
note_missed(const Estate *estate, GHashTable *names, const GPtrArray *texts,
            GPtrArray *missed)
{
    for (guint i = 0; texts && i < texts->len; i++)
        if (!is_found(estate, names, texts->pdata[i]))
            g_ptr_array_add(missed, texts->pdata[i]);
}

static GPtrArray *
missed_of(const Reader *reader)
{
    const CollectPlan *plan = reader->plan;
    const Estate *estate = reader->estate;
    GPtrArray *missed = g_ptr_array_new();
    g_autoptr(GHashTable) names = names_read(estate);
    for (guint g = 0; plan->groups && g < plan->groups->len; g++) {
        const GroupSpec *spec = plan->groups->pdata[g];
        note_missed(estate, names, spec->hosts, missed);
        note_missed(estate, names, spec->storage, missed);
    }
    for (guint d = 0; plan->declarations && d < plan->declarations->len; d++)
        note_missed(estate, names,
                    ((const Declaration *)plan->declarations->pdata[d])->from, missed);
    note_missed(estate, names, plan->operator_users, missed);
    if (plan->asked_name && !is_found(estate, names, plan->asked_name))
        g_ptr_array_add(missed, (gpointer)plan->asked_name);
    return missed;
}

static void
read_like(const Live *live, const GPtrArray *missed)
{
    const Reader *reader = live->reader;
    g_autoptr(GPtrArray) jobs = g_ptr_array_new();
    g_autoptr(GPtrArray) batches = batches_nearby(missed);
    for (guint i = 0; i < batches->len; i++) {
        const QueryArg args[] = {{"domain", live->root->domain_dn},
                                 {"names", batches->pdata[i]},
                                 {NULL, NULL}};
        g_ptr_array_add(jobs,
                        engine_add_names(live->engine,
                                         &reader->queries->queries[QUERY_NEARBY], args));
    }
    if (jobs->len == 0 || !engine_run(live->engine, NULL))
        return;
    for (guint i = 0; i < jobs->len; i++) {
        const Job *job = jobs->pdata[i];
        for (guint n = 0; n < job->members->len; n++)
            g_ptr_array_add(
                reader->estate->nearby,
                (gpointer)estate_string(reader->estate, job->members->pdata[n]));
    }
}

void
nearby_read(const Reader *reader)
{
    g_autoptr(GPtrArray) missed = missed_of(reader);
    for (guint i = 0; missed->len > 0 && i < reader->lives->len; i++)
        if (!((const Live *)reader->lives->pdata[i])->lost)
            read_like(reader->lives->pdata[i], missed);
}

void
nearby_read_one(const Live *live, const char *text)
{
    g_autoptr(GPtrArray) missed = g_ptr_array_new();
    g_ptr_array_add(missed, (gpointer)text);
    read_like(live, missed);
}
