/* --ports: asks the network what audit_wanted_net wants to know. */
#ifndef DIAGNOSE_NET_PROBE_H
#define DIAGNOSE_NET_PROBE_H

#include "audit/net_evidence.h"
#include "diagnose/names.h"

#define NETWORK_TIMEOUT_S 5 /* three SYNs: at 0, 1 and 3 s (RFC 6298) */

typedef struct {
    int timeout_s;      /* per connection, and for DNS to go on answering */
    guint at_once;      /* connections at a time; 0: as many as is polite */
    NameLookup forward; /* NULL: the system's resolver */
    NameLookup reverse;
} NetworkOptions;

/* Looks up the names of all machines (of NetEvidence *) and the names of their
 * addresses, and tries all their ports at every address. */
void
net_probe_look(GPtrArray *machines, const NetworkOptions *options);

#endif
