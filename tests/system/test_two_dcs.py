"""Two domain controllers of one domain: they share the load of test tickets and proofs, and where one is down the other one
is read and asked, with the same result."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

import harness
from harness import OK, Lab, wait_until
from lab import JOINABLE, SecondDc

HOSTS = [f"HV{number:02}" for number in range(12)]
# Of this site is the second one alone, so that it is tried first.
SITE = "Munich"
LOG = {"log level": "1 kerberos:3"}


def build(e):
    for name in HOSTS:
        e.host(name, delegate_to=[other for other in HOSTS if other != name], t2a4d=True)
    e.user("audit")
    e.user("alice")
    e.second_dc()
    e.servers("dc2", site=SITE)


def json_audit(*arguments, **keywords):
    """Who is down refuses at once: it is the other, on a busy machine, that may take longer than usual."""
    return harness.json_audit(*arguments, "--timeout", "120", **keywords)


@pytest.fixture(scope="module")
def dcs():
    with Lab(build, options={**JOINABLE, **LOG}) as first, SecondDc(first, options=LOG) as second:
        first.host_keys = first.keytab([f"{name}$" for name in HOSTS])
        yield first, second


@pytest.fixture
def one_is_down(dcs):
    """Takes one of them down for the test."""
    down = []

    def take(dc):
        dc.stop_dc()
        down.append(dc)
    yield take
    for dc in down:
        dc.start_dc()


def asked(dc):
    """How many tickets for hosts it was asked for."""
    return len(re.findall(r"TGS-REQ .* for cifs/HV", dc.log_file.read_text()))


def said(result):
    """What a report says of the domain, whichever DC was read."""
    return result.pairs, {(f["rule"], f["subject"], f["target"], f["status"]) for f in result.findings}, result.gaps


def test_both_give_tickets_and_proofs(dcs):
    first, second = dcs
    for options in ([], ["--prove-as", "alice", "--prove-keytab", first.host_keys]):
        before = asked(first), asked(second)
        result = json_audit(first, *options, expect=OK)
        assert set(result.pairs.values()) == {"ready"} and result.gaps == {}
        assert asked(first) > before[0] and asked(second) > before[1], (options, before, asked(first), asked(second))


def test_one_ends_in_the_midst_and_nothing_is_false(dcs, one_is_down):
    """While both are asked for proofs: the other one gives the rest."""
    first, second = dcs
    options = ["-H", f"ldap://{first.dc}", "--prove-as", "alice", "--prove-keytab", first.host_keys]
    whole = json_audit(first, *options, expect=OK)
    before = asked(second)
    with ThreadPoolExecutor(1) as thread:
        audit = thread.submit(json_audit, first, *options, expect=OK)
        wait_until(lambda: asked(second) > before or audit.done())
        one_is_down(second)
        result = audit.result()
    assert said(result) == said(whole)


def test_the_other_is_read_when_the_first_is_down(dcs, one_is_down):
    first, second = dcs
    whole = json_audit(first, expect=OK)
    one_is_down(second)
    result = json_audit(first, "-v", "--site", SITE, expect=OK)
    assert f"ldap://{second.dc}: connection refused; trying the next" in result.err
    assert f"ldap://{first.dc}: bound" in result.err
    assert said(result) == said(whole)


def test_the_second_does_alone(dcs, one_is_down):
    """DNS, KDC and directory."""
    first, second = dcs
    whole = json_audit(first, expect=OK)
    one_is_down(first)
    result = json_audit(second, "-v", expect=OK)
    assert f"ldap://{second.dc}: bound" in result.err
    assert said(result) == said(whole)
