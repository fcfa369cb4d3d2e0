/* What may be wrong with a delegation, in a few words that reports and options share. */
#ifndef RENDER_EDGE_RISK_H
#define RENDER_EDGE_RISK_H

#include "audit/delegation.h"

/* Why somebody should look at a delegation, in the order of reports. */
typedef enum {
    RISK_BROKEN,
    RISK_UNDECLARED,
    RISK_TIER0, /* towards a domain controller, an administrator, ... */
    RISK_GHOST, /* its SPN is on no account: whoever may register it is delegated to */
    RISK_BROAD, /* for nearly everybody */
    RISK_UNCONSTRAINED,
    RISK_COUNT
} EdgeRisk;

/* "broken", "undeclared", "tier0", ...; ended by NULL. */
extern const char *const edge_risk_names[RISK_COUNT + 1];

/* A bit per EdgeRisk.  A domain controller's own delegation is none. */
guint
edge_risks(const Edge *edge);

#endif
