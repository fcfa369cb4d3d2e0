/* How a PostgreSQL server is reached: what may stand in the URI, and what must. */
#ifndef STORE_POSTGRES_H
#define STORE_POSTGRES_H

#include "libpq.h"
#include <glib.h>
#include <stdbool.h>

/* What libpq is told (transfer full): names and values, NULL-ended and of one length. */
typedef struct {
    GPtrArray *names;
    GPtrArray *values;
} PostgresPlace;

void
postgres_place_clear(PostgresPlace *place);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PostgresPlace, postgres_place_clear)

/* FAULT_CONFIG: no URI, one with a password or without TLS, or a file for libpq that
 * somebody else could exchange. */
bool
postgres_place(const char *uri, PostgresPlace *ret_place, GError **error);

/* Connects within the time; a server that is full or starting up is tried again
 * (transfer full).  FAULT_OUTPUT. */
bool
postgres_connect(const PostgresPlace *place, const char *uri, guint timeout_s,
                 PGconn **ret_connection, GError **error);

/* One line of what the server or libpq said, safe to show (transfer full). */
char *
postgres_words(const char *said);

#endif
