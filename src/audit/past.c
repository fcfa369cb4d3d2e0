/* Names of changes, and the kinds of change between two audits. */
#include "audit/past.h"

#include "audit/rules.h"

#include <string.h>

const char *const asked_names[ASKED_COUNT] = {"tickets", "proofs",  "ports",
                                              "sysvol",  "all-dcs", "operators"};

const char *const change_names[CHANGE_COUNT] = {
    "new",  "reopened",  "worsened", "mended",     "waived",       "unseen",
    "gone", "undecided", "settled",  "persisting", "still-waived", "still-undecided"};

const char *const standing_names[STANDING_COUNT] = {"absent", "fail", "unknown", "doubt",
                                                    "unseen"};

guint
asked_of(const Audit *audit)
{
    return (audit->tickets ? ASKED_TICKETS : 0u) | (audit->proofs ? ASKED_PROOFS : 0u) |
           (audit->net ? ASKED_PORTS : 0u) | (audit->gpos ? ASKED_SYSVOL : 0u) |
           (audit->estate->replicas->len > 0 ? ASKED_ALL_DCS : 0u) |
           (audit->operators->len > 0 ? ASKED_OPERATORS : 0u);
}

/* It failed when last it could be told. */
static bool
is_failing(const PastState *state)
{
    return state->standing == STANDING_FAIL || state->standing == STANDING_DOUBT ||
           state->standing == STANDING_UNSEEN;
}

PastState
past_state_of(const Finding *finding, const PastState *before)
{
    PastState state = {STANDING_FAIL, finding->severity, finding->waived_reason != NULL};
    if (finding->status != STATUS_UNKNOWN)
        return state;
    if (is_failing(before))
        return (PastState){STANDING_DOUBT, before->severity, before->waived};
    state.standing = STANDING_UNKNOWN;
    return state;
}

PastState
past_state_without(const PastState *before, Absence absence)
{
    /* Of what was never known nothing is left to remember. */
    if (absence == ABSENCE_UNSEEN && is_failing(before))
        return (PastState){STANDING_UNSEEN, before->severity, before->waived};
    return (PastState){0};
}

static Change
change_of_absent(const PastState *before, Absence absence)
{
    bool known = is_failing(before);
    switch (absence) {
    case ABSENCE_MENDED:
        return known ? CHANGE_MENDED : CHANGE_SETTLED;
    case ABSENCE_GONE:
        return CHANGE_GONE;
    default:
        return CHANGE_UNSEEN;
    }
}

static Change
change_of_failing(const PastState *before, const PastState *after, bool failed_once)
{
    if (!is_failing(before))
        return after->waived ? CHANGE_WAIVED : failed_once ? CHANGE_REOPENED : CHANGE_NEW;
    if (after->waived)
        return before->waived ? CHANGE_STILL_WAIVED : CHANGE_WAIVED;
    if (before->waived)
        return CHANGE_REOPENED;
    return after->severity > before->severity ? CHANGE_WORSENED : CHANGE_PERSISTING;
}

Change
change_of(const PastState *before, const PastState *after, bool failed_once,
          Absence absence)
{
    switch (after->standing) {
    case STANDING_FAIL:
        return change_of_failing(before, after, failed_once);
    case STANDING_DOUBT:
    case STANDING_UNSEEN:
        return CHANGE_UNSEEN;
    case STANDING_UNKNOWN:
        return before->standing == STANDING_UNKNOWN ? CHANGE_STILL_UNDECIDED
                                                    : CHANGE_UNDECIDED;
    default:
        return change_of_absent(before, absence);
    }
}

bool
change_is_bad(Change change)
{
    return change == CHANGE_NEW || change == CHANGE_REOPENED || change == CHANGE_WORSENED;
}

static void
scope_clear(PastScope *scope)
{
    g_clear_pointer(&scope->domain, g_free);
    g_clear_pointer(&scope->hosts, g_free);
    g_clear_pointer(&scope->config, g_free);
}

char *
past_scope_text(const PastScope *scope)
{
    GString *text = g_string_new(*scope->domain ? scope->domain : "no domain");
    if (*scope->hosts) {
        g_auto(GStrv) hosts = g_strsplit(scope->hosts, "\n", -1);
        g_autofree char *list = g_strjoinv(", ", hosts);
        g_string_append_printf(text, ", host%s %s", hosts[1] ? "s" : "", list);
    }
    if (*scope->config)
        g_string_append_printf(text, ", configuration %s", scope->config);
    return g_string_free(text, FALSE);
}

PastRun *
past_run_new(void)
{
    return g_new0(PastRun, 1);
}

void
past_run_free(PastRun *run)
{
    if (!run)
        return;
    scope_clear(&run->scope);
    g_free(run->tool_version);
    g_free(run->source_kind);
    g_free(run->source_uri);
    g_free(run->dc);
    g_free(run->principal);
    g_free(run);
}

static void
past_finding_free(PastFinding *finding)
{
    if (!finding)
        return;
    g_free(finding->id);
    g_free(finding->rule);
    g_free(finding->subject);
    g_free(finding->target);
    g_free(finding->spn);
    g_free(finding->title);
    g_free(finding->detail);
    g_free(finding->cause);
    g_free(finding->cause_title);
    g_free(finding);
}

void
past_life_free(PastLife *life)
{
    if (!life)
        return;
    scope_clear(&life->scope);
    past_finding_free(life->finding);
    g_free(life);
}

static void
past_pair_free(PastPair *pair)
{
    if (!pair)
        return;
    g_free(pair->source);
    g_free(pair->target);
    g_free(pair);
}

static void
past_edge_free(PastEdge *edge)
{
    if (!edge)
        return;
    g_free(edge->id);
    g_free(edge->source);
    g_free(edge->target);
    g_free(edge);
}

static void
past_chain_free(PastChain *chain)
{
    if (!chain)
        return;
    g_free(chain->from);
    g_free(chain->to);
    g_free(chain->path);
    g_free(chain);
}

/* What the configuration did not ask for at one of them is no change. */
static bool
is_declared_otherwise(Tri before, Tri after)
{
    return before != TRI_UNKNOWN && after != TRI_UNKNOWN && before != after;
}

bool
past_is_beyond_hosts(const char *rule, bool on_host)
{
    static const RuleId beyond[] = {RULE_GPO_05, RULE_SPN_11, RULE_TRU_01, RULE_TRU_02,
                                    RULE_TRU_03};
    RuleId id;
    if (!rule_parse(rule, &id))
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(beyond); i++)
        if (beyond[i] == id)
            return true;
    RuleScope scope = rule_scope(&rules[id]);
    return scope == SCOPE_EDGE || (scope == SCOPE_ACCOUNT && !on_host);
}

bool
past_is_by_scope(int reached, int reach, bool away)
{
    return reach > reached && reach > (int)REACH_HOSTS &&
           (reached <= (int)REACH_HOSTS || away);
}

Course
past_edge_course(const PastEdgeState *before, const PastEdgeState *after)
{
    if (!after->there)
        return before->there ? COURSE_GONE : COURSE_NONE;
    if (!after->seen)
        return COURSE_UNSEEN;
    if (!before->there)
        return COURSE_CAME;
    /* What a pair is judged by changes with the pair, which says so. */
    bool judged = before->verdict != after->verdict && !(before->paired && after->paired);
    return judged || before->tier0 != after->tier0 ||
                   is_declared_otherwise(before->declared, after->declared)
               ? COURSE_CHANGED
               : COURSE_NONE;
}

Comparison *
comparison_new(void)
{
    Comparison *comparison = g_new0(Comparison, 1);
    comparison->findings =
        g_ptr_array_new_with_free_func((GDestroyNotify)past_finding_free);
    comparison->pairs = g_ptr_array_new_with_free_func((GDestroyNotify)past_pair_free);
    comparison->joined = g_ptr_array_new_with_free_func(g_free);
    comparison->left = g_ptr_array_new_with_free_func(g_free);
    comparison->unread = gap_list_new();
    comparison->reread = gap_list_new();
    comparison->edges = g_ptr_array_new_with_free_func((GDestroyNotify)past_edge_free);
    comparison->chains = g_ptr_array_new_with_free_func((GDestroyNotify)past_chain_free);
    comparison->causes = g_array_new(FALSE, FALSE, sizeof(PastCause));
    return comparison;
}

void
comparison_free(Comparison *comparison)
{
    if (!comparison)
        return;
    g_clear_pointer(&comparison->before, past_run_free);
    g_clear_pointer(&comparison->after, past_run_free);
    g_ptr_array_unref(comparison->findings);
    g_ptr_array_unref(comparison->pairs);
    g_ptr_array_unref(comparison->joined);
    g_ptr_array_unref(comparison->left);
    g_ptr_array_unref(comparison->unread);
    g_ptr_array_unref(comparison->reread);
    g_ptr_array_unref(comparison->edges);
    g_ptr_array_unref(comparison->chains);
    g_array_unref(comparison->causes);
    g_free(comparison);
}

guint
comparison_edges(const Comparison *comparison, Course course, bool by_scope)
{
    guint count = 0;
    for (guint i = 0; i < comparison->edges->len; i++) {
        const PastEdge *edge = comparison->edges->pdata[i];
        count += edge->course == course && edge->by_scope == by_scope;
    }
    return count;
}

guint
comparison_chains(const Comparison *comparison, Course course, bool by_scope)
{
    guint count = 0;
    for (guint i = 0; i < comparison->chains->len; i++) {
        const PastChain *chain = comparison->chains->pdata[i];
        count += chain->course == course && chain->by_scope == by_scope;
    }
    return count;
}

/* A cause at work. */
typedef struct {
    PastCause cause;
    bool before, after; /* some finding of it stood then, as far as anybody knows */
} CauseAtWork;

static bool
stands(const PastState *state)
{
    return state->standing != STANDING_ABSENT && !state->waived;
}

void
comparison_find_causes(Comparison *comparison)
{
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GArray) all = g_array_new(FALSE, TRUE, sizeof(CauseAtWork));
    for (guint i = 0; i < comparison->findings->len; i++) {
        const PastFinding *finding = comparison->findings->pdata[i];
        bool before = stands(&finding->before), after = stands(&finding->after);
        if (!finding->cause || (!before && !after))
            continue;
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(by_id, finding->cause));
        if (place == 0) {
            CauseAtWork one = {.cause = {.id = finding->cause,
                                         .title = finding->cause_title,
                                         .subject = finding->subject}};
            g_array_append_val(all, one);
            place = all->len;
            g_hash_table_insert(by_id, finding->cause, GUINT_TO_POINTER(place));
        }
        CauseAtWork *cause = &g_array_index(all, CauseAtWork, place - 1);
        cause->before = cause->before || before;
        cause->after = cause->after || after;
        cause->cause.findings++;
    }
    for (Course course = COURSE_CAME; course <= COURSE_GONE; course++)
        for (guint i = 0; i < all->len; i++) {
            CauseAtWork *one = &g_array_index(all, CauseAtWork, i);
            one->cause.course = course;
            if (one->before == (course == COURSE_GONE) &&
                one->after == (course == COURSE_CAME))
                g_array_append_val(comparison->causes, one->cause);
        }
}

int
comparison_worst(const Comparison *comparison)
{
    int worst = -1;
    if (comparison_chains(comparison, COURSE_CAME, false) > 0)
        worst = SEVERITY_CRITICAL;
    for (guint i = 0; i < comparison->findings->len; i++) {
        const PastFinding *finding = comparison->findings->pdata[i];
        if (change_is_bad(finding->change))
            worst = MAX(worst, (int)finding->after.severity);
    }
    return worst;
}
