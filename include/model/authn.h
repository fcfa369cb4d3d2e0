/* Authentication policies and silos: whose tickets an account takes (MS-KILE 3.3.5.4 to
 * 3.3.5.7). */
#ifndef MODEL_AUTHN_H
#define MODEL_AUTHN_H

#include "model/authnpolicy.h"
#include "model/estate.h"

/* For collectors: made where there is none yet (transfer none). */
AuthnPolicy *
estate_add_authn_policy(Estate *estate, const char *dn);
AuthnSilo *
estate_add_authn_silo(Estate *estate, const char *dn);

/* Which access check a KDC makes before it gives anybody a ticket to an account. */
typedef struct {
    Tri applies;               /* no: everybody gets one */
    const AuthnPolicy *policy; /* borrowed; NULL: none, or not known which */
    const AuthnSilo *silo;     /* through which; NULL: assigned to the account itself */
    GBytes *descriptor; /* borrowed; NULL where it does not apply or is not known */
    const char *why;    /* one clause, where unknown (transfer none) */
} AuthnCheck;

/* The check before a ticket to `target`.  A silo counts where the account names it and
 * the silo names the account; then it alone counts, also where it is not enforced. */
AuthnCheck
authn_check_of(const Estate *estate, const Account *target);

/* The check before a TGT of the account's own.  The policy's descriptor is held against
 * the machine on which the account signs in, by the ticket that armours the request
 * (FAST): without one the KDC refuses (MS-KILE 3.3.5.6). */
AuthnCheck
authn_check_from(const Estate *estate, const Account *source);

/* Whether no machine at all is let in by the check's descriptor. */
bool
authn_from_nowhere(const AuthnCheck *check);

/* Whether any policy or silo that was read is enforced. */
bool
authn_any_enforced(const Estate *estate);

#endif
