#!/usr/bin/python3
"""CPU of an audit of many delegations, and what of it is spent on chains.

usage: chains.py BUILD [EDGES]      BUILD holds kcdaudit and unit/test-chains

Half as many accounts as edges.  Every tenth edge is on a way that goes back to where it began, every
twentieth is granted to a group of 20, every hundredth leads to a domain controller, the others
anywhere.
"""
import pathlib
import random
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))

from estate import DOMAIN_CONTROLLER, HOST, T2A4D, UNCONSTRAINED, Estate, ace, descriptor  # noqa: E402

RUNS = 5


def estate_of(edges):
    draw = random.Random(11)
    estate, names = Estate(), ["S%05d" % i for i in range(edges // 2)]
    for i, name in enumerate(names):
        estate.host(name, [], uac=DOMAIN_CONTROLLER | UNCONSTRAINED if i < 20 else HOST | T2A4D,
                    spns=["HTTP/" + name], primaryGroupID=516 if i < 20 else 515)
    groups = ["G%03d" % i for i in range(edges // 200)]
    hosts = {dn.split(",")[0][3:]: values for dn, values in estate.entries.items()}
    sids = {}
    for name in groups:
        estate.group(name)
        sids[name] = estate.sid(name)
        for member in draw.sample(names[20:], 20):
            hosts[member].setdefault("memberOf", []).append("CN=%s,CN=Users,DC=contoso,DC=test" % name)
    for i in range(edges):
        source, target = draw.choice(names[20:]), draw.choice(names[:20] if i % 100 == 5 else names[20:])
        if i % 10 == 1:
            at = 20 + i // 10
            source, target = names[at], names[at + 1 if i + 10 < edges else 20]
        if i % 20 == 0:
            granted = hosts[target].setdefault("granted", set())
            granted.add(sids[draw.choice(groups)])
        elif "HTTP/" + target not in hosts[source]["msDS-AllowedToDelegateTo"]:
            hosts[source]["msDS-AllowedToDelegateTo"].append("HTTP/" + target)
    for values in hosts.values():
        granted = sorted(values.pop("granted", ()))
        if granted:
            values["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(*map(ace, granted))
    return estate


def cpu_of(argv):
    """The least of some runs."""
    spent = []
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(argv, stdout=subprocess.DEVNULL, check=False)
        assert done.returncode in (0, 1, 2, 3), done
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(spent)


def main():
    build, edges = pathlib.Path(sys.argv[1]), int((sys.argv + ["10000"])[2])
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "estate.ldif"
        path.write_text(estate_of(edges).ldif("bench"))
        for scope in "hosts", "domain":
            argv = [build / "kcdaudit", "audit", "--ldif", path, "-c", "/dev/null", "--no-history", "--scope", scope]
            print("%6d edges  audit --ldif --scope %-8s %8.2f s of CPU" % (edges, scope, cpu_of(argv)), flush=True)
    argv = [build / "unit/test-chains", "--edges", str(edges)]
    print("%6d edges  chains alone                 %8.2f s of CPU" % (edges, cpu_of(argv)))


main()
