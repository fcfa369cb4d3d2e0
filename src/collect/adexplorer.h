/* A snapshot that Sysinternals AD Explorer saved: a whole domain with its configuration.
 *
 * Layout, little-endian, as published with the project ADExplorerSnapshot.py: a header
 * with the FILETIME of the export; objects, each a list of (property, offset of the
 * value); the table of properties with their names and types.  It is a stranger's file:
 * what does not parse makes all of it refused, so that nothing reads as absent.
 */
#ifndef COLLECT_ADEXPLORER_H
#define COLLECT_ADEXPLORER_H

#include "ldif.h"

#define ADEXPLORER_HEAD 1024 /* bytes by which one is known, and more */

/* Whether a file begins as such a snapshot does. */
bool
adexplorer_is(const char *data, gsize length);

typedef struct {
    gint64 saved_us; /* 0: the header has no sensible time */
    char *server;    /* the DC that it was taken from; NULL: not known */
} ExplorerHead;

/* Gives every object to handler->entry, values as LDAP has them; *ret_head is its
 * (server: transfer full).  FAULT_MALFORMED with the byte where it does not parse. */
bool
adexplorer_walk(const char *name, const char *data, gsize length,
                const LdifHandler *handler, ExplorerHead *ret_head, GError **error);

#endif
