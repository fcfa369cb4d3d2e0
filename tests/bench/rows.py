#!/usr/bin/python3
"""How many rows and bytes a history takes, in a file and on a PostgreSQL server of the distribution's packages: of docs/scale.md.

    tests/bench/rows.py build/kcdaudit"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
os.environ["KCDAUDIT"] = str(Path(sys.argv[1] if len(sys.argv) > 1 else "build/kcdaudit").resolve())
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("history", "golden", "growth", "")]
import server  # noqa: E402
from estates import Many, meshes  # noqa: E402
from kept import KCDAUDIT, environment  # noqa: E402

DOMAINS, NIGHTS = 50, 4  # of the small ones
HOSTS = 1000
TABLES = ("scopes runs findings finding_spans hosts host_spans pair_spans gap_spans edges edge_spans chains chain_spans").split()


def audit(place, options):
    done = subprocess.run([KCDAUDIT, "audit", *options, "-q", "--history", place], env=environment(), capture_output=True, text=True)
    assert done.returncode in (0, 1, 3) and not done.stderr, done


class File:
    name = "SQLite"

    def __init__(self, directory):
        self.place = Path(directory, "kept.sqlite")

    def ask(self, text):
        return int(subprocess.run(["sqlite3", self.place, text], check=True, capture_output=True, text=True).stdout)

    def bytes(self):
        return self.place.stat().st_size


class Database:
    name = "PostgreSQL"

    def __init__(self, postgres):
        self.postgres, self.place = postgres, postgres.database()

    def ask(self, text):
        return int(self.postgres.sql(f"SET search_path TO kcdaudit; {text}")[-1][0])

    def bytes(self):
        self.postgres.sql("VACUUM FULL")
        return int(self.postgres.sql("SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                                     "WHERE n.nspname = 'kcdaudit' AND c.relkind = 'r'")[0][0])


def rows(store):
    return sum(store.ask(f"SELECT count(*) FROM {table}") for table in TABLES)


def night(store, audits):
    for options in audits:
        audit(store.place, options)
    return rows(store), store.bytes()


def measure(what, store, audits, nights):
    first, bytes_first = night(store, audits)
    for _ in range(nights):
        last, bytes_last = night(store, audits)
    count = len(audits)
    print(f"{store.name:10} {what:28} first: {first / count:8.0f} rows {bytes_first / count:10.0f} bytes, {bytes_first / first:5.0f} a row; "
          f"unchanged: {(last - first) / count / nights:4.1f} rows {(bytes_last - bytes_first) / count / nights:6.0f} bytes", flush=True)


def main():
    with tempfile.TemporaryDirectory() as directory:
        large = Path(directory, "large.ldif")
        estate = Many()
        meshes(estate, HOSTS)
        large.write_text(estate.ldif("made for a benchmark"))
        small = []
        for number in range(DOMAINS):
            config = Path(directory, f"{number}.conf")
            config.write_text("[group hosts]\nhosts=HV*\n")
            small.append(["--ldif", ROOT / "fixtures/demo/estate.ldif", "-c", config])
        postgres = server.Server()
        try:
            postgres.start()
            for number, make in enumerate((File, Database)):
                measure(f"{DOMAINS} small domains, each", make(directory if make is File else postgres), small, NIGHTS)
                if make is File:
                    Path(directory, "kept.sqlite").unlink()
                measure(f"{HOSTS} hosts in meshes of 20", make(directory if make is File else postgres), [["--ldif", large, "-c", os.devnull]], 2)
        finally:
            postgres.end()


main()
