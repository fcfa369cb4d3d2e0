"""CONTRIBUTING.md, followed to the letter: each block goes into a copy of the tree where it says, and what comes out works.

A block belongs to the line before it: "In `FILE`, before `TEXT`:" (the line that holds it; or "after", "instead of" the
text itself, "at its end"), several files with commas and "and"; or "A new file `FILE`:".
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
COPIED = ["Makefile", "README.md", "data", "docs", "fixtures", "include", "queries", "src", "tests", "tools"]
PLACE = re.compile(r"^(?:In (?P<files>`.+?`), (?:(?P<how>before|after|instead of) `(?P<text>.+)`|at its end)"
                   r"|A new file `(?P<new>.+)`):$")
BLOCK = re.compile(r"^(?P<place>(?:In|A new file) `[^\n]*:|Then:)\n\n```\w*\n(?P<content>.*?)^```$", re.M | re.S)


def line_of(text, anchor, name):
    """Where the line that holds the text begins and ends."""
    assert text.count(anchor) == 1, f"{name}: {anchor!r} stands there {text.count(anchor)} times"
    at = text.index(anchor)
    return text.rindex("\n", 0, at) + 1, text.index("\n", at) + 1


def changed(text, place, content, name):
    if place["how"] == "instead of":
        assert text.count(place["text"]) == 1, f"{name}: {place['text']!r} stands there {text.count(place['text'])} times"
        return text.replace(place["text"], content.rstrip("\n"))
    if not place["how"]:
        return text + content
    begin, end = line_of(text, place["text"], name)
    at = begin if place["how"] == "before" else end
    return text[:at] + content + text[at:]


def follow(tree):
    """Puts every block where it belongs; returns the commands."""
    commands = []
    for block in BLOCK.finditer(PAGE.read_text()):
        if block["place"] == "Then:":
            commands += block["content"].splitlines()
            continue
        place = PLACE.match(block["place"])
        assert place, block["place"]
        if place["new"]:
            path = tree / place["new"]
            assert not path.exists(), f"{place['new']} is there already"
            path.write_text(block["content"])
        for name in re.findall(r"`([^`]+)`", place["files"] or ""):
            path = tree / name
            path.write_text(changed(path.read_text(), place, block["content"], name))
    return commands


def run(tree, *argv, **keywords):
    done = subprocess.run(argv, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **keywords)
    assert done.returncode == 0, f"{argv}: exit {done.returncode}\n{done.stdout[-6000:]}"
    return done.stdout


def copied(tree):
    """Puts a copy of what the page speaks of there."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, tree / name)
    return tree


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The copy, after all that the page says: built, without a warning, and its golden tests green."""
    tree = copied(tmp_path_factory.mktemp("tree"))
    commands = follow(tree)
    # As the page says, but quickly.
    environment = {**os.environ, "MAKEFLAGS": f"-s -j{os.cpu_count()} OPT=-O0 WERROR=1", "PYTHONDONTWRITEBYTECODE": "1"}
    for command in commands:
        run(tree, "sh", "-c", command.replace("python3", "/usr/bin/python3"), env=environment)
    return tree


def program(tree, *argv, status=0, cwd=None):
    done = subprocess.run([tree / "build/kcdaudit", *argv], cwd=cwd or tree, stdout=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, "NO_COLOR": "1", "LC_ALL": "C.UTF-8"})
    assert done.returncode == status, done
    return done.stdout


def audit(tree, case, form):
    return program(tree, "audit", "--ldif", "estate.ldif", "-c", os.devnull, "--no-history", "-f", form,
                   cwd=tree / "fixtures" / case)


def test_the_rule_fires(tree):
    found = {(f["rule"], f["subject"]) for f in json.loads(audit(tree, "acc-99-fires", "json"))["findings"]}
    assert ("ACC-99", "HV02") in found
    assert "PASSWD_NOTREQD: its password may be empty" in " ".join(audit(tree, "acc-99-fires", "text").split())


def test_the_rule_is_listed_and_told(tree):
    assert "ACC-99" in program(tree, "rules")
    assert "Set-ADAccountControl 'HV01$'" in program(tree, "rules", "ACC-99")


def test_the_attribute_is_asked_for(tree):
    assert all(" location" in path.read_text() for path in (tree / "queries").glob("hosts*.ldap"))


def test_the_option(tree):
    assert "host-without-password" in program(tree, "rules", "--slugs").splitlines()
    assert "--slugs" in program(tree, "rules", "--help")
    assert "--slugs" in (tree / "build/completion/kcdaudit.bash").read_text()


def test_the_format(tree):
    assert "ACC-99 HV02" in audit(tree, "acc-99-fires", "names").splitlines()


def test_the_command(tree):
    assert int(program(tree, "count")) == len(json.loads(program(tree, "rules", "-f", "json"))["rules"])
    assert "how many rules there are" in program(tree, "help")


def test_the_error_code(tree):
    assert "The trust of the domain in the host is broken." in program(tree, "diagnose", "0x800706FB")


def test_the_workload(tree):
    assert "print-server" in program(tree, "workloads")
    assert "cifs/FQDN" in program(tree, "workloads", "print-server")


def test_the_key_of_the_configuration(tree, tmp_path):
    case = tree / "fixtures/del-14-fires"
    conf = (case / "kcdaudit.conf").read_text().replace("from=", "contact=the portal's owner\nfrom=")
    (tmp_path / "kcdaudit.conf").write_text(conf)
    found = json.loads(program(tree, "audit", "--ldif", "estate.ldif", "-c", tmp_path / "kcdaudit.conf", "--no-history", "-f",
                               "json", status=1, cwd=case))["findings"]
    declared = [f for f in found if f["rule"] == "DEL-14" and any(t["target"] for t in f["targets"])]
    assert declared and all("the portal's owner" in f["evidence"]["contact"] for f in declared), declared
    assert "Whom to ask about it" in (tree / "build/man/kcdaudit.conf.5").read_text()
