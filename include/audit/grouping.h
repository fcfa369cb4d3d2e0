/* What reports list as one finding.
 *
 * Checks find one thing at a time: against a subject, towards a target, about an SPN.
 * All that one rule has against one subject, of one severity, status and waiver, is
 * listed as one finding with its targets; apart from it what follows from others.
 */
#ifndef AUDIT_GROUPING_H
#define AUDIT_GROUPING_H

#include "audit/finding.h"

typedef struct {
    const char *id; /* "DEL-01:HV01"; borrowed */
    const Finding
        *first; /* what all have in common: rule, severity, status, subject, waiver */
    GPtrArray *members;  /* of const Finding *, in their order; at least one */
    const char *target;  /* NULL: none, or several members.  Borrowed */
    const char *spn;     /* the same */
    const char *title;   /* the rule's where the members have several */
    char *detail;        /* true of all of them; a text for each kind of member */
    GPtrArray *untold;   /* of char *, by member: its detail, where the group's does
                          * not tell it; else NULL */
    GPtrArray *evidence; /* of const Evidence *: what all members have */
    GHashTable *pieces;  /* the same as a set where there are many; else NULL */
    GPtrArray *fixes;    /* of const char *: ids, each once */
    char *own_title;     /* NULL: `title` is borrowed */
} FindingGroup;

/* Gives findings the ids under which they are listed: "RULE:SUBJECT" the worst of a
 * rule's against a subject, and "#warning", "#derived", "#unknown" or "#waived:NAME"
 * appended those of another severity, cause, status or waiver.  The findings are sorted.
 */
void
findings_name(const GPtrArray *findings);

/* What these are listed as, by their ids, in their order (transfer full, of
 * FindingGroup *).  Borrows the findings. */
GPtrArray *
findings_grouped(const GPtrArray *findings);

/* How many that are. */
guint
findings_count(const GPtrArray *findings);

/* Whether it stands in the group's own evidence. */
bool
finding_group_has(const FindingGroup *group, const Evidence *piece);

/* What a member is about beside its subject: its target, else its SPN; NULL: no more. */
const char *
finding_object(const Finding *finding);

/* The detail without what differs between members that say the same: the names of target
 * and SPN, and of the subject with `any_subject` (transfer full). */
char *
finding_pattern(const Finding *finding, bool any_subject);

/* "HV02, HV03 and 7 more": the members' objects, each once; at most `most` are named
 * (transfer full); "" where none has one. */
char *
finding_group_objects(const FindingGroup *group, guint most);

#endif
