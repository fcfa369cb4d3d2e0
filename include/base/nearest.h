/* What somebody may have meant who mistyped a word. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

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

/* Letters changed, inserted, dropped or swapped with the next, without regard to case;
 * G_MAXUINT for words too long to be compared. */
guint
nearest_distance(const char *a, const char *b);

/* The best of many, without regard to case; a word is taken once. */
typedef struct {
    const char *given;
    guint most;
    GPtrArray *words;  /* of char *, the nearest first */
    GArray *distances; /* of guint */
} NearestList;

NearestList
nearest_list(const char *given, guint most);
void
nearest_list_clear(NearestList *list);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NearestList, nearest_list_clear)

/* Copies `word` where it is a slip or two away, or differs in its last digits alone. */
void
nearest_list_consider(NearestList *list, const char *word);

/* "HV01, HV11" (transfer full); NULL: none. */
char *
nearest_list_words(const NearestList *list);

#endif
