/* Lists that nearly all who have one leave empty. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <glib.h>

/* An empty list, the same for all: never to be changed but by list_add (transfer full:
 * g_ptr_array_unref). */
GPtrArray *
list_new(void);

/* Adds to a list that was made by list_new; the first element makes it one of its own,
 * whose elements are freed by `free`. */
void
list_add(GPtrArray **list, gpointer element, GDestroyNotify free);

#endif
