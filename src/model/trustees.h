/* Which access entries of a long list can be about a token, without asking it for each.
 */
#ifndef MODEL_TRUSTEES_H
#define MODEL_TRUSTEES_H

#include "model/secdesc.h"
#include "model/token.h"

typedef struct Trustees Trustees;

/* Of a descriptor with a list (transfer full); NULL: so short that all are asked.
 * Borrows both. */
Trustees *
trustees_new(const Estate *estate, const SecDesc *descriptor);
void
trustees_free(Trustees *trustees);

/* The places of all whose SID the token has or may have (of guint, in order; transfer
 * full). */
GArray *
trustees_in(const Trustees *trustees, const Token *token);

#endif
