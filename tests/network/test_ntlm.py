"""NTLM within SPNEGO proves no server: it is neither offered nor taken, whatever modules the machine has for it."""

import os
import shutil
import subprocess

import pytest

import harness
from harness import NO_AUDIT, assert_one_line
from kerberos import cache, refusal, tagged
from rogue import BIND_RESULT, Rogue, octets, read_message, result, tlv
from test_kdc import Kdc

HERE = os.path.dirname(os.path.abspath(__file__))
HELLO = b"NTLMSSP\0"
CHALLENGE = HELLO + b"\x02\0\0\0" + b"\0" * 8 + b"\x05\x82\x89\xa2" + b"challeng" + b"\0" * 24
NTLM = bytes.fromhex("060a2b06010401823702020a")
SASL_BIND_IN_PROGRESS, INVALID_CREDENTIALS = 14, 49

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"),
                                reason="NTLM WITHIN SPNEGO WAS NOT TRIED: it needs root, for an /etc/gss/mech.d of its own")


class Ntlm(Rogue):
    """Takes SPNEGO, and wants NTLM within it."""

    answered = tlv(0xA1, tlv(0x30, tagged(0, b"\x0a\x01\x01"), tagged(1, NTLM), tagged(2, octets(CHALLENGE))))

    def talk(self, connection):
        self.seen = getattr(self, "seen", b"")
        code = SASL_BIND_IN_PROGRESS
        stream = connection.makefile("rb")
        while (asked := read_message(stream)) is not None:
            number, kind, contents = asked
            self.seen += contents
            if kind == 0x60:
                self.binds += 1
                connection.sendall(result(number, BIND_RESULT, code=code, more=octets(self.answered, 0x87)))
                code = INVALID_CREDENTIALS
            elif kind == 0x63:
                self._answer(connection.sendall, number, contents)
            else:
                return


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    made = tmp_path_factory.mktemp("mech") / "ntlm.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", made, f"{HERE}/ntlm-mech.c"], check=True)
    return made


@pytest.fixture
def machine(tmp_path, module):
    """What to begin a command with, so that it runs on a machine that has NTLM for GSSAPI."""
    place = tmp_path / "mech.d"
    place.mkdir()
    shutil.copy(module, place / "ntlm.so")  # where the sandbox has nothing against it
    (place / "ntlm.conf").write_text("ntlm_v1 1.3.6.1.4.1.311.2.2.10 /etc/gss/mech.d/ntlm.so\n")
    os.makedirs("/etc/gss/mech.d", exist_ok=True)
    return ["unshare", "-m", "--propagation", "private", "sh", "-c", f'mount --bind {place} /etc/gss/mech.d && exec "$@"', "sh"]


@pytest.fixture
def around(tmp_path):
    """The tickets of a user and where the KDC is; with one for the server, or with a KDC that gives none."""
    def go(kdc, *services):
        conf = tmp_path / "krb5.conf"
        conf.write_text("[libdefaults]\ndefault_realm = ROGUE.TEST\ndns_lookup_kdc = false\nudp_preference_limit = 1\ndns_canonicalize_hostname = false\n"
                        f"rdns = false\n[domain_realm]\n127.0.0.1 = ROGUE.TEST\n[realms]\nROGUE.TEST = {{\nkdc = 127.0.0.1:{kdc.port}\n}}\n")
        return {"KRB5_CONFIG": str(conf), "KRB5CCNAME": f"FILE:{cache(tmp_path / 'cc', *services)}"}
    return go


def refuses(connection):
    body = refusal(7)
    connection.sendall(len(body).to_bytes(4, "big") + body)


SERVICES = {"a ticket for the server": ["ldap/127.0.0.1"], "no ticket for the server": []}


@pytest.mark.parametrize("services", SERVICES)
@pytest.mark.parametrize("mech", [None, "GSS-SPNEGO", "GSSAPI"])
def test_ntlm_is_neither_offered_nor_taken(rogue, run, machine, around, services, mech):
    with Kdc(tcp=refuses) as kdc, rogue(kind=Ntlm, plain=True) as server:
        done = run("-H", server.uri, mech=mech, env=around(kdc, *SERVICES[services]), binary=[*machine, harness.KCDAUDIT])
        assert done.status == NO_AUDIT and done.out == "", done
        assert_one_line(done, server.uri)
        assert (server.binds > 0) == bool(SERVICES[services]), done
        assert HELLO not in server.seen and NTLM not in server.seen


def test_without_any_ticket_nothing_is_sent(rogue, run, machine):
    with rogue(kind=Ntlm, plain=True) as server:
        done = run("-H", server.uri, mech=None, binary=[*machine, harness.KCDAUDIT])
        assert done.status == NO_AUDIT and server.binds == 0, done


def test_another_client_on_this_machine_offers_it(rogue, machine, around, tmp_path):
    """The control of the tests above."""
    with Kdc(tcp=refuses) as kdc, rogue(kind=Ntlm, plain=True) as server:
        subprocess.run([*machine, "ldapsearch", "-Q", "-Y", "GSS-SPNEGO", "-H", server.uri, "-s", "base", "-b", "x"], capture_output=True,
                       timeout=harness.PATIENCE_S, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **around(kdc)})
        assert HELLO in server.seen and NTLM in server.seen
