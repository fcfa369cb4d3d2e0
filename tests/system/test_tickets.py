"""How KDCs are asked for test tickets: by few connections, no faster than agreed, and whatever a KDC does."""

import json
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from harness import (CIFS, FINDINGS, HERE, INCOMPLETE, NO_AUDIT, OK, USAGE, Lab, audit, fewer_threads, json_audit, kcdaudit, refused,
                     within, write)

HOSTS = [f"HV{n:02}" for n in range(1, 41)]
SPNS = [f"{CIFS}/{host}" for host in HOSTS]
FIRST_PORT, SECOND_PORT = 3088, 3089


def build(e):
    for host in HOSTS:
        e.host(host)
    e.user("audit")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as lab:
        lab.kinit("audit")
        yield lab


class Asked:
    """What came to a KDC, until now."""

    def __init__(self, log):
        self._log = log

    def _lines(self, word):
        return [line.split() for line in self._log.read_text().splitlines() if line.startswith(word)]

    @property
    def connections(self):
        return len(self._lines("connection"))

    @property
    def requests(self):
        return len(self._lines("request"))

    @property
    def times(self):
        return [float(line[2]) for line in self._lines("request")]


@contextmanager
def kdc(lab, tmp_path, port, mode="relay", good=0):
    """A KDC between the client and the real one (kdc.py)."""
    log = write(tmp_path / f"kdc-{port}.log", "")
    process = lab.popen([sys.executable, HERE / "kdc.py", lab.ip, str(port), log, f"--mode={mode}", f"--good={good}"],
                        stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        yield Asked(log)
    finally:
        lab.signal(process, signal.SIGKILL)
        lab.ended(process)
        process.stdout.close()


def at(lab, tmp_path, *ports):
    """An environment in which the realm's KDCs are at these ports."""
    text = lab.krb5_conf.read_text().replace("[libdefaults]\n", "[libdefaults]\nudp_preference_limit = 1\n")
    kdcs = "".join(f"  kdc = {lab.dc}:{port}\n" for port in ports)
    return {"KRB5_CONFIG": str(write(tmp_path / "krb5.conf", f"{text}\n[realms]\n{lab.realm} = {{\n{kdcs}}}\n"))}


def ask(lab, *options, spns=SPNS, **keywords):
    return kcdaudit(lab, "ticket", "-f", "json", *options, *spns, **keywords)


def results(result):
    return [(t["spn"], t["result"]) for t in json.loads(result.out)["tickets"]]


ALL_GRANTED = [(spn, "granted") for spn in SPNS]


def test_connections_are_as_many_as_jobs_and_are_kept(lab, tmp_path):
    for jobs in (1, 4):
        place = tmp_path / str(jobs)
        place.mkdir()
        with kdc(lab, place, FIRST_PORT) as asked:
            result = ask(lab, "--jobs", str(jobs), env=at(lab, place, FIRST_PORT))
        assert (result.status, results(result)) == (OK, ALL_GRANTED), result
        assert 1 <= asked.connections <= jobs and asked.requests == len(SPNS), (asked.connections, asked.requests)


def test_what_is_found_by_dns_gives_the_same_and_is_asked_for_once(lab):
    """libkrb5 by itself asks DNS three questions for each ticket."""
    result = ask(lab, env={"KRB5_TRACE": "/dev/stderr"})
    assert (result.status, results(result)) == (OK, ALL_GRANTED), result
    assert result.err.count("Received creds for desired service") >= len(SPNS) > result.err.count("Sending DNS"), result


def test_a_refusal_is_an_answer_of_the_kdc(lab, tmp_path):
    with kdc(lab, tmp_path, FIRST_PORT) as asked:
        result = ask(lab, spns=[*SPNS[:3], "cifs/NOBODY"], env=at(lab, tmp_path, FIRST_PORT))
    last = json.loads(result.out)["tickets"][-1]
    assert result.status == FINDINGS and (last["error"], last["error_code"]) == ("KDC_ERR_S_PRINCIPAL_UNKNOWN", 7), result
    assert last["answered"] and asked.requests >= 4


def test_a_kdc_that_closes_after_each_answer_is_connected_to_again(lab, tmp_path):
    with kdc(lab, tmp_path, FIRST_PORT, "once") as asked:
        result = ask(lab, "--jobs", "2", env=at(lab, tmp_path, FIRST_PORT))
    assert (result.status, results(result)) == (OK, ALL_GRANTED), result
    assert asked.connections >= len(SPNS)


@pytest.mark.parametrize("mode", ["drop", "huge", "garbage", "silent"])
def test_another_kdc_serves_where_the_first_does_not(lab, tmp_path, mode):
    with kdc(lab, tmp_path, FIRST_PORT, mode) as first, kdc(lab, tmp_path, SECOND_PORT) as second:
        result = ask(lab, "--jobs", "4", "--timeout", "4", env=at(lab, tmp_path, FIRST_PORT, SECOND_PORT))
    assert (result.status, results(result)) == (OK, ALL_GRANTED), result
    # Whoever failed is not asked again as long as the other serves.
    assert first.requests <= 8 and 1 <= second.connections <= 4, (first.requests, second.connections)


def test_a_kdc_that_is_not_there_costs_nothing(lab, tmp_path):
    with kdc(lab, tmp_path, SECOND_PORT) as second:
        result = ask(lab, env=at(lab, tmp_path, FIRST_PORT, SECOND_PORT))
    assert (result.status, results(result)) == (OK, ALL_GRANTED), result
    assert second.connections <= 32


@pytest.mark.parametrize("mode", ["drop", "huge", "garbage", "silent"])
def test_no_kdc_that_answers_is_no_answer(lab, tmp_path, mode):
    with kdc(lab, tmp_path, FIRST_PORT, mode), within(30):
        result = ask(lab, "--timeout", "2", env=at(lab, tmp_path, FIRST_PORT))
    assert result.status == NO_AUDIT and "no KDC of CONTOSO.TEST answered" in result.err, result
    assert len(result.err.splitlines()) == 1, result
    assert {(t["result"], t["answered"]) for t in json.loads(result.out)["tickets"]} == {("refused", False)}


def test_no_more_tickets_in_a_second_than_agreed(lab, tmp_path):
    with kdc(lab, tmp_path, FIRST_PORT) as asked:
        result = ask(lab, "--ticket-rate", "10", "--timeout", "1", spns=SPNS[:15], env=at(lab, tmp_path, FIRST_PORT))
    assert (result.status, results(result)) == (OK, ALL_GRANTED[:15]), result
    assert asked.times[-1] - asked.times[0] >= 1.0, asked.times


# A system that gives no threads


@pytest.fixture(scope="module")
def few_threads(tmp_path_factory):
    return fewer_threads(tmp_path_factory.mktemp("threads"))


@pytest.mark.parametrize("count", [0, 1, 5])
def test_refused_threads_make_it_slower_and_nothing_else(lab, few_threads, count):
    result = ask(lab, env=few_threads(count))
    assert (result.status, results(result), result.err) == (OK, ALL_GRANTED, ""), result


def test_an_audit_without_threads_says_the_same(lab, few_threads):
    hosts = ("--host", "HV01", "--host", "HV02", "--host", "HV03")
    usual, alone = json_audit(lab, *hosts), json_audit(lab, *hosts, env=few_threads(0))
    assert (usual.status, usual.pairs, usual.gaps) == (alone.status, alone.pairs, alone.gaps)
    assert usual.rules == alone.rules


def test_a_silent_kdc_is_left_without_threads(lab, tmp_path, few_threads):
    with kdc(lab, tmp_path, FIRST_PORT, "silent"):
        result = ask(lab, "--timeout", "1", env={**at(lab, tmp_path, FIRST_PORT), **few_threads(0)})
    assert result.status == NO_AUDIT and len(result.err.splitlines()) <= 1, result
    assert '"result": "granted"' not in result.out and ('"answered": false' in result.out or "thread" in result.err), result


# A KDC that is silent when the bind needs a ticket


def test_a_bind_waits_for_its_ticket_no_longer_than_asked(lab, tmp_path):
    lab.kinit("audit")  # a cache without a ticket to the DC
    with kdc(lab, tmp_path, FIRST_PORT, "silent"), within(9):
        refused(audit(lab, "--timeout", "2", env=at(lab, tmp_path, FIRST_PORT)), NO_AUDIT, "within 2 s", "port 88",
                "ldap/dc1.contoso.test")


def build_ready(e):
    for name, other in (("HV01", "HV02"), ("HV02", "HV01")):
        e.host(name, t2a4d=True, delegate_to=[other])
    e.user("audit")


def test_the_first_line_says_that_no_kdc_answered(tmp_path):
    """Verdicts are the directory's then: who reads no further is not to take them for what the KDC gives."""
    hosts = ("--host", "HV01", "--host", "HV02")
    with Lab(build_ready) as lab:
        lab.kinit("audit")
        usual = audit(lab, *hosts)  # from here on the cache has a ticket to the DC
        with kdc(lab, tmp_path, FIRST_PORT, "silent"):
            silent = audit(lab, "--timeout", "2", *hosts, env=at(lab, tmp_path, FIRST_PORT))
    first, before = (" ".join(result.out.split("\n\n")[1].split()) for result in (silent, usual))
    assert "READY both migration directions work" in before and "by the directory" not in before and "no KDC" not in before, usual
    assert "READY both migration directions work by the directory; no KDC answered" in first, silent
    assert silent.status == INCOMPLETE, silent


@pytest.mark.parametrize("options, words", [(["--jobs", "0"], "--jobs takes 1 to 64"), (["--jobs", "65"], "--jobs takes 1 to 64"),
                                            (["--ticket-rate", "-1"], "--ticket-rate takes 1 to 10000"),
                                            (["--ticket-rate", "10001"], "--ticket-rate takes 1 to 10000")])
def test_what_is_out_of_bounds_is_said(lab, options, words):
    refused(ask(lab, *options), USAGE, words)
