/* DNS answers with SRV records. */
#include "fuzz.h"

#include "collect/locate.h"

static guint32
last(guint32 below, void *data)
{
    (void)data;
    return below ? below - 1 : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GPtrArray) records = locate_parse(data, size);
    if (!records)
        return 0;
    for (guint i = 0; i < records->len; i++)
        MUST(locate_is_sound(((const SrvRecord *)records->pdata[i])->host));
    locate_order(records, last, NULL);
    return 0;
}
