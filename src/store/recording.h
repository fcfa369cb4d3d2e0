/* A recording at work: what the files that write a run share. */
#ifndef STORE_RECORDING_H
#define STORE_RECORDING_H

#include "audit/absence.h"
#include "audit/past.h"
#include "rows.h"
#include "store/db.h"

typedef struct {
    Db *db;
    RunRows *rows;
    PastRun *run;
    gint64 scope;
    AbsenceJudge *judge;  /* NULL: the rows are of another history */
    GHashTable *sums;     /* id of a finding -> ChangeSum * */
    GHashTable *host_ids; /* name -> index into `known`, + 1 */
    GArray *known;        /* of KnownHost */
    int reached;    /* how far it was audited at most so far: a Reach; -1: not known */
    GArray *unseen; /* of UnseenEdge: filled by record_edges */
} Recording;

typedef struct {
    gint64 id;
    gint64 since; /* 0: not audited */
    bool audited; /* now */
} KnownHost;

/* A delegation that may be there, by names as ids have them. */
typedef struct {
    char *source; /* NULL: a group or the like, and anybody may be in it */
    char *target;
    bool tier0;
} UnseenEdge;

/* As many ways as leg_names has; the history keeps their places there. */
#define WAY_COUNT 3

/* Records a run of another history, unless it is there already: all or nothing
 * (record.c). */
bool
record_kept(Db *db, RunRows *rows, PastRun *run, GError **error);

/* Notes in a file that a run is still to be sent to a place (unsent.c). */
bool
unsent_add(Db *db, gint64 run, const char *place, GError **error);

/* Ends an open span with this run. */
bool
recording_close_span(Recording *recording, StatementId statement, gint64 id, gint64 since,
                     GError **error);

/* An edge's state from `column` on; not there where that is NULL. */
PastEdgeState
recording_edge_state(Statement *row, int column);

/* Each within history_record's transaction, in this order (record_estate.c). */
bool
record_hosts(Recording *recording, GError **error);
bool
record_pairs(Recording *recording, GError **error);
bool
record_gaps(Recording *recording, GError **error);
bool
record_edges(Recording *recording, GError **error); /* record_edges.c */
bool
record_chains(Recording *recording, GError **error); /* record_chains.c; after edges */

#endif
