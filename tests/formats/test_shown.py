"""--rule, --min-severity, --summary and COLUMNS change what is listed and how wide it is, and nothing else."""

import csv
import fcntl
import io
import json
import os
import pty
import struct
import subprocess
import termios
import xml.etree.ElementTree as xml

import pytest

import offline

BINARY = os.environ["KCDAUDIT"]
DEMO = offline.FIXTURES / "demo"
ALL = ("warning", "error", "critical")


def listed(*options):
    """The ids and the exit status, by every format that has them."""
    found, status = {}, set()
    for form in ("json", "jsonl", "csv", "sarif"):
        done = offline.audit(DEMO, "-f", form, *options)
        status.add(done.returncode)
        out = done.stdout.decode()
        if form == "json":
            report = json.loads(out)
            found[form] = [f["id"] for f in report["findings"]]
        elif form == "jsonl":
            lines = [json.loads(line) for line in out.splitlines()]
            found[form] = [line["id"] for line in lines if line["type"] == "finding"]
        elif form == "csv":
            found[form] = [row["id"] for row in csv.DictReader(io.StringIO(out))]
        else:
            found[form] = [r["partialFingerprints"]["kcdauditFinding/v1"] for r in json.loads(out)["runs"][0]["results"]]
    assert len({tuple(ids) for ids in found.values()}) == 1 and len(status) == 1
    return report, status.pop()


WHOLE = listed()


def is_chosen(finding, families, least):
    return any(finding["rule"].startswith(family) for family in families) and (
        finding["severity"] in ALL[ALL.index(least):])


@pytest.mark.parametrize("options, families, least", [
    (["--rule", "SPN-01"], ["SPN-01"], "warning"),
    (["--rule", "del-*,SPN-01"], ["DEL-", "SPN-01"], "warning"),
    (["--rule", "DEL-03", "--rule", "SPN-*"], ["DEL-03", "SPN-"], "warning"),
    (["--min-severity", "error"], [""], "error"),
    (["--rule", "*", "--min-severity", "critical"], [""], "critical"),
    (["--rule", "DEL-*", "--min-severity", "error"], ["DEL-"], "error"),
    (["--rule", "TRU-01"], ["TRU-01"], "warning"),
], ids=str)
def test_the_rest_is_as_without(options, families, least):
    report, status = listed(*options)
    whole, usual = WHOLE
    want = [f for f in whole["findings"] if is_chosen(f, families, least)]
    assert report["findings"] == want and status == usual
    assert report["summary"]["findings"].pop("hidden") == len(whole["findings"]) - len(want) > 0
    for key in ("summary", "pairs", "edges", "fix_first", "fixes", "waivers"):
        assert report[key] == whole[key], key
    hidden = len(whole["findings"]) - len(want)
    assert "%d not listed here" % hidden in offline.audit(DEMO, *options).stdout.decode()
    page = offline.audit(DEMO, "-f", "html", *options).stdout.decode()
    assert "%d finding%s not listed here" % (hidden, " is" if hidden == 1 else "s are") in page
    for form in ("nagios", "prometheus"):  # counts see everything
        counts = [[line for line in offline.audit(DEMO, "-f", form, *more).stdout.decode().splitlines()
                   if "seconds" not in line] for more in ((), options)]
        assert counts[0] == counts[1]


def test_junit_calls_nothing_passed_that_it_hides():
    whole = xml.fromstring(offline.audit(DEMO, "-f", "junit").stdout)
    severe = xml.fromstring(offline.audit(DEMO, "-f", "junit", "--min-severity", "critical").stdout)
    quiet = {(case.get("classname"), case.get("name")) for case in whole.iter("testcase") if len(case) == 0}
    assert severe.findall("testsuite") and not severe.findall(".//failure")
    assert {(case.get("classname"), case.get("name")) for case in severe.iter("testcase") if len(case) == 0} == quiet
    alone = xml.fromstring(offline.audit(DEMO, "-f", "junit", "--rule", "SPN-01").stdout)
    assert {suite.get("name") for suite in alone.findall("testsuite")} - {"evidence"} == {"SPN-01"}


def refused(*options):
    done = offline.audit(DEMO, *options)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 2 and len(lines) == 1 and not done.stdout
    return lines[0]


def test_what_is_no_rule_is_refused_with_the_nearest():
    assert "--rule DEL-99: there is no such rule; there are DEL-01 to DEL-" in refused("--rule", "DEL-99")
    assert "the nearest: DEL-01" in refused("--rule", "DLE-01")
    assert "--rule X*: there is no such rule" in refused("--rule", "SPN-01,X*")
    assert "--rule names no rule" in refused("--rule", ",")
    assert "--min-severity bad is not one of: info, warning" in refused("--min-severity", "bad")


def test_the_summary_ends_after_what_to_fix_first(tmp_path):
    whole, short = offline.audit(DEMO), offline.audit(DEMO, "--summary")
    assert short.returncode == whole.returncode
    head = short.stdout.decode().rstrip("\n")
    assert whole.stdout.decode().split("\n", 1)[1].startswith(head.split("\n", 1)[1])
    assert head.count("\n") < 24 and "BROKEN" in head and "findings: " in head and "\nFix first\n  1  " in head
    page = tmp_path / "page.json"
    both = offline.audit(DEMO, "--summary", "-f", "text", "-f", "json:%s" % page)
    assert both.stdout.decode().count("\n") < 24 and len(json.loads(page.read_text())["findings"]) == len(WHOLE[0]["findings"])
    assert "--summary shortens text alone" in refused("--summary", "-f", "json")
    assert "--summary and --quiet exclude each other" in refused("--summary", "-q")


def widest(raw):
    prose = raw.decode().split("Fix first")[0]
    return max(len(line) for line in prose.splitlines())


def with_columns(columns, *options):
    env = dict(os.environ, LC_ALL="C.UTF-8", **({"COLUMNS": columns} if columns is not None else {}))
    if columns is None:
        env.pop("COLUMNS", None)
    return subprocess.run([BINARY, "audit", "--ldif", "estate.ldif", "-c", os.devnull, "--no-history", "-q", *options],
                          cwd=DEMO, env=env, capture_output=True).stdout


@pytest.mark.parametrize("columns, most", [("60", 60), ("1", 40), ("40", 40)])
def test_columns_set_the_width_of_a_pipe(columns, most):
    narrow = with_columns(columns)
    assert widest(narrow) <= most and narrow.split() == with_columns(None).split()


def test_what_columns_cannot_be_is_as_without(tmp_path):
    usual = with_columns(None)
    for odd in ("", "0", "-5", "wide", "80x", "99999999999999999999"):
        assert with_columns(odd) == usual
    assert 100 < widest(with_columns("5000")) <= 200
    file = tmp_path / "out.txt"
    with_columns("50", "-o", str(file))
    assert widest(file.read_bytes()) <= 50


@pytest.mark.parametrize("columns, most", [(70, 70), (20, 40)])
def test_a_terminal_has_its_own_width(columns, most):
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    done = subprocess.Popen([BINARY, "audit", "--ldif", "estate.ldif", "-c", os.devnull, "--no-history", "-q",
                             "--color", "never"], cwd=DEMO, stdout=follower, stderr=subprocess.DEVNULL,
                            env=dict(os.environ, LC_ALL="C.UTF-8", COLUMNS="150"))
    os.close(follower)
    raw = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        raw += part
    done.wait()
    os.close(leader)
    assert 30 < widest(raw.replace(b"\r", b"")) <= most
