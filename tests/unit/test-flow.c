/* Shortest ways, smallest cuts and what hangs on an arc: against trying everything. */
#include "audit/flow.h"

#include <string.h>

#define MOST_NODES 8
#define MOST_ARCS 14

typedef struct {
    guint nodes, count;
    Arc arcs[MOST_ARCS];
    bool sources[MOST_NODES];
} Small;

/* The goal is 0; the last two nodes are groups, which free arcs lead to. */
static Small
small_drawn(GRand *rand)
{
    Small small = {.nodes = (guint)g_rand_int_range(rand, 4, MOST_NODES + 1)};
    guint groups = small.nodes - 2;
    for (guint n = 1; n < groups; n++)
        small.sources[n] = g_rand_int_range(rand, 0, 3) > 0;
    small.count = (guint)g_rand_int_range(rand, 1, MOST_ARCS + 1);
    for (guint a = 0; a < small.count; a++) {
        Arc *arc = &small.arcs[a];
        arc->free = groups > 1 && g_rand_int_range(rand, 0, 4) == 0;
        arc->from =
            (guint)g_rand_int_range(rand, 1, (int)(arc->free ? groups : small.nodes));
        arc->to = arc->free ? groups + (guint)g_rand_int_range(rand, 0, 2)
                            : (guint)g_rand_int_range(rand, 0, (int)groups);
    }
    return small;
}

/* Who has a way to the goal without the arcs of `gone`. */
static guint
reaching(const Small *small, guint gone)
{
    guint there = 1;
    for (guint before = 0; before != there;) {
        before = there;
        for (guint a = 0; a < small->count; a++)
            if ((gone & 1u << a) == 0 && (there & 1u << small->arcs[a].to) != 0)
                there |= 1u << small->arcs[a].from;
    }
    return there;
}

static guint
sources_reaching(const Small *small, guint gone)
{
    guint there = reaching(small, gone), count = 0;
    for (guint n = 0; n < small->nodes; n++)
        count += small->sources[n] && (there & 1u << n) != 0;
    return count;
}

static guint
ones(guint bits)
{
    guint count = 0;
    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

static guint
smallest(const Small *small)
{
    guint best = MOST_ARCS + 1, unfree = 0;
    for (guint a = 0; a < small->count; a++)
        unfree |= small->arcs[a].free ? 0 : 1u << a;
    for (guint gone = 0; gone < 1u << small->count; gone++)
        if ((gone & ~unfree) == 0 && ones(gone) < best &&
            sources_reaching(small, gone) == 0)
            best = ones(gone);
    return best;
}

static guint
steps_by_hand(const Small *small, guint from)
{
    guint steps[MOST_NODES];
    for (guint n = 0; n < small->nodes; n++)
        steps[n] = n == 0 ? 0 : 1000;
    for (guint round = 0; round < small->nodes; round++)
        for (guint a = 0; a < small->count; a++) {
            const Arc *arc = &small->arcs[a];
            steps[arc->from] =
                MIN(steps[arc->from], steps[arc->to] + (arc->free ? 0 : 1));
        }
    return steps[from] >= 1000 ? FLOW_NONE : steps[from];
}

/* Follows what the walk tells; how many steps it took. */
static guint
followed(const Flow *flow, const Walk *walk, guint from, bool backwards)
{
    guint steps = 0, at = from;
    for (guint moves = 0; walk->by[at] != FLOW_NONE; moves++) {
        g_assert_cmpuint(moves, <=, flow->count);
        const Arc *arc = &flow->arcs[walk->by[at]];
        g_assert_cmpuint(backwards ? arc->from : arc->to, ==, at);
        at = backwards ? arc->to : arc->from;
        steps += !arc->free;
    }
    g_assert_cmpuint(walk->steps[at], ==, 0);
    return steps;
}

static void
check_walks(const Small *small, const Flow *flow)
{
    g_autoptr(Walk) back = walk_new(flow);
    g_autoptr(Walk) there = walk_new(flow);
    walk_from(back, flow, 0, FLOW_NONE, true);
    guint last = 0, met = 0;
    for (guint i = 0; i < back->met->len; i++) {
        guint node = g_array_index(back->met, guint, i);
        g_assert_cmpuint(back->steps[node], >=, last);
        g_assert_cmpuint(met & 1u << node, ==, 0);
        met |= 1u << node;
        last = back->steps[node];
    }
    for (guint n = 0; n < small->nodes; n++) {
        g_assert_cmpuint(back->steps[n], ==, steps_by_hand(small, n));
        walk_from(there, flow, n, FLOW_NONE, false);
        g_assert_cmpuint(there->steps[0], ==, back->steps[n]);
        if (back->steps[n] == FLOW_NONE)
            continue;
        g_assert_true(met & 1u << n);
        g_assert_cmpuint(followed(flow, back, n, true), ==, back->steps[n]);
        g_assert_cmpuint(followed(flow, there, 0, false), ==, back->steps[n]);
    }
}

static void
check_cut(const Small *small, const Flow *flow)
{
    bool cut[MOST_ARCS];
    guint gone = 0, frees[MOST_ARCS];
    flow_cut(flow, small->sources, 0, cut);
    flow_frees(flow, small->sources, 0, frees);
    guint before = sources_reaching(small, 0);
    for (guint a = 0; a < small->count; a++) {
        if (cut[a])
            g_assert_false(small->arcs[a].free);
        gone |= cut[a] ? 1u << a : 0;
        g_assert_cmpuint(frees[a], ==, before - sources_reaching(small, 1u << a));
    }
    g_assert_cmpuint(sources_reaching(small, gone), ==, 0);
    g_assert_cmpuint(ones(gone), ==, smallest(small));
}

static void
test_small(void)
{
    guint cuts[MOST_ARCS + 1] = {0};
    for (guint32 seed = 1; seed <= 600; seed++) {
        GRand *rand = g_rand_new_with_seed(seed);
        Small small = small_drawn(rand);
        g_rand_free(rand);
        g_autoptr(Flow) flow = flow_new(small.nodes, small.arcs, small.count);
        check_walks(&small, flow);
        check_cut(&small, flow);
        cuts[smallest(&small)]++;
    }
    for (guint size = 0; size < 4; size++)
        g_assert_cmpuint(cuts[size], >, 10); /* else too little was tried */
}

/* Two between the same are two to take out; a narrow place before them is one. */
static void
test_parallel(void)
{
    static const Arc arcs[] = {{3, 2, false}, {2, 1, false}, {1, 0, false}, {1, 0, false},
                               {2, 3, false}, {1, 2, false}, {1, 1, false}};
    g_autoptr(Flow) flow = flow_new(4, arcs, G_N_ELEMENTS(arcs));
    bool cut[G_N_ELEMENTS(arcs)];
    guint frees[G_N_ELEMENTS(arcs)];
    flow_cut(flow, (const bool[]){false, true, false, true}, 0, cut);
    g_assert_true(!cut[0] && !cut[1] && cut[2] && cut[3] && !cut[4] && !cut[5]);
    flow_cut(flow, (const bool[]){false, false, false, true}, 0, cut);
    g_assert_true(cut[0] && !cut[1] && !cut[2] && !cut[3]);
    flow_frees(flow, (const bool[]){false, true, true, true}, 0, frees);
    g_assert_cmpuint(frees[0], ==, 1);
    g_assert_cmpuint(frees[1], ==, 2);
    g_assert_cmpuint(frees[2], ==, 0);
}

/* A group of three that may act on the goal: its one arc, not the three to the group. */
static void
test_group(void)
{
    static const Arc arcs[] = {
        {1, 4, true}, {2, 4, true}, {3, 4, true}, {4, 0, false}, {1, 2, false}};
    g_autoptr(Flow) flow = flow_new(5, arcs, G_N_ELEMENTS(arcs));
    bool cut[G_N_ELEMENTS(arcs)];
    guint frees[G_N_ELEMENTS(arcs)];
    static const bool sources[] = {false, true, true, true, false};
    flow_cut(flow, sources, 0, cut);
    flow_frees(flow, sources, 0, frees);
    for (guint a = 0; a < G_N_ELEMENTS(arcs); a++)
        g_assert_cmpint(cut[a], ==, a == 3);
    g_assert_cmpuint(frees[3], ==, 3);
}

static void
test_nothing(void)
{
    g_autoptr(Flow) flow = flow_new(2, NULL, 0);
    g_autoptr(Walk) walk = walk_new(flow);
    static const bool sources[] = {false, true};
    walk_from(walk, flow, 0, FLOW_NONE, true);
    g_assert_cmpuint(walk->steps[1], ==, FLOW_NONE);
    flow_cut(flow, sources, 0, NULL);
    flow_frees(flow, sources, 0, NULL);
}

/* One way as long as the graph, with a way back from everywhere. */
static void
test_long(void)
{
    const guint length = 10000;
    g_autofree Arc *arcs = g_new(Arc, 2 * length);
    g_autofree bool *sources = g_new0(bool, length + 1);
    g_autofree bool *cut = g_new(bool, 2 * length);
    g_autofree guint *frees = g_new(guint, 2 * length);
    for (guint n = 0; n < length; n++) {
        arcs[2 * n] = (Arc){n + 1, n, false};
        arcs[2 * n + 1] = (Arc){n, length, false};
        sources[n + 1] = true;
    }
    g_autoptr(Flow) flow = flow_new(length + 1, arcs, 2 * length);
    g_autoptr(Walk) walk = walk_new(flow);
    walk_from(walk, flow, 0, FLOW_NONE, true);
    g_assert_cmpuint(walk->steps[length], ==, length);
    flow_frees(flow, sources, 0, frees);
    flow_cut(flow, sources, 0, cut);
    for (guint a = 0; a < 2 * length; a++)
        g_assert_cmpint(cut[a], ==, a == 0);
    g_assert_cmpuint(frees[0], ==, length);
    /* Without the second, none but the first node gets there. */
    g_assert_cmpuint(frees[2], ==, length - 1);
    g_assert_cmpuint(frees[3], ==, 0);
}

/* 10,000 arcs at random: what is cut ends all, and the flow is as large as the cut. */
static void
test_large(void)
{
    const guint nodes = 3000, count = 10000;
    g_autofree Arc *arcs = g_new(Arc, count);
    g_autofree bool *sources = g_new0(bool, nodes);
    g_autofree bool *cut = g_new(bool, count);
    g_autofree guint *frees = g_new(guint, count);
    GRand *rand = g_rand_new_with_seed(11);
    for (guint a = 0; a < count; a++)
        arcs[a] = (Arc){(guint)g_rand_int_range(rand, 1, (int)nodes),
                        (guint)g_rand_int_range(rand, 0, (int)nodes), false};
    for (guint n = 0; n < 40; n++)
        arcs[n].to = 0;
    for (guint n = 0; n < 60; n++)
        sources[g_rand_int_range(rand, 1, (int)nodes)] = true;
    g_rand_free(rand);
    g_autoptr(Flow) flow = flow_new(nodes, arcs, count);
    flow_cut(flow, sources, 0, cut);
    flow_frees(flow, sources, 0, frees);
    g_autofree Arc *left = g_new(Arc, count);
    guint kept = 0, gone = 0;
    for (guint a = 0; a < count; a++) {
        gone += cut[a];
        if (!cut[a])
            left[kept++] = arcs[a];
    }
    g_assert_cmpuint(gone, >, 10);
    g_assert_cmpuint(gone, <=, 45); /* no more than lead to the goal */
    g_autoptr(Flow) without = flow_new(nodes, left, kept);
    g_autoptr(Walk) walk = walk_new(without);
    walk_from(walk, without, 0, FLOW_NONE, true);
    for (guint n = 0; n < nodes; n++)
        g_assert_true(!sources[n] || walk->steps[n] == FLOW_NONE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flow/small", test_small);
    g_test_add_func("/flow/parallel", test_parallel);
    g_test_add_func("/flow/group", test_group);
    g_test_add_func("/flow/nothing", test_nothing);
    g_test_add_func("/flow/long", test_long);
    g_test_add_func("/flow/large", test_large);
    return g_test_run();
}
