/* Sources by targets, as a real table that a script makes a map of.
 *
 * Three hundred hosts are ninety thousand cells: a cell is a class and a symbol,
 * and all that can be said of it is in the data of the page. */
#include "render/html_page.h"
#include "render/page.h"

#define GROUPS_OPEN 3   /* with more, only those not ready are shown unfolded */
#define SMALL_COLUMNS 8 /* several such stand side by side */
#define WORDS_COLUMNS                                           \
    48 /* with more, cells hold no word for screen readers: the \
        * script says it */

static void
place(GPtrArray *list, GHashTable *placed, const GPtrArray *accounts)
{
    for (guint i = 0; accounts && i < accounts->len; i++)
        if (g_hash_table_add(placed, accounts->pdata[i]))
            g_ptr_array_add(list, accounts->pdata[i]);
}

HtmlGrid
html_grid_of(const Audit *audit, const Group *group)
{
    g_autoptr(GHashTable) placed = g_hash_table_new(NULL, NULL);
    HtmlGrid grid = {
        .group = group,
        .rows = g_ptr_array_new(),
        .columns = g_ptr_array_new(),
    };

    place(grid.columns, placed, group->members);
    g_ptr_array_extend(grid.rows, grid.columns, NULL, NULL);
    place(grid.columns, placed, group->storage);
    for (guint row = 0; row < grid.rows->len; row++) {
        for (guint column = 0; column < grid.columns->len; column++) {
            const Pair *pair =
                audit_pair(audit, grid.rows->pdata[row], grid.columns->pdata[column]);

            if (pair) {
                grid.counts[pair->verdict]++;
                grid.pairs++;
            }
        }
    }
    return grid;
}

void
html_grid_clear(HtmlGrid *grid)
{
    g_clear_pointer(&grid->rows, g_ptr_array_unref);
    g_clear_pointer(&grid->columns, g_ptr_array_unref);
}

/* The more hosts, the smaller the cells. */
static const char *
size_class(const HtmlGrid *grid)
{
    static const struct {
        guint columns;
        const char *class;
    } sizes[] = {
        {12, "matrix xl"}, {24, "matrix l"}, {48, "matrix m"}, {100, "matrix s"}};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
        if (grid->columns->len <= sizes[i].columns)
            return sizes[i].class;
    return "matrix xs";
}

static void
draw_columns(Html *html, const HtmlGrid *grid)
{
    html_start(html, "thead", NULL);
    html_start(html, "tr", NULL);
    html_start(html, "th", "scope", "col", "class", "corner", NULL);
    html_markup(html, "<span>From ↓ to →</span>");
    html_end(html);
    for (guint i = 0; i < grid->columns->len; i++) {
        const Account *account = grid->columns->pdata[i];

        html_start(html, "th", "scope", "col", "class",
                   i >= grid->rows->len ? "storage" : NULL, "title", account->name, NULL);
        html_element(html, "span", account->name, NULL);
        html_end(html);
    }
    html_end(html);
    html_end(html);
}

/* Nothing of these comes from anywhere but here. */
static void
draw_cell(Html *html, const Pair *pair, bool storage, bool words)
{
    if (!pair) {
        if (storage)
            html_markup(html, "<td class=\"n f\">·</td>");
        else
            html_markup(html, "<td class=n>·</td>");
        return;
    }
    const HtmlMark *mark = &html_verdicts[pair->verdict];

    html_markup(html, "<td class=");
    if (storage)
        g_string_append_printf(html->out, "\"%c f\"", mark->class[0]);
    else
        g_string_append_c(html->out, mark->class[0]);
    html_markup(html, ">");
    g_string_append(html->out, mark->symbol);
    if (words)
        html_element(html, "span", mark->class, "class", "vh", NULL);
    html_markup(html, "</td>");
}

static void
draw_table(HtmlPage *page, const HtmlGrid *grid, guint number)
{
    Html *html = &page->html;
    bool words = grid->columns->len <= WORDS_COLUMNS;
    g_autofree char *group = g_strdup_printf("%u", number);
    g_autofree char *caption =
        g_strdup_printf("Who can migrate to whom in %s: sources in rows, targets in "
                        "columns",
                        grid->group->name);

    html_start(html, "div", "class", "scroller", "tabindex", "-1", NULL);
    html_start(html, "table", "class", size_class(grid), "data-group", group, NULL);
    html_element(html, "caption", caption, "class", "vh", NULL);
    draw_columns(html, grid);
    html_start(html, "tbody", NULL);
    for (guint row = 0; row < grid->rows->len; row++) {
        const Account *source = grid->rows->pdata[row];

        html_start(html, "tr", NULL);
        html_element(html, "th", source->name, "scope", "row", "title", source->name,
                     NULL);
        for (guint column = 0; column < grid->columns->len; column++)
            draw_cell(html, audit_pair(page->audit, source, grid->columns->pdata[column]),
                      column >= grid->rows->len, words);
        html_end(html);
    }
    html_end(html);
    html_end(html);
    html_end(html);
}

static void
draw_group_title(Html *html, const HtmlGrid *grid)
{
    static const char *const origins[] = {
        [ORIGIN_CONFIG] = "from the configuration",
        [ORIGIN_INFERRED] = "inferred from the delegation between them",
        [ORIGIN_HOSTS] = "named by --host",
    };
    static const char *const modes[] = {
        [MODE_EITHER] = "",
        [MODE_KCD] = ", by the sources' lists only (mode=kcd)",
        [MODE_RBCD] = ", by the targets' descriptors only (mode=rbcd)",
    };
    static const char *const names[] = {
        [NAMES_BOTH] = "",
        [NAMES_FQDN] = ", full names only",
        [NAMES_SHORT] = ", short names only",
    };
    g_autofree char *hosts = page_count(grid->rows->len, "host", "hosts");
    guint servers = grid->columns->len - grid->rows->len;
    g_autofree char *storage = page_count(servers, "file server", "file servers");

    html_start(html, "h3", NULL);
    html_say(html, "Group %s", grid->group->name);
    html_end(html);
    html_markup(html, " ");
    html_start(html, "span", "class", "quiet", NULL);
    html_say(html, "%s%s%s, %s%s%s", hosts, servers > 0 ? " and " : "",
             servers > 0 ? storage : "", origins[grid->group->origin],
             modes[grid->group->mode], names[grid->group->names]);
    html_end(html);
}

static void
draw_group_counts(Html *html, const HtmlGrid *grid)
{
    bool first = true;

    html_markup(html, " ");
    html_start(html, "span", "class", "counts", NULL);
    for (int verdict = VERDICT_COUNT - 1; verdict >= 0; verdict--) {
        if (grid->counts[verdict] == 0)
            continue;
        html_markup(html, " ");
        html_start(html, "span", NULL);
        html_mark(html, &html_verdicts[verdict]);
        html_say(html, "%u %s", grid->counts[verdict], verdict_names[verdict]);
        html_end(html);
        first = false;
    }
    if (first)
        html_text(html, grid->rows->len == 0
                            ? "No host: nothing matches what the group names."
                            : "One host alone: there is nobody to migrate to.");
    html_end(html);
}

static void
draw_group(HtmlPage *page, const Group *group, guint number, bool brief)
{
    Html *html = &page->html;
    g_auto(HtmlGrid) grid = html_grid_of(page->audit, group);
    bool folded = brief && grid.counts[VERDICT_READY] == grid.pairs;

    bool small = grid.columns->len <= SMALL_COLUMNS;

    html_start(html, "details", "class", small ? "group small" : "group", "open",
               folded ? NULL : "", NULL);
    html_start(html, "summary", NULL);
    draw_group_title(html, &grid);
    draw_group_counts(html, &grid);
    html_end(html);
    if (grid.pairs > 0)
        draw_table(page, &grid, number);
    html_end(html);
}

static void
draw_legend(Html *html)
{
    static const struct {
        Verdict verdict;
        const char *words;
    } rows[] = {
        {VERDICT_READY, "ready"},
        {VERDICT_DEGRADED, "degraded: only under a condition"},
        {VERDICT_BROKEN, "broken"},
        {VERDICT_UNKNOWN, "unknown: not enough was read"},
    };

    html_start(html, "ul", "class", "legend", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        html_start(html, "li", NULL);
        html_mark(html, &html_verdicts[rows[i].verdict]);
        html_text(html, rows[i].words);
        html_end(html);
    }
    html_end(html);
}

/* What the script drives: it shows them. */
static void
draw_controls(Html *html)
{
    html_start(html, "div", "class", "controls scripted", NULL);
    html_start(html, "label", NULL);
    html_void(html, "input", "type", "checkbox", "id", "only-slips", NULL);
    html_text(html, "Only rows and columns that are not all ready");
    html_end(html);
    html_start(html, "span", "class", "zoom", "role", "group", "aria-label", "Cell size",
               NULL);
    html_element(html, "button", "−", "type", "button", "id", "smaller", "aria-label",
                 "Smaller cells", NULL);
    html_element(html, "button", "+", "type", "button", "id", "larger", "aria-label",
                 "Larger cells", NULL);
    html_end(html);
    html_end(html);
    html_element(
        html, "p",
        "Point at a cell, or move through it with the arrow keys; click or Enter "
        "explains it.",
        "id", "where", "class", "where scripted", NULL);
}

void
html_draw_matrix(HtmlPage *page)
{
    Html *html = &page->html;
    const GPtrArray *groups = page->audit->groups;

    html_section(html, "matrix", "Who can migrate to whom");
    if (page->tally.pairs > 0) {
        draw_legend(html);
        draw_controls(html);
    }
    html_start(html, "div", "class", "groups", NULL);
    for (guint i = 0; i < groups->len; i++)
        draw_group(page, groups->pdata[i], i, groups->len > GROUPS_OPEN);
    html_end(html);
    if (groups->len == 0)
        html_element(html, "p", "There is no group of partners.", "class", "quiet", NULL);
    html_end(html);
}
