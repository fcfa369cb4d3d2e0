/* Reads runs back, and the past of single findings. */
#include "reading.h"
#include "store/history.h"

#include "base/fault.h"

char *
runs_text(const Statement *row, int column)
{
    char *text = statement_dup(row, column);
    return text ? text : g_strdup("");
}

static void
read_changes(const char *text, PastRun *run)
{
    g_auto(GStrv) words = g_strsplit(text ? text : "", " ", CHANGE_COUNT + 1);
    for (guint i = 0; i < CHANGE_COUNT && words[i]; i++) {
        guint64 count = g_ascii_strtoull(words[i], NULL, 10);
        run->changes[i] = (guint)MIN(count, RUNS_COUNT_MAX);
    }
}

static void
read_reach(Statement *row, int *column, PastRun *run)
{
    guint *const counts[] = {&run->edges,      &run->chains,      &run->edges_came,
                             &run->edges_gone, &run->chains_came, &run->chains_gone};
    run->reach = statement_is_null(row, *column)
                     ? -1
                     : (int)statement_below(row, *column, REACH_COUNT);
    run->edges_kept = run->reach > (int)REACH_HOSTS;
    (*column)++;
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++)
        *counts[i] = statement_below(row, (*column)++, RUNS_COUNT_MAX);
}

/* The columns of history-run.sql. */
static PastRun *
read_run(Statement *row)
{
    PastRun *run = past_run_new();
    guint *const counts[] = {
        &run->hosts,
        &run->pairs[VERDICT_READY],
        &run->pairs[VERDICT_DEGRADED],
        &run->pairs[VERDICT_UNKNOWN],
        &run->pairs[VERDICT_BROKEN],
        &run->findings[SEVERITY_INFO],
        &run->findings[SEVERITY_WARNING],
        &run->findings[SEVERITY_ERROR],
        &run->findings[SEVERITY_CRITICAL],
        &run->unknown,
        &run->waived,
        &run->gaps,
        &run->tickets_granted,
        &run->tickets_refused,
    };
    int column = 0;
    run->number = statement_int(row, column++);
    run->started_us = statement_int(row, column++);
    run->duration_ms = statement_int(row, column++);
    run->tool_version = runs_text(row, column++);
    run->source_kind = runs_text(row, column++);
    run->source_uri = runs_text(row, column++);
    run->dc = statement_dup(row, column++);
    run->principal = statement_dup(row, column++);
    run->asked = statement_below(row, column++, 1u << ASKED_COUNT);
    run->complete = statement_int(row, column++) != 0;
    run->exit_status = (int)statement_below(row, column++, 256);
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++)
        *counts[i] = statement_below(row, column++, RUNS_COUNT_MAX);
    run->previous = statement_int(row, column++);
    read_changes(statement_text(row, column++), run);
    run->verdicts_kept = statement_int(row, column++) != 0;
    read_reach(row, &column, run);
    run->scope.domain = runs_text(row, column++);
    run->scope.hosts = runs_text(row, column++);
    run->scope.config = runs_text(row, column++);
    return run;
}

/* The scope of a run, as the file numbers it; 0: no such run. */
bool
runs_scope(Db *db, gint64 number, gint64 *ret_scope, GError **error)
{
    Statement *statement = db_take(db, STMT_SCOPE_OF_RUN);
    bool row = false;
    statement_put_int(statement, number);
    if (!statement_step(statement, &row, error))
        return false;
    *ret_scope = row ? statement_int(statement, 0) : 0;
    return true;
}

bool
history_runs(Db *db, const PastRun *like, guint limit, GPtrArray **ret_runs,
             GError **error)
{
    g_autoptr(GPtrArray) runs =
        g_ptr_array_new_with_free_func((GDestroyNotify)past_run_free);
    gint64 scope = 0;
    bool row = false;
    if (like && !runs_scope(db, like->number, &scope, error))
        return false;
    Statement *statement = db_take(db, STMT_RUNS);
    if (like)
        statement_put_int(statement, scope);
    else
        statement_put_null(statement);
    statement_put_int(statement, like ? like->number : G_MAXINT64);
    statement_put_int(statement, limit);
    while (statement_step(statement, &row, error)) {
        if (!row) {
            *ret_runs = g_steal_pointer(&runs);
            return true;
        }
        g_ptr_array_add(runs, read_run(statement));
    }
    return false;
}

bool
history_fleet(Db *db, GPtrArray **ret_runs, GError **error)
{
    g_autoptr(GPtrArray) runs =
        g_ptr_array_new_with_free_func((GDestroyNotify)past_run_free);
    Statement *statement = db_take(db, STMT_FLEET);
    bool row = false;
    while (statement_step(statement, &row, error)) {
        if (!row) {
            *ret_runs = g_steal_pointer(&runs);
            return true;
        }
        g_ptr_array_add(runs, read_run(statement));
    }
    return false;
}

bool
history_run(Db *db, gint64 number, PastRun **ret_run, GError **error)
{
    g_autoptr(PastRun) run = NULL;
    Statement *statement = db_take(db, STMT_RUN);
    bool row = false;
    statement_put_int(statement, number);
    if (!statement_step(statement, &row, error))
        return false;
    if (!row)
        return fault_set(error, FAULT_CONFIG,
                         "there is no run %" G_GINT64_FORMAT "; see: kcdaudit history",
                         number);
    run = read_run(statement);
    /* Also tells whether each number can be. */
    if (!statement_step(statement, &row, error))
        return false;
    *ret_run = g_steal_pointer(&run);
    return true;
}

bool
history_newest(Db *db, gint64 number, PastRun **ret_run, GError **error)
{
    gint64 scope = 0;
    bool row = false;
    if (!runs_scope(db, number, &scope, error))
        return false;
    Statement *statement = db_take(db, STMT_NEWEST);
    statement_put_int(statement, scope);
    if (!statement_step(statement, &row, error))
        return false;
    return history_run(db, statement_int(statement, 0), ret_run, error);
}

/* ---- findings through time ---- */

static bool
started_of(Db *db, gint64 number, gint64 *ret_us, GError **error)
{
    Statement *statement = db_take(db, STMT_STARTED);
    bool row = false;
    statement_put_int(statement, number);
    if (!statement_step(statement, &row, error))
        return false;
    *ret_us = row ? statement_int(statement, 0) : 0;
    return true;
}

/* Most share a few runs. */
bool
runs_date_targets(Db *db, const GPtrArray *targets, GError **error)
{
    g_autoptr(GHashTable) known =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    for (guint i = 0; i < targets->len; i++) {
        PastTarget *target = targets->pdata[i];
        gint64 *const dates[] = {&target->first_us, &target->last_us};
        gint64 *const runs[] = {&target->first_run, &target->last_run};
        for (guint d = 0; d < G_N_ELEMENTS(runs); d++) {
            const gint64 *date = g_hash_table_lookup(known, runs[d]);
            if (!date) {
                gint64 *read = g_new0(gint64, 1);
                g_hash_table_insert(known, runs[d], read);
                if (!started_of(db, *runs[d], read, error))
                    return false;
                date = read;
            }
            *dates[d] = *date;
        }
    }
    return true;
}

PastState
runs_state(Statement *row, int column)
{
    if (statement_is_null(row, column))
        return (PastState){0};
    return (PastState){(Standing)statement_below(row, column, STANDING_COUNT),
                       (Severity)statement_below(row, column + 1, SEVERITY_COUNT),
                       statement_int(row, column + 2) != 0};
}

/* Columns 2 to 5 of compare-findings and lives. */
PastTarget *
runs_target(const Statement *row)
{
    PastTarget *target = g_new0(PastTarget, 1);
    target->target = statement_dup(row, 2);
    target->spn = statement_dup(row, 3);
    target->title = runs_text(row, 4);
    target->detail = runs_text(row, 5);
    return target;
}

/* A new finding for the rule and the subject of the row, its first two columns. */
PastFinding *
runs_finding(const Statement *row)
{
    const char *rule = statement_text(row, 0), *subject = statement_text(row, 1);
    return past_finding_new(rule ? rule : "", subject ? subject : "");
}

static PastTarget *
read_life_target(Statement *row)
{
    PastTarget *target = runs_target(row);
    target->after = runs_state(row, 6);
    if (target->after.standing == STANDING_ABSENT) {
        target->absence = (Absence)statement_below(row, 9, ABSENCE_COUNT);
        target->after.severity = (Severity)statement_below(row, 10, SEVERITY_COUNT);
        target->after.waived = statement_int(row, 11) != 0;
    }
    target->first_run = statement_int(row, 12);
    target->last_run = statement_int(row, 13);
    return target;
}

static PastLife *
read_life(Statement *row)
{
    PastLife *life = g_new0(PastLife, 1);
    life->finding = runs_finding(row);
    life->scope = (PastScope){runs_text(row, 14), runs_text(row, 15), runs_text(row, 16)};
    return life;
}

/* The findings by key; of several of one key, the first. */
static GHashTable *
findings_by_key(const GPtrArray *findings)
{
    GHashTable *by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < findings->len; i++) {
        g_autofree char *key = finding_key(findings->pdata[i]);
        if (!g_hash_table_contains(by_key, key))
            g_hash_table_insert(by_key, g_steal_pointer(&key), findings->pdata[i]);
    }
    return by_key;
}

bool
history_since(Db *db, const PastRun *run, const Audit *audit, GError **error)
{
    g_autoptr(GHashTable) by_key = findings_by_key(audit->findings);
    gint64 scope = 0;
    bool row = true;
    if (!runs_scope(db, run->number, &scope, error))
        return false;
    Statement *statement = db_take(db, STMT_SINCE);
    statement_put_int(statement, scope);
    while (row) {
        if (!statement_step(statement, &row, error))
            return false;
        const char *key = row ? statement_text(statement, 0) : NULL;
        Finding *finding = key ? g_hash_table_lookup(by_key, key) : NULL;
        if (finding)
            finding->since_us = statement_int(statement, 1);
    }
    for (guint i = 0; i < audit->findings->len; i++) {
        Finding *finding = audit->findings->pdata[i];
        g_autofree char *key = finding_key(finding);
        const Finding *first = g_hash_table_lookup(by_key, key);
        finding->since_us = first->since_us;
    }
    return true;
}

static bool
knows_host(Db *db, const char *name, bool *ret_known, GError **error)
{
    Statement *statement = db_take(db, STMT_KNOWS_HOST);
    bool row = false;
    statement_put_text(statement, name);
    if (!statement_step(statement, &row, error))
        return false;
    *ret_known = row && statement_int(statement, 0) != 0;
    return true;
}

bool
history_lives(Db *db, const char *name, GPtrArray **ret_lives, bool *ret_known,
              GError **error)
{
    g_autoptr(GPtrArray) lives =
        g_ptr_array_new_with_free_func((GDestroyNotify)past_life_free);
    g_autoptr(GPtrArray) targets = g_ptr_array_new(); /* theirs */
    PastLife *life = NULL;
    gint64 scope = 0;
    bool row = true;
    g_autofree char *small = g_ascii_strdown(name, -1);
    if (!knows_host(db, small, ret_known, error))
        return false;
    Statement *statement = db_take(db, STMT_LIVES);
    statement_put_text(statement, small);
    while (row) {
        if (!statement_step(statement, &row, error))
            return false;
        if (!row)
            break;
        /* They come by scope, rule and subject. */
        if (!life || scope != statement_int(statement, 17) ||
            g_strcmp0(life->finding->rule, statement_text(statement, 0)) != 0 ||
            g_strcmp0(life->finding->subject, statement_text(statement, 1)) != 0) {
            life = read_life(statement);
            g_ptr_array_add(lives, life);
        }
        scope = statement_int(statement, 17);
        PastTarget *target = read_life_target(statement);
        g_ptr_array_add(life->finding->targets, target);
        g_ptr_array_add(targets, target);
    }
    if (!runs_date_targets(db, targets, error))
        return false;
    for (guint i = 0; i < lives->len; i++)
        past_finding_settle(((PastLife *)lives->pdata[i])->finding);
    *ret_lives = g_steal_pointer(&lives);
    return true;
}
