#!/usr/bin/python3
"""Measures whole audits against the lab, beside an ldapsearch that reads the same hosts."""
import os
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lab"))

from lab import Lab  # noqa: E402

FILTER = "(servicePrincipalName=Microsoft Virtual System Migration Service/*)"


def median(runs, action):
    times = []
    for _ in range(runs + 1):
        start = time.monotonic()
        action()
        times.append(time.monotonic() - start)
    return statistics.median(times[1:])  # the first warms up


def bench(binary, hosts):
    os.environ["BENCH_HOSTS"] = str(hosts)
    with Lab(estate=ROOT / "tests/lab/estates/bench.py") as lab:
        audit = [binary, "audit", "-D", lab.domain, "-c", "/dev/null", "-q", "--no-history"]
        ldif = lab.dir / "export.ldif"
        lab.dump_ldif(ldif, security_descriptors=True)

        def run(argv):
            done = lab.run(argv, user="Administrator", timeout=600)
            assert done.returncode in (0, 3), done.stderr or done.stdout

        rows = [
            ("ldapsearch of the hosts", lambda: lab.ldapsearch(
                "-E", "pr=1000/noprompt", "-b", lab.base_dn, FILTER, "*", user="Administrator")),
            ("audit --no-tickets", lambda: run(audit + ["--no-tickets"])),
            ("audit with %d tickets" % (4 * hosts), lambda: run(audit)),
            ("audit --ldif (%d KiB)" % (ldif.stat().st_size // 1024),
             lambda: run([binary, "audit", "--ldif", ldif, "-c", "/dev/null", "-q", "--no-history"])),
        ]
        for name, action in rows:
            print("%6d hosts  %-32s %8.3f s" % (hosts, name, median(5, action)), flush=True)


for count in os.environ.get("BENCH_HOSTS", "100 300").split():
    bench(os.path.abspath(sys.argv[1]), int(count))
