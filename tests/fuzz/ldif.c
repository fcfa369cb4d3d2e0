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
take_result(const char *why, void *data)
{
    (void)data;
    MUST(g_utf8_validate(why, -1, NULL));
}

static bool
walk(const uint8_t *data, size_t size, size_t part, GError **error)
{
    const LdifHandler handler = {.entry = take, .incomplete = take_result};
    Stream *stream = stream_of_memory("fuzz", (const char *)data, size, part);
    bool good = ldif_walk(stream, &handler, error);
    stream_free(stream);
    return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GError *error = NULL, *parts_error = NULL;
    bool good = walk(data, size, 0, &error);
    /* However the bytes come, it is the same; of several faults any may be told. */
    MUST(walk(data, size, 7, &parts_error) == good);
    fuzz_settle(good, parts_error);
    fuzz_settle(good, error);
    return 0;
}
