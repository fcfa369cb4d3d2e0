"""Standard descriptors that the caller has closed."""

import re
import ssl
import subprocess

import pytest

import harness
from harness import NO_AUDIT, USAGE
from rogue import EXTENDED_RESULT, Rogue, result

CLOSE = {"0": "<&-", "1": ">&-", "2": "2>&-", "all": "<&- >&- 2>&-"}


class Heard(Rogue):
    """Keeps what comes in place of a record of TLS."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.cut = []

    def start_tls(self, connection, number):
        connection.sendall(result(number, EXTENDED_RESULT))
        self.talk(self.secure(connection))

    def talk(self, connection):
        try:
            super().talk(connection)
        except ssl.SSLError as error:
            self.cut.append(error)


def made(trace):
    """The descriptors that the sockets of a trace have got."""
    return [int(number) for number in re.findall(r"socket(?:\(| resumed>).* = (\d+)$", trace, re.M)]


@pytest.mark.parametrize("starttls", [False, True], ids=["ldaps", "starttls"])
@pytest.mark.parametrize("which", CLOSE)
def test_no_descriptor_of_ours_becomes_a_standard_one(authority, server, run, tmp_path, which, starttls):
    """An error message, or the report, would go to the server."""
    trace = tmp_path / "trace"
    with Heard(authority, server, plain=starttls) as dc:
        done = run("-H", dc.uri, "-v", "-f", f"json:{tmp_path}/json", "-f", f"text:{tmp_path}/text", *(["--starttls"] if starttls else []),
                   binary=["strace", "-f", "-o", trace, "-e", "trace=socket", "sh", "-c", f'exec "$0" "$@" {CLOSE[which]}', harness.KCDAUDIT])
    assert dc.binds == 1 and dc.asked > 0 and done.status not in (USAGE, NO_AUDIT), done
    assert (tmp_path / "json").stat().st_size > 1000 and (tmp_path / "text").stat().st_size > 100
    assert made(trace.read_text()) and min(made(trace.read_text())) > 2
    assert dc.cut == [], "what came between the records of TLS"


@pytest.mark.parametrize("arguments", [["help"], ["--version"], ["rules"], ["audit", "--help"]])
def test_a_closed_standard_output_is_said(arguments):
    done = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', harness.KCDAUDIT, *arguments], capture_output=True, text=True)
    assert done.returncode == USAGE and "standard output" in done.stderr, done
    assert len(done.stderr.splitlines()) == 1


OFFLINE = ["--ldif", harness.ROOT / "fixtures/demo/estate.ldif", "-c", "/dev/null"]
REPORTS = [["audit", "--no-history", *OFFLINE], ["audit", "--no-history", "-f", "json", *OFFLINE], ["check", "HV03", "HV01", *OFFLINE],
           ["diagnose", "0x8009030E"], ["diagnose", "0x8009030E", "HV03", "HV01", *OFFLINE], ["delegations", *OFFLINE], ["spn", "list", "HV01", *OFFLINE],
           ["workloads"]]


@pytest.mark.parametrize("arguments", REPORTS, ids=lambda arguments: " ".join(map(str, arguments[:3])))
def test_a_report_to_a_closed_standard_output_is_said(arguments):
    done = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', harness.KCDAUDIT, *arguments], capture_output=True, text=True)
    assert done.returncode == USAGE and len(done.stderr.splitlines()) == 1 and "standard output" in done.stderr, done


@pytest.mark.parametrize("command", ["history", "diff", "fleet"])
def test_what_a_history_has_to_a_closed_standard_output_is_said(tmp_path, command):
    history = ["--history", tmp_path / "history.sqlite"]
    for _ in range(2):
        subprocess.run([harness.KCDAUDIT, "audit", "-q", *OFFLINE, *history], capture_output=True)
    arguments = [harness.KCDAUDIT, command, "-f", "json", *history]
    assert subprocess.run(arguments, capture_output=True).stdout[:1] == b"{", "the control"
    done = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', *arguments], capture_output=True, text=True)
    assert done.returncode == USAGE and len(done.stderr.splitlines()) == 1 and "standard output" in done.stderr, done


@pytest.mark.parametrize("arguments, status", [
    (["audit", "--no-such"], USAGE), (["audit", "--no-history", "--ldif", "/nowhere", "-c", "/dev/null"], NO_AUDIT),
    (["check", "HV03", "NOBODY", *OFFLINE], USAGE), (["history", "--history", "/nowhere/history"], NO_AUDIT)], ids=["option", "input", "host", "history"])
def test_an_error_without_a_standard_error_is_a_status(tmp_path, arguments, status):
    """Nor does it go to a file that was opened meanwhile, or to the report."""
    arguments = [*arguments, *(["-o", tmp_path / "report"] if arguments[0] == "audit" else [])]
    done = subprocess.run(["sh", "-c", 'exec "$0" "$@" 2>&-', harness.KCDAUDIT, *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")
    assert not (tmp_path / "report").exists()


def test_a_file_needs_no_standard_output(tmp_path):
    done = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&- <&-', harness.KCDAUDIT, "audit", "--no-history", "--ldif",
                           harness.ROOT / "fixtures/del-01-fires/estate.ldif", "-f", "json", "-o", tmp_path / "report.json"],
                          capture_output=True, text=True)
    assert done.returncode not in (USAGE, NO_AUDIT) and (tmp_path / "report.json").stat().st_size > 1000, done
