"""What stands around a run decides neither whom it trusts nor which code it loads."""

import subprocess

import pytest

from harness import FINDINGS, INCOMPLETE, NO_AUDIT, OK, refused
from rogue import Authority, Rogue

READ = (OK, FINDINGS, INCOMPLETE)
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
    "~/.ldaprc": {}, "~/ldaprc": {}, "./ldaprc": {},
}


def prepare(what, place, ca):
    """The files that libldap would read, and the variables."""
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
    return {"HOME": home, **{name: value.format(ca=ca, dir=place) for name, value in AROUND[what].items()}}, here


@pytest.mark.parametrize("what", AROUND)
def test_the_name_is_checked_whatever_stands_around(authority, wrong_name, run, tmp_path, what):
    """The certificate names another server, and this one only in its CN, which counts where there is no other name."""
    env, here = prepare(what, tmp_path, authority.file)
    with Rogue(authority, wrong_name) as server:
        refused(run("-H", server.uri, env=env, cwd=here), NO_AUDIT, "certificate", server.uri)
        assert server.binds == 0


@pytest.mark.parametrize("what", AROUND)
def test_the_ca_is_the_one_that_was_named(authority, other, run, tmp_path, what):
    env, here = prepare(what, tmp_path, other.file)
    with Rogue(other, other.issue("server"), client="none") as server:
        refused(run("-H", server.uri, env=env, cwd=here), NO_AUDIT, "certificate", server.uri)
        assert server.binds == 0


def test_a_certificate_without_other_names_is_known_by_its_cn(authority, run):
    with Rogue(authority, authority.issue("cn-alone", cn="127.0.0.1", san=None)) as server:
        assert run("-H", server.uri).status in READ


def test_the_keys_of_a_session_are_written_nowhere(rogue, run, tmp_path):
    with rogue() as server:
        assert run("-H", server.uri, env={"SSLKEYLOGFILE": tmp_path / "keys"}).status in READ
    assert not (tmp_path / "keys").exists()


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
