/* When what a finding comes of was last changed, and where the log tells who did it. */
#ifndef RENDER_CHANGED_H
#define RENDER_CHANGED_H

#include "audit/changed.h"

#include <jansson.h>

/* [{"attribute", "time", "dc", "version", "events"}] (transfer full). */
json_t *
changed_json(const Finding *finding);

/* A sentence for each (of char *, transfer full). */
GPtrArray *
changed_lines(const Finding *finding);

#endif
