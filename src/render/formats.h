/* The functions behind the table of renderers, one file each. */
#ifndef RENDER_FORMATS_H
#define RENDER_FORMATS_H

#include "render/report.h"

#include <jansson.h>

void
render_text(const Report *report, GString *out);

/* contract kcdaudit.report/2: data/kcdaudit.report.schema.json */
void
render_json(const Report *report, GString *out);

/* One row per finding: rule,severity,status,subject,target,spn,title,detail,fix,waived.
 */
void
render_csv(const Report *report, GString *out);

/* One self-contained page: no network, strict CSP. */
void
render_html(const Report *report, GString *out);

/* A suite per rule, a case per subject. */
void
render_junit(const Report *report, GString *out);

/* The text format of node_exporter's textfile collector. */
void
render_prometheus(const Report *report, GString *out);

/* One pair, as the report and `kcdaudit check` give it (transfer full). */
json_t *
render_pair(const Pair *pair);

#endif
