"""A KDC that turns bad behind the connections that test tickets keep: no ticket counts as granted, and nobody waits without an end."""

import json

import pytest

from harness import FINDINGS, NO_AUDIT, refused
from kerberos import REALM, cache, keytab, refusal
from test_kdc import TCP, UDP, Kdc

UNKNOWN, WRONG_REALM = 7, 68  # KDC_ERR_S_PRINCIPAL_UNKNOWN, KDC_ERR_WRONG_REALM
SPNS = [f"cifs/HV{n}" for n in range(1, 6)]


def framed(message):
    return len(message).to_bytes(4, "big") + message


def read_exactly(connection, count):
    got = b""
    while len(got) < count:
        piece = connection.recv(count - len(got))
        if not piece:
            raise ConnectionError
        got += piece
    return got


class Turning(Kdc):
    """Answers the first `good` requests, on connections that it keeps, as a KDC does that knows no such SPN; then `way`."""

    def __init__(self, way, good, **more):
        super().__init__(tcp=TCP[way], **more)
        self.good = good

    def _serve(self, connection):
        try:
            while read_exactly(connection, int.from_bytes(read_exactly(connection, 4), "big")):
                self.asked += 1
                if self.asked > self.good:
                    self.tcp(connection)
                    return
                connection.sendall(framed(refusal(UNKNOWN)))
        except OSError:
            pass
        finally:
            connection.close()


@pytest.fixture
def ask(run, tmp_path):
    def go(kdc, *options, timeout_s=1, spns=SPNS, **env):
        conf = tmp_path / "krb5.conf"
        conf.write_text(f"[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\nudp_preference_limit = 1\n[realms]\n"
                        f"{REALM} = {{\nkdc = 127.0.0.1:{kdc.port}\n}}\n")
        done = run("-f", "json", "--jobs", "1", *options, *spns, command="ticket", mech=None, timeout_s=timeout_s,
                   env={"KRB5_CONFIG": conf, "KRB5CCNAME": f"FILE:{cache(tmp_path / 'cc')}", **env})
        assert len(done.err.splitlines()) <= 1, done
        return done, json.loads(done.out)["tickets"] if done.out else []
    return go


def test_a_kdc_that_refuses_is_one_that_answers(ask):
    """The control of the tests below."""
    with Turning("silent", 1000) as kdc:
        done, tickets = ask(kdc, timeout_s=60)
    assert done.status == FINDINGS and {(t["answered"], t["error_code"]) for t in tickets} == {(True, UNKNOWN)}, done
    assert len(tickets) == len(SPNS)


@pytest.mark.parametrize("way", TCP)
def test_from_the_first_request_on(ask, way):
    with Turning(way, 0) as kdc:
        done, tickets = ask(kdc)
        assert kdc.asked > 0
    assert done.status in (NO_AUDIT, FINDINGS), done
    assert not [t for t in tickets if t["answered"] or t["result"] == "granted"], tickets


@pytest.mark.parametrize("way", TCP)
def test_after_good_answers(ask, way):
    with Turning(way, 2) as kdc:
        done, tickets = ask(kdc)
        assert kdc.asked > 2
    assert done.status in (NO_AUDIT, FINDINGS), done
    assert len([t for t in tickets if t["answered"]]) <= 2 and "granted" not in {t["result"] for t in tickets}, tickets


@pytest.mark.parametrize("way", UDP)
def test_over_udp_where_nobody_listens_on_tcp(ask, way):
    with Kdc(udp=UDP[way]) as kdc:
        done, tickets = ask(kdc)
        assert kdc.asked > 0
    assert done.status in (NO_AUDIT, FINDINGS) and not [t for t in tickets if t["answered"]], done


class Wordy(Kdc):
    """Refuses in so many bytes."""

    def __init__(self, size):
        def text(count):
            return refusal(UNKNOWN, says=b"x" * count)
        answer = framed(text(size - (len(text(1000)) - 1000)))
        assert len(answer) == 4 + size
        super().__init__(tcp=lambda connection: connection.sendall(answer))


@pytest.mark.parametrize("size, is_one", [(1 << 20, True), ((1 << 20) + 1, False)])
def test_an_answer_larger_than_any_is_none(ask, size, is_one):
    """KDC_BYTES"""
    with Wordy(size) as kdc:
        _, tickets = ask(kdc, timeout_s=60 if is_one else 5, spns=SPNS[:1])
        assert kdc.asked > 0
    assert {t["error_code"] for t in tickets if t["answered"]} == ({UNKNOWN} if is_one else set()), tickets


class Elsewhere(Kdc):
    def __init__(self):
        super().__init__(tcp=lambda connection: connection.sendall(framed(refusal(WRONG_REALM, elsewhere=REALM))))


def test_realms_that_refer_to_one_another(ask, run, tmp_path):
    """To each question the KDC says that another realm knows, which is itself."""
    with Elsewhere() as kdc:
        done, tickets = ask(kdc, timeout_s=60)
        assert "granted" not in {t["result"] for t in tickets} and kdc.asked <= 20 * len(SPNS), (done, kdc.asked)
        kdc.asked = 0
        refused(run("-H", "ldap://127.0.0.1:1", "--keytab", keytab(tmp_path / "keytab"), "--principal", f"audit@{REALM}", mech=None,
                    env={"KRB5_CONFIG": tmp_path / "krb5.conf"}, timeout_s=60), NO_AUDIT, REALM)
        assert 0 < kdc.asked <= 20
