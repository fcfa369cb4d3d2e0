/* One ordered pair, explained: every condition of its verdict with the value
 * seen and where it stands, and the one command to run next. */
#ifndef RENDER_EXPLAIN_H
#define RENDER_EXPLAIN_H

#include "render/page.h"
#include "render/report.h"

#include <jansson.h>

typedef enum { CONDITION_PASS, CONDITION_FAIL, CONDITION_UNKNOWN } ConditionState;

/* What is asked. */
typedef enum {
    WHAT_DNS_NAME,
    WHAT_SPN,
    WHAT_KCD,
    WHAT_TICKET,
    WHAT_RBCD,
    WHAT_UNCONSTRAINED,
    WHAT_SOURCE_ENABLED,
    WHAT_SOURCE_DELEGABLE,
    WHAT_SOURCE_UNPROTECTED,
    WHAT_TRANSITION,
    WHAT_KRBTGT,
    WHAT_OPERATOR_DELEGABLE,
    WHAT_OPERATOR_UNPROTECTED,
    WHAT_COUNT
} What;

typedef struct {
    What what;
    int service; /* Service; -1: of the pair as a whole */
    char *name;  /* the SPN, or the operator; NULL: none */
    ConditionState state;
    bool spared; /* nothing hangs on it: another leg allows, or the leg is none */
    char *seen;  /* the value */
    const char *attribute; /* where it stands; NULL: `place` says */
    const Account *account;
    char *place;
} Condition;

/* One thing to do. */
typedef struct {
    char *advice;         /* what it is about */
    GPtrArray *commands;  /* of char *; empty: no script could */
    const char *language; /* as below */
} NextStep;

typedef struct {
    const Report *report;
    const Pair *pair;
    const Pair *back;      /* the other direction; NULL: the target is a file server */
    GPtrArray *conditions; /* of Condition * */
    GPtrArray *commands;   /* of char *: to run next, one fix; empty: no script could */
    const char *language;  /* "setspn" | "powershell" | "ldif" | "klist"; NULL: none */
    char *advice;          /* a sentence or two beside it */
    GPtrArray *steps;      /* of NextStep *: all that blocks the pair, in order, then the
                            * purge; empty: nothing does.  The first is told above, too */
} Explanation;

/* Leaves in the audit only the findings that bear on this direction: others
 * were judged without their partners, and nobody asked.  After audit_run, before
 * fix_plan. */
void
explain_narrow(Audit *audit, const Pair *pair);

/* Borrows the report of a narrowed audit. */
Explanation *
explain_pair(const Report *report, const Pair *pair);
/* The conditions alone, for reports of many pairs: no command, no advice. */
Explanation *
explain_conditions(const Report *report, const Pair *pair);
void
explain_free(Explanation *explanation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Explanation, explain_free)

/* Whether evidence for this direction is missing. */
bool
explain_incomplete(const Explanation *explanation);

/* The last part of explain_pair (explain_next.c). */
void
explain_find_next(Explanation *explanation);

void
explain_draw(const Explanation *explanation, Page *page);
json_t *
explain_json(const Explanation *explanation);

#endif
