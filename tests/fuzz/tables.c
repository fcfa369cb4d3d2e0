/* Files of --table. */
#include "fuzz.h"

#include "diagnose/errors.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *folder = NULL;
    Errors *errors = NULL;
    GError *error = NULL;
    fuzz_named_file("a.table", data, size, &folder);
    bool good = errors_load(folder, &errors, &error);
    fuzz_settle(good, error);
    if (good)
        errors_free(errors);
    return 0;
}
