#!/usr/bin/env python3
"""One shard against eight of the same audit, each with their merge, with a KDC that is 10 ms away each way, a ticket at a time.

    tests/bench/shards.py build/kcdaudit [RUNS]

Each shard has its own process, as on a machine of its own. Pairs of runs that take turns, their medians; the reports are compared, `run` aside."""

import json
import os
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

HOSTS, SHARDS, PORT, DELAY_MS, GOAL = 150, 8, 3089, 10, 0.25


def build(e):
    for n in range(HOSTS):
        e.host(f"HV{n:03}")
    e.user("audit")


class Bench:
    def __init__(self, lab, binary, directory):
        self.lab, self.binary, self.directory = lab, binary, directory
        self.estate = directory / "estate.ldif"
        self.caches = 0

    def env(self, conf=None):
        """A fresh copy of the ticket-granting ticket."""
        self.caches += 1
        cache = self.directory / f"{self.caches}.cc"
        shutil.copy(self.lab.dir / "cc/audit", cache)
        return {"KRB5CCNAME": f"FILE:{cache}", **({"KRB5_CONFIG": str(conf)} if conf else {})}

    def start(self, conf, *options):
        return self.lab.popen([self.binary, "audit", "--ldif", self.estate, "-c", os.devnull, "--no-history", "--jobs", "1", *options],
                              env=self.env(conf), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def seconds(self, conf, count):
        """Of so many shards, and their merge."""
        back = self.directory / f"back-{count}"
        shutil.rmtree(back, ignore_errors=True)
        back.mkdir()
        began = time.monotonic()
        shards = [self.start(conf, "--shard", f"{n}/{count}", "--run-id", "bench", "-o", f"{back}/") for n in range(count)]
        for shard in shards:
            _, said = shard.communicate()
            assert shard.returncode == 0, said
        merged = self.lab.run([self.binary, "merge", "--run-id", "bench", "--ldif", self.estate, "-c", os.devnull, "--no-history", "-f", "json",
                               "-o", self.directory / f"{count}.json", back])
        assert merged.returncode in (0, 1, 3), merged.stderr
        return time.monotonic() - began

    def same(self):
        """How long each ticket took aside."""
        def plain(value):
            if isinstance(value, dict):
                return {key: plain(of) for key, of in value.items() if key not in ("run", "ms")}
            return [plain(of) for of in value] if isinstance(value, list) else value
        one, other = (plain(json.loads((self.directory / f"{count}.json").read_text())) for count in (1, SHARDS))
        for key in one:
            if one[key] != other[key]:
                print(key, json.dumps(one[key])[:600], json.dumps(other[key])[:600], sep="\n")
        return one == other


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    binary, runs = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with Lab(build) as lab:
        lab.kinit("audit")
        directory = lab.dir / "shards"
        directory.mkdir()
        bench = Bench(lab, binary, directory)
        read = lab.run([binary, "snapshot", "-D", lab.domain, "-o", bench.estate], env=bench.env())
        assert read.returncode in (0, 3), read.stderr
        conf = lab.dir / "far.conf"
        conf.write_text(f"{lab.krb5_conf.read_text()}\n[realms]\n{lab.realm} = {{\n  kdc = {lab.ip}:{PORT}\n}}\n"
                        .replace("[libdefaults]\n", "[libdefaults]\nudp_preference_limit = 1\n", 1))
        far = lab.popen([sys.executable, ROOT / "tests/system/kdc.py", lab.ip, str(PORT), lab.dir / "far.log",
                         f"--delay-ms={DELAY_MS}"], stdout=subprocess.PIPE, text=True)
        assert far.stdout.readline() == "ready\n"
        pairs = [(bench.seconds(conf, 1), bench.seconds(conf, SHARDS)) for _ in range(runs)]
        alone, shared = (statistics.median(each) for each in zip(*pairs))
        ratio = statistics.median(after / before for before, after in pairs)
        print(f"{SHARDS} shards, KDC {DELAY_MS} ms away: one {alone:.2f} s, {SHARDS} and the merge {shared:.2f} s, {ratio:.2f} of one "
              f"(goal {GOAL}); the same report: {'yes' if bench.same() else 'NO'}", flush=True)
        lab.signal(far, signal.SIGKILL)


main()
