/* Keeps the cells until all are known, then measures and draws the rows. */
#include "render/table.h"

#include "base/text.h"

#include <string.h>

#define TABLE_GUTTER 2 /* blanks between columns */
#define CELL_MAX 100   /* characters: a cell widens its whole column */
#define CELL_TAIL 30   /* of them, kept of the end of one that is longer */

typedef struct {
    Style style;
    char *text;
} Cell;

struct Table {
    guint columns;
    guint indent;
    GArray *cells; /* of Cell */
};

static void
cell_clear(gpointer cell)
{
    g_free(((Cell *)cell)->text);
}

Table *
table_new(guint columns, guint indent)
{
    Table *table = g_new0(Table, 1);

    table->columns = columns;
    table->indent = indent;
    table->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
    g_array_set_clear_func(table->cells, cell_clear);
    return table;
}

void
table_free(Table *table)
{
    if (table) {
        g_array_unref(table->cells);
        g_free(table);
    }
}

void
table_add(Table *table, Style style, const char *text)
{
    Cell cell = {style, g_strdup(text != NULL ? text : "")};

    g_array_append_val(table->cells, cell);
}

/* What is shown of the cell: of a very long one its beginning and its end.  Nothing
 * stands behind those of the last column. */
static char *
shown(const Table *table, const Page *page, guint number)
{
    const char *text = g_array_index(table->cells, Cell, number).text;

    if (strlen(text) <= CELL_MAX || number % table->columns + 1 == table->columns)
        return g_strdup(text);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    glong length = g_utf8_strlen(valid, -1);
    if (length <= CELL_MAX)
        return g_strdup(text);
    g_autofree char *head = g_utf8_substring(valid, 0, CELL_MAX - CELL_TAIL);
    g_autofree char *tail = g_utf8_substring(valid, length - CELL_TAIL, length);
    return g_strconcat(head, page_glyph(page, GLYPH_MORE), tail, NULL);
}

void
table_draw(const Table *table, Page *page)
{
    g_autofree gsize *starts = g_new0(gsize, table->columns + 1);

    for (guint i = 0; i < table->cells->len; i++) {
        g_autofree char *text = shown(table, page, i);
        g_autofree char *quoted = page_quoted(page, text);
        guint column = i % table->columns;

        starts[column + 1] = MAX(starts[column + 1], text_width(quoted) + TABLE_GUTTER);
    }
    starts[0] = table->indent;
    for (guint i = 1; i <= table->columns; i++) {
        starts[i] += starts[i - 1];
    }
    for (guint i = 0; i < table->cells->len; i++) {
        g_autofree char *text = shown(table, page, i);
        guint column = i % table->columns;

        page_tab(page, starts[column]);
        page_put(page, g_array_index(table->cells, Cell, i).style, text);
        if (column + 1 == table->columns) {
            page_end(page);
        }
    }
}

void
table_each(const Table *table,
           void (*each)(guint row, guint column, Style style, const char *text,
                        void *data),
           void *data)
{
    for (guint i = 0; i < table->cells->len; i++) {
        const Cell *cell = &g_array_index(table->cells, Cell, i);
        each(i / table->columns, i % table->columns, cell->style, cell->text, data);
    }
}
