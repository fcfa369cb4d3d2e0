/* Lists of few things, which many who have the same may share: read, and never changed
 * but by the functions here, which leave alone whoever else has it. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <glib.h>
#include <stdbool.h>

typedef struct {
    guint len;
    gint users;
    gpointer pdata[];
} List;

typedef gpointer (*ListCopy)(gpointer element);

/* The empty one (transfer full). */
List *
list_new(void);
/* (transfer full) */
List *
list_ref(List *list);
void
list_unref(List *list, GDestroyNotify free);
/* The list at a place; the empty one where there is none (transfer none). */
const List *
list_at(List *const *place);
/* Takes the element over; where others have the list, too, theirs are copied, and the
 * list is another then.  Without `copy` nobody else may have it. */
void
list_add(List **list, gpointer element, ListCopy copy, GDestroyNotify free);

/* The same of texts that are kept once (text_intern). */
void
texts_unref(List *texts);
void
texts_add(List **texts, const char *text);
void
texts_remove(List **texts, guint place);
/* Sorts them; `compare` is given pointers to texts. */
void
texts_sort(List **texts, GCompareDataFunc compare, gpointer data);
bool
texts_have(const List *texts, const char *text);
bool
texts_equal(const List *a, const List *b);

#endif
