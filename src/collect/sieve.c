/* Finds SPNs that come twice while entries pass by. */
#include "sieve.h"

#include "attributes.h"
#include "base/limits.h"
#include "base/text.h"
#include "model/spn.h"

#include <string.h>

Sieve *
sieve_new(void)
{
    Sieve *sieve = g_new0(Sieve, 1);
    sieve->holders = g_hash_table_new(NULL, NULL);
    sieve->doubles = g_ptr_array_new_with_free_func(g_free);
    return sieve;
}

void
sieve_free(Sieve *sieve)
{
    if (!sieve)
        return;
    g_hash_table_unref(sieve->holders);
    g_ptr_array_unref(sieve->doubles);
    g_free(sieve);
}

/* How a DC folds other letters is its affair, and a filter has to find the SPN again. */
static bool
is_plain(const struct berval *value)
{
    if (value->bv_len == 0 || value->bv_len > MOST_SPN_BYTES)
        return false;
    for (gsize i = 0; i < value->bv_len; i++)
        if (!g_ascii_isprint(value->bv_val[i]))
            return false;
    return true;
}

/* Whether the entry at hand has to be kept for it.  Two SPNs of one hash look like one:
 * then an entry more is kept. */
static bool
note(Sieve *sieve, const struct berval *value)
{
    if (!is_plain(value))
        return true;
    g_autofree char *spn = g_strndup(value->bv_val, value->bv_len);
    g_autofree char *folded = text_fold(spn);
    gpointer key = GUINT_TO_POINTER(g_str_hash(folded));
    guint first = GPOINTER_TO_UINT(g_hash_table_lookup(sieve->holders, key));
    if (first == 0)
        g_hash_table_insert(sieve->holders, key, GUINT_TO_POINTER(sieve->entries));
    if (first == 0 || first == sieve->entries)
        return false;
    g_ptr_array_add(sieve->doubles, g_steal_pointer(&spn));
    return true;
}

bool
sieve_keeps(Sieve *sieve, const Entry *entry)
{
    bool keeps = false, any = false;
    sieve->entries++;
    for (guint i = 0; i < entry->count; i++) {
        const EntryAttribute *attribute = &entry->attributes[i];
        EntryOptions options;
        AttrId attr;
        bool known = entry_options(&attribute->name, &options);
        if (!attribute_find(attribute->name.bv_val,
                            known ? options.name_length : attribute->name.bv_len,
                            &attr) ||
            attr != ATTR_SPN)
            continue;
        any = true;
        keeps = keeps || !known || options.ranged || options.other;
        for (guint v = 0; v < attribute->count; v++)
            keeps = note(sieve, &attribute->values[v]) || keeps;
    }
    return keeps || !any;
}
