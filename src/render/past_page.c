/* The runs of a history, and the past of single findings, for people. */
#include "render/past_page.h"

#include "grade.h"
#include "past_row.h"
#include "render/table.h"

#include <string.h>

#define INDENT 2
#define AFTER_SEVERITY 12
#define TARGETS_SHOWN 12 /* of one finding, without -v */

char *
past_minute(gint64 unix_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(unix_us / G_USEC_PER_SEC);
    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M") : g_strdup("?");
}

/* Columns of numbers, to the right under their heads. */
static const struct {
    const char *head;
    Style style; /* of what is not 0 */
} columns[] = {
    {"ready", STYLE_GOOD},      {"degraded", STYLE_WARN}, {"broken", STYLE_WORST},
    {"unknown", STYLE_UNKNOWN}, {"crit", STYLE_WORST},    {"err", STYLE_BAD},
    {"warn", STYLE_WARN},       {"note", STYLE_PLAIN},    {"new", STYLE_BAD},
    {"fixed", STYLE_GOOD},
};

#define COLUMNS_OF_CHANGE 2 /* the last ones: against the run before */

static void
read_columns(const PastRun *run, guint *ret_counts)
{
    const guint counts[G_N_ELEMENTS(columns)] = {
        run->pairs[VERDICT_READY],
        run->pairs[VERDICT_DEGRADED],
        run->pairs[VERDICT_BROKEN],
        run->pairs[VERDICT_UNKNOWN],
        run->findings[SEVERITY_CRITICAL],
        run->findings[SEVERITY_ERROR],
        run->findings[SEVERITY_WARNING],
        run->findings[SEVERITY_INFO],
        run->changes[CHANGE_NEW] + run->changes[CHANGE_REOPENED],
        run->changes[CHANGE_MENDED],
    };
    memcpy(ret_counts, counts, sizeof counts);
}

static void
add_number(Table *table, guint column, guint count)
{
    g_autofree char *text =
        g_strdup_printf("%*u", (int)strlen(columns[column].head), count);
    table_add(table, count > 0 ? columns[column].style : STYLE_FAINT, text);
}

static void
add_remark(GString *text, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
add_remark(GString *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (text->len > 0)
        g_string_append(text, ", ");
    g_string_append_vprintf(text, format, args);
    va_end(args);
}

/* "delegations +1 -2" */
static void
add_came_and_gone(GString *text, const char *what, guint came, guint gone)
{
    if (came + gone > 0)
        add_remark(text, "%s", what);
    if (came > 0)
        g_string_append_printf(text, " +%u", came);
    if (gone > 0)
        g_string_append_printf(text, " -%u", gone);
}

char *
past_row_remark(const PastRun *run, bool verbose)
{
    GString *text = g_string_new(NULL);
    bool offline = strcmp(run->source_kind, "ldif") == 0 || !run->dc;
    if (run->exit_status != 0)
        add_remark(text, "exit %d", run->exit_status);
    if (!run->complete)
        add_remark(text, "incomplete");
    if (offline)
        add_remark(text, "offline");
    add_came_and_gone(text, "delegations", run->edges_came, run->edges_gone);
    add_came_and_gone(text, "chains to Tier 0", run->chains_came, run->chains_gone);
    if (verbose) {
        add_remark(text, "%s", offline ? run->source_uri : run->dc);
        if (run->principal)
            g_string_append_printf(text, " as %s", run->principal);
        add_remark(text, "kcdaudit %s, %.1f s", run->tool_version,
                   (double)run->duration_ms / 1000.0);
    }
    return g_string_free(text, FALSE);
}

guint
past_row_columns(void)
{
    return G_N_ELEMENTS(columns) + 3;
}

void
past_row_head(Table *table)
{
    table_add(table, STYLE_FAINT, "started (UTC)");
    table_add(table, STYLE_FAINT, "grade");
    for (guint i = 0; i < G_N_ELEMENTS(columns); i++)
        table_add(table, STYLE_FAINT, columns[i].head);
    table_add(table, STYLE_PLAIN, NULL);
}

void
past_row_add(Table *table, const PastRun *run, const char *remark)
{
    g_autofree char *started = past_minute(run->started_us);
    Grade grade = grade_of_run(run);
    g_autofree char *letter = grade.determined
                                  ? g_strdup_printf("%c %3u", grade.letter, grade.score)
                                  : g_strdup_printf("%c  ?", grade.letter);
    guint counts[G_N_ELEMENTS(columns)];
    read_columns(run, counts);
    table_add(table, STYLE_PLAIN, started);
    table_add(table, grade.determined ? STYLE_STRONG : STYLE_UNKNOWN, letter);
    for (guint i = 0; i < G_N_ELEMENTS(columns); i++) {
        if (run->previous || i < G_N_ELEMENTS(columns) - COLUMNS_OF_CHANGE)
            add_number(table, i, counts[i]);
        else
            table_add(table, STYLE_FAINT,
                      i == G_N_ELEMENTS(columns) - COLUMNS_OF_CHANGE ? "first" : NULL);
    }
    table_add(table, run->complete ? STYLE_PLAIN : STYLE_UNKNOWN, remark);
}

static void
add_run(Table *table, const PastRun *run, bool verbose)
{
    g_autofree char *number = g_strdup_printf("%5" G_GINT64_FORMAT, run->number);
    g_autofree char *remark = past_row_remark(run, verbose);
    table_add(table, STYLE_STRONG, number);
    past_row_add(table, run, remark);
}

static bool
scopes_equal(const PastScope *a, const PastScope *b)
{
    return strcmp(a->domain, b->domain) == 0 && strcmp(a->hosts, b->hosts) == 0 &&
           strcmp(a->config, b->config) == 0;
}

static void
draw_scope(Page *page, const PastScope *scope)
{
    g_autofree char *text = past_scope_text(scope);
    page_put(page, STYLE_STRONG, text); /* paths can be copied */
    page_end(page);
}

/* The scope of the first run that is not shown yet, with all of its runs. */
static void
draw_scope_of(Page *page, const PastRuns *what, guint first, bool *shown)
{
    const PastScope *scope = &((const PastRun *)what->runs->pdata[first])->scope;
    g_autoptr(Table) table = table_new(past_row_columns() + 1, 0);
    draw_scope(page, scope);
    if (!what->quiet) {
        table_add(table, STYLE_FAINT, "  run");
        past_row_head(table);
    }
    for (guint i = first; i < what->runs->len && i < what->limit; i++) {
        const PastRun *run = what->runs->pdata[i];
        if (shown[i] || !scopes_equal(scope, &run->scope))
            continue;
        shown[i] = true;
        add_run(table, run, what->verbose);
    }
    table_draw(table, page);
}

void
past_draw_runs(const void *data, Page *page)
{
    const PastRuns *what = data;
    g_autofree bool *shown = g_new0(bool, what->runs->len + 1);
    for (guint i = 0; i < what->runs->len && i < what->limit; i++) {
        if (shown[i])
            continue;
        if (i > 0)
            page_end(page);
        draw_scope_of(page, what, i, shown);
    }
    if (what->quiet)
        return;
    page_end(page);
    if (what->runs->len > what->limit) {
        page_say(page, INDENT, STYLE_FAINT, "%s older audits: -v",
                 page_glyph(page, GLYPH_MORE));
        page_end(page);
    }
    page_put(page, STYLE_FAINT, "What changed: kcdaudit diff [RUN [RUN]].  Kept in: ");
    page_put(page, STYLE_FAINT, what->place);
    page_end(page);
}

/* ---- findings through time ---- */

static const Style severity_styles[SEVERITY_COUNT] = {
    [SEVERITY_INFO] = STYLE_PLAIN,
    [SEVERITY_WARNING] = STYLE_WARN,
    [SEVERITY_ERROR] = STYLE_BAD,
    [SEVERITY_CRITICAL] = STYLE_WORST,
};

static const char *
state_text(const PastState *state, Absence absence)
{
    static const char *const ended[ABSENCE_COUNT] = {
        [ABSENCE_MENDED] = "fixed",
        [ABSENCE_GONE] = "gone: no longer audited, or the rule no longer applies",
        [ABSENCE_UNSEEN] = "no longer checked",
    };
    switch (state->standing) {
    case STANDING_FAIL:
        return state->waived ? "waived" : "open";
    case STANDING_UNKNOWN:
        return "not determined";
    case STANDING_DOUBT:
        return "not determined; it failed when it was last determined";
    case STANDING_UNSEEN:
        return "not checked lately; it failed when it was last checked";
    default:
        return ended[absence];
    }
}

/* One of several, a line each. */
static void
draw_target_life(Page *page, const PastTarget *target)
{
    g_autofree char *first = past_minute(target->first_us);
    g_autofree char *last = past_minute(target->last_us);
    const char *name = past_target_name(target);
    page_tab(page, AFTER_SEVERITY);
    page_say(page, AFTER_SEVERITY, STYLE_STRONG, "%s %s", page_glyph(page, GLYPH_ARROW),
             name ? name : "itself");
    if (target->target && target->spn)
        page_say(page, AFTER_SEVERITY, STYLE_PLAIN, " (%s)", target->spn);
    page_say(page, AFTER_SEVERITY, STYLE_PLAIN,
             "  %s; first seen %s (run %" G_GINT64_FORMAT "), last seen %s (run "
             "%" G_GINT64_FORMAT ")",
             state_text(&target->after, target->absence), first, target->first_run, last,
             target->last_run);
    page_end(page);
}

static void
draw_targets(Page *page, const PastFinding *finding, bool verbose)
{
    guint limit = verbose ? G_MAXUINT : TARGETS_SHOWN;
    if (finding->targets->len == 1)
        return;
    for (guint i = 0; i < finding->targets->len && i < limit; i++)
        draw_target_life(page, finding->targets->pdata[i]);
    if (finding->targets->len > limit)
        page_more(page, AFTER_SEVERITY, finding->targets->len - limit);
}

static void
draw_life(Page *page, const PastFinding *finding, bool verbose)
{
    g_autofree char *first = past_minute(finding->first_us);
    g_autofree char *last = past_minute(finding->last_us);
    const char *only = finding->target ? finding->target : finding->spn;
    bool open = finding->after.standing == STANDING_FAIL && !finding->after.waived;
    page_tab(page, INDENT);
    page_put(page, open ? severity_styles[finding->after.severity] : STYLE_FAINT,
             severity_names[finding->after.severity]);
    page_tab(page, AFTER_SEVERITY);
    page_flow(page, AFTER_SEVERITY, STYLE_STRONG, finding->id);
    if (only)
        page_say(page, AFTER_SEVERITY, STYLE_STRONG, " %s %s",
                 page_glyph(page, GLYPH_ARROW), only);
    page_say(page, AFTER_SEVERITY, STYLE_PLAIN, "  %s", finding->title);
    page_end(page);
    page_tab(page, AFTER_SEVERITY);
    page_say(page, AFTER_SEVERITY, STYLE_PLAIN,
             "%s; first seen %s (run %" G_GINT64_FORMAT "), last seen %s (run "
             "%" G_GINT64_FORMAT ")",
             state_text(&finding->after, finding->absence), first, finding->first_run,
             last, finding->last_run);
    page_end(page);
    if (verbose) {
        page_tab(page, AFTER_SEVERITY);
        page_flow(page, AFTER_SEVERITY, STYLE_FAINT, finding->detail);
        page_end(page);
    }
    draw_targets(page, finding, verbose);
}

void
past_draw_lives(const void *data, Page *page)
{
    const PastLives *what = data;
    const PastScope *last = NULL;
    if (what->lives->len == 0) {
        page_say(page, 0, STYLE_PLAIN, "Nothing was ever found about %s.", what->name);
        page_end(page);
    }
    for (guint i = 0; i < what->lives->len; i++) {
        const PastLife *life = what->lives->pdata[i];
        if (!last || !scopes_equal(last, &life->scope)) {
            if (last)
                page_end(page);
            draw_scope(page, &life->scope);
        }
        last = &life->scope;
        draw_life(page, life->finding, what->verbose);
    }
}
