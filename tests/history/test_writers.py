"""Several audits at once, and audits that are killed while they write."""

import itertools
import json
import os
import random
import signal
import subprocess
import time

import pytest

from kept import DOMAIN, HOST, KCDAUDIT, ace, descriptor, environment, findings_of, pairs_of, run
from patience import PATIENCE_S
from test_changes import kerberos_only, sensitive, sound

MANY = 80  # hosts: 6,320 pairs, twice as many findings where they are broken
KILLS = 24


def start(store, ldif, *options):
    return subprocess.Popen([KCDAUDIT, "audit", "--ldif", ldif, "-c", os.devnull, "-q", "--history", store.path, *options],
                            env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def many(ready, count=MANY):
    """Every verdict, and every finding, is another in the other estate."""
    def build(e):
        e.group("Hosts")
        for number in range(count):
            e.host(f"BN{number:04}", [], uac=HOST)
            e[f"BN{number:04}"]["memberOf"] = ["CN=Hosts,CN=Users," + DOMAIN]
            if ready:
                e[f"BN{number:04}"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("Hosts")))
    return build


def expected(store, ldif, *options):
    """What a run of this estate has to have found."""
    done = run("audit", "--ldif", ldif, "-c", os.devnull, "-f", "json", "--all-pairs", "--no-history", *options)
    report = json.loads(done.stdout)
    return findings_of(report), pairs_of(report)


def runs_by_estate(store):
    return store.sql("SELECT id, source_uri FROM runs ORDER BY id")


def check_runs(store, wanted):
    """Each run that is there is there whole."""
    for number, source in runs_by_estate(store):
        findings, verdicts = wanted[source]
        assert store.found_by(number) == findings, number
        assert store.verdicts_of(number) == verdicts, number


def test_two_writers_lose_nothing(store):
    estates = [store.estate(build) for build in (sound, sensitive, kerberos_only)]
    wanted = {str(ldif): expected(store, ldif) for ldif in estates}
    total = 0
    for _ in range(12):
        # Three more at once, each of another estate, of one scope.
        processes = [start(store, ldif) for ldif in estates]
        for process in processes:
            assert process.communicate(timeout=PATIENCE_S)[1] == b"" and process.returncode in (0, 1)
        total += len(processes)
        runs = runs_by_estate(store)
        assert [number for number, _ in runs] == list(range(1, total + 1))
        assert sorted(source for _, source in runs) == sorted(map(str, estates * (total // 3)))
    check_runs(store, wanted)
    # Each was compared with the one before it, whoever wrote that.
    assert [run["previous"] for run in reversed(store.history()["runs"])] == [None, *range(1, total)]
    store.is_sound()


def test_two_scopes_share_a_file(store):
    estates = [store.estate(build) for build in (sound, sensitive)]
    wanted = {str(ldif): expected(store, ldif) for ldif in estates}
    for _ in range(6):
        processes = [start(store, estates[0]), start(store, estates[1], "--host", "HV01", "--host", "HV02")]
        for process in processes:
            assert process.communicate(timeout=PATIENCE_S)[1] == b""
    runs = store.history()["runs"]
    assert len(runs) == 12
    for run_ in runs:
        assert run_["changes"] is None or run_["changes"]["new"] == 0, run_
    store.is_sound()
    assert {number for number, _ in runs_by_estate(store)} == set(range(1, 13)) and wanted


def test_a_killed_writer_leaves_all_or_nothing(store):
    """kill -9 at any moment while an audit rewrites every verdict and finding there is; then the next one goes on."""
    options = ("--host", "BN*")
    estates = [store.estate(many(ready)) for ready in (True, False)]
    wanted = {str(ldif): expected(store, ldif, *options) for ldif in estates}
    assert len(wanted[str(estates[0])][1]) == MANY * (MANY - 1)
    chance = random.Random(5)
    journal = store.path.with_name(store.path.name + "-journal")
    store.audit(estates[0], *options)
    assert start(store, estates[1], *options).wait() == 1
    assert start(store, estates[0], *options).wait() == 0
    # How long its journal stands, for the moment to choose.
    process = start(store, estates[1], *options)
    while not journal.exists() and process.poll() is None:
        time.sleep(0.0005)
    opened = time.monotonic()
    process.wait()
    writing = time.monotonic() - opened
    killed = hot = kept = 0
    # Some end before they are killed, and more of them on a busy machine: until enough did not.
    end = time.monotonic() + PATIENCE_S
    for number, ldif in zip(itertools.count(), itertools.cycle(estates)):
        if killed >= KILLS and hot > KILLS // 4:
            break
        assert time.monotonic() < end, (killed, hot, kept, writing)
        before = len(store.history()["runs"])
        process = start(store, ldif, *options)
        while not journal.exists() and process.poll() is None:
            time.sleep(0.0002)
        time.sleep(chance.random() * writing * 1.1)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        if process.returncode != -signal.SIGKILL:
            writing *= 0.8
        hot += journal.exists() and journal.stat().st_size > 0
        # The next one to come finds what was there before, or all of it.
        after = len(store.history()["runs"])
        assert after in (before, before + 1), (number, before, after)
        kept += after > before
        assert store.sql("PRAGMA quick_check(1)") == [("ok",)]
    for ldif in (*estates, *estates):
        assert start(store, ldif, *options).wait() in (0, 1)
    last = len(runs_by_estate(store))
    assert [n for n, _ in runs_by_estate(store)] == list(range(1, last + 1))
    check_runs(store, wanted)
    store.is_sound()
    value = store.diff()
    came = [t for f in value["findings"] for t in f["targets"] if t["change"] in ("new", "reopened")]
    assert len(came) == len(wanted[str(estates[1])][0])


def test_the_first_audit_killed(store):
    """No file, an empty one, or a whole one."""
    ldif = store.estate(many(False))
    for delay in (0.01, 0.03, 0.05, 0.07, 0.09, 0.12, 0.15, 0.2, 0.25, 0.3):
        for path in store.directory.glob("history.sqlite*"):
            path.unlink()
        process = start(store, ldif, "--host", "BN*")
        time.sleep(delay)
        process.kill()
        process.communicate()
        assert start(store, ldif, "--host", "BN*").wait() == 1
        assert len(store.history()["runs"]) in (1, 2)
        store.is_sound()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_end_that_is_asked_for_leaves_no_journal_that_matters(store, number):
    estates = [store.estate(many(ready)) for ready in (True, False)]
    journal = store.path.with_name(store.path.name + "-journal")
    store.audit(estates[0], "--host", "BN*")
    process = start(store, estates[1], "--host", "BN*")
    while not journal.exists() and process.poll() is None:
        time.sleep(0.0005)
    process.send_signal(number)
    process.communicate()
    assert process.returncode in (-number, 1)
    store.audit(estates[0], "--host", "BN*")
    assert not journal.exists() or journal.stat().st_size == 0
    store.is_sound()


def test_ten_at_once(store):
    """Of a file that is not there yet."""
    ldif = store.estate(sensitive)
    wanted = {str(ldif): expected(store, ldif)}
    processes = [start(store, ldif) for _ in range(10)]
    for process in processes:
        assert process.communicate(timeout=PATIENCE_S)[1] == b"" and process.returncode == 1
    assert [number for number, _ in runs_by_estate(store)] == list(range(1, 11))
    check_runs(store, wanted)
    store.is_sound()
