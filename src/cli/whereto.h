/* The realm to name to somebody who has no ticket. */
#ifndef CLI_WHERETO_H
#define CLI_WHERETO_H

#include "collect/plan.h"
#include "ticket/credentials.h"

/* The realm behind the DC that is named, else that of this machine's domain by DNS;
 * borrows `live`. */
CredentialsHome
whereto_home(const LiveOptions *live);

/* What kinit, ldapsearch or this program said, in plain words (transfer full); NULL: the
 * text is none of theirs.  `domain`: the one that was meant; NULL: this machine's. */
char *
whereto_explain(const char *pasted, const char *domain);

/* Whether the domain of `live` may be one: a NetBIOS name that DNS does not know is none.
 * FAULT_CONFIG, with the name that was perhaps meant. */
bool
whereto_check(const LiveOptions *live, GError **error);

#endif
