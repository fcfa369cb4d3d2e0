/* A host and what it says of itself: what the rules of host settings share. */
#ifndef AUDIT_HOST_CASE_H
#define AUDIT_HOST_CASE_H

#include "checks.h"

/* The host's facts, where it told of this part; else NULL, and it is said why: not asked
 * where there are no facts, unknown where it could not tell. */
const HostFacts *
host_case_facts(const Host *host, FactsPart part, Sink *sink);

/* The same of its live migration settings, which a file server has none of. */
const HostFacts *
host_case_settings(const Host *host, Sink *sink);

/* "WHAT of HV01": value, and the file that says so. */
void
host_case_show(Finding *finding, const Host *host, const char *what, const char *value);

/* 'HV01', for a line of PowerShell (transfer full). */
char *
host_case_name(const Host *host);

#endif
