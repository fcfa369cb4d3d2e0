/* Columns of text, each as wide as its widest cell. */
#ifndef RENDER_TABLE_H
#define RENDER_TABLE_H

#include "render/page.h"

typedef struct Table Table;

/* `indent` columns before each row. */
Table *
table_new(guint columns, guint indent);
void
table_free(Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

/* The next cell, row by row (text is copied; NULL: empty). */
void
table_add(Table *table, Style style, const char *text);

/* Writes the rows to the page. */
void
table_draw(const Table *table, Page *page);

/* The rows as cells with their styles (transfer none): `each` is called for every cell in
 * turn, with its row and its column. */
void
table_each(const Table *table,
           void (*each)(guint row, guint column, Style style, const char *text,
                        void *data),
           void *data);

#endif
