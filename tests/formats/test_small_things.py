"""What is left of a killed audit, full disks, sizes, and what of a process other processes may see."""

import os
import re
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

import offline
from patience import PATIENCE_S

USAGE, FINDINGS = 2, 1
ESTATE = offline.DEMO / "estate.ldif"
AUDIT = [offline.KCDAUDIT, "audit", "--ldif", ESTATE, "--no-history", "-c", "/dev/null"]


@pytest.mark.parametrize("argv", [["help"], ["help", "audit"], ["audit", "--help"], ["help", "kinit"], ["--version"],
                                  ["rules", "-f", "json"], ["workloads"], ["diagnose", "0x8009030E"],
                                  ["audit", "--ldif", str(ESTATE), "--no-history", "-c", "/dev/null"]], ids=" ".join)
def test_what_a_full_disk_did_not_take_is_no_success(argv):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([offline.KCDAUDIT, *argv], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE_S)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == USAGE and len(lines) == 1 and "standard output" in lines[0], done


@pytest.mark.skipif(os.geteuid() != 0, reason="THIS NEEDS ROOT: a machine without libldap")
def test_without_libldap_it_is_said_and_files_need_none():
    name = re.search(rb"libldap[\w.-]*\.so\.\d+", Path(offline.KCDAUDIT).read_bytes())[0].decode()
    known = subprocess.check_output(["/sbin/ldconfig", "-p"], text=True)
    library = os.path.realpath(re.search(rf"(?m)^\s+{re.escape(name)} .*=> (/\S+)$", known)[1])
    without = ["unshare", "-m", "sh", "-c", 'mount --bind /dev/null "$0"; exec "$@"', library]
    live = [offline.KCDAUDIT, "audit", "-H", "ldaps://127.0.0.1:1", "--mech", "EXTERNAL", "--no-tickets", "--no-history", "-c", "/dev/null"]
    for argv, status in ((live, USAGE), (AUDIT, FINDINGS), ([offline.KCDAUDIT, "rules"], 0)):
        done = subprocess.run([*without, *argv], capture_output=True, text=True, timeout=PATIENCE_S)
        if "unshare failed" in done.stderr:
            pytest.skip("THIS DID NOT RUN: no mount namespace here")
        assert done.returncode == status, done
        assert (argv is not live) == (done.stderr == ""), done
        assert argv is not live or (done.stderr.count("\n") == 1 and name in done.stderr and "install libldap" in done.stderr), done


def test_what_killed_audits_left_is_taken_away(tmp_path):
    """An hour later, and nothing else that looks like it."""
    old = tmp_path / f".kcdaudit-{'0123456789abcdef'}.tmp"
    young = tmp_path / f".kcdaudit-{'f' * 16}.tmp"
    others = [tmp_path / name for name in (".kcdaudit-1.tmp", f".kcdaudit-{'g' * 16}.tmp", f".kcdaudit-{'0' * 16}.tmp2", "x")]
    for path in (old, young, *others):
        path.write_text("left")
    for path in (old, *others):
        os.utime(path, (time.time() - 7200,) * 2)
    link = tmp_path / f".kcdaudit-{'1' * 16}.tmp"
    link.symlink_to(others[-1])
    assert subprocess.run([*AUDIT, "-q", "-f", f"json:{tmp_path}/a", "-f", f"csv:{tmp_path}/b"], timeout=PATIENCE_S).returncode == 1
    assert not old.exists() and young.exists() and link.is_symlink() and all(path.exists() for path in others)


def test_thousands_of_groups_are_refused(tmp_path):
    conf = tmp_path / "many.conf"
    conf.write_text("".join(f"[group g{i}]\nhosts=HV{i}\n" for i in range(30000)))
    done = offline.run("audit", "--ldif", ESTATE, "--no-history", "-c", conf)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == USAGE and len(lines) == 1, done
    assert "many.conf:8193: " in lines[0] and "more than 4,096 groups" in lines[0], lines
    assert done.stdout == b""


@pytest.mark.skipif(b"__asan_init" in offline.KCDAUDIT.read_bytes(), reason="A sanitizer takes terabytes of addresses")
def test_memory_that_is_refused_is_told():
    """Whatever there is of it: a report, or one line and the status of what could not be audited; never a signal."""
    told = 0
    for mebibytes in range(40, 200, 8):
        def limited(most=mebibytes << 20):
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
        done = subprocess.run([*AUDIT, "-f", "html", "-o", "/dev/null"], capture_output=True, text=True, preexec_fn=limited,
                              timeout=PATIENCE_S)
        if done.returncode == 127 or "shared libraries" in done.stderr:
            continue  # the loader's, before the program begins
        lines = done.stderr.splitlines()
        assert done.returncode == FINDINGS or (done.returncode == 4 and len(lines) == 1), (mebibytes, done)
        told += "memory was refused" in done.stderr
    assert told > 0 or done.returncode == FINDINGS


def test_lines_for_cmd_are_no_longer_than_it_takes(tmp_path):
    """A duplicate that is to be removed from who holds it wrongly; with his name the line is too long, the script in LDIF
    has it all the same."""
    name = "OLD" + "x" * 7990  # MOST_COMMAND_CHARACTERS is 8,000

    def build(estate):
        estate.pair()
        for host, holder in (("HV01", name), ("HV02", "OLD2")):
            spn = f"{offline.golden.MIGRATION}/{host.lower()}.contoso.test"
            estate[host]["servicePrincipalName"].remove(spn)
            estate.user(holder, servicePrincipalName=[spn])

    estate = offline.write_estate(tmp_path, build)
    fixes = tmp_path / "fixes"
    offline.run("audit", "--ldif", estate / "estate.ldif", "--no-history", "-c", "/dev/null", "-q", "--fixes", fixes,
                expect=FINDINGS)
    assert "OLD2" in (fixes / "fix-spn.cmd").read_text() and name not in (fixes / "fix-spn.cmd").read_text()
    assert name in (fixes / "fix.ldif").read_text().replace("\n ", "")
    for script in fixes.glob("*.cmd"):
        text = script.read_bytes().decode()
        assert max(map(len, text.split("\r\n"))) < 8191, script
        assert all(line.startswith(("rem ", "setspn ", "@", "set", "chcp", "if ", "exit ", "\ufeff")) for line in text.split("\r\n") if line)


@pytest.mark.skipif("asan" in os.environ.get("KCDAUDIT", "") or "-san" in str(offline.KCDAUDIT),
                    reason="LeakSanitizer looks into the process, which is left open to it")
def test_nobody_looks_into_the_process():
    """No core dump holds tickets, no debugger of the same user sees them, and nothing gains rights."""
    process = subprocess.Popen([offline.KCDAUDIT, "audit", "--ldif", "-", "--no-history", "-c", "/dev/null"], stdin=subprocess.PIPE,
                               preexec_fn=(lambda: (os.setgid(7777), os.setuid(7777))) if os.geteuid() == 0 else None,
                               cwd="/", stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                pytest.skip(f"THIS DID NOT RUN: {process.stderr.read()}")
            status = open(f"/proc/{process.pid}/status").read()
            if "NoNewPrivs:\t1" in status and os.stat(f"/proc/{process.pid}/mem").st_uid == 0:
                break
            time.sleep(0.05)
        assert "NoNewPrivs:\t1" in status
        assert os.stat(f"/proc/{process.pid}/mem").st_uid == 0
        reader = subprocess.run(["setpriv", "--reuid=7777", "--regid=7777", "--clear-groups", "cat", f"/proc/{process.pid}/environ"],
                                capture_output=True)
        assert reader.returncode != 0
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize("argv, words", [
    (["--host", ""], "--host: its value is empty"), (["--host", "HV01", "--host", " "], "--host: its value is empty"),
    (["--host", ","], "--host , names no host"), (["--operator", ""], "--operator: its value is empty"),
    (["-f", ""], "--format: its value is empty"), (["-o", ""], "--output: its value is empty"), (["-c", ""], "--config: its value is empty"),
    (["--fixes", ""], "--fixes: its value is empty"), (["--ldif", ""], "--ldif: its value is empty"),
])
def test_a_value_that_a_script_did_not_set_is_told(argv, words):
    """What it was to name would be left out in silence: of two hosts one is a group without pairs."""
    done = offline.run("audit", "--ldif", ESTATE, "--no-history", *argv)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == USAGE and len(lines) == 1 and words in lines[0] and done.stdout == b"", done


@pytest.mark.parametrize("names, words", [
    ([], "holds no query"), (["host.ldif"], "holds no query"), (["host.ldap"], "no query is called host.ldap"),
    (["hosts.ldap", "opperators.ldap"], "no query is called opperators.ldap"),
])
def test_a_directory_without_queries_is_told(tmp_path, names, words):
    """The built-in ones would be asked instead, as if nothing had been given."""
    for name in names:
        (tmp_path / name).write_bytes((offline.FIXTURES.parent / "queries/hosts.ldap").read_bytes())
    done = offline.run("audit", "--ldif", ESTATE, "--no-history", "-c", "/dev/null", "--queries", tmp_path)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == USAGE and len(lines) == 1 and words in lines[0] and done.stdout == b"", done
    done = offline.run("audit", "--ldif", ESTATE, "--no-history", "-c", "/dev/null", "--queries", offline.FIXTURES.parent / "queries")
    assert done.returncode == FINDINGS, done
