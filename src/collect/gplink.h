/* Group policy out of entries: what is linked where, and the objects. */
#ifndef COLLECT_GPLINK_H
#define COLLECT_GPLINK_H

#include "entry.h"
#include "model/estate.h"

/* Takes an OU, the head of a domain, a site or a GPO into the estate; anything else
 * is left alone.  `token` (set of Sid) is the reader's; NULL: not known. */
void
gplink_absorb(Estate *estate, GHashTable *token, const Entry *entry, const char *dn);

/* That a file holds what it holds. */
void
gplink_note_file(Estate *estate);

/* Decides what an absent gPLink means, `judged` as for builder_settle. */
void
gplink_settle(Estate *estate, bool judged);

#endif
