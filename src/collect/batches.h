/* What to ask for next, from what was read: filter terms in batches. */
#ifndef COLLECT_BATCHES_H
#define COLLECT_BATCHES_H

#include "batching.h"
#include "builder.h"

/* (servicePrincipalName=...) for every SPN that the audited hosts need and
 * every delegation entry of theirs and of others that delegate, with the classes that
 * serve them by sPNMappings; each once.  Of accounts that let others act on them the
 * first SPNs, for a second owner.  And (sAMAccountName=...) for the computers that the
 * entries name.  Without those that `starts` cover, and without the `computers` (folded
 * sAMAccountNames); both may be NULL. */
Batches *
batches_of_spns(const Builder *builder, const CollectPlan *plan, const GPtrArray *starts,
                GHashTable *computers);

/* What SPNs start with that may look like those of audited hosts: the start of each
 * host's name, and all of the services that a migration asks for (of char *, folded and
 * in order, none the start of another; transfer full). */
GPtrArray *
batches_lookalike_starts(const Builder *builder, const CollectPlan *plan);

/* Whether a search for names that start with these (folded and in order, none the start
 * of another) finds the name, too. */
bool
batches_covered(const GPtrArray *starts, const char *name);

/* (servicePrincipalName=...*) for each of these starts. */
Batches *
batches_of_lookalikes(const Builder *builder, const CollectPlan *plan);

/* (sAMAccountName=...)(dNSHostName=...) for the names and globs of the plan. */
Batches *
batches_of_names(const CollectPlan *plan);

/* Computers by the first label of their names, as lists of delegations have them (of
 * const char *). */
Batches *
batches_of_computers(const GPtrArray *hosts);

/* What further services of the groups ask of a host: "MSSQLSvc/sql1.contoso.com:1433" (of
 * char *, transfer full). */
GPtrArray *
batches_class_spns(const CollectPlan *plan, const Account *host);

/* The same for the accounts that declarations name, and the hosts they delegate to. */
Batches *
batches_of_declared(const CollectPlan *plan);

/* (sAMAccountName=...)(userPrincipalName=...)... for accounts as people write
 * them (of const char *); globs are taken literally. */
Batches *
batches_of_people(const GPtrArray *names);

/* Accounts whose names are like these. */
Batches *
batches_nearby(const GPtrArray *texts);

/* (userPrincipalName=...) for the names that accounts answer to whose own name was asked
 * for: those that delegate, and operators.  Of people also (userPrincipalName=...*), for
 * look-alikes, and (sAMAccountName=...) for whom a name would be made of the domain's. */
Batches *
batches_of_upns(const Builder *builder);

/* What the spn commands look for. */
Batches *
batches_of_search(const SpnSearch *search, const Estate *estate);

/* (servicePrincipalName=...) for SPNs that several hold (of const char *). */
Batches *
batches_of_doubles(const GPtrArray *spns);

/* (distinguishedName=...) */
/* The account that the plan asks about, and whoever its SPN may lead to. */
Batches *
batches_of_asked(const CollectPlan *plan);
Batches *
batches_of_dns(const GPtrArray *dns);

/* (primaryGroupID=...) for the groups' SIDs (of const Sid *). */
Batches *
batches_of_primaries(const GPtrArray *sids);

/* (objectSid=...) for the SIDs (of const Sid *). */
Batches *
batches_of_sids(const GPtrArray *sids);
/* The same, and (sIDHistory=...): who was moved is in tickets by both. */
Batches *
batches_of_bearers(const GPtrArray *sids);

/* builder_wants, or builder_judges. */
typedef bool (*Whose)(const Builder *builder, const CollectPlan *plan,
                      const Account *account);

/* The SIDs that RBCD descriptors of such accounts, and authentication policies, name and
 * that are no account read so far, nor in every token (of Sid *, transfer full).
 * *ret_groups: some SID may be a group, so that tokens are needed. */
GPtrArray *
batches_trustees(const Builder *builder, const CollectPlan *plan, Whose whose,
                 bool *ret_groups);

#endif
