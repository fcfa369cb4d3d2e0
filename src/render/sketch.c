/* Gathers the accounts and lines of a drawing of chains, and joins those that are alike.
 */
#include "sketch.h"

#include "edges.h"

#define ALIKE 4 /* so many sources that lead to the same become one node */

static void
node_free(gpointer data)
{
    SketchNode *node = data;
    g_ptr_array_unref(node->alike);
    g_free(node);
}

static void
link_free(gpointer data)
{
    SketchLink *link = data;
    g_ptr_array_unref(link->edges);
    g_free(link);
}

void
sketch_clear(Sketch *sketch)
{
    g_ptr_array_unref(sketch->nodes);
    g_ptr_array_unref(sketch->links);
    g_hash_table_unref(sketch->numbers);
    g_hash_table_unref(sketch->by_ends);
}

const Account *
sketch_step_end(const Chain *chain, guint step)
{
    const Edge *edge = chain->steps->pdata[step];

    if (step + 1 == chain->steps->len || !edge->target.account)
        return step + 1 == chain->steps->len
                   ? chain->to
                   : ((const Edge *)chain->steps->pdata[step + 1])->source.account;
    return edge->target.account;
}

static guint
node_of(Sketch *sketch, const Account *account, bool tier0)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(sketch->numbers, account));

    if (number == 0) {
        SketchNode *node = g_new0(SketchNode, 1);

        node->account = account;
        node->alike = g_ptr_array_new();
        g_ptr_array_add(node->alike, (gpointer)account);
        g_ptr_array_add(sketch->nodes, node);
        number = sketch->nodes->len;
        g_hash_table_insert(sketch->numbers, (gpointer)account, GUINT_TO_POINTER(number));
    }
    ((SketchNode *)sketch->nodes->pdata[number - 1])->tier0 |= tier0;
    return number - 1;
}

static guint
number_of_cut(const Chains *chains, const Edge *edge)
{
    for (guint i = 0; i < chains->cut->len && i < CUTS_SHOWN; i++)
        if (g_array_index(chains->cut, Cut, i).edge == edge)
            return i + 1;
    return 0;
}

static void
add_step(Sketch *sketch, guint from, guint to, const Edge *edge)
{
    g_autofree char *ends = g_strdup_printf("%u %u", from, to);
    SketchLink *link = g_hash_table_lookup(sketch->by_ends, ends);

    if (!link) {
        link = g_new0(SketchLink, 1);
        link->from = from;
        link->to = to;
        link->edges = g_ptr_array_new();
        g_ptr_array_add(sketch->links, link);
        g_hash_table_insert(sketch->by_ends, g_steal_pointer(&ends), link);
    }
    if (g_ptr_array_find(link->edges, edge, NULL))
        return;
    g_ptr_array_add(link->edges, (gpointer)edge);
    if (link->cut == 0)
        link->cut = number_of_cut(sketch->chains, edge);
}

static void
add_chain(Sketch *sketch, const Chain *chain)
{
    guint from = node_of(sketch, chain->from, false);

    for (guint i = 0; i < chain->steps->len; i++) {
        const Account *end = sketch_step_end(chain, i);

        if (!end)
            return;
        guint to = node_of(sketch, end, i + 1 == chain->steps->len && chain->tier0);
        add_step(sketch, from, to, chain->steps->pdata[i]);
        from = to;
    }
}

Sketch
sketch_of(const Chains *chains, bool to_tier0)
{
    Sketch sketch = {
        .chains = chains,
        .nodes = g_ptr_array_new_with_free_func(node_free),
        .links = g_ptr_array_new_with_free_func(link_free),
        .numbers = g_hash_table_new(NULL, NULL),
        .by_ends = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .to_tier0 = to_tier0,
    };

    for (guint i = 0; i < chains->chains->len; i++) {
        const Chain *chain = chains->chains->pdata[i];

        if (chain->tier0 || !to_tier0)
            add_chain(&sketch, chain);
    }
    return sketch;
}

/* Forty web servers that may all act on one database are one node, of forty accounts. */

/* What a node leads to, in a text that is equal for those that are alike; NULL: it is led
 * to, or its line is numbered. */
static char *
key_of(const Sketch *sketch, guint number)
{
    GString *key = g_string_new(NULL);

    for (guint i = 0; i < sketch->links->len; i++) {
        const SketchLink *link = sketch->links->pdata[i];

        if (link->to == number || (link->from == number && link->cut > 0)) {
            g_string_free(key, TRUE);
            return NULL;
        }
        if (link->from != number)
            continue;
        g_string_append_printf(key, "%u", link->to);
        for (guint e = 0; e < link->edges->len; e++) {
            const Edge *edge = link->edges->pdata[e];
            g_string_append_printf(key, " %s", edge_way_name(edge->way));
        }
        g_string_append_c(key, ';');
    }
    return g_string_free(key, FALSE);
}

static void
renumber(Sketch *sketch, const guint *into)
{
    guint *numbers = g_new0(guint, sketch->nodes->len);
    GPtrArray *nodes = g_ptr_array_new_with_free_func(node_free);
    GPtrArray *links = g_ptr_array_new_with_free_func(link_free);

    for (guint i = 0; i < sketch->nodes->len; i++) {
        SketchNode *node = g_steal_pointer(&sketch->nodes->pdata[i]);

        if (into[i] == i) {
            numbers[i] = nodes->len;
            g_ptr_array_add(nodes, node);
            continue;
        }
        numbers[i] = numbers[into[i]];
        g_ptr_array_extend(((SketchNode *)nodes->pdata[numbers[i]])->alike, node->alike,
                           NULL, NULL);
        node_free(node);
    }
    for (guint i = 0; i < sketch->links->len; i++) {
        SketchLink *link = g_steal_pointer(&sketch->links->pdata[i]);

        if (into[link->from] != link->from) {
            link_free(link);
            continue;
        }
        link->from = numbers[link->from];
        link->to = numbers[link->to];
        g_ptr_array_add(links, link);
    }
    g_ptr_array_set_free_func(sketch->nodes, NULL);
    g_ptr_array_set_free_func(sketch->links, NULL);
    g_ptr_array_unref(sketch->nodes);
    g_ptr_array_unref(sketch->links);
    sketch->nodes = nodes;
    sketch->links = links;
    g_free(numbers);
}

void
sketch_join_alike(Sketch *sketch)
{
    g_autoptr(GHashTable) by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                                         (GDestroyNotify)g_array_unref);
    g_autofree guint *into = g_new0(guint, MAX(sketch->nodes->len, 1));
    GHashTableIter iter;
    gpointer value;

    for (guint i = 0; i < sketch->nodes->len; i++) {
        char *key = key_of(sketch, i);
        GArray *same = key ? g_hash_table_lookup(by_key, key) : NULL;

        into[i] = i;
        if (key && !same) {
            same = g_array_new(FALSE, FALSE, sizeof(guint));
            g_hash_table_insert(by_key, g_steal_pointer(&key), same);
        }
        if (same)
            g_array_append_val(same, i);
        g_free(key);
    }
    g_hash_table_iter_init(&iter, by_key);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GArray *same = value;

        for (guint i = 0; same->len >= ALIKE && i < same->len; i++)
            into[g_array_index(same, guint, i)] = g_array_index(same, guint, 0);
    }
    renumber(sketch, into);
}
