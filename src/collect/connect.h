/* A TCP connection, made here rather than by libldap so that refused, timed
 * out and unknown are told apart. */
#ifndef COLLECT_CONNECT_H
#define COLLECT_CONNECT_H

#include <glib.h>
#include <stdbool.h>

/* Tries each address of `host`, all within `timeout_s`.  The socket blocks,
 * but no read or write of it for longer than `timeout_s`.  `label` starts the
 * message.  FAULT_UNREACHABLE. */
bool
connect_tcp(const char *host, guint16 port, int timeout_s, const char *label, int *ret_fd,
            GError **error);

#endif
