"""Posts as people write them: shares that are refused, second hops, localized events, words that wrapped, what somebody guessed."""

import pytest
from test_order import check
from test_paste import page
from test_table import ask, causes

DENIED = "{}: General access denied error (0x80070005)"


@pytest.mark.parametrize("text", [
    DENIED.format("The system failed to create '\\\\files\\vhd$\\new.vhdx'"),
    DENIED.format("The Machine Account 'CONTOSO\\HV02$' does not have required permission to access attachment '\\\\nas\\iso\\u.iso'"),
    'Das System konnte "\\\\FS01\\VMs\\neu.vhdx" nicht erstellen: Allgemeiner Zugriffsverweigerungsfehler (0x80070005).',
    "Le système n'a pas pu créer « \\\\SRVFIC\\VM\\disque.vhdx » : Erreur générale d'accès refusé (0x80070005).",
    "El sistema no pudo crear '\\\\SRVFILES\\VMS\\disco.vhdx': Error general de acceso denegado. (0x80070005)",
    "Impossibile creare '\\\\FS01\\VM\\disco.vhdx': Errore generico di accesso negato (0x80070005).",
])
def test_a_share_that_is_refused_is_the_file_servers(text):
    first = causes(ask("-", data=text.encode()))[0]
    assert first in ("storage-cifs", "share-acl"), first


def test_a_folder_that_is_refused_is_no_share():
    first = causes(ask("-", data=DENIED.format("failed to create 'D:\\vm\\new.vhdx'").encode()))[0]
    assert first not in ("storage-cifs", "share-acl"), first


@pytest.mark.parametrize("text", [
    "[node1]: PS C:\\> Get-Cluster -Name CLU2\nYou do not have administrative privileges on the cluster. Access is denied",
    "[MGMT]: PS C:\\> Get-VM -ComputerName HV7\nYou do not have the required permission to complete this task. Contact the "
    "administrator of the authorization policy for the computer 'HV7'.",
    "Invoke-Command -ComputerName hv1 { New-Cluster -Name CL1 -Node hv1,hv2 }\nYou do not have administrative privileges on the "
    "server 'hv2'. Access is denied",
    "Invoke-Command -ComputerName app1 { Get-ADUser bob }\nUnable to contact the server. This may be because this server does not "
    "exist, it is currently down, or it does not have the Active Directory Web Services running.",
    "ansible_winrm_transport: ntlm\nwin_shell: Copy-Item \\\\fs1\\deploy\\app.zip C:\\temp\nrc: 1, stderr: Access is denied",
    "PS C:\\> Invoke-Command -ComputerName srv2 { Test-Path \\\\srv3\\data }\nFalse\nPS C:\\> Test-Path \\\\srv3\\data\nTrue",
    "A scheduled task with 'Do not store password' copies to \\\\fs1\\export: Access is denied. With the password it works.",
])
def test_a_second_hop_by_its_prompt_its_command_or_its_tool(text):
    check(text, "winrm-second-hop")


def test_a_directory_that_does_not_answer_where_nobody_hopped():
    check("Get-ADUser : Unable to contact the server. This may be because this server does not exist, it is currently down, or it "
          "does not have the Active Directory Web Services running.", "dc-unreachable")


@pytest.mark.parametrize("text", ['"rc": 1, "stderr": "Copy-Item : Access is denied"', "FAILED rc=1 Access is denied"])
def test_the_1_of_a_script_that_failed_is_no_error_of_windows(text):
    assert "is a Win32 error" not in page(text)


ASKED = "{}\n\t{}:\t\t{}\n\tkrbtgt/CONTOSO\n\t{}:\t\t0x12\n"


@pytest.mark.parametrize("title, name, code", [
    ("A Kerberos authentication ticket (TGT) was requested.", "Account Name", "Result Code"),
    ("Ein Kerberos-Authentifizierungsticket (TGT) wurde angefordert.", "Kontoname", "Ergebniscode"),
    ("È stato richiesto un ticket di autenticazione Kerberos (TGT).", "Nome account", "Codice risultato"),
])
@pytest.mark.parametrize("who, cause", [("hvadmin", "account-locked"), ("HV03$", "host-disabled")])
def test_who_asked_decides_what_0x12_is_about(title, name, code, who, cause):
    check(ASKED.format(title, name, who, code), cause)


@pytest.mark.parametrize("text, cause", [
    ("Fehler bei der Kerberos-Vorauthentifizierung.\n\tKontoname:\t\tadm-hv\n\tFehlercode:\t\t0x18", "account-locked"),
    ("Un ticket de service Kerberos a été demandé. Nom du service : cifs/hv2.contoso.com Code d'échec : 0xd", "list-cifs"),
    ("Был запрошен билет службы Kerberos. Имя службы: cifs/storage-old Код ошибки: 0x7", "spn-host"),
    ("4824: Kerberos preauthentication by using DES or RC4 failed because the account was a member of the Protected User group.",
     "operator-protected"),
])
def test_localized_events_of_the_kdc(text, cause):
    check(text, cause)


@pytest.mark.parametrize("error, cause", [
    ("eRR-POLICY (12)", "silo"), ("eRR-AP-MODIFIED (41)", "spn-elsewhere"), ("eRR-S-PRINCIPAL-UNKNOWN (7)", "spn-host"),
])
def test_wiresharks_names_of_errors_far_from_the_word_kerberos(error, cause):
    text = ("pvno: 5\nstime: 2026-11-20 08:00:00 (UTC)\nsusec: 12345\nerror-code: {}\nrealm: CONTOSO.COM\nsname\n name-type: "
            "kRB5-NT-SRV-INST (2)\n sname-string: 2 items\n  SNameString: cifs\n  SNameString: hv02.contoso.com\n")
    check(text.format(error), cause)


@pytest.mark.parametrize("text", [
    'Meldung: "Im Sicherheitspaket sind keine Anmelde-\ninformationen verfügbar", beide Hosts in derselben Domäne',
    "No credentials are avail-\nable in the security\npackage",
    "can't live migrate any of our machines since the new hosts came, hyper-v says no credentials available in security package, i "
    "already added cifs and the migration service on both computer accounts and rebooted everything twice",
])
def test_a_message_that_was_wrapped_or_lost_its_small_words(text):
    check(text, "list-migration")


HOST = "Name                     : {}\nTrustedToAuthForDelegation : True\nmsDS-AllowedToDelegateTo : {{{}}}\n"
WHOLE = "cifs/{0}.lab.local, cifs/{0}, Microsoft Virtual System Migration Service/{0}.lab.local, Microsoft Virtual System Migration Service/{0}"


@pytest.mark.parametrize("turned", [False, True])
def test_the_direction_whose_list_lacks_an_entry_is_the_one_that_fails(turned):
    hosts = [HOST.format("HVN1", WHOLE.format("HVN2")), HOST.format("HVN2", "cifs/HVN1.lab.local, cifs/HVN1")]
    text = "Live migration 0x8009030E, one direction works.\n" + "\n".join(hosts[::-1] if turned else hosts)
    value = ask("-", data=text.encode(), status=3)
    assert (value["pair"]["source"], causes(value)[0]) == ("HVN2", "list-migration"), value["pair"]


def test_hosts_of_two_domains_are_told_so():
    text = ("Virtual machine migration operation for 'x' failed at migration source 'HV1.{}.corp.com'.\nfailed to establish a "
            "connection with host 'HV2.b.corp.com': No credentials are available in the security package (0x8009030E)")
    check(text.format("a"), "cross-domain")
    check(text.format("b"), "list-migration")
    check(text.format("a") + " RBCD is set on the target.", "rbcd-refused")


@pytest.mark.parametrize("text, cause", [
    ("The Kerberos client received a KRB_AP_ERR_MODIFIED error from the server hv05$. The target name used was HTTP/hv04.contoso.com.",
     "name-resolution"),
    ("The Kerberos client received a KRB_AP_ERR_MODIFIED error from the server web05$. The target name used was HTTP/portal.contoso.com.",
     "winrm-spn"),
    ("#1>     Client: HV1$ @ CONTOSO.COM\n        Server: cifs/hv2.contoso.com @ CONTOSO.COM\n        KerbTicket Encryption Type: "
     "RSADSI RC4-HMAC(NT)\nError: The target principal name is incorrect (0x80090322)", "spn-elsewhere"),
])
def test_outputs_in_other_forms(text, cause):
    check(text, cause)


def test_a_star_behind_the_host_asks_for_more_and_not_for_less():
    for asked in ("hv02*", "hv02"):
        text = f'C:\\>setspn -Q "Microsoft Virtual System Migration Service/{asked}"\nNo such SPN found.\n'
        assert causes(ask("-", data=text.encode(), status=1)) == ["spn-migration"], asked
    done = ask("-", data=b'C:\\>setspn -Q */hv0*2\nNo such SPN found.\n')
    assert causes(done) == []


@pytest.mark.parametrize("text, cause", [
    ("Source: Hyper-V 2016 host with Kerberos. Destination: 2019 node with CredSSP. 0x8009030D", "auth-mismatch"),
    ("Trust this computer for delegation to any service (Kerberos only) on both. 0x8009030E", "unconstrained"),
    ("We put all host computer accounts into the Protected Users group. 0x8009030E", "source-protected"),
    ("Delegation is set on the cluster computer objects. 0x8009030E", "list-migration"),
    ("Our domain is a Samba AD DC. Live migration: 0x8009030E", "samba-kdc"),
    ("Both servers are only Entra joined. Live migration: 0x8009030E", "no-domain"),
    ("NETLOGON 3210: This computer could not authenticate with \\\\DC2, a Windows domain controller for domain FAB. 0x8009030E",
     "host-is-stale"),
    ("Services Running: Credential Guard. CredSSP from the console: 0x8009030E", "credential-guard"),
    ("Делегирование: Использовать только Kerberos. 0x8009030E", "no-transition"),
    ("Delegação: Usar apenas Kerberos. 0x8009030E", "no-transition"),
    ("Windows Admin Center asks for credentials although I chose Use my Windows account for this connection.", "wac-gateway"),
])
def test_what_the_poster_says_of_the_setup(text, cause):
    check(text, cause)


@pytest.mark.parametrize("name", ["\\\\?\\Volume{0f1c}\\vm", "\\\\.\\PhysicalDrive2", "\\\\HV2\\root\\virtualization\\v2"])
def test_a_device_and_a_namespace_are_no_share(name):
    first = causes(ask("-", data=DENIED.format(f"failed to open '{name}'").encode()))[0]
    assert first not in ("storage-cifs", "share-acl"), first


@pytest.mark.parametrize("answer, cause", [
    ("EDIT: Resolved it! My account was in Protected Users, put there last month.", "operator-protected"),
    ('Update: found the solution. The tab said "Use Kerberos only". Changed that, a klist purge, and it works.', "no-transition"),
    ("Lösung gefunden: bei der Delegierung war \"Nur Kerberos verwenden\" ausgewählt.", "no-transition"),
    ("The answer in the end: DNS still had an old A record of HV-07.", "name-resolution"),
    ("Finally noticed that one host runs 11 minutes ahead, it took the time from the BIOS.", "clock"),
    ("[SOLVED] Turned out the virtual switch on the new node was called \"External \" with a blank.", "vswitch"),
    ("In the end setspn -X showed the SPN twice, on HV2 and on HV2OLD.", "spn-duplicate"),
    ("Solution: it just needed a reboot of both hosts.", "caches"),
    ("Turned out the 2016 host's account had msDS-SupportedEncryptionTypes = 4 (RC4 only).", "etypes-weak"),
    ("Answer: CredSSP was selected, so you must log on to the source.", "credssp"),
    ("Turns out that it wasn't the firewall. Finally found a clock that was off.", "clock"),
])
def test_what_it_was_in_the_end_comes_before_what_was_tried(answer, cause):
    check("Live migration: No credentials are available in the security package (0x8009030E). Tried: firewall off (was 0x8007274D "
          f"once), SPNs, delegation, DNS, updates. {answer}", cause)


@pytest.mark.parametrize("text", ["Has anybody found the solution? I looked at the clocks.",
                                  "Turns out the firewall is not the culprit, and time sync did not help.",
                                  "Solution: check the firewall, the clocks, Protected Users, Credential Guard and hosts file."])
def test_a_question_a_denial_and_a_list_are_no_answer(text):
    check(f"Live migration: 0x8009030E. {text}", "operator-protected" if "Protected" in text else "list-migration")


ENTRY = ("dn: CN=HV1,OU=Hosts,DC=corp,DC=lan\nobjectClass: computer\nsAMAccountName: HV1$\ndNSHostName: HV1.corp.lan\nuserAccountControl: "
         "{}\nobjectSid:: AQUAAAAAAAUVAAAA\nservicePrincipalName: HOST/HV1\nmsDS-AllowedToDelegateTo: cifs/HV2\nmsDS-AllowedToDelegateTo: "
         "cifs/HV2.corp.lan\n{}msDS-AllowedToDelegateTo: Microsoft Virtual System Migration Service/\n HV2\nmsDS-AllowedToDelegateTo: "
         "Microsoft Virtual System Migration Service/HV2.corp.lan\n\nMove-VM from HV1 to HV2: 0x8009030E\n")


@pytest.mark.parametrize("flags, more, cause", [(4096, "", "no-transition"), (0x1101000, "", "source-sensitive"),
                                                (4096, "# more\n", "no-transition")])
def test_an_entry_as_ldifde_and_ldapsearch_print_it_is_read(flags, more, cause):
    value = ask("-", data=ENTRY.format(flags, more).encode(), status=1)
    assert causes(value)[0] == cause and (value["pair"]["source"], value["pair"]["target"]) == ("HV1", "HV2"), value["pair"]


def test_an_entry_that_is_no_accounts_is_no_host():
    service = "dn: CN=Directory Service,CN=Windows NT,CN=Services,CN=Configuration,DC=corp,DC=lan\nobjectClass: nTDSService\n\n"
    value = ask("-", data=(service + ENTRY.format(4096, "")).encode(), status=1)
    assert (value["pair"]["source"], value["pair"]["target"]) == ("HV1", "HV2"), value["pair"]


def test_of_an_entry_that_is_cut_no_list_is_known():
    value = ask("-", data=ENTRY.format(0x1001000, "and so on\n").encode(), status=3)
    assert not [cause["id"] for cause in value["causes"] if cause["status"] == "confirmed"], value["causes"]


def test_a_message_that_json_holds_in_one_string_is_read_by_its_lines():
    text = ('[{"Id":4769,"Message":"A Kerberos service ticket was requested.\\r\\n\\r\\nAccount Information:\\r\\n\\tAccount Name:\\t\\t'
            'HVA$@LAB.TEST\\r\\n\\r\\nService Information:\\r\\n\\tService Name:\\t\\tMicrosoft Virtual System Migration Service/HVB.lab.test'
            '\\r\\n\\r\\nAdditional Information:\\r\\n\\tFailure Code:\\t\\t0xD\\r\\n"}]')
    check(text, "list-migration")
    assert "HVA as the source, HVB.lab.test as the target" in page(text)


@pytest.mark.parametrize("text, taken", [
    ("Source HV1.corp.lan, destination HV2.corp.lan. Live migration fails 0x8009030E.", "HV1.corp.lan as the source, HV2.corp.lan as the"),
    ("Source host is HV1, target: HV2. 0x8009030E", "HV1 as the source, HV2 as the target"),
    ("As adm-jane from RSAT, migrating to HV2: 0x8009030E", "Taken from the text: HV2 as the target"),
])
def test_hosts_in_prose(text, taken):
    assert taken in page(text)


@pytest.mark.parametrize("text", ["Source: NETLOGON, target HV2. 0x8009030E", "Source: LSASRV Event 40960. 0x8009030E"])
def test_the_source_of_an_event_is_no_host(text):
    assert "as the source" not in page(text)


@pytest.mark.parametrize("text, cause", [
    ("The target principal name is incorrect (0x80090322). The PTR record points to another host.", "name-resolution"),
    ("\\\\files\\x: The target account name is incorrect. Only by the CNAME.", "alias-name"),
    ("Web server in the child domain, SQL Server in the parent domain. Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'.",
     "cross-domain"),
    ("Our double hop is gone since 24H2. Credential Guard is running.", "credential-guard"),
    ("JEA with RunAsVirtualAccount: Copy-Item \\\\fs1\\a.msi C:\\ gives Access is denied.", "winrm-second-hop"),
    ("An agent runs a script over WinRM on SRV1: dir \\\\FS2\\share. Access is denied", "winrm-second-hop"),
    ("Event 1196: failed registration of one or more associated DNS name(s)", "name-resolution"),
    ("虚拟机实时迁移失败。找不到以太网交换机“LAN”。", "vswitch"),
])
def test_what_stands_beside_an_error_tells_which_of_its_causes(text, cause):
    check(text, cause)


def test_credential_guard_is_told_of_whatever_the_text_is_about():
    assert "Set-VMHost" not in page("Our double hop by RDP is gone. Credential Guard is running.")
    assert "Set-VMHost" in page("Live migration with CredSSP on Server 2025: 0x8009030E")


@pytest.mark.parametrize("text, cause", [
    ("Error (20553)\nThe migration of virtual machine VM4 failed.", "read-the-message"),
    ("PS C:\\> Enter-PSSession -VMName APP -Credential $c\nEnter-PSSession : The credential is invalid.", "guest-credentials"),
    ("mod_auth_gssapi: the client did not delegate any credentials, so that no cache is written", "not-ok-as-delegate"),
    ("gss_accept_sec_context: Cannot find key of appropriate type to decrypt AP-REP - RC4 with HMAC. The keytab is AES only.",
     "etypes"),
    ("mstsc /remoteGuard: The requested security package does not exist", "remote-guard"),
    ("PowerPivot refresh: user credentials could not be delegated", "list-service"),
    ("PowerBI: The current identity does not have SeTcbPrivilege. Either a required impersonation level was not provided, or the "
     "provided impersonation level is invalid.", "s4u-rights"),
    ("The portal shows: Incorrect Kerberos constrained delegation configuration in your on-premises Active Directory", "list-proxy"),
    ("Event 13019: Web Application Proxy cannot retrieve a Kerberos ticket on behalf of the user because of the following general "
     "API error: The handle specified is invalid (0x80090301).", "list-proxy"),
    ("Event 13019: cannot retrieve a Kerberos ticket on behalf of the user: The specified target is unknown or unreachable "
     "(0x80090303).", "list-proxy"),
    ("The domain is a Samba AD DC. KDC_ERR_S_PRINCIPAL_UNKNOWN for Microsoft Virtual System Migration Service/HV2, which HV2$ has",
     "samba-kdc"),
    ("net use \\\\files\\x: You were not connected because a duplicate name exists on the network.", "alias-name"),
])
def test_programs_by_their_own_words(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("Event 1564: File share witness resource 'File Share Witness' failed to arbitrate for the file share '\\\\FS1\\Witness'.", "share-acl"),
    ("Event 1196: Cluster network name resource 'CLU' failed registration of one or more associated DNS name(s) for the following "
     "reason: DNS bad key.", "cluster-name"),
    ("Adding the CAU clustered role failed. Unable to create computer object CAU1 in the domain. Access is denied.", "cluster-name"),
    ("Event 1135: Cluster node 'HV2' was removed from the active failover cluster membership.", "cluster-node"),
    ("Event 5120: Cluster Shared Volume 'V1' has entered a paused state because of 'STATUS_CONNECTION_DISCONNECTED(c000020c)'.",
     "storage-access"),
])
def test_what_a_cluster_says_of_its_names_witness_and_volumes(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ('Der virtuelle Computer "LAGER" verwendet prozessorspezifische Features, die auf "HV2" nicht unterstützt werden.', "cpu"),
    ("La machine virtuelle utilise des fonctionnalités spécifiques au processeur que « HV2 » n'a pas.", "cpu"),
    ('Das Benutzerkonto verfügt nicht über die erforderlichen Berechtigungen zum Öffnen der Anlage "\\\\NAS\\VM\\d.vhdx".', "storage-cifs"),
])
def test_the_same_in_other_languages(text, cause):
    check(text, cause)


EVENT = ('<Event><System><EventID{}</EventID><Computer>HVA.corp.test</Computer></System><UserData><VmlEventLog>'
         '<Parameter0>HVB</Parameter0><Parameter2>0x8009030E</Parameter2></VmlEventLog></UserData></Event>')


def test_the_first_parameter_of_an_event_is_the_target_where_the_event_is_of_a_connection():
    for number in (">20306", ' Qualifiers="0">20306', ">20406"):
        assert "HVA.corp.test as the source, HVB as the target" in page(EVENT.format(number)), number
    assert "HVB" not in page(EVENT.format(">21024"))
    data = EVENT.format(">20306").replace("<Parameter0>", '<Data Name="Parameter0">').replace("</Parameter0>", "</Data>")
    assert "HVB as the target" in page(data)


@pytest.mark.parametrize("asked, cause", [
    ('"Microsoft Virtual System Migration Service/*"', ["spn-migration"]),
    ("MSSQLSvc/*", ["spn-migration"]),
    ("*/hv2*", ["spn-host"]),
    ("*/hv2.corp.test", ["spn-host"]),
    ("*/*", []),
    ("*/", []),
    ("*", []),
])
def test_stars_in_what_setspn_was_asked(asked, cause):
    text = f"C:\\>setspn -Q {asked}\nChecking domain DC=corp,DC=test\n\nNo such SPN found.\n"
    assert causes(ask("-", data=text.encode(), status=1 if cause else 0))[:1] == cause
