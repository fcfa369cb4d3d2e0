"""Texts that are about something else than a migration's sign-in: the cause of that comes first, whatever code stands beside."""

import re

import pytest
from test_order import check
from test_table import ROOT, ask, causes, run
from valid import valid

REPLICA = "Hyper-V failed to authenticate the Replica server 'REP2.contoso.com' using Kerberos authentication. Error: {}"
CHANGES = "Hyper-V could not replicate changes for virtual machine 'WEB1': {} (Virtual machine ID 0D2E7A52)"


@pytest.mark.parametrize("text, cause", [
    ("29212", "replica-logon"), ("Event ID: 29210", "replica-logon"), ("32022", "read-the-message"),
    (REPLICA.format("The specified target is unknown or unreachable (0x80090303)."), "replica-spn"),
    (REPLICA.format("No credentials are available in the security package (0x8009030E)."), "replica-spn"),
    (REPLICA.format("The logon attempt failed (0x8009030C)."), "replica-logon"),
    (REPLICA.format("The connection with the server was terminated abnormally (0x00002EFE)."), "replica-logon"),
    (CHANGES.format("The server name or address could not be resolved (0x00002EE7)."), "name-resolution"),
    (CHANGES.format("General access denied error (0x80070005)."), "replica-logon"),
    ("The logon attempt failed (0x8009030C).", "account-locked"),
])
def test_hyper_v_replica(text, cause):
    check(text, cause)


def test_a_replica_that_was_refused_is_not_said_to_lack_an_spn():
    listed = [each["id"] for each in ask("-", data=REPLICA.format("The logon attempt failed (0x8009030C).").encode())["entries"]]
    assert "replica-refused" in listed and "replica-target-unknown" not in listed


def test_a_replica_needs_no_delegation():
    named = ask("-", data=REPLICA.format("No credentials are available in the security package (0x8009030E).").encode())["causes"]
    assert not [each for each in named[:2] if any("AllowedToDelegateTo" in run for run in each["commands"])], named[:2]


OBJECT = ("The computer object associated with the cluster network name resource 'SQL-LST' could not be updated in domain "
          "'contoso.com' during the Password change operation.\nThe text for the associated error code is: {}\nThe cluster "
          "identity 'CLU1$' may lack permissions required to update the object.")


@pytest.mark.parametrize("text, cause", [
    ("1207", "cluster-name"), ("Event ID: 1194", "cluster-name"), (OBJECT.format("Access is denied."), "cluster-name"),
    (OBJECT.format("The specified network password is not correct."), "cluster-name"),
    ("イベント ID: 1207\nクラスター ネットワーク名リソース 'CLU1' に関連付けられたコンピューター オブジェクトをドメイン 'contoso.com' で"
     "更新できませんでした。", "cluster-name"),
    ("Access is denied.", "list-cifs"),
])
def test_the_computer_object_of_a_cluster_name(text, cause):
    check(text, cause)


WINRM = ("{} : Connecting to remote server failed with the following error message : WinRM cannot process the request. The "
         "following error with errorcode {} occurred while using Kerberos authentication: {}")
NO_SESSION = ("0x8009030e", "A specified logon session does not exist.")
NO_SERVERS = ("0x80090311", "There are currently no logon servers available to service the logon request.")


# Without a word of it, the name of the computer before the user's is that of its own accounts.
@pytest.mark.parametrize("command, error, cause", [
    ("Enter-PSSession -ComputerName HV02 -Credential HV02\\administrator", NO_SERVERS, "winrm-local-account"),
    ("Get-VM -ComputerName hv02.contoso.com -Credential \"HV02\\admin\"", NO_SESSION, "winrm-local-account"),
    ("Enter-PSSession hv02 -Credential hv02\\admin", NO_SERVERS, "winrm-local-account"),
    ("Enter-PSSession -ComputerName HV02 -Credential CONTOSO\\anna", NO_SERVERS, "dc-unreachable"),
    ("Get-VM -ComputerName hv02 -Credential hv0\\admin", NO_SESSION, "winrm-second-hop"),
    ("Get-VM -Credential hv02\\admin -ComputerName", NO_SESSION, "winrm-second-hop"),
])
def test_an_account_of_the_computer_that_is_connected_to(command, error, cause):
    check(f"PS C:\\> {command}\n" + WINRM.format(command.split()[0], *error), cause)


KDC = "Log Name: System\nSource: Microsoft-Windows-Kerberos-Key-Distribution-Center\nEvent ID: {}\n{}"


@pytest.mark.parametrize("text, cause", [
    (KDC.format(42, "The Kerberos Key Distribution Center lacks strong keys for account: krbtgt. You must update the password "
                "of this account to prevent use of insecure cryptography."), "krbtgt-keys"),
    ("Event ID: 42", "krbtgt-keys"), ("Kerberos error 42", "kerberos-protocol"),
    (KDC.format(19, "This event indicates an attempt was made to use smartcard logon, but the KDC is unable to use the PKINIT "
                "protocol because it is missing a suitable certificate."), "certificate"),
    ("The client has failed to validate the domain controller certificate for dc1.contoso.com. The following error was returned "
     "from the certificate validation process: Access is denied.", "certificate"),
])
def test_keys_and_certificates_of_the_kdc(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("Test-ADServiceAccount : False\nWARNING: Test failed for Managed Service Account svc-sql. If group Managed Service Account, "
     "either this computer does not have permission to use the group MSA", "gmsa-host"),
    ("Install-ADServiceAccount : Cannot install service account. Error Message: '{Access Denied}\nA process has requested access "
     "to an object, but has not been granted those access rights.'.", "gmsa-host"),
    ("gmsa service will not start", "gmsa-host"),
])
def test_a_managed_service_account(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("Invoke-Command -ComputerName SRV1 { Get-ChildItem \\\\fs1\\share }\nAccess is denied\n    + CategoryInfo : PermissionDenied",
     "winrm-second-hop"),
    ("[srv1]: PS C:\\Users\\anna\\Documents> dir \\\\fs1\\share\ndir : Access is denied", "winrm-second-hop"),
    ("Invoke-Command SRV1 { dir \\\\fs1\\share } : [SRV1] Connecting to remote server SRV1 failed with the following error "
     "message : Access is denied.", "winrm-access"),
    ("Invoke-Command HV01 { Move-VM web1 HV02 -DestinationStoragePath \\\\fs1\\vms } : Access is denied", "list-cifs"),
    ("dir \\\\fs1\\share : Access is denied", "list-cifs"),
])
def test_a_share_from_a_remote_session(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text", [
    "Der RPC-Server ist nicht verfügbar.", "Es kann keine Verbindung mit dem RPC-Dienst auf dem Computer \"HV07\" hergestellt werden.",
    "Le serveur RPC n’est pas disponible.", "El servidor RPC no está disponible.", "Server RPC non disponibile.",
    "RPC サーバーを利用できません。", "RPC 服务器不可用。", "Cannot connect to the RPC service on computer 'HV07'.",
])
def test_rpc_in_the_languages_of_windows(text):
    check(text, "wmi-rpc")


@pytest.mark.parametrize("text, cause", [
    ("Access is denied in Windows Admin Center. KCD both directions: cifs and Microsoft Virtual System Migration Service. RBCD: "
     "PrincipalsAllowedToDelegateToAccount = WAC$ on both. TrustedToAuthForDelegation = False on all. Move-VM works when run "
     "from the source host", "no-transition"),
    ("KDC_ERR_BADOPTION for cifs/fs1.contoso.com. klist -f: the ticket for alice is not forwardable", "no-transition"),
    ("KDC_ERR_BADOPTION for cifs/fs1.contoso.com. klist -f: the ticket for alice is forwardable", "list-cifs"),
])
def test_the_ticket_for_the_user_is_not_forwardable(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("Web Application Proxy event 13006: Connection to the backend server failed. Error: (0x80072efe).", "wap-backend"),
    ("Event ID: 13007\nThe HTTP response from the backend server was not received within the expected interval.", "wap-backend"),
    ("Event ID: 13006", "wap-backend"),
    ("VMM: Error (2927). Unknown error (0x80072efe)", "vmm-bits-port"), ("0x80072EFE", "winrm"),
])
def test_a_connection_that_was_broken_off_is_of_vmm_where_vmm_is_named(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("Error: 17806, Severity: 20, State: 14.\nSSPI handshake failed with error code 0x8009030c, state 14 while establishing a "
     "connection with integrated security. The logon attempt failed", "account-locked"),
    ("Error: 17806. SSPI handshake failed with error code 0x80090322, state 14", "spn-elsewhere"),
    ("Error: 17806. SSPI handshake failed with error code 0x80090324, state 14", "clock"),
    ("linked server: Login Failed for user NT AUTHORITY\\ANONYMOUS LOGIN", "list-service"),
])
def test_sql_server_was_reached_and_refused(text, cause):
    check(text, cause)


MODIFIED = "The Kerberos client received a KRB_AP_ERR_MODIFIED error from the server {}. The target name used was HTTP/{}."


@pytest.mark.parametrize("text, cause", [
    (MODIFIED.format("ex02$", "mail.contoso.com") + " Outlook prompts since we set up the alternate service account", "web-spn"),
    (MODIFIED.format("svc_web", "intranet.contoso.com") + " IIS, application pool account svc_web", "web-spn"),
    (MODIFIED.format("hv02$", "hv02.contoso.com"), "winrm-spn"),
    (MODIFIED.format("hv02$", "hv02.contoso.com") + " Enter-PSSession fails. IIS runs there, too", "winrm-spn"),
    ("Browser prompts three times, then HTTP Error 401.1 - Unauthorized", "web-spn"),
    ("iis site prompts for credentials, app pool runs as a domain account", "web-spn"),
    ("Our ASP.NET site impersonates the user. Access to the path '\\\\fs1\\docs\\a.txt' is denied.", "list-cifs"),
])
def test_a_web_site(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("8203", "attribute-value"), ("8205", "attribute-value"),
    ("Set-ADComputer : The specified directory service attribute or value already exists", "attribute-value"),
])
def test_a_value_that_was_not_written(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("live migrate the VM to a mapped drive Z: on the target fails", "drive-letter"),
    ("can I move storage to a mapped network drive", "drive-letter"),
    ("drive letter is missing on the destination, migration fails", "drive-letter"),
    ("Move-VM -DestinationStoragePath Z:\\vms, a mapped drive. The system cannot find the path specified (0x80070003)",
     "drive-letter"),
    ("Every time Windows Admin Center does not connect with my current Windows credentials, manually entered they work", "wac-gateway"),
])
def test_drives_and_credentials_in_peoples_words(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("Set-ADComputer : Insufficient access rights to perform the operation", "delegation-rights"),
    ("Set-ADAccountControl : Access is denied, -TrustedToAuthForDelegation $true", "delegation-rights"),
    ("Set-ADComputer HV01 -ServicePrincipalNames @{Add='a/b'} : Insufficient access rights to perform the operation",
     "vmms-spn-registration"),
    ("setspn: Insufficient access rights to perform the operation", "vmms-spn-registration"),
    ("Set-ADComputer HV01 was run; Move-VM says: Access is denied", "list-cifs"),
    ("There is no 'Microsoft Virtual System Migration Service' in the list when I add services on the delegation tab",
     "spn-migration"),
    ("the migration service is not listed when I add services for delegation", "spn-migration"),
    ("Delegation tab is missing in the properties of the account", "source-no-spn"),
    ("Access denied. Unable to establish communication between 'HV1' and 'PC1'.", "not-admin"),
    ("Failed to move: the host does not support this version of the virtual machine", "config-version"),
])
def test_on_the_way_to_a_delegation(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("0x80070002", "storage-access"), ("0x80041003", "not-admin"), ("0x8007203A", "dc-unreachable"), ("Event ID: 1069", "read-the-message"),
])
def test_a_code_alone(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("0x80004005", "read-the-message"), ("The parameter is incorrect (0x80070057)", "read-the-message"),
    ("Unspecified error (0x80004005). No credentials are available in the security package", "list-migration"),
    ("0x80004005, then 0x8009030E", "list-migration"), ("0x80131500: Could not find Ethernet switch 'LAN'", "vswitch"),
])
def test_a_code_that_says_nothing(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, of_database", [
    ("sqlcmd: SSPI Provider: Server not found in Kerberos database", True),
    ("Cannot generate SSPI context. The target principal name is incorrect.", True),
    ("SqlException: Server not found in Kerberos database", True),
    ("Server not found in Kerberos database", False),
    ("The SQL Server VM: live migration fails, The target principal name is incorrect. (0x80090322)", False),
])
def test_a_database_is_not_told_of_a_migration(text, of_database):
    """Its SPN was not pasted, and is of a known form."""
    first = ask("-", data=text.encode())["causes"][0]
    said = " ".join([first["title"], first["look"] or "", *first["commands"]])
    assert ("MSSQLSvc/SERVER-FQDN:1433" in said) == of_database, said
    assert not (of_database and "igration" in said), said


# The two hosts are HV01 and HV02 of a directory in which HV01 may not delegate to HV02's Migration Service.
PAIR = ("--from", "HV01", "--to", "HV02", "--ldif", ROOT / "fixtures/del-02-fires/estate.ldif", "-c", "/dev/null")
NONE_HELD = "No credentials are available in the security package (0x8009030E)."


@pytest.mark.parametrize("text, cause", [
    (REPLICA.format(NONE_HELD), "replica-spn"),
    ("Event ID: 32022\n" + CHANGES.format(NONE_HELD), "replica-spn"),
    ("Event ID: 32022 (0x8009030E)", "replica-spn"), ("Hyper-V Replica fails with 0x8009030E", "replica-spn"),
    ("Hyper-V Replica fails: 0x8009030C", "replica-logon"), ("Enter-PSSession HV02: 0x8009030e", "winrm-second-hop"),
    (OBJECT.format("Access is denied."), "cluster-name"),
    (WINRM.format("Enter-PSSession", *NO_SESSION), "winrm-second-hop"),
    ("Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'. KDC_ERR_BADOPTION", "list-service"),
    ("Browser prompts three times, then HTTP Error 401.1 - Unauthorized", "web-spn"),
])
def test_hosts_that_were_named_are_not_judged_for_what_a_text_is_not_about(text, cause):
    """A true finding of their delegation is no cause of it."""
    value = told(text)
    assert [each["id"] for each in value["causes"] if each["status"] == "confirmed"] == [] and causes(value)[0] == cause, causes(value)
    assert not {"list-migration", "list-cifs"} & set(causes(value)) and value["steps"] == [], value["steps"]


@pytest.mark.parametrize("text", [
    "0x8009030E", "Enter-PSSession HV01, then Move-VM: 0x8009030E", "Hyper-V Replica works, live migration fails with 0x8009030E",
    "sqlcmd: VM live migration fails with 0x8009030E",
    "Virtual machine migration operation for 'SQL01' failed at migration source 'HV01'. " + NONE_HELD,
    "failed at migration source 'HV01'\n" + WINRM.format("Move-VM", *NO_SESSION) + "\n" + NONE_HELD,
])
def test_hosts_that_were_named_are_judged_for_a_migration(text):
    value = told(text)
    assert causes(value)[0] == "list-migration" and value["causes"][0]["status"] == "confirmed", causes(value)


def test_a_database_beside_two_hosts_is_not_told_of_a_migration():
    value = told("sqlcmd: SSPI Provider: Server not found in Kerberos database")
    first = value["causes"][0]
    assert first["status"] == "not-visible" and "MSSQLSvc/SERVER-FQDN:1433" in " ".join(first["commands"])


def told(text):
    done = run("-f", "json", *PAIR, "-", data=text.encode())
    assert done.returncode in (0, 1), done
    return valid(done.stdout)


@pytest.mark.parametrize("text, source, target", [
    ("live migration HV01 to HV02 fails with 0x8009030E", "HV01", "HV02"), ("0x8009030E when I move VMs, HV01 -> HV02", "HV01", "HV02"),
    ("Live migration HV01→HV02: 0x8009030E", "HV01", "HV02"), ("migrate: HV01 => HV02.contoso.com 0x8009030E", "HV01", "HV02.contoso.com"),
    ("VM migration\nhost-a1 --> host-a2\n0x8009030E", "host-a1", "host-a2"),
    ("cannot live migrate SQL01 (HV01 to HV02), 0x8009030E", "HV01", "HV02"),
    ("move SQL01 to HV02 fails with 0x8009030E", None, "HV02"), ("migration of SQL01 -> HV02 fails with 0x8009030E", None, None),
    ("live migration SQL01 to HV02 fails with 0x8009030E", None, "HV02"), ("moving VM01 to HV02: 0x8009030E", None, "HV02"),
    ("HTTP/web01 -> 0x8009030E, migration", None, "web01"), ("0x8009030E from DC01 -> DC02", None, None),
    ("since we migrated from 2016 -> 2019 we see 0x8009030E", None, None),
])
def test_hosts_are_joined_by_a_word_or_an_arrow(text, source, target):
    hosts = ask("-", data=text.encode())["hosts"]
    assert (hosts["source"], hosts["target"]) == (source, target) if source or target else not hosts or not (
        hosts["source"] or hosts["target"]), hosts


CLUSTER = "Event ID: 21502\nLive migration of 'Virtual Machine web1' failed.\nEvent ID: 22038\n"


@pytest.mark.parametrize("text, cause", [
    (CLUSTER + "The Virtual Machine Management Service failed to authenticate the connection for a Virtual Machine migration.",
     "list-migration"),
    (CLUSTER + "Kerberos constrained delegation is not configured on HV01.", "list-migration"),
    ("21502 and 22038, the delegation is missing", "list-migration"),
    (CLUSTER + "no delegation on the Delegation tab of the nodes", "list-migration"), ("21502 and 22038", "read-the-message"),
    (CLUSTER + "failed to authenticate the connection: The target principal name is incorrect (0x80090322).", "spn-elsewhere"),
    (CLUSTER + "failed to authenticate the connection: The logon attempt failed (0x8009030C).", "account-locked"),
])
def test_an_event_that_says_itself_that_delegation_is_missing(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("Error (2606)\nUnable to perform the job because one or more of the selected objects are locked by another job.", "vmm-locked"),
    ("VMM error 2606", "vmm-locked"), ("Error (23801)\nNo available connection to selected VM Network can be found.", "vmm-ip-pool"),
    ("SPSecurityContext: Could not retrieve a valid windows identity for username 'contoso\\\\anna' with UPN 'anna@contoso.com'. UPN is "
     "required when Kerberos constrained delegation is used. WTS0003: The caller is not authorized to access the service.", "c2wts-caller"),
    ("0x80041010", "wmi-class"), ("0x80041033", "wmi-stopping"),
    ("The WS-Management service cannot process the request. The WMI service or the WMI provider returned an unknown error: HRESULT "
     "0x80041033", "wmi-stopping"),
])
def test_other_products(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("which SPN do I need for live migration", "spns-migration"), ("What SPNs are required for Hyper-V?", "spns-migration"),
    ("which spn do i need for a SQL Server linked server", "spns-sql"), ("Which SPN must I register for an IIS web site?", "spns-web"),
    ("what SPN is needed for the file share", "spns-files"), ("which spn do I need for our print service", "spns-any"),
    ("Which SPN do I need? Server not found in Kerberos database", "spn-migration"),
])
def test_a_question_of_which_spn_is_led_to_the_workloads(text, cause):
    check(text, cause)


def test_the_workloads_that_are_named_are_there():
    for text in ("live migration", "SQL Server", "IIS", "share"):
        shown = run("-", data=f"which SPN do I need for {text}".encode()).stdout.decode()
        names = re.findall(" kcdaudit workloads ([a-z-]+)\\n", shown)
        assert names and not [name for name in names if f"workload: {name}\n" not in WORKLOADS]


WORKLOADS = "".join(path.read_text() for path in (ROOT / "data/workloads").glob("*.table"))
