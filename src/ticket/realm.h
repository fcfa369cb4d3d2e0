/* A realm's KDCs as addresses, and whose turn it is: what wires ask of Kdcs. */
#ifndef TICKET_REALM_H
#define TICKET_REALM_H

#include "ticket/kdcs.h"

#include "base/limits.h"

#include <stdbool.h>
#include <sys/socket.h>

typedef struct {
    struct sockaddr_storage name;
    socklen_t length;
    gint failed; /* atomic: it did not serve when it was last tried */
} KdcAddress;

/* Lives as long as its Kdcs. */
typedef struct {
    char *name;
    bool ready; /* under the lock of Kdcs; what follows does not change any more */
    KdcAddress addresses[MOST_KDC_ADDRESSES];
    guint count;                      /* 0: libkrb5 finds its own way */
    guint starts[MOST_KDC_ADDRESSES]; /* where wires begin, in turn */
    guint start_count;
    char **found; /* what DNS named, as kdc= of krb5.conf has it; NULL: nothing, or it was
                   * not asked */
    gint left;    /* atomic: none takes a connection; libkrb5 may have another way */
    gint started; /* atomic: how many wires began */
} Realm;

/* The realm's KDCs as krb5.conf or DNS name them, looked for by whoever asks first;
 * the others wait. */
Realm *
kdcs_realm(Kdcs *kdcs, const char *name);

int
kdcs_timeout_s(const Kdcs *kdcs);

/* When the next request may go out; monotonic. */
gint64
kdcs_turn_us(Kdcs *kdcs);

#endif
