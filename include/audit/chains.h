/* Who becomes whom in several steps, by delegation alone: A may act on B, and B on a
 * domain controller. */
#ifndef AUDIT_CHAINS_H
#define AUDIT_CHAINS_H

#include "audit/delegation.h"

#define CHAINS_LISTED 200

/* The shortest way from one account to another; towards Tier 0, where there is one. */
typedef struct {
    const Account *from;
    const Account *to;
    bool tier0;       /* `to` is Tier 0 */
    GPtrArray *steps; /* of const Edge *, two or more; one is no chain unless it ends at
                       * Tier 0 */
} Chain;

/* One edge of a smallest set whose removal ends every way to Tier 0. */
typedef struct {
    const Edge *edge;
    guint frees; /* accounts that reach Tier 0 no more once it alone is gone */
} Cut;

typedef struct {
    GPtrArray
        *chains; /* of Chain *, those to Tier 0 first, by name; CHAINS_LISTED at most */
    guint count; /* of all there are */
    GArray *cut; /* of Cut, those that free most first */
} Chains;

/* Of the edges that work or may work (transfer full). */
Chains *
chains_find(const struct Audit *audit);
void
chains_free(Chains *chains);

#endif
