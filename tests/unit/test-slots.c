#include "base/fault.h"
#include "base/slots.h"

#include <string.h>

/* Says its words, joined; knows nothing of "no". */
static bool
fill(char **words, void *data, GString *out)
{
    g_autofree char *text = g_strjoinv("+", words);

    g_assert_cmpstr(data, ==, "data");
    if (strcmp(words[0], "no") == 0)
        return false;
    g_string_append_printf(out, "<%s>\n", text);
    return true;
}

static char *
filled(const char *text)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(slots_fill(text, fill, (char *)"data", out, &error));
    g_assert_no_error(error);
    return g_string_free(out, FALSE);
}

static void
test_lines(void)
{
    static const struct {
        const char *text;
        const char *filled;
    } rows[] = {
        {"", ""},
        {"one\n\ntwo\n", "one\n\ntwo\n"},
        {"no end", "no end\n"},
        {"a\n{{slot}}\nb\n", "a\n<slot>\nb\n"},
        {"{{ key  of }}\n", "<key++of>\n"},
        /* Only a whole line is a slot, and what fills one is not read again. */
        {"a {{slot}}\n {{slot}}\n{{}\n{{\n", "a {{slot}}\n {{slot}}\n{{}\n{{\n"},
        {"{{{{a}}}}\n", "<{{a}}>\n"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = filled(rows[i].text);

        g_assert_cmpstr(text, ==, rows[i].filled);
    }
}

static void
test_unknown(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    g_assert_false(slots_fill("a\n{{no}}\n", fill, (char *)"data", out, &error));
    g_assert_error(error, FAULT_ERROR, FAULT_MALFORMED);
    g_assert_nonnull(strstr(error->message, "{{no}}"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/slots/lines", test_lines);
    g_test_add_func("/slots/unknown", test_unknown);
    return g_test_run();
}
