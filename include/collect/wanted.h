/* What to ask for next, from what was read: filter terms in batches. */
#ifndef COLLECT_WANTED_H
#define COLLECT_WANTED_H

#include "collect/intake.h"

#define BATCH_TERMS 150 /* terms of one OR filter */

/* The terms of one LDAP filter, "(a=b)(c=d)", in batches (of char *, transfer
 * full). */
typedef GPtrArray Batches;

/* (servicePrincipalName=...) for every SPN that the audited hosts need and
 * every delegation entry of theirs, with the classes that serve them by
 * sPNMappings; each once. */
Batches *
wanted_spns(const Intake *intake, const CollectPlan *plan);

/* (sAMAccountName=...)(dNSHostName=...) for the names and globs of the plan. */
Batches *
wanted_names(const CollectPlan *plan);

/* (distinguishedName=...) */
Batches *
wanted_dns(const GPtrArray *dns);

/* (objectSid=...) for the SIDs (of const Sid *). */
Batches *
wanted_sids(const GPtrArray *sids);

/* The SIDs that RBCD descriptors of audited hosts name and that are no
 * account read so far, nor in every token (of Sid *, transfer full).
 * *ret_groups: some SID may be a group, so the hosts' tokens are needed. */
GPtrArray *
wanted_trustees(const Intake *intake, const CollectPlan *plan, bool *ret_groups);

#endif
