#!/usr/bin/env python3
"""How many tickets a second, against kvno: beside the KDC, and where each packet to DNS and the KDC takes 10 ms each
way (far.c).

    tests/bench/tickets.py build/kcdaudit [another binary...]

Medians of BENCH_RUNS (3) runs that take turns, on a lab of 300 hosts, with the CPU of the KDC for each ticket: what caps
the rate on a machine that has nothing else to do."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/lab")]
from lab import Lab  # noqa: E402

COUNT, DELAY_MS = 300, 10
FEW = 60  # that kvno is asked for: it takes as long for each
RUNS = int(os.environ.get("BENCH_RUNS", "3"))
SPNS = [f"cifs/HV{n:03}" for n in range(COUNT)]


def build(e):
    for n in range(COUNT):
        e.host(f"HV{n:03}")
    e.user("audit")


def cpu_s(lab):
    """User and system time of the DC so far."""
    children = Path(f"/proc/{lab._dc.pid}/task/{lab._dc.pid}/children").read_text().split()
    ticks = Path(f"/proc/{children[0]}/stat").read_text().rpartition(")")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


def measured(lab, wire, argv, count):
    """Tickets a second, and milliseconds of the KDC for each, by a fresh copy of the ticket-granting ticket."""
    shutil.copy(lab.dir / "bench.tgt", lab.dir / "bench.cc")
    before, began = cpu_s(lab), time.monotonic()
    done = lab.run([*wire, *argv, *SPNS[:count]], env={"KRB5CCNAME": f"FILE:{lab.dir}/bench.cc"})
    assert done.returncode == 0, (argv[0], done.returncode, done.stdout[-500:], done.stderr[-500:])
    # Setting the wire up is no part of it.
    took = float(done.stderr.rpartition("took ")[2]) if wire else time.monotonic() - began
    return count / took, (cpu_s(lab) - before) * 1000 / count


def compare(lab, what, wire, binaries):
    programs = {"kvno": (["kvno"], FEW), **{str(b): ([b, "ticket", "-q"], COUNT) for b in binaries}}
    taken = {name: [] for name in programs}
    for _ in range(RUNS):
        for name, (argv, count) in programs.items():
            taken[name].append(measured(lab, wire, argv, count))
    medians = {name: [statistics.median(column) for column in zip(*each)] for name, each in taken.items()}
    for name, (rate, cpu_ms) in medians.items():
        print(f"{what:8} {name:30} {rate:7.1f} tickets/s  {rate / medians['kvno'][0]:5.1f}x  KDC {cpu_ms:5.2f} ms each",
              flush=True)


def main():
    binaries = [Path(path).resolve() for path in sys.argv[1:]]
    if not binaries:
        sys.exit(__doc__)
    with Lab(build) as lab:
        far = lab.dir / "far"
        subprocess.run(["gcc", "-std=gnu11", "-O2", "-o", far, ROOT / "tests/bench/far.c"], check=True)
        lab.kinit("audit")
        shutil.copy(lab.dir / "cc/audit", lab.dir / "bench.tgt")
        compare(lab, "direct", [], binaries)
        compare(lab, f"{DELAY_MS} ms", [far, str(DELAY_MS)], binaries)


main()
