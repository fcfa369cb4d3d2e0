/* How much is too much, and how that is said. */
#include "limits.h"

#include "base/text.h"

static const struct {
    guint64 most;
    const char *says; /* %s: the limit */
} limits[] = {
    [LIMIT_ENTRIES] = {1000000, "the server sent more than %s entries"},
    [LIMIT_VALUES] = {200000, "the server sent an attribute of more than %s values"},
    [LIMIT_BYTES] = {1 << 30, "the server sent more than %s bytes"},
    [LIMIT_PAGES] = {10000, "the server sent more than %s pages"},
    [LIMIT_IDLE_PAGES] = {1000, "the server sent more than %s pages without an entry"},
    [LIMIT_PARTS] = {2000, "the server sent a list in more than %s parts"},
    [LIMIT_REFERENCES] = {10000, "the server sent more than %s references to others"},
    [LIMIT_INTERMEDIATE] = {1000, "the server sent more than %s intermediate answers"},
    [LIMIT_TIME] = {60, "the search took longer than %s times --timeout"},
};
G_STATIC_ASSERT(G_N_ELEMENTS(limits) == LIMIT_COUNT);

guint64
limit_of(Limit limit)
{
    return limits[limit].most;
}

char *
limit_says(Limit limit)
{
    g_auto(GStrv) parts = g_strsplit(limits[limit].says, "%s", 2);
    return g_strdup_printf("%s%s%s: it was given up", parts[0],
                           NUMBER(limits[limit].most), parts[1]);
}
