/* Which domain controller is read, and which one next. */

#include "collect/source.h"

#include "base/fault.h"
#include "base/pool.h"
#include "dcs.h"
#include "live.h"
#include "spns.h"

static bool
parse_uris(const GPtrArray *texts, GPtrArray **ret_uris, GError **error)
{
    g_autoptr(GPtrArray) uris = g_ptr_array_new_with_free_func((GDestroyNotify)uri_free);
    for (guint i = 0; i < texts->len; i++) {
        Uri *uri = NULL;
        if (!uri_parse(texts->pdata[i], &uri, error))
            return false;
        g_ptr_array_add(uris, uri);
    }
    *ret_uris = g_steal_pointer(&uris);
    return true;
}

static void
warn(const LiveOptions *options, const char *format, const char *text)
{
    g_autofree char *message = g_strdup_printf(format, text);
    if (options->warn)
        options->warn(message, options->warn_data);
}

static void
tell_bind(const LiveOptions *options, const Directory *directory)
{
    static const char *const names[] = {"", "GSS-SPNEGO", "GSSAPI", "EXTERNAL"};
    if (!options->verbose)
        return;
    g_autofree char *how = directory->tls
                               ? g_strdup("TLS")
                               : g_strdup_printf("sealed, strength %d", directory->ssf);
    g_autofree char *text = g_strdup_printf("%s: bound by %s, %s", directory->uri->text,
                                            names[directory->mech], how);
    warn(options, "%s", text);
}

/* What is to be read, and where it goes. */
typedef struct {
    const SpnSearch *search; /* NULL: everything an audit needs */
    Estate **ret_estate;
    GPtrArray **ret_found;
} Task;

/* One DC from start to end: what one has delivered is never mixed with what
 * another says. */
static bool
read_one(const Uri *uri, const LiveOptions *options, const CollectPlan *plan,
         const Queries *queries, const Task *task, bool *ret_elsewhere, GError **error)
{
    g_autoptr(Directory) directory = NULL;
    g_autoptr(GError) failure = NULL;
    if (!directory_open(uri, options, &directory, ret_elsewhere, error))
        return false;
    tell_bind(options, directory);
    if (task->search
            ? spns_read(directory, options, task->search, plan, queries, task->ret_estate,
                        task->ret_found, &failure)
            : live_read(directory, options, plan, queries, task->ret_estate, &failure))
        return true;
    *ret_elsewhere = g_error_matches(failure, FAULT_ERROR, FAULT_UNREACHABLE);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

/* Those that -H names, or those that DNS does. */
static bool
find_uris(const LiveOptions *options, GPtrArray **ret_uris, GError **error)
{
    if (options->uris && options->uris->len > 0)
        return parse_uris(options->uris, ret_uris, error);
    if (!options->domain)
        return fault_set(error, FAULT_CONFIG,
                         "no domain and no URI: give -D DOMAIN or -H URI");
    directory_begin(options, "looking for domain controllers of", options->domain);
    return dcs_locate(options->domain, options, ret_uris, error);
}

typedef struct {
    Uri *uri;
    const LiveOptions *options;
    bool answers;
} Probe;

static void
probe_free(gpointer data)
{
    Probe *probe = data;
    uri_free(probe->uri);
    g_free(probe);
}

static void
probe(Pool *pool, gpointer job, gpointer worker)
{
    Probe *one = job;
    (void)pool, (void)worker;
    one->answers = directory_answers(one->uri, one->options);
}

/* After one that kept us waiting: asks the others all at the same time, and leaves those
 * that answer. */
static void
leave_answering(GPtrArray *uris, const LiveOptions *options)
{
    g_autoptr(GPtrArray) probes = g_ptr_array_new_with_free_func(probe_free);
    for (guint i = 0; i < uris->len; i++) {
        Probe *one = g_new0(Probe, 1);
        const Uri *uri = uris->pdata[i];
        one->uri = uri_new(uri->ldaps, uri->host, uri->port);
        one->options = options;
        g_ptr_array_add(probes, one);
    }
    /* Each ends by itself: all that it waits for has a time. */
    const PoolPlan plan = {.work = probe, .destroy = probe_free, .threads = uris->len};
    g_autofree char *count = g_strdup_printf("%u domain controllers", uris->len);
    directory_begin(options, "asking at the same time:", count);
    pool_run(&plan, probes);
    g_ptr_array_set_size(uris, 0);
    for (guint i = 0; i < probes->len; i++) {
        Probe *one = probes->pdata[i];
        if (one && one->answers)
            g_ptr_array_add(uris, g_steal_pointer(&one->uri));
    }
}

/* One that refuses costs nothing, however many there are. */
static bool
kept_waiting(gint64 since_us, const LiveOptions *options)
{
    return (g_get_monotonic_time() - since_us) * 2 >=
           (gint64)options->timeout_s * G_USEC_PER_SEC;
}

/* The first DC that serves. */
static bool
read_any(const LiveOptions *options, const CollectPlan *plan, const Task *task,
         GError **error)
{
    g_autoptr(Queries) queries = NULL;
    g_autoptr(GPtrArray) uris = NULL;
    if (!queries_load(plan->queries_dir, &queries, error) ||
        !find_uris(options, &uris, error))
        return false;
    g_assert(uris);

    g_autoptr(GString) reasons = g_string_new(NULL);
    bool alone = uris->len == 1, all_asked = false;
    while (uris->len > 0) {
        g_autoptr(Uri) uri = g_ptr_array_steal_index(uris, 0);
        g_autoptr(GError) failure = NULL;
        bool elsewhere = false;
        gint64 since_us = g_get_monotonic_time();
        if (read_one(uri, options, plan, queries, task, &elsewhere, &failure))
            return true;
        if (!elsewhere || alone) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        g_string_append_printf(reasons, "%s%s", reasons->len > 0 ? "; " : "",
                               failure->message);
        guint others = uris->len;
        if (others > 1 && !all_asked && kept_waiting(since_us, options)) {
            all_asked = true;
            leave_answering(uris, options);
        }
        if (others > 0 && uris->len == 0)
            g_string_append_printf(reasons, "; none of the other %u answered", others);
        else if (uris->len < others)
            g_string_append_printf(reasons, "; %u of the other %u did not answer",
                                   others - uris->len, others);
        if (uris->len > 0 && options->verbose)
            warn(options, "%s; trying the next", failure->message);
    }
    return fault_set(error, FAULT_UNREACHABLE, "no domain controller%s%s answered: %s",
                     options->domain ? " of " : "",
                     options->domain ? options->domain : "", reasons->str);
}

bool
source_read_live(const LiveOptions *options, const CollectPlan *plan, Estate **ret_estate,
                 GError **error)
{
    const Task task = {NULL, ret_estate, NULL};
    return read_any(options, plan, &task, error);
}

bool
source_find_spns(const LiveOptions *options, const SpnSearch *search,
                 const CollectPlan *plan, Estate **ret_estate, GPtrArray **ret_found,
                 GError **error)
{
    const Task task = {search, ret_estate, ret_found};
    return read_any(options, plan, &task, error);
}
