/* The fewest rows and columns that hold all that is not ready, more or less: the one with
 * most of it is taken, then the one with most of what is left. */
#include "slips.h"

#include "base/names.h"
#include "base/text.h"

#include <string.h>

#define NAMES_SHOWN 8
#define NO_PAIR VERDICT_COUNT

typedef struct {
    const Grid *grid;
    guint rows;
    guint columns;
    guint8 *cells;                /* Verdict, or NO_PAIR; told ones become NO_PAIR */
    guint (*left)[VERDICT_COUNT]; /* by row, then by column: not told yet, and none of
                                   * those that are ready */
    guint *pairs;                 /* the same: all */
    bool *ready;                  /* the same: whether any is */
    bool by_ends;
    GHashTable *known; /* what is the same of several -> Slip * */
    GPtrArray *slips;
} Search;

static void
slip_free(gpointer data)
{
    Slip *slip = data;

    g_ptr_array_unref(slip->hosts);
    g_ptr_array_unref(slip->ends);
    g_free(slip);
}

static guint8 *
cell_of(const Search *search, guint line, guint at)
{
    guint row = line < search->rows ? line : at;
    guint column = line < search->rows ? at : line - search->rows;

    return &search->cells[row * search->columns + column];
}

/* How many cells a line has. */
static guint
length_of(const Search *search, guint line)
{
    return line < search->rows ? search->columns : search->rows;
}

static const char *
name_of(const Search *search, guint line)
{
    const Account *account = line < search->rows
                                 ? search->grid->rows->pdata[line]
                                 : search->grid->columns->pdata[line - search->rows];

    return account->name;
}

/* The line that crosses this one there. */
static guint
crossing(const Search *search, guint line, guint at)
{
    return line < search->rows ? search->rows + at : at;
}

static void
read_cells(Search *search)
{
    for (guint row = 0; row < search->rows; row++) {
        for (guint column = 0; column < search->columns; column++) {
            const Pair *pair = grid_pair(search->grid, row, column);
            guint lines[] = {row, search->rows + column};

            *cell_of(search, row, column) =
                pair ? (guint8)pair->verdict : (guint8)NO_PAIR;
            for (guint i = 0; pair && i < G_N_ELEMENTS(lines); i++) {
                search->pairs[lines[i]]++;
                if (pair->verdict == VERDICT_READY)
                    search->ready[lines[i]] = true;
                else
                    search->left[lines[i]][pair->verdict]++;
            }
        }
    }
}

static guint
left_of(const Search *search, guint line)
{
    guint left = 0;

    for (guint i = 0; i < VERDICT_COUNT; i++)
        left += search->left[line][i];
    return left;
}

/* Adds the line to those of which the same is to be said.  `ends` (transfer full). */
static void
tell(Search *search, guint line, Verdict verdict, GPtrArray *ends)
{
    bool target = line >= search->rows;
    bool full = ends->len == search->pairs[line];
    bool rest = !search->ready[line] && left_of(search, line) == 0;
    g_autoptr(GString) key = g_string_new(NULL);

    g_string_printf(key, "%d %d %u %u %d", target, verdict, ends->len,
                    search->pairs[line], rest);
    for (guint i = 0; search->by_ends && !full && !rest && i < ends->len; i++)
        g_string_append_printf(key, " %p", ends->pdata[i]);
    Slip *slip = g_hash_table_lookup(search->known, key->str);
    if (!slip) {
        slip = g_new0(Slip, 1);
        *slip = (Slip){.verdict = verdict,
                       .target = target,
                       .hosts = g_ptr_array_new(),
                       .ends = g_ptr_array_ref(ends),
                       .each = ends->len,
                       .of = search->pairs[line],
                       .alike = search->by_ends,
                       .rest = rest};
        g_ptr_array_add(search->slips, slip);
        g_hash_table_insert(search->known, g_strdup(key->str), slip);
    }
    g_ptr_array_add(slip->hosts, (gpointer)name_of(search, line));
    g_ptr_array_unref(ends);
}

/* Tells what is left of a line of that verdict. */
static void
take(Search *search, guint line, Verdict verdict)
{
    GPtrArray *ends = g_ptr_array_new();

    for (guint at = 0; at < length_of(search, line); at++) {
        guint8 *cell = cell_of(search, line, at);
        guint other = crossing(search, line, at);

        if (*cell != verdict)
            continue;
        g_ptr_array_add(ends, (gpointer)name_of(search, other));
        *cell = NO_PAIR;
        search->left[line][verdict]--;
        search->left[other][verdict]--;
    }
    tell(search, line, verdict, ends);
}

/* False: all is told. */
static bool
take_best(Search *search)
{
    guint best = 0, best_line = 0;
    Verdict best_verdict = VERDICT_READY;

    for (guint line = 0; line < search->rows + search->columns; line++) {
        for (int verdict = VERDICT_COUNT - 1; verdict > VERDICT_READY; verdict--) {
            if (search->left[line][verdict] <= best)
                continue;
            best = search->left[line][verdict];
            best_line = line;
            best_verdict = (Verdict)verdict;
        }
    }
    if (best > 0)
        take(search, best_line, best_verdict);
    return best > 0;
}

guint
slip_pairs(const Slip *slip)
{
    return slip->each * slip->hosts->len;
}

static int
compare_slips(gconstpointer a, gconstpointer b)
{
    const Slip *one = *(const Slip *const *)a;
    const Slip *other = *(const Slip *const *)b;

    if (slip_pairs(one) != slip_pairs(other))
        return slip_pairs(one) > slip_pairs(other) ? -1 : 1;
    if (one->verdict != other->verdict)
        return one->verdict > other->verdict ? -1 : 1;
    if (one->target != other->target)
        return one->target ? 1 : -1;
    return strcmp(one->hosts->pdata[0], other->hosts->pdata[0]);
}

static GPtrArray *
search_slips(const Grid *grid, bool by_ends)
{
    guint rows = grid->rows->len, columns = grid->columns->len;
    guint lines = rows + columns;
    g_autofree guint8 *cells = g_new(guint8, (gsize)rows * columns + 1);
    g_autofree guint(*left)[VERDICT_COUNT] = g_malloc0((lines + 1) * sizeof *left);
    g_autofree guint *pairs = g_new0(guint, lines + 1);
    g_autofree bool *ready = g_new0(bool, lines + 1);
    g_autoptr(GHashTable) known =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Search search = {
        .grid = grid,
        .rows = rows,
        .columns = columns,
        .cells = cells,
        .left = left,
        .pairs = pairs,
        .ready = ready,
        .by_ends = by_ends,
        .known = known,
        .slips = g_ptr_array_new_with_free_func(slip_free),
    };

    read_cells(&search);
    while (take_best(&search))
        ;
    g_ptr_array_sort(search.slips, compare_slips);
    return search.slips;
}

GPtrArray *
slips_of(const Grid *grid, guint most)
{
    GPtrArray *slips = search_slips(grid, true);

    if (slips->len <= most)
        return slips;
    g_ptr_array_unref(slips);
    return search_slips(grid, false);
}

const char *
slip_role(const Slip *slip)
{
    return slip->target ? "as target" : "as source";
}

char *
slip_text(const Slip *slip)
{
    const char *word = verdict_names[slip->verdict];
    const char *way = slip->target ? "from" : "to";
    g_autofree char *hosts = names_brief(slip->hosts, NAMES_SHOWN);
    g_autofree char *ends = names_brief(slip->ends, NAMES_SHOWN);
    g_autofree char *count =
        slip->hosts->len > NAMES_SHOWN
            ? g_strdup_printf(" (%s hosts)", NUMBER(slip->hosts->len))
            : g_strdup("");

    if (slip->each == slip->of)
        return g_strdup_printf("%s%s: every direction is %s", hosts, count, word);
    if (slip->rest)
        return g_strdup_printf("%s%s: every other direction is %s", hosts, count, word);
    if (slip->alike || slip->hosts->len == 1)
        return g_strdup_printf("%s%s: %s %s %s", hosts, count, word, way, ends);
    return g_strdup_printf("%s%s: %s %s %s of %s each", hosts, count, word, way,
                           NUMBER(slip->each), NUMBER(slip->of));
}
