#!/usr/bin/python3
"""Compares what kcdaudit says of every delegation with what a KDC answers, on estates drawn from seeds.

    KCDAUDIT=build/kcdaudit tests/oracle/edges.py 1..5

Users, computers and groups, lists and descriptors, ports and instances, other case, ghosts. Each SPN of each edge is
proved with the source's own key by prove.c, a client of libkrb5 alone, and so is every SPN of every account that no
edge names: what is granted there is a delegation that was not seen. docs/truth.md says more. Ends with 1 where
anything was wrong."""

import argparse
import json
import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import truth  # noqa: E402
from estate import (UAC_COMPUTER, UAC_DISABLED, UAC_NOT_DELEGATED, UAC_UNCONSTRAINED, UAC_USER)  # noqa: E402
from oracle import AUDIT_SECONDS, ENVIRONMENT, KCDAUDIT, SEARCH_SECONDS, prover, seeds_of  # noqa: E402
from lab import ADMINISTRATOR, DOMAIN, Lab, LabError, obstacle  # noqa: E402

USER = "alice"
COMPUTER_CLASSES = ["HOST", "RestrictedKrbHost", "WSMAN"]
# By sPNMappings HOST stands for these.
ALIASES = ["cifs", "http", "rpcss", "spooler"]
USES = [
    lambda name: [f"HTTP/{name}.{DOMAIN}", f"HTTP/{name}"],
    lambda name: [f"MSSQLSvc/{name}.{DOMAIN}:1433", f"MSSQLSvc/{name}.{DOMAIN}"],
    lambda name: [f"MSSQLSvc/{name}.{DOMAIN}:REPORTS", f"MSSQLSvc/{name}.{DOMAIN}:50123"],
    lambda name: [f"MSOLAPSvc.3/{name}.{DOMAIN}", f"MSOLAPSvc.3/{name}:TAB"],
    lambda name: [f"http/{name}.{DOMAIN}:8080"],
]
COLUMNS = ["false ready", "false alarms", "degraded wrong", "wrong owner", "not seen", "live/snapshot",
           "unknown without need"]


class Party:
    """One account that delegates, is delegated to, or both."""

    def __init__(self, name, computer, spns):
        self.name, self.computer, self.spns = name, computer, spns
        self.uac = UAC_COMPUTER if computer else UAC_USER
        self.t2a4d, self.list, self.trustees, self.denied = False, [], [], []

    @property
    def principal(self):
        return f"{self.name}{'$' if self.computer else ''}@{truth.REALM}"


class Estate:
    def __init__(self, seed):
        self.seed, self.random = seed, random.Random(f"edges {seed}")
        self.parties = [Party(f"SRV{i}", True, [f"{c}/{form}" for c in COMPUTER_CLASSES
                                               for form in (f"SRV{i}", f"srv{i}.{DOMAIN}")]) for i in range(1, 5)]
        self.parties += [Party(f"svc-{i}", False, self.random.choice(USES)(f"app{i}")) for i in range(1, 6)]
        self.groups = {"Front Ends": [], "Back Ends": []}
        self._slip()
        self._allow()

    def chance(self, of):
        return self.random.random() < of

    def _slip(self):
        for party in self.parties:
            if self.chance(0.1):
                party.uac |= UAC_DISABLED
            elif self.chance(0.1):
                party.uac |= UAC_NOT_DELEGATED
            if self.chance(0.1):
                party.uac |= UAC_UNCONSTRAINED
            if not party.computer and self.chance(0.1):
                party.spns = []
            party.t2a4d = self.chance(0.5)
        for members in self.groups.values():
            members += self.random.sample([p.name for p in self.parties], self.random.randrange(4))

    def _allow(self):
        """By one way for each source and target, so that what is granted proves that way."""
        self.ways = {}
        for source in self.parties:
            for target in self.random.sample(self.parties, 3):
                if source is target or self.chance(0.2):
                    continue
                way = self.random.choice(["kcd", "kcd", "rbcd"])
                self.ways[source.name, target.name] = way
                if way == "rbcd":
                    target.trustees.append(source.name)
                else:
                    source.list += self.entries(target)
            if self.chance(0.3):
                source.list.append(self.random.choice([f"HTTP/gone{source.name}.{DOMAIN}", f"cifs/OLD-{source.name}",
                                                       f"MSSQLSvc/gone.{DOMAIN}:1433"]))
            source.list = list(dict.fromkeys(source.list))
        for target in self.parties:
            if target.trustees and self.chance(0.3):
                target.denied.append(self.random.choice(target.trustees))
            for group, members in self.groups.items():
                # A group whose members have another way would prove that one.
                if self.chance(0.15) and not any((m, target.name) in self.ways for m in members):
                    target.trustees.append(group)
                    self.ways.update({(m, target.name): "rbcd" for m in members})

    def entries(self, target):
        """As administrators write them: other case, names that nobody registered, classes that HOST stands for."""
        pool = list(target.spns) or [f"HTTP/{target.name}.{DOMAIN}"]
        if target.computer:
            pool += [f"{alias}/{form}" for alias in ALIASES for form in (target.name, f"{target.name}.{DOMAIN}")]
        chosen = self.random.sample(pool, min(len(pool), self.random.randrange(1, 4)))
        return [self.random.choice([str.lower, str.upper, str, str])(spn) for spn in chosen]

    def of(self, name):
        return next((p for p in self.parties if p.name.lower() == name.lower()), None)

    def build(self, e):
        e.user(USER)
        for p in self.parties:
            if p.computer:
                e.host(p.name, spns=p.spns, uac=p.uac, t2a4d=p.t2a4d, delegate_to=p.list, keys_of=USER)
            else:
                e.user(p.name, spns=p.spns, uac=p.uac, t2a4d=p.t2a4d, delegate_to=p.list, etypes=28)
        for group, members in self.groups.items():
            e.group(group, members)
        for p in self.parties:
            aces = "".join(f"(D;;0xf01ff;;;{{{name}}})" for name in p.denied)
            aces += "".join(f"(A;;0xf01ff;;;{{{name}}})" for name in p.trustees)
            if aces:
                e.rbcd(p.name, f"O:BAD:{aces}")


class Run:
    def __init__(self, seed, options):
        self.estate, self.options = Estate(seed), options
        self.counts, self.said, self.unknown = Counter(), [], Counter()
        self.prover = prover()

    def say(self, column, *what):
        self.counts[column] += 1
        self.said.append((column, " ".join(map(str, what))))

    def go(self):
        with Lab(self.estate.build) as self.lab:
            self.keytab = self.lab.keytab(path=self.lab.dir / "all.keytab")
            live = self.list("-D", self.lab.domain, "--timeout", SEARCH_SECONDS)
            snapshot = self.lab.dir / "snapshot.ldif"
            self.lab.run([KCDAUDIT, "snapshot", "-D", self.lab.domain, "--timeout", str(SEARCH_SECONDS), "-o", snapshot],
                         user=ADMINISTRATOR, env=ENVIRONMENT, timeout=AUDIT_SECONDS)
            self.proved = self.prove()
            self.judge(live)
            self.look_for_more(live)
            self.compare(live, self.list("--ldif", snapshot))
        return self

    def list(self, *source):
        done = self.lab.run([KCDAUDIT, "delegations", *map(str, source), "-f", "json"], user=ADMINISTRATOR,
                            env=ENVIRONMENT, timeout=AUDIT_SECONDS)
        if done.returncode not in (0, 3):
            raise LabError(f"kcdaudit delegations: {done.returncode}: {done.stderr[-2000:]}")
        return json.loads(done.stdout)["edges"]

    def prove(self):
        """Of every account towards every SPN: (source, SPN folded) -> (ways, target)."""
        lines = ""
        for source in self.estate.parties:
            lines += f"source\t{source.principal}\t{USER}@{truth.REALM}\t18,17,23\t0\n"
            for target in self.estate.parties:
                if target is not source:
                    spns = dict.fromkeys([*target.spns, *(s for s in source.list if self.names(s, target))])
                    lines += "".join(f"target\t{target.principal}\t{spn}\n" for spn in spns)
        proved = {}
        for answer in truth.prove(self.lab, self.prover, self.keytab, lines):
            source = answer["source"].partition("@")[0].rstrip("$")
            for result in answer["results"]:
                target = result["target"].partition("@")[0].rstrip("$")
                ways = {way for way in ("s4u", "forwarded") if truth.granted(result.get(way))}
                if "s4u" in ways and not answer["forwardable"]:
                    ways.discard("s4u")
                proved[source.lower(), target.lower(), result["spn"].lower()] = \
                    self.as_windows(source, target, ways, answer)
                self.counts["proofs"] += 1
        return proved

    @staticmethod
    def names(spn, target):
        return spn.partition("/")[2].partition(":")[0].partition(".")[0].lower() == target.name.lower() or \
            spn.lower() in (s.lower() for s in target.spns)

    def as_windows(self, source, target, ways, answer):
        """What is known of the lab to be otherwise (docs/truth.md, "Where the lab is not Windows")."""
        s, t = self.estate.of(source), self.estate.of(target)
        if t.uac & UAC_DISABLED or not s.spns:
            return set()
        if s.uac & UAC_NOT_DELEGATED:
            return None  # the lab refuses what Windows gives to a user's own ticket
        if not s.t2a4d and not s.list and "forwarded" in ways:
            return ways | {"s4u"}  # SFU 3.2.5.1.2: forwardable where the list is empty
        return ways

    def judge(self, edges):
        for edge in edges:
            source = self.estate.of(edge["source"]["name"])
            target = self.estate.of((edge["target"] or {}).get("name") or "")
            if edge["way"] == "unconstrained" or source is None and edge["source"]["kind"] != "group":
                continue
            for spn in edge["spns"]:
                self.counts["judged"] += 1
                if spn["verdict"] == "unknown":
                    self.unknown["; ".join(spn["reasons"])] += 1
                    self.say("unknown without need", edge["id"], spn)
                elif source is None:
                    self.judge_group(edge, spn, target)
                else:
                    self.judge_one(edge, spn, source, target)

    def judge_one(self, edge, spn, source, target):
        if target is None:
            granted = [t for (s, t, n), ways in self.proved.items()
                       if s == source.name.lower() and n == spn["spn"].lower() and ways]
            if granted:
                self.say("wrong owner", edge["id"], "is a ghost, and", granted, "answers")
            return
        ways = self.proved.get((source.name.lower(), target.name.lower(), spn["spn"].lower()))
        if ways is None:
            self.counts["open"] += 1
            return
        is_true = "ready" if "s4u" in ways else "degraded" if ways else "broken"
        self.counts[is_true] += 1
        if spn["verdict"] != is_true:
            self.say({"ready": "false ready", "broken": "false alarms"}.get(spn["verdict"], "degraded wrong"),
                     f"{edge['id']} {spn}: the KDC: {is_true}; source uac {source.uac:#x} t2a4d {source.t2a4d} list "
                     f"{source.list}, target uac {target.uac:#x} trustees {target.trustees} denied {target.denied}")

    def judge_group(self, edge, spn, target):
        """A group's edge is as good as that of its worst member."""
        members = [self.estate.of(m) for m in self.estate.groups.get(edge["source"]["name"], [])]
        if target in members:
            return  # towards itself nothing is proved
        found = [self.proved.get((m.name.lower(), target.name.lower(), spn["spn"].lower())) for m in members]
        if any(ways is None for ways in found):
            self.counts["open"] += 1
            return
        worst = "ready" if found and all("s4u" in w for w in found) else \
            "degraded" if found and all(found) else "broken"
        if spn["verdict"] != worst:
            self.say("degraded wrong", edge["id"], spn, "the KDC:", worst, found)

    def look_for_more(self, edges):
        """What a KDC grants and no edge says: the delegation that was not seen."""
        seen = set()
        for edge in edges:
            target = (edge["target"] or {}).get("name", "").lower()
            sources = [edge["source"]["name"], *self.estate.groups.get(edge["source"]["name"], [])]
            for source in sources:
                seen |= {(source.lower(), target, spn["spn"].lower()) for spn in edge["spns"]}
                if edge["way"] == "rbcd":
                    seen.add((source.lower(), target))
        for (source, target, spn), ways in self.proved.items():
            if ways and (source, target, spn) not in seen and (source, target) not in seen:
                self.say("not seen", f"{source} > {target} {spn}: {ways}")

    def compare(self, live, offline):
        others = {edge["id"]: edge for edge in offline}
        for edge in live:
            other = others.pop(edge["id"], None)
            if other is None or [(s["spn"], s["verdict"]) for s in edge["spns"]] != \
                    [(s["spn"], s["verdict"]) for s in other["spns"]]:
                self.say("live/snapshot", edge["id"], edge["spns"], other and other["spns"])
        for rest in others:
            self.say("live/snapshot", rest, "only offline")


def one(job):
    seed, options = job
    try:
        run = Run(seed, options).go()
    except Exception as error:
        if options.raises:
            raise
        return seed, None, f"seed {seed}: {type(error).__name__}: {str(error).strip().splitlines()[-1]}"
    return seed, (run.counts, run.said, run.unknown), None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", nargs="*", default=["1..3"], help="N, N..M, or several")
    parser.add_argument("--labs", type=int, default=2, help="at the same time (default %(default)s)")
    parser.add_argument("--raises", action="store_true", help="show the traceback of the first error")
    options = parser.parse_args()
    if why := obstacle():
        print(f"SKIPPED: the oracle needs the lab: {why}")
        return 0
    start, totals, unknown, errors = time.monotonic(), Counter(), Counter(), 0
    jobs = [(seed, options) for seed in seeds_of(options.seeds)]
    with ProcessPoolExecutor(min(options.labs, len(jobs))) as pool:
        for seed, result, error in pool.map(one, jobs):
            if error:
                errors += 1
                print(error, flush=True)
                continue
            counts, said, reasons = result
            totals += counts
            unknown += reasons
            print(f"seed {seed:4}  {counts['proofs']} proofs  {counts['judged']} SPNs of edges",
                  flush=True)
            for column, text in said:
                print(f"  {column}: {text}", flush=True)
    print(f"\n{time.monotonic() - start:.0f} s")
    for name in ("proofs", "judged", "ready", "degraded", "broken", "open", *COLUMNS):
        print(f"{totals[name]:8}  {name}")
    for reason, count in unknown.most_common(20):
        print(f"{count:8}  unknown: {reason}")
    wrong = sum(totals[column] for column in COLUMNS) + errors
    print(f"edges: {wrong} wrong, {totals['proofs']} proofs")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
