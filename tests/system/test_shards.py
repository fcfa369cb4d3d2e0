"""An audit in three shards, with tickets, proofs and ports of a real domain: the merge gives what one shard gives, and what a live audit
judges."""

import json

import pytest

from harness import INCOMPLETE, OK, Lab, json_audit, kcdaudit

HOSTS = ["HV01", "HV02", "HV03"]


def build(e):
    for name in HOSTS:
        e.host(name, delegate_to=[other for other in HOSTS if other != name], t2a4d=name != "HV03")
    e.user("audit")
    e.user("alice")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


def timeless(value):
    """A report without how long its questions took, and without its run."""
    if isinstance(value, dict):
        return {key: timeless(member) for key, member in value.items() if key not in ("ms", "run")}
    return [timeless(element) for element in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def asked(lab, tmp_path_factory):
    """The snapshot, and a directory of shards each for one and for three of them."""
    place = tmp_path_factory.mktemp("shards")
    snapshot = place / "estate.ldif"
    assert kcdaudit(lab, "snapshot", "-D", lab.domain, "-o", snapshot).status == OK
    keytab = lab.keytab(["HV01$", "HV02$"])
    for count in (1, 3):
        for index in range(count):
            done = kcdaudit(lab, "audit", "--shard", f"{index}/{count}", "--run-id", "lab", "--ldif", snapshot, "-c", "/dev/null",
                            "--ports", "--timeout", "3", "--prove-as", "alice", "--prove-keytab", keytab, "-o", f"{place}/{count}/")
            assert done.status == OK and done.err == "", done
    return place


def merged(lab, place, *shards):
    done = kcdaudit(lab, "merge", "--run-id", "lab", "--ldif", place / "estate.ldif", "-c", "/dev/null", "--no-history", "-f", "json",
                    "--all-pairs", "--all-edges", *shards, user=None)
    return done, json.loads(done.out)


def test_three_shards_say_what_one_says(lab, asked):
    one, of_one = merged(lab, asked, asked / "1")
    three, of_three = merged(lab, asked, asked / "3")
    assert timeless(of_three) == timeless(of_one) and three.status == one.status
    assert of_three["run"]["gaps"] == of_one["run"]["gaps"]
    gaps = {gap["what"]: gap["why"] for gap in of_three["run"]["gaps"]}
    assert gaps["delegation from HV03"] == "not proved: needs HV03's key"
    tickets = [ticket for host in of_three["hosts"] for ticket in host["tickets"]]
    assert any(ticket["result"] == "granted" for ticket in tickets)
    assert {pair["source"] for pair in of_three["pairs"] if pair.get("proof")} == {"HV01", "HV02"}


def test_the_verdicts_are_those_of_a_live_audit(lab, asked):
    live = json_audit(lab, "-D", lab.domain, "-c", "/dev/null", "--prove-as", "alice", "--prove-keytab", lab.keytab(["HV01$", "HV02$"]))
    _, report = merged(lab, asked, asked / "3")
    assert [(p["source"], p["target"], p["verdict"]) for p in report["pairs"]] == \
        [(p["source"], p["target"], p["verdict"]) for p in live.report["pairs"]]
    assert timeless([host["tickets"] for host in report["hosts"]]) == timeless([host["tickets"] for host in live.report["hosts"]])


def test_one_that_never_returned(lab, asked):
    back = [asked / "3" / f"shard-{index}-of-3.json" for index in (0, 2)]
    done, report = merged(lab, asked, *back)
    gaps = {gap["what"]: gap["why"] for gap in report["run"]["gaps"]}
    assert "did not return" in gaps["shard 1 of 3 (numbered from 0)"]
    assert gaps["delegation from HV02"] == "not proved: its shard did not return"
    assert {what for what, why in gaps.items() if why == "shard 1 of 3 did not return"}
    assert all(pair["verdict"] != "ready" for pair in report["pairs"] if pair["source"] == "HV02")
    strict, _ = merged(lab, asked, *back, "--fail-on", "critical")
    assert strict.status == INCOMPLETE and done.status != OK
