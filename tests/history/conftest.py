import pytest

import kept


def pytest_collection_modifyitems(items):
    if items and not kept.KCDAUDIT.is_file():
        pytest.exit(f"{kept.KCDAUDIT}: not built; run `make`", returncode=3)


@pytest.fixture
def store(tmp_path):
    return kept.Store(tmp_path)
