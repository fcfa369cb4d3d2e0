"""Two builds of the Debian package give the same bytes: in other folders, from git's tree and from `make dist`'s archive, at other
times, with another umask, locale, time zone, host name, user name, and number of jobs. Two whole builds: `make soak`."""

import hashlib
import os
import re
import shutil
import subprocess

import pytest
from conftest import ROOT, run

BUILDS = {
    "here": {"umask": 0o022, "jobs": 2,
             "environment": {"LC_ALL": "C.UTF-8", "TZ": "UTC", "USER": "one", "HOME": "/root"}, "wrap": []},
    "there": {"umask": 0o027, "jobs": 1,
              "environment": {"LC_ALL": "C", "TZ": "Pacific/Kiritimati", "USER": "another", "HOME": "/nowhere", "LANGUAGE": "de"},
              "wrap": ["unshare", "--uts", "sh", "-c", 'hostname another-machine && exec "$@"', "sh"]},
}
# A year on, as the compiler and dpkg see it; what is older than its source would be built for ever.
LATER = ["faketime", "-f", "+370d"]


def can(*argv):
    return shutil.which(argv[0]) and subprocess.run([*argv, "true"], capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Of each build the hash of each package."""
    found = {}
    for name, how in BUILDS.items():
        place = tmp_path_factory.mktemp(f"a-folder-of-its-own-{name}")
        tree = ROOT
        if name == "there":
            run(ROOT / "tools/dist.sh", place / "source.tar.gz")
            run("tar", "-C", place, "-xzf", place / "source.tar.gz")
            tree = place / "source"
        wrap = how["wrap"] if not how["wrap"] or can("unshare", "--uts") else []
        if name == "there" and can(*LATER):
            wrap = [*wrap, *LATER]
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "LC_", "LANG"))}
        environment.pop("SOURCE_DATE_EPOCH", None)
        old = os.umask(how["umask"])
        try:
            (place / "tmp").mkdir()
            run(*wrap, tree / "tools/deb.sh", place / "out",
                env={**environment, **how["environment"], "TMPDIR": str(place / "tmp"),
                     "DEB_BUILD_OPTIONS": f"nocheck parallel={how['jobs']}"})
        finally:
            os.umask(old)
        found[name] = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (place / "out").glob("*.deb")}
    return found


def test_both_builds_are_the_same_to_the_byte(built):
    assert any(re.match(r"kcdaudit_[0-9]", name) for name in built["here"]), built
    assert built["here"] == built["there"]


def test_the_archive_of_the_source_is_the_same_each_time(tmp_path):
    sums = set()
    for name, umask in (("one", 0o022), ("two", 0o077)):
        old = os.umask(umask)
        try:
            run(ROOT / "tools/dist.sh", tmp_path / name / "kcdaudit.tar.gz", env={**os.environ, "TZ": f"UTC-{umask % 9}"})
        finally:
            os.umask(old)
        sums.add(hashlib.sha256((tmp_path / name / "kcdaudit.tar.gz").read_bytes()).hexdigest())
    assert len(sums) == 1
