/* Asks each further domain controller for the same hosts. */
#include "replicas.h"

#include "base/fault.h"
#include "base/text.h"

#define LOST_TIMEOUTS 3 /* what dead DCs may cost together */

/* The audited hosts of the domain that a rootDSE is of. */
static GPtrArray *
hosts_of(const Builder *builder, const CollectPlan *plan, const RootDse *root)
{
    GPtrArray *hosts = g_ptr_array_new();
    const GPtrArray *accounts = builder->estate->accounts;
    for (guint i = 0; i < accounts->len; i++) {
        Account *account = accounts->pdata[i];
        if (!account->partial && !account->missing && sid_is_set(&account->sid) &&
            text_equal(builder_root_of(builder, account->dn)->domain_dn,
                       root->domain_dn) &&
            builder_wants(builder, plan, account))
            g_ptr_array_add(hosts, account);
    }
    return hosts;
}

static void
add_texts(Estate *estate, GPtrArray *to, const GPtrArray *from)
{
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(to, (gpointer)estate_string(estate, from->pdata[i]));
}

static void
add_view(Estate *estate, Replica *replica, const Account *account, const Account *held)
{
    ReplicaView *view = replica_add_view(replica, account);
    view->found = held != NULL;
    view->unread = held ? held->unread : 0; /* that it is not there is known */
    if (!held)
        return;
    view->flags = account_uac(held);
    view->rbcd = held->rbcd ? g_bytes_ref(held->rbcd) : NULL;
    add_texts(estate, view->spns, held->spns);
    add_texts(estate, view->delegate_to, held->delegate_to);
}

void
replica_fill(const Builder *builder, const CollectPlan *plan, Replica *replica,
             Builder *copy, bool judged)
{
    builder_settle(copy, NULL, judged);
    g_autoptr(GHashTable) held = g_hash_table_new(sid_hash, sid_equal);
    for (guint i = 0; i < copy->estate->accounts->len; i++) {
        Account *account = copy->estate->accounts->pdata[i];
        g_hash_table_insert(held, &account->sid, account);
    }
    g_autoptr(GPtrArray) hosts = hosts_of(builder, plan, builder_root(copy));
    for (guint i = 0; i < hosts->len; i++) {
        const Account *host = hosts->pdata[i];
        add_view(builder->estate, replica, host, g_hash_table_lookup(held, &host->sid));
    }
    replica->read = true;
}

void
replica_fill_main(const Builder *builder, const CollectPlan *plan, Replica *replica,
                  const char *host)
{
    const RootDse *root = builder_root(builder);
    for (guint i = 0; i < builder->roots->len; i++) {
        const RootDse *other = builder->roots->pdata[i];
        if (other->host && text_equal(other->host, host))
            root = other;
    }
    g_autoptr(GPtrArray) hosts = hosts_of(builder, plan, root);
    for (guint i = 0; i < hosts->len; i++)
        add_view(builder->estate, replica, hosts->pdata[i], hosts->pdata[i]);
    replica->read = true;
}

/* One DC over a connection of its own, into a copy of its own. */
static bool
read_copy(const Live *live, const char *host, int timeout_s, Builder *copy,
          GError **error)
{
    const Reader *reader = live->reader;
    const Uri *known = live->directory->uri;
    g_autoptr(Uri) uri = uri_new(known->ldaps, host, 0);
    g_autoptr(Directory) directory = NULL;
    bool elsewhere;
    LiveOptions options = *reader->options;
    options.timeout_s = timeout_s;
    options.mech = live->directory->mech;
    CollectPlan plan = *reader->plan;
    plan.timeout_s = timeout_s;
    plan.progress = NULL;
    if (!directory_open(uri, &options, &directory, &elsewhere, error))
        return false;
    directory_begin(&options, "comparing with", host);

    g_auto(Reader) other;
    reader_init(&other, &options, &plan, reader->queries, copy->estate, copy);
    Live *there = NULL;
    if (!reader_add(&other, directory, false, &there, error))
        return false;
    if (!text_equal(there->root->domain_dn, live->root->domain_dn))
        return fault_set(error, FAULT_MALFORMED, "%s: serves %s now", uri->text,
                         there->root->domain_dn);
    g_autoptr(GPtrArray) sids = g_ptr_array_new(), jobs = g_ptr_array_new();
    g_autoptr(GPtrArray) hosts = hosts_of(reader->builder, reader->plan, live->root);
    for (guint i = 0; i < hosts->len; i++)
        g_ptr_array_add(sids, &((Account *)hosts->pdata[i])->sid);
    live_ask_batches(there, QUERY_REPLICA, "sids", batches_of_sids(sids), jobs);
    if (!engine_run(there->engine, error))
        return false;
    if (jobs_complete(jobs))
        return true;
    const GPtrArray *gaps = copy->estate->gaps;
    const Gap *gap = gaps->len > 0 ? gaps->pdata[gaps->len - 1] : NULL;
    return fault_set(error, FAULT_UNREACHABLE, "%s: %s", uri->text,
                     gap ? gap->why : "did not answer to the end");
}

typedef struct {
    Reader *reader;
    gint64 lost_us; /* spent on DCs that did not answer */
} Round;

static void
read_replica(Round *round, const Live *live, const char *host)
{
    Reader *reader = round->reader;
    Replica *replica = estate_add_replica(reader->estate, host);
    Snapshot *kept = reader->builder->snapshot ? snapshot_new() : NULL;
    if (kept)
        g_ptr_array_add(reader->replica_pages, kept);
    if (live->root->host && text_equal(host, live->root->host)) {
        replica_fill_main(reader->builder, reader->plan, replica, host);
        replica->clock_read = reader->estate->dc_clock_read;
        replica->skew_us = reader->estate->dc_skew_us;
        return;
    }
    g_autoptr(GError) failure = NULL;
    g_autoptr(Estate) estate = estate_new(reader->estate->collected_us);
    g_autoptr(Builder) copy = builder_new(estate);
    copy->snapshot = kept;
    int usual_s = reader->options->timeout_s;
    gint64 left_s = (gint64)usual_s * LOST_TIMEOUTS - round->lost_us / G_USEC_PER_SEC;
    int timeout_s = (int)CLAMP(left_s, 1, usual_s);
    gint64 start_us = g_get_monotonic_time();
    if (read_copy(live, host, timeout_s, copy, &failure)) {
        replica_fill(reader->builder, reader->plan, replica, copy, true);
        replica->clock_read = estate->dc_clock_read;
        replica->skew_us = estate->dc_skew_us;
        return;
    }
    round->lost_us += g_get_monotonic_time() - start_us;
    replica->why = estate_string(reader->estate, failure->message);
    g_autofree char *what = g_strdup_printf("what %s holds of the hosts", host);
    estate_add_gap(reader->estate, what, failure->message);
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    const Account *const *left = a, *const *right = b;
    return g_ascii_strcasecmp((*left)->dns, (*right)->dns);
}

void
replicas_read(Reader *reader)
{
    Round round = {reader, 0};
    for (guint i = 0; i < reader->lives->len; i++) {
        const Live *live = reader->lives->pdata[i];
        if (live->lost || !live->dcs)
            continue;
        g_autoptr(GPtrArray) dcs = g_ptr_array_new();
        for (guint d = 0; d < live->dcs->accounts->len; d++) {
            Account *dc = live->dcs->accounts->pdata[d];
            if (dc->dns && (account_uac(dc) & UAC_DISABLED) == 0)
                g_ptr_array_add(dcs, dc);
        }
        g_ptr_array_sort(dcs, by_name);
        for (guint d = 0; d < dcs->len; d++)
            read_replica(&round, live, ((const Account *)dcs->pdata[d])->dns);
    }
}
