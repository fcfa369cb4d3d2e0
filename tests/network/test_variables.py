"""Every variable that a library reads: forgotten, set, kept on purpose, or harmless. docs/reliability.md lists the same."""

import os
import pwd
import re
import subprocess

import pytest

import harness
from harness import HAS_SANITIZERS, NO_AUDIT, refused
from kerberos import cache, keytab

PAGE = (harness.ROOT / "docs/reliability.md").read_text()
NOBODY = pwd.getpwnam("nobody").pw_uid
ESTATE = harness.ROOT / "fixtures/demo/estate.ldif"

FORGOTTEN = """
    LDAPCONF LDAPRC LDAPBASE LDAPURI LDAPTLS_REQCERT LDAPTLS_REQSAN LDAPTLS_CACERT LDAPTLS_CACERTDIR LDAPTLS_CIPHER_SUITE
    LDAPSASL_MECH LDAPSASL_SECPROPS LDAPSASL_CBINDING SASL_PATH SASL_CONF_PATH GSS_USE_PROXY GSSPROXY_SOCKET GSSNTLMSSP_DEBUG NTLM_USER_FILE
    KRB5_KTNAME KRB5_CLIENT_KTNAME KRB5RCACHEDIR KRB5RCACHENAME KRB5RCACHETYPE KRB5_KDC_PROFILE
    OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES SSL_CERT_FILE SSL_CERT_DIR SSLKEYLOGFILE GNUTLS_SYSTEM_PRIORITY_FILE GNUTLS_DEBUG_LEVEL
    P11_KIT_DEBUG RES_OPTIONS RESOLV_HOST_CONF RESOLV_MULTI RESOLV_REORDER LOCALDOMAIN HOSTALIASES
    PGPASSWORD PGOPTIONS PGSSLMODE PGREQUIRESSL PGSYSCONFDIR PGLOCALEDIR PGCHANNELBINDING PGGSSENCMODE PGKRBSRVNAME PGGSSLIB PGSSLCRL PGSSLCRLDIR
    PGSSLMINPROTOCOLVERSION PGSSLMAXPROTOCOLVERSION PGHOSTADDR PGTARGETSESSIONATTRS PGAPPNAME PGCONNECT_TIMEOUT PGCLIENTENCODING PGDATESTYLE PGTZ
    GCONV_PATH LOCPATH NLSPATH TMPDIR G_MESSAGES_DEBUG""".split()

KEPT = {
    "LDAPTLS_CERT": "/x", "LDAPTLS_KEY": "/x", "KRB5CCNAME": "FILE:/x", "KRB5_TRACE": "/dev/stderr",
    **{name: "/x" for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGSSLROOTCERT",
                               "PGSSLCERT", "PGSSLKEY", "PGREQUIREPEER")},
    "HOME": "/x", "XDG_CONFIG_HOME": "/x", "XDG_STATE_HOME": "/x", "STATE_DIRECTORY": "/x", "CREDENTIALS_DIRECTORY": "/x", "SQLITE_TMPDIR": "/x",
    "COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
}

# What they decide is nothing that is judged, written or trusted.
HARMLESS = {
    "TZ": ":{fifo}", "TZDIR": "{trap}", "LANGUAGE": "de", "PATH": "{trap}", "PAGER": "{trap}/pager", "EDITOR": "{trap}/pager",
    "XDG_CONFIG_DIRS": "{trap}", "XDG_DATA_DIRS": "{trap}", "XDG_CACHE_HOME": "{trap}", "XDG_RUNTIME_DIR": "{trap}", "XDG_DATA_HOME": "{trap}",
    "G_DEBUG": "fatal-warnings,fatal-criticals", "G_SLICE": "always-malloc", "G_FILENAME_ENCODING": "UTF-16", "G_ENABLE_DIAGNOSTIC": "1",
    "GIO_MODULE_DIR": "{trap}", "GIO_EXTRA_MODULES": "{trap}", "GIO_USE_VFS": "x", "DBUS_SESSION_BUS_ADDRESS": "unix:path={fifo}",
    "MALLOC_PERTURB_": "165", "MALLOC_CHECK_": "3", "MALLOC_TRACE": "{trap}/trace", "MALLOC_ARENA_MAX": "1", "GLIBC_TUNABLES": "glibc.malloc.perturb=165",
    "http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "socks5://127.0.0.1:1",
}

ENVIRON = """
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
extern char **environ;
static int to = -1;
__attribute__((constructor)) static void begin(void) { to = open(getenv("ENVIRON_TO"), O_CREAT | O_TRUNC | O_WRONLY, 0600); }
__attribute__((destructor)) static void end(void) { for (char **each = environ; *each; each++) dprintf(to, "%s%c", *each, 0); }
"""


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """Runs the program with variables, and tells those that it has at its end."""
    if HAS_SANITIZERS:
        pytest.skip("VARIABLES WERE NOT LOOKED AT: a sanitizer wants to be loaded first")
    place = tmp_path_factory.mktemp("environ")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", place / "environ.so", harness.write(place / "environ.c", ENVIRON)], check=True)

    def go(env):
        done = subprocess.run([harness.KCDAUDIT, "rules"], capture_output=True, timeout=harness.PATIENCE_S, env={
            **env, "LD_PRELOAD": str(place / "environ.so"), "ENVIRON_TO": str(place / "left")})
        assert done.returncode == 0 and done.stderr == b"", done
        return dict(line.split("=", 1) for line in (place / "left").read_text().split("\0") if line)
    return go


@pytest.fixture(scope="module")
def all_left(left):
    return left({**{name: "/x" for name in FORGOTTEN}, "LDAPNOINIT": "", "GSS_MECH_CONFIG": "/x", "KRB5_CONFIG": "/x", **KEPT})


@pytest.mark.parametrize("name", FORGOTTEN)
def test_it_is_forgotten(all_left, name):
    assert name not in all_left


@pytest.mark.parametrize("name", KEPT)
def test_it_is_kept(all_left, name):
    assert all_left[name] == KEPT[name]


def test_these_are_set(all_left):
    assert all_left["LDAPNOINIT"] == "1" and all_left["GSS_MECH_CONFIG"] == "/dev/null"
    assert re.fullmatch(r"/proc/self/fd/\d+:/x", all_left["KRB5_CONFIG"])


@pytest.mark.parametrize("name, value", [("KRB5_TRACE", "/tmp/trace"), ("KRB5_TRACE", "trace"), ("PGSSLKEY", "engine:key")])
def test_a_value_that_goes_too_far_is_forgotten(left, name, value):
    assert name not in left({name: value})


def test_the_page_names_each():
    said = PAGE[PAGE.index("## Variables"):PAGE.index("## Limits")]
    named = re.findall(r"`([A-Za-z0-9_]+\*?)`", said)
    for name in [*FORGOTTEN, *KEPT, *HARMLESS, "LDAPNOINIT", "GSS_MECH_CONFIG", "KRB5_CONFIG", "LD_PRELOAD", "SUDO_UID", "JOURNAL_STREAM"]:
        assert any(name == each or each.endswith("*") and name.startswith(each[:-1]) for each in named), name


# Harmless


@pytest.fixture(scope="module")
def trap(tmp_path_factory):
    """A folder of programs that nobody starts, and a pipe that nobody writes to."""
    place = tmp_path_factory.mktemp("trap")
    os.mkfifo(place / "fifo")
    for name in ("pager", "sh", "less", "ldconfig", "krb5-config", "systemctl", "kinit", "setspn"):
        (place / name).write_text(f"#!/bin/sh\ntouch {place}/sprung\n")
        (place / name).chmod(0o755)
    return place


def offline(tmp_path, env, *options, prefix=()):
    done = subprocess.run([*prefix, harness.KCDAUDIT, "audit", "--no-history", "-c", "/dev/null", "--ldif", ESTATE, *options], cwd=tmp_path,
                          capture_output=True, text=True, timeout=harness.PATIENCE_S,
                          env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **harness.ENVIRONMENT, **env})
    return done.returncode, re.sub(r"20\d\d-\d\d-\d\d[T ][\d:.]+(Z| UTC)?", "WHEN", done.stdout), done.stderr


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return offline(tmp_path_factory.mktemp("usual"), {})


@pytest.mark.parametrize("name", HARMLESS)
def test_it_changes_nothing(usual, trap, tmp_path, name):
    if HAS_SANITIZERS and name.startswith(("MALLOC", "GLIBC")):
        pytest.skip("THE ALLOCATOR'S VARIABLES WERE NOT TRIED: a sanitizer has its own")
    assert offline(tmp_path, {name: HARMLESS[name].format(trap=trap, fifo=trap / "fifo")}) == usual
    assert not (trap / "sprung").exists() and not (trap / "trace").exists()


# Whose tickets


def test_tickets_are_those_that_were_named(rogue, run, tmp_path):
    """The control of the tests below: what comes of the bind speaks of the cache's user."""
    with rogue(plain=True) as server:
        done = run("-H", server.uri, mech=None, env={"KRB5CCNAME": f"FILE:{cache(tmp_path / 'cc', 'ldap/127.0.0.1')}"})
        assert done.status == NO_AUDIT and "no Kerberos ticket" not in done.err and "cannot be used" not in done.err, done


def pipe(path):
    os.mkfifo(path, 0o600)


def anothers(path):
    os.chown(cache(path, "ldap/127.0.0.1"), NOBODY, NOBODY)


def open_to_all(path):
    cache(path, "ldap/127.0.0.1").chmod(0o666)


def by_anothers_link(path):
    path.symlink_to(cache(path.with_name("real"), "ldap/127.0.0.1"))
    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


PLANTED = {"a pipe": (pipe, "pipe"), "another user's": (anothers, "another user"), "open to all": (open_to_all, "others may write"),
           "another user's link": (by_anothers_link, "another user")}


@pytest.mark.parametrize("form", ["FILE:{}", "{}", "DIR::{}"])
@pytest.mark.parametrize("what", PLANTED)
def test_tickets_that_another_user_could_have_put_there_are_refused(rogue, run, tmp_path, what, form):
    """Who made them knows their keys, and could answer for KDC and DC; a pipe would be waited for."""
    plant, word = PLANTED[what]
    if os.geteuid() != 0 and "another" in what:
        pytest.skip("TICKETS OF ANOTHER USER WERE NOT TRIED: this needs root")
    plant(tmp_path / "tkt")
    with rogue(plain=True) as server:
        refused(run("-H", server.uri, mech=None, env={"KRB5CCNAME": form.format(tmp_path / "tkt")}), NO_AUDIT, "tkt", word)
        assert server.binds == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="A COLLECTION OF ANOTHER USER WAS NOT TRIED: this needs root")
def test_a_collection_of_another_user_is_refused(run, tmp_path):
    (tmp_path / "all").mkdir(mode=0o700)
    cache(tmp_path / "all/tkt", "ldap/127.0.0.1")
    os.chown(tmp_path / "all", NOBODY, NOBODY)
    refused(run("-H", "ldap://127.0.0.1:1", mech=None, env={"KRB5CCNAME": f"DIR:{tmp_path}/all"}), NO_AUDIT, "another user")


@pytest.mark.parametrize("name", ["KCM:", "KEYRING:persistent:0", "KEYRING:kcdaudit-nothing", "MEMORY:x", "API:", "NONSENSE:x", "FILE:", ""])
def test_a_cache_of_another_kind_that_holds_nothing_is_a_line(run, name):
    refused(run("-H", "ldap://127.0.0.1:1", mech=None, env={"KRB5CCNAME": name}), NO_AUDIT, "ticket")


@pytest.mark.parametrize("which", ["LDAPTLS_CERT", "LDAPTLS_KEY"])
def test_a_certificate_that_is_a_pipe_is_a_line(rogue, run, tmp_path, which):
    os.mkfifo(tmp_path / "pipe")
    with rogue() as server:
        refused(run("-H", server.uri, env={which: tmp_path / "pipe"}), harness.USAGE, which, "pipe")


def test_a_trace_goes_to_standard_error_and_to_no_file(rogue, run, tmp_path):
    env = {"KRB5CCNAME": f"FILE:{cache(tmp_path / 'cc', 'ldap/127.0.0.1')}"}
    with rogue() as server:
        assert run("-H", server.uri, mech=None, env={**env, "KRB5_TRACE": tmp_path / "trace"}).status == NO_AUDIT
        assert not (tmp_path / "trace").exists()
        traced = run("-H", server.uri, mech=None, env={**env, "KRB5_TRACE": "/dev/stderr"})
    assert "ldap/127.0.0.1" in traced.err and len(traced.err.splitlines()) > 1, traced


def test_no_client_keytab_signs_in(run, tmp_path):
    """Only --keytab does."""
    env = {"KRB5_CLIENT_KTNAME": keytab(tmp_path / "keytab"), "KRB5_KTNAME": tmp_path / "keytab"}
    refused(run("-H", "ldap://127.0.0.1:1", mech=None, env=env), NO_AUDIT, "kinit")
