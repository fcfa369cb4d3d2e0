/* KERB-ERROR-DATA of a KDC's refusal. */
#include "fuzz.h"

#include "ticket/edata.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    guint32 status = 0;
    edata_ntstatus(data, size, &status);
    return 0;
}
