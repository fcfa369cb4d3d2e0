"""Which domain controllers are asked first: those of this machine's AD site, as one of them says, or of --site."""

import signal
import subprocess
import sys

import pytest

from harness import NO_AUDIT, OK, USAGE, Lab, json_audit, kcdaudit, refused

DEAD = "10.53.57.9"
# Takes every connection and never says a word.
SAYS_NOTHING = f"""
import socket, time
listener = socket.create_server(("{DEAD}", 389), backlog=64)
print("ready", flush=True)
time.sleep(86400)
"""


def build(e):
    """DNS puts a machine that is down before dc1, but for the site of the labs' network."""
    e.host("HV01", delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    e.user("audit")
    e.site("Berlin", "10.53.57.0/24")
    e.site("Munich", "10.99.0.0/16")
    e.address("dc9", DEAD)
    e.servers("dc1", priority=10)
    e.servers("dc9")
    e.servers("dc1", site="Berlin")
    e.servers("dc9", site="Munich")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as lab:
        yield lab


def tried_first(result):
    """What it says of the dead one, if that was tried."""
    return [line for line in result.err.splitlines() if "dc9.contoso.test" in line and "trying the next" in line]


def test_the_domain_controllers_of_the_own_site_come_first(lab):
    """The first that DNS names is down, and cannot say which site it is; the next does."""
    result = json_audit(lab, "-v", expect=OK)
    assert "the domain controllers of the site Berlin come first in contoso.test" in result.err
    assert not tried_first(result) and result.gaps == {}, result
    assert result.pairs[("HV01", "HV02")] == "ready" and "TKT-04" not in result.rules, "tickets came as well"


def test_another_site_is_asked_for_and_the_rest_is_for_when_it_does_not_answer(lab):
    result = json_audit(lab, "-v", "--site", "munich", expect=OK)
    assert "of the site munich come first" in result.err
    assert tried_first(result) and result.gaps == {}, result


def test_a_site_that_dns_does_not_know(lab):
    result = kcdaudit(lab, "audit", "-D", lab.domain, "--site", "Berln")
    assert result.status == USAGE and result.err.count("\n") == 1, result
    assert "--site Berln: DNS names no domain controller of contoso.test in this site" in result.err


def test_no_site_knows_the_address(lab):
    """Then the order is DNS's."""
    def elsewhere(e):
        e.address("dc9", DEAD)
        e.servers("dc1", priority=10)
        e.servers("dc9")
        e.site("Berlin", "10.99.0.0/16")

    with Lab([lambda e: e.user("audit"), elsewhere]) as other:
        result = json_audit(other, "-v", "--no-tickets")
        assert tried_first(result) and "come first" not in result.err, result


@pytest.fixture
def silent():
    """Seven domain controllers that say nothing are named before the one that does."""
    hung = [f"dc{number}" for number in range(3, 10)]

    def name(e):
        e.host("HV01", delegate_to=["HV02"], t2a4d=True)
        e.host("HV02", delegate_to=["HV01"], t2a4d=True)
        e.user("audit")
        e.servers("dc1", priority=10)
        for host in hung:
            e.address(host, DEAD)
            e.servers(host)
            e.raw_spn("DC1", f"ldap/{host}.{e.domain}")

    with Lab(name) as lab:
        lab.check(["ip", "address", "add", f"{DEAD}/32", "dev", "lo"])
        process = lab.popen([sys.executable, "-c", SAYS_NOTHING], stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        lab.hung = hung
        yield lab
        lab.signal(process, signal.SIGKILL)
        lab.ended(process)
        process.stdout.close()


def test_silent_ones_are_waited_for_together(silent):
    """The first costs --timeout; then all others are asked at the same time, and the one that answers is read."""
    result = json_audit(silent, "-v", "--no-tickets", expect=OK)
    assert len([line for line in result.err.splitlines() if "trying the next" in line]) == 1, result
    assert f"ldap://{silent.dc}: bound" in result.err and result.pairs[("HV01", "HV02")] == "ready"


def test_silent_ones_alone_end_it_with_one_line(silent):
    named = [word for host in silent.hung for word in ("-H", f"ldap://{host}.{silent.domain}")]
    done = kcdaudit(silent, "audit", *named, "--timeout", "2")
    refused(done, NO_AUDIT, "dc3.contoso.test", "none of the other 6 answered")
