/* Rules, and the attributes that make what they find. */
#include "audit/changed.h"

#include "audit/rules.h"
#include "base/limits.h"

#define UAC NEEDS(ATTR_UAC)
#define SPN NEEDS(ATTR_SPN)
#define LIST NEEDS(ATTR_DELEGATE_TO)
#define RBCD NEEDS(ATTR_RBCD)
#define ETYPES NEEDS(ATTR_ETYPES)
#define DNS NEEDS(ATTR_DNS_NAME)
#define SECURITY NEEDS(ATTR_SECURITY)

/* clang-format off */
guint64
rule_changes(RuleId rule)
{
    switch (rule) {
    case RULE_ACC_01: case RULE_ACC_02: case RULE_ACC_07: case RULE_ACC_09: case RULE_ACC_10:
    case RULE_DEL_04: case RULE_DEL_15: case RULE_TKT_05:
        return UAC;
    case RULE_DEL_03: case RULE_DEL_16:
        return UAC | LIST;
    case RULE_DEL_01: case RULE_DEL_02: case RULE_DEL_05: case RULE_DEL_06: case RULE_DEL_07:
    case RULE_DEL_08: case RULE_DEL_10: case RULE_DEL_11: case RULE_DEL_12: case RULE_DEL_13:
    case RULE_DEL_14: case RULE_RBC_05: case RULE_TKT_06: case RULE_TKT_07:
        return LIST;
    case RULE_RBC_01: case RULE_RBC_02: case RULE_RBC_03: case RULE_RBC_04:
        return RBCD;
    case RULE_RBC_07:
        return SECURITY;
    case RULE_RBC_08:
        return LIST | RBCD;
    case RULE_RBC_09:
        return RBCD | SPN;
    case RULE_ACC_05: case RULE_ACC_06: case RULE_TKT_02:
        return ETYPES;
    case RULE_ACC_16: case RULE_ACC_17: case RULE_SPN_01: case RULE_SPN_02: case RULE_SPN_03:
    case RULE_SPN_04: case RULE_SPN_05: case RULE_SPN_06: case RULE_SPN_08: case RULE_SPN_09:
    case RULE_SPN_10: case RULE_TKT_01: case RULE_TKT_03: case RULE_TKT_04:
        return SPN;
    case RULE_SPN_07:
        return DNS;
    default: /* no attribute of its subject */
        return 0;
    }
}
/* clang-format on */

static int
newest_first(gconstpointer a, gconstpointer b)
{
    const AttrChange *one = *(const AttrChange *const *)a;
    const AttrChange *other = *(const AttrChange *const *)b;
    return one->changed_us != other->changed_us
               ? (one->changed_us < other->changed_us ? 1 : -1)
               : (int)one->attr - (int)other->attr;
}

GPtrArray *
finding_changes(const Finding *finding)
{
    GPtrArray *changes = g_ptr_array_new();
    const Account *account = finding->subject_account;
    guint64 wanted = finding->status == STATUS_FAIL ? rule_changes(finding->rule) : 0;
    for (guint i = 0; account && account->changes && i < account->changes->len; i++) {
        AttrChange *change = &g_array_index(account->changes, AttrChange, i);
        if (wanted & NEEDS(change->attr))
            g_ptr_array_add(changes, change);
    }
    g_ptr_array_sort(changes, newest_first);
    return changes;
}

static bool
is_wanted(const Finding *finding)
{
    const Account *account = finding->subject_account;
    return finding->status == STATUS_FAIL && account && !account->missing &&
           !account->partial && !account->changes && rule_changes(finding->rule) != 0;
}

GPtrArray *
audit_wanted_changes(Audit *audit)
{
    g_autofree char *why = limit_tells(LIMIT_CHANGED_ACCOUNTS);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    GPtrArray *accounts = g_ptr_array_new();
    for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--)
        for (guint i = 0; i < audit->findings->len; i++) {
            const Finding *finding = audit->findings->pdata[i];
            if ((int)finding->severity == severity && is_wanted(finding) &&
                g_hash_table_add(seen, (gpointer)finding->subject_account))
                g_ptr_array_add(accounts, (gpointer)finding->subject_account);
        }
    if (accounts->len > MOST_CHANGED_ACCOUNTS) {
        audit_add_gap(audit, "when accounts were last changed", why);
        g_ptr_array_set_size(accounts, MOST_CHANGED_ACCOUNTS);
    }
    return accounts;
}
