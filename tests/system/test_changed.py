"""Who changed what, and when: the replication metadata of a real domain controller beside the findings."""

import base64
import datetime
import json
import re
import shutil

import pytest
from samba import nttime2unix
from samba.dcerpc import drsblobs
from samba.ndr import ndr_unpack

from harness import FINDINGS, KCDAUDIT, OK, ROOT, Lab, json_audit
from patience import wait_until


def build(e):
    e.host("HV01", t2a4d=True, delegate_to=["HV02"])
    e.host("HV02", delegate_to=["HV01"])
    e.host("HV03", t2a4d=True, delegate_to=["HV01"])
    e.user("audit")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


def of(report, rule, subject):
    return next(f for f in report["findings"] if (f["rule"], f["subject"]) == (rule, subject))


def dn_of(lab, name):
    found = lab.ldapsearch("-b", lab.base_dn, f"(sAMAccountName={name}$)", "dn").stdout
    return re.search(r"^dn: (.+)$", found, re.M)[1]


def attribute_type(lab, name):
    """By the schema's OID: the prefix 1.2.840.113556.1.4 is the ninth of every DC's table (MS-DRSR 5.16.4)."""
    found = lab.ldapsearch("-b", f"CN=Schema,CN=Configuration,{lab.base_dn}", f"(lDAPDisplayName={name})", "attributeID").stdout
    return 9 << 16 | int(re.search(r"^attributeID: 1\.2\.840\.113556\.1\.4\.(\d+)$", found, re.M)[1])


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def parsed(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)


def test_an_ordinary_reader_is_told_what_was_changed_last(lab):
    before = of(json_audit(lab, "--no-tickets").report, "DEL-03", "HV02")["changed"]
    # The directory keeps whole seconds: the next change is to be in a later one.
    last = max(parsed(change["time"]) for change in before)
    wait_until(lambda: now() >= last + datetime.timedelta(seconds=1))
    began = now().replace(microsecond=0)
    lab.ldapmodify(f"dn: {dn_of(lab, 'HV02')}\nchangetype: modify\nadd: msDS-AllowedToDelegateTo\n"
                   "msDS-AllowedToDelegateTo: cifs/HV03\n")
    result = json_audit(lab, "--no-tickets")
    finding = of(result.report, "DEL-03", "HV02")
    newest = finding["changed"][0]
    assert newest["attribute"] == "msDS-AllowedToDelegateTo" and newest["dc"] == "DC1"
    assert began <= parsed(newest["time"]) <= now()
    assert newest["events"] == [4742, 5136]
    old = next(change for change in before if change["attribute"] == newest["attribute"])
    assert newest["version"] == old["version"] + 1
    # The flags that are missing were not touched meanwhile.
    flags = [change for change in finding["changed"] if change["attribute"] == "userAccountControl"]
    assert flags == [change for change in before if change["attribute"] == "userAccountControl"] != []


def test_it_is_what_samba_reads_there(lab):
    """Every value, by another reader of the same bytes."""
    entry = lab.ldapsearch("-o", "ldif-wrap=no", "-s", "base", "-b", dn_of(lab, "HV02"), "replPropertyMetaData").stdout
    blob = base64.b64decode(re.search(r"^replPropertyMetaData:: (.+)$", entry, re.M)[1])
    kept = {each.attid: each for each in ndr_unpack(drsblobs.replPropertyMetaDataBlob, blob).ctr.array}
    types = {name: attribute_type(lab, name) for name in ("msDS-AllowedToDelegateTo", "userAccountControl")}
    changed = of(json_audit(lab, "--no-tickets").report, "DEL-03", "HV02")["changed"]
    assert {change["attribute"] for change in changed} == set(types)
    for change in changed:
        there = kept[types[change["attribute"]]]
        assert change["version"] == there.version
        assert parsed(change["time"]).timestamp() == nttime2unix(there.originating_change_time)


def test_people_read_it_in_a_line(lab):
    text = lab.run([KCDAUDIT, "audit", "-D", lab.domain, "-c", "/dev/null", "--no-history", "--no-tickets"], user="audit").stdout
    flat = " ".join(text.split())
    assert "changed msDS-AllowedToDelegateTo of HV02 was last changed 20" in flat
    assert "on DC1; who: Security event 4742 or 5136 on DC1, if it audits changes" in flat


def test_a_snapshot_holds_it(lab, tmp_path):
    saved = tmp_path / "estate.ldif"
    done = lab.run([KCDAUDIT, "snapshot", "-D", lab.domain, "-o", saved], user="audit")
    assert done.returncode == OK, done.stderr
    live = json_audit(lab, "--no-tickets").report
    done = lab.run([KCDAUDIT, "audit", "--ldif", saved, "-c", "/dev/null", "--no-history", "-f", "json"])
    assert done.returncode == FINDINGS, done.stderr
    offline = json.loads(done.stdout)
    told = {f["id"]: f["changed"] for f in live["findings"]}
    assert any(told.values())
    assert told == {f["id"]: f["changed"] for f in offline["findings"]}


def test_who_may_not_read_it_is_told_nothing(lab, tmp_path):
    """And nothing else suffers: neither a gap nor another finding."""
    whole = json_audit(lab, "--no-tickets").report
    queries = tmp_path / "queries"
    shutil.copytree(ROOT / "queries", queries)
    for path in queries.glob("*.ldap"):
        path.write_text(path.read_text().replace(" replPropertyMetaData", ""))
    report = json_audit(lab, "--no-tickets", "--queries", str(queries)).report
    assert all(f["changed"] == [] for f in report["findings"])
    assert report["run"]["gaps"] == whole["run"]["gaps"]
    assert {f["id"] for f in report["findings"]} == {f["id"] for f in whole["findings"]}
