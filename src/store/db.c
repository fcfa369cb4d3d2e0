/* Opens, checks, migrates and locks the file, and runs its statements. */
#include "store/db.h"

#include "base/embed.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION_ID 1801675873 /* "kcda": history-1.sql */
#define BUSY_TIMEOUT_MS 20000
#define NO_DATABASE "history %s is not an SQLite database; name another file"

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
};

struct Statement {
    Db *db;
    sqlite3_stmt *stmt; /* NULL: could not be prepared; a step says why */
    int next;           /* parameter */
    bool unsound;       /* a value that cannot be was read */
};

struct Db {
    char *path; /* as given */
    sqlite3 *handle;
    bool writable;
    Statement statements[STMT_COUNT];
};

/* What the operator can do about it. */
static bool
explain(const Db *db, int status, GError **error)
{
    const char *path = db->path;
    switch (status & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fault_set(error, FAULT_OUTPUT,
                         "history %s: another process has held it for more than %d s; "
                         "see who does (fuser %s), then try again",
                         path, BUSY_TIMEOUT_MS / 1000, path);
    case SQLITE_NOTADB:
        return fault_set(error, FAULT_MALFORMED, NO_DATABASE, path);
    case SQLITE_FULL:
        return fault_set(error, FAULT_OUTPUT,
                         "cannot write history %s: no space left on the device", path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: {
        int number = sqlite3_system_errno(db->handle);
        return fault_set(error, FAULT_OUTPUT, "cannot %s history %s: %s",
                         db->writable ? "write" : "read", path,
                         number ? g_strerror(number) : sqlite3_errstr(status));
    }
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
        return fault_set(error, FAULT_MALFORMED, "history %s: %s", path,
                         sqlite3_errstr(status));
    default:
        return fault_set(error, FAULT_MALFORMED,
                         "history %s is damaged (%s); move it away, and the next audit "
                         "starts a new one",
                         path, sqlite3_errmsg(db->handle));
    }
}

/* What a history never needs, a hostile file may not use. */
static void
restrict_handle(sqlite3 *handle)
{
    static const struct {
        int what;
        int most;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024},
        {SQLITE_LIMIT_SQL_LENGTH, 64 * 1024},
        {SQLITE_LIMIT_COLUMN, 64},
        {SQLITE_LIMIT_EXPR_DEPTH, 64},
        {SQLITE_LIMIT_COMPOUND_SELECT, 8},
        {SQLITE_LIMIT_VDBE_OP, 25000},
        {SQLITE_LIMIT_FUNCTION_ARG, 8},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 64},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 64},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
        {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    static const int off[] = {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW,
                              SQLITE_DBCONFIG_TRUSTED_SCHEMA,
                              SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
                              SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER};
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(off); i++)
        sqlite3_db_config(handle, off[i], 0, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(limits); i++)
        sqlite3_limit(handle, limits[i].what, limits[i].most);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
}

static bool
run_file(Db *db, const char *name, GError **error)
{
    const char *text = embed_find(name);
    g_assert(text); /* queries/ and the program go together */
    int status = sqlite3_exec(db->handle, text, NULL, NULL, NULL);
    return status == SQLITE_OK || explain(db, status, error);
}

/* Whose file it is. */
typedef struct {
    gint64 application;
    gint64 version;
    gint64 tables;
} Identity;

static bool
read_identity(Db *db, Identity *ret_identity, GError **error)
{
    Statement *statement = db_take(db, STMT_IDENTITY);
    bool row = false;
    if (!statement_step(statement, &row, error))
        return false;
    *ret_identity = (Identity){statement_int(statement, 0), statement_int(statement, 1),
                               statement_int(statement, 2)};
    return statement_step(statement, &row, error);
}

static bool
is_ours(const Db *db, const Identity *identity, GError **error)
{
    bool empty = identity->tables == 0 && identity->application == 0;
    if (identity->application != APPLICATION_ID && !empty)
        return fault_set(error, FAULT_CONFIG,
                         "%s is another program's database, not a history of kcdaudit; "
                         "name another file",
                         db->path);
    if (identity->version > DB_VERSION)
        return fault_set(
            error, FAULT_CONFIG,
            "history %s was written by a newer kcdaudit (schema %" G_GINT64_FORMAT
            "; this one knows %d); update this one, or name another file",
            db->path, identity->version, DB_VERSION);
    if (identity->version < 0 || (identity->version == 0 && !empty))
        return fault_set(error, FAULT_MALFORMED,
                         "history %s is damaged (schema %" G_GINT64_FORMAT
                         "); move it away, and the next audit starts a new one",
                         db->path, identity->version);
    return true;
}

/* Each version is a transaction of its own; whoever comes second finds it done. */
static bool
migrate_to(Db *db, int version, GError **error)
{
    g_autofree char *name = g_strdup_printf("history-%d.sql", version);
    Identity identity;
    if (!db_begin(db, error))
        return false;
    if (!read_identity(db, &identity, error) || !is_ours(db, &identity, error) ||
        (identity.version < version && !run_file(db, name, error)) ||
        !db_commit(db, error)) {
        db_rollback(db);
        return false;
    }
    return true;
}

static bool
settle_version(Db *db, DbUse use, GError **error)
{
    Identity identity;
    if (!read_identity(db, &identity, error) || !is_ours(db, &identity, error))
        return false;
    if (use == DB_READ && identity.version == 0)
        return fault_set(error, FAULT_CONFIG,
                         "history %s is empty: no audit was kept in it", db->path);
    if (identity.version < DB_VERSION && !db->writable)
        return fault_set(
            error, FAULT_OUTPUT,
            "history %s is of an older kcdaudit, and cannot be brought up to "
            "date without the right to write it",
            db->path);
    for (gint64 version = identity.version + 1; version <= DB_VERSION; version++)
        if (!migrate_to(db, (int)version, error))
            return false;
    return true;
}

/* SQLite takes a file of a few bytes for an empty one, and would overwrite it. */
#define SMALLEST_PAGE 512

static bool
is_regular(const char *path, GError **error)
{
    GStatBuf status;
    g_autofree char *shown = g_filename_display_name(path);
    if (g_stat(path, &status) != 0)
        return true;
    if (!S_ISREG(status.st_mode))
        return fault_set(error, FAULT_OUTPUT, "history %s is not a regular file", shown);
    if (status.st_size > 0 && status.st_size < SMALLEST_PAGE)
        return fault_set(error, FAULT_MALFORMED, NO_DATABASE, shown);
    return true;
}

static bool
open_handle(const char *path, int flags, Db **ret_db, GError **error)
{
    g_autoptr(Db) db = g_new0(Db, 1);
    /* A relative path that starts with "file:" or ":" means something to SQLite. */
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    db->path = g_filename_display_name(path);
    db->writable = (flags & SQLITE_OPEN_READWRITE) != 0;
    int status =
        sqlite3_open_v2(absolute, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (status != SQLITE_OK) {
        explain(db, status, error);
        return false;
    }
    restrict_handle(db->handle);
    if (!run_file(db, "history-connect.sql", error))
        return false;
    *ret_db = g_steal_pointer(&db);
    return true;
}

/* SQLite would make it with the umask's mode; its journal takes after it. */
static bool
make_file(const char *path, GError **error)
{
    int fd = g_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0 && errno != EEXIST) {
        g_autofree char *shown = g_filename_display_name(path);
        return fault_set(error, FAULT_OUTPUT, "cannot make history %s: %s", shown,
                         g_strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return true;
}

bool
db_open(const char *path, DbUse use, Db **ret_db, GError **error)
{
    g_autoptr(Db) db = NULL;
    bool writable = use == DB_WRITE || access(path, W_OK) == 0;
    if (!is_regular(path, error) || (use == DB_WRITE && !make_file(path, error)) ||
        !open_handle(path, writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, &db,
                     error) ||
        !settle_version(db, use, error))
        return false;
    *ret_db = g_steal_pointer(&db);
    return true;
}

bool
db_check(const char *path, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_autofree char *shown = g_filename_display_name(path);
    bool exists = access(path, F_OK) == 0;
    if (!exists && errno != ENOENT)
        return fault_set(error, FAULT_OUTPUT, "cannot write history %s: %s", shown,
                         g_strerror(errno));
    if (!is_regular(path, error))
        return false;
    /* The journal stands beside it. */
    if ((exists && access(path, W_OK) != 0) || access(directory, W_OK | X_OK) != 0)
        return fault_set(error, FAULT_OUTPUT, "cannot write history %s: %s", shown,
                         g_strerror(errno));
    if (!exists)
        return true;
    g_autoptr(Db) db = NULL;
    Identity identity;
    return open_handle(path, SQLITE_OPEN_READWRITE, &db, error) &&
           read_identity(db, &identity, error) && is_ours(db, &identity, error);
}

void
db_free(Db *db)
{
    if (!db)
        return;
    for (guint i = 0; i < STMT_COUNT; i++)
        sqlite3_finalize(db->statements[i].stmt);
    sqlite3_close(db->handle);
    g_free(db->path);
    g_free(db);
}

static bool
transaction(Db *db, const char *word, GError **error)
{
    int status = sqlite3_exec(db->handle, word, NULL, NULL, NULL);
    return status == SQLITE_OK || explain(db, status, error);
}

bool
db_begin(Db *db, GError **error)
{
    return transaction(db, "BEGIN IMMEDIATE", error);
}

static void
reset_all(Db *db)
{
    for (guint i = 0; i < STMT_COUNT; i++)
        if (db->statements[i].stmt)
            sqlite3_reset(db->statements[i].stmt);
}

bool
db_commit(Db *db, GError **error)
{
    reset_all(db);
    return transaction(db, "COMMIT", error);
}

void
db_rollback(Db *db)
{
    reset_all(db);
    if (!sqlite3_get_autocommit(db->handle))
        transaction(db, "ROLLBACK", NULL);
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
    return transaction(db, script->str, error);
}

bool
db_check_references(Db *db, bool check, GError **error)
{
    return transaction(
        db, check ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF", error);
}

bool
db_shrink(Db *db, GError **error)
{
    /* The new file is attached while it is written. */
    sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 1);
    bool done = transaction(db, "VACUUM", error);
    sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
    return done;
}

Statement *
db_take(Db *db, StatementId id)
{
    Statement *statement = &db->statements[id];
    const char *text = embed_find(files[id]);
    g_assert(text);
    statement->db = db;
    if (statement->stmt)
        sqlite3_reset(statement->stmt);
    else /* what fails here is told by the first step */
        sqlite3_prepare_v3(db->handle, text, -1, SQLITE_PREPARE_PERSISTENT,
                           &statement->stmt, NULL);
    statement->next = 1;
    statement->unsound = false;
    return statement;
}

void
statement_put_int(Statement *statement, gint64 value)
{
    if (statement->stmt)
        sqlite3_bind_int64(statement->stmt, statement->next++, value);
}

void
statement_put_text(Statement *statement, const char *text)
{
    if (statement->stmt)
        sqlite3_bind_text(statement->stmt, statement->next++, text, -1, SQLITE_STATIC);
}

void
statement_put_null(Statement *statement)
{
    if (statement->stmt)
        sqlite3_bind_null(statement->stmt, statement->next++);
}

bool
statement_step(Statement *statement, bool *ret_row, GError **error)
{
    const Db *db = statement->db;
    if (!statement->stmt)
        return explain(db, sqlite3_extended_errcode(db->handle), error);
    if (statement->unsound)
        return fault_set(error, FAULT_MALFORMED,
                         "history %s is damaged (a number out of its range); move it "
                         "away, and the next audit starts a new one",
                         db->path);
    int status = sqlite3_step(statement->stmt);
    if (status == SQLITE_ROW || status == SQLITE_DONE) {
        *ret_row = status == SQLITE_ROW;
        if (status == SQLITE_DONE)
            sqlite3_reset(statement->stmt);
        return true;
    }
    explain(db, status, error);
    sqlite3_reset(statement->stmt);
    return false;
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
    return sqlite3_column_int64(statement->stmt, column);
}

guint
statement_below(Statement *statement, int column, guint limit)
{
    gint64 value = sqlite3_column_int64(statement->stmt, column);
    if (value >= 0 && value < (gint64)limit)
        return (guint)value;
    statement->unsound = true;
    return 0;
}

bool
statement_is_null(const Statement *statement, int column)
{
    return sqlite3_column_type(statement->stmt, column) == SQLITE_NULL;
}

const char *
statement_text(const Statement *statement, int column)
{
    return (const char *)sqlite3_column_text(statement->stmt, column);
}

char *
statement_dup(const Statement *statement, int column)
{
    return g_strdup(statement_text(statement, column));
}

gint64
db_last_id(const Db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}
