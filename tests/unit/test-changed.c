/* Of which attribute of its subject each rule's findings come. */
#include "audit/changed.h"

#include "audit/rules.h"
#include "base/limits.h"

#include <string.h>

static const struct {
    const char *attribute;
    AttrId attr;
    const char *rules;
} expected[] = {
    {"userAccountControl", ATTR_UAC,
     "ACC-01 ACC-02 ACC-07 ACC-09 ACC-10 DEL-03 DEL-04 DEL-15 DEL-16 TKT-05"},
    {"msDS-AllowedToDelegateTo", ATTR_DELEGATE_TO,
     "DEL-01 DEL-02 DEL-03 DEL-05 DEL-06 DEL-07 DEL-08 DEL-10 DEL-11 DEL-12 DEL-13 "
     "DEL-14 "
     "DEL-16 RBC-05 RBC-08 TKT-06 TKT-07"},
    {"msDS-AllowedToActOnBehalfOfOtherIdentity", ATTR_RBCD,
     "RBC-01 RBC-02 RBC-03 RBC-04 RBC-08 RBC-09"},
    {"nTSecurityDescriptor", ATTR_SECURITY, "RBC-07"},
    {"msDS-SupportedEncryptionTypes", ATTR_ETYPES, "ACC-05 ACC-06 TKT-02"},
    {"servicePrincipalName", ATTR_SPN,
     "ACC-16 ACC-17 RBC-09 SPN-01 SPN-02 SPN-03 SPN-04 SPN-05 SPN-06 SPN-08 SPN-09 "
     "SPN-10 "
     "TKT-01 TKT-03 TKT-04"},
    {"dNSHostName", ATTR_DNS_NAME, "SPN-07"},
};

static void
test_every_rule(void)
{
    for (guint rule = 0; rule < RULE_COUNT; rule++)
        for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
            bool wanted = strstr(expected[i].rules, rule_name((RuleId)rule)) != NULL;
            bool found = (rule_changes((RuleId)rule) & NEEDS(expected[i].attr)) != 0;
            if (wanted != found)
                g_error("%s: %s", rule_name((RuleId)rule), expected[i].attribute);
        }
}

/* Of more accounts than are asked for, those with the worst findings come first, and it
 * is told that of the others it is not known. */
static void
test_many_accounts(void)
{
    Estate *estate = estate_new(0);
    Audit audit = {.estate = estate,
                   .findings =
                       g_ptr_array_new_with_free_func((GDestroyNotify)finding_free),
                   .gaps = gap_list_new(),
                   .gaps_seen = gap_seen_new()};
    for (guint i = 0; i <= MOST_CHANGED_ACCOUNTS; i++) {
        g_autofree char *dn = g_strdup_printf("CN=HV%u,DC=x", i);
        bool last = i == MOST_CHANGED_ACCOUNTS;
        Finding *finding =
            finding_new(RULE_ACC_01, last ? SEVERITY_CRITICAL : SEVERITY_WARNING,
                        STATUS_FAIL, dn, NULL, NULL);
        finding->subject_account = estate_add_account(estate, dn, NULL);
        g_ptr_array_add(audit.findings, finding);
        if (i + 1 < MOST_CHANGED_ACCOUNTS)
            continue;
        g_autoptr(GPtrArray) accounts = audit_wanted_changes(&audit);
        g_assert_cmpuint(accounts->len, ==, MOST_CHANGED_ACCOUNTS);
        g_assert_cmpuint(audit.gaps->len, ==, last);
        g_assert_true((accounts->pdata[0] == finding->subject_account) == last);
    }
    const Gap *gap = audit.gaps->pdata[0];
    g_assert_cmpstr(gap->what, ==, "when accounts were last changed");
    g_assert_cmpstr(gap->why, ==,
                    "more than 2,000 accounts of which it is read what changed: of the "
                    "others it is not told");
    g_ptr_array_unref(audit.findings);
    g_ptr_array_unref(audit.gaps);
    g_hash_table_unref(audit.gaps_seen);
    estate_free(estate);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/changed/every-rule", test_every_rule);
    g_test_add_func("/changed/many-accounts", test_many_accounts);
    return g_test_run();
}
