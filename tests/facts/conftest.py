"""Without the binary, nothing here can be proved: that is an error, not a skip."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KCDAUDIT = Path(os.environ.get("KCDAUDIT", ROOT / "build" / "kcdaudit"))
sys.path[:0] = [str(ROOT / "tests" / "golden"), str(Path(__file__).resolve().parent)]


def pytest_collection_modifyitems(items):
    if items and not KCDAUDIT.is_file():
        pytest.exit(f"{KCDAUDIT}: not built; run `make`", returncode=3)


@pytest.fixture
def place(tmp_path):
    import place as module
    return module.Place(tmp_path, KCDAUDIT)
