"""`diagnose -` with what Windows tools printed beside the error: it is judged, and it is said what was taken from where."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from patience import PATIENCE_S
from valid import valid

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KCDAUDIT = Path(os.environ.get("KCDAUDIT") or ROOT / "build/kcdaudit").resolve()
EXPORTS = ROOT / "tests/exports"
MIGRATION = "Microsoft Virtual System Migration Service"
NO_CREDENTIALS = "No credentials are available in the security package (0x8009030E)"
WRONG_PRINCIPAL = "Der Zielprinzipalname ist falsch. (0x80090322)"
NAMED = """Virtual machine migration operation for 'A' failed at migration source 'HV01'. The Virtual Machine Management
Service failed to establish a connection for a Virtual Machine migration with host 'HV02': """ + NO_CREDENTIALS + ".\n"


def run(text, *argv):
    return subprocess.run([KCDAUDIT, "diagnose", "-", "-c", os.devnull, *argv], input=text.encode(), capture_output=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}, timeout=PATIENCE_S)


def ask(text, *argv):
    done = run(text, "-f", "json", *argv)
    assert done.stdout, done
    return valid(done.stdout)


def page(text, *argv):
    return re.sub(r"\s+", " ", run(text, *argv).stdout.decode())


def of(value, cause):
    return next((each for each in value["causes"] if each["id"] == cause), None)


def setspn_list(host, *spns, head="Registered ServicePrincipalNames for"):
    return f"C:\\>setspn -L {host}\n{head} CN={host},OU=Hyper-V,DC=contoso,DC=test:\n" + "".join(
        f"\t{spn}\n" for spn in spns) + "\nC:\\>\n"


def whole(host, *more):
    """The SPNs that a host needs, under both names."""
    name = f"{host.lower()}.contoso.test"
    return (f"{MIGRATION}/{host}", f"{MIGRATION}/{name}", f"HOST/{host}", f"HOST/{name}", *more)


def vmhost(auth, enabled="True", host="HV02"):
    return (f"[{host}]: PS C:\\> Get-VMHost | fl *Migr*\n\nMaximumVirtualMachineMigrations           : 2\n"
            f"VirtualMachineMigrationAuthenticationType : {auth}\nVirtualMachineMigrationEnabled            : {enabled}\n\n")


def computer(host, **properties):
    """As Get-ADComputer -Properties ... prints it, at 80 columns."""
    shown = {"DistinguishedName": f"CN={host},OU=Hyper-V,DC=contoso,DC=test", "DNSHostName": f"{host.lower()}.contoso.test",
             "Enabled": "True", "Name": host, "ObjectClass": "computer", "SamAccountName": f"{host}$",
             **{name.replace("_", "-"): value for name, value in properties.items()}}
    width = max(map(len, shown))
    lines = []
    for name, value in sorted(shown.items(), key=lambda item: item[0].lower()):
        line = f"{name:<{width}} :"
        for word in value.split(" "):
            if len(line) + 1 + len(word) > 80:
                lines.append(line + " ")
                line = " " * (width + 2)
            line += " " + word
        lines.append(line)
    return f"PS C:\\> Get-ADComputer {host} -Properties *\n\n" + "\n".join(lines) + "\n\n"


def listed(host, classes=("cifs", MIGRATION)):
    return "{" + ", ".join(f"{each}/{name}" for each in classes for name in (host, host.lower() + ".contoso.test")) + "}"


def klist(flags, client="alice", renews="11/27/2026 8:12:33"):
    return (f"C:\\>klist\n\nCurrent LogonId is 0:0x8009030\n\nCached Tickets: (1)\n\n#0>     Client: {client} @ CONTOSO.TEST\n"
            "        Server: krbtgt/CONTOSO.TEST @ CONTOSO.TEST\n"
            "        KerbTicket Encryption Type: AES-256-CTS-HMAC-SHA1-96\n"
            f"        Ticket Flags {flags} -> renewable pre_authent\n        Start Time: 11/20/2026 8:12:33 (local)\n"
            f"        End Time:   11/20/2026 18:12:33 (local)\n        Renew Time: {renews} (local)\n"
            "        Session Key Type: AES-256-CTS-HMAC-SHA1-96\n        Cache Flags: 0x1 -> PRIMARY\n\n")


FIRST = {
    "a list without the Migration Service": (
        WRONG_PRINCIPAL + "\n" + setspn_list("HV02", "HOST/HV02", "HOST/hv02.contoso.test"), "spn-migration",
        f"From the pasted setspn -L HV02: {MIGRATION}/HV02 is on no account"),
    "the same in German": (
        WRONG_PRINCIPAL + "\n" + setspn_list("HV02", "HOST/HV02", head="Registrierte Dienstprinzipalnamen (SPN) für"),
        "spn-migration", f"{MIGRATION}/HV02 is on no account"),
    "a list alone, without any error": (
        setspn_list("HV02", f"{MIGRATION}/HV02", "HOST/HV02"), "spn-migration",
        "hv02.contoso.test is taken for its full name, after its domain"),
    "an empty list": (setspn_list("HV02"), "spn-migration", f"{MIGRATION}/HV02 is on no account"),
    "setspn -Q finds nobody": (
        f'C:\\>setspn -Q "{MIGRATION}/HV02"\nChecking domain DC=contoso,DC=test\n\nNo such SPN found.\n', "spn-migration",
        f"From the pasted setspn -Q {MIGRATION}/HV02"),
    "setspn -Q finds another": (
        f'0x80090322\nC:\\>setspn -Q "{MIGRATION}/HV02"\nChecking domain DC=contoso,DC=test\n'
        f"CN=svc-vmm,OU=Service,DC=contoso,DC=test\n\t{MIGRATION}/HV02\n\nExisting SPN found!\n", "spn-elsewhere",
        "setspn -Q, account svc-vmm"),
    "HTTP of the host on a web service": (
        WRONG_PRINCIPAL + setspn_list("HV02", *whole("HV02")) + "C:\\>setspn -Q HTTP/hv02.contoso.test\n"
        "Checking domain DC=contoso,DC=test\nCN=svc-crm,OU=Service,DC=contoso,DC=test\n\tHTTP/hv02.contoso.test\n\n"
        "Existing SPN found!\n", "winrm-spn", "HTTP/hv02.contoso.test is on another account: CN=svc-crm"),
    "two lists hold the same": (
        "0x80090322\n" + setspn_list("HV02", *whole("HV02")) + setspn_list("HV02-OLD", f"{MIGRATION}/HV02"),
        "spn-duplicate", "CN=HV02-OLD"),
    "Use Kerberos only": (
        computer("HV01", TrustedToAuthForDelegation="False", msDS_AllowedToDelegateTo=listed("HV02")) + NO_CREDENTIALS,
        "no-transition", "From the pasted Get-ADComputer HV01"),
    "a list without the Migration Service of the target, RBCD not shown": (
        computer("HV01", msDS_AllowedToDelegateTo=listed("HV02", ["cifs"])) + NAMED, "list-migration",
        "the delegation list of HV01 lacks Microsoft Virtual System Migration Service/HV02"),
    "the same, expanded": (
        "PS C:\\> Get-ADComputer HV01 -Properties msDS-AllowedToDelegateTo | Select-Object -ExpandProperty "
        "msDS-AllowedToDelegateTo\ncifs/HV02\ncifs/hv02.contoso.test\nPS C:\\>\n" + NAMED, "list-migration",
        "lacks Microsoft Virtual System Migration Service/HV02"),
    "both hosts, neither list nor RBCD": (
        computer("HV01", msDS_AllowedToDelegateTo="{}", TrustedForDelegation="False", TrustedToAuthForDelegation="False",
                 AccountNotDelegated="False", SID="S-1-5-21-1-2-3-1105") +
        computer("HV02", PrincipalsAllowedToDelegateToAccount="{}", SID="S-1-5-21-1-2-3-1106") + NAMED, "list-migration",
        "From the pasted Get-ADComputer HV01 and Get-ADComputer HV02: HV01 is not trusted to delegate"),
    "a source that is sensitive": (
        computer("HV01", AccountNotDelegated="True") + NAMED, "source-sensitive", "AccountNotDelegated of HV01 is True"),
    "a host that is disabled": (
        computer("HV02", Enabled="False") + NAMED, "host-disabled", "HV02 is disabled"),
    "an operator who is sensitive": (
        "PS C:\\> Get-ADUser alice -Properties AccountNotDelegated\n\nAccountNotDelegated : True\n"
        "DistinguishedName   : CN=Alice,DC=contoso,DC=test\nObjectClass         : user\nSamAccountName      : alice\n\n"
        + NO_CREDENTIALS, "operator-sensitive", "AccountNotDelegated of alice is True"),
    "a ticket that cannot be forwarded": (
        klist("0xa10000") + NO_CREDENTIALS, "operator-sensitive", "the ticket-granting ticket of alice is not forwardable"),
    "one that cannot be renewed either": (
        klist("0xa10000", renews="11/20/2026 18:12:33") + NO_CREDENTIALS, "operator-protected", "cannot be renewed"),
    "CredSSP": (vmhost("CredSSP") + NO_CREDENTIALS, "credssp", "From the pasted Get-VMHost HV02"),
    "two settings": (
        vmhost("Kerberos", host="HV01") + vmhost("CredSSP") + "error 0x80090303\n", "auth-mismatch",
        "HV01 uses Kerberos and HV02 uses CredSSP"),
    "migrations off": (vmhost("Kerberos", "False"), "migration-disabled", "VirtualMachineMigrationEnabled is False on HV02"),
    "klist get": (
        f'C:\\>klist get "{MIGRATION}/HV02"\n\nCurrent LogonId is 0:0x9bd1f\n'
        "Error calling API LsaCallAuthenticationPackage (GetTicket substatus): 0x6fb\n\nklist failed with "
        "0xc000018b/-1073741429: The SAM database on the Windows Server does not have a computer account for this "
        "workstation trust relationship.\n", "spn-migration", "the KDC knows no account that holds " + MIGRATION),
    "nltest /dsgetdc": (
        "C:\\>nltest /dsgetdc:contoso.test\nGetting DC name failed: Status = 1355 0x54b ERROR_NO_SUCH_DOMAIN\n",
        "dc-unreachable", "From the pasted nltest /dsgetdc:contoso.test"),
    "nltest /sc_query": (
        "C:\\>nltest /sc_query:contoso.test\nFlags: 0\nTrusted DC Name\nTrusted DC Connection Status Status = 1311 0x51f "
        "ERROR_NO_LOGON_SERVERS\nThe command completed successfully\n", "dc-unreachable", "no domain controller"),
    "Test-WSMan": (
        'PS C:\\> Test-WSMan hv02.contoso.test\nTest-WSMan : <f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/'
        'wsmanfault" Code="2150859046" Machine="AD\nMIN1"><f:Message>WinRM cannot complete the operation.\n', "winrm",
        "WinRM on hv02.contoso.test cannot be reached"),
}


@pytest.mark.parametrize("name", FIRST)
def test_what_tools_print_leads_to_the_cause(name):
    text, cause, said = FIRST[name]
    value = ask(text)
    assert value["causes"][0]["id"] == cause, [(each["id"], each["status"]) for each in value["causes"]][:4]
    assert said in page(text), page(text)[:1500]


@pytest.mark.parametrize("name, cause", [("33-setspn-x.txt", "spn-duplicate"), ("24-setspn-L.txt", "spn-migration"),
                                         ("23-get-adcomputer-fl.txt", "spn-migration"),
                                         ("21-get-adcomputer.json", "spn-migration")])
def test_files_as_administrators_hand_them_in(name, cause):
    path = HERE / "pasted" / name
    value = ask((path if path.exists() else EXPORTS / name).read_text())
    assert value["causes"][0]["id"] == cause and value["causes"][0]["status"] == "confirmed"


def test_quotes_and_cut_lines_of_mail_are_taken():
    text = "".join(f"> {line}\n" for line in FIRST["Use Kerberos only"][0].splitlines())
    assert ask(text)["causes"][0]["id"] == "no-transition"


def test_what_was_not_printed_is_not_absent():
    """PowerShell shows four values of a list: the Migration Service may be among the rest."""
    text = computer("HV02", servicePrincipalName="{TERMSRV/HV02, WSMAN/HV02, HOST/HV02, HOST/hv02.contoso.test...}") + NAMED
    value = ask(text)
    assert not [each for each in value["causes"] if each["status"] == "confirmed"]
    assert of(value, "spn-migration")["status"] == "not-visible"
    filtered = NO_CREDENTIALS + "\n" + setspn_list("HV02", "HOST/HV02").replace("setspn -L HV02", "setspn -L HV02 | findstr HOST")
    assert of(ask(filtered), "spn-migration")["status"] == "not-visible"


def test_how_a_tgt_is_encrypted_says_nothing_of_a_host():
    """Whether or not its flags were pasted; how a service's ticket is does."""
    def cached(server, flags=""):
        return ask(f"{NAMED}C:\\>klist -li 0x3e7\n\nCached Tickets: (1)\n\n#0>     Client: hv01$ @ CONTOSO.TEST\n"
                   f"        Server: {server} @ CONTOSO.TEST\n        KerbTicket Encryption Type: RSADSI RC4-HMAC(NT)\n{flags}")

    flags = "        Ticket Flags 0x40e10000 -> forwardable renewable initial pre_authent name_canonicalize\n"
    said = {server: ["encrypted with RC4" in json.dumps(cached(server, more)) for more in ("", flags)]
            for server in ("krbtgt/CONTOSO.TEST", "cifs/hv02.contoso.test")}
    assert said == {"krbtgt/CONTOSO.TEST": [False, False], "cifs/hv02.contoso.test": [True, True]}


def test_what_others_may_hold_is_not_ruled_out():
    value = ask(NO_CREDENTIALS + "\n" + setspn_list("HV02", *whole("HV02")))
    status = {each["id"]: each["status"] for each in value["causes"]}
    assert status["spn-migration"] == "ruled-out"
    assert status["spn-duplicate"] == status["spn-elsewhere"] == "not-visible"
    assert "confirmed" not in status.values()


def test_resource_based_delegation_is_read():
    rbcd = (computer("HV01", msDS_AllowedToDelegateTo="{}", TrustedForDelegation="False", TrustedToAuthForDelegation="False",
                     AccountNotDelegated="False", SID="S-1-5-21-1-2-3-1105") +
            computer("HV02", PrincipalsAllowedToDelegateToAccount="{CN=HV01,OU=Hyper-V,DC=contoso,DC=test}",
                     SID="S-1-5-21-1-2-3-1106"))
    assert of(ask(rbcd + NAMED), "list-migration")["status"] == "ruled-out"
    # The other way round nothing is granted.
    turned = NAMED.replace("HV01", "HV0X").replace("HV02", "HV01").replace("HV0X", "HV02")
    assert of(ask(rbcd + turned), "list-migration")["status"] == "not-visible"


@pytest.mark.parametrize("error, cause", [("0x80070569", "gpo-service"), ("event 21502 0xC0350005", None)])
def test_an_error_of_another_kind_keeps_its_cause(error, cause):
    alone = ask(error)["causes"]
    with_output = ask(error + "\n" + vmhost("CredSSP"))["causes"]
    assert [each["id"] for each in with_output] == [each["id"] for each in alone]
    assert cause in (None, with_output[0]["id"])


def test_numbers_in_outputs_are_no_codes():
    text = klist("0x40a10000") + computer("HV01", userAccountControl="16781312", sAMAccountType="21502", instanceType="10060")
    value = ask(text + NO_CREDENTIALS)
    assert [entry["code"] for entry in value["entries"]][0] == "0x8009030E" and len(value["entries"]) == 2
    assert value["input"].startswith("C:\\>klist")


def test_json_of_something_else_is_no_output():
    assert [entry["id"] for entry in ask('{"EventID": 4769, "Name": "x", "Status": "0x8009030E"}')["entries"]] == [
        entry["id"] for entry in ask("0x8009030E")["entries"]]


def test_a_directory_that_is_named_decides_and_the_host_is_heard():
    estate = ROOT / "fixtures/ready/estate.ldif"
    text = vmhost("CredSSP", host="HV01") + setspn_list("HV02", "HOST/HV02") + NO_CREDENTIALS
    value = ask(text, "--from", "HV01", "--to", "HV02", "--ldif", str(estate))
    assert value["causes"][0]["id"] == "credssp" and value["causes"][0]["status"] == "confirmed"
    assert of(value, "spn-migration")["status"] == "ruled-out"


def test_names_on_the_command_line_say_which_way():
    text = computer("HV01", TrustedToAuthForDelegation="False", msDS_AllowedToDelegateTo=listed("HV02")) + NO_CREDENTIALS
    assert ask(text, "--from", "HV01", "--to", "HV02")["causes"][0]["id"] == "no-transition"
    assert of(ask(text, "--from", "HV02", "--to", "HV01"), "no-transition")["status"] != "confirmed"


def test_the_identity_in_the_command_names_who_was_printed():
    """fl of two properties prints no name."""
    text = ("PS C:\\> Get-ADComputer HV01 -Properties * | fl msDS-AllowedToDelegateTo,TrustedToAuthForDelegation\n\n"
            f"msDS-AllowedToDelegateTo   : {listed('HV02')}\nTrustedToAuthForDelegation : False\n\n" + NAMED)
    first = ask(text)["causes"][0]
    assert first["id"] == "no-transition" and first["status"] == "confirmed"


@pytest.mark.parametrize("target", ["hv02.contoso.test", "HV02", "hv07.contoso.test", "other.example.net"])
@pytest.mark.parametrize("output", [
    "C:\\>setspn -X\nChecking domain DC=contoso,DC=test\nProcessing entry 0\nHTTP/hv02.contoso.test is registered on these "
    "accounts:\n\tCN=HV02,OU=Hosts,DC=contoso,DC=test\n\tCN=HV02OLD,OU=Old,DC=contoso,DC=test\n\nfound 1 group of "
    "duplicate SPNs.\n",
    "C:\\>setspn -Q HTTP/hv02.contoso.test\nChecking domain DC=contoso,DC=test\nCN=HV02,OU=Hosts,DC=contoso,DC=test\n"
    "\tHTTP/hv02.contoso.test\n\nExisting SPN found!\n"])
def test_hosts_that_the_outputs_do_not_show_leave_an_explanation(target, output):
    error = f"Error (2927)\nA Hardware Management error has occurred trying to contact server {target}. (0x80090322)\n"
    for argv in ([], ["--from", "HV01", "--to", target]):
        done = run(error + output, *argv)
        assert done.returncode in (0, 1, 3) and b"no such computer" not in done.stderr, (argv, done)
        first = ask(error + output, *argv)["causes"][0]
        assert first["status"] == "confirmed" or "-X" not in output, (argv, first)


SERVICES = ("MSSQLSvc/sql1.contoso.test:1433", "HOST/SQL1", "HOST/sql1.contoso.test")
CLUSTER = ("MSClusterVirtualServer/CLU1", "MSServerCluster/CLU1", "wsman/CLU1", "wsman/clu1.contoso.test", "HOST/CLU1")


def elsewhere(text):
    """In an OU that says nothing of Hyper-V."""
    return text.replace("OU=Hyper-V", "OU=Servers")


@pytest.mark.parametrize("text, cause", [
    ("Cannot generate SSPI context 0x80090322\n" + setspn_list("SQL1", *SERVICES) + setspn_list("svc-sql"), "spn-elsewhere"),
    ("The VM of our SQL Server: 0x80090322\n" + setspn_list("SQL1", *SERVICES) + setspn_list("svc-sql"), None),
    ("An unknown security error occurred\n" + setspn_list("CLU1", *CLUSTER), "winrm-spn"),
    ("Enter-PSSession CLU1: 0x80090322\n" + setspn_list("CLU1", *CLUSTER), "winrm-spn"),
    ("0x80090322\n" + setspn_list("FILE1", "HOST/FILE1", "HOST/file1.contoso.test"), None),
    (setspn_list("jdoe"), None),
], ids=["sql", "sql in a VM", "cluster", "cluster with a code", "file server", "user"])
def test_a_machine_that_nothing_says_runs_hyperv_needs_no_migration_spn(text, cause):
    value = ask(elsewhere(text))
    found = of(value, "spn-migration")
    assert not found or found["status"] == "not-visible", found
    assert cause is None or value["causes"][0]["id"] == cause, [each["id"] for each in value["causes"]][:4]


@pytest.mark.parametrize("hint", ["Hyper-V Manager says", "Event 21502", "The VM does not move:", "Move-VM :"])
def test_a_word_of_hyperv_makes_it_a_host(hint):
    value = ask(elsewhere(f"{hint} 0x80090322\n" + setspn_list("NODE1", "HOST/NODE1", "HOST/node1.contoso.test")))
    assert of(value, "spn-migration")["status"] == "confirmed"


def test_vmms_that_lacks_one_of_its_spns_could_not_register_it():
    error = "Event 14050\nFailed to register the service principal name 'Hyper-V Replica Service'.\n0x80090303\n"
    first = ask(error + setspn_list("HV02", *whole("HV02")))["causes"][0]
    assert first["id"] == "vmms-spn-registration" and first["status"] == "confirmed"
    full = ask(error + setspn_list("HV02", *whole("HV02", "Hyper-V Replica Service/HV02")))
    assert of(full, "vmms-spn-registration")["status"] != "confirmed"


def test_delegation_that_is_in_order_leaves_the_caches():
    shown = computer("HV01", msDS_AllowedToDelegateTo=listed("HV02"), TrustedToAuthForDelegation="True")
    value = ask(shown + NAMED)
    assert value["causes"][0]["id"] == "caches"
    assert {of(value, cause)["status"] for cause in ("list-migration", "list-cifs", "no-transition")} == {"ruled-out"}
    # Where only the list was printed, protocol transition is not known.
    half = ask(computer("HV01", msDS_AllowedToDelegateTo=listed("HV02")) + NAMED)
    assert half["causes"][0]["id"] != "caches" and of(half, "no-transition")["status"] == "not-visible"


@pytest.mark.parametrize("shown", [
    "C:\\>whoami /groups\n\nCONTOSO\\Protected Users   Group   S-1-5-21-1-2-3-525   Mandatory group, Enabled group\n",
    "PS C:\\> Get-ADUser alice -Properties MemberOf | Select-Object -ExpandProperty MemberOf\n"
    "CN=Admins,DC=contoso,DC=test\nCN=Protected Users,CN=Users,DC=contoso,DC=test\n"])
def test_membership_of_protected_users_is_read(shown):
    first = ask(NO_CREDENTIALS + "\n" + shown)["causes"][0]
    assert first["id"] == "operator-protected" and first["status"] == "confirmed"


TEXTS = {path.stem: path.read_text().partition("\n---\n")[2] for path in sorted((HERE / "reports").glob("*.txt"))}
TEXTS |= {path.name: path.read_text() for path in sorted((HERE / "pasted").glob("*.txt"))}
TEXTS |= {name: text for name, (text, _, _) in FIRST.items()}


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_gets_an_explanation(name):
    """No host, and nothing else that the text names, may end in an error instead."""
    for argv in ([], ["--from", "HOST-X1", "--to", "HOST-X2"]):
        done = run(TEXTS[name], *argv, "-f", "json")
        assert done.stdout and (argv or done.returncode in (0, 1, 3) and not done.stderr), done.stderr
        value = json.loads(done.stdout)
        assert value["causes"] or value["entries"] or value["unknown"]


def test_an_spn_in_two_lists_is_on_two_accounts():
    value = ask(elsewhere("event 11 KDC\n" + setspn_list("SQL1", *SERVICES) + setspn_list("svc-sql", SERVICES[0])))
    first = value["causes"][0]
    assert first["id"] == "spn-duplicate" and first["status"] == "confirmed", first
    assert "setspn -L SQL1 and setspn -L svc-sql" in first["said"]


def test_a_list_of_a_web_server_needs_no_migration_service():
    shown = elsewhere(computer("WEB1", msDS_AllowedToDelegateTo="{MSSQLSvc/sql1.contoso.test:1433}",
                               TrustedToAuthForDelegation="True") + setspn_list("SQL1", *SERVICES))
    value = ask("KDC_ERR_BADOPTION\n" + shown)
    assert not [each for each in value["causes"] if each["status"] == "confirmed" or "lacks Microsoft" in str(each["said"])]


def test_a_list_that_shows_nothing_wrong_says_so():
    shown = page(elsewhere(setspn_list("jdoe")))
    assert "Nothing in what these tools printed shows a cause" in shown and "most likely first" not in shown


def test_delegation_to_any_service_alone_is_told_as_likely():
    """One property of the source, and the other end in the person's own words."""
    shown = ("PS C:\\> Get-ADComputer HV01 -Properties TrustedForDelegation\n\nDistinguishedName    : CN=HV01,CN=Computers,DC=contoso,DC=com\n"
             "DNSHostName          : hv01.contoso.com\nEnabled              : True\nName                 : HV01\nObjectClass          : computer\n"
             "SamAccountName       : HV01$\nTrustedForDelegation : True\n\n0x8009030E when migrating a machine to HV02\n")
    first = ask(shown)["causes"][0]
    assert first["id"] == "unconstrained" and first["status"] == "not-visible" and "its list was not shown" in first["said"]
    told = page(shown)
    assert "HV01 → HV02: no cause is confirmed; likely: The source is trusted for delegation to any service" in told, told


@pytest.mark.parametrize("said, hosts", [
    ("Cannot move VM1 from HV01 to HV02, 0x8009030E", ["HV01", "HV02"]),
    ("Live migration to hv02.contoso.com fails with 0x8009030E", ["hv02.contoso.com"]),
    ("Beim Verschieben von HV01 nach HV02 kommt 0x8009030E", ["HV01", "HV02"]),
    ("We moved on. To HV02 nobody can connect, 0x8009030E", []),
])
def test_hosts_as_people_say_them(said, hosts):
    assert ask(said)["taken"]["hosts"] == hosts


@pytest.mark.parametrize("code, cause", [("0x7", "spn-migration"), ("0x8", "spn-duplicate"), ("0xE", "etypes")])
def test_what_a_kdc_refused_is_the_cause_of_a_failed_logon(code, cause):
    """The host's event says that a logon failed; what the KDC recorded in the same second says why."""
    text = (HERE / "pasted/21024-and-kdc.txt").read_text().replace("0x7", code)
    assert ask(text)["causes"][0]["id"] == cause
    alone = text[:text.index("Log Name:      Security")]
    assert ask(alone)["causes"][0]["id"] == "account-locked"


def test_an_spn_on_another_account_is_not_on_no_account():
    """setspn -L of the target lacks what setspn -Q finds elsewhere: one slip, told once."""
    query = (f'PS> setspn -Q "{MIGRATION}/HV02"\nChecking domain DC=contoso,DC=test\nCN=svc-hv,OU=Service,DC=contoso,DC=test\n'
             f"        {MIGRATION}/HV02\n        {MIGRATION}/HV02.contoso.test\n\nExisting SPN found!\n")
    text = ("migration source 'HV01'. host 'HV02': The target principal name is incorrect. (0x80090322)\n\nPS> setspn -L HV02\n"
            + setspn_list("HV02", "HOST/HV02", "RestrictedKrbHost/HV02") + "\n" + query)
    confirmed = [cause["id"] for cause in ask(text)["causes"] if cause["status"] == "confirmed"]
    assert confirmed == ["spn-elsewhere"]
    assert "is on no account" not in page(text)


def test_the_name_of_a_web_site_is_no_host():
    """A service account of IIS, which delegates: its HTTP SPN is as it should be, and nobody speaks of WinRM."""
    text = (HERE / "reports/krb-claims-site-kerberos-only.txt").read_text()
    value = ask(text.split("---\n", 1)[1])
    assert value["causes"][0]["id"] == "no-transition" and "svc-web has a delegation list" in value["causes"][0]["said"]
    assert [cause["id"] for cause in value["causes"] if cause["status"] == "confirmed"] == []
    assert of(value, "winrm-spn") is None or of(value, "winrm-spn")["status"] != "confirmed"


@pytest.mark.parametrize("end", ["destination", "source"])
def test_the_computer_of_an_event_is_the_end_that_wrote_it(end):
    text = ("<Event><System><EventID>20306</EventID><Computer>HV07.contoso.test</Computer></System><RenderingInfo><Message>The Virtual Machine "
            f"Management Service failed to authenticate the connection for a Virtual Machine migration at the {end} host: The function "
            "requested is not supported (0x80090302).</Message></RenderingInfo></Event>")
    told = "target" if end == "destination" else "source"
    assert f"HV07.contoso.test as the {told}" in page(text)


@pytest.mark.parametrize("cut, end, confirmed", [
    ("", "Existing SPN found!", True), ("", "Vorhandener SPN wurde gefunden!", True), ("", "", False),
    ("\tRestrictedKrbHost/HV02\n", "Existing SPN found!", False),
])
def test_what_setspn_finds_is_all_of_an_account_unless_somebody_cut_it(cut, end, confirmed):
    """-Q prints every SPN of the account, so one that is not there is missing."""
    text = (NAMED + "C:\\>setspn -Q HOST/HV02\nChecking domain DC=contoso,DC=test\nCN=HV02,OU=Hosts,DC=contoso,DC=test\n"
            "\tWSMAN/HV02\n\tRestrictedKrbHost/HV02\n\tHOST/HV02\n\tHOST/hv02.contoso.test\n\n" + end + "\n").replace(cut or "\0", "")
    found = of(ask(text), "spn-migration")
    assert (found["status"] == "confirmed") == confirmed, found
    if confirmed:
        assert f'setspn -S "{MIGRATION}/HV02" HV02' in found["commands"] and "SPN-01" in page(text)
