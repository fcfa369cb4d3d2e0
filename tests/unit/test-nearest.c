/* What is suggested to somebody who mistyped a name. */
#include "base/nearest.h"

static void
test_distance(void)
{
    static const struct {
        const char *a;
        const char *b;
        guint distance;
    } cases[] = {
        {"HV01", "HV01", 0}, {"hv01", "HV01", 0}, {"HV10", "HV01", 1},
        {"HV10", "HV11", 1}, {"HV1", "HV01", 1},  {"", "abc", 3},
        {"abc", "", 3},      {"ab", "ba", 1},     {"abcd", "badc", 2},
        {"HV01", "FS9", 4},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpuint(nearest_distance(cases[i].a, cases[i].b), ==, cases[i].distance);
        g_assert_cmpuint(nearest_distance(cases[i].b, cases[i].a), ==, cases[i].distance);
    }
}

/* Words of any length are compared or passed over, and none is read beyond its end. */
static void
test_long_words(void)
{
    for (guint length = 60; length < 70; length++) {
        g_autofree char *word = g_strnfill(length, 'x');
        guint distance = nearest_distance(word, word);
        g_assert_true(distance == 0 || (length > 64 && distance == G_MAXUINT));
    }
}

static void
test_list(void)
{
    static const char *const names[] = {"HV11", "HV02", "HV01", "FS01", "hv11", "HV100"};
    g_auto(NearestList) list = nearest_list("HV10", 3);

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        nearest_list_consider(&list, names[i]);
    g_autofree char *words = nearest_list_words(&list);
    g_assert_cmpstr(words, ==, "HV01, HV100, HV11");
    /* It stays at most so many, the nearest. */
    nearest_list_consider(&list, "HV10");
    g_autofree char *fewer = nearest_list_words(&list);
    g_assert_cmpstr(fewer, ==, "HV10, HV01, HV100");
}

static void
test_nobody_is_near(void)
{
    g_auto(NearestList) list = nearest_list("HV10", 3);
    nearest_list_consider(&list, "SQL-PROD-07");
    g_assert_null(nearest_list_words(&list));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nearest/distance", test_distance);
    g_test_add_func("/nearest/long-words", test_long_words);
    g_test_add_func("/nearest/list", test_list);
    g_test_add_func("/nearest/nobody", test_nobody_is_near);
    return g_test_run();
}
