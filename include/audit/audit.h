/* The audit: an estate and a policy in, verdicts and findings out.
 *
 * Pure: no I/O and no clock.  Test tickets are an input like any other
 * evidence (audit/ never calls ticket/).
 */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "audit/chains.h"
#include "audit/delegation.h"
#include "audit/host_facts.h"
#include "audit/net_evidence.h"
#include "audit/policy.h"
#include "audit/verdict.h"

/* A test ticket as the audit sees it. */
typedef struct {
    const char *spn;
    const Account *asker; /* the host in whose name it was asked for, by its own key;
                           * NULL: the auditor's own, or that of the proof */
    bool granted;
    bool answered;
    gint32 error_code;
    const char *error;
    const char *meaning; /* what the error means here; NULL: not known */
    guint32 ntstatus;
    const char *ntstatus_name; /* NULL: none sent, or not known */
    gint32 etype;
    guint32 kvno;
    double ms;
} TicketEvidence;

/* What the KDC gave a source, by its own key, on behalf of an operator. */
typedef struct ProofEvidence {
    const Account *source;
    const char *user;     /* impersonated, "alice@CONTOSO.COM" */
    guint32 lacking;      /* ETYPE_BIT_*: encryption types of the source that were not
                           * offered in its name */
    bool tgt_forwardable; /* the source's own ticket: where it is not, nothing
                           * that follows can be */
    bool self_granted;    /* S4U2Self */
    bool self_forwardable;
    gint32 self_error_code;
    const char *self_error;   /* NULL: granted */
    const char *self_meaning; /* NULL: not known */
    GPtrArray *results;       /* of TicketEvidence *: S4U2Proxy, as asked for */
} ProofEvidence;

/* Frees the evidence and its results, not what they borrow. */
void
proof_evidence_free(ProofEvidence *proof);

/* One file of a GPO in the SYSVOL. */
typedef enum {
    POLICY_FILE_ABSENT, /* its folder was read, and it is not there */
    POLICY_FILE_READ,
    POLICY_FILE_CORRUPT,
    POLICY_FILE_UNREAD,
} PolicyFileState;

typedef struct {
    PolicyFileState state;
    char *path; /* below the directory given */
    char *why;  /* corrupt: where and what; unread: why; else NULL */
} PolicyFile;

/* A user right as GptTmpl.inf defines it, instead of the host's own list. */
typedef struct {
    char *right;           /* "SeServiceLogonRight" */
    guint line;            /* of the file */
    GPtrArray *principals; /* of char *: "*S-1-5-80-0" or a name; empty: nobody */
} PolicyRight;

/* What the SYSVOL holds of one GPO's computer half. */
typedef struct GpoEvidence {
    const Gpo *gpo;
    PolicyFile security; /* GptTmpl.inf */
    PolicyFile registry; /* Registry.pol */
    GPtrArray *rights;   /* of PolicyRight * */
    guint records;       /* sound ones in Registry.pol */
} GpoEvidence;

/* With nothing read yet; `gpo` borrowed (transfer full). */
GpoEvidence *
gpo_evidence_new(const Gpo *gpo);
void
gpo_evidence_free(GpoEvidence *evidence);
/* Adds a right whose principals are to be filled in (transfer none). */
PolicyRight *
gpo_evidence_add_right(GpoEvidence *evidence, const char *right, guint line);

/* Who answers for a needed SPN of a host. */
typedef enum {
    SPN_STATE_REGISTERED, /* the host, by that very SPN */
    SPN_STATE_ALIAS,      /* the host, by another class (sPNMappings) */
    SPN_STATE_MISSING,
    SPN_STATE_DUPLICATE,
    SPN_STATE_ELSEWHERE, /* another account */
    SPN_STATE_UNKNOWN,
    SPN_STATE_COUNT
} SpnState;

/* "registered" ... "unknown" */
extern const char *const spn_state_names[SPN_STATE_COUNT];

typedef struct {
    const char *spn;
    SpnState state;
    const GPtrArray *owners; /* of const Account *; NULL: none */
} SpnStatus;

/* A host as reported. */
typedef struct {
    const Account *account;
    bool storage;           /* only a file server, no partner */
    bool grouped;           /* member of a group: migrations start here */
    bool outside;           /* no host: it delegates or is delegated to */
    guint delegates;        /* Leg bits: ways by which it may act for users; a domain
                             * controller's trust is by design, and none of them */
    guint receives;         /* Leg bits: ways by which others may act on it; LEG_RBCD also
                             * where its descriptor lets nobody in */
    GPtrArray *needed;      /* of const NeededSpn *: what groups need of it */
    const WinrmHop *winrm;  /* NULL: a file server.  Borrowed */
    GPtrArray *spns;        /* of SpnStatus *: the needed ones, and WinRM's */
    GPtrArray *tickets;     /* of const TicketEvidence *, borrowed */
    const HostFacts *facts; /* what it says of itself; NULL: nobody asked it.  Borrowed */
    guint first_pair;       /* of those of which it is the source, in their order */
    guint pairs;            /* how many these are */
} Host;

typedef struct {
    const char *subject;
    RuleId rule;
    Status status;
} Outcome;

typedef struct Audit {
    const Estate *estate;
    const Policy *policy;
    VerdictContext *context;
    GPtrArray *groups;         /* of Group * */
    GPtrArray *unions;         /* of Group *: what two groups ask of one pair */
    GPtrArray *hosts;          /* of Host *, by name */
    GPtrArray *pairs;          /* of Pair *, by source and target */
    GPtrArray *edges;          /* of Edge *, by id; none where only hosts are audited */
    GHashTable *edge_by_id;    /* char * -> Edge * */
    GPtrArray *tier0_edges;    /* of const Edge *: those by RBCD to Tier 0 */
    GPtrArray *tier0_acted_on; /* of const Account *: their targets, each once */
    struct LetIn *let_in;      /* whom descriptors let in */
    struct Demands *demands;   /* what is declared (audit/declared.h) */
    Chains *chains;            /* of edges; none where only hosts are audited */
    GPtrArray *principals;     /* of Host *, by name: who delegates or is delegated to,
                                * and is none of `hosts` */
    GHashTable *principal_by_account; /* const Account * -> Host *, of principals */
    GPtrArray *asked;                 /* of Pair *: by audit_ask_spn */
    GPtrArray *findings;              /* of Finding *, sorted, waivers applied */
    GArray *outcomes;                 /* of Outcome: one per rule and subject */
    GPtrArray *operators;        /* of const Account *, by name: who starts migrations */
    GPtrArray *tickets;          /* of TicketEvidence *; NULL: not asked for */
    GPtrArray *proofs;           /* of ProofEvidence *; NULL: not asked for */
    GHashTable *silent;          /* const Account * -> char *: sources whose proof no KDC
                                  * answered, and what became of it; NULL: none */
    bool settled;                /* what the KDC answered is in the verdicts */
    GHashTable *gpos;            /* const Gpo * -> GpoEvidence *; NULL: no SYSVOL */
    GPtrArray *net;              /* of NetEvidence *, by name; NULL: not asked for */
    GPtrArray *facts;            /* of HostFacts *, by path; NULL: none were given */
    GHashTable *host_by_account; /* const Account * -> Host * */
    guint verdicts[VERDICT_COUNT]; /* pairs by verdict */
    GPtrArray *gaps;               /* of Gap *: the estate's and the audit's own */
    GHashTable *gaps_seen;
    bool inferred; /* hosts were discovered, groups inferred */
} Audit;

/* Resolves groups, judges every pair; no findings yet.  FAULT_CONFIG where a
 * declared name matches no account ("--host HV99: no such computer in ..."). */
bool
audit_new(const Estate *estate, const Policy *policy, Audit **ret_audit, GError **error);
void
audit_free(Audit *audit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Audit, audit_free)

/* Judges whether an account is given a ticket to that SPN of another, by any way, on
 * behalf of a user (transfer none).  From then on test tickets are for what was asked
 * alone.  Before audit_take_tickets. */
const Pair *
audit_ask_spn(Audit *audit, const Account *source, const Account *target,
              const char *spn);

/* The SPNs whose tickets are worth asking for: every needed one and WinRM's, sorted, once
 * (transfer container, of const char *). */
GPtrArray *
audit_wanted_tickets(const Audit *audit);

/* Hands over the test tickets (transfer full, of TicketEvidence * whose
 * strings are borrowed until audit_free).  Before audit_run. */
void
audit_take_tickets(Audit *audit, GPtrArray *tickets);

/* The SPNs a source has to be given tickets to: those that its partners need,
 * whether or not the directory allows them, sorted, once (transfer container, of
 * const char *; empty: it is no source). */
GPtrArray *
audit_wanted_proofs(const Audit *audit, const Account *source);

/* Hands over the proofs (transfer full, of ProofEvidence * whose strings are
 * borrowed until audit_free): one per source that could be proved.  Before
 * audit_run. */
void
audit_take_proofs(Audit *audit, GPtrArray *proofs);

/* Notes that no KDC answered when this source was to be proved (`why` copied). */
void
audit_add_silence(Audit *audit, const Account *source, const char *why);

/* Lets the KDC's answers go before the directory's verdicts, once all are taken; what
 * audit_run does first. */
void
audit_settle(Audit *audit);

/* The GPOs from which some audited host may take settings, or a domain controller where
 * more than hosts is audited, by DN (transfer container, of const Gpo *). */
GPtrArray *
audit_wanted_gpos(const Audit *audit);

/* Hands over what the SYSVOL holds of them (transfer full, of GpoEvidence *).
 * Before audit_run. */
void
audit_take_gpos(Audit *audit, GPtrArray *evidence);

/* The machines whose ports and names are worth trying: the hosts, and the DCs
 * that are known; nothing tried yet (transfer full, of NetEvidence *). */
GPtrArray *
audit_wanted_net(const Audit *audit);

/* Hands them over with what was found (transfer full).  Before audit_run. */
void
audit_take_net(Audit *audit, GPtrArray *machines);

/* Hands over what hosts say of themselves (transfer full, of HostFacts *): each host's
 * newest is used, and every one is told what became of it.  Before audit_run. */
void
audit_take_facts(Audit *audit, GPtrArray *facts);

/* Records something that could not be read (both copied). */
void
audit_add_gap(Audit *audit, const char *what, const char *why);

/* The pair of these two, or NULL (transfer none). */
const Pair *
audit_pair(const Audit *audit, const Account *source, const Account *target);

/* The edge of that id, or NULL (transfer none). */
const Edge *
audit_edge(const Audit *audit, const char *id);

/* Whether some pair needs this entry in the source's list: then its SPN may be
 * missing, but the partner is there. */
bool
audit_needs_entry(const Audit *audit, const Account *source, const char *entry);

/* The pair that needs it, or NULL (transfer none). */
const Pair *
audit_pair_for_entry(const Audit *audit, const Account *source, const char *entry);

/* Whether groups were declared in a configuration (and not just by --host):
 * only then does anybody say what is enough. */
bool
audit_is_declared(const Audit *audit);

/* The host or principal of an account, or NULL (transfer none). */
Host *
audit_host(const Audit *audit, const Account *account);

/* Whether the estate came from an export that is no snapshot of ours: what an export left
 * out was never asked for, and rules that need it do not apply. */
bool
audit_is_offline(const Audit *audit);

/* Runs every rule: fills findings and outcomes. */
void
audit_run(Audit *audit);

/* The worst severity among failed, unwaived findings; -1: none. */
int
audit_worst(const Audit *audit);

/* Whether some evidence could not be read: gaps, pairs and edges that were not
 * determined, or unknown findings. */
bool
audit_incomplete(const Audit *audit);

#endif
