/* Writes one run into the history: what began, what ended, and what that means for each
 * finding. */
#include "recording.h"
#include "store/history.h"

#include "base/fault.h"

#include <string.h>

static void
recording_clear(Recording *recording)
{
    g_clear_pointer(&recording->judge, absence_judge_free);
    g_clear_pointer(&recording->sums, g_hash_table_unref);
    g_clear_pointer(&recording->host_ids, g_hash_table_unref);
    g_clear_pointer(&recording->known, g_array_unref);
    g_clear_pointer(&recording->unseen, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Recording, recording_clear)

static void
unseen_clear(gpointer data)
{
    UnseenEdge *unseen = data;
    g_free(unseen->source);
    g_free(unseen->target);
}

/* How far the scope was audited before. */
static bool
find_reached(Recording *recording, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_REACHED);
    bool row = false;
    statement_put_int(statement, recording->scope);
    statement_put_int(statement, recording->run->previous);
    if (!statement_step(statement, &row, error))
        return false;
    if (row && !statement_is_null(statement, 0))
        recording->reached = (int)statement_below(statement, 0, REACH_COUNT);
    /* Also tells whether it can be. */
    return statement_step(statement, &row, error);
}

static bool
find_scope(Recording *recording, GError **error)
{
    const PastScope *scope = &recording->run->scope;
    /* Whoever adds it at the same time may be first. */
    static const StatementId ids[] = {STMT_SCOPE, STMT_ADD_SCOPE, STMT_SCOPE};
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
        Statement *statement = db_take(recording->db, ids[i]);
        bool row = false;
        statement_put_text(statement, scope->domain);
        statement_put_text(statement, scope->hosts);
        statement_put_text(statement, scope->config);
        if (!statement_step(statement, &row, error))
            return false;
        if (row) {
            recording->scope = statement_int(statement, 0);
            return true;
        }
    }
    return fault_set(error, FAULT_MALFORMED,
                     "the history does not give back what was just written into it");
}

static bool
find_previous(Recording *recording, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_NEWEST);
    bool row = false;
    statement_put_int(statement, recording->scope);
    if (!statement_step(statement, &row, error))
        return false;
    recording->run->previous = row ? statement_int(statement, 0) : 0;
    return true;
}

static void
count_audit(const Audit *audit, PastRun *run)
{
    run->complete = !audit_incomplete(audit);
    run->hosts = audit->hosts->len;
    memcpy(run->pairs, audit->verdicts, sizeof run->pairs);
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if (!finding_is_counted(finding) || !g_hash_table_add(ids, finding->id))
            continue;
        if (finding->waived)
            run->waived++;
        else if (finding->status == STATUS_UNKNOWN)
            run->unknown++;
        else
            run->findings[finding->severity]++;
    }
    for (guint i = 0; audit->tickets && i < audit->tickets->len; i++) {
        const TicketEvidence *ticket = audit->tickets->pdata[i];
        run->tickets_granted += ticket->granted;
        run->tickets_refused += !ticket->granted && ticket->answered;
    }
    run->asked = asked_of(audit);
    run->gaps = audit->gaps->len;
    run->verdicts_kept = true;
    run->reach = (int)audit->policy->reach;
    run->edges_kept = audit->policy->reach != REACH_HOSTS;
    run->source_kind = g_strdup(audit->estate->source_kind);
    run->source_uri = g_strdup(audit->estate->source_uri);
    run->dc = g_strdup(audit->estate->dc);
    run->principal = g_strdup(audit->estate->principal);
}

static bool
add_run(Recording *recording, GError **error)
{
    PastRun *run = recording->run;
    const gint64 counts[] = {
        run->asked,
        run->complete,
        run->exit_status,
        run->hosts,
        run->pairs[VERDICT_READY],
        run->pairs[VERDICT_DEGRADED],
        run->pairs[VERDICT_UNKNOWN],
        run->pairs[VERDICT_BROKEN],
        run->findings[SEVERITY_INFO],
        run->findings[SEVERITY_WARNING],
        run->findings[SEVERITY_ERROR],
        run->findings[SEVERITY_CRITICAL],
        run->unknown,
        run->waived,
        run->gaps,
        run->tickets_granted,
        run->tickets_refused,
    };
    Statement *statement = db_take(recording->db, STMT_ADD_RUN);
    statement_put_int(statement, recording->scope);
    if (run->previous)
        statement_put_int(statement, run->previous);
    else
        statement_put_null(statement);
    statement_put_int(statement, run->started_us);
    statement_put_int(statement, run->duration_ms);
    statement_put_text(statement, run->tool_version);
    statement_put_text(statement, run->source_kind ? run->source_kind : "");
    statement_put_text(statement, run->source_uri ? run->source_uri : "");
    statement_put_text(statement, run->dc);
    statement_put_text(statement, run->principal);
    for (guint i = 0; i < G_N_ELEMENTS(counts); i++)
        statement_put_int(statement, counts[i]);
    if (!statement_run(statement, error))
        return false;
    run->number = db_last_id(recording->db);
    return true;
}

/* ---- findings ---- */

/* A finding with an open span that does not stand as it did. */
typedef struct {
    gint64 id;
    gint64 since;
    PastState before;
    PastState after;
    Absence absence;
    bool same;                /* only its text is another */
    const FindingRow *retold; /* NULL: as it was */
} Moved;

/* What became of one target counts for the finding as reports list it. */
static void
count_change(Recording *recording, const char *rule, const char *subject,
             const PastState *before, const PastState *after, Change change)
{
    g_autofree char *id = g_strdup_printf("%s:%s", rule, subject);
    ChangeSum *sum = g_hash_table_lookup(recording->sums, id);
    if (!sum) {
        sum = g_new0(ChangeSum, 1);
        g_hash_table_insert(recording->sums, g_steal_pointer(&id), sum);
    }
    change_sum_add(sum, change, before, after);
}

static void
count_changes(const Recording *recording)
{
    GHashTableIter iter;
    gpointer sum;
    g_hash_table_iter_init(&iter, recording->sums);
    while (g_hash_table_iter_next(&iter, NULL, &sum))
        recording->run->changes[change_sum_of(sum)]++;
}

static bool
states_equal(const PastState *a, const PastState *b)
{
    return a->standing == b->standing && a->severity == b->severity &&
           a->waived == b->waived;
}

/* Whether a finding ever failed, as far back as the history goes. */
static bool
look_back(Recording *recording, const char *name, bool *ret_failed, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_FINDING);
    bool row = false;
    statement_put_int(statement, recording->scope);
    statement_put_text(statement, name);
    if (!statement_step(statement, &row, error))
        return false;
    *ret_failed = row && statement_int(statement, 2) != 0;
    return true;
}

/* How one that is not among the rows went. */
static Absence
absence_now(const Recording *recording, const char *name, const OldFinding *old)
{
    const RunRows *rows = recording->rows;
    if (name && g_hash_table_contains(rows->by_key, name)) /* it follows from others */
        return ABSENCE_GONE;
    if (recording->judge)
        return absence_of(recording->judge, old);
    gpointer told = name ? g_hash_table_lookup(rows->endings, name) : NULL;
    return told ? (Absence)(GPOINTER_TO_UINT(told) - 1) : ABSENCE_UNSEEN;
}

/* One open span against this run. */
static bool
weigh(Recording *recording, Statement *row, GArray *moved, GError **error)
{
    RunRows *rows = recording->rows;
    const char *name = statement_text(row, 1);
    const char *rule = statement_text(row, 7) ? statement_text(row, 7) : "";
    const char *subject = statement_text(row, 8) ? statement_text(row, 8) : "";
    gpointer place = name ? g_hash_table_lookup(rows->by_key, name) : NULL;
    Moved one = {
        .id = statement_int(row, 0),
        .since = statement_int(row, 3),
        .before = {(Standing)statement_below(row, 4, STANDING_COUNT),
                   (Severity)statement_below(row, 5, SEVERITY_COUNT),
                   statement_int(row, 6) != 0},
    };
    if (place) {
        FindingRow *is =
            &g_array_index(rows->findings, FindingRow, GPOINTER_TO_UINT(place) - 1);
        is->known = true;
        one.after = past_state_after(&is->state, &one.before);
        if (is->hash != statement_int(row, 2))
            one.retold = is;
    } else {
        OldFinding old = {rule,
                          subject,
                          statement_text(row, 9),
                          statement_text(row, 10),
                          statement_text(row, 11),
                          statement_text(row, 12),
                          one.before.severity};
        one.absence = absence_now(recording, name, &old);
        one.after = past_state_without(&one.before, one.absence);
    }
    bool failed_once = true;
    if (one.before.standing == STANDING_UNKNOWN && one.after.standing == STANDING_FAIL &&
        !look_back(recording, name, &failed_once, error))
        return false;
    count_change(recording, rule, subject, &one.before, &one.after,
                 change_of(&one.before, &one.after, failed_once, one.absence));
    one.same = states_equal(&one.before, &one.after);
    if (!one.same || one.retold)
        g_array_append_val(moved, one);
    return true;
}

static bool
open_span(Recording *recording, gint64 finding, const PastState *state, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_OPEN_FINDING_SPAN);
    statement_put_int(statement, recording->scope);
    statement_put_int(statement, finding);
    statement_put_int(statement, recording->run->number);
    statement_put_int(statement, state->standing);
    statement_put_int(statement, state->severity);
    statement_put_int(statement, state->waived);
    return statement_run(statement, error);
}

static bool
close_span(Recording *recording, const Moved *moved, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_CLOSE_FINDING_SPAN);
    statement_put_int(statement, recording->scope);
    statement_put_int(statement, moved->id);
    statement_put_int(statement, moved->since);
    statement_put_int(statement, recording->run->number);
    if (moved->after.standing == STANDING_ABSENT)
        statement_put_int(statement, moved->absence);
    else
        statement_put_null(statement);
    return statement_run(statement, error);
}

static bool
retell(Recording *recording, gint64 id, const FindingRow *finding, GError **error)
{
    const FindingWords words = row_words(finding);
    g_autofree char *detail = row_detail(finding);
    Statement *statement = db_take(recording->db, STMT_RETELL_FINDING);
    statement_put_int(statement, id);
    statement_put_text(statement, words.title);
    statement_put_text(statement, detail);
    statement_put_int(statement, finding->hash);
    statement_put_text(statement, words.ran_on);
    statement_put_text(statement, words.ran_towards);
    statement_put_text(statement, words.cause);
    statement_put_text(statement, words.cause_title);
    return statement_run(statement, error);
}

static bool
move_spans(Recording *recording, const GArray *moved, GError **error)
{
    for (guint i = 0; i < moved->len; i++) {
        const Moved *one = &g_array_index(moved, Moved, i);
        if (one->retold && !retell(recording, one->id, one->retold, error))
            return false;
        if (one->same)
            continue;
        if (!close_span(recording, one, error) ||
            (one->after.standing != STANDING_ABSENT &&
             !open_span(recording, one->id, &one->after, error)))
            return false;
    }
    return true;
}

static bool
add_finding(Recording *recording, const FindingRow *finding, GError **error)
{
    const FindingWords words = row_words(finding);
    g_autofree char *detail = row_detail(finding);
    Statement *statement = db_take(recording->db, STMT_ADD_FINDING);
    statement_put_int(statement, recording->scope);
    statement_put_text(statement, finding->key);
    statement_put_text(statement, words.rule);
    statement_put_text(statement, words.subject);
    statement_put_text(statement, words.target);
    statement_put_text(statement, words.spn);
    statement_put_text(statement, words.ran_on);
    statement_put_text(statement, words.ran_towards);
    statement_put_text(statement, words.title);
    statement_put_text(statement, detail);
    statement_put_int(statement, finding->hash);
    statement_put_text(statement, words.cause);
    statement_put_text(statement, words.cause_title);
    return statement_run(statement, error);
}

/* One without an open span: new, or it was there before. */
static bool
begin_span(Recording *recording, const FindingRow *finding, GError **error)
{
    static const PastState absent = {0};
    const PastState after = finding->state;
    Statement *statement = db_take(recording->db, STMT_FINDING);
    bool row = false, failed_once = false;
    gint64 id;
    statement_put_int(statement, recording->scope);
    statement_put_text(statement, finding->key);
    if (!statement_step(statement, &row, error))
        return false;
    if (row) {
        id = statement_int(statement, 0);
        bool retold = statement_int(statement, 1) != finding->hash;
        failed_once = statement_int(statement, 2) != 0;
        if (retold && !retell(recording, id, finding, error))
            return false;
    } else {
        if (!add_finding(recording, finding, error))
            return false;
        id = db_last_id(recording->db);
    }
    const FindingWords words = row_words(finding);
    count_change(recording, words.rule, words.subject, &absent, &after,
                 change_of(&absent, &after, failed_once, ABSENCE_MENDED));
    return open_span(recording, id, &after, error);
}

static bool
record_findings(Recording *recording, GError **error)
{
    const GArray *present = recording->rows->findings;
    g_autoptr(GArray) moved = g_array_new(FALSE, TRUE, sizeof(Moved));
    Statement *statement = db_take(recording->db, STMT_OPEN_FINDINGS);
    bool row = false;
    statement_put_int(statement, recording->scope);
    while (statement_step(statement, &row, error)) {
        if (row) {
            if (!weigh(recording, statement, moved, error))
                return false;
            continue;
        }
        if (!move_spans(recording, moved, error))
            return false;
        for (guint i = 0; i < present->len; i++) {
            const FindingRow *one = &g_array_index(present, FindingRow, i);
            if (!one->known && !begin_span(recording, one, error))
                return false;
        }
        count_changes(recording);
        return true;
    }
    return false;
}

/* Against nothing there is no change. */
static bool
settle_run(Recording *recording, GError **error)
{
    PastRun *run = recording->run;
    g_autoptr(GString) counts = g_string_new(NULL);
    if (!run->previous) {
        memset(run->changes, 0, sizeof run->changes);
        run->edges_came = run->chains_came = 0;
    }
    const guint more[] = {(guint)run->reach, run->edges,      run->chains,
                          run->edges_came,   run->edges_gone, run->chains_came,
                          run->chains_gone};
    for (guint i = 0; i < CHANGE_COUNT; i++)
        g_string_append_printf(counts, "%s%u", i ? " " : "", run->changes[i]);
    Statement *statement = db_take(recording->db, STMT_SETTLE_RUN);
    statement_put_int(statement, run->number);
    statement_put_text(statement, counts->str);
    for (guint i = 0; i < G_N_ELEMENTS(more); i++)
        statement_put_int(statement, more[i]);
    return statement_run(statement, error);
}

/* Whether the history has this very run already: it was sent by one who ended before they
 * could know. */
static bool
find_taken(const Recording *recording, bool *ret_taken, GError **error)
{
    const PastRun *run = recording->run;
    Statement *statement = db_take(recording->db, STMT_TAKEN);
    statement_put_int(statement, recording->scope);
    statement_put_int(statement, run->started_us);
    statement_put_int(statement, run->duration_ms);
    statement_put_text(statement, run->source_uri ? run->source_uri : "");
    return statement_step(statement, ret_taken, error);
}

static bool
write_rows(Recording *recording, GError **error)
{
    return find_previous(recording, error) && find_reached(recording, error) &&
           add_run(recording, error) && record_findings(recording, error) &&
           record_hosts(recording, error) && record_pairs(recording, error) &&
           record_gaps(recording, error) && record_edges(recording, error) &&
           record_chains(recording, error) && settle_run(recording, error);
}

/* `unsent_to`: the run is still to be sent there; NULL: nowhere. */
static bool
record(Db *db, RunRows *rows, PastRun *run, const char *unsent_to, GError **error)
{
    g_auto(Recording) recording = {
        .db = db,
        .rows = rows,
        .run = run,
        .judge = rows->audit ? absence_judge_new(rows->audit) : NULL,
        .sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .host_ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .known = g_array_new(FALSE, TRUE, sizeof(KnownHost)),
        .reached = -1,
        .unseen = g_array_new(FALSE, FALSE, sizeof(UnseenEdge)),
    };
    bool taken = false;
    g_array_set_clear_func(recording.unseen, unseen_clear);
    if (!db_begin(db, error))
        return false;
    if (find_scope(&recording, error) &&
        (rows->audit || find_taken(&recording, &taken, error)) &&
        (taken || write_rows(&recording, error)) &&
        (!unsent_to || unsent_add(db, run->number, unsent_to, error)) &&
        db_commit(db, error))
        return true;
    db_rollback(db);
    return false;
}

bool
history_record(Db *db, const Audit *audit, PastRun *run, const char *unsent_to,
               GError **error)
{
    g_auto(RunRows) rows = {0};
    rows_of_audit(audit, &rows);
    count_audit(audit, run);
    return record(db, &rows, run, unsent_to, error);
}

bool
record_kept(Db *db, RunRows *rows, PastRun *run, GError **error)
{
    memset(run->changes, 0, sizeof run->changes);
    run->edges_came = run->edges_gone = run->chains_came = run->chains_gone = 0;
    return record(db, rows, run, NULL, error);
}
