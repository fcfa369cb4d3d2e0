/* Who holds the SPNs that matter, and whose SPNs may look like those. */
#ifndef COLLECT_OWNERS_H
#define COLLECT_OWNERS_H

#include "catalog.h"

/* Queues the searches for look-alikes in one domain, of whom was not read yet; the jobs
 * are added to `jobs` (may be NULL): all owners are known only when each of them, and of
 * owners_ask, ended well. */
void
owners_ask_alike(const Live *live, GPtrArray *jobs);

/* Queues those for owners whom no search for look-alikes finds. */
void
owners_ask(const Live *live, GPtrArray *jobs);

/* The same in the whole forest. */
void
owners_ask_catalog(const Catalog *catalog, GPtrArray *jobs);

#endif
