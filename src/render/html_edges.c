/* Gathers the delegations that the page shows, and the findings about each. */
#include "html_edges.h"

#include "audit/rules.h"
#include "base/text.h"
#include "edges.h"
#include "render/tally.h"

char *
html_edge_anchor(const HtmlEdges *edges, const Edge *edge)
{
    guint place = GPOINTER_TO_UINT(g_hash_table_lookup(edges->places, edge));

    return place > 0 ? g_strdup_printf("edge-%u", place - 1) : NULL;
}

/* What is worst first: Tier 0, then what is given to many, then what fails. */
static guint
weight_of(const Edge *edge)
{
    guint risks = edge_risks(edge);
    bool open = (risks & (1u << RISK_BROAD | 1u << RISK_UNCONSTRAINED)) != 0;

    return ((risks & 1u << RISK_TIER0) ? 8u : 0u) + (open ? 4u : 0u) +
           (guint)edge->verdict;
}

static int
compare_edges(gconstpointer a, gconstpointer b)
{
    const Edge *one = *(const Edge *const *)a, *other = *(const Edge *const *)b;
    guint weight = weight_of(one), other_weight = weight_of(other);

    if (weight != other_weight)
        return weight > other_weight ? -1 : 1;
    return strcmp(one->id, other->id);
}

static void
choose(HtmlEdges *edges, const Audit *audit)
{
    g_autoptr(GPtrArray) rest = g_ptr_array_new();

    for (guint i = 0; i < audit->edges->len; i++) {
        Edge *edge = audit->edges->pdata[i];
        bool at_risk = tally_edge_at_risk(audit, edge);

        edges->migrations += edge->migration ? 1 : 0;
        if (edge->migration && !at_risk)
            continue;
        edges->declared = edges->declared || edge_declared_word(edge);
        edges->count++;
        edges->at_risk += at_risk ? 1 : 0;
        g_ptr_array_add(at_risk ? edges->shown : rest, edge);
    }
    g_ptr_array_sort(edges->shown, compare_edges);
    g_ptr_array_extend(edges->shown, rest, NULL, NULL);
    if (edges->shown->len > EDGES_SHOWN)
        g_ptr_array_set_size(edges->shown, EDGES_SHOWN);
    for (guint i = 0; i < edges->shown->len; i++) {
        g_hash_table_insert(edges->places, edges->shown->pdata[i],
                            GUINT_TO_POINTER(i + 1));
        g_ptr_array_add(edges->blocks, g_array_new(FALSE, FALSE, sizeof(guint)));
    }
}

/* Findings. */

typedef struct {
    HtmlEdges *edges;
    const Audit *audit;
    GHashTable *by_account; /* const Account * -> GArray * of guint: the places of edges
                             * of which it is an end */
} Match;

static void
note_end(Match *match, const Account *account, guint place)
{
    GArray *places = g_hash_table_lookup(match->by_account, account);

    if (!account)
        return;
    if (!places) {
        places = g_array_new(FALSE, FALSE, sizeof(guint));
        g_hash_table_insert(match->by_account, (gpointer)account, places);
    }
    g_array_append_val(places, place);
}

static void
note_block(HtmlEdges *edges, guint place, guint block)
{
    GArray *blocks = edges->blocks->pdata[place];

    if (blocks->len == 0 || g_array_index(blocks, guint, blocks->len - 1) != block)
        g_array_append_val(blocks, block);
}

static bool
names_spn(const Edge *edge, const char *spn)
{
    for (guint i = 0; i < edge->spns->len; i++)
        if (text_equal(((const EdgeSpn *)edge->spns->pdata[i])->spn, spn))
            return true;
    return false;
}

/* As finding_concerns has it of pairs: of two accounts, of an SPN that one has or
 * names, or of one end of it alone. */
static bool
bears_on(const Finding *finding, guint bits, const Edge *edge)
{
    const Account *subject = finding->subject_account;
    const Account *target = finding->target_account;
    bool forth = subject == edge->source.account;

    if (forth && finding->spn && names_spn(edge, finding->spn))
        return true;
    if (target)
        return forth ? target == edge->target.account
                     : target == edge->source.account && (bits & CONCERNS_TURNED) != 0;
    if (finding->spn)
        return names_spn(edge, finding->spn);
    if (finding->target)
        return false;
    return (bits & (forth ? CONCERNS_SOURCE : CONCERNS_TARGET)) != 0;
}

static void
match_finding(Match *match, const Finding *finding, guint block)
{
    const Edge *edge =
        finding->ran_towards ? audit_edge(match->audit, finding->ran_towards) : NULL;
    guint place =
        edge ? GPOINTER_TO_UINT(g_hash_table_lookup(match->edges->places, edge)) : 0;
    const GArray *places =
        finding->subject_account
            ? g_hash_table_lookup(match->by_account, finding->subject_account)
            : NULL;

    if (place > 0)
        note_block(match->edges, place - 1, block);
    if (edge)
        return;
    if (!places)
        return;
    guint bits = finding_concern_bits(match->audit, finding);
    for (guint i = 0; i < places->len; i++) {
        guint at = g_array_index(places, guint, i);

        if (bears_on(finding, bits, match->edges->shown->pdata[at]))
            note_block(match->edges, at, block);
    }
}

static void
match_findings(HtmlEdges *edges, const Audit *audit, const Sheet *sheet)
{
    Match match = {
        edges, audit,
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref)};
    guint number = 0;

    for (guint i = 0; i < edges->shown->len; i++) {
        const Edge *edge = edges->shown->pdata[i];

        note_end(&match, edge->source.account, i);
        if (edge->target.account != edge->source.account)
            note_end(&match, edge->target.account, i);
    }
    for (guint i = 0; i < sheet->subjects->len; i++) {
        const Subject *subject = sheet->subjects->pdata[i];

        for (guint b = 0; b < subject->blocks->len; b++, number++) {
            const Block *block = subject->blocks->pdata[b];

            for (guint f = 0; f < block->findings->len; f++)
                match_finding(&match, block->findings->pdata[f], number);
        }
    }
    g_hash_table_unref(match.by_account);
}

HtmlEdges *
html_edges_of(const Audit *audit, const Sheet *sheet)
{
    HtmlEdges *edges = g_new0(HtmlEdges, 1);

    edges->asked = audit->edges->len > 0 || audit->policy->reach != REACH_HOSTS;
    edges->shown = g_ptr_array_new();
    edges->places = g_hash_table_new(NULL, NULL);
    edges->blocks = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    choose(edges, audit);
    match_findings(edges, audit, sheet);
    return edges;
}

void
html_edges_free(HtmlEdges *edges)
{
    g_ptr_array_unref(edges->shown);
    g_hash_table_unref(edges->places);
    g_ptr_array_unref(edges->blocks);
    g_free(edges);
}
