/* Who has the user principal names that matter. */
#ifndef COLLECT_UPNS_H
#define COLLECT_UPNS_H

#include "reader.h"

/* One step of a reading, when those that delegate and operators are known; `several`:
 * there may be more domains, so the Global Catalog is asked. */
bool
upns_read(const Reader *reader, bool several, GError **error);

#endif
