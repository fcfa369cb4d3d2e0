/* What every DC holds of the audited hosts (--all-dcs). */
#ifndef COLLECT_REPLICAS_H
#define COLLECT_REPLICAS_H

#include "collect/reader.h"

/* Asks every DC of the domains that are read, one after the other; a DC that
 * gives no answer becomes a gap.  Dead ones together cost a few time-outs. */
void
replicas_read(Reader *reader);

/* Fills a replica with what was absorbed from its DC; `copy` is settled here,
 * `judged` as for intake_settle. */
void
replica_fill(const Intake *intake, const CollectPlan *plan, Replica *replica,
             Intake *copy, bool judged);

/* The DC of this name, from which its domain was read, is a replica, too. */
void
replica_fill_main(const Intake *intake, const CollectPlan *plan, Replica *replica,
                  const char *host);

#endif
