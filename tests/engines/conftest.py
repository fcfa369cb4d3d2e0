"""A domain and, in its namespaces, engines of the distribution's packages: `make engines` installs what is missing."""

import os
import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), *(str(ROOT / "tests" / name) for name in ("system", "history", "formats"))]
import harness  # noqa: E402
from slurm import Slurm  # noqa: E402

HOSTS = ["HV01", "HV02", "HV03"]

# A shard that HOLD's file names ("--shard 3/8") hangs: a machine that is told to ask and never returns.
KCDAUDIT = """#!/bin/sh
case " $* " in *" $(cat "$HOLD" 2>/dev/null || echo none) "*) exec sleep 86400 ;; esac
exec %s "$@"
"""


def pytest_collection_modifyitems(items):
    if any(HERE in Path(str(item.fspath)).parents for item in items) and not harness.KCDAUDIT.is_file():
        pytest.exit(f"{harness.KCDAUDIT}: not built; run `make`", returncode=3)


def needs(*programs):
    if missing := [name for name in programs if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")]:
        pytest.skip(f"NO ENGINE WAS TRIED: {', '.join(missing)} missing; run `tools/deps.sh engines`")


def build(e):
    for name in HOSTS:
        e.host(name, delegate_to=[other for other in HOSTS if other != name], t2a4d=name != "HV03")
    e.user("audit")


@pytest.fixture(scope="session")
def lab():
    with harness.Lab(build) as running:
        yield running


@pytest.fixture(scope="session")
def slurm(lab):
    needs("munged", "slurmctld", "slurmd", "sbatch")
    with Slurm(lab) as running:
        yield running


@pytest.fixture
def place(lab, tmp_path):
    """A directory that all nodes see, with kcdaudit on the way, and what a command there sees."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/kcdaudit"
    program.write_text(KCDAUDIT % harness.KCDAUDIT)
    program.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    return work, {**harness.ENVIRONMENT, "PATH": f"{tmp_path / 'bin'}:/usr/sbin:{os.environ['PATH']}", "HOLD": str(tmp_path / "hold"),
                  "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "DOMAIN": lab.domain, "WORK": str(work)}
