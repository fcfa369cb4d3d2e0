/* What an audit found that bears on a pair, and what to run next. */
#include "render/explain.h"

#include "audit/rules.h"

#include <string.h>

#define PURGE "klist purge -li 0x3e7"

/* What an audit found that bears on this direction. */

static bool
bears(const Audit *audit, const Finding *finding, const Pair *pair)
{
    return !finding->waived_reason && finding_concerns(audit, finding, pair);
}

void
explain_narrow(Audit *audit, const Pair *pair)
{
    for (guint i = audit->findings->len; i > 0; i--)
        if (!bears(audit, audit->findings->pdata[i - 1], pair))
            g_ptr_array_remove_index(audit->findings, i - 1);
}

bool
explain_incomplete(const Explanation *e)
{
    const Audit *audit = e->report->audit;
    bool unknown = e->pair->verdict == VERDICT_UNKNOWN || audit->gaps->len > 0;

    for (guint i = 0; i < audit->findings->len; i++)
        unknown = unknown ||
                  ((const Finding *)audit->findings->pdata[i])->status == STATUS_UNKNOWN;
    return unknown;
}

/* What to run next. */

/* The rule that comes next in the order in which to fix; NULL: there is none. */
static const Rule *
next_in_order(guint after)
{
    const Rule *next = NULL;

    for (guint i = 0; i < RULE_COUNT; i++)
        if (rules[i].order > after && (!next || rules[i].order < next->order))
            next = &rules[i];
    return next;
}

static const Fix *
fix_by_id(const GPtrArray *fixes, const char *id)
{
    for (guint i = 0; fixes && i < fixes->len; i++)
        if (strcmp(((const Fix *)fixes->pdata[i])->id, id) == 0)
            return fixes->pdata[i];
    return NULL;
}

static void
step_free(gpointer data)
{
    NextStep *step = data;

    g_free(step->advice);
    g_ptr_array_unref(step->commands);
    g_free(step);
}

static NextStep *
step_add(Explanation *e, char *advice)
{
    NextStep *step = g_new0(NextStep, 1);

    step->advice = advice;
    step->commands = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(e->steps, step);
    return step;
}

/* The fix in the language an administrator would use. */
static bool
take_fix(NextStep *step, const Fix *fix)
{
    FixLanguage language = fix_language(fix);
    const GPtrArray *lines = fix_lines(fix);

    if (language == FIX_IN_NOTHING)
        return false;
    for (guint i = 0; i < lines->len; i++)
        g_ptr_array_add(step->commands, g_strdup(lines->pdata[i]));
    if (language == FIX_IN_LDIF)
        g_ptr_array_add(step->commands, g_strdup(fix->ldif));
    step->language = fix_language_names[language];
    return true;
}

static int
in_running_order(gconstpointer a, gconstpointer b)
{
    const Fix *left = *(const Fix *const *)a, *right = *(const Fix *const *)b;
    int ranks = fix_rank(left) - fix_rank(right);

    return ranks ? ranks : strcmp(left->id, right->id);
}

/* What fixes a finding, as it is run. */
static GPtrArray *
fixes_of(const Explanation *e, const Finding *finding)
{
    GPtrArray *found = g_ptr_array_new();

    for (guint f = 0; f < finding->fixes->len; f++) {
        const Fix *fix = fix_by_id(e->report->fixes, finding->fixes->pdata[f]);
        if (fix)
            g_ptr_array_add(found, (gpointer)fix);
    }
    g_ptr_array_sort(found, in_running_order);
    return found;
}

/* One slip: a step for each language that has to be used, or words.  What a step
 * before it does already is not done twice. */
static void
step_for(Explanation *e, GHashTable *taken, const Finding *finding)
{
    g_autoptr(GPtrArray) fixes = fixes_of(e, finding);
    NextStep *step = NULL;
    bool known = false;

    for (guint i = 0; i < fixes->len; i++) {
        const Fix *fix = fixes->pdata[i];

        if (g_hash_table_contains(taken, fix)) {
            known = true;
            continue;
        }
        const char *language = fix_language_names[fix_language(fix)];
        if (!step || g_strcmp0(step->language, language) != 0)
            step = step_add(
                e, g_strdup_printf("%s: %s", rule_name(finding->rule), finding->title));
        if (take_fix(step, fix))
            g_hash_table_add(taken, (gpointer)fix);
    }
    if (step || !known) {
        if (!step)
            step_add(e, g_strdup_printf("%s: %s. %s", rule_name(finding->rule),
                                        finding->title, finding->detail));
        return;
    }
    NextStep *last = g_ptr_array_index(e->steps, e->steps->len - 1);
    char *both = g_strdup_printf("%s; %s: %s", last->advice, rule_name(finding->rule),
                                 finding->title);
    g_free(last->advice);
    last->advice = both;
}

/* Decides no pair, and stops who manages the host. */
static void
next_by_rule(Explanation *e, RuleId rule)
{
    const GPtrArray *findings = e->report->audit->findings;
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];

        if (finding->rule == rule && finding->status == STATUS_FAIL)
            step_for(e, taken, finding);
    }
}

/* All that decides this pair, in the order in which to fix. */
static void
next_by_rules(Explanation *e)
{
    const GPtrArray *findings = e->report->audit->findings;
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);

    for (const Rule *rule = next_in_order(0); rule; rule = next_in_order(rule->order))
        for (guint i = 0; i < findings->len; i++) {
            const Finding *finding = findings->pdata[i];

            if (&rules[finding->rule] == rule && finding->status == STATUS_FAIL)
                step_for(e, taken, finding);
        }
}

/* Hosts remember what they were given and refused. */
static void
step_purge(Explanation *e)
{
    NextStep *step = step_add(
        e, g_strdup_printf("Then, when the domain controllers have replicated: purge the "
                           "tickets on %s, or wait 15 minutes. If membership of a group "
                           "changed, restart it.",
                           e->pair->source->name));

    g_ptr_array_add(step->commands, g_strdup(PURGE));
    step->language = "klist";
}

/* The first step stands for itself too, where one line is all that is wanted. */
static void
lead_with_first(Explanation *e)
{
    const NextStep *first = e->steps->pdata[0];

    e->advice = g_strdup(first->advice);
    e->language = first->language;
    for (guint i = 0; i < first->commands->len; i++)
        g_ptr_array_add(e->commands, g_strdup(first->commands->pdata[i]));
}

static void
next_when_ready(Explanation *e)
{
    const Pair *pair = e->pair;
    const char *other =
        pair->storage
            ? "TCP 445 open, and the hosts' computer accounts in the share's and the "
              "files' permissions"
            : "Kerberos chosen in the live migration settings of both hosts, TCP 6600 "
              "and 445 open, the operator in Hyper-V Administrators on both";

    g_ptr_array_add(e->commands, g_strdup(PURGE));
    e->language = "klist";
    e->advice = g_strdup_printf(
        "If it still fails: run this on %s, or wait 15 minutes, since hosts remember "
        "refusals. Then look at what a directory does not hold: %s.",
        pair->source->name, other);
}

/* To any SPN: what to set stands in the conditions, and who runs the service may hold
 * tickets from before. */
static void
next_of_spn(Explanation *e)
{
    const Account *source = e->pair->source;
    const char *where =
        (source->kinds & KIND_COMPUTER) != 0 && (source->kinds & KIND_MANAGED) == 0
            ? "purge the tickets on"
            : "restart the service that runs as";
    g_autoptr(GPtrArray) advice = g_ptr_array_new();

    explain_spn_advice(e, advice);
    for (guint i = 0; i < advice->len; i++)
        step_add(e, advice->pdata[i]);
    if (e->pair->verdict == VERDICT_READY) {
        e->advice = g_strdup_printf(
            "If it still fails: %s %s, or wait 15 minutes, since refusals are "
            "remembered. "
            "Then look at what a directory does not hold: how the user signs in to the "
            "service, and the name by which it is reached.",
            where, source->name);
        return;
    }
    if (advice->len > 0)
        step_add(e, g_strdup_printf("Then, when the domain controllers have replicated: "
                                    "%s %s, or wait 15 minutes.",
                                    where, source->name));
    if (e->steps->len > 0)
        lead_with_first(e);
}

void
explain_find_next(Explanation *e)
{
    const Pair *pair = e->pair;

    e->steps = g_ptr_array_new_with_free_func(step_free);
    if (pair->written) {
        next_of_spn(e);
        if (pair->verdict == VERDICT_READY || e->steps->len > 0)
            return;
    } else if (pair->verdict == VERDICT_READY) {
        next_by_rule(e, RULE_SPN_10);
        if (e->steps->len == 0) {
            next_when_ready(e);
            return;
        }
    } else {
        next_by_rules(e);
    }
    if (e->steps->len > 0) {
        step_purge(e);
        lead_with_first(e);
        return;
    }
    if (pair->verdict == VERDICT_UNKNOWN) {
        e->advice = g_strdup(
            estate_is_export(e->report->audit->estate)
                ? "Export what is marked ? too (without ldifde -l, as an administrator, "
                  "the configuration besides the domain), then run this again."
                : "Run this again as an account that may read what is marked ?, such as "
                  "a domain administrator.");
        return;
    }
    for (int which = 0; which < SERVICE_COUNT && !e->advice; which++)
        if (pair->services[which].needed && pair->services[which].reasons->len > 0)
            e->advice = g_strdup(pair->services[which].reasons->pdata[0]);
}
