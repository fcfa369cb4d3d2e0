/* The program: commands, exit statuses, and the only place that prints. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "audit/audit.h"
#include "cli/options.h"
#include "ticket/credentials.h"
#include "ticket/kdcs.h"
#include "ticket/result.h"

typedef enum {
    EXIT_OK = 0,
    EXIT_FINDINGS = 1,
    EXIT_USAGE = 2,
    EXIT_INCOMPLETE = 3,
    EXIT_NO_AUDIT = 4,
} ExitStatus;

extern const Command *const commands[]; /* ended by NULL */

extern const Command command_audit;       /* cmd_audit.c */
extern const Command command_check;       /* cmd_check.c */
extern const Command command_delegations; /* cmd_delegations.c */
extern const Command command_diagnose;    /* cmd_diagnose.c */
extern const Command command_diff;        /* cmd_diff.c */
extern const Command command_fleet;       /* cmd_fleet.c */
extern const Command command_help;        /* cmd_help.c */
extern const Command command_history;     /* cmd_history.c */
extern const Command command_merge;       /* cmd_merge.c */
extern const Command command_rules;       /* cmd_rules.c */
extern const Command command_snapshot;    /* cmd_snapshot.c */
extern const Command command_spn;         /* cmd_spn.c */
extern const Command command_ticket;      /* cmd_ticket.c */
extern const Command command_workloads;   /* cmd_workloads.c */

const Command *
command_find(const char *name);

/* The command that is begun by, or hardly differs from, `given`; NULL: none. */
const char *
command_nearest(const char *given);

/* Prints "kcdaudit: message" to standard error and gives the exit status that
 * belongs to the error. */
int
cli_fail(const GError *error);

/* Says that there is no such command, and which one was perhaps meant; gives the
 * exit status. */
int
cli_no_command(const char *name);

/* A note on standard error, "kcdaudit: ...". */
void
cli_note(const char *message, void *unused);

/* What a run works with. */
typedef struct {
    const Options *options;
    Policy *policy;
    GPtrArray *declared_spns; /* of char *: of the policy, for the reading */
    Credentials *credentials; /* NULL: none needed or none to be had */
    Kdcs *kdcs;
    const char *asked_name; /* check ACCOUNT SPN; NULL */
    const char *asked_spn;
    const char *pasted; /* entries as LDIF, instead of a directory or files; NULL */
    GPtrArray *facts;   /* of HostFacts *: --facts, until the audit takes them; NULL */
    Estate *estate;
    gint64 started_us;
} Session;

/* Reads the configuration, gets the credentials, collects the estate. */
bool
session_open(const Options *options, Session **ret_session, GError **error);

/* The same in two steps.  First the configuration alone: the policy may still
 * be changed. */
bool
session_prepare(const Options *options, Session **ret_session, GError **error);
/* `snapshot`: NULL, or takes everything read, as LDIF. */
bool
session_collect(Session *session, GString *snapshot, GError **error);

/* The accounts a search for SPNs finds, instead of an estate to audit (transfer
 * container). */
bool
session_find_spns(Session *session, const SpnSearch *search, GPtrArray **ret_found,
                  GError **error);

/* The credentials alone, for commands that need no directory. */
bool
session_credentials(Session *session, GError **error);

/* What a shard asks with, once its snapshot is read: nothing where it asks for no
 * tickets. */
bool
session_shard_credentials(Session *session, GError **error);

void
session_free(Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)

/* Acquires the test tickets an audit wants and hands them over; without
 * credentials, or offline, it says so as a gap or leaves them out. */
bool
session_tickets(const Session *session, Audit *audit, GPtrArray **ret_results,
                GError **error);

/* --sysvol: hands the audit what the SYSVOL holds of its hosts' GPOs. */
bool
session_sysvol(const Session *session, Audit *audit, GError **error);

/* --facts: hands the audit what hosts say of themselves, which session_prepare read. */
void
session_facts(Session *session, Audit *audit);

/* --ports: tries the hosts' and DCs' ports and names, and hands the audit what
 * came of it. */
void
session_ports(const Session *session, Audit *audit);

/* When what the findings come of was last changed; live, and once all is judged.  What
 * the DC does not tell stays unsaid. */
void
session_changes(const Session *session, Audit *audit);

/* A ticket as an audit takes it (transfer full; it borrows the result). */
TicketEvidence *
session_evidence(const TicketResult *result);

/* prove.c: refused test tickets, asked for once more as a source whose key is in the
 * keytab (--prove-keytab): its answer takes the place of the auditor's in both. */
void
session_ask_again(const Session *session, const Audit *audit, GPtrArray *results,
                  GPtrArray *evidence);

/* prove.c: --prove-as.  Delegates for real from every source whose key is in the
 * keytab, and hands the answers over; every other source ends as a gap that
 * says what it takes. */
bool
session_proofs(const Session *session, Audit *audit, GPtrArray **ret_proofs,
               GError **error);

/* prove.c: whom a proof is to start from: the sources of pairs, then those of other
 * delegations whose key is in the keytab; a shard's part of them (transfer container, of
 * const Account *). */
GPtrArray *
session_sources(const Session *session, const Audit *audit);

/* Whether the keytab for it can be read: asked before anything is contacted. */
bool
proofs_are_possible(const Options *options, GError **error);

#endif
