/* Draws a group's grid of verdicts; of large ones, what is not ready. */
#include "matrix.h"

#include "base/text.h"
#include "grid.h"
#include "render/tally.h"
#include "slips.h"

#include <string.h>

#define MATRIX_INDENT 2
#define MATRIX_GUTTER 2 /* blanks between columns */
#define MATRIX_WHOLE 12 /* so many hosts; with more, only what is not ready */
#define SLIPS_SHOWN 12
#define AT_SLIP 15

static const struct {
    Style style;
    Glyph glyph;
} marks[VERDICT_COUNT] = {
    [VERDICT_READY] = {STYLE_GOOD, GLYPH_READY},
    [VERDICT_DEGRADED] = {STYLE_WARN, GLYPH_DEGRADED},
    [VERDICT_BROKEN] = {STYLE_BAD, GLYPH_BROKEN},
    [VERDICT_UNKNOWN] = {STYLE_UNKNOWN, GLYPH_UNKNOWN},
};

Style
matrix_style(Verdict verdict)
{
    return marks[verdict].style;
}

Glyph
matrix_glyph(Verdict verdict)
{
    return marks[verdict].glyph;
}

static gsize
name_width(const Page *page, const char *name)
{
    g_autofree char *quoted = page_quoted(page, name);

    return text_width(quoted);
}

/* "names" where every column can carry its host's name, "numbers" where only
 * a number fits. */
typedef enum { FIT_NONE, FIT_NUMBERS, FIT_NAMES } Fit;

static Fit
grid_fit(const Page *page, const Grid *grid, gsize *ret_digits, gsize *ret_head)
{
    gsize names = 0;
    gsize head = strlen("From \\ To");
    gsize digits = grid->columns->len < 10 ? 1 : grid->columns->len < 100 ? 2 : 3;
    gsize column = digits + MATRIX_GUTTER - 1;

    for (guint i = 0; i < grid->columns->len; i++) {
        const Account *account = g_ptr_array_index(grid->columns, i);
        gsize width = name_width(page, account->name);

        names += width + MATRIX_GUTTER;
        if (i < grid->rows->len) {
            head = MAX(head, width);
        }
    }
    *ret_digits = digits;
    *ret_head = head;
    if (MATRIX_INDENT + head + names <= page->width) {
        return FIT_NAMES;
    }
    *ret_head = head + digits + 1;
    return MATRIX_INDENT + *ret_head + MATRIX_GUTTER + column * grid->columns->len <=
                   page->width
               ? FIT_NUMBERS
               : FIT_NONE;
}

static void
draw_cells(Page *page, const Grid *grid, Fit fit, gsize digits, gsize head)
{
    g_autofree gsize *starts = g_new0(gsize, grid->columns->len + 1);

    starts[0] = MATRIX_INDENT + head + MATRIX_GUTTER;
    page_tab(page, MATRIX_INDENT);
    page_put(page, STYLE_FAINT, "From \\ To");
    for (guint i = 0; i < grid->columns->len; i++) {
        const Account *account = g_ptr_array_index(grid->columns, i);
        g_autofree char *number = g_strdup_printf("%u", i + 1);

        starts[i + 1] = starts[i] + (fit == FIT_NAMES
                                         ? name_width(page, account->name) + MATRIX_GUTTER
                                         : digits + MATRIX_GUTTER - 1);
        page_tab(page, starts[i]);
        page_put(page, STYLE_STRONG, fit == FIT_NAMES ? account->name : number);
    }
    page_end(page);
    for (guint row = 0; row < grid->rows->len; row++) {
        const Account *source = g_ptr_array_index(grid->rows, row);

        page_tab(page, MATRIX_INDENT);
        if (fit == FIT_NUMBERS) {
            g_autofree char *number = g_strdup_printf("%*u", (int)digits, row + 1);

            page_put(page, STYLE_FAINT, number);
            page_tab(page, page->column + 1);
        }
        page_put(page, STYLE_STRONG, source->name);
        for (guint i = 0; i < grid->columns->len; i++) {
            const Pair *pair = grid_pair(grid, row, i);

            if (!pair && grid->columns->pdata[i] != source)
                continue;
            page_tab(page, starts[i]);
            page_put(page, pair ? matrix_style(pair->verdict) : STYLE_FAINT,
                     page_glyph(page, pair ? matrix_glyph(pair->verdict) : GLYPH_SELF));
        }
        page_end(page);
    }
}

/* File servers are no rows, so their numbers stand nowhere else. */
static void
draw_server_numbers(Page *page, const Grid *grid)
{
    for (guint i = grid->rows->len; i < grid->columns->len; i++) {
        const Account *account = g_ptr_array_index(grid->columns, i);

        page_tab(page, i == grid->rows->len ? MATRIX_INDENT : page->column + 2);
        page_say(page, MATRIX_INDENT, STYLE_PLAIN, "%u %s", i + 1, account->name);
        if (i + 1 == grid->columns->len) {
            page_end(page);
        }
    }
}

/* Instead of a matrix: the rows and columns that are not ready. */
static void
draw_slips(Page *page, const Grid *grid)
{
    g_autoptr(GPtrArray) slips = slips_of(grid, SLIPS_SHOWN);
    guint told = 0, left_out = 0;

    for (guint i = 0; i < slips->len; i++) {
        const Slip *slip = slips->pdata[i];

        told += slip_pairs(slip);
        if (i >= SLIPS_SHOWN) {
            left_out += slip_pairs(slip);
            continue;
        }
        g_autofree char *text = slip_text(slip);
        page_tab(page, MATRIX_INDENT);
        page_put(page, matrix_style(slip->verdict),
                 page_glyph(page, matrix_glyph(slip->verdict)));
        page_say(page, AT_SLIP, STYLE_FAINT, " %s", slip_role(slip));
        page_tab(page, AT_SLIP);
        page_flow(page, AT_SLIP, STYLE_PLAIN, text);
        page_end(page);
    }
    page_tab(page, MATRIX_INDENT);
    if (left_out > 0)
        page_say(page, MATRIX_INDENT, STYLE_FAINT,
                 "%s more directions that are not ready have other ends; ",
                 NUMBER(left_out));
    page_say(page, MATRIX_INDENT, STYLE_FAINT, "%s %s other directions are ready.",
             left_out > 0 ? "the" : "The", NUMBER(grid->pairs - told));
    page_end(page);
}

static void
draw_title(Page *page, const Grid *grid)
{
    g_autofree char *about = grid_about(grid);

    page_say(page, MATRIX_INDENT, STYLE_STRONG, "Group %s", grid->group->name);
    page_say(page, MATRIX_INDENT, STYLE_FAINT, "  %s", about);
    page_end(page);
}

typedef enum { DRAWN_LINE, DRAWN_SLIPS, DRAWN_MATRIX } Drawn;

/* `brief`: a group that is all ready gets a line
 * instead of its matrix.  `all`: a matrix however many hosts there are, if it fits. */
static Drawn
draw_group(Page *page, const Audit *audit, const Group *group, bool brief, bool all)
{
    g_auto(Grid) grid = grid_of(audit, group);
    gsize digits = 0, head = 0;
    Fit fit = all || grid.rows->len <= MATRIX_WHOLE
                  ? grid_fit(page, &grid, &digits, &head)
                  : FIT_NONE;
    Drawn drawn = DRAWN_LINE;

    draw_title(page, &grid);
    if (grid.pairs == 0) {
        page_tab(page, MATRIX_INDENT);
        page_flow(page, MATRIX_INDENT, STYLE_PLAIN, grid_emptiness(&grid));
        page_end(page);
    } else if (grid_is_ready(&grid) && (brief || fit == FIT_NONE)) {
        g_autofree char *count = page_count(grid.pairs, "pair", "pairs");

        page_tab(page, MATRIX_INDENT);
        page_put(page, STYLE_GOOD, page_glyph(page, GLYPH_READY));
        page_say(page, MATRIX_INDENT, STYLE_PLAIN, " ready: %s", count);
        page_end(page);
    } else if (fit == FIT_NONE) {
        draw_slips(page, &grid);
        drawn = DRAWN_SLIPS;
    } else {
        draw_cells(page, &grid, fit, digits, head);
        if (fit == FIT_NUMBERS)
            draw_server_numbers(page, &grid);
        drawn = DRAWN_MATRIX;
    }
    page_end(page);
    return drawn;
}

static void
draw_legend(Page *page, const Audit *audit)
{
    page_tab(page, MATRIX_INDENT);
    for (guint i = 0; i < VERDICT_COUNT; i++) {
        Verdict verdict = tally_verdicts[i];

        if (i > 0) {
            page_put(page, STYLE_PLAIN, "   ");
        }
        page_put(page, matrix_style(verdict), page_glyph(page, matrix_glyph(verdict)));
        page_put(page, STYLE_FAINT, " ");
        page_put(page, STYLE_FAINT, verdict_names[verdict]);
    }
    for (guint i = 0; i < audit->groups->len; i++) {
        const Group *group = g_ptr_array_index(audit->groups, i);

        if (group->storage && group->storage->len > 0) {
            page_put(page, STYLE_FAINT, "   (file servers: cifs only)");
            break;
        }
    }
    page_end(page);
    page_end(page);
}

void
matrix_draw(Page *page, const Audit *audit, bool all)
{
    bool brief = grid_is_brief(audit);
    bool drawn[] = {[DRAWN_LINE] = false, [DRAWN_SLIPS] = false, [DRAWN_MATRIX] = false};

    for (guint i = 0; i < audit->groups->len; i++)
        drawn[draw_group(page, audit, audit->groups->pdata[i], brief, all)] = true;
    if (drawn[DRAWN_MATRIX])
        draw_legend(page, audit);
    if (drawn[DRAWN_SLIPS] && !all) {
        page_tab(page, MATRIX_INDENT);
        page_flow(page, MATRIX_INDENT, STYLE_FAINT,
                  "-v lists every pair, and draws the matrices that fit.");
        page_end(page);
        page_end(page);
    }
}
