/* Which of the risks a delegation has. */
#include "render/edge_risk.h"

const char *const edge_risk_names[RISK_COUNT + 1] = {
    "broken", "undeclared", "tier0", "ghost", "broad", "unconstrained", NULL};

guint
edge_risks(const Edge *edge)
{
    const bool has[RISK_COUNT] = {
        [RISK_BROKEN] = edge->verdict == VERDICT_BROKEN,
        [RISK_UNDECLARED] = edge->undeclared,
        [RISK_TIER0] = edge->tier0,
        [RISK_GHOST] = edge->owner == OWNER_NONE,
        [RISK_BROAD] = edge->broad,
        [RISK_UNCONSTRAINED] = edge->way == LEG_UNCONSTRAINED && !edge_by_design(edge),
    };
    guint risks = 0;

    for (guint i = 0; i < RISK_COUNT; i++)
        risks |= has[i] ? 1u << i : 0;
    return risks;
}
