"""[delegation] against a live directory: accounts that delegate nothing yet, and whoever holds what they are to reach, are
read; live and from a snapshot the findings are the same."""

import pytest

from harness import FINDINGS, Lab, json_audit, kcdaudit, without_tickets

SQL = "MSSQLSvc/sql1.contoso.test:1433"
CONF = f"""[delegation portal]
from=svc-web;svc-gone
to={SQL};HTTP/api.contoso.test

[delegation rooms]
from_in=OU=Rooms,DC=contoso,DC=test
to=cifs/fs1.contoso.test
mode=rbcd

[delegation team]
from_member_of=CN=Team,CN=Users,DC=contoso,DC=test
to=listener.contoso.test:1500
workload=sql-listener

[group sql]
hosts=SQL1;SQL2
services=MSSQLSvc:1434
"""


def build(e):
    e.user("audit")
    e.user("svc-web", spns=["HTTP/portal.contoso.test"])
    e.user("svc-sql", spns=[SQL])
    e.user("svc-api", spns=["HTTP/api.contoso.test"])
    e.user("svc-ag", spns=["MSSQLSvc/listener.contoso.test:1500"])
    e.user("svc-db", spns=["MSSQLSvc/sql2.contoso.test:1434"])
    e.host("FS1", spns=["HOST/FS1", "HOST/fs1.contoso.test"])
    e.host("SQL1", spns=["HOST/SQL1", "MSSQLSvc/sql1.contoso.test:1434"], delegate_to=["MSSQLSvc/sql2.contoso.test:1434"])
    e.host("SQL2", spns=["HOST/SQL2"])
    e.samdb.add({"dn": f"OU=Rooms,{e.dn}", "objectClass": "organizationalUnit"})
    e.host("ROOM1", spns=["HOST/ROOM1"])
    e.samdb.rename(f"CN=ROOM1,CN=Computers,{e.dn}", f"CN=ROOM1,OU=Rooms,{e.dn}")
    e.user("svc-team", spns=["HTTP/team.contoso.test"])
    e.group("Team", members=["svc-team"])


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as lab:
        yield lab


@pytest.fixture
def conf(tmp_path):
    path = tmp_path / "kcdaudit.conf"
    path.write_text(CONF)
    return path


def told(result, rule):
    return {(f["subject"], f["target"]) for f in result.findings if f["rule"] == rule and f["status"] == "fail"}


def test_what_is_declared_is_read(lab, conf):
    result = json_audit(lab, "-c", conf, "--no-tickets")
    assert result.status == FINDINGS, result
    assert told(result, "DEL-14") == {("svc-web", "svc-sql"), ("svc-web", "svc-api"), ("ROOM1", "FS1"),
                                      ("svc-team", "svc-ag"), ("SQL2", "SQL1")}
    assert not told(result, "DEL-07")
    assert [what for what in result.gaps if "of [" in what] == ["svc-gone of [delegation portal]"]


def test_a_snapshot_holds_it_too(lab, conf, tmp_path):
    path = tmp_path / "s.ldif"
    assert kcdaudit(lab, "snapshot", "-o", path, "-c", conf, "-D", lab.domain).status in (0, 3)
    live = json_audit(lab, "-c", conf, "--no-tickets")
    offline = json_audit(lab, "-c", conf, "--ldif", path, user=None)
    assert without_tickets(live.report) == without_tickets(offline.report)
    assert live.gaps == offline.gaps
