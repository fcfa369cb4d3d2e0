"""-f jsonl, sarif and nagios: what SIEMs, code-scanning boards and monitoring read, in agreement with the JSON report."""

import json
import os
import re

import jsonschema
import pytest

import offline

LINE = jsonschema.Draft202012Validator(json.loads((offline.ROOT / "data/kcdaudit.jsonl.schema.json").read_text()))
PUBLISHED = json.loads((offline.ROOT / "tests/formats/sarif-2.1.0.schema.json").read_text())
SARIF = jsonschema.validators.validator_for(PUBLISHED)(PUBLISHED)
LEVELS = {"info": "note", "warning": "warning", "error": "error", "critical": "error"}
LINE_OF_PLUGIN = re.compile(r"KCDAUDIT (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+ \|((?: [a-z0-9_]+=(?:\d+|U))+)\n")


def three(case, directory):
    done = offline.audit(case, *[word for name in ("json", "jsonl", "sarif") for word in ("-f", f"{name}:{directory / name}")])
    assert done.returncode in (offline.OK, offline.FINDINGS, offline.INCOMPLETE), done.stderr
    lines = (directory / "jsonl").read_text().rstrip("\n").split("\n")
    return json.loads((directory / "json").read_text()), [json.loads(line) for line in lines], json.loads((directory / "sarif").read_text())


@pytest.mark.parametrize("case", offline.cases()[::5], ids=lambda path: path.name)
def test_the_same_findings(case, tmp_path):
    report, lines, log = three(case, tmp_path)
    for line in lines:
        LINE.validate(line)
    head, *rest = lines
    assert head["type"] == "run" and head["complete"] == report["run"]["complete"]
    assert head["grade"] == report["summary"]["grade"]
    assert all(line["time"] == report["run"]["started"] and line["domain"] == "contoso.test" for line in lines)
    assert [(line["what"], line["why"]) for line in rest if line["type"] == "gap"] == [
        (gap["what"], gap["why"]) for gap in report["run"]["gaps"]]
    common = {"schema", "type", "time", "domain", "run"}
    assert [{key: value for key, value in line.items() if key not in common} for line in rest
            if line["type"] == "finding"] == report["findings"]
    SARIF.validate(log)
    run = log["runs"][0]
    assert [result["partialFingerprints"]["kcdauditFinding/v1"] for result in run["results"]] == [
        finding["id"] for finding in report["findings"]]
    for result, finding in zip(run["results"], report["findings"]):
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == finding["rule"]
        unknown = finding["status"] == "unknown"
        assert (result["kind"], result["level"]) == (("open", "none") if unknown else ("fail", LEVELS[finding["severity"]]))
        assert ("suppressions" in result) == (finding["waived"] is not None)
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == len(report["run"]["gaps"])


def test_what_is_hostile_stays_one_line(hostile, tmp_path):
    _, lines, log = three(hostile, tmp_path)
    assert len(lines) > 1 and all(LINE.is_valid(line) for line in lines)
    SARIF.validate(log)
    assert LINE_OF_PLUGIN.fullmatch(offline.audit(hostile, "-f", "nagios").stdout.decode())


def plugin(case, *options):
    done = offline.audit(case, "-f", "nagios", *options)
    match = LINE_OF_PLUGIN.fullmatch(done.stdout.decode())
    assert match, done.stdout
    return match[1], done.returncode, dict(pair.split("=") for pair in match[2].split())


def fails(report):
    return any(report["summary"]["findings"][severity] for severity in ("error", "critical"))


def is_warned(report):
    return report["run"]["complete"] and report["summary"]["findings"]["warning"] and not fails(report)


def test_a_plugin_has_its_own_states(all_reports):
    fixtures = offline.ROOT / "fixtures"
    assert plugin(fixtures / "acc-01-fires")[:2] == ("CRITICAL", 2)
    assert plugin(fixtures / "acc-01-quiet")[:2] == ("OK", 0)
    numbers = plugin(fixtures / "acc-01-fires")[2]
    assert numbers["broken"] == "2" and numbers["error"] == "1" and numbers["gaps"] == "0"
    # A warning is one, until --fail-on says that it fails the audit.
    warned = fixtures / next(name for name, (report, *_) in all_reports.items() if is_warned(report))
    assert plugin(warned)[:2] == ("WARNING", 1)
    assert plugin(warned, "--fail-on", "warning")[:2] == ("CRITICAL", 2)
    unknown = fixtures / next(name for name, (report, *_) in all_reports.items() if not report["run"]["complete"] and not fails(report))
    assert plugin(unknown)[:2] == ("UNKNOWN", 3)
    # U is the guidelines' word for a value that could not be determined.
    assert plugin(unknown)[2]["grade_score"] == "U" and plugin(fixtures / "acc-01-quiet")[2]["grade_score"] == "100"


def test_a_plugin_without_an_audit_is_unknown():
    done = offline.run("audit", "--ldif", "/nonexistent", "-f", "nagios")
    assert done.returncode == 3
    assert done.stdout.decode() == "KCDAUDIT UNKNOWN - cannot read /nonexistent: No such file or directory\n"


def test_to_a_file_the_exit_status_is_the_usual_one(tmp_path):
    done = offline.audit(offline.ROOT / "fixtures/acc-01-fires", "-f", f"nagios:{tmp_path / 'line'}")
    assert done.returncode == offline.FINDINGS and (tmp_path / "line").read_text().startswith("KCDAUDIT CRITICAL")
    assert os.stat(tmp_path / "line").st_mode & 0o777 == 0o600
