"""What each pair of an audit keeps in memory, at most, until its report is written.

The most that the program had resident is no matter of time; what every audit takes is not counted, as one estate is
compared with another of its kind.
"""

import os
import subprocess
import sys

import estates
import pytest
from conftest import KCDAUDIT

HOSTS = 600
MESH = 64
SANITIZED = b"__asan_init" in KCDAUDIT.read_bytes()
# Measured by somebody small: what a child was before its exec counts for it.
MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


def memory(path):
    argv = [KCDAUDIT, "audit", "--scope", "hosts", "--ldif", path, "-c", os.devnull, "--no-history"]
    done = subprocess.run([sys.executable, "-c", MEASURE, *argv], capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "GLIBC_TUNABLES": ""})
    status, most = map(int, done.stdout.split())
    assert status in (0, 1, 3), done.stderr
    return most


@pytest.mark.skipif(SANITIZED, reason="a sanitized program keeps what it frees: its memory says nothing")
def test_a_pair_keeps_little(tmp_path, monkeypatch):
    """Just above what it is; where a pair needs less, it goes down with it."""
    monkeypatch.setattr(estates, "MESH", MESH)
    most = []
    for n in HOSTS, 3 * HOSTS:
        estates.write("meshes", n, tmp_path / f"{n}.ldif")
        most.append(memory(tmp_path / f"{n}.ldif"))
    each = (most[1] - most[0]) / (2 * HOSTS * (MESH - 1))
    print(f"{each:.0f} bytes for each pair more")
    assert each <= 520
