import signal

import pytest

import kept

# A shell starts what it puts into the background with these ignored, and so would every program that is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_collection_modifyitems(items):
    if items and not kept.KCDAUDIT.is_file():
        pytest.exit(f"{kept.KCDAUDIT}: not built; run `make`", returncode=3)


@pytest.fixture
def store(tmp_path):
    return kept.Store(tmp_path)
