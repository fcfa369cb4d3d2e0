/* Snapshots of AD Explorer. */
#include "fuzz.h"

#include "collect/adexplorer.h"

static void
take(const Entry *entry, const char *requesting, void *data)
{
    (void)requesting;
    for (guint i = 0; i < entry->count; i++)
        for (guint v = 0; v < entry->attributes[i].count; v++)
            *(gsize *)data += entry->attributes[i].values[v].bv_len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gsize total = 0;
    LdifHandler handler = {.entry = take, .data = &total};
    ExplorerHead head = {0};
    GError *error = NULL;
    bool good =
        adexplorer_walk("fuzz", (const char *)data, size, &handler, &head, &error);
    fuzz_settle(good, error);
    if (good)
        g_free(head.server);
    return 0;
}
