/* Who may act for a user towards whom, and by which leg. */
#ifndef MODEL_EDGE_H
#define MODEL_EDGE_H

#include "model/authn.h"
#include "model/token.h"

typedef enum {
    LEG_KCD = 1 << 0,           /* the source's msDS-AllowedToDelegateTo */
    LEG_RBCD = 1 << 1,          /* the target's descriptor */
    LEG_UNCONSTRAINED = 1 << 2, /* the source's TRUSTED_FOR_DELEGATION */
} Leg;

/* "kcd", "rbcd", "unconstrained"; the bits in this order. */
extern const char *const leg_names[3];

/* Looks at each list, token and descriptor once, however many pairs ask. */
typedef struct EdgeIndex EdgeIndex;

/* Borrows the frozen estate. */
EdgeIndex *
edge_index_new(const Estate *estate);
void
edge_index_free(EdgeIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EdgeIndex, edge_index_free)
/* The account's list, descriptor or groups are others now. */
void
edge_index_forget(EdgeIndex *index, const Account *account);

/* Whether `spn` stands in the source's list, literally but for case.  Unknown, too,
 * where it stands there in what text_loose passes over alone. */
Tri
edge_kcd(EdgeIndex *index, const Account *source, const char *spn);

/* An SPN as accounts are asked for it, one for all that fold alike (text_fold). */
typedef struct SpnKey SpnKey;

/* (transfer none; lives as long as the index) */
const SpnKey *
edge_spn(EdgeIndex *index, const char *spn);
/* The same of an SPN that many sources are asked for. */
Tri
edge_kcd_key(EdgeIndex *index, const Account *source, const SpnKey *key);

typedef struct {
    Tri granted;
    bool present;     /* there is a descriptor */
    bool malformed;   /* it does not parse */
    bool named;       /* an ACE names the source or one of its groups */
    bool inherits;    /* by entries alone that are for what inherits them */
    Doubt doubt;      /* what it hangs on; DOUBT_NONE: decided, or not read */
    int ace;          /* the ACE of the doubt, or the one that decides; -1: none */
    bool otherwise;   /* in doubt: granted as long as nothing doubtful applies */
    bool unevaluated; /* ACEs that were passed over */
    bool by_generic;  /* it hangs on a generic right, which KDCs do not map */
} RbcdEdge;

/* Whether the target's RBCD descriptor lets the source act on it. */
RbcdEdge
edge_rbcd(EdgeIndex *index, const Account *source, const Account *target);

/* Whether all KDCs of the target that are known of are older than Windows Server 2012,
 * which do not evaluate descriptors. */
bool
edge_old_kdcs(const Estate *estate, const Account *target);

/* What the answer hangs on, in a sentence without its full stop (transfer full):
 * "HV02's RBCD descriptor grants HV01 only if ..."; NULL where it is decided, or
 * the descriptor was not read. */
char *
edge_rbcd_doubt(EdgeIndex *index, const Account *source, const Account *target);

/* Whether the KDC gives the source a ticket to the target by the target's authentication
 * policy, whoever the source acts for (MS-KILE 3.3.5.7). */
typedef struct {
    Tri allowed;
    const AuthnCheck *check; /* transfer none */
    bool malformed;          /* its descriptor does not parse: unknown */
    Decision decision;       /* where it was checked */
} PolicyEdge;

PolicyEdge
edge_policy(EdgeIndex *index, const Account *source, const Account *target);

/* What that hangs on, as edge_rbcd_doubt (transfer full); NULL where it is decided. */
char *
edge_policy_doubt(EdgeIndex *index, const Account *source, const Account *target);

/* "the authentication policy Hosts (silo Tier 1)" (transfer full). */
char *
edge_policy_name(const AuthnCheck *check);

/* The descriptor that was checked (transfer none); NULL: none, or it does not parse. */
const SecDesc *
edge_policy_descriptor(EdgeIndex *index, const Account *target);

/* The source's token at a KDC of the target's domain (transfer none). */
const Token *
edge_token(EdgeIndex *index, const Account *source, const Account *target);

/* The target's parsed RBCD descriptor (transfer none); NULL where there is
 * none or it does not parse (*ret_error, transfer none, then says why). */
const SecDesc *
edge_descriptor(EdgeIndex *index, const Account *target, const GError **ret_error);

#endif
