/* THE table of rules. */
#ifndef AUDIT_RULES_H
#define AUDIT_RULES_H

#include "audit/audit.h"

/* Where a check of a rule puts what it finds. */
typedef struct Sink Sink;

typedef enum {
    SCOPE_HOST,    /* once per audited host: subject is a const Host * */
    SCOPE_PAIR,    /* once per needed ordered pair: a const Pair * */
    SCOPE_DOMAIN,  /* once: NULL */
    SCOPE_MACHINE, /* once per machine tried on the network: a const NetEvidence * */
} RuleScope;

typedef void (*RuleCheck)(const Audit *audit, const void *subject, Sink *sink);

typedef struct Rule {
    const char *id;    /* "DEL-01" */
    const char *slug;  /* "delegation-cifs-missing" */
    const char *title; /* one line */
    Severity severity; /* the usual one; a finding may carry another */
    RuleScope scope;
    guint64 needs; /* bit per AttrId: evidence of the host, or of the source;
                    * where it was not read the engine says unknown */
    bool needs_tickets;
    RuleCheck check;
    const char *advice; /* what to do by hand; a finding's detail until the
                         * check says more */
} Rule;

#define NEEDS(attr) (G_GUINT64_CONSTANT(1) << (attr))
/* Not an attribute: the rule runs only where delegation was to be proved. */
#define NEEDS_PROOFS (G_GUINT64_CONSTANT(1) << 63)
/* The same where a SYSVOL was given. */
#define NEEDS_GPO (G_GUINT64_CONSTANT(1) << 62)
/* The same where ports and names were tried. */
#define NEEDS_NET (G_GUINT64_CONSTANT(1) << 61)
G_STATIC_ASSERT(ATTR_COUNT < 61);

extern const Rule rules[]; /* by id */
extern const guint rules_count;

/* NULL where there is no such rule. */
const Rule *
rule_find(const char *id);

/* For checks.  A check that adds nothing has passed.  Each gives the finding
 * (transfer none), to be told and given evidence. */
Finding *
sink_fail(Sink *sink, Severity severity, const Account *subject, const Account *target,
          const char *spn);
Finding *
sink_unknown(Sink *sink, const Account *subject, const Account *target, const char *spn);
/* The same with a subject, and perhaps a target, that is no account. */
Finding *
sink_fail_named(Sink *sink, Severity severity, const char *subject, const char *target);
Finding *
sink_unknown_named(Sink *sink, const char *subject);
/* The same for an account and a target that is none, such as a GPO. */
Finding *
sink_fail_towards(Sink *sink, const Account *subject, const char *target);
Finding *
sink_unknown_towards(Sink *sink, const Account *subject, const char *target);
/* The question does not arise here. */
void
sink_not_applicable(Sink *sink);
/* The same in a report; but it is the evidence that was not asked for, so that
 * what an earlier audit found may still be there. */
void
sink_not_asked(Sink *sink);

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

/* Runs the rule on `subject` alone, which is of its scope. */
void
audit_ask(const Audit *audit, const Rule *rule, const void *subject, Answer *ret_answer);

#endif
