/* Who is in the logon of an operator on a host; inside of audit. */
#ifndef AUDIT_LOGON_H
#define AUDIT_LOGON_H

#include "checks.h"
#include "model/token.h"

#define LOGON_ALLOWED "SeNetworkLogonRight"
#define LOGON_DENIED "SeDenyNetworkLogonRight"

/* Whether the network logon of a user at the host holds the SID (token NULL: of some
 * user).  The host's own groups are known where it told who is in them. */
Tri
logon_holds(const Audit *audit, const Host *host, const Token *token, const Sid *sid);

/* Whom a list of principals keeps out: names for a sentence; NULL: nobody. */
typedef struct {
    GString *refused;
    GString *doubtful; /* it cannot be told */
} LoggedOff;

/* By the principals (of char *) that have one of the two rights.  With no operator named,
 * a list of groups that are denied says nothing. */
LoggedOff
logged_off(const Audit *audit, const Host *host, const char *right,
           const GPtrArray *principals);
void
logged_off_clear(LoggedOff *off);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LoggedOff, logged_off_clear)

#endif
