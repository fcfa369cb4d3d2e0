/* What keeps a KDC from issuing anything for an account: a TGT, and for a user also a
 * ticket by S4U2Self (MS-KILE 3.3.5.6, MS-SFU 3.2.5.1).  Each ends in
 * KDC_ERR_CLIENT_REVOKED or its kin. */
#ifndef MODEL_SIGNIN_H
#define MODEL_SIGNIN_H

#include "model/token.h"

typedef enum {
    SIGNIN_DISABLED,     /* userAccountControl 0x2 */
    SIGNIN_EXPIRED,      /* accountExpires has passed */
    SIGNIN_LOCKED,       /* lockoutTime, as long as the lockoutDuration that applies */
    SIGNIN_OFF_HOURS,    /* logonHours do not hold the hour of the audit */
    SIGNIN_MUST_CHANGE,  /* pwdLastSet is 0: "must change password at next logon" */
    SIGNIN_PASSWORD_OLD, /* pwdLastSet is before the maxPwdAge that applies */
    SIGNIN_CARD,         /* userAccountControl 0x40000, of a service */
    SIGNIN_COUNT
} SignInSlip;

/* As whom it signs in: a person now, or a service at any time and unattended, which
 * needs a TGT of its own before it can act for anybody (MS-SFU 3.1.5.1). */
typedef enum { SIGNIN_PERSON, SIGNIN_SERVICE, SIGNIN_AS_COUNT } SignInAs;

/* Whether this stands in the account's way at the moment of the reading. */
Tri
signin_refused(const Estate *estate, const Account *account, SignInAs as,
               SignInSlip slip);

/* The attribute that says so, and what it means in a clause: "its account has expired".
 */
AttrId
signin_attribute(SignInSlip slip);
const char *
signin_clause(SignInAs as, SignInSlip slip);

/* The attribute's value, as the directory holds it or in words (transfer full). */
char *
signin_value(const Account *account, SignInAs as, SignInSlip slip);

/* What it hangs on, in a clause, where unknown (transfer full). */
char *
signin_doubt(const Estate *estate, const Account *account, SignInSlip slip);

/* Whether the host of this token (at a KDC of the user's domain) may read the groups of
 * `user`, without which S4U2Self for them fails with KDC_ERR_C_PRINCIPAL_UNKNOWN:
 * tokenGroupsGlobalAndUniversal, by the user's own descriptor (KB 2009157).  Unknown
 * where that, or what it hangs on of the token, was not read. */
Tri
signin_groups_readable(const Account *user, const Token *host);
/* The same for who is in it by what `has` says. */
Tri
signin_groups_open(const Account *user, TokenHas has, gpointer token);

#endif
