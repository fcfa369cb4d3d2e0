#!/usr/bin/python3
"""Compares kcdaudit's verdicts with what a KDC answers, on estates drawn from seeds.

    KCDAUDIT=build/kcdaudit tests/oracle/oracle.py 1..5 --keep /tmp/failed

docs/truth.md says what the columns mean. Ends with 1 where a verdict was wrong."""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from estates import OPERATORS, READER, ROOT, Estate, sddl  # noqa: E402
from estate import UAC_NOT_DELEGATED, UAC_T2A4D  # noqa: E402
from lab import ADMINISTRATOR, Lab, LabError, cached, obstacle  # noqa: E402
import changes  # noqa: E402
import denied  # noqa: E402
import differences  # noqa: E402
import truth  # noqa: E402
import unknowns  # noqa: E402
import ways  # noqa: E402

KCDAUDIT = Path(os.environ.get("KCDAUDIT") or ROOT / "build/kcdaudit").resolve()
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "NO_COLOR": "1", "TERM": "dumb"}
# So that nothing fails on a busy machine: what hangs is ended, nothing else.
AUDIT_SECONDS = 1800
SEARCH_SECONDS = 600
TRIES = 5  # where the KDC did not answer in libkrb5's time
# What makes the run fail.
COLUMNS = ["false ready", "false alarms", "degraded wrong", "live/snapshot", "live/export", "offline wrong",
           "reader wrong", "denied wrong", "plain reader", "unknown without need", "mode or by", "operators", "fix failures"]


def prover():
    source = HERE / "prove.c"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]

    def build(path):
        subprocess.run(["gcc", "-std=c11", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-O2", "-o", path, source,
                        "-lkrb5", "-lk5crypto"], check=True)

    return cached(f"prove-{digest}", build)


class Run:
    """One seed in a lab of its own."""

    def __init__(self, seed, options):
        self.estate, self.options = Estate(seed), options
        self.counts, self.unknown, self.said, self.uses = Counter(), Counter(), [], Counter()
        self.causes = Counter()
        self.kept = {}
        self.prover = prover()
        self.denials = denied.Denials(self.estate)

    @property
    def is_denied(self):
        return self.options.denied and self.estate.seed % self.options.denied == 0

    def go(self):
        builders = [self.estate.build, *([self.denials.build] if self.is_denied else [])]
        with Lab(builders) as self.lab, tempfile.TemporaryDirectory() as directory:
            self.dir = Path(directory)
            self.keytab = self.lab.keytab(path=self.lab.dir / "all.keytab")
            self.config = self.dir / "kcdaudit.conf"
            self._judge()
            self._readers()
            self._operators()
            if self.is_denied:
                denied.try_readers(self)
            if self.options.ways and self.estate.seed % self.options.ways == 0:
                ways.try_ways(self)
            if self.options.fixes and self.estate.seed % self.options.fixes == 0:
                changes.try_fixes(self)
            if self.options.keep and (self.failed or self.options.keep_all):
                self._keep()
        return self

    @property
    def failed(self):
        return any(self.counts[column] for column in COLUMNS)

    def say(self, column, *what):
        self.counts[column] += 1
        self.said.append((column, f"seed {self.estate.seed}: " + " ".join(map(str, what))))

    # Evidence

    def dn_of(self, host):
        return f"CN={host},CN=Computers,{self.lab.base_dn}"

    def audit(self, *options, user=ADMINISTRATOR, mode=None, tickets=False):
        """A report of every pair."""
        self.config.write_text(self.estate.config_of(mode))
        source = [] if "--ldif" in options else ["-D", self.lab.domain, "--timeout", str(SEARCH_SECONDS)]
        done = self.lab.run([KCDAUDIT, "audit", *source, "-c", self.config, "--all-pairs",
                             *([] if tickets else ["--no-tickets"]), "--no-history", "-f", "json", *options],
                            user=user, env=ENVIRONMENT, timeout=AUDIT_SECONDS)
        if done.returncode not in (0, 1, 3):
            raise LabError(f"kcdaudit audit {' '.join(map(str, options))}: {done.returncode}: {done.stderr[-2000:]}")
        return json.loads(done.stdout)

    def snapshot(self, name, user=ADMINISTRATOR):
        path = self.dir / name
        done = self.lab.run([KCDAUDIT, "snapshot", "-D", self.lab.domain, "--timeout", str(SEARCH_SECONDS),
                             "-c", self.config, "-o", path],
                            user=user, env=ENVIRONMENT, timeout=AUDIT_SECONDS)
        if not path.exists():
            raise LabError(f"kcdaudit snapshot: {done.returncode}: {done.stderr}")
        return path

    def export(self):
        """By the very lines of README.md."""
        lines = re.search(r"^```\n(for part in .*?>export\.ldif)$", (ROOT / "README.md").read_text(), re.M | re.S)[1]
        lines = lines.replace("DC=contoso,DC=com", self.lab.base_dn).replace("dc1.contoso.com", self.lab.dc)
        self.lab.check(["sh", "-c", f"cd {self.dir}\n{lines}"], user=ADMINISTRATOR)
        return self.dir / "export.ldif"

    def prove(self, estate=None):
        """The truth of what the directory holds now, of which `estate` is the model."""
        estate = estate or self.estate
        cleared = self._prove_sensitive(estate)
        for _ in range(TRIES):
            answers = truth.prove(self.lab, self.prover, self.keytab, truth.jobs(estate))
            proof = truth.Proof(estate, answers, cleared)
            if not proof.silent:
                break
        self.counts["proofs"] += proof.count
        for line in proof.silent[:3]:
            self.say("unproved", line)
        return proof

    def _prove_sensitive(self, estate):
        """What the sensitive sources would get if they were not."""
        sources = [host for host in estate.hosts if host.uac & UAC_NOT_DELEGATED]
        if not sources:
            return []
        with changes.replaced(self, "userAccountControl", {host.name: ([plain_flags(host)], [flags_of(host)])
                                                           for host in sources}):
            return truth.prove(self.lab, self.prover, self.keytab, truth.jobs(estate, sources))

    # Judgement

    def _judge(self):
        self.proof = self.prove()
        self.uses += self.proof.uses
        self.live = self.audit("--fixes", self.dir / "fixes")
        snapshot, export = self.snapshot("snapshot.ldif"), self.export()
        offline = {"live/snapshot": self.audit("--ldif", snapshot), "live/export": self.audit("--ldif", export)}
        self.kept = {"live.json": self.live, "snapshot.json": offline["live/snapshot"],
                     "export.json": offline["live/export"], "proofs.json": self.proof.answers}
        self.counts["estates"] += 1
        self.counts["pairs"] += len(self.live["pairs"])
        expected = len(self.estate.hosts) * (len(self.estate.hosts) - 1)
        if len(self.live["pairs"]) != expected:
            self.say("false alarms", f"{len(self.live['pairs'])} pairs instead of {expected}")
        for pair in self.live["pairs"]:
            source, target = self.estate.of(pair["source"]), self.estate.of(pair["target"])
            for service, _ in services_of(pair):
                self.counts[f"services that are {self.proof.of(source, target, service)}"] += 1
        self.wrong_pairs = self.judge(self.live, self.proof, "")
        self._count_unknown()
        for column, report in offline.items():
            self._compare(column, report)
            self._judge_offline(column, report)

    def judge(self, report, proof, prefix, column=None, known=frozenset(), hidden=frozenset()):
        """Counts each pair by the worst of its services, except those of `known`; returns the wrong ones. Of a target with an
        SPN of `hidden` nobody could have known better."""
        wrong = set()
        for pair in report["pairs"]:
            source, target = self.estate.of(pair["source"]), self.estate.of(pair["target"])
            found = []
            for service, judged in services_of(pair):
                is_true = proof.of(source, target, service)
                kind = truth.wrong(judged["verdict"], is_true)
                if column is None and is_true == truth.OPEN and judged["verdict"] != "unknown":
                    self.counts["open decided"] += 1
                if kind and hidden and self.is_hidden(target, service, hidden):
                    self.counts["SPN of a hidden account"] += 1
                elif kind:
                    found.append((kind, f"{prefix}{self.tell(source, target, service, judged, is_true, proof)}"))
            if found and (source.name, target.name) not in known:
                wrong.add((source.name, target.name))
                self.causes[f"{column or found[0][0]}: {self.suspects(source, target)}"] += 1
                kind, text = max(found, key=lambda f: (f[0] == "false ready", f[0] == "false alarm"))
                plain = {"false ready": "false ready", "false alarm": "false alarms"}.get(kind, "degraded wrong")
                self.say(column or plain, f"[{kind}]", text)
        return wrong

    def is_hidden(self, target, service, hidden):
        """cifs/NAME is answered by HOST/NAME, too."""
        names = target.names(truth.SERVICES[service]) + (target.names("HOST") if service == "cifs" else [])
        return any(name.lower() in hidden for name in names)

    def suspects(self, source, target):
        """What is unusual of the pair, for whoever looks for the cause."""
        aces = [differences.six(ace) for ace in target.aces]
        trustees = {ace[4] for ace in aces}
        mail = {name for name, (kind, _) in self.estate.groups.items() if not kind >> 31} | {"Via Mail"}
        found = {
            "policy": self.estate.policies_of(target),
            "no SPN": not source.spns,
            "enctypes": source.etypes != 28 or target.etypes != 28,
            "conditional ACE": any(ace[0].startswith("X") for ace in aces),
            "object ACE": any(ace[0].startswith("O") for ace in aces),
            "builtin group": trustees & {"BU", "RU", "BG", "BA"},
            "group for mail": trustees & mail,
            "well-known SID": any(name.startswith("S-1-") for name in trustees),
            "krbtgt": self.estate.krbtgt_sensitive,
        }
        return ", ".join(name for name, holds in found.items() if holds) or "nothing unusual"

    def tell(self, source, target, service, judged, is_true, proof):
        answers = next(a for a in proof.answers if truth.name_of(a["source"]) == source.name)
        names = target.names(truth.SERVICES[service])
        codes = [f"{way} {r[way]['code']}{'' if r[way].get('ours', True) else '(not its key)'}"
                 for r in answers["results"] if truth.name_of(r["target"]) == target.name and r["spn"] in names
                 for way in truth.WAYS if way in r]
        entries = sum(spn.lower() in {e.lower() for e in source.list} for spn in names)
        return "\n    ".join([
            f"{source.name} > {target.name} {service}: {judged['verdict']} by {judged['by']}, the KDC: {is_true} "
            f"(TGT {answers['login']}, S4U2Self {answers['self']} forwardable {answers['forwardable']}, "
            f"{', '.join(codes)})",
            f"reasons: {judged['reasons']}",
            f"source: {flags(source)} {entries} entries; in {groups_of(self.estate, source.name)}",
            f"target: {flags(target)} {''.join(map(sddl, target.aces))} {policies(self.estate, target)}"])

    def _count_unknown(self):
        """The administrator read everything: only what nobody but a KDC knows may leave a pair unknown."""
        for pair in self.live["pairs"]:
            unknown = [judged for _, judged in services_of(pair) if judged["verdict"] == "unknown"]
            if not unknown:
                continue
            named = set().union(*(unknowns.labels(judged["reasons"]) for judged in unknown))
            self.counts["unknown"] += 1
            for label in named or {"(without need)"}:
                self.unknown[label] += 1
            if any(not unknowns.labels(judged["reasons"]) for judged in unknown):
                self.say("unknown without need", f"{pair['source']} > {pair['target']}: {unknown[0]['reasons']}")

    def _compare(self, column, report):
        """Decided verdicts may not differ; the snapshot may not know less, either."""
        others = {(p["source"], p["target"]): p for p in report["pairs"]}
        for pair in self.live["pairs"]:
            other = others.get((pair["source"], pair["target"]))
            if other is None:
                self.say(column, f"{pair['source']} > {pair['target']} is not there offline")
                continue
            for service, judged in services_of(pair):
                there = other["services"][service]
                same = judged["verdict"] == there["verdict"]
                decided = "unknown" not in (judged["verdict"], there["verdict"])
                if not same and (decided or column == "live/snapshot"):
                    self.say(column, f"{pair['source']} > {pair['target']} {service}: live {judged['verdict']} "
                             f"{judged['reasons']}, offline {there['verdict']} {there['reasons']}")
                    break
                self.counts["export unknown"] += not same

    def _judge_offline(self, column, report):
        """What only a file makes wrong: where live is unknown, the comparison passes it."""
        live = {(p["source"], p["target"]): p["services"] for p in self.live["pairs"]}
        report = {"pairs": [{**pair, "services": {
            service: judged for service, judged in services_of(pair)
            if live[pair["source"], pair["target"]][service]["verdict"] == "unknown"}} for pair in report["pairs"]]}
        self.judge(report, self.proof, f"({column}) ", "offline wrong")

    def _readers(self):
        """An account that may not read everything knows less, and nothing that is wrong."""
        if any(host.hidden for host in self.estate.hosts):
            for name, report in (("live", self.audit(user=READER)),
                                 ("snapshot", self.audit("--ldif", self.snapshot("reader.ldif", user=READER)))):
                self.counts["reader pairs"] += len(report["pairs"])
                self.kept[f"reader-{name}.json"] = report
                self.judge(report, self.proof, f"(reader, {name}) ", "reader wrong", known=self.wrong_pairs)

    def _operators(self):
        """Each operator by a pair that is ready for the usual one, in the lab itself: without "Use any authentication
        protocol" it gives nobody a forwardable ticket (differences.py, empty-list)."""
        ready = next(((s, t) for s in self.estate.hosts for t in self.estate.hosts if s is not t and
                      s.t2a4d and self.proof.of(s, t, "cifs") == truth.READY and
                      "s4u" in (self.proof.ways[s.name, t.name, t.names("cifs")[0]] or ())), None)
        if not ready:
            return
        source, target = ready
        lines = ""
        for operator in OPERATORS:
            etypes = ",".join(map(str, truth.offered(source)))
            lines += (f"source\t{source.name}$@{truth.REALM}\t{operator}@{truth.REALM}\t{etypes}\t0\n"
                      f"target\t{target.name}$@{truth.REALM}\t{target.names('cifs')[0]}\n")
        for answer in truth.prove(self.lab, self.prover, self.keytab, lines):
            operator = answer["user"].partition("@")[0]
            works = truth.granted(answer["results"][0].get("s4u")) and answer["forwardable"]
            works = differences.operator_works(operator, works, self.uses)
            fails = sorted(f["rule"] for f in self.live["findings"] if f["status"] == "fail" and
                           f["subject"].lower() == operator and f["severity"] != "info")
            self.counts["operators tried"] += 1
            self.kept.setdefault("operators.json", []).append(answer)
            if works is not None and works == bool(fails):
                self.say("operators", f"{operator}: S4U2Self {answer['self']}, forwardable {answer['forwardable']}, "
                         f"S4U2Proxy {answer['results'][0].get('s4u')}; findings {fails}")

    def _keep(self):
        place = Path(self.options.keep) / f"seed-{self.estate.seed}"
        place.mkdir(parents=True, exist_ok=True)
        for name, value in self.kept.items():
            (place / name).write_text(json.dumps(value, indent=1))
        for path in self.dir.rglob("*.*"):
            if path.is_file():
                (place / path.name).write_bytes(path.read_bytes())
        (place / "estate.txt").write_text("\n".join(self.estate.slips) + "\n" + "\n".join(t for _, t in self.said))


def services_of(pair):
    """What is proved; there may be more beside it."""
    return [(name, judged) for name, judged in pair["services"].items() if name in truth.SERVICES]


def flags_of(host):
    return str(host.uac | (UAC_T2A4D if host.t2a4d else 0)).encode()


def plain_flags(host):
    return str(int(flags_of(host)) & ~UAC_NOT_DELEGATED).encode()


def flags(host):
    parts = [f"uac {host.uac:#x}", f"t2a4d {host.t2a4d}", f"enctypes {host.etypes}", f"list {len(host.list)}"]
    parts += ["Protected Users"] if host.protected else []
    parts += [f"primary {host.primary}"] if host.primary else []
    parts += ["no owner"] if host.no_owner else []
    parts += ["no DACL"] if host.no_dacl else []
    parts += [f"hidden {host.hidden}"] if host.hidden else []
    return ", ".join(parts)


def groups_of(estate, name):
    """Every group that the member leads to, whatever its kind."""
    found, new = [], [name]
    while new:
        new = [group for group, (_, members) in estate.groups.items() if set(new) & set(members) and group not in found]
        found += new
    protected = [f"{group} (in Protected Users)" for group, (_, members) in estate.protected_groups if name in members]
    return found + protected


def policies(estate, host):
    parts = [f"policy {estate.policies[host.policy]}"] if host.policy else []
    for name, way in ((host.silo, "names"), (host.silo_lists, "listed by")):
        if name:
            enforced, policy = estate.silos[name]
            parts.append(f"{way} silo enforced {enforced}: {estate.policies.get(policy)}")
    return "; ".join(parts)


def seeds_of(words):
    for word in words:
        for part in word.split(","):
            first, _, last = part.partition("..")
            yield from range(int(first), int(last or first) + 1)


def one(job):
    seed, options = job
    try:
        run = Run(seed, options).go()
    except Exception as error:
        if options.raises:
            raise
        return seed, None, f"seed {seed}: {type(error).__name__}: {str(error).strip().splitlines()[-1]}"
    return seed, (run.counts, run.unknown, run.said, run.uses, run.causes, run.estate.kinds), None


def table(counts):
    return "  ".join(f"{name} {counts[name]}" for name in ("estates", "pairs", "proofs", *COLUMNS))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", nargs="*", default=["1..5"], help="N, N..M, or several")
    parser.add_argument("--keep", metavar="DIR", help="where the files of an estate that failed are kept")
    parser.add_argument("--keep-all", action="store_true", help="those of the others, too")
    parser.add_argument("--labs", type=int, default=2, help="at the same time (default %(default)s)")
    parser.add_argument("--fixes", type=int, default=5, metavar="N", help="try the fixes of every Nth seed (0: none)")
    parser.add_argument("--ways", type=int, default=3, metavar="N",
                        help="prove each way alone for every Nth seed (0: none)")
    parser.add_argument("--denied", type=int, default=5, metavar="N",
                        help="let readers audit every Nth seed to whom something is denied (0: none)")
    parser.add_argument("--raises", action="store_true", help="show the traceback of the first error")
    options = parser.parse_args()
    if why := obstacle():
        print(f"SKIPPED: the oracle needs the lab: {why}")
        return 0
    prover()
    start = time.monotonic()
    totals, unknown, uses, causes, ingredients, errors = *(Counter() for _ in range(5)), []
    jobs = [(seed, options) for seed in seeds_of(options.seeds)]
    with ProcessPoolExecutor(min(options.labs, len(jobs))) as pool:
        for seed, result, error in pool.map(one, jobs):
            if error:
                errors.append(error)
                print(error, flush=True)
                continue
            counts, reasons, said, used, found, kinds = result
            totals += counts
            unknown += reasons
            uses += used
            causes += found
            ingredients.update(kinds)
            print(f"seed {seed:4}  {table(counts)}", flush=True)
            for column, text in said:
                print(f"  {column}: {text}", flush=True)
    summary(totals, unknown, uses, causes, ingredients, time.monotonic() - start)
    wrong = sum(totals[column] for column in COLUMNS) + totals["unproved"] + len(errors)
    print(f"oracle: {wrong} wrong, {totals['pairs']} pairs, {totals['proofs']} proofs")
    return 1 if wrong else 0


def summary(totals, unknown, uses, causes, ingredients, seconds):
    print(f"\n{seconds:.0f} s")
    for name in ("estates", "pairs", "proofs", *COLUMNS, "unproved", "reader pairs", "denied pairs", "denied unknown",
                 "SPN of a hidden account",
                 "operators tried",
                 "fixes applied", "export unknown", "open decided", "unknown",
                 *(f"services that are {name}" for name in truth.TRUTHS)):
        print(f"{totals[name]:8}  {name}")
    print("\nWrong pairs by what is unusual of them")
    for cause, count in causes.most_common():
        print(f"{count:8}  {cause}")
    print("\nUnknown pairs by the condition that says so")
    for label, count in unknown.most_common():
        print(f"{count:8}  {count / totals['pairs']:6.2%}  {label}")
    print("\nWhat the lab does otherwise than Windows, and how often it mattered")
    for entry in differences.ENTRIES + differences.OPERATOR_ENTRIES:
        print(f"{uses[entry.name]:8}  {entry.name}: {entry.cite}{'' if uses[entry.name] else ' UNUSED'}")
    print("\nIngredients: " + ", ".join(f"{name} {count}" for name, count in ingredients.most_common()))


if __name__ == "__main__":
    sys.exit(main())
