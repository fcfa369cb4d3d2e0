"""`diagnose -` with texts that are not about hosts, or not about kcdaudit: a service's SPN is what its commands name, and
what other programs wrote is not taken for what it is not."""

import pytest
from test_paste import ROOT, ask, of, page, run

SSPI = "The target principal name is incorrect. Cannot generate SSPI context. (Microsoft SQL Server)\n"
MSSQL = "MSSQLSvc/sql01.contoso.com:1433"
SQL01 = f"""PS C:\\> setspn -L SQL01
Registered ServicePrincipalNames for CN=SQL01,OU=Servers,DC=contoso,DC=com:
        {MSSQL}
        HOST/SQL01
        HOST/sql01.contoso.com
"""
SVC_SQL = """PS C:\\> setspn -L contoso\\svc-sql
Registered ServicePrincipalNames for CN=svc-sql,OU=Service,DC=contoso,DC=com:
PS C:\\>
"""
TWICE = f"""C:\\> setspn -X
Checking domain DC=contoso,DC=com
Processing entry 0
{MSSQL} is registered on these accounts:
        CN=svc-sql,OU=Service,DC=contoso,DC=com
        CN=SQL01,OU=Servers,DC=contoso,DC=com

found 1 group of duplicate SPNs.
"""
REFUSED = """C:\\>setspn -S HTTP/web01.contoso.com contoso\\svc-web
Checking domain DC=contoso,DC=com
CN=WEB01,OU=Servers,DC=contoso,DC=com
        HTTP/web01.contoso.com
        HOST/WEB01
        HOST/web01.contoso.com

Duplicate SPN found, aborting operation!
"""
HOSTS = ("Migration Service", "VMMS", "migrate again", "OTHER-HOST", "name both hosts")


def first(text):
    return ask(text)["causes"][0]


@pytest.mark.parametrize("text, cause, commands", [
    (SSPI + SQL01 + SVC_SQL, "spn-elsewhere", [f"setspn -D {MSSQL} SQL01", f"setspn -S {MSSQL} svc-sql"]),
    ("Login failed for user 'NT AUTHORITY\\ANONYMOUS LOGON'. (Microsoft SQL Server, Error: 18456)\n" + TWICE,
     "spn-duplicate", [f"setspn -D {MSSQL} WRONGACCOUNT"]),
    (REFUSED, "spn-elsewhere", ["setspn -D HTTP/web01.contoso.com WEB01", "setspn -S HTTP/web01.contoso.com svc-web"]),
    (f"SSPI Provider: Server not found in Kerberos database\nRequesting tickets for {MSSQL}@CONTOSO.COM\n", "spn-migration",
     [f"setspn -S {MSSQL} SERVICEACCOUNT"]),
], ids=["on the computer", "on two", "setspn -S", "in the text alone"])
def test_commands_are_of_the_service_that_the_text_names(text, cause, commands):
    found = first(text)
    assert found["id"] == cause and found["commands"] == commands and found["rule"] is None
    shown = page(text)
    assert not [word for word in HOSTS if word in shown], shown


@pytest.mark.parametrize("text", [
    "Server not found in Kerberos database while asking for cifs/hv02.contoso.com@CONTOSO.COM",
    f"Live migration to HV02: Server not found in Kerberos database\nlater in the log: {MSSQL}\n",
    "Server not found in Kerberos database", SSPI.replace("SQL Server", "Hyper-V") + REFUSED.partition("C:")[0],
], ids=["cifs", "a migration", "no SPN", "words alone"])
def test_hosts_stay_hosts(text):
    found = [cause for cause in ask(text)["causes"] if "SPN of the service" in cause["title"]]
    assert not found, found


def test_a_directory_that_is_asked_is_asked_about_hosts():
    value = ask(f"Server not found in Kerberos database {MSSQL}", "--from", "HV01", "--to", "HV02")
    assert of(value, "spn-migration")["rule"] == "SPN-01"


def test_a_delegation_between_services_is_no_migration():
    """A web server that delegates to a database: nobody is told to register the SPNs of Hyper-V."""
    delegates = ("PS C:\\> Get-ADComputer WEB01 -Properties msDS-AllowedToDelegateTo, TrustedToAuthForDelegation\n\n"
                 "DistinguishedName          : CN=WEB01,OU=Servers,DC=contoso,DC=com\nDNSHostName                : web01.contoso.com\n"
                 f"msDS-AllowedToDelegateTo   : {{{MSSQL}}}\nName                       : WEB01\nObjectClass                : computer\n"
                 "SamAccountName             : WEB01$\nTrustedToAuthForDelegation : True\n\n")
    shown = page("KDC_ERR_BADOPTION\n" + delegates + SQL01)
    assert "Migration Service" not in shown and "although this migration direction" not in shown, shown


# What accounts show


def user(**properties):
    shown = {"DistinguishedName": "CN=svc-sql,OU=Service,DC=contoso,DC=com", "Enabled": "True", "Name": "svc-sql",
             "ObjectClass": "user", "SamAccountName": "svc-sql", **{k.replace("_", "-"): v for k, v in properties.items()}}
    return "\n" + "".join(f"{name:<30}: {value}\n" for name, value in sorted(shown.items())) + "\n"


@pytest.mark.parametrize("value, says", [("4", "RC4, and no AES"), ("7", "RC4, and no AES"), ("3", "DES, and no AES"),
                                         ("36", "RC4, and no AES"), ("24", None), ("28", None), ("0", None), ("8", None)])
def test_encryption_types_that_were_printed_are_judged(value, says):
    shown = user(msDS_SupportedEncryptionTypes=value)
    text = "Cannot generate SSPI context.\nPS C:\\> Get-ADUser svc-sql -Properties msDS-SupportedEncryptionTypes\n" + shown
    found = first(text)
    assert (found["id"] == "etypes-weak") == bool(says), found
    assert not says or (found["suspected"] and f"svc-sql is {value}: {says}" in found["said"])


def test_encryption_types_of_a_host_are_judged():
    shown = user(msDS_SupportedEncryptionTypes="4").replace("svc-sql", "HV02").replace("SamAccountName                : HV02",
                                                                                       "SamAccountName                : HV02$")
    found = first("0x80090342\nPS C:\\> Get-ADComputer HV02 -Properties msDS-SupportedEncryptionTypes\n" +
                  shown.replace(": user", ": computer"))
    assert found["id"] == "etypes-weak" and "HV02 is 4" in found["said"]


@pytest.mark.parametrize("command, property, status", [
    ("Search-ADAccount -LockedOut", "LockedOut", "not-visible"),
    ("Get-ADUser svc-sql -Properties LockedOut", "LockedOut", "confirmed"),
    ("Get-ADUser svc-sql -Properties PasswordExpired", "PasswordExpired", "confirmed"),
])
def test_an_account_that_cannot_sign_in_is_told(command, property, status):
    found = first(f"PS C:\\> {command}\n" + user(**{property: "True"}))
    assert found["id"] == "account-locked" and found["status"] == status and f"{property} is True" in found["said"]
    assert command.split()[0] in found["said"]
    assert ask(f"PS C:\\> {command}\n" + user(**{property: "False"}))["causes"] == []


# Other programs


@pytest.mark.parametrize("log", [
    "2026-04-21 14:24:53.159 ERROR 1 --- [pool-3-thread-1] c.c.Renewal : failed",
    "2026-11-20 10:22:01,444 ERROR 14 [http-exec-3] failed", "ERROR 13 --- [main] o.s.boot.Application : failed",
])
def test_the_process_in_a_log_is_no_code(log):
    value = ask(log + "\nKrbException: Message stream modified (41)\n")
    assert value["taken"]["codes"] in (["41"], []), value["taken"]
    assert [entry["id"] for entry in value["entries"]] == ["krb-modified"] or len(value["entries"]) == 1, value["entries"]


@pytest.mark.parametrize("text", ["error 13 [KDC_ERR_BADOPTION]", "Kerberos error 13 [main]", "10:22:01 error 13: kdc_err_badoption"])
def test_an_error_in_brackets_stays_one(text):
    assert [entry["id"] for entry in ask(text)["entries"]] == ["badoption"]


def test_a_ticket_that_java_cannot_forward():
    found = first("2026-04-21 14:24:53 ERROR 1 --- [pool-3] c.c.Renewal : Error while renewing tickets\n"
                  "sun.security.krb5.KrbException: S4U2self ticket must be FORWARDABLE\n")
    assert found["id"] == "no-transition"


ANSIBLE = ("kerberos: authGSSClientStep() failed: (('Unspecified GSS failure.  Minor code may provide more information', 851968), "
           "('{}', {}))\n192.0.2.41 ansible_connection: winrm ansible_winrm_transport: kerberos\n")


def test_how_to_reach_a_dc_is_told_who_asked_one():
    text = ANSIBLE.format("Server not found in Kerberos database", -1765328377)
    value = ask(text)
    assert not value["signin"] and value["causes"][0]["id"] == "alias-name"
    assert "ldap/" not in page(text)
    assert ask("ldap_sasl_interactive_bind: Local error (-2)\n\tadditional info: SASL(-1): generic failure: GSSAPI Error: "
               "Unspecified GSS failure. Minor code may provide more information (Server not found in Kerberos database)")["signin"]


def test_a_ticket_that_is_missing_is_anybodys():
    assert "kinit" in ask(ANSIBLE.format("No Kerberos credentials available", -1765328243))["signin"]


def test_what_is_likely_beside_a_directory_that_is_right():
    """Of a likely cause that no rule found there is no change to tell of."""
    text = "0x8009030E\n[HV01]: PS C:\\> klist\n\nCurrent LogonId is 0:0x9d1e3c\n\nCached Tickets: (0)\n"
    done = run(text, "--from", "HV01", "--to", "HV02", "--ldif", str(ROOT / "fixtures/ready/estate.ldif"))
    assert done.returncode >= 0 and b"likely, by what was seen: The command runs in" in b" ".join(done.stdout.split()), done
