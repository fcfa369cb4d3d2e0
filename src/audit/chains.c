/* Finds ways of several steps to Tier 0, and what to remove to end them. */
#include "audit/chains.h"

#include "base/limits.h"
#include "flow.h"
#include "model/wellknown.h"

#include <string.h>

#define TIER0 0 /* all of it is this node; accounts follow by name, then trustees */

/* How many arcs are looked at for chains that do not end at Tier 0: enough for all of
 * some 300 accounts with 800 edges. */

typedef struct {
    const Estate *estate;
    GHashTable *nodes;    /* const Account * -> node + 1 */
    GHashTable *trustees; /* const Sid * -> node: groups, Everyone, whoever is foreign */
    GPtrArray *accounts;  /* of const Account *: of node 1, 2, ... */
    GArray *sources;      /* of bool, by node: who must not get to Tier 0 */
    GArray *counted;      /* of bool, by node: those that are one account */
    GArray *arcs;         /* of Arc */
    GPtrArray *edges;     /* of const Edge *, by arc; NULL: who is in a group */
} Graph;

static void
chain_free(gpointer data)
{
    Chain *chain = data;
    g_ptr_array_unref(chain->steps);
    g_free(chain);
}

void
chains_free(Chains *chains)
{
    if (!chains)
        return;
    g_ptr_array_unref(chains->chains);
    g_array_unref(chains->cut);
    g_clear_pointer(&chains->reaching, g_array_unref);
    g_free(chains);
}

/* The graph */

/* Whether the source is one account, and not whoever has a SID in the token. */
static bool
is_one_account(const Principal *source, bool broad)
{
    return source->account && !broad && source->kind != PRINCIPAL_GROUP;
}

bool
chains_edge_is_step(const Edge *edge)
{
    if (edge->way == LEG_UNCONSTRAINED || edge->owner != OWNER_FOUND || edge->missing ||
        edge->base == VERDICT_BROKEN)
        return false;
    bool works = edge->verdict != VERDICT_BROKEN;
    for (guint i = 0; !works && i < edge->spns->len; i++)
        works = ((const EdgeSpn *)edge->spns->pdata[i])->verdict != VERDICT_BROKEN;
    for (guint i = 0; !works && i < edge->own->len; i++)
        works = ((const Pair *)edge->own->pdata[i])->verdict != VERDICT_BROKEN;
    return works;
}

static void
add_account(Graph *graph, const Account *account)
{
    if (!account || g_hash_table_contains(graph->nodes, account))
        return;
    bool tier0 = estate_is_tier0(graph->estate, account) == TRI_YES;
    g_hash_table_insert(graph->nodes, (gpointer)account, GUINT_TO_POINTER(TIER0 + 1));
    if (!tier0)
        g_ptr_array_add(graph->accounts, (gpointer)account);
}

static guint
add_node(Graph *graph, bool source, bool counted)
{
    g_array_append_val(graph->sources, source);
    g_array_append_val(graph->counted, counted);
    return graph->sources->len - 1;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    const Account *const *left = a, *const *right = b;
    int order = strcmp((*left)->name, (*right)->name);
    return order ? order : strcmp((*left)->dn, (*right)->dn);
}

/* Whoever has edges, also such as do not work: Everyone is they, too. */
static void
add_accounts(Graph *graph, const GPtrArray *edges)
{
    for (guint i = 0; i < edges->len; i++) {
        const Edge *edge = edges->pdata[i];
        if (is_one_account(&edge->source, edge->broad))
            add_account(graph, edge->source.account);
        if (edge->owner == OWNER_FOUND)
            add_account(graph, edge->target.account);
        for (guint m = 0; edge->in_group && m < edge->in_group->len; m++)
            add_account(graph, edge->in_group->pdata[m]);
    }
    g_ptr_array_sort(graph->accounts, by_name);
    add_node(graph, false, false);
    for (guint i = 0; i < graph->accounts->len; i++) {
        g_hash_table_insert(graph->nodes, graph->accounts->pdata[i],
                            GUINT_TO_POINTER(i + 1 + 1));
        add_node(graph, true, true);
    }
}

static guint
node_of(const Graph *graph, const Account *account)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(graph->nodes, account)) - 1;
}

/* Nothing leads on from Tier 0, and nobody has to act on himself. */
static void
add_arc(Graph *graph, guint from, guint to, const Edge *edge)
{
    if (from == TIER0 || from == to)
        return;
    Arc arc = {from, to, !edge};
    g_array_append_val(graph->arcs, arc);
    g_ptr_array_add(graph->edges, (gpointer)edge);
}

/* Domain Users and its like have members; Everyone is everybody. */
static bool
is_among(const Graph *graph, const Account *account, const Principal *broad)
{
    return broad->kind != PRINCIPAL_GROUP || !broad->account ||
           !sid_is_of_domain(&broad->sid) ||
           estate_in_security_group(graph->estate, account, broad->account->dn) != TRI_NO;
}

static void
add_members(Graph *graph, guint node, const Edge *edge)
{
    const GPtrArray *among = edge->broad ? graph->accounts : edge->in_group;
    for (guint i = 0; among && i < among->len; i++) {
        const Account *account = among->pdata[i];
        if (account_is_enabled(account) == TRI_NO ||
            (edge->broad && !is_among(graph, account, &edge->source)))
            continue;
        add_arc(graph, node_of(graph, account), node, NULL);
    }
}

/* Whether others than the accounts that were read act by it. */
static bool
has_others(const Edge *edge)
{
    bool unread = edge->source.kind == PRINCIPAL_FOREIGN ||
                  (edge->in_group && edge->in_group->len == 0);
    return (edge->broad || unread) && !sid_is_tier0(&edge->source.sid);
}

/* One node for each, however many edges it has: members are joined once. */
static guint
trustee_of(Graph *graph, const Edge *edge)
{
    gpointer known = g_hash_table_lookup(graph->trustees, &edge->source.sid);
    if (known)
        return GPOINTER_TO_UINT(known);
    bool source = has_others(edge);
    guint node =
        add_node(graph, source, source && edge->source.kind == PRINCIPAL_FOREIGN);
    g_hash_table_insert(graph->trustees, (gpointer)&edge->source.sid,
                        GUINT_TO_POINTER(node));
    add_members(graph, node, edge);
    return node;
}

static void
add_steps(Graph *graph, const GPtrArray *edges)
{
    for (guint i = 0; i < edges->len; i++) {
        const Edge *edge = edges->pdata[i];
        if (!chains_edge_is_step(edge))
            continue;
        guint from = is_one_account(&edge->source, edge->broad)
                         ? node_of(graph, edge->source.account)
                         : trustee_of(graph, edge);
        add_arc(graph, from, node_of(graph, edge->target.account), edge);
    }
}

static void
graph_init(Graph *graph, const Estate *estate, const GPtrArray *edges)
{
    *graph = (Graph){.estate = estate};
    graph->nodes = g_hash_table_new(NULL, NULL);
    graph->trustees = g_hash_table_new(sid_hash, sid_equal);
    graph->accounts = g_ptr_array_new();
    graph->sources = g_array_new(FALSE, FALSE, sizeof(bool));
    graph->counted = g_array_new(FALSE, FALSE, sizeof(bool));
    graph->arcs = g_array_new(FALSE, FALSE, sizeof(Arc));
    graph->edges = g_ptr_array_new();
    add_accounts(graph, edges);
    add_steps(graph, edges);
}

static void
graph_clear(Graph *graph)
{
    g_hash_table_unref(graph->nodes);
    g_hash_table_unref(graph->trustees);
    g_ptr_array_unref(graph->accounts);
    g_array_unref(graph->sources);
    g_array_unref(graph->counted);
    g_array_unref(graph->arcs);
    g_ptr_array_unref(graph->edges);
}

/* The chains */

/* The way that a walk found between its start and this node: from it to Tier 0, or the
 * other way round, to this node. */
static void
add_chain(Chains *found, const Graph *graph, const Walk *walk, guint from, guint to)
{
    found->count++;
    if (found->chains->len == CHAINS_LISTED)
        return;
    bool tier0 = to == TIER0;
    Chain *chain = g_new0(Chain, 1);
    chain->from = graph->accounts->pdata[from - 1];
    chain->tier0 = tier0;
    chain->steps = g_ptr_array_new();
    guint start = tier0 ? from : to;
    for (guint at = start, by; (by = walk->by[at]) != FLOW_NONE;) {
        const Arc *arc = &g_array_index(graph->arcs, Arc, by);
        if (!arc->free)
            g_ptr_array_add(chain->steps, graph->edges->pdata[by]);
        at = tier0 ? arc->to : arc->from;
    }
    GPtrArray *steps = chain->steps;
    for (guint i = 0; !tier0 && i < steps->len / 2; i++) {
        gpointer step = steps->pdata[i];
        steps->pdata[i] = steps->pdata[steps->len - 1 - i];
        steps->pdata[steps->len - 1 - i] = step;
    }
    chain->to = ((const Edge *)steps->pdata[steps->len - 1])->target.account;
    g_ptr_array_add(found->chains, chain);
}

/* Nearest first, so that who comes after is there already. */
static void
note_ends(Chains *found, const Graph *graph, const Walk *walk)
{
    g_autofree guint *index = g_new0(guint, graph->accounts->len + 1);
    guint count = 0;
    for (guint node = 1; node <= graph->accounts->len; node++)
        if (walk->steps[node] != FLOW_NONE)
            index[node] = count++;
    g_array_set_size(found->reaching, count);
    for (guint i = 0; i < walk->met->len; i++) {
        guint node = g_array_index(walk->met, guint, i), by = walk->by[node];
        if (node == TIER0 || node > graph->accounts->len)
            continue;
        const Arc *arc = &g_array_index(graph->arcs, Arc, by);
        if (arc->free) {
            by = walk->by[arc->to];
            arc = &g_array_index(graph->arcs, Arc, by);
        }
        const Edge *first = graph->edges->pdata[by];
        const Reaching *after =
            arc->to == TIER0 ? NULL
                             : &g_array_index(found->reaching, Reaching, index[arc->to]);
        g_array_index(found->reaching, Reaching, index[node]) = (Reaching){
            graph->accounts->pdata[node - 1], after ? after->to : first->target.account,
            after ? after->steps + 1 : 1, first, after ? index[arc->to] : REACHING_END};
    }
}

static void
find_to_tier0(Chains *found, const Graph *graph, const Flow *flow)
{
    g_autoptr(Walk) walk = walk_new(flow);
    walk_from(walk, flow, TIER0, FLOW_NONE, true);
    note_ends(found, graph, walk);
    for (guint node = 1; node <= graph->accounts->len; node++)
        if (walk->steps[node] != FLOW_NONE)
            add_chain(found, graph, walk, node, TIER0);
}

static int
by_number(gconstpointer a, gconstpointer b)
{
    const guint *left = a, *right = b;
    return *left < *right ? -1 : *left > *right;
}

/* Between all others, until enough was looked at. */
static void
find_between(Chains *found, const Graph *graph, const Flow *flow)
{
    g_autoptr(Walk) walk = walk_new(flow);
    g_autoptr(GArray) far = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint from = 1; from <= graph->accounts->len; from++) {
        if (flow->out_start[from] == flow->out_start[from + 1])
            continue;
        found->more = walk->looked >= MOST_CHAIN_ARCS;
        if (found->more)
            return;
        walk_from(walk, flow, from, TIER0, false);
        g_array_set_size(far, 0);
        for (guint i = 0; i < walk->met->len; i++) {
            guint to = g_array_index(walk->met, guint, i);
            if (to != TIER0 && to <= graph->accounts->len && walk->steps[to] > 1)
                g_array_append_val(far, to);
        }
        if (found->chains->len < CHAINS_LISTED)
            g_array_sort(far, by_number);
        for (guint i = 0; i < far->len; i++)
            add_chain(found, graph, walk, from, g_array_index(far, guint, i));
    }
}

/* The cut */

static int
by_frees(gconstpointer a, gconstpointer b)
{
    const Cut *left = a, *right = b;
    return left->frees != right->frees ? (left->frees > right->frees ? -1 : 1)
                                       : strcmp(left->edge->id, right->edge->id);
}

static void
find_cut(Chains *found, const Graph *graph, const Flow *flow)
{
    g_autofree bool *in_cut = g_new(bool, flow->count);
    g_autofree guint *frees = g_new(guint, flow->count);
    flow_cut(flow, (const bool *)graph->sources->data, TIER0, in_cut);
    flow_frees(flow, (const bool *)graph->counted->data, TIER0, frees);
    for (guint a = 0; a < flow->count; a++) {
        Cut cut = {graph->edges->pdata[a], frees[a]};
        if (in_cut[a])
            g_array_append_val(found->cut, cut);
    }
    g_array_sort(found->cut, by_frees);
}

Chains *
chains_find(const Estate *estate, const GPtrArray *edges)
{
    Chains *found = g_new0(Chains, 1);
    found->chains = g_ptr_array_new_with_free_func(chain_free);
    found->cut = g_array_new(FALSE, FALSE, sizeof(Cut));
    found->reaching = g_array_new(FALSE, FALSE, sizeof(Reaching));
    if (edges->len == 0)
        return found;
    Graph graph;
    graph_init(&graph, estate, edges);
    g_autoptr(Flow) flow =
        flow_new(graph.sources->len, (const Arc *)graph.arcs->data, graph.arcs->len);
    find_to_tier0(found, &graph, flow);
    find_between(found, &graph, flow);
    find_cut(found, &graph, flow);
    graph_clear(&graph);
    return found;
}
