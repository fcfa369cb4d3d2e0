"""Packages of npm's registry, for what is published elsewhere; the test that wants one is skipped, loudly, where it is not to be had."""

import shutil
import subprocess
from pathlib import Path

import pytest

from patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "build/npm"


def fetched(*packages):
    """The folder that has them, each as NAME@VERSION."""
    if not shutil.which("npm") or not shutil.which("node"):
        pytest.skip(f"NOT TESTED: no npm here to fetch {packages[0]} with")
    place = CACHE / packages[0].lstrip("@").replace("/", "-")
    if not (place / "fetched").exists():
        place.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", "--no-save", "--prefix", place,
                   *packages]
        done = subprocess.run(install, cwd=place, capture_output=True, text=True, timeout=PATIENCE_S)
        if done.returncode:
            pytest.skip(f"NOT TESTED: {packages[0]} is not to be had: {(done.stderr.splitlines() or ['?'])[0]}")
        (place / "fetched").touch()
    return place
