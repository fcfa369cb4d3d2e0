/* Errors of Kerberos and Windows by name, and what they mean here. */
#ifndef TICKET_KRBERROR_H
#define TICKET_KRBERROR_H

#include <glib.h>

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
