/* What to do about one pair: findings, told as steps in the order in which to fix. */
#include "render/pair_steps.h"

#include "audit/rules.h"
#include "fix/by_hand.h"
#include "fix/first.h"

#include <string.h>

#define PURGE "klist purge -li 0x3e7"

static void
step_free(gpointer data)
{
    NextStep *step = data;

    g_free(step->advice);
    g_ptr_array_unref(step->commands);
    g_free(step);
}

GPtrArray *
pair_steps_new(void)
{
    return g_ptr_array_new_with_free_func(step_free);
}

NextStep *
pair_steps_add(GPtrArray *steps, char *advice)
{
    NextStep *step = g_new0(NextStep, 1);

    step->advice = advice;
    step->commands = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(steps, step);
    return step;
}

/* What blocks. */

/* Of a host without a right name nobody can tell what it needs under that name. */
static bool
is_misnamed(const Finding *finding)
{
    return finding->rule == RULE_SPN_07 && finding->status == STATUS_FAIL;
}

static bool
has_wrong_name(const Audit *audit, const Account *host)
{
    for (guint i = 0; host->dns && i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if (finding->subject_account == host && is_misnamed(finding))
            return true;
    }
    return false;
}

static bool
is_of_names(RuleId rule)
{
    return rule == RULE_SPN_01 || rule == RULE_SPN_02 || rule == RULE_SPN_03 ||
           rule == RULE_SPN_04 || rule == RULE_SPN_05 || rule == RULE_DEL_01 ||
           rule == RULE_DEL_02 || rule == RULE_DEL_12;
}

/* All that decides pairs, where it cannot be judged again what this one needs. */
static GPtrArray *
deciding(const Audit *audit, const Pair *pair)
{
    GPtrArray *found = g_ptr_array_new();
    bool wrong = has_wrong_name(audit, pair->target);

    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];

        if (rules[finding->rule].order > 0 && finding->status == STATUS_FAIL &&
            !finding->waived && finding_concerns(audit, finding, pair) &&
            !(wrong && is_of_names(finding->rule)))
            g_ptr_array_add(found, (gpointer)finding);
    }
    return found;
}

/* An entry for a disabled account works as soon as the account does. */
static void
drop_derived(GPtrArray *findings)
{
    g_autoptr(GHashTable) disabled = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (finding->rule == RULE_ACC_01)
            g_hash_table_add(disabled, (gpointer)finding->subject_account);
    }
    for (guint i = findings->len; i > 0; i--) {
        const Finding *finding = findings->pdata[i - 1];
        if (finding->rule == RULE_DEL_06 &&
            g_hash_table_contains(disabled, finding->target_account))
            g_ptr_array_remove_index(findings, i - 1);
    }
}

/* The place of its rule, those that decide no pair by themselves last. */
static guint
place_of(const Finding *finding)
{
    guint order = rules[finding->rule].order;

    return is_misnamed(finding) ? 1 : order > 0 ? order : G_MAXUINT;
}

static int
in_fixing_order(gconstpointer a, gconstpointer b)
{
    const Finding *left = *(const Finding *const *)a, *right = *(const Finding *const *)b;
    guint first = place_of(left), second = place_of(right);

    return first != second ? (first > second) - (first < second)
                           : finding_compare(left, right);
}

GPtrArray *
pair_blockers(const Audit *audit, const GPtrArray *fixes, const Pair *pair)
{
    GPtrArray *found = NULL;

    if (pair->verdict == VERDICT_READY)
        return g_ptr_array_new();
    if (!has_wrong_name(audit, pair->target))
        found = first_blocking(audit, fixes, pair);
    if (!found)
        found = deciding(audit, pair);
    drop_derived(found);
    g_ptr_array_sort(found, in_fixing_order);
    return found;
}

/* Steps. */

static const Fix *
fix_by_id(const GPtrArray *fixes, const char *id)
{
    for (guint i = 0; fixes && i < fixes->len; i++)
        if (strcmp(((const Fix *)fixes->pdata[i])->id, id) == 0)
            return fixes->pdata[i];
    return NULL;
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
fixes_of(const GPtrArray *fixes, const Finding *finding)
{
    GPtrArray *found = g_ptr_array_new();

    for (guint f = 0; f < finding->fixes->len; f++) {
        const Fix *fix = fix_by_id(fixes, finding->fixes->pdata[f]);
        if (fix)
            g_ptr_array_add(found, (gpointer)fix);
    }
    g_ptr_array_sort(found, in_running_order);
    return found;
}

static char *
heading_of(const Finding *finding)
{
    return g_strdup_printf("%s: %s", rule_name(finding->rule), finding->title);
}

/* What a step before does already is named there as well, once. */
static void
join_last(GPtrArray *steps, const Finding *finding)
{
    NextStep *last = g_ptr_array_index(steps, steps->len - 1);
    g_autofree char *heading = heading_of(finding);

    if (strstr(last->advice, heading))
        return;
    char *both = g_strdup_printf("%s; %s", last->advice, heading);
    g_free(last->advice);
    last->advice = both;
}

/* By commands that somebody decides to run, or in words alone. */
static void
take_by_hand(GPtrArray *steps, const Audit *audit, const Finding *finding, bool told)
{
    g_autofree char *heading = heading_of(finding);
    g_autofree char *detail = finding_detail(finding);
    NextStep *step = pair_steps_add(
        steps, told ? g_strdup(heading) : g_strdup_printf("%s. %s", heading, detail));
    g_ptr_array_unref(step->commands);
    step->commands = by_hand_commands(audit->estate, finding);
    if (step->commands->len > 0)
        step->language = fix_language_names[FIX_IN_POWERSHELL];
}

/* One slip: a step for each language that has to be used.  Returns false where there is
 * nothing to run. */
static bool
take_fixes(GPtrArray *steps, GHashTable *taken, const GPtrArray *all,
           const Finding *finding)
{
    g_autoptr(GPtrArray) fixes = fixes_of(all, finding);
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
            step = pair_steps_add(steps, heading_of(finding));
        if (take_fix(step, fix))
            g_hash_table_add(taken, (gpointer)fix);
    }
    if (!step && known)
        join_last(steps, finding);
    return step || known;
}

void
pair_steps_take(GPtrArray *steps, const Audit *audit, const GPtrArray *fixes,
                const GPtrArray *findings, const GPtrArray *told)
{
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        bool known = told && g_ptr_array_find((GPtrArray *)told, finding, NULL);

        if (!take_fixes(steps, taken, fixes, finding))
            take_by_hand(steps, audit, finding, known);
    }
}

static const char *
misnamed_among(const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++)
        if (is_misnamed(findings->pdata[i]))
            return ((const Finding *)findings->pdata[i])->subject;
    return NULL;
}

void
pair_steps_end(GPtrArray *steps, const GPtrArray *findings, const Pair *pair)
{
    const char *source = pair->source->name, *target = pair->target->name;
    const char *misnamed = misnamed_among(findings);
    NextStep *step = pair_steps_add(
        steps,
        g_strdup_printf("Then, when the domain controllers have replicated: purge "
                        "the tickets on %s, or wait 15 minutes. If membership of a "
                        "group changed, restart it.",
                        source));

    g_ptr_array_add(step->commands, g_strdup(PURGE));
    step->language = "klist";
    if (misnamed)
        pair_steps_add(steps, g_strdup_printf("Run this again: what %s needs under its "
                                              "full name can be told only then.",
                                              misnamed));
    else
        pair_steps_add(steps, g_strdup_printf("Verify: kcdaudit check %s %s has to say "
                                              "READY; then migrate again.",
                                              source, target));
}
