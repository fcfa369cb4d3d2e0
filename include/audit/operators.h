/* Who starts migrations. */
#ifndef AUDIT_OPERATORS_H
#define AUDIT_OPERATORS_H

#include "audit/audit.h"

/* Fills audit->operators from the policy's users and groups (nested); a name
 * that names nobody becomes a gap. */
void
operators_find(Audit *audit);

#endif
