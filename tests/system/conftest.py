"""Without the binary, nothing here can be proved: that is an error, not a skip."""

import signal
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import harness  # noqa: E402

# A shell starts what it puts into the background with these ignored, and so would every program that is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_collection_modifyitems(items):
    if any(Path(str(item.fspath)).parent == harness.HERE for item in items) and not harness.KCDAUDIT.is_file():
        pytest.exit(f"{harness.KCDAUDIT}: not built; run `make`", returncode=3)


@pytest.fixture(scope="module")
def demo():
    """The demo's estate, for tests that only read."""
    with harness.Lab(harness.DEMO) as lab:
        yield lab
