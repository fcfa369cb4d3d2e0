"""A condition is told once: `check` as text and as JSON, the HTML panel, `diagnose` and findings say the same of it."""

import functools
import json
import os
import pathlib
import re
import subprocess
import tempfile

import pytest

import offline

pytestmark = pytest.mark.many

DRAWN = ["pass", "fail", "unknown", "spared", "unwanted"]
CASES = offline.some(offline.cases())


def run(case, *argv):
    conf = case / "kcdaudit.conf"
    if (case / "facts").is_dir():
        argv = (*argv, "--facts", case / "facts")
    done = subprocess.run([offline.KCDAUDIT, *argv, "--ldif", case / "estate.ldif", "-c", conf if conf.exists() else os.devnull],
                          env=dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1"), capture_output=True, timeout=60, check=False)
    assert done.returncode in (0, 1, 3) and not done.stderr, done.stderr.decode()
    return done.stdout.decode()


def told(case, form, *argv):
    """What one run says as JSON and in another format."""
    with tempfile.NamedTemporaryFile() as file:
        return json.loads(run(case, *argv, "-f", "json", "-f", f"{form}:{file.name}")), pathlib.Path(file.name).read_text()


@functools.cache
def checked(case, source, target):
    """The conditions of a pair, asked once for all who compare them: the report, the text."""
    return told(case, "text", "check", source, target)


@functools.cache
def audited(case):
    """The same of all pairs: the report, the page."""
    return told(case, "html", "audit", "--all-pairs", "--no-history")


def spread(runs):
    """The cells of a row: -N stands for N more of the one before."""
    cells = []
    for run_of in runs:
        cells += [run_of] if run_of >= 0 else cells[-1:] * -run_of
    return cells


@functools.cache
def panels(case):
    """(source, target) -> ([(title, label, drawn, seen)], reasons): what the script draws of the data of the page."""
    _, page = audited(case)
    script = re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', page, re.S).group(1)
    data = json.loads(script)
    found = {}
    for rows, columns, runs in data["groups"]:
        for r, source in enumerate(rows):
            cells = spread(runs[r])
            assert len(cells) == len(columns)
            for c, target in enumerate(columns):
                if cells[c]:
                    names = data["names"][source], data["names"][target]
                    put = {"\x01": names[0], "\x02": names[1], "\x03": data["dns"][target]}
                    found[names] = panel(data, data["shapes"][cells[c] - 1],
                                         lambda n, put=put: re.sub("[\x01-\x03]", lambda m: put[m[0]], data["strings"][n]))
    return found


def panel(data, shape, text):
    _, _, services, sections = shape
    lines = []
    for number in sections:
        _, title, conditions = data["sections"][number]
        for condition in conditions:
            label, drawn, seen, _ = data["conditions"][condition]
            lines.append((text(title), text(label), DRAWN[drawn], text(seen)))
    return lines, [[text(reason) for reason in service[2]] for service in services if service]


def drawn_of(condition):
    if condition["what"] == "unconstrained" and condition["state"] == "pass":
        return "unwanted"
    beside = condition["what"].startswith("winrm-") or condition["what"].endswith("-setting")
    return condition["state"] if condition["decides"] or beside else "spared"


def plain(text):
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_same_words_everywhere(case):
    found = panels(case)
    for (source, target), (lines, reasons) in found.items():
        check, text = checked(case, source, target)
        services = {name: service for name, service in check["services"].items() if name != "winrm"}
        if len(services) < len(reasons):
            continue  # a pair of two groups: `check` goes by the first
        said = [(drawn_of(c), c["seen"]) for c in check["conditions"]]
        if "winrm" not in check["services"]:  # it takes a host without any sign of Hyper-V for a file server
            lines = [line for line in lines if not line[3].startswith(("HTTP/", "WSMAN/"))]
        assert said == [(drawn, seen) for _, _, drawn, seen in lines], (source, target)
        text = plain(text)
        for title, label, _, seen in lines:
            assert title in text and f"{label} {plain(seen)}" in text, (source, target, title, label, seen)
        assert reasons == [service["reasons"] for service in services.values()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_verdict_is_what_its_conditions_come_to(case):
    """Ready where all that decides holds, and only there; broken only where something that decides does not hold."""
    answered = ("ticket", "proof", "operator-")
    for source, target in panels(case):
        check, _ = checked(case, source, target)
        deciding = [c for c in check["conditions"] if c["decides"] and not c["what"].startswith(answered)]
        states = {c["state"] for c in deciding}
        unwanted = any(drawn_of(c) == "unwanted" for c in deciding)
        if check["verdict"] == "ready":
            assert states == {"pass"}, (source, target)
        else:
            assert states != {"pass"} or unwanted, (source, target)
        if check["verdict"] == "broken":
            assert "fail" in states, (source, target)
        if check["verdict"] == "unknown":
            assert "unknown" in states, (source, target)


# Its causes look at nearly every condition.
CODES = ["0x8009030E"]
# What findings show of a condition: by rule, the kinds of conditions.
SHOWN = {"DEL-01": {"kcd", "rbcd"}, "DEL-02": {"kcd", "rbcd"}, "DEL-12": {"kcd", "rbcd"}, "RBC-01": {"rbcd"},
         "RBC-05": {"protocol-transition", "rbcd"}}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_diagnose_and_findings_say_it_too(case):
    report, _ = audited(case)
    for source, target in panels(case):
        check, _ = checked(case, source, target)
        seen = {}
        for condition in check["conditions"]:
            seen.setdefault((condition["where"] or "").partition(" of ")[0], set()).add(condition["seen"])
        for code in CODES:
            for cause in causes_of(json.loads(run(case, "diagnose", code, "--from", source, "--to", target, "-f", "json"))):
                for key, value in cause:
                    attribute = key.partition(" of ")[0]
                    if value.startswith("changed "):  # when it was, beside what it is
                        continue
                    if attribute in seen and attribute != "msDS-SupportedEncryptionTypes":
                        assert any(value.endswith(words) for words in seen[attribute]), (source, target, key, value)
        for finding in ({**f, **t, "evidence": {**f["evidence"], **t["evidence"]}} for f in report["findings"] for t in f["targets"]):
            ends = {finding["subject"], finding["target"]}
            if finding["rule"] not in SHOWN or finding["status"] != "fail" or ends != {source, target}:
                continue
            words = {c["seen"] for c in check["conditions"] if c["what"] in SHOWN[finding["rule"]]}
            shown = [value for key, value in evidence_of(finding) if key.startswith("msDS-Allowed")]
            forward = (finding["subject"] == source) != (finding["rule"] == "RBC-01")
            if forward:
                assert shown and set(shown) <= words, (finding["id"], shown, words)


def pairs_in(evidence):
    """Evidence as (key, value), several values of one key apart."""
    rows = evidence.items() if isinstance(evidence, dict) else [(row["what"], row["seen"]) for row in evidence]
    return [(key, each) for key, value in rows for each in (value if isinstance(value, list) else [value])]


def evidence_of(finding):
    return pairs_in(finding["evidence"])


def causes_of(diagnosis):
    """The evidence of each cause that was ruled out."""
    found = []

    def look(node):
        if isinstance(node, dict):
            if node.get("evidence") and node.get("status") == "ruled-out":
                found.append(pairs_in(node["evidence"]))
            for value in node.values():
                look(value)
        elif isinstance(node, list):
            for value in node:
                look(value)
    look(diagnosis)
    return found
