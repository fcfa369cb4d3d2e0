/* Finds workloads, and writes the SPNs that they ask for. */
#include "audit/workloads.h"

#include "base/embed.h"
#include "base/text.h"
#include "model/spn.h"

#include <string.h>

const char *const workload_transition_names[TRANSITION_COUNT] = {"needed", "depends",
                                                                 "excess"};
const char *const workload_way_names[3] = {"either", "kcd", "rbcd"};

const Workload *
workload_find(const Workloads *workloads, const char *id)
{
    for (guint i = 0; i < workloads->all->len; i++)
        if (strcmp(((const Workload *)workloads->all->pdata[i])->id, id) == 0)
            return workloads->all->pdata[i];
    return NULL;
}

const Workload *
workload_by_spn(const Workloads *workloads, const char *spn)
{
    for (guint i = 0; i < workloads->all->len; i++) {
        const Workload *workload = workloads->all->pdata[i];
        if (workload->hint && spn_has_class(spn, workload->hint))
            return workload;
    }
    return NULL;
}

char *
workload_spn(const Workload *workload, const WorkloadForm *form, const char *fqdn,
             const char *name, const char *port)
{
    g_autoptr(Spn) spn = spn_parse(form->form.text);
    const char *host = strcmp(spn->host, "NAME") == 0 ? name : fqdn;
    if (!host)
        return NULL;
    if (!spn->port)
        return spn_of(spn->class, host);
    return g_strdup_printf("%s/%s:%s", spn->class, host, port ? port : workload->port);
}

/* What is wrong with an embedded file is a fault of the build: the tests read them all.
 */
static gpointer
load(gpointer unused)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new();
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    Workloads *workloads = NULL;
    (void)unused;
    for (const Embedded *file = embedded_files; file->name; file++) {
        if (!g_str_has_prefix(file->name, "workload-"))
            continue;
        g_ptr_array_add(files, (gpointer)file->name);
        g_ptr_array_add(texts, (gpointer)file->text);
    }
    g_ptr_array_add(files, NULL);
    g_ptr_array_add(texts, NULL);
    if (!workloads_parse((const char *const *)files->pdata,
                         (const char *const *)texts->pdata, &workloads, &error))
        g_error("%s", error->message);
    return workloads;
}

const Workloads *
workloads_builtin(void)
{
    static GOnce once = G_ONCE_INIT;
    return g_once(&once, load, NULL);
}
