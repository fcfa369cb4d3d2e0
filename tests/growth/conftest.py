"""Without the binary or valgrind, nothing here can be proved: that is an error, not a skip."""

import os
import shutil
from pathlib import Path

import pytest

KCDAUDIT = Path(os.environ.get("KCDAUDIT") or Path(__file__).resolve().parents[2] / "build/kcdaudit").resolve()


def pytest_collection_modifyitems(items):
    if items and not KCDAUDIT.is_file():
        pytest.exit(f"{KCDAUDIT}: not built; run `make`", returncode=3)
    if items and not shutil.which("valgrind"):
        pytest.exit("valgrind is not installed", returncode=3)
