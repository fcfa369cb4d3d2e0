"""What was read, of when it is, and by which bytes: in every report."""

import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree as xml

import pytest
from adexplorer import snapshot

HERE = pathlib.Path(__file__).parent
BINARY = os.environ["KCDAUDIT"]
DOMAIN, CONFIGURATION = "05a-domain.ldf", "05b-configuration.ldf"
TEXT = (HERE / "13-sid-as-text.ldif").read_text()
NOVEMBER = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.timezone.utc)


def audit(*files, form="json", stdin=b"", more=()):
    words = [word for file in files for word in ("--ldif", file)]
    done = subprocess.run([BINARY, "audit", *words, "-f", form, "-c", os.devnull, "--no-history", *more], cwd=HERE,
                          capture_output=True, input=stdin, env=dict(os.environ, LC_ALL="C.UTF-8"))
    assert not done.stderr, done.stderr
    return done.stdout.decode()


def run(*files, **more):
    return json.loads(audit(*files, **more))["run"]


def sum_of(data):
    return hashlib.sha256(data).hexdigest()


def entry(path):
    data = (HERE / path).read_bytes()
    return {"path": path, "sha256": sum_of(data), "bytes": len(data)}


def dated(tmp_path, time, name="dated.ldif"):
    file = tmp_path / name
    file.write_text(re.sub(r"(?m)^currentTime:.*\n", "currentTime: %s\n" % time if time else "", TEXT))
    return str(file)


def of_explorer(tmp_path, moment):
    file = tmp_path / "estate.dat"
    file.write_bytes(snapshot((HERE / DOMAIN).read_text(), int((moment.timestamp() + 11644473600) * 10_000_000)))
    return str(file)


def test_ldif_files_are_one_source():
    found = run(CONFIGURATION, "-", stdin=(HERE / DOMAIN).read_bytes())
    source, = found["sources"]
    assert found["source"] == {key: source[key] for key in ("kind", "uri", "dc", "domain", "data_time")}
    assert (source["kind"], source["dc"], source["domain"]) == ("ldif", "dc1.contoso.test", "contoso.test")
    assert source["uri"] == CONFIGURATION + ", standard input" and not source["snapshot"]
    assert source["files"] == [entry(CONFIGURATION), dict(entry(DOMAIN), path="-")]


@pytest.mark.parametrize("change", [
    lambda data: b"\xef\xbb\xbf" + data, lambda data: data + b"\x1a", lambda data: data.replace(b"\r", b""), lambda data: data.replace(b"\r", b"").replace(b"\n", b"\r\r\n"),
    lambda data: b"\xff\xfe" + data.decode().encode("utf-16-le"), lambda data: b"\xfe\xff" + data.decode().encode("utf-16-be"),
], ids=["mark", "ctrl-z", "lf", "crcrlf", "utf-16-le", "utf-16-be"])
def test_the_sum_is_of_the_bytes_as_they_came(tmp_path, change):
    data = change((HERE / DOMAIN).read_bytes())
    file = tmp_path / "domain.ldf"
    file.write_bytes(data)
    want = [{"path": str(file), "sha256": sum_of(data), "bytes": len(data)}]
    assert run(str(file))["sources"][0]["files"] == want
    assert run("-", stdin=data)["sources"][0]["files"] == [dict(want[0], path="-")]


def test_a_snapshot_of_ad_explorer_is_its_own_source(tmp_path):
    file = of_explorer(tmp_path, NOVEMBER)
    found = run(CONFIGURATION, file)
    ldif, explorer = found["sources"]
    assert (ldif["kind"], ldif["files"]) == ("ldif", [entry(CONFIGURATION)])
    assert (explorer["kind"], explorer["uri"], explorer["domain"]) == ("adexplorer", file, "contoso.test")
    assert (explorer["data_time"], explorer["dated_by"]) == ("2026-11-01T12:00:00Z", "saved")
    assert explorer["files"][0]["sha256"] == sum_of(pathlib.Path(file).read_bytes())
    assert found["source"]["uri"] == CONFIGURATION and ldif["domain"] is None
    # No change of one file's objects dates the other.
    assert (ldif["data_time"] is None) == (b"whenChanged" not in (HERE / CONFIGURATION).read_bytes())


def test_what_tells_the_time(tmp_path):
    clock = run(dated(tmp_path, "20261101120000.0Z"))["sources"][0]
    assert (clock["data_time"], clock["dated_by"]) == ("2026-11-01T12:00:00Z", "clock")
    newest = run(dated(tmp_path, None))["sources"][0]
    changes = [line.split()[1] for line in TEXT.splitlines() if line.startswith("whenChanged: ")]
    assert newest["dated_by"] == "newest-change"
    assert re.sub(r"[-:TZ]", "", newest["data_time"]) >= max(changes)[:14]
    said = audit(dated(tmp_path, None), form="text")
    assert re.search(r"data of \d{4}-\d\d-\d\d \d\d:\d\d UTC \(its newest change\) or later, at most \d+ days old", said)


def test_a_snapshot_by_kcdaudit_says_so(tmp_path):
    file = tmp_path / "estate.ldif"
    file.write_text("# kcdaudit snapshot: 1\n# read whole: entries\n\n" + (HERE / DOMAIN).read_text())
    source = run(str(file))["sources"][0]
    assert (source["kind"], source["snapshot"], source["dated_by"]) == ("ldif", True, "clock")
    assert "estate.ldif: snapshot by kcdaudit, " in " ".join(audit(str(file), form="text").split())


def test_old_data_is_told_in_every_report(tmp_path):
    file = dated(tmp_path, "20261101120000.0Z")
    total, time = sum_of(pathlib.Path(file).read_bytes()), "2026-11-01T12:00:00Z"
    text, page = audit(file, form="text"), audit(file, form="html")
    for said in (text, page):
        assert re.search(r"2026-11-01 12:00 UTC, \d+ days old", said) and total in said
        assert "What has changed since then is not in this report" in said
    assert "data of 2026-11-01 12:00 UTC: what has changed since then is not in it" in audit(file, form="text", more=["-q"])
    assert "<li>dated.ldif: LDIF, " in page  # a page is handed on: without folders
    assert re.search(r"; data of 2026-11-01 12:00 UTC, \d+ days old \|", audit(file, form="nagios"))
    head = json.loads(audit(file, form="jsonl").splitlines()[0])
    assert head["data_time"] == time and head["sources"][0]["files"][0]["sha256"] == total
    sarif = json.loads(audit(file, form="sarif"))["runs"][0]
    assert [artifact["hashes"]["sha-256"] for artifact in sarif["artifacts"]] == [total]
    assert sarif["properties"]["sources"] == run(file)["sources"]
    suites = xml.fromstring(audit(file, form="junit")).findall("testsuite")
    for suite in suites:
        told = {item.get("name"): item.get("value") for item in suite.iter("property")}
        assert told["data_time"] == time and told["sha256:" + file] == total
    assert suites
    assert '\nkcdaudit_data_timestamp_seconds{domain="contoso.test"} %d.000\n' % NOVEMBER.timestamp() in audit(file, form="prometheus")


def test_fresh_data_needs_no_warning(tmp_path):
    now = datetime.datetime.now(datetime.timezone.utc)
    file = dated(tmp_path, now.strftime("%Y%m%d%H%M%S.0Z"))
    for form in ("text", "html"):
        assert "since then" not in audit(file, form=form)
    assert "since then" not in audit(file, form="text", more=["-q"])


def test_without_any_time_it_is_unknown(tmp_path):
    text = re.sub(r"(?m)^(pwdLastSet|lastLogonTimestamp|whenChanged|currentTime):.*\n", "", TEXT)
    file = tmp_path / "export.ldif"
    file.write_text(text)
    source = run(str(file))["sources"][0]
    assert source["data_time"] is None and source["dated_by"] is None
    assert "data of an unknown date" in audit(str(file), form="text")
    assert '\nkcdaudit_data_timestamp_seconds{domain="contoso.test"} 0.000\n' in audit(str(file), form="prometheus")
