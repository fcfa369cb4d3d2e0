#!/usr/bin/env python3
"""How many tickets a second, against kvno: directly, and with a KDC that is 10 ms away each way.

    tests/bench/tickets.py build/kcdaudit [another binary...]

Medians of three runs that take turns, on a lab of 300 hosts."""

import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/lab")]
from lab import Lab  # noqa: E402

COUNT, RUNS, PORT, DELAY_MS = 300, 3, 3088, 10
SPNS = [f"cifs/HV{n:03}" for n in range(COUNT)]


def build(e):
    for n in range(COUNT):
        e.host(f"HV{n:03}")
    e.user("audit")


def rate(lab, argv, env):
    """Tickets a second, by a fresh copy of the ticket-granting ticket."""
    shutil.copy(lab.dir / "bench.tgt", lab.dir / "bench.cc")
    began = time.monotonic()
    done = lab.run([*argv, *SPNS], env={**env, "KRB5CCNAME": f"FILE:{lab.dir}/bench.cc"})
    assert done.returncode == 0, done.stderr[-500:]
    return COUNT / (time.monotonic() - began)


def compare(lab, what, env, binaries):
    programs = {"kvno": ["kvno"], **{str(b): [b, "ticket", "-q"] for b in binaries}}
    rates = {name: [] for name in programs}
    for _ in range(RUNS):
        for name, argv in programs.items():
            rates[name].append(rate(lab, argv, env))
    usual = statistics.median(rates["kvno"])
    for name, each in rates.items():
        median = statistics.median(each)
        print(f"{what:8} {name:30} {median:7.1f} tickets/s  {median / usual:5.1f}x", flush=True)


def main():
    binaries = [Path(path).resolve() for path in sys.argv[1:]]
    if not binaries:
        sys.exit(__doc__)
    with Lab(build) as lab:
        lab.kinit("audit")
        shutil.copy(lab.dir / "cc/audit", lab.dir / "bench.tgt")
        compare(lab, "direct", {}, binaries)
        conf = lab.dir / "far.conf"
        conf.write_text(f"{lab.krb5_conf.read_text()}\n[realms]\n{lab.realm} = {{\n  kdc = {lab.ip}:{PORT}\n}}\n"
                        .replace("[libdefaults]\n", "[libdefaults]\nudp_preference_limit = 1\n", 1))
        far = lab.popen([sys.executable, ROOT / "tests/system/kdc.py", lab.ip, str(PORT), lab.dir / "far.log",
                         f"--delay-ms={DELAY_MS}"], stdout=subprocess.PIPE, text=True)
        assert far.stdout.readline() == "ready\n"
        compare(lab, f"{DELAY_MS} ms", {"KRB5_CONFIG": str(conf)}, binaries)
        lab.signal(far, signal.SIGKILL)


main()
