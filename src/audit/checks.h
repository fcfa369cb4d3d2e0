/* The checks behind the table of rules, one file per family. */
#ifndef AUDIT_CHECKS_H
#define AUDIT_CHECKS_H

#include "audit/conditions.h"
#include "audit/rules.h"

#define BY_LIST (LEG_KCD | LEG_UNCONSTRAINED) /* what the source's own account says */
#define BY_S4U (LEG_KCD | LEG_RBCD)           /* what takes a ticket for the user */

/* What texts call it. */
static inline const char *
host_noun(const Host *host)
{
    return host->outside ? "account" : "host";
}

/* A file server acts for nobody, and whoever is trusted for delegation to any service
 * passes on the users' own tickets. */
static inline bool
host_needs_own_ticket(const Host *host)
{
    return host->outside ? (host->delegates & BY_S4U) != 0 : !host->storage;
}

/* checks_spn.c: whether the first label of a name is the account's, or the longer one of
 * which the account has the first 15 characters. */
bool
host_has_label(const Account *account, const char *host);

/* evidence.c: evidence that several checks show. */

/* "userAccountControl of HV01": "4096 (WORKSTATION_TRUST_ACCOUNT)" */
void
evidence_uac(Finding *finding, const Account *account);

/* "msDS-AllowedToDelegateTo of HV01": "12 values" */
void
evidence_list(Finding *finding, const Account *source);

/* "pwdLastSet of HV09", "lastLogonTimestamp of HV09": when. */
void
evidence_activity(Finding *finding, const Account *account);

/* Conditions of one kind, in the words of an explanation; of the SPN that the finding
 * names (NULL: of each). */
void
evidence_of_pair(Finding *finding, const Audit *audit, const Pair *pair, What what,
                 const char *spn);
void
evidence_of_source(Finding *finding, const Audit *audit, const Account *source,
                   What what);

/* "memberOf of alice": a few of its groups. */
void
evidence_groups(Finding *finding, const Account *account);

/* The checks of the table. */
#define ON_HOST(family, number, slug, title, severity, needs, concerns, order, check) \
    void check(const Audit *audit, const Host *host, Sink *sink);
#define ON_ACCOUNT(family, number, slug, title, severity, needs, concerns, order, check) \
    void check(const Audit *audit, const Host *host, Sink *sink);
#define ON_EDGE(family, number, slug, title, severity, needs, concerns, order, check) \
    void check(const Audit *audit, const Edge *edge, Sink *sink);
#define ON_PAIR(family, number, slug, title, severity, needs, concerns, order, check) \
    void check(const Audit *audit, const Pair *pair, Sink *sink);
#define ON_MACHINE(family, number, slug, title, severity, needs, concerns, order, check) \
    void check(const Audit *audit, const NetEvidence *machine, Sink *sink);
#define ON_DOMAIN(family, number, slug, title, severity, needs, concerns, order, check) \
    void check(const Audit *audit, Sink *sink);
#include "audit/rules.def"

#endif
