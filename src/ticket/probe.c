#include "ticket/probe.h"

#include "krb.h"

/* How the threads work together.
 *
 * The caller's thread makes a krb5_context and a MEMORY cache per worker, then
 * watches.  libkrb5 1.20 has no time-out of its own to set: a silent KDC costs
 * 27 s per request (10 s TCP, then UDP in three rounds), a silent DNS server
 * about as much.  So the watcher gives a request up when its time is over, and
 * leaves its thread behind; such a thread owns all that it touches, and ends
 * by itself.
 */

/* A failure of the network is tried once more: one reset connection must not
 * end the probe.  The second one in a row does. */
#define ATTEMPTS 2

#define WORKERS_LIMIT 64

typedef enum { ITEM_WAITING, ITEM_ASKED, ITEM_SETTLED } ItemState;

typedef struct {
    char *spn;
    ItemState state;
    gint64 asked_us; /* monotonic */
    TicketResult *result;
} Item;

/* Shared; the last one to leave frees it. */
typedef struct {
    gatomicrefcount references;
    GMutex lock;
    GCond changed;
    char *realm;
    guint count;

    /* Under the lock. */
    Item *items;
    guint next; /* the first that nobody took */
    guint settled;
    guint running; /* threads not yet ended */
    guint lost;    /* of those, the ones whose request was given up */
    char *stopped; /* why the rest is not asked; NULL: going on */
} Job;

typedef struct {
    Job *job;
    krb5_context context;
    krb5_ccache ccache;
    krb5_principal client;
    /* What the hook saw of the request under way. */
    bool replied;
    guint32 ntstatus;
} Worker;

void
ticket_result_free(TicketResult *result)
{
    if (result == NULL) {
        return;
    }
    g_free(result->spn);
    g_free(result->error);
    g_free(result->server);
    g_free(result);
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

/* ---- the job ---- */

static Job *
job_new(const char *realm, const char *const *spns, guint count)
{
    Job *job = g_new0(Job, 1);

    g_atomic_ref_count_init(&job->references);
    g_mutex_init(&job->lock);
    g_cond_init(&job->changed);
    job->realm = g_strdup(realm);
    job->count = count;
    job->items = g_new0(Item, count);
    for (guint i = 0; i < count; i++) {
        job->items[i].spn = g_strdup(spns[i]);
    }
    return job;
}

static void
job_leave(Job *job)
{
    if (!g_atomic_ref_count_dec(&job->references)) {
        return;
    }
    for (guint i = 0; i < job->count; i++) {
        g_free(job->items[i].spn);
        ticket_result_free(job->items[i].result);
    }
    g_free(job->items);
    g_free(job->stopped);
    g_free(job->realm);
    g_cond_clear(&job->changed);
    g_mutex_clear(&job->lock);
    g_free(job);
}

/* The result of one item (transfer full); a late one is dropped. */
static void
job_settle(Job *job, Item *item, TicketResult *result)
{
    if (item->state == ITEM_SETTLED) {
        ticket_result_free(result);
        return;
    }
    item->state = ITEM_SETTLED;
    item->result = result;
    job->settled++;
    g_cond_signal(&job->changed);
}

/* Nothing new is asked from here on; what nobody took gets the same reason. */
static void
job_stop(Job *job, const char *why)
{
    if (job->stopped == NULL) {
        job->stopped = g_strdup(why);
    }
    for (; job->next < job->count; job->next++) {
        Item *item = &job->items[job->next];
        job_settle(job, item, result_local(item->spn, job->stopped, 0));
    }
}

/* ---- one request ---- */

static krb5_error_code
on_reply(krb5_context context, void *data, krb5_error_code code, const krb5_data *realm,
         const krb5_data *message, const krb5_data *reply, krb5_data **ret_reply)
{
    Worker *worker = data;

    (void)realm;
    (void)message;
    *ret_reply = NULL;
    if (code == 0 && reply != NULL) {
        worker->replied = true;
        krb_reply_ntstatus(context, reply, &worker->ntstatus);
    }
    return code;
}

static krb5_error_code
before_sending(krb5_context context, void *data, const krb5_data *realm,
               const krb5_data *message, krb5_data **ret_message, krb5_data **ret_reply)
{
    Worker *worker = data;

    (void)context;
    (void)realm;
    (void)message;
    *ret_message = NULL;
    *ret_reply = NULL;
    g_mutex_lock(&worker->job->lock);
    bool stopped = worker->job->stopped != NULL;
    g_mutex_unlock(&worker->job->lock);
    /* Nobody waits for the answer any more. */
    return stopped ? KRB5_KDC_UNREACH : 0;
}

static krb5_error_code
worker_request(Worker *worker, const char *spn, TicketResult *result)
{
    krb5_creds wanted = {.client = worker->client};
    krb5_creds *got = NULL;

    worker->replied = false;
    worker->ntstatus = 0;
    if (!krb_spn(worker->context, spn, worker->job->realm, &wanted.server)) {
        result->error = g_strdup("not an SPN: class/host is needed");
        return 0;
    }
    krb5_error_code code = krb5_get_credentials(worker->context, KRB5_GC_NO_STORE,
                                                worker->ccache, &wanted, &got);
    krb5_free_principal(worker->context, wanted.server);
    krb_result_fill(worker->context, code, got, worker->replied, worker->ntstatus,
                    result);
    if (code == 0) {
        krb5_free_creds(worker->context, got);
    }
    return code;
}

/* Asks for one ticket; *ret_down: the network failed, twice. */
static TicketResult *
worker_ask(Worker *worker, const char *spn, bool *ret_down)
{
    *ret_down = false;
    for (guint attempt = 1;; attempt++) {
        TicketResult *result = g_new0(TicketResult, 1);
        gint64 began_us = g_get_monotonic_time();
        krb5_error_code code = worker_request(worker, spn, result);
        result->spn = g_strdup(spn);
        result->ms = (double)(g_get_monotonic_time() - began_us) / 1000.0;
        if (!krb_is_unreachable(code)) {
            return result;
        }
        if (attempt == ATTEMPTS) {
            *ret_down = true;
            return result;
        }
        ticket_result_free(result);
    }
}

/* ---- the workers ---- */

static void
worker_free(Worker *worker)
{
    if (worker == NULL) {
        return;
    }
    krb5_free_principal(worker->context, worker->client);
    if (worker->ccache != NULL) {
        krb5_cc_destroy(worker->context, worker->ccache);
    }
    krb5_free_context(worker->context);
    job_leave(worker->job);
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
worker_new(Job *job, const Credentials *credentials, Worker **ret_worker, GError **error)
{
    krb5_context context = NULL;

    if (!krb_context(&context, error)) {
        return false;
    }
    Worker *worker = g_new0(Worker, 1);
    worker->context = context;
    worker->job = job;
    g_atomic_ref_count_inc(&job->references);
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
    krb5_set_kdc_send_hook(context, before_sending, worker);
    krb5_set_kdc_recv_hook(context, on_reply, worker);
    *ret_worker = worker;
    return true;
}

/* The next item nobody took, or NULL. */
static Item *
job_take(Job *job)
{
    Item *item = NULL;

    g_mutex_lock(&job->lock);
    if (job->next < job->count) {
        item = &job->items[job->next++];
        item->state = ITEM_ASKED;
        item->asked_us = g_get_monotonic_time();
        /* The watcher has one more deadline. */
        g_cond_signal(&job->changed);
    }
    g_mutex_unlock(&job->lock);
    return item;
}

static gpointer
worker_run(gpointer data)
{
    Worker *worker = data;
    Job *job = worker->job;
    Item *item = NULL;

    g_atomic_ref_count_inc(&job->references);

    while ((item = job_take(job)) != NULL) {
        bool down = false;
        TicketResult *result = worker_ask(worker, item->spn, &down);
        g_mutex_lock(&job->lock);
        if (item->state == ITEM_SETTLED) {
            job->lost--;
        } else if (down) {
            job_stop(job, result->error);
        }
        job_settle(job, item, result);
        g_mutex_unlock(&job->lock);
    }
    worker_free(worker);
    g_mutex_lock(&job->lock);
    job->running--;
    g_cond_signal(&job->changed);
    g_mutex_unlock(&job->lock);
    job_leave(job);
    return NULL;
}

/* ---- the watcher ---- */

/* Gives up the requests whose time is over; returns when the next one's will
 * be, or 0.  Under the lock. */
static gint64
job_expire(Job *job, int timeout_s)
{
    gint64 limit_us = (gint64)timeout_s * G_USEC_PER_SEC;
    gint64 now_us = g_get_monotonic_time();
    gint64 wake_us = 0;

    /* Items are taken in order, so only those below `next` can be asked. */
    guint taken = job->next;
    for (guint i = 0; i < taken; i++) {
        Item *item = &job->items[i];
        gint64 end_us = item->asked_us + limit_us;
        if (item->state != ITEM_ASKED) {
            continue;
        }
        if (end_us > now_us) {
            wake_us = wake_us == 0 ? end_us : MIN(wake_us, end_us);
            continue;
        }
        g_autofree char *why = g_strdup_printf("the KDC of %s did not answer within %d s",
                                               job->realm, timeout_s);
        job_settle(
            job, item,
            result_local(item->spn, why, (double)(now_us - item->asked_us) / 1000.0));
        job_stop(job, why);
        job->lost++;
    }
    return wake_us;
}

static void
job_watch(Job *job, int timeout_s, void (*progress)(guint done, void *data), void *data)
{
    guint told = 0;

    g_mutex_lock(&job->lock);
    while (job->settled < job->count) {
        gint64 wake_us = timeout_s > 0 ? job_expire(job, timeout_s) : 0;
        if (job->settled == told && wake_us == 0) {
            g_cond_wait(&job->changed, &job->lock);
        } else if (job->settled == told) {
            g_cond_wait_until(&job->changed, &job->lock, wake_us);
        }
        if (progress != NULL && job->settled != told && job->settled < job->count) {
            guint done = job->settled;
            g_mutex_unlock(&job->lock);
            progress(done, data);
            g_mutex_lock(&job->lock);
            told = done;
        } else {
            told = job->settled;
        }
    }
    /* The process may end soon: no thread is then to be inside libkrb5 whose
     * end can be had. */
    while (job->running > job->lost) {
        g_cond_wait(&job->changed, &job->lock);
    }
    g_mutex_unlock(&job->lock);
    if (progress != NULL) {
        progress(job->count, data);
    }
}

static GPtrArray *
job_results(Job *job)
{
    GPtrArray *results =
        g_ptr_array_new_full(job->count, (GDestroyNotify)ticket_result_free);

    g_mutex_lock(&job->lock);
    for (guint i = 0; i < job->count; i++) {
        g_ptr_array_add(results, g_steal_pointer(&job->items[i].result));
    }
    g_mutex_unlock(&job->lock);
    return results;
}

bool
probe_tickets(const Credentials *credentials, const char *realm, const char *const *spns,
              guint count, guint workers, int timeout_s,
              void (*progress)(guint done, void *data), void *data,
              GPtrArray **ret_results, GError **error)
{
    guint crew_size = CLAMP(MIN(workers, count), 1, WORKERS_LIMIT);
    g_autoptr(GPtrArray) crew =
        g_ptr_array_new_with_free_func((GDestroyNotify)worker_free);
    Job *job = job_new(realm, spns, count);

    for (guint i = 0; i < crew_size; i++) {
        Worker *worker = NULL;
        if (!worker_new(job, credentials, &worker, error)) {
            g_ptr_array_set_size(crew, 0);
            job_leave(job);
            return false;
        }
        g_ptr_array_add(crew, worker);
    }
    job->running = crew->len;
    while (crew->len > 0) {
        Worker *worker = g_ptr_array_steal_index(crew, crew->len - 1);
        g_thread_unref(g_thread_new("probe", worker_run, worker));
    }
    job_watch(job, timeout_s, progress, data);
    *ret_results = job_results(job);
    job_leave(job);
    return true;
}
