"""What a text says besides its code decides which cause comes first: a row of each kind, and of what takes it back."""

import pytest
from test_table import ask, causes, entries

LOGON = "An account failed to log on.\nLogon Type:\t\t\t8\nAccount Name:\t\tanna.meier\nFailure Reason:\t\t{}\nStatus:\t\t\t{}\nSub Status:\t\t{}\n"
TICKET = ("A Kerberos service ticket was requested.\nAccount Name:\t\tsvc-web@CONTOSO.COM\nService Name:\t\tsvc-web\n"
          "Ticket Options:\t\t0x40810000\nFailure Code:\t\t{}\n")


def first(text):
    return causes(ask("-", data=text.encode()))[0]


def check(text, cause):
    value = ask("-", data=text.encode())
    assert causes(value)[0] == cause, (text, entries(value), causes(value)[:4])


# The account that asks has no SPN: S4U2Self asks for a ticket to itself, whatever the target's SPNs are.
@pytest.mark.parametrize("text, cause", [
    ("[*] Sending S4U2self request\n[X] KRB-ERROR (7) : KDC_ERR_S_PRINCIPAL_UNKNOWN\n[X] S4U2Self failed", "source-no-spn"),
    ("[*] Requesting S4U2self\n[-] Kerberos SessionError: KDC_ERR_S_PRINCIPAL_UNKNOWN(Server not found in Kerberos database)",
     "source-no-spn"),
    ("[*] Sending S4U2self request\n[+] S4U2self success!\n[*] Building S4U2proxy request\n[X] KRB-ERROR (7)",
     "spn-migration"),
    (TICKET.format("0x1B"), "source-no-spn"), ("KDC_ERR_MUST_USE_USER2USER", "source-no-spn"),
    (TICKET.format("0x7"), "spn-migration"),
])
def test_of_whose_spn_a_text_speaks(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("KDC_ERR_BADOPTION although we set RBCD on the file server", "rbcd-refused"),
    ("Set-ADComputer HV02 -PrincipalsAllowedToDelegateToAccount (Get-ADComputer HV01), then 0x8009030E", "rbcd-refused"),
    ("0x8009030E with resource-based constrained delegation; it works from the source host", "rbcd-refused"),
    ("KDC_ERR_BADOPTION. We do not use RBCD", "list-migration"),
    ("0x8009030E. Should we take RBCD instead? Get-ADComputer HV02 -Properties PrincipalsAllowedToDelegateToAccount",
     "rbcd-refused"),
    ("0x8009030E. Set-ADComputer HV02 -PrincipalsAllowedToDelegateToAccount $null", "list-migration"),
    ("0x8009030E with RBCD, the operator's account is sensitive and cannot be delegated", "operator-sensitive"),
    ("KDC_ERR_BADOPTION with RBCD, the hosts are in different domains", "cross-domain"),
])
def test_delegation_is_said_to_be_resource_based(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("KDC_ERR_BADOPTION when asking for cifs/HV09.contoso.com on behalf of alice", "list-cifs"),
    (TICKET.format("0xD").replace("svc-web\nTicket", "cifs/HV09.contoso.com\nTicket"), "list-cifs"),
    ("<Data Name='ServiceName'>cifs/HV09.contoso.com</Data><Data Name='Status'>0xd</Data><EventID>4769</EventID>", "list-cifs"),
    ("KDC_ERR_BADOPTION; the list has cifs/HV09 and Microsoft Virtual System Migration Service/HV09", "list-migration"),
    ("cifs/HV09 over RBCD: KDC_ERR_BADOPTION", "rbcd-refused"),
    ("KDC_ERR_BADOPTION", "list-migration"),
])
def test_the_spn_that_was_refused_is_named(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("KDC_ERR_POLICY (12) for http/app.fabrikam.com. A forest trust joins contoso.com and fabrikam.com", "cross-domain"),
    ("KDC_ERR_BADOPTION, the web server is in another forest", "cross-domain"),
    ("KDC_ERR_POLICY, one-way trust, selective authentication is set", "silo"),
    ("KDC_ERR_POLICY over a forest trust. The hosts are in an authentication policy silo", "silo"),
    ("KDC_ERR_POLICY", "silo"),
])
def test_two_forests_are_named(text, cause):
    check(text, cause)


def test_a_migration_that_failed_at_the_destination_is_not_said_to_have_failed_at_the_source():
    value = ask("--", "Virtual machine migration operation for 'VM1' failed at migration destination 'HV02'.")
    assert entries(value) == ["failed-at-destination"] and causes(value)[0] == "read-the-message"
    assert "destination" in value["entries"][0]["meaning"] and "source" not in value["entries"][0]["meaning"]
    assert entries(ask("--", "migration operation for 'VM1' failed at migration source 'HV01'.")) == ["event-21024"]


@pytest.mark.parametrize("text, cause", [
    (LOGON.format("Unknown user name or bad password.", "0xC000006D", "0xC0000064"), "no-such-account"),
    (LOGON.format("Unknown user name or bad password.", "0xC000006D", "0xC000006A"), "account-locked"),
    ("KRB-ERROR (6) : KDC_ERR_C_PRINCIPAL_UNKNOWN", "no-such-account"),
    ("kinit: Client 'anna@CONTOSO.COM' not found in Kerberos database while getting initial credentials", "no-such-account"),
    ("KDC_ERR_C_PRINCIPAL_UNKNOWN. Event ID: 25", "operator-groups"),
])
def test_a_name_that_no_account_has(text, cause):
    check(text, cause)


# The user did not reach the database, the file or the server behind the first one.
@pytest.mark.parametrize("text, cause", [
    ("Login failed for user '(null)'. Reason: Not associated with a trusted SQL Server connection.", "list-service"),
    ("Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication. (18452)",
     "list-service"),
    ("Error: 18452", "list-service"), ("SSPI handshake failed with error code 0x80090324, state 14", "clock"),
    ("SSPI handshake failed with error code 0x8009999F, state 14", "read-the-message"),
    ("winrm-exec.py: Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'", "winrm-second-hop"),
    ("Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'. The linked server works over WinRM", "list-service"),
    ("debug1: sspi delegation was requested but not fulfilled", "not-ok-as-delegate"),
    ("With Credential Guard on ssh says: sspi delegation was requested but not fulfilled", "credential-guard"),
    ("Credential Guard is off. sspi delegation was requested but not fulfilled", "not-ok-as-delegate"),
    ("The second RDP connection fails on Windows 11 22H2. Disabling Cred Guard solved it", "credential-guard"),
])
def test_the_second_hop(text, cause):
    check(text, cause)


CONNECTOR = "Event ID 12027, Microsoft-AadApplicationProxy-Connector: {}"


@pytest.mark.parametrize("text, cause", [
    (CONNECTOR.format("No credentials are available in the security package (0x8009030e)"), "list-proxy"),
    (CONNECTOR.format("Access is denied. (0x80070005)"), "operator-groups"),
    (CONNECTOR.format("Forbidden for some users"), "operator-groups"),
    ("Web Application Proxy cannot retrieve a Kerberos ticket on behalf of the user because of the following general API "
     "error: No credentials are available in the security package (0x8009030e).", "list-proxy"),
    ("13019", "list-proxy"), ("12027", "list-proxy"),
])
def test_the_application_proxy(text, cause):
    check(text, cause)
    named = ask("-", data=text.encode())["causes"][0]
    fixes = [named["fix"], *named["commands"]]
    assert not [fix for fix in fixes if "Virtual System" in fix or "Hyper-V" in fix], fixes


@pytest.mark.parametrize("text, cause", [
    ("An error occurred while attempting to connect to server \"HV02\". Delegation of credentials to the server \"HV02\" could "
     "not be enabled. CredSSP authentication is currently disabled on the local client.", "credssp-not-enabled"),
    ("Starting test: Replications\n[Replications Check,DC1] A recent replication attempt failed:\nThe replication generated "
     "an error (-2146893022):\nThe target principal name is incorrect.", "wrong-key"),
    ("[Replications Check,DC1] The replication generated an error (1722):\nThe RPC server is unavailable.", "replication"),
    ("The target principal name is incorrect (-2146893022)", "spn-elsewhere"),
    ("The SQL Server Network Interface library could not register the Service Principal Name (SPN) [ MSSQLSvc/sql1:1433 ] "
     "for the SQL Server service. Windows return code: 0xffffffff, state: 63.", "dc-unreachable"),
    ("The SQL Server Network Interface library could not register the Service Principal Name (SPN) [ MSSQLSvc/sql1:1433 ] "
     "for the SQL Server service. Windows return code: 0x2098, state: 15.", "spn-write-rights"),
])
def test_what_a_tool_of_another_kind_says(text, cause):
    check(text, cause)


NO_DC = "WinRM cannot process the request. The following error with errorcode 0x80090311 occurred while using Kerberos " \
    "authentication: There are currently no logon servers available to service the logon request.\n" \
    "-Kerberos accepts domain user names, but not local user names."


@pytest.mark.parametrize("text, cause", [
    (NO_DC, "dc-unreachable"), (NO_DC + " We use LAPS", "winrm-local-account"),
    (NO_DC + " I signed in with a local account", "winrm-local-account"),
    (NO_DC + " It is not a local account", "dc-unreachable"),
    (NO_DC + " Enter-PSSession -ComputerName HV02 -Credential .\\administrator", "winrm-local-account"),
])
def test_an_account_of_the_computer_itself(text, cause):
    check(text, cause)


# Which account is at fault: KB5073381.
@pytest.mark.parametrize("number, cause", [
    (201, "rc4-client"), (202, "rc4-keys"), (203, "rc4-client"), (204, "rc4-keys"), (205, "rc4-default"),
    (206, "rc4-client"), (207, "rc4-keys"), (208, "rc4-client"), (209, "rc4-keys"),
])
def test_events_of_rc4(number, cause):
    check(f"Event Source\tKdcsvc\nEvent ID\t{number}", cause)
    check(f"Log Name: System\nEvent ID: {number}\nSource: Kdcsvc", cause)


def test_the_text_of_an_event_of_rc4():
    check("The Key Distribution Center blocked RC4 usage because service msds-SupportedEncryptionTypes is not defined and the "
          "service account only has insecure keys.", "rc4-keys")
    check("Kdcsvc events on the domain controller", "etypes-weak")
    client = "Source: Kdcsvc\nService msds-SupportedEncryptionTypes is not defined and the client only supports insecure " \
        "encryption types.\nService Information\n Service Name: cifs/filer7.contoso.com\n"
    check(client, "etypes")
    check("Account Information\n Account Name: svc-scan\n" + client, "rc4-client")


@pytest.mark.parametrize("text, cause", [
    ("Le nom principal cible est incorrect. Impossible de générer le contexte SSPI.", "spn-elsewhere"),
    ("Der SSPI-Kontext kann nicht generiert werden.", "spn-elsewhere"), ("No se puede generar contexto SSPI.", "spn-elsewhere"),
    ("Impossibile generare il contesto SSPI.", "spn-elsewhere"), ("SSPI コンテキストを生成できません", "spn-elsewhere"),
    ("WinRM kann die Anforderung nicht verarbeiten. Bei Verwendung der Kerberos-Authentifizierung ist der folgende Fehler mit "
     "Fehlercode 0x80090322 aufgetreten", "winrm-spn"),
    ("WinRM kann die Anforderung nicht verarbeiten. Fehler mit Fehlercode 0x8009030e", "winrm-second-hop"),
    ("WinRM ne peut pas traiter la demande. L'erreur suivante avec le code d'erreur 0x80090311", "dc-unreachable"),
])
def test_other_languages(text, cause):
    check(text, cause)


@pytest.mark.parametrize("number, cause", [
    ("14", "etypes"), ("11", "spn-duplicate"), ("40960", "read-the-message"), ("0x2efe", "winrm"), ("8606", "replication"),
    ("0x80072740", "port-6600-refused"), ("0x8007000E", "memory"), ("Kerberos error 11", "clock"), ("Event ID: 14", "etypes"),
])
def test_a_number_alone(number, cause):
    check(number, cause)


@pytest.mark.parametrize("text, entry", [
    ("Event 4: KRB_AP_ERR_MODIFIED", "krb-modified"), ("Event ID 14: KDC_ERR_ETYPE_NOSUPP", "event-no-key"),
    ("Event 4 KRB_AP_ERR_MODIFIED", "krb-modified"), ("4 KDC_ERR_C_OLD_MAST_KVNO", "krb-old-key"),
    ("Failure code 0x4: KRB_AP_ERR_MODIFIED", "krb-old-key"),
])
def test_the_number_of_an_event_before_a_name_of_kerberos(text, entry):
    listed = entries(ask("--", text))
    assert entry in listed and ("krb-old-key" in listed) == (entry == "krb-old-key"), listed


@pytest.mark.parametrize("text, entry", [
    ("4769 0x20", "krb-expired"), ("4769 0x25", "krb-skew"), ("4768: 0x6", "c-principal-unknown"), ("event 4771 0x18", "krb-preauth-failed"),
    ("4769, 0x40810000, 0x12 and 0x20 in a long text that tells of more than one thing", None), ("HV02 0x20", None),
])
def test_the_result_code_behind_the_number_of_an_event(text, entry):
    listed = entries(ask("--", text, status=0 if entry else 2))
    assert listed == ([entry] if entry else []), listed


QUOTED = ("While processing a TGS request for the target server cifs/fs1.contoso.com, the\naccount fs1$ did not have a suitable "
          "key for\ngenerating a Kerberos ticket (the missing key has an ID of 8).")


@pytest.mark.parametrize("mark", ["", "> ", ">> ", "> > ", ">", "  > "])
def test_a_quoted_mail_that_was_wrapped(mark):
    check("".join(f"{mark}{line}\n" for line in QUOTED.splitlines()), "etypes")
