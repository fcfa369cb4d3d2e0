/* Lists that many share: whoever changes one changes nobody else's. */
#include "base/list.h"

#include "base/text.h"

#include <string.h>

static void
assert_texts(const List *texts, const char *expected)
{
    g_autoptr(GString) joined = g_string_new(NULL);
    for (guint i = 0; i < texts->len; i++)
        g_string_append_printf(joined, "%s%s", i > 0 ? " " : "",
                               (const char *)texts->pdata[i]);
    g_assert_cmpstr(joined->str, ==, expected);
}

static void
test_adding(void)
{
    List *texts = list_new();
    assert_texts(texts, "");
    for (guint i = 0; i < 9; i++) {
        const char word[] = {(char)('a' + i), '\0'};
        g_assert_false(texts_have(texts, word));
        texts_add(&texts, word);
        g_assert_true(texts_have(texts, word));
    }
    assert_texts(texts, "a b c d e f g h i");
    texts_unref(texts);
    /* What was added to another empty one is not in this. */
    assert_texts(list_at(NULL), "");
}

/* At any length: room is made at some of them. */
static void
test_sharing(void)
{
    List *texts = list_new();
    for (guint i = 0; i < 5; i++) {
        List *shared = list_ref(texts);
        g_autofree char *word = g_strdup_printf("%u", i);
        texts_add(&texts, word);
        g_assert_cmpuint(shared->len, ==, i);
        g_assert_cmpuint(texts->len, ==, i + 1);
        g_assert_false(texts_equal(shared, texts));
        texts_unref(shared);
    }
    assert_texts(texts, "0 1 2 3 4");
    List *before = list_ref(texts);
    texts_remove(&texts, 1);
    assert_texts(texts, "0 2 3 4");
    assert_texts(before, "0 1 2 3 4");
    texts_add(&texts, "5");
    texts_remove(&texts, 4);
    texts_remove(&texts, 0);
    assert_texts(texts, "2 3 4");
    texts_unref(before);
    texts_unref(texts);
}

static int
backwards(gconstpointer a, gconstpointer b, gpointer unused)
{
    (void)unused;
    return strcmp(*(const char *const *)b, *(const char *const *)a);
}

static void
test_sorting(void)
{
    List *texts = list_new();
    texts_sort(&texts, backwards, NULL);
    texts_add(&texts, "a");
    texts_add(&texts, "c");
    texts_add(&texts, "b");
    List *before = list_ref(texts);
    texts_sort(&texts, backwards, NULL);
    assert_texts(texts, "c b a");
    assert_texts(before, "a c b");
    texts_unref(before);
    texts_unref(texts);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/list/adding", test_adding);
    g_test_add_func("/list/sharing", test_sharing);
    g_test_add_func("/list/sorting", test_sorting);
    return g_test_run();
}
