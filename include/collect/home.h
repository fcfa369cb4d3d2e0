/* The domain that this machine is in. */
#ifndef COLLECT_HOME_H
#define COLLECT_HOME_H

#include <stdbool.h>

/* By its search domains and its own name: the first of which DNS knows a KDC or a domain
 * controller (transfer full); NULL: none. */
char *
home_domain(void);

/* Whether DNS knows a KDC or a domain controller of it. */
bool
home_knows(const char *domain);

#endif
