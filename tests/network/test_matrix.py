"""Every service that is spoken to, and everything that is done to it: who holds which cell, and the cells of LDAP over TLS and of
the global catalogue. Each ends with one line or a gap, and nothing is ready that was not read."""

import importlib
import itertools
import re
from contextlib import ExitStack

import pytest

import bad
import harness
from harness import FINDINGS, INCOMPLETE, NO_AUDIT, ended
from kerberos import cache
from rogue import BASE, Rogue, entry, host, integer, message, octets, result, tlv

LDAP, LDAPS, STARTTLS, GC = "LDAP", "LDAPS", "StartTLS", "GC"
SIGN_IN, TICKETS, UDP, DNS, DNS_TCP = "KDC, sign-in, TCP", "KDC, tickets, TCP", "KDC, UDP", "DNS, UDP", "DNS, TCP"
BEFORE, WITHIN, AFTER = "before", "within", "after"
REFERRALS = "referrals"
WAYS = [*bad.WAYS, REFERRALS]
HERE, WIRE, KDCS, DNSS, REALMS = "test_matrix.py", "test_wire.py", "test_kdc.py", "test_dns.py", "test_realms.py"
LAB = "tests/system/test_wires.py"
IN_THE_LAB = {"a byte now and then": "drip", "a huge head": "huge"}

# (service, way) -> the tests that hold it, each as FILE::FUNCTION[PARAMETER], the parameter being what tries it where a test tries
# several things; or why there is no such thing, after a dash.
CELLS = {
    **{(service, way): [f"{HERE}::test_{name}[{way}]"] for service, name in
       ((LDAPS, "over_tls"), (STARTTLS, "over_tls"), (GC, "the_global_catalogue")) for way in bad.WAYS},
    **{(LDAP, way): [f"{HERE}::test_before_and_within_a_bind_in_clear[{way}]", f"{LAB}::test_a_dc_that_turns_bad[{way}]"] for way in bad.WAYS},
    **{(SIGN_IN, way): [f"{KDCS}::test_over_tcp[{way}]"] for way in bad.WAYS},
    **{(TICKETS, way): [f"{WIRE}::test_from_the_first_request_on[{way}]", f"{WIRE}::test_after_good_answers[{way}]",
                        *([f"{LAB}::test_a_kdc_that_turns_bad[{IN_THE_LAB.get(way, way)}]"] if way != "reset" else [])] for way in bad.WAYS},
    **{(UDP, way): [f"{KDCS}::test_over_udp[{way}]"] for way in ("silent", "garbage", "endless")},
    **{(DNS, way): [f"{DNSS}::test_a_domain_is_looked_up[{way}]"] for way in ("silent", "garbage")},
    **{(DNS_TCP, way): [f"{DNSS}::test_a_domain_is_looked_up[tcp {way}]"] for way in bad.WAYS},
    **{(service, REFERRALS): [f"{HERE}::test_referrals_in_a_circle[{service}]"] for service in (LDAP, LDAPS, STARTTLS)},
    (GC, REFERRALS): [f"{HERE}::test_the_global_catalogue[{REFERRALS}]"],
    (SIGN_IN, REFERRALS): [f"{WIRE}::test_realms_that_refer_to_one_another", f"{REALMS}::test_a_sign_in_by_a_circle"],
    (TICKETS, REFERRALS): [f"{REALMS}::test_tickets_by_a_circle", f"{REALMS}::test_an_audit_by_a_circle"],
    (UDP, REFERRALS): "- the same answers as over TCP", (DNS, REFERRALS): [f"{DNSS}::test_a_domain_is_looked_up[loop]"],
    (DNS_TCP, REFERRALS): "- the same answers as over UDP",
    **{(udp, way): "- a datagram comes whole or not at all" for udp in (UDP, DNS)
       for way in ("a byte now and then", "reset", "half-closed", "a huge head")},
    (DNS, "endless"): "- one datagram is read for a question",
}


def tries(function):
    """The values of its parameters."""
    for mark in getattr(function, "pytestmark", []):
        for value in mark.args[1] if mark.name == "parametrize" else []:
            yield from value if isinstance(value, tuple) else [value]


@pytest.mark.parametrize("service, way", itertools.product([LDAP, LDAPS, STARTTLS, GC, SIGN_IN, TICKETS, UDP, DNS, DNS_TCP], WAYS))
def test_no_cell_is_empty(service, way):
    """Each names a test that there is, and that is run with what the cell says."""
    cell = CELLS[service, way]
    if isinstance(cell, str):
        assert cell.startswith("- ")
        return
    for name in cell:
        file, function, parameter = re.fullmatch(r"(.+)\.py::(\w+)(?:\[(.+)\])?", name).groups()
        found = getattr(importlib.import_module(file.rpartition("/")[2]), function)
        assert parameter is None or parameter in tries(found), name
        assert parameter or way not in bad.WAYS, f"{name}: which of its parameters?"


# Servers that turn bad


class Bad(Rogue):
    """Does `way` to each connection at its `phase`; both are set by the test."""

    way, phase = None, None

    def turn(self, connection):
        bad.WAYS[self.way](connection)

    def secure(self, connection):
        if self.phase == BEFORE:
            self.turn(connection)
        return super().secure(connection)

    def start_tls(self, connection, number):
        if self.phase == BEFORE:
            self.turn(connection)
        connection.sendall(result(number, 0x78))
        self.plain = False

    def bind(self, send, number):
        if self.phase == WITHIN:
            self.turn(send.__self__)
        super().bind(send, number)

    def search(self, send, number, base, subtree):
        if self.phase == AFTER:
            self.turn(send.__self__)
        super().search(send, number, base, subtree)


class BadStartTls(Bad):
    """Each connection begins in clear."""

    def _serve(self, connection):
        self.plain = True
        super()._serve(connection)


@pytest.mark.parametrize("way", bad.WAYS)
@pytest.mark.parametrize("phase", [BEFORE, WITHIN, AFTER])
@pytest.mark.parametrize("service", [LDAPS, STARTTLS])
def test_over_tls(rogue, run, service, phase, way):
    with rogue(kind=BadStartTls if service == STARTTLS else Bad, plain=service == STARTTLS) as server:
        server.way, server.phase = way, phase
        options = ["--starttls"] if service == STARTTLS else []
        ended(run("-H", server.uri, *options, "-f", "json", "--all-pairs", timeout_s=1), server.uri)


class BadInClear(Bad):
    def talk(self, connection):
        if self.phase == BEFORE:
            self.turn(connection)
        super().talk(connection)


@pytest.mark.parametrize("way", bad.WAYS)
@pytest.mark.parametrize("phase", [BEFORE, WITHIN])
def test_before_and_within_a_bind_in_clear(rogue, run, tmp_path, phase, way):
    """The client has a ticket for the server, by which no rogue can end the bind: what comes after is for the lab."""
    with rogue(kind=BadInClear, plain=True) as server:
        server.way, server.phase = way, phase
        done = run("-H", server.uri, "-f", "json", mech=None, timeout_s=1,
                   env={"KRB5CCNAME": f"FILE:{cache(tmp_path / 'cc', 'ldap/127.0.0.1')}"})
        assert done.status == NO_AUDIT, done
        ended(done, server.uri)


# The global catalogue


def crossref(number, name, dns):
    return entry(number, f"CN={name},CN=Partitions,CN=Configuration,{BASE}", {
        "objectClass": ["top", "crossRef"], "nCName": [dns], "dnsRoot": [dns.replace("DC=", "").replace(",", ".")],
        "nETBIOSName": [name], "systemFlags": ["3"]})


def forest(server, send, number, base, subtree):
    """A domain of two, so that only the catalogue knows whose an SPN is."""
    found = b""
    if base.startswith("CN=Partitions"):
        found = crossref(number, "ROGUE", BASE) + crossref(number, "OTHER", "DC=other,DC=test")
    elif base == BASE and subtree:
        found = b"".join(entry(number, f"CN=HV{n},{BASE}", host(n, **{"msDS-AllowedToDelegateTo": [
            f"cifs/HV{3 - n}", f"Microsoft Virtual System Migration Service/HV{3 - n}"]})) for n in (1, 2))
    send(found + result(number))


def refers(uri):
    def search(server, send, number, base, subtree):
        send(message(number, tlv(0x65, integer(10, 10), octets(""), octets(""), tlv(0xA3, octets(f"{uri}/{BASE}")))))
    return search


addresses = itertools.count(10)


@pytest.fixture
def catalogue(authority):
    """A DC and a catalogue at an address of their own, as the ports of catalogues are fixed."""
    with ExitStack() as stack:
        def start(kind, **more):
            address = f"127.88.1.{next(addresses)}"
            pair = authority.issue(address, san=f"IP:{address}")
            dc = stack.enter_context(Rogue(authority, pair, forest, host=address))
            try:
                return dc, stack.enter_context(kind(authority, pair, host=address, port=3269, **more))
            except OSError as error:
                pytest.skip(f"THE GLOBAL CATALOGUE WAS NOT TRIED: {address}:3269: {error}")
        yield start


def gaps_of_the_catalogue(done):
    return [what for what in done.gaps if what.endswith("in the rest of the forest")]


def test_a_sound_global_catalogue_is_no_gap(catalogue, run):
    dc, gc = catalogue(Rogue)
    done = run("-H", dc.uri, "-f", "json", "--all-pairs", timeout_s=60)
    assert gc.asked > 0 and not gaps_of_the_catalogue(done), done.gaps


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("phase", [BEFORE, WITHIN, AFTER])
def test_the_global_catalogue(catalogue, run, phase, way):
    dc, gc = catalogue(Bad)
    if way == REFERRALS:
        gc._search = refers(gc.uri)
    else:
        gc.way, gc.phase = way, phase
    done = run("-H", dc.uri, "-f", "json", "--all-pairs", timeout_s=1)
    assert done.status in (FINDINGS, INCOMPLETE), done
    assert gaps_of_the_catalogue(done) and "ready" not in done.pairs.values(), done.gaps


# Referrals


@pytest.mark.parametrize("service", [LDAP, LDAPS, STARTTLS])
def test_referrals_in_a_circle(rogue, run, tmp_path, service):
    """To itself: to the bind, where only that can be had, and to each search."""
    with rogue(kind=BadStartTls if service == STARTTLS else Bad, plain=service != LDAPS) as server:
        referral = tlv(0xA3, octets(f"{server.uri}/{BASE}"))
        server._search = refers(server.uri)
        options, more = (["--starttls"] if service == STARTTLS else []), {}
        if service == LDAP:
            server.bind = lambda send, number: send(result(number, 0x61, code=10, more=referral))
            more = {"mech": None, "env": {"KRB5CCNAME": f"FILE:{cache(tmp_path / 'cc', 'ldap/127.0.0.1')}"}}
        ended(run("-H", server.uri, *options, "-f", "json", "--all-pairs", **more), server.uri)
        assert server.binds <= 10, "nobody comes again because of a referral"
