#!/usr/bin/python3
"""Measures what it costs to keep an audit, offline."""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/golden"))

from estate import DOMAIN, HOST, Estate, ace, descriptor  # noqa: E402


def one_group(hosts, ready):
    """An export of hosts that are one group, each pair of it ready by RBCD, or none."""
    estate = Estate()
    estate.group("Hosts")
    for number in range(hosts):
        host = estate.host("BN%05d" % number, [], uac=HOST, memberOf=["CN=Hosts,CN=Users," + DOMAIN])
        if ready:
            host["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(estate.sid("Hosts")))
    return estate.ldif("made for a benchmark")


def bench(binary, hosts):
    """What it costs to keep an audit: the pairs are hosts * (hosts - 1), two findings each where they are broken."""
    with tempfile.TemporaryDirectory() as place:
        paths = {ready: pathlib.Path(place, "%s.ldif" % ready) for ready in (True, False)}
        for ready, path in paths.items():
            path.write_text(one_group(hosts, ready))

        def seconds(ready, *options):
            start = time.monotonic()
            subprocess.run([binary, "audit", "--ldif", paths[ready], "-c", "/dev/null", "--host", "BN*", "-q", *options],
                           stdout=subprocess.DEVNULL)
            return time.monotonic() - start

        for ready in (True, False):
            plain = statistics.median(seconds(ready, "--no-history") for _ in range(5))
            kept = ("--history", os.path.join(place, "history.%s" % ready))
            first = seconds(ready, *kept)
            again = statistics.median(seconds(ready, *kept) for _ in range(5))
            print("%6d hosts  every pair %-6s  not kept %.3f s, kept the first time +%.3f s, unchanged +%.3f s" % (
                hosts, "ready" if ready else "broken", plain, first - plain, again - plain), flush=True)


for count in os.environ.get("BENCH_HOSTS", "100 300").split():
    bench(os.path.abspath(sys.argv[1]), int(count))
