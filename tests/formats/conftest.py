"""Without the binary, nothing here can be proved: that is an error, not a skip."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = map(str, Path(__file__).resolve().parents[:2])
import offline  # noqa: E402
import patience  # noqa: E402


def pytest_configure(config):
    patience.declare_marks(config)


def pytest_collection_modifyitems(items):
    if items and not offline.KCDAUDIT.is_file():
        pytest.exit(f"{offline.KCDAUDIT}: not built; run `make`", returncode=3)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """An estate whose names want to be formulas, markup, labels and line breaks."""
    return offline.write_estate(tmp_path_factory.mktemp("hostile"), offline.hostile)


@pytest.fixture(scope="session")
def all_reports():
    """Case -> (JSON, JUnit, CSV, Prometheus) of every fixture, each four made in one run."""
    return {case.name: offline.reports(case) for case in offline.cases()}
