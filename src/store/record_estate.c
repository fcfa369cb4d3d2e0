/* The part of a recording that is about the estate: which hosts were audited,
 * how each pair was judged, what could not be read. */
#include "recording.h"

#include <string.h>

/* ---- hosts ---- */

static bool
read_hosts(Recording *recording, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_HOSTS);
    bool row = false;
    statement_put_int(statement, recording->scope);
    while (statement_step(statement, &row, error)) {
        if (!row)
            return true;
        KnownHost host = {statement_int(statement, 0), statement_int(statement, 2),
                          false};
        g_array_append_val(recording->known, host);
        char *name = statement_dup(statement, 1); /* a hostile file's may be NULL */
        g_hash_table_insert(recording->host_ids, name ? name : g_strdup(""),
                            GUINT_TO_POINTER(recording->known->len));
    }
    return false;
}

static KnownHost *
known_host(const Recording *recording, const char *name)
{
    gpointer place = g_hash_table_lookup(recording->host_ids, name);
    return place
               ? &g_array_index(recording->known, KnownHost, GPOINTER_TO_UINT(place) - 1)
               : NULL;
}

static KnownHost *
add_host(Recording *recording, const char *name, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_ADD_HOST);
    statement_put_int(statement, recording->scope);
    statement_put_text(statement, name);
    if (!statement_run(statement, error))
        return NULL;
    KnownHost host = {.id = db_last_id(recording->db)};
    g_array_append_val(recording->known, host);
    g_hash_table_insert(recording->host_ids, g_strdup(name),
                        GUINT_TO_POINTER(recording->known->len));
    return &g_array_index(recording->known, KnownHost, recording->known->len - 1);
}

bool
record_hosts(Recording *recording, GError **error)
{
    gint64 run = recording->run->number;
    if (!read_hosts(recording, error))
        return false;
    for (guint i = 0; i < recording->rows->hosts->len; i++) {
        const char *name = recording->rows->hosts->pdata[i];
        KnownHost *host = known_host(recording, name);
        if (!host)
            host = add_host(recording, name, error);
        if (!host)
            return false;
        if (!host->since && !host->audited) {
            Statement *statement = db_take(recording->db, STMT_OPEN_HOST_SPAN);
            statement_put_int(statement, recording->scope);
            statement_put_int(statement, host->id);
            statement_put_int(statement, run);
            if (!statement_run(statement, error))
                return false;
        }
        host->audited = true;
    }
    for (guint i = 0; i < recording->known->len; i++) {
        const KnownHost *host = &g_array_index(recording->known, KnownHost, i);
        if (!host->since || host->audited)
            continue;
        if (!recording_close_span(recording, STMT_CLOSE_HOST_SPAN, host->id, host->since,
                                  error))
            return false;
    }
    return true;
}

/* ---- pairs ---- */

/* A pair of this run, or of an open span. */
typedef struct {
    gint64 key[2]; /* source and target, as the history numbers them */
    gint64 since;  /* of the open span; 0: none */
    Verdict verdict;
    bool judged; /* now; else only the span is there */
    bool moved;  /* the span ends */
} Judged;

static guint
key_hash(gconstpointer key)
{
    const gint64 *ends = key;
    return (guint)((guint64)ends[0] * 2654435761u ^ (guint64)ends[1]);
}

static gboolean
key_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, 2 * sizeof(gint64)) == 0;
}

/* This run's pairs; of several of the same names, the worst. */
static guint
judged_pairs(const Recording *recording, Judged *judged, GHashTable *by_key)
{
    const RunRows *rows = recording->rows;
    g_autofree const KnownHost **hosts = g_new(const KnownHost *, rows->hosts->len + 1);
    guint count = 0;
    for (guint i = 0; i < rows->hosts->len; i++)
        hosts[i] = known_host(recording, rows->hosts->pdata[i]);
    for (guint i = 0; i < rows->pairs->len; i++) {
        const PairRow *pair = &g_array_index(rows->pairs, PairRow, i);
        Judged *row = &judged[count];
        *row = (Judged){.key = {hosts[pair->source]->id, hosts[pair->target]->id},
                        .verdict = pair->verdict,
                        .judged = true};
        Judged *other = g_hash_table_lookup(by_key, row->key);
        if (other) {
            other->verdict = MAX(other->verdict, pair->verdict);
            continue;
        }
        g_hash_table_insert(by_key, row->key, row);
        count++;
    }
    return count;
}

static bool
close_pair(Recording *recording, const Judged *row, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_CLOSE_PAIR_SPAN);
    statement_put_int(statement, recording->scope);
    statement_put_int(statement, row->key[0]);
    statement_put_int(statement, row->key[1]);
    statement_put_int(statement, row->since);
    statement_put_int(statement, recording->run->number);
    return statement_run(statement, error);
}

static bool
open_pair(Recording *recording, const Judged *row, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_OPEN_PAIR_SPAN);
    statement_put_int(statement, recording->scope);
    statement_put_int(statement, row->key[0]);
    statement_put_int(statement, row->key[1]);
    statement_put_int(statement, recording->run->number);
    statement_put_int(statement, row->verdict);
    return statement_run(statement, error);
}

/* Finds the open spans that end: those of other verdicts are marked, those of
 * pairs that are not judged any more appended to `ended`. */
static bool
weigh_pairs(Recording *recording, GHashTable *by_key, GArray *ended, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_OPEN_PAIRS);
    bool more = false;
    statement_put_int(statement, recording->scope);
    while (statement_step(statement, &more, error)) {
        if (!more)
            return true;
        Judged span = {.key = {statement_int(statement, 0), statement_int(statement, 1)},
                       .since = statement_int(statement, 2)};
        guint verdict = statement_below(statement, 3, VERDICT_COUNT);
        Judged *row = g_hash_table_lookup(by_key, span.key);
        if (row) {
            row->since = span.since;
            row->moved = row->verdict != verdict;
        } else {
            g_array_append_val(ended, span);
        }
    }
    return false;
}

bool
record_pairs(Recording *recording, GError **error)
{
    g_autofree Judged *rows = g_new(Judged, recording->rows->pairs->len + 1);
    g_autoptr(GHashTable) by_key = g_hash_table_new(key_hash, key_equal);
    g_autoptr(GArray) ended = g_array_new(FALSE, FALSE, sizeof(Judged));
    guint count = judged_pairs(recording, rows, by_key);
    if (!weigh_pairs(recording, by_key, ended, error))
        return false;
    for (guint i = 0; i < ended->len; i++)
        if (!close_pair(recording, &g_array_index(ended, Judged, i), error))
            return false;
    for (guint i = 0; i < count; i++) {
        const Judged *row = &rows[i];
        if (row->moved && !close_pair(recording, row, error))
            return false;
        if ((row->moved || !row->since) && !open_pair(recording, row, error))
            return false;
    }
    return true;
}

/* ---- gaps ---- */

typedef struct {
    char *what, *why;
    gint64 since;
} OldGap;

static void
old_gap_free(gpointer data)
{
    OldGap *gap = data;
    g_free(gap->what);
    g_free(gap->why);
    g_free(gap);
}

static bool
read_gaps(Recording *recording, GHashTable *old, GError **error)
{
    Statement *statement = db_take(recording->db, STMT_OPEN_GAPS);
    bool row = false;
    statement_put_int(statement, recording->scope);
    while (statement_step(statement, &row, error)) {
        if (!row)
            return true;
        OldGap *gap = g_new0(OldGap, 1);
        gap->what = statement_dup(statement, 0);
        gap->why = statement_dup(statement, 1);
        gap->since = statement_int(statement, 2);
        g_hash_table_insert(
            old,
            g_strconcat(gap->what ? gap->what : "", "\n", gap->why ? gap->why : "", NULL),
            gap);
    }
    return false;
}

static bool
write_gap(Recording *recording, StatementId id, const char *what, const char *why,
          gint64 since, GError **error)
{
    Statement *statement = db_take(recording->db, id);
    statement_put_int(statement, recording->scope);
    statement_put_text(statement, what);
    statement_put_text(statement, why);
    if (since)
        statement_put_int(statement, since);
    statement_put_int(statement, recording->run->number);
    return statement_run(statement, error);
}

bool
record_gaps(Recording *recording, GError **error)
{
    g_autoptr(GHashTable) old =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, old_gap_free);
    if (!read_gaps(recording, old, error))
        return false;
    for (guint i = 0; i < recording->rows->gaps->len; i++) {
        const GapRow *gap = &g_array_index(recording->rows->gaps, GapRow, i);
        g_autofree char *key = g_strconcat(gap->what, "\n", gap->why, NULL);
        if (!g_hash_table_remove(old, key) &&
            !write_gap(recording, STMT_OPEN_GAP_SPAN, gap->what, gap->why, 0, error))
            return false;
    }
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, old);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const OldGap *gap = value;
        if (!write_gap(recording, STMT_CLOSE_GAP_SPAN, gap->what, gap->why, gap->since,
                       error))
            return false;
    }
    return true;
}

bool
recording_close_span(Recording *recording, StatementId id_of, gint64 id, gint64 since,
                     GError **error)
{
    Statement *statement = db_take(recording->db, id_of);
    statement_put_int(statement, recording->scope);
    statement_put_int(statement, id);
    statement_put_int(statement, since);
    statement_put_int(statement, recording->run->number);
    return statement_run(statement, error);
}

PastEdgeState
recording_edge_state(Statement *row, int column)
{
    if (statement_is_null(row, column))
        return (PastEdgeState){0};
    return (PastEdgeState){
        .there = true,
        .seen = statement_int(row, column) != 0,
        .verdict = (Verdict)statement_below(row, column + 1, VERDICT_COUNT),
        .tier0 = statement_int(row, column + 2) != 0,
        .declared = statement_is_null(row, column + 3) ? TRI_UNKNOWN
                    : statement_int(row, column + 3)   ? TRI_YES
                                                       : TRI_NO,
        .paired = statement_int(row, column + 4) != 0,
    };
}
