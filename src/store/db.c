/* Runs the statements of a history by the engine that holds it. */
#include "store/db.h"

#include "base/embed.h"
#include "engine.h"

#include <string.h>

static const char *const files[STMT_COUNT] = {
    [STMT_IDENTITY] = "history-identity.sql",
    [STMT_SCOPE] = "history-scope.sql",
    [STMT_ADD_SCOPE] = "history-add-scope.sql",
    [STMT_NEWEST] = "history-newest.sql",
    [STMT_ADD_RUN] = "history-add-run.sql",
    [STMT_SETTLE_RUN] = "history-settle-run.sql",
    [STMT_OPEN_FINDINGS] = "history-open-findings.sql",
    [STMT_FINDING] = "history-finding.sql",
    [STMT_ADD_FINDING] = "history-add-finding.sql",
    [STMT_RETELL_FINDING] = "history-retell-finding.sql",
    [STMT_OPEN_FINDING_SPAN] = "history-open-finding-span.sql",
    [STMT_CLOSE_FINDING_SPAN] = "history-close-finding-span.sql",
    [STMT_HOSTS] = "history-hosts.sql",
    [STMT_ADD_HOST] = "history-add-host.sql",
    [STMT_OPEN_HOST_SPAN] = "history-open-host-span.sql",
    [STMT_CLOSE_HOST_SPAN] = "history-close-host-span.sql",
    [STMT_OPEN_PAIRS] = "history-open-pairs.sql",
    [STMT_OPEN_PAIR_SPAN] = "history-open-pair-span.sql",
    [STMT_CLOSE_PAIR_SPAN] = "history-close-pair-span.sql",
    [STMT_OPEN_GAPS] = "history-open-gaps.sql",
    [STMT_OPEN_GAP_SPAN] = "history-open-gap-span.sql",
    [STMT_CLOSE_GAP_SPAN] = "history-close-gap-span.sql",
    [STMT_OPEN_EDGES] = "history-open-edges.sql",
    [STMT_EDGE] = "history-edge.sql",
    [STMT_ADD_EDGE] = "history-add-edge.sql",
    [STMT_OPEN_EDGE_SPAN] = "history-open-edge-span.sql",
    [STMT_CLOSE_EDGE_SPAN] = "history-close-edge-span.sql",
    [STMT_OPEN_CHAINS] = "history-open-chains.sql",
    [STMT_CHAIN] = "history-chain.sql",
    [STMT_ADD_CHAIN] = "history-add-chain.sql",
    [STMT_RETELL_CHAIN] = "history-retell-chain.sql",
    [STMT_OPEN_CHAIN_SPAN] = "history-open-chain-span.sql",
    [STMT_CLOSE_CHAIN_SPAN] = "history-close-chain-span.sql",
    [STMT_RUNS] = "history-runs.sql",
    [STMT_RUN] = "history-run.sql",
    [STMT_SCOPE_OF_RUN] = "history-scope-of-run.sql",
    [STMT_COMPARE_FINDINGS] = "history-compare-findings.sql",
    [STMT_COMPARE_PAIRS] = "history-compare-pairs.sql",
    [STMT_COMPARE_HOSTS] = "history-compare-hosts.sql",
    [STMT_COMPARE_GAPS] = "history-compare-gaps.sql",
    [STMT_COMPARE_EDGES] = "history-compare-edges.sql",
    [STMT_COMPARE_CHAINS] = "history-compare-chains.sql",
    [STMT_REACHED] = "history-reached.sql",
    [STMT_LIVES] = "history-lives.sql",
    [STMT_STARTED] = "history-started.sql",
    [STMT_KNOWS_HOST] = "history-knows-host.sql",
    [STMT_SINCE] = "history-since.sql",
    [STMT_FLEET] = "history-fleet.sql",
    [STMT_PRUNE_FROM] = "history-prune-from.sql",
    [STMT_OLDER] = "history-older.sql",
    [STMT_AT_FINDINGS] = "history-at-findings.sql",
    [STMT_AT_HOSTS] = "history-at-hosts.sql",
    [STMT_AT_PAIRS] = "history-at-pairs.sql",
    [STMT_AT_GAPS] = "history-at-gaps.sql",
    [STMT_AT_EDGES] = "history-at-edges.sql",
    [STMT_AT_CHAINS] = "history-at-chains.sql",
    [STMT_ADD_UNSENT] = "history-add-unsent.sql",
    [STMT_NEXT_UNSENT] = "history-next-unsent.sql",
    [STMT_TAKEN] = "history-taken.sql",
};

bool
db_is_server(const char *place)
{
    return g_str_has_prefix(place, "postgresql://") ||
           g_str_has_prefix(place, "postgres://");
}

bool
db_open(const char *path, DbUse use, Db **ret_db, GError **error)
{
    return sqlite_open(path, use, ret_db, error);
}

bool
db_open_server(const char *uri, DbUse use, guint timeout_s, Db **ret_db, GError **error)
{
    return postgres_open(uri, use, timeout_s, ret_db, error);
}

bool
db_check(const char *place, GError **error)
{
    return db_is_server(place) ? postgres_check(place, error)
                               : sqlite_check(place, error);
}

void
db_free(Db *db)
{
    if (db)
        db->engine->free(db);
}

bool
db_begin(Db *db, GError **error)
{
    return db->engine->begin(db, error);
}

bool
db_commit(Db *db, GError **error)
{
    return db->engine->commit(db, error);
}

void
db_rollback(Db *db)
{
    db->engine->rollback(db);
}

bool
db_script(Db *db, const char *name, const gint64 *numbers, guint count, GError **error)
{
    const char *text = embed_find(name);
    g_assert(text);
    g_autoptr(GString) script = g_string_new(text);
    for (guint i = 0; i < count; i++) {
        g_autofree char *place = g_strdup_printf("?%u", i + 1);
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, numbers[i]);
        g_string_replace(script, place, number, 0);
    }
    return db->engine->script(db, script->str, error);
}

bool
db_check_references(Db *db, bool check, GError **error)
{
    return db->engine->check_references(db, check, error);
}

bool
db_shrink(Db *db, GError **error)
{
    return db->engine->shrink(db, error);
}

Statement *
db_take(Db *db, StatementId id)
{
    const char *text = embed_find(files[id]);
    g_assert(text); /* queries/ and the program go together */
    return db->engine->take(db, id, text);
}

void
statement_put_int(Statement *statement, gint64 value)
{
    statement->db->engine->put_int(statement, value);
}

void
statement_put_text(Statement *statement, const char *text)
{
    statement->db->engine->put_text(statement, text);
}

void
statement_put_null(Statement *statement)
{
    statement_put_text(statement, NULL);
}

bool
statement_step(Statement *statement, bool *ret_row, GError **error)
{
    return statement->db->engine->step(statement, ret_row, error);
}

bool
statement_run(Statement *statement, GError **error)
{
    bool row = false;
    return statement_step(statement, &row, error);
}

gint64
statement_int(const Statement *statement, int column)
{
    return statement->db->engine->get_int(statement, column);
}

guint
statement_below(Statement *statement, int column, guint limit)
{
    gint64 value = statement_int(statement, column);
    if (value >= 0 && value < (gint64)limit)
        return (guint)value;
    statement->unsound = true;
    return 0;
}

bool
statement_is_null(const Statement *statement, int column)
{
    return statement->db->engine->is_null(statement, column);
}

const char *
statement_text(const Statement *statement, int column)
{
    return statement->db->engine->get_text(statement, column);
}

char *
statement_dup(const Statement *statement, int column)
{
    return g_strdup(statement_text(statement, column));
}

gint64
db_last_id(const Db *db)
{
    return db->engine->last_id(db);
}
