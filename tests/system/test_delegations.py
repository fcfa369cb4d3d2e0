"""`kcdaudit delegations` and `kcdaudit check ACCOUNT SPN` at a domain controller: accounts of every kind, whatever they
delegate, and what a KDC says of the SPN."""

import csv
import io

import pytest

from harness import FINDINGS, OK, USAGE, Lab, audit, kcdaudit
from valid import valid as valid_text

SQL = "MSSQLSvc/sql1.contoso.test:1433"


def build(e):
    e.user("audit")
    e.user("svc-sql", spns=[SQL])
    e.user("svc-web", spns=["HTTP/portal.contoso.test"], delegate_to=[SQL, "HTTP/gone.contoso.test"], t2a4d=True)
    e.user("svc-idle", spns=["HTTP/idle.contoso.test"])
    e.user("svc-none")
    e.host("FS1", spns=["HOST/FS1", "HOST/fs1.contoso.test"])
    e.host("WEB1", spns=["HOST/WEB1"], delegate_to=["cifs/FS1"])


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


def valid(result):
    return valid_text(result.out)


def delegations(lab, *options):
    return kcdaudit(lab, "delegations", "-D", lab.domain, *options)


def check(lab, *argv):
    return kcdaudit(lab, "check", "-D", lab.domain, *argv)


def test_every_delegation_is_a_line(lab):
    report = valid(delegations(lab, "-f", "json"))
    edges = {edge["id"]: edge for edge in report["edges"]}
    assert {"kcd:svc-web>svc-sql", "kcd:svc-web>HTTP/gone.contoso.test", "kcd:WEB1>FS1"} <= set(edges)
    assert edges["kcd:svc-web>svc-sql"]["verdict"] == "ready"
    assert edges["kcd:svc-web>svc-sql"]["target"]["kind"] == "user"
    assert edges["kcd:svc-web>HTTP/gone.contoso.test"]["risks"] == ["broken", "ghost"]
    rows = list(csv.DictReader(io.StringIO(delegations(lab, "-f", "csv").out, newline="")))
    assert [row["id"] for row in rows] == [edge["id"] for edge in report["edges"]]
    text = delegations(lab).out
    assert all(edge["source"]["name"] in text for edge in report["edges"])


def test_ways_and_risks_choose(lab):
    ghosts = valid(delegations(lab, "-f", "json", "--risk", "ghost"))
    assert [edge["id"] for edge in ghosts["edges"]] == ["kcd:svc-web>HTTP/gone.contoso.test"]
    dcs = valid(delegations(lab, "-f", "json", "--way", "unconstrained"))["edges"]
    assert dcs and all(edge["by_design"] and not edge["risks"] for edge in dcs), "domain controllers are not left out"
    assert delegations(lab, "--risk", "nothing").status == USAGE


def test_the_list_says_when_it_is_complete(lab):
    result = delegations(lab, "-f", "json")
    assert (result.status == OK) == valid(result)["run"]["complete"]


@pytest.mark.parametrize("source, spn, verdict, status", [
    ("svc-web", SQL, "ready", OK),
    ("CONTOSO\\svc-web", SQL.upper(), "ready", OK),
    ("svc-idle", SQL, "broken", FINDINGS),
    ("svc-none", "cifs/FS1", "broken", FINDINGS),
    ("WEB1", "cifs/FS1", "degraded", OK),
    ("WEB1", "nfs/fs1.contoso.test", "broken", FINDINGS)])
def test_any_account_and_any_spn(lab, source, spn, verdict, status):
    result = check(lab, source, spn, "-f", "json")
    value = valid(result)
    assert (value["verdict"], result.status) == (verdict, status), result
    assert list(value["services"]) == [spn.split("/")[0]]
    assert {c["name"] for c in value["conditions"] if c["what"] == "spn"} == {spn}


def test_the_kdc_is_asked_for_that_spn_alone(lab):
    value = valid(check(lab, "svc-web", SQL, "-f", "json"))
    assert [(c["name"], c["state"]) for c in value["conditions"] if c["what"] == "ticket"] == [(SQL, "pass")]
    untested = valid(check(lab, "svc-web", SQL, "-f", "json", "--no-tickets"))
    assert not [c for c in untested["conditions"] if c["what"] == "ticket"]


@pytest.mark.parametrize("argv, words", [
    (("nobody", "cifs/FS1"), ["nobody", "no such account"]),
    (("svc-web", "cifs/nowhere"), ["cifs/nowhere", "no account"]),
    (("svc-web", "FS1"), ["svc-web", "no such computer", "check svc-web SPN"])])
def test_names_that_lead_nowhere(lab, argv, words):
    result = check(lab, *argv)
    assert result.status == USAGE and all(word in result.err for word in words), result


def test_the_headline_tells_of_delegations(lab):
    text = audit(lab, "--no-tickets").out
    assert "NO PAIRS" not in text and "AT RISK" in text
    report = audit(lab, "-f", "json", "--no-tickets", "--all-edges").report
    assert sum(report["summary"]["edges"][v] for v in ("ready", "degraded", "unknown", "broken")) == len(report["edges"])
    assert audit(lab, "-f", "json", "--no-tickets", "--scope", "hosts").report["edges"] == []
