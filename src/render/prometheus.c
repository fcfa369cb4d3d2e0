/* The text format that node_exporter's textfile collector reads: numbers alone, every
 * label value always there, so that a series never just ends, and the domain in each, so
 * that two domains do not clash.  Of rules only those that found something have a series.
 */
#include "formats.h"

#include "audit/grade.h"
#include "audit/grouping.h"
#include "audit/rules.h"
#include "render/gaps.h"
#include "render/tally.h"

#include <string.h>

typedef struct {
    GString *out;
    char *domain;     /* as a label's value */
    const char *name; /* of the metric being written */
} Writer;

static void
begin(Writer *writer, const char *name, const char *help)
{
    writer->name = name;
    g_string_append_printf(writer->out, "# HELP %s %s\n# TYPE %s gauge\n", name, help,
                           name);
}

/* \, " and line ends are escaped in a label's value; a byte that is no text is left out.
 */
static char *
label_value(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
    GString *out = g_string_new(NULL);
    for (const char *at = valid; *at; at++)
        if (*at == '\n')
            g_string_append(out, "\\n");
        else if (strchr("\\\"", *at))
            g_string_append_printf(out, "\\%c", *at);
        else if (!g_ascii_iscntrl(*at))
            g_string_append_c(out, *at);
    return g_string_free(out, FALSE);
}

static void
series(const Writer *writer)
{
    g_string_append_printf(writer->out, "%s{domain=\"%s\"} ", writer->name,
                           writer->domain);
}

/* These values are words of ours: nothing in them needs an escape. */
static void
labelled(const Writer *writer, const char *label, const char *value, guint count)
{
    g_string_append_printf(writer->out, "%s{domain=\"%s\",%s=\"%s\"} %u\n", writer->name,
                           writer->domain, label, value, count);
}

static void
plain(const Writer *writer, guint count)
{
    series(writer);
    g_string_append_printf(writer->out, "%u\n", count);
}

/* Base units: seconds.  No printf of a double, which asks the locale. */
static void
seconds(const Writer *writer, gint64 ms)
{
    ms = MAX(ms, 0);
    series(writer);
    g_string_append_printf(writer->out, "%" G_GINT64_FORMAT ".%03" G_GINT64_FORMAT "\n",
                           ms / 1000, ms % 1000);
}

static void
write_judged(Writer *writer, const Audit *audit, const Tally *tally)
{
    begin(writer, "kcdaudit_pairs", "Ordered pairs of hosts, by verdict.");
    for (guint i = 0; i < VERDICT_COUNT; i++)
        labelled(writer, "verdict", verdict_names[i], tally->verdicts[i]);
    begin(writer, "kcdaudit_edges", "Delegations, by verdict.");
    for (guint i = 0; i < VERDICT_COUNT; i++)
        labelled(writer, "verdict", verdict_names[i], tally->edges[i]);
    begin(writer, "kcdaudit_edges_undeclared",
          "Delegations that the configuration does not ask for.");
    plain(writer, tally->edges_undeclared);
    begin(writer, "kcdaudit_edges_tier0", "Delegations towards a Tier 0 account.");
    plain(writer, tally->edges_tier0);
    begin(writer, "kcdaudit_chains",
          "Ways from one account to another in several steps of delegation.");
    plain(writer, audit->chains ? audit->chains->count : 0);
}

static void
write_rules(Writer *writer, const Audit *audit)
{
    guint counts[RULE_COUNT][SEVERITY_COUNT] = {0};
    g_autoptr(GPtrArray) groups = findings_grouped(audit->findings);
    for (guint i = 0; i < groups->len; i++) {
        const Finding *finding = ((const FindingGroup *)groups->pdata[i])->first;
        if (finding_is_counted(finding) && finding->status == STATUS_FAIL &&
            !finding->waived)
            counts[finding->rule][finding->severity]++;
    }
    begin(writer, "kcdaudit_rule_findings",
          "Failed findings that are not waived, by rule and severity; none: no series.");
    for (guint rule = 0; rule < RULE_COUNT; rule++)
        for (guint i = 0; i < SEVERITY_COUNT; i++)
            if (counts[rule][i] > 0)
                g_string_append_printf(
                    writer->out, "%s{domain=\"%s\",rule=\"%s\",severity=\"%s\"} %u\n",
                    writer->name, writer->domain, rules[rule].id, severity_names[i],
                    counts[rule][i]);
}

static void
write_findings(Writer *writer, const Audit *audit, const Tally *tally)
{
    begin(writer, "kcdaudit_findings",
          "Failed findings that are not waived, by severity.");
    for (guint i = 0; i < SEVERITY_COUNT; i++)
        labelled(writer, "severity", severity_names[i], tally->failed[i]);
    write_rules(writer, audit);
    begin(writer, "kcdaudit_findings_waived", "Findings that a waiver accepts.");
    plain(writer, tally->waived);
    begin(writer, "kcdaudit_findings_not_determined",
          "Findings that were not determined, for want of evidence.");
    plain(writer, tally->not_determined);
}

static void
write_grade(Writer *writer, const Audit *audit)
{
    Grade grade = grade_of_audit(audit);
    begin(
        writer, "kcdaudit_grade_score",
        "The grade's points, 0 to 100, more is better; NaN where it was not determined.");
    series(writer);
    if (grade.determined)
        g_string_append_printf(writer->out, "%u\n", grade.score);
    else
        g_string_append(writer->out, "NaN\n");
    begin(writer, "kcdaudit_grade_determined",
          "Whether the grade was determined: 0 where what was not read may hide worse.");
    plain(writer, grade.determined ? 1 : 0);
}

static void
write_first(Writer *writer, const GPtrArray *first)
{
    const FirstStep *best = first && first->len > 0 ? first->pdata[0] : NULL;
    begin(writer, "kcdaudit_causes",
          "Steps to take, each of which fixes one or more findings.");
    plain(writer, first ? first->len : 0);
    begin(writer, "kcdaudit_fix_first_pairs",
          "Pairs of hosts that the best first step turns ready.");
    plain(writer, best && best->pairs > 0 ? (guint)best->pairs : 0);
    begin(writer, "kcdaudit_fix_first_edges",
          "Delegations that the best first step turns ready.");
    plain(writer, best && best->edges > 0 ? (guint)best->edges : 0);
}

/* What was read, and when. */
static void
write_basis(Writer *writer, const Report *report, const Tally *tally)
{
    g_autoptr(GPtrArray) gaps = gaps_of(report->audit);
    begin(writer, "kcdaudit_hosts", "Hosts and file servers audited.");
    plain(writer, tally->hosts);
    begin(writer, "kcdaudit_tickets",
          "Test tickets that the KDC granted or refused; both 0 where none were asked "
          "for.");
    labelled(writer, "result", "granted", tally->granted);
    labelled(writer, "result", "refused", tally->refused);
    begin(writer, "kcdaudit_gaps", "Things that could not be read, and were not judged.");
    plain(writer, gaps->len);
    begin(writer, "kcdaudit_complete",
          "Whether all evidence could be read: 1, or 0 where something is not known.");
    plain(writer, tally->complete ? 1 : 0);
    begin(
        writer, "kcdaudit_data_timestamp_seconds",
        "When the data that was judged is of, in seconds since 1970; 0 where a file does "
        "not tell.");
    seconds(writer, report->audit->estate->data_us / 1000);
    begin(writer, "kcdaudit_last_run_timestamp_seconds",
          "When the last audit that got as far as a report began, in seconds since "
          "1970.");
    seconds(writer, report->started_us / 1000);
    begin(writer, "kcdaudit_duration_seconds", "How long that audit took.");
    seconds(writer, report->duration_ms);
}

void
render_prometheus(const Report *report, GString *out)
{
    const Audit *audit = report->audit;
    Tally tally = tally_of(audit);
    g_autofree char *domain = label_value(audit->estate->domain);
    Writer writer = {.out = out, .domain = domain};

    write_judged(&writer, audit, &tally);
    write_findings(&writer, audit, &tally);
    write_grade(&writer, audit);
    write_first(&writer, report->first);
    write_basis(&writer, report, &tally);
}
