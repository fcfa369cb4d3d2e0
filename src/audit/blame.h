/* Why a proof's S4U2Self ticket is not forwardable: the operator, the host and
 * its domain, or the one who asked. */
#ifndef AUDIT_BLAME_H
#define AUDIT_BLAME_H

#include "audit/audit.h"

typedef struct {
    GString *text;    /* clauses, joined by "; "; empty: nothing explains it */
    bool by_operator; /* the operator's own account */
    bool by_domain;   /* the source's, or krbtgt */
    bool by_probe;    /* the source's TGT is not forwardable, and need not be so */
} Blame;

/* By what the directory says, whatever the KDC said. */
Blame
blame_for(const Audit *audit, const ProofEvidence *proof);
void
blame_clear(Blame *blame);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Blame, blame_clear)

/* The account of the one who was impersonated; NULL where it was not read. */
const Account *
blame_operator(const Audit *audit, const ProofEvidence *proof);

/* Whether it was read if the operator can be delegated. */
bool
blame_operator_known(const Audit *audit, const ProofEvidence *proof);

/* What may be the reason where nothing that was read is. */
const char *
blame_unexplained(const Audit *audit, const ProofEvidence *proof);

/* What was read of the operator. */
void
blame_evidence(Finding *finding, const Audit *audit, const ProofEvidence *proof);

/* Appends one more clause. */
void
blame_clause(GString *text, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
