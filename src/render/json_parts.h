/* Parts of the JSON report, each written or made by itself. */
#ifndef RENDER_JSON_PARTS_H
#define RENDER_JSON_PARTS_H

#include "formats.h"

#include <jansson.h>

/* Two members: "pairs", and "lacks", what the pairs' numbers stand for. */
void
json_write_pairs(GString *out, const Report *report);

/* An element: a FindingGroup, a Fix. */
void
json_write_finding(GString *out, const Report *report, gconstpointer element);
void
json_write_fix(GString *out, const Report *report, gconstpointer element);

/* Of a FirstStep, and of a Waiver (transfer full). */
json_t *
json_step(const Report *report, gconstpointer element);
json_t *
json_waiver(const Report *report, gconstpointer item);

#endif
