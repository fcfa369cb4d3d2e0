"""Without the binary, nothing here can be proved: that is an error, not a skip."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import harness  # noqa: E402


def pytest_collection_modifyitems(items):
    if any(Path(str(item.fspath)).parent == harness.HERE for item in items) and not harness.KCDAUDIT.is_file():
        pytest.exit(f"{harness.KCDAUDIT}: not built; run `make`", returncode=3)


@pytest.fixture(scope="module")
def demo():
    """The demo's estate, for tests that only read."""
    with harness.Lab(harness.DEMO) as lab:
        yield lab
