"""Without the binary, nothing here can be proved: that is an error, not a skip."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KCDAUDIT = Path(os.environ.get("KCDAUDIT") or ROOT / "build/kcdaudit").resolve()
sys.path[:0] = [str(ROOT / place) for place in ("tests/estate", "tests/golden", "tests")]


import patience  # noqa: E402


def pytest_configure(config):
    patience.declare_marks(config)


def pytest_collection_modifyitems(items):
    if items and not KCDAUDIT.is_file():
        pytest.exit(f"{KCDAUDIT}: not built; run `make`", returncode=3)
