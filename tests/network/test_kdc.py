"""A KDC that is none, over UDP and TCP: no ticket for the audit itself, in one line, whatever trickles in."""

import socket
import struct
import threading
import time

import pytest

from harness import NO_AUDIT, refused
from kerberos import REALM, keytab
from ports import Port

def drip(connection, head):
    connection.sendall(head)
    while True:
        connection.sendall(b"\x04")
        time.sleep(0.1)


def endless(connection):
    connection.sendall(struct.pack(">I", 1 << 20))  # MOST_KDC_BYTES
    while True:
        connection.sendall(b"\x7e" * 65536)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def half_closed(connection):
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65536):
        pass


TCP = {
    "silent": lambda connection: time.sleep(600),
    "closed": lambda connection: None,
    "reset": reset,
    "half-closed": half_closed,
    "garbage": lambda connection: connection.sendall(struct.pack(">I", 2000) + b"\xff" * 2000),
    "http": lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "a huge head": lambda connection: drip(connection, b"\xff\xff\xff\xff"),
    "a byte now and then": lambda connection: drip(connection, struct.pack(">I", 60000)),
    "endless": endless,
}


class Kdc:
    """On one port over TCP and UDP; each request is answered by `tcp` or `udp`, NULL: by nobody."""

    def __init__(self, tcp=None, udp=None):
        self.tcp, self.udp, self.asked = tcp, udp, 0
        port = Port()
        self.port = port.number
        self.stream, self.datagram = port.held
        self.stream.listen()

    def __enter__(self):
        if not self.tcp:
            self.stream.close()
        for serve in (self._streams if self.tcp else None, self._datagrams):
            if serve:
                threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.datagram.close()

    def _streams(self):
        while True:
            try:
                connection, _ = self.stream.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.recv(65536)
            self.asked += 1
            self.tcp(connection)
        except OSError:
            pass
        finally:
            connection.close()

    def _datagrams(self):
        while True:
            try:
                _, sender = self.datagram.recvfrom(65536)
                self.asked += 1
                if self.udp:
                    self.udp(self.datagram, sender)
            except OSError:
                return


@pytest.fixture
def sign_in(run, tmp_path):
    """Audits a DC that nobody ever asks, as there is no ticket for it."""
    def go(kdc, stream=False, says=REALM, **env):
        conf = tmp_path / "krb5.conf"
        conf.write_text(f"[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\nudp_preference_limit = {1 if stream else 1465}\n[realms]\n"
                        f"{REALM} = {{\nkdc = 127.0.0.1:{kdc.port}\n}}\n")
        done = run("-H", "ldap://127.0.0.1:1", "--keytab", keytab(tmp_path / "keytab"), "--principal", f"audit@{REALM}", mech=None,
                   env={"KRB5_CONFIG": conf, **env}, timeout_s=1)
        refused(done, NO_AUDIT, says)
    return go


@pytest.mark.parametrize("what", TCP)
def test_over_tcp(sign_in, what):
    with Kdc(tcp=TCP[what]) as kdc:
        sign_in(kdc, stream=True)
        assert kdc.asked > 0


def flood(datagram, sender):
    for _ in range(2000):
        datagram.sendto(b"\x7e" * 1000, sender)


UDP = {
    "silent": None,
    "garbage": lambda datagram, sender: datagram.sendto(b"\xff" * 2000, sender),
    "nothing": lambda datagram, sender: datagram.sendto(b"", sender),
    "endless": flood,
}


@pytest.mark.parametrize("what", UDP)
def test_over_udp(sign_in, what):
    with Kdc(udp=UDP[what]) as kdc:
        sign_in(kdc)
        assert kdc.asked > 0
