"""What the KDC answered, and what a verdict has to be for it."""

import json
import subprocess
from collections import Counter

import differences
from estate import UAC_UNCONSTRAINED
from estates import CIFS, DOMAIN, MIGRATION, UAC_DES_ONLY, USER

REALM = DOMAIN.upper()
SERVICES = {"cifs": CIFS, "migration": MIGRATION}
# Bits of msDS-SupportedEncryptionTypes that a host can ask with, strongest first.
ETYPE_NUMBERS = ((0x10, 18), (0x20, 18), (0x8, 17), (0x4, 23))

POLICY = 12  # KDC_ERR_POLICY

WAYS = ("s4u", "forwarded", "direct")  # as prove.c names them

TRUTHS = READY, DEGRADED, PARTIAL, BROKEN, OPEN = "ready", "degraded", "partial", "broken", "open"
# What a verdict may be, given the truth; unknown always may. Some names refused: contract.md calls it degraded where
# nobody allowed them, and broken where they do not lead to the target.
RIGHT = {READY: {"ready"}, DEGRADED: {"degraded"}, PARTIAL: {"degraded", "broken"}, BROKEN: {"broken"}}


def offered(host):
    """What the host asks for: its own encryption types, all that Windows has where it does not say. DES is gone."""
    if host.uac & UAC_DES_ONLY:
        return []
    if (host.etypes or 0) & differences.ANY_ETYPE == 0:
        return [18, 17, 23]
    numbers = [number for bit, number in ETYPE_NUMBERS if host.etypes & bit]
    return list(dict.fromkeys(numbers))


def jobs(estate, sources=None):
    lines = []
    for source in sources or estate.hosts:
        etypes = ",".join(map(str, offered(source)))
        direct = 1 if source.uac & UAC_UNCONSTRAINED else 0
        lines.append(f"source\t{source.name}$@{REALM}\t{USER}@{REALM}\t{etypes}\t{direct}")
        for target in estate.hosts:
            if target is not source:
                lines += [f"target\t{target.name}$@{REALM}\t{spn}" for service in SERVICES.values()
                          for spn in target.names(service)]
    return "".join(f"{line}\n" for line in lines)


def krb5_conf(lab):
    """Straight to the KDC, by TCP: no name is looked up and no answer is too long."""
    path = lab.dir / "prove.conf"
    path.write_text(f"[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\nrdns = false\n"
                    f"dns_canonicalize_hostname = false\nudp_preference_limit = 1\n"
                    f"[realms]\n{REALM} = {{\n  kdc = {lab.ip}\n}}\n")
    return path


def prove(lab, prover, keytab, text):
    """The answers, one per source."""
    done = lab.run([prover, keytab], input=text, env={"KRB5_CONFIG": str(krb5_conf(lab))}, timeout=1800)
    if done.returncode != 0:
        raise subprocess.SubprocessError(f"prove: {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def name_of(principal):
    return principal.partition("$@")[0]


class Proof:
    """The truth of one estate; `uses` counts the lab's differences that mattered. `cleared` are the answers to
    sensitive sources without their flag."""

    def __init__(self, estate, answers, cleared=()):
        self.estate, self.answers = estate, answers
        self.cleared = {(name_of(answer["source"]), result["spn"]) for answer in cleared
                        for result in answer["results"] if granted(result.get("s4u")) and answer["forwardable"] or
                        granted(result.get("forwarded"))}
        self.knows_cleared = bool(cleared)
        self.uses, self.count, self.silent = Counter(), 0, []
        self.ways = {}  # (source, target, spn) -> set of ways, or None: open
        for answer in answers:
            source = estate.of(name_of(answer["source"]))
            if answer["login"] < 0 or answer["login"] == 0 and answer["self"] < 0:
                self.silent.append(f"{source.name}: {answer}")
            for result in answer["results"]:
                self._take(source, answer, result)

    def _take(self, source, answer, result):
        case = differences.Case(self.estate, source, self.estate.of(name_of(result["target"])), result["spn"])
        self.count += 1
        ways = {way for way in WAYS if granted(result.get(way))}
        self.silent += [f"{case.source.name} {case.spn}: {result}" for way in WAYS
                        if result.get(way, {}).get("code", 0) < 0]
        if answer["user_ticket"] == POLICY and not answer["forwardable"]:
            # A policy keeps this user from signing in at the source: that says nothing of others.
            ways = None
        elif not ways and result.get("direct", {}).get("code") == POLICY:
            # Likewise at the target, where the source has nothing but his TGT.
            ways = None
        for entry in differences.ENTRIES:
            if ways is not None and entry.when(case):
                ways = self._differ(entry, ways, case)
                if entry.to == differences.REFUSED:
                    break  # whatever else the lab does otherwise
        self.ways[source.name, case.target.name, case.spn] = ways

    def _differ(self, entry, ways, case):
        if entry.to == differences.REFUSED:
            changed = set()
        elif entry.to == differences.OPEN or entry.to == differences.BY_CLEARED and not self.knows_cleared:
            changed = None
        elif entry.to == differences.BY_CLEARED:
            by_flag = {"forwarded"} if (case.source.name, case.spn) in self.cleared else set()
            changed = (ways - {"s4u", "forwarded"}) | by_flag
        else:
            changed = ways | ({"s4u"} if "forwarded" in ways else set())
        self.uses[entry.name] += changed != ways
        return changed

    def of(self, source, target, service):
        """The truth of one service of a pair: over both names."""
        # Without dNSHostName there is but the short name.
        forms = "both" if target.dns_name else "short"
        ways = [self.ways[source.name, target.name, spn] for spn in target.names(SERVICES[service], forms)]
        if None in ways:
            return OPEN
        if all("s4u" in way for way in ways):
            return READY if target.dns_name else DEGRADED
        return DEGRADED if all(ways) else PARTIAL if any(ways) else BROKEN


def granted(answer):
    """A ticket that somebody else's key opens is no way to the target."""
    return answer is not None and answer["code"] == 0 and answer["ours"]


RANK = {"ready": 0, "degraded": 1, "broken": 2}


def wrong(verdict, truth):
    """None where the verdict is right, or says that it does not know."""
    if verdict == "unknown" or truth == OPEN or verdict in RIGHT[truth]:
        return None
    best = min(RANK[right] for right in RIGHT[truth])
    kind = "false ready" if RANK[verdict] < best else "false alarm"
    # What a headline counts is ready and broken; the rest is told apart.
    return kind if verdict == "ready" or truth == READY and verdict == "broken" else f"{kind} ({verdict}, is {truth})"
