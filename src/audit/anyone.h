/* What keeps whoever asks from a ticket, where no single source is judged: unconstrained
 * delegation, and RBCD for everybody. */
#ifndef AUDIT_ANYONE_H
#define AUDIT_ANYONE_H

#include "audit/verdict.h"

/* What was found: the worst, and its reasons (of const char *, as long as the context;
 * NULL: nobody wants them). */
typedef struct {
    VerdictContext *context;
    GPtrArray *reasons;
    Verdict verdict;
} Anyone;

void
anyone_say(Anyone *anyone, Verdict verdict, const char *reason);

/* Whether some source gets, for a user, a ticket to the target; that its descriptor and
 * its SPN serve is asked elsewhere. */
void
anyone_acts_on(Anyone *anyone, const Account *target);

/* Whether users hand their tickets over to an account that is trusted for any service. */
void
anyone_forwards_to(Anyone *anyone, const Account *account);

#endif
