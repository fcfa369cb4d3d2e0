/* Lays a graph out as Sugiyama does: columns, order within them by the mean of the
 * neighbours, then rows as near to the neighbours as the order lets them be. */
#include "graph.h"

#define SWEEPS 8
#define ALIGNMENTS 6

/* A node, or the place where a line passes a column. */
typedef struct {
    guint column;
    double at;            /* the place in its column, later the row */
    GArray *left, *right; /* of guint: items in the columns beside it */
} Item;

typedef struct {
    Graph *graph;
    GPtrArray *items;   /* of Item *: the nodes, then the bends */
    GPtrArray *columns; /* of GArray * of guint: items from top to bottom */
} Sketch;

static void
line_free(gpointer data)
{
    GraphLine *line = data;
    g_array_unref(line->bends);
    g_free(line);
}

Graph *
graph_new(guint nodes)
{
    Graph *graph = g_new0(Graph, 1);
    graph->nodes = g_array_new(FALSE, TRUE, sizeof(GraphNode));
    g_array_set_size(graph->nodes, nodes);
    graph->lines = g_ptr_array_new_with_free_func(line_free);
    return graph;
}

void
graph_free(Graph *graph)
{
    if (!graph)
        return;
    g_array_unref(graph->nodes);
    g_ptr_array_unref(graph->lines);
    g_free(graph);
}

void
graph_add(Graph *graph, guint from, guint to)
{
    g_assert(from < graph->nodes->len && to < graph->nodes->len);
    GraphLine *line = g_new0(GraphLine, 1);
    line->from = from;
    line->to = to;
    line->bends = g_array_new(FALSE, FALSE, sizeof(double));
    g_ptr_array_add(graph->lines, line);
}

static GraphNode *
node_of(const Graph *graph, guint number)
{
    return &g_array_index(graph->nodes, GraphNode, number);
}

/* Columns. */

typedef enum { FRESH, OPEN, DONE } Visit;

typedef struct {
    guint node;
    guint next; /* of its lines */
} Step;

/* The lines out of each node (of GArray * of guint). */
static GPtrArray *
lines_out(const Graph *graph)
{
    GPtrArray *out = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    for (guint i = 0; i < graph->nodes->len; i++)
        g_ptr_array_add(out, g_array_new(FALSE, FALSE, sizeof(guint)));
    for (guint i = 0; i < graph->lines->len; i++) {
        const GraphLine *line = graph->lines->pdata[i];
        g_array_append_val((GArray *)out->pdata[line->from], i);
    }
    return out;
}

/* Depth first from a node: what leads back to where it came from closes a circle; of
 * the rest `column` gets the longest way out. */
static void
measure(Graph *graph, const GPtrArray *out, Visit *visits, guint start)
{
    g_autoptr(GArray) way = g_array_new(FALSE, FALSE, sizeof(Step));
    Step first = {start, 0};
    if (visits[start] != FRESH)
        return;
    visits[start] = OPEN;
    g_array_append_val(way, first);
    while (way->len > 0) {
        Step *step = &g_array_index(way, Step, way->len - 1);
        const GArray *lines = out->pdata[step->node];
        GraphNode *node = node_of(graph, step->node);
        if (step->next == lines->len) {
            visits[step->node] = DONE;
            g_array_set_size(way, way->len - 1);
            continue;
        }
        GraphLine *line = graph->lines->pdata[g_array_index(lines, guint, step->next)];
        if (visits[line->to] == FRESH) {
            /* Looked at again once the other end is done. */
            Step next = {line->to, 0};
            visits[line->to] = OPEN;
            g_array_append_val(way, next);
            continue;
        }
        line->back = visits[line->to] == OPEN;
        if (!line->back)
            node->column = MAX(node->column, node_of(graph, line->to)->column + 1);
        step->next++;
    }
}

static void
set_columns(Graph *graph)
{
    guint count = graph->nodes->len, most = 0;
    g_autoptr(GPtrArray) out = lines_out(graph);
    g_autofree Visit *visits = g_new0(Visit, MAX(count, 1));
    g_autofree bool *entered = g_new0(bool, MAX(count, 1));
    for (guint i = 0; i < graph->lines->len; i++)
        entered[((const GraphLine *)graph->lines->pdata[i])->to] = true;
    /* From where nothing leads to, so that circles are cut where they are entered. */
    for (guint i = 0; i < count; i++)
        if (!entered[i])
            measure(graph, out, visits, i);
    for (guint i = 0; i < count; i++)
        measure(graph, out, visits, i);
    for (guint i = 0; i < count; i++)
        most = MAX(most, node_of(graph, i)->column);
    for (guint i = 0; i < count; i++)
        node_of(graph, i)->column = most - node_of(graph, i)->column;
    graph->columns = count > 0 ? most + 1 : 0;
}

/* Items. */

static void
item_free(gpointer data)
{
    Item *item = data;
    g_array_unref(item->left);
    g_array_unref(item->right);
    g_free(item);
}

static Item *
item_at(const Sketch *sketch, guint number)
{
    return sketch->items->pdata[number];
}

static guint
add_item(Sketch *sketch, guint column)
{
    GArray *items = sketch->columns->pdata[column];
    guint number = sketch->items->len;
    Item *item = g_new0(Item, 1);
    item->column = column;
    item->at = items->len;
    item->left = g_array_new(FALSE, FALSE, sizeof(guint));
    item->right = g_array_new(FALSE, FALSE, sizeof(guint));
    g_ptr_array_add(sketch->items, item);
    g_array_append_val(items, number);
    return number;
}

static void
join(Sketch *sketch, guint left, guint right)
{
    g_array_append_val(item_at(sketch, left)->right, right);
    g_array_append_val(item_at(sketch, right)->left, left);
}

static void
add_line(Sketch *sketch, const GraphLine *line)
{
    guint last = line->from;
    guint first = node_of(sketch->graph, line->from)->column;
    guint end = node_of(sketch->graph, line->to)->column;
    if (line->back)
        return;
    if (sketch->items->len - sketch->graph->nodes->len + end - first - 1 > GRAPH_BENDS)
        return;
    for (guint column = first + 1; column < end; column++) {
        guint bend = add_item(sketch, column);
        join(sketch, last, bend);
        last = bend;
    }
    join(sketch, last, line->to);
}

static Sketch
sketch_of(Graph *graph)
{
    Sketch sketch = {
        .graph = graph,
        .items = g_ptr_array_new_with_free_func(item_free),
        .columns = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref),
    };
    for (guint i = 0; i < graph->columns; i++)
        g_ptr_array_add(sketch.columns, g_array_new(FALSE, FALSE, sizeof(guint)));
    for (guint i = 0; i < graph->nodes->len; i++)
        add_item(&sketch, node_of(graph, i)->column);
    for (guint i = 0; i < graph->lines->len; i++)
        add_line(&sketch, graph->lines->pdata[i]);
    return sketch;
}

/* Order. */

/* Where the neighbours are on the mean; where there are none, its own place. */
static double
mean_of(const Sketch *sketch, const Item *item, bool left, bool right)
{
    const GArray *sides[] = {left ? item->left : NULL, right ? item->right : NULL};
    double sum = 0;
    guint count = 0;
    for (guint s = 0; s < G_N_ELEMENTS(sides); s++)
        for (guint i = 0; sides[s] && i < sides[s]->len; i++) {
            sum += item_at(sketch, g_array_index(sides[s], guint, i))->at;
            count++;
        }
    return count > 0 ? sum / count : item->at;
}

typedef struct {
    guint number;
    double wanted;
    double before;
} Wish;

static int
compare_wishes(gconstpointer a, gconstpointer b)
{
    const Wish *one = a, *other = b;
    if (one->wanted != other->wanted)
        return one->wanted < other->wanted ? -1 : 1;
    return (one->before > other->before) - (one->before < other->before);
}

static void
order_column(Sketch *sketch, GArray *items, bool by_left)
{
    g_autoptr(GArray) wishes = g_array_sized_new(FALSE, FALSE, sizeof(Wish), items->len);
    for (guint i = 0; i < items->len; i++) {
        guint number = g_array_index(items, guint, i);
        const Item *item = item_at(sketch, number);
        Wish wish = {number, mean_of(sketch, item, by_left, !by_left), item->at};
        g_array_append_val(wishes, wish);
    }
    g_array_sort(wishes, compare_wishes);
    for (guint i = 0; i < items->len; i++) {
        guint number = g_array_index(wishes, Wish, i).number;
        g_array_index(items, guint, i) = number;
        item_at(sketch, number)->at = i;
    }
}

static void
order_all(Sketch *sketch)
{
    guint count = sketch->columns->len;
    for (guint sweep = 0; sweep < SWEEPS; sweep++)
        for (guint i = 0; i < count; i++) {
            bool by_left = sweep % 2 == 1;
            order_column(sketch, sketch->columns->pdata[by_left ? i : count - 1 - i],
                         by_left);
        }
}

/* Rows. */

/* Items that stand close to each other, moved as one. */
typedef struct {
    double sum; /* of what its items want, less their places in it */
    guint count;
} Run;

/* As near to what each wants as the order and a row for each allow (least squares: runs
 * that would overlap become one). */
static void
place_column(Sketch *sketch, const GArray *items)
{
    g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(Run));
    for (guint i = 0; i < items->len; i++) {
        const Item *item = item_at(sketch, g_array_index(items, guint, i));
        Run run = {mean_of(sketch, item, true, true) - i, 1};
        while (runs->len > 0) {
            const Run *last = &g_array_index(runs, Run, runs->len - 1);
            if (last->sum / last->count < run.sum / run.count)
                break;
            run.sum += last->sum;
            run.count += last->count;
            g_array_set_size(runs, runs->len - 1);
        }
        g_array_append_val(runs, run);
    }
    for (guint r = 0, i = 0; r < runs->len; r++) {
        const Run *run = &g_array_index(runs, Run, r);
        for (guint n = 0; n < run->count; n++, i++)
            item_at(sketch, g_array_index(items, guint, i))->at =
                run->sum / run->count + i;
    }
}

static void
place_all(Sketch *sketch)
{
    guint count = sketch->columns->len;
    for (guint pass = 0; pass < ALIGNMENTS; pass++)
        for (guint i = 0; i < count; i++)
            place_column(sketch,
                         sketch->columns->pdata[pass % 2 == 0 ? count - 1 - i : i]);
}

static void
take_rows(const Sketch *sketch)
{
    Graph *graph = sketch->graph;
    double top = G_MAXDOUBLE, bottom = 0;
    guint bend = graph->nodes->len;
    for (guint i = 0; i < sketch->items->len; i++)
        top = MIN(top, item_at(sketch, i)->at);
    for (guint i = 0; i < sketch->items->len; i++) {
        item_at(sketch, i)->at -= top;
        bottom = MAX(bottom, item_at(sketch, i)->at);
    }
    for (guint i = 0; i < graph->nodes->len; i++)
        node_of(graph, i)->row = item_at(sketch, i)->at;
    for (guint i = 0; i < graph->lines->len; i++) {
        GraphLine *line = graph->lines->pdata[i];
        guint from = node_of(graph, line->from)->column;
        guint to = node_of(graph, line->to)->column;
        /* As add_line has it. */
        if (line->back || bend - graph->nodes->len + to - from - 1 > GRAPH_BENDS)
            continue;
        for (guint column = from + 1; column < to; column++, bend++)
            g_array_append_val(line->bends, item_at(sketch, bend)->at);
    }
    graph->rows = bottom;
}

void
graph_lay_out(Graph *graph)
{
    set_columns(graph);
    Sketch sketch = sketch_of(graph);
    order_all(&sketch);
    place_all(&sketch);
    take_rows(&sketch);
    g_ptr_array_unref(sketch.items);
    g_ptr_array_unref(sketch.columns);
}
