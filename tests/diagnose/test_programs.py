"""Texts of programs that are no Windows (MIT, Heimdal, Java, appliances), and of services beside Hyper-V: their cause comes first,
and what is proposed is about the name that they asked for."""

import pytest
from test_order import check
from test_paste import page

REFUSED = "KDC can't fulfill requested option"
NO_CACHE = "No Kerberos credentials available (default cache: KCM:)"


@pytest.mark.parametrize("text, asked", [
    (f"# kinit -k -t /etc/krb5.keytab HTTP/web01.corp.test\n# kvno -k /etc/krb5.keytab -U alice -P cifs/files01.corp.test\nkvno: {REFUSED} "
     "while getting credentials for cifs/files01.corp.test@CORP.TEST\n", "cifs/files01.corp.test"),
    ("ns_process_kcd_req delegated_user len is 28 value is host/agee.corp.test\nns_kgetcred krb5_get_creds returned -1765328371, svcname "
     "HTTP/wi2.corp.test@CORP.TEST, impersonate str alice@CORP.TEST\n", "HTTP/wi2.corp.test"),
    ("[1417] 1455756870.671488: Requesting tickets for postgres/ds.corp.test@CORP.TEST, referrals on\n[1417] 1455756870.671950: TGS "
     f"request result: -1765328371/{REFUSED}\n", "postgres/ds.corp.test"),
    (f"websso.1[5512]: 014d0005:3: Kerberos: can't get S4U2Proxy ticket for server HTTP/app1.corp.test@CORP.TEST - {REFUSED} (-1765328371)",
     "HTTP/app1.corp.test"),
    ("HTTP/www.ipa.test@IPA.TEST for ldap/dir.ipa.test@IPA.TEST: NOT_ALLOWED_TO_DELEGATE", "ldap/dir.ipa.test"),
])
def test_the_name_that_was_asked_for_is_proposed_for_the_list(text, asked):
    shown = page(text)
    assert f"'msDS-AllowedToDelegateTo'='{asked}'" in shown and "Migration Service" not in shown, shown


def test_a_program_that_names_no_service_is_not_told_of_migrations():
    shown = page(f"kgetcred: krb5_get_creds: {REFUSED}")
    assert "SERVICE/SERVER-FQDN" in shown and "Migration Service" not in shown, shown
    assert "Migration Service" in page(f"live migration: {REFUSED}, kinit")


@pytest.mark.parametrize("text, cause", [
    (f"gssproxy[811]: {NO_CACHE}", "gss-no-ticket"), ("Can't find client principal a@CORP.TEST in cache collection", "gss-no-ticket"),
    ("jdbc:hive2://hs2 GSSException: No valid credentials provided (Mechanism level: Failed to find any Kerberos tgt)", "gss-no-ticket"),
    ("constrained delegation with jcifs: Failed to find any Kerberos tgt", "not-ok-as-delegate"),
    ("GSSAPIDelegateCredentials yes; klist: No credentials cache found (filename: /tmp/krb5cc_0)", "not-ok-as-delegate"),
    ("kinit: Keytab contains no suitable keys for HTTP/web01.corp.test@CORP.TEST while getting initial credentials", "keytab-entry"),
    ("Request ticket server HTTP/app@CORP.TEST kvno 4 not found in keytab; keytab is likely out of date", "wrong-key"),
    ("Failed to find cifs/files@CORP.TEST(kvno 5) in keytab MEMORY:cifs_srv_keytab", "wrong-key"),
    ("('Wrong principal in request', -1765328240)", "alias-name"), ("KRB_AP_WRONG_PRINC", "alias-name"),
    ("Request ticket server HTTP/www@CORP.TEST not found in keytab (ticket kvno 3)", "alias-name"),
    ("can't get S4U2Self ticket for user a@CORP.TEST - Requesting ticket can't get forwardable tickets (-1765328163)", "no-transition"),
    ("KrbException: Message stream modified (41)\nKrbKdcRep.check: at #1. request for true, received false", "no-transition"),
    ("GSSException: Defective token detected (Mechanism level: GSSHeader did not find the right tag)", "web-spn"),
    ("Ensure Kerberos has been initialized with 'kinit'. GSSAPI operation failed with error - An unsupported mechanism was requested",
     "gss-no-ticket"),
    ("KrbException: Encryption type RC4 with HMAC is not supported/enabled", "etypes-weak"),
    ("kinit: krb5_get_init_creds: unable to reach any KDC in realm CORP.TEST", "dc-unreachable"),
    ("GSS failure (Server krbtgt/COMPUTE.AMAZONAWS.COM@CORP.TEST not found in Kerberos database)", "alias-name"),
    ("sname is zookeeper/localhost@CORP.TEST\nKrbException: Server not found in Kerberos database (7)", "alias-name"),
    ("HTTP/a@IPA.TEST for ldap/b@IPA.TEST: NOT_ALLOWED_TO_DELEGATE, KDC policy rejects request", "list-migration"),
    ("S4U2PROXY_EVIDENCE_TKT_WITHOUT_PAC: KDC policy rejects request", "pac-signature"),
    ("Rubeus tgtdeleg: Client is not allowed to delegate to target: cifs/dc1.corp.test", "credential-guard"),
    ("CIFS server account password does not match password stored in Active Directory (KRB5KDC_ERR_PREAUTH_FAILED)", "host-is-stale"),
    ("ls: User: hive@CORP.TEST is not allowed to impersonate alice", "proxy-rules"),
    ("kinit: KDC reply did not match expectations while getting initial credentials", "realm-case"), ("-1765328237", "realm-case"),
    ("sssd ldap_child: keytab [MEMORY:/etc/krb5.keytab]: Preauthentication failed", "host-is-stale"),
    ("User 'hue/edge' is not authorized to delegate to 'alice'", "proxy-rules"),
    ("rpc.gssd: ERROR: No credentials found for connection to server nas", "gss-no-ticket"),
    ("remote: -1765328377/Server HTTP/git.corp.test@CORP.TEST not found in Kerberos database", "web-spn"),
    ("ansible win_copy: Access to the path '\\\\files01\\share' is denied.", "winrm-second-hop"),
    ("winrm-exec.py: Sqlcmd: Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'..", "winrm-second-hop"),
])
def test_what_libraries_and_appliances_say(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("Login failed for user 'CORP\\WEB01$'.", "service-as-itself"), ("Login failed for user 'IIS APPPOOL\\Default'.", "service-as-itself"),
    ("Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'.", "list-service"),
    ("Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'. auth_scheme is NTLM from my desktop", "spn-migration"),
    ("Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'. netdom: TGT Delegation is not enabled.", "tgt-delegation"),
    ("On-premises gateway failed to impersonate the user. A specified logon session does not exist", "s4u-rights"),
    ("Ошибка входа пользователя \"NT AUTHORITY\\АНОНИМНЫЙ ВХОД\".", "list-service"),
    ("Login failed for user 'sa'. Reason: Password did not match that for the login provided. Error: 18456", "account-locked"),
    ("On-premises data gateway: ticket for SPN hdb/hana.corp.test: No credentials are available in the security package", "list-service"),
    ("LdapErr: AcceptSecurityContext error, data 52e", "account-locked"), ("AcceptSecurityContext error, data 773", "password-expired"),
    ("Hyper-V Replica: terminated in a root certificate which is not trusted by the trust provider. (0x800B0109)", "certificate"),
    ("WindowsTokenService.S4UClient.UpnLogon failed; svc_c2wts: Use Kerberos only", "no-transition"),
    ("WebApplicationProxy: the backend server responds to Kerberos authentication attempts with an HTTP 401 error", "web-spn"),
    ("setspn -Q HTTP/portal: Existing SPN found! Users are prompted three times, then 401.1", "web-spn"),
    ("Event 43: The KDC encountered a ticket that it could not validate the full PAC Signature.", "pac-signature"),
    ("Netlogon event 5842: an error while processing a Kerberos Network Ticket Logon. Access is denied", "pac-validation"),
    ("The remote computer doesn't support Restricted Administration mode", "remote-guard"),
    ("NTLM authentication failed because the account was a member of the Protected User group. 0xC000006E", "operator-protected"),
    ("Veeam: Host: [10.0.4.21]. Win32 error:The target account name is incorrect. Code: 1396", "alias-name"),
])
def test_services_beside_hyperv(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text", [
    f"gssproxy[811]: GSS failure. {NO_CACHE}", "nginx: [error] 2211#2211: *3 GSS failure: KDC policy rejects request",
    "ipa: SASL(-1): GSSAPI Error: KDC policy rejects request. krb5kdc[2331](info): NOT_ALLOWED_TO_DELEGATE"])
def test_a_service_is_not_told_to_run_kinit_as_somebody_else(text):
    shown = page(text)
    assert "On the machine where this was shown" not in shown and "Causes, the most likely first" in shown, shown
    assert "2211" not in shown.replace(text, "") and "2331 is not" not in shown, shown


def test_the_spn_of_a_program_is_taken_whatever_its_class_is():
    assert "hdb/hana.corp.test" in page("Server not found in Kerberos database while getting ticket for hdb/hana.corp.test@CORP.TEST")
