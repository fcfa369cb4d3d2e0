/* A layer below TLS in libldap's stack.
 *
 * libldap's handshake over GnuTLS (2.5) asks a silent server again and again,
 * without a pause or an end; and its writes to a closed connection raise
 * SIGPIPE.  This layer waits with a deadline, and writes without the signal.
 */
#ifndef COLLECT_GUARD_H
#define COLLECT_GUARD_H

#include <glib.h>
#include <lber.h>
#include <stdbool.h>

typedef struct {
    gint64 deadline_us; /* monotonic; 0: do not wait here */
    bool timed_out;
    bool closed; /* the server ended the connection before the deadline */
} Guard;

/* `guard` has to live as long as the buffer, at the same place. */
bool
guard_add(Sockbuf *buffer, Guard *guard);

/* From here to guard_stop, reads and writes wait until they are done or the
 * time is over. */
void
guard_start(Guard *guard, int timeout_s);
void
guard_stop(Guard *guard);

#endif
