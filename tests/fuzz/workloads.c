/* Tables of workloads. */
#include "fuzz.h"

#include "audit/workloads.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    const char *const files[] = {"a.table", NULL};
    const char *const texts[] = {text, NULL};
    Workloads *workloads = NULL;
    GError *error = NULL;
    bool good = workloads_parse(files, texts, &workloads, &error);
    fuzz_settle(good, error);
    if (good)
        workloads_free(workloads);
    return 0;
}
