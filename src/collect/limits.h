/* THE table of what one server may make of a search, far beyond what a DC sends. */
#ifndef COLLECT_LIMITS_H
#define COLLECT_LIMITS_H

#include <glib.h>

typedef enum {
    LIMIT_ENTRIES,
    LIMIT_VALUES, /* of one attribute in one entry of an answer */
    LIMIT_BYTES,
    LIMIT_PAGES,
    LIMIT_IDLE_PAGES, /* pages without an entry, one behind the other */
    LIMIT_PARTS,      /* of a list that comes in ranges */
    LIMIT_REFERENCES,
    LIMIT_INTERMEDIATE,
    LIMIT_TIME, /* in multiples of --timeout */
    LIMIT_COUNT
} Limit;

guint64
limit_of(Limit limit);

/* What a gap says of a search that went beyond (transfer full). */
char *
limit_says(Limit limit);

/* Bytes of one incoming message, and of all that one wait for messages may bring. */
#define MESSAGE_MAX ((gsize)64 << 20)
#define WAIT_BYTES_MAX (2 * MESSAGE_MAX)
/* Bytes of an answer that is small: of a bind, of a name. */
#define SMALL_BYTES ((gsize)1 << 20)
/* Answers of a server within one bind; Kerberos needs three. */
#define BIND_ROUNDS_MAX 10

#endif
