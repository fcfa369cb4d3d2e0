/* The tables of workloads: those of the binary are sound, and every way to get one wrong.
 */
#include "audit/workloads.h"
#include "base/fault.h"

#include <string.h>

static bool
parse(const char *text, Workloads **ret_workloads, GError **error)
{
    const char *const files[] = {"workload-test.table", NULL};
    const char *const texts[] = {text, NULL};
    return workloads_parse(files, texts, ret_workloads, error);
}

#define SOURCES "source: S1\ntitle: a page\n\n"
#define SOUND                                                             \
    "workload: a-b\ntitle: A\nabout: It does. [S1]\nfrom: Who [S1, S1]\n" \
    "need: HTTP/FQDN:PORT [S1]\nallow: HTTP/NAME\nport: 80\nway: kcd\n"   \
    "transition: excess\nwhy: It\n  works.\nhint: HTTP\n"

static void
test_sound(void)
{
    g_autoptr(Workloads) workloads = NULL;
    g_autoptr(GError) error = NULL;
    parse(SOUND "\n" SOURCES, &workloads, &error);
    g_assert_no_error(error);
    const Workload *workload = workload_find(workloads, "a-b");
    g_assert_nonnull(workload);
    g_assert_cmpint(workload->way, ==, MODE_KCD);
    g_assert_cmpint(workload->transition, ==, TRANSITION_EXCESS);
    const WorkloadNote *why = workload->why->pdata[0];
    g_assert_cmpstr(why->text, ==, "It works.");
    const WorkloadNote *from = workload->from->pdata[0];
    g_assert_cmpstr(from->text, ==, "Who");
    g_assert_cmpuint(from->sources->len, ==, 2);
    g_autofree char *usual =
        workload_spn(workload, workload->forms->pdata[0], "a.b", "a", NULL);
    g_autofree char *other =
        workload_spn(workload, workload->forms->pdata[0], "a.b", "a", "81");
    g_autofree char *name =
        workload_spn(workload, workload->forms->pdata[1], "a.b", "a", "81");
    g_assert_cmpstr(usual, ==, "HTTP/a.b:80");
    g_assert_cmpstr(other, ==, "HTTP/a.b:81");
    g_assert_cmpstr(name, ==, "HTTP/a");
    g_assert_null(workload_spn(workload, workload->forms->pdata[1], "a.b", NULL, NULL));
    g_assert_true(workload_by_spn(workloads, "http/x") == workload);
    g_assert_null(workload_by_spn(workloads, "cifs/x"));
}

/* What an administrator looks for is there, with a source for each statement. */
static void
test_builtin(void)
{
    static const char *const ids[] = {"live-migration", "cross-cluster-migration",
                                      "smb-storage",    "scvmm-library",
                                      "admin-center",   "sql-linked-server",
                                      "sql-reports",    "sql-listener",
                                      "iis-to-sql",     "iis-to-files",
                                      "adfs-proxy",     "certificate-enrolment",
                                      "gmsa-service"};
    const Workloads *workloads = workloads_builtin();
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
        g_assert_nonnull(workload_find(workloads, ids[i]));
    for (guint i = 0; i < workloads->all->len; i++) {
        const Workload *workload = workloads->all->pdata[i];
        const GPtrArray *const notes[] = {workload->about, workload->from, workload->why,
                                          workload->slips};
        for (guint n = 0; n < G_N_ELEMENTS(notes); n++)
            for (guint s = 0; s < notes[n]->len; s++)
                if (((const WorkloadNote *)notes[n]->pdata[s])->sources->len == 0)
                    g_error("%s: no source for: %s", workload->id,
                            ((const WorkloadNote *)notes[n]->pdata[s])->text);
        for (guint f = 0; f < workload->forms->len; f++)
            g_assert_cmpuint(
                ((const WorkloadForm *)workload->forms->pdata[f])->form.sources->len, >,
                0);
    }
}

typedef struct {
    const char *name;
    const char *text;
    guint line;
    const char *says;
} Bad;

static const Bad bad[] = {
    {"unknown key", "workload: a\ncolour: red\n", 2, "colour"},
    {"key of a source", "workload: a\npage: x\n", 2, "page"},
    {"no colon", "workload: a\ntitle\n", 2, "key: value"},
    {"no record", "title: x\n", 1, "title"},
    {"two of one id", SOUND "\n" SOUND SOURCES, 14, "a second workload a-b"},
    {"two titles", "workload: a\ntitle: x\ntitle: y\n", 3, "a second title"},
    {"two ways", "workload: a\nway: kcd\nway: rbcd\n", 3, "a second way"},
    {"unknown way", "workload: a\nway: classic\n", 2, "classic"},
    {"unknown transition", "workload: a\ntransition: yes\n", 2, "excess"},
    {"form without a host", "workload: a\nneed: HTTP\n", 2, "MSSQLSvc/FQDN:PORT"},
    {"form with a host", "workload: a\nneed: HTTP/web01\n", 2, "HTTP/web01"},
    {"no port", "workload: a\nport: http\n", 2, "http"},
    {"no such source",
     SOUND SOURCES "workload: c\nslip: x [S2]\ntitle: t\nabout: x\nfrom: x\n"
                   "need: A/FQDN\nway: kcd\ntransition: needed\nwhy: x\n",
     17, "S2"},
    {"no sources in brackets", "workload: a\nabout: x [see there]\n", 2, "see there"},
    {"a source alone", "workload: a\nabout: [S1]\n", 2, "without words"},
    {"lacks a way",
     "source: S1\ntitle: t\nworkload: a\ntitle: x\nabout: x\nfrom: x\nneed: A/FQDN\n", 3,
     "way"},
    {"lacks a port",
     "workload: a\ntitle: x\nabout: x\nfrom: x\nneed: A/FQDN:PORT\nway: kcd\n"
     "transition: needed\nwhy: x\n",
     1, "port"},
    {"source without a title", "source: S1\n", 1, "title"},
    {"one hint for two", SOUND "\nworkload: c\nhint: http\n", 15, "a-b already"},
};

static void
test_bad(gconstpointer data)
{
    const Bad *want = data;
    g_autoptr(Workloads) workloads = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_false(parse(want->text, &workloads, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_CONFIG);
    g_autofree char *place = g_strdup_printf("workload-test.table:%u: ", want->line);
    if (!g_str_has_prefix(error->message, place) || !strstr(error->message, want->says))
        g_error("%s: %s", want->name, error->message);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/workloads/sound", test_sound);
    g_test_add_func("/workloads/of the binary", test_builtin);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *path = g_strdup_printf("/workloads/bad/%s", bad[i].name);
        g_test_add_data_func(path, &bad[i], test_bad);
    }
    return g_test_run();
}
