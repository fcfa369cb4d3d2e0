/* What a database has to do to hold a history: db.c calls one of the two engines. */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include "store/db.h"

/* The first member of an engine's own. */
struct Statement {
    Db *db;
    bool unsound; /* a value that cannot be was read */
};

/* As the functions of db.h that are named alike. */
typedef struct {
    void (*free)(Db *db);
    bool (*begin)(Db *db, GError **error);
    bool (*commit)(Db *db, GError **error);
    void (*rollback)(Db *db);
    bool (*script)(Db *db, const char *text, GError **error);
    bool (*check_references)(Db *db, bool check, GError **error);
    bool (*shrink)(Db *db, GError **error);
    Statement *(*take)(Db *db, StatementId id, const char *text);
    void (*put_int)(Statement *statement, gint64 value);
    void (*put_text)(Statement *statement, const char *text); /* NULL: null */
    bool (*step)(Statement *statement, bool *ret_row, GError **error);
    gint64 (*get_int)(const Statement *statement, int column);
    bool (*is_null)(const Statement *statement, int column);
    const char *(*get_text)(const Statement *statement, int column);
    gint64 (*last_id)(const Db *db);
} Engine;

/* The first member of an engine's own. */
struct Db {
    const Engine *engine;
    char *path; /* as given, to be shown */
};

/* sqlite.c */
bool
sqlite_open(const char *path, DbUse use, Db **ret_db, GError **error);
bool
sqlite_check(const char *path, GError **error);

/* postgres.c */
bool
postgres_open(const char *uri, DbUse use, guint timeout_s, Db **ret_db, GError **error);
bool
postgres_check(const char *uri, GError **error);

#endif
