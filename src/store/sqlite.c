/* A history in one SQLite file: opens, checks, migrates and locks it, and runs its
 * statements. */
#include "engine.h"

#include "base/embed.h"
#include "base/fault.h"
#include "base/place.h"
#include "base/text.h"

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

typedef struct {
    Statement base;
    sqlite3_stmt *stmt; /* NULL: could not be prepared; a step says why */
    int next;           /* parameter */
} Prepared;

typedef struct {
    Db base;
    sqlite3 *handle;
    bool writable;
    Prepared statements[STMT_COUNT];
} Sqlite;

static const Engine sqlite_engine;

static void
sqlite_free(Db *base)
{
    Sqlite *db = (Sqlite *)base;
    for (guint i = 0; i < STMT_COUNT; i++)
        sqlite3_finalize(db->statements[i].stmt);
    sqlite3_close(db->handle);
    g_free(db->base.path);
    g_free(db);
}

static void
free_own(Sqlite *db)
{
    if (db)
        sqlite_free(&db->base);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sqlite, free_own)

/* What the operator can do about it. */
static bool
explain(const Sqlite *db, int status, GError **error)
{
    const char *path = db->base.path;
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
    default: {
        /* It may name what stands in the file. */
        g_autofree char *why = text_quoted(QUOTE_TERMINAL, sqlite3_errmsg(db->handle));
        return fault_set(error, FAULT_MALFORMED,
                         "history %s is damaged (%s); move it away, and the next audit "
                         "starts a new one",
                         path, why);
    }
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
run_file(Sqlite *db, const char *name, GError **error)
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
read_identity(Sqlite *db, Identity *ret_identity, GError **error)
{
    Statement *statement = db_take(&db->base, STMT_IDENTITY);
    bool row = false;
    if (!statement_step(statement, &row, error))
        return false;
    *ret_identity = (Identity){statement_int(statement, 0), statement_int(statement, 1),
                               statement_int(statement, 2)};
    return statement_step(statement, &row, error);
}

static bool
is_ours(const Sqlite *db, const Identity *identity, GError **error)
{
    bool empty = identity->tables == 0 && identity->application == 0;
    if (identity->application != APPLICATION_ID && !empty)
        return fault_set(error, FAULT_CONFIG,
                         "%s is another program's database, not a history of kcdaudit; "
                         "name another file",
                         db->base.path);
    if (identity->version > DB_VERSION)
        return fault_set(
            error, FAULT_CONFIG,
            "history %s was written by a newer kcdaudit (schema %" G_GINT64_FORMAT
            "; this one knows %d); update this one, or name another file",
            db->base.path, identity->version, DB_VERSION);
    if (identity->version < 0 || (identity->version == 0 && !empty))
        return fault_set(error, FAULT_MALFORMED,
                         "history %s is damaged (schema %" G_GINT64_FORMAT
                         "); move it away, and the next audit starts a new one",
                         db->base.path, identity->version);
    return true;
}

/* Each version is a transaction of its own; whoever comes second finds it done. */
static bool
migrate_to(Sqlite *db, int version, GError **error)
{
    g_autofree char *name = g_strdup_printf("history-%d.sql", version);
    Identity identity;
    if (!db_begin(&db->base, error))
        return false;
    if (!read_identity(db, &identity, error) || !is_ours(db, &identity, error) ||
        (identity.version < version && !run_file(db, name, error)) ||
        !db_commit(&db->base, error)) {
        db_rollback(&db->base);
        return false;
    }
    return true;
}

static bool
settle_version(Sqlite *db, DbUse use, GError **error)
{
    Identity identity;
    if (!read_identity(db, &identity, error) || !is_ours(db, &identity, error))
        return false;
    if (use == DB_READ && identity.version == 0)
        return fault_set(error, FAULT_CONFIG,
                         "history %s is empty: no audit was kept in it", db->base.path);
    if (identity.version < DB_VERSION && !db->writable)
        return fault_set(
            error, FAULT_OUTPUT,
            "history %s is of an older kcdaudit, and cannot be brought up to "
            "date without the right to write it",
            db->base.path);
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
open_handle(const char *path, int flags, Sqlite **ret_db, GError **error)
{
    g_autoptr(Sqlite) db = g_new0(Sqlite, 1);
    db->base.engine = &sqlite_engine;
    /* A relative path that starts with "file:" or ":" means something to SQLite. */
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    db->base.path = g_filename_display_name(path);
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

/* A journal that another user laid beside it would be played into it. */
static bool
is_own_place(const char *path, GError **error)
{
    static const char *const beside[] = {"", "-journal", "-wal", "-shm"};
    for (guint i = 0; i < G_N_ELEMENTS(beside); i++) {
        g_autofree char *name = g_strconcat(path, beside[i], NULL);
        g_autofree char *fault = place_fault(name, PLACE_KEEP);
        g_autofree char *shown = g_filename_display_name(path);
        if (fault)
            return fault_set(error, FAULT_OUTPUT, "cannot write history %s: %s", shown,
                             fault);
    }
    return true;
}

/* What is another's is looked at, and left as it is. */
static bool
is_to_be_written(const char *path)
{
    return access(path, W_OK) == 0 && is_own_place(path, NULL);
}

bool
sqlite_open(const char *path, DbUse use, Db **ret_db, GError **error)
{
    g_autoptr(Sqlite) db = NULL;
    bool writable = use == DB_WRITE || is_to_be_written(path);
    if (!is_regular(path, error) ||
        (use == DB_WRITE && (!is_own_place(path, error) || !make_file(path, error))) ||
        !open_handle(path, writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, &db,
                     error) ||
        !settle_version(db, use, error))
        return false;
    *ret_db = &g_steal_pointer(&db)->base;
    return true;
}

static bool
is_held(const char *path)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    sqlite3 *handle = NULL;
    int status = sqlite3_open_v2(absolute, &handle,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (status == SQLITE_OK) {
        restrict_handle(handle);
        sqlite3_busy_timeout(handle, 0);
        status = sqlite3_exec(handle, "PRAGMA schema_version", NULL, NULL, NULL);
    }
    sqlite3_close(handle);
    return (status & 0xff) == SQLITE_BUSY;
}

bool
sqlite_check(const char *path, GError **error)
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
    if (!is_own_place(path, error))
        return false;
    /* Whoever holds it now may be done by then: no audit is lost for it. */
    if (!exists || is_held(path))
        return true;
    g_autoptr(Sqlite) db = NULL;
    Identity identity;
    return open_handle(path, SQLITE_OPEN_READWRITE, &db, error) &&
           read_identity(db, &identity, error) && is_ours(db, &identity, error);
}

/* ---- what db.c calls ---- */

static bool
transaction(Sqlite *db, const char *word, GError **error)
{
    int status = sqlite3_exec(db->handle, word, NULL, NULL, NULL);
    return status == SQLITE_OK || explain(db, status, error);
}

static bool
begin(Db *base, GError **error)
{
    return transaction((Sqlite *)base, "BEGIN IMMEDIATE", error);
}

static void
reset_all(Sqlite *db)
{
    for (guint i = 0; i < STMT_COUNT; i++)
        if (db->statements[i].stmt)
            sqlite3_reset(db->statements[i].stmt);
}

static bool
commit(Db *base, GError **error)
{
    Sqlite *db = (Sqlite *)base;
    reset_all(db);
    return transaction(db, "COMMIT", error);
}

static void
rollback(Db *base)
{
    Sqlite *db = (Sqlite *)base;
    reset_all(db);
    if (!sqlite3_get_autocommit(db->handle))
        transaction(db, "ROLLBACK", NULL);
}

static bool
script(Db *base, const char *text, GError **error)
{
    return transaction((Sqlite *)base, text, error);
}

static bool
check_references(Db *base, bool check, GError **error)
{
    return transaction((Sqlite *)base,
                       check ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF",
                       error);
}

static bool
shrink(Db *base, GError **error)
{
    Sqlite *db = (Sqlite *)base;
    /* The new file is attached while it is written. */
    sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 1);
    bool done = transaction(db, "VACUUM", error);
    sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
    return done;
}

static Statement *
take(Db *base, StatementId id, const char *text)
{
    Sqlite *db = (Sqlite *)base;
    Prepared *prepared = &db->statements[id];
    if (prepared->stmt)
        sqlite3_reset(prepared->stmt);
    else /* what fails here is told by the first step */
        sqlite3_prepare_v3(db->handle, text, -1, SQLITE_PREPARE_PERSISTENT,
                           &prepared->stmt, NULL);
    prepared->base = (Statement){.db = base};
    prepared->next = 1;
    return &prepared->base;
}

static void
put_int(Statement *statement, gint64 value)
{
    Prepared *prepared = (Prepared *)statement;
    if (prepared->stmt)
        sqlite3_bind_int64(prepared->stmt, prepared->next++, value);
}

static void
put_text(Statement *statement, const char *text)
{
    Prepared *prepared = (Prepared *)statement;
    if (prepared->stmt) /* NULL binds null */
        sqlite3_bind_text(prepared->stmt, prepared->next++, text, -1, SQLITE_STATIC);
}

static bool
step(Statement *statement, bool *ret_row, GError **error)
{
    Prepared *prepared = (Prepared *)statement;
    const Sqlite *db = (const Sqlite *)statement->db;
    if (!prepared->stmt)
        return explain(db, sqlite3_extended_errcode(db->handle), error);
    if (statement->unsound)
        return fault_set(error, FAULT_MALFORMED,
                         "history %s is damaged (a number out of its range); move it "
                         "away, and the next audit starts a new one",
                         db->base.path);
    int status = sqlite3_step(prepared->stmt);
    if (status == SQLITE_ROW || status == SQLITE_DONE) {
        *ret_row = status == SQLITE_ROW;
        if (status == SQLITE_DONE)
            sqlite3_reset(prepared->stmt);
        return true;
    }
    explain(db, status, error);
    sqlite3_reset(prepared->stmt);
    return false;
}

static gint64
get_int(const Statement *statement, int column)
{
    return sqlite3_column_int64(((const Prepared *)statement)->stmt, column);
}

static bool
is_null(const Statement *statement, int column)
{
    return sqlite3_column_type(((const Prepared *)statement)->stmt, column) ==
           SQLITE_NULL;
}

static const char *
get_text(const Statement *statement, int column)
{
    return (const char *)sqlite3_column_text(((const Prepared *)statement)->stmt, column);
}

static gint64
last_id(const Db *base)
{
    return sqlite3_last_insert_rowid(((const Sqlite *)base)->handle);
}

static const Engine sqlite_engine = {
    .free = sqlite_free,
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
