/* One ordered pair, explained: its conditions, and the one command to run next. */
#ifndef RENDER_EXPLAIN_H
#define RENDER_EXPLAIN_H

#include "audit/conditions.h"
#include "render/page.h"
#include "render/pair_steps.h"
#include "render/report.h"

#include <jansson.h>

typedef struct {
    const Report *report;
    const Pair *pair;
    const Pair *back; /* the other direction; NULL: the target is a file server */
    ConditionList *conditions;
    GPtrArray *commands;  /* of char *: to run next, one fix; empty: no script could */
    const char *language; /* "setspn" | "powershell" | "ldif" | "klist"; NULL: none */
    char *advice;         /* a sentence or two beside it */
    GPtrArray *steps;     /* of NextStep *: all that blocks the pair, in order, then the
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
void
explain_free(Explanation *explanation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Explanation, explain_free)

/* Whether evidence for this direction is missing. */
bool
explain_incomplete(const Explanation *explanation);

/* The last part of explain_pair (explain_next.c). */
void
explain_find_next(Explanation *explanation);

/* The same of a written SPN: what to set, in words (explain_spn.c).  Appends a sentence
 * for each condition that does not hold (of char *). */
void
explain_spn_advice(const Explanation *explanation, GPtrArray *into);

/* "migration", or the class of the SPN that somebody wrote (transfer full). */
char *
explain_service_name(const Pair *pair, int which);
/* The SPN that somebody wrote, and that the pair is about; NULL: what its group needs. */
const char *
explain_written(const Pair *pair);

/* "a live migration can authenticate" */
const char *
explain_sentence(const Pair *pair);
/* "ready: migration (Microsoft Virtual System Migration Service), allowed by kcd"
 * (transfer full). */
char *
explain_service(const Pair *pair, Service which);
void
explain_draw(const Explanation *explanation, Page *page);
json_t *
explain_json(const Explanation *explanation);

#endif
