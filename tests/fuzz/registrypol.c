/* Registry.pol of a GPO. */
#include "fuzz.h"

#include "diagnose/registrypol.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    RegistryPol file;
    bool good = registrypol_check(data, size, &file);
    MUST(good == (file.why == NULL) && file.at <= size);
    registrypol_clear(&file);
    return 0;
}
