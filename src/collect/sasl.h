/* A SASL bind, step by step. */
#ifndef COLLECT_SASL_H
#define COLLECT_SASL_H

#include "collect/plan.h"
#include "guard.h"

#include <ldap.h>

/* Binds by one mechanism, each answer within the time.  Returns libldap's result.
 * *ret_done: the exchange went to its end, where GSS-SPNEGO and GSSAPI have proved the DC
 * to us (mutual authentication); a success without that is anybody's. */
int
sasl_bind(LDAP *ldap, Guard *guard, int timeout_s, Mech mech, bool *ret_done);

#endif
