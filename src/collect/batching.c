/* Deals filter terms out in batches, each term once. */
#include "batching.h"

#include "base/text.h"

Batching
batching_start(void)
{
    return (Batching){g_ptr_array_new_with_free_func(g_free), g_string_new(NULL), 0,
                      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
}

void
batching_cut(Batching *batching)
{
    if (batching->count > 0)
        g_ptr_array_add(batching->batches, g_strdup(batching->terms->str));
    g_string_truncate(batching->terms, 0);
    batching->count = 0;
}

Batches *
batching_end(Batching *batching)
{
    batching_cut(batching);
    g_string_free(batching->terms, TRUE);
    g_hash_table_unref(batching->seen);
    return batching->batches;
}

void
batching_add(Batching *batching, const char *attribute, const char *assertion)
{
    g_autofree char *term = g_strdup_printf("(%s=%s)", attribute, assertion);
    if (!g_hash_table_add(batching->seen, text_fold(term)))
        return;
    g_string_append(batching->terms, term);
    if (++batching->count >= BATCH_TERMS)
        batching_cut(batching);
}
