/* The ids of frameworks by rule: each was read where docs/frameworks.md says, and a rule
 * of which none was read has none. */
#include "audit/frameworks.h"

#include <stddef.h>

typedef struct {
    const char *ids[FRAMEWORK_COUNT];
} Mapping;

#define ATTACK [FRAMEWORK_ATTACK]
#define ANSSI [FRAMEWORK_ANSSI]
#define STIG [FRAMEWORK_STIG]
#define CIS [FRAMEWORK_CIS]
#define NIST [FRAMEWORK_NIST]

const FrameworkName framework_names[FRAMEWORK_COUNT] = {
    ATTACK = {"attack", "MITRE ATT&CK"},
    ANSSI = {"anssi", "ANSSI Active Directory checkpoints"},
    STIG = {"stig", "DISA STIG"},
    CIS = {"cis", "CIS Benchmark for Windows Server"},
    NIST = {"nist", "NIST SP 800-53"},
};

static const Mapping none = {{NULL}};

static const Mapping weak_encryption = {{
    ANSSI = "vuln_kerberos_properties_deskey vuln_kerberos_properties_encryption",
    STIG = "WN16-SO-000350 WN22-SO-000290 WN25-SO-000290",
    NIST = "IA-7",
}};
static const Mapping tier0_delegable = {{
    ATTACK = "M1015",
    ANSSI = "vuln_protected_users",
    STIG = "V-243470",
}};
static const Mapping roasting = {{ATTACK = "T1558.003"}};
static const Mapping unconstrained = {{ATTACK = "T1187", ANSSI = "vuln_delegation_t4d"}};
static const Mapping to_tier0 = {{
    ATTACK = "T1187",
    ANSSI = "vuln_delegation_t2a4d vuln_delegation_a2d2 vuln_delegation_sourcedeleg",
}};
static const Mapping quota = {{
    ATTACK = "M1018",
    ANSSI = "vuln_user_accounts_machineaccountquota",
}};
static const Mapping privilege = {{
    ATTACK = "T1098",
    STIG = "WN16-DC-000420 WN19-DC-000420 WN22-DC-000420 WN25-DC-000420",
    CIS = "2.2.27",
    NIST = "AC-6(10)",
}};
static const Mapping trustees = {{ATTACK = "T1134"}};
static const Mapping writers = {{ATTACK = "T1098"}};
static const Mapping tgt_over_trust = {
    {ATTACK = "T1187", ANSSI = "vuln_trusts_tgt_deleg"}};
static const Mapping sid_filter = {{
    ATTACK = "T1134.005",
    ANSSI = "vuln_trusts_forest_sidhistory vuln_trusts_domain_notfiltered",
    STIG = "V-243484",
    NIST = "IA-2",
}};
static const Mapping selective = {{STIG = "V-243485", NIST = "AC-3"}};

/* clang-format off */
static const Mapping *
mapping_of(RuleId rule)
{
    switch (rule) {
    case RULE_ACC_06: case RULE_TKT_02:
        return &weak_encryption;
    case RULE_ACC_11:
        return &tier0_delegable;
    case RULE_ACC_16:
        return &roasting;
    case RULE_DEL_04:
        return &unconstrained;
    case RULE_DEL_08:
        return &to_tier0;
    case RULE_DOM_01:
        return &quota;
    case RULE_GPO_05:
        return &privilege;
    case RULE_RBC_02:
        return &trustees;
    case RULE_RBC_07:
        return &writers;
    case RULE_TRU_01:
        return &tgt_over_trust;
    case RULE_TRU_02:
        return &sid_filter;
    case RULE_TRU_03:
        return &selective;
    default: /* no authority speaks of it */
        return &none;
    }
}
/* clang-format on */

const char *
framework_ids(Framework framework, RuleId rule)
{
    return mapping_of(rule)->ids[framework];
}
