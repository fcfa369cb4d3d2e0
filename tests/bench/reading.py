#!/usr/bin/python3
"""Measures what reading costs a DC: every delegation, in a domain of BENCH_ACCOUNTS (default 20000) of which BENCH_SOURCES
(default 500) delegate; with --hosts that many Hyper-V hosts instead, in meshes of BENCH_MESH (default 20): each against one
ldapsearch of the filter and attributes by which kcdaudit finds them.

usage: reading.py [--hosts N] BINARY [ANOTHER...]      several are measured side by side
"""
import argparse
import functools
import os
import pathlib
import re
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
MESH = int(os.environ.get("BENCH_MESH", "20"))


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


def build_hosts(count, e):
    """Each lists the others of its mesh."""
    e.user("audit")
    names = [f"HV{number}" for number in range(count)]
    for number, name in enumerate(names):
        first = number - number % MESH
        e.host(name, password=False, delegate_to=[other for other in names[first:first + MESH] if other != name])
    for number in range(ACCOUNTS - count):
        e.user(f"user{number}", password=False)


def query(name):
    """The filter and the attributes of the query's file."""
    fields, key = {}, None
    for line in (ROOT / "queries" / name).read_text().splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            key, line = line.split(":", 1)
        fields[key] = f"{fields.get(key, '')} {line.strip()}".strip()
    return re.sub(r"\s*(?=[()])|(?<=\))\s+", "", fields["filter"]), fields["attributes"].split()


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
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", type=int)
    parser.add_argument("binary", nargs="+")
    options = parser.parse_args()
    binaries = [os.path.abspath(path) for path in options.binary]
    filter, attributes = query("hosts.ldap" if options.hosts else "delegations.ldap")
    with Lab(estate=functools.partial(build_hosts, options.hosts) if options.hosts else build) as lab:
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
        count, what = (options.hosts, "are hosts") if options.hosts else (SOURCES, "delegate")
        print(f"{ACCOUNTS} accounts of which {count} {what}, medians of {RUNS} runs that take turns")
        medians = measure(lab, rows, RUNS)
        floor_wall, floor_cpu, _ = medians[rows[0][0]]
        for name, (wall, cpu, own) in medians.items():
            print(f"{name:24} {wall:7.2f} s ({wall / floor_wall:4.1f}x)  DC {cpu:5.2f} CPU s ({cpu / floor_cpu:4.1f}x)"
                  f"  itself {own:5.2f} CPU s", flush=True)


main()
