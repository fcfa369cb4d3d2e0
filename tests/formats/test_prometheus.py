"""-f prometheus: what promtool and node_exporter's textfile collector take, and what the JSON report says."""

import collections
import math
import os
import re
import shutil
import stat
import subprocess
import time

import pytest

import offline
from patience import PATIENCE_S

VERDICTS = {"ready", "degraded", "broken", "unknown"}
SEVERITIES = {"critical", "error", "warning", "info"}
METRICS = {"kcdaudit_pairs", "kcdaudit_edges", "kcdaudit_edges_undeclared", "kcdaudit_edges_tier0", "kcdaudit_chains",
           "kcdaudit_findings", "kcdaudit_rule_findings", "kcdaudit_findings_waived", "kcdaudit_findings_not_determined",
           "kcdaudit_grade_score", "kcdaudit_grade_determined", "kcdaudit_gaps", "kcdaudit_data_timestamp_seconds", "kcdaudit_causes", "kcdaudit_fix_first_pairs", "kcdaudit_fix_first_edges",
           "kcdaudit_hosts", "kcdaudit_tickets", "kcdaudit_complete",
           "kcdaudit_last_run_timestamp_seconds", "kcdaudit_duration_seconds"}
SAMPLE = re.compile(r'^([a-z0-9_]+)\{domain="contoso.test"(?:,([a-z]+)="([A-Za-z0-9-]+)")?(?:,severity="([a-z]+)")?\} ([0-9]+(?:\.[0-9]+)?|NaN)$')


def samples(raw):
    """(metric, label value or None) -> value, of a rule (metric, rule, severity); each line is one of the format."""
    found = {}
    for line in raw.decode("ascii").splitlines():
        if not line.startswith("# "):
            name, label, value, severity, number = SAMPLE.match(line).groups()
            assert (label == "rule") == (severity is not None)
            key = (name, value, severity) if severity else (name, value)
            assert key not in found
            found[key] = float(number)
    return found


def test_promtool_has_nothing_to_say(all_reports):
    """`promtool check metrics` parses, and lints names, units and help."""
    assert shutil.which("promtool"), "promtool is not installed: make deps"
    for name in ("demo", "ready", "hostile-names", "thin-export", "del-07-waived"):
        done = subprocess.run(["promtool", "check", "metrics"], input=all_reports[name][3], capture_output=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), name


def test_promtool_can_say_no(all_reports):
    bad = all_reports["demo"][3].replace(b"# TYPE kcdaudit_hosts gauge\n", b"# TYPE kcdaudit_hosts counter\n")
    done = subprocess.run(["promtool", "check", "metrics"], input=bad, capture_output=True)
    assert done.returncode != 0


def test_each_metric_has_help_and_type(all_reports):
    text = all_reports["demo"][3].decode()
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert set(re.findall(r"^# HELP (\S+) \S.*$", text, re.M)) == METRICS
    assert re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M) == [
        (name, "gauge") for name in re.findall(r"^# HELP (\S+)", text, re.M)]


def test_the_numbers_are_those_of_the_json_report(all_reports):
    for name, (report, _, _, raw) in all_reports.items():
        got, summary = samples(raw), report["summary"]
        by_rule = {key[1:]: number for key, number in got.items() if key[0] == "kcdaudit_rule_findings"}
        assert {k[0] for k in got} | {"kcdaudit_rule_findings"} == METRICS, name
        # What follows from others, or tells of the domain where it weakens another, is not counted.
        counted = [finding for finding in report["findings"]
                   if not finding["waived"] and not finding["because"] and finding["rule"] != "DOM-04"]
        failed = collections.Counter((finding["rule"], finding["severity"]) for finding in counted
                                     if finding["status"] == "fail")
        assert by_rule == failed, name
        for severity in SEVERITIES:
            assert sum(count for (_, worst), count in by_rule.items() if worst == severity) == summary["findings"][severity]
        grade = summary["grade"]
        assert got["kcdaudit_grade_determined", None] == (grade["grade"] is not None), name
        score = got["kcdaudit_grade_score", None]
        assert math.isnan(score) if grade["score"] is None else score == grade["score"], name
        assert got["kcdaudit_findings_waived", None] == summary["findings"]["waived"], name
        assert got["kcdaudit_findings_not_determined", None] == sum(
            finding["status"] == "unknown" for finding in counted), name
        assert got["kcdaudit_gaps", None] == len(report["run"]["gaps"]), name
        assert {v: got["kcdaudit_pairs", v] for v in VERDICTS} == {v: summary[v] for v in VERDICTS}, name
        assert {s: got["kcdaudit_findings", s] for s in SEVERITIES} == {
            s: summary["findings"][s] for s in SEVERITIES}, name
        assert {r: got["kcdaudit_tickets", r] for r in ("granted", "refused")} == summary["tickets"], name
        edges = {**summary["edges"], **{v: got["kcdaudit_edges", v] for v in VERDICTS}}
        assert edges == summary["edges"], name
        assert got["kcdaudit_edges_tier0", None] == edges["tier0"], name
        assert got["kcdaudit_edges_undeclared", None] == edges["undeclared"], name
        assert got["kcdaudit_chains", None] >= len(report["chains"]), name
        steps = report["fix_first"]
        assert got["kcdaudit_causes", None] == summary["causes"] == len(steps), name
        best = steps[0]["pairs_after"] - summary["ready"] if steps else 0
        assert got["kcdaudit_fix_first_pairs", None] == max(best, 0), name
        assert len(got) - len(by_rule) == 4 + 4 + 4 + 2 + 16, "every label value is there, and no other"
        assert got["kcdaudit_hosts", None] == summary["hosts"], name
        assert got["kcdaudit_complete", None] == report["run"]["complete"], name
        assert got["kcdaudit_duration_seconds", None] == report["run"]["duration_ms"] / 1000, name
    assert {report["run"]["complete"] for report, *_ in all_reports.values()} == {True, False}


def test_every_series_names_the_domain(all_reports):
    """Two domains that one Prometheus reads do not clash."""
    for name, (report, _, _, raw) in all_reports.items():
        lines = [line for line in raw.decode().splitlines() if not line.startswith("#")]
        domains = {re.search(r'^\w+\{domain="([^"]*)"[,}]', line).group(1) for line in lines}
        assert domains == {report["run"]["source"]["domain"] or ""}, name


def test_the_timestamp_is_that_of_the_run():
    before = time.time()
    done = offline.audit(offline.DEMO, "-f", "prometheus")
    got = samples(done.stdout)["kcdaudit_last_run_timestamp_seconds", None]
    assert before - 0.001 <= got <= time.time()


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_others_may_read_this_file_and_no_other(tmp_path, mask):
    """node_exporter runs as a user of its own; a unit with UMask=0077 must not keep the file from it."""
    prom, page = tmp_path / "kcdaudit.prom", tmp_path / "kcdaudit.json"
    offline.audit(offline.DEMO, "-f", f"prometheus:{prom}", "-f", f"json:{page}", expect=offline.FINDINGS,
                  preexec_fn=lambda: os.umask(mask))
    assert stat.S_IMODE(prom.stat().st_mode) == 0o644
    assert stat.S_IMODE(page.stat().st_mode) == 0o600


def test_a_failed_audit_leaves_the_old_file(tmp_path):
    """Then kcdaudit_last_run_timestamp_seconds is what grows old."""
    prom = tmp_path / "kcdaudit.prom"
    offline.audit(offline.DEMO, "-f", f"prometheus:{prom}", expect=offline.FINDINGS)
    old, inode = prom.read_bytes(), prom.stat().st_ino
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "estate.ldif").write_text("dn: CN=x\nthis is no LDIF\n")
    offline.audit(broken, "-f", f"prometheus:{prom}", expect=offline.NO_AUDIT)
    assert (prom.read_bytes(), prom.stat().st_ino) == (old, inode)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["broken", "kcdaudit.prom"]


def test_the_collector_never_sees_half_a_file(tmp_path):
    """It reads *.prom: what is being written has another name, and the file itself is replaced in one step."""
    prom = tmp_path / "kcdaudit.prom"
    offline.audit(offline.DEMO, "-f", f"prometheus:{prom}", expect=offline.FINDINGS)
    log = tmp_path / "trace"
    done = subprocess.run(["strace", "-f", "-o", log, "-e", "trace=openat,open,creat,rename,renameat,renameat2",
                           offline.KCDAUDIT, *offline.arguments(offline.DEMO), "-f", f"prometheus:{prom}"],
                          capture_output=True, timeout=PATIENCE_S, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    assert done.returncode == offline.FINDINGS, done.stderr
    lines = [line for line in log.read_text().splitlines() if str(tmp_path) in line]
    opened = [re.search(r'"([^"]+)"', line).group(1) for line in lines if "O_CREAT" in line]
    renamed = [re.findall(r'"([^"]+)"', line) for line in lines if "rename" in line]
    assert len(opened) == 1 and not opened[0].endswith(".prom") and os.path.dirname(opened[0]) == str(tmp_path)
    assert renamed == [[opened[0], str(prom)]]
    assert not any("O_WRONLY" in line and f'"{prom}"' in line for line in lines)
