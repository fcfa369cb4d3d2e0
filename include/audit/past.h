/* Audits of the past, as a history keeps them, and what differs between two.
 *
 * Plain data: a store reads it, reports show it.  Whatever stands in it came
 * from a file, and is hostile.
 */
#ifndef AUDIT_PAST_H
#define AUDIT_PAST_H

#include "audit/absence.h"
#include "audit/delegation.h"
#include "audit/verdict.h"
#include "model/gap.h"

/* What an audit was asked to look at, beyond the directory. */
typedef enum {
    ASKED_TICKETS = 1 << 0,
    ASKED_PROOFS = 1 << 1,
    ASKED_PORTS = 1 << 2,
    ASKED_SYSVOL = 1 << 3,
    ASKED_ALL_DCS = 1 << 4,
    ASKED_OPERATORS = 1 << 5,
} Asked;

#define ASKED_COUNT 6
extern const char *const asked_names[ASKED_COUNT]; /* by bit: "tickets", ... */

guint
asked_of(const Audit *audit);

/* What became of a finding, or of one of its targets, from one audit to a later one.
 * Stores keep counts by these numbers. */
typedef enum {
    CHANGE_NEW,             /* fails now, and did not */
    CHANGE_REOPENED,        /* fails again: it was mended or gone, or its waiver ended */
    CHANGE_WORSENED,        /* fails with a higher severity than before */
    CHANGE_MENDED,          /* looked for, and not there any more */
    CHANGE_WAIVED,          /* fails, and is waived now */
    CHANGE_UNSEEN,          /* failed, and this time nobody could tell */
    CHANGE_GONE,            /* not audited any more */
    CHANGE_UNDECIDED,       /* could not be told, and nobody had asked before */
    CHANGE_SETTLED,         /* could not be told before; it can now, and passes */
    CHANGE_PERSISTING,      /* fails as before */
    CHANGE_STILL_WAIVED,    /* waived as before */
    CHANGE_STILL_UNDECIDED, /* could not be told, as before */
    CHANGE_CHANGED,         /* of a finding: it persists, but not all of its targets do */
    CHANGE_COUNT
} Change;

extern const char *const change_names[CHANGE_COUNT]; /* "new", "still-waived", ... */

/* How a finding stood at one audit. */
typedef enum {
    STANDING_ABSENT,
    STANDING_FAIL,
    STANDING_UNKNOWN, /* could not be told, and was never seen to fail */
    STANDING_DOUBT,   /* could not be told, but failed when last it could */
    STANDING_UNSEEN,  /* not looked at; it failed when last somebody did */
    STANDING_COUNT
} Standing;

extern const char *const standing_names[STANDING_COUNT];

typedef struct {
    Standing standing;
    Severity severity; /* doubt, unseen: when last it was seen to fail */
    bool waived;       /* the same */
} PastState;

/* How a finding that this audit has stands after `before`. */
PastState
past_state_of(const Finding *finding, const PastState *before);

/* The same of one that stands like `alone` after nothing. */
PastState
past_state_after(const PastState *alone, const PastState *before);

/* How one that this audit does not have stands after `before` (not absent). */
PastState
past_state_without(const PastState *before, Absence absence);

/* `failed_once`: it failed at `before` or at some audit before that.  `absence`:
 * how it went, where it is absent after. */
Change
change_of(const PastState *before, const PastState *after, bool failed_once,
          Absence absence);

/* Whether a change is bad news: something fails that did not, or worse. */
bool
change_is_bad(Change change);

/* What became of all targets of one finding. */
typedef struct {
    guint targets[CHANGE_COUNT];
    bool before, after; /* one of them stood */
} ChangeSum;

void
change_sum_add(ChangeSum *sum, Change change, const PastState *before,
               const PastState *after);

/* What became of the finding. */
Change
change_sum_of(const ChangeSum *sum);

/* What is audited again and again: audits of one scope are compared. */
typedef struct {
    char *domain;
    char *hosts;  /* --host arguments, folded and sorted, a line each; "": none */
    char *config; /* the configuration's absolute path; "": none */
} PastScope;

/* A run of the past. */
typedef struct {
    gint64 number; /* in its history; they grow, whatever the clocks say */
    gint64 started_us;
    bool complete;
    guint hosts;
    guint pairs[VERDICT_COUNT];
    guint findings[SEVERITY_COUNT]; /* failed and not waived */
    guint unknown;
    guint waived;

    gint64 duration_ms;
    int exit_status;
    guint asked; /* Asked bits */
    guint gaps;  /* things that could not be read */
    guint tickets_granted;
    guint tickets_refused;
    gint64 previous;             /* the run of this scope before it; 0: the first */
    guint changes[CHANGE_COUNT]; /* against that one; all 0 where there is none */
    bool verdicts_kept;          /* pairs, hosts and gaps are known of it */
    bool edges_kept;             /* the same of delegations and chains */
    int reach;                   /* a Reach; -1: of a version that did not say */
    guint edges;                 /* delegations */
    guint chains;                /* accounts that get to Tier 0 by delegation alone */
    /* Against `previous`, what is judged for the first time aside. */
    guint edges_came, edges_gone;
    guint chains_came, chains_gone;
    PastScope scope;
    char *tool_version;
    char *source_kind; /* "ldap" | "ldif" */
    char *source_uri;
    char *dc;        /* NULL: offline */
    char *principal; /* NULL: offline */
} PastRun;

PastRun *
past_run_new(void);
void
past_run_free(PastRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PastRun, past_run_free)

/* "contoso.com, hosts hv01, hv02, configuration /etc/x.conf" (transfer full). */
char *
past_scope_text(const PastScope *scope);

/* What one rule has against one subject and one target, through time. */
typedef struct {
    char *target; /* NULL: none */
    char *spn;    /* NULL: none */
    char *title;  /* as last seen */
    char *detail;
    char *cause;       /* the step that ends it, as last seen; NULL: none, or not told */
    char *cause_title; /* what that step does */
    gint64 first_run;  /* in which it was seen */
    gint64 first_us;
    gint64 last_run; /* in which it was seen, up to the later of two compared */
    gint64 last_us;
    PastState before; /* of one finding's past: not used */
    PastState after;  /* of one finding's past: today */
    Change change;    /* of one finding's past: not used */
    Absence absence;  /* where it is absent after */
    bool by_scope;    /* new, and of something that no audit before looked at: all were of
                       * hosts alone */
} PastTarget;

/* One finding through time: what one rule has against one subject. */
typedef struct {
    char *id; /* "DEL-01:HV01" */
    char *rule;
    char *subject;
    GPtrArray *targets; /* of PastTarget *, by name; at least one */
    /* Of all of them. */
    const char *target; /* NULL: none, or several targets */
    const char *spn;    /* the same */
    char *title;        /* as last seen */
    char *detail;
    gint64 first_run, first_us, last_run, last_us;
    PastState before, after; /* the worst */
    Change change;
    Absence absence;
    bool by_scope; /* all that is new of it */
} PastFinding;

/* Without targets (transfer full). */
PastFinding *
past_finding_new(const char *rule, const char *subject);
void
past_finding_free(PastFinding *finding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PastFinding, past_finding_free)
/* Once it has its targets: fills in what is said of all of them. */
void
past_finding_settle(PastFinding *finding);

/* Its target, else its SPN; NULL: neither. */
const char *
past_target_name(const PastTarget *target);

/* One finding's past, and where it was audited. */
typedef struct {
    PastScope scope;
    PastFinding *finding;
} PastLife;

void
past_life_free(PastLife *life);

typedef struct {
    char *source;
    char *target;
    Verdict before, after;
} PastPair;

/* What became of a delegation or a chain from one audit to a later one. */
typedef enum {
    COURSE_NONE, /* there as before, or at neither */
    COURSE_CAME,
    COURSE_GONE,
    COURSE_CHANGED, /* of a delegation: another verdict, towards Tier 0, declared */
    COURSE_UNSEEN,  /* was there, and this time nobody could tell */
    COURSE_COUNT
} Course;

/* How a delegation stood at one audit. */
typedef struct {
    bool there;
    bool seen; /* else the rest is as when last it was */
    Verdict verdict;
    bool tier0;
    Tri declared; /* unknown: the configuration declared nothing */
    bool paired;  /* a pair of hosts is judged by it, and tells its verdict */
} PastEdgeState;

typedef struct {
    char *id;
    char *source;
    char *target; /* an account or an SPN; NULL: whoever */
    Leg way;
    bool away; /* an end is of another domain than the audited one */
    PastEdgeState before, after;
    Course course;
    bool by_scope; /* nobody had looked before: not all was audited then */
} PastEdge;

/* Who gets to Tier 0 by delegation alone. */
typedef struct {
    char *from;
    char *to;    /* where the shortest way ended when last seen */
    guint steps; /* of that way */
    char *path;  /* ids of its first edges, a line each */
    Course course;
    bool by_scope;
} PastChain;

/* What several findings came of, and one step ends. */
typedef struct {
    const char *id;    /* of the step; borrowed from a finding */
    const char *title; /* what the step does */
    const char *subject;
    guint findings; /* that came, or went, with it */
    Course course;  /* came or gone */
    Change change;  /* that all targets of it took; CHANGE_COUNT: not all the same */
} PastCause;

/* Whether a rule finds it only where more than hosts is audited: `on_host`, on one. */
bool
past_is_beyond_hosts(const char *rule, bool on_host);

/* Whether what came at an audit that reached so far is only judged for the first time:
 * `reached` is how far those before it did at most (-1: not known: hosts alone). */
bool
past_is_by_scope(int reached, int reach, bool away);

Course
past_edge_course(const PastEdgeState *before, const PastEdgeState *after);

typedef struct {
    PastRun *before;
    PastRun *after;
    GPtrArray *findings; /* of PastFinding *: by change, the severest first, by id */
    guint counts[CHANGE_COUNT]; /* findings */
    guint steps[CHANGE_COUNT];  /* the same, what one step brought or ended once */
    bool verdicts_kept;         /* by both runs; else what follows is empty */
    GPtrArray *pairs;           /* of PastPair *: judged by both, otherwise than before */
    guint pairs_more;           /* judged by the later one only */
    guint pairs_fewer;          /* by the earlier one only */
    GPtrArray *joined;          /* of char *: hosts that only the later one audited */
    GPtrArray *left;            /* the same of the earlier one */
    GPtrArray *unread;          /* of Gap *: read before, and not by the later one */
    GPtrArray *reread;          /* the same the other way round */
    bool edges_kept;            /* by the later run; else what follows is empty */
    int reached;       /* by the earlier run and all before it, at most: a Reach; -1:
                        * they did not say */
    GPtrArray *edges;  /* of PastEdge *: none of COURSE_NONE; towards Tier 0 first */
    GPtrArray *chains; /* of PastChain *: the same, by name */
    GArray *causes;    /* of PastCause: those that came, then those that went */
} Comparison;

Comparison *
comparison_new(void);
void
comparison_free(Comparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Comparison, comparison_free)

/* How many edges, or chains, took that course (`by_scope`: for the first time). */
guint
comparison_edges(const Comparison *comparison, Course course, bool by_scope);
guint
comparison_chains(const Comparison *comparison, Course course, bool by_scope);

/* Fills `causes` from the findings: one came where all that it has failed only later, and
 * went where all that failed before is fixed or gone. */
void
comparison_find_causes(Comparison *comparison);

/* The worst severity among bad news; -1: there is none.  A chain to Tier 0 that came is
 * critical, unless it is judged for the first time. */
int
comparison_worst(const Comparison *comparison);

#endif
