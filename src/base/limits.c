/* How much is too much, and how that is said. */
#include "base/limits.h"

#include "base/text.h"

static const struct {
    guint64 most;
    const char *unit;
    const char *says; /* %s: the limit */
} limits[] = {
#define LIMIT(name, most, unit, says, test) [LIMIT_##name] = {(most), unit, says},
#include "base/limits.def"
#undef LIMIT
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
    return g_strdup_printf("%s%s%s", parts[0], parts[1] ? NUMBER(limits[limit].most) : "",
                           parts[1] ? parts[1] : "");
}

char *
limit_tells(Limit limit)
{
    g_autofree char *says = limit_says(limit);
    return g_strdup_printf("more than %s %s: %s", NUMBER(limits[limit].most),
                           limits[limit].unit, says);
}
