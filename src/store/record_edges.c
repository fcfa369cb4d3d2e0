/* The part of a recording that is about delegations: who delegates to whom, and how it
 * stands.  A run that looked at hosts alone leaves all as it was. */
#include "base/text.h"
#include "recording.h"

/* A delegation of this audit, and what the history has of it. */
typedef struct {
    const Edge *edge;
    PastEdgeState state;
    bool known; /* its span is open, and goes on or is told in `moved` */
} Present;

/* One with an open span that does not stand as it did. */
typedef struct {
    gint64 id;
    gint64 since;
    PastEdgeState after; /* not there: gone */
} Moved;

typedef struct {
    Recording *recording;
    GArray *present;    /* of Present */
    GHashTable *by_id;  /* id -> index into `present`, + 1 */
    GArray *moved;      /* of Moved */
    GHashTable *clouds; /* where something is unseen: names of sources with a list, and
                         * of targets with a descriptor */
} Edges;

static void
edges_clear(Edges *edges)
{
    g_clear_pointer(&edges->present, g_array_unref);
    g_clear_pointer(&edges->by_id, g_hash_table_unref);
    g_clear_pointer(&edges->moved, g_array_unref);
    g_clear_pointer(&edges->clouds, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Edges, edges_clear)

/* What is declared and not there is no delegation. */
static void
find_present(Edges *edges)
{
    const Audit *audit = edges->recording->audit;
    bool declares = audit->policy->declarations->len > 0;
    for (guint i = 0; i < audit->edges->len; i++) {
        const Edge *edge = audit->edges->pdata[i];
        if (edge->missing)
            continue;
        Present one = {
            .edge = edge,
            .state = {.there = true,
                      .seen = true,
                      .verdict = edge->verdict,
                      .tier0 = edge->tier0,
                      .declared = !declares          ? TRI_UNKNOWN
                                  : edge->undeclared ? TRI_NO
                                                     : TRI_YES,
                      .paired = edge->migration != NULL},
        };
        g_array_append_val(edges->present, one);
        g_hash_table_insert(edges->by_id, edge->id,
                            GUINT_TO_POINTER(edges->present->len));
    }
}

static bool
states_equal(const PastEdgeState *a, const PastEdgeState *b)
{
    return a->there == b->there && a->seen == b->seen && a->verdict == b->verdict &&
           a->tier0 == b->tier0 && a->declared == b->declared && a->paired == b->paired;
}

/* Whoever was Tier 0, and cannot be told to be any more, is taken for it. */
static bool
is_tier0_still(const Recording *recording, const Edge *edge, bool before)
{
    const Account *target = edge->owner == OWNER_FOUND ? edge->target.account : NULL;
    return edge->tier0 ||
           (before && target &&
            estate_is_tier0(recording->audit->estate, target) == TRI_UNKNOWN);
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

/* One open span against this audit. */
static void
weigh(Edges *edges, Statement *row)
{
    Recording *recording = edges->recording;
    const char *name = statement_text(row, 1);
    gpointer place = name ? g_hash_table_lookup(edges->by_id, name) : NULL;
    const PastEdgeState before = recording_edge_state(row, 3);
    const OldEdge old = old_of(row);
    Moved one = {
        .id = statement_int(row, 0), .since = statement_int(row, 2), .after = before};
    if (place) {
        Present *is =
            &g_array_index(edges->present, Present, GPOINTER_TO_UINT(place) - 1);
        is->state.tier0 = is_tier0_still(recording, is->edge, before.tier0);
        is->known = true;
        one.after = is->state;
    } else if (absence_edge_is_gone(recording->judge, &old)) {
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

/* Whether an end of it is of another domain than the audited one. */
static bool
is_away(const Estate *estate, const Edge *edge)
{
    const Principal *const ends[] = {&edge->source, &edge->target};
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
        if (ends[i]->domain && estate->domain &&
            !text_equal(ends[i]->domain, estate->domain))
            return true;
    return edge->source.kind == PRINCIPAL_FOREIGN;
}

static void
put_edge(Statement *statement, const Estate *estate, const Edge *edge, const char *source,
         const char *target)
{
    bool to_account = edge->target.account != NULL;
    statement_put_text(statement, edge->id);
    statement_put_text(statement, source);
    statement_put_int(statement, edge->source.kind);
    statement_put_text(statement, target);
    if (to_account)
        statement_put_int(statement, edge->target.kind);
    else
        statement_put_null(statement);
    statement_put_int(statement, g_bit_nth_lsf(edge->way, -1));
    statement_put_int(statement, is_away(estate, edge));
}

/* Its number in the history, where it gets one now if it has none. */
static bool
number_of(Recording *recording, const Edge *edge, gint64 *ret_id, GError **error)
{
    const Estate *estate = recording->audit->estate;
    Statement *find = db_take(recording->db, STMT_EDGE);
    bool row = false;
    statement_put_int(find, recording->scope);
    statement_put_text(find, edge->id);
    if (!statement_step(find, &row, error))
        return false;
    *ret_id = row ? statement_int(find, 0) : 0;
    if (row)
        return true;
    g_autofree char *source = principal_id_name(estate, &edge->source);
    g_autofree char *target =
        edge->way == LEG_UNCONSTRAINED ? NULL : principal_id_name(estate, &edge->target);
    Statement *add = db_take(recording->db, STMT_ADD_EDGE);
    statement_put_int(add, recording->scope);
    put_edge(add, estate, edge, source, target);
    if (!statement_run(add, error))
        return false;
    *ret_id = db_last_id(recording->db);
    return true;
}

/* Whether it may be one that is unseen by another name: an SPN whose owner did not show,
 * a trustee without its account. */
static bool
may_be_unseen(const Edges *edges, const Edge *edge)
{
    const Estate *estate = edges->recording->audit->estate;
    bool nameless = edge->way == LEG_KCD ? edge->owner == OWNER_UNKNOWN && !edge->tier0
                                         : edge->source.kind == PRINCIPAL_FOREIGN;
    if (!nameless || edge->way == LEG_UNCONSTRAINED)
        return false;
    g_autofree char *source = principal_id_name(estate, &edge->source);
    g_autofree char *target = principal_id_name(estate, &edge->target);
    g_autofree char *cloud = cloud_of(edge->way, source, target);
    return g_hash_table_contains(edges->clouds, cloud);
}

static bool
begin_spans(const Edges *edges, GError **error)
{
    Recording *recording = edges->recording;
    for (guint i = 0; i < edges->present->len; i++) {
        const Present *one = &g_array_index(edges->present, Present, i);
        gint64 id = 0;
        if (one->known || may_be_unseen(edges, one->edge))
            continue;
        if (!number_of(recording, one->edge, &id, error) ||
            !open_span(recording, id, &one->state, error))
            return false;
        recording->run->edges_came +=
            !past_is_by_scope(recording->reached, recording->run->reach,
                              is_away(recording->audit->estate, one->edge));
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
        .present = g_array_new(FALSE, FALSE, sizeof(Present)),
        .by_id = g_hash_table_new(g_str_hash, g_str_equal),
        .moved = g_array_new(FALSE, FALSE, sizeof(Moved)),
        .clouds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    find_present(&edges);
    recording->run->edges = edges.present->len;
    return read_open(&edges, error) && move_spans(&edges, error) &&
           begin_spans(&edges, error);
}
