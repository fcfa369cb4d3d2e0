/* One empty list for all, until something is added. */
#include "base/list.h"

static gpointer
make_empty(gpointer unused)
{
    (void)unused;
    return g_ptr_array_new();
}

static GPtrArray *
empty(void)
{
    static GOnce once = G_ONCE_INIT;
    return g_once(&once, make_empty, NULL);
}

GPtrArray *
list_new(void)
{
    return g_ptr_array_ref(empty());
}

void
list_add(GPtrArray **list, gpointer element, GDestroyNotify free)
{
    if (*list == empty()) {
        g_ptr_array_unref(*list);
        *list = g_ptr_array_new_with_free_func(free);
    }
    g_ptr_array_add(*list, element);
}
