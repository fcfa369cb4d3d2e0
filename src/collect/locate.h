/* Domain controllers by DNS SRV records (RFC 2782, MS-ADTS 6.3.6). */
#ifndef COLLECT_LOCATE_H
#define COLLECT_LOCATE_H

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *host; /* letters, digits, hyphens, dots, underscores; no dot at the end */
    guint16 port;
    guint16 priority;
    guint16 weight;
} SrvRecord;

void
srv_record_free(SrvRecord *record);

/* Whether it is a name that may go into a URI and a Kerberos principal. */
bool
locate_is_sound(const char *host);

/* The SRV records of a DNS answer (of SrvRecord *, transfer full), at most
 * MOST_DNS_RECORDS; targets that are no host names are left out.  NULL where the
 * answer is malformed. */
GPtrArray *
locate_parse(const guint8 *answer, gsize length);

/* Sorts by priority, and draws by weight among equals (RFC 2782); `random`
 * gives a number from 0 to `below` - 1. */
void
locate_order(GPtrArray *records, guint32 (*random)(guint32 below, void *data),
             void *data);

/* The hosts behind the SRV name, in the order to try (of SrvRecord *, transfer
 * full; at least one).  FAULT_UNREACHABLE. */
bool
locate_srv(const char *name, int timeout_s, GPtrArray **ret_records, GError **error);

#endif
