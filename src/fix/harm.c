/* Which parts of a plan would turn a pair or a delegation worse; they are not proposed.
 */
#include "harm.h"

#include "audit/simulation.h"
#include "draft.h"

#define ROUNDS 3 /* of asking part by part who does harm */

/* What is proposed or withheld as one: additions, removals, a bit, a descriptor. */
typedef struct {
    Draft *draft;
    bool off;
    guint32 bit;
} Part;

/* A plan's parts, and what would be with them. */
typedef struct {
    Plan *plan;
    GArray *parts; /* of Part */
    GArray *edits; /* of Edit: the same, in the same order */
    Simulation *simulation;
    GHashTable *meant; /* source -> set of targets that findings took out of its list */
} Trial;

/* Pairs that are worse than today -> the pair as it would be. */
typedef GHashTable Worse;

static void
draft_make(const Plan *plan)
{
    for (guint i = 0; i < plan->drafts->len; i++) {
        Draft *draft = plan->drafts->pdata[i];
        g_clear_pointer(&draft->fix, fix_free);
        draft->fix = draft_fix(plan, draft);
    }
}

static void
add_part(Trial *trial, Draft *draft, bool off, guint32 bit, Edit edit)
{
    Part part = {draft, off, bit};
    edit.account = draft->account;
    edit.attr = slot_rows[draft->slot].attr;
    g_array_append_val(trial->parts, part);
    g_array_append_val(trial->edits, edit);
}

static void
add_flags(Trial *trial, Draft *draft)
{
    guint32 changed = draft->fix->uac_old ^ draft->fix->uac_new;
    for (guint32 bit = 1; bit != 0; bit <<= 1) {
        bool off = (draft->fix->uac_new & bit) == 0;
        if (changed & bit)
            add_part(trial, draft, off, bit,
                     (Edit){.set = off ? 0 : bit, .clear = off ? bit : 0});
    }
}

static void
add_parts(Trial *trial, Draft *draft)
{
    const Fix *fix = draft->fix;
    if (draft->slot == SLOT_UAC) {
        add_flags(trial, draft);
    } else if (draft->slot == SLOT_RBCD) {
        add_part(trial, draft, fix->remove->len > 0, 0, (Edit){.rbcd = fix->rbcd_new});
    } else {
        if (fix->remove->len > 0)
            add_part(trial, draft, true, 0, (Edit){.remove = fix->remove});
        if (fix->add->len > 0)
            add_part(trial, draft, false, 0, (Edit){.add = fix->add});
    }
}

/* What runs last is suspected first: by then the rest has been done. */
static int
drafts_latest_first(gconstpointer a, gconstpointer b)
{
    const Draft *left = *(Draft *const *)a, *right = *(Draft *const *)b;
    if (left->slot != right->slot)
        return left->slot > right->slot ? -1 : 1;
    return left->account->number < right->account->number ? -1 : 1;
}

/* The accounts that findings have taken out of each list: source -> set of targets. */
static GHashTable *
find_meant(const Plan *plan)
{
    GHashTable *meant =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
    for (guint i = 0; i < plan->wishes->len; i++) {
        const Wish *wish = &g_array_index(plan->wishes, Wish, i);
        if (!wish->off || wish->slot != SLOT_LIST)
            continue;
        GHashTable *targets = g_hash_table_lookup(meant, wish->account);
        if (!targets) {
            targets = g_hash_table_new(NULL, NULL);
            g_hash_table_insert(meant, (gpointer)wish->account, targets);
        }
        g_hash_table_add(targets, (gpointer)wish->finding->target_account);
    }
    return meant;
}

static void
trial_init(Trial *trial, Plan *plan)
{
    g_autoptr(GPtrArray) order = g_ptr_array_copy(plan->drafts, NULL, NULL);
    g_ptr_array_set_free_func(order, NULL);
    g_ptr_array_sort(order, drafts_latest_first);
    *trial = (Trial){plan, g_array_new(FALSE, FALSE, sizeof(Part)),
                     g_array_new(FALSE, FALSE, sizeof(Edit)), NULL, find_meant(plan)};
    for (guint i = 0; i < order->len; i++)
        if (((const Draft *)order->pdata[i])->fix)
            add_parts(trial, order->pdata[i]);
}

/* Tables of the whole estate: only for who asks it. */
static void
trial_simulate(Trial *trial)
{
    trial->simulation = simulation_new(trial->plan->audit, trial->edits);
}

static void
trial_clear(Trial *trial)
{
    simulation_free(trial->simulation);
    g_array_unref(trial->parts);
    g_array_unref(trial->edits);
    g_hash_table_unref(trial->meant);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Trial, trial_clear)

static Part *
part_at(const Trial *trial, guint index)
{
    return &g_array_index(trial->parts, Part, index);
}

static Worse *
worse_new(void)
{
    return g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)pair_free);
}

/* Whether the delegation is the very one that a finding has taken out of the list. */
static bool
is_meant(const Trial *trial, const Pair *pair)
{
    GHashTable *targets =
        pair->written ? g_hash_table_lookup(trial->meant, pair->source) : NULL;
    return targets && g_hash_table_contains(targets, pair->target) &&
           draft_find(trial->plan, SLOT_LIST, pair->source);
}

/* Whether no two parts bear on one pair: each changes another source's list. */
static bool
meets_each_once(const Trial *trial)
{
    g_autoptr(GHashTable) sources = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < trial->parts->len; i++) {
        const Draft *draft = part_at(trial, i)->draft;
        if (draft->slot != SLOT_LIST ||
            !g_hash_table_add(sources, (gpointer)draft->account))
            return false;
    }
    return true;
}

/* Adds what the part makes worse as things are switched; `asked`: pairs that were asked
 * already, NULL where none comes again. */
static void
add_worse(const Trial *trial, guint part, GHashTable *asked, Worse *worse)
{
    g_autoptr(GPtrArray) pairs = simulation_pairs(trial->simulation, part);
    for (guint i = 0; i < pairs->len; i++) {
        Pair *after = NULL;
        if (!is_meant(trial, pairs->pdata[i]) &&
            (!asked || g_hash_table_add(asked, pairs->pdata[i])) &&
            simulation_worsens(trial->simulation, pairs->pdata[i], &after))
            g_hash_table_insert(worse, pairs->pdata[i], after);
    }
}

static char *
harm_text(const Pair *before, const Pair *after)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s from %s to %s would then be %s",
                           before->written ? "delegation" : "live migration",
                           before->source->name, before->target->name,
                           verdict_names[after->verdict]);
    if (after->verdict == before->verdict)
        g_string_append(text, " by fewer names than now.");
    else if (after->verdict < before->verdict) /* a KDC's answer has lowered it */
        g_string_append(text, " by the directory alone, which allows more now.");
    else
        g_string_append_printf(text, ", and it is %s now.",
                               verdict_names[before->verdict]);
    return g_string_free(text, FALSE);
}

/* Why a part is withheld. */
static char *
why_not(const Part *part, const Pair *before, const Pair *after)
{
    const Fix *fix = part->draft->fix;
    g_autofree char *flag = part->bit ? flags_format(uac_flags, part->bit) : NULL;
    g_autofree char *what =
        flag ? g_strdup_printf("to %s %s in", part->off ? "clear" : "set", flag)
        : part->draft->slot == SLOT_RBCD ? g_strdup("to change")
        : part->off ? g_strdup_printf("to take %u value%s out of", fix->remove->len,
                                      fix->remove->len == 1 ? "" : "s")
                    : g_strdup_printf("to add %u value%s to", fix->add->len,
                                      fix->add->len == 1 ? "" : "s");
    g_autofree char *harm = harm_text(before, after);
    return g_strdup_printf("No script proposes %s %s of %s: %s", what, fix->attribute,
                           fix->account->name, harm);
}

static bool
is_wish_for(const Part *part, const Wish *wish)
{
    return wish->slot == part->draft->slot && wish->account == part->draft->account &&
           (part->draft->slot == SLOT_RBCD ||
            (wish->off == part->off &&
             (wish->kind == WISH_BIT ? wish->bit : 0) == part->bit));
}

static void
drop(const Part *part)
{
    Draft *draft = part->draft;
    if (part->bit) {
        draft->set &= ~part->bit;
        draft->clear &= ~part->bit;
    } else if (draft->slot == SLOT_RBCD) {
        g_ptr_array_set_size(draft->trustees, 0);
        g_array_set_size(draft->orphans, 0);
    } else {
        g_hash_table_remove_all(part->off ? draft->remove : draft->add);
    }
}

static void
tell(const Plan *plan, const Part *part, const char *why)
{
    for (guint i = 0; i < plan->wishes->len; i++) {
        const Wish *wish = &g_array_index(plan->wishes, Wish, i);
        if (is_wish_for(part, wish))
            plan_tell(wish->finding, why);
    }
}

static void
withhold(Trial *trial, guint index, const Pair *before, const Pair *after)
{
    const Part *part = part_at(trial, index);
    g_autofree char *why = why_not(part, before, after);
    tell(trial->plan, part, why);
    simulation_switch(trial->simulation, index, false);
}

/* Leaves the part switched off where some pair is no longer worse without it; with
 * `all` wherever it bears on one.  What is no longer worse is taken out. */
static bool
is_culprit(Trial *trial, guint index, Worse *worse, bool all)
{
    g_autoptr(GPtrArray) pairs = simulation_pairs(trial->simulation, index);
    bool culprit = false;
    simulation_switch(trial->simulation, index, false);
    for (guint i = 0; i < pairs->len; i++) {
        const Pair *pair = pairs->pdata[i];
        const Pair *after = g_hash_table_lookup(worse, pair);
        if (!after)
            continue;
        bool better = !simulation_worsens(trial->simulation, pair, NULL);
        if ((better || all) && !culprit)
            withhold(trial, index, pair, after);
        culprit = culprit || better || all;
        if (better)
            g_hash_table_remove(worse, pair);
    }
    simulation_switch(trial->simulation, index, !culprit);
    return culprit;
}

static bool
has_transition_then(const Plan *plan, const Account *account)
{
    const Draft *flags = draft_find(plan, SLOT_UAC, account);
    const Fix *fix = flags ? flags->fix : NULL;
    return fix ? (fix->uac_new & UAC_T2A4D) != 0
               : account_flag(account, UAC_T2A4D) == TRI_YES;
}

/* Protocol transition, and entries of a list with it, let more in, whatever else is done.
 * Without it a KDC that finds an entry asks no descriptor of the target any more. */
static bool
can_harm(const Trial *trial, const Part *part)
{
    if (part->off)
        return true;
    if (part->draft->slot == SLOT_UAC)
        return part->bit != UAC_T2A4D;
    return part->draft->slot != SLOT_LIST ||
           !has_transition_then(trial->plan, part->draft->account);
}

/* Whether nothing had to be taken out of the drafts. */
static bool
harms_nobody(Plan *plan, bool all)
{
    g_auto(Trial) trial;
    trial_init(&trial, plan);
    g_autoptr(GArray) suspects = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < trial.parts->len; i++)
        if (can_harm(&trial, part_at(&trial, i)))
            g_array_append_val(suspects, i);
    if (suspects->len == 0)
        return true;
    g_autoptr(GHashTable) asked =
        meets_each_once(&trial) ? NULL : g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) worse = worse_new();
    trial_simulate(&trial);
    simulation_switch_all(trial.simulation, true);
    for (guint i = 0; i < suspects->len; i++)
        add_worse(&trial, g_array_index(suspects, guint, i), asked, worse);
    if (g_hash_table_size(worse) == 0)
        return true;
    g_autoptr(GArray) culprits = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < trial.parts->len && g_hash_table_size(worse) > 0; i++)
        if (is_culprit(&trial, i, worse, all))
            g_array_append_val(culprits, i);
    for (guint i = 0; i < culprits->len; i++)
        drop(part_at(&trial, g_array_index(culprits, guint, i)));
    return culprits->len == 0;
}

/* With which others a fix has to go. */

static void
switch_draft(const Trial *trial, const Draft *draft, bool on)
{
    for (guint i = 0; i < trial->parts->len; i++)
        if (part_at(trial, i)->draft == draft)
            simulation_switch(trial->simulation, i, on);
}

static bool
still_worse(const Trial *trial, Worse *worse)
{
    GHashTableIter iter;
    gpointer pair;
    g_hash_table_iter_init(&iter, worse);
    while (g_hash_table_iter_next(&iter, &pair, NULL))
        if (simulation_worsens(trial->simulation, pair, NULL))
            return true;
    return false;
}

static bool
is_end_of(Worse *worse, const Account *account)
{
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, worse);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const Pair *pair = key;
        if (pair->source == account || pair->target == account)
            return true;
    }
    return false;
}

/* From the nearest on: what changes the same account, what grants to it, and
 * whatever changes an end of a pair that is worse. */
typedef enum { NEAR_OWN, NEAR_GRANT, NEAR_ANY, NEAR_COUNT } Near;

static bool
is_near(const Draft *draft, const Draft *other, Near near, Worse *worse)
{
    if (near == NEAR_OWN)
        return other->account == draft->account;
    if (near == NEAR_GRANT)
        return other->slot == SLOT_RBCD &&
               g_ptr_array_find(other->fix->trustees, draft->account, NULL);
    return is_end_of(worse, other->account) || slot_rows[other->slot].attr == ATTR_SPN;
}

static void
find_needs(const Trial *trial, Draft *draft, Worse *worse)
{
    const GPtrArray *drafts = trial->plan->drafts;
    GPtrArray *needs = draft->fix->needs;
    bool enough = false;
    for (Near near = NEAR_OWN; near < NEAR_COUNT && !enough; near++) {
        for (guint i = 0; i < drafts->len; i++) {
            const Draft *other = drafts->pdata[i];
            if (!other->fix || other == draft ||
                g_ptr_array_find(needs, other->fix, NULL) ||
                !is_near(draft, other, near, worse))
                continue;
            switch_draft(trial, other, true);
            g_ptr_array_add(needs, other->fix);
        }
        enough = !still_worse(trial, worse);
        if (enough && near != NEAR_OWN)
            return;
    }
    /* Of its own account's, only those without which it would not do. */
    for (guint i = 0; i < drafts->len; i++) {
        const Draft *other = drafts->pdata[i];
        if (other->account != draft->account || !other->fix || other == draft)
            continue;
        switch_draft(trial, other, false);
        if (still_worse(trial, worse))
            switch_draft(trial, other, true);
        else
            g_ptr_array_remove(needs, other->fix);
    }
}

/* Only adds what lets somebody in: nothing hangs on the rest of the plan. */
static bool
adds_only(const Draft *draft)
{
    return draft->fix->remove->len == 0 &&
           (draft->slot == SLOT_RBCD || draft->slot == SLOT_UAC ||
            (draft->slot == SLOT_LIST &&
             account_flag(draft->account, UAC_T2A4D) == TRI_YES));
}

static void
settle_needs(const Trial *trial, Draft *draft)
{
    g_autoptr(GHashTable) asked = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) worse = worse_new();
    simulation_switch_all(trial->simulation, false);
    switch_draft(trial, draft, true);
    for (guint i = 0; i < trial->parts->len; i++)
        if (part_at(trial, i)->draft == draft)
            add_worse(trial, i, asked, worse);
    if (g_hash_table_size(worse) > 0)
        find_needs(trial, draft, worse);
}

void
harm_settle(Plan *plan)
{
    draft_make(plan);
    for (guint round = 0; !harms_nobody(plan, round >= ROUNDS); round++) {
        draft_settle(plan);
        draft_make(plan);
    }
    g_auto(Trial) trial;
    trial_init(&trial, plan);
    for (guint i = 0; i < plan->drafts->len; i++) {
        Draft *draft = plan->drafts->pdata[i];
        if (!draft->fix || adds_only(draft))
            continue;
        if (!trial.simulation)
            trial_simulate(&trial);
        settle_needs(&trial, draft);
    }
}

/* The pairs that any of the edits bears on. */
static GHashTable *
pairs_of(const Simulation *simulation, const GArray *edits)
{
    GHashTable *all = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < edits->len; i++) {
        g_autoptr(GPtrArray) pairs = simulation_pairs(simulation, i);
        for (guint p = 0; p < pairs->len; p++)
            g_hash_table_add(all, pairs->pdata[p]);
    }
    return all;
}

/* The harm to the first of these that is worse; NULL: to none. */
static char *
harm_to(Simulation *simulation, GHashTable *bears_on, const gpointer *pairs, guint count)
{
    for (guint i = 0; i < count; i++) {
        const Pair *pair = pairs[i];
        Pair *after = NULL;
        if (!g_hash_table_contains(bears_on, pair) ||
            !simulation_worsens(simulation, pair, &after))
            continue;
        char *text = harm_text(pair, after);
        pair_free(after);
        return text;
    }
    return NULL;
}

char *
harm_by(const Audit *audit, const GArray *edits)
{
    g_autoptr(Simulation) simulation = simulation_new(audit, edits);
    g_autoptr(GHashTable) bears_on = pairs_of(simulation, edits);
    simulation_switch_all(simulation, true);
    char *harm = harm_to(simulation, bears_on, audit->pairs->pdata, audit->pairs->len);
    for (guint i = 0; !harm && audit->edges && i < audit->edges->len; i++) {
        const List *own = ((const Edge *)audit->edges->pdata[i])->own;
        harm = harm_to(simulation, bears_on, own->pdata, own->len);
    }
    return harm;
}
