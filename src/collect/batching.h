/* Filter terms, dealt out in batches. */
#ifndef COLLECT_BATCHING_H
#define COLLECT_BATCHING_H

#include <glib.h>

#define BATCH_TERMS 150 /* terms of one OR filter */

/* The terms of one LDAP filter, "(a=b)(c=d)", in batches (of char *, transfer
 * full). */
typedef GPtrArray Batches;

typedef struct {
    Batches *batches;
    GString *terms;
    guint count;
    GHashTable *seen; /* folded terms */
} Batching;

Batching
batching_start(void);

/* The next term starts a batch of its own. */
void
batching_cut(Batching *batching);

/* Clears it, and gives what it dealt out. */
Batches *
batching_end(Batching *batching);

/* One term; `assertion` is already quoted. */
void
batching_add(Batching *batching, const char *attribute, const char *assertion);

#endif
