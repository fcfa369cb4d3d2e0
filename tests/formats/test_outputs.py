"""Several reports in one run: each in its place, all of them or none."""

import fcntl
import os
import re
import resource
import signal
import subprocess
import sys

import pytest

import offline
from offline import DEMO, FINDINGS, USAGE, audit
from openly import tmp_path  # noqa: F401
from patience import PATIENCE_S, wait_until

FORMATS = {"html": "a.html", "junit": "b.xml", "json": "c.json", "csv": "d.csv", "prometheus": "e.prom",
           "jsonl": "f.jsonl", "sarif": "g.sarif", "nagios": "h.txt"}


def to_files(directory):
    return [word for name, file in FORMATS.items() for word in ("-f", f"{name}:{directory / file}")]


def tree(directory):
    return {p.name: p.read_bytes() for p in directory.iterdir() if p.is_file()}


def refused(done, *words):
    """One line, at once, and nothing else."""
    assert (done.returncode, done.stdout) == (USAGE, b""), done
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and lines[0].startswith("kcdaudit: "), lines
    for word in words:
        assert str(word) in lines[0], (word, lines[0])


def undated(text):
    """Two audits may begin in different seconds."""
    return re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"TIME", text)


def test_six_formats_in_one_run(tmp_path):
    alone = {name: audit(DEMO, "-f", name).stdout for name in ("csv", "text")}
    done = audit(DEMO, "-f", "text", *to_files(tmp_path), expect=FINDINGS)
    assert done.stdout.splitlines()[1:] == alone["text"].splitlines()[1:] and done.stderr == b""
    files = tree(tmp_path)
    assert set(files) == set(FORMATS.values())
    assert undated(files["d.csv"]) == undated(alone["csv"]) != alone["csv"]
    assert files["b.xml"].startswith(b"<?xml ") and files["c.json"].startswith(b"{")


# Elsewhere a sanitized run does not look for leaks.
@pytest.mark.parametrize("words", [
    ["audit", "-f", "text", "--fixes", "fixes"], ["audit", "--hosts", "HV01,HV03"], ["audit", "--no-such"],
    ["check", "HV03", "HV01"], ["check", "HV03", "cifs/HV01"], ["delegations", "-v"], ["delegations", "-f", "json"],
    ["diagnose", "0x8009030E", "HV03", "HV01"], ["spn", "list", "HV01"], ["spn", "query", "*/HV01*"],
    ["spn", "duplicates"], ["snapshot", "-o", "copy.ldif"]])
def test_nothing_is_leaked(tmp_path, words):
    ldif = () if words[0] == "snapshot" else ("--ldif", DEMO / "estate.ldif")
    history = ("--no-history",) if words[0] == "audit" else ()
    formats = to_files(tmp_path) if "text" in words else ()
    done = offline.run(*words, *formats, *ldif, *history, "-c", "/dev/null", cwd=tmp_path, env={"ASAN_OPTIONS": "detect_leaks=1"})
    assert b"Sanitizer" not in done.stderr, done.stderr
    assert done.returncode in range(5) and done.stdout + done.stderr, done


def test_o_takes_the_one_that_names_no_file(tmp_path):
    done = audit(DEMO, "-f", "csv", "-o", tmp_path / "one", "-f", f"json:{tmp_path}/two", expect=FINDINGS)
    assert done.stdout == b""
    assert tree(tmp_path)["one"].startswith(b"rule,") and tree(tmp_path)["two"].startswith(b"{")


def test_a_dash_is_standard_output(tmp_path):
    done = audit(DEMO, "-f", "csv:-", "-f", f"json:{tmp_path}/two", expect=FINDINGS, cwd=tmp_path)
    assert done.stdout.startswith(b"rule,")
    assert list(tree(tmp_path)) == ["two"]


@pytest.mark.parametrize("options", [
    ["-f", "csv", "-f", "json"],
    ["-f", "csv:x", "-f", "json:x"],
    ["-f", "csv:x", "-f", "json:./x"],
    ["-f", "csv:x", "-f", "json:link/x"],
    ["-f", "csv", "-o", "x", "-f", "json"],
    ["-f", "csv", "-o", "x", "-f", "json:link/../x"],
    ["-f", "csv", "-f", "json:-"],
    ["-f", "csv", "-f", "json:/dev/stdout"],
    ["-f", "csv", "-f", "csv"],
])
def test_two_reports_for_one_place_are_refused(tmp_path, options):
    (tmp_path / "link").symlink_to(".")
    if "link/../x" in str(options):
        (tmp_path / "link").unlink()
        (tmp_path / "deep").mkdir()
        (tmp_path / "link").symlink_to("deep")
    refused(audit(DEMO, *options, cwd=tmp_path), "several reports for one place")
    assert tree(tmp_path) == {}


def test_an_unwritable_place_is_said_before_anything_is_contacted(tmp_path):
    """The domain controller's address would take its time-out to be given up."""
    (tmp_path / "file").write_text("")
    live = ["audit", "-H", "ldap://192.0.2.1", "--no-history", "-c", "/dev/null", "--timeout", "30"]
    for place, why in ((tmp_path / "none/report", "No such file or directory"), (tmp_path, "Is a directory"),
                       (tmp_path / "file/report", "Not a directory")):
        refused(offline.run(*live, "-f", "text", "-f", f"csv:{place}"), place, why)
    assert list(tree(tmp_path)) == ["file"]


@pytest.fixture
def nobody(tmp_path):
    """Runs the program as a user who may nothing but look."""
    if os.geteuid() != 0:
        pytest.skip("THIS NEEDS ROOT: to be somebody else")
    estate = tmp_path / "estate.ldif"
    estate.write_bytes((DEMO / "estate.ldif").read_bytes())

    def run(*options, **keywords):
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", offline.KCDAUDIT, "audit",
                               "--ldif", estate, "--no-history", "-c", "/dev/null", *options],
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **{"stdout": subprocess.PIPE, **keywords})
        if b"failed to execute" in done.stderr:
            pytest.skip(f"THIS DID NOT RUN: {offline.KCDAUDIT} stands where nobody else may go")
        return done

    return run


@pytest.mark.parametrize("writable", ["neither", "only the file", "only the directory"])
def test_whoever_may_not_replace_the_file_is_told_so(tmp_path, nobody, writable):
    """Reports are replaced, and not written to: that takes the directory as well."""
    directory = tmp_path / "reports"
    directory.mkdir()
    report = directory / "report.csv"
    report.write_text("old")
    directory.chmod(0o777 if "directory" in writable else 0o755)
    report.chmod(0o666 if "file" in writable else 0o644)
    refused(nobody("-f", f"csv:{report}"), report, "Permission denied")
    assert tree(directory) == {"report.csv": b"old"}


def test_dev_stdout_needs_no_right_to_dev(tmp_path, nobody):
    """Nor to the file that somebody else redirected it to."""
    with open(tmp_path / "out", "wb") as out:
        done = nobody("-f", "csv:/dev/stdout", stdout=out)
    assert (done.returncode, done.stderr) == (FINDINGS, b"")
    assert (tmp_path / "out").read_bytes().startswith(b"rule,")


@pytest.mark.parametrize("limit", [1, 1024, 4096, 20000])
def test_past_a_limit_on_file_sizes_nothing_changes(tmp_path, limit):
    """One report of several does not fit: none is replaced, and none is left over."""
    for file in FORMATS.values():
        (tmp_path / file).write_text("old " + file)
    before = tree(tmp_path)
    done = audit(DEMO, "-f", "text", *to_files(tmp_path),
                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    refused(done, "cannot write", "File too large")
    assert tree(tmp_path) == before


def test_on_a_full_disk_nothing_changes(tmp_path):
    """A file system of 40 KiB takes some of the reports."""
    script = f"""
        set -eu
        mount -t tmpfs -o size=40k none {tmp_path}
        cd {tmp_path}
        echo old >c.json
        set +e
        "$@"
        echo "exit $?"
        ls -A
        cat c.json
    """
    done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", offline.KCDAUDIT, *offline.arguments(DEMO),
                           *to_files(tmp_path)], capture_output=True, text=True, timeout=PATIENCE_S)
    if "unshare failed" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"THE FULL DISK WAS NOT TRIED: {done.stderr.strip()}")
    assert done.stdout == f"exit {USAGE}\nc.json\nold\n", done
    assert done.stderr.count("\n") == 1 and "No space left on device" in done.stderr


def test_a_limit_leaves_the_fixes_as_they_were(tmp_path):
    """Six files that belong together: with too little room for one of them, all six stay."""
    fixes = tmp_path / "fixes"
    audit(DEMO, "--fixes", fixes, expect=FINDINGS)
    before = tree(fixes)
    assert len(before) == 6
    other = offline.FIXTURES / "spn-01-fires"
    audit(other, "--fixes", tmp_path / "room", expect=FINDINGS)
    sizes = sorted(map(len, tree(tmp_path / "room").values()))
    limit = sizes[-1] - 1
    assert sizes[-2] <= limit
    done = audit(other, "--fixes", fixes,
                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    refused(done, "cannot write", "File too large")
    assert tree(fixes) == before


def test_a_device_that_takes_nothing_leaves_the_files_before_it(tmp_path):
    (tmp_path / "c.json").write_text("old")
    refused(audit(DEMO, "-f", f"json:{tmp_path}/c.json", "-f", "csv:/dev/full", "-f", f"junit:{tmp_path}/b.xml"),
            "/dev/full: it is a device")
    assert tree(tmp_path) == {"c.json": b"old"}
    with open("/dev/full", "wb") as full:
        done = subprocess.run([offline.KCDAUDIT, "audit", "--ldif", DEMO / "estate.ldif", "-c", "/dev/null", "--no-history", "-f",
                               f"json:{tmp_path}/c.json", "-f", "csv:/dev/stdout", "-f", f"junit:{tmp_path}/b.xml"],
                              stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE_S)
    assert done.returncode == USAGE and b"/dev/stdout: No space left" in done.stderr
    assert tree(tmp_path) == {"c.json": b"old"}


def trace(argv, *inject):
    """The program under strace, tampering with its system calls."""
    return subprocess.run(["strace", "-f", "-o", "/dev/null", *[word for text in inject for word in ("-e", text)],
                           offline.KCDAUDIT, *argv], capture_output=True, timeout=PATIENCE_S,
                          env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})


@pytest.mark.parametrize("call", ["fsync", "fchmod"])
def test_an_error_while_writing_changes_nothing(tmp_path, call):
    (tmp_path / "c.json").write_text("old")
    done = trace([*offline.arguments(DEMO), *to_files(tmp_path)], f"trace={call}", f"inject={call}:error=EIO:when=3")
    refused(done, "Input/output error")
    assert tree(tmp_path) == {"c.json": b"old"}


@pytest.mark.parametrize("nth", range(1, 7))
def test_killed_between_the_fixes_no_fix_stands_beside_a_foreign_undo(tmp_path, nth):
    """SIGKILL at each of the six renames, the one thing that cannot be cleaned up after."""
    fixes = tmp_path / "fixes"
    audit(DEMO, "--fixes", fixes, expect=FINDINGS)
    old = tree(fixes)
    other = [*offline.arguments(offline.FIXTURES / "spn-01-fires"), "--fixes", str(fixes)]
    done = trace(other, "trace=rename", f"inject=rename:signal=SIGKILL:when={nth}")
    assert done.returncode != FINDINGS
    left = {name: text for name, text in tree(fixes).items() if not name.startswith(".")}
    new_names = [name for name, text in left.items() if text != old[name]]
    fresh = [name for name in left if name.startswith("fix") and name in new_names]
    stale = [name for name in left if name.startswith("fix") and name not in new_names]
    undo_new = all(name in new_names for name in left if name.startswith("undo"))
    undo_old = all(name not in new_names for name in left if name.startswith("undo"))
    assert len([name for name in left if name.startswith("undo")]) == 3, "an undo is never missing"
    assert not fresh or undo_new
    assert not stale or undo_old
    # Going on as if nothing had been mends it.
    audit(offline.FIXTURES / "spn-01-fires", "--fixes", fixes, expect=FINDINGS)
    assert len({name for name in tree(fixes) if not name.startswith(".")}) == 6


def test_two_audits_at_once_leave_the_fixes_and_the_undo_of_one(tmp_path):
    """The first waits between its undo files and its fixes; the second comes meanwhile."""
    fixes = tmp_path / "fixes"
    other = offline.FIXTURES / "spn-01-fires"
    audit(other, "--fixes", tmp_path / "other", expect=FINDINGS)
    first = subprocess.Popen(["strace", "-f", "-o", "/dev/null", "-e", "trace=rename", "-e",
                              "inject=rename:delay_enter=2000000:when=4", offline.KCDAUDIT, *offline.arguments(DEMO),
                              "--fixes", str(fixes)], stdout=subprocess.DEVNULL,
                             env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    wait_until((fixes / "undo.ldif").exists)
    audit(other, "--fixes", fixes, expect=FINDINGS)
    assert first.wait(PATIENCE_S) == FINDINGS
    assert tree(fixes) == tree(tmp_path / "other")


def test_a_directory_of_fixes_that_somebody_else_holds_is_said(tmp_path):
    fixes = tmp_path / "fixes"
    audit(DEMO, "--fixes", fixes, expect=FINDINGS)
    old = tree(fixes)
    held = os.open(fixes, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused(audit(offline.FIXTURES / "spn-01-fires", "--fixes", fixes), "another process has held it", fixes)
        assert tree(fixes) == old
    finally:
        os.close(held)


def test_head_ends_it_quietly(tmp_path):
    """`kcdaudit audit | head -1`: no message, and the other reports are there."""
    argv = [offline.KCDAUDIT, *offline.arguments(DEMO), "-f", "json", "-f", f"csv:{tmp_path}/d.csv"]
    reader, writer = os.pipe()
    os.close(reader)  # before it starts: a short report would fit the pipe
    done = subprocess.run(argv, stdout=writer, stderr=subprocess.PIPE, timeout=PATIENCE_S)
    os.close(writer)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")
    assert list(tree(tmp_path)) == ["d.csv"]


def test_a_reader_that_ignores_sigpipe_gets_a_message():
    """As below systemd, which ignores the signal for its services."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", "import os, signal, sys; signal.signal(signal.SIGPIPE, signal.SIG_IGN); "
         "os.execv(sys.argv[1], sys.argv[1:])", offline.KCDAUDIT, *offline.arguments(DEMO)],
        stdout=writer, stderr=subprocess.PIPE, timeout=PATIENCE_S)
    os.close(writer)
    assert done.returncode == USAGE
    assert done.stderr == b"kcdaudit: cannot write to standard output: Broken pipe\n"
