/* A host, and one GPO that reaches it: what the rules of group policy share. */
#ifndef AUDIT_GPO_CASE_H
#define AUDIT_GPO_CASE_H

#include "checks.h"
#include "model/gpo.h"

typedef struct {
    const Audit *audit;
    const Host *host;
    const GpoReach *reach;
    GHashTable *definers; /* see find_definers */
    const GpoLink *link;
    const GpoEvidence *evidence;
    Sink *sink;
} GpoCase;

/* Calls `judge` for every GPO that reaches the host and whose machine half runs
 * `extension`, and says what keeps it from that. */
void
gpo_cases_judge(const Audit *audit, const Host *host, Sink *sink, const char *extension,
                void (*judge)(const GpoCase *of, const void *data), const void *data);

/* Whether there is something to judge (a corrupt file is); says so where a file is
 * missing that hosts process, or was not read. */
bool
gpo_case_readable(const GpoCase *of, const PolicyFile *file, const char *name,
                  const char *extension);

/* Of GptTmpl.inf, of const PolicyRight *; NULL: nothing to judge, which is said as above,
 * also where the file is corrupt. */
const GPtrArray *
gpo_case_rights(const GpoCase *of);

/* What the report calls the GPO: its display name; with the GUID where another GPO that
 * reaches the host has the same (transfer full). */
char *
gpo_case_title(const GpoCase *of);

/* Where it is linked (transfer full). */
char *
gpo_case_where(const GpoCase *of);

/* A finding on the host and the GPO. */
Finding *
gpo_case_fail(const GpoCase *of);
Finding *
gpo_case_unknown(const GpoCase *of);

/* Adds the GPO's link, and what was not evaluated, to the evidence; gives it back. */
Finding *
gpo_case_show(const GpoCase *of, Finding *finding);

/* Adds who has the right. */
void
gpo_case_show_right(const GpoCase *of, const PolicyRight *right, Finding *finding);

/* Adds other GPOs that define the right: which one wins is not decided here. */
void
gpo_case_show_rivals(const GpoCase *of, const char *right, Finding *finding);

/* The SID that a list means by a SID or a name that is known without a directory. */
bool
gpo_principal_sid(const char *principal, Sid *ret_sid);

/* The same, and the name of an account where exactly one has it. */
bool
gpo_principal_find_sid(const Audit *audit, const char *principal, Sid *ret_sid);

/* "*S-1-5-32-544 (Administrators), CONTOSO\svc-backup", the first few; "nobody"
 * (transfer full). */
char *
gpo_right_principals(const Estate *estate, const PolicyRight *right);

/* The domain controllers that write, of all domains: their user rights decide who may
 * change what.  Where only hosts are audited none (transfer container, of const
 * Account *). */
GPtrArray *
gpo_controllers(const Audit *audit);

#endif
