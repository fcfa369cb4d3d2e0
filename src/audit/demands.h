/* Finding and judging what is declared; inside of audit. */
#ifndef AUDIT_DEMANDS_H
#define AUDIT_DEMANDS_H

#include "audit/declared.h"

/* What is asked of one account. */
typedef struct {
    GPtrArray *all;      /* of Demand *, its own */
    GPtrArray *patterns; /* of const Demand *: those of globs */
    GroupPt transition;  /* of demands_transition */
} Demanded;

struct Demands {
    GHashTable *by_source; /* const Account * -> Demanded *, its own */
    GHashTable *by_spn;  /* "number folded SPN" -> const Demand *, where classic counts */
    GHashTable *by_ends; /* "number number" -> Demand *: the first of demands_towards */
    GHashTable *excess;  /* const Account * -> GPtrArray of const Edge * */
    guint64 count;       /* of all */
    GPtrArray *texts;    /* of List *: reasons of their own */
    GStringChunk *words;
};

struct Demands *
demands_new(void);
void
demands_free(struct Demands *demands);

/* Fills audit->demands from the configuration; a name that no account has is a gap.
 * FAULT_CONFIG: it declares too many. */
bool
demands_find(Audit *audit, GError **error);

/* Judges each, adds an edge for what is not there, and says of every edge whether
 * something asks for it. */
void
demands_judge(Audit *audit);

/* Lets the KDC's answers go before the directory's verdicts, as audit_settle does: before
 * the edges are settled. */
void
demands_settle(Audit *audit);
/* Where protocol transition is forbidden, what only lacks it is ready. */
void
demands_lift(Audit *audit);

/* What is asked of the account; NULL: nothing. */
const Demanded *
demands_on(const Audit *audit, const Account *source);

/* The demand that asks for, or allows, an entry of the list; NULL: none. */
const Demand *
demand_for_entry(const Audit *audit, const Account *source, const char *entry);
/* The same of RBCD on that account. */
const Demand *
demand_for_grant(const Audit *audit, const Account *source, const Account *target);

/* delegations.c: whether an access entry lets its trustee act. */
bool
delegations_allows(const Ace *ace);

/* delegations.c: whether the descriptor grants to whoever carries this SID and nothing
 * else, or what everybody has as well. */
Tri
delegations_grants_to(const SecDesc *descriptor, Sid *sid, bool as_everybody);

/* delegations.c: the SPN by which a KDC is asked for the account: one that hosts need of
 * each other (`needs`; NULL: none), or the first that leads there; NULL: it has none. */
const char *
delegations_asked(VerdictContext *context, const TargetSpns *needs,
                  const Account *target);

/* delegations.c: an edge that is declared and not there, made once per source, way and
 * target, or SPN where no single account answers; `ids` is the caller's own. */
Edge *
delegations_add_missing(Audit *audit, GHashTable *ids, const Account *source, Leg way,
                        const Account *target, const char *spn);

#endif
