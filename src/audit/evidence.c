/* Evidence that checks share: an account's flags, list, signs of life and groups. */
#include "audit/conditions.h"
#include "base/text.h"
#include "checks.h"

void
evidence_uac(Finding *finding, const Account *account)
{
    g_autofree char *key = g_strdup_printf("userAccountControl of %s", account->name);
    g_autofree char *text = account_uac_text(account);
    finding_evidence(finding, key, text);
}

void
evidence_list(Finding *finding, const Account *source)
{
    g_autofree char *key =
        g_strdup_printf("msDS-AllowedToDelegateTo of %s", source->name);
    guint count = source->delegate_to->len;
    g_autofree char *text = g_strdup_printf("%u value%s", count, count == 1 ? "" : "s");
    finding_evidence(finding, key, count == 0 ? "none" : text);
}

static void
moment(Finding *finding, const Account *account, AttrId attr, gint64 unix_us)
{
    g_autofree char *key = g_strdup_printf("%s of %s", attr_name(attr), account->name);
    g_autofree char *value = unix_us ? text_time(unix_us) : g_strdup("never");
    finding_evidence(finding, key, value);
}

void
evidence_activity(Finding *finding, const Account *account)
{
    moment(finding, account, ATTR_PASSWORD_SET, account->password_set_us);
    moment(finding, account, ATTR_LAST_LOGON, account->last_logon_us);
}

void
evidence_groups(Finding *finding, const Account *account)
{
    g_autofree char *key = g_strdup_printf("memberOf of %s", account->name);
    for (guint i = 0; i < account->member_of->len && i < 5; i++)
        finding_evidence(finding, key, account->member_of->pdata[i]);
}

void
evidence_of_pair(Finding *finding, const Audit *audit, const Pair *pair, What what,
                 const char *spn)
{
    g_autoptr(ConditionList) list = conditions_of_kind(audit, pair, what, spn);
    for (guint i = 0; i < list->all->len; i++) {
        const Condition *condition = list->all->pdata[i];
        if (spn && !text_same(spn, condition->name))
            continue;
        g_autofree char *key = condition_where(condition, false);
        g_autofree char *value =
            spn ? g_strdup(condition->seen) : condition_value(condition);
        finding_evidence(finding, key, value);
    }
}

void
evidence_of_source(Finding *finding, const Audit *audit, const Account *source, What what)
{
    const GArray *all = conditions_of_source(audit->context, source);
    for (guint i = 0; i < all->len; i++) {
        const Condition *condition = &g_array_index(all, Condition, i);
        if (condition->what == what) {
            g_autofree char *key = condition_where(condition, false);
            finding_evidence(finding, key, condition->seen);
        }
    }
}
