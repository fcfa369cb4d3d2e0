"""A server that lets one wait: a byte now and then, before, within and after the bind; each ends with one line."""

import socket
import threading
import time

import pytest

from harness import FINDINGS, INCOMPLETE, NO_AUDIT, ended, refused
from rogue import BASE, Rogue, entry, host, result

HUGE = b"\x30\x84\x00\xff\xff\xf0"  # the head of a message of 16 MB


def drip(connection):
    """What was begun goes on a byte at a time, more often than any time-out between two bytes."""
    while True:
        connection.sendall(b"\x04")
        time.sleep(0.1)


class Handshake(Rogue):
    def secure(self, connection):
        connection.recv(1024)
        connection.sendall(b"\x16\x03\x03\x3f\x00")
        drip(connection)


class Bind(Rogue):
    def bind(self, send, number):
        send(HUGE)
        while True:
            send(b"\x04")
            time.sleep(0.1)


class Search(Rogue):
    def search(self, send, number, base, subtree):
        self.bind = Bind.bind.__get__(self)
        self.bind(send, number)


class StartTls(Rogue):
    def start_tls(self, connection, number):
        connection.sendall(HUGE)
        drip(connection)


class Silent(Rogue):
    def secure(self, connection):
        time.sleep(600)


@pytest.mark.parametrize("kind", [Handshake, Bind, Search, Silent])
def test_a_byte_now_and_then_is_no_answer(rogue, run, kind):
    with rogue(kind=kind) as server:
        refused(run("-H", server.uri), NO_AUDIT, server.uri)


def test_a_byte_now_and_then_in_place_of_starttls(rogue, run):
    with rogue(kind=StartTls, plain=True) as server:
        refused(run("-H", server.uri, "--starttls"), NO_AUDIT, server.uri)


def test_starttls_that_is_refused_says_what_to_do(rogue, run):
    with rogue(plain=True) as server:
        refused(run("-H", server.uri, "--starttls"), NO_AUDIT, server.uri, "StartTLS", "ldaps://")


@pytest.mark.parametrize("sends", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x30\x84\xff\xff\xff\xff", b"\x00" * 4096],
                         ids=["closes", "http", "huge", "zeros"])
@pytest.mark.parametrize("starttls", [False, True])
def test_what_is_no_ldap_is_said_in_a_line(run, sends, starttls):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                connection.recv(65536)
                connection.sendall(sends)
                connection.close()
        threading.Thread(target=serve, daemon=True).start()
        scheme = "ldap" if starttls else "ldaps"
        uri = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        refused(run("-H", uri, *(["--starttls"] if starttls else [])), NO_AUDIT, uri)


HEAD = 6  # bytes of a message: its tag, and its length in four of them


class Large(Rogue):
    """One host, in a message of `size` bytes."""

    size = None

    def of(self, number, count):
        return entry(number, f"CN=HV1,{BASE}", host(1, description=[b"x" * count]))

    def search(self, send, number, base, subtree):
        if subtree and self.subtrees == 1:
            send(self.of(number, self.size - (len(self.of(number, 1000)) - HEAD - 1000)))
        send(result(number))


@pytest.mark.parametrize("size, is_read", [(64 << 20, True), ((64 << 20) + 1, False)])
def test_a_message_larger_than_any_is_given_up(rogue, run, size, is_read):
    """MESSAGE_BYTES: one byte more and nothing is read, though all of it comes."""
    with rogue(kind=Large) as server:
        server.size = size
        done = run("-H", server.uri, "-f", "json", "--scope", "domain", timeout_s=600)
    if is_read:
        assert done.status in (FINDINGS, INCOMPLETE) and [each["name"] for each in done.report["hosts"]] == ["HV1"], done
    else:
        refused(done, NO_AUDIT, server.uri, "the connection was lost")


class Part(Bind):
    """The first part of a list comes, the second one drips."""

    attribute = None

    def bind(self, send, number):
        Rogue.bind(self, send, number)

    def search(self, send, number, base, subtree):
        if base.startswith("CN=HV1,"):
            self.parts = getattr(self, "parts", 0) + 1
            Bind.bind(self, send, number)
        found = b"".join(entry(number, f"CN=HV{n},{BASE}", host(n, **{f"{self.attribute};range=0-1": [
            f"cifs/HV{3 - n}", f"Microsoft Virtual System Migration Service/HV{3 - n}"]})) for n in (1, 2))
        send((found if subtree and base == BASE else b"") + result(number))


@pytest.mark.parametrize("attribute", ["msDS-AllowedToDelegateTo", "memberOf"])
def test_a_part_of_a_list_that_drips(rogue, run, attribute):
    """What came before it is not all of it."""
    with rogue(kind=Part) as server:
        server.attribute = attribute
        ended(run("-H", server.uri, "-f", "json", "--all-pairs", "--scope", "domain", timeout_s=1), server.uri)
        assert server.parts == 1


def test_a_bind_that_answers_in_time_is_one(rogue, run):
    class Late(Rogue):
        def bind(self, send, number):
            time.sleep(1)
            send(result(number, 0x61))
    with rogue(kind=Late) as server:
        assert run("-H", server.uri, timeout_s=60).status != NO_AUDIT
