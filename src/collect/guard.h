/* A layer below TLS and SASL in libldap's stack.
 *
 * libldap (2.5) reads until a packet of SASL or a handshake of TLS is whole, however
 * slowly it comes, and its writes to a closed connection raise SIGPIPE.  Here no read
 * outlasts its operation's deadline or takes more than that may bring, and writes go
 * without the signal.
 */
#ifndef COLLECT_GUARD_H
#define COLLECT_GUARD_H

#include <glib.h>
#include <lber.h>
#include <stdbool.h>

typedef struct {
    gint64 deadline_us; /* of the operation at hand, monotonic */
    gsize left;         /* bytes that it may still bring */
    bool timed_out;
    bool flooded; /* it brought more */
    bool closed;  /* the server ended the connection before the deadline */
} Guard;

/* `guard` has to live as long as the buffer, at the same place. */
bool
guard_add(Sockbuf *buffer, Guard *guard);

/* An operation begins: all of its reads and writes together have this time, and its
 * reads so many bytes.  Without one nothing is read. */
void
guard_start(Guard *guard, gint64 timeout_us, gsize bytes_max);

#endif
