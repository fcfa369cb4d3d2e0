/* Lists that are copied where one who shares them changes them. */
#include "base/list.h"

#include "base/text.h"

#include <string.h>

static List none;

List *
list_new(void)
{
    return &none;
}

List *
list_ref(List *list)
{
    if (list != &none)
        g_atomic_int_inc(&list->users);
    return list;
}

void
list_unref(List *list, GDestroyNotify free)
{
    if (list == &none || !g_atomic_int_dec_and_test(&list->users))
        return;
    for (guint i = 0; i < list->len; i++)
        free(list->pdata[i]);
    g_free(list);
}

const List *
list_at(List *const *place)
{
    return place ? *place : &none;
}

#define FEW 4

/* There is room for just as many where these are few, else for the next power of two. */
static gsize
size_for(guint length)
{
    guint room = FEW;
    while (room < length)
        room *= 2;
    return sizeof(List) + (length < FEW ? length : room) * sizeof(gpointer);
}

static bool
is_full(const List *list)
{
    return list->len < FEW || (list->len & (list->len - 1)) == 0;
}

static bool
is_own(const List *list)
{
    return list != &none && g_atomic_int_get(&list->users) == 1;
}

/* With room for so many. */
static void
make_own(List **list, guint length, ListCopy copy, GDestroyNotify free)
{
    List *before = *list;
    if (is_own(before))
        return;
    List *own = g_malloc(size_for(length));
    own->len = before->len;
    own->users = 1;
    for (guint i = 0; i < before->len; i++)
        own->pdata[i] = copy(before->pdata[i]);
    list_unref(before, free);
    *list = own;
}

void
list_add(List **list, gpointer element, ListCopy copy, GDestroyNotify free)
{
    guint length = (*list)->len + 1;
    bool full = is_own(*list) && is_full(*list);
    make_own(list, length, copy, free);
    if (full)
        *list = g_realloc(*list, size_for(length));
    (*list)->pdata[(*list)->len++] = element;
}

/* ---- texts ---- */

static gpointer
text_copy(gpointer text)
{
    return text_acquire(text);
}

void
texts_unref(List *texts)
{
    list_unref(texts, text_release);
}

void
texts_add(List **texts, const char *text)
{
    list_add(texts, text_intern(text), text_copy, text_release);
}

void
texts_remove(List **texts, guint place)
{
    make_own(texts, (*texts)->len, text_copy, text_release);
    List *own = *texts;
    text_release(own->pdata[place]);
    own->len--;
    memmove(&own->pdata[place], &own->pdata[place + 1],
            (own->len - place) * sizeof(gpointer));
}

void
texts_sort(List **texts, GCompareDataFunc compare, gpointer data)
{
    if ((*texts)->len < 2)
        return;
    make_own(texts, (*texts)->len, text_copy, text_release);
    g_qsort_with_data((*texts)->pdata, (gint)(*texts)->len, sizeof(gpointer), compare,
                      data);
}

bool
texts_have(const List *texts, const char *text)
{
    for (guint i = 0; i < texts->len; i++)
        if (strcmp(texts->pdata[i], text) == 0)
            return true;
    return false;
}

bool
texts_equal(const List *a, const List *b)
{
    return a->len == b->len && memcmp(a->pdata, b->pdata, a->len * sizeof(gpointer)) == 0;
}
