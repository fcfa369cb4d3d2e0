"""Without the binary, nothing here can be proved: that is an error, not a skip."""

import signal
import subprocess
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


@pytest.fixture(scope="session")
def counted(tmp_path_factory):
    """Runs kcdaudit and tells what it asked: of each search its DC, scope, base and filter, and how many entries of those
    that lay ready had been looked at before it went out; pages included."""
    if harness.HAS_SANITIZERS:
        pytest.skip("THE SEARCHES WERE NOT COUNTED: a sanitizer wants to be loaded first")
    place = tmp_path_factory.mktemp("searches")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", place / "searches.so", harness.HERE / "searches.c", "-ldl"], check=True)

    def run(lab, *options, **keywords):
        log = place / "log"
        log.unlink(missing_ok=True)
        env = {"LD_PRELOAD": place / "searches.so", "SEARCHES": log, **keywords.pop("env", {})}
        result = harness.json_audit(lab, "--no-tickets", *options, env=env, **keywords)
        return result, [line.split("\t") for line in log.read_text().splitlines()]
    return run
