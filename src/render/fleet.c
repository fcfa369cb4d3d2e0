/* The latest audit of each scope of a history, the worst first. */
#include "render/fleet.h"

#include "base/embed.h"
#include "grade.h"
#include "html_writer.h"
#include "past_row.h"
#include "render/past_page.h"
#include "render/table.h"
#include "render/tree.h"

#include <string.h>

#define FLEET_SCHEMA "kcdaudit.fleet/1"
#define OLD_DAYS 2 /* audits are made nightly */
#define HEADLINE "%u audited: %u critical, %u with errors, %u not fully determined"
#define OLD ", %u not audited for %d days or more"
#define DAY_US (G_GINT64_CONSTANT(24) * 3600 * G_USEC_PER_SEC)

/* More is worse, the first that differs decides. */
#define WEIGHTS 8

static void
weigh(const PastRun *run, gint64 *weights)
{
    Grade grade = grade_of_run(run);
    const gint64 of_run[WEIGHTS] = {
        grade.letter,
        !grade.determined,
        -(gint64)grade.score,
        run->findings[SEVERITY_CRITICAL],
        run->findings[SEVERITY_ERROR],
        run->findings[SEVERITY_WARNING],
        run->pairs[VERDICT_BROKEN],
        run->pairs[VERDICT_UNKNOWN],
    };
    memcpy(weights, of_run, sizeof of_run);
}

static int
by_state(gconstpointer a, gconstpointer b)
{
    const PastRun *left = *(const PastRun *const *)a, *right = *(const PastRun *const *)b;
    gint64 of_left[WEIGHTS], of_right[WEIGHTS];
    weigh(left, of_left);
    weigh(right, of_right);
    for (guint i = 0; i < WEIGHTS; i++)
        if (of_left[i] != of_right[i])
            return of_left[i] > of_right[i] ? -1 : 1;
    int order = strcmp(left->scope.domain, right->scope.domain);
    return order ? order : left->number < right->number ? -1 : 1;
}

void
fleet_sort(GPtrArray *runs)
{
    g_ptr_array_sort(runs, by_state);
}

typedef struct {
    guint critical, error; /* scopes, by the worst that fails */
    guint undetermined;    /* not all was read or determined */
    guint old;
} FleetCounts;

static gint64
days_old(const Fleet *fleet, const PastRun *run)
{
    return (fleet->now_us - run->started_us) / DAY_US;
}

static FleetCounts
count_scopes(const Fleet *fleet)
{
    FleetCounts counts = {0};
    for (guint i = 0; i < fleet->runs->len; i++) {
        const PastRun *run = fleet->runs->pdata[i];
        Grade grade = grade_of_run(run);
        counts.critical += grade.letter == 'F' || run->findings[SEVERITY_CRITICAL] > 0;
        counts.error += grade.letter != 'F' && run->findings[SEVERITY_CRITICAL] == 0 &&
                        run->findings[SEVERITY_ERROR] > 0;
        counts.undetermined += !grade.determined;
        counts.old += days_old(fleet, run) >= OLD_DAYS;
    }
    return counts;
}

static void
draw_headline(const Fleet *fleet, Page *page)
{
    FleetCounts counts = count_scopes(fleet);
    page_say(page, 0, STYLE_STRONG, HEADLINE, fleet->runs->len, counts.critical,
             counts.error, counts.undetermined);
    if (counts.old > 0)
        page_say(page, 0, STYLE_WARN, OLD, counts.old, OLD_DAYS);
    page_end(page);
    page_end(page);
}

static void
add_scope(Table *table, const Fleet *fleet, bool whole, const PastRun *run)
{
    g_autofree char *scope = past_scope_text(&run->scope);
    g_autofree char *rest = past_row_remark(run, fleet->verbose);
    g_autoptr(GString) remark = g_string_new(NULL);
    if (days_old(fleet, run) >= OLD_DAYS)
        g_string_append_printf(remark, "%" G_GINT64_FORMAT " days old%s",
                               days_old(fleet, run), *rest ? ", " : "");
    g_string_append(remark, rest);
    table_add(table, STYLE_STRONG, whole ? scope : run->scope.domain);
    past_row_add(table, run, remark->str);
}

/* Whether its domain alone does not tell it apart. */
static bool
needs_scope(const Fleet *fleet)
{
    g_autoptr(GHashTable) domains = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < fleet->runs->len; i++)
        if (!g_hash_table_add(domains,
                              ((const PastRun *)fleet->runs->pdata[i])->scope.domain))
            return true;
    return false;
}

/* (transfer full) */
static Table *
table_of(const Fleet *fleet, bool head)
{
    bool whole = fleet->verbose || needs_scope(fleet);
    Table *table = table_new(past_row_columns() + 1, 0);
    if (head) {
        table_add(table, STYLE_FAINT, "domain");
        past_row_head(table);
    }
    for (guint i = 0; i < fleet->runs->len; i++)
        add_scope(table, fleet, whole, fleet->runs->pdata[i]);
    return table;
}

void
fleet_draw(const void *data, Page *page)
{
    const Fleet *fleet = data;
    g_autoptr(Table) table = table_of(fleet, !fleet->quiet);
    if (!fleet->quiet)
        draw_headline(fleet, page);
    table_draw(table, page);
    if (fleet->quiet)
        return;
    page_end(page);
    page_put(page, STYLE_FAINT, "All audits: kcdaudit history.  Kept in: ");
    page_put(page, STYLE_FAINT, fleet->place);
    page_end(page);
}

static void
draw_cell(guint row, guint column, Style style, const char *text, void *data)
{
    static const char *const classes[STYLE_COUNT] = {
        [STYLE_STRONG] = "strong",   [STYLE_FAINT] = "quiet", [STYLE_GOOD] = "good",
        [STYLE_WARN] = "warn",       [STYLE_BAD] = "bad",     [STYLE_WORST] = "worst",
        [STYLE_UNKNOWN] = "unknown",
    };
    Html *html = data;
    text += strspn(text, " "); /* numbers are to the right by the style */
    if (column == 0 && row > 0)
        html_end(html); /* the row before */
    if (row == 1 && column == 0) {
        html_end(html);
        html_start(html, "tbody", NULL);
    }
    if (column == 0)
        html_start(html, "tr", NULL);
    if (row == 0)
        html_element(html, "th", text, "scope", "col", NULL);
    else if (column == 0)
        html_element(html, "th", text, "scope", "row", NULL);
    else
        html_element(html, "td", text, "class", classes[style], NULL);
}

static void
html_table(Html *html, const Table *table)
{
    html_start(html, "div", "class", "wide", "tabindex", "0", NULL);
    html_start(html, "table", NULL);
    html_start(html, "thead", NULL);
    table_each(table, draw_cell, html);
    for (guint i = 0; i < 4; i++) /* tr, tbody, table, div */
        html_end(html);
}

static void
html_head(Html *html)
{
    const char *style = embed_find("fleet.css");
    html_markup(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                      "<meta charset=\"utf-8\">\n");
    html_policy(html, style, NULL);
    html_markup(html, "<meta name=\"viewport\" content=\"width=device-width, "
                      "initial-scale=1\">\n<meta name=\"referrer\" "
                      "content=\"no-referrer\">\n<title>Kerberos delegation: every "
                      "domain · kcdaudit</title>\n");
    html_embedded(html, "style", style);
    html_markup(html, "</head>\n");
}

void
fleet_html(const void *data, GString *out)
{
    const Fleet *fleet = data;
    FleetCounts counts = count_scopes(fleet);
    g_autoptr(Table) table = table_of(fleet, true);
    g_autofree char *now = past_minute(fleet->now_us);
    g_auto(Html) html = html_of(out);
    html_head(&html);
    html_start(&html, "body", NULL);
    html_element(&html, "h1", "Kerberos delegation: every domain at its latest audit",
                 NULL);
    html_start(&html, "p", "class", "headline", NULL);
    html_say(&html, HEADLINE, fleet->runs->len, counts.critical, counts.error,
             counts.undetermined);
    if (counts.old > 0)
        html_say(&html, OLD, counts.old, OLD_DAYS);
    html_end(&html);
    html_table(&html, table);
    html_start(&html, "p", "class", "quiet", NULL);
    html_say(&html, "Written %s UTC.  All audits: kcdaudit history.  Kept in: %s", now,
             fleet->place);
    html_end(&html);
    html_end(&html);
    html_markup(&html, "</html>\n");
}

json_t *
fleet_json(const void *data)
{
    const Fleet *fleet = data;
    FleetCounts counts = count_scopes(fleet);
    json_t *object = json_object(), *summary = json_object(), *scopes = json_array();
    for (guint i = 0; i < fleet->runs->len; i++)
        json_array_append_new(scopes, past_run_json(fleet->runs->pdata[i]));
    tree_put_count(summary, "scopes", fleet->runs->len);
    tree_put_count(summary, "critical", counts.critical);
    tree_put_count(summary, "error", counts.error);
    tree_put_count(summary, "undetermined", counts.undetermined);
    tree_put_text(object, "schema", FLEET_SCHEMA);
    tree_put_text(object, "file", fleet->place);
    tree_put(object, "summary", summary);
    tree_put(object, "scopes", scopes);
    return object;
}
