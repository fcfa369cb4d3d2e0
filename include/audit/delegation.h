/* Every delegation: who may act for users towards whom, whether it works, and why not.
 *
 * An edge is one source, one way and one account that answers.  It works by the same
 * conditions as a pair of hosts; live migration is one use of it.
 */
#ifndef AUDIT_DELEGATION_H
#define AUDIT_DELEGATION_H

#include "audit/verdict.h"

struct Audit;

/* Who answers for what an edge names. */
typedef enum {
    OWNER_FOUND,
    OWNER_NONE,    /* nobody: a ghost */
    OWNER_SEVERAL, /* the SPN is on more than one account */
    OWNER_ANY,     /* unconstrained: whoever */
    OWNER_UNKNOWN, /* could not be read */
    OWNER_COUNT
} EdgeOwner;

/* "found", "none", "several", "any", "unknown" */
extern const char *const edge_owner_names[OWNER_COUNT];

/* What a principal is; a trustee may be no account that was read. */
typedef enum {
    PRINCIPAL_COMPUTER,
    PRINCIPAL_USER,
    PRINCIPAL_GMSA, /* and a standalone managed service account */
    PRINCIPAL_DMSA,
    PRINCIPAL_GROUP,
    PRINCIPAL_WELLKNOWN,
    PRINCIPAL_FOREIGN, /* of a domain that was not read */
    PRINCIPAL_ORPHAN,  /* of a domain that was read, and not there */
    PRINCIPAL_COUNT
} PrincipalKind;

/* "computer", "user", "gmsa", ... */
extern const char *const principal_kind_names[PRINCIPAL_COUNT];

/* What an account is that was read. */
PrincipalKind
principal_kind_of(const Account *account);

typedef struct {
    PrincipalKind kind;
    const Account *account; /* NULL: none was read */
    Sid sid;                /* may not be set */
    const char *name;       /* the account's, a well-known one, or the SID's text; as
                             * long as the audit lives */
    const char *domain;     /* DNS name; NULL: not known */
} Principal;

/* One SPN of an edge. */
typedef struct {
    const char *spn; /* as the list has it; of RBCD one that the target holds */
    Verdict verdict;
    List *const *reasons; /* of text: why it is not ready; NULL: none (list_at) */
    Tri declared; /* whether the configuration asks for it; unknown: it declares nothing
                   */
    const Pair
        *pair; /* by which it was judged, for its conditions; NULL: nothing to ask */
} EdgeSpn;

/* The end of the id of an edge that is declared and not there. */
#define EDGE_MISSING "#missing"

typedef struct Edge {
    char *id; /* stable across runs: "kcd:svc-web>SQL1", "kcd:svc-web>HTTP/gone" */
    Principal source;
    Principal target; /* kind and name mean nothing where owner is not OWNER_FOUND */
    EdgeOwner owner;
    Leg way;
    bool transition;       /* the source has T2A4D */
    bool has_via;          /* RBCD: granted to a group */
    guint members;         /* of that group, as far as read; 0 where there is none */
    GPtrArray *spns;       /* of EdgeSpn *; unconstrained: empty */
    Verdict verdict;       /* the worst of `base` and of its SPNs */
    Verdict base;          /* as far as no SPN says it; its reasons are `reasons` */
    List *reasons;         /* of text: of the edge as a whole, where no SPN says it */
    bool tier0;            /* the target is Tier 0 */
    bool broad;            /* the trustee stands for nearly everybody */
    const Pair *migration; /* the pair of hosts that has all of it; NULL: not only */
    const char *workload;  /* the section that declares it; NULL: none.
                            * Or a guess, "perhaps sql-linked-server" */
    bool undeclared;       /* nothing asks for it, and the configuration declares */
    bool missing;          /* declared, and not there: its id ends with "#missing" */
    List *own;             /* of Pair *: those that were made for it */
    GPtrArray *in_group;   /* of const Account *: the members, shared; NULL: no group */
} Edge;

void
edge_free(Edge *edge);

/* "svc-web"; of another domain than the audited one "svc-web@sub.contoso.com" (transfer
 * full).  As ids have it. */
char *
principal_id_name(const Estate *estate, const Principal *principal);
/* The same of an account that was read. */
char *
account_id_name(const Estate *estate, const Account *account);

/* Fills audit->edges with all edges of the estate, by id. */
void
delegations_find(struct Audit *audit);

/* Lets the KDC's answers go before the directory's verdicts, as audit_settle does for
 * pairs. */
void
delegations_settle(struct Audit *audit);

/* Whether all that it lacks is "Use any authentication protocol": it works for users who
 * reach the source with Kerberos, as Microsoft advises. */
bool
edge_kerberos_only(const struct Audit *audit, const Edge *edge);

/* Whether somebody should look at it: it does not simply work, is undeclared, Tier 0,
 * broad, or unconstrained where the source is no domain controller. */
bool
edge_at_risk(const struct Audit *audit, const Edge *edge);

/* Whether the source is a domain controller, whose trust for delegation is by design. */
bool
edge_by_design(const Edge *edge);

#endif
