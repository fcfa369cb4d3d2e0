/* A history, in a file or on a server: opened with care, migrated, locked while written;
 * and the statements of queries/history-*.sql.
 *
 * The file may be anybody's.  It is not touched before it is known to be ours,
 * its schema is not trusted, and what stands in it is read as hostile text.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <glib.h>
#include <stdbool.h>

/* The schema this program writes: queries/history-1.sql up to this one. */
#define DB_VERSION 5

typedef enum {
    STMT_IDENTITY,
    STMT_SCOPE,
    STMT_ADD_SCOPE,
    STMT_NEWEST,
    STMT_ADD_RUN,
    STMT_SETTLE_RUN,
    STMT_OPEN_FINDINGS,
    STMT_FINDING,
    STMT_ADD_FINDING,
    STMT_RETELL_FINDING,
    STMT_OPEN_FINDING_SPAN,
    STMT_CLOSE_FINDING_SPAN,
    STMT_HOSTS,
    STMT_ADD_HOST,
    STMT_OPEN_HOST_SPAN,
    STMT_CLOSE_HOST_SPAN,
    STMT_OPEN_PAIRS,
    STMT_OPEN_PAIR_SPAN,
    STMT_CLOSE_PAIR_SPAN,
    STMT_OPEN_GAPS,
    STMT_OPEN_GAP_SPAN,
    STMT_CLOSE_GAP_SPAN,
    STMT_OPEN_EDGES,
    STMT_EDGE,
    STMT_ADD_EDGE,
    STMT_OPEN_EDGE_SPAN,
    STMT_CLOSE_EDGE_SPAN,
    STMT_OPEN_CHAINS,
    STMT_CHAIN,
    STMT_ADD_CHAIN,
    STMT_RETELL_CHAIN,
    STMT_OPEN_CHAIN_SPAN,
    STMT_CLOSE_CHAIN_SPAN,
    STMT_RUNS,
    STMT_RUN,
    STMT_SCOPE_OF_RUN,
    STMT_COMPARE_FINDINGS,
    STMT_COMPARE_PAIRS,
    STMT_COMPARE_HOSTS,
    STMT_COMPARE_GAPS,
    STMT_COMPARE_EDGES,
    STMT_COMPARE_CHAINS,
    STMT_REACHED,
    STMT_LIVES,
    STMT_STARTED,
    STMT_KNOWS_HOST,
    STMT_SINCE,
    STMT_FLEET,
    STMT_PRUNE_FROM,
    STMT_OLDER,
    STMT_AT_FINDINGS,
    STMT_AT_HOSTS,
    STMT_AT_PAIRS,
    STMT_AT_GAPS,
    STMT_AT_EDGES,
    STMT_AT_CHAINS,
    STMT_ADD_UNSENT,
    STMT_NEXT_UNSENT,
    STMT_TAKEN,
    STMT_COUNT
} StatementId;

typedef enum {
    DB_READ,  /* what is there; an older schema is migrated where the file can be
               * written */
    DB_WRITE, /* made where it is missing, mode 0600 */
} DbUse;

typedef struct Db Db;

/* FAULT_CONFIG: somebody else's database, or of a newer schema.
 * FAULT_MALFORMED: no database, or damaged.  FAULT_OUTPUT: cannot be opened or
 * written, or is locked for too long. */
bool
db_open(const char *path, DbUse use, Db **ret_db, GError **error);
void
db_free(Db *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Db, db_free)

/* Whether a place is the URI of a PostgreSQL server. */
bool
db_is_server(const char *place);

/* The same of a server.  Whoever waits for a full one, or for another writer, does so for
 * this time.  FAULT_CONFIG: also where the URI has a password or no TLS.  FAULT_OUTPUT:
 * cannot be reached or written.  With DB_READ all that is read is of one moment. */
bool
db_open_server(const char *uri, DbUse use, guint timeout_s, Db **ret_db, GError **error);

/* Whether db_open(DB_WRITE), or the same of a server, would do, as far as that can be
 * told without making or changing anything, or asking a server. */
bool
db_check(const char *place, GError **error);

/* One writer at a time; the others wait.  What is not committed when the
 * process ends, however it does, never was. */
bool
db_begin(Db *db, GError **error);
bool
db_commit(Db *db, GError **error);
/* Without a transaction: nothing. */
void
db_rollback(Db *db);

/* Runs all statements of an embedded file; ?1, ?2 ... stand for the numbers. */
bool
db_script(Db *db, const char *name, const gint64 *numbers, guint count, GError **error);

/* Whether references are checked row by row: much is deleted faster without.  Outside
 * of transactions. */
bool
db_check_references(Db *db, bool check, GError **error);
/* Gives freed space back.  Outside of transactions. */
bool
db_shrink(Db *db, GError **error);

/* A statement in use: prepared once, reset when it is taken again.  Parameters
 * are numbered from 1, columns from 0. */
typedef struct Statement Statement;

Statement *
db_take(Db *db, StatementId id);

/* Each binds the next parameter; `text` has to last until the last step. */
void
statement_put_int(Statement *statement, gint64 value);
void
statement_put_text(Statement *statement, const char *text); /* NULL: null */
void
statement_put_null(Statement *statement);

/* Steps: *ret_row whether there is a row.  *ret_row NULL: it gives none. */
bool
statement_step(Statement *statement, bool *ret_row, GError **error);
/* Statements that give no rows: binds are done, run it. */
bool
statement_run(Statement *statement, GError **error);

gint64
statement_int(const Statement *statement, int column);
/* Of a row count, an enum: `limit` and more, or less than 0, is FAULT_MALFORMED
 * at the next step (and 0 here). */
guint
statement_below(Statement *statement, int column, guint limit);
bool
statement_is_null(const Statement *statement, int column);
/* Until the next step (transfer none); NULL: null. */
const char *
statement_text(const Statement *statement, int column);
/* (transfer full); NULL: null. */
char *
statement_dup(const Statement *statement, int column);

/* The row that was added last. */
gint64
db_last_id(const Db *db);

#endif
