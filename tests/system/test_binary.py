"""What the binary is made of: nothing in it can write to a directory, and it is hardened."""

import re
import subprocess

import pytest

from harness import KCDAUDIT, ROOT

# libldap's functions that change a directory, the extended operations included.
WRITES = re.compile(r"^ldap_(modify|add|delete|rename|modrdn2?|passwd|txn_\w+|extended_operation)(_ext)?(_s)?(@.*)?$")
READS = re.compile(r"^ldap_search_ext")


def output_of(*argv):
    return subprocess.run([str(a) for a in argv], check=True, capture_output=True, text=True).stdout


def symbols(*options):
    """The names, without their versions, that nm lists."""
    return {line.split()[-1].split("@")[0] for line in output_of("nm", *options, KCDAUDIT).splitlines() if line.split()}


def looked_up():
    """What it asks libldap for by name, when it loads it (src/collect/libldap.h)."""
    return {name.decode() for name in re.findall(rb"(?<=\0)ldap_[a-z0-9_]+(?=\0)", KCDAUDIT.read_bytes())}


def test_no_function_that_writes_to_a_directory():
    names = looked_up()
    assert any(READS.match(name) for name in names) and "ldap_start_tls_s" in names, "the check itself looks at the right place"
    # StartTLS is an extended operation, but has a function of its own.
    assert {name for name in names if WRITES.match(name)} == set()
    for options in (["-D", "--undefined-only"], []):
        assert {name for name in symbols(*options) if name.startswith("ldap_")} <= {"ldap_fault"}, "nothing else calls libldap"


def test_no_write_function_is_put_together_either():
    text = KCDAUDIT.read_bytes()
    for name in (b"ldap_modify", b"ldap_add_ext", b"ldap_delete", b"ldap_rename", b"ldap_modrdn"):
        assert name not in text


def test_no_child_process_could_do_it_instead():
    names = symbols("-D", "--undefined-only")
    assert not names & {"system", "popen", "execve", "execvp", "execl", "posix_spawn", "posix_spawnp", "g_spawn_sync",
                        "g_spawn_async", "g_spawn_command_line_sync"}


def test_the_libraries_are_those_the_readme_names():
    needed = set(re.findall(r"\(NEEDED\).*\[lib([\w.+-]+?)(?:-2\.\d)?\.so", output_of("readelf", "-d", KCDAUDIT)))
    assert {"krb5", "jansson"} <= needed
    # Whoever audits a file, diagnoses or reads help waits for neither.
    assert not needed & {"ldap", "sasl2", "gnutls", "pq", "gobject", "gio", "ndr", "samba-util"}


def test_position_independent_and_relocations_read_only():
    assert "DYN (Position-Independent Executable file)" in output_of("readelf", "-h", KCDAUDIT)
    dynamic = output_of("readelf", "-d", KCDAUDIT)
    assert "GNU_RELRO" in output_of("readelf", "-lW", KCDAUDIT) and "BIND_NOW" in dynamic and "PIE" in dynamic
    assert "RUNPATH" not in dynamic and "RPATH" not in dynamic


def test_the_stack_is_guarded_and_not_executable():
    stack = next(line for line in output_of("readelf", "-lW", KCDAUDIT).splitlines() if "GNU_STACK" in line)
    assert " RWE " not in stack
    assert "__stack_chk_fail" in symbols("-D", "--undefined-only")


def test_the_queries_travel_in_the_binary():
    text = KCDAUDIT.read_bytes()
    for query in (ROOT / "queries").glob("*.ldap"):
        assert query.read_bytes().strip()[-40:] in text, query.name


def test_version_and_help_need_nothing():
    assert re.match(r"kcdaudit \d+\.\d+", output_of(KCDAUDIT, "--version"))
    listed = output_of(KCDAUDIT, "help")
    assert "audit" in listed
    options = output_of(KCDAUDIT, "help", "audit")
    for option in ("--domain", "--uri", "--ldif", "--config", "--host", "--mech", "--starttls", "--ca-file", "--keytab",
                   "--principal", "--timeout", "--queries", "--format", "--output", "--fixes", "--no-tickets",
                   "--all-pairs", "--fail-on", "--color", "--quiet", "--verbose"):
        assert option in options


def test_hosts_without_their_option_are_told_of_it():
    done = subprocess.run([KCDAUDIT, "audit", "HV01", "HV02"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "kcdaudit: audit takes no arguments (hosts: --host NAME); see: kcdaudit help audit\n"
