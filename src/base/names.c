/* Folds names that count up, as hosts are named. */
#include "base/names.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define RUN_LEAST 3
#define DIGITS_MOST 9

/* Where the number at the end begins; the end: there is none. */
static const char *
number_of(const char *name)
{
    const char *at = name + strlen(name);

    while (at > name && g_ascii_isdigit(at[-1]) && strlen(at) < DIGITS_MOST)
        at--;
    return at;
}

/* "HV9" before "HV10". */
static int
compare_names(gconstpointer a, gconstpointer b)
{
    const char *one = *(const char *const *)a;
    const char *other = *(const char *const *)b;
    const char *number = number_of(one);
    const char *other_number = number_of(other);
    gsize stem = (gsize)(number - one);

    if (stem != (gsize)(other_number - other) || strncmp(one, other, stem) != 0 ||
        !*number || !*other_number)
        return strcmp(one, other);
    long difference = strtol(number, NULL, 10) - strtol(other_number, NULL, 10);
    return difference != 0 ? (difference > 0 ? 1 : -1) : strcmp(one, other);
}

/* Whether `next` is what counting on from `name` gives. */
static bool
follows(const char *name, const char *next)
{
    const char *number = number_of(name);

    if (!*number)
        return false;
    g_autofree char *expected =
        g_strdup_printf("%.*s%0*ld", (int)(number - name), name, (int)strlen(number),
                        strtol(number, NULL, 10) + 1);
    return strcmp(expected, next) == 0;
}

/* How many from there on are one piece. */
static guint
run_length(const GPtrArray *sorted, guint from)
{
    guint to = from + 1;

    while (to < sorted->len && follows(sorted->pdata[to - 1], sorted->pdata[to]))
        to++;
    return to - from >= RUN_LEAST ? to - from : 1;
}

char *
names_brief(const GPtrArray *names, guint most)
{
    bool fold = names->len > most;
    GString *text = g_string_new(NULL);
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    guint told = 0;

    g_ptr_array_extend(sorted, (GPtrArray *)names, NULL, NULL);
    if (fold)
        g_ptr_array_sort(sorted, compare_names);
    for (guint pieces = 0; told < sorted->len && pieces < most; pieces++) {
        guint length = fold ? run_length(sorted, told) : 1;

        g_string_append_printf(text, "%s%s", told > 0 ? ", " : "",
                               (const char *)sorted->pdata[told]);
        if (length > 1)
            g_string_append_printf(text, " to %s",
                                   (const char *)sorted->pdata[told + length - 1]);
        told += length;
    }
    if (told < names->len)
        g_string_append_printf(text, " and %s more", NUMBER(names->len - told));
    return g_string_free(text, FALSE);
}
