#!/usr/bin/python3
"""A large estate of clusters in which all is right but for so many faults, as the LDIF that an administrator would export.

    faults.py OUT.ldif [--hosts 400] [--cluster 20] [--faults 45] [--seed 13] [--repair N]...

writes OUT.ldif and the configuration OUT.conf, and prints the faults, numbered.  The same numbers give the same estate,
on every machine.  A fault that is repaired leaves no trace; all others stay as they were.
"""
import argparse
import dataclasses
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))

from estate import DISABLED, HOST, HYPERV, MIGRATION, T2A4D, UNCONSTRAINED, WINDOWS, Estate, both, towards  # noqa: E402

KINDS = ("kerberos-only", "no-migration-spn", "short-names", "ghost", "disabled", "unconstrained", "empty-list", "rc4",
         "duplicate")
RC4 = 0x4
LISTS = 30  # that name a ghost, at most


@dataclasses.dataclass(frozen=True)
class Fault:
    number: int
    kind: str
    subject: str  # the host that is wrong; of ghosts the host that is gone
    others: tuple  # the other hosts of its cluster, which it bears on

    def __str__(self):
        return f"{self.number}. {self.kind}: {self.subject}"


def clusters_of(hosts, size):
    names = [f"HV{number:03}" for number in range(1, hosts + 1)]
    return [names[start:start + size] for start in range(0, hosts, size)]


def faults_of(clusters, count, seed):
    """Kinds in turn, each on a host of its own, and ghosts in the lists of different clusters as far as there are some."""
    chance = random.Random(seed)
    hosts = [(name, cluster) for cluster in clusters for name in cluster]
    chance.shuffle(hosts)
    haunted = chance.sample(clusters, len(clusters))
    found = []
    for number in range(1, count + 1):
        kind = KINDS[(number - 1) % len(KINDS)]
        if kind == "ghost":
            cluster = haunted[number // len(KINDS) % len(haunted)]
            listing = sorted(chance.sample(cluster, min(LISTS, len(cluster))))
            found.append(Fault(number, kind, f"OLD{number:02}", tuple(listing)))
        else:
            name, cluster = hosts.pop()
            found.append(Fault(number, kind, name, tuple(other for other in cluster if other != name)))
    return found


def put_host(estate, name, cluster, kind, ghosts):
    """One host with its fault, or with none."""
    peers = [other for other in cluster if other != name]
    listed = towards(*peers, *ghosts)
    host = estate.host(name, ("-",))
    host["msDS-AllowedToDelegateTo"] = listed
    if kind == "kerberos-only":
        host["userAccountControl"] = HOST
    elif kind == "no-migration-spn":
        host["servicePrincipalName"] = [spn for service in WINDOWS + HYPERV if service != MIGRATION
                                        for spn in both(service, name)]
    elif kind == "short-names":
        host["msDS-AllowedToDelegateTo"] = [spn for spn in listed if not spn.endswith(".contoso.test")]
    elif kind == "disabled":
        host["userAccountControl"] = HOST | T2A4D | DISABLED
    elif kind == "unconstrained":
        host["userAccountControl"] = HOST | UNCONSTRAINED
        del host["msDS-AllowedToDelegateTo"]
    elif kind == "empty-list":
        del host["msDS-AllowedToDelegateTo"]
    elif kind == "rc4":
        host["msDS-SupportedEncryptionTypes"] = RC4


def build(clusters, faults, repaired=()):
    estate = Estate()
    left = [fault for fault in faults if fault.number not in repaired]
    kinds = {fault.subject: fault.kind for fault in left}
    bare = {fault.subject for fault in faults if fault.kind in ("unconstrained", "empty-list", "short-names")}
    for cluster in clusters:
        for name in cluster:
            ghosts = [fault.subject for fault in left if fault.kind == "ghost" and name in fault.others and name not in bare]
            put_host(estate, name, cluster, kinds.get(name), ghosts)
    for fault in faults:
        if fault.kind == "duplicate":
            held = both(MIGRATION, fault.subject) if fault in left else [f"svc/{fault.subject}.contoso.test"]
            estate.user(f"svc-vmm-{fault.number:02}", servicePrincipalName=held)
    return estate


def configuration(clusters):
    return "".join(f"[group cluster{number:02}]\nhosts={';'.join(cluster)}\n\n"
                   for number, cluster in enumerate(clusters, 1))


def write(out, hosts=400, size=20, count=45, seed=13, repaired=()):
    """Writes `out` and its configuration beside it; the faults, repaired ones too."""
    out = pathlib.Path(out)
    clusters = clusters_of(hosts, size)
    faults = faults_of(clusters, count, seed)
    estate = build(clusters, faults, repaired)
    out.write_text(estate.ldif(f"{hosts} hosts in clusters of {size}, {count} faults, seed {seed}."))
    out.with_suffix(".conf").write_text(configuration(clusters))
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--hosts", type=int, default=400)
    parser.add_argument("--cluster", type=int, default=20)
    parser.add_argument("--faults", type=int, default=45)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--repair", type=int, action="append", default=[])
    options = parser.parse_args()
    for fault in write(options.out, options.hosts, options.cluster, options.faults, options.seed, options.repair):
        print(fault)


if __name__ == "__main__":
    main()
