/* The formats of reports. */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include "render/report.h"

typedef struct {
    const char *name; /* "text" */
    void (*render)(const Report *report, GString *out);
    bool shared; /* names nobody, and is read by another user: its file is 0644 */
} Renderer;

extern const Renderer renderers[]; /* ended by a NULL name */

const Renderer *
renderer_find(const char *name);

#endif
