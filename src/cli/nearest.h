/* What somebody may have meant who mistyped a word. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <glib.h>

/* The best word so far; starts with all but `given` 0. */
typedef struct {
    const char *given;
    const char *word; /* borrowed; NULL: none */
    guint distance;
} Nearest;

/* Takes `word` where it is nearer: a slip in three letters, or begun by what was
 * given, two letters at least. */
void
nearest_consider(Nearest *nearest, const char *word);

/* The Levenshtein distance, without regard to case; G_MAXUINT for words too long
 * to be compared. */
guint
nearest_distance(const char *a, const char *b);

#endif
