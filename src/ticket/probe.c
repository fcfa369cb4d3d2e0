/* Asks for the tickets in threads, and collects the results until the deadline. */
#include "ticket/probe.h"

#include "base/pool.h"
#include "context.h"
#include "krb.h"
#include "wire.h"

/* A failure of the network is tried once more: one reset connection must not
 * end the probe.  The second one in a row does. */
#define ATTEMPTS 2

typedef struct {
    char *spn;
    TicketResult *result; /* NULL: not asked */
    bool down;            /* the network failed, twice */
} Item;

/* What a thread has for itself. */
typedef struct {
    char *realm;
    krb5_context context;
    Wire *wire;
    krb5_ccache ccache;
    krb5_principal client;
    /* The request under way, and what was seen of it. */
    Pool *pool;
    bool replied;
    guint32 ntstatus;
} Worker;

static void
item_free(gpointer data)
{
    Item *item = data;
    if (!item)
        return;
    g_free(item->spn);
    ticket_result_free(item->result);
    g_free(item);
}

/* Not answered, for a local reason. */
static TicketResult *
result_local(const char *spn, const char *why, double ms)
{
    TicketResult *result = g_new0(TicketResult, 1);

    result->spn = g_strdup(spn);
    result->error = g_strdup(why);
    result->ms = ms;
    return result;
}

/* ---- one request ---- */

static void
worker_seen(krb5_context context, const krb5_data *reply, void *data)
{
    Worker *worker = data;

    worker->replied = true;
    krb_reply_ntstatus(context, reply, &worker->ntstatus);
}

static bool
worker_is_wanted(void *data)
{
    const Worker *worker = data;

    return worker->pool == NULL || pool_is_wanted(worker->pool);
}

static krb5_error_code
worker_request(Worker *worker, const char *spn, TicketResult *result)
{
    krb5_creds wanted = {.client = worker->client};
    krb5_creds *got = NULL;

    worker->replied = false;
    worker->ntstatus = 0;
    if (!krb_spn(worker->context, spn, worker->realm, &wanted.server)) {
        result->error = g_strdup("not an SPN: class/host is needed");
        return 0;
    }
    krb5_error_code code = krb5_get_credentials(worker->context, KRB5_GC_NO_STORE,
                                                worker->ccache, &wanted, &got);
    krb5_free_principal(worker->context, wanted.server);
    krb_result_fill(worker->context, code, got, worker->replied, worker->ntstatus,
                    result);
    if (wire_is_circle(worker->wire, code)) {
        g_free(result->error);
        result->error = g_strdup(KRB_CIRCLE);
    }
    if (code == 0) {
        krb5_free_creds(worker->context, got);
    }
    return code;
}

static void
worker_ask(Pool *pool, gpointer job, gpointer data)
{
    Item *item = job;
    Worker *worker = data;
    worker->pool = pool;
    for (guint attempt = 1; wire_turn(worker->wire); attempt++) {
        TicketResult *result = g_new0(TicketResult, 1);
        gint64 began_us = g_get_monotonic_time();
        krb5_error_code code = worker_request(worker, item->spn, result);
        result->spn = g_strdup(item->spn);
        result->ms = (double)(g_get_monotonic_time() - began_us) / 1000.0;
        ticket_result_free(item->result);
        item->result = result;
        item->down = wire_is_down(worker->wire, code);
        if (!item->down || attempt == ATTEMPTS || wire_is_late(worker->wire))
            break;
    }
    if (item->down)
        pool_stop(pool);
    else
        pool_step(pool);
}

/* ---- the workers ---- */

static void
worker_free(gpointer data)
{
    Worker *worker = data;
    if (worker == NULL) {
        return;
    }
    wire_free(worker->wire);
    krb5_free_principal(worker->context, worker->client);
    if (worker->ccache != NULL) {
        krb5_cc_destroy(worker->context, worker->ccache);
    }
    krb5_free_context(worker->context);
    g_free(worker->realm);
    g_free(worker);
}

/* Ticket-granting tickets only: no service ticket that is already there may
 * answer.  libkrb5's own notes (X-CACHECONF:) go along. */
static krb5_error_code
copy_tgts(krb5_context context, krb5_ccache from, krb5_ccache to)
{
    krb5_cc_cursor cursor;
    krb5_creds creds;
    krb5_error_code code = krb5_cc_start_seq_get(context, from, &cursor);

    if (code != 0) {
        return code;
    }
    while ((code = krb5_cc_next_cred(context, from, &cursor, &creds)) == 0) {
        krb5_error_code stored = 0;
        if (krb_is_tgt(creds.server, NULL) ||
            krb5_is_config_principal(context, creds.server)) {
            stored = krb5_cc_store_cred(context, to, &creds);
        }
        krb5_free_cred_contents(context, &creds);
        if (stored != 0) {
            code = stored;
            break;
        }
    }
    krb5_cc_end_seq_get(context, from, &cursor);
    return code == KRB5_CC_END ? 0 : code;
}

static krb5_error_code
worker_fill(Worker *worker, const char *cache)
{
    krb5_context context = worker->context;
    krb5_ccache source = NULL;
    krb5_error_code code = krb5_cc_resolve(context, cache, &source);

    if (code != 0) {
        return code;
    }
    code = krb5_cc_get_principal(context, source, &worker->client);
    if (code == 0) {
        code = krb5_cc_new_unique(context, "MEMORY", NULL, &worker->ccache);
    }
    if (code == 0) {
        code = krb5_cc_initialize(context, worker->ccache, worker->client);
    }
    if (code == 0) {
        code = copy_tgts(context, source, worker->ccache);
    }
    krb5_cc_close(context, source);
    return code;
}

static bool
worker_new(Kdcs *kdcs, const char *realm, const Credentials *credentials,
           Worker **ret_worker, GError **error)
{
    krb5_context context = NULL;

    if (!context_new(kdcs, &context, error)) {
        return false;
    }
    Worker *worker = g_new0(Worker, 1);
    worker->context = context;
    worker->wire = wire_new(kdcs);
    worker->realm = g_strdup(realm);
    if (!krb_offer(context, credentials->etypes, NULL, error)) {
        worker_free(worker);
        return false;
    }
    krb5_error_code code = worker_fill(worker, credentials->ccache);
    if (code != 0) {
        g_autofree char *text = krb_text(context, code);
        worker_free(worker);
        return fault_set(error, FAULT_CREDENTIALS,
                         "the tickets of %s in %s cannot be used: %s",
                         credentials->principal, credentials->ccache, text);
    }
    const WireUser user = {worker_seen, worker_is_wanted, worker};
    wire_attach(worker->wire, context, &user);
    *ret_worker = worker;
    return true;
}

/* Why those were not asked that were not (transfer full). */
static char *
reason_of(const GPtrArray *items, const char *realm, int timeout_s)
{
    const char *down = NULL;
    for (guint i = 0; i < items->len; i++) {
        const Item *item = items->pdata[i];
        if (!item)
            return g_strdup_printf("the KDC of %s did not answer within %d s", realm,
                                   timeout_s);
        down = !down && item->down ? item->result->error : down;
    }
    return g_strdup(down ? down : "no thread could be had");
}

static GPtrArray *
results_of(const GPtrArray *items, const char *const *spns, const char *realm,
           int timeout_s)
{
    GPtrArray *results =
        g_ptr_array_new_full(items->len, (GDestroyNotify)ticket_result_free);
    g_autofree char *why = reason_of(items, realm, timeout_s);
    for (guint i = 0; i < items->len; i++) {
        Item *item = items->pdata[i];
        TicketResult *result = item ? g_steal_pointer(&item->result) : NULL;
        if (!result)
            result = result_local(spns[i], why, item ? 0 : timeout_s * 1000.0);
        g_ptr_array_add(results, result);
    }
    return results;
}

bool
probe_tickets(const Credentials *credentials, Kdcs *kdcs, const char *realm,
              const char *const *spns, guint count, guint workers, int timeout_s,
              void (*progress)(guint done, void *data), void *data,
              GPtrArray **ret_results, GError **error)
{
    guint crew_size = CLAMP(MIN(workers, count), 1, WORKERS_MAX);
    g_autoptr(GPtrArray) crew = g_ptr_array_new_with_free_func(worker_free);
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(item_free);

    for (guint i = 0; i < crew_size; i++) {
        Worker *worker = NULL;
        if (!worker_new(kdcs, realm, credentials, &worker, crew->len ? NULL : error)) {
            if (crew->len > 0) {
                break; /* with those that there are */
            }
            return false;
        }
        g_ptr_array_add(crew, worker);
    }
    for (guint i = 0; i < count; i++) {
        Item *item = g_new0(Item, 1);
        item->spn = g_strdup(spns[i]);
        g_ptr_array_add(items, item);
    }
    const PoolPlan plan = {.work = worker_ask,
                           .destroy = item_free,
                           .workers = crew,
                           .worker_free = worker_free,
                           .timeout_s =
                               timeout_s > 0 ? timeout_s + kdcs_slack_s(kdcs) : 0,
                           .progress = progress,
                           .data = data};
    g_ptr_array_set_free_func(crew, NULL); /* they are the pool's */
    pool_run(&plan, items);
    *ret_results = results_of(items, spns, realm, timeout_s);
    return true;
}
