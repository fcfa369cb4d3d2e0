/* Test tickets: fresh service tickets, one TGS exchange for every SPN that
 * exists, several at a time. */
#ifndef TICKET_PROBE_H
#define TICKET_PROBE_H

#include "ticket/credentials.h"
#include "ticket/kdcs.h"
#include "ticket/result.h"

#define WORKERS_MAX 64
#define WORKERS_USUAL 32

/* Asks for one ticket per SPN (array of `count` strings) in `realm`, from
 * `workers` threads (1 to WORKERS_MAX), each with a connection
 * that it keeps.  No ticket that is already in a cache
 * counts.  Results stand in the order of `spns` (transfer full, element free
 * function set).  `progress` (may be NULL) is called with the number done, on
 * the calling thread or a worker, one call at a time.
 * Fails only where the credentials cannot be used at all. */
bool
probe_tickets(const Credentials *credentials, Kdcs *kdcs, const char *realm,
              const char *const *spns, guint count, guint workers, int timeout_s,
              void (*progress)(guint done, void *data), void *data,
              GPtrArray **ret_results, GError **error);

#endif
