"""What each pair of an audit allocates: a few things, whatever is added to it.

An allocation for each of a hundred thousand pairs is a second of CPU and what it takes in memory, and nobody sees it
in an audit of ten hosts.  Valgrind counts, so that it is the same however busy the machine is.
"""

import os
import re
import subprocess

from conftest import KCDAUDIT
from estates import MESH, write

# Just above what it is; where a pair needs less, it goes down with it.
MOST = 46
HOSTS = 40


def allocations(path):
    done = subprocess.run(
        ["valgrind", "--tool=memcheck", "--leak-check=no", "--undef-value-errors=no", KCDAUDIT, "audit", "--ldif", path, "-c",
         os.devnull, "--no-history", "-o", os.devnull], capture_output=True, text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8", "G_SLICE": "always-malloc"})
    assert done.returncode in (0, 1, 3), done.stderr
    return int(re.search(r"total heap usage: ([\d,]+) allocs", done.stderr)[1].replace(",", ""))


def test_a_pair_allocates_little(tmp_path):
    counted = []
    for n in HOSTS, 2 * HOSTS:
        path = tmp_path / f"{n}.ldif"
        write("meshes", n, path)
        counted.append(allocations(path))
    each = (counted[1] - counted[0]) / (HOSTS * (MESH - 1))
    print(f"{each:.1f} allocations for each pair more")
    assert each <= MOST
