/* The functions behind the table of renderers, one file each. */
#ifndef RENDER_FORMATS_H
#define RENDER_FORMATS_H

#include "render/render.h"

#include <jansson.h>

void
render_text(const Report *report, GString *out);

/* contract kcdaudit.report/1: data/kcdaudit.report.schema.json */
void
render_json(const Report *report, GString *out);

/* One pair, as the report and `kcdaudit check` give it (transfer full). */
json_t *
render_pair(const Pair *pair);

#endif
