"""Twice the estate takes twice the instructions of an audit, and not four times.

Instructions are counted by valgrind: they are the same however busy the machine is.
"""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import KCDAUDIT
from estates import SHAPES, write

# Of what grows, without what every audit takes: twice is linear, four times is quadratic.
MOST = 2.2
# As few as let it be seen.
SIZES = {"meshes": 60, "rbcd": 60, "rbcd_groups": 60, "accounts": 400, "entries": 100, "spns": 400,
         "lookalikes": 200, "links": 1000, "policies": 50, "units": 1000, "writers": 150, "trustees": 400, "controllers": 24, "ghosts": 24, "crowd": 8000,
         "chains": 80, "groups": 80, "transition": 100, "declared": 2000}
EMPTY = ("spns", 1)


def instructions(path):
    config, sysvol = path.with_suffix(".conf"), path.with_suffix(".sysvol")
    done = subprocess.run(
        ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", KCDAUDIT, "audit", "--ldif",
         path, "-c", config if config.exists() else os.devnull, "--no-history", "-o", os.devnull,
         *(("--sysvol", sysvol) if sysvol.exists() else ())], capture_output=True, text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode in (0, 1, 3), done.stderr
    return int(re.search(r"I +refs: +([\d,]+)", done.stderr)[1].replace(",", ""))


@pytest.fixture(scope="session")
def counted(tmp_path_factory):
    """(shape, n) -> a promise of its instructions; as many at a time as there are processors."""
    place = tmp_path_factory.mktemp("growth")

    def count(shape, n):
        path = place / f"{shape}-{n}.ldif"
        write(shape, n, path)
        return instructions(path)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {(shape, n): pool.submit(count, shape, n)
               for shape, n in [EMPTY, *((shape, k * SIZES[shape]) for shape in SHAPES for k in (1, 2))]}


@pytest.mark.parametrize("shape", SHAPES)
def test_grows_with_the_estate(counted, shape):
    n = SIZES[shape]
    none, once, twice = (counted[what].result() for what in (EMPTY, (shape, n), (shape, 2 * n)))
    print(f"{shape}: {once:,} instructions for {n}, {twice:,} for {2 * n}, {none:,} whatever there is")
    assert once - none > 1_000_000, "too small to say anything"
    assert twice - none <= MOST * (once - none)
