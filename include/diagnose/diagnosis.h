/* From an input to its causes, and, with two hosts, to the cause. */
#ifndef DIAGNOSE_DIAGNOSIS_H
#define DIAGNOSE_DIAGNOSIS_H

#include "audit/audit.h"
#include "diagnose/match.h"

typedef enum { CAUSE_CONFIRMED, CAUSE_NOT_VISIBLE, CAUSE_RULED_OUT } CauseStatus;

/* "confirmed", "not-visible", "ruled-out" */
extern const char *const cause_status_names[3];

typedef struct CauseVerdict CauseVerdict;

/* What is known of one cause. */
struct CauseVerdict {
    const Cause *cause;
    Likelihood likelihood;
    CauseStatus status;
    bool suspected;       /* not visible, but something speaks for it */
    bool unread;          /* not visible because evidence could not be read */
    bool by_hand;         /* no rule tells */
    RuleId rule;          /* else the one that told, or would */
    char *said;           /* a sentence: what was found, or why it is not visible; NULL */
    GPtrArray *evidence;  /* of Evidence * */
    GPtrArray *findings;  /* of const Finding *: those that confirm it, borrowed */
    GPtrArray *looked_at; /* of char *: rules, attributes, SPNs, ports; what it is
                           * ruled out for */
    const CauseVerdict *instead; /* whose fix is this one's, too; NULL: its own */
    guint place;        /* among those that are equally likely: the least first */
    const char *raised; /* the release of Windows that makes it likelier; NULL */
    char *back;         /* what is wrong in the other direction alone; NULL */
};

typedef struct {
    const Errors *errors;
    const Input *input;
    GPtrArray *matches;  /* of Match *, the most telling first */
    GPtrArray *nearest;  /* of const ErrorEntry *; NULL: something matched */
    char *structure;     /* match_structure, where nothing matched; NULL */
    GPtrArray *codes;    /* of char *: codes that were read and are in the tables */
    GPtrArray *unknown;  /* of char *: codes that were read and are not in the tables, a
                          * sentence each */
    GPtrArray *causes;   /* of CauseVerdict * */
    const char *release; /* of Windows, that somebody said the hosts run; NULL: nobody */

    Subject subject; /* from SUBJECT_OTHER on hosts' delegation is not judged for it */

    /* What it is about, where that is a service which is no host's; NULL: hosts. */
    char *spn;
    char *holder; /* the account that has it and should not; NULL: not known */
    char *owner;  /* the account that it belongs to; NULL: not known */

    /* With hosts. */
    Audit *audit; /* NULL: without */
    const Pair *pair;
    const Pair *back; /* NULL: the target is a file server */
    bool forwarded;   /* delegation to any service alone allows some of it */
    bool no_host;     /* nothing says that the target is a Hyper-V host: what rules of
                       * migrations found of the pair is not to be fixed */
} Diagnosis;

/* Borrows table and input. */
Diagnosis *
diagnosis_new(const Errors *errors, const Input *input);
void
diagnosis_free(Diagnosis *diagnosis);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Diagnosis, diagnosis_free)

/* Makes those causes likelier that the releases named in a text do. */
void
diagnosis_raise(Diagnosis *diagnosis, const char *text);

/* The same of a release that somebody says the hosts run (diagnose/release.h): no other
 * counts then. */
void
diagnosis_take_release(Diagnosis *diagnosis, const char *release);

/* Adds a cause, where it is not there yet. */
void
diagnosis_add(Diagnosis *diagnosis, const CauseRef *ref);

/* Judges every cause by an audit of the two hosts (after audit_run; borrowed)
 * and puts the confirmed ones first, then the suspected. */
void
diagnosis_judge(Diagnosis *diagnosis, Audit *audit, const Pair *pair);

/* Words the causes for the service of this SPN: what only rules for hosts found stays as
 * it is.  Accounts that are not known are NULL. */
void
diagnosis_take_service(Diagnosis *diagnosis, const char *spn, const char *holder,
                       const char *owner);

/* Words the causes for a service where that takes no SPN: for a text that is of no host,
 * and names no service. */
void
diagnosis_take_words(Diagnosis *diagnosis);

/* Puts the causes in the order in which they are told. */
void
diagnosis_sort(Diagnosis *diagnosis);

guint
diagnosis_count(const Diagnosis *diagnosis, CauseStatus status);

/* What was not read: of the directory, and of a text that is beyond a limit (transfer
 * full, of Gap *). */
GPtrArray *
diagnosis_gaps(const Diagnosis *diagnosis);

/* Whether evidence that was asked for could not be read. */
bool
diagnosis_incomplete(const Diagnosis *diagnosis);

/* A text of the table about these hosts: SOURCE, TARGET, SOURCE-FQDN and
 * TARGET-FQDN are put in where the directory's names are plain; of a service
 * SERVICE-SPN, HOLDER and OWNER (transfer full). */
char *
diagnosis_fill(const Diagnosis *diagnosis, const char *text);

/* What to do now, in sentences (transfer full). */
char *
diagnosis_next(const Diagnosis *diagnosis);

/* How to ask again: "0x8009030E", or "-" where a text was pasted (transfer full). */
char *
diagnosis_asked(const Diagnosis *diagnosis);

/* How to see that the fix of a confirmed cause worked, in sentences (transfer full). */
char *
diagnosis_verify(const Diagnosis *diagnosis, const CauseVerdict *verdict);

/* What was seen by a rule that passed (sightings.c): adds to `evidence`. */
void
diagnosis_seen(const Diagnosis *diagnosis, const CauseCheck *check, GPtrArray *evidence);

/* What a rule that was asked looked at: adds to `looked_at` (sightings.c). */
void
diagnosis_looked(const Diagnosis *diagnosis, const CauseCheck *check,
                 GPtrArray *looked_at);

/* Whether this port of the target, or any (0), was tried at all: without an
 * address, or on a machine that is no cluster's node, it was not (sightings.c). */
bool
diagnosis_port_tried(const Diagnosis *diagnosis, guint16 port);

/* "4 minutes", "3 days" (transfer full). */
char *
diagnosis_age(gint64 age_us);

#endif
