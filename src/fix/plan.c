/* Collects the wishes of the findings. */
#include "plan.h"

#include <string.h>

/* What replication left of two objects of one name goes as a whole: nothing is
 * changed of it, and it is let in nowhere. */
static bool
is_refused(const Plan *plan, const Account *account)
{
    if (!account || !account_is_conflict(account))
        return false;
    g_autofree char *why = g_strdup_printf(
        "No script changes %s: it is what replication left of two objects of one name "
        "(a conflict object). Find out which of the two is in use, and delete the other.",
        account->name);
    plan_tell(plan->finding, why);
    return true;
}

static void
wish(Plan *plan, Wish wanted)
{
    const Account *trustee = wanted.kind == WISH_TRUSTEE ? wanted.trustee : NULL;
    if (!wanted.account || wanted.account->missing || is_refused(plan, wanted.account) ||
        is_refused(plan, trustee))
        return;
    wanted.finding = plan->finding;
    if (wanted.kind == WISH_VALUES)
        list_ref(wanted.values);
    if (wanted.kind == WISH_ORPHAN)
        wanted.orphan = g_memdup2(wanted.orphan, sizeof *wanted.orphan);
    g_array_append_val(plan->wishes, wanted);
}

void
plan_add(Plan *plan, Slot slot, const Account *account, const char *value)
{
    List *values = list_new();
    texts_add(&values, value);
    plan_add_all(plan, slot, account, values);
    texts_unref(values);
}

void
plan_add_all(Plan *plan, Slot slot, const Account *account, List *values)
{
    wish(plan, (Wish){.slot = (guint8)slot, .account = account, .values = values});
}

void
plan_remove(Plan *plan, Slot slot, const Account *account, const char *value)
{
    List *values = list_new();
    texts_add(&values, value);
    wish(plan,
         (Wish){.slot = (guint8)slot, .account = account, .off = true, .values = values});
    texts_unref(values);
}

void
plan_flag(Plan *plan, const Account *account, guint32 bit, bool on)
{
    wish(plan, (Wish){.kind = WISH_BIT,
                      .slot = SLOT_UAC,
                      .account = account,
                      .off = !on,
                      .bit = bit});
}

void
plan_grant(Plan *plan, const Account *target, const Account *source)
{
    wish(plan, (Wish){.kind = WISH_TRUSTEE,
                      .slot = SLOT_RBCD,
                      .account = target,
                      .trustee = source});
}

void
plan_admit(Plan *plan, const Account *target, const Account *source)
{
    wish(plan, (Wish){.kind = WISH_TRUSTEE,
                      .slot = SLOT_RBCD,
                      .account = target,
                      .trustee = source,
                      .over_denial = true});
}

void
plan_forget(Plan *plan, const Account *target, const Sid *orphan)
{
    wish(plan, (Wish){.kind = WISH_ORPHAN,
                      .slot = SLOT_RBCD,
                      .account = target,
                      .off = true,
                      .orphan = (Sid *)orphan});
}

void
plan_group(Plan *plan, const Group *partners)
{
    GroupWish wanted = {partners, plan->finding};
    g_array_append_val(plan->by_groups, wanted);
}

void
plan_tell(Finding *finding, const char *why)
{
    if (finding->unfixed && strstr(finding->unfixed, why))
        return;
    char *all = finding->unfixed ? g_strdup_printf("%s %s", finding->unfixed, why)
                                 : g_strdup(why);
    g_free(finding->unfixed);
    finding->unfixed = all;
}
