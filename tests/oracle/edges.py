#!/usr/bin/python3
"""Compares what kcdaudit says of every delegation with what a KDC answers, on estates drawn from seeds.

    KCDAUDIT=build/kcdaudit tests/oracle/edges.py 1..5

Users, computers, managed accounts (gMSA), a cluster name, groups in groups; lists and descriptors, policies, ports and
instances, other case, ghosts. Each SPN of each edge is proved with the source's own key by prove.c, a client of libkrb5
alone, and so is every SPN of every account that no edge names: what is granted there is a delegation that was not seen.
docs/truth.md says more. Ends with 1 where anything was wrong."""

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

import denied  # noqa: E402
import truth  # noqa: E402
import unknowns  # noqa: E402
from estate import (UAC_COMPUTER, UAC_DISABLED, UAC_NOT_DELEGATED, UAC_UNCONSTRAINED, UAC_USER)  # noqa: E402
from estates import LOCAL, SECURITY, UNIVERSAL, descriptor  # noqa: E402
from oracle import AUDIT_SECONDS, ENVIRONMENT, KCDAUDIT, SEARCH_SECONDS, TRIES, prover, seeds_of  # noqa: E402
from lab import ADMINISTRATOR, DOMAIN, Lab, LabError, obstacle  # noqa: E402

USER = "alice"
COMPUTER_CLASSES = ["HOST", "RestrictedKrbHost", "WSMAN"]
CLUSTER_CLASSES = ["MSClusterVirtualServer", "MSServerCluster", "HOST"]
# By sPNMappings HOST stands for these.
ALIASES = ["cifs", "http", "rpcss", "spooler"]
USES = [
    lambda name: [f"HTTP/{name}.{DOMAIN}", f"HTTP/{name}"],
    lambda name: [f"MSSQLSvc/{name}.{DOMAIN}:1433", f"MSSQLSvc/{name}.{DOMAIN}"],
    lambda name: [f"MSSQLSvc/{name}.{DOMAIN}:REPORTS", f"MSSQLSvc/{name}.{DOMAIN}:50123"],
    lambda name: [f"MSOLAPSvc.3/{name}.{DOMAIN}", f"MSOLAPSvc.3/{name}:TAB"],
    lambda name: [f"http/{name}.{DOMAIN}:8080"],
    # Of three parts; by the domain's name Samba finds DCs alone.
    lambda name: [f"ldap/{name}.{DOMAIN}/Reports", f"ldap/{name}.{DOMAIN}/{DOMAIN}"],
]
ETYPES = [4, 8, 16, 24]
CROWDS = ["AU", "WD"]
POLICIES = "CN=AuthN Policies,CN=AuthN Policy Configuration,CN=Services,CN=Configuration"
COLUMNS = ["false ready", "false alarms", "degraded wrong", "wrong owner", "not seen", "live/snapshot",
           "unknown without need", "unproved", "denied wrong", "plain reader"]


class Party:
    """One account that delegates, is delegated to, or both."""

    def __init__(self, name, kind, app, spns):
        self.name, self.kind, self.spns = name, kind, spns
        self.labels = {name.lower(), app.lower()}  # the hosts of its SPNs
        self.uac = UAC_USER if kind == "user" else UAC_COMPUTER
        self.t2a4d, self.list, self.trustees, self.denied = False, [], [], []
        self.etypes, self.crowd, self.policy = 28, None, None

    @property
    def is_host(self):
        return self.kind in ("computer", "cluster")

    @property
    def principal(self):
        return f"{self.name}{'' if self.kind == 'user' else '$'}@{truth.REALM}"

    def holds(self, spn):
        return spn.lower() in (held.lower() for held in self.spns)

    def __str__(self):
        return f"{self.kind} uac {self.uac:#x} t2a4d {self.t2a4d} etypes {self.etypes} spns {self.spns} list " \
               f"{self.list} trustees {self.trustees} denied {self.denied} crowd {self.crowd} policy {self.policy}"


def of_host(name, kind, classes):
    return Party(name, kind, name, [f"{c}/{form}" for c in classes for form in (name, f"{name.lower()}.{DOMAIN}")])


def is_in(spn, held):
    return spn.lower() in (other.lower() for other in held)


class Estate:
    def __init__(self, seed):
        self.seed, self.random = seed, random.Random(f"edges {seed}")
        self.parties = [of_host(f"SRV{i}", "computer", COMPUTER_CLASSES) for i in range(1, 4)]
        self.parties.append(of_host("CLU1", "cluster", CLUSTER_CLASSES))
        for kind, name, app, count in (("user", "svc-", "app", 3), ("gmsa", "gm-", "pool", 2)):
            self.parties += [Party(f"{name}{i}", kind, f"{app}{i}", self.random.choice(USES)(f"{app}{i}"))
                             for i in range(1, count + 1)]
        # name -> (groupType, members)
        self.groups = {"Front Ends": (None, []), "Back Ends": (None, []), "All Ends": (UNIVERSAL | SECURITY, []),
                       "Local Ends": (LOCAL | SECURITY, [])}
        self.planted = []  # (party, SPN), below the modules that refuse it
        self._slip()
        self._group_up()
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
            if not party.is_host and self.chance(0.1):
                party.spns = []
            if self.chance(0.15):
                party.etypes = self.random.choice(ETYPES)
            party.t2a4d = self.chance(0.5)
        if self.chance(0.3):
            host = self.random.choice([p for p in self.parties if p.is_host])
            self._plant(f"HTTP/{self.random.choice([host.name, f'{host.name.lower()}.{DOMAIN}'])}", host)
        if self.chance(0.2):
            owner = self.random.choice([p for p in self.parties if p.spns])
            self._plant(self.random.choice(owner.spns), owner)

    def _plant(self, spn, owner):
        """Takes a class from HOST, or makes the SPN one of two accounts."""
        holder = self.random.choice([p for p in self.parties if p is not owner and p.kind != "cluster"])
        if not holder.holds(spn):
            holder.spns = [*holder.spns, spn]
            self.planted.append((holder.name, spn))

    def _group_up(self):
        for name in ("Front Ends", "Back Ends"):
            self.groups[name][1].extend(self.random.sample([p.name for p in self.parties], self.random.randrange(4)))
        for name in ("All Ends", "Local Ends"):
            self.groups[name][1].extend(self.random.sample(["Front Ends", "Back Ends"], self.random.randrange(1, 3)))
        if self.chance(0.5):
            self.groups["Local Ends"][1].append(self.random.choice(self.parties).name)

    def members(self, group):
        """Of the group and of those in it."""
        found = set()
        for name in self.groups.get(group, (None, []))[1]:
            found |= self.members(name) if name in self.groups else {name}
        return found

    def _allow(self):
        """By one way for each source and target, so that what is granted proves that way."""
        self.ways = {}
        if self.chance(0.2):
            target = self.random.choice(self.parties)
            target.crowd = self.random.choice(CROWDS)
            self.ways = {(source.name, target.name): "rbcd" for source in self.parties}
        for source in self.parties:
            for target in self.random.sample(self.parties, 4):
                if source is target or (source.name, target.name) in self.ways or self.chance(0.2):
                    continue
                way = self.random.choice(["kcd", "kcd", "rbcd"])
                self.ways[source.name, target.name] = way
                if way == "rbcd":
                    target.trustees.append(source.name)
                else:
                    source.list += self.entries(target)
            if self.chance(0.4):
                source.list.append(self.ghost(source))
            source.list = list({spn.lower(): spn for spn in source.list}.values())
        for target in self.parties:
            if target.trustees and self.chance(0.3):
                target.denied.append(self.random.choice(target.trustees))
            for group in self.groups:
                # A group whose members have another way would prove that one.
                if self.chance(0.12) and not any((m, target.name) in self.ways for m in self.members(group)):
                    target.trustees.append(group)
                    self.ways.update({(m, target.name): "rbcd" for m in self.members(group)})
                    if self.chance(0.2):
                        target.denied.append(self.random.choice(list(self.groups)))
            if self.chance(0.12):
                target.policy = self.random_policy()

    def random_policy(self):
        """(enforced, owner, who may authenticate to it)"""
        who = self.random.choice([["WD"], [USER], [*self.groups], [p.name for p in self.parties],
                                  self.random.sample([p.name for p in self.parties], 3)])
        return self.chance(0.8), self.random.choice(["O:SY", "O:BA"]), who

    def entries(self, target):
        """As administrators write them: other case, names that nobody registered, classes that HOST stands for."""
        pool = list(target.spns) or [f"HTTP/{target.name}.{DOMAIN}"]
        if target.is_host:
            pool += [f"{alias}/{form}" for alias in ALIASES for form in (target.name, f"{target.name}.{DOMAIN}")]
        chosen = self.random.sample(pool, min(len(pool), self.random.randrange(1, 4)))
        return [self.random.choice([str.lower, str.upper, str, str])(spn) for spn in chosen]

    def ghost(self, source):
        """Of a host that is gone; of one that is there, another port, form or class."""
        return self.random.choice([
            f"HTTP/gone{source.name}.{DOMAIN}", f"cifs/OLD-{source.name}", f"MSSQLSvc/gone.{DOMAIN}:1433",
            f"MSSQLSvc/app1.{DOMAIN}:9999", f"MSSQLSvc/srv1.{DOMAIN}", "nfs/SRV2", f"cifs/app2.{DOMAIN}",
            f"HTTP/app3.{DOMAIN}:80", f"HOST/srv1.{DOMAIN}:445", "MSOLAPSvc.3/pool1:NONE", f"cifs/svc-1.{DOMAIN}"])

    def of(self, name):
        return next((p for p in self.parties if p.name.lower() == name.lower().rstrip("$")), None)

    # As denied.py asks for them.
    @property
    def hosts(self):
        return self.parties

    @property
    def others(self):
        return {p.name: p.spns for p in self.parties if p.kind == "user"}

    @property
    def policies(self):
        return [f"Of {p.name}" for p in self.parties if p.policy]

    protected_groups, silos = [], []

    def build(self, e):
        e.user(USER)
        for p in self.parties:
            spns = [spn for spn in p.spns if (p.name, spn) not in self.planted]
            options = {"spns": spns, "uac": p.uac, "t2a4d": p.t2a4d, "delegate_to": p.list, "etypes": p.etypes}
            # A key of its own, so that a ticket tells whose it is.
            if p.is_host:
                e.host(p.name, password=False, extra={"clearTextPassword": f"Of-{p.name}-xY".encode("utf-16-le")}, **options)
            else:
                {"user": e.user, "gmsa": e.gmsa}[p.kind](p.name, **options)
        for group, (kind, members) in self.groups.items():
            e.group(group, members, kind=kind)
        for p in self.parties:
            self._build_rights(e, p)
        for name, spn in self.planted:
            e.raw_spn(name, spn)

    @staticmethod
    def _build_rights(e, p):
        aces = "".join(f"(D;;0xf01ff;;;{{{name}}})" for name in p.denied)
        aces += "".join(f"(A;;0xf01ff;;;{{{name}}})" for name in p.trustees)
        aces += f"(A;;0xf01ff;;;{p.crowd})" if p.crowd else ""
        if aces:
            e.rbcd(p.name, f"O:BAD:{aces}")
        if p.policy:
            enforced, owner, who = p.policy
            allowed = "".join(f"(A;;CR;;;{name if name in CROWDS else f'{{{name}}}'})" for name in who)
            dn, check = f"CN=Of {p.name},{POLICIES},{e.dn}", descriptor(e, f"{owner}D:{allowed}")
            # A managed account is a service for Windows, and a computer for Samba.
            kinds = {"user": ["User"], "gmsa": ["Service", "Computer"]}.get(p.kind, ["Computer"])
            e.samdb.add({"dn": dn, "objectClass": "msDS-AuthNPolicy",
                         "msDS-AuthNPolicyEnforced": "TRUE" if enforced else "FALSE",
                         **{f"msDS-{kind}AllowedToAuthenticateTo": check for kind in kinds}})
            e.set(p.name, "msDS-AssignedAuthNPolicy", dn)


class Run:
    def __init__(self, seed, options):
        self.estate, self.options = Estate(seed), options
        self.counts, self.said, self.unknown = Counter(), [], Counter()
        self.prover = prover()
        self.denials = denied.Denials(self.estate)

    def say(self, column, *what):
        self.counts[column] += 1
        self.said.append((column, " ".join(map(str, what))))

    def go(self):
        is_denied = self.options.denied and self.estate.seed % self.options.denied == 0
        with Lab([self.estate.build, *([self.denials.build] if is_denied else [])]) as self.lab:
            self.keytab = self.lab.keytab(path=self.lab.dir / "all.keytab")
            live = self.list("-D", self.lab.domain, "--timeout", SEARCH_SECONDS)
            snapshot = self.lab.dir / "snapshot.ldif"
            self.lab.run([KCDAUDIT, "snapshot", "-D", self.lab.domain, "--timeout", str(SEARCH_SECONDS), "-o", snapshot],
                         user=ADMINISTRATOR, env=ENVIRONMENT, timeout=AUDIT_SECONDS)
            self.proved = self.prove()
            self.judge(live)
            self.look_for_more(live)
            self.compare(live, self.list("--ldif", snapshot))
            for reader, denials in self.denials.readers.items() if is_denied else ():
                self.judge_reader(reader, denials, live)
        return self

    def list(self, *source, user=ADMINISTRATOR):
        done = self.lab.run([KCDAUDIT, "delegations", *map(str, source), "-f", "json"], user=user,
                            env=ENVIRONMENT, timeout=AUDIT_SECONDS)
        if done.returncode not in (0, 3):
            raise LabError(f"kcdaudit delegations: {done.returncode}: {done.stderr[-2000:]}")
        return json.loads(done.stdout)["edges"]

    def prove(self):
        """Of every account towards every SPN, and what its list names beside: (source, target, SPN folded) -> ways;
        None: open. Where the KDC did not answer in libkrb5's time, again."""
        for _ in range(TRIES):
            answers = truth.prove(self.lab, self.prover, self.keytab, "".join(map(self.job, self.estate.parties)))
            silent = [a for a in answers if a["login"] < 0 or a["login"] == 0 and a["self"] < 0 or
                      any(r.get(way, {}).get("code", 0) < 0 for r in a["results"] for way in truth.WAYS)]
            if not silent:
                break
        for answer in silent:
            self.say("unproved", answer)
        proved, self.answered, self.user_codes = {}, set(), {}
        for answer in answers:
            source = self.estate.of(answer["source"].partition("@")[0])
            self.user_codes[source.name] = answer["user_ticket"]
            for result in answer["results"]:
                self.counts["proofs"] += 1
                target, spn = self.estate.of(result["target"].partition("@")[0]), result["spn"].lower()
                ways = {way for way in ("s4u", "forwarded") if truth.granted(result.get(way))}
                if any(result.get(way, {}).get("code") == 0 for way in ("s4u", "forwarded")):
                    self.answered.add((source.name, spn))
                if "s4u" in ways and not answer["forwardable"]:
                    ways.discard("s4u")
                proved[source.name.lower(), target.name.lower(), spn] = \
                    self.as_windows(source, target, spn, ways, answer)
        return proved

    def job(self, source):
        """What names no account is asked for as if it were the source's own: nobody may answer."""
        lines = f"source\t{source.principal}\t{USER}@{truth.REALM}\t" \
                f"{','.join(map(str, truth.offered(source)))}\t0\n"
        rest = {spn.lower(): spn for spn in source.list}
        for target in self.estate.parties:
            listed = [spn for spn in source.list if self.names(spn, target)]
            # To itself where its list says so.
            spns = {spn.lower(): spn for spn in [*(target.spns if target is not source else []), *listed]}
            rest = {spn: written for spn, written in rest.items() if spn not in spns}
            lines += "".join(f"target\t{target.principal}\t{spn}\n" for spn in spns.values())
        return lines + "".join(f"target\t{source.principal}\t{spn}\n" for spn in rest.values())

    @staticmethod
    def names(spn, target):
        return spn.partition("/")[2].partition(":")[0].partition(".")[0].lower() in target.labels or target.holds(spn)

    def as_windows(self, source, target, spn, ways, answer):
        """What is known of the lab to be otherwise (docs/truth.md, "Where the lab is not Windows")."""
        if target.uac & UAC_DISABLED or not source.spns or self.by_account_name(spn):
            return set()
        if source.uac & UAC_NOT_DELEGATED:
            return None  # the lab refuses what Windows gives to a user's own ticket
        if answer["user_ticket"] == truth.POLICY and not answer["forwardable"]:
            return None  # this user may not sign in at the source, which says nothing of others
        if not source.t2a4d and not source.list and "forwarded" in ways:
            return ways | {"s4u"}  # SFU 3.2.5.1.2: forwardable where the list is empty
        return ways

    def by_account_name(self, spn):
        """HOST or what it stands for, of a name under which nobody holds either: found by the name's first label."""
        service, _, name = spn.partition("/")
        held = [of for p in self.estate.parties for of in p.spns]
        return service.lower() in ["host", *ALIASES] and not is_in(spn, held) and not is_in(f"HOST/{name}", held)

    def judge(self, edges):
        for edge in edges:
            source = self.estate.of(edge["source"]["name"])
            target = self.estate.of((edge["target"] or {}).get("name") or "")
            if edge["way"] == "unconstrained":
                self.judge_unconstrained(edge, source)
                continue
            if edge["source"]["kind"] == "wellknown":
                self.judge_crowd(edge, target)
            elif source is None and edge["source"]["kind"] != "group":
                self.say("wrong owner", edge["id"], "is of nobody in the estate")
            for spn in edge["spns"]:
                self.counts["judged"] += 1
                if spn["verdict"] == "unknown":
                    self.unknown["; ".join(spn["reasons"])] += 1
                    if not unknowns.labels(spn["reasons"]):
                        self.say("unknown without need", edge["id"], spn)
                elif source is None:
                    self.judge_group(edge, spn, target)
                else:
                    self.judge_one(edge, spn, source, target)

    def judge_one(self, edge, spn, source, target):
        if target is None:
            self.counts["ghosts"] += 1
            granted = [t for (s, t, n), ways in self.proved.items()
                       if s == source.name.lower() and n == spn["spn"].lower() and ways]
            answered = (source.name, spn["spn"].lower()) in self.answered and not self.by_account_name(spn["spn"])
            if granted or answered or spn["verdict"] != "broken":
                self.say("wrong owner", edge["id"], spn, "is a ghost, and", granted or "somebody", "answers")
            return
        ways = self.proved.get((source.name.lower(), target.name.lower(), spn["spn"].lower()), "not asked")
        if ways == "not asked":
            self.say("wrong owner", edge["id"], spn, "does not name the target")
            return
        if ways is None:
            self.counts["open"] += 1
            return
        is_true = "ready" if "s4u" in ways else "degraded" if ways else "broken"
        self.counts[is_true] += 1
        self.counts[f"{edge['way']} from {source.kind} to {target.kind}"] += 1
        if spn["verdict"] != is_true:
            self.say({"ready": "false ready", "broken": "false alarms"}.get(spn["verdict"], "degraded wrong"),
                     f"{edge['id']} {spn}: the KDC: {is_true}; source {source}, target {target}")

    def judge_group(self, edge, spn, target):
        """A group's edge is as good as that of its worst member."""
        members = [self.estate.of(m) for m in self.estate.members(edge["source"]["name"])]
        if target in members:
            self.counts["open"] += 1
            return  # towards itself nothing is proved
        found = [self.proved.get((m.name.lower(), target.name.lower(), spn["spn"].lower())) for m in members]
        if any(ways is None for ways in found):
            self.counts["open"] += 1
            return
        worst = "ready" if found and all("s4u" in w for w in found) else \
            "degraded" if found and all(found) else "broken"
        self.counts["of groups"] += 1
        if spn["verdict"] != worst:
            self.say("degraded wrong", edge["id"], spn, "the KDC:", worst, found, "target", target)

    def judge_unconstrained(self, edge, source):
        """As good as the user's ticket to the source, with which he forwards his TGT."""
        if source is None:
            return  # the DC itself
        code = self.user_codes[source.name]
        # To an account without an SPN Samba gives tickets by its name, Windows none (KILE 3.3.5.7).
        if code == truth.POLICY or (code == 0 and not source.spns and edge["verdict"] == "broken"):
            self.counts["open"] += 1
            return
        works = code == 0 and not source.uac & UAC_DISABLED and source.uac & UAC_UNCONSTRAINED
        self.counts["unconstrained"] += 1
        if edge["verdict"] != ("ready" if works else "broken"):
            self.say("degraded wrong", edge["id"], edge["verdict"], edge["reasons"], "the KDC:", code, "source", source)

    def judge_crowd(self, edge, target):
        """Whom everybody is: ready where anybody gets there, broken where nobody does. Whom of them a policy lets in
        is not told."""
        if target.policy and target.policy[0]:
            self.counts["open"] += 1
            return
        found = [ways for (_, t, _), ways in self.proved.items() if t == target.name.lower()]
        self.counts["of crowds"] += 1
        if edge["verdict"] == "ready" and None not in found and not any(found) or \
                edge["verdict"] == "broken" and any(found):
            self.say("degraded wrong", edge["id"], edge["verdict"], edge["reasons"], "the KDC:", found, "target", target)

    def look_for_more(self, edges):
        """What a KDC grants and no edge says: the delegation that was not seen."""
        seen = set()
        told = {edge["source"]["name"].lower() for edge in edges if edge["way"] == "unconstrained"}
        for party in self.estate.parties:
            if party.uac & UAC_UNCONSTRAINED and party.name.lower() not in told:
                self.say("not seen", party.name, "is unconstrained")
        for edge in edges:
            target = (edge["target"] or {}).get("name", "").lower()
            sources = [edge["source"]["name"], *self.estate.members(edge["source"]["name"])]
            if edge["source"]["kind"] == "wellknown":
                sources = [party.name for party in self.estate.parties]
            for source in sources:
                seen |= {(source.lower(), target, spn["spn"].lower()) for spn in edge["spns"]}
                if edge["way"] == "rbcd":
                    seen.add((source.lower(), target))
        for (source, target, spn), ways in self.proved.items():
            if ways and (source, target, spn) not in seen and (source, target) not in seen:
                self.say("not seen", f"{source} > {target} {spn}: {ways}")

    def judge_reader(self, reader, denials, live):
        """What a reader is told to work does so; who is denied nothing is told what the administrator is. What he is
        told to be broken may be so for what he sees: an account that is hidden from him holds the SPN."""
        edges = self.list("-D", self.lab.domain, "--timeout", SEARCH_SECONDS, user=reader)
        if not denials:
            self.compare(live, edges, "plain reader")
            return
        hidden = denied.hidden_holders(self.estate.parties, denials)
        told = f"({reader}; {'; '.join(map(str, denials))})"
        for edge in edges:
            for spn in edge["spns"]:
                self.counts["denied judged"] += 1
                self.counts["denied unknown"] += spn["verdict"] == "unknown"
                truths = self.truths(edge, spn)
                if spn["verdict"] not in ("ready", "degraded") or truths is None or \
                        all("s4u" in ways if spn["verdict"] == "ready" else ways for ways in truths):
                    continue
                if spn["spn"].lower() in hidden:
                    self.counts["SPN of a hidden account"] += 1
                    continue
                self.say("denied wrong", told, edge["id"], spn, "the KDC:", truths)

    def truths(self, edge, spn):
        """Of each account that the edge is for; None: not known."""
        source, target = edge["source"]["name"], self.estate.of((edge["target"] or {}).get("name") or "")
        names = [source] if self.estate.of(source) else sorted(self.estate.members(source))
        parties = [self.estate.of(name) for name in names]
        if edge["source"]["kind"] == "wellknown" or edge["way"] == "unconstrained" or target is None and not parties:
            return None
        if target is None:
            return [set()]
        if target in parties and names != [source]:
            return None  # towards itself nothing is proved
        found = [self.proved.get((p.name.lower(), target.name.lower(), spn["spn"].lower()), set()) for p in parties]
        return None if None in found else found or [set()]

    def compare(self, live, offline, column="live/snapshot"):
        others = {edge["id"]: edge for edge in offline}
        for edge in live:
            other = others.pop(edge["id"], None)
            if other is None or [(s["spn"], s["verdict"]) for s in edge["spns"]] != \
                    [(s["spn"], s["verdict"]) for s in other["spns"]]:
                self.say(column, edge["id"], edge["spns"], other and other["spns"])
        for rest in others:
            self.say(column, rest, "only there")


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
    parser.add_argument("--denied", type=int, default=2, metavar="N",
                        help="let readers audit every Nth seed to whom something is denied (0: none)")
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
    named = ("proofs", "judged", "ready", "degraded", "broken", "ghosts", "of groups", "of crowds",
             "unconstrained", "open", *COLUMNS)
    for name in named:
        print(f"{totals[name]:8}  {name}")
    for name in sorted(set(totals) - set(named)):
        print(f"{totals[name]:8}  {name}")
    for reason, count in unknown.most_common(20):
        print(f"{count:8}  unknown: {reason}")
    wrong = sum(totals[column] for column in COLUMNS) + errors
    print(f"edges: {wrong} wrong, {totals['proofs']} proofs")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
