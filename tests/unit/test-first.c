/* The order of steps by hand, and without a directory. */
#include "fix/order.h"

#include <string.h>

typedef struct {
    const char *name; /* one letter */
    int severity;
} Row;

static guint
number_of(const Row *rows, guint count, char name)
{
    for (guint i = 0; i < count; i++)
        if (rows[i].name[0] == name)
            return i;
    g_assert_not_reached();
}

static void
add_units(Order *order, const Row *rows, guint count, const char *units)
{
    g_auto(GStrv) words = g_strsplit(units, " ", -1);
    for (char **word = words; *word; word++) {
        g_autoptr(GArray) steps = g_array_new(FALSE, FALSE, sizeof(guint));
        for (const char *letter = *word; *letter; letter++) {
            guint step = number_of(rows, count, *letter);
            g_array_append_val(steps, step);
        }
        order_add_unit(order, steps);
    }
}

/* Who comes after whom ("ba": b after a), then what is ready once which are done; the
 * order, and in brackets what each needs: "a b(a) c". */
static char *
ordered(const Row *rows, guint count, const char *after, const char *units)
{
    g_autoptr(Order) order = order_new();
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < count; i++)
        g_assert_cmpuint(order_add_step(order, rows[i].severity, rows[i].name), ==, i);
    for (const char *each = after; *each; each += 2)
        order_put_after(order, number_of(rows, count, each[0]),
                        number_of(rows, count, each[1]));
    add_units(order, rows, count, units);
    g_autoptr(GArray) done = order_run(order);
    for (guint i = 0; i < done->len; i++) {
        guint step = g_array_index(done, guint, i);
        const GArray *needs = order_needs(order, step);
        g_string_append_printf(text, "%s%s%s", i > 0 ? " " : "", rows[step].name,
                               needs->len > 0 ? "(" : "");
        for (guint n = 0; n < needs->len; n++)
            g_string_append(text, rows[g_array_index(needs, guint, n)].name);
        g_string_append(text, needs->len > 0 ? ")" : "");
    }
    return g_string_free(text, FALSE);
}

#define assert_order(rows, after, units, expected)                                 \
    do {                                                                           \
        g_autofree char *order_ = ordered(rows, G_N_ELEMENTS(rows), after, units); \
        g_assert_cmpstr(order_, ==, expected);                                     \
    } while (0)

static const Row even[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}};

static void
test_greedy(void)
{
    assert_order(even, "", "c c c a a b", "c a b d");
    /* What one leaves, the next may finish. */
    assert_order(even, "", "c c cb cb a a a", "a c b d");
    assert_order(even, "", "a a ab ab ab b c c c c", "c a b d");
}

static void
test_ties(void)
{
    static const Row rows[] = {{"a", 1}, {"b", 2}, {"c", 2}, {"d", 3}};
    assert_order(rows, "", "a b c d", "d b c a");
    assert_order(rows, "", "", "d b c a");
    assert_order(rows, "", "a a b c", "a b c d");
}

static void
test_together(void)
{
    /* Neither brings anything alone. */
    assert_order(even, "", "ab ab", "a b(a) c d");
    /* Two steps for six are better than one for two, and worse than one for four. */
    assert_order(even, "", "ab ab ab ab ab ab c c", "a b(a) c d");
    assert_order(even, "", "ab ab ab ab ab ab c c c c", "c a b(a) d");
    assert_order(even, "", "abc abc abc d", "d a b c(ab)");
}

static void
test_after(void)
{
    assert_order(even, "ab", "a a a", "b a(b) c d");
    assert_order(even, "abbc", "a a a d", "d c b(c) a(bc)");
    /* Those that would need one another still come, once. */
    assert_order(even, "abba", "a", "b(a) a(b) c d");
}

/* Every two steps together bring something: ties, all the way. */
static void
test_many(void)
{
    g_autoptr(Order) order = order_new();
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const guint count = 200;
    for (guint i = 0; i < count; i++) {
        g_ptr_array_add(names, g_strdup_printf("%03u", i));
        order_add_step(order, 1, names->pdata[i]);
    }
    for (guint i = 0; i < count; i++)
        for (guint k = i + 1; k < count; k++) {
            g_autoptr(GArray) steps = g_array_new(FALSE, FALSE, sizeof(guint));
            g_array_append_val(steps, i);
            g_array_append_val(steps, k);
            order_add_unit(order, steps);
        }
    g_autoptr(GArray) done = order_run(order);
    g_assert_cmpuint(done->len, ==, count);
    for (guint i = 0; i < count; i++)
        g_assert_cmpuint(g_array_index(done, guint, i), ==, i);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/first/greedy", test_greedy);
    g_test_add_func("/first/ties", test_ties);
    g_test_add_func("/first/together", test_together);
    g_test_add_func("/first/after", test_after);
    g_test_add_func("/first/many", test_many);
    return g_test_run();
}
