/* What the configuration asks for beyond live migration: [delegation] sections and
 * further services of a [group], account by account. */
#ifndef AUDIT_DECLARED_H
#define AUDIT_DECLARED_H

#include "audit/audit.h"

/* That one account can delegate to one SPN. */
typedef struct Demand {
    const char *section; /* the name of its [delegation] or [group] */
    const Account *source;
    const char *spn;       /* a glob where it is not required */
    bool required;         /* else it is allowed: nothing is missing without */
    const Account *target; /* who answers; NULL: not exactly one account, or a glob */
    GroupMode mode;
    GroupPt pt;      /* never PT_DEFAULT */
    Leg way;         /* of what has to be made where it is missing: LEG_KCD, LEG_RBCD */
    bool missing;    /* neither an entry nor a grant is there for it */
    Verdict verdict; /* by the section's mode; of what is not required VERDICT_READY */
    List *const *reasons;      /* of text: why it is not ready; NULL: none (list_at) */
    Pair *pair;                /* by which it was judged; NULL: nothing to ask */
    const struct Demand *next; /* of demands_towards; NULL: the last */
} Demand;

/* What is asked of the account (of const Demand *, transfer none); NULL: nothing. */
const GPtrArray *
demands_of(const Audit *audit, const Account *source);

/* The first, as they are declared, of those of the account to which that target answers;
 * NULL: none. */
const Demand *
demands_towards(const Audit *audit, const Account *source, const Account *target);

/* Whether the configuration says what the account may delegate to. */
bool
demands_bound(const Audit *audit, const Account *source);

/* Whether something asks for, or allows, that entry of the account's list. */
bool
demands_entry(const Audit *audit, const Account *source, const char *entry);

/* The RBCD edges from the account that nothing asks for (of const Edge *, transfer none);
 * NULL: none. */
const GPtrArray *
demands_excess(const Audit *audit, const Account *source);

/* What its sections say of protocol transition: PT_REQUIRED where one requires it,
 * PT_FORBIDDEN where one forbids it and nothing needs it, else PT_OPTIONAL. */
GroupPt
demands_transition(const Audit *audit, const Account *source);

#endif
