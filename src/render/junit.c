/* JUnit XML for CI servers: a suite per rule that ran, a case per subject.
 *
 * Jenkins keeps one <failure> of a case, so all that a rule has to say of a
 * subject stands in one.  Rules are judged together in no time worth telling:
 * the duration is that of the whole run. */
#include "formats.h"

#include "audit/rules.h"
#include "base/text.h"
#include "commands.h"
#include "edges.h"
#include "findings.h"
#include "render/gaps.h"

#include <string.h>

typedef enum {
    RESULT_PASS,
    RESULT_FAILURE, /* a finding that is not waived */
    RESULT_ERROR,   /* not known */
    RESULT_SKIPPED, /* does not apply, or waived */
    RESULT_COUNT
} Result;

typedef struct {
    const char *name;    /* the subject */
    Status status;       /* as the engine recorded it; without an outcome: pass */
    GPtrArray *findings; /* of const FindingGroup * */
    bool hidden;         /* it has findings that are not to be listed: it did not pass */
} Case;

typedef struct {
    guint tests;
    guint results[RESULT_COUNT];
} Sums;

typedef struct {
    const Report *report;
    GHashTable *fixes;   /* id -> const Fix * */
    GPtrArray *findings; /* of FindingGroup *: all */
    char *when;
    GString *out; /* NULL: they are counted, for what stands above them */
    Sums all;
} Writer;

static void
case_free(gpointer data)
{
    Case *item = data;

    g_ptr_array_unref(item->findings);
    g_free(item);
}

static Case *
case_of(GPtrArray *cases, GHashTable *by_name, const char *name)
{
    Case *item = g_hash_table_lookup(by_name, name);

    if (item)
        return item;
    item = g_new0(Case, 1);
    item->name = name;
    item->findings = g_ptr_array_new();
    g_ptr_array_add(cases, item);
    g_hash_table_insert(by_name, (gpointer)name, item);
    return item;
}

static bool
is_open(const FindingGroup *group, Status status)
{
    return group->first->status == status && !group->first->waived;
}

/* Whether it fails the audit: milder ones are told, and pass. */
static bool
fails(const Writer *writer, const FindingGroup *group)
{
    return is_open(group, STATUS_FAIL) &&
           group->first->severity >= writer->report->fail_on;
}

static Result
case_result(const Writer *writer, const Case *item)
{
    bool failure = false, unknown = false, told = false;

    for (guint i = 0; i < item->findings->len; i++) {
        const FindingGroup *group = item->findings->pdata[i];

        failure = failure || fails(writer, group);
        unknown = unknown || is_open(group, STATUS_UNKNOWN);
        told = told || is_open(group, STATUS_FAIL);
    }
    if (failure)
        return RESULT_FAILURE;
    if (unknown)
        return RESULT_ERROR;
    if (told)
        return RESULT_PASS;
    if (item->findings->len > 0 || item->status == STATUS_NOT_APPLICABLE)
        return RESULT_SKIPPED;
    return RESULT_PASS;
}

/* A rule about the domain may have found something about an account: that is a
 * case of its own, and then nothing is left to say of the domain. */
static bool
is_empty(const Case *item)
{
    return item->findings->len == 0 && (item->hidden || item->status == STATUS_FAIL ||
                                        item->status == STATUS_UNKNOWN);
}

static void
attribute(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, " %s=\"", name);
    text_quote(QUOTE_HTML, value, out);
    g_string_append_c(out, '"');
}

static void
write_sums(GString *out, const Sums *sums, bool with_skipped)
{
    g_string_append_printf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\"",
                           sums->tests, sums->results[RESULT_FAILURE],
                           sums->results[RESULT_ERROR]);
    if (with_skipped)
        g_string_append_printf(out, " skipped=\"%u\"", sums->results[RESULT_SKIPPED]);
}

/* The body of a failure or an error: plain text. */

/* What is not said of all of them already. */
static void
say_member(const FindingGroup *group, guint member, GString *text)
{
    const Finding *finding = group->members->pdata[member];

    if (group->untold->pdata[member])
        g_string_append_printf(text, "%s\n", (const char *)group->untold->pdata[member]);
    for (guint i = 0; i < finding->evidence->len; i++) {
        const Evidence *evidence = finding->evidence->pdata[i];

        if (!finding_group_has(group, evidence))
            g_string_append_printf(text, "  %s: %s\n", evidence->key, evidence->value);
    }
}

static void
say_finding(const FindingGroup *group, GString *text)
{
    g_autofree char *waiver = commands_waiver(group->first);
    g_autofree char *targets = finding_group_objects(group, G_MAXUINT - 1);

    if (text->len > 0)
        g_string_append_c(text, '\n');
    g_string_append_printf(text, "%s: %s%s%s\n", findings_word(group->first),
                           group->title, group->target ? " -> " : "",
                           group->target ? group->target : "");
    if (waiver) {
        g_string_append_printf(text, "waived: %s\n", waiver);
        return;
    }
    if (group->members->len > 1 && *targets)
        g_string_append_printf(text, "For: %s\n", targets);
    if (group->spn)
        g_string_append_printf(text, "SPN: %s\n", group->spn);
    if (*group->detail)
        g_string_append_printf(text, "%s\n", group->detail);
    for (guint i = 0; i < group->evidence->len; i++) {
        const Evidence *evidence = group->evidence->pdata[i];

        g_string_append_printf(text, "  %s: %s\n", evidence->key, evidence->value);
    }
    for (guint i = 0; i < group->members->len; i++)
        say_member(group, i, text);
}

/* Each fix of the case once. */
static void
say_fixes(const Writer *writer, const Case *item, GString *text)
{
    g_autoptr(GHashTable) said = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < item->findings->len; i++) {
        const FindingGroup *group = item->findings->pdata[i];

        for (guint f = 0; f < group->fixes->len; f++) {
            char *id = group->fixes->pdata[f];
            const Fix *fix = g_hash_table_lookup(writer->fixes, id);
            const GPtrArray *lines = fix && !fix_is_long(fix) ? commands_of(fix) : NULL;
            g_autofree char *brief = fix && !lines ? commands_brief(fix) : NULL;

            if (!g_hash_table_add(said, id))
                continue;
            g_string_append_printf(text, "\nfix %s\n", id);
            if (brief)
                g_string_append_printf(text, "  %s\n", brief);
            for (guint l = 0; lines && l < lines->len; l++)
                g_string_append_printf(text, "  %s\n", (const char *)lines->pdata[l]);
        }
    }
}

static void
write_problem(const Writer *writer, const Case *item, Result result)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Status status = result == RESULT_FAILURE ? STATUS_FAIL : STATUS_UNKNOWN;
    const FindingGroup *first = NULL; /* the worst */
    guint open = 0;

    for (guint i = 0; i < item->findings->len; i++) {
        const FindingGroup *group = item->findings->pdata[i];

        say_finding(group, text);
        if (!is_open(group, status))
            continue;
        open++;
        if (!first || group->first->severity > first->first->severity)
            first = group;
    }
    say_fixes(writer, item, text);
    g_assert(first); /* else it would not have come to this result */

    g_autofree char *message =
        open > 1 ? g_strdup_printf("%s (and %u more)", first->title, open - 1)
                 : g_strdup(first->title);
    const char *element = result == RESULT_FAILURE ? "failure" : "error";
    g_string_append_printf(writer->out, "      <%s", element);
    attribute(writer->out, "type", findings_word(first->first));
    attribute(writer->out, "message", message);
    g_string_append_c(writer->out, '>');
    text_quote(QUOTE_HTML, text->str, writer->out);
    g_string_append_printf(writer->out, "</%s>\n", element);
}

/* Below --fail-on: told, and no failure. */
static void
write_told(const Writer *writer, const Case *item)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < item->findings->len; i++)
        say_finding(item->findings->pdata[i], text);
    say_fixes(writer, item, text);
    g_string_append(writer->out, "      <system-out>");
    text_quote(QUOTE_HTML, text->str, writer->out);
    g_string_append(writer->out, "</system-out>\n");
}

static void
write_skipped(const Writer *writer, const Case *item)
{
    g_autofree char *message = NULL;

    if (item->findings->len > 0) {
        g_autofree char *waiver =
            commands_waiver(((const FindingGroup *)item->findings->pdata[0])->first);

        message = g_strconcat("waived: ", waiver, NULL);
    }
    g_string_append(writer->out, "      <skipped");
    attribute(writer->out, "message", message ? message : "not applicable");
    g_string_append(writer->out, "/>\n");
}

static void
write_case(const Writer *writer, const char *suite, const Case *item)
{
    Result result = case_result(writer, item);
    g_autofree char *class = g_strconcat("kcdaudit.", suite, NULL);

    g_string_append(writer->out, "    <testcase");
    attribute(writer->out, "name", *item->name ? item->name : "the domain");
    attribute(writer->out, "classname", class);
    g_string_append(writer->out, " time=\"0.000\"");
    if (result == RESULT_PASS && item->findings->len == 0) {
        g_string_append(writer->out, "/>\n");
        return;
    }
    g_string_append(writer->out, ">\n");
    if (result == RESULT_PASS)
        write_told(writer, item);
    else if (result == RESULT_SKIPPED)
        write_skipped(writer, item);
    else
        write_problem(writer, item, result);
    g_string_append(writer->out, "    </testcase>\n");
}

static void
open_suite(Writer *writer, const char *name, const Sums *sums)
{
    const Report *report = writer->report;

    g_string_append(writer->out, "  <testsuite");
    attribute(writer->out, "name", name);
    write_sums(writer->out, sums, true);
    g_string_append(writer->out, " time=\"0.000\"");
    attribute(writer->out, "timestamp", writer->when);
    attribute(writer->out, "hostname",
              report->hostname && *report->hostname ? report->hostname : "localhost");
    g_string_append(writer->out, ">\n");
}

/* Whether there is a suite to write. */
static bool
count_suite(Writer *writer, const Sums *sums)
{
    writer->all.tests += sums->tests;
    for (guint i = 0; i < RESULT_COUNT; i++)
        writer->all.results[i] += sums->results[i];
    return sums->tests > 0 && writer->out;
}

static void
property(Writer *writer, const char *name, const char *value)
{
    g_string_append(writer->out, "      <property");
    attribute(writer->out, "name", name);
    attribute(writer->out, "value", value);
    g_string_append(writer->out, "/>\n");
}

/* Of when the data is, and by which file: "sha256:domain.ldf". */
static void
write_properties(Writer *writer, const char *title)
{
    const Estate *estate = writer->report->audit->estate;
    g_autofree char *data = estate->data_us > 0 ? text_time(estate->data_us) : NULL;

    g_string_append(writer->out, "    <properties>\n");
    if (title)
        property(writer, "title", title);
    property(writer, "data_time", data ? data : "");
    for (guint i = 0; i < estate->origins->len; i++) {
        const Origin *origin = estate->origins->pdata[i];
        for (guint f = 0; f < origin->files->len; f++) {
            const OriginFile *file = origin->files->pdata[f];
            g_autofree char *name = g_strconcat("sha256:", file->path, NULL);
            property(writer, name, file->sha256);
        }
    }
    g_string_append(writer->out, "    </properties>\n");
}

static void
write_suite(Writer *writer, RuleId id, const GPtrArray *cases)
{
    const Rule *rule = &rules[id];
    Sums sums = {0};

    for (guint i = 0; i < cases->len; i++) {
        if (is_empty(cases->pdata[i]))
            continue;
        sums.tests++;
        sums.results[case_result(writer, cases->pdata[i])]++;
    }
    if (!count_suite(writer, &sums))
        return;
    open_suite(writer, rule->id, &sums);
    write_properties(writer, rule->title);
    for (guint i = 0; i < cases->len; i++) {
        if (!is_empty(cases->pdata[i]))
            write_case(writer, rule->id, cases->pdata[i]);
        report_flow(writer->report, writer->out);
    }
    g_string_append(writer->out, "  </testsuite>\n");
}

/* Outcomes stand by rule, as findings do. */
static void
write_rules(Writer *writer)
{
    const Audit *audit = writer->report->audit;
    const GPtrArray *findings = writer->findings;
    guint outcome = 0, finding = 0;

    while (outcome < audit->outcomes->len) {
        RuleId id = g_array_index(audit->outcomes, Outcome, outcome).rule;
        g_autoptr(GPtrArray) cases = g_ptr_array_new_with_free_func(case_free);
        g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);

        for (; outcome < audit->outcomes->len; outcome++) {
            const Outcome *row = &g_array_index(audit->outcomes, Outcome, outcome);

            if (row->rule != id)
                break;
            case_of(cases, by_name, row->subject)->status = row->status;
        }
        while (finding < findings->len &&
               ((const FindingGroup *)findings->pdata[finding])->first->rule < id)
            finding++;
        for (; finding < findings->len; finding++) {
            FindingGroup *found = findings->pdata[finding];

            if (found->first->rule != id)
                break;
            Case *item = case_of(cases, by_name, found->first->subject);
            if (shown_has(writer->report->shown, found->first))
                g_ptr_array_add(item->findings, found);
            else
                item->hidden = true;
        }
        if (!writer->report->shown || writer->report->shown->rules[id])
            write_suite(writer, id, cases);
    }
}

static void
write_gap(const Writer *writer, const char *what, const char *why)
{
    g_string_append(writer->out, "    <testcase");
    attribute(writer->out, "name", what);
    g_string_append(writer->out, " classname=\"kcdaudit.evidence\" time=\"0.000\">\n"
                                 "      <error type=\"unknown\"");
    attribute(writer->out, "message", why);
    g_string_append(writer->out, "/>\n    </testcase>\n");
}

/* Of const Edge * (transfer container). */
static GPtrArray *
undetermined(const Audit *audit)
{
    GPtrArray *edges = g_ptr_array_new();

    for (guint i = 0; audit->edges && i < audit->edges->len; i++)
        if (((const Edge *)audit->edges->pdata[i])->verdict == VERDICT_UNKNOWN)
            g_ptr_array_add(edges, audit->edges->pdata[i]);
    return edges;
}

static void
write_undetermined(const Writer *writer, const Edge *edge)
{
    g_autoptr(GPtrArray) reasons = edge_reasons(edge);
    g_autofree char *what = g_strdup_printf("delegation %s", edge->id);

    write_gap(writer, what, reasons->len > 0 ? reasons->pdata[0] : "not determined");
}

/* What could not be read may be all that a rule needed, and then the rule is
 * not even there: without this, such a report would be green. */
static void
write_gaps(Writer *writer)
{
    g_autoptr(GPtrArray) gaps = gaps_of(writer->report->audit);
    g_autoptr(GPtrArray) edges = undetermined(writer->report->audit);
    Sums sums = {.tests = gaps->len + edges->len};

    sums.results[RESULT_ERROR] = sums.tests;
    if (!count_suite(writer, &sums))
        return;
    open_suite(writer, "evidence", &sums);
    write_properties(writer, NULL);
    for (guint i = 0; i < gaps->len; i++) {
        const Gap *gap = gaps->pdata[i];

        write_gap(writer, gap->what, gap->why);
    }
    for (guint i = 0; i < edges->len; i++)
        write_undetermined(writer, edges->pdata[i]);
    g_string_append(writer->out, "  </testsuite>\n");
}

static void
write_suites(Writer *writer)
{
    write_gaps(writer);
    write_rules(writer);
}

void
render_junit(const Report *report, GString *out)
{
    g_autoptr(GHashTable) fixes = commands_index(report);
    g_autoptr(GPtrArray) findings = findings_grouped(report->audit->findings);
    g_autofree char *when = text_time(report->started_us);
    Writer writer = {report, fixes, findings, when, NULL, {0}};
    gint64 ms = MAX(report->duration_ms, 0);

    /* UTC, and without saying so: the schema that Ant's readers follow takes no
     * time zone. */
    if (g_str_has_suffix(when, "Z"))
        when[strlen(when) - 1] = '\0';
    write_suites(&writer);
    g_string_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "
                         "name=\"kcdaudit\"");
    write_sums(out, &writer.all, false);
    g_string_append_printf(out,
                           " time=\"%" G_GINT64_FORMAT ".%03" G_GINT64_FORMAT "\">\n",
                           ms / 1000, ms % 1000);
    writer.out = out;
    write_suites(&writer);
    g_string_append(out, "</testsuites>\n");
}
