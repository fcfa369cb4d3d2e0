#!/usr/bin/python3
"""Measures what reading every delegation costs a DC, in a domain of BENCH_ACCOUNTS (default 20000) of which BENCH_SOURCES
(default 500) delegate: against one ldapsearch of the same filter and attributes."""
import os
import pathlib
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lab"))

from lab import Lab  # noqa: E402

ACCOUNTS = int(os.environ.get("BENCH_ACCOUNTS", "20000"))
SOURCES = int(os.environ.get("BENCH_SOURCES", "500"))
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


def measure(lab, action, runs=3):
    walls, cpus = [], []
    for _ in range(runs):
        cpu, start = cpu_s(lab), time.monotonic()
        action()
        walls.append(time.monotonic() - start)
        cpus.append(cpu_s(lab) - cpu)
    return statistics.median(walls), statistics.median(cpus)


def main():
    binary = os.path.abspath(sys.argv[1])
    filter, attributes = query()
    with Lab(estate=build) as lab:
        def audit(*scope):
            done = lab.run([binary, "audit", "-D", lab.domain, "-c", "/dev/null", "-q", "--no-history", "--no-tickets",
                            *scope], user="audit", timeout=600)
            assert done.returncode in (0, 1, 3), done.stderr or done.stdout

        rows = [
            ("ldapsearch of the same", lambda: lab.ldapsearch("-E", "pr=1000/noprompt", "-b", lab.base_dn, filter,
                                                              *attributes, user="audit")),
            ("audit --scope hosts", lambda: audit("--scope", "hosts")),
            ("audit", audit),
        ]
        for name, action in rows:
            wall, cpu = measure(lab, action)
            print(f"{ACCOUNTS:6} accounts, {SOURCES:4} delegate  {name:24} {wall:7.3f} s, DC {cpu:6.2f} CPU s", flush=True)


main()
