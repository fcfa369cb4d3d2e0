"""What held when it was attacked, and no other file here keeps: certificates out of their time, mechanisms that are none, a server
on 389 that nobody signed for, and few descriptors."""

import json
import re
import resource
import shutil
import subprocess

import pytest

import harness
from harness import FINDINGS, INCOMPLETE, NO_AUDIT, OK, USAGE, refused
from kerberos import cache
from rogue import Authority, Rogue, parse, root
from test_realms import conf
from test_wire import Turning

READ = (OK, FINDINGS, INCOMPLETE)
SASL = 0xA3
WEAK = ["PLAIN", "LOGIN", "ANONYMOUS", "CRAM-MD5", "DIGEST-MD5", "NTLM", "SCRAM-SHA-1"]


class At(Authority):
    """One whose clock stands at another day; its certificates are good for two."""

    day = None

    def _run(self, *arguments):
        subprocess.run(["faketime", "-f", self.day, "openssl", *arguments], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE)


@pytest.mark.parametrize("starttls", [False, True], ids=["ldaps", "starttls"])
@pytest.mark.parametrize("day", ["-30d", "+30d"], ids=["expired", "not yet valid"])
def test_a_certificate_out_of_its_time_is_refused(authority, run, tmp_path, day, starttls):
    if not shutil.which("faketime"):
        pytest.skip("CERTIFICATES OUT OF THEIR TIME WERE NOT TRIED: faketime is not installed")
    made = At.__new__(At)
    # The CA is the one that is trusted: its own certificate is in time.
    made.place, made.file, made.day = authority.place, authority.file, day
    with Rogue(authority, made.issue(f"then{day}"), client="none", plain=starttls) as server:
        refused(run("-H", server.uri, *(["--starttls"] if starttls else [])), NO_AUDIT, "certificate", server.uri)
        assert server.binds == 0


class Offers(Rogue):
    """A server on 389 that knows mechanisms which prove nothing, and takes every bind."""

    def _answer(self, send, number, contents):
        from rogue import entry, result
        send(entry(number, "", {**root(), "supportedSASLMechanisms": WEAK}))
        send(result(number))


def said_by(bind):
    """The name, the kind of proof and its mechanism of a BindRequest."""
    _, _, at = parse(bind, 0)
    _, name, at = parse(bind, at)
    kind, proof, _ = parse(bind, at)
    return name, kind, parse(proof, 0)[1].decode() if kind == SASL else None


@pytest.mark.parametrize("mech", [None, "GSSAPI", "GSS-SPNEGO"])
def test_weak_mechanisms_that_are_offered_are_not_taken(rogue, run, tmp_path, mech):
    """With a ticket for the server, to which it then says yes to whatever comes."""
    with rogue(kind=Offers, plain=True) as server, Turning("silent", 0) as kdc:
        done = run("-H", server.uri, mech=mech,
                   env={"KRB5_CONFIG": conf(tmp_path, kdc), "KRB5CCNAME": f"FILE:{cache(tmp_path / 'cc', 'ldap/127.0.0.1')}"})
        refused(done, NO_AUDIT, server.uri)
    said = [said_by(bind) for bind in server.bound]
    assert said, "it has connected, and proved itself"
    assert {name for name, _, _ in said} == {b""} and {kind for _, kind, _ in said} == {SASL}, said
    assert {mechanism for _, _, mechanism in said} <= ({mech} if mech else {"GSSAPI", "GSS-SPNEGO"}), said
    assert server.asked == 0, "and nothing was asked of it"


@pytest.mark.parametrize("mech", WEAK)
def test_weak_mechanisms_cannot_be_asked_for(rogue, run, mech):
    with rogue(plain=True) as server:
        refused(run("-H", server.uri, mech=mech), USAGE, mech, "GSSAPI")
        assert server.asked == 0 and server.binds == 0


@pytest.mark.parametrize("count", [4, 5, 6, 8, 12])
def test_few_descriptors_are_no_false_report(rogue, run, tmp_path, count):
    """One line, or the whole report."""
    limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))}
    with rogue() as server:
        done = run("-H", server.uri, **limit)
        assert done.status in (*READ, USAGE, NO_AUDIT), done
        assert done.status in READ or len(done.err.splitlines()) == 1, done
    offline = subprocess.run([harness.KCDAUDIT, "audit", "--ldif", harness.ROOT / "fixtures/demo/estate.ldif", "--no-history", "-c",
                              "/dev/null", "-f", f"json:{tmp_path}/json", "-f", f"html:{tmp_path}/html"],
                             capture_output=True, text=True, **limit)
    assert offline.returncode in (FINDINGS, USAGE, NO_AUDIT), offline
    if offline.returncode == FINDINGS:
        assert (tmp_path / "json").stat().st_size > 1000 and (tmp_path / "html").stat().st_size > 1000
    else:
        assert len(offline.stderr.splitlines()) == 1 and not list(tmp_path.glob(".kcdaudit-*")), offline


ENOUGH = 32  # of descriptors


def undated(text):
    """The report, of which two runs give the same."""
    report = json.loads(re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text))
    return {**report, "run": {name: value for name, value in report["run"].items() if name in ("complete", "gaps")}}


def test_enough_descriptors_give_the_whole_report(run, rogue, tmp_path):
    """With fixes and a history; as without a limit."""
    few = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (ENOUGH, ENOUGH))}
    with rogue() as server:
        free, held = (run("-H", server.uri, "-f", "json", **limit) for limit in ({}, few))
    assert held.status == free.status in READ and undated(held.out) == undated(free.out)
    reports = []
    for name, limit in ("free", {}), ("few", few):
        place = tmp_path / name
        place.mkdir()
        done = subprocess.run([harness.KCDAUDIT, "audit", "--ldif", harness.ROOT / "fixtures/demo/estate.ldif", "-c", "/dev/null", "--all-pairs", "-f", "json",
                               "-f", f"html:{place}/html", "--fixes", place / "fixes", "--history", place / "history.sqlite"],
                              capture_output=True, text=True, **limit)
        assert done.returncode == FINDINGS and done.stderr == "", done
        reports.append((undated(done.stdout), sorted(path.name for path in place.rglob("*"))))
    assert reports[0] == reports[1]
