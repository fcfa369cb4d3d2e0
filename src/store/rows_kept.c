/* The rows of a run that a history keeps. */
#include "rows.h"

#include "base/fault.h"
#include "reading.h"
#include "recording.h"

/* Reads all rows of a statement about a run of a scope. */
typedef void (*TakeRow)(RunRows *rows, Statement *row);

typedef struct {
    StatementId id;
    TakeRow take;
} Part;

static const char *
word(const RunRows *rows, const Statement *row, int column)
{
    const char *text = statement_text(row, column);
    return text ? g_string_chunk_insert(rows->words, text) : NULL;
}

/* The same where there has to be one: a hostile file's may be NULL. */
static const char *
name(const RunRows *rows, const Statement *row, int column)
{
    const char *text = word(rows, row, column);
    return text ? text : "";
}

/* What was doubted or not looked at failed when last it was seen: that is not this
 * run's. */
static void
take_finding(RunRows *rows, Statement *row)
{
    bool ended = statement_int(row, 16) != 0;
    FindingWords *words = g_new(FindingWords, 1);
    *words = (FindingWords){
        .rule = name(rows, row, 1),
        .subject = name(rows, row, 2),
        .target = word(rows, row, 3),
        .spn = word(rows, row, 4),
        .ran_on = word(rows, row, 5),
        .ran_towards = word(rows, row, 6),
        .title = name(rows, row, 7),
        .detail = name(rows, row, 8),
        .cause = word(rows, row, 10),
        .cause_title = word(rows, row, 11),
    };
    g_ptr_array_add(rows->spoken, words);
    FindingRow one = {
        .key = name(rows, row, 0),
        .words = words,
        .hash = statement_int(row, 9),
        .state = {(Standing)statement_below(row, 12, STANDING_COUNT),
                  (Severity)statement_below(row, 13, SEVERITY_COUNT),
                  statement_int(row, 14) != 0},
    };
    if (ended && !statement_is_null(row, 15)) {
        guint absence = statement_below(row, 15, ABSENCE_COUNT);
        g_hash_table_insert(rows->endings, (gpointer)one.key,
                            GUINT_TO_POINTER(absence + 1));
    }
    if (ended || one.state.standing == STANDING_UNSEEN)
        return;
    if (one.state.standing == STANDING_DOUBT)
        one.state.standing = STANDING_UNKNOWN;
    g_array_append_val(rows->findings, one);
    g_hash_table_insert(rows->by_key, (gpointer)one.key,
                        GUINT_TO_POINTER(rows->findings->len));
}

static void
take_host(RunRows *rows, Statement *row)
{
    g_ptr_array_add(rows->hosts, (gpointer)name(rows, row, 0));
}

/* Hosts come before, by their numbers there. */
static void
take_pair(RunRows *rows, Statement *row)
{
    PairRow one = {statement_below(row, 0, rows->hosts->len),
                   statement_below(row, 1, rows->hosts->len),
                   (Verdict)statement_below(row, 2, VERDICT_COUNT)};
    if (rows->hosts->len > 0)
        g_array_append_val(rows->pairs, one);
}

static void
take_gap(RunRows *rows, Statement *row)
{
    GapRow one = {name(rows, row, 0), name(rows, row, 1)};
    g_array_append_val(rows->gaps, one);
}

/* A span that ends comes before the one that follows. */
static void
take_edge(RunRows *rows, Statement *row)
{
    EdgeRow one = {
        .id = name(rows, row, 0),
        .source = name(rows, row, 1),
        .source_kind = statement_below(row, 2, PRINCIPAL_COUNT),
        .target = word(rows, row, 3),
        .to_account = !statement_is_null(row, 4),
        .way = (Leg)(1u << statement_below(row, 5, WAY_COUNT)),
        .away = statement_int(row, 6) != 0,
        .told = true,
        .state = recording_edge_state(row, 7),
    };
    one.target_kind = one.to_account ? statement_below(row, 4, PRINCIPAL_COUNT) : 0;
    if (statement_int(row, 12) != 0) {
        g_hash_table_add(rows->edges_ended, (gpointer)one.id);
        return;
    }
    g_hash_table_remove(rows->edges_ended, one.id);
    if (one.state.seen)
        rows_add_edge(rows, &one);
}

static void
take_chain(RunRows *rows, Statement *row)
{
    ChainRow one = {.from = name(rows, row, 0),
                    .to = name(rows, row, 1),
                    .steps = statement_below(row, 2, RUNS_COUNT_MAX),
                    .path = name(rows, row, 3)};
    if (statement_int(row, 5) != 0) {
        g_hash_table_add(rows->chains_ended, (gpointer)one.from);
        return;
    }
    g_hash_table_remove(rows->chains_ended, one.from);
    if (statement_int(row, 4) != 0)
        rows_add_chain(rows, &one);
}

static bool
read_part(Db *db, const Part *part, gint64 scope, gint64 number, RunRows *rows,
          GError **error)
{
    Statement *statement = db_take(db, part->id);
    bool row = false;
    statement_put_int(statement, scope);
    statement_put_int(statement, number);
    while (statement_step(statement, &row, error)) {
        if (!row)
            return true;
        part->take(rows, statement);
    }
    return false;
}

bool
rows_of_run(Db *db, gint64 number, RunRows *ret_rows, GError **error)
{
    static const Part parts[] = {
        {STMT_AT_FINDINGS, take_finding}, {STMT_AT_HOSTS, take_host},
        {STMT_AT_PAIRS, take_pair},       {STMT_AT_GAPS, take_gap},
        {STMT_AT_EDGES, take_edge},       {STMT_AT_CHAINS, take_chain},
    };
    gint64 scope = 0;
    rows_init(ret_rows);
    if (!runs_scope(db, number, &scope, error))
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        if (!read_part(db, &parts[i], scope, number, ret_rows, error))
            return false;
    return true;
}
