/* The e-data of a KRB-ERROR: what a Windows KDC adds to its refusal.
 *
 * KERB-ERROR-DATA (MS-KILE 2.2.1) wraps a KERB-EXT-ERROR (2.2.2): the
 * NTSTATUS that tells apart what the Kerberos error alone does not.
 */
#ifndef TICKET_EDATA_H
#define TICKET_EDATA_H

#include <glib.h>
#include <stdbool.h>

/* The NTSTATUS in `data` (untrusted).  Both forms seen: KERB-ERROR-DATA as it
 * is, and as the one element of a sequence (METHOD-DATA of AS errors).  False
 * where there is none, or where it is not exactly what MS-KILE says. */
bool
edata_ntstatus(const void *data, gsize length, guint32 *ret_ntstatus);

#endif
