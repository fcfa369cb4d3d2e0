"""Three hundred hosts with hardly any delegation: nearly ninety thousand pairs that fail. Bytes and memory, no times; fewer under a sanitizer."""
import csv
import io
import json
import os
import re
import subprocess
import sys

import jsonschema
import offline
import pytest

SANITIZED = b"__asan_init" in offline.KCDAUDIT.read_bytes()
HOSTS = 120 if SANITIZED else 300  # enough of them for what pairs lack to be numbered
LAST = f"HV{HOSTS}"
MEBIBYTE = 1024 * 1024
MOST = 150  # of them, with a history or without; just above what it is
MOST_FIXES = 180  # the scripts, too
# Measured by somebody small: what a child was before its exec counts for it.
MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


@pytest.fixture(scope="module")
def estate(tmp_path_factory):
    """The KCD lists are empty, but for two thirds of the hosts, which may act towards one."""
    directory = tmp_path_factory.mktemp("sizes")
    estate, names = offline.golden.Estate(), ["HV%03d" % number for number in range(1, HOSTS + 1)]
    for number, name in enumerate(names):
        estate.host(name, (names[number - 1],) if number % 3 else ())
    (directory / "estate.ldif").write_text(estate.ldif("made for a test"))
    (directory / "kcdaudit.conf").write_text("[group prod]\nhosts=HV*\n")
    return directory


def audit(estate, form, *options):
    """The report and the most memory that it took."""
    path = estate / f"report.{form}"
    argv = [offline.KCDAUDIT, "audit", "--ldif", estate / "estate.ldif", "-c", estate / "kcdaudit.conf", "-f", f"{form}:{path}"]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "GLIBC_TUNABLES": ""}
    done = subprocess.run([sys.executable, "-c", MEASURE, *argv, *(options or ("--no-history",))], env=environment,
                          capture_output=True, text=True, check=True, timeout=offline.PATIENCE_S)
    status, memory = map(int, done.stdout.split())
    assert status == offline.FINDINGS, done.stderr
    if not SANITIZED:
        most = MOST_FIXES if "--fixes" in options else MOST
        assert memory <= most * MEBIBYTE, f"{form}: {memory / MEBIBYTE:.0f} MiB"
    return path.read_bytes()


@pytest.fixture(scope="module")
def report(estate):
    """With a history: each target says since when."""
    raw = audit(estate, "json", "--history", estate / "history.sqlite")
    assert len(raw) <= 60_000_000
    return json.loads(raw)


def test_json_alone(estate):
    assert len(audit(estate, "json")) <= 60_000_000


@pytest.mark.parametrize("form", ["junit", "sarif"])
def test_other_reports_do_not_stand_whole_in_memory(estate, form):
    assert len(audit(estate, form)) > 200 * HOSTS * HOSTS


def test_json_on_standard_output(estate):
    """What is written while it is made is the same wherever it goes."""
    def told(*options):
        argv = [offline.KCDAUDIT, "audit", "--ldif", estate / "estate.ldif", "-c", estate / "kcdaudit.conf", "--no-history", *options]
        done = subprocess.run(argv, env={**os.environ, "LC_ALL": "C.UTF-8"}, capture_output=True, timeout=offline.PATIENCE_S)
        assert done.returncode == offline.FINDINGS, done.stderr
        return re.sub(rb'"(started|duration_ms)": [^\n]*', b"", done.stdout)
    shown = told("-f", "json")
    assert len(shown) > 400 * HOSTS * HOSTS and shown == told("-f", "json:/dev/stdout")


def test_json(report):
    schema = json.loads((offline.ROOT / "data/kcdaudit.report.schema.json").read_text())
    # Of the long lists a few: the validator is slow.
    shorter = {**report, **{key: report[key][:20] for key in ("pairs", "findings", "fixes", "hosts", "edges")}}
    jsonschema.Draft202012Validator(schema).validate(shorter)
    assert report["summary"]["pairs"] == HOSTS * (HOSTS - 1)
    assert len(report["pairs"]) == report["summary"]["broken"] > HOSTS * (HOSTS - 3)
    missing = [f for f in report["findings"] if f["rule"] in ("DEL-01", "DEL-02")]
    assert len(missing) == 2 * HOSTS and report["summary"]["findings"]["error"] == 2 * HOSTS
    assert sum(len(f["targets"]) for f in missing) == 2 * len(report["pairs"])


def test_what_pairs_lack_stands_once(report):
    """By the number of a pair all is there that a report of few pairs says of it."""
    assert all("services" not in pair for pair in report["pairs"]) and len(report["lacks"]) < 3 * HOSTS
    pair = next(p for p in report["pairs"] if (p["source"], p["target"]) == ("HV004", "HV107"))
    services = report["lacks"][pair["lacks"]]["services"]
    assert services["cifs"]["missing"] == ["cifs/HV107", "cifs/hv107.contoso.test"]
    said = [reason.replace("{source}", "HV004").replace("{target}", "HV107") for reason in services["cifs"]["reasons"]]
    assert said == ["HV004 is not trusted to delegate to HV107"]
    assert {s["verdict"] for name, s in services.items() if name != "winrm"} == {"broken"}


def test_long_fixes_name_the_file(report):
    fix = next(f for f in report["fixes"] if f["id"] == "delegation:HV004")
    assert len(fix["add"]) == 4 * (HOSTS - 1)
    assert fix["commands"] == {"setspn": [], "powershell": ["fix-delegation.ps1"], "ldif": "fix.ldif"}
    assert fix["undo"] == {"setspn": [], "powershell": ["undo-delegation.ps1"], "ldif": "undo.ldif"}


def test_the_files_have_them_all(estate, tmp_path):
    """Even where no report shows them."""
    raw = audit(estate, "csv", "--no-history", "--fixes", tmp_path / "fixes")
    assert len(raw) <= 3_000_000
    rows = list(csv.DictReader(io.StringIO(raw.decode())))
    assert len({row["id"] for row in rows}) == len(rows)
    row = next(r for r in rows if r["id"] == "DEL-01:HV001")
    assert row["fix"] == f"delegation:HV001: {4 * (HOSTS - 1):,} values: fix-delegation.ps1 of --fixes DIR"
    assert row["targets"].split("\n") == ["HV%03d" % number for number in range(2, HOSTS + 1)]
    script = (tmp_path / "fixes/fix-delegation.ps1").read_text(encoding="utf-8-sig")
    assert script.count(f"'cifs/{LAST}'") == HOSTS - 1
    assert (tmp_path / "fixes/fix.ldif").read_text().count(f"msDS-AllowedToDelegateTo: cifs/{LAST}\n") == HOSTS - 1
