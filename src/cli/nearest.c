/* The fewest letters to change, insert or drop from one word to another. */
#include "nearest.h"

#include <stdbool.h>
#include <string.h>

#define COMPARED_MAX 64 /* bytes */

guint
nearest_distance(const char *a, const char *b)
{
    gsize width = strlen(b);
    guint row[COMPARED_MAX + 1];
    if (width > COMPARED_MAX || strlen(a) > COMPARED_MAX)
        return G_MAXUINT;
    for (guint j = 0; j <= width; j++)
        row[j] = j;
    for (guint i = 1; a[i - 1]; i++) {
        guint diagonal = row[0];
        row[0] = i;
        for (guint j = 1; j <= width; j++) {
            bool same = g_ascii_tolower(a[i - 1]) == g_ascii_tolower(b[j - 1]);
            guint best = MIN(MIN(row[j], row[j - 1]) + 1, diagonal + (same ? 0 : 1));
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[width];
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
