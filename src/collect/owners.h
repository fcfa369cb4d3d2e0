/* Who holds the SPNs that matter, and whose SPNs may look like those. */
#ifndef COLLECT_OWNERS_H
#define COLLECT_OWNERS_H

#include "catalog.h"

/* Queues the searches in one domain; the jobs are added to `jobs` (may be NULL): all
 * owners are known only when each of them ended well. */
void
owners_ask(const Live *live, GPtrArray *jobs);

/* The same in the whole forest. */
void
owners_ask_catalog(const Catalog *catalog, GPtrArray *jobs);

#endif
