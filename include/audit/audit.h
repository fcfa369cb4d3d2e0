/* The audit: an estate and a policy in, verdicts and findings out.
 *
 * Pure: no I/O and no clock.  Test tickets are an input like any other
 * evidence (audit/ never calls ticket/).
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "audit/policy.h"
#include "audit/verdict.h"

/* A test ticket as the audit sees it. */
typedef struct {
    const char *spn;
    bool granted;
    bool answered;
    gint32 error_code;
    const char *error;
    const char *meaning; /* what the error means here; NULL: not known */
    guint32 ntstatus;
    gint32 etype;
    guint32 kvno;
    double ms;
} TicketEvidence;

typedef struct {
    const char *spn;
    const char *status;      /* "registered" | "alias" | "missing" | "duplicate" |
                                "elsewhere" | "unknown" */
    const GPtrArray *owners; /* of const Account *; NULL: none */
} SpnStatus;

/* A host as reported. */
typedef struct {
    const Account *account;
    bool storage;       /* only a file server, no partner */
    bool grouped;       /* member of a group: migrations start here */
    GPtrArray *needed;  /* of const NeededSpn *: what groups need of it */
    GPtrArray *spns;    /* of SpnStatus *: the needed ones */
    GPtrArray *tickets; /* of const TicketEvidence *, borrowed */
} Host;

typedef struct {
    const char *rule;
    const char *subject;
    Status status;
} Outcome;

typedef struct Audit {
    const Estate *estate;
    const Policy *policy;
    VerdictContext *context;
    GPtrArray *groups;             /* of Group * */
    GPtrArray *hosts;              /* of Host *, by name */
    GPtrArray *pairs;              /* of Pair *, by source and target */
    GPtrArray *findings;           /* of Finding *, sorted, waivers applied */
    GArray *outcomes;              /* of Outcome: one per rule and subject */
    GPtrArray *tickets;            /* of TicketEvidence *; NULL: not asked for */
    GHashTable *host_by_account;   /* const Account * -> Host * */
    GHashTable *pair_by_ends;      /* set of Pair by source and target */
    guint verdicts[VERDICT_COUNT]; /* pairs by verdict */
    GPtrArray *gaps;               /* of Gap *: the estate's and the audit's own */
    bool inferred;                 /* hosts were discovered, groups inferred */
} Audit;

/* Resolves groups, judges every pair; no findings yet.  FAULT_CONFIG where a
 * declared name matches no account ("--host HV99: no such computer in ..."). */
bool
audit_new(const Estate *estate, const Policy *policy, Audit **ret_audit, GError **error);
void
audit_free(Audit *audit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Audit, audit_free)

/* The SPNs whose tickets are worth asking for: every needed one, sorted, once
 * (transfer container, of const char *). */
GPtrArray *
audit_wanted_tickets(const Audit *audit);

/* Hands over the test tickets (transfer full, of TicketEvidence * whose
 * strings are borrowed until audit_free).  Before audit_run. */
void
audit_take_tickets(Audit *audit, GPtrArray *tickets);

/* Records something that could not be read (both copied). */
void
audit_add_gap(Audit *audit, const char *what, const char *why);

/* The pair of these two, or NULL (transfer none). */
const Pair *
audit_pair(const Audit *audit, const Account *source, const Account *target);

/* Runs every rule: fills findings and outcomes. */
void
audit_run(Audit *audit);

/* The worst severity among failed, unwaived findings; -1: none. */
int
audit_worst(const Audit *audit);

/* Whether some evidence could not be read: gaps or unknown findings. */
bool
audit_incomplete(const Audit *audit);

#endif
