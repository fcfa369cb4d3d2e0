/* What no fixture shows of CSV, JUnit and Prometheus: test tickets, gaps, and
 * findings of several fates about one subject. */
#include "render/formats.h"

#include <string.h>

/* Only what these three look at. */
typedef struct {
    Estate *estate;
    Audit audit;
    Report report;
} Case;

static Case *
case_new(void)
{
    Case *c = g_new0(Case, 1);

    c->audit.estate = c->estate = estate_new(G_GINT64_CONSTANT(1795219200123456));
    c->audit.findings = g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
    c->audit.outcomes = g_array_new(FALSE, FALSE, sizeof(Outcome));
    c->audit.hosts = g_ptr_array_new();
    c->audit.pairs = g_ptr_array_new();
    c->audit.gaps = g_ptr_array_new();
    c->report = (Report){.audit = &c->audit,
                         .tool_version = "0",
                         .started_us = G_GINT64_CONSTANT(1795219200123456),
                         .duration_ms = 61002};
    return c;
}

static void
case_free(Case *c)
{
    g_ptr_array_unref(c->audit.findings);
    g_array_unref(c->audit.outcomes);
    g_ptr_array_unref(c->audit.hosts);
    g_ptr_array_unref(c->audit.pairs);
    g_ptr_array_unref(c->audit.gaps);
    if (c->audit.tickets)
        g_ptr_array_unref(c->audit.tickets);
    estate_free(c->estate);
    g_free(c);
}
static RuleId
rule_named(const char *id)
{
    RuleId rule = RULE_ACC_01;
    g_assert_true(rule_parse(id, &rule));
    return rule;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Case, case_free)

static void
add_outcome(Case *c, const char *rule, const char *subject, Status status)
{
    Outcome outcome = {subject, rule_named(rule), status};

    g_array_append_val(c->audit.outcomes, outcome);
}

static Finding *
add_finding(Case *c, const char *rule, Severity severity, Status status,
            const char *subject, const char *title)
{
    Finding *finding =
        finding_new(rule_named(rule), severity, status, subject, NULL, NULL);

    finding_say(finding, title, "Details of %s.", subject);
    g_ptr_array_add(c->audit.findings, finding);
    return finding;
}

static char *
rendered(const Case *c, void (*render)(const Report *report, GString *out))
{
    GString *out = g_string_new(NULL);

    findings_name(c->audit.findings);
    render(&c->report, out);
    return g_string_free(out, FALSE);
}

static void
assert_has(const char *text, const char *what)
{
    if (!strstr(text, what))
        g_error("\"%s\" is not in:\n%s", what, text);
}

static void
assert_has_not(const char *text, const char *what)
{
    if (strstr(text, what))
        g_error("\"%s\" is in:\n%s", what, text);
}

/* One fate per case: fail before unknown before waived. */
static void
test_junit_fates(void)
{
    g_autoptr(Case) c = case_new();

    add_outcome(c, "DEL-01", "HV01", STATUS_FAIL);
    add_outcome(c, "DEL-01", "HV02", STATUS_UNKNOWN);
    add_outcome(c, "DEL-01", "HV03", STATUS_FAIL);
    add_outcome(c, "DEL-01", "HV04", STATUS_NOT_APPLICABLE);
    add_outcome(c, "DEL-01", "HV05", STATUS_PASS);
    add_finding(c, "DEL-01", SEVERITY_WARNING, STATUS_FAIL, "HV01", "Slight");
    add_finding(c, "DEL-01", SEVERITY_CRITICAL, STATUS_FAIL, "HV01", "Grave");
    add_finding(c, "DEL-01", SEVERITY_ERROR, STATUS_UNKNOWN, "HV01", "Dark");
    Finding *waived =
        add_finding(c, "DEL-01", SEVERITY_CRITICAL, STATUS_FAIL, "HV02", "Borne");
    finding_waive(waived, NULL, "as \"agreed\"", "2027-03-31");
    add_finding(c, "DEL-01", SEVERITY_ERROR, STATUS_UNKNOWN, "HV02", "Dim");
    waived = add_finding(c, "DEL-01", SEVERITY_ERROR, STATUS_FAIL, "HV03", "Borne");
    finding_waive(waived, NULL, "for ever", NULL);
    g_autofree char *text = rendered(c, render_junit);

    assert_has(text, "<testsuites name=\"kcdaudit\" tests=\"5\" failures=\"1\" "
                     "errors=\"1\" time=\"61.002\">");
    assert_has(text, "<testsuite name=\"DEL-01\" tests=\"5\" failures=\"1\" errors=\"1\" "
                     "skipped=\"2\" time=\"0.000\" timestamp=\"2026-11-21T00:00:00\" "
                     "hostname=\"localhost\">");
    assert_has(text, "<failure type=\"critical\" message=\"Grave (and 1 more)\">");
    assert_has(text, "unknown: Dark\n");
    assert_has(text, "<error type=\"unknown\" message=\"Dim\">unknown: Dim\n");
    assert_has(text, "\ncritical: Borne\nwaived: as &quot;agreed&quot; (until "
                     "2027-03-31)\n");
    assert_has(text, "<skipped message=\"waived: for ever\"/>");
    assert_has(text, "<skipped message=\"not applicable\"/>");
    assert_has(text,
               "<testcase name=\"HV05\" classname=\"kcdaudit.DEL-01\" time=\"0.000\"/>");
}

/* A rule of the domain that found something about accounts. */
static void
test_junit_subjects(void)
{
    g_autoptr(Case) c = case_new();

    c->report.hostname = "audit<1>";
    add_outcome(c, "ACC-07", "contoso.com", STATUS_FAIL);
    add_outcome(c, "ACC-08", "contoso.com", STATUS_PASS);
    add_finding(c, "ACC-07", SEVERITY_ERROR, STATUS_FAIL, "alice", "Sensitive");
    Finding *waived =
        add_finding(c, "ACC-07", SEVERITY_ERROR, STATUS_FAIL, "bob", "Sensitive");
    finding_waive(waived, NULL, "leaves in March", NULL);
    g_autofree char *text = rendered(c, render_junit);

    assert_has(text, "tests=\"3\" failures=\"1\" errors=\"0\"");
    assert_has(text, "<testcase name=\"alice\"");
    assert_has(text, "<testcase name=\"bob\"");
    assert_has_not(text, "<testcase name=\"contoso.com\" classname=\"kcdaudit.ACC-07\"");
    assert_has(text, "<testcase name=\"contoso.com\" classname=\"kcdaudit.ACC-08\"");
    assert_has(text, "hostname=\"audit&lt;1&gt;\"");
}

/* Without tickets the rules about them are not even there. */
static void
test_gaps(void)
{
    g_autoptr(Case) c = case_new();
    Gap gap = {"test tickets", "no Kerberos ticket to ask with: run kinit"};
    TicketEvidence tickets[] = {
        {.spn = "cifs/HV01", .granted = true, .answered = true},
        {.spn = "cifs/HV02", .answered = true, .error = "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
        {.spn = "cifs/HV03", .error = "timed out"},
    };

    add_outcome(c, "ACC-01", "HV01", STATUS_PASS);
    g_autofree char *sound = rendered(c, render_prometheus);
    g_autofree char *green = rendered(c, render_junit);
    assert_has(sound, "\nkcdaudit_complete{domain=\"\"} 1\n");
    assert_has(sound, "\nkcdaudit_tickets{domain=\"\",result=\"granted\"} 0\n");
    assert_has(sound,
               "\nkcdaudit_last_run_timestamp_seconds{domain=\"\"} 1795219200.123\n");
    assert_has(sound, "\nkcdaudit_duration_seconds{domain=\"\"} 61.002\n");
    assert_has_not(green, "evidence");

    c->audit.tickets = g_ptr_array_new();
    for (guint i = 0; i < G_N_ELEMENTS(tickets); i++)
        g_ptr_array_add(c->audit.tickets, &tickets[i]);
    g_autofree char *metrics = rendered(c, render_prometheus);
    assert_has(metrics, "\nkcdaudit_tickets{domain=\"\",result=\"granted\"} 1\n");
    assert_has(metrics, "\nkcdaudit_tickets{domain=\"\",result=\"refused\"} 1\n");
    assert_has(metrics, "\nkcdaudit_complete{domain=\"\"} 0\n");

    g_ptr_array_add(c->audit.gaps, &gap);
    g_autofree char *text = rendered(c, render_junit);
    assert_has(text, "tests=\"3\" failures=\"0\" errors=\"2\"");
    assert_has(text, "<testcase name=\"test tickets\" classname=\"kcdaudit.evidence\"");
    assert_has(text, "<testcase name=\"ticket for cifs/HV03\"");
    assert_has(text, "<error type=\"unknown\" message=\"timed out\"/>");
}

/* All counts that there are, however few. */
static void
test_prometheus_findings(void)
{
    g_autoptr(Case) c = case_new();

    add_finding(c, "DEL-01", SEVERITY_ERROR, STATUS_FAIL, "HV01", "One");
    add_finding(c, "DEL-01", SEVERITY_ERROR, STATUS_UNKNOWN, "HV01", "Not known");
    Finding *waived =
        add_finding(c, "DEL-01", SEVERITY_ERROR, STATUS_FAIL, "HV02", "Two");
    finding_waive(waived, NULL, "because", NULL);
    g_autofree char *text = rendered(c, render_prometheus);

    assert_has(text, "\nkcdaudit_findings{domain=\"\",severity=\"error\"} 1\n");
    assert_has(text, "\nkcdaudit_findings{domain=\"\",severity=\"critical\"} 0\n");
    assert_has(text, "\nkcdaudit_pairs{domain=\"\",verdict=\"broken\"} 0\n");
    assert_has(text, "\nkcdaudit_complete{domain=\"\"} 0\n"); /* one is not known */

    c->estate->domain = "contoso \"\\\n.com";
    g_autofree char *named = rendered(c, render_prometheus);
    assert_has(named, "\nkcdaudit_complete{domain=\"contoso \\\"\\\\\\n.com\"} 0\n");
}

/* Two fixes, one of them not among the report's; lines and quotes. */
static void
test_csv_row(void)
{
    g_autoptr(Case) c = case_new();
    g_autoptr(GPtrArray) fixes = g_ptr_array_new();
    GPtrArray *lines = g_ptr_array_new();
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    Fix fix = {.id = (char *)"spn:HV01", .add = none, .remove = none, .setspn = lines};
    Finding *finding =
        add_finding(c, "SPN-01", SEVERITY_ERROR, STATUS_FAIL, "=HV01", "Say \"x\"");

    g_ptr_array_add(lines, (gpointer) "setspn -S \"a b/HV01\" HV01");
    g_ptr_array_add(fixes, &fix);
    finding_add_fix(finding, "spn:HV01");
    finding_add_fix(finding, "delegation:HV01");
    finding_waive(finding, NULL, "-1 for now", NULL);
    c->report.fixes = fixes;
    g_autofree char *text = rendered(c, render_csv);

    g_assert_cmpstr(
        text, ==,
        "rule,severity,status,subject,target,spn,title,detail,fix,waived,time,domain,run,"
        "id,targets,because,frameworks\r\n"
        "\"SPN-01\",\"error\",\"fail\",\"'=HV01\",,,\"Say \"\"x\"\"\",\"Details of "
        "=HV01.\","
        "\"spn:HV01: setspn -S \"\"a b/HV01\"\" HV01\ndelegation:HV01\",\"'-1 for "
        "now\",\"2026-11-21T00:00:00Z\",,,\"SPN-01:=HV01\",,,\r\n");
    g_ptr_array_unref(lines);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/formats/junit/fates", test_junit_fates);
    g_test_add_func("/formats/junit/subjects", test_junit_subjects);
    g_test_add_func("/formats/gaps", test_gaps);
    g_test_add_func("/formats/prometheus/findings", test_prometheus_findings);
    g_test_add_func("/formats/csv/row", test_csv_row);
    return g_test_run();
}
