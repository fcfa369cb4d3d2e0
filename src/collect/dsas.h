/* Domain controllers by the invocationId that their changes bear. */
#ifndef COLLECT_DSAS_H
#define COLLECT_DSAS_H

#include "entry.h"
#include "model/estate.h"

/* Keeps it where the entry is a DC's settings object (`dsas`: the id in hex -> its DN).
 */
void
dsas_absorb(GHashTable *dsas, const Entry *entry, const char *dn);

/* Puts the DCs' names to the changes that were read. */
void
dsas_settle(GHashTable *dsas, Estate *estate);

#endif
