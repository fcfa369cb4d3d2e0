"""What the packaging tests share: an installation in a directory, the Debian package, and a clean Debian to put it in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BINARY = Path(os.environ.get("KCDAUDIT") or ROOT / "build/kcdaudit").resolve()
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "tests/lab"))
sys.path.insert(0, str(ROOT / "tests/system"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import CleanRoot  # noqa: E402


def run(*argv, **keywords):
    """A command that has to succeed; its output where it does not."""
    done = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **keywords)
    assert done.returncode == 0, f"{' '.join(map(str, argv))}: exit {done.returncode}\n{done.stdout[-6000:]}"
    return done.stdout


def make(*words):
    """make of this tree with the binary that the tests are about, and none of the outer make's variables."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    build = BINARY.parent
    return run("make", "-C", ROOT, f"B={build}", *words, env=environment)


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A directory into which `make install` installed; the units know its paths."""
    there = tmp_path_factory.mktemp("installed")
    make("install", f"PREFIX={there}/usr", f"SYSCONFDIR={there}/etc")
    return there


@pytest.fixture(scope="session")
def deb(tmp_path_factory):
    """The directory with the Debian package, built from this tree; of what tools/check.sh compiled, by the cache."""
    there = tmp_path_factory.mktemp("deb")
    environment = {**os.environ, "DEB_BUILD_OPTIONS": "nocheck", "WERROR": "1"}
    if "CCACHE_DIR" in os.environ:
        environment["PATH"] = f"/usr/lib/ccache:{os.environ['PATH']}"
    run(ROOT / "tools/deb.sh", there, env=environment)
    return there


@pytest.fixture(scope="session")
def clean_root(tmp_path_factory, deb):
    """A minimal Debian with the package installed, its dependencies taken from where this machine gets its own."""
    root = CleanRoot(tmp_path_factory.mktemp("root"))
    if why := root.obstacle():
        pytest.skip(f"THE PACKAGE WAS NOT TRIED IN A CLEAN ROOT: {why}")
    root.fill()
    root.install(next(deb.glob("kcdaudit_*_*.deb")))
    return root
