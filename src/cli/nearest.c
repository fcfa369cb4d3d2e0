#include "cli/nearest.h"

#include "cli/cli.h"

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

/* The best word so far. */
typedef struct {
    const char *given;
    const char *word; /* NULL: none */
    guint distance;
} Nearest;

/* A slip in three letters; or the word's beginning, two letters at least. */
static void
consider(Nearest *nearest, const char *word)
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

const char *
nearest_command(const char *given)
{
    Nearest nearest = {.given = given};
    for (guint i = 0; commands[i]; i++)
        consider(&nearest, commands[i]->name);
    return nearest.word;
}

const char *
nearest_option(const Command *command, char *const *words)
{
    for (; *words && strcmp(*words, "--") != 0; words++) {
        if (!g_str_has_prefix(*words, "--"))
            continue;
        g_autofree char *given =
            g_strndup(*words + 2, strcspn(*words + 2, "=")); /* --name=value */
        bool known = false;
        Nearest nearest = {.given = given};
        for (const OptionRow *row = option_rows; row->name; row++) {
            if (!option_belongs(row, command))
                continue;
            known = known || strcmp(given, row->name) == 0;
            consider(&nearest, row->name);
        }
        if (!known)
            return nearest.word;
    }
    return NULL;
}
