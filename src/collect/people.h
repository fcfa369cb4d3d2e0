/* Who rules the domain, who starts migrations, and the domain's DCs. */
#ifndef COLLECT_PEOPLE_H
#define COLLECT_PEOPLE_H

#include "reader.h"

/* Queues the searches for the Tier-0 groups themselves (with those that
 * live_ask reads by SID): before people_ask. */
void
people_ask_groups(const Live *live);

/* Queues the search for the entries that stand for Everyone, Authenticated Users
 * and the like in the domain's groups. */
void
people_ask_well_known(const Live *live);

/* Reads, when that has run, the groups they are in, nested. */
bool
people_read_well_known(Live *live, GError **error);

/* Queues the searches for the members of the Tier-0 groups that were found,
 * the DCs and the operators. */
void
people_ask(Live *live);

/* Whether it takes the hosts' groups to tell if they may read those of each operator:
 * not where everybody may, as by default. */
bool
people_want_groups(const Live *live);

/* Sets estate->tier0_read and dcs_read, when all that was asked has run. */
void
people_settle(const Reader *reader);

/* The same from what a file holds. */
void
people_settle_offline(Estate *estate);

#endif
