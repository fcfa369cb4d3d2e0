/* Facts of a host, as its script writes them. */
#include "fuzz.h"

#include "diagnose/facts.h"
#include "diagnose/facts_file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HostFacts *facts = NULL;
    GError *error = NULL;
    bool good = facts_parse("HV01.json", data, size, &facts, &error);
    fuzz_settle(good, error);
    if (good)
        host_facts_free(facts);
    return 0;
}
