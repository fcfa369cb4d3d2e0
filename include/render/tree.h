/* JSON as a tree: made piece by piece, written so that it can be shown. */
#ifndef RENDER_TREE_H
#define RENDER_TREE_H

#include "base/list.h"

#include <jansson.h>

/* jansson refuses what is not UTF-8; a directory may hold anything.  NULL is
 * null. */
json_t *
tree_string(const char *text);

/* Each takes the value over. */
void
tree_put(json_t *object, const char *key, json_t *value);
void
tree_put_text(json_t *object, const char *key, const char *text);
void
tree_put_count(json_t *object, const char *key, guint count);

/* An array of char *; NULL: empty.  And of a list of texts. */
json_t *
tree_strings(const GPtrArray *strings);
json_t *
tree_texts(const List *texts);

/* Appends a value (transfer full) as it stands `depth` levels down. */
void
tree_write(GString *out, json_t *value, guint depth);

/* Appends a value (transfer full) in one line. */
void
tree_write_line(GString *out, json_t *value);

#endif
