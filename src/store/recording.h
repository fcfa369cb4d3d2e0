/* A recording at work: what the two files that write an audit share. */
#ifndef STORE_RECORDING_H
#define STORE_RECORDING_H

#include "audit/absence.h"
#include "audit/past.h"
#include "store/db.h"

typedef struct {
    Db *db;
    const Audit *audit;
    PastRun *run;
    gint64 scope;
    AbsenceJudge *judge;
    GHashTable *host_ids; /* name -> index into `known`, + 1 */
    GArray *known;        /* of KnownHost */
} Recording;

typedef struct {
    gint64 id;
    gint64 since; /* 0: not audited */
    bool audited; /* now */
} KnownHost;

/* Each within history_record's transaction, in this order (record_estate.c). */
bool
record_hosts(Recording *recording, GError **error);
bool
record_pairs(Recording *recording, GError **error);
bool
record_gaps(Recording *recording, GError **error);

#endif
