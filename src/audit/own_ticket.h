/* Whether a KDC gives an account that delegates a TGT of its own: without one there is no
 * S4U (MS-SFU 3.1.5.1).  That it is disabled is told apart. */
#ifndef AUDIT_OWN_TICKET_H
#define AUDIT_OWN_TICKET_H

#include "model/authn.h"
#include "model/signin.h"

typedef struct {
    Tri refused;
    guint slips;      /* bit per SignInSlip: those that refuse; where none is sure, the
                         doubtful */
    bool policy;      /* an authentication policy refuses, or is in doubt */
    bool locked_away; /* no machine may read its managed password: in doubt, since one
                       * that read it before has it until it changes */
    AuthnCheck from;
    AttrId attr;   /* where the first of them stands */
    GString *text; /* clauses: why, or what it hangs on */
} OwnTicket;

OwnTicket
own_ticket_of(const Estate *estate, const Account *source);
void
own_ticket_clear(OwnTicket *own);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OwnTicket, own_ticket_clear)

#endif
