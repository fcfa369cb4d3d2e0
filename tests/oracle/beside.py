#!/usr/bin/python3
"""Compares `kcdaudit delegations` with impacket's findDelegation.py, run against the same DC.

    KCDAUDIT=build/kcdaudit tests/oracle/beside.py           # an estate with every kind
    KCDAUDIT=build/kcdaudit tests/oracle/beside.py 1..20     # and those of edges.py

What either lists and the other does not is put down to one of the differences below, each with the condition that
explains it; what none explains is an error. Run by hand: findDelegation is in Debian's python3-impacket, which no test
needs; FIND_DELEGATION names another one. docs/truth.md, "Beside findDelegation"."""

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import edges  # noqa: E402
from estate import UAC_COMPUTER, UAC_DISABLED, UAC_UNCONSTRAINED, UAC_USER  # noqa: E402
from oracle import AUDIT_SECONDS, ENVIRONMENT, KCDAUDIT, SEARCH_SECONDS, seeds_of  # noqa: E402
from lab import ADMINISTRATOR, Lab, LabError, obstacle  # noqa: E402

SCRIPT = Path(os.environ.get("FIND_DELEGATION") or "/usr/share/doc/python3-impacket/examples/findDelegation.py")
# How impacket binds, with NTLM or Kerberos of its own, Samba does not take: it binds with the password, unsealed.
OPTIONS = {"ldap server require strong auth": "no"}
DRIVER = """
import argparse, importlib.util, json, sys
path, domain, user, password = sys.argv[1:]
specification = importlib.util.spec_from_file_location("finddelegation", path)
module = importlib.util.module_from_spec(specification)
specification.loader.exec_module(module)
finder, connection = module.FindDelegation, module.ldap.LDAPConnection
login = connection.login
connection.login = lambda self, *words: login(self, *words, authenticationChoice="simple")
finder.printTable = staticmethod(lambda items, header: print("ROWS" + json.dumps(items)))
options = argparse.Namespace(aesKey=None, k=False, dc_ip=None, hashes=None)
finder(user, password, domain, domain, options).run()
"""
UNCONSTRAINED, RBCD = "Unconstrained", "Resource-Based Constrained"
TRANSITION = "Constrained w/ Protocol Transition"

# By what tells them apart: name -> (what findDelegation does there, why, the fixture that shows what kcdaudit does).
DIFFERENCES = {
    "deny": ("lists a trustee whom the descriptor only denies", "it takes the SID of every ACE",
             "delegations-that-others-miss"),
    "label": ("calls an unconstrained account constrained, where it has a list too",
              "the list overwrites the first label", "delegations-that-others-miss"),
    "transition": ("calls a list Kerberos-only, whose account is unconstrained too and may use any protocol",
                   "it looks for the one flag or the other", "delegations-that-others-filter"),
    "unused": ("says nothing of \"Use any authentication protocol\" with an empty list", "its rows are the list's values",
               "delegations-that-others-miss"),
    "dc": ("leaves out whatever is on a DC", "its filter drops SERVER_TRUST_ACCOUNT", "delegations-that-others-miss"),
    "disabled source": ("leaves out a disabled account's delegations", "its filter drops ACCOUNTDISABLE",
                        "delegations-that-others-filter"),
    "disabled target": ("leaves out who may act on a disabled account", "its filter drops ACCOUNTDISABLE",
                        "delegations-that-others-filter"),
    "disabled trustee": ("leaves out a trustee that is disabled", "its filter drops ACCOUNTDISABLE",
                         "delegations-that-others-miss"),
    "gone": ("leaves out a trustee that is no more", "nothing has its SID", "delegations-that-others-miss"),
    "well-known": ("leaves out Everyone and Authenticated Users", "no account has their SID",
                   "delegations-that-others-filter"),
    "lost with another": ("loses all who are named beside Authenticated Users",
                          "their object has no account name, which ends the row", "delegations-that-others-filter"),
}


def build(e):
    """Every kind of principal and of delegation, and what findDelegation is known to miss."""
    sql = "MSSQLSvc/sql1.contoso.test:1433"
    e.user("svc-sql", spns=[sql, "MSSQLSvc/sql1.contoso.test"])
    e.host("FS1", spns=["HOST/FS1", "HOST/fs1.contoso.test"])
    e.host("WEB1", spns=["HOST/WEB1"], delegate_to=["cifs/FS1", sql])
    e.host("CLU1", spns=["HOST/CLU1", "MSClusterVirtualServer/CLU1"], delegate_to=["cifs/fs1.contoso.test"])
    e.user("svc-kerberos-only", spns=["HTTP/kerberos"], delegate_to=[sql])
    e.user("svc-transition", spns=["HTTP/transition"], t2a4d=True, delegate_to=[sql, "HTTP/gone.contoso.test"])
    e.user("svc-empty-list", spns=["HTTP/empty"], t2a4d=True)
    e.user("svc-open", spns=["HTTP/open"], uac=UAC_USER | UAC_UNCONSTRAINED)
    e.user("svc-both", spns=["HTTP/both"], uac=UAC_USER | UAC_UNCONSTRAINED, delegate_to=["HOST/FS1"])
    e.user("svc-all", spns=["HTTP/all"], uac=UAC_USER | UAC_UNCONSTRAINED, t2a4d=True, delegate_to=["HOST/FS1"])
    e.user("svc-off", spns=["HTTP/off"], uac=UAC_USER | UAC_DISABLED, delegate_to=["HOST/FS1"])
    e.gmsa("gmsa-list", spns=["HTTP/list"], delegate_to=["HOST/FS1"])
    e.gmsa("gmsa-acted", spns=["HTTP/acted"])
    e.host("OPEN1", spns=["HOST/OPEN1"], uac=UAC_COMPUTER | UAC_UNCONSTRAINED)
    e.user("svc-denied", spns=["HTTP/denied"])
    e.user("svc-front", spns=["HTTP/front"])
    e.group("Inner Ends", ["svc-front"])
    e.group("Front Ends", ["WEB1", "Inner Ends"])
    e.rbcd("gmsa-acted", "O:BAD:(D;;0xf01ff;;;{svc-denied})(A;;0xf01ff;;;{svc-front})(A;;0xf01ff;;;{svc-off})"
                         "(A;;0xf01ff;;;{gmsa-list})(A;;0xf01ff;;;S-1-5-21-1-2-3-4711)")
    e.rbcd("svc-sql", "O:BAD:(A;;0xf01ff;;;{Front Ends})(A;;0xf01ff;;;{CLU1})")
    e.host("CROWD1", spns=["HOST/CROWD1"])
    e.rbcd("CROWD1", "O:BAD:(A;;0xf01ff;;;AU)(A;;0xf01ff;;;{svc-front})")
    e.rbcd("dc1", trustees=["svc-front"])
    e.host("OFF1", spns=["HOST/OFF1"], uac=UAC_COMPUTER | UAC_DISABLED)
    e.rbcd("OFF1", trustees=["svc-front"])


def key(name):
    return name.lower().rstrip("$")


def theirs(lab):
    """(source, way, target or SPN, what it is called) of each row."""
    done = lab.run([sys.executable, "-c", DRIVER, SCRIPT, lab.domain, ADMINISTRATOR, lab.password],
                   timeout=AUDIT_SECONDS)
    rows = [line for line in done.stdout.splitlines() if line.startswith("ROWS")]
    if not rows:
        raise LabError(f"findDelegation: {done.returncode}: {done.stdout}{done.stderr}")
    return [(key(name), "rbcd" if label == RBCD else "unconstrained" if to == "N/A" else "kcd",
             key(to) if label == RBCD else to.lower(), label) for name, _, label, to in json.loads(rows[-1][4:])]


def ours(lab):
    done = lab.run([KCDAUDIT, "delegations", "-D", lab.domain, "--timeout", str(SEARCH_SECONDS), "-f", "json"],
                   user=ADMINISTRATOR, env=ENVIRONMENT, timeout=AUDIT_SECONDS)
    if done.returncode not in (0, 3):
        raise LabError(f"kcdaudit delegations: {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def keys_of(edge):
    source = key(edge["source"]["name"])
    if edge["way"] == "unconstrained":
        return {(source, "unconstrained", "n/a")}
    if edge["way"] == "rbcd":
        return {(source, "rbcd", key(edge["target"]["name"]))}
    return {(source, "kcd", spn["spn"].lower()) for spn in edge["spns"]}


def directory(lab):
    """key -> what findDelegation's filters go by, by ldapsearch: no word of kcdaudit's."""
    found = {}
    text = lab.ldapsearch("-b", lab.base_dn, "(objectSid=*)", "sAMAccountName", "userAccountControl").stdout
    for entry in text.split("\n\n"):
        values = dict(line.split(": ", 1) for line in entry.splitlines() if ": " in line)
        if "sAMAccountName" in values:
            found[key(values["sAMAccountName"])] = int(values.get("userAccountControl", 0))
    return found


class Comparison:
    def __init__(self, name, lab):
        self.rows, report = theirs(lab), ours(lab)
        self.edges, self.uac = report["edges"], directory(lab)
        self.name, self.found, self.unexplained = name, Counter(), []
        self.crowded = {key(edge["target"]["name"]) for edge in self.edges if edge["source"]["kind"] == "wellknown"}
        self.found["unused"] = len(report["unused_transition"])
        self.transition = {key(edge["source"]["name"]) for edge in self.edges
                           if edge["way"] == "kcd" and edge["protocol_transition"]}
        known = set().union(*map(keys_of, self.edges))
        listed = {row[:3] for row in self.rows}
        self.both = len(known & listed)
        for row in self.rows:
            self.take(row, self.of_row(row, known), "findDelegation")
        for each in sorted(known - listed):
            self.take(each, self.of_edge(each), "kcdaudit")

    def take(self, what, why, who):
        if why == "":
            self.unexplained.append(f"{self.name}: only {who}: {what}")
        elif why:
            self.found[why] += 1

    def of_row(self, row, known):
        """None where both have it and call it the same; an empty text where nothing explains it."""
        source, way, target, label = row
        if row[:3] not in known:
            return "deny" if way == "rbcd" and self.is_denied(source, target) else ""
        if way == "unconstrained":
            return None if label == UNCONSTRAINED else "label"
        if way == "kcd" and (label == TRANSITION) != (source in self.transition):
            return "transition" if self.uac.get(source, 0) & UAC_UNCONSTRAINED else ""
        return None

    def is_denied(self, source, target):
        raise NotImplementedError

    def is_off(self, name):
        return self.uac.get(name, 0) & UAC_DISABLED

    def of_edge(self, each):
        source, way, target = each
        holder = target if way == "rbcd" else source
        if self.uac.get(holder, 0) & 0x2000:
            return "dc"
        if self.is_off(holder):
            return "disabled target" if way == "rbcd" else "disabled source"
        if way == "rbcd" and source in self.uac and self.is_off(source):
            return "disabled trustee"
        if way == "rbcd" and source.startswith("s-1-"):
            return "gone"
        if way == "rbcd" and source not in self.uac:
            return "well-known"
        return "lost with another" if holder in self.crowded else ""


class Every(Comparison):
    def is_denied(self, source, target):
        return (source, target) == ("svc-denied", "gmsa-acted")


class Drawn(Comparison):
    def __init__(self, estate, lab):
        self.estate = estate
        super().__init__(f"seed {estate.seed}", lab)

    def is_denied(self, source, target):
        party = self.estate.of(target)
        denied, let_in = ({key(name) for name in names} for names in (party.denied, party.trustees))
        return source in denied - let_in


def compare(estate):
    load = build if estate is None else estate.build
    with Lab(load, options=OPTIONS) as lab:
        return Every("every kind", lab) if estate is None else Drawn(estate, lab)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", nargs="*", help="of edges.py, too: N, N..M, or several")
    options = parser.parse_args()
    if why := obstacle() or (None if SCRIPT.exists() else f"no {SCRIPT} (apt-get install python3-impacket)"):
        print(f"SKIPPED: {why}")
        return 0
    found, unexplained, rows, edges_count, both = Counter(), [], 0, 0, 0
    for estate in [None, *map(edges.Estate, seeds_of(options.seeds))]:
        made = compare(estate)
        found += made.found
        unexplained += made.unexplained
        rows, edges_count, both = rows + len(made.rows), edges_count + len(made.edges), both + made.both
        print(f"{made.name}: {len(made.rows)} rows, {len(made.edges)} delegations, {made.both} in both", flush=True)
        print("".join(f"  {line}\n" for line in made.unexplained), end="", flush=True)
    print(f"\n{rows} rows of findDelegation, {edges_count} delegations of kcdaudit, {both} entries in both\n")
    for name, (what, why, shown) in DIFFERENCES.items():
        print(f"{found[name]:6}  findDelegation {what}: {why} ({shown})")
    print(f"{len(unexplained):6}  unexplained")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
