/* Who becomes whom in several steps, by delegation alone: A may act on B, and B on a
 * domain controller.
 *
 * A step is an edge that works or may work.  A ticket is to an account, whatever the SPN:
 * who may act on B for any service acts on B.  An edge of a group is a step of each
 * member that is not disabled, and still one edge; one of Everyone or its like, a step of
 * every account that delegates or is delegated to.  Ghosts and orphans take no part, and
 * unconstrained delegation is no step: it names nobody to act on.  All Tier 0 is one
 * place: a way ends there.  Whoever may be Tier 0 unread is taken for not.
 */
#ifndef AUDIT_CHAINS_H
#define AUDIT_CHAINS_H

#include "audit/delegation.h"

#define CHAINS_LISTED 200

/* The shortest way from an account to Tier 0, also by a single step; or to another
 * account that is two steps away or more. */
typedef struct {
    const Account *from; /* not Tier 0 */
    const Account *to;
    bool tier0;       /* `to` is Tier 0 */
    GPtrArray *steps; /* of const Edge * */
} Chain;

/* One edge of a smallest set whose removal ends every way to Tier 0, whoever takes it:
 * also Everyone where no account has edges, and trustees of domains that were not read.
 * As whoever stands on a way may begin there, these are the last steps of all ways. */
typedef struct {
    const Edge *edge;
    guint frees; /* accounts that reach Tier 0 no more once it alone is gone */
} Cut;

/* Who gets to Tier 0, and by which edge first: all of them, however many. */
typedef struct {
    const Account *from;
    const Account *to; /* where the shortest way ends */
    guint steps;       /* of that way */
    const Edge *first; /* its first step */
    guint next;        /* index of who comes after it; REACHING_END: Tier 0 */
} Reaching;

#define REACHING_END G_MAXUINT

typedef struct {
    GPtrArray *chains; /* of Chain *: those to Tier 0 first, by name; the first
                        * CHAINS_LISTED */
    guint count;       /* of all that were found */
    bool more;        /* there may be more, but none to Tier 0: pairs grow with the square
                       * of the accounts, and the search with the edges */
    GArray *cut;      /* of Cut, those that free most first */
    GArray *reaching; /* of Reaching, by name */
} Chains;

/* Of all edges, by id (of const Edge *, borrowed; transfer full). */
Chains *
chains_find(const Estate *estate, const GPtrArray *edges);
void
chains_free(Chains *chains);

/* Whether it is a step for anybody: for one of its SPNs, or one of the group. */
bool
chains_edge_is_step(const Edge *edge);

#endif
