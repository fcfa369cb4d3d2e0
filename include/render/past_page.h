/* The history of audits and the difference of two, for people and as JSON. */
#ifndef RENDER_PAST_PAGE_H
#define RENDER_PAST_PAGE_H

#include "audit/past.h"
#include "render/page.h"

#include <jansson.h>

typedef struct {
    const char *place;     /* the file */
    const GPtrArray *runs; /* of PastRun *, the newest first */
    guint limit;           /* shown of them */
    bool quiet;
    bool verbose;
} PastRuns;

typedef struct {
    const char *place;
    const char *name;       /* what was asked for */
    const GPtrArray *lives; /* of PastLife * */
    bool quiet;
    bool verbose;
} PastLives;

typedef struct {
    const char *place;
    const Comparison *comparison;
    bool quiet;
    bool verbose;
} PastDiff;

/* Each takes one of the above: what View of cli/emit.h calls. */

/* kcdaudit.history/1: data/kcdaudit.history.schema.json */
void
past_draw_runs(const void *what, Page *page);
json_t *
past_runs_json(const void *what);
void
past_draw_lives(const void *what, Page *page);
json_t *
past_lives_json(const void *what);

/* kcdaudit.diff/1: data/kcdaudit.diff.schema.json */
void
past_draw_diff(const void *what, Page *page);
json_t *
past_diff_json(const void *what);

/* "2026-11-20 02:00", UTC (transfer full); "?" where there is no such time. */
char *
past_minute(gint64 unix_us);

#endif
