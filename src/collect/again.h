/* Entries of files whose DN stood before: of two values the newer one's counts, and where
 * neither is newer the attribute is not known. */
#ifndef COLLECT_AGAIN_H
#define COLLECT_AGAIN_H

#include "builder.h"

typedef struct Again Again;

Again *
again_new(void);
void
again_free(Again *again);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Again, again_free)

/* Compares an entry with what the account carries already, before it is taken. */
void
again_compare(Again *again, const Builder *builder, Taken *taken, const Entry *entry);

/* Once all is read: what differs is forgotten, with a gap. */
void
again_settle(const Again *again, Builder *builder);

#endif
