"""Exports as administrators make them: what is in them is judged, what is not is said."""

import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
BINARY = os.environ["KCDAUDIT"]
TWO = ("--host", "HV01", "--host", "HV02")


def audit(file, *more, form="json"):
    argv = [BINARY, "audit", "--ldif", file, "-f", form, "-c", os.devnull, "--no-history", "--all-pairs", *more]
    return subprocess.run(argv, cwd=HERE, capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))


def report(file, *more):
    done = audit(file, *more)
    assert done.returncode in (0, 1, 3), done.stderr
    return json.loads(done.stdout)


def verdicts(found):
    return sorted(pair["verdict"] for pair in found["pairs"])


def gaps(found):
    return {gap["what"]: gap["why"] for gap in found["run"]["gaps"]}


@pytest.mark.parametrize("file", ["02-two-u-joined.ldf", "04-ctrl-z-at-end.ldf", "11-deleted-object.ldif",
                                  "13-sid-as-text.ldif"])
def test_read_whole(file):
    found = report(file)
    assert verdicts(found) == ["ready", "ready"] and not found["findings"]


def test_a_source_whose_groups_are_in_doubt():
    """A denial of one group that cannot be read decides one way, and leaves the other open."""
    argv = [BINARY, "audit", "--ldif", "15-rbcd-false-ready.ldif", "-f", "json", "-c", "15-16.conf", "--no-history",
            "--all-pairs"]
    done = subprocess.run(argv, cwd=HERE, capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
    assert verdicts(json.loads(done.stdout)) == ["broken", "unknown"]


def test_a_conditional_denial_of_somebody_else():
    found = report("17-callback-deny-of-another.ldif", *TWO)
    assert found["summary"]["ready"] == 1 and found["summary"]["pairs"] == 2


def test_joined_by_copy_with_marks_of_utf8(tmp_path):
    """`copy /b` keeps each file's byte order mark, also that of UTF-8."""
    text = (HERE / "13-sid-as-text.ldif").read_bytes()
    head, tail = text.split(b"\n\n", 2)[0:2], text.split(b"\n\n", 2)[2]
    joined = tmp_path / "joined.ldif"
    joined.write_bytes(b"\xef\xbb\xbf" + b"\n\n".join(head) + b"\n\n\xef\xbb\xbf" + tail)
    assert verdicts(report(joined)) == ["ready", "ready"]


@pytest.mark.parametrize("file, attribute", [
    ("08-l-without-delegation-list.ldf", "msDS-AllowedToDelegateTo"),
    ("10-l-spn-and-name-only.ldf", "userAccountControl"),
    ("10-l-spn-and-name-only.ldf", "objectClass"),
])
def test_what_was_not_exported_is_not_empty(file, attribute):
    found = report(file, *TWO)
    assert verdicts(found) == ["unknown", "unknown"]
    assert gaps(found)[attribute] == "not exported: add it to ldifde -l"
    assert not [f["id"] for f in found["findings"] if f["status"] == "fail"]
    text = audit(file, *TWO, form="text").stdout
    assert "no right" not in text
    told = [f["detail"] for f in found["findings"]] + [r for p in found["pairs"] for s in p["services"].values()
                                                       for r in s["reasons"]]
    assert not [t for t in told if "could not be read" in t or "an account that may, then" in t]


def test_one_reason_is_told_once():
    """Attributes that were not exported stand in one line, however many there are."""
    found = report("10-l-spn-and-name-only.ldf", *TWO)
    missing = [w for w, why in gaps(found).items() if why == "not exported: add it to ldifde -l"]
    text = " ".join(audit("10-l-spn-and-name-only.ldf", *TWO, form="text").stdout.split())
    assert len(missing) > 2 and text.count("not exported: add it to ldifde -l") == 1
    assert "objectClass, objectSid" in text


@pytest.mark.parametrize("time, age", [("20260101120000.0Z", "days old"), (None, None)])
def test_the_report_says_how_old_its_data_is(tmp_path, time, age):
    text = (HERE / "13-sid-as-text.ldif").read_text()
    text = re.sub(r"(?m)^(pwdLastSet|lastLogonTimestamp|whenChanged):.*\n", "", text)
    text = re.sub(r"(?m)^currentTime:.*\n", "currentTime: %s\n" % time if time else "", text)
    file = tmp_path / "export.ldif"
    file.write_text(text)
    data = report(file)["run"]["source"]["data_time"]
    said = audit(file, form="text").stdout.split("\n\n")[0]
    page = audit(file, form="html").stdout
    if time:
        assert data == "2026-01-01T12:00:00Z"
        assert re.search(r"data of 2026-01-01 12:00 UTC, \d+ days old", said)
        assert re.search(r"2026-01-01 12:00 UTC, \d+ days old", page)
    else:
        assert data is None and "data of an unknown date" in said


def test_no_forest_without_partitions(tmp_path):
    """Another domain may hold the same SPN: without CN=Partitions nobody knows which domains there are."""
    records = (HERE / "13-sid-as-text.ldif").read_text().split("\n\n")
    file = tmp_path / "domain.ldif"
    file.write_text("\n\n".join(r for r in records if "CN=Partitions" not in r))
    found = report(file)
    assert verdicts(found) == ["unknown", "unknown"] and not found["run"]["complete"]
    assert "CN=Partitions" in gaps(found)["owners of SPNs in the rest of the forest"]


@pytest.mark.parametrize("attribute", ["servicePrincipalName", "dNSHostName", "objectSid", "primaryGroupID",
                                       "userAccountControl", "msDS-SupportedEncryptionTypes"])
def test_what_every_domain_has_was_not_exported_where_nobody_has_it(tmp_path, attribute):
    """`ldifde -l` with nearly everything: a host without SPNs is a finding, a file without SPNs is none."""
    text = (HERE / "13-sid-as-text.ldif").read_text()
    assert "\npwdLastSet: " in text and "\n " not in text
    file = tmp_path / "list.ldif"
    file.write_text(re.sub(rf"(?m)^{attribute}: .*\n", "", text))
    found = report(file, *TWO)
    assert verdicts(found) == ["unknown", "unknown"]
    assert gaps(found)[attribute] == "not exported: add it to ldifde -l"
    assert not [f["id"] for f in found["findings"] if f["status"] == "fail" and f["severity"] == "error"]


def test_a_list_that_nobody_has_may_be_hidden():
    """The file cannot tell; what a usual value would not overturn stays decided."""
    found = report("13-sid-as-text.ldif")
    why = gaps(found)["msDS-AllowedToActOnBehalfOfOtherIdentity"]
    assert "is on no account of this export" in why and not found["run"]["complete"]


def test_ages_are_those_of_the_data(tmp_path):
    """An export of ten years ago without the rootDSE: its hosts were alive on its own last day."""
    text = re.sub(r"(?m)^(pwdLastSet|lastLogonTimestamp): (\d+)",
                  lambda m: "%s: %d" % (m[1], int(m[2]) - 10 * 365 * 86400 * 10**7),
                  (HERE / "13-sid-as-text.ldif").read_text())
    text = re.sub(r"(?m)^whenChanged: \d{4}", "whenChanged: 2016", text)
    file = tmp_path / "no-root.ldif"
    file.write_text("\n\n".join(r for r in text.split("\n\n") if "currentTime" not in r))
    found = report(file)
    assert verdicts(found) == ["ready", "ready"]
    assert "ACC-04" not in {f["rule"] for f in found["findings"]}


@pytest.mark.parametrize("file, name", [
    ("20-csvde.csv", "csvde"), ("21-get-adcomputer.json", "JSON"), ("23-get-adcomputer-fl.txt", "Get-ADComputer"),
    ("24-setspn-L.txt", "setspn -L"), ("25-adexplorer-head.dat", "AD Explorer"),
])
def test_other_formats_are_refused_by_name(file, name):
    done = audit(file)
    lines = done.stderr.splitlines()
    assert done.returncode == 4 and not done.stdout and len(lines) == 1
    assert file in lines[0] and name in lines[0] and "ldifde" in lines[0]
