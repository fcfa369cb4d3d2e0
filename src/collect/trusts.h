/* Trusts, from their entries. */
#ifndef COLLECT_TRUSTS_H
#define COLLECT_TRUSTS_H

#include "entry.h"

/* Takes an entry in, where it is a trustedDomain. */
void
trust_absorb(Estate *estate, const Entry *entry, const char *dn);

/* Whether a file holds where each of its domains keeps its trusts; `heads` and `others`
 * as Builder has them. */
bool
trusts_in_file(const Estate *estate, GHashTable *heads, GHashTable *others);

/* Records as gaps what of them could not be read. */
void
trusts_settle(Estate *estate);

#endif
