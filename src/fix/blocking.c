/* Which findings block one pair: those of the causes without which it is not ready. */
#include "fix/first.h"

#include "first_units.h"

/* Takes back each cause that the pair can do without, those by hand before those that
 * scripts end; the others stay made. */
static void
spare(const First *first, const Unit *unit, bool *needed)
{
    for (guint c = first->causes->causes->len; c > 0; c--) {
        first_make(first, c - 1, false);
        needed[c - 1] = !first_ready(first, unit);
        if (needed[c - 1])
            first_make(first, c - 1, true);
    }
}

static GPtrArray *
findings_of(const First *first, const bool *needed)
{
    GPtrArray *found = g_ptr_array_new();
    g_autoptr(GHashTable) known = g_hash_table_new(NULL, NULL);
    for (guint c = 0; c < first->causes->causes->len; c++) {
        const GPtrArray *findings = cause_at(first, c)->step->findings;
        for (guint i = 0; needed[c] && i < findings->len; i++)
            if (g_hash_table_add(known, findings->pdata[i]))
                g_ptr_array_add(found, findings->pdata[i]);
    }
    return found;
}

GPtrArray *
first_blocking(const Audit *audit, const GPtrArray *fixes, const Pair *pair)
{
    g_auto(First) first;
    first_init(&first, audit, fixes);
    first_add_pair(&first, pair);
    const Unit *unit = unit_at(&first, 0);
    bool lowered = first_ready(&first, unit);
    simulation_switch_all(first.simulation, true);
    if (lowered || !first_ready(&first, unit))
        return NULL;
    g_autofree bool *needed = g_new0(bool, first.causes->causes->len + 1);
    spare(&first, unit, needed);
    return findings_of(&first, needed);
}
