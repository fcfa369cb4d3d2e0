"""--facts: in whatever language and encoding a host wrote it, the same; whatever is wrong with a file, one line."""

import json
from pathlib import Path

import jsonschema
import pytest

import hostfacts

ROOT = Path(__file__).resolve().parents[2]
FACTS = jsonschema.Draft202012Validator(json.loads((ROOT / "data/kcdaudit.facts.schema.json").read_text()))
REPORT = jsonschema.Draft202012Validator(json.loads((ROOT / "data/kcdaudit.report.schema.json").read_text()))


def spoil(hosts):
    """Something of everything."""
    one, other = hosts["HV01"], hosts["HV02"]
    one["hyperv"].update(authentication=0, maximum_migrations=0)
    other["listening"]["ports"] = [445]
    other["firewall"]["allowed"][3]["rules"] = []
    other["rights"]["list"][0]["principals"] = []
    other["addresses"]["list"] = ["172.16.0.1/12"]
    one["clock"]["offset_seconds"] = -400.5


ALL = [("HST-01", "HV01", "fail"), ("HST-02", "HV01", "fail"), ("HST-03", "HV01", "fail"), ("HST-04", "HV01", "fail"),
       ("HST-05", "HV01", "fail"), ("HST-05", "HV02", "fail"), ("HST-06", "HV02", "fail"),
       ("HST-07", "HV02", "fail"), ("HST-08", "HV02", "fail"), ("HST-09", "HV02", "fail"), ("HST-10", "HV02", "fail"),
       ("HST-11", "HV01", "fail")]


@pytest.mark.parametrize("language", hostfacts.LANGUAGES)
def test_every_language_says_the_same(place, language):
    place.estate.user("alice")
    place.hosts = hostfacts.Hosts("HV01", "HV02", language=language)
    spoil(place.hosts)
    for told in place.hosts.values():
        FACTS.validate(told)
    place.write()
    assert place.findings("--operator", "alice") == ALL


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_of_windows(place, encoding):
    facts = place.write()
    for path in facts.iterdir():
        path.write_bytes(json.dumps(place.hosts[path.stem], ensure_ascii=False).encode(encoding))
    report = place.audit()
    assert [one["state"] for one in report["run"]["facts"]] == ["used", "used"] and not report["findings"]
    REPORT.validate(report)


def test_a_directory_is_its_files(place):
    spoil(place.hosts)
    place.write()
    (place.directory / "facts" / "notes.txt").write_text("no facts")
    whole = place.findings()
    assert whole == place.findings(facts=["facts/HV01.json", "facts/HV02.json"])
    assert whole == place.findings(facts=["facts", "facts/HV02.json"]), "a file that is named twice is one"
    half = place.findings(facts=["facts/HV01.json"])
    assert half == [one for one in whole if one[1] == "HV01" and one[0] != "HST-03"], "a silent host is not judged"


def test_nobody_is_asked_without_facts(place):
    spoil(place.hosts)
    place.write()
    report = place.audit(facts=[])
    assert not report["findings"] and "facts" not in report["run"]


def test_the_newer_file_of_a_host_counts(place):
    place.hosts["old"] = hostfacts.facts("HV02", number=2)
    place.hosts["old"]["collected"] = "2026-10-01T00:00:00Z"
    place.hosts["old"]["hyperv"]["migration_enabled"] = False
    place.write()
    assert place.findings() == []
    states = {one["path"]: one["state"] for one in place.audit()["run"]["facts"]}
    assert states == {"facts/HV01.json": "used", "facts/HV02.json": "used", "facts/old.json": "older"}
    text = place.run("audit", "--no-history").stdout.decode()
    assert "not used: facts/old.json, as another file of HV02 is newer, or says the same" in " ".join(text.split())


@pytest.mark.parametrize("name", ["HV01", "zz"])
def test_two_files_of_one_time_that_differ_are_refused(place, name):
    """Else the first by its name would be believed."""
    place.hosts[name] = hostfacts.facts("HV02", number=2)
    place.hosts["HV02"] = hostfacts.facts("HV02", number=2)
    place.write()
    place.audit()  # the same twice is nothing to ask about
    place.hosts[name]["hyperv"]["migration_enabled"] = False
    place.write()
    done = place.run("audit", "--no-history")
    assert done.returncode == 2 and not done.stdout and done.stderr.count(b"\n") == 1
    assert b"are both of HV02, of the same time, and differ" in done.stderr and b"facts/%s.json" % name.encode() in done.stderr
    place.hosts["newer"] = hostfacts.facts("HV02", number=2)
    place.hosts["newer"]["collected"] = "2026-11-30T00:00:00Z"
    place.write()
    assert {one["path"]: one["state"] for one in place.audit()["run"]["facts"]}["facts/newer.json"] == "used"


def test_hosts_are_found_by_their_names(place):
    """By the full name in any case; by the short one only in the domain that the host says."""
    place.hosts["HV01"]["host"].update(fqdn="HV01.CONTOSO.TEST", name="hv01")
    place.hosts["HV02"]["host"].update(fqdn=None)
    place.hosts["else"] = hostfacts.facts("HV02")
    place.hosts["else"]["host"].update(fqdn="hv02.fabrikam.test", domain="fabrikam.test")
    place.hosts["else"]["hyperv"]["migration_enabled"] = False
    place.write()
    states = {one["path"]: one["state"] for one in place.audit()["run"]["facts"]}
    assert states == {"facts/HV01.json": "used", "facts/HV02.json": "used", "facts/else.json": "unknown-host"}
    assert place.findings() == []


def test_the_age_is_said(place):
    place.write()
    text = " ".join(place.run("audit", "--no-history").stdout.decode().split())
    assert "facts of HV01 were collected 2026-11-18 09:12 UTC, 2 days before the directory's data" in text


def test_no_facts_make_a_broken_pair_ready(place):
    place.estate["HV01"]["msDS-AllowedToDelegateTo"] = []
    place.write()
    before = [(one["source"], one["target"], one["verdict"]) for one in place.audit(facts=[])["pairs"]]
    assert ("HV01", "HV02", "broken") in before
    assert before == [(one["source"], one["target"], one["verdict"]) for one in place.audit()["pairs"]]


def test_facts_make_no_ready_pair_broken_but_the_headline_says_it(place):
    spoil(place.hosts)
    place.write()
    assert {one["verdict"] for one in place.audit()["pairs"]} == {"ready"}
    done = place.run("audit", "--no-history")
    assert done.returncode == 1
    assert "by their own settings 2 hosts are not ready for it" in " ".join(done.stdout.decode().split())


def refused(place, *words, facts=("facts",)):
    done = place.run("audit", "--no-history", *words, facts=facts)
    assert not done.stdout and done.stderr.count(b"\n") == 1, done.stderr
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize("data, words", ids=range(13), argvalues=[
    (b"", "is empty"),
    (b"\xef\xbb\xbf \n", "is empty"),
    (b"#< CLIXML\n<Objs/>", "is no JSON"),
    (b'[{"schema": "kcdaudit.facts/1"}]', "a list, and a file is of one host"),
    (b'{"schema": "kcdaudit.facts/1"}\n{"schema": "kcdaudit.facts/1"}', "line 2: something follows the facts of a host"),
    (b"{", "line 1"),
    (b"\x00" * 100, "is no JSON"),
    (b"[" * 100000, "maximum parsing depth"),
    (b'{"schema": "kcdaudit.report/2"}', "its schema is kcdaudit.report/2"),
    (b'{"a": 1}', 'it has no "schema"'),
    (b'{"schema": "kcdaudit.facts/1", "collected": 1' + b"0" * 400 + b"}", "too big integer"),
    (b'{"schema": "\\u001b[2J"}', "its schema is"),
    (b" " * (5 << 20), "larger"),
])
def test_what_is_no_file_of_facts_is_refused_in_a_line(place, data, words):
    facts = place.write()
    (facts / "HV02.json").write_bytes(data)
    status, line = refused(place)
    assert status in (2, 4) and "facts/HV02.json" in line and words in line and "\x1b" not in line


def test_a_value_of_another_type_is_named(place):
    place.hosts["HV02"]["groups"]["list"][1]["members"] = [{"sid": "alice"}]
    place.write()
    status, line = refused(place)
    assert status == 4 and "facts/HV02.json: groups.sid: a SID" in line


def test_a_decimal_comma_is_no_number(place):
    place.hosts["HV01"]["clock"]["offset_seconds"] = "0,25"
    place.write()
    status, line = refused(place)
    assert status == 4 and "clock.offset_seconds: a number of seconds was expected" in line


@pytest.mark.parametrize("path, words", [("nowhere", "nowhere"), ("empty", "no *.json in it"), ("empty/x.json", "x.json")])
def test_what_is_not_there_is_said_before_anything_is_read(place, path, words):
    place.write()
    (place.directory / "empty").mkdir()
    status, line = refused(place, facts=[path])
    assert status == 2 and words in line


def test_hostile_names_go_nowhere_raw(place):
    evil = "\x1b]0;x\x07<script>alert(1)</script>\u202e=cmd|'/c calc'!A1\n"
    place.hosts["HV02"]["groups"]["list"][1]["members"] = [{"sid": "S-1-5-21-9-9-9-1", "name": evil}]
    place.hosts["HV02"]["host"]["cluster"] = evil
    place.hosts["HV01"]["hyperv"] = None
    place.hosts["HV01"]["not_read"] = [{"fact": "hyperv", "why": evil}]
    place.estate.user("alice")
    place.write()
    for words in (("audit", "--no-history", "-f", "text"), ("audit", "--no-history", "-f", "html"),
                  ("audit", "--no-history", "-f", "csv"), ("check", "HV01", "HV02"),
                  ("diagnose", "0x80070005", "HV01", "HV02", "-v")):
        out = place.run(*words, "--operator", "alice").stdout.decode()
        assert "\x1b]0" not in out and "\x07" not in out, words
        assert "csv" in words or "\u202e" not in out, words
        assert "html" not in words or "<script>alert" not in out


def test_history_does_not_take_silence_for_a_fix(place):
    def audit(facts):
        done = place.run("audit", "-f", "json:report.json", "--history", "history.sqlite", facts=facts)
        assert done.returncode in (0, 1), done.stderr

    def diff():
        done = place.run_plain("diff", "--history", "history.sqlite", "-f", "json")
        return {one["rule"] for one in json.loads(done.stdout)["findings"] if one["change"] == "mended"}

    place.hosts["HV01"]["hyperv"]["authentication"] = 0
    place.hosts["HV01"]["credential_guard"]["running"] = False
    place.write()
    audit(["facts"])
    audit([])
    assert not diff(), "nobody looked"
    place.hosts["HV01"]["hyperv"]["authentication"] = 1
    place.write()
    audit(["facts"])
    assert diff() == {"HST-02", "HST-03"}
