/* The rows of an audit that is done. */
#include "rows.h"

#include "base/text.h"

#define EDGES_KEPT 16 /* of a way to Tier 0 */

void
rows_init(RunRows *rows)
{
    *rows = (RunRows){
        .words = g_string_chunk_new(4096),
        .spoken = g_ptr_array_new_with_free_func(g_free),
        .findings = g_array_new(FALSE, FALSE, sizeof(FindingRow)),
        .by_key = g_hash_table_new(g_str_hash, g_str_equal),
        .hosts = g_ptr_array_new(),
        .pairs = g_array_new(FALSE, FALSE, sizeof(PairRow)),
        .gaps = g_array_new(FALSE, FALSE, sizeof(GapRow)),
        .edges = g_array_new(FALSE, FALSE, sizeof(EdgeRow)),
        .edge_at = g_hash_table_new(g_str_hash, g_str_equal),
        .chains = g_array_new(FALSE, FALSE, sizeof(ChainRow)),
        .chain_at = g_hash_table_new(g_str_hash, g_str_equal),
        .endings = g_hash_table_new(g_str_hash, g_str_equal),
        .edges_ended = g_hash_table_new(g_str_hash, g_str_equal),
        .chains_ended = g_hash_table_new(g_str_hash, g_str_equal),
    };
}

void
run_rows_clear(RunRows *rows)
{
    GArray **const arrays[] = {&rows->findings, &rows->pairs, &rows->gaps, &rows->edges,
                               &rows->chains};
    GHashTable **const tables[] = {&rows->by_key,      &rows->edge_at,
                                   &rows->chain_at,    &rows->endings,
                                   &rows->edges_ended, &rows->chains_ended};
    for (guint i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_clear_pointer(arrays[i], g_array_unref);
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
        g_clear_pointer(tables[i], g_hash_table_unref);
    g_clear_pointer(&rows->hosts, g_ptr_array_unref);
    g_clear_pointer(&rows->spoken, g_ptr_array_unref);
    g_clear_pointer(&rows->words, g_string_chunk_free);
}

/* ---- findings ---- */

/* FNV-1a: tells whether a text has changed, no more. */
static gint64
hash_finding(const Finding *finding)
{
    guint64 hash = G_GUINT64_CONSTANT(14695981039346656037);
    g_autofree char *detail = finding_detail(finding);
    const Evidence *cause = finding->cause;
    const char *const texts[] = {finding->title, detail, cause ? cause->key : NULL,
                                 cause ? cause->value : NULL};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        const guchar *at = (const guchar *)(texts[i] ? texts[i] : "");
        do {
            hash = (hash ^ *at) * G_GUINT64_CONSTANT(1099511628211);
        } while (*at++);
    }
    return (gint64)hash;
}

static gint
badness(const PastState *state)
{
    return (state->standing == STANDING_FAIL ? 100 : 0) + (state->waived ? 0 : 10) +
           (gint)state->severity;
}

static FindingRow
finding_row(const Finding *finding, const char *key)
{
    static const PastState absent = {0};
    return (FindingRow){
        .key = key,
        .finding = finding,
        .hash = hash_finding(finding),
        .state = past_state_of(finding, &absent),
    };
}

FindingWords
row_words(const FindingRow *row)
{
    const Finding *finding = row->finding;
    if (row->words)
        return *row->words;
    return (FindingWords){
        .rule = rule_name(finding->rule),
        .subject = finding->subject,
        .target = finding->target,
        .spn = finding->spn,
        .ran_on = finding->ran_on,
        .ran_towards = finding->ran_towards,
        .title = finding->title,
        .cause = finding->cause ? finding->cause->key : NULL,
        .cause_title = finding->cause ? finding->cause->value : NULL,
    };
}

char *
row_detail(const FindingRow *row)
{
    return row->words ? g_strdup(row->words->detail) : finding_detail(row->finding);
}

/* What follows from others is kept with these, and stands in `by_key` with 0. */
static void
add_findings(RunRows *rows)
{
    for (guint i = 0; i < rows->audit->findings->len; i++) {
        const Finding *finding = rows->audit->findings->pdata[i];
        g_autofree char *name = finding_key(finding);
        gpointer place = g_hash_table_lookup(rows->by_key, name);
        bool counted = finding_is_counted(finding);
        if (!counted && g_hash_table_contains(rows->by_key, name))
            continue;
        const char *key = place ? NULL : g_string_chunk_insert(rows->words, name);
        if (!counted) {
            g_hash_table_insert(rows->by_key, (gpointer)key, NULL);
            continue;
        }
        FindingRow row = finding_row(finding, key);
        if (!place) {
            g_array_append_val(rows->findings, row);
            g_hash_table_insert(rows->by_key, (gpointer)key,
                                GUINT_TO_POINTER(rows->findings->len));
            continue;
        }
        FindingRow *other =
            &g_array_index(rows->findings, FindingRow, GPOINTER_TO_UINT(place) - 1);
        row.key = other->key;
        if (badness(&row.state) > badness(&other->state))
            *other = row;
    }
}

/* ---- hosts, pairs and gaps ---- */

static void
add_pairs(RunRows *rows)
{
    const Audit *audit = rows->audit;
    g_autoptr(GHashTable) places = g_hash_table_new(NULL, NULL); /* Account * -> guint */
    for (guint i = 0; i < audit->hosts->len; i++) {
        const Account *account = ((const Host *)audit->hosts->pdata[i])->account;
        g_hash_table_insert(places, (gpointer)account, GUINT_TO_POINTER(i + 1));
        g_ptr_array_add(rows->hosts, (gpointer)account->name);
    }
    for (guint i = 0; i < audit->pairs->len; i++) {
        const Pair *pair = audit->pairs->pdata[i];
        guint source = GPOINTER_TO_UINT(g_hash_table_lookup(places, pair->source));
        guint target = GPOINTER_TO_UINT(g_hash_table_lookup(places, pair->target));
        g_assert(source && target); /* every end of a pair is a host */
        PairRow row = {source - 1, target - 1, pair->verdict};
        g_array_append_val(rows->pairs, row);
    }
}

static void
add_gaps(RunRows *rows)
{
    for (guint i = 0; i < rows->audit->gaps->len; i++) {
        const Gap *gap = rows->audit->gaps->pdata[i];
        GapRow row = {gap->what, gap->why};
        g_array_append_val(rows->gaps, row);
    }
}

/* ---- delegations ---- */

void
rows_add_edge(RunRows *rows, const EdgeRow *row)
{
    g_array_append_vals(rows->edges, row, 1);
    g_hash_table_insert(rows->edge_at, (gpointer)row->id,
                        GUINT_TO_POINTER(rows->edges->len));
}

/* What is declared and not there is no delegation. */
static void
add_edges(RunRows *rows)
{
    const Audit *audit = rows->audit;
    bool declares = audit->policy->declarations->len > 0;
    for (guint i = 0; i < audit->edges->len; i++) {
        const Edge *edge = audit->edges->pdata[i];
        if (edge->missing)
            continue;
        rows_add_edge(rows, &(EdgeRow){
                                .id = edge->id,
                                .edge = edge,
                                .way = edge->way,
                                .state = {.there = true,
                                          .seen = true,
                                          .verdict = edge->verdict,
                                          .tier0 = edge->tier0,
                                          .declared = !declares          ? TRI_UNKNOWN
                                                      : edge->undeclared ? TRI_NO
                                                                         : TRI_YES,
                                          .paired = edge->migration != NULL},
                            });
    }
}

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

void
rows_tell_edge(const RunRows *rows, EdgeRow *row)
{
    const Edge *edge = row->edge;
    if (row->told)
        return;
    const Estate *estate = rows->audit->estate;
    g_autofree char *source = principal_id_name(estate, &edge->source);
    g_autofree char *target =
        edge->way == LEG_UNCONSTRAINED ? NULL : principal_id_name(estate, &edge->target);
    row->source = g_string_chunk_insert(rows->words, source);
    row->target = target ? g_string_chunk_insert(rows->words, target) : NULL;
    row->source_kind = edge->source.kind;
    row->to_account = edge->target.account != NULL;
    row->target_kind = row->to_account ? edge->target.kind : 0;
    row->away = is_away(estate, edge);
    row->told = true;
}

/* ---- ways to Tier 0 ---- */

static char *
path_of(const GArray *reaching, guint at)
{
    GString *path = g_string_new(NULL);
    for (guint i = 0; at != REACHING_END && i < EDGES_KEPT; i++) {
        const Reaching *step = &g_array_index(reaching, Reaching, at);
        g_string_append_printf(path, "%s%s", i ? "\n" : "", step->first->id);
        at = step->next;
    }
    return g_string_free(path, FALSE);
}

void
rows_add_chain(RunRows *rows, const ChainRow *row)
{
    g_array_append_vals(rows->chains, row, 1);
    g_hash_table_insert(rows->chain_at, (gpointer)row->from,
                        GUINT_TO_POINTER(rows->chains->len));
}

/* Of two accounts of one name, the first. */
static void
add_chains(RunRows *rows)
{
    const Estate *estate = rows->audit->estate;
    const GArray *reaching = rows->audit->chains->reaching;
    for (guint i = 0; i < reaching->len; i++) {
        const Reaching *one = &g_array_index(reaching, Reaching, i);
        g_autofree char *from = account_id_name(estate, one->from);
        if (g_hash_table_contains(rows->chain_at, from))
            continue;
        g_autofree char *to = account_id_name(estate, one->to);
        g_autofree char *path = path_of(reaching, i);
        rows_add_chain(rows, &(ChainRow){
                                 .from = g_string_chunk_insert(rows->words, from),
                                 .to = g_string_chunk_insert(rows->words, to),
                                 .path = g_string_chunk_insert(rows->words, path),
                                 .steps = one->steps,
                             });
    }
}

void
rows_of_audit(const Audit *audit, RunRows *ret_rows)
{
    rows_init(ret_rows);
    ret_rows->audit = audit;
    add_findings(ret_rows);
    add_pairs(ret_rows);
    add_gaps(ret_rows);
    if (audit->policy->reach == REACH_HOSTS)
        return;
    add_edges(ret_rows);
    add_chains(ret_rows);
}
