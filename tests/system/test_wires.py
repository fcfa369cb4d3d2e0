"""A real DC and a real KDC behind a wire that turns bad, or is slow: it works, or ends with one line or gaps; nothing is ready that was
not read. The other cells of the matrix are in tests/network/test_matrix.py."""

import os
import time

import pytest

from harness import FINDINGS, INCOMPLETE, OK, Lab, audit, json_audit, relay, ended
from patience import TIMES
from test_tickets import at, kdc

PORT, KDC_PORT = 22390, 3090


def build(e):
    e.host("HV01", delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    e.user("audit")
    e.user("alice")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def keys(lab):
    return lab.keytab(["HV01$", "HV02$"])


WAYS = {"silent": {"hold_after": 0}, "a byte now and then": {"drip_after": 0},
        **{way: {"turn_after": 0, "way": way} for way in ("reset", "half-closed", "garbage", "endless", "a huge head")}}


@pytest.mark.parametrize("after", [600, 6000])
@pytest.mark.parametrize("way", WAYS)
def test_a_dc_that_turns_bad(lab, tmp_path, way, after):
    """In the bind, in the searches; whoever stands between needs no key for it."""
    options = {name: after if value == 0 else value for name, value in WAYS[way].items()}
    with relay(lab, tmp_path, PORT, **options):
        began = time.monotonic()
        done = audit(lab, "-H", f"ldap://{lab.dc}:{PORT}", "-f", "json", "--all-pairs", "--no-tickets", "--timeout", "1")
        assert time.monotonic() - began < TIMES * 10
    ended(done, f"{lab.dc}:{PORT}")


@pytest.mark.parametrize("rate, timeout_s", [(1000, 1), pytest.param(1000, 20, marks=pytest.mark.skipif(
    not os.environ.get("KCDAUDIT_SOAK"), reason="THIS TAKES MINUTES: make soak")), (20000, 20)])
def test_a_slow_wire(lab, tmp_path, rate, timeout_s):
    """It is alive: the same report in the end, or whatever takes longer than --timeout is left."""
    with relay(lab, tmp_path, PORT, rate=rate):
        began = time.monotonic()
        done = audit(lab, "-H", f"ldap://{lab.dc}:{PORT}", "-f", "json", "--all-pairs", "--no-tickets", "--scope", "hosts",
                     "--timeout", str(timeout_s))
        assert time.monotonic() - began < TIMES * 10 * timeout_s
    if done.status in (OK, FINDINGS) and not done.gaps:
        assert set(done.pairs.values()) == {"ready"}, done
    else:
        ended(done, f"{lab.dc}:{PORT}")


BAD = ["silent", "drop", "garbage", "huge", "http", "half-closed", "drip", "endless"]


def bound(lab):
    """Afterwards the bind needs no KDC."""
    lab.kinit("audit")
    json_audit(lab, "--no-tickets")


@pytest.mark.parametrize("mode, good", [(mode, (1, 2, 4)[n % 3]) for n, mode in enumerate(BAD)])
def test_a_kdc_that_turns_bad(lab, keys, tmp_path, mode, good):
    """After so many good answers to proofs: the AS exchange with a host's key, S4U2Self, S4U2Proxy. Nobody answered who was asked for
    a proof: no pair is ready for which one is missing."""
    bound(lab)
    with kdc(lab, tmp_path, KDC_PORT, mode, good) as asked:
        began = time.monotonic()
        done = audit(lab, "-f", "json", "--all-pairs", "--no-tickets", "--timeout", "3", "--jobs", "1", "--prove-as", "alice", "--prove-keytab", keys,
                     env=at(lab, tmp_path, KDC_PORT))
        assert time.monotonic() - began < TIMES * 20
        assert asked.requests > 0
    ended(done, "KDC")


@pytest.mark.parametrize("mode", BAD)
def test_tickets_of_a_kdc_that_turns_bad(lab, tmp_path, mode):
    """The verdict is the directory's; what was not tried is told, and the audit is not complete."""
    bound(lab)
    with kdc(lab, tmp_path, KDC_PORT, mode, 3) as asked:
        done = audit(lab, "-f", "json", "--all-pairs", "--timeout", "3", "--jobs", "1", env=at(lab, tmp_path, KDC_PORT))
        assert asked.requests > 0
    assert done.status in (INCOMPLETE, FINDINGS), done
    tickets = [ticket["result"] for host in done.report["hosts"] for ticket in host["tickets"]]
    assert tickets.count("granted") <= 3 and any(what.startswith("ticket for ") for what in done.gaps), done
