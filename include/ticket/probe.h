/* Test tickets: fresh service tickets, one TGS exchange for every SPN that
 * exists, several at a time. */
#ifndef TICKET_PROBE_H
#define TICKET_PROBE_H

#include "ticket/credentials.h"

typedef struct {
    char *spn; /* as asked */
    bool granted;
    bool answered;     /* false: no KDC answered; `error` says what happened */
    gint32 error_code; /* RFC 4120 7.5.9 number (7: S_PRINCIPAL_UNKNOWN) where
                        * the KDC refused; 0 where the failure is local */
    char *error;       /* symbolic name "KDC_ERR_S_PRINCIPAL_UNKNOWN", or the
                        * library's text where the failure is local; NULL:
                        * granted */
    guint32 ntstatus;  /* from the e-data, 0: none sent */
    gint32 etype;      /* of the ticket's encrypted part */
    guint32 kvno;      /* of the ticket's encrypted part */
    guint32 flags;     /* ticket flags, RFC 4120 5.3 (MIT's bit order) */
    char *server;      /* the name in the ticket ("cifs/hv01@CONTOSO.COM") */
    double ms;
} TicketResult;

void
ticket_result_free(TicketResult *result);

/* Asks for one ticket per SPN (array of `count` strings) in `realm`, from
 * `workers` threads (at least 1).  No ticket that is already in a cache
 * counts.  Results stand in the order of `spns` (transfer full, element free
 * function set).  `progress` (may be NULL) is called with the number done, on
 * the calling thread or a worker, one call at a time.
 * Fails only where the credentials cannot be used at all. */
bool
probe_tickets(const Credentials *credentials, const char *realm, const char *const *spns,
              guint count, guint workers, int timeout_s,
              void (*progress)(guint done, void *data), void *data,
              GPtrArray **ret_results, GError **error);

/* RFC 4120 error number -> "KDC_ERR_...", or NULL. */
const char *
krberror_name(gint32 code);

/* What the error means for a live migration; NULL where it is not known. */
const char *
krberror_meaning(gint32 code);

/* MS-ERREF 2.3.1 name ("STATUS_NO_MATCH") of what stands in the e-data, or
 * NULL. */
const char *
ntstatus_name(guint32 status);

#endif
