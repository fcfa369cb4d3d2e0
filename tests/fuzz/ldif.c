/* LDIF, its attributes' options, numbers and times. */
#include "fuzz.h"

#include "collect/attributes.h"
#include "collect/ldif.h"

static void
take(const Entry *entry, const char *requesting, void *data)
{
    (void)requesting;
    (void)data;
    for (guint i = 0; i < entry->count; i++) {
        EntryOptions options;
        AttrId id;
        gint64 number = 0;
        if (entry_options(&entry->attributes[i].name, &options)) {
            MUST(options.name_length <= entry->attributes[i].name.bv_len);
            attribute_find(entry->attributes[i].name.bv_val, options.name_length, &id);
        }
        for (guint v = 0; v < entry->attributes[i].count; v++) {
            attribute_integer(&entry->attributes[i].values[v], G_MININT32, G_MAXUINT32,
                              &number);
            attribute_time(&entry->attributes[i].values[v], &number);
        }
    }
}

static void
take_result(const char *result, void *data)
{
    (void)data;
    MUST(g_utf8_validate(result, -1, NULL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LdifText text = {0};
    LdifHandler handler = {.entry = take, .incomplete = take_result};
    GError *error = NULL;
    char *copy = g_malloc0(size + 1);
    if (size)
        memcpy(copy, data, size);
    bool good = ldif_text_of("fuzz", copy, size, &text, &error);
    if (good) {
        good = ldif_walk(&text, &handler, &error);
        ldif_text_clear(&text);
    }
    fuzz_settle(good, error);
    return 0;
}
