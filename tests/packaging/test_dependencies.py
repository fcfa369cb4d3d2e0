"""What the program depends on is said in one place for people, the table of SECURITY.md, and there as the Makefile, the packages,
tools/deps.sh, the binary and the SBOM have it."""

import os
import re
import subprocess

import pytest

from conftest import BINARY, ROOT, run

WHY, LINKED, DEBIAN, FEDORA = range(1, 5)
# What builds, and is in nothing that is built.
TOOLS = {"gcc", "make", "systemd-rpm-macros"}


def words(pattern, path):
    return set(re.findall(pattern, (ROOT / path).read_text()))


def table():
    """The rows of SECURITY.md, each a list of its cells."""
    text = re.search(r"(?ms)^\| what \| why \| linked with .*?\n\n", (ROOT / "SECURITY.md").read_text())[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:] if line]


def named(column):
    return {name for row in table() for name in re.findall(r"`([^`]+)`", row[column])}


def needed():
    """What the binary asks the loader for, without versions."""
    return re.findall(r"\(NEEDED\).*\[(.+)\]", subprocess.check_output(["readelf", "-d", BINARY], text=True))


def bare(library):
    return re.sub(r"(-[\d.]+)?\.so.*", "", library)


@pytest.fixture(scope="module")
def lists():
    """Those of tools/deps.sh."""
    return {name: set(text.split()) for name, text in re.findall(r"(?m)^(\w+)='([^']*)'$", (ROOT / "tools/deps.sh").read_text())}


def test_every_row_says_why():
    assert len(table()) == 11 and all(len(row) == 5 and row[WHY] for row in table())


def test_the_binary_is_linked_with_these_and_no_others():
    # The loader itself; and what stands beside these, where the linker keeps what nothing asks for.
    beside = {"libk5crypto", "libcom_err"}
    linked = {bare(library) for library in needed() if not library.startswith("ld-")} - beside
    assert linked == named(LINKED)


def test_the_makefile_asks_for_these():
    asked = re.search(r"(?m)^PKGS := (.*)$", (ROOT / "Makefile").read_text())[1].split()
    assert {f"pkgconfig({name})" for name in asked} == {name for name in named(FEDORA) if name.startswith("pkgconfig")}


def test_debian_s_packages(lists):
    built = {name for name in named(DEBIAN) if name.endswith("-dev")}
    assert {name for name in lists["build"] if name.endswith("-dev")} == built
    assert words(r"\b([a-z][\w.-]*-dev)\b", "data/packaging/debian/control") == built - {"libc6-dev"}
    loaded = named(DEBIAN) - built
    assert loaded == set(re.search(r"(?m)^Depends: (.*?), \$", (ROOT / "data/packaging/debian/control").read_text())[1].split(", "))
    assert loaded <= lists["run"]


def test_fedora_s_packages():
    spec = "data/packaging/kcdaudit.spec"
    loaded = words(r"(?m)^Requires: +([\w-]+)", spec)
    assert words(r"(?m)^BuildRequires: +(\S+)", spec) - TOOLS | loaded == named(FEDORA) - TOOLS
    assert loaded == {"cyrus-sasl-gssapi", "libpq", "openldap"}


def test_the_package_depends_on_what_it_is_linked_with(deb):
    package, = deb.glob("kcdaudit_*_*.deb")
    depends = {name.split()[0] for name in run("dpkg-deb", "-f", package, "Depends").split(", ")}
    assert {"libsasl2-modules-gssapi-mit", "libpq5"} <= depends
    places = dict(re.findall(r"(\S+) => (/\S+)", subprocess.check_output(["ldd", BINARY], text=True)))
    # And libldap, which it loads where it reads a directory: the one that it was built for.
    loaded, = set(re.findall(r"libldap[\w.-]*\.so\.\d+", BINARY.read_bytes().decode("latin-1")))
    known = subprocess.check_output(["/sbin/ldconfig", "-p"], text=True)
    places[loaded] = re.search(rf"(?m)^\s+{re.escape(loaded)} .*=> (/\S+)$", known)[1]
    for library in [*needed(), loaded]:
        if library in places:
            real = os.path.realpath(places[library])
            owner = subprocess.run(["dpkg-query", "-S", real, real.removeprefix("/usr")], stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True).stdout
            assert owner.partition(":")[0] in depends, library
