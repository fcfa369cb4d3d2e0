/* The history of audits, in one SQLite file or on a PostgreSQL server.
 *
 * What does not change costs nothing: a run writes its own row, and the spans
 * that begin or end with it (queries/history-1.sql tells how they are laid out).
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "audit/audit.h"
#include "audit/past.h"
#include "store/db.h"

/* Records an audit that is done, and compares it with the last one of the same
 * scope.  `run` brings what the audit itself does not know: scope, started_us,
 * duration_ms, exit_status, tool_version; the rest is filled in.  All or nothing
 * is written.  `unsent_to`: a file keeps it until that server takes it; NULL: this is
 * where it belongs.  FAULT_OUTPUT, FAULT_MALFORMED. */
bool
history_record(Db *db, const Audit *audit, PastRun *run, const char *unsent_to,
               GError **error);

/* Records what a file keeps for a server, in the order in which it was kept, and removes
 * it from the file.  Nothing is lost and nothing is there twice, whoever is killed, and
 * whoever else sends.  What such a run did not find any more counts as not looked at,
 * unless an earlier one in the file had found it: nobody can be asked.  *ret_sent: also
 * where it fails on the way. */
bool
history_send(Db *file, const char *place, Db *server, guint *ret_sent, GError **error);

/* The runs, the newest first, `limit` at most (transfer full, of PastRun *).
 * `like`: only those of that run's scope, up to it; NULL: all. */
bool
history_runs(Db *db, const PastRun *like, guint limit, GPtrArray **ret_runs,
             GError **error);

/* One run; FAULT_CONFIG where there is none of this number. */
bool
history_run(Db *db, gint64 number, PastRun **ret_run, GError **error);

/* The newest run of the scope of `number`. */
bool
history_newest(Db *db, gint64 number, PastRun **ret_run, GError **error);

/* What differs between two runs of one scope, whichever was named first.
 * FAULT_CONFIG: no such run, two scopes, the same run twice. */
bool
history_compare(Db *db, gint64 one, gint64 other, Comparison **ret_comparison,
                GError **error);

/* Tells the findings of the audit that was just recorded when each was first found. */
bool
history_since(Db *db, const PastRun *run, const Audit *audit, GError **error);

/* The past of the findings of this id, or about a host of this name, in every
 * scope (transfer full, of PastLife *).  *ret_known: a host of that name was
 * audited, whether or not anything was found. */
bool
history_lives(Db *db, const char *name, GPtrArray **ret_lives, bool *ret_known,
              GError **error);

/* The newest run of each scope, by name (transfer full, of PastRun *). */
bool
history_fleet(Db *db, GPtrArray **ret_runs, GError **error);

/* What is to be left of each scope; one of both.  Its newest run always is. */
typedef struct {
    gint64 since_us; /* runs from then on; 0: by number */
    guint runs;      /* so many of the newest */
} Keeping;

typedef struct {
    guint scopes; /* of which runs were forgotten */
    gint64 pruned;
    gint64 kept;
} Pruning;

/* Forgets older runs.  When the findings of those that are left were first seen stays
 * known. */
bool
history_prune(Db *db, const Keeping *keeping, Pruning *ret_pruning, GError **error);

#endif
