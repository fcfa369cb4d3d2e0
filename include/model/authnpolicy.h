/* Authentication policies and silos as the directory holds them (MS-ADSC 2.120, 2.121).
 */
#ifndef MODEL_AUTHNPOLICY_H
#define MODEL_AUTHNPOLICY_H

#include "model/tri.h"

#include <glib.h>

/* What a policy or a silo says of accounts of one type. */
typedef enum { AUTHN_USER, AUTHN_COMPUTER, AUTHN_SERVICE, AUTHN_TYPE_COUNT } AuthnType;

/* Who may get tickets to the account, and from where it may get a TGT of its own. */
typedef enum { AUTHN_TO, AUTHN_FROM, AUTHN_END_COUNT } AuthnEnd;

/* msDS-AuthNPolicy */
typedef struct AuthnPolicy {
    const char *dn;
    const char *name;
    Tri enforced; /* msDS-AuthNPolicyEnforced */
    /* ...AllowedToAuthenticateTo and ...From; NULL: none, or not read.  Computers have no
     * From. */
    GBytes *descriptors[AUTHN_END_COUNT][AUTHN_TYPE_COUNT];
    /* Unknown: nothing told whether it may be there. */
    Tri read[AUTHN_END_COUNT][AUTHN_TYPE_COUNT];
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

AuthnPolicy *
authn_policy_new(void);
void
authn_policy_free(AuthnPolicy *policy);

AuthnSilo *
authn_silo_new(void);
void
authn_silo_free(AuthnSilo *silo);

#endif
