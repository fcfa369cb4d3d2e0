/* The configuration, [delegation] and workloads of it as well. */
#include "fuzz.h"

#include "audit/policy.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Policy *policy = NULL;
    GError *error = NULL;
    bool good = policy_load(fuzz_file(data, size), &policy, &error);
    fuzz_settle(good, error);
    if (good)
        policy_free(policy);
    return 0;
}
