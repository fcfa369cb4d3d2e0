/* Who changed what, as far as a directory tells it: which attributes of its subject a
 * finding comes of, and when they were last changed. */
#ifndef AUDIT_CHANGED_H
#define AUDIT_CHANGED_H

#include "audit/audit.h"

/* Bit per AttrId: what of the subject such a finding comes of; 0: of nothing that has
 * replication metadata. */
guint64
rule_changes(RuleId rule);

/* The subject's changes that may have made it, the newest first (of const AttrChange *,
 * transfer container); empty: not known, or it does not fail. */
GPtrArray *
finding_changes(const Finding *finding);

/* The accounts whose changes are worth reading, those of the worst findings first, and of
 * many as many as are read in a moment (of const Account *, transfer container); a gap
 * tells of the others. */
GPtrArray *
audit_wanted_changes(Audit *audit);

#endif
