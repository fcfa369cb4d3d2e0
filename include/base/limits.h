/* THE table of limits (limits.def): of what others may make of a run. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <glib.h>

typedef enum {
#define LIMIT(name, most, unit, says, test) LIMIT_##name,
#include "base/limits.def"
#undef LIMIT
    LIMIT_COUNT
} Limit;

/* The same numbers as constants: MOST_ENTRIES, ... */
enum {
#define LIMIT(name, most, unit, says, test) MOST_##name = (most),
#include "base/limits.def"
#undef LIMIT
};

guint64
limit_of(Limit limit);

/* What comes of more, with the number: part of a sentence (transfer full). */
char *
limit_says(Limit limit);

/* That there is more: "more than 16 hosts that a text names: ..." (transfer full). */
char *
limit_tells(Limit limit);

#endif
