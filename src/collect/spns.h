/* Accounts by name or by SPN: the searches of the spn commands. */
#ifndef COLLECT_SPNS_H
#define COLLECT_SPNS_H

#include "collect/queries.h"
#include "directory.h"

/* See source_find_spns; FAULT_UNREACHABLE where the connection fails. */
bool
spns_read(Directory *directory, const LiveOptions *options, const SpnSearch *search,
          const CollectPlan *plan, const Queries *queries, Estate **ret_estate,
          GPtrArray **ret_found, GError **error);

/* The accounts of a frozen estate that a search finds, in DN order (of const
 * Account *; transfer container). */
GPtrArray *
spns_filter(const Estate *estate, const SpnSearch *search);

#endif
