/* Who starts migrations. */
#ifndef AUDIT_OPERATORS_H
#define AUDIT_OPERATORS_H

#include "audit/policy.h"
#include "model/estate.h"

/* Fills `operators` (of const Account *, by name) from the policy's users and groups
 * (nested); a name that names nobody becomes a gap. */
void
operators_find(const Estate *estate, const Policy *policy, GPtrArray *operators,
               const Gaps *gaps);

#endif
