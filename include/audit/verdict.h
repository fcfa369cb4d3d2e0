/* Whether a live migration from one host to another can authenticate. */
#ifndef AUDIT_VERDICT_H
#define AUDIT_VERDICT_H

#include "base/list.h"
#include "model/edge.h"
#include "model/group.h"

/* From best to worst. */
typedef enum {
    VERDICT_READY,
    VERDICT_DEGRADED,
    VERDICT_UNKNOWN,
    VERDICT_BROKEN,
    VERDICT_COUNT
} Verdict;

extern const char *const verdict_names[VERDICT_COUNT];

/* One required SPN of a target. */
typedef struct {
    char *spn;
    const SpnKey *key;
    Service service; /* SERVICE_COUNT: WinRM's */
    bool is_fqdn;
    Resolution how;
    char *through;           /* the SPN that is held: itself, or HOST/NAME; NULL */
    bool resolves;           /* to exactly one enabled account, the target's */
    Tri resolves_known;      /* TRI_UNKNOWN: could not be decided */
    const char *problem;     /* NULL where it resolves; else which slip */
    const GPtrArray *owners; /* of const Account *; NULL: none */
    GPtrArray *own_owners;   /* owns the list above where it is of one forest among
                              * several; NULL */
} NeededSpn;

/* What a host must answer to, looked up once per host. */
typedef struct {
    const Account *account;
    gint64 key;               /* by which it is found: the target, names and services */
    GPtrArray *needed;        /* of NeededSpn * */
    List *all[SERVICE_COUNT]; /* of text: the SPNs of each service; WinRM's: NULL */
} TargetSpns;

typedef struct {
    List *missing;   /* of text: SPNs that no leg allows */
    List *reasons;   /* of text: why not ready, one clause each */
    Verdict verdict; /* there may be two million of these: no byte is left between */
    guint8 by;       /* Leg bits that allow every required name they can */
    bool needed;
    bool unread;   /* a leg that was not found may be there unread */
    bool disputed; /* broken by the directory, but a KDC grants all of it: unknown */
} ServiceVerdict;

/* WinRM's hop to a host: whoever manages it, and Hyper-V since Windows Server 2016,
 * goes this way.  Needs no delegation, and is part of no pair's verdict. */
typedef struct {
    TargetSpns spns; /* HTTP of both names; WSMAN where somebody holds it */
    ServiceVerdict service;
} WinrmHop;

/* The part of a source's proof that is about one target. */
typedef struct {
    const struct ProofEvidence *source; /* borrowed */
    GPtrArray *results; /* of const TicketEvidence *: the target's needed SPNs, in
                         * their order; empty where S4U2Self was refused */
} PairProof;

typedef struct {
    const Account *source;
    const Account *target;
    const Group *group;
    const TargetSpns *written; /* the one SPN that it is about; NULL: those that the
                                * group needs of the target.  Borrowed */
    Verdict verdict;
    bool storage; /* the target is a file server, not a partner */
    ServiceVerdict services[SERVICE_COUNT];
    const ServiceVerdict *winrm; /* to the target, beside the verdict; NULL: a file
                                  * server.  Borrowed */
    PairProof *proof;            /* NULL: not proved */
} Pair;

void
pair_free(Pair *pair);

/* Everything verdicts share: the estate, the edges, krbtgt. */
typedef struct VerdictContext VerdictContext;

VerdictContext *
verdict_context_new(const Estate *estate);
void
verdict_context_free(VerdictContext *context);

/* What was looked up of the account's attribute, which is another now.  Of
 * userAccountControl only the bits `bits` are. */
void
verdict_forget(VerdictContext *context, const Account *account, AttrId attr,
               guint32 bits);

EdgeIndex *
verdict_edges(VerdictContext *context);

/* The required SPNs of `target` for the group's names; for file servers only
 * cifs (transfer none, cached). */
const TargetSpns *
verdict_needed(VerdictContext *context, const Account *target, const Group *group,
               bool storage);

/* One SPN as somebody wrote it, to be answered by the target (transfer none, cached). */
const TargetSpns *
verdict_written(VerdictContext *context, const Account *target, const char *spn);

/* What a pair needs of its target (transfer none). */
const TargetSpns *
verdict_pair_needs(VerdictContext *context, const Pair *pair);

/* WinRM's hop to a host (transfer none, cached). */
const WinrmHop *
verdict_winrm(VerdictContext *context, const Account *target);

/* Judges one ordered pair (transfer full). */
Pair *
verdict_of(VerdictContext *context, const Group *group, const Account *source,
           const Account *target, bool storage);

/* Judges whether an account is given a ticket to that SPN of another on behalf of a user,
 * in one way or in any (transfer full).  Its one service is that of index 0. */
Pair *
verdict_of_spn(VerdictContext *context, GroupMode mode, const Account *source,
               const Account *target, const char *spn);

/* Whether the source's S4U2Self evidence is forwardable; *ret_why (may be
 * NULL) gets one clause where it is not (transfer none). */
Tri
verdict_evidence_forwardable(VerdictContext *context, const Account *source,
                             const char **ret_why);

/* Who answers for an SPN, the same for all in a forest who list it. */
typedef struct {
    const char *spn;
    Resolved resolved;
    const Account *owner;   /* the only one; NULL: none, several or not known */
    const GPtrArray *named; /* of const Account *: by the host in it; NULL: none */
    const Account *cluster; /* of `named` the only one, where it is a cluster's computer
                             * object and the SPN for migrations; NULL */
    guint32 place;
    bool is_kdcs; /* spn_is_kdcs */
} SpnAnswer;

/* (transfer none, cached; a change of any SPN ends it) */
const SpnAnswer *
verdict_answer(VerdictContext *context, const Account *source, const char *spn);

/* The entries of a list, in its order: there may be millions of them in all. */
typedef struct {
    const GPtrArray *answers; /* of const SpnAnswer *, by `place` */
    guint len;
    guint32 places[];
} Entries;

static inline const SpnAnswer *
entry_at(const Entries *entries, guint i)
{
    return (const SpnAnswer *)entries->answers->pdata[entries->places[i]];
}

/* Those of the source's list (transfer none, cached). */
const Entries *
verdict_entries(VerdictContext *context, const Account *source);

/* Whether krbtgt of the account's domain (NULL: of the audited one) lets anything
 * be delegated. */
Tri
verdict_krbtgt_delegable(const VerdictContext *context, const Account *of);

#endif
