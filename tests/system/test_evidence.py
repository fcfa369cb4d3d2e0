"""What is read, and what is not: long lists, many hosts, owners elsewhere, and attributes that the reader may not see.
What could not be read is never taken for empty, and never ends as ready."""

import re
import shutil

import pytest

from harness import (ADMINISTRATOR, FINDINGS, INCOMPLETE, MIGRATION, OK, ROOT, Lab, audit, hosts_query, json_audit,
                     modify_as_system, no_way_to, within, without_tickets)

LONG = 1200


# Long lists and many hosts


def build_long(e):
    others = [f"cifs/server{number:04}.contoso.test" for number in range(LONG - 4)]
    # Its partner's four entries stand in the middle of the list.
    e.host("HV01", t2a4d=True, delegate_to=[*others[:600], "HV02", *others[600:]])
    e.host("HV02", t2a4d=True, delegate_to=["HV01"],
           spns=e.spns("HV02", [f"class{number:03}" for number in range(150)]) + e.spns("HV02", ["HOST", MIGRATION]))
    e.user("svc-servers", spns=others[:1000])
    e.user("audit")
    e.user("alice")


@pytest.fixture(scope="module")
def long_lab():
    with Lab(build_long) as running:
        yield running


@pytest.fixture(scope="module")
def long_report(long_lab):
    return json_audit(long_lab, "--no-tickets")


def ghosts(result):
    return result.failed("spn", rule="DEL-05")


def test_all_1200_values_are_read(long_report):
    assert set(long_report.pairs.values()) == {"ready"}
    added = [value for f in long_report.report["fixes"] if f["kind"] == "delegation" for value in f["add"]]
    assert added == [], "what is there is not proposed again"
    # Every entry was looked up: those that lead nowhere, and no other, are ghosts.
    assert ghosts(long_report) == {f"cifs/server{number:04}.contoso.test" for number in range(1000, LONG - 4)}


def override(tmp_path, change):
    """The queries, with one of their lines changed."""
    directory = tmp_path / "queries"
    shutil.copytree(ROOT / "queries", directory)
    for path in directory.glob("*.ldap"):
        path.write_text(change(path.read_text()))
    return directory


@pytest.mark.parametrize("ranges", [{"msDS-AllowedToDelegateTo": "range=0-499"},
                                    {"msDS-AllowedToDelegateTo": "range=0-499", "servicePrincipalName": "range=0-1"},
                                    {"msDS-AllowedToDelegateTo": "range=0-0"}], ids=str)
def test_ranged_attributes_are_read_to_the_end(long_lab, long_report, tmp_path, ranges):
    """As Windows sends lists longer than MaxValRange (1,500) of itself; Samba does where a range is asked for."""
    def change(text):
        for attribute, option in ranges.items():
            text = re.sub(rf" {attribute}\b(?![;=])", f" {attribute};{option}", text)
        return text

    directory = override(tmp_path, change)
    assert ";range=0-" in (directory / "hosts.ldap").read_text()
    with within(30):
        result = json_audit(long_lab, "--no-tickets", "--queries", directory)
    assert without_tickets(result.report) == without_tickets(long_report.report)


def test_a_query_that_leaves_an_attribute_out_makes_a_gap(long_lab, tmp_path):
    """Not asked for is not empty."""
    directory = override(tmp_path, lambda text: text.replace(" msDS-AllowedToDelegateTo", ""))
    result = json_audit(long_lab, "--no-tickets", "--queries", directory, "--host", "HV01", "--host", "HV02")
    assert set(result.pairs.values()) == {"unknown"} and "msDS-AllowedToDelegateTo" in result.gaps
    assert result.status == INCOMPLETE


MANY = 1010


@pytest.fixture(scope="module")
def many_lab():
    """1,000 entries are a page."""
    def build(e):
        servers = e.ou("Many")
        for number in range(MANY):
            name, partner = f"HV{number:04}", f"HV{number ^ 1:04}"
            e.host(name, ou=servers, keys_of="HV0000" if number else None, t2a4d=True, spns=e.spns(name, ["HOST", MIGRATION]),
                   delegate_to=[partner])
        e.user("audit")

    with Lab(build) as lab:
        yield lab


def test_more_hosts_than_a_page_holds(many_lab):
    """Others end there without a word (impacket#2284)."""
    result = audit(many_lab, "-f", "json", "--no-tickets")
    assert result.status == OK, result
    assert result.report["summary"]["hosts"] == result.report["summary"]["ready"] == MANY
    assert len(result.report["groups"]) == MANY // 2


def test_a_page_is_asked_for_before_the_one_before_is_taken_in(many_lab, counted):
    """So that the DC works meanwhile."""
    result, searches = counted(many_lab, "--scope", "hosts")
    pages = [s for s in hosts_query(searches) if "(!" not in s[3]]
    assert len(pages) == 2 and pages[1][4] == "0", pages
    assert result.gaps == {} and len(result.report["hosts"]) == MANY


# Owners anywhere in the forest


def build_owners(e):
    hidden = e.ou("Elsewhere")
    e.host("HV01", t2a4d=True, delegate_to=["HV02"])
    e.host("HV02", t2a4d=True, delegate_to=["HV01"])
    # Duplicates on accounts of every kind, and in another case.
    e.user("svc-old", ou=hidden)
    e.raw_spn("svc-old", f"{MIGRATION.upper()}/hv01")
    e.host("OLDHV", ou=hidden, spns=["HOST/OLDHV"], uac=0x1000 | 0x2)
    e.raw_spn("OLDHV", "host/HV02.CONTOSO.TEST")
    e.user("audit")


def test_duplicates_are_found_wherever_they_are():
    with Lab(build_owners) as lab:
        result = json_audit(lab, expect=FINDINGS)
        owners = {f["subject"]: str(f["evidence"]) for f in result.findings if f["rule"] == "SPN-03"}
        assert "CN=svc-old,OU=Elsewhere" in owners["HV01"] and "CN=HV01,CN=Computers" in owners["HV01"]
        assert "CN=OLDHV,OU=Elsewhere" in owners["HV02"], "the HOST behind the cifs alias"
        assert set(result.pairs.values()) == {"broken"}
        # What the KDC says agrees.
        assert {t["spn"] for h in result.report["hosts"] for t in h["tickets"] if t["result"] == "refused"} == {
            f"{MIGRATION}/HV01", "cifs/hv02.contoso.test", "HTTP/hv02.contoso.test"}


def test_http_on_a_pool_account_breaks_winrm_alone():
    """Its owner is found wherever it is, and the KDC encrypts the ticket with its key."""
    def build(e):
        e.host("HV01", t2a4d=True, delegate_to=["HV02"])
        e.host("HV02", t2a4d=True, delegate_to=["HV01"])
        e.user("svc-pool", spns=["HTTP/HV02", "HTTP/hv02.contoso.test"])
        e.user("audit")

    with Lab(build) as lab:
        result = json_audit(lab, expect=FINDINGS)
        found = [f for f in result.findings if f["rule"] == "SPN-10"]
        assert {(f["subject"], f["spn"]) for f in found} == {("HV02", "HTTP/HV02"), ("HV02", "HTTP/hv02.contoso.test")}
        assert all("CN=svc-pool," in str(f["evidence"]) and not f["fixes"] for f in found)
        assert set(result.pairs.values()) == {"ready"}
        winrm = {pair["target"]: pair["services"]["winrm"] for pair in result.report["pairs"]}
        assert winrm["HV01"]["verdict"] == "ready" and winrm["HV02"]["verdict"] == "broken"
        assert winrm["HV02"]["missing"] == ["HTTP/HV02", "HTTP/hv02.contoso.test"]
        assert {t["spn"]: t["result"] for t in result.host("HV02")["tickets"]}["HTTP/HV02"] == "granted"


def test_an_spn_of_krbtgt_is_no_duplicate():
    """setspn -X -F reports kadmin/changepw (windowsserverdocs#3429)."""
    def build(e):
        e.host("HV01", t2a4d=True, delegate_to=["HV02", "kadmin/changepw"])
        e.host("HV02", t2a4d=True, delegate_to=["HV01"])
        e.user("audit")

    with Lab(build) as lab:
        result = json_audit(lab)
        assert "SPN-03" not in result.rules and set(result.pairs.values()) == {"ready"}


# A second domain of the forest, as far as one DC can have it: its crossRef. (Samba's KDC gives no tickets any more
# then, so those for LDAP are got before.)
CROSS_REF = """\
dn: CN=CHILD,CN=Partitions,CN=Configuration,{base}
changetype: add
objectClass: crossRef
nCName: DC=child,{base}
dnsRoot: child.{domain}
nETBIOSName: CHILD
systemFlags: 3
"""


@pytest.fixture(scope="module")
def forest():
    """A lab whose forest has two domains, and the tickets to read it with."""
    def build(e):
        e.host("HV01", t2a4d=True, delegate_to=["HV02", "cifs/GONE"])
        e.host("HV02", t2a4d=True, delegate_to=["HV01"])
        e.host("HV03", t2a4d=True, delegate_to=["HV01", "HV02"])
        e.user("svc-old")
        e.raw_spn("svc-old", f"{MIGRATION}/HV02")
        e.user("audit")

    with Lab(build) as lab:
        ccache = {"user": None, "env": {"KRB5CCNAME": lab.kinit("audit")}}
        assert json_audit(lab, "--no-tickets", **ccache).report["run"]["complete"]
        modify_as_system(lab, CROSS_REF.format(base=lab.base_dn, domain=lab.domain))
        yield lab, ccache


def test_owners_are_found_through_the_global_catalog(forest):
    lab, ccache = forest
    result = json_audit(lab, "--no-tickets", **ccache, expect=FINDINGS)
    assert result.gaps == {} and {"SPN-03", "DEL-05"} <= result.rules
    assert result.pairs[("HV01", "HV02")] == "broken" and result.pairs[("HV02", "HV01")] == "ready"


def test_without_the_global_catalog_no_owner_is_sure(forest):
    """What the own domain shows counts; that nobody else holds an SPN cannot be said."""
    lab, ccache = forest
    with no_way_to(lab, 3268):
        result = json_audit(lab, "--no-tickets", **ccache, expect=FINDINGS)
    assert result.pairs[("HV01", "HV02")] == "broken" and result.pairs[("HV02", "HV01")] == "unknown"
    assert "ready" not in result.pairs.values()
    assert "SPN-03" in result.rules and "SPN-03" in result.unknown("rule", subject="HV01")
    assert result.unknown("spn", rule="DEL-05") == {"cifs/GONE"} and "DEL-05" not in result.rules
    assert any("3268" in why for why in result.gaps.values()), result.gaps


# Attributes that the reader may not read


def build_denied(attribute, hidden="HV02", krbtgt=False):
    def build(e):
        e.host("HV01", t2a4d=True, delegate_to=["HV02"])
        e.host("HV02", t2a4d=True, delegate_to=["HV01"])
        e.user("audit")
        e.deny_read("krbtgt" if krbtgt else hidden, attribute, "audit")
    return build


HOSTS = ["--host", "HV01", "--host", "HV02"]


@pytest.fixture(scope="module")
def without_list():
    with Lab(build_denied("msDS-AllowedToDelegateTo")) as lab:
        yield lab


@pytest.fixture(scope="module")
def without_spns():
    with Lab(build_denied("servicePrincipalName")) as lab:
        yield lab


def test_a_hidden_delegation_list_is_unknown_and_never_empty(without_list):
    result = json_audit(without_list, *HOSTS, expect=INCOMPLETE)
    assert result.pairs == {("HV01", "HV02"): "ready", ("HV02", "HV01"): "unknown"}
    assert {"DEL-01", "DEL-02"} <= result.unknown("rule", subject="HV02") and result.rules == set()
    assert not result.report["run"]["complete"]
    assert any("msDS-AllowedToDelegateTo" in what and "HV02" in what for what in result.gaps)
    # Nothing is proposed against what was not seen.
    assert result.report["fixes"] == []
    assert set(json_audit(without_list, *HOSTS, user=ADMINISTRATOR, expect=OK).pairs.values()) == {"ready"}


def test_the_text_report_says_what_could_not_be_read(without_list):
    result = audit(without_list, *HOSTS)
    assert result.status == INCOMPLETE and "READY" not in result.out.split("\n\n")[1]
    assert "msDS-AllowedToDelegateTo" in result.out and "1 of 2 migration directions was not determined" in result.out


def test_a_hidden_user_account_control_is_unknown():
    with Lab(build_denied("userAccountControl")) as lab:
        result = json_audit(lab, *HOSTS, expect=INCOMPLETE)
        assert set(result.pairs.values()) == {"unknown"}, "as a source, and as a target that may be disabled"
        assert result.host("HV02")["enabled"] is None and result.report["fixes"] == []
        assert set(json_audit(lab, *HOSTS, user=ADMINISTRATOR, expect=OK).pairs.values()) == {"ready"}


def test_hidden_spns_are_unknown(without_spns):
    result = json_audit(without_spns, *HOSTS, "--no-tickets", expect=INCOMPLETE)
    # As a source it has to have one, too (KDC_ERR_MUST_USE_USER2USER).
    assert set(result.pairs.values()) == {"unknown"}
    assert "SPN-01" in result.unknown("rule", subject="HV02") and "SPN-01" not in result.rules
    assert result.report["fixes"] == []


def test_a_hidden_host_is_not_ready_because_nobody_saw_it(without_spns):
    """Its SPNs may not be searched for either: discovery does not find it, and --host then says what is not known."""
    assert json_audit(without_spns, "--no-tickets").report["summary"]["ready"] == 0


def test_a_hidden_rbcd_descriptor_is_unknown():
    def build(e):
        e.host("HV01", t2a4d=True)
        e.host("HV02", t2a4d=True)
        e.rbcd("HV01", trustees=["HV02"])
        e.rbcd("HV02", trustees=["HV01"])
        e.user("audit")
        e.deny_read("HV02", "msDS-AllowedToActOnBehalfOfOtherIdentity", "audit")

    with Lab(build) as lab:
        result = json_audit(lab, *HOSTS, expect=INCOMPLETE)
        assert result.pairs == {("HV01", "HV02"): "unknown", ("HV02", "HV01"): "ready"}
        assert set(json_audit(lab, *HOSTS, user=ADMINISTRATOR, expect=OK).pairs.values()) == {"ready"}


def test_what_is_broken_anyway_is_told_though_something_was_hidden():
    def build(e):
        e.host("HV01", t2a4d=True, delegate_to=["HV02"])
        e.host("HV02", t2a4d=True, delegate_to=[], spns=e.spns("HV02", ["HOST"]))
        e.user("audit")
        e.deny_read("HV02", "msDS-AllowedToDelegateTo", "audit")

    with Lab(build) as lab:
        result = json_audit(lab, *HOSTS, expect=FINDINGS)
        assert result.pairs == {("HV01", "HV02"): "broken", ("HV02", "HV01"): "unknown"}
        assert result.rules >= {"SPN-01"} and not result.report["run"]["complete"]


def test_an_attribute_denied_to_everybody_through_a_group():
    """The deny names Authenticated Users: the reader's own token decides."""
    def build(e):
        e.host("HV01", t2a4d=True, delegate_to=["HV02"])
        e.host("HV02", t2a4d=True, delegate_to=["HV01"])
        e.user("audit")
        e.group("Readers", members=["audit"])
        e.deny_read("HV02", "msDS-AllowedToDelegateTo", "Readers")
        e.user("free")

    with Lab(build) as lab:
        assert json_audit(lab, *HOSTS, expect=INCOMPLETE).pairs[("HV02", "HV01")] == "unknown"
        assert json_audit(lab, *HOSTS, user="free", expect=OK).pairs[("HV02", "HV01")] == "ready"


def test_krbtgt_hidden_makes_every_pair_unknown():
    with Lab(build_denied("userAccountControl", krbtgt=True)) as lab:
        result = json_audit(lab, *HOSTS, expect=INCOMPLETE)
        assert set(result.pairs.values()) == {"unknown"} and "krbtgt" in str(result.gaps)


def test_an_empty_list_that_may_be_read_is_empty():
    """The other side: an attribute that is absent and readable is no gap."""
    def build(e):
        e.host("HV01")
        e.host("HV02")
        e.user("audit")

    with Lab(build) as lab:
        result = json_audit(lab, *HOSTS, expect=FINDINGS)
        assert set(result.pairs.values()) == {"broken"} and result.gaps == {} and result.report["run"]["complete"]
