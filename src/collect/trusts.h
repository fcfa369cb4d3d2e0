/* Trusts, from their entries. */
#ifndef COLLECT_TRUSTS_H
#define COLLECT_TRUSTS_H

#include "entry.h"

/* Takes an entry in, where it is a trustedDomain. */
void
trust_absorb(Estate *estate, const Entry *entry, const char *dn);

/* Whether an export holds where each of its domains keeps its trusts; what it lacks
 * becomes a gap.  `heads` and `others` as Builder has them. */
bool
trusts_in_file(Estate *estate, GHashTable *heads, GHashTable *others);

/* Records as gaps what of them could not be read. */
void
trusts_settle(Estate *estate);

#endif
