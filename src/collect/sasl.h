/* A SASL bind, step by step. */
#ifndef COLLECT_SASL_H
#define COLLECT_SASL_H

#include "collect/plan.h"
#include "guard.h"

#include <ldap.h>

typedef struct {
    LDAP *ldap;
    Guard *guard;
    int timeout_s;
    Mech mech;
    gpointer owner;       /* of the connection and its guard */
    GDestroyNotify close; /* of the owner, where a thread is left with it */
} SaslPlan;

/* Binds by one mechanism, each answer within the time.  Returns libldap's result.
 * *ret_done: the exchange went to its end, where GSS-SPNEGO and GSSAPI have proved the DC
 * to us (mutual authentication); a success without that is anybody's.
 * *ret_left: no KDC gave a ticket for the DC in that time.  Then the owner is a thread's,
 * which closes it. */
int
sasl_bind(const SaslPlan *plan, bool *ret_done, bool *ret_left);

#endif
