/* Reading a forest: which searches in which order. */
#ifndef COLLECT_LIVE_H
#define COLLECT_LIVE_H

#include "collect/queries.h"
#include "directory.h"

/* Reads everything an audit needs over a bound connection into *ret_estate,
 * frozen (transfer full).  FAULT_UNREACHABLE where the connection fails. */
bool
live_read(Directory *directory, const LiveOptions *options, const CollectPlan *plan,
          const Queries *queries, Estate **ret_estate, GError **error);

#endif
