/* Authentication policies and silos: whose tickets an account takes (MS-KILE 3.3.5.4 to
 * 3.3.5.7). */
#ifndef MODEL_AUTHN_H
#define MODEL_AUTHN_H

#include "model/estate.h"

/* What a policy or a silo says of accounts of one type. */
typedef enum { AUTHN_USER, AUTHN_COMPUTER, AUTHN_SERVICE, AUTHN_TYPE_COUNT } AuthnType;

/* msDS-AuthNPolicy */
typedef struct AuthnPolicy {
    const char *dn;
    const char *name;
    Tri enforced; /* msDS-AuthNPolicyEnforced */
    GBytes
        *to[AUTHN_TYPE_COUNT]; /* ...AllowedToAuthenticateTo; NULL: none, or not read */
    Tri to_read[AUTHN_TYPE_COUNT]; /* unknown: nothing told whether it may be there */
} AuthnPolicy;

/* msDS-AuthNPolicySilo */
typedef struct AuthnSilo {
    const char *dn;
    const char *name;
    Tri enforced;                         /* msDS-AuthNPolicySiloEnforced */
    const char *policy[AUTHN_TYPE_COUNT]; /* DNs; NULL: none, or not read */
    Tri policy_read[AUTHN_TYPE_COUNT];
    GHashTable *members; /* set of folded DNs */
    Tri members_read;    /* no: there may be more */
} AuthnSilo;

/* For collectors: made where there is none yet (transfer none). */
AuthnPolicy *
estate_add_authn_policy(Estate *estate, const char *dn);
AuthnSilo *
estate_add_authn_silo(Estate *estate, const char *dn);
void
authn_policy_free(AuthnPolicy *policy);
void
authn_silo_free(AuthnSilo *silo);

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

/* Whether any policy or silo that was read is enforced. */
bool
authn_any_enforced(const Estate *estate);

#endif
