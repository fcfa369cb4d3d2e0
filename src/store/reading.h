/* Rows of the history, as the files that read runs back share them. */
#ifndef STORE_READING_H
#define STORE_READING_H

#include "audit/past.h"
#include "store/db.h"

/* Counts of a hostile file are numbers, no more. */
#define RUNS_COUNT_MAX G_MAXINT32

/* A column's text, "" for NULL (transfer full). */
char *
runs_text(const Statement *row, int column);

/* Gives targets (of PastTarget *) the times of their first and last runs. */
bool
runs_date_targets(Db *db, const GPtrArray *targets, GError **error);

/* The scope of a run, as the file numbers it; 0: no such run. */
bool
runs_scope(Db *db, gint64 number, gint64 *ret_scope, GError **error);

/* From `column` on: standing, severity, waived. */
PastState
runs_state(Statement *row, int column);

/* Columns 2 to 5 of compare-findings and lives (transfer full). */
PastTarget *
runs_target(const Statement *row);

/* A new finding for the rule and the subject of the row, its first two columns (transfer
 * full). */
PastFinding *
runs_finding(const Statement *row);

#endif
