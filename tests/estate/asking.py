"""Runs kcdaudit on an estate that is in memory."""

import json
import os
import subprocess
from pathlib import Path

from patience import PATIENCE_S

KCDAUDIT = Path(os.environ.get("KCDAUDIT") or Path(__file__).resolve().parents[2] / "build/kcdaudit").resolve()


def run(*argv):
    return subprocess.run([KCDAUDIT, *map(str, argv)], capture_output=True, text=True, timeout=PATIENCE_S,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb"})


def ask(place, estate, command, *argv):
    """What the command says of the estate, as JSON."""
    ldif = place / "estate.ldif"
    ldif.write_text(estate.ldif("made for a test"))
    done = run(command, *argv, "--ldif", ldif, *(() if "-c" in argv else ("-c", os.devnull)), "-f", "json")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
