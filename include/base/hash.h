/* A hash of texts for tables that are asked for each of many long ones. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <glib.h>

/* As g_str_hash (GHashFunc), eight bytes at a time. */
guint
hash_text(gconstpointer text);

#endif
