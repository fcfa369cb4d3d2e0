/* THE table of proposals: which rule is mended by what. */
#ifndef FIX_PROPOSALS_H
#define FIX_PROPOSALS_H

#include "plan.h"

/* Wishes of the plan what takes the finding away. */
typedef void (*Proposal)(const Audit *audit, const Finding *finding, Plan *plan);

/* NULL: nothing that a script could do. */
Proposal
proposal_of(RuleId rule);
/* Whether it turns protocol transition on. */
bool
proposal_allows_transition(RuleId rule);

/* Calls `visit` for every account that `account` must be able to migrate to,
 * or whose storage it needs, once per group. */
typedef void (*PartnerFn)(const Group *group, const Account *partner, bool storage,
                          void *data);
void
proposal_partners(const Audit *audit, const Account *account, PartnerFn visit,
                  void *data);

/* A group that forbids protocol transition forbids it to the fixes too, but for
 * hosts that another group requires it of. */
bool
proposal_forbids_transition(const Audit *audit, const Account *account);

#endif
