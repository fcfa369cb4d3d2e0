"""Kinds of texts that people paste beside events of Hyper-V: what other programs wrote, who answered, what was asked for."""

import pytest
from test_order import check
from test_paste import page
from test_services import user
from test_table import ask, causes, entries


@pytest.mark.parametrize("text, cause", [
    ("Quelle: Kdcsvc\nEreignis-ID: 203", "rc4-client"), ("Kdcsvc\nEventID 207", "rc4-keys"),
    ("<Provider Name='KdcSvc'/><EventID Qualifiers='0'>202</EventID>", "rc4-keys"),
    ("Source: Kdcsvc\nID d'événement : 205", "rc4-default"),
])
def test_events_of_kdcsvc_in_any_form(text, cause):
    check(text, cause)


TRACE = ("$ KRB5_TRACE=/dev/stderr kvno cifs/hv02.contoso.com\n[21453] 1763971011.104423: Retrieving alice@CONTOSO.COM -> "
         "cifs/hv02.contoso.com@ from FILE:/tmp/krb5cc_0 with result: -1765328243/Matching credential not found\n[21453] "
         "1763971011.104436: TGS request result: -1765328377/Server not found in Kerberos database\nkvno: Server not found in "
         "Kerberos database while getting credentials for cifs/hv02.contoso.com@\n")


def test_a_step_in_passing_of_a_trace_is_no_missing_ticket():
    shown = page(TRACE)
    assert "run kinit" not in shown and "KDC_ERR_S_PRINCIPAL_UNKNOWN" in shown, shown
    check(TRACE, "spn-host")
    check(TRACE.replace("cifs/", "Microsoft Virtual System Migration Service/"), "spn-migration")


@pytest.mark.parametrize("command", ["kinit -kt /etc/audit.keytab svc@CONTOSO.COM", "kinit -V\nUsing keytab: /etc/audit.keytab"])
def test_a_key_of_a_keytab_is_no_password(command):
    shown = page(f"$ {command}\nkinit: Preauthentication failed while getting initial credentials\n")
    assert "keytab /etc/audit.keytab is older" in " ".join(shown.split()) and "password given" not in shown, shown


@pytest.mark.parametrize("text, unknown", [
    ("Error (2912)\nAn internal error has occurred trying to contact the 'hv02.contoso.com' server: WinRM: Unknown error "
     "(0x80338126)", False), ("Error (10638)\nNo credentials are available in the security package (0x8009030E)", True),
    ("msg-type: krb-error (30)\nerror-code: eRR-BADOPTION (13)", False),
])
def test_a_number_of_a_program_is_not_said_to_be_one_of_windows(text, unknown):
    shown = " ".join(page(text).split())
    assert "is a Win32 error" not in shown and "is an error of Kerberos; RFC" not in shown, shown
    assert ("a number of the program's own" in shown) == unknown, shown


EVENT4 = ("The Kerberos client received a KRB_AP_ERR_MODIFIED error from the server {}. The target name used was {}. This "
          "indicates that the target server failed to decrypt the ticket provided by the client.")


@pytest.mark.parametrize("server, target, cause", [
    ("pc-0231$", "cifs/PC-0877.contoso.com", "name-resolution"), ("host/hv07.contoso.com", "cifs/HV02", "name-resolution"),
    ("hv02$", "cifs/HV02.contoso.com", "spn-elsewhere"), ("svc-sql", "MSSQLSvc/sql1.contoso.com:1433", "spn-elsewhere"),
    ("hv02$", "HV02.contoso.com", "spn-elsewhere"),
])
def test_who_answered_the_ticket(server, target, cause):
    check(EVENT4.format(server, target), cause)
    check(EVENT4.format(server, target).replace(". The", ".\nThe").replace(" name", "\n name"), cause)


@pytest.mark.parametrize("text, cause", [
    ("KrbException: Server not found in Kerberos database (7)\n sname is HTTP/10.4.4.17@CONTOSO.COM", "alias-name"),
    ("Failed to establish a connection with host '10.2.0.22': The specified target is unknown or unreachable (0x80090303).",
     "alias-name"),
    ("Failed to establish a connection with host 'HV02': The specified target is unknown or unreachable (0x80090303).",
     "spn-migration"),
    ("KDC_ERR_S_PRINCIPAL_UNKNOWN GET /x HTTP/1.1", "spn-migration"),
    ("dir \\\\files\\iso: The target account name is incorrect. files is a CNAME for FS7.", "alias-name"),
])
def test_an_address_and_an_alias_have_no_spn(text, cause):
    check(text, cause)


LIST = ("S4U to {} gives KDC_ERR_BADOPTION\n\nPS C:\\> Get-ADUser svc-task -Properties msDS-AllowedToDelegateTo\n")


@pytest.mark.parametrize("asked, listed, lacks", [
    ("cifs/fs1.contoso.com", "{http/fs1.contoso.com, http/fs1}", True), ("cifs/fs1.contoso.com", "{cifs/FS1.contoso.com}", False),
    ("cifs/fs1.contoso.com", "{http/fs1...}", False), ("MSSQLSvc/sql2.contoso.com:1433", "{MSSQLSvc/sql1.contoso.com:1433}", True),
])
def test_a_list_of_an_account_that_lacks_what_was_asked(asked, listed, lacks):
    text = LIST.format(asked) + user(msDS_AllowedToDelegateTo=listed, servicePrincipalName="{task/app1.contoso.com}")
    first = ask("-", data=text.encode())["causes"][0]
    assert ("lacks " + asked in str(first["said"])) == lacks, first
    assert first["id"] in ("list-cifs", "list-migration")
    assert "app1" not in page(text), "whose SPN the account holds is no target"


def test_the_host_whose_files_were_asked_for_is_the_target():
    """Not the one that the list happens to name."""
    listed = ("DistinguishedName          : CN=WEB01,OU=Servers,DC=contoso,DC=com\nDNSHostName                : web01.contoso.com\n"
              "msDS-AllowedToDelegateTo   : {cifs/fs2.contoso.com, cifs/FS2}\nName                       : WEB01\n"
              "ObjectClass                : computer\nSamAccountName             : WEB01$\n")
    text = f"S4U2Proxy to cifs/fs1.contoso.com: KDC_ERR_BADOPTION\n\nPS C:\\> Get-ADComputer WEB01 -Properties *\n\n{listed}\n"
    first = ask("-", data=text.encode(), status=3)["causes"][0]
    assert first["id"] == "list-cifs" and first["suspected"] and "lacks cifs/fs1" in first["said"], first


def test_a_duplicate_of_a_hosts_own_spn_says_whom_to_take_it_from():
    text = ("C:\\>setspn -X\nProcessing entry 0\ncifs/hv02.contoso.com is registered on these accounts:\n"
            "        CN=HV02,OU=HyperV,DC=contoso,DC=com\n        CN=svc-nas,OU=Service,DC=contoso,DC=com\n\n0x80090322\n")
    assert 'setspn -D "cifs/hv02.contoso.com" svc-nas' in " ".join(page(text).split())


@pytest.mark.parametrize("text, cause", [
    ("GET /time/ 401 1 2148074252 15", "web-spn"),
    ("#Fields: sc-status sc-substatus sc-win32-status\n401 1 2148074254", "web-spn"),
    ("IIS, pool account svc-portal, alias portal: The target principal name is incorrect (-2146893022)", "web-spn"),
    ("* gss_init_sec_context() failed : Server not found in Kerberos database\nlocation / { proxy_pass https://b; auth_gss on; }",
     "web-spn"),
    ("IIS: The target principal name is incorrect. Cannot generate SSPI context.", "spn-elsewhere"),
    ("Cannot generate SSPI context. The target principal name is incorrect", "spn-elsewhere"),
    ("0x80090322 between two hosts, IIS is not installed, Hyper-V", "spn-elsewhere"),
    ("No valid credentials provided (Mechanism level: Failed to find any Kerberos tgt)", "not-ok-as-delegate"),
    ("Cannot find key of appropriate type to decrypt AP REP - RC4 with HMAC", "wrong-key"),
    ("Failed to get the windows identity: System.ServiceModel.Security.SecurityAccessDeniedException: Access is denied. at "
     "Microsoft.IdentityModel.WindowsTokenService.S4UClient.UpnLogon", "c2wts-caller"),
    ("Through the AG listener: Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON', through the node it works", "spns-sql"),
    ("The SPN required for this Federation Service is already set on another Active Directory account.", "spn-duplicate"),
    ("Add-Computer : Computer 'HV31' failed to join domain: The operation failed because SPN value provided for "
     "addition/modification is not unique forest-wide.", "spn-duplicate"),
])
def test_other_programs(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("Get-WmiObject : Access is denied. (Exception from HRESULT: 0x80070005 (E_ACCESSDENIED))", "not-admin"),
    ("Get-WmiObject Win32_ComputerSystem, then Move-VM : Access is denied (0x80070005)", "list-cifs"),
    ("Import-VM : Failed to access configuration store: General access denied error (0x80070005).", "folder-permissions"),
    ("Failed to create folder \\\\sofs1\\vms\\SQL7: 'General access denied error'('0x80070005').", "storage-cifs"),
    ("A user account restriction (for example, a time-of-day restriction) is preventing you from logging on. My account is in "
     "Protected Users", "operator-protected"),
    ("You can't access this shared folder because your organization's security policies block unauthenticated guest access.",
     "smb-guest"), ("0x800704F8", "smb-guest"),
    ("Отказано в доступе. (0x80070005)", "list-cifs"), ("Acesso negado.", "list-cifs"), ("存取被拒。", "list-cifs"),
])
def test_access_that_was_denied(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("Test-Cluster : You do not have administrative privileges on the server 'AZN2'.", "not-admin"),
    ("Test-Cluster : You do not have administrative privileges on the server 'AZN2'. The domain join was today.", "host-is-stale"),
    ("You do not have administrative privileges on the server 'AZN2'. Resolve-DnsName : DNS name does not exist", "name-resolution"),
    ("Connecting to remote server W failed: The WS-Management service cannot process the request. Cannot find the "
     "microsoft.sme.powershell session configuration in the WSMan: drive on the W computer.", "winrm-endpoint"),
    ("Die microsoft.sme.powershell-Sitzungskonfiguration kann im WSMan:-Laufwerk auf dem W-Computer nicht gefunden werden.",
     "winrm-endpoint"),
])
def test_tools_of_clusters_and_consoles(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("Error 1069: The service did not start due to a logon failure.", "account-locked"),
    ("Fehler 1069: Der Dienst konnte wegen einer fehlerhaften Anmeldung nicht gestartet werden. Konto gmsa-sql$ (gMSA)", "gmsa-host"),
    ("Event ID: 1069", "read-the-message"),
    ("KDC_ERR_CLIENT_REVOKED for svc-sql after Complete-ADServiceAccountMigration", "dmsa-migrated"),
    ("KDC_ERR_CLIENT_REVOKED for svc-sql", "host-disabled"),
])
def test_accounts_of_services(text, cause):
    check(text, cause)


CODE = "Failed to establish a connection with host 'HV02': No credentials are available in the security package (0x8009030E). "


@pytest.mark.parametrize("text, cause", [
    (CODE + "Both hosts are in a WORKGROUP.", "no-domain"), (CODE + "They are not in a workgroup.", "list-migration"),
    (CODE + "I changed the Delegation tab 5 minutes ago. Do I have to wait?", "caches"),
    (CODE + "DC2 does not replicate with DC1.", "replication"),
    (CODE + "Running it on the source host itself works fine.", "credssp"),
    (CODE.replace("No credentials are available in the security package (0x8009030E)", "Access is denied (0x80070005)")
     + "On the source itself it works.", "no-transition"),
    ("Virtual machine migration operation failed: The version of the virtual machine 12.0 is not supported", "config-version"),
    ("The virtual machine 'X' is not compatible with physical computer 'HV02'.", "cpu"),
    ("Windows Defender Credential Guard does not allow using saved credentials.", "credential-guard"),
])
def test_what_is_told_beside_a_move(text, cause):
    check(text, cause)


def test_a_managed_service_account_is_no_host():
    value = ask("-", data=b"Task of CONTOSO\\gmsa-lm$ on MGMT1: Move-VM -ComputerName HV03 -DestinationHost HV04: 0x8009030E")
    assert value["hosts"]["source"] == "HV03" and value["hosts"]["target"] == "HV04", value["hosts"]


def test_any_protocol_is_explained_for_a_service():
    text = ("Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON' (MSSQLSvc/sql1.contoso.com:1433)\n\nPS C:\\> Get-ADUser svc-sql "
            "-Properties msDS-AllowedToDelegateTo, TrustedToAuthForDelegation\n"
            + user(msDS_AllowedToDelegateTo="{MSSQLSvc/sql1.contoso.com:1433}", TrustedToAuthForDelegation="False"))
    shown = page(text)
    assert "start the migration there" not in shown and "FIRSTACCOUNT" in shown, shown


def test_a_number_alone_is_not_made_telling_by_words_of_another():
    """`with` counts beside a code of its own entry."""
    assert "event-rc4-client" not in entries(ask("Kdcsvc and nothing else"))
    assert causes(ask("Event ID: 203"))[0] == "rc4-client"


def test_krbtgt_is_nobody_who_signs_in():
    text = ("0x8009030E\n\nPS C:\\> Get-ADUser krbtgt -Properties AccountNotDelegated\n"
            + user(AccountNotDelegated="True", Enabled="False").replace("svc-sql", "krbtgt"))
    value = ask("-", data=text.encode(), status=1)
    assert causes(value)[0] == "krbtgt-sensitive" and value["causes"][0]["status"] == "confirmed"
    assert not [each for each in value["causes"] if each["id"] in ("operator-sensitive", "account-locked") and each["status"] == "confirmed"]


@pytest.mark.parametrize("command, cause", [
    ("Get-ADComputer HV02 | select Name,Enabled", "host-disabled"), ("Get-ADUser HV02 | select Name,Enabled", "account-locked"),
    ("Get-VMSwitch | select Name,Enabled", None),
])
def test_a_table_of_accounts(command, cause):
    text = f"PS C:\\> {command}\n\nName  Enabled\n----  -------\nHV02    False\n\nThe logon attempt failed (0x8009030C).\n"
    confirmed = [each["id"] for each in ask("-", data=text.encode(), status=int(bool(cause)))["causes"] if each["status"] == "confirmed"]
    assert confirmed == ([cause] if cause else []), confirmed


@pytest.mark.parametrize("text, cause", [
    ("Set-ADComputer : Derechos de acceso insuficientes\n    + FullyQualifiedErrorId : ActiveDirectoryServer:8344,Microsoft."
     "ActiveDirectory.Management.Commands.SetADComputer", "delegation-rights"),
    ("kerberos: the specified credentials were rejected by the server", "winrm-access"),
    ("This user is allowed a maximum number of 5 concurrent shells, which has been exceeded.", "winrm-quota"),
    ("The trust relationship between this workstation and the primary domain failed. Moves to it: 0x80090322", "host-is-stale"),
    ("Access denied or timeout expired. Check if you have local administrator privileges on computer 'HV02'. Win32 error:Access is "
     "denied. Code: 5", "not-admin"),
    ("Enable-SmbDelegation : The domain functional level must be Windows Server 2012 or above to use resource-based constrained "
     "delegation with SMB.", "functional-level"),
])
def test_what_other_tools_answer(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("error-code: eRR-BADOPTION (13)\n SNameString: cifs\n SNameString: hv02.contoso.com\nNT Status: STATUS_NOT_SUPPORTED (0xc00000bb)",
     "list-cifs"),
    ("Error Code: 0xd KDC_ERR_BADOPTION\nExtended Error: 0xc0000272 KLIN(0)\nServer Name: cifs/HV02", "list-cifs"),
    ("KRB Error: KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN\n SNameString: cifs\n SNameString: files.contoso.com", "spn-host"),
    ("Error Code: 0xd KDC_ERR_BADOPTION\nExtended Error: 0xc0000272 KLIN(0)\nServer Name: Microsoft Virtual System Migration "
     "Service/HV02", "list-migration"),
])
def test_whose_spn_was_refused(text, cause):
    check(text, cause)


def test_numbers_of_sql_server_are_its_own():
    shown = page("Error: 18456, Severity: 14, State: 58. Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'")
    assert shown.startswith("Error 18456") and "Win32" not in shown, shown


@pytest.mark.parametrize("text, cause", [
    ("Server 2025, Kerberos selected on both. " + CODE, "list-migration"), ("Server 2025. " + CODE, "credssp"),
    ("Server 2025, Kerberos is set on both, my account is in Protected Users. " + CODE, "operator-protected"),
    ("Kerberos is selected. " + CODE + "I just added the entries.", "caches"),
    ("Server 2025, delegation with Kerberos only is set. " + CODE, "no-transition"),
])
def test_kerberos_that_was_chosen_is_no_credssp(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("The maximum number of simultaneous live migrations (2) has been reached.", "migration-limit"),
    ("System.ComponentModel.Win32Exception (0x8009030E): No credentials are available in the security package\n   at "
     "System.Net.Security.SslStreamPal.AcquireCredentialsHandle(SCHANNEL_CRED* scc)", "tls-key"),
    ("Hyper-V over SslStream: 0x8009030E", "list-migration"),
    ("Since the update: authentication failures related to Kerberos tickets acquired from S4U2self", "dc-update"),
])
def test_limits_and_certificates(text, cause):
    check(text, cause)
