/* From findings to fixes, step by step. */
#include "fix/fix.h"

#include "base/hash.h"
#include "base/text.h"
#include "draft.h"
#include "harm.h"
#include "language.h"
#include "proposals.h"

#include <string.h>

static void
wish_clear(gpointer data)
{
    Wish *wanted = data;
    if (wanted->kind == WISH_VALUES)
        texts_unref(wanted->values);
    if (wanted->kind == WISH_ORPHAN)
        g_free(wanted->orphan);
}

static bool
finding_counts(const Finding *finding)
{
    return finding->status == STATUS_FAIL && !finding->waived;
}

static void
propose_all(Plan *plan)
{
    const GPtrArray *findings = plan->audit->findings;
    for (guint i = 0; findings && i < findings->len; i++) {
        plan->finding = findings->pdata[i];
        Proposal propose = proposal_of(plan->finding->rule);
        if (propose && finding_counts(plan->finding) && plan->finding->subject_account)
            propose(plan->audit, plan->finding, plan);
    }
}

/* Ids name the account; where two accounts share the name, by the whole DN. */
static void
name_fixes(GPtrArray *drafts)
{
    g_autoptr(GHashTable) first =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) shared =
        g_hash_table_new_full(hash_text, g_str_equal, g_free, NULL);
    for (guint i = 0; i < drafts->len; i++) {
        const Draft *draft = drafts->pdata[i];
        g_autofree char *key = text_fold(draft->account->name);
        const Account *other = g_hash_table_lookup(first, key);
        if (!draft->fix || other == draft->account)
            continue;
        if (other)
            g_hash_table_add(shared, g_steal_pointer(&key));
        else
            g_hash_table_insert(first, g_steal_pointer(&key), (gpointer)draft->account);
    }
    for (guint i = 0; i < drafts->len; i++) {
        const Draft *draft = drafts->pdata[i];
        if (!draft->fix)
            continue;
        g_autofree char *key = text_fold(draft->account->name);
        const char *prefix = draft->slot == SLOT_UAC && draft->fix->kind == FIX_DELEGATION
                                 ? "protocol-transition"
                                 : slot_rows[draft->slot].prefix;
        draft->fix->id =
            g_strdup_printf("%s:%s", prefix,
                            g_hash_table_contains(shared, key) ? draft->account->dn
                                                               : draft->account->name);
    }
}

static int
compare_id(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const Fix *const *)a)->id, (*(const Fix *const *)b)->id);
}

/* Beside the risk: whoever runs one fix alone has to know. */
static void
tell_needs(const GPtrArray *fixes)
{
    for (guint i = 0; i < fixes->len; i++) {
        Fix *fix = fixes->pdata[i];
        if (fix->needs->len == 0)
            continue;
        GString *text = g_string_new(fix->risk);
        g_string_append(text, " Only after ");
        for (guint n = 0; n < fix->needs->len; n++)
            g_string_append_printf(text, "%s%s", n > 0 ? ", " : "",
                                   ((const Fix *)fix->needs->pdata[n])->id);
        g_string_append(text, ": alone it would break migrations.");
        g_free(fix->risk);
        fix->risk = g_string_free(text, FALSE);
    }
}

/* By id, when each fix is run. */
static GHashTable *
ranks_of(const GPtrArray *fixes)
{
    GHashTable *ranks = g_hash_table_new(hash_text, g_str_equal);
    for (guint i = 0; i < fixes->len; i++) {
        const Fix *fix = fixes->pdata[i];
        g_hash_table_insert(ranks, fix->id, GINT_TO_POINTER(fix_rank(fix)));
    }
    return ranks;
}

static int
in_running_order(gconstpointer a, gconstpointer b, gpointer ranks)
{
    const char *left = *(const char *const *)a, *right = *(const char *const *)b;
    int order = GPOINTER_TO_INT(g_hash_table_lookup(ranks, left)) -
                GPOINTER_TO_INT(g_hash_table_lookup(ranks, right));
    return order ? order : strcmp(left, right);
}

static void
tell_findings(const Plan *plan, const GPtrArray *fixes)
{
    g_autoptr(GHashTable) ranks = ranks_of(fixes);
    for (guint i = 0; i < plan->wishes->len; i++) {
        const Wish *each = &g_array_index(plan->wishes, Wish, i);
        const Draft *draft = draft_find(plan, each->slot, each->account);
        if (draft_fulfils(draft, each) &&
            !texts_have(each->finding->fixes, draft->fix->id))
            finding_add_fix(each->finding, draft->fix->id);
    }
    for (guint i = 0; i < plan->audit->findings->len; i++) {
        Finding *finding = plan->audit->findings->pdata[i];
        texts_sort(&finding->fixes, in_running_order, ranks);
        if (finding->unfixed)
            finding_say_more(finding, finding->unfixed);
    }
}

/* In the place of rendering: the names of the files that hold it. */
static void
name_files(Fix *fix)
{
    bool spn = fix->kind == FIX_SPN;
    g_ptr_array_add(spn ? fix->setspn : fix->powershell,
                    g_strdup(spn ? "fix-spn.cmd" : "fix-delegation.ps1"));
    g_free(fix->ldif);
    fix->ldif = g_strdup("fix.ldif");
    if (fix->no_undo)
        return;
    g_ptr_array_add(spn ? fix->undo_setspn : fix->undo_powershell,
                    g_strdup(spn ? "undo-spn.cmd" : "undo-delegation.ps1"));
    g_free(fix->undo_ldif);
    fix->undo_ldif = g_strdup("undo.ldif");
}

GPtrArray *
fix_plan(Audit *audit)
{
    g_autoptr(GArray) wishes = g_array_new(FALSE, FALSE, sizeof(Wish));
    g_array_set_clear_func(wishes, wish_clear);
    g_autoptr(GPtrArray) drafts =
        g_ptr_array_new_with_free_func((GDestroyNotify)draft_free);
    g_autoptr(GHashTable) by_key = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) by_groups = g_array_new(FALSE, FALSE, sizeof(GroupWish));
    Plan plan = {.audit = audit,
                 .wishes = wishes,
                 .drafts = drafts,
                 .by_key = by_key,
                 .by_groups = by_groups};

    propose_all(&plan);
    transition_wish(&plan);
    draft_merge(&plan);
    draft_settle(&plan);

    harm_settle(&plan);

    GPtrArray *fixes = g_ptr_array_new_with_free_func((GDestroyNotify)fix_free);
    for (guint i = 0; i < drafts->len; i++) {
        const Draft *draft = drafts->pdata[i];
        if (draft->fix)
            g_ptr_array_add(fixes, draft->fix);
    }
    name_fixes(drafts);
    tell_needs(fixes);
    bygroup_add(&plan, fixes);
    tell_findings(&plan, fixes);
    for (guint i = 0; i < fixes->len; i++) {
        Fix *fix = fixes->pdata[i];
        if (fix_is_long(fix)) {
            name_files(fix);
            continue;
        }
        setspn_render(audit->estate, fix);
        powershell_render(audit->estate, fix);
        ldif_render(audit->estate, fix);
    }
    g_ptr_array_sort(fixes, compare_id);
    return fixes;
}
