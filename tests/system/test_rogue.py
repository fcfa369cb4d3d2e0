"""Another machine in place of the DC: with its certificate, or in the middle once the bind is done."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness import NO_AUDIT, OK, ROOT, Lab, audit, json_audit, needs_channel_binding, refused, relay

sys.path.insert(0, str(ROOT / "tests/network"))
from rogue import Authority  # noqa: E402

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


# In the middle


MIDDLE = """
import socket, ssl, sys, threading
listening = socket.create_server((sys.argv[1], int(sys.argv[2])))
here, there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=sys.argv[5])
here.load_cert_chain(sys.argv[3], sys.argv[4])
def pump(one, other, name):
    try:
        while piece := one.recv(65536):
            print(name, flush=True)
            other.sendall(piece)
    except OSError:
        pass
    other.close()
def serve(connection):
    mine = here.wrap_socket(connection, server_side=True)
    its = there.wrap_socket(socket.create_connection((sys.argv[1], 636)), server_hostname=sys.argv[6])
    threading.Thread(target=pump, args=(mine, its, "up"), daemon=True).start()
    pump(its, mine, "down")
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()
"""


@needs_channel_binding
@pytest.mark.parametrize("mech", ["GSS-SPNEGO", "GSSAPI"])
def test_a_bind_through_a_machine_in_the_middle_is_refused_by_the_dc(lab, tmp_path, mech):
    """It has a certificate for the DC's name of a CA that is trusted, and hands on every byte: the bind is bound to its
    certificate, which is not the DC's."""
    certificate, key = Authority(tmp_path).issue("middle", cn=lab.dc, san=f"DNS:{lab.dc}")
    both = tmp_path / "both.pem"
    both.write_text((tmp_path / "ca.pem").read_text() + Path(lab.ca_file).read_text())
    process = lab.popen([sys.executable, "-c", MIDDLE, lab.ip, str(PORT), certificate, key, lab.ca_file, lab.dc],
                        stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        result = audit(lab, "-H", f"ldaps://{lab.dc}:{PORT}", "--ca-file", both, "--mech", mech)
        assert process.stdout.readline() == "up\n" and process.stdout.readline() == "down\n", "they spoke by way of it"
    finally:
        lab.signal(process, 9)
        lab.ended(process)
        process.stdout.close()
    refused(result, NO_AUDIT, f"{lab.dc}:{PORT}")
    assert json_audit(lab, "-H", f"ldaps://{lab.dc}", "--ca-file", both, "--mech", mech, "--no-tickets", expect=OK)
