/* The part of a recording that is about ways to Tier 0: who gets there by delegation
 * alone, and who got there before and may still. */
#include "recording.h"

#include <string.h>

#define TIER0 "" /* as a name: no account is called so */

/* A chain with an open span that does not stand as it did. */
typedef struct {
    gint64 id;
    gint64 since;
    bool ends;              /* the span does */
    bool begins, seen;      /* another does, and how */
    const ChainRow *retold; /* NULL: as it was */
} Moved;

typedef struct {
    Recording *recording;
    GArray *moved; /* of Moved */
    GStringChunk *words;
    GHashTable *towards; /* name -> GPtrArray of those who act on it; NULL: anybody */
    GHashTable *may;     /* names of who may get to Tier 0; NULL: not asked yet */
    bool all_may;        /* by what could not be seen, anybody may */
} Ways;

static void
ways_clear(Ways *ways)
{
    g_clear_pointer(&ways->moved, g_array_unref);
    g_clear_pointer(&ways->towards, g_hash_table_unref);
    g_clear_pointer(&ways->may, g_hash_table_unref);
    g_clear_pointer(&ways->words, g_string_chunk_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Ways, ways_clear)

/* ---- who may get there ---- */

/* `from` acts on `to`; both are copied. */
static void
add_way(Ways *ways, const char *from, const char *to)
{
    const char *key = g_string_chunk_insert_const(ways->words, to);
    GPtrArray *list = g_hash_table_lookup(ways->towards, key);
    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(ways->towards, (gpointer)key, list);
    }
    g_ptr_array_add(list, from ? (gpointer)g_string_chunk_insert_const(ways->words, from)
                               : NULL);
}

/* Also a target that was Tier 0, and cannot be told to be any more. */
static void
add_edge(Ways *ways, const Edge *edge)
{
    const Estate *estate = ways->recording->rows->audit->estate;
    const Account *target = edge->target.account;
    bool tier0 = estate_is_tier0(estate, target) != TRI_NO;
    g_autofree char *to = tier0 ? g_strdup(TIER0) : account_id_name(estate, target);
    const GArray *unseen = ways->recording->unseen;
    if (edge->in_group)
        for (guint i = 0; i < edge->in_group->len; i++) {
            g_autofree char *from = account_id_name(estate, edge->in_group->pdata[i]);
            add_way(ways, from, to);
        }
    else if (!edge->broad) {
        g_autofree char *from = principal_id_name(estate, &edge->source);
        add_way(ways, from, to);
    }
    /* Who is among everybody shows by other edges alone. */
    for (guint i = 0; edge->broad && i < unseen->len; i++) {
        const UnseenEdge *other = &g_array_index(unseen, UnseenEdge, i);
        add_way(ways, other->source, to);
        add_way(ways, other->target, to);
    }
}

static void
gather_ways(Ways *ways)
{
    const Recording *recording = ways->recording;
    for (guint i = 0; i < recording->rows->audit->edges->len; i++) {
        const Edge *edge = recording->rows->audit->edges->pdata[i];
        if (chains_edge_is_step(edge))
            add_edge(ways, edge);
    }
    for (guint i = 0; i < recording->unseen->len; i++) {
        const UnseenEdge *edge = &g_array_index(recording->unseen, UnseenEdge, i);
        add_way(ways, edge->source, edge->tier0 ? TIER0 : edge->target);
    }
    const GArray *chains = recording->rows->chains;
    for (guint i = 0; i < chains->len; i++)
        add_way(ways, g_array_index(chains, ChainRow, i).from, TIER0);
}

/* Backwards from Tier 0, by what is there and by what could not be seen. */
static void
find_may(Ways *ways)
{
    g_autoptr(GPtrArray) met = g_ptr_array_new();
    ways->towards = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                          (GDestroyNotify)g_ptr_array_unref);
    ways->may = g_hash_table_new(g_str_hash, g_str_equal);
    gather_ways(ways);
    g_ptr_array_add(met, (gpointer)TIER0);
    for (guint i = 0; i < met->len; i++) {
        const GPtrArray *from = g_hash_table_lookup(ways->towards, met->pdata[i]);
        for (guint n = 0; from && n < from->len; n++) {
            if (!from->pdata[n])
                ways->all_may = true;
            else if (g_hash_table_add(ways->may, from->pdata[n]))
                g_ptr_array_add(met, from->pdata[n]);
        }
    }
}

static bool
may_reach(Ways *ways, const char *name)
{
    const RunRows *rows = ways->recording->rows;
    if (!rows->audit)
        return !g_hash_table_contains(rows->chains_ended, name);
    if (!ways->may)
        find_may(ways);
    return ways->all_may || g_hash_table_contains(ways->may, name);
}

/* ---- spans ---- */

static void
weigh(Ways *ways, Statement *row)
{
    const char *name = statement_text(row, 1);
    bool seen = statement_int(row, 3) != 0;
    RunRows *rows = ways->recording->rows;
    gpointer place = name ? g_hash_table_lookup(rows->chain_at, name) : NULL;
    ChainRow *is =
        place ? &g_array_index(rows->chains, ChainRow, GPOINTER_TO_UINT(place) - 1)
              : NULL;
    Moved one = {.id = statement_int(row, 0), .since = statement_int(row, 2)};
    if (is) {
        is->known = true;
        one.begins = one.seen = !seen;
        bool same = g_strcmp0(statement_text(row, 4), is->to) == 0 &&
                    statement_int(row, 5) == is->steps &&
                    g_strcmp0(statement_text(row, 6), is->path) == 0;
        one.retold = same ? NULL : is;
    } else if (may_reach(ways, name ? name : "")) {
        one.begins = seen;
    } else {
        one.ends = true;
        ways->recording->run->chains_gone++;
    }
    one.ends = one.ends || one.begins;
    if (one.ends || one.retold)
        g_array_append_val(ways->moved, one);
}

static bool
read_open(Ways *ways, GError **error)
{
    Statement *statement = db_take(ways->recording->db, STMT_OPEN_CHAINS);
    bool row = false;
    statement_put_int(statement, ways->recording->scope);
    while (statement_step(statement, &row, error)) {
        if (!row)
            return true;
        weigh(ways, statement);
    }
    return false;
}

static bool
open_span(Recording *recording, gint64 id, bool seen, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_OPEN_CHAIN_SPAN);
    statement_put_int(statement, recording->scope);
    statement_put_int(statement, id);
    statement_put_int(statement, recording->run->number);
    statement_put_int(statement, seen);
    return statement_run(statement, error);
}

static bool
retell(Recording *recording, gint64 id, const ChainRow *present, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_RETELL_CHAIN);
    statement_put_int(statement, id);
    statement_put_text(statement, present->to);
    statement_put_int(statement, present->steps);
    statement_put_text(statement, present->path);
    return statement_run(statement, error);
}

static bool
move_spans(const Ways *ways, GError **error)
{
    Recording *recording = ways->recording;
    for (guint i = 0; i < ways->moved->len; i++) {
        const Moved *one = &g_array_index(ways->moved, Moved, i);
        if ((one->retold && !retell(recording, one->id, one->retold, error)) ||
            (one->ends && !recording_close_span(recording, STMT_CLOSE_CHAIN_SPAN, one->id,
                                                one->since, error)) ||
            (one->begins && !open_span(recording, one->id, one->seen, error)))
            return false;
    }
    return true;
}

/* Its number in the history, where it gets one now if it has none. */
static bool
number_of(Recording *recording, const ChainRow *present, gint64 *ret_id, GError **error)
{
    Statement *find = db_take(recording->db, STMT_CHAIN);
    bool row = false;
    statement_put_int(find, recording->scope);
    statement_put_text(find, present->from);
    if (!statement_step(find, &row, error))
        return false;
    *ret_id = row ? statement_int(find, 0) : 0;
    if (row)
        return retell(recording, *ret_id, present, error);
    Statement *add = db_take(recording->db, STMT_ADD_CHAIN);
    statement_put_int(add, recording->scope);
    statement_put_text(add, present->from);
    statement_put_text(add, present->to);
    statement_put_int(add, present->steps);
    statement_put_text(add, present->path);
    if (!statement_run(add, error))
        return false;
    *ret_id = db_last_id(recording->db);
    return true;
}

static bool
begin_spans(const Ways *ways, GError **error)
{
    Recording *recording = ways->recording;
    /* Any step of it may be of another domain. */
    bool by_scope = past_is_by_scope(recording->reached, recording->run->reach, true);
    const GArray *chains = recording->rows->chains;
    for (guint i = 0; i < chains->len; i++) {
        const ChainRow *one = &g_array_index(chains, ChainRow, i);
        gint64 id = 0;
        if (one->known)
            continue;
        if (!number_of(recording, one, &id, error) ||
            !open_span(recording, id, true, error))
            return false;
        recording->run->chains_came += !by_scope;
    }
    return true;
}

bool
record_chains(Recording *recording, GError **error)
{
    if (recording->run->reach == REACH_HOSTS)
        return true;
    g_auto(Ways) ways = {
        .recording = recording,
        .moved = g_array_new(FALSE, FALSE, sizeof(Moved)),
        .words = g_string_chunk_new(4096),
    };
    recording->run->chains = recording->rows->chains->len;
    return read_open(&ways, error) && move_spans(&ways, error) &&
           begin_spans(&ways, error);
}
