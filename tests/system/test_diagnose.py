"""`diagnose` with two hosts: each cause of 0x8009030E made for real, and told."""

import json
import re

import pytest

from harness import (CIFS, FINDINGS, HYPERV_CLASSES, INCOMPLETE, MIGRATION, NO_AUDIT, OK, ROOT, USAGE, Lab, kcdaudit,
                     assert_one_line, modify_as_system, refused)
import test_ports
import test_sysvol
from test_errors import no_faketime
from test_sysvol import sysvol  # noqa: F401
from valid import valid

CODE = "0x8009030E"
SENSITIVE, COMPUTER, ANY_SERVICE = 0x100000, 0x1000, 0x80000
GENERIC_ALL = "O:BAD:(A;;GA;;;{GRANT1})"


def build(e):
    def both(a, b, **source):
        e.host(a, **{"delegate_to": [b], "t2a4d": True, **source})
        return {"name": b, "delegate_to": [a], "t2a4d": True}

    e.host(**both("HV01", "HV02"))
    e.host(**both("LIST1", "LIST2", delegate_to=e.spns("LIST2", [CIFS])))
    e.host(**both("FILE1", "FILE2", delegate_to=e.spns("FILE2", [MIGRATION])))
    e.host(**both("KRB1", "KRB2", t2a4d=False))
    e.host(**both("SENS1", "SENS2", uac=COMPUTER | SENSITIVE))
    e.host(**both("PROT1", "PROT2"))
    e.member("Protected Users", "PROT1")
    e.host(**both("NOSPN1", "NOSPN2"),
           spns=e.spns("NOSPN2", [name for name in HYPERV_CLASSES if name != MIGRATION]))
    e.host(**both("DUP1", "DUP2"))
    e.user("svc-old")
    e.raw_spn("svc-old", f"{MIGRATION}/DUP2")
    e.host(**both("AWAY1", "AWAY2"), spns=e.spns("AWAY2", [name for name in HYPERV_CLASSES if name != MIGRATION]))
    e.user("svc-thief", spns=e.spns("AWAY2", [MIGRATION]), etypes=28)
    e.host(**both("RC1", "RC2", etypes=24), etypes=4)
    e.host(**both("OFF1", "OFF2"), uac=COMPUTER | 2)
    e.host(**both("WEB1", "WEB2"))
    e.user("svc-web", spns=e.spns("WEB2", ["HTTP"]), etypes=28)
    forwards = {"delegate_to": [], "t2a4d": False, "uac": COMPUTER | ANY_SERVICE}
    e.host(**both("ANY1", "ANY2", **forwards))
    e.host(**both("ANY3", "ANY4", **forwards), spns=e.spns("ANY4", [name for name in HYPERV_CLASSES if name != MIGRATION]))
    e.host("GRANT1", t2a4d=True)
    e.host("GRANT2", t2a4d=True)
    e.host("GRANT3", uac=COMPUTER | ANY_SERVICE)
    e.rbcd("GRANT1", trustees=["GRANT2"])
    e.rbcd("GRANT2", GENERIC_ALL + "(A;;GA;;;{GRANT3})")
    e.host("FS01", spns=e.spns("FS01", ["HOST"]))
    e.user("alice")
    e.user("ceo", uac=0x200 | SENSITIVE)
    e.group("Board")
    e.user("secret", groups=["Board"])
    e.member("Protected Users", "Board")
    e.user("audit")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


def diagnose(lab, source, target, *options, what=CODE, **keywords):
    return kcdaudit(lab, "diagnose", what, "-D", lab.domain, "--from", source, "--to", target, *options, **keywords)


def ask(lab, source, target, *options, expect=None, **keywords):
    result = diagnose(lab, source, target, "-f", "json", *options, **keywords)
    assert result.out, result
    value = valid(result.out)
    assert expect is None or result.status == expect, (result.status, result.err, of_status(value, "confirmed"),
                                                       value["gaps"])
    return value


def headline(text):
    return " ".join(text.partition("\n\n")[0].split())


def of_status(value, status):
    return [cause["id"] for cause in value["causes"] if cause["status"] == status]


def cause(value, name):
    return next(each for each in value["causes"] if each["id"] == name)


@pytest.mark.parametrize("source, target, confirmed, seen", [
    ("LIST1", "LIST2", ["list-migration"], f"{MIGRATION}/LIST2"),
    ("FILE1", "FILE2", ["list-cifs"], "cifs/FILE2"),
    ("KRB1", "KRB2", ["no-transition"], "4096"),
    ("SENS1", "SENS2", ["source-sensitive"], "NOT_DELEGATED"),
    ("PROT1", "PROT2", ["source-protected"], "CN=Protected Users"),
    ("NOSPN1", "NOSPN2", ["spn-migration"], "MIGRATION"),
    ("DUP1", "DUP2", ["spn-duplicate"], "CN=svc-old"),
    ("AWAY1", "AWAY2", ["spn-elsewhere"], "CN=svc-thief"),
    ("RC1", "RC2", ["etypes", "etypes-weak"], "RC4"),
    ("OFF1", "OFF2", ["host-disabled"], "ACCOUNT"),
])
def test_a_cause_in_the_directory_is_confirmed(lab, source, target, confirmed, seen):
    value = ask(lab, source, target, "--operator", "alice", expect=FINDINGS)
    assert of_status(value, "confirmed") == confirmed, [(c["id"], c["said"]) for c in value["causes"]]
    first = value["causes"][0]
    told = json.dumps([first["said"], first["evidence"]])
    assert seen.replace("MIGRATION", MIGRATION) in told, told
    assert first["fix"] and first["rule"]
    for each in value["causes"]:
        evidence = [(item["what"], item["seen"]) for item in each["evidence"]]
        sentences = (each["said"] or "").rstrip(".").split(". ")
        assert len(evidence) == len(set(evidence)) and len(sentences) == len(set(sentences)), "said once"
    assert value["pair"] == {"source": source, "target": target, "verdict": value["pair"]["verdict"],
                             "reverse": value["pair"]["reverse"]}
    assert {"operator-sensitive", "operator-protected", "krbtgt-sensitive"} <= set(of_status(value, "ruled-out"))
    assert all(c["evidence"] for c in value["causes"] if c["status"] == "ruled-out"), "by what was seen"
    text = diagnose(lab, source, target)
    assert text.status == FINDINGS and text.out.splitlines()[0].startswith(f"{CODE} SEC_E_NO_CREDENTIALS, {source}")
    assert text.out.index("Confirmed") < text.out.index("Not visible") < text.out.index("Ruled out")


# One fault behind another


def test_winrms_hop_is_a_way_of_its_own(lab):
    """Everything for migrations is right; tickets of WinRM are encrypted with the key of svc-web."""
    value = ask(lab, "WEB1", "WEB2", what="0x80090322", expect=FINDINGS)
    assert of_status(value, "confirmed")[0] == "winrm-spn" and value["pair"]["verdict"] == "ready"
    assert "CN=svc-web" in str(value["causes"][0]["evidence"])
    assert {"SPN-10", "HTTP/WEB2", "HTTP/web2.contoso.test"} <= set(value["causes"][0]["looked_at"])
    for name in ("spn-elsewhere", "spn-duplicate"):
        other = cause(value, name)
        assert other["status"] == "ruled-out" and "cifs/WEB2" in other["looked_at"]
        assert not [at for at in other["looked_at"] if at.startswith(("HTTP/", "WSMAN/"))], "nor ruled out for these"
    text = diagnose(lab, "WEB1", "WEB2", what="0x80090322").out
    assert "Ruled out for what was looked at" in text and "looked at: " in text


def test_delegation_to_any_service_alone(lab):
    value = ask(lab, "ANY1", "ANY2", "--operator", "alice", expect=FINDINGS)
    assert of_status(value, "confirmed") == ["unconstrained", "list-migration", "list-cifs"]
    assert "only because it is trusted for delegation to any service" in value["causes"][0]["said"]
    assert any("-TrustedToAuthForDelegation $true" in line for line in value["causes"][0]["commands"])
    assert cause(value, "no-transition")["status"] == "not-visible", "the list that is to come needs it"


def test_delegation_to_any_service_hides_no_second_fault(lab):
    value = ask(lab, "ANY3", "ANY4", "--operator", "ceo", expect=FINDINGS)
    confirmed = of_status(value, "confirmed")
    assert set(confirmed[:2]) == {"spn-migration", "operator-sensitive"}, confirmed
    assert confirmed[2:] == ["unconstrained", "list-migration", "list-cifs"]
    assert all(line.startswith("setspn -S") for line in cause(value, "spn-migration")["commands"])


def test_rbcd_that_does_not_grant_is_fixed_as_rbcd(lab, tmp_path):
    keytab = lab.keytab("GRANT1$", tmp_path / "hosts.keytab")
    proof = ["--operator", "alice", "--prove-as", "alice", "--prove-keytab", keytab]
    value = ask(lab, "GRANT1", "GRANT2", *proof, expect=FINDINGS)
    assert of_status(value, "confirmed")[0] == "rbcd-refused"
    assert {"list-migration", "list-cifs", "s4u-refused"} <= set(of_status(value, "confirmed"))
    for name in ("rbcd-refused", "list-migration", "list-cifs"):
        commands = "\n".join(cause(value, name)["commands"])
        assert "-PrincipalsAllowedToDelegateToAccount ($now + (Get-ADComputer GRANT1))" in commands, (name, commands)
        assert "AllowedToDelegateTo'" not in commands and "principals" in cause(value, name)["fix"]
    text = diagnose(lab, "GRANT1", "GRANT2").out
    assert "as 1: these hosts use resource-based delegation" in text and "AllowedToDelegateTo'" not in text
    report = json.loads(kcdaudit(lab, "audit", "-D", lab.domain, "--host", "GRANT1", "--host", "GRANT2", "-f", "json",
                                 "--no-history").out)
    fix = next(each for each in report["fixes"] if each["id"] == "rbcd:GRANT2")
    modify_as_system(lab, fix["commands"]["ldif"])
    try:
        value = ask(lab, "GRANT1", "GRANT2", *proof)
        assert not {"rbcd-refused", "list-migration", "s4u-refused"} & set(of_status(value, "confirmed"))
    finally:
        modify_as_system(lab, fix["undo"]["ldif"])


def test_delegation_to_any_service_does_not_hide_rbcd(lab):
    value = ask(lab, "GRANT3", "GRANT2", "--operator", "alice", expect=FINDINGS)
    assert of_status(value, "confirmed")[:2] == ["rbcd-refused", "unconstrained"], of_status(value, "confirmed")


def test_two_hosts_may_follow_the_code(lab):
    result = kcdaudit(lab, "diagnose", CODE, "LIST1", "LIST2", "-D", lab.domain, "-f", "json")
    assert result.status == FINDINGS and json.loads(result.out)["causes"][0]["id"] == "list-migration", result


def test_names_in_the_text_are_taken(lab):
    text = (ROOT / "tests/diagnose/pasted/21024-credentials.txt").read_text()
    text = text.replace("HV01", "KRB1").replace("HV02", "KRB2").replace("hv01", "krb1").replace("hv02", "krb2")
    result = kcdaudit(lab, "diagnose", "-", "-D", lab.domain, input=text)
    assert result.status == FINDINGS and "Use Kerberos only" in headline(result.out), result
    assert "Taken from the text: KRB1 as the source, KRB2 as the target" in " ".join(result.out.split())
    text = text.replace("KRB2", "NOBODY7")
    result = kcdaudit(lab, "diagnose", "-", "-D", lab.domain, input=text)
    assert result.status == INCOMPLETE and "Causes, the most likely first" in result.out and "NOBODY7" in result.err


def test_the_commands_are_those_of_the_audit(lab):
    value = ask(lab, "LIST1", "LIST2")
    commands = "\n".join(cause(value, "list-migration")["commands"])
    assert "Set-ADComputer" in commands and f"'{MIGRATION}/LIST2'" in commands and "-Add" in commands
    assert "-Replace" not in commands and "cifs" not in commands
    commands = cause(ask(lab, "NOSPN1", "NOSPN2"), "spn-migration")["commands"]
    assert commands and all(line.startswith(f'setspn -S "{MIGRATION}/') for line in commands)
    text = diagnose(lab, "NOSPN1", "NOSPN2").out
    assert all(line in text for line in commands)


@pytest.mark.parametrize("user, confirmed", [("ceo", "operator-sensitive"), ("secret", "operator-protected")])
def test_an_operator_who_is_never_delegated(lab, user, confirmed):
    value = ask(lab, "HV01", "HV02", "--operator", user, expect=FINDINGS)
    assert of_status(value, "confirmed") == [confirmed] and user in value["causes"][0]["said"]
    assert value["pair"]["verdict"] == "ready", "operators change no pair's verdict"


def test_nothing_is_wrong(lab):
    value = ask(lab, "HV01", "HV02", "--operator", "alice", expect=OK)
    assert of_status(value, "confirmed") == [] and value["complete"]
    assert {"list-migration", "list-cifs", "no-transition", "spn-migration", "spn-duplicate", "krbtgt-sensitive",
            "operator-sensitive", "operator-protected", "etypes"} <= set(of_status(value, "ruled-out"))
    listed = cause(value, "list-migration")["evidence"]
    assert listed[0]["what"] == "msDS-AllowedToDelegateTo of HV01" and f"{MIGRATION}/HV02" in listed[0]["seen"]
    # The other side of the doubt: the directory of a lab is minutes old.
    assert cause(value, "caches")["suspected"] and cause(value, "caches")["status"] == "not-visible"
    assert "The directory is right for HV01 to HV02, but hosts may still use cached tickets: " in value["next"]
    assert re.search(r" minutes? ago", value["next"]) and "--all-dcs" in value["next"]
    assert cause(value, "credssp")["status"] == "not-visible" and cause(value, "credssp")["look_commands"]
    text = diagnose(lab, "HV01", "HV02")
    assert text.status == OK and "no cause is confirmed" in headline(text.out), text


def test_who_starts_it_has_to_be_said(lab):
    value = ask(lab, "HV01", "HV02", expect=OK)
    assert cause(value, "operator-sensitive")["status"] == "not-visible"
    assert "--operator USER" in cause(value, "operator-sensitive")["said"]
    assert ask(lab, "HV01", "HV02", "--operator", "nobody", expect=INCOMPLETE)["gaps"]


def test_the_way_back_is_told_apart(lab):
    value = ask(lab, "LIST2", "LIST1", "--operator", "alice", expect=OK)
    assert value["pair"]["verdict"] == "ready" and value["pair"]["reverse"] == "broken"
    assert cause(value, "list-migration")["status"] == "ruled-out" and cause(value, "list-migration")["way_back"]
    assert "swap --from and --to" in value["next"]
    assert "but on the way back" in diagnose(lab, "LIST2", "LIST1").out


def test_a_file_server(lab):
    value = ask(lab, "HV01", "FS01", what="0x80070005", expect=FINDINGS)
    assert of_status(value, "confirmed") == ["storage-cifs"] and value["pair"]["reverse"] is None


def test_several_causes_at_once(lab):
    value = ask(lab, "KRB1", "KRB2", "--operator", "ceo", expect=FINDINGS)
    assert of_status(value, "confirmed") == ["no-transition", "operator-sensitive"]
    assert "all of it" in value["next"]


KRBTGT = """dn: CN=krbtgt,CN=Users,{base}
changetype: modify
replace: userAccountControl
userAccountControl: {uac}
"""


def test_krbtgt_itself(lab):
    modify_as_system(lab, KRBTGT.format(base=lab.base_dn, uac=0x200 | 2 | SENSITIVE))
    try:
        value = ask(lab, "HV01", "HV02", "--operator", "alice", expect=FINDINGS)
        assert of_status(value, "confirmed") == ["krbtgt-sensitive"]
    finally:
        modify_as_system(lab, KRBTGT.format(base=lab.base_dn, uac=0x200 | 2))


def test_all_domain_controllers(lab):
    """One DC has nobody to disagree with: that lag is told is proved with replicas made by hand (test-diagnose.c)."""
    value = ask(lab, "HV01", "HV02", "--operator", "alice", "--all-dcs", expect=OK)
    assert cause(value, "replication")["status"] == "ruled-out"
    assert "dc1.contoso.test" in cause(value, "replication")["evidence"][0]["seen"]
    assert "--all-dcs" not in value["next"]


@no_faketime
def test_a_clock_that_is_off(lab, tmp_path):
    keytab = lab.keytab("audit", tmp_path / "audit.keytab")
    value = ask(lab, "HV01", "HV02", "--operator", "alice", "--keytab", keytab, "--principal", "audit",
                prefix=["faketime", "-f", "+600s"], user=None, expect=FINDINGS)
    assert of_status(value, "confirmed") == ["clock"] and re.search(r" (59\d|60\d) s ", cause(value, "clock")["said"])


def test_a_right_clock_rules_no_host_out(lab):
    clock = cause(ask(lab, "HV01", "HV02"), "clock")
    assert clock["status"] == "not-visible" and "the hosts' own are not visible" in clock["evidence"][0]["seen"]


def test_other_codes_name_the_same_cause(lab):
    assert of_status(ask(lab, "NOSPN1", "NOSPN2", what="KDC_ERR_S_PRINCIPAL_UNKNOWN"), "confirmed") == ["spn-migration"]
    assert of_status(ask(lab, "AWAY1", "AWAY2", what="0x80090322"), "confirmed") == ["spn-elsewhere"]
    assert of_status(ask(lab, "RC1", "RC2", what="KDC_ERR_ETYPE_NOSUPP"), "confirmed") == ["etypes", "etypes-weak"]
    assert of_status(ask(lab, "LIST1", "LIST2", what="0xC0000272"), "confirmed") == ["list-migration"]


def test_a_proof_with_the_hosts_own_key(lab, tmp_path):
    keytab = lab.keytab("LIST1$", tmp_path / "hosts.keytab")
    value = ask(lab, "LIST1", "LIST2", "--prove-as", "alice", "--prove-keytab", keytab)
    assert {"list-migration", "s4u-refused"} <= set(of_status(value, "confirmed"))


def test_a_pasted_event_with_hosts(lab):
    text = (ROOT / "tests/diagnose/pasted/21024-credentials.txt").read_text()
    result = kcdaudit(lab, "diagnose", "-", "-D", lab.domain, "--from", "KRB1", "--to", "KRB2", input=text)
    assert result.status == FINDINGS and "Use Kerberos only" in headline(result.out), result


def test_offline(lab, tmp_path):
    dump = tmp_path / "lab.ldif"
    lab.dump_ldif(dump)
    result = kcdaudit(lab, "diagnose", CODE, "--ldif", dump, "--from", "LIST1", "--to", "LIST2", user=None)
    assert result.status == FINDINGS, result


def test_what_cannot_be_asked(lab):
    refused(diagnose(lab, "HV01", "NOBODY"), USAGE, "NOBODY")
    refused(diagnose(lab, "HV*", "HV02"), USAGE, "diagnose takes two names")
    # What the tables tell comes first, then the line that says why nobody was asked.
    result = diagnose(lab, "HV01", "HV02", user=None, env={"KRB5CCNAME": "FILE:/nonexistent/cc"})
    assert result.status == NO_AUDIT and "Causes, the most likely first" in result.out
    assert_one_line(result, "kinit")
    result = diagnose(lab, "HV01", "HV02", what="frobnicate")
    assert result.status == USAGE and "not in kcdaudit's tables" in result.out


# What no directory holds


def test_ports_and_names(tmp_path):
    with Lab(test_ports.build) as lab, test_ports.machines(lab, tmp_path):
        options = ["--ports", "--no-tickets", "--timeout", "5"]
        refused_port = ask(lab, "HV01", "HV02", *options, what="Ox8007274D", expect=FINDINGS)
        assert of_status(refused_port, "confirmed")[0] == "port-6600-refused"
        assert "TCP 6600" in cause(refused_port, "port-6600-refused")["said"]
        silent = ask(lab, "HV01", "HV03", *options, what="0x8007274C", expect=FINDINGS)
        assert of_status(silent, "confirmed")[0] == "port-6600-filtered"
        well = ask(lab, "HV02", "HV01", *options, what="10061")
        assert cause(well, "port-6600-refused")["status"] == "ruled-out"
        assert {"what": "TCP 6600 of HV01", "seen": "open, tried from this machine"} in \
            cause(well, "port-6600-refused")["evidence"]
        unasked = cause(ask(lab, "HV01", "HV02", "--no-tickets", what="10061"), "port-6600-refused")
        assert unasked["status"] == "not-visible" and "--ports" in unasked["said"]


def test_what_was_not_tried_is_not_ruled_out(lab):
    value = ask(lab, "HV01", "HV02", "--ports", "--no-tickets", "--timeout", "2", what="Ox8007274D")
    assert of_status(value, "confirmed") == ["name-resolution"], "HV02 has no address in this DNS"
    for name in ("port-6600-refused", "port-smb", "port-cluster", "winrm", "wmi-rpc"):
        assert cause(value, name)["status"] == "not-visible" and "not tried" in cause(value, name)["said"], name


def test_group_policies(sysvol):  # noqa: F811
    with Lab(test_sysvol.build) as lab:
        value = ask(lab, "HV01", "HV02", "--sysvol", sysvol, "--no-tickets", what="0x80070569", expect=FINDINGS)
        assert of_status(value, "confirmed") == ["gpo-service", "registry-pol"]
        assert "Services" in cause(value, "gpo-service")["said"]
        unasked = cause(ask(lab, "HV01", "HV02", "--no-tickets", what="0x80070569"), "gpo-service")
        assert unasked["status"] == "not-visible" and "--sysvol DIR" in unasked["said"]
