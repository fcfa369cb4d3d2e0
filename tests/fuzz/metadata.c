/* msDS-ReplAttributeMetaData. */
#include "fuzz.h"

#include "collect/metadata.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Metadata metadata = {0};
    GError *error = NULL;
    bool good = metadata_parse((const char *)data, size, &metadata, &error);
    fuzz_settle(good, error);
    if (good)
        metadata_clear(&metadata);
    return 0;
}
