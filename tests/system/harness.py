"""What the system tests share: running kcdaudit in a lab, reading its report, and causing trouble on the way."""

import functools
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/lab")]
from estate import CIFS, HYPERV_CLASSES, MIGRATION  # noqa: E402,F401
from lab import ADMINISTRATOR, HAS_CHANNEL_BINDING, HAS_RBCD, LabError, obstacle  # noqa: E402,F401
from lab import Lab as PlainLab  # noqa: E402
from patience import PATIENCE_S, TIMED, wait_until, within  # noqa: E402,F401

KCDAUDIT = Path(os.environ.get("KCDAUDIT") or ROOT / "build/kcdaudit").resolve()
SCHEMA = ROOT / "data/kcdaudit.report.schema.json"
DEMO = ROOT / "tests/lab/estates/demo.py"
SERVICES = {"cifs": CIFS, "migration": MIGRATION}

# The rules that these estates are made to break, or not to. Others may have something to say of any domain (a machine
# account quota, for one), and "nothing else was found" does not mean them.
CORE_RULES = set("""
    SPN-01 SPN-02 SPN-03 SPN-04 SPN-05 SPN-07 DEL-01 DEL-02 DEL-03 DEL-04 DEL-05 DEL-09 DEL-12 DEL-13
    RBC-02 RBC-04 RBC-05 ACC-01 ACC-02 ACC-03 ACC-09 TKT-01 TKT-02 TKT-03 TKT-04 DOM-02""".split())

# Exit statuses of the contract.
OK, FINDINGS, USAGE, INCOMPLETE, NO_AUDIT = range(5)

# Neither a terminal nor a locale of the caller's may change what is asserted here.
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "NO_COLOR": "1", "TERM": "dumb",
               # For binaries built with SAN=address.
               "LSAN_OPTIONS": f"suppressions={HERE}/lsan.supp:print_suppressions=0",
               # And with SAN=thread: GLib's slices go from thread to thread by locks that are not seen.
               "G_SLICE": "always-malloc",
               "TSAN_OPTIONS": f"suppressions={ROOT}/tests/tsan/suppressions:exitcode=66"}

BINARY = KCDAUDIT.read_bytes() if KCDAUDIT.is_file() else b""
HAS_TSAN = b"__tsan_init" in BINARY
HAS_SANITIZERS = HAS_TSAN or b"__asan_init" in BINARY

needs_rbcd = pytest.mark.skipif(not HAS_RBCD, reason="this Samba's KDC knows no RBCD: 4.19 or later is needed")
needs_channel_binding = pytest.mark.skipif(
    not HAS_CHANNEL_BINDING, reason="this Samba takes no SASL bind within TLS: 4.21 or later is needed")


class Lab(PlainLab):
    """A lab; where none can be set up at all, the tests that need it say so instead of failing."""

    def __enter__(self):
        if why := obstacle():
            pytest.skip(f"THE SYSTEM TESTS DID NOT RUN: {why}")
        return super().__enter__()


class Result:
    """What a run of kcdaudit left behind."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self):
        return f"exit {self.status}\nstdout: {self.out[:4000]}\nstderr: {self.err}"

    @functools.cached_property
    def report(self):
        """The JSON report, which has to be what the published schema says."""
        assert self.out, self
        report = json.loads(self.out)
        assert schema_errors(report) == []
        return report

    @property
    def pairs(self):
        """(source, target) -> verdict"""
        return {(p["source"], p["target"]): p["verdict"] for p in self.report["pairs"]}

    @property
    def rules(self):
        return self.failed("rule") & CORE_RULES

    @property
    def findings(self):
        """The findings as if each were of one target alone."""
        return [{**f, **t, "evidence": {**f["evidence"], **t["evidence"]}} for f in self.report["findings"] for t in f["targets"]]

    @property
    def core_findings(self):
        return [f for f in self.findings if f["rule"] in CORE_RULES]

    def failed(self, *keys, **where):
        return self._found("fail", keys, where)

    def unknown(self, *keys, **where):
        return self._found("unknown", keys, where)

    def _found(self, status, keys, where):
        """The set of these fields of the findings of this status."""
        found = [f for f in self.findings if f["status"] == status]
        found = [f for f in found if all(f[key] == value for key, value in where.items())]
        return {f[keys[0]] if len(keys) == 1 else tuple(f[key] for key in keys) for f in found}

    def finding(self, rule, **where):
        """The one finding of this rule, as if of one target alone."""
        found = [f for f in self.findings
                 if f["rule"] == rule and all(f[key] == value for key, value in where.items())]
        assert len(found) == 1, (rule, where, found)
        return found[0]

    def pair(self, source, target):
        return next(p for p in self.report["pairs"] if (p["source"], p["target"]) == (source, target))

    def host(self, name):
        return next(h for h in self.report["hosts"] if h["name"] == name)

    def fix(self, identifier):
        return next(f for f in self.report["fixes"] if f["id"] == identifier)

    @property
    def fix_ids(self):
        return {f["id"] for f in self.report["fixes"]}

    @property
    def gaps(self):
        return {g["what"]: g["why"] for g in self.report["run"]["gaps"]}


def strict(node):
    """The published schema allows fields that it does not know; the tests do not."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: strict(value) for key, value in node.items()}
    if node.get("type") == "object" and isinstance(node.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed


@functools.cache
def validator():
    return jsonschema.Draft202012Validator(strict(json.loads(SCHEMA.read_text())))


def schema_errors(report):
    """Where the report is not what the schema says, in few words."""
    errors = validator().iter_errors(report)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]


def kcdaudit(lab, *argv, user="audit", env=None, prefix=(), **keywords):
    """Runs the program inside the lab; `prefix` is a command to run it under."""
    keywords.setdefault("timeout", PATIENCE_S)
    # What an audit keeps changes the next one's report, and belongs to nobody's home.
    if argv[:1] == ("audit",) and not {"--history", "--no-history"} & set(argv):
        argv = (*argv, "--no-history")
    return Result(lab.run([*prefix, KCDAUDIT, *argv], user=user, env={**ENVIRONMENT, **(env or {})}, **keywords))


def audit(lab, *options, **keywords):
    """`kcdaudit audit` of the lab's domain."""
    if not any(o in ("-D", "-H", "--ldif", "-c") or str(o).startswith(("ldap://", "ldaps://")) for o in options):
        options = ("-D", lab.domain, *options)
    return kcdaudit(lab, "audit", *options, **keywords)


def json_audit(lab, *options, expect=None, **keywords):
    """The same with every pair as JSON; a run that made no report fails the test."""
    result = audit(lab, "-f", "json", "--all-pairs", *options, **keywords)
    assert result.status in (OK, FINDINGS, INCOMPLETE), result
    assert expect is None or result.status == expect, (result.status, result.gaps, result.err, result.report["findings"],
                                                       result.report["run"])
    assert result.report
    return result


def refused(result, status, *words):
    """Nothing was reported, and one line says why, naming all of `words`."""
    assert result.status == status, result
    assert result.out == "", result
    assert_one_line(result, *words)


def assert_one_line(result, *words):
    lines = result.err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("kcdaudit: "), result
    for word in words:
        assert str(word).lower() in lines[0].lower(), (word, result)


def ended(done, word):
    """One line and no audit, or an audit with gaps: nothing is ready that was not read."""
    assert done.status in (NO_AUDIT, INCOMPLETE, FINDINGS), done
    if done.status == NO_AUDIT:
        assert done.out == "", done
        assert_one_line(done, word)
    else:
        assert done.gaps and "ready" not in done.pairs.values(), done


def without_tickets(report):
    """What the same state gives live and offline: test tickets and the DC's clock are live only."""
    return {
        "groups": report["groups"],
        "hosts": [{k: v for k, v in host.items() if k != "tickets"} for host in report["hosts"]],
        "pairs": [{k: v for k, v in pair.items() if k != "proof"} for pair in report["pairs"]],
        # DOM-04 counts the minutes since a change.
        "findings": [f for f in report["findings"] if not f["rule"].startswith("TKT-") and f["rule"] not in (
            "DOM-02", "DOM-04")],
        "fixes": report["fixes"],
    }


def write(path, text):
    path.write_text(text)
    return path


def config(tmp_path, text, domain="contoso.test"):
    return write(tmp_path / "kcdaudit.conf", f"[directory]\ndomain={domain}\n\n{text}")


# Real delegation, as the hosts would do it


def needed_spns(target, dns=None):
    names = (target, dns or f"{target.lower()}.contoso.test")
    return [f"{service}/{name}" for service in SERVICES.values() for name in names]


def winrm_spns(name, classes=("HTTP", "WSMAN")):
    """What WinRM's hop to a host of the lab is asked for; its hosts hold WSMAN."""
    return [f"{service}/{form}" for service in classes for form in (name, f"{name.lower()}.contoso.test")]


def judged(pair):
    """The services that the verdict of a pair is the worst of."""
    return {name: service for name, service in pair["services"].items() if name != "winrm"}


def granted(lab, source, spns, user="alice"):
    """Which of these SPNs the KDC gives the source a ticket of `user` for, by S4U2Self and S4U2Proxy, with nothing but
    the source's own key."""
    keytab, ccache = lab.dir / "all.keytab", {"KRB5CCNAME": f"FILE:{lab.dir}/cc/proof-{source}"}
    if not keytab.exists():
        lab.keytab(path=keytab)  # of every account at once, as each export takes its time
    lab.check(["kinit", "-k", "-t", keytab, "-f", f"{source}$"], env=ccache)
    done = lab.run(["kvno", "-U", user, "-P", *spns], env=ccache)
    lines = [line for line in done.stderr.splitlines() if line.endswith("constrained delegation failed")]
    missed = {spn for spn in spns if any(f" {spn}@{lab.realm}:" in line for line in lines)}
    assert (done.returncode == 0) == (missed == set()), done
    return set(spns) - missed


def provable(lab, pairs, user="alice"):
    """Those of the pairs of which the source gets tickets for every name of both services of the target."""
    proved = set()
    for source in {source for source, _ in pairs}:
        targets = [target for each, target in pairs if each == source]
        tickets = granted(lab, source, [spn for target in targets for spn in needed_spns(target)], user)
        proved |= {(source, target) for target in targets if set(needed_spns(target)) <= tickets}
    return proved


# Changes beside LDAP

AS_SYSTEM = """
import sys
from samba import param
from samba.auth import system_session
from samba.samdb import SamDB
lp = param.LoadParm()
lp.load(sys.argv[1])
samdb = SamDB(url=sys.argv[2], lp=lp, session_info=system_session(lp))
samdb.modify_ldif(sys.stdin.read(), controls=["relax:0"])
"""


def modify_as_system(lab, record):
    """Applies one change record below LDAP: what Samba, unlike Windows, lets nobody write there."""
    lab.check([sys.executable, "-c", AS_SYSTEM, lab.smb_conf, lab.dir / "private/sam.ldb"], input=record)


# Trouble on the wire


class Wire:
    """What went through a relay, until now."""

    def __init__(self, directory, lab, process):
        self._directory, self._lab, self._process = directory, lab, process

    @contextmanager
    def held(self):
        """Nothing goes through meanwhile."""
        self._lab.pause(self._process)
        try:
            yield
        finally:
            self._lab.resume(self._process)

    @property
    def up(self):
        return self._read("up")

    @property
    def down(self):
        return self._read("down")

    def _read(self, way):
        return b"".join(path.read_bytes() for path in sorted(self._directory.glob(f"*.{way}")))


@contextmanager
def relay(lab, tmp_path, port, target_port=389, cut_after=None, hold_after=None, drip_after=None, silent=False,
          delay_ms=0, turn_after=None, way=None, rate=None):
    """A TCP relay inside the lab, on `port` of the DC's address: recording, and as awkward as asked for."""
    directory = tmp_path / f"wire-{port}"
    directory.mkdir(exist_ok=True)
    options = [f"--cut-after={cut_after}"] if cut_after is not None else []
    options += [f"--hold-after={hold_after}"] if hold_after is not None else []
    options += [f"--drip-after={drip_after}"] if drip_after is not None else []
    options += ["--silent"] if silent else []
    options += [f"--turn-after={turn_after}", f"--way={way}"] if turn_after is not None else []
    options += [f"--rate={rate}"] if rate else []
    process = lab.popen([sys.executable, HERE / "relay.py", lab.ip, str(port), str(target_port), directory,
                         f"--delay-ms={delay_ms}", *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        yield Wire(directory, lab, process)
    finally:
        lab.signal(process, signal.SIGKILL)
        lab.ended(process)
        process.stdout.close()


@contextmanager
def no_way_to(lab, port):
    """No connection inside the lab gets to this TCP port, as behind a firewall that says so."""
    block = ["pref", "1", "ipproto", "tcp", "dport", str(port), "prohibit"]
    # The table of local addresses is looked up before any rule of ours, unless it moves.
    lab.check(["ip", "rule", "add", *block])
    lab.check(["ip", "rule", "add", "pref", "2", "lookup", "local"])
    lab.check(["ip", "rule", "del", "pref", "0"])
    try:
        yield
    finally:
        lab.check(["ip", "rule", "add", "pref", "0", "lookup", "local"])
        lab.check(["ip", "rule", "del", "pref", "2"])
        lab.check(["ip", "rule", "del", *block])


@contextmanager
def stopped(lab):
    lab.stop_dc()
    try:
        yield
    finally:
        lab.start_dc()


@contextmanager
def paused(lab):
    lab.pause_dc()
    try:
        yield
    finally:
        lab.resume_dc()


def hosts_query(searches):
    """Of what the fixture `counted` tells, the searches for hosts."""
    return [s for s in searches if s[3].startswith(f"(|(servicePrincipalName={MIGRATION}/*)")]


def audit_three_ways(lab, place, *options, **keywords):
    """The reports of an audit: live, of a snapshot, of an export."""
    snapshot, export = place / "snapshot.ldif", place / "export.ldif"
    lab.dump_ldif(export)
    read = options[:2] if options[:1] == ("-c",) else ("-D", lab.domain)
    done = kcdaudit(lab, "snapshot", *read, "-o", snapshot)
    assert done.status in (OK, INCOMPLETE), done
    return {"live": json_audit(lab, *options, "--no-tickets", **keywords),
            "snapshot": json_audit(lab, *options, "--ldif", snapshot, user=None, **keywords),
            "export": json_audit(lab, *options, "--ldif", export, user=None, **keywords)}


def read_three_ways(lab, place, group):
    """Those of one group of hosts, given as lines of a configuration."""
    return audit_three_ways(lab, place, "-c", config(place, f"[group all]\n{group}\n"))


# A system that gives no threads

FEW_THREADS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *data)
{
    static int begun;
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    return begun++ < atoi(getenv("THREADS")) ? real(thread, attributes, run, data) : EAGAIN;
}
"""


def fewer_threads(place):
    """Makes environments in which the system gives so many threads and refuses the rest, as `ulimit -u` does."""
    if HAS_SANITIZERS:
        pytest.skip("REFUSED THREADS WERE NOT TRIED: a sanitizer wants to be loaded first")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", place / "few.so", write(place / "few.c", FEW_THREADS), "-ldl"], check=True)
    return lambda count: {"LD_PRELOAD": place / "few.so", "THREADS": str(count)}
