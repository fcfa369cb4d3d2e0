/* Rows of runs, as the pages of a history and of a fleet share them. */
#ifndef RENDER_PAST_ROW_H
#define RENDER_PAST_ROW_H

#include "audit/past.h"
#include "render/table.h"

#include <jansson.h>

/* Columns of one run: number or scope before them is the caller's. */
guint
past_row_columns(void);

/* "started (UTC)", "grade", "ready" ... and an empty one for remarks. */
void
past_row_head(Table *table);
void
past_row_add(Table *table, const PastRun *run, const char *remark);

/* "exit 3, incomplete, offline" (transfer full). */
char *
past_row_remark(const PastRun *run, bool verbose);

/* As it stands in JSON (transfer full). */
json_t *
past_run_json(const PastRun *run);

#endif
