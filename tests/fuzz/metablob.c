/* replPropertyMetaData. */
#include "fuzz.h"

#include "collect/metablob.h"
#include "model/written.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GArray) changes = g_array_new(FALSE, TRUE, sizeof(AttrChange));
    bool good = metablob_read(data, size, changes);
    MUST(good || changes->len == 0);
    return 0;
}
