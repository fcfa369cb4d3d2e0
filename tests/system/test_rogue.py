"""Another machine in place of the DC: with its certificate, or in the middle once the bind is done."""

import subprocess
import sys
from contextlib import contextmanager

import pytest

from harness import NO_AUDIT, ROOT, Lab, audit, refused, relay

PORT, RELAY_PORT = 22636, 22389

SERVER = """
import pathlib, sys, time
sys.path.insert(0, sys.argv[1])
import rogue
class Authority:
    file = pathlib.Path(sys.argv[2])
class Fixed(rogue.Rogue):
    def bind(self, send, number):
        print("asked", flush=True)
        send(rogue.result(number, rogue.BIND_RESULT, code=int(sys.argv[7]), more=bytes.fromhex(sys.argv[8])))
with Fixed(Authority, (sys.argv[3], sys.argv[4]), host=sys.argv[5], port=int(sys.argv[6])):
    print("ready", flush=True)
    time.sleep(3600)
"""


def build(e):
    e.host("HV01", delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    e.user("audit")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@contextmanager
def impostor(lab, code=0, more=""):
    """Has the DC's own certificate and key, as whoever got a copy of them would."""
    tls = lab.dir / "private/tls"
    process = lab.popen([sys.executable, "-c", SERVER, ROOT / "tests/network", lab.ca_file, tls / "cert.pem", tls / "key.pem",
                         lab.ip, str(PORT), str(code), more], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        lab.signal(process, 9)
        lab.ended(process)
        process.stdout.close()


# No token, an empty one, one of SPNEGO that says "accepted", and garbage.
TOKENS = {"none": "", "empty": "8700", "accepted": "8709a1073005a0030a0100", "garbage": "8703414243"}


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("mech", ["GSS-SPNEGO", "GSSAPI"])
def test_success_without_a_proof_is_no_bind(lab, mech, token):
    with impostor(lab, more=TOKENS[token]) as server:
        result = audit(lab, "-H", f"ldaps://{lab.dc}:{PORT}", "--ca-file", lab.ca_file, "--mech", mech)
        assert server.stdout.readline() == "asked\n", "the certificate was the right one"
    refused(result, NO_AUDIT, f"{lab.dc}:{PORT}")
    if token == "none":
        assert "mutual authentication" in result.err


def test_a_sasl_layer_that_trickles_is_left(lab, tmp_path):
    """Whoever stands between needs no key for the length of a packet that never comes."""
    with relay(lab, tmp_path, RELAY_PORT, drip_after=4000) as wire:
        refused(audit(lab, "-H", f"ldap://{lab.dc}:{RELAY_PORT}", "--no-tickets", "--timeout", "2"), NO_AUDIT,
                f"{lab.dc}:{RELAY_PORT}")
        assert len(wire.down) >= 4000
