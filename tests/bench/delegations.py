#!/usr/bin/python3
"""CPU and memory of an audit of an export in which few of many accounts delegate.

usage: delegations.py BUILD [ACCOUNTS [SOURCES]]      default: 20000 500
       delegations.py --write FILE [ACCOUNTS [SOURCES]]      the export alone, for a profiler

Of those that delegate four in ten have lists to HTTP and MSSQLSvc SPNs of others, half of them with
protocol transition; two in ten are trusted for any service; four in ten let others act on them, by
one of 50 groups of ten or by account.  The others are users and computers in groups of their own.
Two domains share the export.
"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "golden"))

from estate import CONFIG, DOMAIN, HOST, T2A4D, UNCONSTRAINED, Estate, ace, descriptor, sid_bytes  # noqa: E402

GROUPS, GROUP_SIZE, RUNS = 50, 10, 5
CHILD = "DC=sub," + DOMAIN


def child_domain(estate):
    estate.add(CHILD, objectClass=["top", "domain", "domainDNS"], objectSid=sid_bytes("S-1-5-21-4000-5000-6000"))
    estate.add("CN=SUB,CN=Partitions," + CONFIG, objectClass=["top", "crossRef"], nCName=CHILD, dnsRoot="sub.contoso.test",
               nETBIOSName="SUB", systemFlags=3)
    for base in DOMAIN, CHILD:
        estate.add("CN=Administrators,CN=Builtin," + base, objectClass=["top", "group"], objectSid=sid_bytes("S-1-5-32-544"),
                   sAMAccountName="Administrators", groupType=-2147483643)


def services_of(name):
    return ["HTTP/%s.contoso.test" % name, "HTTP/" + name, "MSSQLSvc/%s.contoso.test:1433" % name]


def estate_of(accounts, sources):
    draw, estate = random.Random(11), Estate()
    child_domain(estate)
    names = ["svc%05d" % i for i in range(sources)]
    for i, name in enumerate(names):
        target = draw.choice(names)
        values = {"userPrincipalName": name + "@contoso.test", "servicePrincipalName": services_of(name)}
        if i % 10 < 4:
            values["msDS-AllowedToDelegateTo"] = services_of(target)
        user = estate.user(name, **values)
        user["userAccountControl"] |= UNCONSTRAINED if i % 10 in (4, 5) else T2A4D if i % 2 else 0
    users = {dn.split(",")[0][3:]: values for dn, values in estate.entries.items()}
    groups = ["Fronts%02d" % i for i in range(GROUPS)]
    for name in groups:
        group = estate.group(name)
        for member in draw.sample(names, GROUP_SIZE):
            users[member].setdefault("memberOf", []).append("CN=%s,CN=Users,%s" % (name, DOMAIN))
        users[name] = group
    for i, name in enumerate(names):
        if i % 10 >= 6:
            trustees = [groups[i % GROUPS]] if i % 2 else draw.sample(names, 3)
            users[name]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
                *(ace("S-1-5-21-" + "-".join(str(int.from_bytes(users[t]["objectSid"][at:at + 4], "little"))
                                             for at in range(12, 28, 4))) for t in trustees))
    for i in range(100):
        estate.group("Department%02d" % i)
    for i in range(accounts - sources):
        inside = ["CN=Department%02d,CN=Users,%s" % (d, DOMAIN) for d in draw.sample(range(100), 5)]
        if i % 2:
            estate.user("user%05d" % i, userPrincipalName="user%05d@contoso.test" % i, memberOf=inside)
        else:
            estate.host("PC%05d" % i, [], uac=HOST, spns=["HOST/PC%05d" % i], memberOf=inside[:1])
    return estate


def run(argv):
    """CPU seconds and the most memory, in MB."""
    child = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode in (0, 1, 2, 3), child.returncode
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(build, path):
    for scope in ("hosts", "domain"):
        argv = [build / "kcdaudit", "audit", "--ldif", path, "-c", "/dev/null", "--no-history", "--scope", scope]
        cpu, memory = min(run(argv) for _ in range(RUNS))
        print("audit --ldif --scope %-8s %8.2f s of CPU, %6.0f MB" % (scope, cpu, memory), flush=True)


def main():
    argv = sys.argv[1:]
    write = argv[0] == "--write"
    where, *sizes = argv[write:]
    accounts, sources = map(int, sizes + ["20000", "500"][len(sizes):])
    if write:
        pathlib.Path(where).write_text(estate_of(accounts, sources).ldif("bench"))
        return
    print("%d accounts of which %d delegate" % (accounts, sources), flush=True)
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "estate.ldif"
        # By another process: what this one holds would count as memory of the audit.
        subprocess.run([sys.executable, __file__, "--write", path, str(accounts), str(sources)], check=True)
        measure(pathlib.Path(where), path)


main()
