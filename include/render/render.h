/* Reports. */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include "audit/audit.h"
#include "fix/fix.h"

typedef struct {
    const Audit *audit;
    const GPtrArray *fixes; /* of Fix * */
    const char *tool_version;
    gint64 started_us;
    gint64 duration_ms;
    bool all_pairs;
    /* Text only. */
    bool color;
    bool utf8;
    bool quiet;
    int verbose;
    int width;             /* columns; 0: not a terminal */
    const char *fixes_dir; /* NULL: not written */
} Report;

typedef struct {
    const char *name; /* "text" */
    void (*render)(const Report *report, GString *out);
} Renderer;

extern const Renderer renderers[]; /* ended by a NULL name */

const Renderer *
renderer_find(const char *name);

#endif
