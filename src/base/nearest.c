/* The fewest letters to change, insert, drop or swap from one word to another. */
#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>

#define COMPARED_MAX 64 /* bytes */

static bool
is_same(char a, char b)
{
    return g_ascii_tolower(a) == g_ascii_tolower(b);
}

guint
nearest_distance(const char *a, const char *b)
{
    gsize width = strlen(b);
    guint rows[3][COMPARED_MAX + 1];
    if (width > COMPARED_MAX || strlen(a) > COMPARED_MAX)
        return G_MAXUINT;
    for (guint j = 0; j <= width; j++)
        rows[0][j] = j;
    guint i = 1;
    for (; a[i - 1]; i++) {
        guint *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (guint j = 1; j <= width; j++) {
            guint best = MIN(MIN(above[j], row[j - 1]) + 1,
                             above[j - 1] + (is_same(a[i - 1], b[j - 1]) ? 0 : 1));
            bool swapped = i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) &&
                           is_same(a[i - 2], b[j - 1]);
            row[j] = swapped ? MIN(best, before[j - 2] + 1) : best;
        }
    }
    return rows[(i - 1) % 3][width];
}

void
nearest_consider(Nearest *nearest, const char *word)
{
    gsize length = strlen(nearest->given);
    bool begun = length >= 2 && g_ascii_strncasecmp(word, nearest->given, length) == 0;
    guint distance = begun ? 0 : nearest_distance(nearest->given, word);
    if (distance > (MAX(length, strlen(word)) + 1) / 3 || length < 2)
        return;
    if (nearest->word && nearest->distance <= distance)
        return;
    nearest->word = word;
    nearest->distance = distance;
}

NearestList
nearest_list(const char *given, guint most)
{
    return (NearestList){given, most, g_ptr_array_new_with_free_func(g_free),
                         g_array_new(FALSE, FALSE, sizeof(guint))};
}

void
nearest_list_clear(NearestList *list)
{
    g_clear_pointer(&list->words, g_ptr_array_unref);
    g_clear_pointer(&list->distances, g_array_unref);
}

/* Names of hosts are short and end in numbers: a third of the letters may differ, one at
 * least. */
static guint
distance_allowed(const char *given, const char *word)
{
    return MAX(1, (guint)MIN(strlen(given), strlen(word)) / 3);
}

void
nearest_list_consider(NearestList *list, const char *word)
{
    guint distance = nearest_distance(list->given, word);
    if (distance > distance_allowed(list->given, word) || strlen(list->given) < 2)
        return;
    guint place = 0;
    for (; place < list->words->len; place++) {
        guint other = g_array_index(list->distances, guint, place);
        int order = g_ascii_strcasecmp(word, list->words->pdata[place]);
        if (order == 0)
            return;
        if (distance < other || (distance == other && order < 0))
            break;
    }
    if (place >= list->most)
        return;
    for (guint i = place; i < list->words->len; i++)
        if (g_ascii_strcasecmp(word, list->words->pdata[i]) == 0) {
            g_ptr_array_remove_index(list->words, i);
            g_array_remove_index(list->distances, i);
            break;
        }
    g_ptr_array_insert(list->words, (int)place, g_strdup(word));
    g_array_insert_val(list->distances, place, distance);
    if (list->words->len > list->most) {
        g_ptr_array_set_size(list->words, (int)list->most);
        g_array_set_size(list->distances, list->most);
    }
}

char *
nearest_list_words(const NearestList *list)
{
    if (list->words->len == 0)
        return NULL;
    GString *words = g_string_new(NULL);
    for (guint i = 0; i < list->words->len; i++)
        g_string_append_printf(words, "%s%s", i > 0 ? ", " : "",
                               (const char *)list->words->pdata[i]);
    return g_string_free(words, FALSE);
}
