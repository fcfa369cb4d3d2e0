/* The checks behind the table of rules, one file per family. */
#ifndef AUDIT_CHECKS_H
#define AUDIT_CHECKS_H

#include "audit/rules.h"

#define CHECK(name) void name(const Audit *audit, const void *subject, Sink *sink)

/* evidence.c: evidence that several checks show. */

/* "userAccountControl of HV01": "4096 (WORKSTATION_TRUST_ACCOUNT)" */
void
evidence_uac(Finding *finding, const Account *account);

/* "msDS-AllowedToDelegateTo of HV01": "12 values" */
void
evidence_list(Finding *finding, const Account *source);

/* "pwdLastSet of HV09", "lastLogonTimestamp of HV09": when. */
void
evidence_activity(Finding *finding, const Account *account);

/* "memberOf of alice": a few of its groups. */
void
evidence_groups(Finding *finding, const Account *account);

/* checks_spn.c */
CHECK(check_migration_spn_missing);
CHECK(check_cifs_spn_unresolvable);
CHECK(check_spn_duplicate);
CHECK(check_spn_on_wrong_account);
CHECK(check_cifs_shadowed);
CHECK(check_dns_host_name);

/* checks_spn_hygiene.c */
CHECK(check_spn_stale_name);
CHECK(check_hyperv_spn_incomplete);
CHECK(check_spn_lookalike);

/* checks_delegation.c */
CHECK(check_delegation_cifs_missing);
CHECK(check_delegation_migration_missing);
CHECK(check_protocol_transition_off);
CHECK(check_unconstrained_delegation);
CHECK(check_delegation_target_ghost);
CHECK(check_delegation_one_way);
CHECK(check_storage_cifs_missing);
CHECK(check_no_partners);

/* checks_exposure.c */
CHECK(check_delegation_target_inactive);
CHECK(check_delegation_excess);
CHECK(check_delegation_to_tier0);
CHECK(check_delegation_list_near_limit);
CHECK(check_delegation_cross_domain);

/* checks_rbcd.c */
CHECK(check_rbcd_not_granted);
CHECK(check_rbcd_broad_trustee);
CHECK(check_rbcd_orphan);
CHECK(check_rbcd_malformed);
CHECK(check_rbcd_mixing_trap);
CHECK(check_rbcd_unsupported);

/* checks_writers.c */
CHECK(check_rbcd_writable);

/* checks_account.c */
CHECK(check_host_disabled);
CHECK(check_host_not_delegable);
CHECK(check_host_in_protected_users);
CHECK(check_host_stale);
CHECK(check_krbtgt_not_delegable);
CHECK(check_host_is_domain_controller);

/* checks_etype.c */
CHECK(check_etypes_incompatible);
CHECK(check_etypes_weak);

/* checks_operator.c */
CHECK(check_operator_not_delegable);
CHECK(check_operator_in_protected_users);
CHECK(check_tier0_delegable);

/* checks_ticket.c */
CHECK(check_ticket_refused);
CHECK(check_ticket_weak_etype);
CHECK(check_ticket_wrong_key);
CHECK(check_ticket_disagrees);

/* checks_proof.c */
CHECK(check_self_not_forwardable);
CHECK(check_proxy_refused);
CHECK(check_proxy_excess);

/* checks_domain.c */
CHECK(check_machine_account_quota);
CHECK(check_clock_skew);
CHECK(check_os_level_mismatch);

/* checks_replication.c */
CHECK(check_replication_divergence);
CHECK(check_recently_changed);

/* checks_policy.c */
CHECK(check_symbolic_link_right);
CHECK(check_service_logon_right);
CHECK(check_registry_pol_corrupt);

/* checks_net.c */
CHECK(check_port_refused);
CHECK(check_port_filtered);
CHECK(check_name_resolution);

#endif
