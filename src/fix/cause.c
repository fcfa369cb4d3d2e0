/* Makes causes of fixes that go together, and takes in the findings that each ends. */
#include "cause.h"

#include "audit/rules.h"
#include "base/hash.h"
#include "base/text.h"
#include "join.h"
#include "model/etypes.h"
#include "model/wellknown.h"

#include <string.h>

static void
cause_free(gpointer data)
{
    Cause *cause = data;
    first_step_free(cause->step);
    g_array_unref(cause->edits);
    g_ptr_array_unref(cause->values);
    g_free(cause->alike);
    g_free(cause);
}

void
causes_free(Causes *causes)
{
    if (!causes)
        return;
    g_hash_table_unref(causes->by_fix);
    g_hash_table_unref(causes->by_id);
    g_hash_table_unref(causes->edited);
    g_ptr_array_unref(causes->causes);
    g_free(causes);
}

/* `id` is taken over. */
static Cause *
add_cause(Causes *causes, char *id, const Account *account)
{
    Cause *cause = g_new0(Cause, 1);
    FirstStep *step = first_step_new(id);
    cause->step = step;
    cause->number = causes->causes->len;
    cause->account = account;
    cause->edits = g_array_new(FALSE, FALSE, sizeof(Edit));
    cause->values = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    g_ptr_array_add(causes->causes, cause);
    g_hash_table_insert(causes->by_id, step->id, cause);
    return cause;
}

/* The edits of a fix; one by group is for an administrator to enable. */
static void
add_edits(Cause *cause, const Fix *fix)
{
    Edit edit = {.account = fix->account};
    if (fix->by_group)
        return;
    if (fix->kind == FIX_RBCD) {
        edit.attr = ATTR_RBCD;
        edit.rbcd = fix->rbcd_new;
    } else if (fix->uac_old != fix->uac_new) {
        edit.attr = ATTR_UAC;
        edit.set = fix->uac_new & ~fix->uac_old;
        edit.clear = fix->uac_old & ~fix->uac_new;
    } else {
        edit.attr = fix->kind == FIX_SPN ? ATTR_SPN : ATTR_DELEGATE_TO;
        edit.add = fix->add;
        edit.remove = fix->remove;
    }
    g_array_append_val(cause->edits, edit);
}

static int
as_run(gconstpointer a, gconstpointer b)
{
    const Fix *left = *(const Fix *const *)a, *right = *(const Fix *const *)b;
    int order = fix_rank(left) - fix_rank(right);
    return order ? order : strcmp(left->id, right->id);
}

static void
add_fixes(Causes *causes, const Joined *joined)
{
    g_autoptr(GPtrArray) order = g_ptr_array_copy((GPtrArray *)joined->fixes, NULL, NULL);
    g_autoptr(GHashTable) by_head = g_hash_table_new(NULL, NULL);
    g_ptr_array_set_free_func(order, NULL);
    g_ptr_array_sort(order, as_run);
    for (guint i = 0; i < order->len; i++) {
        const Fix *fix = order->pdata[i];
        guint number;
        bool known = joined_find(joined, fix->id, &number);
        g_assert(known);
        gpointer head = GUINT_TO_POINTER(joined_head(joined, number) + 1);
        Cause *cause = g_hash_table_lookup(by_head, head);
        if (!cause) {
            cause = add_cause(causes, g_strdup(fix->id), fix->account);
            cause->alike = g_strdup(g_hash_table_lookup(joined->alike, head));
            g_hash_table_insert(by_head, head, cause);
        }
        g_ptr_array_add(cause->step->fixes, (gpointer)fix);
        g_hash_table_insert(causes->by_fix, fix->id, cause);
        add_edits(cause, fix);
    }
}

void
cause_take(Cause *cause, const Finding *finding)
{
    GPtrArray *findings = cause->step->findings;
    /* They come in their order. */
    if (findings->len > 0 && findings->pdata[findings->len - 1] == finding)
        return;
    g_ptr_array_add(findings, (gpointer)finding);
    cause->step->severity = MAX(cause->step->severity, finding->severity);
}

/* What can be judged again of what only somebody can decide. */

static void
edit_flag(Cause *cause, const Account *account, guint32 clear)
{
    Edit edit = {.account = account, .attr = ATTR_UAC, .clear = clear};
    if (account_flag(account, clear) == TRI_YES)
        g_array_append_val(cause->edits, edit);
}

static void
edit_protected(Cause *cause, const Estate *estate, const Account *account)
{
    Sid sid = account->sid;
    if (!sid_is_set(&sid) || sid.count == 0)
        return;
    sid.sub[sid.count - 1] = RID_PROTECTED_USERS;
    Edit edit = {.account = account,
                 .attr = ATTR_MEMBER_OF,
                 .group = estate_by_sid(estate, &sid),
                 .leave = true};
    if (edit.group)
        g_array_append_val(cause->edits, edit);
}

static void
edit_etypes(Cause *cause, const Account *account)
{
    Edit edit = {.account = account, .attr = ATTR_ETYPES, .set = ETYPE_BITS_AES};
    g_array_append_val(cause->edits, edit);
}

static void
edit_spn(Cause *cause, const Account *account, const char *spn, bool add)
{
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
    Edit edit = {.account = account, .attr = ATTR_SPN};
    g_ptr_array_add(values, g_strdup(spn));
    g_ptr_array_add(cause->values, values);
    if (add)
        edit.add = values;
    else
        edit.remove = values;
    g_array_append_val(cause->edits, edit);
}

static bool
owns(const Resolved *resolved, const Account *account)
{
    return resolved->owners &&
           g_ptr_array_find((GPtrArray *)resolved->owners, account, NULL);
}

/* As if whoever is not the subject gave the SPN up; the first that finds it is to keep
 * it.  Where the subject is only who delegates to it, any owner may keep it. */
static void
edit_owners(Causes *causes, Cause *cause, const Finding *finding)
{
    g_auto(Resolved) resolved =
        estate_resolve_for(causes->audit->estate, finding->spn, finding->subject_account);
    const char *held = resolved.how == RESOLVE_ALIAS ? resolved.through : finding->spn;
    if (!g_hash_table_add(causes->edited, text_fold(held)))
        return;
    const Account *keeper = finding->subject_account;
    if (finding->rule == RULE_SPN_03 && resolved.owners && !owns(&resolved, keeper))
        keeper = resolved.owners->pdata[0];
    for (guint i = 0; resolved.owners && i < resolved.owners->len; i++)
        if (resolved.owners->pdata[i] != keeper)
            edit_spn(cause, resolved.owners->pdata[i], held, false);
    if (finding->rule == RULE_SPN_04)
        edit_spn(cause, keeper, held, true);
}

static void
edit_by_hand(Causes *causes, Cause *cause, const Finding *finding)
{
    const Account *account = finding->subject_account;
    if (!account)
        return;
    if (finding->rule == RULE_ACC_01 && cause->edits->len == 0)
        edit_flag(cause, account, UAC_DISABLED);
    else if ((finding->rule == RULE_ACC_02 || finding->rule == RULE_ACC_09) &&
             cause->edits->len == 0)
        edit_flag(cause, account, UAC_NOT_DELEGATED);
    else if (finding->rule == RULE_DEL_06 && finding->target_account &&
             cause->edits->len == 0)
        edit_flag(cause, finding->target_account, UAC_DISABLED);
    else if (finding->rule == RULE_ACC_03 && cause->edits->len == 0)
        edit_protected(cause, causes->audit->estate, account);
    else if (finding->rule == RULE_ACC_06 && cause->edits->len == 0)
        edit_etypes(cause, account);
    else if ((finding->rule == RULE_SPN_03 || finding->rule == RULE_SPN_04) &&
             finding->spn)
        edit_owners(causes, cause, finding);
}

/* What the step is about: an SPN that several have, a target that is disabled, whoever
 * delegates to them; else the finding's subject. */
static const char *
object_of(const Causes *causes, const Finding *finding)
{
    const Account *subject = finding->subject_account;
    if (finding->rule == RULE_DEL_06 && finding->target)
        return finding->target;
    if (finding->rule != RULE_SPN_03 || !finding->spn || !subject)
        return finding->subject;
    g_auto(Resolved) resolved =
        estate_resolve_for(causes->audit->estate, finding->spn, subject);
    return owns(&resolved, subject) ? finding->subject : finding->spn;
}

/* Kerberos instead of CredSSP ends all three. */
static RuleId
ended_by(RuleId rule)
{
    return rule == RULE_HST_03 || rule == RULE_HST_04 ? RULE_HST_02 : rule;
}

Cause *
causes_by_hand(Causes *causes, const Finding *finding)
{
    const char *object = object_of(causes, finding);
    RuleId rule = ended_by(finding->rule);
    g_autofree char *id = g_strdup_printf("%s:%s", rule_name(rule), object);
    Cause *cause = g_hash_table_lookup(causes->by_id, id);
    if (!cause)
        cause = add_cause(causes, g_steal_pointer(&id), finding->subject_account);
    cause->rule = rule;
    cause->step->subject = object;
    cause_take(cause, finding);
    return cause;
}

bool
cause_may_be_derived(const Finding *finding)
{
    return finding->fixes->len == 0 && finding->subject_account &&
           (finding->rule == RULE_TKT_01 ||
            (finding->target_account && rules[finding->rule].pair &&
             /* A host's own settings come of nothing in the directory. */
             (rules[finding->rule].needs & NEEDS_FACTS) == 0));
}

/* Delegation to a host that is disabled goes with the host. */
static bool
take_disabled(Causes *causes, const Finding *finding)
{
    g_autofree char *id = g_strdup_printf("%s:%s", rule_name(RULE_ACC_01),
                                          finding->target ? finding->target : "");
    Cause *cause = g_hash_table_lookup(causes->by_id, id);
    if (cause)
        cause_take(cause, finding);
    return cause != NULL;
}

static void
take_finding(Causes *causes, const Finding *finding)
{
    for (guint i = 0; i < finding->fixes->len; i++) {
        Cause *cause = g_hash_table_lookup(causes->by_fix, finding->fixes->pdata[i]);
        if (cause)
            cause_take(cause, finding);
    }
    if (finding->fixes->len == 0 && finding->severity > SEVERITY_INFO &&
        !cause_may_be_derived(finding) &&
        !(finding->rule == RULE_DEL_06 && take_disabled(causes, finding)))
        edit_by_hand(causes, causes_by_hand(causes, finding), finding);
}

Causes *
causes_new(const Audit *audit, const GPtrArray *fixes)
{
    Causes *causes = g_new0(Causes, 1);
    causes->audit = audit;
    causes->causes = g_ptr_array_new_with_free_func(cause_free);
    causes->by_fix = g_hash_table_new(hash_text, g_str_equal);
    causes->by_id = g_hash_table_new(hash_text, g_str_equal);
    causes->edited = g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    g_auto(Joined) joined;
    joined_init(&joined, audit, fixes);
    add_fixes(causes, &joined);
    for (guint i = 0; i < audit->findings->len; i++) {
        const Finding *finding = audit->findings->pdata[i];
        if (finding->status == STATUS_FAIL && !finding->waived)
            take_finding(causes, finding);
    }
    return causes;
}

static int
in_report(gconstpointer a, gconstpointer b)
{
    return finding_compare(*(const Finding *const *)a, *(const Finding *const *)b);
}

/* The finding that tells what it is about: the worst, of those the first. */
static const Finding *
leading(const FirstStep *step)
{
    const Finding *found = NULL;
    for (guint i = 0; i < step->findings->len; i++) {
        const Finding *finding = step->findings->pdata[i];
        if (!found || (finding->severity > found->severity))
            found = finding;
    }
    return found;
}

/* The host that many lists are changed about, as the directory spells it, if it does. */
static const char *
spelled(const Causes *causes, const Cause *cause)
{
    const GPtrArray *among = estate_by_name(causes->audit->estate, cause->alike);
    return among && among->len == 1 ? ((const Account *)among->pdata[0])->name
                                    : cause->alike;
}

static void
name_alike(const Causes *causes, Cause *cause)
{
    FirstStep *step = cause->step;
    step->host = g_strdup(*cause->alike ? spelled(causes, cause) : cause->account->name);
    step->subject = step->host;
    step->title = cause_title_alike(cause, "it");
    step->title_of_any = cause_title_alike(cause, step->host);
}

static void
name_step(const Causes *causes, Cause *cause)
{
    FirstStep *step = cause->step;
    g_ptr_array_sort(step->findings, in_report);
    for (guint i = 0; i < step->findings->len; i++) {
        RuleId rule = ((const Finding *)step->findings->pdata[i])->rule;
        guint last = step->rules->len;
        if (last == 0 || g_array_index(step->rules, RuleId, last - 1) != rule)
            g_array_append_val(step->rules, rule);
    }
    if (cause->alike) {
        name_alike(causes, cause);
        return;
    }
    const Finding *finding = leading(step);
    const Fix *fix = step->fixes->len > 0 ? step->fixes->pdata[0] : NULL;
    bool own = fix && (fix->kind == FIX_RBCD || !finding);
    if (fix)
        step->subject = own ? fix->account->name : finding->subject;
    step->title = step->fixes->len > 0 ? cause_title(cause) : cause_title_by_hand(cause);
}

void
causes_name(Causes *causes)
{
    for (guint i = 0; i < causes->causes->len; i++)
        name_step(causes, causes->causes->pdata[i]);
}
