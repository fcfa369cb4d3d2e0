"""Packages of a later Debian, unpacked and not installed, for what this one does not have yet; the test that wants them is
skipped, loudly, where they are not to be had."""

import shutil
import subprocess
from pathlib import Path

import pytest

from machine import source_of
from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]


def unpacked(suite, *packages):
    """The folder that has their files, as / has them where they are installed."""
    source = source_of(suite) if shutil.which("apt-get") else None
    if not source:
        pytest.skip(f"NOT TESTED: apt knows no archive of {suite} here, which has {packages[0]}")
    place = ROOT / "build/debian" / packages[0]
    if not (place / "fetched").exists():
        shutil.rmtree(place, ignore_errors=True)
        for folder in ("root", "lists/partial", "cache/archives/partial"):
            (place / folder).mkdir(parents=True)
        _, uri, keyring = source
        signed = f"[signed-by={keyring}] " if keyring else ""
        (place / "sources.list").write_text(f"deb {signed}{uri} {suite} main\n")
        apart = {"Dir::Etc::sourcelist": place / "sources.list", "Dir::Etc::sourceparts": "-", "Dir::State::lists": place / "lists",
                 "Dir::Cache": place / "cache", "APT::Sandbox::User": "root"}
        apt = ["apt-get", "-q", *(word for name, value in apart.items() for word in ("-o", f"{name}={value}"))]
        for words in (["update", "--error-on=any"], ["download", *packages]):
            done = subprocess.run([*apt, *words], cwd=place, capture_output=True, text=True, timeout=PATIENCE_S)
            if done.returncode:
                pytest.skip(f"NOT TESTED: {packages[0]} is not to be had: {(done.stderr.splitlines() or ['?'])[0]}")
        for package in place.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, place / "root"], check=True)
        (place / "fetched").touch()
    return place / "root"
