/* JSON lines for a SIEM: the run, what could not be read, and each finding, one object a
 * line that stands by itself.  data/kcdaudit.jsonl.schema.json */
#include "formats.h"

#include "base/text.h"
#include "grade.h"
#include "render/gaps.h"
#include "render/tally.h"
#include "render/tree.h"

/* What is the same in every line. */
typedef struct {
    GString *out;
    char *time;
    const char *domain;
    json_int_t run; /* its number in the history; 0: none is kept */
} Lines;

static json_t *
line_new(const Lines *lines, const char *type, const char *id)
{
    json_t *line = json_object();
    tree_put_text(line, "schema", "kcdaudit.line/1");
    tree_put_text(line, "type", type);
    tree_put_text(line, "time", lines->time);
    tree_put_text(line, "domain", lines->domain);
    tree_put(line, "run", lines->run > 0 ? json_integer(lines->run) : json_null());
    tree_put_text(line, "id", id);
    return line;
}

static void
line_end(const Lines *lines, json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT);
    g_string_append(lines->out, text);
    g_string_append_c(lines->out, '\n');
    free(text);
    json_decref(line);
}

static json_t *
counts(const char *const *names, const guint *numbers, guint count)
{
    json_t *object = json_object();
    for (guint i = 0; i < count; i++)
        tree_put_count(object, names[i], numbers[i]);
    return object;
}

static void
write_run(const Lines *lines, const Report *report, const Tally *tally)
{
    Grade grade = grade_of_audit(report->audit);
    gint64 data_us = report->audit->estate->data_us;
    g_autofree char *data = data_us > 0 ? text_time(data_us) : NULL;
    json_t *line = line_new(lines, "run", NULL);
    tree_put_text(line, "version", report->tool_version);
    tree_put_text(line, "dc", report->audit->estate->dc);
    tree_put_text(line, "data_time", data);
    tree_put(line, "sources", render_sources(report));
    tree_put(line, "complete", json_boolean(tally->complete));
    tree_put(line, "pairs", counts(verdict_names, tally->verdicts, VERDICT_COUNT));
    tree_put(line, "edges", counts(verdict_names, tally->edges, VERDICT_COUNT));
    tree_put(line, "findings", counts(severity_names, tally->failed, SEVERITY_COUNT));
    tree_put(line, "grade", grade_json(&grade));
    if (report->shown)
        tree_put_count(line, "hidden", report->shown->hidden);
    line_end(lines, line);
}

static void
write_gap(const Lines *lines, const Gap *gap)
{
    json_t *line = line_new(lines, "gap", NULL);
    tree_put_text(line, "what", gap->what);
    tree_put_text(line, "why", gap->why);
    line_end(lines, line);
}

static void
write_finding(const Lines *lines, const FindingGroup *group)
{
    json_t *line = line_new(lines, "finding", group->id);
    json_t *told = render_finding(group);
    json_object_update_missing(line, told);
    json_decref(told);
    line_end(lines, line);
}

void
render_jsonl(const Report *report, GString *out)
{
    const Audit *audit = report->audit;
    g_autofree char *time = text_time(report->started_us);
    g_autoptr(GPtrArray) gaps = gaps_of(audit);
    const Lines lines = {out, time, audit->estate->domain, report_run(report)};
    Tally tally = tally_of(audit);
    write_run(&lines, report, &tally);
    for (guint i = 0; i < gaps->len; i++)
        write_gap(&lines, gaps->pdata[i]);
    g_autoptr(GPtrArray) findings = report_groups(report);
    for (guint i = 0; i < findings->len; i++) {
        write_finding(&lines, findings->pdata[i]);
        report_flow(report, out);
    }
}
