/* Of which attribute of its subject each rule's findings come. */
#include "audit/changed.h"

#include "audit/rules.h"

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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/changed/every-rule", test_every_rule);
    return g_test_run();
}
