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

/* Whether it may be the name of an AD site. */
bool
home_is_site(const char *name);

/* Hands on the KDCs that DNS names for a realm, in the order to try: first those of the
 * site (NULL: this machine's, as a domain controller says).  False: there are none. */
bool
home_kdcs(const char *realm, const char *site, int timeout_s,
          void (*take)(const char *host, guint16 port, guint16 priority, void *data),
          void *data);

#endif
