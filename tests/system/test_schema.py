"""The published schema: sound in itself, strict, and held to by every report (harness.py validates each it reads)."""

import copy
import json

import jsonschema
import pytest

from harness import Lab, audit, json_audit, validator


def build(e):
    e.host("HV01", t2a4d=True, delegate_to=["HV02"])
    e.host("HV02", t2a4d=True, delegate_to=["HV01"], spns=e.spns("HV02", ["HOST"]), dns_host_name=None)
    e.host("HV03", delegate_to=["HV01", "GONE"])
    e.rbcd("HV01", trustees=["HV03"])
    e.user("audit")
    e.deny_read("HV03", "msDS-AllowedToDelegateTo", "audit")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def report(lab):
    return json_audit(lab, "--host", "HV0?").report


def test_the_schema_is_sound():
    jsonschema.Draft202012Validator.check_schema(validator().schema)


@pytest.mark.parametrize("options", [[], ["--no-tickets"], ["--all-pairs"], ["--host", "HV01"], ["--host", "HV0?"],
                                     ["-q"], ["-v", "--all-pairs"]], ids=str)
def test_reports_of_every_kind_are_valid(lab, options):
    assert audit(lab, "-f", "json", *options).report


def test_an_offline_report_is_valid(lab, tmp_path):
    dump = tmp_path / "dump.ldif"
    lab.dump_ldif(dump)
    assert audit(lab, "-f", "json", "--ldif", dump, user=None).report["run"]["principal"] is None


def walk(value, path=()):
    """Every place in the report."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from walk(value[key], (*path, key))
    elif isinstance(value, list) and value:
        yield from walk(value[0], (*path, 0))


def at(report, path):
    for key in path:
        report = report[key]
    return report


def test_nothing_can_be_left_out_or_added(report):
    """An absent or an unknown member is an error everywhere but in evidence, which is free."""
    sound = validator()
    checked = 0
    for path in list(walk(report)):
        if "evidence" in path or not isinstance(at(report, path), dict):
            continue
        for key in list(at(report, path)):
            less = copy.deepcopy(report)
            del at(less, path)[key]
            if key not in ("cifs", "migration", "winrm", "members") and path[-1:] != ("frameworks",):
                assert not sound.is_valid(less), (path, key)
        more = copy.deepcopy(report)
        at(more, path)["unheard-of"] = 1
        assert not sound.is_valid(more), path
        checked += 1
    assert checked > 10


@pytest.mark.parametrize("path, value", [
    (("schema",), "kcdaudit.report/3"), (("pairs", 0, "verdict"), "fine"), (("findings", 0, "severity"), "fatal"),
    (("findings", 0, "status"), "pass"), (("summary", "pairs"), -1), (("run", "started"), "yesterday"),
    (("run", "source", "kind"), "file"), (("hosts", 0, "sid"), "S-2-5"), (("fixes", 0, "kind"), "magic")])
def test_values_outside_the_contract_are_refused(report, path, value):
    changed = copy.deepcopy(report)
    at(changed, path[:-1])[path[-1]] = value
    assert not validator().is_valid(changed)


def test_everything_is_sorted(report):
    assert [h["name"] for h in report["hosts"]] == sorted(h["name"] for h in report["hosts"])
    ends = [(p["source"], p["target"]) for p in report["pairs"]]
    assert ends == sorted(ends)
    keys = [(f["rule"], f["subject"], f["id"]) for f in report["findings"]]
    assert keys == sorted(keys)
    for finding in report["findings"]:
        targets = [(t["target"] or "", t["spn"] or "") for t in finding["targets"]]
        assert targets == sorted(targets)
        assert len(targets) == 1 or finding["target"] is finding["spn"] is None
    assert [f["id"] for f in report["fixes"]] == sorted(f["id"] for f in report["fixes"])
    ids = [f["id"] for f in report["findings"]]
    assert len(ids) == len(set(ids)), "an id names one finding"


def test_findings_name_only_fixes_that_are_there(report):
    known = {f["id"] for f in report["fixes"]}
    named = {fix for f in report["findings"] for fix in f["fixes"]}
    assert named == known, "and no fix is there without a reason"


def test_completeness_is_what_the_gaps_say(lab, report):
    assert report["run"]["complete"] is False and report["run"]["gaps"]
    assert json_audit(lab, "--host", "HV01,HV02", "--no-tickets").report["run"]["complete"] is True


def test_json_goes_to_one_line_per_member_and_ends_in_a_newline(lab):
    text = audit(lab, "-f", "json", "--no-tickets").out
    assert text.endswith("}\n") and json.loads(text)
