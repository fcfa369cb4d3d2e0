/* Authentication policies and silos, from their entries. */
#ifndef COLLECT_AUTHN_H
#define COLLECT_AUTHN_H

#include "entry.h"
#include "model/estate.h"

/* Takes an entry in, where it is a policy or a silo.  `token` (set of Sid) is the
 * reader's; NULL: not known.  Whether it lies where they are kept. */
bool
authn_absorb(Estate *estate, GHashTable *token, const Entry *entry, const char *dn);

#endif
