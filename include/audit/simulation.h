/* The pairs of an audit and its delegations that may work, judged again as if changes had
 * been made.
 *
 * The directory alone is asked: what a KDC answered before the changes says nothing
 * of the time after them. */
#ifndef AUDIT_SIMULATION_H
#define AUDIT_SIMULATION_H

#include "audit/audit.h"

/* A change of one attribute of one account: of servicePrincipalName and
 * msDS-AllowedToDelegateTo values, of userAccountControl bits, of
 * msDS-AllowedToActOnBehalfOfOtherIdentity all of it, of memberOf one group more, which
 * is not taken back, or one less, of msDS-SupportedEncryptionTypes bits that are set. */
typedef struct {
    const Account *account;
    AttrId attr;
    const GPtrArray *add;    /* of const char *; NULL: none */
    const GPtrArray *remove; /* the same */
    guint32 set;
    guint32 clear;
    GBytes *rbcd;         /* NULL: it goes */
    const Account *group; /* one that was read */
    bool leave;           /* the account leaves it */
} Edit;

typedef struct Simulation Simulation;

/* Borrows the audit and the edits (of Edit) with all that they name.  None is made
 * yet. */
Simulation *
simulation_new(const Audit *audit, const GArray *edits);
void
simulation_free(Simulation *simulation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Simulation, simulation_free)

/* Makes the edit of that index, or takes it back. */
void
simulation_switch(Simulation *simulation, guint edit, bool on);
void
simulation_switch_all(Simulation *simulation, bool on);

/* The pairs whose verdict an edit may change, those of delegations too: they are about
 * one written SPN (transfer container, of const Pair *). */
GPtrArray *
simulation_pairs(const Simulation *simulation, guint edit);

/* The pair as it is with the edits that are made (transfer full; its ends are the
 * audit's own accounts). */
Pair *
simulation_verdict(Simulation *simulation, const Pair *pair);

/* What the delegation is worth with the edits that are made, by the SPNs that it has
 * today; VERDICT_COUNT: it is there no more. */
Verdict
simulation_edge(Simulation *simulation, const Edge *edge);

/* Whether the edits that are made turn the pair worse than it is: a service's
 * verdict, or names by which it can be reached.  *ret_after (may be NULL): the pair
 * as it is then (transfer full; NULL: it is not worse). */
bool
simulation_worsens(Simulation *simulation, const Pair *pair, Pair **ret_after);

#endif
