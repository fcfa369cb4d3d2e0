/* Group policy over a connection. */
#ifndef COLLECT_POLICIES_H
#define COLLECT_POLICIES_H

#include "reader.h"

/* One step of a reading, in every domain: the links above the audited hosts, all
 * GPOs, and once the sites. */
bool
policies_read(Live *live, GError **error);

#endif
