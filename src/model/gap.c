/* Makes a gap, and finds one again. */
#include "model/gap.h"

#include "base/hash.h"

static void
gap_free(gpointer data)
{
    Gap *gap = data;
    g_free(gap->what);
    g_free(gap->why);
    g_free(gap);
}

GPtrArray *
gap_list_new(void)
{
    return g_ptr_array_new_with_free_func(gap_free);
}

GHashTable *
gap_seen_new(void)
{
    return g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
}

void
gaps_add(const Gaps *gaps, const char *what, const char *why)
{
    if (!g_hash_table_add(gaps->seen, g_strconcat(what, "\n", why, NULL)))
        return;
    Gap *gap = g_new0(Gap, 1);
    gap->what = g_strdup(what);
    gap->why = g_strdup(why);
    g_ptr_array_add(gaps->list, gap);
}
