"""What a run opens and does once it is shut in: what src/cli/confine.c lists, and nothing that the kernel had to refuse."""

import re
import subprocess

import pytest

from harness import FINDINGS, KCDAUDIT, OK, audit, kcdaudit

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
WATCHED = "open,openat,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,truncate,symlink,link,chmod,execve,execveat," \
          "ptrace,mount,listen,accept4,io_uring_setup,bpf,landlock_restrict_self"


def name_in(folder, path):
    return f"{folder}/{path}" if folder and not path.startswith("/") else path


def traced(lab, log, *argv, run=kcdaudit, **keywords):
    """The calls after the sandbox was entered: (name, path, result, errno)."""
    done = run(lab, *argv, prefix=("strace", "-f", "-qq", "-y", "-s", "4096", "-o", log, "-e", f"trace={WATCHED}"), **keywords)
    lines = log.read_text(errors="replace").splitlines()
    entered = [number for number, line in enumerate(lines) if ENTERED.search(line)]
    assert len(entered) == 1, (done, lines[-20:])
    after = lines[entered[0] + 1:]
    assert not [line for line in after if re.match(r"\d+ +(execve|execveat|ptrace|mount|listen|accept4|io_uring_setup|bpf)\(", line)]
    found = [match.groups() for line in after if (match := NAMED.match(line))]
    # O_PATH names a place, and opens nothing.
    return done, [(name, name_in(folder, path), result, error) for name, folder, path, flags, result, error in found
                  if "O_PATH" not in flags]


def assert_listed(calls, reads, writes):
    assert calls
    for name, path, result, error in calls:
        assert error not in ("EPERM", "EACCES"), (name, path, error)
        if name in OPENS and result != "-1" and not path.startswith((*LISTED, *reads, *writes)):
            raise AssertionError(f"{path} was opened, which nothing lists")
        if name in CHANGES and result == "0":
            assert path.startswith(writes), (name, path)


@pytest.mark.parametrize("mode", ["tickets and history", "a keytab, proofs and ports"])
def test_an_audit_needs_nothing_that_is_not_listed(demo, tmp_path, mode):
    out, keytab = tmp_path / "out", tmp_path / "in.keytab"
    out.mkdir()
    options = ["-f", f"html:{out}/r.html", "-f", f"prometheus:{out}/r.prom", "--fixes", f"{out}/new/fixes",
               "--history", f"{out}/history.sqlite"]
    if mode != "tickets and history":
        demo.keytab(path=keytab)
        options += ["--keytab", keytab, "--principal", f"audit@{demo.realm}", "--prove-as", "alice", "--prove-keytab", keytab,
                    "--ports", "--all-dcs", "--timeout", "3"]
    done, calls = traced(demo, tmp_path / "log", *options, run=audit)
    assert done.status == FINDINGS, done
    assert (out / "r.html").exists() and (out / "history.sqlite").exists() and (out / "new/fixes/fix-delegation.ps1").exists()
    assert_listed(calls, reads=(str(demo.dir), str(keytab)), writes=(str(out), f"{demo.dir}/cc/"))


def test_the_version_says_what_is_held():
    lines = HELD.splitlines()
    assert re.fullmatch(r"kcdaudit \d+\.\d+\.\d+", lines[0])
    assert re.fullmatch(r"files: held to what a run needs \(Landlock, version \d+\)", lines[1])
    assert lines[2:] == ["system calls: held to what a run needs (seccomp)"]


def test_every_command_runs_in_it(demo, tmp_path):
    snapshot, history = tmp_path / "s.ldif", tmp_path / "h.sqlite"
    for argv, expected in ((("snapshot", "-D", demo.domain, "-o", snapshot), {OK}),
                           (("audit", "--ldif", snapshot, "--history", history, "-q"), {FINDINGS}),
                           (("history", "--history", history), {OK}),
                           (("diagnose", "0x8009030E", "--ldif", snapshot, "--from", "HV01", "--to", "HV03"), {OK, FINDINGS}),
                           (("ticket", "-D", demo.domain, "host/hv01.contoso.test"), {OK}),
                           (("spn", "duplicates", "-D", demo.domain, "--forest"), {OK, FINDINGS})):
        done, calls = traced(demo, tmp_path / "log", *argv)
        assert done.status in expected, (argv, done)
        assert_listed(calls, reads=(str(demo.dir),), writes=(str(tmp_path), f"{demo.dir}/cc/"))
