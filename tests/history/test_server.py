"""A history on a PostgreSQL server: --history postgresql://..."""

import os
import re
import socket
import subprocess
import tempfile
import threading

import pytest

import server
from kept import FINDINGS, OK, USAGE, Store, checked, config_of, environment, findings_of, one_line, run
from test_changes import kerberos_only, sensitive, sound
from test_writers import start

pytestmark = pytest.mark.skipif(not server.IS_THERE, reason="NOT TESTED: no PostgreSQL here (make deps)")


@pytest.fixture(scope="module")
def postgres():
    place = server.Server()
    try:
        place.start()
        yield place
    finally:
        place.end()


@pytest.fixture
def both(postgres, tmp_path):
    """The same audits go into both."""
    (tmp_path / "server").mkdir()
    (tmp_path / "file").mkdir()
    there, here = Store(tmp_path / "server"), Store(tmp_path / "file")
    there.path = postgres.database()
    return there, here


@pytest.mark.skipif(os.geteuid() != 0, reason="THIS NEEDS ROOT: a machine without libpq")
def test_without_libpq_it_is_said_and_files_need_none(tmp_path):
    found = re.search(r"(?m)^\s+libpq\.so\.5 .*=> (/\S+)$", subprocess.check_output(["/sbin/ldconfig", "-p"], text=True))
    without = ["unshare", "-m", "sh", "-c", 'mount --bind /dev/null "$0"; exec "$@"', os.path.realpath(found[1])]
    store = Store(tmp_path)
    ldif = store.estate(sound)
    for history, status in (("postgresql:///kept", USAGE), (store.path, OK)):
        done = run("audit", "--ldif", ldif, "-c", os.devnull, "-q", "--history", history, prefix=without)
        if "unshare failed" in done.stderr:
            pytest.skip("THIS DID NOT RUN: no mount namespace here")
        assert done.returncode == status, done
        assert status == OK or (done.stderr.count("\n") == 1 and "install libpq5" in done.stderr), done


def plain(value, path):
    """Without what two audits of one estate differ in."""
    if isinstance(value, dict):
        return {k: plain(v, path) for k, v in value.items() if k not in ("started", "duration_ms", "file", "uri", "config")}
    return [plain(v, path) for v in value] if isinstance(value, list) else value


def same(both, question):
    there, here = (plain(question(store), store.path) for store in both)
    assert there == here
    return there


def test_as_in_a_file(both):
    """history, diff, fleet and the life of a finding say the same of both."""
    builds = (sound, sensitive, kerberos_only, sound, sensitive)
    for store in both:
        ldifs = [store.estate(build) for build in builds]
        for ldif in ldifs:
            report = store.audit(ldif)
        store.audit(ldifs[0], config=config_of(store))
    runs = same(both, lambda store: store.history())["runs"]
    assert [run["run"] for run in runs] == [6, 5, 4, 3, 2, 1]
    for two in (("1", "2"), ("2", "3"), ("3", "4"), ("1", "5"), ("4", "5"), ()):
        if two:
            same(both, lambda store: store.diff(*two))
    for name in ("HV01", "hv02", *(form for name in findings_of(report) for form in (name, name.lower()))):
        same(both, lambda store: store.history(name))
    same(both, lambda store: checked(run("fleet", "--history", store.path, "-f", "json", expect=OK).stdout, "fleet"))
    texts = [run("history", "--history", store.path).stdout for store in both]
    assert [len(text.splitlines()) for text in texts] == [len(texts[0].splitlines())] * 2


def test_prune(both):
    for store in both:
        ldifs = [store.estate(build) for build in (sound, sensitive, kerberos_only)]
        for ldif in ldifs + ldifs:
            store.audit(ldif)
        done = run("history", "--prune", "2r", "--history", store.path, expect=OK)
        assert done.stdout == f"4 audits forgotten, 2 kept in {store.path}\n"
        store.audit(ldifs[0])
    same(both, lambda store: store.history())
    same(both, lambda store: store.diff("5", "7"))
    same(both, lambda store: store.history("HV01"))


def test_the_report_has_its_trend(both):
    there, _ = both
    ldif = there.estate(sensitive)
    for _ in range(2):
        page = run("audit", "--ldif", ldif, "-c", os.devnull, "--history", there.path).stdout
    assert "persist" in page


@pytest.mark.parametrize("uri", [
    "postgresql://audit:Summer2026@db.contoso.test/audits", "postgres://db.contoso.test/audits?password=Summer2026",
    "postgresql://audit@db.contoso.test/audits?sslpassword=Summer2026", "postgresql://audit:Summer2026@/x?host=/run"])
@pytest.mark.parametrize("command", ["audit", "history", "diff", "fleet"])
def test_no_password_in_the_address(tmp_path, uri, command):
    more = ["--ldif", tmp_path / "none.ldif"] if command == "audit" else []
    done = run(command, *more, "--history", uri)
    one_line(done, USAGE, "password", ".pgpass")
    assert "Summer2026" not in done.stderr + done.stdout


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "nonsense"])
def test_no_connection_in_clear(mode):
    one_line(run("history", "--history", f"postgresql://db.contoso.test/audits?sslmode={mode}"), USAGE, "sslmode=", "in clear")


@pytest.mark.parametrize("uri", ["postgresql://[::1/x", "postgresql://h/x?no_such_option=1", "postgresql://h:Summer2026:x@/d@:::"])
def test_addresses_that_are_none(uri):
    done = run("history", "--history", uri)
    assert done.returncode in (USAGE,) and "Summer2026" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


class Listener:
    """Takes one connection and keeps what is said first."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.heard = b""
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        connection, _ = self.socket.accept()
        with connection:
            self.heard = connection.recv(4096)
            connection.sendall(b"N")  # no TLS here
            self.heard += connection.recv(4096)


@pytest.mark.parametrize("env", [{}, {"PGSSLMODE": "disable"}, {"PGSSLMODE": "prefer"}])
def test_a_server_without_tls_hears_nothing(env):
    listener = Listener()
    done = run("history", "--history", f"postgresql://audit@127.0.0.1:{listener.port}/audits?gssencmode=disable",
               env=environment(PGPASSWORD="Summer2026", **env))
    listener.thread.join(30)
    assert done.returncode == USAGE and "SSL" in done.stderr, done
    assert len(listener.heard) == 8 and b"audit" not in listener.heard  # SSLRequest alone


def test_the_environment_gives_no_password_and_no_options(postgres, tmp_path):
    """PGOPTIONS would lead elsewhere, or switch off what is set; PGPASSWORD is not sent."""
    store = Store(tmp_path)
    store.path = postgres.database()
    store.audit(store.estate(), env=environment(PGOPTIONS="-c default_transaction_read_only=on", PGPASSWORD="x"))
    assert len(store.history()["runs"]) == 1


def test_none_yet(postgres):
    one_line(run("history", "--history", postgres.database()), USAGE, "is empty", "no audit was kept")
    one_line(run("history", "--history", postgres.uri("nowhere")), USAGE, "cannot reach history", "nowhere")


def test_what_is_not_ours_stays(postgres, tmp_path):
    store = Store(tmp_path)
    uri = postgres.database()
    postgres.sql("CREATE SCHEMA kcdaudit; CREATE TABLE kcdaudit.runs (id int)")
    ldif = store.estate()
    one_line(run("history", "--history", uri), USAGE, "another program's")
    done = run("audit", "--ldif", ldif, "-c", os.devnull, "-q", "--history", uri)
    assert "another program's" in done.stderr
    assert postgres.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'kcdaudit'") == [("1",)]


def test_a_schema_in_the_making_is_ours(postgres):
    """Whoever looks while another writer makes the schema sees none of it, or all."""
    uri = postgres.database()
    made = "; ".join("BEGIN; CREATE SCHEMA kcdaudit; CREATE TABLE kcdaudit.history_version (version int); COMMIT; "
                     "DROP SCHEMA kcdaudit CASCADE" for _ in range(3000))
    done = threading.Event()

    def make():
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(made)
            script.flush()
            os.chmod(script.name, 0o644)
            postgres.run("psql", "-X", "-q", "-h", postgres.place, "-U", "kcdaudit", "-d", "kept", "-f", script.name)
        done.set()
    maker = threading.Thread(target=make)
    maker.start()
    looks = 0
    while not done.is_set():
        looked = run("history", "--history", uri)
        looks += 1
        assert "another program's" not in looked.stderr, looks
    maker.join()
    assert looks


def test_a_newer_schema(postgres, tmp_path):
    store = Store(tmp_path)
    store.path = postgres.database()
    store.audit(store.estate())
    postgres.sql("UPDATE kcdaudit.history_version SET version = 99")
    one_line(run("history", "--history", store.path), USAGE, "newer kcdaudit", "schema 99")


@pytest.fixture
def usual():
    """As the distribution sets it up: 100 connections."""
    place = server.Server(connections=100)
    try:
        place.start()
        yield place
    finally:
        place.end()


def test_many_writers(usual, tmp_path):
    """More than the server takes at once, into a database without a schema: each run is there, and whole."""
    store = Store(tmp_path)
    store.path = usual.database()
    ldifs = [store.estate(build) for build in (sound, sensitive, kerberos_only)]
    configs = [config_of(store, name=f"{number}.conf") for number in range(4)]
    writers = [start(store, ldifs[number % 3], "-c", configs[number % 4], "--timeout", "600") for number in range(200)]
    for writer in writers:
        _, said = writer.communicate(timeout=600)
        assert writer.returncode in (OK, FINDINGS) and said == b"", said
    runs = store.history()["runs"]
    assert len(runs) == 200
    assert sorted(int(run["run"]) for run in runs) == sorted({int(run["run"]) for run in runs})
    for run_of in runs:
        earlier = [r["run"] for r in runs if r["run"] < run_of["run"] and r["scope"] == run_of["scope"]]
        assert run_of["previous"] == (max(earlier) if earlier else None)
    spans = ("finding_spans", "finding"), ("host_spans", "host"), ("pair_spans", "source, target"), ("edge_spans", "edge")
    for table, key in spans:
        assert usual.sql(f"""
            SELECT * FROM (SELECT *, lead(first_run) OVER (PARTITION BY scope, {key} ORDER BY first_run) AS following
                FROM kcdaudit.{table}) AS s
            WHERE following IS NOT NULL AND (until_run IS NULL OR until_run > following)""") == []


def test_a_killed_writer_and_a_killed_server_lose_nothing_else(postgres, tmp_path):
    store = Store(tmp_path)
    store.path = postgres.database()
    ldifs = [store.estate(build) for build in (sound, kerberos_only)]
    store.audit(ldifs[0])
    for number in range(6):
        writer = start(store, ldifs[number % 2])
        try:
            writer.wait(0.02 * number)
        except Exception:
            writer.kill()
        writer.communicate()
    before = store.history()["runs"]
    postgres.stop(server.signal.SIGQUIT)
    one_line(run("history", "--history", store.path, timeout=120), USAGE, "cannot reach history")
    postgres.start()
    assert store.history()["runs"] == before
    store.audit(ldifs[1])
    assert len(store.history()["runs"]) == len(before) + 1


def test_what_the_server_does_not_take_is_kept_here(postgres, tmp_path):
    """A full server, and one that is gone: the report is written, the audit kept, and one line says where."""
    store, aside = Store(tmp_path), Store(tmp_path)
    env = environment(XDG_STATE_HOME=tmp_path / "state")
    aside.path = tmp_path / "state/kcdaudit/unsent.sqlite"
    ldif = store.estate(kerberos_only)
    for number, uri in enumerate((postgres.uri("nowhere"), f"postgresql://x@/kept?host={tmp_path}"), 1):
        done = run("audit", "--ldif", ldif, "-c", os.devnull, "-f", "json", "--history", uri, "--timeout", "1", env=env)
        lines = done.stderr.splitlines()
        assert len(lines) == 1 and "cannot reach history" in lines[0] and str(aside.path) in lines[0], lines
        assert done.returncode in (OK, FINDINGS) and checked(done.stdout, "report")
        assert len(aside.history()["runs"]) == number
    assert set(aside.changes_of_findings().values()) <= {"persisting", "still-undecided"}
    aside.is_sound()
