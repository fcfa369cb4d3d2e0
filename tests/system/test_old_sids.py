"""Descriptors that name an account, or a group, by a SID of before it was moved. Windows' KDC puts it into the ticket,
Samba's does not: there it is not determined, live, from a snapshot and by an export, and the trustee is never gone."""

import pytest

from harness import FINDINGS, Lab, audit_three_ways, granted, needs_rbcd

OLD = {"MOVED": 7000, "Movers": 7001}  # RIDs of the domain that nobody has any more
GONE = 9999  # a RID of the domain that nobody bears
ROUNDS = {"MOVED>DB1", "Movers>DB2"}


def build(e):
    e.user("alice")
    e.user("audit")
    for name in ("MOVED", "INNER", "DB1", "DB2"):
        e.host(name, spns=[f"HOST/{name}", f"HOST/{name.lower()}.contoso.test"], t2a4d=name in ("MOVED", "INNER"))
    e.group("Movers", members=["INNER"])
    for name, rid in OLD.items():
        e.old_sid(name, f"{e.sid}-{rid}")
    e.rbcd("DB1", sddl=f"O:BAD:(A;;0xf01ff;;;{e.sid}-{OLD['MOVED']})(A;;0xf01ff;;;{e.sid}-{GONE})")
    e.rbcd("DB2", sddl=f"O:BAD:(A;;0xf01ff;;;{e.sid}-{OLD['Movers']})")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def results(lab, tmp_path_factory):
    """By way of reading: live, snapshot, export."""
    return audit_three_ways(lab, tmp_path_factory.mktemp("old"), "--all-edges", "--fail-on", "warning", expect=FINDINGS)


@needs_rbcd
def test_this_kdc_looks_at_no_old_sids(lab):
    for source, target in (("MOVED", "DB1"), ("INNER", "DB2")):
        assert granted(lab, source, [f"HOST/{target}"]) == set()


@pytest.mark.parametrize("way", ["live", "snapshot", "export"])
def test_who_was_moved_is_no_account_that_is_gone(results, way):
    edges = {f"{edge['source']['name']}>{edge['target']['name']}": edge["verdict"] for edge in results[way].report["edges"]
             if edge["way"] == "rbcd"}
    gone = next(name for name in edges if name.startswith("S-1-"))
    assert edges.pop(gone) == "broken" and gone.endswith(f"-{GONE}>DB1")
    assert edges == dict.fromkeys(ROUNDS, "unknown")
    reasons = {reason for edge in results[way].report["edges"] for spn in edge["spns"] for reason in spn["reasons"]}
    assert any("-7000, which MOVED has in its sIDHistory" in reason for reason in reasons), reasons
    assert results[way].failed("target", rule="RBC-03") == {gone.split(">")[0]}
