/* JSON in one line without a tree: of what comes by the hundred thousand. */
#ifndef RENDER_LINE_H
#define RENDER_LINE_H

#include <glib.h>

/* Appends a text as tree_write_line writes it; NULL is null. */
void
line_text(GString *out, const char *text);

/* Appends the name of a member, and a comma before it where it is not the first; what
 * stands there is the caller's. */
void
line_key(GString *out, const char *key);
void
line_put_text(GString *out, const char *key, const char *text);

/* An array of char *; NULL: empty. */
void
line_put_texts(GString *out, const char *key, const GPtrArray *texts);

/* Appends digits: printf takes ten times as long. */
void
line_number(GString *out, guint number);

#endif
