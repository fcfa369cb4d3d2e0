"""Group policy: links and GPOs from a real directory, their files from a SYSVOL tree with good and corrupt ones."""

import sys

import ldb
import pytest

from harness import FINDINGS, INCOMPLETE, OK, ROOT, USAGE, Lab, audit, json_audit, kcdaudit, refused, without_tickets

sys.path.insert(0, str(ROOT / "tests/golden"))
from policy import (DISABLED, ENFORCED, FIREWALL, REGISTRY, SECURITY, SERVICE, SYMLINK,  # noqa: E402
                    TEMPLATE, dn_of, guid, registry_pol, template)

RULES = ("GPO-01", "GPO-02", "GPO-03", "GPO-04")
BOTH = "*S-1-5-32-544,*S-1-5-83-0"
DELEGATION = "SeEnableDelegationPrivilege"

# number: (display name, extensions, files below Machine)
GPOS = {
    1: ("Server baseline", SECURITY, {TEMPLATE: template(**{SYMLINK: "*S-1-5-32-544"})}),
    2: ("Services", SECURITY, {TEMPLATE: template(**{SERVICE: "CONTOSO\\svc-backup"})}),
    3: ("Firewall", REGISTRY, {"Registry.pol": registry_pol(FIREWALL)[:-6]}),
    4: ("Hosts", REGISTRY + SECURITY, {"Registry.pol": registry_pol(FIREWALL),
                                       TEMPLATE: template(**{SYMLINK: BOTH})}),
    5: ("Not copied", SECURITY, None),
    6: ("Hidden", SECURITY, {TEMPLATE: template(**{SYMLINK: ""})}),
    7: ("Switched off", SECURITY, {TEMPLATE: template(**{SYMLINK: ""})}),
    8: ("Controllers", SECURITY, {TEMPLATE: template(**{DELEGATION: "*S-1-5-32-544,CONTOSO\\audit"})}),
}


def add_gpo(e, number, **more):
    name, extensions, _ = GPOS[number]
    path = f"\\\\{e.domain}\\sysvol\\{e.domain}\\Policies\\{guid(number)}"
    e.samdb.add({"dn": dn_of(number), "objectClass": "groupPolicyContainer", "displayName": name, "flags": "0",
                 "versionNumber": "2", "gPCFunctionalityVersion": "2", "gPCFileSysPath": path,
                 "gPCMachineExtensionNames": extensions, **more})


def link(e, container, *links):
    pairs = [one if isinstance(one, tuple) else (one, 0) for one in links]
    text = "".join(f"[LDAP://{dn_of(number)};{options}]" for number, options in pairs)
    found = e.samdb.search(container, ldb.SCOPE_BASE, attrs=["gPLink"])[0]
    e.modify(container, "gPLink", [text + str(found.get("gPLink", [""])[0])])


def build(e):
    for number in GPOS:
        add_gpo(e, number, **({"flags": "2"} if number == 7 else {}))
    link(e, e.dn, 1, (2, ENFORCED), 7)
    link(e, f"OU=Domain Controllers,{e.dn}", 8)
    hosts = e.ou("Hosts")
    link(e, hosts, 4, (3, DISABLED))
    apart = e.ou("Apart", parent=hosts)
    e.modify(apart, "gPOptions", ["1"])
    link(e, apart, 3)
    doubtful = e.ou("Doubtful")
    link(e, doubtful, 5, 6)
    e.modify(doubtful, "gPOptions", ["1"])
    secret = e.ou("Secret")
    e.user("audit")
    for name, place in (("HV01", hosts), ("HV02", apart), ("HV03", doubtful), ("HV04", secret)):
        e.host(name, ou=place, t2a4d=True, delegate_to=[f"HV0{n}" for n in range(1, 5) if not name.endswith(str(n))],
               keys_of=None if name == "HV01" else "HV01")
    e.deny_read(dn_of(6), "versionNumber", "audit")
    for attribute in ("gPLink", "gPOptions"):
        e.deny_read(secret, attribute, "audit")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def sysvol(tmp_path_factory):
    root = tmp_path_factory.mktemp("sysvol")
    for number, (_, _, files) in GPOS.items():
        for path, data in (files or {}).items():
            # As samba-tool spells it; the policy editor writes Machine.
            place = root / "contoso.test/Policies" / guid(number) / ("MACHINE" if number % 2 else "Machine") / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    root.chmod(0o755)
    return root


@pytest.fixture(scope="module")
def result(lab, sysvol):
    return json_audit(lab, "--no-tickets", "--sysvol", sysvol, expect=FINDINGS)


def of(found, rule):
    return {(subject, target) for subject, target, named in found if named == rule}


def test_each_rule_finds_what_reaches_each_host(result):
    failed = result.failed("subject", "target", "rule")
    assert of(failed, "GPO-01") == {("HV01", "Server baseline"), ("HV04", "Server baseline")}
    assert of(failed, "GPO-02") == {(f"HV0{n}", "Services") for n in range(1, 5)}
    assert of(failed, "GPO-03") == {("HV02", "Firewall")}


def test_who_may_set_up_delegation(lab, sysvol, result):
    """By the policies of the domain controllers, above which no host is; Samba's own one was never edited."""
    assert of(result.failed("subject", "target", "rule"), "GPO-05") == {("contoso.test", "CONTOSO\\audit")}
    finding = result.finding("GPO-05", target="CONTOSO\\audit")
    assert finding["evidence"]["gPLink to Controllers"] == "OU=Domain Controllers,DC=contoso,DC=test"
    assert not of(result.unknown("subject", "target", "rule"), "GPO-05")
    hosts = json_audit(lab, "--no-tickets", "--scope", "hosts", "--sysvol", sysvol, expect=FINDINGS)
    assert not hosts.failed("subject", rule="GPO-05") and not hosts.unknown("subject", rule="GPO-05")


def test_the_evidence_says_where(result):
    finding = result.finding("GPO-02", subject="HV02")
    assert finding["evidence"]["gPLink to Services"] == "DC=contoso,DC=test (enforced)"
    assert "security filtering" in finding["evidence"]["not evaluated"]
    assert "svc-backup" in str(finding["evidence"])
    assert finding["severity"] == "error"
    corrupt = result.finding("GPO-03", subject="HV02")
    assert "corrupt at byte" in corrupt["detail"]


def test_another_gpo_that_defines_it_is_named_and_no_winner_told(result):
    finding = result.finding("GPO-01", subject="HV01")
    assert finding["evidence"]["also defined by"] == "Hosts"


def test_what_was_not_read_is_unknown(result):
    unknown = result.unknown("subject", "target", "rule")
    for rule in ("GPO-01", "GPO-02"):
        assert of(unknown, rule) == {("HV03", "Not copied"), ("HV03", guid(6)), ("HV04", None)}
    assert of(unknown, "GPO-03") == {("HV03", guid(6)), ("HV04", None)}
    assert "gPLink, gPOptions of OU=Secret" in str(
        [f["evidence"] for f in result.findings if f["subject"] == "HV04" and f["status"] == "unknown"])


def test_a_readable_link_makes_it_known(lab, sysvol):
    seen = json_audit(lab, "--no-tickets", "--sysvol", sysvol, user="Administrator")
    unknown = seen.unknown("subject", "target", "rule")
    assert {one for one in unknown if one[2] in RULES} == {("HV03", "Not copied", "GPO-01"),
                                                          ("HV03", "Not copied", "GPO-02"),
                                                          ("HV03", "Not copied", "GPO-04")}
    assert ("HV03", "Hidden") in seen.failed("subject", "target", rule="GPO-01")


def test_without_a_sysvol_the_rules_do_not_run(lab):
    plain = json_audit(lab, "--no-tickets", expect=OK)
    assert not {f["rule"] for f in plain.report["findings"]} & set(RULES)
    assert "--sysvol DIR" in audit(lab, "--no-tickets").out


@pytest.mark.parametrize("below", ["contoso.test", "contoso.test/Policies"])
def test_the_directory_may_be_lower(lab, sysvol, result, below):
    again = json_audit(lab, "--no-tickets", "--sysvol", sysvol / below)
    assert again.failed("id") == result.failed("id")


def test_a_snapshot_gives_the_same(lab, sysvol, result, tmp_path):
    saved = tmp_path / "lab.ldif"
    assert kcdaudit(lab, "snapshot", "-D", lab.domain, "-o", saved).status in (OK, INCOMPLETE)
    offline = json_audit(lab, "--ldif", saved, "--sysvol", sysvol)
    assert without_tickets(offline.report) == without_tickets(result.report)


def test_an_export_without_group_policy_is_unknown(lab, sysvol, tmp_path):
    saved = tmp_path / "lab.ldif"
    kcdaudit(lab, "snapshot", "-D", lab.domain, "-o", saved)
    saved.write_text(saved.read_text().replace("# read whole: group-policies\n", ""))
    offline = json_audit(lab, "--ldif", saved, "--sysvol", sysvol, expect=INCOMPLETE)
    assert offline.unknown("subject", rule="GPO-01") == {f"HV0{n}" for n in range(1, 5)}
    assert not offline.failed("subject", rule="GPO-01")


def test_a_directory_that_is_no_sysvol(lab, tmp_path):
    refused(audit(lab, "--no-tickets", "--sysvol", tmp_path), USAGE, "--sysvol", "contoso.test")
    refused(audit(lab, "--no-tickets", "--sysvol", tmp_path / "nowhere"), USAGE, "nowhere")
