/* What a KDC's answer says of the hosts: it goes before what the directory says of them,
 * downwards. */
#ifndef AUDIT_ANSWER_H
#define AUDIT_ANSWER_H

#include "audit/audit.h"

#define KDC_ERR_NAME_EXP 1
#define KDC_ERR_C_PRINCIPAL_UNKNOWN 6
#define KDC_ERR_POLICY 12
#define KDC_ERR_BADOPTION 13
#define KDC_ERR_ETYPE_NOSUPP 14
#define KDC_ERR_CLIENT_REVOKED 18
#define KDC_ERR_KEY_EXPIRED 23

typedef enum {
    ANSWER_GRANTED,
    ANSWER_FORESEEN, /* refused, as the directory says: the verdict has it already */
    ANSWER_REFUSED,  /* refused to the hosts */
    ANSWER_OPERATOR, /* refused for the sake of the one who was impersonated */
    ANSWER_PROBE,    /* refused to the machine or the account that asked */
    ANSWER_NONE,     /* no KDC answered, or none that could decide it */
} AnswerKind;

/* Of S4U2Self.  `why` (may be NULL) gets a clause: what else explains it, or who is to
 * blame; nothing where it was granted. */
AnswerKind
answer_of_self(const Audit *audit, const ProofEvidence *proof, GString *why);

/* Of S4U2Proxy towards the pair's target. */
AnswerKind
answer_of_proxy(const Audit *audit, const Pair *pair, const TicketEvidence *result,
                GString *why);

/* Of a test ticket.  ANSWER_PROBE: it is the account that audits which gets none. */
AnswerKind
answer_of_ticket(const TicketEvidence *ticket);

/* Whether the directory allows S4U2Proxy, by any way: a group's mode says what is meant,
 * not what a KDC does.  Unconstrained delegation is no way of it. */
Tri
answer_expected(const Audit *audit, const Pair *pair, const char *spn);

#endif
