"""Where audits are kept, and what happens where they cannot be."""

import os
import resource
import socket
import stat
import subprocess
import threading

import pytest

from kept import AS_NOBODY, FINDINGS, KCDAUDIT, NO_AUDIT, OK, ROOT, USAGE, checked, environment, one_line, run
from openly import tmp_path  # noqa: F401
from patience import PATIENCE_S

DEMO = ROOT / "fixtures/demo/estate.ldif"
AUDIT = ["audit", "--ldif", DEMO, "-c", os.devnull, "-f", "json"]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="THIS NEEDS ROOT: another user, or a file system of its own")


def tree(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def runs_in(path):
    return len(checked(run("history", "--history", path, "-f", "json", expect=OK).stdout, "history")["runs"])


@pytest.mark.parametrize("variables, place", [
    ({"XDG_STATE_HOME": "{}/state", "HOME": "{}/home"}, "state/kcdaudit/history.sqlite"),
    ({"HOME": "{}/home"}, "home/.local/state/kcdaudit/history.sqlite"),
    ({"XDG_STATE_HOME": "relative", "HOME": "{}/home"}, "home/.local/state/kcdaudit/history.sqlite"),
    ({"STATE_DIRECTORY": "{}/service", "XDG_STATE_HOME": "{}/state", "HOME": "{}/home"}, "service/history.sqlite"),
    ({"STATE_DIRECTORY": "{}/service:{}/other"}, "service/history.sqlite"),
])
def test_audits_are_kept_without_being_asked_to(tmp_path, variables, place):
    env = environment(**{key: value.format(tmp_path, tmp_path) for key, value in variables.items()})
    umask = os.umask(0o022)
    try:
        for _ in range(2):
            done = run(*AUDIT, env=env, cwd=tmp_path, expect=FINDINGS)
            assert done.stderr == ""
    finally:
        os.umask(umask)
    path = tmp_path / place
    assert runs_in(path) == 2
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert [name for name in tree(tmp_path) if name.endswith("sqlite")] == [place]
    assert run("diff", env=env, cwd=tmp_path).returncode == OK


def test_not_where_it_is_not_wanted(tmp_path):
    done = run(*AUDIT, "--no-history", env=environment(HOME=tmp_path), expect=FINDINGS)
    assert done.stderr == "" and tree(tmp_path) == []
    one_line(run(*AUDIT, "--no-history", "--history", tmp_path / "x"), USAGE, "--no-history")


def test_without_a_home_an_audit_is_one_all_the_same(tmp_path):
    done = run(*AUDIT, cwd=tmp_path)
    one_line(done, FINDINGS, "is not kept", "HOME", "--no-history")
    assert checked(done.stdout, "report")["summary"]["hosts"] == 6
    assert tree(tmp_path) == []
    one_line(run("history"), USAGE, "HOME", "--history FILE")


def test_a_default_place_that_cannot_be_made_is_a_warning(tmp_path):
    (tmp_path / "kcdaudit").write_text("in the way")
    done = run(*AUDIT, env=environment(XDG_STATE_HOME=tmp_path))
    one_line(done, FINDINGS, "is not kept", tmp_path / "kcdaudit", "--no-history")
    assert checked(done.stdout, "report")["summary"]["hosts"] == 6
    assert (tmp_path / "kcdaudit").read_text() == "in the way"


@pytest.mark.parametrize("content", [b"no database at all, and longer than the header of one" * 20, b"\0" * 4096])
def test_a_default_place_that_holds_something_else_is_a_warning(tmp_path, content):
    (tmp_path / "kcdaudit").mkdir()
    path = tmp_path / "kcdaudit/history.sqlite"
    path.write_bytes(content)
    done = run(*AUDIT, env=environment(XDG_STATE_HOME=tmp_path))
    one_line(done, FINDINGS, "is not kept", path)
    assert path.read_bytes() == content


class Listener:
    """A domain controller that takes note of who connects."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.contacted = False
        threading.Thread(target=self.listen, daemon=True).start()
        return self

    def listen(self):
        try:
            connection, _ = self.socket.accept()
            self.contacted = True
            connection.close()
        except OSError:
            pass

    def __exit__(self, *_):
        self.socket.close()


def refused_at_once(path, status, *words, prefix=()):
    """Before anything is contacted, in one line."""
    with Listener() as dc:
        done = run("audit", "-H", f"ldaps://127.0.0.1:{dc.port}", "--mech", "EXTERNAL", "-c", os.devnull, "--timeout", "5",
                   "--history", path, prefix=prefix)
        one_line(done, status, path, *words)
        assert done.stdout == "" and not dc.contacted


def test_the_listener_notices_an_audit(tmp_path):
    with Listener() as dc:
        run("audit", "-H", f"ldaps://127.0.0.1:{dc.port}", "--mech", "EXTERNAL", "-c", os.devnull, "--timeout", "5",
            "--history", tmp_path / "history.sqlite", expect=NO_AUDIT)
        assert dc.contacted
    assert tree(tmp_path) == []


@pytest.mark.parametrize("path, words", [
    ("none/history.sqlite", ["No such file"]),
    ("file/history.sqlite", ["Not a directory"]),
    ("directory", ["not a regular file"]),
    ("pipe", ["not a regular file"]),
    ("loop", ["symbolic links"]),
])
def test_a_place_that_cannot_be(tmp_path, path, words):
    (tmp_path / "file").write_text("")
    (tmp_path / "directory").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    before = tree(tmp_path)
    refused_at_once(tmp_path / path, USAGE, *words)
    assert tree(tmp_path) == before


def test_the_null_device_is_no_history():
    refused_at_once("/dev/null", USAGE, "not a regular file")


@needs_root
@pytest.mark.parametrize("writable", ["neither", "only the file", "only the directory"])
def test_without_the_right_to_write(tmp_path, writable):
    directory = tmp_path / "kept"
    directory.mkdir()
    path = directory / "history.sqlite"
    run(*AUDIT, "--history", path, expect=FINDINGS)
    content = path.read_bytes()
    directory.chmod(0o1777 if "directory" in writable else 0o755)
    path.chmod(0o666 if "file" in writable else 0o644)
    if run("help", prefix=AS_NOBODY).returncode:
        pytest.skip(f"THIS DID NOT RUN: {KCDAUDIT} stands where nobody else may go")
    refused_at_once(path, USAGE, "Permission denied", prefix=AS_NOBODY)
    # Whoever may read it may look.
    assert runs_in(path) == 1
    assert run("history", "--history", path, prefix=AS_NOBODY).returncode == OK
    path.chmod(0o600)
    one_line(run("history", "--history", path, prefix=AS_NOBODY), USAGE, path, "Permission denied")
    assert path.read_bytes() == content and tree(directory) == ["history.sqlite"]


@needs_root
def test_on_a_full_disk_the_reports_are_written_and_then_the_reason(tmp_path):
    """The audit fits on the file system, its journal and its pages do not; with room again the history goes on."""
    script = tmp_path / "script"
    script.write_text(f"""set -eu
mount -t tmpfs -o size=256k,mode=0700 none '{tmp_path}/disk'
cd '{tmp_path}/disk'
'{KCDAUDIT}' audit --ldif '{ROOT}/fixtures/ready/estate.ldif' -c /dev/null -q --history history.sqlite >/dev/null
head -c 1M /dev/zero >filling 2>/dev/null || :
set +e
'{KCDAUDIT}' audit --ldif '{DEMO}' -c /dev/null -f json -o '{tmp_path}/report.json' --history history.sqlite 2>'{tmp_path}/err'
echo "exit $?"
XDG_STATE_HOME='{tmp_path}/state' '{KCDAUDIT}' audit --ldif '{DEMO}' -c /dev/null -q >/dev/null 2>'{tmp_path}/warning'
echo "exit $?"
rm filling
ls
'{KCDAUDIT}' audit --ldif '{DEMO}' -c /dev/null -q --history history.sqlite >/dev/null
echo "exit $?"
cp history.sqlite '{tmp_path}'
""")
    (tmp_path / "disk").mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "state/kcdaudit").symlink_to(tmp_path / "disk")
    done = subprocess.run(["unshare", "-m", "sh", script], env=environment(), capture_output=True, text=True, timeout=PATIENCE_S)
    if "unshare failed" in done.stderr:
        pytest.skip(f"THE DISK WAS NOT FILLED: {done.stderr.strip()}")
    assert done.stdout.split("\n") == ["exit 2", "exit 1", "history.sqlite", "exit 1", ""], (done, tree(tmp_path))
    assert "history.sqlite: no space left" in (tmp_path / "err").read_text()
    assert "is not kept" in (tmp_path / "warning").read_text() and "no space left" in (tmp_path / "warning").read_text()
    assert checked((tmp_path / "report.json").read_text(), "report")["summary"]["hosts"] == 6
    assert runs_in(tmp_path / "history.sqlite") == 2


def test_past_a_limit_on_file_sizes_nothing_is_lost(store):
    ldif = ROOT / "fixtures/ready/estate.ldif"
    store.audit(ldif)
    before = store.sql("SELECT * FROM runs")
    done = run(*AUDIT, "--history", store.path,
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)))
    one_line(done, USAGE, store.path, "File too large")
    assert checked(done.stdout, "report")["summary"]["hosts"] == 6
    assert store.sql("SELECT * FROM runs") == before
    store.is_sound()
    store.audit(ldif)
    assert len(store.history()["runs"]) == 2


def test_odd_names_are_names(tmp_path):
    """What SQLite would take for a URI or for memory."""
    for name in ("file:x?mode=memory", ":memory:", "%20", "it's; --", "\u202ename"):
        run(*AUDIT, "--history", name, cwd=tmp_path, expect=FINDINGS)
        done = run("history", "--history", name, cwd=tmp_path, expect=OK)
        assert "\u202e" not in done.stdout
    assert tree(tmp_path) == sorted(["file:x?mode=memory", ":memory:", "%20", "it's; --", "\u202ename"])


def test_the_report_does_not_know_of_the_history(store):
    """JSON: two audits of one state give the same report; kept or not, but for when a finding was first found."""
    def steady(report):
        for key in ("started", "duration_ms"):
            report["run"].pop(key)
        return report

    def timeless(report):
        for finding in report["findings"]:
            for target in finding["targets"]:
                target["since"] = None
        return report

    reports = [steady(store.audit(DEMO)) for _ in range(2)]
    plain = run("audit", "--ldif", DEMO, "-c", os.devnull, "-f", "json", "--all-pairs", "--no-history").stdout
    assert reports[0] == reports[1]
    first = store.history()["runs"][-1]["started"]
    assert {t["since"] for f in reports[0]["findings"] if not f["because"] for t in f["targets"]} == {first}
    assert timeless(reports[0]) == steady(checked(plain, "report"))


def test_the_text_report_says_what_changed(store):
    def text(ldif):
        return run("audit", "--ldif", ldif, "-c", os.devnull, "--history", store.path).stdout

    assert "since run" not in text(store.estate())
    assert "since run 1 of 20" in text(store.estate()) and "0 new, 0 fixed, 0 persisting" in text(store.estate())

    def broken(e):
        e.host("HV01", ())
        e.host("HV02", ("HV01",))

    found = text(store.estate(broken))
    new = store.history()["runs"][0]["changes"]["new"]
    assert new > 0 and f"{new} new, 0 fixed, 0 persisting, 1 delegation gone (kcdaudit diff)" in " ".join(found.split())
    assert f"0 new, {new} fixed" in text(store.estate())
