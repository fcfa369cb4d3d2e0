/* What every DC holds of the audited hosts (--all-dcs). */
#ifndef COLLECT_REPLICAS_H
#define COLLECT_REPLICAS_H

#include "reader.h"

/* Asks every DC of the domains that are read, one after the other; a DC that
 * gives no answer becomes a gap.  Dead ones together cost a few time-outs. */
void
replicas_read(Reader *reader);

/* Fills a replica with what was absorbed from its DC; `copy` is settled here,
 * `judged` as for builder_settle. */
void
replica_fill(const Builder *builder, const CollectPlan *plan, Replica *replica,
             Builder *copy, bool judged);

/* The DC of this name, from which its domain was read, is a replica, too. */
void
replica_fill_main(const Builder *builder, const CollectPlan *plan, Replica *replica,
                  const char *host);

#endif
