/* Merges wishes by account and slot, and drops those that would change nothing. */
#include "base/text.h"
#include "draft.h"
#include "proposals.h"

const SlotRow slot_rows[SLOT_COUNT] = {
    [SLOT_SPN_REMOVE] = {"spn-removal", FIX_SPN, ATTR_SPN},
    [SLOT_SPN_DUPLICATE] = {"spn-duplicate", FIX_SPN, ATTR_SPN},
    [SLOT_SPN_ADD] = {"spn", FIX_SPN, ATTR_SPN},
    [SLOT_LIST] = {"delegation", FIX_DELEGATION, ATTR_DELEGATE_TO},
    [SLOT_RBCD] = {"rbcd", FIX_RBCD, ATTR_RBCD},
    [SLOT_UAC] = {"account", FIX_ACCOUNT, ATTR_UAC},
};

void
draft_free(Draft *draft)
{
    g_hash_table_unref(draft->add);
    g_hash_table_unref(draft->remove);
    g_ptr_array_unref(draft->trustees);
    g_ptr_array_unref(draft->denied);
    g_array_unref(draft->orphans);
    g_free(draft);
}

static gpointer
draft_key(Slot slot, const Account *account)
{
    return GSIZE_TO_POINTER((gsize)account->number * SLOT_COUNT + slot + 1);
}

Draft *
draft_find(const Plan *plan, Slot slot, const Account *account)
{
    return g_hash_table_lookup(plan->by_key, draft_key(slot, account));
}

static Draft *
draft_of(Plan *plan, Slot slot, const Account *account)
{
    Draft *draft = draft_find(plan, slot, account);
    if (draft)
        return draft;
    draft = g_new0(Draft, 1);
    draft->slot = slot;
    draft->account = account;
    draft->add = g_hash_table_new(text_hash, text_same);
    draft->remove = g_hash_table_new(text_hash, text_same);
    draft->trustees = g_ptr_array_new();
    draft->denied = g_ptr_array_new();
    draft->orphans = g_array_new(FALSE, FALSE, sizeof(Sid));
    g_ptr_array_add(plan->drafts, draft);
    g_hash_table_insert(plan->by_key, draft_key(slot, account), draft);
    return draft;
}

/* The first spelling stays. */
static void
merge_values(const Wish *wish, GHashTable *values)
{
    for (guint i = 0; i < wish->values->len; i++)
        if (!g_hash_table_contains(values, wish->values->pdata[i]))
            g_hash_table_add(values, wish->values->pdata[i]);
}

void
draft_merge(Plan *plan)
{
    for (guint i = 0; i < plan->wishes->len; i++) {
        const Wish *each = &g_array_index(plan->wishes, Wish, i);
        Draft *draft = draft_of(plan, each->slot, each->account);
        switch (each->kind) {
        case WISH_VALUES:
            merge_values(each, each->off ? draft->remove : draft->add);
            break;
        case WISH_TRUSTEE:
            if (!g_ptr_array_find(draft->trustees, each->trustee, NULL))
                g_ptr_array_add(draft->trustees, (gpointer)each->trustee);
            if (each->over_denial)
                g_ptr_array_add(draft->denied, (gpointer)each->trustee);
            break;
        case WISH_ORPHAN:
            g_array_append_val(draft->orphans, *each->orphan);
            break;
        case WISH_BIT:
            if (each->off)
                draft->clear |= each->bit;
            else if (each->bit != UAC_T2A4D ||
                     !proposal_forbids_transition(plan->audit, each->account))
                draft->set |= each->bit;
            break;
        }
    }
}

static void
drop_keys_of(GHashTable *from, GHashTable *keys)
{
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, from);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        if (keys && g_hash_table_contains(keys, key))
            g_hash_table_iter_remove(&iter);
}

/* What the directory holds of a slot: value -> its spelling there. */
static GHashTable *
held_values(const Draft *draft)
{
    const GPtrArray *values =
        draft->slot == SLOT_LIST ? draft->account->delegate_to : draft->account->spns;
    GHashTable *held = g_hash_table_new(text_hash, text_same);
    for (guint i = 0; i < values->len; i++)
        g_hash_table_replace(held, values->pdata[i], values->pdata[i]);
    return held;
}

/* What is there is not added; what is not there is not removed, and what is
 * there is removed as the directory spells it. */
static void
settle_against_directory(Draft *draft)
{
    g_autoptr(GHashTable) held = held_values(draft);
    drop_keys_of(draft->add, held);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, draft->remove);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        gpointer spelling = g_hash_table_lookup(held, key);
        if (spelling)
            g_hash_table_iter_replace(&iter, spelling);
        else
            g_hash_table_iter_remove(&iter);
    }
}

/* SPNs that more than one account is to get: a DC would refuse the second. */
static void
settle_rival_spns(Plan *plan, GHashTable *added)
{
    g_autoptr(GHashTable) rivals = g_hash_table_new(text_hash, text_same);
    for (guint i = 0; i < plan->drafts->len; i++) {
        Draft *draft = plan->drafts->pdata[i];
        if (draft->slot != SLOT_SPN_ADD)
            continue;
        GHashTableIter iter;
        gpointer key;
        g_hash_table_iter_init(&iter, draft->add);
        while (g_hash_table_iter_next(&iter, &key, NULL))
            if (!g_hash_table_add(added, key))
                g_hash_table_add(rivals, key);
    }
    for (guint i = 0; i < plan->drafts->len; i++) {
        Draft *draft = plan->drafts->pdata[i];
        if (draft->slot == SLOT_SPN_ADD)
            drop_keys_of(draft->add, rivals);
    }
    drop_keys_of(added, rivals);
}

static bool
is_leaving(const Plan *plan, const Account *owner, const char *key)
{
    static const Slot removals[] = {SLOT_SPN_REMOVE, SLOT_SPN_DUPLICATE};
    for (gsize i = 0; i < G_N_ELEMENTS(removals); i++) {
        const Draft *draft = draft_find(plan, removals[i], owner);
        if (draft && g_hash_table_contains(draft->remove, key))
            return true;
    }
    return false;
}

/* SPNs that another account keeps. */
static void
settle_taken_spns(const Plan *plan, Draft *draft)
{
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init(&iter, draft->add);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const GPtrArray *owners = estate_by_spn(plan->audit->estate, value);
        bool taken = false;
        for (guint i = 0; owners && i < owners->len; i++)
            if (owners->pdata[i] != draft->account &&
                !is_leaving(plan, owners->pdata[i], key))
                taken = true;
        if (taken)
            g_hash_table_iter_remove(&iter);
    }
}

typedef struct {
    const Audit *audit;
    GHashTable *keys; /* SPNs */
} Needs;

static void
need_partner(const Group *group, const Account *partner, bool storage, void *data)
{
    Needs *needs = data;
    const TargetSpns *spns =
        verdict_needed(needs->audit->context, partner, group, storage);
    for (guint i = 0; i < spns->needed->len; i++) {
        const NeededSpn *needed = spns->needed->pdata[i];
        g_hash_table_add(needs->keys, needed->spn);
    }
}

/* An entry that leads nowhere today stays where a partner needs it, or where
 * this plan is about to register its SPN. */
static void
settle_list_removals(const Plan *plan, Draft *draft, GHashTable *added)
{
    if (g_hash_table_size(draft->remove) == 0)
        return;
    g_autoptr(GHashTable) keys = g_hash_table_new(text_hash, text_same);
    Needs needs = {plan->audit, keys};
    proposal_partners(plan->audit, draft->account, need_partner, &needs);
    drop_keys_of(draft->remove, keys);
    drop_keys_of(draft->remove, added);
}

static GHashTable *
added_by(const Plan *plan, const Account *account)
{
    const Draft *draft = draft_find(plan, SLOT_SPN_ADD, account);
    return draft ? draft->add : NULL;
}

static GHashTable *
duplicates_of(const Plan *plan, const Account *account)
{
    const Draft *draft = draft_find(plan, SLOT_SPN_DUPLICATE, account);
    return draft ? draft->remove : NULL;
}

void
draft_settle(Plan *plan)
{
    g_autoptr(GHashTable) added = g_hash_table_new(text_hash, text_same);
    settle_rival_spns(plan, added);
    for (guint i = 0; i < plan->drafts->len; i++) {
        Draft *draft = plan->drafts->pdata[i];
        drop_keys_of(draft->remove, draft->add);
        if (draft->slot == SLOT_SPN_REMOVE || draft->slot == SLOT_SPN_DUPLICATE)
            drop_keys_of(draft->remove, added_by(plan, draft->account));
        if (draft->slot == SLOT_SPN_REMOVE)
            drop_keys_of(draft->remove, duplicates_of(plan, draft->account));
        if (draft->slot == SLOT_LIST)
            settle_list_removals(plan, draft, added);
        if (slot_rows[draft->slot].attr == ATTR_SPN || draft->slot == SLOT_LIST)
            settle_against_directory(draft);
        draft->clear &= ~draft->set;
    }
    for (guint i = 0; i < plan->drafts->len; i++) {
        Draft *draft = plan->drafts->pdata[i];
        if (draft->slot == SLOT_SPN_ADD)
            settle_taken_spns(plan, draft);
    }
}
