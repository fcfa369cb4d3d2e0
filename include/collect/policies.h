/* Group policy: what is linked where, and the objects. */
#ifndef COLLECT_POLICIES_H
#define COLLECT_POLICIES_H

#include "collect/live.h"

/* Takes an OU, the head of a domain, a site or a GPO into the estate; anything else
 * is left alone. */
void
policies_absorb(const Intake *intake, const Entry *entry, const char *dn);

/* Whether the reader would see an attribute of the entry if it were there; unknown
 * without a descriptor or the reader's groups. */
Tri
policies_may_see(const Intake *intake, const Entry *entry, const char *dn,
                 const char *guid_text);

/* One step of a reading, in every domain: the links above the audited hosts, all
 * GPOs, and once the sites. */
bool
policies_read(Live *live, GError **error);

/* That a file holds what it holds. */
void
policies_note_file(Estate *estate);

/* Decides what an absent gPLink means, `judged` as for intake_settle. */
void
policies_settle(Estate *estate, bool judged);

#endif
