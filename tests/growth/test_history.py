"""What an audit, and each view of the past, costs when more audits are kept: little more, or as many times as there are.

In a file instructions are counted, by valgrind; on a PostgreSQL server the rows that it reads. Each of these audits
finds all else than the one before, so that as much is kept of every one.
"""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import KCDAUDIT
from estates import write

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "history"), str(Path(__file__).resolve().parents[1])]
import server  # noqa: E402

# In `make soak` alone: what tells of all that is kept, of which three sizes are 24 runs by valgrind, and lists of the
# last ones, which cost next to nothing.
SOAK = os.environ.get("KCDAUDIT_SOAK")
# A trend has 60 audits at most, and a list 20.
SIZES = (60, 120, 240) if SOAK else (60, 90)
# Instructions that a hundred more audits may add to a command that tells of the last ones alone: what ended is passed
# over on the way. Of what an audit takes as a whole it would be a share that falls with what a start costs.
MORE = 7_000_000
# Of what linear would be; quadratic is twice that.
MOST = 1.2

LAST = {"audit": ["audit", "--ldif", "{next}", "-c", os.devnull, "-f", "html:{out}"], "diff": ["diff"], "fleet": ["fleet"],
        "history": ["history"]}
ALL = {"history-json": ["history", "-f", "json"], "life": ["history", "HV00001", "-f", "json"], "far-diff": ["diff", "2", "{size}"],
       "prune": ["history", "--prune", "{half}r"]}
COMMANDS = {**LAST, **ALL}
COUNTED = COMMANDS if SOAK else ("audit", "diff")
# Of a server.
ASKED = (20, 80)
VIEWS = ("diff", "fleet", "history", "life", "far-diff") if SOAK else ("diff", "far-diff")


def environment():
    kept = {key: value for key, value in os.environ.items() if key not in ("HOME", "XDG_STATE_HOME", "STATE_DIRECTORY")}
    return {**kept, "LC_ALL": "C.UTF-8"}


def run(argv, prefix=()):
    done = subprocess.run([*prefix, KCDAUDIT, *map(str, argv)], capture_output=True, text=True, env=environment())
    assert done.returncode in (0, 1, 3), done.stderr
    return done


@pytest.fixture(scope="module")
def estates(tmp_path_factory):
    """Two states of one domain that have next to nothing in common."""
    place = tmp_path_factory.mktemp("estates")
    for shape in "meshes", "ghosts":
        write(shape, 6, place / shape)
    return [place / "meshes", place / "ghosts"]


def keep(store, estates, first, last):
    for number in range(first, last):
        run(["audit", "--ldif", estates[number % 2], "-c", os.devnull, "-q", "--history", store])


def words_of(name, size, place, estates, store):
    told = {"next": estates[size % 2], "out": place / f"{name}-{size}.html", "size": size, "half": size // 2}
    return [str(word).format(**told) for word in COMMANDS[name]] + ["--history", str(store)]


@pytest.fixture(scope="module")
def counted(tmp_path_factory, estates):
    """(command, audits kept) -> its instructions."""
    place = tmp_path_factory.mktemp("kept")
    place.chmod(0o700)
    store = place / "history.sqlite"

    def count(name, size):
        own = place / f"{name}-{size}.sqlite"
        shutil.copy(place / f"{size}.sqlite", own)
        done = run(words_of(name, size, place, estates, own),
                   ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        return int(re.search(r"I +refs: +([\d,]+)", done.stderr)[1].replace(",", ""))

    for before, size in zip((0, *SIZES), SIZES):
        keep(store, estates, before, size)
        shutil.copy(store, place / f"{size}.sqlite")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = {(name, size): pool.submit(count, name, size) for name in COUNTED for size in SIZES}
        yield {what: promise.result() for what, promise in waiting.items()}


def amounts(told, name, unit):
    """With the fewest audits kept, with more and with most of them."""
    numbers = [told[name, size] for size in SIZES]
    print(f"{name}: " + ", ".join(f"{number:,} {unit} with {size} audits kept" for size, number in zip(SIZES, numbers)))
    return numbers


@pytest.mark.parametrize("name", [name for name in LAST if name in COUNTED])
def test_the_last_ones_cost_what_they_did(counted, name):
    few, *_, many = amounts(counted, name, "instructions")
    assert many - few <= MORE * (SIZES[-1] - SIZES[0]) / 100


if SOAK:
    @pytest.mark.parametrize("name", ALL)
    def test_all_of_them_cost_as_many_times(counted, name):
        few, more, many = amounts(counted, name, "instructions")
        linear = (SIZES[2] - SIZES[1]) / (SIZES[1] - SIZES[0])
        assert many - more <= MOST * linear * max(more - few, few / 100)


@pytest.fixture(scope="module")
def read(tmp_path_factory, estates):
    """(command, audits kept) -> the rows that a server reads for it, of each that the history has."""
    if not server.IS_THERE:
        pytest.skip("NO SERVER WAS ASKED: postgresql is not installed (tools/deps.sh check)")
    place = tmp_path_factory.mktemp("read")
    postgres = server.Server()
    rows = {}

    def told(column):
        return int(postgres.sql(f"SELECT sum({column}) FROM pg_stat_user_tables")[0][0])

    try:
        postgres.start("-c", "autovacuum=off")
        store = postgres.database()
        for before, size in zip((0, *ASKED), ASKED):
            keep(store, estates, before, size)
            postgres.sql("ANALYZE")
            for name in VIEWS:
                begin = told("seq_tup_read + coalesce(idx_tup_fetch, 0)")
                run(words_of(name, size, place, estates, store))
                rows[name, size] = (told("seq_tup_read + coalesce(idx_tup_fetch, 0)") - begin) / told("n_live_tup")
        yield rows
    finally:
        postgres.end()


@pytest.mark.parametrize("name", VIEWS)
def test_a_server_reads_each_row_as_often(read, name):
    """Whatever way its planner takes."""
    shares = [read[name, size] for size in ASKED]
    print(f"{name}: each row is read {', '.join('%.2f' % share for share in shares)} times with {ASKED} audits kept")
    assert shares[-1] <= 1.2 * max(shares[0], 1)
