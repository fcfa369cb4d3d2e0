"""The package on a machine that runs: a real systemd starts the service, in the lab's network, and every promise of
docs/scheduled.md about the journal, the state directory, the exit status and the examples is looked at."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import ROOT
from harness import DEMO, FINDINGS, INCOMPLETE, NO_AUDIT, OK, USAGE, Lab, json_audit, wait_until

STATE = "/var/lib/kcdaudit"
EXAMPLES = ROOT / "data/systemd/examples"
LISTENER = Path(__file__).resolve().parent / "listener.py"


@pytest.fixture(scope="module")
def lab():
    with Lab(DEMO) as running:
        yield running


@pytest.fixture(scope="module")
def machine(lab, clean_root):
    # systemd forgets a unit that ended well, and how it ended, unless another one names it, as the timer does.
    (clean_root.path / "etc/systemd/system/keep.service").write_text(
        "[Unit]\nAfter=kcdaudit.service\n[Service]\nExecStart=/bin/sleep infinity\n")
    with clean_root.booted(lab) as running:
        running.root = clean_root.path
        running.run("systemctl", "start", "keep.service", check=True)
        yield running
    for path in EXAMPLES.glob("*.service"):
        (clean_root.path / "etc/systemd/system" / path.name).unlink(missing_ok=True)
    for path in ("etc/kcdaudit/post.env", "var/lib/prometheus/node-exporter/kcdaudit.prom"):
        (clean_root.path / path).unlink(missing_ok=True)


def settings(machine, **values):
    lines = "".join(f'{name}="{value}"\n' for name, value in values.items())
    (machine.root / "etc/default/kcdaudit").write_text(lines)


def drop_in(machine, name, text):
    directory = machine.root / "etc/systemd/system/kcdaudit.service.d"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.conf").write_text(text)
    machine.run("systemctl", "daemon-reload", check=True)


@pytest.fixture
def fresh(machine):
    """Without drop-ins and with a failed state forgotten."""
    yield machine
    shutil.rmtree(machine.root / "etc/systemd/system/kcdaudit.service.d", ignore_errors=True)
    machine.run("systemctl", "daemon-reload", check=True)
    machine.run("systemctl", "reset-failed")


@pytest.fixture
def configured(fresh, lab):
    keytab = lab.keytab("audit")
    target = fresh.root / "etc/kcdaudit/kcdaudit.keytab"
    target.write_bytes(keytab.read_bytes())
    target.chmod(0o600)
    settings(fresh, KCDAUDIT_PRINCIPAL="audit@CONTOSO.TEST")
    return fresh


class Night:
    """One start of the service."""

    def __init__(self, machine):
        before = len(machine.named("kcdaudit"))
        self.start = machine.run("systemctl", "start", "kcdaudit.service")
        self.status = int(machine.property("kcdaudit.service", "ExecMainStatus"))
        self.result = machine.property("kcdaudit.service", "Result")
        self.failed = machine.run("systemctl", "is-failed", "kcdaudit.service").stdout.strip() == "failed"
        invocation = machine.property("kcdaudit.service", "InvocationID")
        # A line of a process that is gone when the journal takes it may lack the invocation, but not the program's name.
        self.journal = machine.journal("kcdaudit.service", invocation) or machine.named("kcdaudit")[before:]

    def one_line(self, level, *words):
        assert len(self.journal) == 1, self.journal
        found, text = self.journal[0]
        assert found == level and text.startswith("kcdaudit: "), self.journal
        for word in words:
            assert word in text, (word, text)


def test_nothing_runs_until_it_is_asked_to(machine):
    assert machine.run("systemctl", "is-enabled", "kcdaudit.timer").stdout.strip() == "disabled"
    assert machine.run("systemctl", "is-active", "kcdaudit.timer", "kcdaudit.service").stdout.split() == ["inactive"] * 2
    assert machine.property("kcdaudit.service", "ExecMainStartTimestamp") == ""


def test_unconfigured_it_says_what_is_missing(fresh):
    night = Night(fresh)
    assert (night.status, night.failed) == (NO_AUDIT, True)
    night.one_line(3, "keytab", "/etc/kcdaudit/kcdaudit.keytab")


def test_a_night_with_findings_fails_the_unit(configured, lab):
    night = Night(configured)
    assert (night.status, night.result, night.failed) == (FINDINGS, "exit-code", True), night.journal
    night.one_line(3, "contoso.test: 6 hosts, 14 pairs: ", "complete; exit 1")
    # journalctl -p err -u kcdaudit: the bad nights.
    errors = configured.run("journalctl", "--no-pager", "-p", "err", "-u", "kcdaudit.service", "-o", "cat").stdout
    assert "exit 1: findings of error or worse" in errors
    report = json.loads((configured.root / "var/lib/private/kcdaudit/report.json").read_text())
    # The sandbox takes nothing away from the audit: it sees what a shell sees.
    outside = json_audit(lab, "--no-history").report
    assert (report["summary"], report["run"]["complete"]) == (outside["summary"], True)


def test_the_state_is_its_own(configured):
    Night(configured)
    state = configured.root / "var/lib/private/kcdaudit"
    assert (configured.root / "var/lib/kcdaudit").readlink() == Path("private/kcdaudit")
    names = {path.name for path in state.iterdir()}
    assert {"report.html", "report.json", "kcdaudit.prom", "history.sqlite"} <= names
    assert (state.stat().st_mode & 0o777, state.parent.stat().st_mode & 0o777) == (0o750, 0o700)
    owner = state.stat().st_uid
    assert 61184 <= owner <= 65519, "a dynamic user's number (systemd.exec(5))"
    assert {path.stat().st_uid for path in state.iterdir()} == {owner}
    # Root reads it where the documentation says, others do not.
    assert configured.run("head", "-c", "15", f"{STATE}/history.sqlite").stdout == "SQLite format 3"
    denied = configured.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "cat", f"{STATE}/report.json")
    assert denied.returncode != 0 and "Permission denied" in denied.stdout
    assert not list((configured.root / "tmp").glob("krb5cc*"))


def test_root_reads_the_history(configured):
    Night(configured)
    Night(configured)
    done = configured.run("kcdaudit", "diff", "--history", f"{STATE}/history.sqlite")
    assert done.returncode in (OK, FINDINGS), done.stdout
    # Reading it leaves nothing behind that keeps the service from writing on.
    assert Night(configured).status == FINDINGS


def test_a_good_night_is_a_success(configured):
    settings(configured, KCDAUDIT_PRINCIPAL="audit@CONTOSO.TEST", KCDAUDIT_ARGS="--host HV01 --host HV02")
    night = Night(configured)
    assert (night.status, night.result, night.failed, night.start.returncode) == (OK, "success", False, 0), night.journal
    assert "2 ready" in night.journal[0][1]


def test_findings_need_not_be_a_failure(configured):
    drop_in(configured, "findings", "[Service]\nSuccessExitStatus=1\n")
    night = Night(configured)
    assert (night.status, night.result, night.failed) == (FINDINGS, "success", False)


def test_a_wrong_configuration_is_one_line_with_its_place(configured):
    conf = configured.root / "etc/kcdaudit/kcdaudit.conf"
    before = conf.read_text()
    try:
        conf.write_text("[directory]\ndomian=contoso.test\n")
        night = Night(configured)
    finally:
        conf.write_text(before)
    assert night.status == USAGE
    night.one_line(3, "/etc/kcdaudit/kcdaudit.conf:2", "domian")


def test_without_a_dc_it_fails_and_tries_again_where_asked(configured, lab):
    drop_in(configured, "retry", (EXAMPLES / "retry.conf").read_text().replace("15min", "200ms"))
    (configured.root / "etc/systemd/system/told.service").write_text("[Service]\nType=oneshot\nExecStart=/bin/echo told\n")
    drop_in(configured, "told", "[Unit]\nOnFailure=told.service\n")
    lab.stop_dc()
    try:
        configured.run("systemctl", "start", "--no-block", "kcdaudit.service", check=True)
        wait_until(lambda: configured.run("systemctl", "is-failed", "kcdaudit.service").stdout.strip() == "failed", 0.2)
    finally:
        lab.start_dc()
    assert configured.property("kcdaudit.service", "NRestarts") in ("2", "3")
    assert configured.property("kcdaudit.service", "ExecMainStatus") == str(NO_AUDIT)
    said = [text for level, text in configured.journal("kcdaudit.service") if level == 3 and "contoso.test" in text.lower()]
    assert len(said) >= 3
    # Whoever is told of failures is told of the last one alone.
    assert [text for _, text in configured.journal("told.service") if text == "told"] == ["told"]


def test_findings_are_not_tried_again(configured):
    drop_in(configured, "retry", (EXAMPLES / "retry.conf").read_text().replace("15min", "200ms"))
    Night(configured)
    time.sleep(1)
    assert configured.property("kcdaudit.service", "NRestarts") == "0"


def test_the_metrics_get_to_the_collector(configured):
    drop_in(configured, "textfile", (EXAMPLES / "textfile.conf").read_text())
    directory = configured.root / "var/lib/prometheus/node-exporter"
    directory.mkdir(parents=True, exist_ok=True)
    assert Night(configured).status == FINDINGS
    copy = directory / "kcdaudit.prom"
    assert copy.stat().st_mode & 0o777 == 0o644 and [path.name for path in directory.iterdir()] == ["kcdaudit.prom"]
    assert "kcdaudit_last_run_timestamp_seconds" in copy.read_text()
    # A service that was taken over cannot make root copy what it points at.
    state = configured.root / "var/lib/private/kcdaudit"
    secret = configured.root / "root/secret"
    secret.write_text("secret")
    drop_in(configured, "none", "[Service]\nExecStart=\nExecStart=/bin/ln -sf /root/secret %S/kcdaudit/kcdaudit.prom\n")
    (state / "kcdaudit.prom").unlink()
    Night(configured)
    assert (state / "kcdaudit.prom").is_symlink() and copy.read_text() != "secret"
    (state / "kcdaudit.prom").unlink()


@pytest.fixture
def listener(lab, tmp_path):
    """Somebody who takes mail and posts on ports 25 and 80 of the machine, and writes down what came."""
    process = lab.popen([sys.executable, LISTENER, tmp_path], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    yield tmp_path
    lab.signal(process, 9)
    process.wait()
    process.stdout.close()


def came(path):
    wait_until(path.exists, 0.1)
    return path.read_text()


def add_unit(machine, name):
    shutil.copy(EXAMPLES / name, machine.root / "etc/systemd/system")


def test_the_difference_is_mailed(configured, listener):
    add_unit(configured, "kcdaudit-mail@.service")
    drop_in(configured, "mail", (EXAMPLES / "mail.conf").read_text())
    Night(configured)
    mail = came(listener / "mail")
    assert "To: <root@localhost>" in mail and re.search(r"Subject: kcdaudit on \S+: exit 1\r?\n", mail)
    assert "Findings." in mail and "journalctl -u kcdaudit.service" in mail
    diff = configured.run("kcdaudit", "diff", "--history", f"{STATE}/history.sqlite").stdout
    assert diff.splitlines()[-1].strip() in mail, "the difference itself"
    assert configured.property("kcdaudit-mail@failure.service", "Result") == "success"


def test_the_difference_is_posted(configured, listener):
    add_unit(configured, "kcdaudit-post@.service")
    (configured.root / "etc/kcdaudit/post.env").write_text("POST_URL=http://localhost/hooks/1\n")
    drop_in(configured, "post", (EXAMPLES / "post.conf").read_text())
    Night(configured)
    posted = json.loads(came(listener / "post"))
    assert posted["path"] == "/hooks/1" and posted["headers"]["X-Kcdaudit-Exit"] == "1"
    assert json.loads(posted["body"])["schema"].startswith("kcdaudit.")
    assert configured.property("kcdaudit-post@failure.service", "Result") == "success"


def test_a_night_without_an_audit_is_told_too(configured, listener):
    add_unit(configured, "kcdaudit-mail@.service")
    drop_in(configured, "mail", (EXAMPLES / "mail.conf").read_text())
    (configured.root / "etc/kcdaudit/kcdaudit.keytab").unlink()
    assert Night(configured).status == NO_AUDIT
    assert "There was no audit." in came(listener / "mail")


def test_a_user_that_stays(configured):
    """For who wants the reports to be read by a group: systemd moves what is there."""
    Night(configured)
    configured.run("useradd", "--system", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", "kcdaudit", check=True)
    drop_in(configured, "user", "[Service]\nDynamicUser=no\n")
    assert Night(configured).status == FINDINGS
    state = configured.root / "var/lib/kcdaudit"
    assert not state.is_symlink() and {"history.sqlite", "report.html"} <= {path.name for path in state.iterdir()}
    assert configured.run("stat", "-c", "%U:%G %a", STATE).stdout == "kcdaudit:kcdaudit 750\n"
    assert configured.run("cat", f"{STATE}/report.json").stdout != ""
    configured.run("userdel", "kcdaudit")


def test_the_timer_waits_for_the_night(configured):
    configured.run("systemctl", "enable", "--now", "kcdaudit.timer", check=True)
    try:
        assert configured.run("systemctl", "is-active", "kcdaudit.timer").stdout.strip() == "active"
        following = configured.run("systemctl", "list-timers", "--no-pager", "--no-legend", "kcdaudit.timer").stdout
        assert re.search(r"\b0[23]:\d\d:\d\d\b", following) and "kcdaudit.service" in following, following
    finally:
        configured.run("systemctl", "disable", "--now", "kcdaudit.timer")
