"""Two forests in one audit: each is read at its own DC, with SPNs of its own; what leads from one into the other is the
trust's affair, and not known."""

import json

import pytest

from harness import INCOMPLETE, OK, Lab, json_audit, kcdaudit, without_tickets
from lab import TO_FABRIKAM


def hosts(e):
    """The same names in both forests, as everybody has an HV01 and an FS1."""
    e.host("HV01", delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    e.host("FS1", spns=["HOST/FS1", "HTTP/FS1"])
    e.user("audit")


def contoso(e):
    hosts(e)
    e.host("WEB1", spns=["HOST/WEB1"], delegate_to=["HTTP/FS1", "cifs/only.fabrikam.test", "time/nowhere"])


def fabrikam(e):
    hosts(e)
    e.host("APP1", spns=["HOST/APP1"], delegate_to=["HTTP/FS1"])
    e.host("ONLY", spns=["cifs/only.fabrikam.test"])


@pytest.fixture(scope="module")
def forests():
    """Both labs, and the tickets for both in one collection."""
    with Lab(contoso, options=TO_FABRIKAM) as first, Lab(fabrikam, beside=first) as second:
        place = first.dir / "cc/both"
        place.mkdir(mode=0o700)
        ccache = {"user": None, "env": {"KRB5CCNAME": f"DIR:{place}"}}
        for lab in (second, first):
            first.check(["kinit", "-f", f"audit@{lab.realm}"], env=ccache["env"], input=f"{lab.password}\n")
        yield first, second, ccache


BOTH = ["-D", "contoso.test", "-D", "fabrikam.test"]


def edges(lab, *options, **keywords):
    done = kcdaudit(lab, "delegations", "-f", "json", *options, **keywords)
    assert done.status in (OK, 1, INCOMPLETE), done
    return {edge["id"]: edge for edge in json.loads(done.out)["edges"]}


def test_each_is_read_at_its_own_dc(forests, counted):
    first, _, ccache = forests
    result, searches = counted(first, *BOTH, **ccache)
    assert result.gaps == {}
    for domain in ("contoso", "fabrikam"):
        lists = [s for s in searches if "msDS-AllowedToDelegateTo=*" in s[3] and s[2] == f"DC={domain},DC=test"]
        assert len(lists) == 1 and f"dc1.{domain}.test" in lists[0][0]
        strays = [s for s in searches if s[2].endswith(f"DC={domain},DC=test") and f"dc1.{domain}.test" not in s[0]]
        assert strays == []


def test_each_is_named_with_its_dc(forests):
    first, _, ccache = forests
    run = json_audit(first, *BOTH, "--no-tickets", **ccache).report["run"]
    assert [(s["kind"], s["uri"], s["dc"], s["domain"], s["dated_by"], s["files"]) for s in run["sources"]] == [
        ("ldap", f"ldap://dc1.{domain}.test", f"dc1.{domain}.test", f"{domain}.test", "read", [])
        for domain in ("contoso", "fabrikam")]
    assert run["source"]["dc"] == "dc1.contoso.test" and run["sources"][0]["data_time"] == run["source"]["data_time"]


def test_a_name_of_both_is_one_of_each(forests):
    first, _, ccache = forests
    result = json_audit(first, *BOTH, **ccache)
    assert result.rules & {"SPN-03", "SPN-04", "DEL-01"} == set(), "no duplicates across forests, and no pairs"
    assert [pair["verdict"] for pair in result.report["pairs"]] == ["ready"] * 4
    found = edges(first, *BOTH, **ccache)
    assert found["kcd:WEB1>FS1"]["owner"] == "found"
    assert found["kcd:WEB1>FS1"]["target"]["domain"] == "contoso.test"
    assert found["kcd:APP1@fabrikam.test>FS1@fabrikam.test"]["target"]["domain"] == "fabrikam.test"


def test_what_only_the_other_holds_is_not_known(forests):
    first, _, ccache = forests
    found = edges(first, *BOTH, **ccache)
    there, nowhere = found["kcd:WEB1>cifs/only.fabrikam.test"], found["kcd:WEB1>time/nowhere"]
    assert (there["owner"], there["verdict"]) == ("unknown", "unknown")
    assert "another forest" in there["spns"][0]["reasons"][0]
    assert (nowhere["owner"], nowhere["verdict"]) == ("none", "broken")


def test_a_snapshot_of_both(forests, tmp_path):
    first, _, ccache = forests
    path = tmp_path / "s.ldif"
    assert kcdaudit(first, "snapshot", "-o", path, *BOTH, **ccache).status == OK
    live = json_audit(first, *BOTH, "--no-tickets", **ccache)
    offline = json_audit(first, "--ldif", path, user=None)
    assert without_tickets(live.report) == without_tickets(offline.report)
    assert live.gaps == offline.gaps
    assert edges(first, *BOTH, **ccache) == edges(first, "--ldif", path, user=None)


def test_without_tickets_for_the_other_it_is_a_gap(forests):
    first, _, _ = forests
    result = json_audit(first, *BOTH)
    assert not result.report["run"]["complete"]
    assert list(result.gaps) == ["the domain fabrikam.test"], result.gaps
    assert {pair["verdict"] for pair in result.report["pairs"]} <= {"ready"} and len(result.report["pairs"]) == 2
