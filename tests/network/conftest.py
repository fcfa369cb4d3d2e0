"""What the network tests share: a CA, certificates, and kcdaudit run as its own user would, without a lab."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(ROOT / "tests"), str(ROOT / "tests/system"), str(ROOT / "tests/formats")]
import harness  # noqa: E402
from patience import patience  # noqa: E402
from rogue import Authority, Rogue  # noqa: E402


def pytest_collection_modifyitems(items):
    if any(Path(str(item.fspath)).parent == HERE for item in items) and not harness.KCDAUDIT.is_file():
        pytest.exit(f"{harness.KCDAUDIT}: not built; run `make`", returncode=3)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def server(authority):
    """The certificate and key of a server at 127.0.0.1."""
    return authority.issue("server")


@pytest.fixture(scope="session")
def client(authority):
    return authority.issue("client", cn="audit", san=None)


@pytest.fixture
def rogue(authority, server):
    """Makes a server; see Rogue."""
    return lambda search=None, kind=Rogue, **more: kind(authority, server, search, **more)


@pytest.fixture
def run(authority, client, tmp_path):
    """Runs `kcdaudit audit` with a client's certificate, and nothing of this machine's around it; fails if that takes longer than
    twenty times `takes_s`, which is ten times its --timeout: of a DC, a KDC and DNS it tries a few, one behind the other."""
    def go(*options, env=None, mech="EXTERNAL", command="audit", ca=None, timeout_s=2, takes_s=None, cwd=tmp_path, tickets=False,
           binary=(harness.KCDAUDIT,), **keywords):
        # Neither the caller's proxies nor its Kerberos are these tests' business.
        around = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KRB5CCNAME": f"FILE:{tmp_path}/no-cache",
                  **harness.ENVIRONMENT, "LDAPTLS_CERT": str(client[0]), "LDAPTLS_KEY": str(client[1]),
                  **{name: str(value) for name, value in (env or {}).items()}}
        more = ["--no-history", *([] if tickets else ["--no-tickets"])] if command == "audit" else []
        more += [] if command == "ticket" else ["--ca-file", ca or authority.file]
        argv = [*binary, command, *more, "--timeout", str(timeout_s),
                *(["--mech", mech] if mech else []), *options]
        return harness.Result(subprocess.run(list(map(str, argv)), env=around, cwd=cwd, capture_output=True, text=True,
                                             timeout=patience(takes_s or 10 * timeout_s), stdin=subprocess.DEVNULL, **keywords))
    return go
