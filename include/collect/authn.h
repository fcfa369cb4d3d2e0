/* Authentication policies and silos, from their entries. */
#ifndef COLLECT_AUTHN_H
#define COLLECT_AUTHN_H

#include "collect/intake.h"

/* Takes an entry in, where it is a policy or a silo. */
void
authn_absorb(Intake *intake, const Entry *entry, const char *dn);

#endif
