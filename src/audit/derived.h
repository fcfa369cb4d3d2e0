/* Findings that follow from others. */
#ifndef AUDIT_DERIVED_H
#define AUDIT_DERIVED_H

#include "audit/audit.h"

/* Gives each finding that follows from another the id of that one (finding->because), and
 * its waiver.  After the waivers; names the findings too. */
void
findings_derive(const Audit *audit);

#endif
