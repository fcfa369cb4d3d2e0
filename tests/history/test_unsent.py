"""Audits that a PostgreSQL server did not take: kept in unsent.sqlite, and sent when it does."""

import itertools
import os
import random
import shutil
import subprocess

import pytest

import server
from kept import FINDINGS, KCDAUDIT, OK, USAGE, Store, checked, environment, one_line, run
from patience import PATIENCE_S
from test_changes import kerberos_only, sensitive, sound
from test_delegations import chained, to_sql
from test_server import plain
from test_writers import many

pytestmark = pytest.mark.skipif(not server.IS_THERE, reason="NOT TESTED: no PostgreSQL here (make deps)")


@pytest.fixture(scope="module")
def postgres():
    place = server.Server()
    try:
        place.start()
        yield place
    finally:
        if not place.process:
            place.start()
        place.end()


class Site(Store):
    """A machine whose history is on a server."""

    def __init__(self, directory, postgres):
        super().__init__(directory)
        self.postgres, self.path = postgres, postgres.database()
        self.env = environment(XDG_STATE_HOME=directory / "state")
        self.unsent = directory / "state/kcdaudit/unsent.sqlite"

    def command(self, ldif, *options):
        return ["audit", "--ldif", ldif, "-c", os.devnull, "-f", "json", "--history", self.path, "--timeout", "20", *options]

    def keep(self, ldif, *options):
        """An audit that the server does not take; what it said."""
        done = run(*self.command(ldif, "--timeout", "1", *options), env=self.env)
        assert done.returncode in (OK, FINDINGS) and checked(done.stdout, "report"), done
        lines = done.stderr.splitlines()
        assert len(lines) == 1 and str(self.unsent) in lines[0] and "history --send" in lines[0], done
        return done

    def next(self, ldif, sent, *options):
        done = run(*self.command(ldif, *options), env=self.env)
        words = f"{sent} audit{'s' if sent > 1 else ''} that waited in {self.unsent} {'were' if sent > 1 else 'was'} sent to {self.path}"
        assert done.stderr == (f"kcdaudit: {words}\n" if sent else ""), done.stderr
        return done

    def send(self, expect=OK):
        done = run("history", "--send", "--history", self.path, env=self.env, expect=expect)
        return done.stdout if expect == OK else done

    def waiting(self):
        here = Store(self.directory)
        here.path = self.unsent
        here.is_sound()
        return [r[0] for r in here.sql("SELECT run FROM unsent ORDER BY run")], [r[0] for r in here.sql("SELECT id FROM runs ORDER BY id")]


@pytest.fixture
def site(postgres, tmp_path):
    return Site(tmp_path, postgres)


@pytest.fixture
def twin(tmp_path):
    """A file that the same audits go into, one by one."""
    (tmp_path / "twin").mkdir()
    return Store(tmp_path / "twin")


def shut(postgres):
    postgres.stop(server.signal.SIGQUIT)


def same(site, twin, question):
    there, here = (plain(question(store), store.path) for store in (site, twin))
    assert there == here


BUILDS = (chained, sensitive, to_sql, kerberos_only)


@pytest.mark.parametrize("explicit", [False, True])
def test_the_next_audit_sends_them_in_order(site, twin, explicit):
    """As if the server had always been there: runs, changes, targets, delegations."""
    ldifs = [site.estate(build) for build in BUILDS]
    twins = [twin.estate(build) for build in BUILDS]
    shut(site.postgres)
    statuses = [site.keep(ldif).returncode for ldif in ldifs[:3]]
    assert statuses == [run(*site.command(ldif)[:-4], "--no-history").returncode for ldif in ldifs[:3]]
    site.postgres.start()
    if explicit:
        assert site.send() == f"3 audits that waited in {site.unsent} were sent to {site.path}\n"
        assert site.send() == f"no audit waits in {site.unsent} for {site.path}\n"
    site.next(ldifs[3], 0 if explicit else 3)
    site.next(ldifs[0], 0)
    assert site.waiting() == ([], [])
    for ldif in (*twins, twins[0]):
        run("audit", "--ldif", ldif, "-c", os.devnull, "-f", "json", "--history", twin.path)
    same(site, twin, lambda store: store.history())
    for two in itertools.combinations("12345", 2):
        same(site, twin, lambda store: store.diff(*two))
    for name in ("HV01", "HV02", "svc-web"):
        same(site, twin, lambda store: run("history", "--history", store.path, "-f", "json", name).stdout.count("first_run"))
    same(site, twin, lambda store: checked(run("fleet", "--history", store.path, "-f", "json").stdout, "fleet"))


def test_what_only_the_server_knew_is_not_called_fixed(site):
    """Nobody can ask that audit any more: not looked at, until the next one looks."""
    ldifs = [site.estate(build) for build in (sensitive, sound)]
    site.next(ldifs[0], 0)
    shut(site.postgres)
    site.keep(ldifs[1])
    site.postgres.start()
    site.next(ldifs[1], 1)
    first, sent, last = (r["run"] for r in reversed(site.history()["runs"]))

    def became(before, after):
        return set(site.changes_of_findings(str(before), str(after)).values())
    assert {"unseen"} <= became(first, sent) <= {"unseen", "persisting", "still-undecided"}
    assert "mended" in became(first, last) and "mended" in became(sent, last)
    assert not {"new", "reopened"} & became(sent, last)


def test_a_full_server(postgres, tmp_path):
    small = server.Server(connections=3)
    try:
        small.start()
        site = Site(tmp_path, small)
        ldif = site.estate(kerberos_only)
        hold = [small.bin / "psql", "-X", "-A", "-t", "-h", small.place, "-U", "kcdaudit", "-d", "kept", "-c", "SELECT 'here'",
                "-c", f"SELECT pg_sleep({PATIENCE_S})"]
        holders = [subprocess.Popen(hold, stdout=subprocess.PIPE) for _ in range(3)]
        assert [holder.stdout.readline() for holder in holders] == [b"here\n"] * 3
        # The second that this waits else may be over before a busy machine has it told.
        assert "too many clients" in site.keep(ldif, "--timeout", "10").stderr
        for holder in holders:
            holder.kill()
            holder.communicate()
        shut(small)
        small.start()
        site.next(ldif, 1)
        assert len(site.history()["runs"]) == 2
    finally:
        small.end()


def test_a_server_that_stays_away_loses_nothing(site):
    shut(site.postgres)
    ldif = site.estate(kerberos_only)
    site.keep(ldif)
    one_line(run("history", "--send", "--history", site.path, env=site.env), USAGE, "cannot reach history")
    site.keep(ldif)
    assert site.waiting() == ([1, 2], [1, 2])
    site.postgres.start()
    site.next(ldif, 2)


def test_sent_and_killed_before_it_was_known(site, tmp_path):
    """The file says that it waits, the server has it: it is there once."""
    shut(site.postgres)
    ldifs = [site.estate(build) for build in (sensitive, kerberos_only)]
    for ldif in ldifs:
        site.keep(ldif)
    site.postgres.start()
    shutil.copy(site.unsent, tmp_path / "before")
    site.send()
    before = site.history()
    shutil.copy(tmp_path / "before", site.unsent)
    site.send()
    assert site.history() == before and site.waiting() == ([], [])


def test_killed_at_any_moment(site):
    """kill -9 while it sends, again and again: each is there once, in order, and whole."""
    shut(site.postgres)
    ldifs = [site.estate(many(ready, 30)) for ready in (True, False)]
    for number in range(4):
        site.keep(ldifs[number % 2], "--host", "BN*")
    site.postgres.start()
    command = [KCDAUDIT, "history", "--send", "--history", site.path]
    chance, killed, patience = random.Random(7), 0, 0.1
    while site.waiting()[0]:
        sender = subprocess.Popen(command, env=site.env, stdout=subprocess.DEVNULL)
        try:
            sender.wait(chance.random() * patience)
        except subprocess.TimeoutExpired:
            sender.kill()
            sender.wait()
            killed += 1
            patience *= 1.5  # until one run gets through
    assert killed and site.waiting() == ([], [])
    runs = site.history()["runs"]
    assert len(runs) == 4
    assert [r["started"] for r in runs] == sorted((r["started"] for r in runs), reverse=True)
    assert [r["pairs"]["ready"] > 0 for r in reversed(runs)] == [True, False] * 2


def test_several_senders_at_once(site):
    shut(site.postgres)
    ldifs = [site.estate(build) for build in BUILDS]
    for ldif in ldifs + ldifs:
        site.keep(ldif)
    site.postgres.start()
    senders = [subprocess.Popen([KCDAUDIT, "history", "--send", "--history", site.path], env=site.env, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE) for _ in range(3)]
    senders += [subprocess.Popen([KCDAUDIT, *map(str, site.command(ldif, "-q"))], env=site.env, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE) for ldif in ldifs]
    for sender in senders:
        sender.communicate(timeout=PATIENCE_S)
        assert sender.returncode in (OK, FINDINGS)
    assert site.waiting() == ([], [])
    runs = list(reversed(site.history()["runs"]))
    assert len(runs) == 12
    assert len({r["started"] + str(r["duration_ms"]) + r["source"]["uri"] for r in runs}) == 12
    assert [os.path.basename(r["source"]["uri"]) for r in runs[:8]] == [ldif.name for ldif in ldifs + ldifs]


def test_what_belongs_elsewhere_stays(site):
    """Another server's audits are not sent to this one."""
    ldif = site.estate(kerberos_only)
    here, site.path = site.path, site.postgres.uri("nowhere")
    site.keep(ldif)
    site.path = here
    site.next(ldif, 0)
    assert site.send() == f"no audit waits in {site.unsent} for {site.path}\n"
    assert site.waiting() == ([1], [1])
    site.postgres.sql("CREATE DATABASE nowhere", "postgres")
    site.path = site.postgres.uri("nowhere")
    assert site.send().startswith("1 audit that waited")
    assert site.waiting() == ([], [])


def test_a_damaged_file_keeps_no_audit_from_the_server(site):
    site.unsent.parent.mkdir(parents=True)
    site.unsent.write_bytes(b"not a database, and long enough to be looked at" * 100)
    done = run(*site.command(site.estate(sound)), env=site.env)
    assert str(site.unsent) in done.stderr and "not sent" in done.stderr and len(done.stderr.splitlines()) == 1
    assert len(site.history()["runs"]) == 1
    one_line(site.send(expect=4), 4, site.unsent)


@pytest.mark.parametrize("arguments, words", [
    (["--send"], "postgresql://"), (["--send", "--history", "kept.sqlite"], "postgresql://"),
    (["--send", "--history", "postgresql:///x", "HV01"], "without a host"), (["--send", "--history", "postgresql:///x", "-f", "json"], "text"),
    (["--send", "--prune", "90d", "--history", "postgresql:///x"], "one at a time"),
    (["--send", "--history", "postgresql://audit:Summer2026@db/x"], "password")])
def test_usage(arguments, words):
    one_line(run("history", *arguments), USAGE, words)
