"""What a run opens and does once it is shut in: what src/cli/confine.c lists, and nothing that the kernel had to refuse."""

import re
import subprocess

import pytest

from every_command import commands, every_command
from harness import KCDAUDIT, ROOT, json_audit, kcdaudit

HELD = subprocess.run([KCDAUDIT, "--version", "-v"], capture_output=True, text=True, check=True).stdout
pytestmark = pytest.mark.skipif("not held" in HELD, reason=f"THE SANDBOX WAS NOT TRIED: {HELD}")

ENTERED = re.compile(r"landlock_restrict_self\(.*= 0$")
# Calls that name a file, by their first quoted word, in a folder that is open or not.
NAMED = re.compile(r'^\d+ +(\w+)\((?:(?:AT_FDCWD|\d+)(?:<([^>]*)>)?, )?"([^"]*)"(.*)= (-?\d+)(?:<[^>]*>)?(?: (\w+))?')
OPENS = {"open", "openat", "creat"}
CHANGES = {"rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "truncate", "symlink", "link", "chmod"}
# What libraries read, beside the lab's krb5.conf and tickets.
LISTED = ("/usr/", "/lib/", "/lib64/", "/proc/self/", "/proc/sys/", "/sys/devices/system/", "/dev/null", "/dev/urandom", "/etc/ssl/",
          "/etc/krb5.conf", "/etc/gss/", "/etc/gnutls/", "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf",
          "/etc/nsswitch.conf", "/etc/ld.so.cache", "/etc/passwd", "/etc/localtime", "/etc/services", "/etc/protocols",
          "/etc/kcdaudit", "/etc/krb5/", "/etc/machine-id", "/etc/sasl2")
# What seccomp refuses.
DENIED = re.findall(r"SYS_(\w+),", re.search(r"(?s)denied\[\] = \{(.*?)\n\};", (ROOT / "src/base/sandbox.c").read_text())[1])
# A call that this machine has not is passed over.
WATCHED = ",".join(f"?{call}" for call in ("landlock_restrict_self", "socket", *sorted(OPENS | CHANGES), *DENIED))


def name_in(folder, path):
    return f"{folder}/{path}" if folder and not path.startswith("/") else path


def traced(lab, log, *argv):
    """The calls after the sandbox was entered: (name, path, result, errno)."""
    done = kcdaudit(lab, *argv, prefix=("strace", "-f", "-qq", "-y", "-s", "4096", "-o", log, "-e", f"trace={WATCHED}"))
    program, *lines = log.read_text(errors="replace").splitlines()
    assert "execve(" in program
    entered = [number for number, line in enumerate(lines) if ENTERED.search(line)]
    assert len(entered) == 1, (argv, done, lines[-20:])
    assert not [line for line in lines if re.match(rf"\d+ +({'|'.join(DENIED)})\(", line) or "= -1 EPERM" in line], argv
    after = lines[entered[0] + 1:]
    found = [match.groups() for line in after if (match := NAMED.match(line))]
    # O_PATH names a place, and opens nothing.
    return done, [(name, name_in(folder, path), result, error) for name, folder, path, flags, result, error in found
                  if "O_PATH" not in flags]


def assert_listed(calls, reads, writes):
    for name, path, result, error in calls:
        assert error not in ("EPERM", "EACCES"), (name, path, error)
        if name in OPENS and result != "-1" and not path.startswith((*LISTED, *reads, *writes)):
            raise AssertionError(f"{path} was opened, which nothing lists")
        if name in CHANGES and result == "0":
            assert path.startswith(writes), (name, path)


def test_the_version_says_what_is_held():
    lines = HELD.splitlines()
    assert re.fullmatch(r"kcdaudit \d+\.\d+\.\d+", lines[0])
    assert re.fullmatch(r"files: held to what a run needs \(Landlock, version \d+\)", lines[1])
    assert lines[2:] == ["system calls: held to what a run needs (seccomp)"]


def test_every_command_runs_in_it(demo, tmp_path):
    ways = every_command(demo, tmp_path)
    assert {argv[0] for argv, _ in ways} == commands(demo)
    for argv, statuses in ways:
        done, calls = traced(demo, tmp_path / "log", *argv)
        assert done.status in statuses, (argv, done)
        assert_listed(calls, reads=(str(demo.dir),), writes=(str(tmp_path), f"{demo.dir}/cc/"))
    assert all((tmp_path / name).exists() for name in ("r.html", "r.prom", "h.sqlite", "new/fixes/fix-delegation.ps1", "s.ldif"))


@pytest.mark.parametrize("calls, held", [("landlock_create_ruleset", {"system calls"}), ("landlock_create_ruleset,prctl", set())])
def test_a_kernel_that_lacks_it_runs_the_same_audit(demo, tmp_path, calls, held):
    """Landlock is newer than some kernels, seccomp is left out of others."""
    lacking = ("strace", "-f", "-qq", "-o", tmp_path / "log", "-e", f"trace={calls}", "-e", f"inject={calls}:error=ENOSYS")
    lines = kcdaudit(demo, "--version", "-v", prefix=lacking).out.splitlines()[1:]
    assert {line.partition(":")[0] for line in lines if ": held" in line} == held
    assert {line.partition(":")[0] for line in lines if ": not held" in line} == {"files", "system calls"} - held
    with_it, without = json_audit(demo, "--no-tickets"), json_audit(demo, "--no-tickets", prefix=lacking)
    assert "INJECTED" in (tmp_path / "log").read_text()
    assert (without.status, without.pairs, without.gaps) == (with_it.status, with_it.pairs, with_it.gaps)
    assert without.report["findings"] == with_it.report["findings"]
