/* What an audit found. */
#ifndef AUDIT_FINDING_H
#define AUDIT_FINDING_H

#include "audit/ruleid.h"
#include "base/list.h"
#include "model/account.h"

typedef enum {
    SEVERITY_INFO,
    SEVERITY_WARNING,
    SEVERITY_ERROR,
    SEVERITY_CRITICAL,
    SEVERITY_COUNT
} Severity;

/* "info" ... "critical" */
extern const char *const severity_names[SEVERITY_COUNT];

typedef enum {
    STATUS_PASS,
    STATUS_FAIL,
    STATUS_UNKNOWN,
    STATUS_NOT_APPLICABLE,
} Status;

/* Texts of findings are kept once for all that have them: to be read, never changed. */

/* One piece of evidence: where it was read and what stood there. */
typedef struct {
    char *key;   /* "servicePrincipalName of HV02" */
    char *value; /* as the directory holds it */
} Evidence;

/* The waiver that covers a finding. */
typedef struct {
    char *by; /* its name; NULL: it has none */
    char *reason;
    char *until; /* NULL: for ever */
} Waived;

/* There may be millions of these. */
typedef struct {
    char *id; /* stable across runs, and that of all that reports list as one finding
               * (audit/grouping.h): "DEL-01:HV01" */
    RuleId rule;
    Severity severity : 8;
    Status status : 8; /* STATUS_FAIL or STATUS_UNKNOWN */
    guint16 port;      /* TCP; 0: no port, or all of a machine's */
    char *subject;     /* name of the account, group or domain */
    char *target;      /* NULL: none */
    char *spn;         /* NULL: none */
    char *title;       /* one line */
    char *said;        /* sentences, shared and packed: finding_detail unpacks them */
    List *evidence;    /* of Evidence * */
    List *fixes;       /* of text: ids of fixes, as run; by finding_add_fix */
    char *unfixed;     /* what no script proposes, and why; NULL: nothing; by fix/ */
    Evidence *cause;   /* id of the step that ends it, and what the step does; NULL:
                        * none; by fix_first */
    char *because;     /* id of the finding that it follows from, and ends and counts
                        * with; NULL: it stands for itself */
    Waived *waived;    /* NULL: it is not */

    gint64 since_us; /* when an audit first found it (Unix); 0: no history is kept */

    /* What the check was run on, by name (borrowed from the audit): the host, the
     * machine, the pair's source and target; NULL: the domain as a whole. */
    const char *ran_on; /* of an edge its source; ran_towards is its id then */
    const char *ran_towards;

    /* What a proposal needs to know, borrowed from the estate. */
    const Account *subject_account;
    const Account *target_account;
    List *values; /* of text: values to add or remove, by the rule */
} Finding;

Finding *
finding_new(RuleId rule, Severity severity, Status status, const char *subject,
            const char *target, const char *spn);
void
finding_free(Finding *finding);

/* Each returns the finding, so that calls chain. */
Finding *
finding_say(Finding *finding, const char *title, const char *detail, ...)
    G_GNUC_PRINTF(3, 4);
/* The same of a detail that has these in the place of the finding's own names. */
#define FINDING_SUBJECT "\001"
#define FINDING_TARGET "\002"
#define FINDING_SPN "\003"
Finding *
finding_say_packed(Finding *finding, const char *title, const char *packed);
Finding *
finding_evidence(Finding *finding, const char *key, const char *value);
Finding *
finding_value(Finding *finding, const char *value);
/* All of a list of texts, which the finding then shares; it has no value before. */
Finding *
finding_values(Finding *finding, List *values);

/* Goes on with another sentence. */
void
finding_say_more(Finding *finding, const char *sentence);

/* What is said of it, in sentences (transfer full). */
char *
finding_detail(const Finding *finding);

/* A fix for it, by id; and the step that ends it, and what that step does (copied). */
void
finding_add_fix(Finding *finding, const char *id);
void
finding_tell_cause(Finding *finding, const char *id, const char *title);

/* Lets a waiver cover it (copied); without a reason there is none. */
void
finding_waive(Finding *finding, const char *by, const char *reason, const char *until);

/* Gives it another id (copied). */
void
finding_rename(Finding *finding, const char *id);

/* Whether it is counted, and kept in a history: it follows from no other one, and is no
 * note on what passes by itself. */
bool
finding_is_counted(const Finding *finding);

/* "DEL-01:HV01>HV02": by which one is known from others of its id (transfer full). */
char *
finding_key(const Finding *finding);

/* Order of the report: rule, subject, target, SPN. */
int
finding_compare(const Finding *a, const Finding *b);

#endif
