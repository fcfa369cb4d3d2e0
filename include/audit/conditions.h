/* What the verdict on a pair hangs on, and what else was seen of it: each condition
 * once, in the words of every report.
 *
 * A new condition is a row of CONDITIONS and its function in one of ask_*.c. */
#ifndef AUDIT_CONDITIONS_H
#define AUDIT_CONDITIONS_H

#include "audit/audit.h"

/* Parts of an explanation, in their order. */
typedef enum {
    PART_SPN,  /* of one required SPN */
    PART_WAYS, /* ways of delegation that are not of one SPN */
    PART_TARGET,
    PART_WINRM,    /* WinRM's hop to the target */
    PART_SETTINGS, /* what the hosts say of themselves */
    PART_USER,     /* the ticket that the source gets for a user */
    PART_PROOF,    /* asked for on behalf of an operator */
    PART_OPERATOR, /* of one operator */
    CONDITION_PARTS
} ConditionPart;

/* Of whom a condition holds: it is asked once for each of these. */
typedef enum { OF_SOURCE, OF_TARGET, OF_PAIR } ConditionScope;

/* What it has to do with the verdict. */
typedef enum {
    ROLE_NEEDED, /* where it fails, `worst` comes of it */
    ROLE_WAY,    /* one of the ways of delegation that have to hold for an SPN */
    ROLE_TICKET, /* for a ticket that can be passed on: any way but unconstrained */
    ROLE_KDC,    /* what a KDC answered, after all others: `worst` comes of it */
    ROLE_TOLD,   /* nothing: told beside it */
} ConditionRole;

/* name, function, key, label, part, scope, role; in the order of reports. */
#define CONDITIONS(X)                                                                    \
    X(SPN, spn, "spn", "SPN", SPN, TARGET, NEEDED)                                       \
    X(KCD, kcd, "kcd", "listed", SPN, PAIR, WAY)                                         \
    X(TICKET, ticket, "ticket", "test ticket", SPN, TARGET, KDC)                         \
    X(PROOF, proof, "proof", "tried for real", SPN, PAIR, KDC)                           \
    X(RBCD, rbcd, "rbcd", "RBCD", WAYS, PAIR, WAY)                                       \
    X(UNCONSTRAINED, unconstrained, "unconstrained", "unconstrained", WAYS, SOURCE, WAY) \
    X(FOREST, forest, "same-forest", "same forest", WAYS, PAIR, NEEDED)                  \
    X(TARGET_NAME, target_name, "account-name", "account name", TARGET, TARGET, NEEDED)  \
    X(DNS_NAME, dns_name, "dns-name", "DNS name", TARGET, TARGET, NEEDED)                \
    X(TARGET_ENABLED, target_enabled, "target-enabled", "enabled", TARGET, TARGET,       \
      NEEDED)                                                                            \
    X(ETYPES, etypes, "encryption-types", "encryption", TARGET, PAIR, NEEDED)            \
    X(POLICY, policy, "authentication-policy", "policy", TARGET, PAIR, NEEDED)           \
    X(WINRM, winrm, "winrm-spn", "SPN", WINRM, TARGET, TOLD)                             \
    X(WINRM_TICKET, winrm_ticket, "winrm-ticket", "test ticket", WINRM, TARGET, TOLD)    \
    X(SOURCE_SETTING, source_setting, "source-setting", "source", SETTINGS, SOURCE,      \
      TOLD)                                                                              \
    X(TARGET_SETTING, target_setting, "target-setting", "target", SETTINGS, TARGET,      \
      TOLD)                                                                              \
    X(SOURCE_ENABLED, source_enabled, "source-enabled", "enabled", USER, SOURCE, NEEDED) \
    X(SOURCE_TGT, source_tgt, "source-own-ticket", "TGT of its own", USER, SOURCE,       \
      NEEDED)                                                                            \
    X(SOURCE_SPN, source_spn, "source-spn", "SPN of its own", USER, SOURCE, NEEDED)      \
    X(SOURCE_DELEGABLE, source_delegable, "source-not-sensitive", "not sensitive", USER, \
      SOURCE, TICKET)                                                                    \
    X(SOURCE_UNPROTECTED, source_unprotected, "source-not-protected", "not protected",   \
      USER, SOURCE, TICKET)                                                              \
    X(SOURCE_DATA, source_data, "source-authorization-data", "PAC", USER, SOURCE,        \
      TICKET)                                                                            \
    X(TRANSITION, transition, "protocol-transition", "any protocol", USER, SOURCE,       \
      TICKET)                                                                            \
    X(KRBTGT, krbtgt, "krbtgt-not-sensitive", "krbtgt", USER, SOURCE, NEEDED)            \
    X(PROOF_SELF, proof_self, "proof-self", "S4U2Self", PROOF, SOURCE, KDC)              \
    X(OPERATOR_DELEGABLE, operator_delegable, "operator-not-sensitive", "not sensitive", \
      OPERATOR, SOURCE, TOLD)                                                            \
    X(OPERATOR_UNPROTECTED, operator_unprotected, "operator-not-protected",              \
      "not protected", OPERATOR, SOURCE, TOLD)                                           \
    X(OPERATOR_SIGN_IN, operator_sign_in, "operator-can-sign-in", "can sign in",         \
      OPERATOR, SOURCE, TOLD)                                                            \
    X(OPERATOR_GROUPS, operator_groups, "operator-groups-readable", "groups readable",   \
      OPERATOR, SOURCE, TOLD)

typedef enum {
#define CONDITION(name, function, key, label, part, scope, role) WHAT_##name,
    CONDITIONS(CONDITION)
#undef CONDITION
        WHAT_COUNT
} What;

typedef enum {
    CONDITION_PASS,
    CONDITION_FAIL,
    CONDITION_UNKNOWN,
    CONDITION_STATES
} ConditionState;

/* All texts live as long as the context of the audit. */
typedef struct {
    What what;
    int service;      /* Service; -1: of the pair as a whole */
    guint nth;        /* which of the required SPNs, or of the operators */
    const char *name; /* the SPN, or the operator; NULL: none */
    ConditionState state;
    Verdict worst;         /* what failing brings on (ROLE_NEEDED), or not passing
                            * (ROLE_KDC; VERDICT_READY: nothing) */
    bool decides;          /* false: nothing hangs on it here */
    const char *seen;      /* the value, in words */
    const char *why;       /* in a verdict, where it does not hold; NULL: says nothing */
    const char *attribute; /* where it stands; NULL: `place` says */
    const Account *account;
    const char *place; /* NULL: not told */
} Condition;

/* "krbtgt-not-sensitive", "krbtgt". */
const char *
condition_key(What what);
const char *
condition_label(What what);
ConditionPart
condition_part(What what);
ConditionScope
condition_scope(What what);
ConditionRole
condition_role(What what);
/* "pass", "fail", "unknown". */
extern const char *const condition_states[CONDITION_STATES];

/* "userAccountControl of HV01", or of its DN (transfer full). */
char *
condition_where(const Condition *condition, bool by_dn);
/* "NOT_DELEGATED is off ...", or "cifs/HV02, listed: yes" (transfer full). */
char *
condition_value(const Condition *condition);
/* Unconstrained delegation: it works, and nobody should want it. */
bool
condition_is_unwanted(const Condition *condition);
/* A way that is not taken, where another is: no slip.  WinRM's hop and the hosts' own
 * settings are told as they are, although no verdict hangs on them. */
bool
condition_is_spared(const Condition *condition);
/* Whether both stand below one title. */
bool
condition_same_part(const Condition *a, const Condition *b);
/* Over the conditions of its part: "The operator alice can be delegated", or the
 * SPN (transfer full). */
char *
condition_title(const Condition *condition, const char *source, const char *target);

/* What is asked of a pair. */
typedef struct {
    VerdictContext *context;
    const Group *group;
    const Account *source;
    const Account *target;
    const TargetSpns *spns;
    bool local; /* both in one domain */
} PairEnds;

PairEnds
conditions_ends(VerdictContext *context, const Pair *pair);

/* Those that decide a pair (of const Condition *); `own` keeps the ones of the pair
 * alone, without words. */
void
conditions_judged(const PairEnds *ends, GPtrArray *all, GArray *own);

/* What a KDC answered about a pair (of const Condition *); `own` as above. */
void
conditions_answered(const Audit *audit, const Pair *pair, GPtrArray *all, GArray *own);

/* All of a pair, in the order of reports (of const Condition *). */
typedef struct {
    GPtrArray *all;
    GArray *own;
} ConditionList;

ConditionList *
conditions_of(const Audit *audit, const Pair *pair);
void
condition_list_free(ConditionList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConditionList, condition_list_free)

/* Those of one kind, for whoever needs no others; of what is listed those of one SPN, or
 * (NULL) of each. */
ConditionList *
conditions_of_kind(const Audit *audit, const Pair *pair, What what, const char *spn);
/* What holds of a source towards whomever (of Condition; transfer none). */
const GArray *
conditions_of_source(VerdictContext *context, const Account *source);
/* "aes256-cts-hmac-sha1-96, kvno 2" or why not (transfer full). */
char *
condition_ticket(const TicketEvidence *ticket);
/* The same of S4U2Self and of S4U2Proxy. */
char *
condition_self(const ProofEvidence *proof);
char *
condition_proxy(const TicketEvidence *result);

/* The first of a kind (for one service; -1: for any), NULL where none was asked. */
const Condition *
condition_list_find(const ConditionList *list, What what, int service);

#endif
