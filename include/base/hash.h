/* A hash of texts for tables that are asked for each of many long ones. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <glib.h>
#include <stdbool.h>

/* As g_str_hash (GHashFunc), eight bytes at a time. */
guint
hash_text(gconstpointer text);

/* Of a GBytes, as g_bytes_hash (GHashFunc). */
guint
hash_bytes(gconstpointer bytes);

/* hash_text of a text of ASCII, as if its letters were small ones; false: it has others.
 */
bool
hash_folded(const char *text, guint *ret_hash);

#endif
