"""The RPM spec and the Containerfile, as far as a Debian without registry can tell: they parse, they name what there is,
and they agree with what `make install` puts where."""

import fnmatch
import re
import shutil
import subprocess

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


def container_packages(stage):
    text = CONTAINERFILE.read_text().replace("\\\n", " ")
    line = re.findall(r"(?m)^RUN apt-get update .*$", text)[stage]
    words = re.search(r"--no-install-recommends (.*?) && rm ", line)[1].split()
    assert len(words) > 5
    return set(words)


def test_the_container_s_packages_exist():
    if not (shutil.which("apt-cache") and "bookworm" in open("/etc/os-release").read()):
        pytest.skip("NOT LOOKED UP: the Containerfile's packages are Debian 12's, and this is another system")
    for stage in (0, 1):
        names = container_packages(stage)
        known = re.findall(r"(?m)^Package: (.*)$", run("apt-cache", "show", "--no-all-versions", *names))
        assert set(known) == names


def test_the_container_has_what_the_package_depends_on(deb):
    """The libraries that the linker found, and nothing that has to be remembered."""
    package = next(deb.glob(f"kcdaudit_{VERSION}_*.deb"))
    depends = run("dpkg-deb", "-f", package, "Depends")
    names = {re.match(r"\s*([\w.+-]+)", part)[1] for part in depends.split(",")} - {"libc6"}
    assert "libsqlite3-0" in names and names <= container_packages(1)
    # And what it is built from.
    control = (ROOT / "data/packaging/debian/control").read_text().split("\n\n")[0]
    build = set(re.findall(r"\b(lib[\w-]+-dev)\b", control))
    assert build <= container_packages(0)


def test_the_container_holds_no_secret_and_no_root():
    text = CONTAINERFILE.read_text()
    instructions = [line for line in text.splitlines() if re.match(r"[A-Z]+ ", line)]
    assert [line for line in instructions if line.startswith("USER")] == ["USER kcdaudit"]
    assert instructions.index("USER kcdaudit") < instructions.index('ENTRYPOINT ["/usr/bin/kcdaudit"]')
    assert not [line for line in instructions if re.search(r"keytab|password|secret|krb5\.conf", line, re.IGNORECASE)]
