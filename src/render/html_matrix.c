/* Sources by targets: a table of up to twelve hosts; of more, a map (html_map.c). */
#include "grid.h"
#include "html_map.h"
#include "html_parts.h"
#include "slips.h"

#include "base/text.h"

#define SMALL_COLUMNS 8 /* several such stand side by side */
#define WHOLE_ROWS 12   /* with more, it is a map, and words say what is not ready */
#define SLIPS_SHOWN 12

/* The more hosts, the smaller the cells. */
static const char *
size_class(const Grid *grid)
{
    static const struct {
        guint columns;
        const char *class;
    } sizes[] = {{WHOLE_ROWS, "matrix xl"},
                 {24, "matrix map l"},
                 {48, "matrix map m"},
                 {100, "matrix map s"}};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
        if (grid->columns->len <= sizes[i].columns)
            return sizes[i].class;
    return "matrix map xs";
}

static void
draw_columns(Html *html, const Grid *grid)
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

/* Nothing of these comes from anywhere but here.  The next cell ends this one. */
static void
draw_cell(Html *html, const Pair *pair, bool storage)
{
    if (!pair) {
        if (storage)
            html_markup(html, "<td class=\"n f\">·");
        else
            html_markup(html, "<td class=n>·");
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
    html_element(html, "span", mark->class, "class", "vh", NULL);
}

static bool
is_map(const Grid *grid)
{
    return grid->columns->len > WHOLE_ROWS;
}

static void
draw_row(Html *html, const Grid *grid, guint row)
{
    const Account *source = grid->rows->pdata[row];

    html_start(html, "tr", NULL);
    html_element(html, "th", source->name, "scope", "row", "title", source->name, NULL);
    for (guint column = 0; !is_map(grid) && column < grid->columns->len; column++)
        draw_cell(html, grid_pair(grid, row, column), column >= grid->rows->len);
    if (is_map(grid))
        html_draw_map_row(html, grid, row);
    html_end(html);
}

static void
draw_table(Html *html, const Grid *grid, guint number, bool late)
{
    g_autofree char *group = g_strdup_printf("%u", number);
    g_autofree char *caption =
        g_strdup_printf("Who can migrate to whom in %s: sources in rows, targets in "
                        "columns",
                        grid->group->name);

    html_start(html, "div", "class", "scroller", "tabindex", "-1", NULL);
    g_autofree char *class = g_strconcat(size_class(grid), late ? " late" : "", NULL);
    html_start(html, "table", "class", class, "data-group", group, NULL);
    html_element(html, "caption", caption, "class", "vh", NULL);
    draw_columns(html, grid);
    html_start(html, "tbody", NULL);
    for (guint row = 0; row < grid->rows->len; row++)
        draw_row(html, grid, row);
    html_end(html);
    html_end(html);
    html_end(html);
}

/* The same in few lines: for paper and small screens, where no large matrix is read. */
static void
draw_slips(Html *html, const Grid *grid)
{
    g_autoptr(GPtrArray) slips = slips_of(grid, SLIPS_SHOWN);
    guint left_out = 0;

    if (grid->rows->len <= WHOLE_ROWS || slips->len == 0)
        return;
    html_start(html, "ul", "class", "slips", NULL);
    for (guint i = 0; i < slips->len; i++) {
        const Slip *slip = slips->pdata[i];

        if (i >= SLIPS_SHOWN) {
            left_out += slip_pairs(slip);
            continue;
        }
        g_autofree char *text = slip_text(slip);
        html_start(html, "li", NULL);
        html_mark(html, &html_verdicts[slip->verdict]);
        html_element(html, "span", slip_role(slip), "class", "quiet", NULL);
        html_markup(html, " ");
        html_text(html, text);
        html_end(html);
    }
    if (left_out > 0) {
        html_start(html, "li", "class", "quiet", NULL);
        html_say(html, "%s more directions that are not ready have other ends",
                 NUMBER(left_out));
        html_end(html);
    }
    html_end(html);
}

static void
draw_group_title(Html *html, const Grid *grid)
{
    g_autofree char *about = grid_about(grid);

    html_start(html, "h3", NULL);
    html_say(html, "Group %s", grid->group->name);
    html_end(html);
    html_markup(html, " ");
    html_start(html, "span", "class", "quiet", NULL);
    html_text(html, about);
    html_end(html);
}

static void
draw_group_counts(Html *html, const Grid *grid)
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
        html_say(html, "%s %s", NUMBER(grid->counts[verdict]), verdict_names[verdict]);
        html_end(html);
        first = false;
    }
    if (first)
        html_text(html, grid_emptiness(grid));
    html_end(html);
}

static void
draw_group(HtmlPage *page, const Group *group, guint number)
{
    Html *html = &page->html;
    g_auto(Grid) grid = grid_of(page->audit, group);
    bool small = grid.columns->len <= SMALL_COLUMNS;
    bool folded = grid.pairs > 0 && grid_is_ready(&grid);

    html_start(html, "details", "class", small ? "group small" : "group", "open",
               folded ? NULL : "", NULL);
    html_start(html, "summary", NULL);
    draw_group_title(html, &grid);
    draw_group_counts(html, &grid);
    html_end(html);
    draw_slips(html, &grid);
    if (grid.pairs > 0)
        draw_table(html, &grid, number,
                   grid_is_brief(page->audit) && grid.rows->len > WHOLE_ROWS);
    if (is_map(&grid) && !grid_is_ready(&grid))
        html_draw_map_list(html, &grid);
    html_end(html);
}

void
html_draw_matrix(HtmlPage *page)
{
    Html *html = &page->html;
    const GPtrArray *groups = page->audit->groups;

    if (page->tally.pairs > 0) {
        html_own(html, "legend.html");
        html_own(html, "map.html");
    }
    html_start(html, "div", "class", "groups", NULL);
    for (guint i = 0; i < groups->len; i++)
        draw_group(page, groups->pdata[i], i);
    html_end(html);
    if (groups->len == 0)
        html_element(html, "p", "There is no group of partners.", "class", "quiet", NULL);
}
