/* Finds the steps without which each pair and delegation is not ready, orders the steps,
 * and counts what is ready as they are taken one by one. */
#include "fix/first.h"

#include "audit/rules.h"
#include "base/text.h"
#include "first_units.h"
#include "order.h"

/* Ready in several ways: each is tried by itself, for as many as this. */
#define TRIED_ALONE 500

/* Judging. */

/* What is not ready although the directory says so is for no edit to change. */
static bool
is_lowered(const First *first, const Unit *unit)
{
    return (first->audit->tickets || first->audit->proofs) && first_ready(first, unit);
}

/* Which units are ready once all is done. */
static void
judge_all(First *first)
{
    for (guint i = 0; i < first->units->len; i++) {
        Unit *unit = unit_at(first, i);
        unit->may = unit->causes > 0 && !is_lowered(first, unit);
    }
    simulation_switch_all(first->simulation, true);
    for (guint i = 0; i < first->units->len; i++) {
        Unit *unit = unit_at(first, i);
        unit->may = unit->may && first_ready(first, unit);
    }
}

/* Nearly all need one, or the same: they share it. */
static void
need(const First *first, Unit *unit, guint cause)
{
    if (!unit->needs) {
        unit->needs = g_array_ref(first->singles->pdata[cause]);
        return;
    }
    if (unit->needs->len == 1) {
        GArray *own = g_array_copy(unit->needs);
        g_array_unref(unit->needs);
        unit->needs = own;
    }
    g_array_append_val(unit->needs, cause);
}

/* Without which cause each is not ready, with all others made. */
static void
judge_without(First *first)
{
    for (guint c = 0; c < first->touched->len; c++) {
        const GArray *units = first->touched->pdata[c];
        bool made = true;
        for (guint i = 0; i < units->len; i++) {
            Unit *unit = unit_at(first, g_array_index(units, guint, i));
            bool alone = unit->may && unit->causes == 1;
            if (unit->may && !alone && made) {
                first_make(first, c, false);
                made = false;
            }
            if (unit->may && (alone || !first_ready(first, unit)))
                need(first, unit, c);
        }
        first_make(first, c, true);
    }
}

/* One set of steps that is enough, and no smaller one of them is, where none of all is
 * needed by itself. */
static void
find_way(First *first, Unit *unit, const GArray *causes)
{
    for (guint i = causes->len; i > 0; i--) {
        guint cause = g_array_index(causes, guint, i - 1);
        first_make(first, cause, false);
        if (first_ready(first, unit))
            continue;
        first_make(first, cause, true);
        need(first, unit, cause);
    }
    for (guint i = 0; i < causes->len; i++)
        first_make(first, g_array_index(causes, guint, i), true);
}

static void
judge_ways(First *first)
{
    guint tried = 0;
    for (guint i = 0; i < first->units->len; i++) {
        Unit *unit = unit_at(first, i);
        if (!unit->may || unit->needs)
            continue;
        g_autoptr(GArray) causes = first_causes_of(first, i);
        if (tried++ < TRIED_ALONE)
            find_way(first, unit, causes);
        for (guint c = 0; tried > TRIED_ALONE && c < causes->len; c++)
            need(first, unit, g_array_index(causes, guint, c));
        unit->in_ways = true;
        unit->may = unit->needs != NULL;
    }
}

/* The order. */

/* A fix that would do harm without others comes after them. */
static void
put_after(const First *first, Order *order, guint number)
{
    const GPtrArray *fixes = cause_at(first, number)->step->fixes;
    for (guint i = 0; i < fixes->len; i++) {
        const GPtrArray *needs = ((const Fix *)fixes->pdata[i])->needs;
        for (guint n = 0; n < needs->len; n++) {
            const Fix *fix = needs->pdata[n];
            const Cause *earlier = g_hash_table_lookup(first->causes->by_fix, fix->id);
            order_put_after(order, number, earlier->number);
        }
    }
}

/* A delegation that a pair of hosts has all of counts with that pair. */
static bool
is_of_pair(const Unit *unit)
{
    return unit->edge && unit->edge->migration;
}

static Order *
order_of(const First *first)
{
    Order *order = order_new();
    for (guint c = 0; c < first->causes->causes->len; c++) {
        const FirstStep *step = cause_at(first, c)->step;
        order_add_step(order, (int)step->severity, step->id);
    }
    for (guint c = 0; c < first->causes->causes->len; c++)
        put_after(first, order, c);
    for (guint i = 0; i < first->units->len; i++)
        if (unit_at(first, i)->may && !is_of_pair(unit_at(first, i)))
            order_add_unit(order, unit_at(first, i)->needs);
    return order;
}

/* Findings that come of others. */

static void
take_derived(const First *first, const Unit *unit, const Finding *finding, bool *taken)
{
    for (guint i = 0; unit && unit->may && i < unit->needs->len; i++) {
        cause_take(cause_at(first, g_array_index(unit->needs, guint, i)), finding);
        *taken = true;
    }
}

static const Unit *
unit_of(const First *first, GHashTable *by_pair, const Account *source,
        const Account *target)
{
    const Pair *pair = audit_pair(first->audit, source, target);
    guint number = pair ? GPOINTER_TO_UINT(g_hash_table_lookup(by_pair, pair)) : 0;
    return number > 0 ? unit_at(first, number - 1) : NULL;
}

/* A refused ticket is explained by what is wrong with the host's SPNs or account. */
static bool
take_refused(const First *first, const Finding *finding)
{
    for (guint c = 0; c < first->causes->causes->len; c++) {
        Cause *cause = cause_at(first, c);
        for (guint i = 0; i < cause->step->findings->len; i++) {
            const Finding *other = cause->step->findings->pdata[i];
            if (other->subject_account == finding->subject_account &&
                (other->rule == RULE_ACC_01 ||
                 (other->spn && finding->spn && text_equal(other->spn, finding->spn)) ||
                 other->rule == RULE_SPN_01 || other->rule == RULE_SPN_02)) {
                cause_take(cause, finding);
                return true;
            }
        }
    }
    return false;
}

/* const Pair * -> its unit's place, + 1 (transfer full). */
static GHashTable *
units_by_pair(const First *first)
{
    GHashTable *by_pair = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < first->units->len && unit_at(first, i)->pair; i++)
        g_hash_table_insert(by_pair, (gpointer)unit_at(first, i)->pair,
                            GUINT_TO_POINTER(i + 1));
    return by_pair;
}

static void
place_derived(const First *first)
{
    g_autoptr(GHashTable) by_pair = NULL; /* most audits ask for none of them */
    for (guint i = 0; i < first->audit->findings->len; i++) {
        const Finding *finding = first->audit->findings->pdata[i];
        const Account *source = finding->subject_account;
        const Account *target = finding->target_account;
        if (finding->status != STATUS_FAIL || finding->waived ||
            finding->severity == SEVERITY_INFO || !cause_may_be_derived(finding))
            continue;
        bool taken = finding->rule == RULE_TKT_01 && take_refused(first, finding);
        if (source && target) {
            if (!by_pair)
                by_pair = units_by_pair(first);
            take_derived(first, unit_of(first, by_pair, source, target), finding, &taken);
            take_derived(first, unit_of(first, by_pair, target, source), finding, &taken);
        }
        if (!taken)
            causes_by_hand(first->causes, finding);
    }
}

/* Counting. */

static bool
is_taken(const GArray *needs, const bool *taken)
{
    for (guint i = 0; i < needs->len; i++)
        if (!taken[g_array_index(needs, guint, i)])
            return false;
    return true;
}

/* Keeps of *common what is among `needs` as well; NULL: nothing was kept yet. */
static void
keep_common(GArray **common, const GArray *needs)
{
    if (!*common) {
        *common = g_array_copy((GArray *)needs);
        return;
    }
    for (guint i = (*common)->len; i > 0; i--) {
        guint number = g_array_index(*common, guint, i - 1);
        bool found = false;
        for (guint n = 0; n < needs->len; n++)
            found = found || g_array_index(needs, guint, n) == number;
        if (!found)
            g_array_remove_index(*common, i - 1);
    }
}

static void
add_need(FirstStep *step, FirstStep *other)
{
    if (other != step && !g_ptr_array_find(step->needs, other, NULL))
        g_ptr_array_add(step->needs, other);
}

/* What one cause alone bears on is, once that is made, as it was with all of them. */
static bool
is_ready_now(const First *first, const Unit *unit)
{
    return (unit->may && unit->causes == 1) || first_ready(first, unit);
}

static void
count_step(First *first, guint number, const bool *taken)
{
    FirstStep *step = cause_at(first, number)->step;
    const GArray *units =
        number < first->touched->len ? first->touched->pdata[number] : NULL;
    g_autoptr(GArray) common = NULL;
    first_make(first, number, true);
    for (guint i = 0; units && i < units->len; i++) {
        Unit *unit = unit_at(first, g_array_index(units, guint, i));
        if (!unit->was && !(unit->may && (unit->in_ways || is_taken(unit->needs, taken))))
            continue;
        bool ready = is_ready_now(first, unit);
        int change = (int)ready - (int)unit->is;
        unit->is = ready;
        if (change > 0 && unit->needs)
            keep_common(&common, unit->needs);
        if (unit->edge)
            step->edges += change;
        else
            step->pairs += change;
    }
    /* Without these it would have turned nothing ready. */
    for (guint i = 0; common && i < common->len; i++)
        add_need(step, cause_at(first, g_array_index(common, guint, i))->step);
}

static bool
is_worth_a_step(const FirstStep *step, GHashTable *needed)
{
    return step->severity > SEVERITY_INFO || step->pairs > 0 || step->edges > 0 ||
           g_hash_table_contains(needed, step);
}

static void
take_needs(const First *first, const Order *order, guint number)
{
    FirstStep *step = cause_at(first, number)->step;
    const GArray *needs = order_needs(order, number);
    for (guint i = 0; i < needs->len; i++) {
        FirstStep *other = cause_at(first, g_array_index(needs, guint, i))->step;
        add_need(step, other);
    }
}

static void
count_alone(First *first)
{
    for (guint i = 0; i < first->units->len; i++) {
        const Unit *unit = unit_at(first, i);
        if (unit->pair && unit->may && unit->needs->len == 1)
            cause_at(first, g_array_index(unit->needs, guint, 0))->step->pairs_alone++;
    }
}

/* The steps that somebody should take, in this order; they are the causes' no more. */
static GPtrArray *
give_steps(const First *first, const GArray *numbers)
{
    GPtrArray *steps = g_ptr_array_new_with_free_func((GDestroyNotify)first_step_free);
    g_autoptr(GHashTable) needed = g_hash_table_new(NULL, NULL);
    for (guint c = 0; c < first->causes->causes->len; c++) {
        const GPtrArray *needs = cause_at(first, c)->step->needs;
        for (guint i = 0; i < needs->len; i++)
            g_hash_table_add(needed, needs->pdata[i]);
    }
    for (guint i = 0; i < numbers->len; i++) {
        Cause *cause = cause_at(first, g_array_index(numbers, guint, i));
        if (is_worth_a_step(cause->step, needed))
            g_ptr_array_add(steps, g_steal_pointer(&cause->step));
    }
    return steps;
}

static GPtrArray *
steps_in_order(First *first, Order *order)
{
    g_autoptr(GArray) numbers = order_run(order);
    g_autofree bool *taken = g_new0(bool, numbers->len + 1);
    guint pairs = first->pairs, edges = first->edges;
    simulation_switch_all(first->simulation, false);
    for (guint i = 0; i < numbers->len; i++)
        take_needs(first, order, g_array_index(numbers, guint, i));
    for (guint i = 0; i < numbers->len; i++) {
        guint number = g_array_index(numbers, guint, i);
        Cause *cause = cause_at(first, number);
        taken[number] = true;
        count_step(first, number, taken);
        cause->step->pairs_after = pairs = (guint)((int)pairs + cause->step->pairs);
        cause->step->edges_after = edges = (guint)((int)edges + cause->step->edges);
    }
    return give_steps(first, numbers);
}

/* A finding that several steps end is the first one's. */
static void
tell_findings(const GPtrArray *steps)
{
    for (guint i = 0; i < steps->len; i++) {
        const FirstStep *step = steps->pdata[i];
        for (guint f = 0; f < step->findings->len; f++) {
            Finding *finding = step->findings->pdata[f];
            if (finding->cause)
                continue;
            finding_tell_cause(finding, step->id,
                               step->title_of_any ? step->title_of_any : step->title);
        }
    }
}

GPtrArray *
fix_first(const Audit *audit, const GPtrArray *fixes)
{
    g_auto(First) first;
    first_init(&first, audit, fixes);
    first_find_units(&first);
    first_find_touched(&first);
    judge_all(&first);
    judge_without(&first);
    judge_ways(&first);
    place_derived(&first);
    causes_name(first.causes);
    count_alone(&first);
    g_autoptr(Order) order = order_of(&first);
    GPtrArray *steps = steps_in_order(&first, order);
    tell_findings(steps);
    return steps;
}
