/* THE table of rules. */
#ifndef AUDIT_RULES_H
#define AUDIT_RULES_H

#include "audit/audit.h"

/* Where a check of a rule puts what it finds. */
typedef struct Sink Sink;

/* Whom of an ordered pair the findings of a rule concern. */
typedef enum {
    CONCERNS_PAIR = 1 << 0,     /* subject: the source, target: the target */
    CONCERNS_TURNED = 1 << 1,   /* subject: the target, target: the source */
    CONCERNS_SOURCE = 1 << 2,   /* subject: a host, as a source */
    CONCERNS_TARGET = 1 << 3,   /* subject: a host, as a target */
    CONCERNS_OPERATOR = 1 << 4, /* subject: who starts migrations */
    CONCERNS_DOMAIN = 1 << 5,   /* subject: the domain, one of its DCs, krbtgt */
    CONCERNS_GROUP = 1 << 6,    /* subject: the pair's group */
} Concern;

typedef struct Rule {
    const char *id;    /* "DEL-01" */
    const char *slug;  /* "delegation-cifs-missing" */
    const char *title; /* one line */
    Severity severity; /* the usual one; a finding may carry another */
    guint64 needs;     /* bit per AttrId: evidence of the host, or of the source; where it
                        * was not read the engine says unknown.  And NEEDS_* */
    guint concerns;    /* Concern bits; 0: no pair of hosts */
    guint order;       /* the place in which to fix, among rules that decide a pair; 0:
                        * decides none */
    /* One of these is set: what it is asked about. */
    void (*host)(const Audit *audit, const Host *host, Sink *sink);
    void (*account)(const Audit *audit, const Host *host, Sink *sink);
    void (*pair)(const Audit *audit, const Pair *pair, Sink *sink);
    void (*edge)(const Audit *audit, const Edge *edge, Sink *sink);
    void (*machine)(const Audit *audit, const NetEvidence *machine, Sink *sink);
    void (*domain)(const Audit *audit, Sink *sink);
} Rule;

#define NEEDS(attr) (G_GUINT64_CONSTANT(1) << (attr))
/* No attributes: the rule runs only where this was to be gathered. */
#define NEEDS_TICKETS (G_GUINT64_CONSTANT(1) << 63) /* test tickets */
#define NEEDS_PROOFS (G_GUINT64_CONSTANT(1) << 62)  /* delegation by the hosts' keys */
#define NEEDS_GPO (G_GUINT64_CONSTANT(1) << 61)     /* the SYSVOL */
#define NEEDS_NET (G_GUINT64_CONSTANT(1) << 60)     /* ports and names */
#define NEEDS_FACTS (G_GUINT64_CONSTANT(1) << 59)   /* what hosts say of themselves */
G_STATIC_ASSERT(ATTR_COUNT < 59);

extern const Rule rules[RULE_COUNT];

typedef enum {
    SCOPE_HOST,
    SCOPE_ACCOUNT,
    SCOPE_PAIR,
    SCOPE_EDGE,
    SCOPE_DOMAIN,
    SCOPE_MACHINE
} RuleScope;

RuleScope
rule_scope(const Rule *rule);

/* Whether a finding bears on what the pair's source does towards its target. */
bool
finding_concerns(const Audit *audit, const Finding *finding, const Pair *pair);

/* Its rule's concerns, but for those that this finding cannot have. */
guint
finding_concern_bits(const Audit *audit, const Finding *finding);

/* Whom a finding is about.  A name that is given goes before the account's. */
typedef struct {
    const Account *account;
    const char *name;
    const Account *target;
    const char *target_name; /* a GPO, an address, ... */
    const char *spn;
} About;

static inline About
about(const Account *account)
{
    return (About){.account = account};
}

static inline About
about_name(const char *name)
{
    return (About){.name = name};
}

static inline About
about_pair(const Account *account, const Account *target)
{
    return (About){.account = account, .target = target};
}

static inline About
about_spn(const Account *account, const char *spn)
{
    return (About){.account = account, .spn = spn};
}

/* For checks.  A check that adds nothing has passed.  Each gives the finding
 * (transfer none), to be told and given evidence. */
Finding *
sink_fail(Sink *sink, Severity severity, About whom);
Finding *
sink_unknown(Sink *sink, About whom);
/* Whether these attributes were read (as `needs` of a rule); where not, says so once. */
bool
sink_knows(Sink *sink, const Audit *audit, const Account *account, guint64 needs);
/* The question does not arise here. */
void
sink_not_applicable(Sink *sink);
/* The same in a report; but it is the evidence that was not asked for, so that
 * what an earlier audit found may still be there. */
void
sink_not_asked(Sink *sink);

/* What a rule is asked about: by its scope one of these, of the domain none. */
typedef struct {
    const Host *host;
    const Pair *pair;
    const Edge *edge;
    const NetEvidence *machine;
} RuleOn;

/* What a rule says of one thing, asked again. */
typedef struct {
    Status status;
    bool asked;          /* false: it could not be asked, for want of evidence that this
                          * audit was not to gather */
    GPtrArray *findings; /* of Finding *; waivers are not applied */
} Answer;

void
answer_clear(Answer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

/* Runs the rule on that alone. */
void
audit_ask(const Audit *audit, const Rule *rule, const RuleOn *on, Answer *ret_answer);

#endif
