/* A history on a PostgreSQL server.  The statements are those of SQLite; what differs
 * stands in the tables here and in queries/postgresql-*.sql. */
#include "postgres.h"

#include "base/embed.h"
#include "base/fault.h"
#include "engine.h"

#include <string.h>

#define PARAMETERS_MOST 32
#define BOOLEAN_TYPE 16 /* pg_type.dat: bool */
#define FIRST_VERSION 5 /* queries/postgresql-5.sql makes all that came before */
#define PENDING_MOST 500

typedef struct {
    Statement base;
    StatementId id;
    const char *text;
    bool prepared;
    char *values[PARAMETERS_MOST];
    int count;
    PGresult *rows; /* NULL: not asked yet */
    int row;
} Query;

typedef struct {
    Db base;
    PGconn *connection;
    guint timeout_s;
    gint64 last_id;
    guint pending; /* statements sent, their answers not read yet */
    Query queries[STMT_COUNT];
} Postgres;

/* What is to be told besides. */
static const struct {
    const char *rest;
    StatementId id;
    bool numbers; /* gives the number of the new row */
} endings[] = {
    /* Writers of one scope wait for each other, those of others do not. */
    {" FOR UPDATE", STMT_SCOPE, false},
    {" ON CONFLICT DO NOTHING RETURNING id", STMT_ADD_SCOPE, true},
    {" RETURNING id", STMT_ADD_RUN, true},
    {" RETURNING id", STMT_ADD_FINDING, true},
    {" RETURNING id", STMT_ADD_HOST, true},
    {" RETURNING id", STMT_ADD_EDGE, true},
    {" RETURNING id", STMT_ADD_CHAIN, true},
};

static bool
explain(const Postgres *db, const PGresult *result, GError **error)
{
    const char *path = db->base.path;
    const char *state = libpq.PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = libpq.PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    g_autofree char *words =
        postgres_words(primary ? primary : libpq.PQerrorMessage(db->connection));
    if (!state || libpq.PQstatus(db->connection) != CONNECTION_OK)
        return fault_set(error, FAULT_OUTPUT, "history %s: the server went away: %s",
                         path, words);
    if (strcmp(state, "55P03") == 0 || strcmp(state, "57014") == 0)
        return fault_set(error, FAULT_OUTPUT,
                         "history %s: another audit of the same scope has held it for "
                         "more than %u s; try again",
                         path, db->timeout_s);
    return fault_set(error, FAULT_OUTPUT, "history %s: %s (SQLSTATE %s)", path, words,
                     state);
}

static bool
is_done(const PGresult *result)
{
    ExecStatusType status = libpq.PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* Reads what is still to be answered; the first failure is told. */
static bool
settle(Postgres *db, GError **error)
{
    bool done = true, synced = false;
    if (db->pending == 0)
        return true;
    if (libpq.PQpipelineSync(db->connection) != 1)
        return explain(db, NULL, error);
    while (!synced && libpq.PQstatus(db->connection) == CONNECTION_OK) {
        PGresult *result = libpq.PQgetResult(db->connection);
        ExecStatusType status = libpq.PQresultStatus(result);
        synced = status == PGRES_PIPELINE_SYNC;
        if (result && done && !synced && !is_done(result))
            done = explain(db, result, error);
        libpq.PQclear(result);
    }
    db->pending = 0;
    if (!synced)
        return done && explain(db, NULL, error);
    libpq.PQexitPipelineMode(db->connection);
    return done;
}

static bool
execute(Postgres *db, const char *text, GError **error)
{
    if (!settle(db, error))
        return false;
    PGresult *result = libpq.PQexec(db->connection, text);
    bool done = is_done(result) || explain(db, result, error);
    libpq.PQclear(result);
    return done;
}

/* ---- the schema ---- */

static bool
ask_numbers(Postgres *db, const char *text, int count, gint64 *ret_numbers,
            GError **error)
{
    PGresult *result = libpq.PQexec(db->connection, text);
    bool done = is_done(result) || explain(db, result, error);
    for (int i = 0; done && i < count; i++)
        ret_numbers[i] = libpq.PQntuples(result) > 0
                             ? g_ascii_strtoll(libpq.PQgetvalue(result, 0, i), NULL, 10)
                             : 0;
    libpq.PQclear(result);
    return done;
}

/* 0: there is none yet. One statement, thus one look: a writer may make the schema in
 * between two. */
static bool
read_version(Postgres *db, gint64 *ret_version, GError **error)
{
    gint64 counts[2] = {0};
    *ret_version = 0;
    if (!ask_numbers(db,
                     "SELECT count(*) FILTER (WHERE c.relname = 'history_version' AND "
                     "c.relkind = 'r'), count(*) FROM pg_catalog.pg_class c JOIN "
                     "pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE "
                     "n.nspname = 'kcdaudit'",
                     G_N_ELEMENTS(counts), counts, error))
        return false;
    if (counts[0] == 0)
        return counts[1] == 0 ||
               fault_set(error, FAULT_CONFIG,
                         "the schema kcdaudit in %s is another program's; name another "
                         "database",
                         db->base.path);
    if (!ask_numbers(db, "SELECT version FROM kcdaudit.history_version", 1, ret_version,
                     error))
        return false;
    if (*ret_version > DB_VERSION)
        return fault_set(
            error, FAULT_CONFIG,
            "history %s was written by a newer kcdaudit (schema %" G_GINT64_FORMAT
            "; this one knows %d); update this one, or name another database",
            db->base.path, *ret_version, DB_VERSION);
    return *ret_version >= FIRST_VERSION ||
           fault_set(error, FAULT_MALFORMED,
                     "history %s is damaged (schema %" G_GINT64_FORMAT ")", db->base.path,
                     *ret_version);
}

/* One writer makes it, whoever comes second finds it done. */
static bool
migrate(Postgres *db, GError **error)
{
    gint64 version = 0;
    bool done = execute(db, "BEGIN; SELECT pg_advisory_xact_lock(1801675873)", error) &&
                read_version(db, &version, error);
    for (gint64 next = MAX(version + 1, FIRST_VERSION); done && next <= DB_VERSION;
         next++) {
        g_autofree char *name =
            g_strdup_printf("postgresql-%" G_GINT64_FORMAT ".sql", next);
        const char *text = embed_find(name);
        g_assert(text);
        done = execute(db, text, error);
    }
    if (done && execute(db, "COMMIT", error))
        return true;
    execute(db, "ROLLBACK", NULL);
    return false;
}

static bool
settle_version(Postgres *db, DbUse use, GError **error)
{
    gint64 version = 0;
    if (!read_version(db, &version, error))
        return false;
    if (use == DB_READ && version == 0)
        return fault_set(error, FAULT_CONFIG,
                         "history %s is empty: no audit was kept in it", db->base.path);
    return version == DB_VERSION || migrate(db, error);
}

static bool
prepare_session(Postgres *db, GError **error)
{
    g_autofree char *text = g_strdup_printf(
        "SET search_path TO kcdaudit, pg_temp; SET client_encoding TO 'UTF8'; "
        "SET standard_conforming_strings TO on; SET lock_timeout TO '%us'; "
        "SET idle_in_transaction_session_timeout TO '10min'",
        db->timeout_s);
    PGresult *result = libpq.PQexec(db->connection, "SHOW server_encoding");
    bool utf8 = is_done(result) && libpq.PQntuples(result) == 1 &&
                strcmp(libpq.PQgetvalue(result, 0, 0), "UTF8") == 0;
    libpq.PQclear(result);
    return utf8 ? execute(db, text, error)
                : fault_set(error, FAULT_CONFIG,
                            "history %s: the database is not UTF-8; make one with: "
                            "createdb -E UTF8 -T template0 NAME",
                            db->base.path);
}

/* ---- statements ---- */

static Statement *
take(Db *base, StatementId id, const char *text)
{
    Postgres *db = (Postgres *)base;
    Query *query = &db->queries[id];
    query->base = (Statement){.db = base};
    query->id = id;
    query->text = text;
    g_clear_pointer(&query->rows, libpq.PQclear);
    for (int i = 0; i < query->count; i++)
        g_clear_pointer(&query->values[i], g_free);
    query->count = 0;
    return &query->base;
}

static void
put(Query *query, char *value)
{
    g_assert(query->count < PARAMETERS_MOST);
    query->values[query->count++] = value;
}

static void
put_int(Statement *statement, gint64 value)
{
    put((Query *)statement, g_strdup_printf("%" G_GINT64_FORMAT, value));
}

static void
put_text(Statement *statement, const char *text)
{
    put((Query *)statement, text ? g_utf8_make_valid(text, -1) : NULL);
}

static guint
ending_of(const Query *query)
{
    guint i = 0;
    while (i < G_N_ELEMENTS(endings) && endings[i].id != query->id)
        i++;
    return i;
}

/* ?1 is $1 here. */
static char *
translate(const Query *query)
{
    GString *text = g_string_new(query->text);
    guint ending = ending_of(query);
    g_string_replace(text, "?", "$", 0);
    while (text->len > 0 && strchr("; \n", text->str[text->len - 1]))
        g_string_truncate(text, text->len - 1);
    if (ending < G_N_ELEMENTS(endings))
        g_string_append(text, endings[ending].rest);
    return g_string_free(text, FALSE);
}

static bool
prepare(Postgres *db, Query *query, const char *name, GError **error)
{
    if (query->prepared)
        return true;
    g_autofree char *text = translate(query);
    if (!settle(db, error))
        return false;
    PGresult *result = libpq.PQprepare(db->connection, name, text, 0, NULL);
    query->prepared = is_done(result) || explain(db, result, error);
    libpq.PQclear(result);
    return query->prepared;
}

/* Whether it gives no rows: its answer can wait for the next one that does. */
static bool
is_silent(const Query *query)
{
    const char *text = query->text;
    while (g_str_has_prefix(text, "--")) {
        const char *end = strchr(text, '\n');
        text = end ? end + 1 : "";
    }
    return ending_of(query) == G_N_ELEMENTS(endings) && !g_str_has_prefix(text, "SELECT");
}

static bool
send_silently(Postgres *db, const Query *query, const char *name, GError **error)
{
    if (db->pending == 0 && libpq.PQenterPipelineMode(db->connection) != 1)
        return explain(db, NULL, error);
    db->pending++;
    if (libpq.PQsendQueryPrepared(db->connection, name, query->count,
                                  (const char *const *)query->values, NULL, NULL, 0) != 1)
        return explain(db, NULL, error);
    return db->pending < PENDING_MOST || settle(db, error);
}

static bool
ask(Postgres *db, Query *query, GError **error)
{
    char name[16];
    g_snprintf(name, sizeof name, "s%d", (int)query->id);
    if (!prepare(db, query, name, error))
        return false;
    if (is_silent(query))
        return send_silently(db, query, name, error);
    if (!settle(db, error))
        return false;
    query->row = -1;
    query->rows = libpq.PQexecPrepared(db->connection, name, query->count,
                                       (const char *const *)query->values, NULL, NULL, 0);
    if (is_done(query->rows))
        return true;
    explain(db, query->rows, error);
    g_clear_pointer(&query->rows, libpq.PQclear);
    return false;
}

static bool
step(Statement *statement, bool *ret_row, GError **error)
{
    Query *query = (Query *)statement;
    Postgres *db = (Postgres *)statement->db;
    guint ending = ending_of(query);
    *ret_row = false;
    if (statement->unsound)
        return fault_set(error, FAULT_MALFORMED,
                         "history %s is damaged (a number out of its range)",
                         db->base.path);
    if (!query->rows && !ask(db, query, error))
        return false;
    if (!query->rows)
        return true;
    *ret_row = ++query->row < libpq.PQntuples(query->rows);
    if (ending < G_N_ELEMENTS(endings) && endings[ending].numbers) {
        db->last_id =
            *ret_row ? g_ascii_strtoll(libpq.PQgetvalue(query->rows, 0, 0), NULL, 10) : 0;
        *ret_row = false;
    }
    if (!*ret_row)
        g_clear_pointer(&query->rows, libpq.PQclear);
    return true;
}

static bool
is_null(const Statement *statement, int column)
{
    const Query *query = (const Query *)statement;
    return !query->rows || libpq.PQgetisnull(query->rows, query->row, column);
}

static const char *
get_text(const Statement *statement, int column)
{
    const Query *query = (const Query *)statement;
    return is_null(statement, column) ? NULL
                                      : libpq.PQgetvalue(query->rows, query->row, column);
}

static gint64
get_int(const Statement *statement, int column)
{
    const Query *query = (const Query *)statement;
    const char *text = get_text(statement, column);
    if (!text)
        return 0;
    return libpq.PQftype(query->rows, column) == BOOLEAN_TYPE
               ? *text == 't'
               : g_ascii_strtoll(text, NULL, 10);
}

static gint64
last_id(const Db *base)
{
    return ((const Postgres *)base)->last_id;
}

/* ---- transactions ---- */

static bool
begin(Db *base, GError **error)
{
    return execute((Postgres *)base, "BEGIN", error);
}

static bool
commit(Db *base, GError **error)
{
    return execute((Postgres *)base, "COMMIT", error);
}

static void
rollback(Db *base)
{
    Postgres *db = (Postgres *)base;
    if (settle(db, NULL) || libpq.PQstatus(db->connection) == CONNECTION_OK)
        libpq.PQclear(libpq.PQexec(db->connection, "ROLLBACK"));
}

static bool
script(Db *base, const char *text, GError **error)
{
    return execute((Postgres *)base, text, error);
}

/* Spans do not refer to runs here, and the server gives space back by itself. */
static bool
check_references(Db *base, bool check, GError **error)
{
    (void)base, (void)check, (void)error;
    return true;
}

static bool
shrink(Db *base, GError **error)
{
    (void)base, (void)error;
    return true;
}

static void
postgres_free(Db *base)
{
    Postgres *db = (Postgres *)base;
    for (guint i = 0; i < STMT_COUNT; i++) {
        Query *query = &db->queries[i];
        g_clear_pointer(&query->rows, libpq.PQclear);
        for (int v = 0; v < query->count; v++)
            g_free(query->values[v]);
    }
    if (db->connection)
        libpq.PQfinish(db->connection);
    g_free(db->base.path);
    g_free(db);
}

static const Engine postgres_engine = {
    .free = postgres_free,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .script = script,
    .check_references = check_references,
    .shrink = shrink,
    .take = take,
    .put_int = put_int,
    .put_text = put_text,
    .step = step,
    .get_int = get_int,
    .is_null = is_null,
    .get_text = get_text,
    .last_id = last_id,
};

static void
hear_nothing(void *unused, const PGresult *result)
{
    (void)unused, (void)result;
}

bool
postgres_open(const char *uri, DbUse use, guint timeout_s, Db **ret_db, GError **error)
{
    g_auto(PostgresPlace) place = {0};
    if (!postgres_place(uri, &place, error))
        return false;
    Postgres *db = g_new0(Postgres, 1);
    g_autoptr(Db) base = &db->base;
    db->base.engine = &postgres_engine;
    db->base.path = g_strdup(uri);
    db->timeout_s = timeout_s;
    if (!postgres_connect(&place, uri, timeout_s, &db->connection, error))
        return false;
    libpq.PQsetNoticeReceiver(db->connection, hear_nothing, NULL);
    /* All that is read is of one moment. */
    if (!prepare_session(db, error) || !settle_version(db, use, error) ||
        (use == DB_READ &&
         !execute(db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", error)))
        return false;
    *ret_db = g_steal_pointer(&base);
    return true;
}

bool
postgres_check(const char *uri, GError **error)
{
    g_auto(PostgresPlace) place = {0};
    return postgres_place(uri, &place, error);
}
