"""The file: somebody else's, of another version, damaged, or held by somebody."""

import os
import random
import sqlite3
import subprocess
import time

import pytest

from kept import (AS_NOBODY, FINDINGS, INCOMPLETE, KCDAUDIT, NO_AUDIT, OK, ROOT, USAGE, Store, checked,
                  environment, findings_of, one_line, run)
from openly import tmp_path  # noqa: F401
from patience import PATIENCE_S, TIMED, within
from test_changes import SENSITIVE, sensitive, sound
from test_place import refused_at_once

QUERIES = ROOT / "queries"
READERS = (["history"], ["diff"], ["diff", "1"], ["history", "HV01"])


def database(path, *statements):
    db = sqlite3.connect(path)
    for statement in statements:
        db.executescript(statement)
    db.commit()
    db.close()
    return path.read_bytes()


def untouched(path, content):
    assert path.read_bytes() == content
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(path.name)] == [path.name]


@pytest.mark.parametrize("content", [b"x", b"SQLite format 3\0", b"kcdaudit\n" * 1000, os.urandom(5000), b"\0" * 8192])
def test_what_is_no_database(store, content):
    store.path.write_bytes(content)
    refused_at_once(store.path, NO_AUDIT, "database")
    for argv in READERS:
        one_line(run(*argv, "--history", store.path), NO_AUDIT, store.path)
    untouched(store.path, content)


@pytest.mark.parametrize("statements", [
    ["CREATE TABLE runs (id INTEGER)"],
    ["PRAGMA application_id = 1234"],
    ["PRAGMA application_id = 1234", "PRAGMA user_version = 2", "CREATE TABLE runs (id INTEGER)"],
])
def test_another_programs_database(store, statements):
    content = database(store.path, *statements)
    refused_at_once(store.path, USAGE, "another program's database")
    for argv in READERS:
        one_line(run(*argv, "--history", store.path), USAGE, "another program's database")
    untouched(store.path, content)


def test_a_newer_schema(store):
    store.audit(store.estate())
    content = database(store.path, "PRAGMA user_version = 6")
    refused_at_once(store.path, USAGE, "newer kcdaudit", "schema 6", "knows 5")
    for argv in READERS:
        one_line(run(*argv, "--history", store.path), USAGE, "newer kcdaudit")
    untouched(store.path, content)


def test_an_empty_file_is_nobodys(store):
    store.path.touch()
    for argv in READERS:
        one_line(run(*argv, "--history", store.path), USAGE, "empty")
    store.audit(store.estate())
    assert len(store.history()["runs"]) == 1


@pytest.mark.parametrize("statement", [
    "DROP TABLE pair_spans",
    "DROP TABLE edge_spans",
    "DROP TABLE chains",
    "DROP TABLE runs",
    "ALTER TABLE findings RENAME COLUMN name TO nom",
    "DROP TABLE scopes; CREATE VIEW scopes AS SELECT 1 AS id, 'a' AS domain, '' AS hosts, '' AS config",
    "PRAGMA user_version = -1",
    "PRAGMA user_version = 0",
    "PRAGMA ignore_check_constraints = ON; UPDATE finding_spans SET standing = 77",
    "PRAGMA ignore_check_constraints = ON; UPDATE finding_spans SET severity = -1",
    "PRAGMA ignore_check_constraints = ON; UPDATE pair_spans SET verdict = 4",
    "PRAGMA ignore_check_constraints = ON; UPDATE edge_spans SET verdict = 4",
    "UPDATE edges SET way = 3",
    "UPDATE runs SET reach = 7",
])
def test_tables_that_cannot_be_ours_are_damage(store, statement):
    ldif = store.estate(sensitive)
    store.audit(ldif)
    store.audit(ldif)
    database(store.path, statement)
    content = store.path.read_bytes()
    done = run("audit", "--ldif", ldif, "-c", os.devnull, "-f", "json", "--history", store.path)
    one_line(done, NO_AUDIT, "damaged", "move it away")
    untouched(store.path, content)
    for argv in READERS:
        assert run(*argv, "--history", store.path).returncode in (OK, NO_AUDIT)


def test_triggers_of_the_file_do_not_run(store):
    ldif = store.estate(sensitive)
    store.audit(ldif)
    database(store.path, "CREATE TRIGGER evil AFTER INSERT ON runs BEGIN DELETE FROM findings; "
                         "UPDATE runs SET tool_version = 'evil'; END")
    store.audit(ldif)
    assert all(run["tool_version"] != "evil" for run in store.history()["runs"])
    assert store.changes()[SENSITIVE] == "persisting"


def test_what_the_file_says_is_text(store):
    """Terminal sequences, markup and bytes that are no UTF-8 in every text of it."""
    ldif = store.estate(sensitive)
    store.audit(ldif)
    store.audit(ldif)
    evil = "\x1b[2J\x07\u202e<script>\n"
    db = sqlite3.connect(store.path)
    db.execute("UPDATE findings SET title = ?1, detail = ?1, name = name || ?1, target = ?1", (evil,))
    db.execute("UPDATE runs SET dc = ?1, principal = ?1, tool_version = ?1, source_uri = ?1, changes = ?1", (evil,))
    db.execute("UPDATE scopes SET domain = ?1, hosts = ?1, config = ?1", (evil,))
    db.execute("UPDATE hosts SET name = name || CAST(x'ff80' AS TEXT)")
    db.commit()
    db.close()
    for argv in READERS + (["history", "-v"], ["diff", "-v"]):
        done = run(*argv, "--history", store.path)
        for bad in ("\x1b", "\x07", "\u202e"):
            assert bad not in done.stdout + done.stderr, (argv, done)
    store.history()
    store.diff()


def test_what_cannot_be_null_is_null(store):
    """Tables like ours but for their constraints, in which one column after the other is empty."""
    ldif = store.estate(sensitive)
    store.audit(ldif)
    store.audit(ldif)
    whole = store.path.read_bytes()
    for table in ("scopes", "runs", "findings", "finding_spans", "hosts", "host_spans", "pair_spans", "gap_spans", "edges",
                  "edge_spans", "chains", "chain_spans"):
        columns = [row[1] for row in store.sql(f"PRAGMA table_info({table})")]
        for column in columns if os.environ.get("KCDAUDIT_SOAK") else columns[::2]:
            store.path.write_bytes(whole)
            db = sqlite3.connect(store.path)
            db.executescript(f"CREATE TABLE loose ({', '.join(columns)}); INSERT INTO loose SELECT * FROM {table}; "
                             f"DROP TABLE {table}; ALTER TABLE loose RENAME TO {table}; "
                             f"UPDATE {table} SET {column} = NULL")
            db.close()
            for argv in (["history"], ["diff", "-v"], ["history", "HV01"],
                         ["audit", "--ldif", ldif, "-c", os.devnull, "-q"]):
                done = run(*argv, "--history", store.path, env=environment(ASAN_OPTIONS="detect_leaks=0"))
                assert done.returncode in (OK, FINDINGS, USAGE, INCOMPLETE, NO_AUDIT), done
        store.path.write_bytes(whole)


def test_numbers_of_the_file_are_not_trusted(store):
    ldif = store.estate(sensitive)
    store.audit(ldif)
    store.audit(ldif)
    for column, value in (("ready", -1), ("errors", 2 ** 40), ("asked", 4096), ("exit_status", -5)):
        copy = Store(store.directory)
        copy.path = store.directory / f"{column}.sqlite"
        copy.path.write_bytes(store.path.read_bytes())
        database(copy.path, f"UPDATE runs SET {column} = {value}")
        one_line(run("history", "--history", copy.path), NO_AUDIT, "damaged")
        one_line(run("diff", "--history", copy.path), NO_AUDIT, "damaged")
    database(store.path, f"UPDATE runs SET started_us = {2 ** 62}, changes = '99999999999999999999 x -1'")
    run("history", "--history", store.path, expect=OK)
    store.history()


def test_damage_anywhere_is_told_and_never_a_crash(store):
    """Bytes of a sound file changed at random, and files cut off: what is shown of it, and what comes of an audit. Its
    parser is fuzzed in the thousands (tests/fuzz/history.c)."""
    for build in (sound, sensitive, sound):
        store.audit(store.estate(build), "--operator", "alice")
    whole = store.path.read_bytes()
    ldif = store.estate(sensitive)
    chance = random.Random(20261120)
    outcomes = set()
    for number in range(48):
        content = bytearray(whole)
        if number % 4 == 0:
            del content[chance.randrange(len(content)):]
        else:
            for _ in range(chance.choice((1, 4, 40))):
                content[chance.randrange(100 if number % 4 == 1 else len(content))] = chance.randrange(256)
        for argv, fine in ((["audit", "--ldif", ldif, "-c", os.devnull, "-q"], (FINDINGS, INCOMPLETE)),
                           (["history"], (OK,)), (["diff", "-v"], (OK, FINDINGS)), (["history", "HV01"], (OK,))):
            store.path.write_bytes(content)
            done = run(*argv, "--history", store.path)
            assert done.returncode in (*fine, USAGE, NO_AUDIT), done
            if done.returncode not in fine:
                one_line(done, done.returncode, "istory")
            outcomes.add((argv[0], done.returncode))
    assert {("audit", FINDINGS), ("audit", NO_AUDIT), ("history", OK), ("history", NO_AUDIT)} <= outcomes


# Locks


def hold(path, what="EXCLUSIVE"):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(f"BEGIN {what}")
    return db


def test_a_lock_is_waited_for(store):
    ldif = store.estate()
    store.audit(ldif)
    db = hold(store.path)
    waiting = subprocess.Popen([KCDAUDIT, "audit", "--ldif", ldif, "-c", os.devnull, "-q", "--history", store.path],
                               env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1.5)
    assert waiting.poll() is None
    db.execute("ROLLBACK")
    assert waiting.communicate(timeout=PATIENCE_S)[1] == b"" and waiting.returncode == OK
    assert len(store.history()["runs"]) == 2


def test_a_lock_that_stays_is_said(store):
    """All of them at once, as each waits its time."""
    ldif = store.estate(sensitive)
    store.audit(ldif)
    state = store.directory / "state"
    (state / "kcdaudit").mkdir(parents=True)
    (state / "kcdaudit/history.sqlite").symlink_to(store.path)
    audit = [KCDAUDIT, "audit", "--ldif", ldif, "-c", os.devnull, "-f", "json"]
    commands = {"chosen": [*audit, "--history", store.path], "default": audit,
                "read": [KCDAUDIT, "diff", "--history", store.path]}
    db = hold(store.path)
    start = time.monotonic()
    processes = {name: subprocess.Popen(argv, env=environment(XDG_STATE_HOME=state), stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True) for name, argv in commands.items()}
    results = {}
    for name, process in processes.items():
        out, err = process.communicate(timeout=PATIENCE_S)
        results[name] = subprocess.CompletedProcess(name, process.returncode, out, err)
    took = time.monotonic() - start
    assert took > 15 and (took < 60 or not TIMED)
    db.execute("ROLLBACK")
    one_line(results["chosen"], USAGE, store.path, "held it for more than 20 s")
    one_line(results["read"], USAGE, "held it for more than 20 s")
    one_line(results["default"], FINDINGS, "is not kept", "held it for more than 20 s")
    for name in ("default", "chosen"):
        assert SENSITIVE in findings_of(checked(results[name].stdout, "report")), "the report is not lost for it"
    assert len(store.history()["runs"]) == 1


def test_who_reads_for_long_keeps_nobody_from_writing(store):
    """diff into a pipe that nobody empties."""
    ldif = store.estate(lambda e: [e.host(f"HV{n:02}", ()) for n in range(30)])
    for _ in range(2):
        store.audit(ldif, "--host", "HV*")
    reader = subprocess.Popen([KCDAUDIT, "diff", "-f", "json", "--history", store.path], env=environment(), stdout=subprocess.PIPE)
    time.sleep(1)
    assert reader.poll() is None  # it has more to say than a pipe takes
    try:
        # Who is kept from it says so after 20 s, and fails.
        with within(10):
            store.audit(ldif, "--host", "HV*")
    finally:
        reader.kill()
        reader.communicate()


# Older versions


def version_1(store):
    """As a kcdaudit of schema 1 left it: two runs; SENSITIVE open, another finding mended in the second."""
    db = sqlite3.connect(store.path)
    db.executescript((QUERIES / "history-1.sql").read_text())
    db.execute("INSERT INTO scopes VALUES (1, 'contoso.test', '', '')")
    for number, previous in ((1, None), (2, 1)):
        db.execute("""
            INSERT INTO runs (id, scope, previous, started_us, duration_ms, tool_version, source_kind, source_uri, asked,
                complete, exit_status, hosts, ready, degraded, undecided, broken, infos, warnings, errors, criticals,
                unknown, waived, gaps, tickets_granted, tickets_refused, changes)
            VALUES (?, 1, ?, ?, 5, '0.0.9', 'ldif', 'old.ldif', 0, 1, 1, 2, 1, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, '')""",
                   (number, previous, number * 86400 * 10 ** 6))
    for number, (name, until, ending) in enumerate(((SENSITIVE, None, None), ("SPN-07:HV02", 2, 0)), start=1):
        db.execute("INSERT INTO findings VALUES (?, 1, ?, ?, ?, NULL, NULL, ?, NULL, 'a title', 'a detail', 0)",
                   (number, name, name[:6], name[7:], name[7:]))
        db.execute("INSERT INTO finding_spans VALUES (1, ?, 1, ?, 1, 2, 0, ?)", (number, until, ending))
    db.commit()
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    db.close()


def test_a_history_of_version_1_goes_on(store):
    version_1(store)
    report = store.audit(store.estate(sensitive))
    assert store.sql("PRAGMA user_version") == [(5,)]
    runs = store.history()["runs"]
    assert [run["run"] for run in runs] == [3, 2, 1] and runs[0]["previous"] == 2
    changes = store.changes()
    assert changes[SENSITIVE] == "persisting"
    assert set(changes) == set(findings_of(report))
    # Of pairs nothing was kept: they are not new, and not gone.
    value = store.diff()
    assert value["estate"] is None
    assert "older kcdaudit" in run("diff", "--history", store.path).stdout
    assert store.life(SENSITIVE)["first_seen"] == {"run": 1, "started": "1970-01-02T00:00:00Z"}
    assert store.life("SPN-07:HV02")["state"] == "mended"
    store.audit(store.estate(sound))
    assert store.changes()[SENSITIVE] == "mended" and store.diff()["estate"]["pairs"] != []
    store.is_sound()


def version_2(store):
    """As a kcdaudit of schema 2 left it: one more run, with its hosts and pairs."""
    version_1(store)
    db = sqlite3.connect(store.path)
    db.executescript((QUERIES / "history-2.sql").read_text())
    db.execute("""
        INSERT INTO runs (id, scope, previous, started_us, duration_ms, tool_version, source_kind, source_uri, asked,
            complete, exit_status, hosts, ready, degraded, undecided, broken, infos, warnings, errors, criticals,
            unknown, waived, gaps, tickets_granted, tickets_refused, changes, verdicts_kept)
        VALUES (3, 1, 2, ?, 5, '0.1.0', 'ldif', 'old.ldif', 0, 1, 1, 2, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,
            '0 0 0 0 0 0 0 0 0 1 0 0', 1)""", (3 * 86400 * 10 ** 6,))
    for number, name in enumerate(("HV01", "HV02"), start=1):
        db.execute("INSERT INTO hosts VALUES (?, 1, ?)", (number, name))
        db.execute("INSERT INTO host_spans VALUES (1, ?, 3, NULL)", (number,))
        db.execute("INSERT INTO pair_spans VALUES (1, ?, ?, 3, NULL, 0)", (number, 3 - number))
    db.commit()
    assert db.execute("PRAGMA user_version").fetchone() == (2,)
    db.close()


def test_a_history_of_version_2_goes_on(store):
    """Its runs looked at hosts alone: delegations and chains are judged for the first time, once."""
    version_2(store)
    runs = store.history()["runs"]
    assert store.sql("PRAGMA user_version") == [(5,)]
    assert [(run["run"], run["reach"], run["edges"], run["chains"]) for run in runs] == [
        (3, None, None, None), (2, None, None, None), (1, None, None, None)]
    value = store.diff("2", "3")
    assert value["edges"] is None and value["chains"] is None and value["findings"][0]["change"] == "persisting"

    def delegates(e):
        sensitive(e)
        e.host("DC01", uac=0x2000, spns=["HOST/DC01"], primaryGroupID=516)
        e.host("SQL1", uac=0x1000, to=["cifs/DC01"])

    store.audit(store.estate(delegates))
    value = store.diff()
    assert {f["id"]: f["change"] for f in value["findings"]}[SENSITIVE] == "persisting"
    assert [pair["before"] for pair in value["estate"]["pairs"]] == ["ready"]
    assert {e["id"]: e["by_scope"] for e in value["edges"]["came"]} == {
        "kcd:HV01>HV02": True, "kcd:HV02>HV01": True, "kcd:SQL1>DC01": True}
    assert [(c["from"], c["by_scope"]) for c in value["chains"]["came"]] == [("SQL1", True)]
    assert "3 delegations are judged for the first time" in run("diff", "--history", store.path).stdout
    store.audit(store.estate(sensitive))
    value = store.diff()
    assert [e["id"] for e in value["edges"]["gone"]] == ["kcd:SQL1>DC01"]
    assert [c["from"] for c in value["chains"]["gone"]] == ["SQL1"]
    assert [run["chains"] and run["chains"]["gone"] for run in store.history()["runs"]] == [1, 0, None, None, None]
    store.is_sound()


def test_reading_a_history_of_version_1(store):
    version_1(store)
    changes = store.changes()
    assert changes == {SENSITIVE: "persisting", "SPN-07:HV02": "mended"}
    assert store.sql("PRAGMA user_version") == [(5,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="THIS NEEDS ROOT: what root may write everybody else may not")
def test_version_1_that_may_not_be_written(store):
    version_1(store)
    content = store.path.read_bytes()
    store.path.chmod(0o644)
    if run("help", prefix=AS_NOBODY).returncode:
        pytest.skip(f"THIS DID NOT RUN: {KCDAUDIT} stands where nobody else may go")
    one_line(run("history", "--history", store.path, prefix=AS_NOBODY), USAGE, "older kcdaudit", store.path)
    untouched(store.path, content)


def test_many_bring_a_version_up_to_date_at_once(store):
    version_1(store)
    ldif = store.estate(sensitive)
    processes = [subprocess.Popen([KCDAUDIT, "audit", "--ldif", ldif, "-c", os.devnull, "-q", "--history", store.path],
                                  env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(6)]
    for process in processes:
        assert process.communicate(timeout=PATIENCE_S)[1] == b"" and process.returncode == FINDINGS
    assert [run["run"] for run in store.history()["runs"]] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert store.changes()[SENSITIVE] == "persisting"
    store.is_sound()


def test_a_migration_that_fails_leaves_the_version_before(store):
    """A table of version 2 is in the way."""
    version_1(store)
    database(store.path, "CREATE TABLE gap_spans (x)")
    content = store.path.read_bytes()
    done = run("audit", "--ldif", store.estate(sensitive), "-c", os.devnull, "-q", "--history", store.path)
    one_line(done, NO_AUDIT, "damaged", "gap_spans")
    untouched(store.path, content)
