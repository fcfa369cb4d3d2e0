/* Lets through only entries that hold an SPN which another one before them holds as well:
 * of the others a number for each SPN is kept. */
#ifndef COLLECT_SIEVE_H
#define COLLECT_SIEVE_H

#include "entry.h"

typedef struct {
    GHashTable *holders; /* hash of a folded SPN -> number of the entry that came first */
    guint entries;       /* with SPNs, so far */
    GPtrArray *doubles;  /* of char *: SPNs that came again.  Whoever held them first was
                          * dropped, and is found by them; may hold one twice */
} Sieve;

Sieve *
sieve_new(void);
void
sieve_free(Sieve *sieve);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sieve, sieve_free)

/* Whether the entry has to be kept.  Entries without SPNs are, and those of which this
 * cannot tell: whose list comes in parts, or holds what is not plain text. */
bool
sieve_keeps(Sieve *sieve, const Entry *entry);

#endif
