"""The RPM spec, the Containerfile and the packages that are asked for, as far as a Debian without registry can tell: they parse,
they name what there is, and they agree with what `make install` puts where. tests/newcomer builds and runs them."""

import fnmatch
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import ROOT, make, run

SPEC = ROOT / "data/packaging/kcdaudit.spec"
CONTAINERFILE = ROOT / "data/packaging/Containerfile"
VERSION = re.search(r"(?m)^VERSION := (.*)$", (ROOT / "Makefile").read_text())[1]
# What Fedora's macro packages define and Debian's rpm does not.
MACROS = {"_unitdir": "/usr/lib/systemd/system", "_docdir": "/usr/share/doc", "build_ldflags": "-Wl,-z,now",
          "systemd_post()": "%nil", "systemd_preun()": "%nil", "systemd_postun()": "%nil", "_isa": "(x86-64)"}
DEFINES = [word for name, value in MACROS.items() for word in ("--define", f"{name} {value}")]


def spec_files():
    """The paths of %files."""
    text = run("rpmspec", *DEFINES, "-P", SPEC)
    section = re.search(r"(?ms)^%files\n(.*?)\n%changelog", text)[1]
    lines = [line for line in section.splitlines() if line.strip() and not line.startswith("#")]
    lines = [re.sub(r"^%(dir|config\(noreplace\)) ", "", line) for line in lines]
    return [line for line in lines if line.startswith("/")]


def test_the_spec_parses_with_no_macro_left_over():
    done = subprocess.run(["rpmspec", *DEFINES, "-P", SPEC], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"%\{?_\w+", done.stdout) == []
    assert f"Version:        {VERSION}\n" in done.stdout


def test_the_spec_lists_what_is_installed(tmp_path):
    make("install", f"DESTDIR={tmp_path}", "PREFIX=/usr", "DEFAULTDIR=/etc/sysconfig", "UNITDIR=/usr/lib/systemd/system")
    there = [f"/{path.relative_to(tmp_path)}" for path in tmp_path.rglob("*") if path.is_file()]
    patterns = spec_files()
    assert len(there) > 50 and len(patterns) > 8

    def covers(pattern, path):
        return path.startswith(pattern) if pattern.endswith("/") else fnmatch.fnmatchcase(path, pattern)

    for path in there:
        assert any(covers(pattern, path) for pattern in patterns), f"{path}: installed, and in no package"
    for pattern in patterns:
        directory = tmp_path / pattern.strip("/")
        assert directory.is_dir() or any(covers(pattern, path) for path in there), f"{pattern}: packaged, and not installed"


# What a Debian or Ubuntu is asked for


def deps(kind):
    """What tools/deps.sh wants for it."""
    text = (ROOT / "tools/deps.sh").read_text()
    lists = dict(re.findall(r"""(?ms)^(\w+)=['"]([^'"]*)['"]$""", text))
    wanted = re.search(rf'(?m)^{kind}\) wanted="(.*)" ;;$', text)[1]
    return set(re.sub(r"\$(\w+)", lambda m: lists[m[1]], wanted).split())


def container_packages():
    """What the Containerfile itself installs; the rest its package depends on."""
    text = CONTAINERFILE.read_text().replace("\\\n", " ")
    lines = re.findall(r"--no-install-recommends (.*?) && ", text)
    assert len(lines) == 2
    return {word for line in lines for word in line.split() if not word.startswith("/")}


def control():
    """The source's part of debian/control, and the package's."""
    return (ROOT / "data/packaging/debian/control").read_text().split("\n\n")[:2]


def named_packages():
    built, package = control()
    depends = re.search(r"(?m)^Depends: (.*)$", package)[1] + ", " + re.search(r"(?m)^Recommends: (.*)$", package)[1]
    return (deps("build") | deps("deb") | container_packages() | set(re.findall(r"\b[a-z][\w.-]*-dev\b", built))
            | {name for name in depends.split(", ") if not name.startswith("$")})


def test_what_is_asked_for_is_in_this_release():
    if not (shutil.which("apt-cache") and re.search(r"(?m)^ID=debian", open("/etc/os-release").read())):
        pytest.skip("NOT LOOKED UP: the packages that are asked for are Debian's, and this is another system")
    names = named_packages()
    known = re.findall(r"(?m)^Package: (.*)$", run("apt-cache", "show", "--no-all-versions", *names))
    assert set(known) == names


def test_what_is_asked_for_is_in_ubuntu_24_04():
    """By a table, whose head says where it is from: no archive of Ubuntu is asked."""
    table = Path(__file__).with_name("noble.packages").read_text()
    known = {line.split()[0] for line in table.splitlines() if not line.startswith("#")}
    assert len(named_packages()) > 15 and named_packages() - known == set()


def test_the_package_is_built_from_what_deps_installs():
    built = set(re.findall(r"\b[a-z][\w.-]*-dev\b", control()[0]))
    assert built and built <= deps("build")
    assert {"debhelper", "python3", "build-essential"} <= deps("deb")


def test_the_package_s_version_names_the_release(deb):
    """One build for each: libldap has another name in Debian 12 than in Debian 13 and Ubuntu 24.04."""
    release = dict(line.split("=", 1) for line in open("/etc/os-release").read().splitlines() if "=" in line)
    package, = deb.glob("kcdaudit_*_*.deb")
    version = run("dpkg-deb", "-f", package, "Version").strip()
    if release["ID"] == "debian" and "VERSION_ID" in release:
        assert version == f"{VERSION}~deb" + release["VERSION_ID"].strip('"')
    assert version.startswith(VERSION) and re.search(r"\blibldap[\w.-]*", run("dpkg-deb", "-f", package, "Depends"))


def test_the_container_holds_no_secret_and_no_root():
    text = CONTAINERFILE.read_text()
    instructions = [line for line in text.splitlines() if re.match(r"[A-Z]+ ", line)]
    assert [line for line in instructions if line.startswith("USER")] == ["USER kcdaudit"]
    assert instructions.index("USER kcdaudit") < instructions.index('ENTRYPOINT ["/usr/bin/kcdaudit"]')
    assert not [line for line in instructions if re.search(r"keytab|password|secret|krb5\.conf", line, re.IGNORECASE)]


def test_the_container_s_lines_are_for_docker_and_for_podman():
    """--userns=keep-id: and --secret of `run` are podman's alone."""
    for page in (ROOT / "README.md", ROOT / "docs/scheduled.md", CONTAINERFILE):
        assert not re.search(r"keep-id|--secret\b", page.read_text()), page


def test_the_readme_names_this_version():
    """The archive that `make dist` makes is what its reader unpacks."""
    assert set(re.findall(r"kcdaudit-(\d[\d.]*\d)\.tar", (ROOT / "README.md").read_text())) == {VERSION}
