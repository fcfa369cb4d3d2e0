/* The latest audit of each scope of a history, for people and as JSON. */
#ifndef RENDER_FLEET_H
#define RENDER_FLEET_H

#include "audit/past.h"
#include "render/page.h"

#include <jansson.h>

typedef struct {
    const char *place;     /* the history */
    const GPtrArray *runs; /* of PastRun *, one of each scope, the worst first */
    gint64 now_us;
    bool quiet;
    bool verbose;
} Fleet;

/* The worst first: by grade, what was not determined before what was, by points, by
 * findings and verdicts, by name. */
void
fleet_sort(GPtrArray *runs);

/* Each takes a Fleet: what View of cli/emit.h calls. */
void
fleet_draw(const void *what, Page *page);
/* One page that loads nothing. */
void
fleet_html(const void *what, GString *out);
/* kcdaudit.fleet/1: data/kcdaudit.fleet.schema.json */
json_t *
fleet_json(const void *what);

#endif
