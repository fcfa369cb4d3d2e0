"""The Debian package: clean to lintian, and installed, run, booted, removed and purged in a clean Debian."""

import json
import os
import platform
import re
import shutil
import subprocess

from conftest import BINARY, ROOT, run

FIXTURE = ROOT / "fixtures/demo/estate.ldif"


def test_lintian_has_nothing_to_say(deb):
    changes = next(deb.glob("*.changes"))
    done = subprocess.run(["lintian", "--display-experimental", "--display-info", "--pedantic", "--allow-root",
                           "--fail-on=error,warning,info,pedantic,experimental", changes],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0 and done.stdout.strip() == "", done.stdout


def test_every_compiler_call_is_hardened(deb):
    """What `blhc` looks for, without it: each compilation has the flags, and so has the link."""
    log = next(deb.glob("*.buildlog")).read_text().splitlines()
    compiled = [line for line in log if re.search(r" -c -o build/\S+\.o ", line)]
    linked = [line for line in log if re.search(r"gcc -o build/kcdaudit ", line)]
    assert len(compiled) > 50 and len(linked) == 1
    for line in compiled:
        for flag in ("-O2", "-D_FORTIFY_SOURCE=3", "-fstack-protector-strong", "-fstack-clash-protection", "-fPIE",
                     "-Werror=format-security", "-ffile-prefix-map=", *(("-fcf-protection",) if platform.machine() == "x86_64" else ())):
            assert flag in line, (flag, line)
    for flag in ("-pie", "-Wl,-z,relro", "-Wl,-z,now"):
        assert flag in linked[0], flag


def test_the_program_is_hardened(deb, tmp_path):
    """What `hardening-check` and `checksec` look for, in what is packaged and in what `make` gives."""
    run("dpkg-deb", "-x", next(deb.glob("kcdaudit_*_*.deb")), tmp_path)
    for program in (tmp_path / "usr/bin/kcdaudit", BINARY):
        said = run("readelf", "-hldW", "--dyn-syms", program)
        assert re.search(r"Type: +DYN", said) and re.search(r"FLAGS_1.* PIE", said), "position-independent"
        assert "GNU_RELRO" in said and re.search(r"FLAGS\).*BIND_NOW", said), "nothing of the linker's stays writable"
        assert re.search(r"GNU_STACK.* RW +0x", said), "the stack is not executable"
        assert not re.search(r" RWE ", said), "nothing is both written and executed"
        assert not re.search(r"TEXTREL|RPATH|RUNPATH", said)
        assert "__stack_chk_fail@" in said, "the stack is protected"
        assert re.search(r"__\w+_chk@", said) and not re.search(r" (strcpy|strcat|sprintf|vsprintf|gets|scanf)@", said), "fortified"


# In a clean root


def test_it_installs_with_its_dependencies(clean_root):
    assert re.match(r"kcdaudit \d+\.\d+\.\d+\n", clean_root.run("kcdaudit", "--version").stdout)
    # Without it no bind is possible: it is no recommendation.
    assert clean_root.run("dpkg-query", "-W", "-f", "${db:Status-Status}", "libsasl2-modules-gssapi-mit").stdout == "installed"


def test_it_audits_offline(clean_root):
    shutil.copy(FIXTURE, clean_root.path / "root/estate.ldif")
    done = clean_root.run("kcdaudit", "audit", "--ldif", "/root/estate.ldif", "--no-history", "-f", "json", check=False)
    assert done.returncode == 1, done.stdout
    assert json.loads(done.stdout)["summary"]["hosts"] == 6


def test_the_package_s_own_test_passes(clean_root):
    """debian/tests, as autopkgtest runs it: in the source tree, with the package installed."""
    tests = ROOT / "data/packaging/debian/tests"
    source = clean_root.path / "root/source"
    (source / "fixtures/demo").mkdir(parents=True)
    shutil.copy(FIXTURE, source / "fixtures/demo")
    shutil.copy(tests / "offline-audit", source)
    assert "Tests: offline-audit\n" in (tests / "control").read_text()
    clean_root.run("sh", "-ec", "cd /root/source; AUTOPKGTEST_TMP=/root ./offline-audit")


def test_the_manual_is_there(clean_root):
    for page in ("kcdaudit", "kcdaudit-audit", "kcdaudit.conf"):
        assert page in clean_root.run("man", page).stdout


def test_nothing_starts_by_itself(clean_root):
    assert clean_root.run("systemctl", "is-enabled", "kcdaudit.timer", check=False).stdout.strip() == "disabled"


# Removal, at last


def test_what_is_removed_keeps_its_configuration(clean_root):
    (clean_root.path / "etc/kcdaudit/kcdaudit.keytab").write_bytes(b"secret")
    changed = clean_root.path / "etc/default/kcdaudit"
    changed.write_text("KCDAUDIT_PRINCIPAL=changed\n")
    clean_root.run("apt-get", "-q", "-y", "remove", "kcdaudit")
    assert not (clean_root.path / "usr/bin/kcdaudit").exists()
    assert changed.read_text() == "KCDAUDIT_PRINCIPAL=changed\n"


def test_what_is_purged_leaves_nothing_but_the_keytab(clean_root):
    for directory in ("var/lib/private/kcdaudit", "var/lib/systemd/timers"):
        (clean_root.path / directory).mkdir(parents=True, exist_ok=True)
    (clean_root.path / "var/lib/private/kcdaudit/report.html").write_text("")
    (clean_root.path / "var/lib/systemd/timers/stamp-kcdaudit.timer").write_text("")
    if not os.path.lexists(clean_root.path / "var/lib/kcdaudit"):
        (clean_root.path / "var/lib/kcdaudit").symlink_to("private/kcdaudit")
    clean_root.run("apt-get", "-q", "-y", "purge", "kcdaudit")
    assert clean_root.paths_of("kcdaudit") == ["/etc/kcdaudit", "/etc/kcdaudit/kcdaudit.keytab"]
