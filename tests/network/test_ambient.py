"""What stands around a run decides neither whom it trusts nor which code it loads."""

import os
import subprocess

import pytest

from harness import FINDINGS, INCOMPLETE, KCDAUDIT, NO_AUDIT, OK, PATIENCE_S, refused
from kerberos import REALM, cache
from rogue import Authority, Rogue

READ = (OK, FINDINGS, INCOMPLETE)
MACHINES = "/etc/ldap/ldap.conf"
LOOSE = "TLS_REQCERT never\nTLS_REQSAN never\nSASL_SECPROPS none\nTLS_CACERT {ca}\n"


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """A CA that nobody named."""
    return Authority(tmp_path_factory.mktemp("other"))


@pytest.fixture(scope="module")
def wrong_name(authority):
    return authority.issue("wrong-name", cn="127.0.0.1", san="DNS:other.rogue.test")


AROUND = {
    "nothing": {},
    "LDAPTLS_REQSAN": {"LDAPTLS_REQSAN": "never"},
    "LDAPTLS_REQSAN-allow": {"LDAPTLS_REQSAN": "allow"},
    "LDAPTLS_REQCERT": {"LDAPTLS_REQCERT": "never"},
    "LDAPTLS_CACERT": {"LDAPTLS_CACERT": "{ca}"},
    "LDAPTLS_CACERTDIR": {"LDAPTLS_CACERTDIR": "{dir}"},
    "LDAPSASL": {"LDAPSASL_SECPROPS": "none", "LDAPSASL_NOCANON": "off", "LDAPSASL_CBINDING": "none",
                 "LDAPSASL_MECH": "PLAIN"},
    "LDAPRC": {"LDAPRC": "around.conf"},
    "LDAPCONF": {"LDAPCONF": "{dir}/around.conf"},
    "~/.ldaprc": {}, "~/ldaprc": {}, "./ldaprc": {}, MACHINES: {},
}


def on_a_machine_with(file, at):
    """What to begin a command with, so that this file is the machine's."""
    if os.geteuid() != 0 or not os.path.exists(at):
        pytest.skip(f"{at} OF ANOTHER MACHINE WAS NOT TRIED: this needs root, and that there is such a file")
    return ["unshare", "-m", "--propagation", "private", "sh", "-c", f'mount --bind {file} {at} && exec "$@"', "sh"]


def prepare(what, place, ca):
    """The files that libldap would read, and the variables: keywords of `run`."""
    text = LOOSE.format(ca=ca)
    home, here = place / "home", place / "here"
    for directory in (home, here):
        directory.mkdir(exist_ok=True)
    (place / "around.conf").write_text(text)
    (home / "around.conf").write_text(text)
    if what.startswith("~/"):
        (home / what[2:]).write_text(text)
    if what == "./ldaprc":
        (here / "ldaprc").write_text(text)
    return {"env": {"HOME": home, **{name: value.format(ca=ca, dir=place) for name, value in AROUND[what].items()}}, "cwd": here,
            "binary": [*(on_a_machine_with(place / "around.conf", MACHINES) if what == MACHINES else []), KCDAUDIT]}


@pytest.mark.parametrize("what", AROUND)
def test_the_name_is_checked_whatever_stands_around(authority, wrong_name, run, tmp_path, what):
    """The certificate names another server, and this one only in its CN, which counts where there is no other name."""
    around = prepare(what, tmp_path, authority.file)
    with Rogue(authority, wrong_name) as server:
        refused(run("-H", server.uri, **around), NO_AUDIT, "certificate", server.uri)
        assert server.binds == 0


@pytest.mark.parametrize("what", AROUND)
def test_the_ca_is_the_one_that_was_named(authority, other, run, tmp_path, what):
    around = prepare(what, tmp_path, other.file)
    with Rogue(other, other.issue("server"), client="none") as server:
        refused(run("-H", server.uri, **around), NO_AUDIT, "certificate", server.uri)
        assert server.binds == 0


def test_another_client_believes_what_the_machine_says(authority, other, tmp_path):
    """The control of the two tests above."""
    with Rogue(other, other.issue("server"), client="none") as server:
        for text, binds in ((f"TLS_CACERT {authority.file}\n", False), (LOOSE.format(ca=other.file), True)):
            (tmp_path / "around.conf").write_text(text)
            subprocess.run([*on_a_machine_with(tmp_path / "around.conf", MACHINES), "ldapsearch", "-x", "-H", server.uri, "-s", "base", "-b", ""],
                           capture_output=True, timeout=PATIENCE_S, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
            assert (server.binds > 0) == binds, text


def test_a_certificate_without_other_names_is_known_by_its_cn(authority, run):
    with Rogue(authority, authority.issue("cn-alone", cn="127.0.0.1", san=None)) as server:
        assert run("-H", server.uri).status in READ


def test_the_keys_of_a_session_are_written_nowhere(rogue, run, tmp_path):
    with rogue() as server:
        assert run("-H", server.uri, env={"SSLKEYLOGFILE": tmp_path / "keys"}).status in READ
    assert not (tmp_path / "keys").exists()


# Whose tickets


@pytest.fixture
def identity(tmp_path):
    """A home whose .k5identity names mallory, who has tickets beside audit's: what to begin a command with, and its variables."""
    home, tickets = tmp_path / "home", tmp_path / "tickets"
    home.mkdir()
    tickets.mkdir(mode=0o700)
    (home / ".k5identity").write_text(f"mallory@{REALM} service=ldap\nmallory@{REALM}\n")
    (tmp_path / "passwd").write_text(f"root:x:0:0::{home}:/bin/sh\n")  # the home is not $HOME there
    for user, name in (("audit", "tkt"), ("mallory", "tktother")):
        cache(tickets / name, "ldap/127.0.0.1", user=user)
    (tickets / "primary").write_text("tkt\n")
    (tmp_path / "krb5.conf").write_text(f"[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\ndns_canonicalize_hostname = false\n"
                                      f"[domain_realm]\n127.0.0.1 = {REALM}\n")
    return on_a_machine_with(tmp_path / "passwd", "/etc/passwd"), {
        "HOME": home, "KRB5CCNAME": f"DIR:{tickets}", "KRB5_CONFIG": tmp_path / "krb5.conf"}


SIGNS_IN = f"Creating authenticator for {{}}@{REALM} -> ldap/127.0.0.1"


@pytest.mark.parametrize("by", ["KRB5_CONFIG", "/etc/krb5.conf"])
def test_nobody_signs_in_whom_a_file_names(rogue, run, identity, by):
    """KRB5CCNAME says who asks."""
    machine, env = identity
    if by != "KRB5_CONFIG":
        machine = [*machine, *on_a_machine_with(env.pop("KRB5_CONFIG"), by)]
    with rogue(plain=True) as server:
        traced = run("-H", server.uri, mech=None, env={**env, "KRB5_TRACE": "/dev/stderr"}, binary=[*machine, KCDAUDIT])
        assert server.binds > 0 and traced.status == NO_AUDIT, traced
    assert SIGNS_IN.format("audit") in traced.err and SIGNS_IN.format("mallory") not in traced.err, traced


def test_another_client_signs_in_whom_a_file_names(rogue, identity):
    """The control of the test above."""
    machine, env = identity
    with rogue(plain=True) as server:
        traced = subprocess.run([*machine, "ldapwhoami", "-Q", "-N", "-Y", "GSSAPI", "-H", server.uri], capture_output=True, text=True, timeout=PATIENCE_S,
                                env={"PATH": os.environ["PATH"], "KRB5_TRACE": "/dev/stderr", **{name: str(value) for name, value in env.items()}})
    assert SIGNS_IN.format("mallory") in traced.stderr, traced


# Code


@pytest.fixture(scope="module")
def trap(tmp_path_factory):
    """A module that leaves a file behind wherever it is loaded."""
    place = tmp_path_factory.mktemp("trap")
    (place / "trap.c").write_text("""
#include <stdlib.h>
#include <fcntl.h>
__attribute__((constructor)) static void sprung(void) {
    if (getenv("SPRUNG")) open(getenv("SPRUNG"), O_CREAT | O_WRONLY, 0600);
}
""")
    module = place / "libtrap.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", module, place / "trap.c"], check=True)
    (place / "mech").write_text(f"trap 1.2.3.4 {module}\n")
    (place / "plugins.conf").write_text("[libdefaults]\ndefault_realm = ROGUE.TEST\n[plugins]\n" + "".join(
        f"{kind} = {{\n module = trap:{module}\n}}\n" for kind in ("clpreauth", "ccselect", "hostrealm", "localauth")))
    (place / "base" / "preauth").mkdir(parents=True)
    for name in ("pkinit.so", "preauth/pkinit.so", "preauth/spake.so"):
        (place / "base" / name).symlink_to(module)
    (place / "base.conf").write_text(f"[libdefaults]\ndefault_realm = ROGUE.TEST\nplugin_base_dir = {place}/base\n")
    (place / "profile.conf").write_text(f"module {module}:x\n")
    return place


MODULES = {"SASL_PATH": "{trap}", "GSS_MECH_CONFIG": "{trap}/mech", "KRB5_CONFIG-plugins": "{trap}/plugins.conf",
           "KRB5_CONFIG-base": "{trap}/base.conf", "KRB5_CONFIG-module": "{trap}/profile.conf"}


@pytest.mark.parametrize("what", MODULES)
def test_no_module_is_loaded_that_the_environment_names(rogue, run, tmp_path, trap, what):
    env = {what.split("-")[0]: MODULES[what].format(trap=trap), "SPRUNG": tmp_path / "sprung"}
    with rogue() as server:
        for mech in ("EXTERNAL", None):
            run("-H", server.uri, mech=mech, env=env)
        run("-H", server.uri, "--keytab", tmp_path / "none", "--principal", "audit@ROGUE.TEST", mech=None, env=env)
    assert not (tmp_path / "sprung").exists()


def test_the_trap_springs(tmp_path, trap):
    """The control of the test above."""
    subprocess.run(["kinit", "-k", "audit@ROGUE.TEST"], capture_output=True, env={
        "PATH": "/usr/bin", "KRB5_CONFIG": str(trap / "profile.conf"), "SPRUNG": str(tmp_path / "sprung")})
    assert (tmp_path / "sprung").exists()
