"""Offline audits, for what is said of their reports."""

import importlib.util
import json
import os
import subprocess
import tempfile
from pathlib import Path

from patience import PATIENCE_S
from payloads import FORMULAS, LINES, MARKUP, NO_XML

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KCDAUDIT = Path(os.environ.get("KCDAUDIT") or ROOT / "build/kcdaudit").resolve()
FIXTURES = ROOT / "fixtures"
DEMO = FIXTURES / "demo"
OK, FINDINGS, USAGE, INCOMPLETE, NO_AUDIT = range(5)

# By its path: tests/lab has a module of that name, too.
_spec = importlib.util.spec_from_file_location("golden_estate", ROOT / "tests/golden/estate.py")
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)


def hostile(estate):
    estate.pair()
    estate["HV01"]["msDS-AllowedToDelegateTo"] += \
        ["cifs/" + text for text in FORMULAS + MARKUP + NO_XML + LINES] + FORMULAS + MARKUP


def write_estate(directory, build):
    estate = golden.Estate()
    build(estate)
    (directory / "estate.ldif").write_text(estate.ldif("made for a test"))
    return directory


def cases():
    found = sorted(path.parent for path in FIXTURES.glob("*/estate.ldif"))
    assert len(found) > 50
    return found


def some(cases):
    """Each third, which takes minutes; in `make soak` all of them."""
    return cases if os.environ.get("KCDAUDIT_SOAK") else cases[::3]


def arguments(case):
    argv = ["audit", "--ldif", str(case / "estate.ldif"), "--no-history"]
    argv += ["-c", str(case / "kcdaudit.conf") if (case / "kcdaudit.conf").exists() else os.devnull]
    if (case / "sysvol").is_dir():
        argv += ["--sysvol", str(case / "sysvol")]
    if (case / "facts").is_dir():
        argv += ["--facts", str(case / "facts")]
    return argv


def run(*argv, env=None, expect=None, **keywords):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb", **(env or {})}
    keywords.setdefault("timeout", PATIENCE_S)
    done = subprocess.run([KCDAUDIT, *map(str, argv)], env=environment, capture_output=True, **keywords)
    assert expect is None or done.returncode == expect, (done.returncode, done.stderr)
    return done


def audit(case, *options, **keywords):
    return run(*arguments(case), *options, **keywords)


def reports(case):
    """JSON, JUnit, CSV and Prometheus of one audit."""
    with tempfile.TemporaryDirectory() as place:
        names = ("json", "junit", "csv", "prometheus")
        done = audit(case, "--all-pairs", *[word for name in names for word in ("-f", f"{name}:{place}/{name}")])
        assert done.returncode in (OK, FINDINGS, INCOMPLETE), done.stderr
        assert done.stdout == b"" and done.stderr == b"", done
        texts = [Path(place, name).read_bytes() for name in names]
        return json.loads(texts[0]), *texts[1:]
