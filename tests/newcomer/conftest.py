"""What the newcomer tests share: the lines of README.md, and a user with sudo in a clean root who types them."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
for place in ("tests", "tests/lab", "tests/system", "tests/packaging"):
    sys.path.insert(0, str(ROOT / place))

from harness import DEMO, Lab  # noqa: E402
from lab import PASSWORD  # noqa: E402,F401
from machine import NSPAWN, CleanRoot  # noqa: E402

# What a Windows administrator gets to install: WSL's Debian and Ubuntu, and images of them.
SUITES = {"bookworm": "Debian 12", "trixie": "Debian 13", "noble": "Ubuntu 24.04"}
# They have sudo, and somebody who may use it.
INCLUDE = ("sudo", "tar")


def readme(first, heading="You have only Windows"):
    """The lines of the code block under the heading whose first line begins so, in the lab's domain and without comments."""
    text = (ROOT / "README.md").read_text()
    section = re.search(rf"(?ms)^## {heading}\n(.*?)^## ", text)[1]
    block = next(block for block in re.findall(r"(?ms)^```\n(.*?)^```$", section) if block.startswith(first))
    lines = [re.sub(r"\s{2,}# .*", "", line) for line in block.splitlines()]
    return [line.replace("contoso.com", "contoso.test").replace("CONTOSO.COM", "CONTOSO.TEST")
            .replace("DC=contoso,DC=com", "DC=contoso,DC=test") for line in lines]


def pytest_terminal_summary(terminalreporter):
    """One line for each reason, however many tests it kept from running."""
    skipped = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.stats.get("skipped", []))
    for reason, count in skipped.items():
        terminalreporter.write_line(f"SKIPPED {count}: {reason}")


@pytest.fixture(scope="session")
def lab():
    with Lab(DEMO) as running:
        yield running


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """The source as an archive, as it is downloaded."""
    archive = tmp_path_factory.mktemp("source") / "kcdaudit-0.1.0.tar.gz"
    subprocess.run([ROOT / "tools/dist.sh", archive], check=True, stdout=subprocess.DEVNULL)
    return archive


class Newcomer(CleanRoot):
    """Alice, who may use sudo, in front of a clean root."""

    def __init__(self, directory, suite):
        super().__init__(directory, suite, INCLUDE)
        self._where = "/home/alice"

    def move_in(self):
        self.fill()
        # Kept from one line to the next: tickets lie there.
        (self.path / "kept").mkdir(mode=0o777)
        (self.path / "kept").chmod(0o1777)
        self.run("useradd", "--create-home", "--shell", "/bin/bash", "alice")
        (self.path / "etc/sudoers.d/alice").write_text("alice ALL=(ALL) NOPASSWD: ALL\n")

    def types(self, line, lab=None, input=None, check=True):
        """One line, where the last one left her; in the machine's own network, or in the lab's."""
        if lab:
            network = [f"--network-namespace-path=/proc/{lab._namespace.pid}/ns/net", "--resolv-conf=off"]
            (self.path / "etc/resolv.conf").unlink(missing_ok=True)
            shutil.copy(lab.dir / "etc/resolv.conf", self.path / "etc")
        else:
            network = ["--resolv-conf=replace-host"]
        script = f"cd {self._where} && {{ {line}\n}}; status=$?; pwd >~/.where; exit $status"
        done = subprocess.run([*NSPAWN, "--pipe", *network, f"--directory={self.path}", f"--bind={self.path}/kept:/tmp",
                               "--setenv=LC_ALL=C.UTF-8",
                               "--setenv=MAKEFLAGS=-j2", "--setenv=DEB_BUILD_OPTIONS=nocheck", "--user=alice", "--",
                               "bash", "-c", script], input=input, stdin=None if input is not None else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        where = self.path / "home/alice/.where"
        assert where.exists(), f"{line}\n{done.stderr}"
        self._where = where.read_text().strip()
        assert not check or done.returncode == 0, (
            f"{line}: exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done


@pytest.fixture(scope="module")
def newcomer_in(request, tmp_path_factory):
    """Makes a newcomer in a clean root of a suite, which goes with the tests."""
    return lambda suite: _newcomer_in(suite, tmp_path_factory.mktemp(suite), request)


def _newcomer_in(suite, directory, request):
    newcomer = Newcomer(directory, suite)
    if why := newcomer.obstacle():
        pytest.skip(f"{SUITES[suite]} WAS NOT TRIED: {why}")
    request.addfinalizer(lambda: shutil.rmtree(newcomer.path, ignore_errors=True))
    newcomer.move_in()
    return newcomer
