"""Rows that ask a domain controller: a lab, each beside what OpenLDAP's or MIT's own tools take for the same."""
import contextlib
import functools
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from frame import ROOT, a_lab, median, place, ratio, run, say, together, turns

FAR_PORT, DELAY_MS = 3088, 10
AUDIT = ["audit", "-c", "/dev/null", "--no-history", "-q"]
LDAPSEARCH = ["ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-Q", "-N", "-Y", "GSS-SPNEGO", "-E", "pr=1000/noprompt"]


# Estates.

def hosts(count, mesh, accounts, e):
    """Each lists the others of its mesh, among accounts that have nothing to do with it."""
    e.user("audit")
    names = [f"HV{number:04}" for number in range(count)]
    for number, name in enumerate(names):
        first = number - number % mesh
        e.host(name, password=False, delegate_to=[other for other in names[first:first + mesh] if other != name])
    for number in range(accounts - count):
        e.user(f"user{number}", password=False)


def delegations(accounts, sources, e):
    e.user("audit")
    e.group("Fronts")
    for number in range(sources):
        target = f"svc{(number + 1) % sources}"
        e.user(f"svc{number}", password=False, spns=[f"HTTP/svc{number}.{e.domain}"],
               delegate_to=[f"HTTP/{target}.{e.domain}", f"HTTP/{target}"], t2a4d=number % 2 == 0)
    for number in range(0, sources, 10):
        e.rbcd(f"svc{number}", trustees=[f"svc{(number + 5) % sources}", "Fronts"])
    for number in range(accounts - sources):
        e.user(f"user{number}", password=False)


def many_spns(accounts, each, e):
    """Some are held twice."""
    e.user("audit")
    for number in range(accounts):
        e.user(f"user{number}", password=False, spns=[f"svc{i}/server{number}" for i in range(each)])
    for number in range(4):
        e.raw_spn(f"user{number}", f"svc0/server{number + 100}")


def with_keys(count, mesh, e):
    """Hosts for which there are tickets."""
    names = [f"HV{number:03}" for number in range(count)]
    for number, name in enumerate(names):
        first = number - number % mesh
        e.host(name, delegate_to=[other for other in names[first:first + mesh] if other != name], t2a4d=True,
               keys_of=None if number == 0 else names[0])
    e.user("audit")
    e.user("alice")


# What is run.

def query(name):
    """The filter and the attributes of one of kcdaudit's own queries."""
    fields, key = {}, None
    for line in (ROOT / "queries" / name).read_text().splitlines():
        if line.startswith("#"):
            continue
        if not line.startswith(" "):
            key, line = line.split(":", 1)
        fields[key] = f"{fields.get(key, '')} {line.strip()}".strip()
    return re.sub(r"\s*(?=[()])|(?<=\))\s+", "", fields["filter"]), fields["attributes"].split()


def searching(lab, filter, attributes):
    return lambda: run([*LDAPSEARCH, "-H", f"ldap://{lab.dc}", "-b", lab.base_dn, filter, *attributes], lab, "audit")


def auditing(lab, binary, *options, **keywords):
    return lambda: run([binary, *AUDIT, "-D", lab.domain, *options], lab, "audit", **keywords)


@contextlib.contextmanager
def far_kdc(lab):
    """The environment in which the KDC is 10 ms away each way."""
    conf = lab.dir / "far.conf"
    conf.write_text(f"{lab.krb5_conf.read_text()}\n[realms]\n{lab.realm} = {{\n  kdc = {lab.ip}:{FAR_PORT}\n}}\n"
                    .replace("[libdefaults]\n", "[libdefaults]\nudp_preference_limit = 1\n", 1))
    far = lab.popen([sys.executable, ROOT / "tests/system/kdc.py", lab.ip, FAR_PORT, lab.dir / "far.log", f"--delay-ms={DELAY_MS}"],
                    stdout=subprocess.PIPE, text=True)
    try:
        assert far.stdout.readline() == "ready\n"
        yield {"KRB5_CONFIG": str(conf)}
    finally:
        lab.signal(far, signal.SIGKILL)
        far.wait()


def fresh(lab, argv):
    """With a copy of the ticket-granting ticket that holds no other ticket yet."""
    shutil.copy(lab.dir / "bench.tgt", lab.dir / "bench.cc")
    return run(argv, lab, env={"KRB5CCNAME": f"FILE:{lab.dir}/bench.cc"}, ends=(0,))


# Rows.

def compare_reading(row, lab, binary, name, options, wall, goals):
    filter, attributes = query(name)
    used = turns(ours=auditing(lab, binary, "--no-tickets", *options), search=searching(lab, filter, attributes))
    for what, (title, goal, floor) in goals.items():
        say(row, f"{wall}: {title}", ratio(used["ours"], used["search"], what), "x", goal, floor)


def hosts_2000(row, binary):
    with a_lab(functools.partial(hosts, 2000, 20, 2000)) as lab:
        compare_reading(row, lab, binary, "hosts.ldap", ("--scope", "hosts"), "audit of 2,000 hosts in 20 : ldapsearch",
                        {"wall": ("wall", 1.5, "1.26x: its own query by ldapsearch"), "cpu": ("client CPU", 4, "1.43x")})


def default_scope(row, binary):
    with a_lab(functools.partial(delegations, 20000, 500)) as lab:
        compare_reading(row, lab, binary, "delegations.ldap", (), "20,000 accounts, 500 delegate : ldapsearch",
                        {"dc": ("DC CPU", 1.5, "1x"), "wall": ("wall", 1.5, "1x")})


def hosts_64(row, binary):
    with a_lab(functools.partial(hosts, 64, 64, 20000)) as lab:
        compare_reading(row, lab, binary, "hosts.ldap", ("--scope", "hosts"), "64 hosts among 20,000 : ldapsearch",
                        {"dc": ("DC CPU", 1.5, "1x")})


def duplicates(row, binary):
    with a_lab(functools.partial(many_spns, 20000, 10)) as lab:
        used = turns(ours=lambda: run([binary, "spn", "duplicates", "-D", lab.domain, "-c", "/dev/null"], lab, "audit"),
                     search=searching(lab, "(servicePrincipalName=*)", ["servicePrincipalName", "sAMAccountName"]))
    say(row, "spn duplicates, 20,000 x 10 : ldapsearch, wall", ratio(used["ours"], used["search"]), "x", 1.2, "1.15x")
    say(row, "the same, memory", median(used["ours"], "memory"), " MiB", 64)


TICKETS, FEW = 500, 60  # so few of one kvno where each takes long


def compare_tickets(row, lab, binary, what, goals, wire=()):
    """Tickets a second against one kvno, and against four side by side."""
    spns = [f"cifs/HV{number:03}" for number in range(TICKETS)]
    count = FEW if wire else TICKETS
    lab.kinit("audit")
    shutil.copy(lab.dir / "cc/audit", lab.dir / "bench.tgt")
    programs = {"kvno": ["kvno", *spns[:count]], "four kvno": together([["kvno", *spns[part:count:4]] for part in range(4)])}
    used = turns(ours=lambda: fresh(lab, [*wire, binary, "ticket", "-q", *spns]),
                 **{name: lambda argv=argv: fresh(lab, [*wire, *argv]) for name, argv in programs.items() if name in goals})
    for name, goal in goals.items():
        say(row, f"{TICKETS} tickets, {what}: rate against {name}", ratio(used[name], used["ours"]) * TICKETS / count, "x", goal,
            "the KDC's own CPU", more=True)


def tickets(row, binary):
    estate = functools.partial(with_keys, TICKETS, 1)
    with a_lab(estate) as lab:
        compare_tickets(row, lab, binary, "one DC process", {"kvno": 2.1, "four kvno": 1.2})
    with a_lab(estate, model="prefork") as lab:
        compare_tickets(row, lab, binary, "DC in prefork", {"kvno": 3.3, "four kvno": 1.5})


def tickets_far(row, binary):
    """Over a wire on which each packet takes its time, those to DNS as well."""
    with a_lab(functools.partial(with_keys, TICKETS, 1)) as lab:
        wire = lab.dir / "far"
        subprocess.run(["gcc", "-std=gnu11", "-O2", "-o", wire, ROOT / "tests/bench/far.c"], check=True)
        compare_tickets(row, lab, binary, f"DNS and KDC {DELAY_MS} ms away", {"kvno": 35}, (wire, str(DELAY_MS)))


def proofs(row, binary):
    """By how much longer an audit takes that proves."""
    count = 20
    with a_lab(functools.partial(with_keys, count, count)) as lab:
        keytab = lab.keytab([f"HV{number:03}$" for number in range(count)])
        plain = ("--no-tickets", "--scope", "hosts")
        used = turns(with_proofs=auditing(lab, binary, *plain, "--prove-as", "alice", "--prove-keytab", keytab),
                     without=auditing(lab, binary, *plain))
    seconds = max(median(used["with_proofs"]) - median(used["without"]), 0.01)
    asked = count * (count - 1) * 4  # two services, two names
    busy = max(median(used["with_proofs"], "dc") - median(used["without"], "dc"), 0.01)
    say(row, f"{asked:,} proofs among 20 hosts, a second", asked / seconds, "/s", 231, f"{asked / busy:.0f}/s: the KDC's own CPU", more=True)


def shards(row, binary):
    """Eight side by side against one, by a snapshot, behind a KDC that is far, a ticket at a time."""
    with a_lab(functools.partial(with_keys, 150, 20)) as lab, far_kdc(lab) as env, place() as directory:
        snapshot = directory / "estate.ldif"
        run([binary, "snapshot", "-D", lab.domain, "-o", snapshot], lab, "audit", ends=(0,))

        def audit(part, of):
            out = Path(directory, f"{of}")
            return [binary, "audit", "--shard", f"{part}/{of}", "--run-id", "bench", "--ldif", snapshot, "-c", "/dev/null",
                    "--jobs", "1", "-o", f"{out}/"]
        used = turns(one=lambda: run(audit(0, 1), lab, "audit", env),
                     eight=lambda: run(together([audit(part, 8) for part in range(8)]), lab, "audit", env))
    say(row, f"8 shards : 1, 150 hosts, KDC {DELAY_MS} ms away, wall", ratio(used["eight"], used["one"]), "x", 0.25, "0.125x, and the KDC's CPU")


ROWS = {"hosts-2000": hosts_2000, "default-scope": default_scope, "tickets": tickets, "tickets-10ms": tickets_far, "hosts-64": hosts_64,
        "spn-duplicates": duplicates, "proofs": proofs, "shards": shards}
