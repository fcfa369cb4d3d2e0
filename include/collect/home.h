/* The domain that this machine is in. */
#ifndef COLLECT_HOME_H
#define COLLECT_HOME_H

#include <glib.h>
#include <stdbool.h>

/* By its search domains and its own name: the first of which DNS knows a KDC or a domain
 * controller (transfer full); NULL: none. */
char *
home_domain(void);

/* Whether DNS knows a KDC or a domain controller of it. */
bool
home_knows(const char *domain);

/* Hands on the servers that DNS names for an SRV name, in the order to try.  False: there
 * are none. */
bool
home_servers(const char *service, int timeout_s,
             void (*take)(const char *host, guint16 port, guint16 priority, void *data),
             void *data);

#endif
