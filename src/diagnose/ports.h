/* Which TCP ports can be reached: many connections at a time, from one thread. */
#ifndef DIAGNOSE_PORTS_H
#define DIAGNOSE_PORTS_H

#include "audit/net_evidence.h"

#include <sys/socket.h>

/* One connection to try, and what came of it. */
typedef struct {
    struct sockaddr_storage to;
    socklen_t length;
    NetState state;
    double ms;
    const char *how; /* in few words; NULL: not tried */
} PortProbe;

/* `address` is a number, as text, perhaps with a scope ("fe80::1%eth0"); false
 * where it is none. */
bool
port_probe_init(PortProbe *probe, const char *address, guint16 port);

/* Tries all of them, at most `at_once` at a time, each for `timeout_ms`.
 * Nothing is sent over a connection; it is closed at once. */
void
ports_try(PortProbe *probes, guint count, guint at_once, int timeout_ms);

#endif
