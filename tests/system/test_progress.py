"""Progress on a terminal, silence elsewhere; and an end that is at once and clean, whatever is under way."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from harness import (DEMO, ENVIRONMENT, FINDINGS, HAS_SANITIZERS, HAS_TSAN, KCDAUDIT, NO_AUDIT, PATIENCE_S, ROOT, TIMED,
                     Lab, paused, relay, wait_until)

OFFLINE = ["audit", "--ldif", ROOT / "fixtures/demo/estate.ldif", "-c", "/dev/null", "--no-history"]
RELAY_PORT = 22389
SILENT_PORT = 23389
KDC_PORT = 20088
ERASE = "\r\033[K"
AT_ONCE_S = 1
# A sanitizer's own start and end take their time.
GRACE_S = 4 if HAS_SANITIZERS else 0
# Nothing but the signal ends what is slow on purpose.
AGES = ["--timeout", "3600"]
# Bytes from the DC: some entries, not all.
MIDST = 20000
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]


@pytest.fixture(scope="module")
def lab():
    with Lab(DEMO) as running:
        running.check(["klist"], user="audit")  # the ticket is there before any test stops the KDC
        yield running


class Terminal:
    """The far end of a pseudo-terminal: what was written to it, and when."""

    def __init__(self, columns=80, rows=50):
        self.columns, self.pieces = columns, []
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.start = time.monotonic()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        try:
            while piece := os.read(self.master, 65536):
                self.pieces.append((time.monotonic() - self.start, piece))
        except OSError:  # EIO: nobody has it open any more
            pass

    def close(self):
        if self.slave is not None:
            os.close(self.slave)
            self.slave = None
        self._reader.join(10)

    @property
    def text(self):
        return b"".join(piece for _, piece in list(self.pieces)).decode()

    @property
    def drawn(self):
        """What stood on the line of progress, one after the other."""
        return [line for line in re.findall("\r([^\r\n]*?)\033\\[K", self.text) if line]

    @property
    def screen(self):
        """What is left to be seen."""
        lines, column = [""], 0
        for token in re.findall("\033\\[K|\r|\n|\033\\[[0-9;]*m|[^\033\r\n]+", self.text):
            if token == "\033[K":
                lines[-1] = lines[-1][:column]
            elif token == "\r":
                column = 0
            elif token == "\n":
                lines.append("")
                column = 0
            elif not token.startswith("\033"):
                lines[-1] = lines[-1][:column] + token + lines[-1][column + len(token):]
                column += len(token)
        return lines

    def wait_for(self, pattern):
        end = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.text):
            assert time.monotonic() < end, (pattern, self.text[-2000:])
            time.sleep(0.01)


@contextmanager
def terminal(**keywords):
    made = Terminal(**keywords)
    try:
        yield made
    finally:
        made.close()
        os.close(made.master)


TERMINAL = {**ENVIRONMENT, "TERM": "xterm"}


def run(lab, tty, *argv, env=None, stdout=subprocess.PIPE, user="audit"):
    """Inside the lab, standard error on the terminal; to its end."""
    process = start(lab, tty, *argv, env=env, stdout=stdout, user=user)
    out, _ = process.communicate(timeout=PATIENCE_S)
    tty.close()
    return process.returncode, out


def start(lab, tty, *argv, env=None, stdout=subprocess.PIPE, user="audit"):
    return lab.popen([KCDAUDIT, *argv], user=user, env={**TERMINAL, **(env or {})}, stdin=subprocess.DEVNULL,
                     stdout=stdout, stderr=tty.slave)


def slow_audit(lab, port=RELAY_PORT):
    return ["audit", "-H", f"ldap://{lab.dc}:{port}", "-c", "/dev/null", "--no-history"]


# Progress


def test_it_tells_each_step_and_leaves_nothing(lab, tmp_path):
    with relay(lab, tmp_path, RELAY_PORT, delay_ms=150), terminal() as tty:
        status, out = run(lab, tty, *slow_audit(lab), "-f", "json")
        took = tty.pieces[-1][0]
        assert status == FINDINGS, tty.text
        assert json.loads(out)["schema"] == "kcdaudit.report/2"
        drawn = tty.drawn
        assert any(line == f"binding to {lab.dc}..." for line in drawn), drawn
        counts = [int(n.replace(",", "")) for line in drawn for n in
                  re.findall(r"^collecting: ([0-9,]+) entr(?:y|ies)$", line)]
        assert len(counts) > 2 and counts == sorted(counts) and counts[-1] > counts[0], drawn
        assert tty.pieces[0][0] >= 0.5, "a run that takes no time shows nothing"
        assert len(drawn) <= took * 10 + 2, "ten times a second is enough"
        assert tty.screen == [""], tty.text
        assert tty.text.endswith(ERASE)


@contextmanager
def slow_kdc(lab, tmp_path, delay_ms):
    """An environment in which the KDC is far away, and the directory is not."""
    with relay(lab, tmp_path, KDC_PORT, target_port=88, delay_ms=delay_ms):
        path = tmp_path / "krb5.conf"
        path.write_text(f"{lab.krb5_conf.read_text()}\n[libdefaults]\nudp_preference_limit = 1\n"
                        f"[realms]\n{lab.realm} = {{\n kdc = {lab.ip}:{KDC_PORT}\n}}\n")
        yield {"KRB5_CONFIG": str(path)}


def steps(tty, what):
    return [tuple(map(int, found)) for line in tty.drawn for found in re.findall(f"^{what}: ([0-9]+) of ([0-9]+)$", line)]


def test_tickets_are_counted(lab, tmp_path):
    with slow_kdc(lab, tmp_path, 200) as env, terminal() as tty:
        status, out = run(lab, tty, "audit", "-H", f"ldap://{lab.dc}", "-c", "/dev/null", "--no-history", "-f", "json",
                          env=env)
        assert status == FINDINGS, tty.text
        asked = json.loads(out)["summary"]["tickets"]
        counts = steps(tty, "test tickets")
        assert len(counts) > 1 and counts == sorted(counts) and counts[0][0] < counts[-1][0], tty.drawn
        assert {all_ for _, all_ in counts} == {asked["granted"] + asked["refused"]}
        assert tty.screen == [""]


def test_proofs_are_counted(lab, tmp_path):
    keytab = tmp_path / "hosts.keytab"
    lab.keytab(path=keytab)
    with slow_kdc(lab, tmp_path, 30) as env, terminal() as tty:
        status, out = run(lab, tty, "audit", "-H", f"ldap://{lab.dc}", "-c", "/dev/null", "--no-history", "-f", "json",
                          "--all-pairs", "--no-tickets", "--jobs", "1", "--prove-as", "alice", "--prove-keytab", keytab, env=env)
        assert status == FINDINGS, tty.text
        counts = steps(tty, "proofs")
        assert len(counts) > 1 and counts == sorted(counts) and counts[0][0] < counts[-1][0], tty.drawn
        assert {all_ for _, all_ in counts} == {len({p["source"] for p in json.loads(out)["pairs"]})}
        assert tty.screen == [""]


def test_a_quick_run_shows_nothing():
    with terminal() as tty:
        done = subprocess.run([KCDAUDIT, *OFFLINE, "-f", "json"], stdout=subprocess.PIPE, stderr=tty.slave, env={
            **os.environ, **TERMINAL})
        tty.close()
        assert done.returncode == FINDINGS
        assert tty.text == "" or HAS_SANITIZERS, "sanitizers are slow"
        assert tty.screen == [""]


@pytest.mark.parametrize("options, env", [(["-q"], {}), ([], {"TERM": "dumb"}), ([], {"TERM": ""})])
def test_a_terminal_that_wants_none_gets_none(lab, tmp_path, options, env):
    with relay(lab, tmp_path, RELAY_PORT, delay_ms=60), terminal() as tty:
        status, _ = run(lab, tty, *slow_audit(lab), "-f", "json", *options, env=env)
        assert (status, tty.text) == (FINDINGS, "")


def test_a_pipe_gets_none(lab, tmp_path):
    """Also where standard output is a terminal."""
    with relay(lab, tmp_path, RELAY_PORT, delay_ms=60), terminal() as tty:
        process = lab.popen([KCDAUDIT, *slow_audit(lab)], user="audit", env=TERMINAL, stdin=subprocess.DEVNULL,
                            stdout=tty.slave, stderr=subprocess.PIPE)
        _, errors = process.communicate(timeout=PATIENCE_S)
        tty.close()
        assert (process.returncode, errors) == (FINDINGS, b"")
        assert "\033[K" not in tty.text and "collecting" not in tty.text


@pytest.mark.parametrize("columns", [80, 20, 7])
def test_it_fits_the_line(lab, tmp_path, columns):
    """A longer line would wrap, and no \\r takes that back."""
    with relay(lab, tmp_path, RELAY_PORT, delay_ms=60), terminal(columns=columns) as tty:
        status, _ = run(lab, tty, *slow_audit(lab), "-f", "json")
        assert status == FINDINGS
        assert tty.drawn and max(map(len, tty.drawn)) < columns


def test_messages_stay_whole(lab, tmp_path):
    """Notes of -v come while the line stands there."""
    with relay(lab, tmp_path, RELAY_PORT, delay_ms=60), terminal() as tty:
        options = ["-H", "ldap://10.53.57.66", "--timeout", "10", *slow_audit(lab)[1:]]
        status, _ = run(lab, tty, "audit", *options, "-v", "-f", "json")
        assert status == FINDINGS, tty.text
        left = [line for line in tty.screen if line]
        assert len(left) == 2 and all(line.startswith("kcdaudit: ldap://") for line in left), left
        assert "trying the next" in left[0] and "bound by" in left[1]
        assert tty.drawn


def test_the_report_comes_out_clean_on_the_same_terminal(lab, tmp_path):
    with relay(lab, tmp_path, RELAY_PORT, delay_ms=60):
        with terminal(columns=100) as tty:
            process = start(lab, tty, *slow_audit(lab), stdout=tty.slave)
            assert process.wait(PATIENCE_S) == FINDINGS
            tty.close()
            assert tty.drawn
            shown = tty.screen
        with terminal(columns=100) as tty:
            process = start(lab, tty, *slow_audit(lab), stdout=tty.slave, env={"TERM": "dumb"})
            assert process.wait(PATIENCE_S) == FINDINGS
            tty.close()
            plain = tty.screen
    assert shown[1:] == plain[1:] and shown[0].startswith("kcdaudit ")


def test_an_error_comes_out_clean(lab, tmp_path):
    with relay(lab, tmp_path, SILENT_PORT, silent=True), terminal() as tty:
        status, out = run(lab, tty, *slow_audit(lab, SILENT_PORT), "--timeout", "2")
        assert (status, out) == (NO_AUDIT, b"")
        assert tty.drawn
        left = [line for line in tty.screen if line]
        assert len(left) == 1 and left[0].startswith("kcdaudit: "), left


def test_in_the_background_it_leaves_the_terminal_alone(lab, tmp_path):
    """kcdaudit audit & - the line at the prompt is somebody else's."""
    with relay(lab, tmp_path, RELAY_PORT, delay_ms=60), terminal() as tty:
        process = lab.popen(["setsid", "-c", "bash", "-c", 'set -m; "$@" >/dev/null & wait $!; exit $?', "bash", KCDAUDIT,
                             *slow_audit(lab)], user="audit", env=TERMINAL, stdin=tty.slave,
                            stdout=subprocess.DEVNULL, stderr=tty.slave)
        assert process.wait(PATIENCE_S) == FINDINGS
        tty.close()
        assert tty.drawn == []


# The end, at once


@contextmanager
def gone_at_once(number):
    """A process that was sent the signal in the block is gone by that signal, whatever else it waits for."""
    box = []
    yield box
    process, begun = box
    status = process.wait(PATIENCE_S)
    assert not TIMED or time.monotonic() - begun < AT_ONCE_S + GRACE_S
    # ThreadSanitizer hands a signal on when its handler is done.
    assert status == (128 + number if HAS_TSAN else -number)


def end(box, process, number, lab=None):
    box += [process, time.monotonic()]
    if lab:
        lab.signal(process, number)
    else:
        process.send_signal(number)


@pytest.mark.parametrize("number", SIGNALS)
def test_while_a_dc_says_nothing(lab, tmp_path, number):
    """Blocked in the bind."""
    report = tmp_path / "report.json"
    report.write_text("old")
    with relay(lab, tmp_path, SILENT_PORT, silent=True), terminal() as tty:
        process = start(lab, tty, *slow_audit(lab, SILENT_PORT), *AGES, "-f", f"json:{report}")
        tty.wait_for("binding to")
        with gone_at_once(number) as box:
            end(box, process, number, lab)
        tty.close()
        process.stdout.close()
        assert tty.screen == [""], tty.text
    assert report.read_text() == "old" and [p.name for p in tmp_path.iterdir() if p.is_file()] == ["report.json"]


def test_while_entries_come_in(lab, tmp_path):
    report = tmp_path / "report.json"
    report.write_text("old")
    with relay(lab, tmp_path, RELAY_PORT, hold_after=MIDST), terminal() as tty:
        process = start(lab, tty, *slow_audit(lab), *AGES, "-f", f"json:{report}", "--fixes", tmp_path / "fixes")
        tty.wait_for("collecting: [1-9]")
        with gone_at_once(signal.SIGINT) as box:
            end(box, process, signal.SIGINT, lab)
        tty.close()
        process.stdout.close()
        assert tty.screen == [""], tty.text
    assert report.read_text() == "old" and list((tmp_path / "fixes").iterdir()) == []


def test_while_a_kdc_says_nothing(lab):
    """Threads inside libkrb5."""
    with paused(lab), terminal() as tty:
        process = start(lab, tty, "ticket", *AGES, "cifs/HV01", "cifs/HV02")
        tty.wait_for("tickets: 0 of 2")
        with gone_at_once(signal.SIGINT) as box:
            end(box, process, signal.SIGINT, lab)
        tty.close()
        process.stdout.close()
        assert tty.screen == [""], tty.text


def test_while_a_name_is_looked_up(lab):
    """Inside the resolver: the lab's DNS server is the DC."""
    with paused(lab), terminal() as tty:
        process = start(lab, tty, "audit", "-D", lab.domain, "-c", "/dev/null", "--no-history", *AGES)
        tty.wait_for("looking for domain controllers of")
        with gone_at_once(signal.SIGINT) as box:
            end(box, process, signal.SIGINT, lab)
        tty.close()
        process.stdout.close()
        assert tty.screen == [""], tty.text


@contextmanager
def at_a_terminal(tty, *argv, **keywords):
    """The program as a shell starts it: the terminal is its own."""
    def take():
        os.setsid()
        fcntl.ioctl(tty.slave, termios.TIOCSCTTY, 0)

    process = subprocess.Popen([KCDAUDIT, *argv], stdin=tty.slave, stdout=subprocess.DEVNULL, stderr=tty.slave,
                               preexec_fn=take, env={**os.environ, **TERMINAL}, **keywords)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_key_itself(tmp_path):
    """Ctrl-C, while a file does not come."""
    os.mkfifo(tmp_path / "estate.ldif")
    with terminal() as tty, at_a_terminal(tty, "audit", "--ldif", tmp_path / "estate.ldif", "-c", "/dev/null",
                                          "--no-history") as process:
        tty.wait_for("reading .*estate.ldif")
        with gone_at_once(signal.SIGINT) as box:
            box += [process, time.monotonic()]
            os.write(tty.master, b"\x03")
        tty.close()
        assert [line for line in tty.screen if line.replace("^C", "")] == [], tty.text


def test_what_nohup_ignores_stays_ignored(tmp_path):
    os.mkfifo(tmp_path / "estate.ldif")
    process = subprocess.Popen(["nohup", KCDAUDIT, "audit", "--ldif", tmp_path / "estate.ldif", "-c", "/dev/null",
                                "--no-history", "-f", "json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, env={**os.environ, **TERMINAL})
    with open(tmp_path / "estate.ldif", "wb") as estate:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        estate.write((ROOT / "fixtures/demo/estate.ldif").read_bytes())
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == FINDINGS and json.loads(out)


# The end while something is being written


def files(directory):
    return {p.name: p.read_text() for p in directory.iterdir() if p.is_file()}


@pytest.mark.parametrize("number", SIGNALS)
def test_while_one_of_several_reports_does_not_get_away(tmp_path, number):
    """Two reports are written under their temporary names and the third waits for somebody to read it."""
    reader, pipe = os.pipe()
    os.set_blocking(pipe, False)
    with suppress(BlockingIOError):
        while os.write(pipe, bytes(4096)):
            pass
    os.set_blocking(pipe, True)
    (tmp_path / "b.json").write_text("old")
    process = subprocess.Popen([KCDAUDIT, *OFFLINE, "-f", f"csv:/dev/fd/{pipe}", "-f", f"json:{tmp_path}/b.json",
                                "-f", f"junit:{tmp_path}/c.xml"], pass_fds=[pipe], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_until(lambda: len(files(tmp_path)) == 3)
    with gone_at_once(number) as box:
        end(box, process, number)
    assert process.stderr.read() == b""
    process.stderr.close()
    os.close(reader)
    os.close(pipe)
    assert files(tmp_path) == {"b.json": "old"}


@pytest.fixture(scope="module")
def slow_disk(tmp_path_factory):
    """A library that makes fsync or rename take long, and tells when it does: the environment for it."""
    if HAS_SANITIZERS:
        pytest.skip("THE SLOW DISK WAS NOT TRIED: a sanitizer wants to be loaded first")
    place = tmp_path_factory.mktemp("shim")
    (place / "shim.c").write_text("""
        #include <fcntl.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        static int now;
        /* Before the program shuts itself in. */
        __attribute__((constructor)) static void begin(void)
        {
            now = open(getenv("SLOW_NOW"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        }
        static void linger(const char *what)
        {
            const char *slow = getenv("SLOW");
            if (strcmp(slow, what) || write(now, "x", 1) != 1)
                return;
            sleep(3600);
        }
        int fsync(int fd) { linger("fsync"); return (int)syscall(SYS_fsync, fd); }
        int rename(const char *from, const char *to)
        { linger("rename"); return (int)syscall(SYS_renameat2, -100, from, -100, to, 0); }
    """)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", place / "shim.so", place / "shim.c"], check=True)

    def environment(call):
        now = place / "now"
        now.unlink(missing_ok=True)
        return {"LD_PRELOAD": place / "shim.so", "SLOW": call, "SLOW_NOW": now}
    return environment


def is_slow(slow):
    return slow["SLOW_NOW"].exists() and slow["SLOW_NOW"].stat().st_size > 0


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_while_the_disk_takes_its_time(tmp_path, slow_disk, call, number):
    (tmp_path / "report.json").write_text("old")
    slow = slow_disk(call)
    with terminal() as tty:
        process = subprocess.Popen([KCDAUDIT, *OFFLINE, "-f", f"json:{tmp_path}/report.json"], stdout=subprocess.DEVNULL,
                                   stderr=tty.slave, env={**os.environ, **TERMINAL, **slow})
        wait_until(lambda: is_slow(slow))
        assert len(files(tmp_path)) == 2
        if call == "fsync":
            tty.wait_for(r"writing\.\.\.")
        with gone_at_once(number) as box:
            end(box, process, number)
        tty.close()
        assert tty.screen == [""], tty.text
    assert files(tmp_path) == {"report.json": "old"}


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_while_the_fixes_are_written(tmp_path, slow_disk, call):
    """Six files cannot be replaced at once: what is left is either all of one audit, or visibly lacks its fixes."""
    fixes = tmp_path / "fixes"
    subprocess.run([KCDAUDIT, *OFFLINE, "--fixes", fixes], stdout=subprocess.DEVNULL)
    old = files(fixes)
    assert len(old) == 6
    slow = slow_disk(call)
    process = subprocess.Popen([KCDAUDIT, "audit", "--ldif", ROOT / "fixtures/spn-01-fires/estate.ldif", "-c", "/dev/null",
                                "--no-history", "--fixes", fixes], stdout=subprocess.DEVNULL,
                               env={**os.environ, **slow})
    # The first flush, or all written and the first of the six on its way.
    wait_until(lambda: is_slow(slow))
    assert len([name for name in files(fixes) if name.startswith(".")]) == (1 if call == "fsync" else 6)
    with gone_at_once(signal.SIGINT) as box:
        end(box, process, signal.SIGINT)
    left = files(fixes)
    if call == "fsync":
        assert left == old
    else:
        assert left == {name: text for name, text in old.items() if name.startswith("undo")}


def test_the_snapshot_is_whole_or_not_there(lab, tmp_path):
    with relay(lab, tmp_path, RELAY_PORT, hold_after=MIDST), terminal() as tty:
        process = start(lab, tty, "snapshot", *slow_audit(lab)[1:5], *AGES, "-o", tmp_path / "estate.ldif")
        tty.wait_for("collecting: [1-9]")
        with gone_at_once(signal.SIGTERM) as box:
            end(box, process, signal.SIGTERM, lab)
        tty.close()
        process.stdout.close()
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == []


def test_a_dc_that_hangs_up_does_not_end_it(lab, tmp_path):
    """libldap writes to a socket whose other end has gone: SIGPIPE must not be the last that is heard of the audit."""
    with relay(lab, tmp_path, RELAY_PORT, cut_after=4000):
        done = lab.run([KCDAUDIT, *slow_audit(lab)], user="audit", env=ENVIRONMENT)
    assert done.returncode == NO_AUDIT and done.stderr.startswith("kcdaudit: "), done
