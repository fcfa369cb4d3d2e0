/* Draws a group's grid of verdicts, or its worst pairs where it does not fit. */
#include "matrix.h"

#include "base/text.h"
#include "grid.h"
#include "render/tally.h"

#include <string.h>

#define MATRIX_INDENT 2
#define MATRIX_GUTTER 2      /* blanks between columns */
#define MATRIX_ENDS_SHOWN 10 /* where the matrix does not fit */

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

/* "3 broken, 1 degraded" of counts by verdict, worst first. */
static char *
counts_text(const guint counts[VERDICT_COUNT])
{
    GString *out = g_string_new(NULL);

    for (int verdict = VERDICT_COUNT - 1; verdict >= 0; verdict--) {
        if (counts[verdict] > 0) {
            g_string_append_printf(out, "%s%s %s", out->len > 0 ? ", " : "",
                                   NUMBER(counts[verdict]), verdict_names[verdict]);
        }
    }
    return g_string_free(out, FALSE);
}

/* Without a matrix: at which ends the pairs are not ready, the worst first. */
typedef struct {
    const Account *account;
    bool target;
    guint counts[VERDICT_COUNT];
} EndCount;

static int
compare_ends(gconstpointer a, gconstpointer b)
{
    const EndCount *one = a;
    const EndCount *other = b;

    for (int verdict = VERDICT_COUNT - 1; verdict > VERDICT_READY; verdict--)
        if (one->counts[verdict] != other->counts[verdict])
            return one->counts[verdict] > other->counts[verdict] ? -1 : 1;
    if (one->target != other->target)
        return one->target ? 1 : -1;
    return strcmp(one->account->name, other->account->name);
}

/* The sources, then the targets (transfer full, of EndCount). */
static GArray *
count_ends(const Grid *grid)
{
    guint rows = grid->rows->len;
    GArray *ends = g_array_new(FALSE, TRUE, sizeof(EndCount));

    g_array_set_size(ends, rows + grid->columns->len);
    for (guint i = 0; i < ends->len; i++) {
        EndCount *end = &g_array_index(ends, EndCount, i);

        end->target = i >= rows;
        end->account = i < rows ? grid->rows->pdata[i] : grid->columns->pdata[i - rows];
    }
    for (guint row = 0; row < rows; row++) {
        for (guint column = 0; column < grid->columns->len; column++) {
            const Pair *pair = grid_pair(grid, row, column);

            if (!pair || pair->verdict == VERDICT_READY)
                continue;
            g_array_index(ends, EndCount, row).counts[pair->verdict]++;
            g_array_index(ends, EndCount, rows + column).counts[pair->verdict]++;
        }
    }
    g_array_sort(ends, compare_ends);
    return ends;
}

static void
draw_ends(Page *page, const Grid *grid)
{
    g_autoptr(GArray) ends = count_ends(grid);

    page_tab(page, MATRIX_INDENT);
    page_say(page, MATRIX_INDENT, STYLE_FAINT,
             "A matrix of %u columns does not fit here: widen the terminal, or see every "
             "pair with -v or -f json --all-pairs. The worst:",
             grid->columns->len);
    page_end(page);
    for (guint i = 0; i < ends->len && i < MATRIX_ENDS_SHOWN; i++) {
        const EndCount *end = &g_array_index(ends, EndCount, i);
        g_autofree char *text = counts_text(end->counts);

        if (!*text)
            break;
        page_tab(page, MATRIX_INDENT);
        page_put(page, STYLE_PLAIN, end->target ? "to" : "from");
        page_tab(page, MATRIX_INDENT + 5);
        page_put(page, STYLE_STRONG, end->account->name);
        page_say(page, MATRIX_INDENT, STYLE_PLAIN, ": %s", text);
        page_end(page);
    }
}

static void
draw_title(Page *page, const Grid *grid)
{
    g_autofree char *about = grid_about(grid);

    page_say(page, MATRIX_INDENT, STYLE_STRONG, "Group %s", grid->group->name);
    page_say(page, MATRIX_INDENT, STYLE_FAINT, "  %s", about);
    page_end(page);
}

/* Whether a matrix was drawn.  `brief`: a group that is all ready gets a line
 * instead of its matrix. */
static bool
draw_group(Page *page, const Audit *audit, const Group *group, bool brief)
{
    g_auto(Grid) grid = grid_of(audit, group);
    gsize digits;
    gsize head;
    Fit fit = grid_fit(page, &grid, &digits, &head);
    bool drawn = false;

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
        draw_ends(page, &grid);
    } else {
        draw_cells(page, &grid, fit, digits, head);
        if (fit == FIT_NUMBERS)
            draw_server_numbers(page, &grid);
        drawn = true;
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
matrix_draw(Page *page, const Audit *audit)
{
    bool brief = grid_is_brief(audit);
    bool drawn = false;

    for (guint i = 0; i < audit->groups->len; i++)
        drawn = draw_group(page, audit, audit->groups->pdata[i], brief) || drawn;
    if (drawn)
        draw_legend(page, audit);
}
