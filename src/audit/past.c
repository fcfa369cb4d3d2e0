/* Names of changes, and the kinds of change between two audits. */
#include "audit/past.h"

#include "audit/rules.h"
#include "base/hash.h"

#include <string.h>

const char *const asked_names[ASKED_COUNT] = {"tickets", "proofs",  "ports",
                                              "sysvol",  "all-dcs", "operators"};

const char *const change_names[CHANGE_COUNT] = {
    "new",    "reopened",  "worsened", "mended",     "waived",       "unseen",
    "gone",   "undecided", "settled",  "persisting", "still-waived", "still-undecided",
    "changed"};

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
    const PastState alone = {finding->status == STATUS_UNKNOWN ? STANDING_UNKNOWN
                                                               : STANDING_FAIL,
                             finding->severity, finding->waived != NULL};
    return past_state_after(&alone, before);
}

PastState
past_state_after(const PastState *alone, const PastState *before)
{
    if (alone->standing == STANDING_UNKNOWN && is_failing(before))
        return (PastState){STANDING_DOUBT, before->severity, before->waived};
    return *alone;
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

void
change_sum_add(ChangeSum *sum, Change change, const PastState *before,
               const PastState *after)
{
    sum->targets[change]++;
    sum->before = sum->before || before->standing != STANDING_ABSENT;
    sum->after = sum->after || after->standing != STANDING_ABSENT;
}

/* The first of these that some target took; ended by CHANGE_COUNT. */
static Change
first_taken(const ChangeSum *sum, const Change *order)
{
    while (*order != CHANGE_COUNT && sum->targets[*order] == 0)
        order++;
    return *order;
}

Change
change_sum_of(const ChangeSum *sum)
{
    static const Change went[] = {CHANGE_MENDED, CHANGE_GONE, CHANGE_SETTLED,
                                  CHANGE_COUNT};
    static const Change came[] = {CHANGE_REOPENED, CHANGE_NEW, CHANGE_UNDECIDED,
                                  CHANGE_WAIVED, CHANGE_COUNT};
    static const Change stayed[] = {CHANGE_WORSENED, CHANGE_PERSISTING,
                                    CHANGE_STILL_UNDECIDED, CHANGE_STILL_WAIVED,
                                    CHANGE_COUNT};
    guint kinds = 0, staying = 0, last = 0;
    for (guint i = 0; i < CHANGE_COUNT; i++) {
        if (sum->targets[i] == 0)
            continue;
        kinds++;
        last = i;
        for (guint s = 0; stayed[s] != CHANGE_COUNT; s++)
            staying += stayed[s] == (Change)i;
    }
    if (kinds == 1)
        return (Change)last;
    if (kinds == staying)
        return first_taken(sum, stayed);
    Change change = !sum->after    ? first_taken(sum, went)
                    : !sum->before ? first_taken(sum, came)
                                   : CHANGE_CHANGED;
    return change == CHANGE_COUNT ? CHANGE_CHANGED : change;
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
past_target_free(gpointer data)
{
    PastTarget *target = data;
    g_free(target->target);
    g_free(target->spn);
    g_free(target->title);
    g_free(target->detail);
    g_free(target->cause);
    g_free(target->cause_title);
    g_free(target);
}

PastFinding *
past_finding_new(const char *rule, const char *subject)
{
    PastFinding *finding = g_new0(PastFinding, 1);
    finding->id = g_strdup_printf("%s:%s", rule, subject);
    finding->rule = g_strdup(rule);
    finding->subject = g_strdup(subject);
    finding->targets = g_ptr_array_new_with_free_func(past_target_free);
    return finding;
}

void
past_finding_free(PastFinding *finding)
{
    if (!finding)
        return;
    g_free(finding->id);
    g_free(finding->rule);
    g_free(finding->subject);
    g_ptr_array_unref(finding->targets);
    g_free(finding->title);
    g_free(finding->detail);
    g_free(finding);
}

const char *
past_target_name(const PastTarget *target)
{
    return target->target ? target->target : target->spn;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    const PastTarget *left = *(const PastTarget *const *)a;
    const PastTarget *right = *(const PastTarget *const *)b;
    int order = g_strcmp0(left->target, right->target);
    return order ? order : g_strcmp0(left->spn, right->spn);
}

/* What fails counts before what was waived, and that before what is not known. */
static int
weight_of(const PastState *state)
{
    static const int weights[STANDING_COUNT] = {
        [STANDING_FAIL] = 3,
        [STANDING_DOUBT] = 2,
        [STANDING_UNSEEN] = 2,
        [STANDING_UNKNOWN] = 1,
    };
    int weight = weights[state->standing] * 2 - (state->waived ? 1 : 0);
    return weight <= 0 ? 0 : weight * SEVERITY_COUNT + (int)state->severity;
}

static void
take_worse(PastState *worst, const PastState *state)
{
    int more = weight_of(state) - weight_of(worst);
    if (more > 0 || (more == 0 && state->severity > worst->severity))
        *worst = *state;
}

/* Of several targets the rule's title, where theirs differ. */
static void
settle_words(PastFinding *finding)
{
    const PastTarget *first = finding->targets->pdata[0];
    guint more = finding->targets->len - 1;
    const char *title = first->title;
    RuleId id;
    for (guint i = 1; i <= more; i++) {
        const PastTarget *target = finding->targets->pdata[i];
        if (strcmp(target->title, first->title) != 0 && rule_parse(finding->rule, &id))
            title = rules[id].title;
    }
    finding->title = g_strdup(title);
    finding->detail =
        more == 0 ? g_strdup(first->detail)
                  : g_strdup_printf("%s And so on for %u more.", first->detail, more);
    finding->target = more == 0 ? first->target : NULL;
    finding->spn = more == 0 ? first->spn : NULL;
}

static void
settle_dates(PastFinding *finding, const PastTarget *target)
{
    if (finding->first_run == 0 || target->first_run < finding->first_run) {
        finding->first_run = target->first_run;
        finding->first_us = target->first_us;
    }
    if (target->last_run > finding->last_run) {
        finding->last_run = target->last_run;
        finding->last_us = target->last_us;
    }
}

void
past_finding_settle(PastFinding *finding)
{
    /* Of those that are not there any more: the least that is known. */
    static const int doubt[ABSENCE_COUNT] = {
        [ABSENCE_MENDED] = 1, [ABSENCE_GONE] = 0, [ABSENCE_UNSEEN] = 2};
    ChangeSum sum = {0};
    bool fresh = false, later = false;
    g_ptr_array_sort(finding->targets, by_name);
    finding->absence = ABSENCE_GONE;
    for (guint i = 0; i < finding->targets->len; i++) {
        const PastTarget *target = finding->targets->pdata[i];
        change_sum_add(&sum, target->change, &target->before, &target->after);
        take_worse(&finding->before, &target->before);
        take_worse(&finding->after, &target->after);
        settle_dates(finding, target);
        if (target->after.standing == STANDING_ABSENT &&
            doubt[target->absence] > doubt[finding->absence])
            finding->absence = target->absence;
        fresh = fresh || (target->change == CHANGE_NEW && !target->by_scope);
        later = later || target->by_scope;
    }
    finding->change = change_sum_of(&sum);
    finding->by_scope = later && !fresh;
    settle_words(finding);
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
    bool before, after;      /* some finding of it stood then, as far as anybody knows */
    const PastFinding *last; /* that was counted */
} CauseAtWork;

static bool
stands(const PastState *state)
{
    return state->standing != STANDING_ABSENT && !state->waived;
}

static void
work_on(GArray *all, GHashTable *by_id, const PastFinding *finding,
        const PastTarget *target)
{
    bool before = stands(&target->before), after = stands(&target->after);
    if (!target->cause || (!before && !after))
        return;
    guint place = GPOINTER_TO_UINT(g_hash_table_lookup(by_id, target->cause));
    if (place == 0) {
        CauseAtWork one = {.cause = {.id = target->cause,
                                     .title = target->cause_title,
                                     .subject = finding->subject,
                                     .change = target->change}};
        g_array_append_val(all, one);
        place = all->len;
        g_hash_table_insert(by_id, target->cause, GUINT_TO_POINTER(place));
    }
    CauseAtWork *cause = &g_array_index(all, CauseAtWork, place - 1);
    if (cause->cause.change != target->change)
        cause->cause.change = CHANGE_COUNT;
    cause->before = cause->before || before;
    cause->after = cause->after || after;
    cause->cause.findings += cause->last != finding;
    cause->last = finding;
}

/* Whether what became of the finding is told with its causes. */
static bool
is_of_causes(const PastFinding *finding, const GArray *all, GHashTable *by_id)
{
    for (guint i = 0; i < finding->targets->len; i++) {
        const PastTarget *target = finding->targets->pdata[i];
        guint place = target->cause
                          ? GPOINTER_TO_UINT(g_hash_table_lookup(by_id, target->cause))
                          : 0;
        if (place == 0)
            return false;
        const CauseAtWork *one = &g_array_index(all, CauseAtWork, place - 1);
        if (one->before == one->after || one->cause.change != finding->change)
            return false;
    }
    return true;
}

/* One slip, or one repair, is one, however many findings come of it. */
static void
count_steps(Comparison *comparison, const GArray *all, GHashTable *by_id)
{
    for (guint i = 0; i < comparison->findings->len; i++) {
        const PastFinding *finding = comparison->findings->pdata[i];
        if (!is_of_causes(finding, all, by_id))
            comparison->steps[finding->change]++;
    }
    for (guint i = 0; i < comparison->causes->len; i++) {
        const PastCause *cause = &g_array_index(comparison->causes, PastCause, i);
        if (cause->change != CHANGE_COUNT)
            comparison->steps[cause->change]++;
    }
}

void
comparison_find_causes(Comparison *comparison)
{
    g_autoptr(GHashTable) by_id = g_hash_table_new(hash_text, g_str_equal);
    g_autoptr(GArray) all = g_array_new(FALSE, TRUE, sizeof(CauseAtWork));
    for (guint i = 0; i < comparison->findings->len; i++) {
        const PastFinding *finding = comparison->findings->pdata[i];
        for (guint t = 0; t < finding->targets->len; t++)
            work_on(all, by_id, finding, finding->targets->pdata[t]);
    }
    for (Course course = COURSE_CAME; course <= COURSE_GONE; course++)
        for (guint i = 0; i < all->len; i++) {
            CauseAtWork *one = &g_array_index(all, CauseAtWork, i);
            one->cause.course = course;
            if (one->before == (course == COURSE_GONE) &&
                one->after == (course == COURSE_CAME))
                g_array_append_val(comparison->causes, one->cause);
        }
    count_steps(comparison, all, by_id);
}

int
comparison_worst(const Comparison *comparison)
{
    int worst = -1;
    if (comparison_chains(comparison, COURSE_CAME, false) > 0)
        worst = SEVERITY_CRITICAL;
    for (guint i = 0; i < comparison->findings->len; i++) {
        const PastFinding *finding = comparison->findings->pdata[i];
        for (guint t = 0; t < finding->targets->len; t++) {
            const PastTarget *target = finding->targets->pdata[t];
            if (change_is_bad(target->change))
                worst = MAX(worst, (int)target->after.severity);
        }
    }
    return worst;
}
