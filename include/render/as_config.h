/* What is there, as [delegation] sections of a configuration: to be reviewed. */
#ifndef RENDER_AS_CONFIG_H
#define RENDER_AS_CONFIG_H

#include "audit/audit.h"

/* Appends the sections, by source and way.  Read back, they declare every delegation that
 * can be declared; the rest stands in comments. */
void
delegations_as_config(const Audit *audit, GString *out);

#endif
