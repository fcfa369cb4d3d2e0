"""What is read beyond the hosts: whoever delegates or is delegated to, of every kind, and the other ends; live, from a
snapshot, by a reader who may not see everything; and that searches follow what delegates, not the domain."""

import json
from pathlib import Path

import ldb
import pytest

from estate import UAC_COMPUTER, UAC_UNCONSTRAINED, UAC_USER
from harness import INCOMPLETE, MIGRATION, OK, Lab, hosts_query, json_audit, kcdaudit, modify_as_system, without_tickets

ROOT = Path(__file__).resolve().parents[2]
BASE = "DC=contoso,DC=test"
LOCAL_GROUP = 0x80000004
SQL = "MSSQLSvc/sql1.contoso.test:1433"
EVERY_KIND = {"svc-web", "svc-open", "OPEN1", "WEB1", "gmsa1$", "svc-api", "FS1", "svc-legacy"}
ENDS = {"svc-sql", "SQL2", "FRONT1", "FRONT2", "carol", "DB9"}


def build(e):
    e.host("HV01", delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    e.user("audit")

    # Sources: by list, with T2A4D and an empty list, unconstrained; users, computers, a gMSA.
    e.user("svc-sql", spns=[SQL, "MSSQLSvc/sql1.contoso.test"])
    e.user("svc-web", spns=["HTTP/portal.contoso.test"], delegate_to=[SQL, "HTTP/gone.contoso.test"])
    e.user("svc-open", t2a4d=True, spns=["HTTP/open.contoso.test"])
    e.user("svc-legacy", uac=UAC_USER | UAC_UNCONSTRAINED, spns=["HTTP/legacy.contoso.test"])
    e.host("OPEN1", uac=UAC_COMPUTER | UAC_UNCONSTRAINED, spns=["HOST/OPEN1"])
    e.host("SQL2", spns=["HOST/SQL2", "HOST/sql2.contoso.test"])
    e.host("WEB1", spns=["HOST/WEB1", "HOST/web1.contoso.test"], delegate_to=["cifs/SQL2", "time/DB9"])
    e.host("DB9", spns=["HOST/DB9"])
    e.samdb.add({"dn": f"CN=gmsa1,CN=Managed Service Accounts,{e.dn}", "objectClass": "msDS-GroupManagedServiceAccount",
                 "sAMAccountName": "gmsa1$", "dNSHostName": "gmsa1.contoso.test", "msDS-ManagedPasswordInterval": "30",
                 "userAccountControl": str(UAC_COMPUTER), "msDS-AllowedToDelegateTo": ["time/HV01"],
                 "servicePrincipalName": "HTTP/gmsa1.contoso.test"}, controls=["relax:0"])

    # Targets of RBCD: of an account, of a group with a group in it.
    e.host("FRONT1", spns=["HOST/FRONT1"])
    e.host("FRONT2", spns=["HOST/FRONT2"])
    e.user("carol")
    e.group("Inner", members=["carol"])
    e.group("Fronts", members=["FRONT2", "Inner"])
    e.group("Above")
    e.member("Above", "Fronts")
    e.user("svc-api", spns=["HTTP/api.contoso.test"])
    e.rbcd("svc-api", trustees=["FRONT1"])
    e.host("FS1", spns=["HOST/FS1", "HOST/fs1.contoso.test"])
    e.rbcd("FS1", trustees=["Fronts"])

    # Nobody's concern.
    for number in range(40):
        e.user(f"user{number}", password=False)
        e.host(f"PC{number}", spns=[f"HOST/PC{number}"], password=False)


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as lab:
        yield lab


def entries(text):
    """DN's first value -> attributes that the snapshot has of it."""
    found = {}
    for record in text.replace("\n ", "").split("\n\n"):
        lines = [line for line in record.splitlines() if not line.startswith("#")]
        dn = next((line.split(": ", 1)[1] for line in lines if line.startswith("dn: ")), "")
        found[dn.split(",")[0].partition("=")[2]] = {line.split(":")[0] for line in lines}
    return found


def snapshot(lab, path, *options, **keywords):
    result = kcdaudit(lab, "snapshot", "-o", path, "-D", lab.domain, *options, **keywords)
    assert result.status in (OK, INCOMPLETE), result
    return entries(path.read_text()), result


def name_of(cn):
    return {"gmsa1": "gmsa1$"}.get(cn, cn)


def test_every_kind_is_read_and_its_other_ends(lab, tmp_path):
    read, result = snapshot(lab, tmp_path / "s.ldif")
    assert result.status == OK, result
    names = {name_of(cn) for cn in read}
    assert EVERY_KIND | ENDS <= names, (EVERY_KIND | ENDS) - names
    assert not [name for name in names if name.startswith(("user", "PC"))], "memory follows what delegates"
    for end in EVERY_KIND | ENDS:
        assert "nTSecurityDescriptor" in read[end.removesuffix("$")], end
    # What conditions ask of a target and of a source.
    assert "msDS-SupportedEncryptionTypes" in read["SQL2"] and "memberOf" in read["FRONT2"]
    assert {"Fronts", "Inner", "Above"} <= names, "groups of trustees, and what they are in"
    assert "memberOf" in read["Fronts"] and "memberOf" in read["Inner"]


def test_hosts_alone_is_hosts_alone(lab, tmp_path):
    for options in (["--scope", "hosts"], ["--host", "HV01"]):
        read, _ = snapshot(lab, tmp_path / "s.ldif", *options)
        assert "HV01" in read
        assert not {name_of(cn) for cn in read} & (EVERY_KIND | ENDS), options


def same(live, offline):
    assert without_tickets(live.report) == without_tickets(offline.report)
    assert live.report.get("edges") == offline.report.get("edges")
    assert live.gaps == offline.gaps


def test_a_snapshot_gives_what_the_directory_gave(lab, tmp_path):
    path = tmp_path / "s.ldif"
    snapshot(lab, path)
    same(json_audit(lab, "--no-tickets"), json_audit(lab, "--ldif", path, user=None))


def test_a_snapshot_of_hosts_alone_says_so(lab, tmp_path):
    """What nobody asked for is not said to be nowhere."""
    path = tmp_path / "s.ldif"
    snapshot(lab, path, "--scope", "hosts")
    same(json_audit(lab, "--scope", "hosts", "--no-tickets"), json_audit(lab, "--scope", "hosts", "--ldif", path, user=None))
    result = json_audit(lab, "--ldif", path, user=None)
    assert "--scope hosts" in result.gaps["delegations beyond the hosts"], result.gaps
    assert not result.report["run"]["complete"]


# Attributes that the reader may not read


HIDDEN = [("svc-open", "msDS-AllowedToDelegateTo"), ("WEB1", "userAccountControl"),
          ("svc-api", "servicePrincipalName"), ("svc-legacy", "msDS-AllowedToActOnBehalfOfOtherIdentity"),
          ("SQL2", "msDS-SupportedEncryptionTypes"), ("FRONT1", "userAccountControl")]


def test_what_a_reader_may_not_see_is_a_gap(tmp_path):
    def hide(e):
        for account, attribute in HIDDEN:
            e.deny_read(account, attribute, "audit")

    with Lab([build, hide]) as lab:
        path = tmp_path / "s.ldif"
        live = json_audit(lab, "--no-tickets")
        for account, attribute in HIDDEN:
            assert [what for what in live.gaps if what.startswith(f"{attribute} of CN={account},")], (account, live.gaps)
        snapshot(lab, path)
        same(live, json_audit(lab, "--ldif", path, user=None))
        hosts = json_audit(lab, "--scope", "hosts", "--no-tickets", expect=OK)
        assert hosts.gaps == {}, "of nobody else's concern"


def test_a_member_that_is_hidden_leaves_its_group_open(tmp_path):
    """Whoever it is may be refused: what works for the others need not work for the group."""
    def group(e):
        e.group("Ends", members=["FRONT1", "FRONT2"])
        e.host("FS9", spns=["HOST/FS9", "HOST/fs9.contoso.test"])
        e.rbcd("FS9", trustees=["Ends"])

    def told(lab, *source, **keywords):
        """The verdicts of the group's delegation, and the gaps."""
        report = json.loads(kcdaudit(lab, "delegations", "-f", "json", *source, **keywords).out)
        return ({spn["verdict"] for edge in report["edges"] if edge["id"] == "rbcd:Ends>FS9" for spn in edge["spns"]},
                [gap["what"].split(",")[0] for gap in report["run"]["gaps"]])

    with Lab([build, group]) as lab:
        assert told(lab, "-D", lab.domain) == ({"ready"}, [])
    with Lab([build, group, lambda e: e.acl("FRONT2", "(D;;RPLCRCLO;;;{audit})")]) as lab:
        path = tmp_path / "s.ldif"
        assert told(lab, "-D", lab.domain) == ({"unknown"}, ["members of CN=Ends", "members of CN=Fronts"])
        snapshot(lab, path)
        assert told(lab, "--ldif", path, user=None) == ({"unknown"}, ["members of CN=Ends", "members of CN=Fronts"])


def test_members_of_another_forest_leave_their_group_open(tmp_path):
    """Nobody here knows what they can: by themselves, in an inner group, and as everybody who signed in."""
    def group(e):
        for number, stranger in enumerate(("S-1-5-21-7000-8000-9000-1111", "S-1-5-11", None)):
            e.group(f"Ends{number}", members=["FRONT1", "FRONT2"], kind=LOCAL_GROUP)
            e.modify(f"Ends{number}", "member", [e.foreign(stranger) if stranger else e.dn_of("Ends0")], ldb.FLAG_MOD_ADD)
            e.host(f"FS9{number}", spns=[f"HOST/FS9{number}"])
            e.rbcd(f"FS9{number}", trustees=[f"Ends{number}"])

    with Lab([build, group]) as lab:
        path = tmp_path / "s.ldif"
        snapshot(lab, path)
        for source in (["-D", lab.domain], ["--ldif", path]):
            report = json.loads(kcdaudit(lab, "delegations", "-f", "json", *source).out)
            assert {edge["id"]: edge["verdict"] for edge in report["edges"] if edge["id"].startswith("rbcd:Ends")} == \
                {f"rbcd:Ends{number}>FS9{number}": "unknown" for number in range(3)}, source
            assert report["run"]["gaps"] == []


# Groups, by their own lists


def test_a_list_that_comes_in_parts_is_put_together(lab, tmp_path, counted):
    """As a DC sends one of more than 1,500 members; here of more than one."""
    query = (ROOT / "queries/group-members.ldap").read_text()
    (tmp_path / "group-members.ldap").write_text(query.replace(" member ", " member;range=0-0 "))
    whole, asked = counted(lab)
    parts, _ = counted(lab, "--queries", tmp_path)
    assert not [s for s in asked if s[3].startswith("(memberOf=")], "each costs a look at every account"
    assert parts.report["edges"] == whole.report["edges"] and parts.gaps == whole.gaps == {}


def test_a_list_that_is_hidden_is_asked_for_from_below(lab, counted):
    whole = json_audit(lab, "--no-tickets")

    def hide(e):
        e.deny_read("Fronts", "member", "audit")

    with Lab([build, hide]) as hidden:
        result, asked = counted(hidden)
        assert [s for s in asked if s[3].startswith("(memberOf=CN=Fronts,")]
        assert {edge["id"] for edge in result.report["edges"]} == {edge["id"] for edge in whole.report["edges"]}
        assert result.gaps == {}


# The whole forest


CROSS_REF = """\
dn: CN=CHILD,CN=Partitions,CN=Configuration,{base}
changetype: add
objectClass: crossRef
nCName: DC=child,{base}
dnsRoot: child.{domain}
nETBIOSName: CHILD
systemFlags: 3
"""


def test_a_domain_of_the_forest_that_cannot_be_reached_is_a_gap(tmp_path):
    """As far as one DC can have a second domain: its crossRef. (Its KDC gives no tickets any more then.)"""
    with Lab(build) as lab:
        ccache = {"user": None, "env": {"KRB5CCNAME": lab.kinit("audit")}}
        assert json_audit(lab, "--scope", "forest", "--no-tickets", **ccache).gaps == {}
        modify_as_system(lab, CROSS_REF.format(base=lab.base_dn, domain=lab.domain))
        assert json_audit(lab, "--no-tickets", **ccache).gaps == {}, "nobody asked for it"
        live = json_audit(lab, "--scope", "forest", "--no-tickets", **ccache)
        assert list(live.gaps) == ["the domain child.contoso.test"], live.gaps
        assert not live.report["run"]["complete"]
        # The one that was not read is missing from the snapshot of the other scope, too.
        path = tmp_path / "s.ldif"
        snapshot(lab, path, **ccache)
        assert "the domain child.contoso.test" in json_audit(lab, "--scope", "forest", "--ldif", path, user=None).gaps
        assert json_audit(lab, "--ldif", path, user=None).gaps == {}
        # A declaration that names it asks for it; as an operator's name or a group's host does.
        conf = tmp_path / "kcdaudit.conf"
        for line in ("from=svc-far@child.contoso.test", "from=CHILD\\svc-far", "from=web1.child.contoso.test",
                     "from_in=OU=Far,DC=child,DC=contoso,DC=test", "from_member_of=CN=Far,DC=child,DC=contoso,DC=test",
                     "from=svc-web\nto=HTTP/far.child.contoso.test:8080"):
            conf.write_text(f"[delegation far]\n{line}\n" + ("" if "to=" in line else f"to={SQL}\n"))
            declared = json_audit(lab, "-c", conf, "-D", lab.domain, "--no-tickets", **ccache)
            assert "the domain child.contoso.test" in declared.gaps, line
        conf.write_text(f"[delegation near]\nfrom=svc-web@contoso.test\nto={SQL}\n")
        assert json_audit(lab, "-c", conf, "-D", lab.domain, "--no-tickets", **ccache).gaps == {}


# What it costs


def by_kind(searches):
    """How often each attribute stood first in a filter."""
    kinds = {}
    for _, scope, _, filter, _ in searches:
        kind = (scope, filter.strip("(&|").split("=")[0].split(":")[0])
        kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def many(sources, others):
    """So many accounts that delegate, and that are let act through as many groups in one."""
    def build(e):
        e.user("audit")
        for number in range(sources):
            name = f"svc{number}"
            e.user(name, password=False, spns=[f"HTTP/{name}.contoso.test"],
                   delegate_to=[f"HTTP/svc{(number + 1) % sources}.contoso.test", f"time/PC{number}"])
            e.host(f"PC{number}", spns=[f"HOST/PC{number}"], password=False)
            e.group(f"group{number}", members=[name])
            e.rbcd(f"PC{number}", trustees=[f"svc{number}", "Domain Admins"])
        for number in range(others):
            e.user(f"other{number}", password=False)
    return build


def test_searches_follow_neither_the_domain_nor_each_account(counted):
    """With twice the accounts that delegate, and many more that do not, there are as many searches: all in batches."""
    asked = []
    for sources, others in ((10, 0), (20, 300)):
        with Lab(many(sources, others)) as lab:
            result, searches = counted(lab)
            assert result.gaps == {}
            asked.append(by_kind(searches))
            assert not [s for s in searches if s[1] == "0" and s[2].startswith("CN=svc")], "one search per account"
            lists = [s for s in searches if "msDS-AllowedToDelegateTo=*" in s[3]]
            assert len(lists) == 1, "one search finds all that delegate"
    assert asked[0] == asked[1]


def test_hosts_alone_cost_what_they_did(lab, counted):
    _, searches = counted(lab, "--scope", "hosts")
    assert not [s for s in searches if "msDS-AllowedToDelegateTo=*" in s[3]]


def mesh(count):
    """Numbered hosts that list the others of their twenty, and accounts that hold SPNs of some of them as well."""
    def build(e):
        e.user("audit")
        names = [f"HV{number}" for number in range(count)]
        for number, name in enumerate(names):
            first = number - number % 20
            e.host(name, password=False, delegate_to=[other for other in names[first:first + 20] if other != name])
        e.user("twin", password=False, spns=["HTTP/hvac.contoso.test"])
        for spn in ("HTTP/HV5", "cifs/hv6.contoso.test", "HOST/HV8"):
            e.raw_spn("twin", spn)
        e.user("host-like", password=False)
        for spn in ("HOST/HV7", f"{MIGRATION}/HV9"):
            e.raw_spn("host-like", spn)
    return build


def asked_for_owners(lab, counted):
    result, searches = counted(lab)
    assert result.gaps == {}
    assert len(hosts_query(searches)) == 1
    doubles = result.failed("subject", "spn", rule="SPN-03")
    assert {("HV7", "host/HV7"), ("HV8", "host/HV8"), ("HV9", f"{MIGRATION}/HV9")} <= doubles
    return [s[3] for s in searches if "(servicePrincipalName=" in s[3] and s not in hosts_query(searches)]


def test_owners_of_many_hosts_are_asked_for_together(counted, tmp_path):
    """What hosts need by their number, and what they list of one another, costs no search for each."""
    with Lab(mesh(120)) as lab:
        asked = asked_for_owners(lab, counted)
    assert len(asked) == 1 and len(asked[0]) < 500, asked
    with Lab(mesh(40)) as lab:
        assert asked_for_owners(lab, counted) == asked

        # A query of one's own that finds or reads less stands for no other.
        query = (ROOT / "queries/spn-lookalikes.ldap").read_text()
        whole = without_tickets(json_audit(lab, "--no-tickets").report)
        for changed in (query.replace("filter: (|{spns})", "filter: (&(objectClass=computer)(|{spns}))"),
                        query.replace("msDS-KeyVersionNumber ", "")):
            assert changed != query
            (tmp_path / "spn-lookalikes.ldap").write_text(changed)
            result, searches = counted(lab, "--queries", tmp_path)
            assert [s for s in searches if "(servicePrincipalName=HTTP/HV5)" in s[3]]
            assert without_tickets(result.report) == whole
        (tmp_path / "spn-lookalikes.ldap").unlink()

        # Nor does one leave those out of another's answer whom it may not have been shown, or has not read as much of.
        query = (ROOT / "queries/hosts.ldap").read_text()
        for changed in (query.replace("filter: (|(serv", "filter: (&(objectClass=computer)(|(serv").replace("Service/*))", "Service/*)))"),
                        query.replace("msDS-KeyVersionNumber ", "")):
            assert changed != query
            (tmp_path / "hosts.ldap").write_text(changed)
            result, searches = counted(lab, "--queries", tmp_path)
            assert [s for s in searches if "=cifs/*)" in s[3]] and not [s for s in searches if "(!" in s[3]]
            assert without_tickets(result.report) == whole


def test_what_an_audit_of_many_hosts_sends(counted):
    """As much as was measured, and little more: whoever adds a search looks at this."""
    with Lab(mesh(200)) as lab:
        for scope, most, most_bytes in (("hosts", 32, 4_000), ("domain", 38, 13_000)):
            result, searches = counted(lab, "--scope", scope)
            assert result.gaps == {}
            assert len(searches) <= most, by_kind(searches)
            assert sum(len(s[3]) for s in searches) <= most_bytes, "bytes of all filters"
