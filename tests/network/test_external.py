"""--mech EXTERNAL against a real server that takes it: Debian's slapd. Samba offers none."""

import shutil
import subprocess
from contextlib import contextmanager

import pytest

from harness import NO_AUDIT, USAGE, refused
from patience import wait_until
from ports import free_port

SLAPD = shutil.which("slapd", path="/usr/sbin:/usr/bin:/usr/local/libexec")

pytestmark = pytest.mark.skipif(not SLAPD, reason="EXTERNAL WAS NOT PROVED AGAINST A REAL SERVER: apt-get install slapd")


@contextmanager
def slapd(place, authority, server):
    """Asks every client for a certificate of the CA. Yields its URIs and its log."""
    (place / "slapd.conf").write_text(
        f"pidfile {place}/slapd.pid\nTLSCACertificateFile {authority.file}\nTLSCertificateFile {server[0]}\n"
        f"TLSCertificateKeyFile {server[1]}\nTLSVerifyClient demand\nsasl-secprops none\n")
    uris = [f"ldaps://127.0.0.1:{free_port()}", f"ldap://127.0.0.1:{free_port()}"]
    with open(place / "log", "wb") as log:
        process = subprocess.Popen([SLAPD, "-d", "stats", "-f", place / "slapd.conf", "-h", " ".join(uris)], stdout=log,
                                   stderr=log)
    try:
        wait_until(lambda: process.poll() is not None or "slapd starting" in (place / "log").read_text())
        assert process.poll() is None, (place / "log").read_text()
        yield *uris, place / "log"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def real(authority, server, tmp_path_factory):
    with slapd(tmp_path_factory.mktemp("slapd"), authority, server) as running:
        yield running


@pytest.mark.parametrize("starttls", [False, True], ids=["ldaps", "starttls"])
def test_the_certificate_is_who_asks(real, run, starttls):
    ldaps, ldap, log = real
    before = len(log.read_text())
    result = run("-v", "-H", *([ldap, "--starttls"] if starttls else [ldaps]))
    assert result.status == NO_AUDIT and "EXTERNAL" in result.err, result
    wait_until(lambda: "UNBIND" in log.read_text()[before:] or "closed" in log.read_text()[before:])
    bound = [line for line in log.read_text()[before:].splitlines() if "BIND" in line and "mech=EXTERNAL" in line]
    assert bound and 'dn="cn=audit"' in bound[-1].lower(), log.read_text()[before:]


@pytest.mark.parametrize("name", ["LDAPTLS_CERT", "LDAPTLS_KEY"])
def test_a_file_that_is_not_there_is_named(real, run, tmp_path, name):
    refused(run("-H", real[0], env={name: tmp_path / "gone.pem"}), NO_AUDIT, name, "gone.pem")


def test_files_that_are_no_pair_are_named(real, run, server):
    refused(run("-H", real[0], env={"LDAPTLS_KEY": server[1]}), USAGE, "LDAPTLS_KEY", server[1])


def test_without_a_certificate_both_variables_are_named(real, run):
    refused(run("-H", real[0], env={"LDAPTLS_CERT": ""}), NO_AUDIT, "LDAPTLS_CERT", "LDAPTLS_KEY")
