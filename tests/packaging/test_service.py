"""What the service runs, run: its command line with systemd's environment, as somebody without rights, against a real DC.

test_boot.py does the same under a real systemd; this one needs none.
"""

import json
import os
import pwd
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from conftest import ROOT
from harness import DEMO, ENVIRONMENT, FINDINGS, INCOMPLETE, KCDAUDIT, NO_AUDIT, OK, USAGE, Lab, write

UNIT = ROOT / "data/systemd/kcdaudit.service"
NOBODY = pwd.getpwnam("nobody")
FIXTURE = ROOT / "fixtures/demo/estate.ldif"


def command_line(places, settings):
    """The words of ExecStart= as systemd makes them: specifiers, ${NAME} within a word, $NAME as words of its own."""
    text = UNIT.read_text().replace("\\\n", " ")
    line = re.search(r"(?m)^ExecStart=(.*)$", text)[1]
    words = []
    for word in line.split():
        for specifier, value in places.items():
            word = word.replace(specifier, str(value))
        assert "%" not in word, f"{word}: a specifier that this test does not know"
        if match := re.fullmatch(r"\$(\w+)", word):
            words += shlex.split(settings[match[1]])
        else:
            words.append(re.sub(r"\$\{(\w+)\}", lambda m: settings[m[1]], word))
    return words


class Service:
    """One run: what it wrote, its journal (level, text) and its exit status."""

    def __init__(self, lab, place, keytab=None, **settings):
        self.state, credentials = place / "state/kcdaudit", place / "credentials"
        for directory in (self.state, credentials):
            directory.mkdir(parents=True, exist_ok=True)
        default = re.search(r"(?m)^SetCredential=keytab:(.*)$", UNIT.read_text())[1]
        (credentials / "keytab").write_bytes(keytab.read_bytes() if keytab else default.encode())
        (credentials / "keytab").chmod(0o400)
        for path in (self.state, credentials, credentials / "keytab"):
            os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid)
        values = {"KCDAUDIT_PRINCIPAL": "", "KCDAUDIT_ARGS": "", **settings}
        words = command_line({"%d": credentials, "%S": self.state.parent}, values)
        assert words[0] == "/usr/bin/kcdaudit"
        read, journal = os.pipe()
        stream = os.fstat(journal)
        environment = {**ENVIRONMENT, **values, "STATE_DIRECTORY": str(self.state), "CREDENTIALS_DIRECTORY": str(credentials),
                       "JOURNAL_STREAM": f"{stream.st_dev}:{stream.st_ino}", "PATH": "/usr/bin:/bin", "KRB5_CONFIG": str(place / "krb5.conf")}
        process = lab.popen(["setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}", "--clear-groups",
                             "--no-new-privs", "--bounding-set=-all", "--", "env", "-u", "KRB5CCNAME", "-u", "HOME",
                             "-u", "XDG_STATE_HOME", place / "kcdaudit", *words[1:]], env=environment, stdin=subprocess.DEVNULL,
                            stdout=journal, stderr=journal)
        os.close(journal)
        with open(read) as lines:
            self.text = lines.read()
        self.status = process.wait()
        self.journal = []
        for line in self.text.splitlines():
            match = re.fullmatch(r"<([0-7])>(.*)", line)
            self.journal.append((int(match[1]), match[2]) if match else (None, line))

    def one_line(self, level, *words):
        """The only line of the journal, of this level, with these words in it."""
        assert len(self.journal) == 1, self.text
        found, text = self.journal[0]
        assert found == level and text.startswith("kcdaudit: "), self.text
        for word in words:
            assert word in text, (word, self.text)
        return text


@pytest.fixture(scope="module")
def demo():
    with Lab(DEMO) as lab:
        yield lab


@pytest.fixture
def place():
    """A directory that nobody may enter, too: the binary and everything else it has to read."""
    with tempfile.TemporaryDirectory(prefix="kcdaudit-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        shutil.copy(KCDAUDIT, directory / "kcdaudit")
        yield directory


@pytest.fixture
def service(demo, place):
    keytab = demo.keytab("audit", place / "audit.keytab")
    shutil.copy(demo.krb5_conf, place)

    def start(**settings):
        return Service(demo, place, **{"keytab": keytab, "KCDAUDIT_PRINCIPAL": "audit@CONTOSO.TEST", **settings})

    return start


def test_a_night_with_findings(service, demo):
    run = service()
    assert run.status == FINDINGS, run.text
    text = run.one_line(3, "contoso.test: 6 hosts, 14 pairs: ", "broken; ", " delegations, ", " at risk; findings: ", " error, ",
                        "; complete; exit 1: ")
    report = json.loads((run.state / "report.json").read_text())
    assert report["run"]["principal"].lower().endswith("\\audit") or "audit@" in report["run"]["principal"]
    for verdict in ("ready", "degraded", "broken"):
        assert f"{report['summary'][verdict]} {verdict}" in text
    for severity in ("error", "warning", "info"):
        count = report["summary"]["findings"][severity]
        assert (f"{count} {severity}" in text) == (count > 0)
    assert "<html" in (run.state / "report.html").read_text().lower()
    assert re.search(r'(?m)^kcdaudit_pairs\{domain="[^"]*",verdict="broken"\} \d+$', (run.state / "kcdaudit.prom").read_text())
    assert (run.state / "history.sqlite").read_bytes().startswith(b"SQLite format 3\0")
    assert {path.owner() for path in run.state.iterdir()} == {"nobody"}
    # No ticket stays behind.
    assert not list(run.state.parent.glob("**/krb5cc*")) and not os.path.exists(f"/tmp/krb5cc_{NOBODY.pw_uid}")


def test_the_second_night_says_what_changed(service, demo):
    service()
    assert "; since run 1: 0 new, 0 fixed, " in service().one_line(3)


def test_a_good_night(service):
    run = service(KCDAUDIT_ARGS="--host HV01 --host HV02")
    assert run.status == OK, run.text
    level, text = run.journal[0]
    assert level in (4, 6) and "2 hosts, 2 pairs: 2 ready" in text and "exit 0" in text, run.text


def test_an_argument_with_a_blank(service):
    run = service(KCDAUDIT_ARGS="--host HV01 --host HV02 -f 'csv:%s/the findings.csv'" % "STATE")
    assert run.status == USAGE
    run.one_line(3, "STATE/the findings.csv")


def test_an_incomplete_night_is_a_warning(service, place):
    """No error, and no success."""
    conf = write(place / "q.conf", "[directory]\ndomain=contoso.test\n")
    queries = place / "queries"
    queries.mkdir()
    text = (ROOT / "queries/hosts-by-name.ldap").read_text()
    (queries / "hosts-by-name.ldap").write_text(text.replace(" msDS-AllowedToDelegateTo", ""))
    run = service(KCDAUDIT_ARGS=f"-c {conf} --queries {queries} --host HV01 --host HV02")
    assert run.status == INCOMPLETE, run.text
    assert "; incomplete: 1 not read; exit 3: " in run.one_line(4)


def test_without_a_keytab(service):
    """Fresh from the package: the unit's default stands in for the file that is not there."""
    run = service(keytab=None)
    assert run.status == NO_AUDIT
    run.one_line(3, "keytab", "/etc/kcdaudit/kcdaudit.keytab", "LoadCredential=")


def test_without_a_principal(service):
    run = service(KCDAUDIT_PRINCIPAL="")
    assert run.status == USAGE
    run.one_line(3, "principal", "KCDAUDIT_PRINCIPAL")


def test_a_keytab_of_somebody_else(service):
    run = service(KCDAUDIT_PRINCIPAL="alice@CONTOSO.TEST")
    assert run.status == NO_AUDIT
    run.one_line(3, "alice@CONTOSO.TEST")


# The journal's line, wherever it goes


def offline(stream, *options):
    """An offline audit with standard error in a pipe, and $JOURNAL_STREAM as `stream` makes it of the pipe."""
    read, write_end = os.pipe()
    status = os.fstat(write_end)
    environment = {**os.environ, **ENVIRONMENT}
    environment.pop("JOURNAL_STREAM", None)
    if (value := stream(status)) is not None:
        environment["JOURNAL_STREAM"] = value
    process = subprocess.Popen([KCDAUDIT, "audit", "--no-history", *options], env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=write_end)
    os.close(write_end)
    with open(read) as lines:
        text = lines.read()
    return process.wait(), text


def named(status):
    return f"{status.st_dev}:{status.st_ino}"


def test_the_summary_is_one_line_with_its_level():
    status, text = offline(named, "--ldif", FIXTURE)
    assert status == FINDINGS
    assert re.fullmatch(r"<3>kcdaudit: contoso\.test: 6 hosts, 14 pairs: [^\n]*"
                        r"; fix first: HV0[0-9]: [^;\n]*: fixes [0-9]+ migrations? \([0-9]+ steps in all\); [^\n]*; exit 1: findings of error or worse\n", text)


def test_what_does_not_fail_is_no_error():
    status, text = offline(named, "--ldif", FIXTURE, "--fail-on", "critical")
    assert status == OK and text.startswith("<4>kcdaudit: ") and text.endswith("; exit 0: nothing of critical or worse\n")


@pytest.mark.parametrize("stream", [lambda s: None, lambda s: "", lambda s: f"{s.st_dev}:{s.st_ino + 1}",
                                    lambda s: f"{s.st_dev + 1}:{s.st_ino}", lambda s: f"{s.st_dev}:{s.st_ino}x",
                                    lambda s: f"{s.st_dev}", lambda s: "journal"])
def test_elsewhere_nothing_is_said(stream):
    """A terminal or a pipe of a unit's child inherits the variable, and its lines are for people."""
    assert offline(stream, "--ldif", FIXTURE) == (FINDINGS, "")


def test_errors_have_their_level_too(tmp_path):
    status, text = offline(named, "--ldif", tmp_path / "none.ldif")
    assert status == NO_AUDIT and re.fullmatch(r"<3>kcdaudit: [^\n]*none\.ldif[^\n]*\n", text)


def test_what_is_hostile_stays_on_its_line(tmp_path):
    """Nothing that is named may start a line, and with it a level, of its own."""
    status, text = offline(named, "--ldif", tmp_path / "bad\n<0>kcdaudit: all is well")
    assert status == NO_AUDIT and len(text.splitlines()) == 1 and text.startswith("<3>kcdaudit: ")
