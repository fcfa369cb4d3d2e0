/* Counts what each step turns ready as others are taken, and takes the best. */
#include "order.h"

#include <stdbool.h>
#include <string.h>

typedef struct {
    int severity;
    const char *id;
    GArray *after; /* of guint */
    GArray *needs; /* of guint */
    GArray *sets;  /* of guint: those that have it */
    guint gain;    /* units that lack this step alone */
    bool taken;
} Step;

/* Units that need the same steps. */
typedef struct {
    GArray *steps; /* of guint, sorted */
    guint count;
    guint left; /* of its steps, not taken */
} Set;

struct Order {
    GPtrArray *steps;  /* of Step * */
    GPtrArray *sets;   /* of Set * */
    GHashTable *known; /* Set * -> itself */
    GPtrArray *joint;  /* of Set *: of several steps, those of most units first */
    GArray *taken;     /* of guint */
};

static void
step_free(gpointer data)
{
    Step *step = data;
    g_array_unref(step->after);
    g_array_unref(step->needs);
    g_array_unref(step->sets);
    g_free(step);
}

static void
set_free(gpointer data)
{
    Set *set = data;
    g_array_unref(set->steps);
    g_free(set);
}

static guint
set_hash(gconstpointer data)
{
    const Set *set = data;
    guint hash = set->steps->len;
    for (guint i = 0; i < set->steps->len; i++)
        hash = hash * 31 + g_array_index(set->steps, guint, i);
    return hash;
}

static gboolean
set_equal(gconstpointer a, gconstpointer b)
{
    const Set *left = a, *right = b;
    return left->steps->len == right->steps->len &&
           memcmp(left->steps->data, right->steps->data,
                  left->steps->len * sizeof(guint)) == 0;
}

Order *
order_new(void)
{
    Order *order = g_new0(Order, 1);
    order->steps = g_ptr_array_new_with_free_func(step_free);
    order->sets = g_ptr_array_new_with_free_func(set_free);
    order->known = g_hash_table_new(set_hash, set_equal);
    order->joint = g_ptr_array_new();
    order->taken = g_array_new(FALSE, FALSE, sizeof(guint));
    return order;
}

void
order_free(Order *order)
{
    if (!order)
        return;
    g_hash_table_unref(order->known);
    g_ptr_array_unref(order->joint);
    g_ptr_array_unref(order->sets);
    g_ptr_array_unref(order->steps);
    g_array_unref(order->taken);
    g_free(order);
}

static Step *
step_at(const Order *order, guint step)
{
    return order->steps->pdata[step];
}

guint
order_add_step(Order *order, int severity, const char *id)
{
    Step *step = g_new0(Step, 1);
    step->severity = severity;
    step->id = id;
    step->after = g_array_new(FALSE, FALSE, sizeof(guint));
    step->needs = g_array_new(FALSE, FALSE, sizeof(guint));
    step->sets = g_array_new(FALSE, FALSE, sizeof(guint));
    g_ptr_array_add(order->steps, step);
    return order->steps->len - 1;
}

static bool
contains(const GArray *numbers, guint number)
{
    for (guint i = 0; i < numbers->len; i++)
        if (g_array_index(numbers, guint, i) == number)
            return true;
    return false;
}

static void
add_once(GArray *numbers, guint number)
{
    if (!contains(numbers, number))
        g_array_append_val(numbers, number);
}

void
order_put_after(Order *order, guint step, guint earlier)
{
    if (step != earlier)
        add_once(step_at(order, step)->after, earlier);
}

/* The steps and all that come before them, in an order that holds; a circle is cut. */
static void
add_closed(const Order *order, guint step, GArray *into, GHashTable *seen)
{
    const GArray *after = step_at(order, step)->after;
    if (step_at(order, step)->taken || !g_hash_table_add(seen, GUINT_TO_POINTER(step)))
        return;
    for (guint i = 0; i < after->len; i++)
        add_closed(order, g_array_index(after, guint, i), into, seen);
    g_array_append_val(into, step);
}

static GArray *
closed(const Order *order, const GArray *steps)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    GArray *all = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < steps->len; i++)
        add_closed(order, g_array_index(steps, guint, i), all, seen);
    return all;
}

static int
by_number(gconstpointer a, gconstpointer b)
{
    const guint *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

void
order_add_unit(Order *order, const GArray *steps)
{
    Set wanted = {.steps = closed(order, steps)};
    g_array_sort(wanted.steps, by_number);
    Set *set = g_hash_table_lookup(order->known, &wanted);
    if (set || wanted.steps->len == 0) {
        g_array_unref(wanted.steps);
    } else {
        set = g_memdup2(&wanted, sizeof wanted);
        set->left = set->steps->len;
        for (guint i = 0; i < set->steps->len; i++)
            g_array_append_val(step_at(order, g_array_index(set->steps, guint, i))->sets,
                               order->sets->len);
        g_ptr_array_add(order->sets, set);
        g_hash_table_add(order->known, set);
    }
    if (!set)
        return;
    set->count++;
    if (set->left == 1)
        step_at(order, g_array_index(set->steps, guint, 0))->gain++;
}

const GArray *
order_needs(const Order *order, guint step)
{
    return step_at(order, step)->needs;
}

/* The one that goes first where both bring the same. */
static int
in_ties(gconstpointer a, gconstpointer b, gpointer data)
{
    const Step *left = step_at(data, *(const guint *)a);
    const Step *right = step_at(data, *(const guint *)b);
    if (left->severity != right->severity)
        return left->severity > right->severity ? -1 : 1;
    return strcmp(left->id, right->id);
}

/* Of the set, whose last step is not taken, that one. */
static Step *
last_of(const Order *order, const Set *set)
{
    for (guint i = 0; i < set->steps->len; i++) {
        Step *step = step_at(order, g_array_index(set->steps, guint, i));
        if (!step->taken)
            return step;
    }
    g_assert_not_reached();
}

static void
take(Order *order, guint number)
{
    Step *step = step_at(order, number);
    if (step->taken)
        return;
    step->taken = true;
    g_array_append_val(order->taken, number);
    for (guint i = 0; i < step->after->len; i++)
        add_once(step->needs, g_array_index(step->after, guint, i));
    for (guint i = 0; i < step->sets->len; i++) {
        Set *set = order->sets->pdata[g_array_index(step->sets, guint, i)];
        if (--set->left == 1)
            last_of(order, set)->gain += set->count;
    }
}

/* The best single step by what it brings; -1: none brings anything. */
static int
best_single(const Order *order)
{
    int best = -1;
    for (guint i = 0; i < order->steps->len; i++) {
        const Step *step = step_at(order, i);
        if (step->taken || step->gain == 0)
            continue;
        guint gain = best < 0 ? 0 : step_at(order, (guint)best)->gain;
        guint at = (guint)best;
        if (step->gain > gain ||
            (step->gain == gain && in_ties(&i, &at, (gpointer)order) < 0))
            best = (int)i;
    }
    return best;
}

/* What is not taken of a set, in the order to take it. */
static GArray *
rest_of(const Order *order, const Set *set)
{
    g_autoptr(GArray) sorted = g_array_copy(set->steps);
    g_array_sort_with_data(sorted, in_ties, (gpointer)order);
    return closed(order, sorted);
}

static bool
is_better(const Order *order, const Set *set, const Set *than)
{
    if (!than || set->count * than->left != than->count * set->left)
        return !than || set->count * than->left > than->count * set->left;
    if (set->left != than->left)
        return set->left < than->left;
    g_autoptr(GArray) left = rest_of(order, set);
    g_autoptr(GArray) right = rest_of(order, than);
    for (guint i = 0; i < left->len; i++) {
        int tie = in_ties(&g_array_index(left, guint, i), &g_array_index(right, guint, i),
                          (gpointer)order);
        if (tie != 0)
            return tie < 0;
    }
    return false;
}

/* The set that brings most for each of its steps, and more than `gain`; NULL: none. */
static const Set *
best_joint(const Order *order, guint gain)
{
    const Set *best = NULL;
    for (guint i = 0; i < order->joint->len; i++) {
        const Set *set = order->joint->pdata[i];
        guint least = best ? best->count : gain * 2;
        guint parts = best ? best->left : 2;
        /* None that follows can be better: each has at least two steps. */
        if (set->count * parts < least * 2)
            break;
        if (set->left > 1 && set->count > gain * set->left && is_better(order, set, best))
            best = set;
    }
    return best;
}

static void
take_joint(Order *order, const Set *set)
{
    g_autoptr(GArray) rest = rest_of(order, set);
    guint last = g_array_index(rest, guint, rest->len - 1);
    for (guint i = 0; i < rest->len; i++)
        take(order, g_array_index(rest, guint, i));
    for (guint i = 0; i + 1 < rest->len; i++)
        add_once(step_at(order, last)->needs, g_array_index(rest, guint, i));
}

static int
most_units_first(gconstpointer a, gconstpointer b)
{
    const Set *left = *(Set *const *)a, *right = *(Set *const *)b;
    return (left->count < right->count) - (left->count > right->count);
}

/* Those that bring nothing, in the order of ties. */
static void
take_rest(Order *order)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < order->steps->len; i++)
        g_array_append_val(all, i);
    g_array_sort_with_data(all, in_ties, order);
    g_autoptr(GArray) rest = closed(order, all);
    for (guint i = 0; i < rest->len; i++)
        take(order, g_array_index(rest, guint, i));
}

GArray *
order_run(Order *order)
{
    for (guint i = 0; i < order->sets->len; i++)
        if (((const Set *)order->sets->pdata[i])->left > 1)
            g_ptr_array_add(order->joint, order->sets->pdata[i]);
    g_ptr_array_sort(order->joint, most_units_first);
    for (;;) {
        int single = best_single(order);
        const Set *joint =
            best_joint(order, single < 0 ? 0 : step_at(order, (guint)single)->gain);
        if (joint)
            take_joint(order, joint);
        else if (single >= 0)
            take(order, (guint)single);
        else
            break;
    }
    take_rest(order);
    return g_array_ref(order->taken);
}
