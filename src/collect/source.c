/* Which domain controller is read, and which one next. */

#include "collect/source.h"

#include "base/fault.h"
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

/* The first DC that serves. */
static bool
read_any(const LiveOptions *options, const CollectPlan *plan, const Task *task,
         GError **error)
{
    g_autoptr(Queries) queries = NULL;
    g_autoptr(GPtrArray) uris = NULL;
    bool named = options->uris && options->uris->len > 0;
    if (!named && !options->domain)
        return fault_set(error, FAULT_CONFIG,
                         "no domain and no URI: give -D DOMAIN or -H URI");
    if (!named)
        directory_begin(options, "looking for domain controllers of", options->domain);
    if (!queries_load(plan->queries_dir, &queries, error) ||
        !(named ? parse_uris(options->uris, &uris, error)
                : dcs_locate(options->domain, options, &uris, error)))
        return false;

    g_autoptr(GString) reasons = g_string_new(NULL);
    for (guint i = 0; i < uris->len; i++) {
        g_autoptr(GError) failure = NULL;
        bool elsewhere = false, last = i + 1 == uris->len;
        if (read_one(uris->pdata[i], options, plan, queries, task, &elsewhere, &failure))
            return true;
        if (!elsewhere || uris->len == 1) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        if (!last && options->verbose)
            warn(options, "%s; trying the next", failure->message);
        g_string_append_printf(reasons, "%s%s", i > 0 ? "; " : "", failure->message);
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
