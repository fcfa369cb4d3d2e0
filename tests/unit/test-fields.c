/* Lines of `key: value`. */
#include "base/fields.h"

static void
test_next(void)
{
    static const char text[] = "# why\n"
                               "base: CN=x\r\n"
                               "filter: (|(a=1 2)\n"
                               "\t(b=2:3))  \n"
                               "   \n"
                               "\n"
                               "# a comment\n"
                               "empty:\n"
                               "no colon\n"
                               "list:\n"
                               "  first\n"
                               "  # no comment\n"
                               "\n";
    static const struct {
        guint line;
        bool parted;
        const char *key;
        const char *value;
    } expected[] = {
        {2, false, "base", "CN=x"},
        {3, false, "filter", "(|(a=1 2)\n(b=2:3))"},
        {8, true, "empty", ""},
        {9, false, NULL, "no colon"},
        {10, false, "list", "first\n# no comment"},
    };
    g_auto(Fields) fields = fields_of(text);

    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_assert_true(fields_next(&fields));
        g_assert_cmpuint(fields.line, ==, expected[i].line);
        g_assert_cmpint(fields.parted, ==, expected[i].parted);
        g_assert_cmpstr(fields.key, ==, expected[i].key);
        g_assert_cmpstr(fields.value, ==, expected[i].value);
    }
    g_assert_false(fields_next(&fields));
    g_assert_false(fields_next(&fields));
}

static void
test_nothing(void)
{
    static const char *const texts[] = {"", "\n", "# only\n", "   "};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(Fields) fields = fields_of(texts[i]);

        g_assert_false(fields_next(&fields));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fields/next", test_next);
    g_test_add_func("/fields/nothing", test_nothing);
    return g_test_run();
}
