/* Shortest ways, smallest cuts (Dinic) and dominators (Lengauer, Tarjan) of a graph. */
#include "flow.h"

#include <string.h>

/* The graph */

static void
index_arcs(const Flow *flow, bool by_end, guint *start, guint *ret_arcs)
{
    for (guint a = 0; a < flow->count; a++)
        start[(by_end ? flow->arcs[a].to : flow->arcs[a].from) + 1]++;
    for (guint n = 0; n < flow->nodes; n++)
        start[n + 1] += start[n];
    g_autofree guint *place = g_memdup2(start, (flow->nodes + 1) * sizeof *start);
    for (guint a = 0; a < flow->count; a++)
        ret_arcs[place[by_end ? flow->arcs[a].to : flow->arcs[a].from]++] = a;
}

Flow *
flow_new(guint nodes, const Arc *arcs, guint count)
{
    Flow *flow = g_new0(Flow, 1);
    flow->nodes = nodes;
    flow->count = count;
    flow->arcs = arcs;
    flow->out = g_new(guint, count);
    flow->in = g_new(guint, count);
    flow->out_start = g_new0(guint, nodes + 1);
    flow->in_start = g_new0(guint, nodes + 1);
    index_arcs(flow, false, flow->out_start, flow->out);
    index_arcs(flow, true, flow->in_start, flow->in);
    return flow;
}

void
flow_free(Flow *flow)
{
    if (!flow)
        return;
    g_free(flow->out);
    g_free(flow->out_start);
    g_free(flow->in);
    g_free(flow->in_start);
    g_free(flow);
}

/* Walks */

static void
fill(guint *numbers, guint count)
{
    for (guint i = 0; i < count; i++)
        numbers[i] = FLOW_NONE;
}

Walk *
walk_new(const Flow *flow)
{
    Walk *walk = g_new0(Walk, 1);
    walk->steps = g_new(guint, flow->nodes);
    walk->by = g_new(guint, flow->nodes);
    walk->met = g_array_new(FALSE, FALSE, sizeof(guint));
    fill(walk->steps, flow->nodes);
    return walk;
}

void
walk_free(Walk *walk)
{
    if (!walk)
        return;
    g_free(walk->steps);
    g_free(walk->by);
    g_array_unref(walk->met);
    g_free(walk);
}

/* Looks at the arcs of a node: free ones lead to more of this distance, which is met now,
 * the others to `next`. */
static void
look_around(Walk *walk, const Flow *flow, guint node, bool backwards, GArray *next)
{
    const guint *start = backwards ? flow->in_start : flow->out_start;
    const guint *arcs = backwards ? flow->in : flow->out;
    for (guint i = start[node]; i < start[node + 1]; i++) {
        const Arc *arc = &flow->arcs[arcs[i]];
        guint to = backwards ? arc->from : arc->to;
        guint steps = walk->steps[node] + (arc->free ? 0 : 1);
        walk->looked++;
        if (walk->steps[to] <= steps)
            continue;
        walk->steps[to] = steps;
        walk->by[to] = arcs[i];
        GArray *list = arc->free ? walk->met : next;
        g_array_append_val(list, to);
    }
}

void
walk_from(Walk *walk, const Flow *flow, guint start, guint closed, bool backwards)
{
    for (guint i = 0; i < walk->met->len; i++)
        walk->steps[g_array_index(walk->met, guint, i)] = FLOW_NONE;
    g_array_set_size(walk->met, 0);
    g_autoptr(GArray) next = g_array_new(FALSE, FALSE, sizeof(guint));
    walk->steps[start] = 0;
    walk->by[start] = FLOW_NONE;
    g_array_append_val(walk->met, start);
    for (guint i = 0, steps = 1; i < walk->met->len; steps++) {
        for (; i < walk->met->len; i++) {
            guint node = g_array_index(walk->met, guint, i);
            if (node != closed)
                look_around(walk, flow, node, backwards, next);
        }
        /* What a free arc brought nearer after all is met already. */
        for (guint n = 0; n < next->len; n++) {
            guint node = g_array_index(next, guint, n);
            if (walk->steps[node] == steps)
                g_array_append_val(walk->met, node);
        }
        g_array_set_size(next, 0);
    }
}

/* The cut.  Every arc is two halves, there (even) and back; what goes one way may come
 * back the other. */

#define ENDLESS (G_MAXUINT / 2)

typedef struct {
    guint nodes;
    guint source, sink;
    GArray *heads; /* of guint, by half: the node where it ends */
    GArray *rooms; /* of guint, by half: how much may still pass */
    guint *halves; /* by where they start */
    guint *start;
    guint *level; /* by node: the distance from the source; FLOW_NONE: out of reach */
    guint *place; /* by node: the first of its halves that may lead on */
    guint *path;  /* nodes while levels are found, halves on the way then */
} Net;

static guint
head_of(const Net *net, guint half)
{
    return g_array_index(net->heads, guint, half);
}

static guint *
room_of(const Net *net, guint half)
{
    return &g_array_index(net->rooms, guint, half);
}

static void
net_add(Net *net, guint from, guint to, guint room)
{
    static const guint none = 0;
    g_array_append_val(net->heads, to);
    g_array_append_val(net->heads, from);
    g_array_append_val(net->rooms, room);
    g_array_append_val(net->rooms, none);
}

static void
net_index(Net *net)
{
    guint count = net->heads->len;
    net->halves = g_new(guint, count);
    net->start = g_new0(guint, net->nodes + 1);
    for (guint half = 0; half < count; half++)
        net->start[head_of(net, half ^ 1) + 1]++;
    for (guint n = 0; n < net->nodes; n++)
        net->start[n + 1] += net->start[n];
    memcpy(net->place, net->start, net->nodes * sizeof *net->place);
    for (guint half = 0; half < count; half++)
        net->halves[net->place[head_of(net, half ^ 1)]++] = half;
}

static void
net_init(Net *net, const Flow *flow, const bool *sources, guint goal)
{
    *net = (Net){.nodes = flow->nodes + 1, .source = flow->nodes, .sink = goal};
    net->heads = g_array_sized_new(FALSE, FALSE, sizeof(guint), 2 * flow->count);
    net->rooms = g_array_sized_new(FALSE, FALSE, sizeof(guint), 2 * flow->count);
    net->level = g_new(guint, net->nodes);
    net->place = g_new(guint, net->nodes);
    net->path = g_new(guint, net->nodes);
    for (guint a = 0; a < flow->count; a++)
        net_add(net, flow->arcs[a].from, flow->arcs[a].to,
                flow->arcs[a].free ? ENDLESS : 1);
    for (guint n = 0; n < flow->nodes; n++)
        if (sources[n])
            net_add(net, net->source, n, ENDLESS);
    net_index(net);
}

static void
net_clear(Net *net)
{
    g_array_unref(net->heads);
    g_array_unref(net->rooms);
    g_free(net->halves);
    g_free(net->start);
    g_free(net->level);
    g_free(net->place);
    g_free(net->path);
}

/* The distance of every node as long as something may pass; whether the sink has one. */
static bool
net_levels(Net *net)
{
    fill(net->level, net->nodes);
    guint count = 0;
    net->level[net->source] = 0;
    net->path[count++] = net->source;
    for (guint i = 0; i < count; i++) {
        guint node = net->path[i];
        for (guint h = net->start[node]; h < net->start[node + 1]; h++) {
            guint half = net->halves[h], head = head_of(net, half);
            if (*room_of(net, half) == 0 || net->level[head] != FLOW_NONE)
                continue;
            net->level[head] = net->level[node] + 1;
            net->path[count++] = head;
        }
    }
    return net->level[net->sink] != FLOW_NONE;
}

/* The next half that leads one level on; FLOW_NONE: a dead end. */
static guint
net_onward(Net *net, guint node)
{
    for (; net->place[node] < net->start[node + 1]; net->place[node]++) {
        guint half = net->halves[net->place[node]];
        if (*room_of(net, half) > 0 &&
            net->level[head_of(net, half)] == net->level[node] + 1)
            return half;
    }
    return FLOW_NONE;
}

/* Sends one along the way that was found.  Returns up to where the way is still open. */
static guint
net_send(Net *net, guint length)
{
    guint open = length;
    for (guint i = length; i-- > 0;) {
        guint half = net->path[i];
        ++*room_of(net, half ^ 1);
        if (--*room_of(net, half) == 0)
            open = i;
    }
    g_assert(open < length); /* else nothing limits it: free arcs alone */
    return open;
}

/* Sends all that can go by ways of this length. */
static void
net_fill(Net *net)
{
    memcpy(net->place, net->start, net->nodes * sizeof *net->place);
    guint length = 0, node = net->source;
    for (;;) {
        guint half = net_onward(net, node);
        if (half != FLOW_NONE) {
            net->path[length++] = half;
            node = head_of(net, half);
        } else if (length > 0) {
            node = head_of(net, net->path[--length] ^ 1);
            net->place[node]++;
        } else {
            return;
        }
        if (node == net->sink) {
            length = net_send(net, length);
            node = head_of(net, net->path[length] ^ 1);
        }
    }
}

void
flow_cut(const Flow *flow, const bool *sources, guint goal, bool *ret_cut)
{
    Net net;
    net_init(&net, flow, sources, goal);
    while (net_levels(&net))
        net_fill(&net);
    for (guint a = 0; a < flow->count; a++)
        ret_cut[a] = net.level[flow->arcs[a].from] != FLOW_NONE &&
                     net.level[flow->arcs[a].to] == FLOW_NONE;
    net_clear(&net);
}

/* Dominators, seen from the goal against the arcs.  Each arc is a vertex of its own on
 * the way from its end to its start, so that it can be what all ways have in common. From
 * here on vertices go by their number in depth-first order; the goal is 0. */

typedef struct {
    const Flow *flow;
    guint count;
    guint *number; /* of nodes, then of arcs; FLOW_NONE: no way leads there */
    guint *vertex; /* by number: a node, or flow->nodes + an arc */
    guint *parent; /* in the depth-first tree */
    guint *semi;
    guint *label;
    guint *above;  /* in the forest of what was linked so far; FLOW_NONE: a root */
    guint *idom;   /* the nearest that all ways pass */
    guint *bucket; /* by number: the first vertex whose semidominator it is */
    guint *next;   /* in the same bucket */
    guint *stack;
} Tree;

static void
tree_init(Tree *tree, const Flow *flow)
{
    guint size = flow->nodes + flow->count;
    *tree = (Tree){.flow = flow};
    guint **const arrays[] = {&tree->number, &tree->vertex, &tree->parent, &tree->semi,
                              &tree->label,  &tree->above,  &tree->idom,   &tree->bucket,
                              &tree->next,   &tree->stack};
    for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++) {
        *arrays[i] = g_new(guint, size);
        fill(*arrays[i], size);
    }
}

static void
tree_clear(Tree *tree)
{
    guint *const arrays[] = {tree->number, tree->vertex, tree->parent, tree->semi,
                             tree->label,  tree->above,  tree->idom,   tree->bucket,
                             tree->next,   tree->stack};
    for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_free(arrays[i]);
}

static guint
tree_add(Tree *tree, guint vertex, guint parent)
{
    guint number = tree->count++;
    tree->number[vertex] = number;
    tree->vertex[number] = vertex;
    tree->parent[number] = parent;
    tree->semi[number] = number;
    tree->label[number] = number;
    return number;
}

/* Numbers whatever has a way to the goal, depth first. */
static void
tree_grow(Tree *tree, guint goal)
{
    const Flow *flow = tree->flow;
    g_autofree guint *place =
        g_memdup2(flow->in_start, (flow->nodes + 1) * sizeof(guint));
    guint depth = 0;
    tree_add(tree, goal, 0);
    tree->stack[depth++] = goal;
    while (depth > 0) {
        guint node = tree->stack[depth - 1];
        if (place[node] == flow->in_start[node + 1]) {
            depth--;
            continue;
        }
        guint arc = flow->in[place[node]++], from = flow->arcs[arc].from;
        guint number = tree_add(tree, flow->nodes + arc, tree->number[node]);
        if (tree->number[from] != FLOW_NONE)
            continue;
        tree_add(tree, from, number);
        tree->stack[depth++] = from;
    }
}

/* The vertex of least semidominator between this one and the root of its tree, whose way
 * is shortened for the next time. */
static guint
tree_least(Tree *tree, guint number)
{
    guint depth = 0;
    for (guint at = number;
         tree->above[at] != FLOW_NONE && tree->above[tree->above[at]] != FLOW_NONE;
         at = tree->above[at])
        tree->stack[depth++] = at;
    while (depth-- > 0) {
        guint at = tree->stack[depth], above = tree->above[at];
        if (tree->semi[tree->label[above]] < tree->semi[tree->label[at]])
            tree->label[at] = tree->label[above];
        tree->above[at] = tree->above[above];
    }
    return tree->label[number];
}

static void
tree_lower(Tree *tree, guint number, guint before)
{
    if (before == FLOW_NONE)
        return;
    guint least = tree_least(tree, before);
    tree->semi[number] = MIN(tree->semi[number], tree->semi[least]);
}

/* Where one comes from to a vertex: an arc from its end, a node from its arcs. */
static void
tree_find_semi(Tree *tree, guint number)
{
    const Flow *flow = tree->flow;
    guint vertex = tree->vertex[number];
    if (vertex >= flow->nodes) {
        tree_lower(tree, number, tree->number[flow->arcs[vertex - flow->nodes].to]);
        return;
    }
    for (guint i = flow->out_start[vertex]; i < flow->out_start[vertex + 1]; i++)
        tree_lower(tree, number, tree->number[flow->nodes + flow->out[i]]);
}

static void
tree_empty_bucket(Tree *tree, guint of)
{
    for (guint at = tree->bucket[of]; at != FLOW_NONE; at = tree->next[at]) {
        guint least = tree_least(tree, at);
        tree->idom[at] = tree->semi[least] < tree->semi[at] ? least : of;
    }
    tree->bucket[of] = FLOW_NONE;
}

static void
tree_dominate(Tree *tree)
{
    for (guint number = tree->count; number-- > 1;) {
        tree_find_semi(tree, number);
        guint semi = tree->semi[number], parent = tree->parent[number];
        tree->next[number] = tree->bucket[semi];
        tree->bucket[semi] = number;
        tree->above[number] = parent;
        tree_empty_bucket(tree, parent);
    }
    for (guint number = 1; number < tree->count; number++)
        if (tree->idom[number] != tree->semi[number])
            tree->idom[number] = tree->idom[tree->idom[number]];
}

void
flow_frees(const Flow *flow, const bool *sources, guint goal, guint *ret_frees)
{
    Tree tree;
    tree_init(&tree, flow);
    tree_grow(&tree, goal);
    tree_dominate(&tree);
    g_autofree guint *below = g_new0(guint, tree.count);
    for (guint number = tree.count; number-- > 1;) {
        guint vertex = tree.vertex[number];
        below[number] += vertex < flow->nodes && sources[vertex];
        below[tree.idom[number]] += below[number];
    }
    for (guint a = 0; a < flow->count; a++) {
        guint number = tree.number[flow->nodes + a];
        ret_frees[a] = number == FLOW_NONE ? 0 : below[number];
    }
    tree_clear(&tree);
}
