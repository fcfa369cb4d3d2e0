/* The ends of delegations beyond the hosts: who holds the SPNs that lists name, whom
 * descriptors let act, who is in groups among these, and what groups all of them are
 * in.  Each step asks in batches, so that searches follow what delegates, and not the
 * domain. */
#ifndef COLLECT_ENDS_H
#define COLLECT_ENDS_H

#include "reader.h"

/* Queues the searches for members of groups that descriptors let act. */
void
ends_ask_members(Reader *reader);

/* Queues the other ends that were not read with all that conditions ask; false: none.
 * They count as judged from then on. */
bool
ends_ask(const Reader *reader);

/* Whether a descriptor or a policy names groups, so that it matters who is in which. */
bool
ends_want_groups(const Reader *reader);

/* Queues the groups that the ends are in and that were not read, one level; `asked`:
 * set of folded DNs and of SIDs' texts, empty at first.  False: none. */
bool
ends_ask_groups(const Reader *reader, GHashTable *asked);

#endif
