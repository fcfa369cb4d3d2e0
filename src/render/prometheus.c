/* The text format that node_exporter's textfile collector reads: counts alone,
 * and every label value always there, so that a series never just ends. */
#include "formats.h"

#include "render/tally.h"

typedef struct {
    GString *out;
    const char *name; /* of the metric being written */
} Writer;

static void
begin(Writer *writer, const char *name, const char *help)
{
    writer->name = name;
    g_string_append_printf(writer->out, "# HELP %s %s\n# TYPE %s gauge\n", name, help,
                           name);
}

/* Label values are words of ours: nothing in them needs an escape. */
static void
labelled(const Writer *writer, const char *label, const char *value, guint count)
{
    g_string_append_printf(writer->out, "%s{%s=\"%s\"} %u\n", writer->name, label, value,
                           count);
}

static void
plain(const Writer *writer, guint count)
{
    g_string_append_printf(writer->out, "%s %u\n", writer->name, count);
}

/* Base units: seconds.  No printf of a double, which asks the locale. */
static void
seconds(const Writer *writer, gint64 ms)
{
    ms = MAX(ms, 0);
    g_string_append_printf(writer->out,
                           "%s %" G_GINT64_FORMAT ".%03" G_GINT64_FORMAT "\n",
                           writer->name, ms / 1000, ms % 1000);
}

void
render_prometheus(const Report *report, GString *out)
{
    Tally tally = tally_of(report->audit);
    Writer writer = {.out = out};

    begin(&writer, "kcdaudit_pairs", "Ordered pairs of hosts, by verdict.");
    for (guint i = 0; i < VERDICT_COUNT; i++)
        labelled(&writer, "verdict", verdict_names[i], tally.verdicts[i]);
    begin(&writer, "kcdaudit_edges", "Delegations, by verdict.");
    for (guint i = 0; i < VERDICT_COUNT; i++)
        labelled(&writer, "verdict", verdict_names[i], tally.edges[i]);
    begin(&writer, "kcdaudit_edges_undeclared",
          "Delegations that the configuration does not ask for.");
    plain(&writer, tally.edges_undeclared);
    begin(&writer, "kcdaudit_edges_tier0", "Delegations towards a Tier 0 account.");
    plain(&writer, tally.edges_tier0);
    begin(&writer, "kcdaudit_chains",
          "Ways from one account to another in several steps of delegation.");
    plain(&writer, report->audit->chains ? report->audit->chains->count : 0);
    begin(&writer, "kcdaudit_findings",
          "Failed findings that are not waived, by severity.");
    for (guint i = 0; i < SEVERITY_COUNT; i++)
        labelled(&writer, "severity", severity_names[i], tally.failed[i]);
    const GPtrArray *first = report->first;
    const FirstStep *best = first && first->len > 0 ? first->pdata[0] : NULL;
    begin(&writer, "kcdaudit_causes",
          "Steps to take, each of which fixes one or more findings.");
    plain(&writer, first ? first->len : 0);
    begin(&writer, "kcdaudit_fix_first_pairs",
          "Pairs of hosts that the best first step turns ready.");
    plain(&writer, best && best->pairs > 0 ? (guint)best->pairs : 0);
    begin(&writer, "kcdaudit_fix_first_edges",
          "Delegations that the best first step turns ready.");
    plain(&writer, best && best->edges > 0 ? (guint)best->edges : 0);
    begin(&writer, "kcdaudit_hosts", "Hosts and file servers audited.");
    plain(&writer, tally.hosts);
    begin(&writer, "kcdaudit_tickets",
          "Test tickets that the KDC granted or refused; both 0 where none were asked "
          "for.");
    labelled(&writer, "result", "granted", tally.granted);
    labelled(&writer, "result", "refused", tally.refused);
    begin(&writer, "kcdaudit_complete",
          "Whether all evidence could be read: 1, or 0 where something is not known.");
    plain(&writer, tally.complete ? 1 : 0);
    begin(&writer, "kcdaudit_last_run_timestamp_seconds",
          "When the last audit that got as far as a report began, in seconds since "
          "1970.");
    seconds(&writer, report->started_us / 1000);
    begin(&writer, "kcdaudit_duration_seconds", "How long that audit took.");
    seconds(&writer, report->duration_ms);
}
