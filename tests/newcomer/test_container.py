"""The README's container: built of a clean Debian, then its lines against the lab's domain, with docker and with podman."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from conftest import DEMO, INCLUDE, PASSWORD, ROOT, SUITES, Lab, readme
from engines import ENGINES, containers_environment
from harness import FINDINGS, INCOMPLETE
from machine import CleanRoot, own_suite

LINES = readme("docker build")
# What the images are called that the README builds on.
BASES = {"bookworm": "debian:bookworm-slim", "trixie": "debian:trixie-slim", "noble": "ubuntu:24.04"}


def buildah(environment, *words, cwd=None):
    done = subprocess.run(["buildah", *map(str, words)], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, cwd=cwd)
    assert done.returncode == 0, f"buildah {words[0]}: {done.stdout[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def tree(source, tmp_path_factory):
    there = tmp_path_factory.mktemp("tree")
    subprocess.run(["tar", "-C", there, "--strip-components=1", "-xzf", source], check=True)
    return there


@pytest.fixture(scope="module")
def images(tree, tmp_path_factory):
    """By suite: an archive of the image that the README's line makes of it."""
    there = tmp_path_factory.mktemp("images")
    environment = {**os.environ, **containers_environment(there / "containers")}
    made = {}

    def image(suite):
        if suite in made:
            return made[suite]
        if not shutil.which("buildah"):
            pytest.skip("THE CONTAINER WAS NOT BUILT: buildah is not installed (tools/deps.sh newcomer)")
        root = CleanRoot(there, suite, INCLUDE)
        if why := root.obstacle():
            pytest.skip(f"THE CONTAINER WAS NOT BUILT ON {SUITES[suite]}: {why}")
        scratch = buildah(environment, "from", "scratch").strip()
        buildah(environment, "add", scratch, root.archive, "/")
        buildah(environment, "commit", "--rm", scratch, BASES[suite])
        words = shlex.split(LINES[0])
        assert words[:2] == ["docker", "build"]
        base = [] if suite == "bookworm" else ["--build-arg", f"BASE={BASES[suite]}"]
        buildah(environment, *words[1:-1], *base, words[-1], cwd=tree)
        made[suite] = there / f"{suite}.tar"
        buildah(environment, "push", "localhost/kcdaudit", f"docker-archive:{made[suite]}:kcdaudit:latest")
        made[suite].chmod(0o644)
        return made[suite]

    yield image
    shutil.rmtree(there)


@pytest.fixture(scope="module", params=ENGINES, ids=lambda engine: engine.name)
def engine(request, images):
    if not shutil.which(request.param.program):
        pytest.skip(f"THE CONTAINER WAS NOT RUN BY {request.param.name.upper()}: {request.param.program} is not installed")
    archive = images(own_suite() if own_suite() in SUITES else "bookworm")
    # Not below pytest's own directory, which is root's alone.
    there = Path(tempfile.mkdtemp(prefix="kcdaudit-", dir="/var/tmp"))
    there.chmod(0o755)
    with Lab(DEMO) as lab:
        running = request.param(lab, there)
        try:
            shutil.copy(archive, there / "image.tar")
            loaded = running.types("docker load -i image.tar")
            assert loaded.returncode == 0, loaded.stderr
            yield running
        finally:
            running.stop()


def in_the_lab(line, engine):
    """With the lab's DC as DNS server."""
    assert "--dns 10.0.0.10 " in line
    return line.replace("10.0.0.10", engine.lab.ip)


def test_the_lines_against_a_domain(engine):
    run, ticket, audit, copy, remove = LINES[1:6]
    done = engine.types(in_the_lab(run, engine))
    assert done.returncode == 0, done.stderr
    # No terminal here.
    done = engine.types(ticket.replace(" -it ", " -i "), input=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    done = engine.types(audit)
    assert done.returncode == FINDINGS, (done.stdout, done.stderr)
    assert re.search(r"\d+ of 14 migration directions fail", done.stdout) and "tickets: " in done.stdout
    done = engine.types(copy)
    assert done.returncode == 0 and "<html" in (engine.place / "report.html").read_text(), done.stderr
    done = engine.types(remove)
    assert done.returncode == 0, done.stderr
    assert engine.types("docker ps --all --quiet").stdout == ""


def test_the_line_for_an_export(engine):
    exports = ROOT / "tests/exports"
    shutil.copy(exports / "05a-domain.ldf", engine.place / "domain.ldf")
    shutil.copy(exports / "05b-configuration.ldf", engine.place / "configuration.ldf")
    done = engine.types(LINES[6])
    assert done.returncode in (0, INCOMPLETE) and "READY" in done.stdout, (done.stdout, done.stderr)


def test_it_says_what_it_can_do(engine):
    assert engine.types("docker run --rm kcdaudit").stdout.startswith("usage: kcdaudit COMMAND")
    done = engine.types("docker run --rm --entrypoint sh kcdaudit -c 'id; kcdaudit --version'")
    assert re.match(r"uid=10001\(kcdaudit\).*\nkcdaudit \d+\.\d+\.\d+\n", done.stdout), done.stderr


def test_the_lines_for_every_night(engine):
    """docs/scheduled.md: the keytab in the volume, the audit, the report."""
    page = (ROOT / "docs/scheduled.md").read_text()
    keytab, audit, report = re.findall(r"(?m)^docker run .*$", page)
    shutil.copy(engine.lab.keytab("audit"), engine.place / "audit.keytab")
    (engine.place / "audit.keytab").chmod(0o644)
    done = engine.types(keytab)
    assert done.returncode == 0, done.stderr
    done = engine.types(in_the_lab(audit, engine).replace("contoso.com", "contoso.test").replace("CONTOSO.COM", "CONTOSO.TEST"))
    assert done.returncode == FINDINGS, (done.stdout, done.stderr)
    done = engine.types(report)
    assert done.returncode == 0 and "<html" in (engine.place / "report.html").read_text(), done.stderr


def test_it_is_built_on_another_release(images):
    """--build-arg BASE: Debian 13, whose libldap has another name."""
    archive = images("trixie")
    assert archive.stat().st_size > 50_000_000
