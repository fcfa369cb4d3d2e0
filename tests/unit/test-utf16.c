/* UTF-16 as Windows' editors and PowerShell write it, sound and damaged. */
#include "base/utf16.h"

#include <string.h>

static void
test_mark(void)
{
    static const struct {
        const char *data;
        gsize length;
        ByteMark mark;
        gsize skip;
    } cases[] = {
        {"\xFF\xFE"
         "a",
         3, MARK_UTF16_LE, 2},
        {"\xFE\xFF", 2, MARK_UTF16_BE, 2},
        {"\xEF\xBB\xBF"
         "a",
         4, MARK_UTF8, 3},
        {"\xEF\xBB", 2, MARK_NONE, 0},
        {"\xFF", 1, MARK_NONE, 0},
        {"a", 1, MARK_NONE, 0},
        {"", 0, MARK_NONE, 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        gsize skip = 99;

        g_assert_cmpint(utf16_mark(cases[i].data, cases[i].length, &skip), ==,
                        cases[i].mark);
        g_assert_cmpuint(skip, ==, cases[i].skip);
    }
}

#define TEXT(literal) literal, sizeof literal - 1

static void
test_decode(void)
{
    static const struct {
        const char *data;
        gsize length;
        bool big;
        const char *text;
        gsize bad; /* G_MAXSIZE: all is sound */
    } cases[] = {
        {TEXT(""), false, "", G_MAXSIZE},
        {TEXT("a\0\xe4\0"), false, "a\xc3\xa4", G_MAXSIZE},
        {TEXT("\0a\0\xe4"), true, "a\xc3\xa4", G_MAXSIZE},
        {TEXT("\x3d\xd8\x00\xde"), false, "\xf0\x9f\x98\x80", G_MAXSIZE},
        {TEXT("\xd8\x3d\xde\x00"), true, "\xf0\x9f\x98\x80", G_MAXSIZE},
        /* Two exports, one after the other. */
        {TEXT("a\0\xff\xfe"
              "b\0"),
         false, "ab", G_MAXSIZE},
        {TEXT("a\0\0\0b\0"), false,
         "a\xef\xbf\xbd"
         "b",
         2},
        {TEXT("a\0\x3d\xd8"
              "b\0"),
         false,
         "a\xef\xbf\xbd"
         "b",
         2},
        {TEXT("\x00\xde"
              "a\0"),
         false,
         "\xef\xbf\xbd"
         "a",
         0},
        {TEXT("a\0\x3d\xd8"), false, "a\xef\xbf\xbd", 2},
        {TEXT("a\0b"), false, "a\xef\xbf\xbd", 2},
        {TEXT("\0\0a"), false, "\xef\xbf\xbd\xef\xbf\xbd", 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        gsize bad = 99;
        g_autofree char *text =
            utf16_decode(cases[i].data, cases[i].length, cases[i].big, &bad);

        g_assert_cmpstr(text, ==, cases[i].text);
        g_assert_cmpuint(bad, ==,
                         cases[i].bad == G_MAXSIZE ? cases[i].length : cases[i].bad);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/utf16/mark", test_mark);
    g_test_add_func("/utf16/decode", test_decode);
    return g_test_run();
}
