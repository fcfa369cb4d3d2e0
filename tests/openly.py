"""A folder for tests that run the program as somebody else.

pytest's own lie in one that each run of pytest closes to others as it begins, this one's or another's beside it.
"""

import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path():
    with tempfile.TemporaryDirectory(prefix="kcdaudit-", ignore_cleanup_errors=True) as name:
        path = Path(name)
        path.chmod(0o755)
        yield path
