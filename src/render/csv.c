/* The findings as a table: RFC 4180, UTF-8.
 *
 * No byte order mark: it would become part of the first column's name for every
 * program that does not look for one, Python's csv module among them.  Excel
 * takes such a file by Data > From Text/CSV. */
#include "formats.h"

#include "base/text.h"
#include "commands.h"
#include "render/frameworks.h"

#define HEADER                                                         \
    "rule,severity,status,subject,target,spn,title,detail,fix,waived," \
    "time,domain,run,id,targets,because,frameworks"
#define LINE_END "\r\n"

/* One line per fix: "spn:HV03: setspn -S ... HV03 (and 1 more)". */
static char *
fix_text(const FindingGroup *group, GHashTable *fixes)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < group->fixes->len; i++) {
        const char *id = group->fixes->pdata[i];
        const Fix *fix = g_hash_table_lookup(fixes, id);
        g_autofree char *brief = fix ? commands_brief(fix) : NULL;

        g_string_append_printf(text, "%s%s", i > 0 ? "\n" : "", id);
        if (brief)
            g_string_append_printf(text, ": %s", brief);
    }
    return g_string_free(text, FALSE);
}

/* What it is about beside its subject, a line each. */
static char *
targets_text(const FindingGroup *group)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < group->members->len; i++) {
        const char *object = finding_object(group->members->pdata[i]);

        if (object && g_hash_table_add(known, (gpointer)object))
            g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", object);
    }
    return g_string_free(text, FALSE);
}

/* The findings that it follows from, a line each. */
static char *
because_text(const FindingGroup *group)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < group->members->len; i++) {
        char *because = ((const Finding *)group->members->pdata[i])->because;

        if (because && g_hash_table_add(known, because))
            g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", because);
    }
    return g_string_free(text, FALSE);
}

/* What is the same in every row. */
typedef struct {
    GHashTable *fixes;
    char *time;
    const char *domain;
    char *run; /* its number in the history; NULL: none is kept */
} Common;

static void
write_row(const FindingGroup *group, const Common *common, GString *out)
{
    const Finding *finding = group->first;
    g_autofree char *fix = fix_text(group, common->fixes);
    g_autofree char *targets = targets_text(group);
    g_autofree char *waived = commands_waiver(finding);
    g_autofree char *because = because_text(group);
    g_autofree char *frameworks = frameworks_text(finding->rule);
    const char *fields[] = {
        rule_name(finding->rule),
        severity_names[finding->severity],
        finding->status == STATUS_UNKNOWN ? "unknown" : "fail",
        finding->subject,
        group->target,
        group->spn,
        group->title,
        group->detail,
        fix,
        waived,
        common->time,
        common->domain,
        common->run,
        group->id,
        targets,
        because,
        frameworks,
    };

    for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        if (fields[i] && *fields[i])
            text_quote(QUOTE_CSV, fields[i], out);
    }
    g_string_append(out, LINE_END);
}

gint64
report_run(const Report *report)
{
    const Trend *trend = report->trend;
    return trend && trend->runs->len > 0
               ? ((const PastRun *)trend->runs->pdata[trend->runs->len - 1])->number
               : 0;
}

void
render_csv(const Report *report, GString *out)
{
    g_autoptr(GHashTable) fixes = commands_index(report);
    g_autofree char *time = text_time(report->started_us);
    gint64 number = report_run(report);
    g_autofree char *run =
        number > 0 ? g_strdup_printf("%" G_GINT64_FORMAT, number) : NULL;
    const Estate *estate = report->audit->estate;
    const Common common = {fixes, time, estate ? estate->domain : NULL, run};
    g_autoptr(GPtrArray) findings = report_groups(report);

    g_string_append(out, HEADER LINE_END);
    for (guint i = 0; i < findings->len; i++) {
        write_row(g_ptr_array_index(findings, i), &common, out);
        report_flow(report, out);
    }
}
