/* What became of one request for a ticket. */
#ifndef TICKET_RESULT_H
#define TICKET_RESULT_H

#include <glib.h>
#include <stdbool.h>

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

#endif
