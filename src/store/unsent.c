/* Audits that a server did not take: kept in a file, and sent when it does. */
#include "reading.h"
#include "recording.h"
#include "store/history.h"

bool
unsent_add(Db *db, gint64 run, const char *place, GError **error)
{
    if (!db_script(db, "history-unsent.sql", NULL, 0, error))
        return false;
    Statement *statement = db_take(db, STMT_ADD_UNSENT);
    statement_put_int(statement, run);
    statement_put_text(statement, place);
    return statement_run(statement, error);
}

/* 0: none is left. */
static bool
find_next(Db *file, const char *place, gint64 *ret_run, GError **error)
{
    Statement *statement = db_take(file, STMT_NEXT_UNSENT);
    bool row = false;
    statement_put_text(statement, place);
    if (!statement_step(statement, &row, error))
        return false;
    *ret_run = row ? statement_int(statement, 0) : 0;
    return statement_step(statement, &row, error);
}

static bool
send_run(Db *file, gint64 number, Db *server, GError **error)
{
    g_auto(RunRows) rows = {0};
    g_autoptr(PastRun) run = NULL;
    gint64 done[] = {number, 0};
    return history_run(file, number, &run, error) &&
           runs_scope(file, number, &done[1], error) &&
           rows_of_run(file, number, &rows, error) &&
           record_kept(server, &rows, run, error) &&
           db_script(file, "history-sent.sql", done, G_N_ELEMENTS(done), error);
}

/* Whoever else sends waits meanwhile, and goes on with the next.  Killed after the server
 * took it, the run is still in the file; the server knows it again. */
static bool
send_next(Db *file, const char *place, Db *server, gint64 *ret_run, GError **error)
{
    if (!db_begin(file, error))
        return false;
    if (find_next(file, place, ret_run, error) &&
        (*ret_run == 0 || send_run(file, *ret_run, server, error)) &&
        db_commit(file, error))
        return true;
    db_rollback(file);
    return false;
}

bool
history_send(Db *file, const char *place, Db *server, guint *ret_sent, GError **error)
{
    gint64 run = 1;
    *ret_sent = 0;
    /* Much is deleted, and what is left refers to nothing of it. */
    if (!db_script(file, "history-unsent.sql", NULL, 0, error) ||
        !db_check_references(file, false, error))
        return false;
    while (run) {
        if (!send_next(file, place, server, &run, error))
            return false;
        *ret_sent += run != 0;
    }
    return db_check_references(file, true, error);
}
