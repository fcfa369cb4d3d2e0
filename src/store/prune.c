/* Forgets old audits. */
#include "store/history.h"

typedef struct {
    gint64 scope;
    gint64 from; /* the first run that is kept */
} PruneCut;

static bool
find_cuts(Db *db, const Keeping *keeping, GArray *cuts, gint64 *ret_runs, GError **error)
{
    Statement *statement = db_take(db, STMT_PRUNE_FROM);
    bool row = true;
    statement_put_int(statement, keeping->since_us);
    statement_put_int(statement, MAX(keeping->runs, 1) - 1);
    while (row) {
        if (!statement_step(statement, &row, error))
            return false;
        if (!row)
            break;
        PruneCut cut = {statement_int(statement, 0),
                        statement_int(statement, keeping->runs ? 3 : 2)};
        *ret_runs += statement_int(statement, 1);
        g_array_append_val(cuts, cut);
    }
    return true;
}

static bool
count_older(Db *db, const gint64 *cut, gint64 *ret_older, GError **error)
{
    Statement *statement = db_take(db, STMT_OLDER);
    bool row = false;
    statement_put_int(statement, cut[0]);
    statement_put_int(statement, cut[1]);
    if (!statement_step(statement, &row, error))
        return false;
    *ret_older = row ? statement_int(statement, 0) : 0;
    return true;
}

static bool
prune(Db *db, const Keeping *keeping, Pruning *pruning, GError **error)
{
    g_autoptr(GArray) cuts = g_array_new(FALSE, FALSE, sizeof(PruneCut));
    if (!find_cuts(db, keeping, cuts, &pruning->kept, error))
        return false;
    for (guint i = 0; i < cuts->len; i++) {
        const PruneCut *cut = &g_array_index(cuts, PruneCut, i);
        const gint64 numbers[] = {cut->scope, cut->from};
        gint64 older = 0;
        if (!count_older(db, numbers, &older, error))
            return false;
        if (older == 0)
            continue;
        if (!db_script(db, "history-prune.sql", numbers, G_N_ELEMENTS(numbers), error))
            return false;
        pruning->scopes++;
        pruning->pruned += older;
        pruning->kept -= older;
    }
    return true;
}

bool
history_prune(Db *db, const Keeping *keeping, Pruning *ret_pruning, GError **error)
{
    *ret_pruning = (Pruning){0};
    if (!db_check_references(db, false, error) || !db_begin(db, error))
        return false;
    if (!prune(db, keeping, ret_pruning, error) || !db_commit(db, error)) {
        db_rollback(db);
        return false;
    }
    return db_check_references(db, true, error) &&
           (ret_pruning->pruned == 0 || db_shrink(db, error));
}
