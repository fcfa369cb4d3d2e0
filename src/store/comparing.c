/* What changed between two runs. */
#include "reading.h"
#include "recording.h"
#include "store/history.h"

#include "base/fault.h"

#include <string.h>

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
    PastTarget *target = runs_target(row);
    target->before = runs_state(row, 6);
    target->after = runs_state(row, 9);
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
    g_autoptr(PastFinding) read = runs_finding(row);
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
    if (!runs_date_targets(db, targets, error))
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
    pair->source = runs_text(row, 0);
    pair->target = runs_text(row, 1);
    pair->before = before;
    pair->after = after;
    g_ptr_array_add(comparison->pairs, pair);
}

static void
take_host(Statement *row, Comparison *comparison)
{
    bool had = statement_int(row, 1) != 0;
    g_ptr_array_add(had ? comparison->left : comparison->joined, runs_text(row, 0));
}

static void
take_gap(Statement *row, Comparison *comparison)
{
    bool had = statement_int(row, 2) != 0;
    g_autoptr(GHashTable) seen = gap_seen_new();
    g_autofree char *what = runs_text(row, 0);
    g_autofree char *why = runs_text(row, 1);
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
    edge->id = runs_text(row, 0);
    edge->source = runs_text(row, 1);
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
    chain->from = runs_text(row, 0);
    chain->to = runs_text(row, 1);
    chain->steps = statement_below(row, 2, RUNS_COUNT_MAX);
    chain->path = runs_text(row, 3);
    chain->course = course;
    /* Any step of it may be of another domain. */
    chain->by_scope =
        course == COURSE_CAME &&
        past_is_by_scope(comparison->reached, comparison->after->reach, true);
    g_ptr_array_add(comparison->chains, chain);
}

typedef struct {
    StatementId id;
    void (*take)(Statement *row, Comparison *comparison);
} Part;

/* All rows of each. */
static bool
take_parts(Db *db, gint64 scope, const Part *parts, guint count, Comparison *comparison,
           GError **error)
{
    for (guint i = 0; i < count; i++) {
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

static bool
compare_edges(Db *db, gint64 scope, Comparison *comparison, GError **error)
{
    static const Part parts[] = {{STMT_COMPARE_EDGES, take_edge},
                                 {STMT_COMPARE_CHAINS, take_chain}};
    comparison->edges_kept = comparison->after->edges_kept;
    if (comparison->edges_kept &&
        !take_parts(db, scope, parts, G_N_ELEMENTS(parts), comparison, error))
        return false;
    g_ptr_array_sort(comparison->edges, by_exposure);
    return true;
}

static bool
compare_rest(Db *db, gint64 scope, Comparison *comparison, GError **error)
{
    static const Part parts[] = {{STMT_COMPARE_PAIRS, take_pair},
                                 {STMT_COMPARE_HOSTS, take_host},
                                 {STMT_COMPARE_GAPS, take_gap}};
    comparison->verdicts_kept =
        comparison->before->verdicts_kept && comparison->after->verdicts_kept;
    return !comparison->verdicts_kept ||
           take_parts(db, scope, parts, G_N_ELEMENTS(parts), comparison, error);
}

bool
history_compare(Db *db, gint64 one, gint64 other, Comparison **ret_comparison,
                GError **error)
{
    g_autoptr(Comparison) comparison = comparison_new();
    gint64 scope = 0, other_scope = 0;
    if (!history_run(db, MIN(one, other), &comparison->before, error) ||
        !history_run(db, MAX(one, other), &comparison->after, error) ||
        !runs_scope(db, one, &scope, error) ||
        !runs_scope(db, other, &other_scope, error))
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
