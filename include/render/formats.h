/* The functions behind the table of renderers, one file each. */
#ifndef RENDER_FORMATS_H
#define RENDER_FORMATS_H

#include "render/render.h"

void
render_text(const Report *report, GString *out);

/* contract kcdaudit.report/1: data/kcdaudit.report.schema.json */
void
render_json(const Report *report, GString *out);

#endif
