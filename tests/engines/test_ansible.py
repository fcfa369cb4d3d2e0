"""data/ansible by Ansible itself, over ssh: three machines, one that is off, and it alone again."""

import json
import re
import subprocess

import pytest

from conftest import needs
from harness import ROOT
from machines import Machines

PLAY = ROOT / "data/ansible/kcdaudit-shards.yml"
NAMES = ["one", "two", "three"]


@pytest.fixture
def machines(lab, place, tmp_path):
    needs("ansible-playbook", "sshd", "ssh")
    there = tmp_path / "machines"
    there.mkdir()
    with Machines(lab, there, place[1], NAMES) as running:
        yield running


@pytest.fixture
def play(lab, place, machines):
    """Plays it; returns what it did with each machine, and what it said."""
    work, env = place
    env = {**env, "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PIPELINING": "1"}
    keytab = lab.keytab(["audit"])

    def run(*options, off=(), expect=0):
        inventory = machines.inventory(off, kcdaudit_keytab=keytab, kcdaudit_principal=f"audit@{lab.realm}")
        done = lab.run(["ansible-playbook", "-i", inventory, PLAY, "-e", f"domain={lab.domain}", "-e", f"kcdaudit_place={work}", *options],
                       user="audit", env=env)
        assert done.returncode == expect, done.stdout + done.stderr
        recap = {name: dict(re.findall(r"(\w+)=(\d+)", rest)) for name, rest in re.findall(r"^(\w+) +: (ok=.*)$", done.stdout, re.M)}
        return {name: {key: int(value) for key, value in counts.items()} for name, counts in recap.items()}, done.stdout
    return run


def report_of(path):
    report = json.loads((path / "report.json").read_text())
    return report, {gap["what"]: gap["why"] for gap in report["run"]["gaps"]}


def test_it_is_sound(lab, place):
    needs("ansible-playbook")
    done = lab.run(["ansible-playbook", "--syntax-check", "-i", "localhost,", PLAY, "-e", "domain=x"], env=place[1])
    assert done.returncode == 0, done


def test_it_passes_the_linter():
    needs("ansible-lint")
    done = subprocess.run(["ansible-lint", "--offline", "--profile=production", "-q", "--nocolor", PLAY.name], cwd=PLAY.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_three_machines(lab, place, machines, play):
    """With --check nothing is asked or left behind; twice under one name is one run."""
    work, _ = place
    recap, _ = play("--check", "-e", "kcdaudit_run=monday")
    assert not list(work.iterdir()) and all(counts["failed"] == counts["unreachable"] == 0 for counts in recap.values())

    recap, said = play("-e", "kcdaudit_run=monday")
    assert set(recap) == {"localhost", *NAMES} and all(c["failed"] == c["rescued"] == 0 for c in recap.values())
    path = work / "monday"
    assert {f.name for f in path.iterdir()} == {"estate.ldif", "shards", "report.html", "report.json"}
    assert {f.name for f in (path / "shards").iterdir()} == {f"shard-{i}-of-3.json" for i in range(3)}
    assert all(f.stat().st_mode & 0o077 == 0 for f in path.rglob("*.ldif"))
    assert not any((machines.place / name).exists() for name in NAMES)
    report, gaps = report_of(path)
    assert [t for host in report["hosts"] for t in host["tickets"] if t["result"] == "granted"]
    assert not [why for why in gaps.values() if "shard" in why]
    assert report["summary"]["hosts"] == 3 and '"HV01' in said

    snapshot = (path / "estate.ldif").stat()
    play("-e", "kcdaudit_run=monday")
    assert (path / "estate.ldif").stat().st_mtime_ns == snapshot.st_mtime_ns
    assert report_of(path)[0]["pairs"] == report["pairs"]


def test_a_machine_that_is_off(lab, place, machines, play):
    """The others' answers are judged, and what it was to ask is not determined; asked again alone it completes the run."""
    path = place[0] / "monday"
    recap, said = play("-e", "kcdaudit_run=monday", off=["two"])
    assert recap["localhost"]["failed"] == 0 and not (machines.place / "one").exists()
    report, gaps = report_of(path)
    assert gaps["shard 1 of 3 (numbered from 0)"].startswith("did not return")
    assert "two is shard 1 of 3 and did not return" in said
    play("-e", "kcdaudit_run=monday", "--limit", "localhost,two")
    report, gaps = report_of(path)
    assert not [why for why in gaps.values() if "shard" in why]


def test_a_machine_that_fails(lab, place, machines, play):
    """Its keytab is no keytab."""
    _, said = play("-e", "kcdaudit_run=monday", "-e", "kcdaudit_keytab=/dev/null", "-e", '{"kcdaudit_look_at": ["--scope=hosts"]}', expect=2)
    assert said.count(" of 3 and did not return") == 3 and "no shard-*.json" in said
    assert not any((machines.place / name).exists() for name in NAMES)


def test_what_is_looked_at_and_asked(lab, place, play):
    given = {"kcdaudit_run": "monday", "kcdaudit_look_at": ["--host=HV01", "--host=HV02"], "kcdaudit_ask": ["--no-tickets"]}
    play("-e", json.dumps(given))
    report, _ = report_of(place[0] / "monday")
    assert [host["name"] for host in report["hosts"]] == ["HV01", "HV02"] and not [t for h in report["hosts"] for t in h["tickets"]]
