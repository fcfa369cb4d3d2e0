"""A sign-in, a bind and a history by way of KDCs that answer late or never: each is left when its time is over, in one line."""

import json
import os
import socket
import subprocess
import threading
from contextlib import contextmanager

import pytest

import harness
import mit
from harness import FINDINGS, NO_AUDIT, OK, USAGE, refused
from kerberos import REALM, cache
from patience import patience, within
from rogue import BASE, entry, host, result
from test_kdc import TCP, UDP, Kdc
from test_variables import PLANTED
from test_wire import Turning

OTHER = "OTHER.TEST"
LATE = ["silent", "a byte now and then", "a huge head", "endless"]
DOWN = [way for way in TCP if way not in LATE]


def conf(place, kdc, stream=True):
    """Whose names are of the realm of the tests, and which KDC it has."""
    file = place / "krb5.conf"
    file.write_text(f"[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\nudp_preference_limit = {1 if stream else 1465}\n"
                    f"[domain_realm]\n127.0.0.1 = {REALM}\nlocalhost = {REALM}\n[realms]\n{REALM} = {{\nkdc = 127.0.0.1:{kdc.port}\n}}\n")
    return file


# The way into another realm


@pytest.fixture
def elsewhere(run, tmp_path):
    """Audits a domain by tickets of another realm, whose KDC has to tell the way."""
    def go(kdc, *words, stream=True):
        with within(10):
            refused(run("-H", "ldap://127.0.0.1:1", "-D", OTHER.lower(), mech=None, timeout_s=1,
                        env={"KRB5_CONFIG": conf(tmp_path, kdc, stream), "KRB5CCNAME": f"FILE:{cache(tmp_path / 'cc')}"}),
                    NO_AUDIT, f"the ticket is for audit@{REALM}", f"realm {OTHER}", f"run kinit USER@{OTHER}", *words)
        assert kdc.asked > 0
    return go


@pytest.mark.parametrize("way", LATE)
def test_a_way_by_a_kdc_that_takes_its_time(elsewhere, way):
    with Kdc(tcp=TCP[way]) as kdc:
        elsewhere(kdc, f"the KDC of {REALM} did not answer", *(["within 1 s"] if way in ("silent", "a byte now and then") else []))


@pytest.mark.parametrize("way", ["silent", "garbage"])
def test_a_way_by_datagrams(elsewhere, way):
    with Kdc(udp=UDP[way]) as kdc:
        elsewhere(kdc, f"the KDC of {REALM} did not answer", stream=False)


@pytest.mark.parametrize("way", DOWN)
def test_a_way_by_what_is_no_kdc(elsewhere, way):
    with Kdc(tcp=TCP[way]) as kdc:
        elsewhere(kdc, f"the KDC of {REALM} did not answer")


def test_no_way(elsewhere):
    with Turning("silent", 1000) as kdc:
        elsewhere(kdc, "there is no way")


# A bind


@pytest.mark.parametrize("good", [0, 1, 2, 3, 4])
def test_a_kdc_that_refuses_and_is_then_silent(rogue, run, tmp_path, good):
    """Each mechanism asks anew for a ticket to the DC."""
    with Turning("silent", good) as kdc, rogue(plain=True) as server, within(10):
        refused(run("-H", server.uri, mech=None, timeout_s=1,
                    env={"KRB5_CONFIG": conf(tmp_path, kdc), "KRB5CCNAME": f"FILE:{cache(tmp_path / 'cc')}"}),
                NO_AUDIT, *(["no KDC answered within 1 s", "ldap/127.0.0.1"] if kdc.asked > good else []))
        assert server.binds == 0 and kdc.asked > 0


# A history


class Postgres:
    """Takes connections, wants Kerberos by saying `first`, and no TLS."""

    def __init__(self, first=b"G"):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.uri = f"postgresql://audit@127.0.0.1:{self.socket.getsockname()[1]}/audits"
        self.first, self.heard = first, []

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
                with connection:
                    while asked := connection.recv(4096):
                        self.heard.append(asked)
                        connection.sendall(self.first if asked == GSS_REQUEST else b"N")
            except OSError:
                return


GSS_REQUEST = bytes.fromhex("0000000804d21630")


@pytest.fixture
def keep(tmp_path):
    """Audits an export, which asks for no ticket itself, into a history; or looks into one."""
    def go(server, *arguments, **env):
        around = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **harness.ENVIRONMENT, **{name: str(value) for name, value in env.items()}}
        return harness.Result(subprocess.run(
            [harness.KCDAUDIT, *map(str, arguments), "--history", server.uri], env=around, cwd=tmp_path,
            capture_output=True, text=True, timeout=patience(20), stdin=subprocess.DEVNULL))
    return go


EXPORT = ["audit", "--timeout", "1", "-c", "/dev/null", "--ldif", harness.ROOT / "fixtures/acc-01-fires/estate.ldif", "-f", "json"]


@pytest.mark.parametrize("way", LATE)
def test_a_history_by_a_kdc_that_takes_its_time(keep, tmp_path, way):
    with Kdc(tcp=TCP[way]) as kdc, Postgres() as server, within(20):
        around = {"KRB5_CONFIG": conf(tmp_path, kdc), "KRB5CCNAME": f"FILE:{cache(tmp_path / 'cc')}"}
        done = keep(server, *EXPORT, **around)
        assert done.status == OK and done.report, done
        assert server.heard[0] == GSS_REQUEST and kdc.asked > 0
        harness.assert_one_line(done, "cannot reach history", "unsent.sqlite")


def test_a_history_by_a_ticket_for_it(keep, tmp_path):
    """The control of the tests below: libpq finds the tickets, and shows the server one."""
    with Postgres() as server:
        keep(server, *EXPORT, KRB5CCNAME=f"FILE:{cache(tmp_path / 'cc', 'postgres/127.0.0.1')}")
        assert server.heard[0] == GSS_REQUEST and b"\x6e" in server.heard[1], server.heard


@pytest.mark.parametrize("form", ["FILE:{}", "{}", "DIR::{}"])
@pytest.mark.parametrize("what", PLANTED)
def test_a_history_by_tickets_that_another_user_could_have_put_there(keep, tmp_path, what, form):
    """Whoever knows their keys could be the server, without TLS; a pipe would be waited for."""
    plant, word = PLANTED[what]
    if os.geteuid() != 0 and "another" in what:
        pytest.skip("TICKETS OF ANOTHER USER WERE NOT TRIED: this needs root")
    plant(tmp_path / "tkt")
    with Postgres() as server, within(10):
        refused(keep(server, "history", KRB5CCNAME=form.format(tmp_path / "tkt")), USAGE, "cannot reach history", "tkt", word)
        done = keep(server, *EXPORT, KRB5CCNAME=form.format(tmp_path / "tkt"))
        assert done.status == OK and done.report, done
        harness.assert_one_line(done, word, "unsent.sqlite")
        assert server.heard == []


# KDCs that refer to one another


CIRCLES = {"two, back to the first": (2, 0, 2), "three, back to the first": (3, 0, 3), "three, back to the second": (3, 1, 3), "twelve": (12, 1, 10)}
needs_mit = pytest.mark.skipif(not mit.IS_THERE, reason="KDCS THAT REFER TO ONE ANOTHER WERE NOT TRIED: krb5-kdc and krb5-admin-server are missing")


@pytest.fixture(scope="module", params=CIRCLES)
def circle(request, tmp_path_factory):
    """MIT's KDCs, and what each question costs of requests: MIT's own ends a circle that comes back to the client's realm ("INVALID
    LINEAGE"), libkrb5 one that comes to a realm anew, or whatever has more than ten links (KRB5_REFERRAL_MAXHOPS)."""
    count, back, asked = CIRCLES[request.param]
    with mit.Circle(tmp_path_factory.mktemp("realms"), count, back) as kdcs:
        kdcs.links, kdcs.back = asked, back
        kdcs.cache = kdcs.tickets(kdcs.place / "cc")
        kdcs.around = {"KRB5_CONFIG": kdcs.conf, "KRB5CCNAME": f"FILE:{kdcs.cache}"}
        yield kdcs


@contextmanager
def asking(circle, questions):
    """What comes of so many questions that go in a circle is bounded, each being asked once more without a referral where the KDC refuses."""
    before = sum(circle.asked())
    yield
    assert 0 < sum(circle.asked()) - before <= questions * (circle.links + 2), circle.asked()


@needs_mit
def test_a_sign_in_by_a_circle(circle, run):
    with asking(circle, 1):
        refused(run("-H", "ldap://127.0.0.1:1", "-D", mit.NOWHERE.lower(), mech=None, env=circle.around, timeout_s=60),
                NO_AUDIT, f"the ticket is for audit@{REALM}", f"there is no way to realm {mit.NOWHERE}", "run kinit")


@needs_mit
def test_tickets_by_a_circle(circle, run):
    """Beside what has its ticket: nobody else's question is lost."""
    spns = ["cifs/hv1.rogue.test", "cifs/known.test", "cifs/hv2.rogue.test"]
    with asking(circle, len(spns)):
        done = run("-f", "json", "--jobs", "1", *spns, command="ticket", mech=None, env=circle.around, timeout_s=60)
    tickets = {t["spn"]: t for t in json.loads(done.out)["tickets"]}
    assert done.status == FINDINGS and {spn for spn, t in tickets.items() if t["result"] == "granted"} == {"cifs/known.test"}, done


@needs_mit
def test_one_ticket_by_a_circle(circle, run):
    with asking(circle, 1):
        done = run("cifs/hv1.rogue.test", command="ticket", mech=None, env=circle.around, timeout_s=60)
    assert done.status in (FINDINGS, NO_AUDIT) and "granted" not in done.out, done
    if done.status == NO_AUDIT:
        harness.assert_one_line(done, "refer to one another")


def two_hosts(server, send, number, base, subtree):
    """Each may delegate to the other, by names of which the KDC knows none."""
    classes, names = ["cifs", "Microsoft Virtual System Migration Service"], ["HV{}", "hv{}.rogue.test"]
    found = b"".join(entry(number, f"CN=HV{n},{BASE}", host(n, **{
        "servicePrincipalName": [f"{each}/{name.format(n)}" for each in classes for name in names],
        "msDS-AllowedToDelegateTo": [f"{each}/{name.format(3 - n)}" for each in classes for name in names]})) for n in (1, 2))
    send((found if base == BASE and subtree else b"") + result(number))


@needs_mit
@pytest.mark.parametrize("proofs", [False, True])
def test_an_audit_by_a_circle(circle, rogue, run, tmp_path, proofs):
    """Test tickets, and S4U2Self and S4U2Proxy of one of the hosts."""
    more = ["--prove-as", "alice", "--prove-keytab", circle.keytab(tmp_path / "hv1", "HV1$")] if proofs else []
    with rogue(two_hosts) as server, asking(circle, 2 * 8):
        done = run("-H", server.uri, "--host", "HV1,HV2", "-f", "json", "--all-pairs", *more, tickets=True, env=circle.around, timeout_s=60)
    harness.ended(done, server.uri)
    assert len(done.pairs) == 2 and not [t for h in done.report["hosts"] for t in h["tickets"] if t["result"] == "granted"], done
    if circle.back:
        assert "ticket for cifs/hv2.rogue.test" in done.gaps and "refer to one another" in json.dumps(done.report), done.gaps
