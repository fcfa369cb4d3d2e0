"""A system that gives no thread at all, and a DNS server, a KDC or a DC that lets one wait: it ends with one line all the same."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from harness import FINDINGS, INCOMPLETE, NO_AUDIT, OK, refused
from test_kdc import TCP, UDP, Kdc, sign_in  # noqa: F401

HERE = Path(__file__).resolve().parent

needs_root = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("ip"), reason="THIS NEEDS ROOT and ip: a network of its own")


@pytest.fixture(scope="module")
def no_threads(tmp_path_factory):
    return harness.fewer_threads(tmp_path_factory.mktemp("threads"))(0)


@needs_root
@pytest.mark.parametrize("mode", ["right", "silent", "tcp silent", "tcp a byte now and then", "tcp endless"])
@pytest.mark.parametrize("place", [["-D", "rogue.test", "--starttls"], ["-H", "ldaps://dc1.rogue.test"]], ids=["domain", "DC"])
def test_dns(run, no_threads, mode, place):
    wrapped = [sys.executable, "-B", HERE / "nameserver.py", mode, "env", *(f"{k}={v}" for k, v in no_threads.items()), harness.KCDAUDIT]
    refused(run(*place, timeout_s=1, binary=wrapped), NO_AUDIT)


@pytest.mark.parametrize("what", ["silent", "a byte now and then", "endless"])
def test_a_kdc_over_tcp(sign_in, no_threads, what):  # noqa: F811
    with Kdc(tcp=TCP[what]) as kdc:
        sign_in(kdc, stream=True, says="thread" if what != "endless" else "audit@ROGUE.TEST", **no_threads)
        assert kdc.asked > 0


@pytest.mark.parametrize("what", ["silent", "nothing"])
def test_a_kdc_over_udp(sign_in, no_threads, what):  # noqa: F811
    with Kdc(udp=UDP[what]) as kdc:
        sign_in(kdc, says="thread" if what == "silent" else "audit@ROGUE.TEST", **no_threads)


def test_what_answers_is_audited(rogue, run, no_threads):
    with rogue() as server:
        assert run("-H", server.uri, env=no_threads).status in (OK, FINDINGS, INCOMPLETE)


def test_an_alarm_of_whoever_started_it_does_what_it_does():
    """`timeout` made of alarm() and exec: it is to see the signal."""
    process = subprocess.Popen([sys.executable, "-c", "import signal, os, sys; signal.alarm(1); os.execv(sys.argv[1], sys.argv[1:])",
                                harness.KCDAUDIT, "diagnose", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.wait(harness.PATIENCE_S) == -signal.SIGALRM
    assert process.communicate() == (b"", b"")
