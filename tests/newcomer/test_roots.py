"""The README's ways in for who has only Windows, by its lines alone, each in a clean Debian 12, Debian 13 and Ubuntu 24.04.

What stands in for Windows: the folder /mnt/c, and exports in ldifde's form, made of what the lab's directory answers. $UBUNTU names
an archive of Ubuntu for debootstrap, where one can be reached.
"""

import re
import shutil

import pytest

from conftest import PASSWORD, SUITES, readme
from harness import ADMINISTRATOR, FINDINGS, INCOMPLETE

# By which the releases differ: the library that a build finds.
LIBLDAP = {"bookworm": "libldap-2.5-0", "trixie": "libldap2", "noble": "libldap2"}
VERSIONS = {"bookworm": "0.1.0~deb12", "trixie": "0.1.0~deb13", "noble": "0.1.0~ubuntu24.04"}


@pytest.fixture(scope="module", params=SUITES)
def suite(request):
    return request.param


@pytest.fixture(scope="module")
def builder(suite, source, newcomer_in):
    """Where the lines for WSL are typed."""
    newcomer = newcomer_in(suite)
    for folder in ("mnt/c/Users/alice/Downloads", "mnt/c/Users/Public"):
        (newcomer.path / folder).mkdir(parents=True)
    (newcomer.path / "mnt/c/Users/Public").chmod(0o777)
    shutil.copy(source, newcomer.path / "mnt/c/Users/alice/Downloads")
    return newcomer


@pytest.fixture(scope="module")
def exports(lab, tmp_path_factory):
    """What ldifde -u writes of the two bases: an addition each, UTF-16 with its mark, CRLF."""
    there = tmp_path_factory.mktemp("exports")
    for name, base in (("domain.ldf", lab.base_dn), ("configuration.ldf", f"CN=Configuration,{lab.base_dn}")):
        found = lab.ldapsearch("-E", "pr=1000/noprompt", "-b", base, "*", user=ADMINISTRATOR)
        assert found.returncode == 0, found.stderr
        text = re.sub(r"(?m)^(dn:.*(?:\n .*)*)$", r"\1\nchangetype: add", found.stdout.split("\n\n", 1)[-1] if
                      found.stdout.startswith("version") else found.stdout)
        (there / name).write_bytes(b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"))
    return there


@pytest.fixture(scope="module")
def package(builder):
    """What `make deb` made of the source there."""
    builder.types("cd ~/kcdaudit-0.1.0")
    builder.types(readme("make deps", "Installing")[1].split(" && ")[0])
    made, = (builder.path / "home/alice/kcdaudit-0.1.0/dist").glob("kcdaudit_*.deb")
    return made


@pytest.fixture(scope="module")
def installer(suite, package, newcomer_in):
    """Another clean root, with the package alone."""
    newcomer = newcomer_in(suite)
    (newcomer.path / "home/alice/dist").mkdir()
    shutil.copy(package, newcomer.path / "home/alice/dist")
    newcomer.types("sudo apt-get update")
    newcomer.types(readme("make deps", "Installing")[1].split(" && ")[1].replace("install", "install -y"))
    return newcomer


def audits(newcomer, lab, line):
    """The lines that are typed against the domain; what the audit said."""
    done = newcomer.types(line, lab, check=False)
    assert done.returncode == FINDINGS, (line, done.stdout, done.stderr)
    assert re.search(r"\d+ of 14 migration directions fail", done.stdout), done.stdout
    assert "tickets: " in done.stdout
    return done.stdout


def test_make_alone_says_what_to_do(builder):
    builder.types("sudo apt-get update && sudo apt-get install -y make")
    builder.types("tar -xzf /mnt/c/Users/alice/Downloads/kcdaudit-0.1.0.tar.gz && cd kcdaudit-0.1.0")
    done = builder.types("make", check=False)
    assert done.returncode != 0 and "not found" not in done.stderr
    assert done.stderr.startswith('missing: gcc, pkg-config: run "make deps" first\nmake: '), done.stderr
    builder.types("cd && rm -rf kcdaudit-0.1.0")


def test_the_lines_for_wsl(builder, lab):
    unpack, build, dns, ticket, audit, report = readme("tar ")
    builder.types(unpack)
    builder.types(build)
    assert f"{lab.dc}." in builder.types(dns, lab).stdout
    builder.types(ticket, lab, input=PASSWORD + "\n")
    audits(builder, lab, audit)
    builder.types(report, lab)
    assert "<html" in (builder.path / "mnt/c/Users/Public/report.html").read_text()


def test_the_package_says_what_it_runs_on(suite, package):
    assert re.fullmatch(rf"kcdaudit_{re.escape(VERSIONS[suite])}_\w+\.deb", package.name)


def test_the_package_installs_and_audits(suite, installer, lab):
    assert re.match(r"kcdaudit \d+\.\d+\.\d+\n", installer.types("kcdaudit --version").stdout)
    installer.types(f"dpkg-query -W {LIBLDAP[suite]}")
    # As the package recommends: kinit is there.
    installer.types("kinit alice@CONTOSO.TEST", lab, input=PASSWORD + "\n")
    audits(installer, lab, "kcdaudit audit -D contoso.test")


def test_an_export_is_audited(installer, exports):
    for path in exports.iterdir():
        shutil.copy(path, installer.path / "home/alice")
    installer.types("cd")
    done = installer.types(*readme("kcdaudit audit --ldif"), check=False)
    assert done.returncode in (FINDINGS, INCOMPLETE), (done.stdout, done.stderr)
    assert re.search(r"\d+ of 14 migration directions fail", done.stdout), done.stdout
    assert "offline from domain.ldf, configuration.ldf" in done.stdout


def test_over_ldaps_too(installer, lab):
    """Another release has another libldap, and that another TLS."""
    shutil.copy(lab.ca_file, installer.path / "home/alice/ca.pem")
    audits(installer, lab, f"kcdaudit audit -H ldaps://{lab.dc} --ca-file ~/ca.pem")


def test_another_release_refuses_it_and_says_why(suite, package, newcomer_in):
    newcomer = newcomer_in("bookworm" if LIBLDAP[suite] == "libldap2" else "trixie")
    shutil.copy(package, newcomer.path / "home/alice")
    newcomer.types("sudo apt-get update")
    done = newcomer.types("sudo apt-get install -y ./kcdaudit_*.deb", check=False)
    assert done.returncode != 0 and f"Depends: {LIBLDAP[suite]} " in done.stdout, (done.stdout, done.stderr)
