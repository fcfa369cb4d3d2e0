/* Reads runs back, and the past of single findings. */
#include "recording.h"
#include "store/history.h"

#include "base/fault.h"

#include <string.h>

/* Counts of a hostile file are numbers, no more. */
#define COUNT_MAX G_MAXINT32

static char *
text_or_empty(const Statement *row, int column)
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
        run->changes[i] = (guint)MIN(count, COUNT_MAX);
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
        *counts[i] = statement_below(row, (*column)++, COUNT_MAX);
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
    run->tool_version = text_or_empty(row, column++);
    run->source_kind = text_or_empty(row, column++);
    run->source_uri = text_or_empty(row, column++);
    run->dc = statement_dup(row, column++);
    run->principal = statement_dup(row, column++);
    run->asked = statement_below(row, column++, 1u << ASKED_COUNT);
    run->complete = statement_int(row, column++) != 0;
    run->exit_status = (int)statement_below(row, column++, 256);
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++)
        *counts[i] = statement_below(row, column++, COUNT_MAX);
    run->previous = statement_int(row, column++);
    read_changes(statement_text(row, column++), run);
    run->verdicts_kept = statement_int(row, column++) != 0;
    read_reach(row, &column, run);
    run->scope.domain = text_or_empty(row, column++);
    run->scope.hosts = text_or_empty(row, column++);
    run->scope.config = text_or_empty(row, column++);
    return run;
}

/* The scope of a run, as the file numbers it; 0: no such run. */
static bool
scope_of(Db *db, gint64 number, gint64 *ret_scope, GError **error)
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
    if (like && !scope_of(db, like->number, &scope, error))
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
    if (!scope_of(db, number, &scope, error))
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
static bool
date_targets(Db *db, const GPtrArray *targets, GError **error)
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

static PastState
read_state(Statement *row, int column)
{
    if (statement_is_null(row, column))
        return (PastState){0};
    return (PastState){(Standing)statement_below(row, column, STANDING_COUNT),
                       (Severity)statement_below(row, column + 1, SEVERITY_COUNT),
                       statement_int(row, column + 2) != 0};
}

/* Columns 2 to 5 of compare-findings and lives. */
static PastTarget *
read_target(const Statement *row)
{
    PastTarget *target = g_new0(PastTarget, 1);
    target->target = statement_dup(row, 2);
    target->spn = statement_dup(row, 3);
    target->title = text_or_empty(row, 4);
    target->detail = text_or_empty(row, 5);
    return target;
}

/* A new finding for the rule and the subject of the row, its first two columns. */
static PastFinding *
read_finding(const Statement *row)
{
    const char *rule = statement_text(row, 0), *subject = statement_text(row, 1);
    return past_finding_new(rule ? rule : "", subject ? subject : "");
}

static PastTarget *
read_life_target(Statement *row)
{
    PastTarget *target = read_target(row);
    target->after = read_state(row, 6);
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
    life->finding = read_finding(row);
    life->scope = (PastScope){text_or_empty(row, 14), text_or_empty(row, 15),
                              text_or_empty(row, 16)};
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
    if (!scope_of(db, run->number, &scope, error))
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
    if (!knows_host(db, name, ret_known, error))
        return false;
    Statement *statement = db_take(db, STMT_LIVES);
    statement_put_text(statement, name);
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
    if (!date_targets(db, targets, error))
        return false;
    for (guint i = 0; i < lives->len; i++)
        past_finding_settle(((PastLife *)lives->pdata[i])->finding);
    *ret_lives = g_steal_pointer(&lives);
    return true;
}

/* ---- two runs ---- */

/* The order in which people want to read them. */
static int
change_place(Change change)
{
    return change == CHANGE_CHANGED ? 2 * CHANGE_WORSENED + 1 : 2 * (int)change;
}

static int
by_change(gconstpointer a, gconstpointer b)
{
    const PastFinding *left = *(const PastFinding *const *)a;
    const PastFinding *right = *(const PastFinding *const *)b;
    int places = change_place(left->change) - change_place(right->change);
    if (places)
        return places;
    if (left->by_scope != right->by_scope)
        return left->by_scope ? 1 : -1;
    Severity worst[2] = {MAX(left->before.severity, left->after.severity),
                         MAX(right->before.severity, right->after.severity)};
    if (worst[0] != worst[1])
        return worst[0] > worst[1] ? -1 : 1;
    return strcmp(left->id, right->id);
}

static Statement *
take_between(Db *db, StatementId id, gint64 scope, const Comparison *comparison)
{
    Statement *statement = db_take(db, id);
    statement_put_int(statement, scope);
    statement_put_int(statement, comparison->before->number);
    statement_put_int(statement, comparison->after->number);
    return statement;
}

static PastTarget *
read_change(Statement *row, const Comparison *comparison, const PastFinding *finding)
{
    PastTarget *target = read_target(row);
    target->before = read_state(row, 6);
    target->after = read_state(row, 9);
    if (!statement_is_null(row, 13))
        target->absence = (Absence)statement_below(row, 13, ABSENCE_COUNT);
    target->change = change_of(&target->before, &target->after,
                               statement_int(row, 12) != 0, target->absence);
    target->first_run = statement_int(row, 14);
    target->last_run = statement_int(row, 15);
    target->cause = statement_dup(row, 17);
    target->cause_title = statement_dup(row, 18);
    target->by_scope =
        target->change == CHANGE_NEW &&
        past_is_by_scope(comparison->reached, comparison->after->reach, false) &&
        past_is_beyond_hosts(finding->rule, statement_int(row, 16) != 0);
    return target;
}

/* `by_id`: of PastFinding *, borrowed. */
static void
take_finding(Statement *row, Comparison *comparison, GHashTable *by_id,
             GPtrArray *targets)
{
    g_autoptr(PastFinding) read = read_finding(row);
    PastFinding *finding = g_hash_table_lookup(by_id, read->id);
    if (!finding) {
        finding = g_steal_pointer(&read);
        g_ptr_array_add(comparison->findings, finding);
        g_hash_table_insert(by_id, finding->id, finding);
    }
    PastTarget *target = read_change(row, comparison, finding);
    g_ptr_array_add(finding->targets, target);
    g_ptr_array_add(targets, target);
}

static bool
compare_findings(Db *db, gint64 scope, Comparison *comparison, GError **error)
{
    Statement *statement = take_between(db, STMT_COMPARE_FINDINGS, scope, comparison);
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) targets = g_ptr_array_new();
    bool row = true;
    while (row) {
        if (!statement_step(statement, &row, error))
            return false;
        if (row)
            take_finding(statement, comparison, by_id, targets);
    }
    if (!date_targets(db, targets, error))
        return false;
    for (guint i = 0; i < comparison->findings->len; i++) {
        PastFinding *finding = comparison->findings->pdata[i];
        past_finding_settle(finding);
        comparison->counts[finding->change]++;
    }
    g_ptr_array_sort(comparison->findings, by_change);
    comparison_find_causes(comparison);
    return true;
}

static void
take_pair(Statement *row, Comparison *comparison)
{
    bool had = !statement_is_null(row, 2), has = !statement_is_null(row, 3);
    comparison->pairs_more += !had && has;
    comparison->pairs_fewer += had && !has;
    if (!had || !has)
        return;
    Verdict before = (Verdict)statement_below(row, 2, VERDICT_COUNT);
    Verdict after = (Verdict)statement_below(row, 3, VERDICT_COUNT);
    if (before == after)
        return;
    PastPair *pair = g_new0(PastPair, 1);
    pair->source = text_or_empty(row, 0);
    pair->target = text_or_empty(row, 1);
    pair->before = before;
    pair->after = after;
    g_ptr_array_add(comparison->pairs, pair);
}

static void
take_host(Statement *row, Comparison *comparison)
{
    bool had = statement_int(row, 1) != 0;
    g_ptr_array_add(had ? comparison->left : comparison->joined, text_or_empty(row, 0));
}

static void
take_gap(Statement *row, Comparison *comparison)
{
    bool had = statement_int(row, 2) != 0;
    g_autoptr(GHashTable) seen = gap_seen_new();
    g_autofree char *what = text_or_empty(row, 0);
    g_autofree char *why = text_or_empty(row, 1);
    const Gaps gaps = {had ? comparison->reread : comparison->unread, seen};
    gaps_add(&gaps, what, why);
}

/* Towards Tier 0 first. */
static int
by_exposure(gconstpointer a, gconstpointer b)
{
    const PastEdge *left = *(const PastEdge *const *)a;
    const PastEdge *right = *(const PastEdge *const *)b;
    bool tier0[] = {left->before.tier0 || left->after.tier0,
                    right->before.tier0 || right->after.tier0};
    return tier0[0] != tier0[1] ? (tier0[0] ? -1 : 1) : strcmp(left->id, right->id);
}

/* How far a scope was audited at most up to the earlier run. */
static bool
reached_by(Db *db, gint64 scope, gint64 number, int *ret_reached, GError **error)
{
    Statement *statement = db_take(db, STMT_REACHED);
    bool row = false;
    statement_put_int(statement, scope);
    statement_put_int(statement, number);
    if (!statement_step(statement, &row, error))
        return false;
    *ret_reached = row && !statement_is_null(statement, 0)
                       ? (int)statement_below(statement, 0, REACH_COUNT)
                       : -1;
    return statement_step(statement, &row, error);
}

static void
take_edge(Statement *row, Comparison *comparison)
{
    const PastEdgeState before = recording_edge_state(row, 5),
                        after = recording_edge_state(row, 10);
    Course course = past_edge_course(&before, &after);
    if (course == COURSE_NONE)
        return;
    PastEdge *edge = g_new0(PastEdge, 1);
    edge->id = text_or_empty(row, 0);
    edge->source = text_or_empty(row, 1);
    edge->target = statement_dup(row, 2);
    edge->way = (Leg)(1u << statement_below(row, 3, WAY_COUNT));
    edge->away = statement_int(row, 4) != 0;
    edge->before = before;
    edge->after = after;
    edge->course = course;
    edge->by_scope =
        course == COURSE_CAME &&
        past_is_by_scope(comparison->reached, comparison->after->reach, edge->away);
    g_ptr_array_add(comparison->edges, edge);
}

/* As an edge's: there is no more to it than whether it is there. */
static Course
chain_course(Statement *row)
{
    const PastEdgeState before = {.there = !statement_is_null(row, 4), .seen = true};
    const PastEdgeState after = {.there = !statement_is_null(row, 5),
                                 .seen = statement_int(row, 5) != 0};
    return past_edge_course(&before, &after);
}

static void
take_chain(Statement *row, Comparison *comparison)
{
    Course course = chain_course(row);
    if (course == COURSE_NONE)
        return;
    PastChain *chain = g_new0(PastChain, 1);
    chain->from = text_or_empty(row, 0);
    chain->to = text_or_empty(row, 1);
    chain->steps = statement_below(row, 2, COUNT_MAX);
    chain->path = text_or_empty(row, 3);
    chain->course = course;
    /* Any step of it may be of another domain. */
    chain->by_scope =
        course == COURSE_CAME &&
        past_is_by_scope(comparison->reached, comparison->after->reach, true);
    g_ptr_array_add(comparison->chains, chain);
}

static bool
compare_edges(Db *db, gint64 scope, Comparison *comparison, GError **error)
{
    static const struct {
        StatementId id;
        void (*take)(Statement *row, Comparison *comparison);
    } parts[] = {{STMT_COMPARE_EDGES, take_edge}, {STMT_COMPARE_CHAINS, take_chain}};
    comparison->edges_kept = comparison->after->edges_kept;
    for (guint i = 0; i < G_N_ELEMENTS(parts) && comparison->edges_kept; i++) {
        Statement *statement = take_between(db, parts[i].id, scope, comparison);
        bool row = true;
        while (row) {
            if (!statement_step(statement, &row, error))
                return false;
            if (row)
                parts[i].take(statement, comparison);
        }
    }
    g_ptr_array_sort(comparison->edges, by_exposure);
    return true;
}

static bool
compare_rest(Db *db, gint64 scope, Comparison *comparison, GError **error)
{
    static const struct {
        StatementId id;
        void (*take)(Statement *row, Comparison *comparison);
    } parts[] = {{STMT_COMPARE_PAIRS, take_pair},
                 {STMT_COMPARE_HOSTS, take_host},
                 {STMT_COMPARE_GAPS, take_gap}};
    comparison->verdicts_kept =
        comparison->before->verdicts_kept && comparison->after->verdicts_kept;
    for (guint i = 0; i < G_N_ELEMENTS(parts) && comparison->verdicts_kept; i++) {
        Statement *statement = take_between(db, parts[i].id, scope, comparison);
        bool row = true;
        while (row) {
            if (!statement_step(statement, &row, error))
                return false;
            if (row)
                parts[i].take(statement, comparison);
        }
    }
    return true;
}

bool
history_compare(Db *db, gint64 one, gint64 other, Comparison **ret_comparison,
                GError **error)
{
    g_autoptr(Comparison) comparison = comparison_new();
    gint64 scope = 0, other_scope = 0;
    if (!history_run(db, MIN(one, other), &comparison->before, error) ||
        !history_run(db, MAX(one, other), &comparison->after, error) ||
        !scope_of(db, one, &scope, error) || !scope_of(db, other, &other_scope, error))
        return false;
    if (one == other)
        return fault_set(error, FAULT_CONFIG,
                         "run %" G_GINT64_FORMAT " does not differ from itself", one);
    if (scope != other_scope) {
        g_autofree char *left = past_scope_text(&comparison->before->scope);
        g_autofree char *right = past_scope_text(&comparison->after->scope);
        return fault_set(error, FAULT_CONFIG,
                         "runs %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT
                         " did not audit the same: %s; %s",
                         comparison->before->number, comparison->after->number, left,
                         right);
    }
    if (!reached_by(db, scope, comparison->before->number, &comparison->reached, error) ||
        !compare_findings(db, scope, comparison, error) ||
        !compare_rest(db, scope, comparison, error) ||
        !compare_edges(db, scope, comparison, error))
        return false;
    *ret_comparison = g_steal_pointer(&comparison);
    return true;
}
