/* Three hundred hosts are ninety thousand cells, and as many elements would take a
 * browser ten times as long as the rest of the page.  So a row is one element, which says
 * in words how many of its pairs are what, and all cells are one picture behind the rows:
 * a path for each verdict, with a stroke for each run of equal cells.  The script finds
 * the pair below the pointer. */
#include "html_map.h"

#include "base/text.h"
#include "html_page.h"

/* The pairs of a row that are the same, from `column` on: those that are the same follow,
 * up to the end that is returned.  A host's own column interrupts no run if `own`. */
static guint
run_end(const Grid *grid, guint row, guint column, bool own)
{
    const Pair *first = grid_pair(grid, row, column);
    guint end = column;

    while (++column < grid->columns->len) {
        const Pair *pair = grid_pair(grid, row, column);

        if (first ? pair && pair->verdict == first->verdict : !pair)
            end = column;
        else if (pair || !own)
            break;
    }
    return end + 1;
}

static void
draw_paths(Html *html, const Grid *grid)
{
    GString *paths[VERDICT_COUNT];

    for (guint i = 0; i < VERDICT_COUNT; i++)
        paths[i] = g_string_new(NULL);
    for (guint row = 0; row < grid->rows->len; row++) {
        for (guint column = 0, end; column < grid->columns->len; column = end) {
            const Pair *pair = grid_pair(grid, row, column);

            end = run_end(grid, row, column, false);
            if (pair)
                g_string_append_printf(paths[pair->verdict], "M%u %u.5h%u", column, row,
                                       end - column);
        }
    }
    for (guint i = 0; i < VERDICT_COUNT; i++) {
        g_autofree char *path = g_string_free(paths[i], FALSE);
        g_autofree char *pattern =
            g_strdup_printf("url(#map-%s)", html_verdicts[i].class);

        if (path[0])
            html_element(html, "path", "", "class", html_verdicts[i].class, "stroke",
                         pattern, "d", path, NULL);
    }
}

static void
draw_picture(Html *html, const Grid *grid)
{
    g_autofree char *box =
        g_strdup_printf("0 0 %u %u", grid->columns->len, grid->rows->len);

    html_start(html, "svg", "class", "cells", "viewBox", box, "preserveAspectRatio",
               "none", "shape-rendering", "crispEdges", "aria-hidden", "true", NULL);
    draw_paths(html, grid);
    html_end(html);
}

static void
count_row(const Grid *grid, guint row, guint counts[VERDICT_COUNT])
{
    for (guint column = 0; column < grid->columns->len; column++) {
        const Pair *pair = grid_pair(grid, row, column);

        if (pair)
            counts[pair->verdict]++;
    }
}

/* "18 broken, 281 ready" */
static void
say_counts(Html *html, const Grid *grid, guint row)
{
    guint counts[VERDICT_COUNT] = {0};
    const char *before = "";

    count_row(grid, row, counts);
    for (int i = VERDICT_COUNT - 1; i >= 0; i--) {
        if (counts[i] == 0)
            continue;
        html_say(html, "%s%s %s", before, NUMBER(counts[i]), verdict_names[i]);
        before = ", ";
    }
}

void
html_draw_map_row(Html *html, const Grid *grid, guint row)
{
    g_autofree char *columns = g_strdup_printf("%u", grid->columns->len);

    html_start(html, "td", "class", "run", "colspan", columns, NULL);
    say_counts(html, grid, row);
    if (row == 0)
        draw_picture(html, grid);
    html_end(html);
}

/* "HV002 … HV150 (149)" */
static void
say_run(Html *html, const Grid *grid, guint row, guint column, guint end)
{
    const Account *first = grid->columns->pdata[column];
    const Account *last = grid->columns->pdata[end - 1];
    guint pairs = 0;

    for (guint i = column; i < end; i++)
        pairs += grid_pair(grid, row, i) != NULL;
    html_text(html, first->name);
    if (pairs > 1)
        html_say(html, "%s%s", pairs > 2 ? " … " : ", ", last->name);
    if (pairs > 2)
        html_say(html, " (%s)", NUMBER(pairs));
}

/* "HV002 … HV150 (149), HV170" */
static void
say_targets(Html *html, const Grid *grid, guint row, Verdict verdict)
{
    const char *before = " ";

    for (guint column = 0, end; column < grid->columns->len; column = end) {
        const Pair *pair = grid_pair(grid, row, column);

        end = run_end(grid, row, column, true);
        if (!pair || pair->verdict != verdict)
            continue;
        html_text(html, before);
        say_run(html, grid, row, column, end);
        before = ", ";
    }
}

static void
draw_source(Html *html, const Grid *grid, guint row)
{
    guint counts[VERDICT_COUNT] = {0};
    bool any = false;

    count_row(grid, row, counts);
    for (int i = VERDICT_COUNT - 1; i > VERDICT_READY; i--) {
        if (counts[i] == 0)
            continue;
        if (!any) {
            html_start(html, "li", NULL);
            html_say(html, "%s:", ((const Account *)grid->rows->pdata[row])->name);
        }
        html_say(html, "%s %s to", any ? ";" : "", verdict_names[i]);
        say_targets(html, grid, row, (Verdict)i);
        any = true;
    }
    if (any)
        html_end(html);
}

void
html_draw_map_list(Html *html, const Grid *grid)
{
    html_start(html, "details", "class", "more", NULL);
    html_element(html, "summary", "Every direction that is not ready, source by source",
                 NULL);
    html_start(html, "ul", "class", "names sources", NULL);
    for (guint row = 0; row < grid->rows->len; row++)
        draw_source(html, grid, row);
    html_end(html);
    html_end(html);
}
