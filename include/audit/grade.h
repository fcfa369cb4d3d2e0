/* One letter for what was audited, and a number for its trend: docs/grade.md has the
 * formula.  Counted the same for an audit and for one of the past. */
#ifndef AUDIT_GRADE_H
#define AUDIT_GRADE_H

#include "audit/past.h"

typedef struct {
    guint findings[SEVERITY_COUNT]; /* that fail and are not waived: a rule and a subject
                                     * count once per severity, whatever the targets */
    guint reaching;                 /* accounts that get to Tier 0 by delegation alone */
    guint waived;
    bool complete; /* nothing was left unread or undetermined */
} GradeInput;

typedef struct {
    char letter;     /* 'A' ... 'F', without an E: of what is known */
    guint score;     /* 0 to 100, of what is known: more is better */
    bool determined; /* else it may be worse */
    int severity;    /* the worst there is; -1: none above a note */
    guint count;     /* findings of it; of an F: accounts that get to Tier 0 */
    guint waived;
} Grade;

Grade
grade_of(const GradeInput *input);
Grade
grade_of_audit(const Audit *audit);
Grade
grade_of_run(const PastRun *run);

#endif
