/* Where the nodes and lines of a graph come to stand. */
#include "render/graph.h"

#include <math.h>

/* A small generator of its own: the same graphs on every machine. */
static guint
next_random(guint *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static const GraphNode *
node_at(const Graph *graph, guint number)
{
    return &g_array_index(graph->nodes, GraphNode, number);
}

static const GraphLine *
line_at(const Graph *graph, guint number)
{
    return graph->lines->pdata[number];
}

/* What holds of every drawing. */
static void
assert_readable(const Graph *graph)
{
    for (guint i = 0; i < graph->nodes->len; i++) {
        const GraphNode *node = node_at(graph, i);

        g_assert_cmpuint(node->column, <, graph->columns);
        g_assert_true(isfinite(node->row) && node->row >= 0 && node->row <= graph->rows);
        for (guint j = i + 1; j < graph->nodes->len; j++)
            if (node_at(graph, j)->column == node->column)
                g_assert_cmpfloat(fabs(node_at(graph, j)->row - node->row), >, 0.999);
    }
    for (guint i = 0; i < graph->lines->len; i++) {
        const GraphLine *line = line_at(graph, i);
        guint from = node_at(graph, line->from)->column;
        guint to = node_at(graph, line->to)->column;

        if (!line->back)
            g_assert_cmpuint(from, <, to);
        if (line->bends->len > 0)
            g_assert_cmpuint(line->bends->len, ==, to - from - 1);
    }
}

static guint
count_back(const Graph *graph)
{
    guint count = 0;

    for (guint i = 0; i < graph->lines->len; i++)
        count += line_at(graph, i)->back ? 1 : 0;
    return count;
}

static void
test_nothing(void)
{
    g_autoptr(Graph) graph = graph_new(0);

    graph_lay_out(graph);
    g_assert_cmpuint(graph->columns, ==, 0);
}

/* 0 -> 1 -> 2, 3 -> 2: whoever is one step away stands beside what it leads to. */
static void
test_steps_are_columns(void)
{
    g_autoptr(Graph) graph = graph_new(4);

    graph_add(graph, 0, 1);
    graph_add(graph, 1, 2);
    graph_add(graph, 3, 2);
    graph_lay_out(graph);
    assert_readable(graph);
    g_assert_cmpuint(graph->columns, ==, 3);
    g_assert_cmpuint(node_at(graph, 0)->column, ==, 0);
    g_assert_cmpuint(node_at(graph, 1)->column, ==, 1);
    g_assert_cmpuint(node_at(graph, 3)->column, ==, 1);
    g_assert_cmpuint(node_at(graph, 2)->column, ==, 2);
    g_assert_cmpuint(count_back(graph), ==, 0);
}

static void
test_lines_do_not_cross_without_need(void)
{
    g_autoptr(Graph) graph = graph_new(6);

    for (guint i = 0; i < 3; i++)
        graph_add(graph, i, 5 - i);
    graph_lay_out(graph);
    assert_readable(graph);
    for (guint i = 0; i < 3; i++)
        g_assert_cmpfloat(fabs(node_at(graph, i)->row - node_at(graph, 5 - i)->row), <,
                          0.001);
}

/* 0 -> 1 -> 2 and 0 -> 2: the long one keeps clear of 1. */
static void
test_a_line_passes_beside_a_node(void)
{
    g_autoptr(Graph) graph = graph_new(3);

    graph_add(graph, 0, 1);
    graph_add(graph, 1, 2);
    graph_add(graph, 0, 2);
    graph_lay_out(graph);
    assert_readable(graph);
    const GArray *bends = line_at(graph, 2)->bends;
    g_assert_cmpuint(bends->len, ==, 1);
    g_assert_cmpfloat(fabs(g_array_index(bends, double, 0) - node_at(graph, 1)->row), >,
                      0.999);
}

static void
test_circles(void)
{
    g_autoptr(Graph) graph = graph_new(4);

    graph_add(graph, 0, 1);
    graph_add(graph, 1, 2);
    graph_add(graph, 2, 1);
    graph_add(graph, 2, 3);
    graph_add(graph, 3, 3);
    graph_lay_out(graph);
    assert_readable(graph);
    g_assert_cmpuint(graph->columns, ==, 4);
    g_assert_false(line_at(graph, 0)->back);
    g_assert_true(line_at(graph, 2)->back);
    g_assert_true(line_at(graph, 4)->back);
    g_assert_cmpuint(count_back(graph), ==, 2);
}

static void
test_any_graph(void)
{
    for (guint seed = 1; seed <= 200; seed++) {
        guint state = seed, nodes = 1 + next_random(&state) % 60;
        guint lines = next_random(&state) % (3 * nodes);
        g_autoptr(Graph) graph = graph_new(nodes);

        for (guint i = 0; i < lines; i++) {
            guint from = next_random(&state) % nodes;

            graph_add(graph, from, next_random(&state) % nodes);
        }
        graph_lay_out(graph);
        assert_readable(graph);
    }
}

/* A ladder of 2,000 nodes, each of which leads to all after it within reach: work grows
 * with nodes, lines and bends, and bends are bounded. */
static void
test_work_is_bounded(void)
{
    guint nodes = 2000, bends = 0;
    g_autoptr(Graph) graph = graph_new(nodes);

    for (guint i = 0; i + 1 < nodes; i++) {
        graph_add(graph, i, i + 1);
        graph_add(graph, i, nodes - 1);
    }
    graph_lay_out(graph);
    g_assert_cmpuint(graph->columns, ==, nodes);
    for (guint i = 0; i < graph->lines->len; i++)
        bends += line_at(graph, i)->bends->len;
    g_assert_cmpuint(bends, >, 0);
    g_assert_cmpuint(bends, <=, GRAPH_BENDS);
    assert_readable(graph);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/graph/nothing", test_nothing);
    g_test_add_func("/graph/steps", test_steps_are_columns);
    g_test_add_func("/graph/crossings", test_lines_do_not_cross_without_need);
    g_test_add_func("/graph/long-lines", test_a_line_passes_beside_a_node);
    g_test_add_func("/graph/circles", test_circles);
    g_test_add_func("/graph/any", test_any_graph);
    g_test_add_func("/graph/bounded", test_work_is_bounded);
    return g_test_run();
}
