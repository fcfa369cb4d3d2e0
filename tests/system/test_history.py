"""The history of audits of a real domain: live and offline are one scope, and what was not looked at is not mended."""

import sqlite3

import pytest

from harness import DEMO, FINDINGS, NO_AUDIT, OK, Lab, audit, kcdaudit, refused, stopped
from valid import valid

TICKET = "TKT-01:HV03"


@pytest.fixture(scope="module")
def demo():
    with Lab(estate=DEMO) as lab:
        yield lab


@pytest.fixture
def history(tmp_path):
    return tmp_path / "history.sqlite"


def tree(result, name):
    value = valid(result.out)
    assert value["schema"].startswith(f"kcdaudit.{name}/")
    return value


def keep(lab, history, *options, **keywords):
    result = audit(lab, "-f", "json", "--history", history, *options, **keywords)
    assert result.err == "" and result.report
    return result


def changes(lab, history, *arguments):
    value = tree(kcdaudit(lab, "diff", "--history", history, "-f", "json", *arguments, user=None), "diff")
    return {f["id"]: f["change"] for f in value["findings"]}, value


def runs(lab, history):
    return tree(kcdaudit(lab, "history", "--history", history, "-f", "json", user=None), "history")["runs"]


def test_two_audits_of_one_state_differ_in_nothing(demo, history):
    for _ in range(2):
        assert keep(demo, history, "-c", "/dev/null", "-D", demo.domain).status == FINDINGS
    found, value = changes(demo, history)
    assert set(found.values()) <= {"persisting"} and found
    assert TICKET not in found, "it follows from the SPN that is missing"
    assert value["estate"]["pairs"] == [] and value["after"]["asked"] == ["tickets"]
    assert value["after"]["source"]["kind"] == "ldap" and value["after"]["principal"].endswith("\\audit")


def test_live_and_a_snapshot_of_the_same_domain_are_one_scope(demo, history, tmp_path):
    live = ["-c", "/dev/null", "-D", demo.domain]
    snapshot = tmp_path / "estate.ldif"
    assert kcdaudit(demo, "snapshot", "-D", demo.domain, "-o", snapshot).status == OK
    keep(demo, history, *live)
    keep(demo, history, "-c", "/dev/null", "--ldif", snapshot, user=None)
    found, value = changes(demo, history)
    assert value["after"]["source"]["kind"] == "ldif" and value["after"]["scope"] == value["before"]["scope"]
    tickets = {name for name in found if name.startswith("TKT-")}
    assert {found[name] for name in tickets} <= {"unseen"}
    assert {change for name, change in found.items() if name not in tickets} == {"persisting"}
    assert value["estate"]["pairs"] == []
    # The KDC is asked again: nothing of it is new.
    keep(demo, history, *live)
    found, _ = changes(demo, history)
    assert set(found.values()) == {"persisting"}
    life = tree(kcdaudit(demo, "history", "--history", history, "-f", "json", "SPN-01:HV03", user=None), "history")["findings"][0]
    assert (life["first_seen"]["run"], life["last_seen"]["run"], life["state"]) == (1, 3, "fail")


def test_an_audit_that_fails_is_no_run(demo, history):
    keep(demo, history, "-c", "/dev/null", "-D", demo.domain)
    with stopped(demo):
        refused(audit(demo, "-D", demo.domain, "--history", history), NO_AUDIT)
    assert [run["run"] for run in runs(demo, history)] == [1]


def test_the_fixes_mend(demo, history, tmp_path):
    """Last, as it changes the domain."""
    options = ["-c", "/dev/null", "-D", demo.domain]
    failed = keep(demo, history, *options, "--fixes", tmp_path / "fixes").report["findings"]
    before = {finding["id"] for finding in failed
              if finding["severity"] == "error" and finding["status"] == "fail" and not finding["because"]}
    demo.check(["ldapmodify", "-N", "-Q", "-Y", "GSS-SPNEGO", "-H", f"ldap://{demo.dc}", "-f", tmp_path / "fixes/fix.ldif"],
               user="Administrator")
    text = audit(demo, *options, "--history", history).out
    found, value = changes(demo, history)
    assert {name for name, change in found.items() if change == "mended"} >= before
    assert f"{value['counts']['mended']} fixed" in text
    assert {pair["after"] for pair in value["estate"]["pairs"]} == {"ready"}
    assert kcdaudit(demo, "diff", "--history", history, user=None).status == OK
    assert sqlite3.connect(history).execute("PRAGMA integrity_check").fetchall() == [("ok",)]
