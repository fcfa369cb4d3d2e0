/* The functions behind the table of renderers, one file each. */
#ifndef RENDER_FORMATS_H
#define RENDER_FORMATS_H

#include "audit/grouping.h"
#include "render/report.h"

#include <jansson.h>

void
render_text(const Report *report, GString *out);

/* contract kcdaudit.report/2: data/kcdaudit.report.schema.json */
void
render_json(const Report *report, GString *out);

/* One row per finding, its columns named in the first. */
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

/* One JSON object a line. */
void
render_jsonl(const Report *report, GString *out);

/* SARIF 2.1.0 */
void
render_sarif(const Report *report, GString *out);

/* One line with numbers, for monitoring. */
void
render_nagios(const Report *report, GString *out);

/* Who wrote it; and what was read, where and when (each transfer full).  `complete`:
 * nothing that was judged is unknown. */
json_t *
render_tool(const Report *report);
json_t *
render_run(const Report *report, bool complete);
/* Each DC or file that was read (transfer full). */
json_t *
render_sources(const Report *report);

/* What the KDC gave on behalf of a user; null where it was not asked (transfer full). */
json_t *
render_proof(const PairProof *proof);

/* One finding, and what findings are listed as, each once (each transfer full;
 * `findings`: of const Finding *). */
json_t *
render_finding(const FindingGroup *group);
json_t *
render_ids(const GPtrArray *findings);

/* The number of the run in the history; 0: none is kept. */
gint64
report_run(const Report *report);

/* What is said of the pair's services (transfer full). */
json_t *
render_services(const Pair *pair);

/* One pair, as the report and `kcdaudit check` give it (transfer full). */
json_t *
render_pair(const Pair *pair);

#endif
