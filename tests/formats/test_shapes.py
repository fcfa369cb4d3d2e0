"""No input of 1 MiB costs more than 200 MB or 10 s of CPU, whatever its shape; each ends with a report or one line."""

import json
import os
import subprocess
import sys

import pytest

import offline
import shapes

CPU_S, MEMORY, OUTPUT = 10, 200 * 1000 * 1000, 100 * 1000 * 1000
FORMATS = ("text", "json", "csv", "html", "junit", "prometheus", "jsonl", "sarif", "nagios")
SANITIZED = b"__asan_init" in offline.KCDAUDIT.read_bytes()
# Measured by somebody small: what a child was before its exec counts for it.
MEASURE = """
import json, os, resource, subprocess, sys
job = json.loads(sys.argv[1])
limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (job["cpu"], job["cpu"] + 1))
with open(job["stdin"], "rb") as given, open(job["stdout"], "wb") as out, open(job["stderr"], "wb") as said:
    child = subprocess.Popen(job["argv"], stdin=given, stdout=out, stderr=said, preexec_fn=limit)
    _, status, used = os.wait4(child.pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
"""

pytestmark = [pytest.mark.skipif(SANITIZED, reason="A sanitizer takes memory and time of its own"),
              pytest.mark.skipif(not os.environ.get("KCDAUDIT_SOAK"), reason="THIS TAKES MINUTES: make soak")]


def words_of(name, place, out):
    """The command line, with every format at a time, and the file of its standard input."""
    words = shapes.SHAPES[name](place)
    given = words.pop()["stdin"] if isinstance(words[-1], dict) else "/dev/null"
    if words[0] in ("audit", "merge"):
        words += ["--all-pairs", "--fixes", out / "fixes"] + [word for form in FORMATS for word in ("-f", f"{form}:{out}/{form}")]
    if words[0] == "audit":
        words += [] if "-c" in words else ["-c", "/dev/null"]
        words += [] if "--history" in words else ["--no-history"]
    return list(map(str, words)), str(given)


@pytest.mark.parametrize("name", shapes.SHAPES)
def test_what_it_costs(name, tmp_path):
    place, out = tmp_path / "in", tmp_path / "out"
    place.mkdir(), out.mkdir()
    words, given = words_of(name, place, out)
    size = shapes.size_of(place)
    assert size <= shapes.MOST, f"{size} bytes are too many for this test"
    job = {"argv": [str(offline.KCDAUDIT), *words], "cpu": CPU_S, "stdin": given, "stdout": str(out / "stdout"),
           "stderr": str(out / "stderr")}
    done = subprocess.run([sys.executable, "-c", MEASURE, json.dumps(job)], capture_output=True, text=True, check=True,
                          timeout=offline.PATIENCE_S)
    status, cpu_s, memory = (float(part) for part in done.stdout.split())
    said = (out / "stderr").read_text(errors="replace").splitlines()
    assert status in range(5), (status, cpu_s, said[:3])
    assert memory <= MEMORY, f"{memory / 1e6:.0f} MB"
    assert shapes.size_of(out) <= OUTPUT, {path.name: path.stat().st_size for path in out.rglob("*")}
    assert len(said) <= 2 and all(line.startswith("kcdaudit: ") and len(line) < 2000 for line in said), said[:3]
    # What diagnose does not know it says on standard output.
    if status in (offline.USAGE, offline.NO_AUDIT):
        assert len(said) == 1 or (words[0] == "diagnose" and (out / "stdout").read_text()), said
