/* One ordered pair, explained: its conditions, and the one command to run next. */
#ifndef RENDER_EXPLAIN_H
#define RENDER_EXPLAIN_H

#include "audit/conditions.h"
#include "render/page.h"
#include "render/render.h"

#include <jansson.h>

typedef struct {
    const Report *report;
    const Pair *pair;
    const Pair *back; /* the other direction; NULL: the target is a file server */
    ConditionList *conditions;
    GPtrArray *commands;  /* of char *: to run next, one fix; empty: no script could */
    const char *language; /* "setspn" | "powershell" | "ldif" | "klist"; NULL: none */
    char *advice;         /* a sentence or two beside it */
} Explanation;

/* Leaves in the audit only the findings that bear on this direction: others
 * were judged without their partners, and nobody asked.  After audit_run, before
 * fix_plan. */
void
explain_narrow(Audit *audit, const Pair *pair);

/* How findings of a rule bear on a pair. */
typedef enum {
    BEARS_ON_PAIR = 1 << 0, /* told of one pair */
    BEARS_TURNED = 1 << 1, /* that pair's subject is the target, whose descriptor it is */
    BEARS_ON_SOURCE = 1 << 2, /* told of an account as a source */
    BEARS_ON_TARGET = 1 << 3, /* told of an account as a target */
    BEARS_ON_ALL = 1 << 4,    /* a slip of the domain or of an operator */
} Bearing;

guint
explain_bearing(const char *rule);

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
