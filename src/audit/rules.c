#include "audit/checks.h"

#include <string.h>

#define UAC NEEDS(ATTR_UAC)
#define LIST NEEDS(ATTR_DELEGATE_TO)
#define RBCD NEEDS(ATTR_RBCD)
#define DNS NEEDS(ATTR_DNS_NAME)
#define SPNS NEEDS(ATTR_SPN)
#define ETYPES NEEDS(ATTR_ETYPES)

/* By id.  A check that needs evidence of the target asks for it itself. */
const Rule rules[] = {
    {"ACC-01", "host-disabled", "The host's computer account is disabled", SEVERITY_ERROR,
     SCOPE_HOST, UAC, false, check_host_disabled,
     "A disabled account gets no tickets and none are issued for it."},
    {"ACC-02", "host-not-delegable",
     "The source host is marked sensitive (NOT_DELEGATED)", SEVERITY_ERROR, SCOPE_HOST,
     UAC, false, check_host_not_delegable, NULL},
    {"ACC-03", "host-in-protected-users", "The source host is in Protected Users",
     SEVERITY_ERROR, SCOPE_HOST, 0, false, check_host_in_protected_users, NULL},
    {"ACC-04", "host-stale", "The host has been silent for two months", SEVERITY_WARNING,
     SCOPE_HOST, UAC, false, check_host_stale, NULL},
    {"ACC-05", "etypes-incompatible", "No encryption type in common", SEVERITY_ERROR,
     SCOPE_PAIR, UAC | ETYPES, false, check_etypes_incompatible, NULL},
    {"ACC-06", "etypes-weak", "Weak or unset encryption types", SEVERITY_WARNING,
     SCOPE_HOST, UAC | ETYPES, false, check_etypes_weak, NULL},
    {"ACC-07", "operator-not-delegable", "The operator is marked sensitive",
     SEVERITY_ERROR, SCOPE_DOMAIN, 0, false, check_operator_not_delegable, NULL},
    {"ACC-08", "operator-in-protected-users", "The operator is in Protected Users",
     SEVERITY_ERROR, SCOPE_DOMAIN, 0, false, check_operator_in_protected_users, NULL},
    {"ACC-09", "krbtgt-not-delegable", "krbtgt is marked sensitive (NOT_DELEGATED)",
     SEVERITY_ERROR, SCOPE_DOMAIN, 0, false, check_krbtgt_not_delegable, NULL},
    {"ACC-10", "host-is-domain-controller", "The host is a domain controller",
     SEVERITY_WARNING, SCOPE_HOST, UAC, false, check_host_is_domain_controller, NULL},
    {"ACC-11", "tier0-delegable", "Tier-0 administrators can be delegated",
     SEVERITY_WARNING, SCOPE_DOMAIN, 0, false, check_tier0_delegable, NULL},

    {"DEL-01", "delegation-cifs-missing", "No delegation to cifs on the target",
     SEVERITY_ERROR, SCOPE_PAIR, 0, false, check_delegation_cifs_missing, NULL},
    {"DEL-02", "delegation-migration-missing",
     "No delegation to the Migration Service on the target", SEVERITY_ERROR, SCOPE_PAIR,
     0, false, check_delegation_migration_missing, NULL},
    {"DEL-03", "protocol-transition-off",
     "Kerberos-only delegation: no protocol transition (T2A4D)", SEVERITY_ERROR,
     SCOPE_HOST, UAC | LIST, false, check_protocol_transition_off, NULL},
    {"DEL-04", "unconstrained-delegation", "Unconstrained delegation", SEVERITY_CRITICAL,
     SCOPE_HOST, UAC, false, check_unconstrained_delegation, NULL},
    {"DEL-05", "delegation-target-ghost", "Delegation to an SPN that no account holds",
     SEVERITY_ERROR, SCOPE_HOST, LIST, false, check_delegation_target_ghost, NULL},
    {"DEL-06", "delegation-target-inactive", "Delegation to a disabled or stale account",
     SEVERITY_WARNING, SCOPE_HOST, LIST, false, check_delegation_target_inactive, NULL},
    {"DEL-07", "delegation-excess", "Delegation that no declared group needs",
     SEVERITY_WARNING, SCOPE_HOST, LIST, false, check_delegation_excess, NULL},
    {"DEL-08", "delegation-to-tier0", "Delegation to a Tier-0 account", SEVERITY_CRITICAL,
     SCOPE_HOST, LIST, false, check_delegation_to_tier0, NULL},
    {"DEL-09", "delegation-one-way", "Ready one way only", SEVERITY_WARNING, SCOPE_PAIR,
     0, false, check_delegation_one_way, NULL},
    {"DEL-10", "delegation-list-near-limit",
     "The delegation list nears what one object can hold", SEVERITY_WARNING, SCOPE_HOST,
     LIST | SPNS, false, check_delegation_list_near_limit, NULL},
    {"DEL-11", "delegation-cross-domain", "Classic delegation into another domain",
     SEVERITY_ERROR, SCOPE_HOST, LIST, false, check_delegation_cross_domain, NULL},
    {"DEL-12", "storage-cifs-missing", "No delegation to cifs on the file server",
     SEVERITY_ERROR, SCOPE_PAIR, 0, false, check_storage_cifs_missing, NULL},
    {"DEL-13", "no-partners", "A Hyper-V host without any delegation partner",
     SEVERITY_WARNING, SCOPE_HOST, 0, false, check_no_partners, NULL},

    {"DOM-01", "machine-account-quota", "Any user may create computer accounts",
     SEVERITY_WARNING, SCOPE_DOMAIN, 0, false, check_machine_account_quota, NULL},
    {"DOM-02", "clock-skew", "The domain controller's clock differs", SEVERITY_WARNING,
     SCOPE_DOMAIN, 0, false, check_clock_skew, NULL},
    {"DOM-03", "replication-divergence", "Domain controllers hold different values",
     SEVERITY_ERROR, SCOPE_HOST, 0, false, check_replication_divergence, NULL},
    {"DOM-04", "recently-changed", "Changed minutes ago", SEVERITY_INFO, SCOPE_HOST, 0,
     false, check_recently_changed, NULL},
    {"DOM-05", "os-level-mismatch", "Hosts of different Windows versions", SEVERITY_INFO,
     SCOPE_DOMAIN, 0, false, check_os_level_mismatch, NULL},

    {"GPO-01", "symbolic-link-right",
     "A GPO takes the right to create symbolic links away", SEVERITY_ERROR, SCOPE_HOST,
     NEEDS_GPO, false, check_symbolic_link_right, NULL},
    {"GPO-02", "service-logon-right", "A GPO takes the right to log on as a service away",
     SEVERITY_ERROR, SCOPE_HOST, NEEDS_GPO, false, check_service_logon_right, NULL},
    {"GPO-03", "registry-pol-corrupt", "A GPO's Registry.pol is corrupt", SEVERITY_ERROR,
     SCOPE_HOST, NEEDS_GPO, false, check_registry_pol_corrupt, NULL},

    {"NET-01", "port-refused", "Nothing listens on a port", SEVERITY_WARNING,
     SCOPE_MACHINE, NEEDS_NET, false, check_port_refused, NULL},
    {"NET-02", "port-filtered", "A port does not answer", SEVERITY_WARNING, SCOPE_MACHINE,
     NEEDS_NET, false, check_port_filtered, NULL},
    {"NET-03", "name-resolution", "Names and addresses disagree", SEVERITY_WARNING,
     SCOPE_MACHINE, NEEDS_NET, false, check_name_resolution, NULL},

    {"RBC-01", "rbcd-not-granted", "RBCD names the source, but does not grant it",
     SEVERITY_WARNING, SCOPE_PAIR, 0, false, check_rbcd_not_granted, NULL},
    {"RBC-02", "rbcd-broad-trustee", "RBCD is open to everybody, or nearly",
     SEVERITY_CRITICAL, SCOPE_HOST, RBCD, false, check_rbcd_broad_trustee, NULL},
    {"RBC-03", "rbcd-orphan", "RBCD for an account that is gone", SEVERITY_WARNING,
     SCOPE_HOST, RBCD, false, check_rbcd_orphan, NULL},
    {"RBC-04", "rbcd-malformed", "The RBCD descriptor does not parse", SEVERITY_ERROR,
     SCOPE_HOST, RBCD, false, check_rbcd_malformed, NULL},
    {"RBC-05", "rbcd-mixing-trap",
     "RBCD is granted, but the source's own list defeats it", SEVERITY_ERROR, SCOPE_PAIR,
     0, false, check_rbcd_mixing_trap, NULL},
    {"RBC-06", "rbcd-unsupported", "A domain controller that does not know RBCD",
     SEVERITY_ERROR, SCOPE_DOMAIN, 0, false, check_rbcd_unsupported, NULL},
    {"RBC-07", "rbcd-writable", "Somebody outside Tier 0 may write the host's delegation",
     SEVERITY_WARNING, SCOPE_HOST, 0, false, check_rbcd_writable, NULL},

    {"SPN-01", "migration-spn-missing", "Migration Service SPN missing", SEVERITY_ERROR,
     SCOPE_HOST, 0, false, check_migration_spn_missing, NULL},
    {"SPN-02", "cifs-spn-unresolvable", "cifs SPN resolves to no account", SEVERITY_ERROR,
     SCOPE_HOST, 0, false, check_cifs_spn_unresolvable, NULL},
    {"SPN-03", "spn-duplicate", "SPN on more than one account", SEVERITY_ERROR,
     SCOPE_HOST, 0, false, check_spn_duplicate, NULL},
    {"SPN-04", "spn-on-wrong-account", "SPN on another account", SEVERITY_ERROR,
     SCOPE_HOST, 0, false, check_spn_on_wrong_account, NULL},
    {"SPN-05", "cifs-shadowed", "An explicit cifs SPN elsewhere shadows the host",
     SEVERITY_CRITICAL, SCOPE_HOST, 0, false, check_cifs_shadowed, NULL},
    {"SPN-06", "spn-stale-name", "SPNs of another name", SEVERITY_WARNING, SCOPE_HOST,
     SPNS | DNS | UAC, false, check_spn_stale_name, NULL},
    {"SPN-07", "dns-host-name", "dNSHostName is missing or another host's",
     SEVERITY_ERROR, SCOPE_HOST, DNS, false, check_dns_host_name, NULL},
    {"SPN-08", "hyperv-spn-incomplete", "Hyper-V SPNs incomplete", SEVERITY_INFO,
     SCOPE_HOST, SPNS, false, check_hyperv_spn_incomplete, NULL},
    {"SPN-09", "spn-lookalike", "Two SPNs that look alike", SEVERITY_WARNING,
     SCOPE_DOMAIN, 0, false, check_spn_lookalike, NULL},

    {"TKT-01", "ticket-refused", "The KDC refuses a ticket for a needed SPN",
     SEVERITY_ERROR, SCOPE_HOST, 0, true, check_ticket_refused, NULL},
    {"TKT-02", "ticket-weak-etype", "The ticket is encrypted with a weak type",
     SEVERITY_WARNING, SCOPE_HOST, 0, true, check_ticket_weak_etype, NULL},
    {"TKT-03", "ticket-wrong-key", "The ticket is encrypted with another account's key",
     SEVERITY_CRITICAL, SCOPE_HOST, 0, true, check_ticket_wrong_key, NULL},
    {"TKT-04", "ticket-disagrees", "The KDC and the directory disagree", SEVERITY_WARNING,
     SCOPE_HOST, 0, true, check_ticket_disagrees, NULL},
    {"TKT-05", "s4u2self-not-forwardable", "The S4U2Self ticket is not forwardable",
     SEVERITY_ERROR, SCOPE_HOST, NEEDS_PROOFS, false, check_self_not_forwardable, NULL},
    {"TKT-06", "s4u2proxy-refused", "The KDC refuses to delegate", SEVERITY_ERROR,
     SCOPE_PAIR, NEEDS_PROOFS, false, check_proxy_refused, NULL},
    {"TKT-07", "s4u2proxy-excess", "The KDC delegates what the directory denies",
     SEVERITY_CRITICAL, SCOPE_PAIR, NEEDS_PROOFS, false, check_proxy_excess, NULL},
};

const guint rules_count = G_N_ELEMENTS(rules);

const Rule *
rule_find(const char *id)
{
    for (guint i = 0; i < rules_count; i++)
        if (strcmp(rules[i].id, id) == 0)
            return &rules[i];
    return NULL;
}
