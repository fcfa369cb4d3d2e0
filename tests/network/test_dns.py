"""A DNS server that is none, or lets one wait: each ends with one line, however slowly it goes on over TCP."""

import os
import shutil
import sys
from pathlib import Path

import pytest

import harness
from nameserver import MODES
from harness import NO_AUDIT, refused

HERE = Path(__file__).resolve().parent

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("ip"), reason="THIS NEEDS ROOT and ip: a network of its own")


@pytest.mark.parametrize("mode", MODES)
def test_a_domain_is_looked_up(run, mode):
    """No DC answers anywhere, and none is waited for longer than its time."""
    wrapped = [sys.executable, "-B", HERE / "nameserver.py", mode, harness.KCDAUDIT]
    done = run("-D", "rogue.test", "--starttls", timeout_s=1, binary=wrapped)
    refused(done, NO_AUDIT, "rogue.test")


@pytest.mark.parametrize("mode", ["silent", "garbage", "tcp silent", "tcp a byte now and then"])
def test_a_dc_is_looked_up(run, mode):
    wrapped = [sys.executable, "-B", HERE / "nameserver.py", mode, harness.KCDAUDIT]
    refused(run("-H", "ldaps://dc1.rogue.test", timeout_s=1, binary=wrapped), NO_AUDIT, "dc1.rogue.test")


def test_a_default_realm_is_not_looked_up(run, tmp_path):
    """libkrb5 would, where krb5.conf has none, and wait for it as long as the resolver likes."""
    (tmp_path / "krb5.conf").write_text("[libdefaults]\ndns_lookup_realm = true\n")
    wrapped = [sys.executable, "-B", HERE / "nameserver.py", "right", harness.KCDAUDIT]
    asked = tmp_path / "asked"
    refused(run("-D", "rogue.test", mech=None, tickets=True, binary=wrapped, env={"KRB5_CONFIG": tmp_path / "krb5.conf", "DNS_ASKED": asked}),
            NO_AUDIT, "no Kerberos ticket", "run kinit USER@ROGUE.TEST")
    assert "_kerberos." not in (asked.read_text() if asked.exists() else ""), asked.read_text()


def test_a_realm_that_nothing_names(run, tmp_path):
    (tmp_path / "krb5.conf").write_text("[libdefaults]\nrdns = false\n")
    wrapped = [sys.executable, "-B", HERE / "nameserver.py", "servfail", harness.KCDAUDIT]
    refused(run("-H", "ldap://127.0.0.1:1", mech=None, tickets=True, binary=wrapped, env={"KRB5_CONFIG": tmp_path / "krb5.conf"}),
            NO_AUDIT, "no Kerberos ticket", "run kinit USER@REALM")
