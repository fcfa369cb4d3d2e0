"""-f junit: valid by the published schema, and in agreement with the JSON report of the same audit."""

import subprocess
import xml.etree.ElementTree as ElementTree
from collections import defaultdict

import pytest

import offline

SCHEMA = offline.ROOT / "data/kcdaudit.junit.xsd"
LEVELS = ["info", "warning", "error", "critical"]


def validate(tmp_path, *texts):
    """xmllint's word, not ours."""
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / f"{number}.xml")
        paths[-1].write_bytes(text)
    done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", SCHEMA, *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:2000]
    assert done.stderr.count(" validates") == len(paths)


def parse(raw):
    return ElementTree.fromstring(raw)


def state(case):
    return next(("pass" if child.tag == "system-out" else child.tag for child in case), "pass")


def expected_states(report, fail_on="error"):
    """(rule, subject) -> failure, error, pass or skipped, by what the findings say."""
    found = defaultdict(set)
    for finding in report["findings"]:
        milder = LEVELS.index(finding["severity"]) < LEVELS.index(fail_on)
        word = "waived" if finding["waived"] else "told" if finding["status"] == "fail" and milder else finding["status"]
        found[finding["rule"], finding["subject"]].add(word)
    return {key: "failure" if "fail" in states else "error" if "unknown" in states else "pass" if "told" in states else "skipped"
            for key, states in found.items()}


def test_every_fixture_validates(all_reports, tmp_path):
    validate(tmp_path, *[junit for _, junit, _, _ in all_reports.values()])


def test_the_schema_can_say_no(all_reports, tmp_path):
    good = all_reports["demo"][1]
    for wrong in (good.replace(b' failures="', b' failed="', 1), good.replace(b'type="error"', b'type="bad"'),
                  good.replace(b"<testcase ", b"<case ", 1)):
        assert wrong != good
        with pytest.raises(AssertionError):
            validate(tmp_path, wrong)


def test_cases_are_the_findings_of_the_json_report(all_reports):
    kinds = set()
    for name, (report, raw, _, _) in all_reports.items():
        expected = expected_states(report)
        got = {(suite.get("name"), case.get("name")): state(case)
               for suite in parse(raw) if suite.get("name") != "evidence" for case in suite}
        got = {key: value for key, value in got.items() if key[1]}
        assert {key: got.get(key) for key in expected} == expected, name
        rest = {value for key, value in got.items() if key not in expected}
        assert rest <= {"pass", "skipped"}, (name, rest)
        kinds |= set(expected.values()) | rest
    assert kinds == {"pass", "failure", "error", "skipped"}


def test_the_sums_add_up(all_reports):
    for name, (report, raw, _, _) in all_reports.items():
        root = parse(raw)
        total = defaultdict(int)
        for suite in root:
            cases = suite.findall("testcase")
            counts = {"tests": len(cases), "failures": len(suite.findall("testcase/failure")),
                      "errors": len(suite.findall("testcase/error")),
                      "skipped": len(suite.findall("testcase/skipped"))}
            assert {key: int(suite.get(key)) for key in counts} == counts, (name, suite.get("name"))
            assert len({case.get("name") for case in cases}) == len(cases) or suite.get("name") == "evidence"
            for key, count in counts.items():
                total[key] += count
        assert {key: int(root.get(key)) for key in ("tests", "failures", "errors")} == {
            key: total[key] for key in ("tests", "failures", "errors")}, name
        expected = list(expected_states(report).values())
        assert int(root.get("failures")) == expected.count("failure"), name
        assert int(root.get("errors")) == expected.count("error") + len(report["run"]["gaps"]) \
            + report["summary"]["edges"]["unknown"], name


def test_a_green_report_is_a_complete_one(all_reports):
    """Whatever was left unread is an error somewhere: CI must not show an audit without evidence as passed."""
    seen = set()
    for name, (report, raw, _, _) in all_reports.items():
        green = int(parse(raw).get("failures")) == int(parse(raw).get("errors")) == 0
        seen.add((green, report["run"]["complete"]))
        assert not green or report["run"]["complete"], name
    assert (True, True) in seen and (False, False) in seen


def test_a_failure_says_what_to_do(all_reports):
    report, raw, _, _ = all_reports["demo"]
    suite = next(s for s in parse(raw) if s.get("name") == "SPN-01")
    case = next(c for c in suite.findall("testcase") if c.get("name") == "HV03")
    findings = [f for f in report["findings"] if f["rule"] == "SPN-01"]
    failure = case.find("failure")
    assert failure.get("type") == findings[0]["severity"]
    assert len(findings) == 1 and len(findings[0]["targets"]) == 2
    assert failure.get("message") == findings[0]["title"] and findings[0]["detail"] in failure.text
    for target in findings[0]["targets"]:
        assert target["spn"] in failure.text
    for key, values in findings[0]["evidence"].items():
        for value in values if isinstance(values, list) else [values]:
            assert f"{key}: {value}" in failure.text
    fix = next(f for f in report["fixes"] if f["id"] == "spn:HV03")
    assert all(failure.text.count(line) == 1 for line in fix["commands"]["setspn"])
    assert case.get("classname") == "kcdaudit.SPN-01"
    assert suite.find("properties/property").get("name") == "title"


def test_the_type_is_the_worst_severity(all_reports):
    for name, (report, raw, _, _) in all_reports.items():
        worst = defaultdict(int)
        for f in report["findings"]:
            if f["status"] == "fail" and not f["waived"] and LEVELS.index(f["severity"]) >= LEVELS.index("error"):
                key = f["rule"], f["subject"]
                worst[key] = max(worst[key], LEVELS.index(f["severity"]))
        got = {(suite.get("name"), case.get("name")): LEVELS.index(case.find("failure").get("type"))
               for suite in parse(raw) for case in suite.findall("testcase") if case.find("failure") is not None}
        assert got == worst, name


def test_a_waived_finding_is_skipped_with_its_reason(all_reports):
    report, raw, _, _ = all_reports["del-07-waived"]
    waived = next(f for f in report["findings"] if f["waived"])
    suite = next(s for s in parse(raw) if s.get("name") == waived["rule"])
    case = next(c for c in suite.findall("testcase") if c.get("name") == waived["subject"])
    assert state(case) == "skipped"
    assert case.find("skipped").get("message").startswith("waived: " + waived["waived"]["reason"])


def test_when_where_and_how_long(all_reports):
    report, raw, _, _ = all_reports["demo"]
    root = parse(raw)
    started = report["run"]["started"]
    host = subprocess.run(["uname", "-n"], capture_output=True, text=True, check=True).stdout.strip()
    assert {suite.get("timestamp") + "Z" for suite in root} == {started}
    assert {suite.get("hostname") for suite in root} == {host}
    assert float(root.get("time")) == report["run"]["duration_ms"] / 1000


def test_hostile_names_stay_text(hostile, tmp_path):
    """Neither markup nor what XML 1.0 cannot hold gets through; nothing is lost silently."""
    report, raw, _, _ = offline.reports(hostile)
    validate(tmp_path, raw)
    root = parse(raw)
    assert {element.tag for element in root.iter()} == {"testsuites", "testsuite", "properties", "property", "testcase",
                                                        "failure", "error", "skipped"}
    text = next(s for s in root if s.get("name") == "DEL-05").find("testcase/failure").text
    for name in offline.MARKUP:
        assert "cifs/" + name in text
    assert "a\ufffdb" in text, "what cannot be said shows that it was there"
    assert all(c in "\t\n\r" or "\x20" <= c <= "\ufffd" for c in raw.decode("utf-8"))


def test_what_does_not_fail_the_audit_is_no_failure(all_reports):
    """A warning is told in its case, which passes; with --fail-on warning it fails."""
    told = {name: suite.get("name") for name, (_, raw, _, _) in all_reports.items() for suite in parse(raw)
            if suite.find("testcase/system-out") is not None}
    name, rule = next((name, rule) for name, rule in told.items() if (offline.FIXTURES / name).is_dir())
    before = next(case for suite in parse(all_reports[name][1]) if suite.get("name") == rule for case in suite
                  if case.find("system-out") is not None)
    assert before.find("failure") is None and "warning: " in before.find("system-out").text or "info: " in before.find("system-out").text
    stricter = parse(offline.audit(offline.FIXTURES / name, "-f", "junit", "--fail-on", "info").stdout)
    again = next(case for suite in stricter if suite.get("name") == rule for case in suite if case.get("name") == before.get("name"))
    assert again.find("failure") is not None
