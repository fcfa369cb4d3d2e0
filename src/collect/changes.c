/* Asks for replPropertyMetaData in batches. */
#include "changes.h"

void
changes_ask(const Live *live, const GPtrArray *accounts)
{
    g_autoptr(GPtrArray) sids = g_ptr_array_new();
    for (guint i = 0; i < accounts->len; i++) {
        const Account *account = accounts->pdata[i];
        if (sid_is_set(&account->sid))
            g_ptr_array_add(sids, (gpointer)&account->sid);
    }
    live_ask_batches(live, QUERY_CHANGES, "sids", batches_of_sids(sids), NULL);
}
