/* Whom RBCD descriptors may let in, found by the SIDs that they name; inside of audit. */
#ifndef AUDIT_LET_IN_H
#define AUDIT_LET_IN_H

#include "model/edge.h"

typedef struct LetIn LetIn;

/* Of accounts that have a descriptor (of const Account *); borrows the index, whose
 * descriptors stay as they are (transfer full). */
LetIn *
let_in_new(EdgeIndex *edges, const Estate *estate, const GPtrArray *targets);
void
let_in_free(LetIn *let_in);

/* Whether some descriptor lets the account in, by whatever group.  Unknown, too, where
 * more descriptors than LET_IN_TRIED name what it carries and none of these lets it in.
 */
#define LET_IN_TRIED 1000
Tri
let_in_any(const LetIn *let_in, const Account *account);

#endif
