/* Why a finding of an earlier audit is not among this one's.  That it is not
 * there proves nothing: the host may be audited no longer, or nobody looked. */
#ifndef AUDIT_ABSENCE_H
#define AUDIT_ABSENCE_H

#include "audit/audit.h"

typedef enum {
    ABSENCE_MENDED, /* the rule looked for it here, and it is gone */
    ABSENCE_GONE,   /* its host, pair, group or rule is not audited any more, or the
                     * question does not arise there any more */
    ABSENCE_UNSEEN, /* not looked at this time, or what was seen does not tell */
    ABSENCE_COUNT
} Absence;

/* "mended", "gone", "unseen" */
extern const char *const absence_names[ABSENCE_COUNT];

/* The finding as it was, by name: Finding's fields of these names. */
typedef struct {
    const char *rule; /* its id; perhaps of a version that knows more rules */
    const char *subject;
    const char *target;
    const char *spn;
    const char *ran_on;
    const char *ran_towards;
    Severity severity;
} OldFinding;

/* A delegation as it was, by name. */
typedef struct {
    const char *source; /* as its id has it */
    const char *target; /* an account likewise, or an SPN; NULL: whoever */
    Leg way;
    guint source_kind; /* a PrincipalKind */
    bool to_account;
    guint target_kind; /* where it is to an account */
    bool away;         /* an end is of another domain than the audited one */
} OldEdge;

typedef struct AbsenceJudge AbsenceJudge;

/* Remembers what it asked; borrows the audit, which is done. */
AbsenceJudge *
absence_judge_new(const Audit *audit);
void
absence_judge_free(AbsenceJudge *judge);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AbsenceJudge, absence_judge_free)

/* Asks the rule again about what the finding was found on.  In doubt: unseen. */
Absence
absence_of(AbsenceJudge *judge, const OldFinding *old);

/* Whether a delegation that is not among this audit's was looked for where it was kept,
 * the source's list or the target's descriptor, and is gone.  In doubt: not. */
bool
absence_edge_is_gone(AbsenceJudge *judge, const OldEdge *old);

#endif
