"""A large estate in which everything is right: BENCH_HOSTS hosts (default 100), each able to migrate to the other nine
of its group, 36 delegation entries apiece."""

import os

GROUP_SIZE = 10


def build(e):
    hosts = [f"BN{number:05}" for number in range(1, int(os.environ.get("BENCH_HOSTS", "100")) + 1)]
    servers = e.ou("Hyper-V")
    for start in range(0, len(hosts), GROUP_SIZE):
        group = hosts[start:start + GROUP_SIZE]
        for host in group:
            e.host(host, ou=servers, delegate_to=[peer for peer in group if peer != host], t2a4d=True,
                   keys_of=None if host == hosts[0] else hosts[0])
    e.user("alice")
    e.user("audit")
