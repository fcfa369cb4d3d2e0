"""Standard descriptors that the caller has closed."""

import os
import subprocess

import pytest

import harness
from harness import NO_AUDIT, USAGE

CLOSE = {"0": "<&-", "1": ">&-", "2": "2>&-", "all": "<&- >&- 2>&-"}


@pytest.mark.parametrize("which", CLOSE)
def test_no_descriptor_of_ours_becomes_a_standard_one(rogue, run, tmp_path, which):
    """An error message, or the report, would go to the server."""
    trace = tmp_path / "trace"
    with rogue() as server:
        subprocess.run(["strace", "-f", "-o", trace, "-e", "trace=socket,connect", "sh", "-c",
                        f'exec "$0" "$@" {CLOSE[which]}', harness.KCDAUDIT, "audit", "--no-history", "-H", server.uri,
                        "--starttls" if server.plain else "--no-tickets"], capture_output=True, stdin=subprocess.DEVNULL,
                       env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, timeout=harness.PATIENCE_S)
    calls = trace.read_text()
    assert "socket(" in calls or "connect(" in calls or "exited" in calls
    assert not [line for line in calls.splitlines() if "socket(" in line and line.endswith((" = 0", " = 1", " = 2"))]


@pytest.mark.parametrize("arguments", [["help"], ["--version"], ["rules"], ["audit", "--help"]])
def test_a_closed_standard_output_is_said(arguments):
    done = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', harness.KCDAUDIT, *arguments], capture_output=True, text=True)
    assert done.returncode == USAGE and "standard output" in done.stderr, done
    assert len(done.stderr.splitlines()) == 1


def test_a_file_needs_no_standard_output(tmp_path):
    done = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&- <&-', harness.KCDAUDIT, "audit", "--no-history", "--ldif",
                           harness.ROOT / "fixtures/del-01-fires/estate.ldif", "-f", "json", "-o", tmp_path / "report.json"],
                          capture_output=True, text=True)
    assert done.returncode not in (USAGE, NO_AUDIT) and (tmp_path / "report.json").stat().st_size > 1000, done
