"""What is read beside the hosts: operators, Tier 0, other DCs, look-alikes; and that a snapshot keeps all of it."""

import pytest

from estate import UAC_NOT_DELEGATED, UAC_USER
from harness import (CIFS, INCOMPLETE, MIGRATION, OK, Lab, config, json_audit, kcdaudit, needed_spns, within, without_tickets,
                     write)

UAC_DC = 0x82000
BASE = "DC=contoso,DC=test"
HIDDEN = "\u200b"


def build(e):
    servers = e.ou("Hyper-V")
    for name, to in (("HV01", ["HV02"]), ("HV02", ["HV01"]), ("HV03", ["HV01"])):
        e.host(name, ou=servers, delegate_to=to, t2a4d=True)
    e.host("HV04", ou=servers, t2a4d=True)
    e.user("audit")
    e.user("alice")
    e.user("boss", uac=UAC_USER | UAC_NOT_DELEGATED)
    e.user("secret")
    e.group("Inner", members=["boss", "HV04"])
    e.group("Operators", members=["Inner", "alice"])
    e.group("Quiet", members=["secret"])
    e.member("Protected Users", "Quiet")
    e.group("Hosts", members=["HV01", "HV02", "HV03", "Inner"])

    # An administrator three groups deep.
    e.user("deep")
    e.group("Tier1", members=["deep"])
    e.group("Tier2", members=["Tier1"])
    e.member("Domain Admins", "Tier2")

    # Two more DCs: one answers (it is the same machine), one is gone.
    for dc in ("DC2", "DC3"):
        e.host(dc, uac=UAC_DC, spns=[f"HOST/{dc.lower()}.contoso.test"])
    e.raw_spn("DC1", "ldap/dc2.contoso.test")

    e.rbcd("HV04", trustees=["Hosts"])
    e.rbcd("HV03", sddl="O:BAD:(A;;0xf01ff;;;{HV02})(D;;0xf01ff;;;{HV01})")
    e.deny_read("HV03", "msDS-AllowedToDelegateTo", "audit")
    e.user("mallory", spns=[f"HOST/HV01{HIDDEN}", f"cifs/hv02.contoso.test{HIDDEN}"])


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as lab:
        lab.run(["sh", "-c", f"echo {lab.ip} dc2.contoso.test >> /etc/hosts"])
        yield lab


@pytest.fixture
def groups(tmp_path):
    return config(tmp_path, f"[group all]\nhosts_member_of=CN=Hosts,CN=Users,{BASE}\n\n"
                            f"[operators]\nusers=CONTOSO\\secret\ngroups=CN=Operators,CN=Users,{BASE}\n")


def snapshot(lab, path, *options):
    result = kcdaudit(lab, "snapshot", "-o", path, *options)
    assert result.status in (OK, INCOMPLETE), result
    return path


def same(live, offline):
    assert without_tickets(live.report) == without_tickets(offline.report)
    assert live.report["run"]["complete"] == offline.report["run"]["complete"]
    assert live.gaps == offline.gaps


@pytest.mark.parametrize("options", [
    ["-D", "contoso.test"],
    ["-D", "contoso.test", "--host", "HV0*", "--operator", "boss@contoso.test"],
    ["-D", "contoso.test", "--host", "HV01", "--host", "HV03"],
], ids=["discovered", "named", "one"])
def test_a_snapshot_gives_what_the_directory_gave(lab, tmp_path, options):
    path = snapshot(lab, tmp_path / "s.ldif", *options)
    scope = options[2:]
    same(json_audit(lab, *options, "--no-tickets"), json_audit(lab, "--ldif", path, *scope, user=None))


def test_a_snapshot_keeps_memberships(lab, tmp_path, groups):
    path = snapshot(lab, tmp_path / "s.ldif", "-c", groups)
    live = json_audit(lab, "-c", groups, "--no-tickets")
    offline = json_audit(lab, "-c", groups, "--ldif", path, user=None)
    same(live, offline)
    assert live.report["groups"][0]["members"] == ["HV01", "HV02", "HV03", "HV04"]
    assert live.failed("subject", rule="ACC-07") == {"boss"}, "nested in a group of operators"
    assert live.failed("subject", rule="ACC-08") == {"secret"}, "nested in Protected Users"


def test_a_snapshot_is_ldif_that_hides_nothing(lab, tmp_path):
    text = snapshot(lab, tmp_path / "s.ldif", "-D", lab.domain).read_text()
    assert text.startswith("version: 1\n# kcdaudit snapshot: 1\n")
    dns = [line for line in text.splitlines() if line.startswith("dn:")]
    assert len(dns) == len(set(dns)), "an entry per DN"
    assert "# not read: msDS-AllowedToDelegateTo of CN=HV03,OU=Hyper-V," in text


def test_tier0_is_found_however_deep(lab):
    finding = json_audit(lab, "--no-tickets").finding("ACC-11")
    assert {"deep", "Administrator"} <= set(finding["evidence"]["Tier-0, delegable"]), finding


def test_lookalikes_are_found_by_what_they_start_with(lab):
    found = json_audit(lab, "--no-tickets", "--host", "HV01", "--host", "HV02").failed("subject", "target", rule="SPN-09")
    assert {("HV01", "mallory"), ("HV02", "mallory")} <= found, "also like a name that HOST serves by its alias"


def test_every_dc_is_asked(lab, tmp_path):
    with within(60):
        live = json_audit(lab, "--all-dcs", "--no-tickets", "--timeout", "15")
    assert [why for what, why in live.gaps.items() if "dc3.contoso.test" in what], live.gaps
    assert not [what for what in live.gaps if "dc2.contoso.test" in what], live.gaps
    assert not live.failed("rule", rule="DOM-03"), "the same directory under two names"
    path = snapshot(lab, tmp_path / "s.ldif", "-D", lab.domain, "--all-dcs")
    offline = json_audit(lab, "--ldif", path, user=None)
    assert offline.gaps == live.gaps

    # DC2 has not heard of HV01's delegation yet.
    head, tail = path.read_text().split("# replica: dc2.contoso.test")
    late = "\n".join(line for line in tail.split("\n") if line != f"msDS-AllowedToDelegateTo: {CIFS}/HV02")
    assert late != tail
    result = json_audit(lab, "--ldif", write(path, f"{head}# replica: dc2.contoso.test{late}"), user=None)
    finding = result.finding("DOM-03")
    assert finding["subject"] == "HV01" and "msDS-AllowedToDelegateTo" in finding["detail"]
    assert "dc1.contoso.test" in finding["detail"] and "dc2.contoso.test" in finding["detail"]


def test_a_domain_that_is_not_there_is_a_gap(lab):
    result = json_audit(lab, "-D", lab.domain, "-D", "child.contoso.test", "--no-tickets")
    assert not result.report["run"]["complete"]
    assert [why for what, why in result.gaps.items() if "child.contoso.test" in what]
    assert {"HV01", "HV02"} <= {host["name"] for host in result.report["hosts"]}, "the other one is read all the same"


def test_a_search_for_spns_reads_no_more_than_that(lab):
    result = kcdaudit(lab, "spn", "query", f"{MIGRATION}/*", "-D", lab.domain, "-f", "json")
    assert result.status == OK and needed_spns("HV01")[2] in result.out
    assert "mallory" not in result.out
