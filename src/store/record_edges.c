/* The part of a recording that is about delegations: who delegates to whom, and how it
 * stands.  A run that looked at hosts alone leaves all as it was. */
#include "recording.h"

/* One with an open span that does not stand as it did. */
typedef struct {
    gint64 id;
    gint64 since;
    PastEdgeState after; /* not there: gone */
} Moved;

typedef struct {
    Recording *recording;
    GArray *moved;      /* of Moved */
    GHashTable *clouds; /* where something is unseen: names of sources with a list, and
                         * of targets with a descriptor */
} Edges;

static void
edges_clear(Edges *edges)
{
    g_clear_pointer(&edges->moved, g_array_unref);
    g_clear_pointer(&edges->clouds, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Edges, edges_clear)

static bool
states_equal(const PastEdgeState *a, const PastEdgeState *b)
{
    return a->there == b->there && a->seen == b->seen && a->verdict == b->verdict &&
           a->tier0 == b->tier0 && a->declared == b->declared && a->paired == b->paired;
}

/* Whoever was Tier 0, and cannot be told to be any more, is taken for it. */
static bool
is_tier0_still(const RunRows *rows, const EdgeRow *row, bool before)
{
    const Edge *edge = row->edge;
    const Account *target =
        edge && edge->owner == OWNER_FOUND ? edge->target.account : NULL;
    return row->state.tier0 ||
           (before && target &&
            estate_is_tier0(rows->audit->estate, target) == TRI_UNKNOWN);
}

static char *
cloud_of(Leg way, const char *source, const char *target)
{
    const char *holder = way == LEG_RBCD ? target : source;
    return g_strdup_printf("%u:%s", (guint)way, holder ? holder : "");
}

static OldEdge
old_of(Statement *row)
{
    const char *source = statement_text(row, 8);
    bool to_account = !statement_is_null(row, 11);
    return (OldEdge){
        .source = source ? source : "",
        .target = statement_text(row, 10),
        .way = (Leg)(1u << statement_below(row, 12, WAY_COUNT)),
        .source_kind = statement_below(row, 9, PRINCIPAL_COUNT),
        .to_account = to_account,
        .target_kind = to_account ? statement_below(row, 11, PRINCIPAL_COUNT) : 0,
        .away = statement_int(row, 13) != 0,
    };
}

/* What may have been a step to somewhere, and could not be seen. */
static void
note_unseen(Edges *edges, const OldEdge *old, const PastEdgeState *state)
{
    Recording *recording = edges->recording;
    bool anybody =
        old->source_kind >= PRINCIPAL_GROUP && old->source_kind != PRINCIPAL_ORPHAN;
    g_hash_table_add(edges->clouds, cloud_of(old->way, old->source, old->target));
    if (!old->to_account || !old->target || state->verdict == VERDICT_BROKEN)
        return;
    UnseenEdge unseen = {anybody ? NULL : g_strdup(old->source), g_strdup(old->target),
                         state->tier0};
    g_array_append_val(recording->unseen, unseen);
}

/* One that is not among the rows. */
static bool
is_gone(const Recording *recording, const char *name, const OldEdge *old)
{
    return recording->judge
               ? absence_edge_is_gone(recording->judge, old)
               : name && g_hash_table_contains(recording->rows->edges_ended, name);
}

/* One open span against this run. */
static void
weigh(Edges *edges, Statement *row)
{
    Recording *recording = edges->recording;
    RunRows *rows = recording->rows;
    const char *name = statement_text(row, 1);
    gpointer place = name ? g_hash_table_lookup(rows->edge_at, name) : NULL;
    const PastEdgeState before = recording_edge_state(row, 3);
    const OldEdge old = old_of(row);
    Moved one = {
        .id = statement_int(row, 0), .since = statement_int(row, 2), .after = before};
    if (place) {
        EdgeRow *is = &g_array_index(rows->edges, EdgeRow, GPOINTER_TO_UINT(place) - 1);
        is->state.tier0 = is_tier0_still(rows, is, before.tier0);
        is->known = true;
        one.after = is->state;
    } else if (is_gone(recording, name, &old)) {
        one.after = (PastEdgeState){0};
        recording->run->edges_gone++;
    } else {
        one.after.seen = false;
        note_unseen(edges, &old, &before);
    }
    if (!states_equal(&before, &one.after))
        g_array_append_val(edges->moved, one);
}

static bool
read_open(Edges *edges, GError **error)
{
    Statement *statement = db_take(edges->recording->db, STMT_OPEN_EDGES);
    bool row = false;
    statement_put_int(statement, edges->recording->scope);
    while (statement_step(statement, &row, error)) {
        if (!row)
            return true;
        weigh(edges, statement);
    }
    return false;
}

static bool
open_span(Recording *recording, gint64 id, const PastEdgeState *state, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_OPEN_EDGE_SPAN);
    statement_put_int(statement, recording->scope);
    statement_put_int(statement, id);
    statement_put_int(statement, recording->run->number);
    statement_put_int(statement, state->seen);
    statement_put_int(statement, state->verdict);
    statement_put_int(statement, state->tier0);
    if (state->declared == TRI_UNKNOWN)
        statement_put_null(statement);
    else
        statement_put_int(statement, state->declared == TRI_YES);
    statement_put_int(statement, state->paired);
    return statement_run(statement, error);
}

static bool
move_spans(const Edges *edges, GError **error)
{
    for (guint i = 0; i < edges->moved->len; i++) {
        const Moved *one = &g_array_index(edges->moved, Moved, i);
        if (!recording_close_span(edges->recording, STMT_CLOSE_EDGE_SPAN, one->id,
                                  one->since, error) ||
            (one->after.there &&
             !open_span(edges->recording, one->id, &one->after, error)))
            return false;
    }
    return true;
}

static void
put_edge(Statement *statement, const EdgeRow *edge)
{
    statement_put_text(statement, edge->id);
    statement_put_text(statement, edge->source);
    statement_put_int(statement, edge->source_kind);
    statement_put_text(statement, edge->target);
    if (edge->to_account)
        statement_put_int(statement, edge->target_kind);
    else
        statement_put_null(statement);
    statement_put_int(statement, g_bit_nth_lsf(edge->way, -1));
    statement_put_int(statement, edge->away);
}

/* Its number in the history, where it gets one now if it has none. */
static bool
number_of(Recording *recording, const EdgeRow *edge, gint64 *ret_id, GError **error)
{
    Statement *find = db_take(recording->db, STMT_EDGE);
    bool row = false;
    statement_put_int(find, recording->scope);
    statement_put_text(find, edge->id);
    if (!statement_step(find, &row, error))
        return false;
    *ret_id = row ? statement_int(find, 0) : 0;
    if (row)
        return true;
    Statement *add = db_take(recording->db, STMT_ADD_EDGE);
    statement_put_int(add, recording->scope);
    put_edge(add, edge);
    if (!statement_run(add, error))
        return false;
    *ret_id = db_last_id(recording->db);
    return true;
}

/* An SPN whose owner did not show, a trustee without its account. */
static bool
is_nameless(const EdgeRow *row)
{
    bool unowned = row->edge ? row->edge->owner == OWNER_UNKNOWN : !row->to_account;
    switch (row->way) {
    case LEG_KCD:
        return unowned && !row->state.tier0;
    case LEG_RBCD:
        return row->source_kind == PRINCIPAL_FOREIGN;
    case LEG_UNCONSTRAINED:
        return false;
    }
    g_assert_not_reached();
}

/* Whether it may be one that is unseen by another name. */
static bool
may_be_unseen(const Edges *edges, const EdgeRow *row)
{
    if (!is_nameless(row))
        return false;
    g_autofree char *cloud = cloud_of(row->way, row->source, row->target);
    return g_hash_table_contains(edges->clouds, cloud);
}

static bool
begin_spans(const Edges *edges, GError **error)
{
    Recording *recording = edges->recording;
    for (guint i = 0; i < recording->rows->edges->len; i++) {
        EdgeRow *one = &g_array_index(recording->rows->edges, EdgeRow, i);
        gint64 id = 0;
        if (one->known)
            continue;
        rows_tell_edge(recording->rows, one);
        if (may_be_unseen(edges, one))
            continue;
        if (!number_of(recording, one, &id, error) ||
            !open_span(recording, id, &one->state, error))
            return false;
        recording->run->edges_came +=
            !past_is_by_scope(recording->reached, recording->run->reach, one->away);
    }
    return true;
}

bool
record_edges(Recording *recording, GError **error)
{
    if (recording->run->reach == REACH_HOSTS)
        return true;
    g_auto(Edges) edges = {
        .recording = recording,
        .moved = g_array_new(FALSE, FALSE, sizeof(Moved)),
        .clouds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    recording->run->edges = recording->rows->edges->len;
    return read_open(&edges, error) && move_spans(&edges, error) &&
           begin_spans(&edges, error);
}
