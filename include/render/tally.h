/* The numbers that every report gives, counted once and alike. */
#ifndef RENDER_TALLY_H
#define RENDER_TALLY_H

#include "audit/audit.h"

typedef struct {
    guint hosts;    /* with the file servers */
    guint storage;  /* hosts that are only file servers */
    guint spns;     /* needed ones, and WinRM's */
    guint no_winrm; /* hosts to which WinRM's hop is broken */
    guint pairs;
    guint verdicts[VERDICT_COUNT];
    guint signed_in;            /* degraded: ready while the operator is signed in on the
                                 * source */
    guint one_name;             /* degraded: some name form of the target is not listed */
    guint edges[VERDICT_COUNT]; /* delegations */
    guint edges_undeclared;
    guint edges_tier0;
    guint edges_at_risk;          /* by tally_edge_at_risk */
    guint failed[SEVERITY_COUNT]; /* findings, not waived */
    guint derived;                /* findings that follow from those, not counted there */
    guint not_determined;         /* findings that ended as unknown */
    guint waived;
    bool tickets_asked;
    guint granted;
    guint refused;
    guint unanswered; /* no KDC answered: neither of the two */
    bool proofs_asked;
    guint sources;        /* of some pair */
    guint proved;         /* of those, the ones that were tried with their key */
    guint proofs_granted; /* S4U2Proxy, per pair and SPN */
    guint proofs_refused;
    bool complete;                /* nothing was left unread, unknown or unanswered */
    guint ports[NET_STATE_COUNT]; /* tried with --ports, by what came of it */
} Tally;

Tally
tally_of(const Audit *audit);

/* Whether reports put the delegation before a person.  What is not determined is counted
 * by itself.  Those that a pair of hosts has all of are told there, unless more is wrong
 * with them than that they fail. */
bool
tally_edge_at_risk(const Audit *audit, const Edge *edge);

/* All delegations, whatever their verdict. */
guint
tally_edges(const Tally *tally);

/* Verdicts in the order in which reports list them: from best to worst. */
extern const Verdict tally_verdicts[VERDICT_COUNT];

/* "note", "notes": what findings of a severity are called, where they are counted. */
const char *
tally_noun(Severity severity, guint count);

/* How an account may delegate or be delegated to, as reports name it: calls
 * `each` for "kcd", "protocol-transition", "rbcd", "unconstrained".  False: not all of it
 * could be read, and there may be more. */
bool
tally_delegation(const Account *account, void (*each)(const char *name, void *data),
                 void *data);

#endif
