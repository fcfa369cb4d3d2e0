/* All that blocks one pair, step by step, each with its commands. */
#ifndef RENDER_PAIR_STEPS_H
#define RENDER_PAIR_STEPS_H

#include "fix/fix.h"
#include "render/page.h"

#include <jansson.h>

/* One thing to do. */
typedef struct {
    char *advice;         /* what it is about */
    GPtrArray *commands;  /* of char *; empty: no script could */
    const char *language; /* "setspn" | "powershell" | "ldif" | "klist"; NULL: none */
} NextStep;

/* Without steps (transfer full, of NextStep *). */
GPtrArray *
pair_steps_new(void);
/* One step more, without commands; `advice` is taken over (transfer none). */
NextStep *
pair_steps_add(GPtrArray *steps, char *advice);

/* The findings that block the pair, and no others as far as that can be judged again, in
 * the order in which to fix (transfer container, of const Finding *); empty: none of
 * those there are does.  The fixes are those of findings that concern the pair. */
GPtrArray *
pair_blockers(const Audit *audit, const GPtrArray *fixes, const Pair *pair);

/* Steps that end the findings, each command once.  Those of `told` (NULL: none) need no
 * sentences: they stand elsewhere. */
void
pair_steps_take(GPtrArray *steps, const Audit *audit, const GPtrArray *fixes,
                const GPtrArray *findings, const GPtrArray *told);

/* The purge, since hosts remember, and how to see that it works. */
void
pair_steps_end(GPtrArray *steps, const GPtrArray *findings, const Pair *pair);

/* Numbered from 1. */
void
pair_steps_draw(const GPtrArray *steps, Page *page);
/* Lines to copy. */
void
pair_steps_draw_commands(const GPtrArray *commands, Page *page);
json_t *
pair_steps_json(const GPtrArray *steps);

#endif
