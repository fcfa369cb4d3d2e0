/* What to do first: findings by what one step fixes, in the order to take the steps.
 *
 * The pairs and delegations are judged again with each change made, as fixes are
 * simulated: by the directory alone.  What a KDC has lowered against the directory counts
 * as not ready whatever is done. */
#ifndef FIX_FIRST_H
#define FIX_FIRST_H

#include "fix/step.h"

/* All steps, the best first: each next turns most pairs and delegations ready given those
 * before it (transfer full, of FirstStep *; borrows the audit and the fixes).  After
 * fix_plan.  Notes are no reason for a step, nor is what is waived or not determined. */
GPtrArray *
fix_first(const Audit *audit, const GPtrArray *fixes);

/* The findings that have to end for the pair to be ready, and no others (transfer
 * container, of const Finding *); NULL: the pair is ready, or is not once all is done
 * that can be judged again.  After fix_plan. */
GPtrArray *
first_blocking(const Audit *audit, const GPtrArray *fixes, const Pair *pair);

#endif
