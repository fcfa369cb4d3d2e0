#!/usr/bin/python3
"""Measures what reading every delegation costs a DC, in a domain of BENCH_ACCOUNTS (default 20000) of which BENCH_SOURCES
(default 500) delegate: against one ldapsearch of the same filter and attributes.

usage: reading.py BINARY [ANOTHER...]      several are measured side by side
"""
import functools
import os
import pathlib
import resource
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lab"))

from lab import Lab  # noqa: E402

ACCOUNTS = int(os.environ.get("BENCH_ACCOUNTS", "20000"))
SOURCES = int(os.environ.get("BENCH_SOURCES", "500"))
RUNS = int(os.environ.get("BENCH_RUNS", "7"))
QUERY = ROOT / "queries/delegations.ldap"


def build(e):
    e.user("audit")
    e.group("Fronts")
    for number in range(SOURCES):
        target = f"svc{(number + 1) % SOURCES}"
        e.user(f"svc{number}", password=False, spns=[f"HTTP/svc{number}.{e.domain}"],
               delegate_to=[f"HTTP/{target}.{e.domain}", f"HTTP/{target}"], t2a4d=number % 2 == 0)
    for number in range(0, SOURCES, 10):
        e.rbcd(f"svc{number}", trustees=[f"svc{(number + 5) % SOURCES}", "Fronts"])
    for number in range(ACCOUNTS - SOURCES):
        e.user(f"user{number}", password=False)


def query():
    """The filter and the attributes of the query's file."""
    fields, key = {}, None
    for line in QUERY.read_text().splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            key, line = line.split(":", 1)
        fields[key] = f"{fields.get(key, '')} {line.strip()}".strip()
    return fields["filter"].replace(" ", ""), fields["attributes"].split()


def cpu_s(lab):
    """User and system time of the DC so far."""
    children = pathlib.Path(f"/proc/{lab._dc.pid}/task/{lab._dc.pid}/children").read_text().split()
    ticks = pathlib.Path(f"/proc/{children[0]}/stat").read_text().rpartition(")")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


def measure(lab, rows, runs):
    """Wall, CPU of the DC and CPU of what ran, in seconds: medians of runs that take turns."""
    taken = {name: [] for name, _ in rows}
    for _ in range(runs):
        for name, action in rows:
            before, start, own = cpu_s(lab), time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
            action()
            wall, used = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            taken[name].append((wall, cpu_s(lab) - before,
                                used.ru_utime + used.ru_stime - own.ru_utime - own.ru_stime))
    return {name: [statistics.median(column) for column in zip(*times)] for name, times in taken.items()}


def main():
    binaries = [os.path.abspath(path) for path in sys.argv[1:]]
    filter, attributes = query()
    with Lab(estate=build) as lab:
        def audit(binary, *scope):
            done = lab.run([binary, "audit", "-D", lab.domain, "-c", "/dev/null", "-q", "--no-history", "--no-tickets",
                            *scope], user="audit", timeout=600)
            assert done.returncode in (0, 1, 3), done.stderr or done.stdout

        rows = [("ldapsearch of the same", lambda: lab.ldapsearch("-E", "pr=1000/noprompt", "-b", lab.base_dn, filter,
                                                                  *attributes, user="audit"))]
        for binary in binaries:
            which = f" by {binary}" if len(binaries) > 1 else ""
            rows += [("audit --scope hosts" + which, functools.partial(audit, binary, "--scope", "hosts")),
                     ("audit" + which, functools.partial(audit, binary))]
        print(f"{ACCOUNTS} accounts of which {SOURCES} delegate, medians of {RUNS} runs that take turns")
        medians = measure(lab, rows, RUNS)
        floor_wall, floor_cpu, _ = medians[rows[0][0]]
        for name, (wall, cpu, own) in medians.items():
            print(f"{name:24} {wall:7.2f} s ({wall / floor_wall:4.1f}x)  DC {cpu:5.2f} CPU s ({cpu / floor_cpu:4.1f}x)"
                  f"  itself {own:5.2f} CPU s", flush=True)


main()
