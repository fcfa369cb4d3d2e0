"""Fix first on a large estate: the steps are its faults, the best of them stands on the first screen, and each step brings
what it says."""

import itertools
import json

import pytest

import commands
from asking import ask, run
from faults import build, clusters_of, configuration, faults_of, write

MOST = 60
STEPS = {  # kind -> the rule that names it
    "kerberos-only": "DEL-03", "no-migration-spn": "SPN-01", "short-names": "DEL-01", "ghost": "DEL-05",
    "disabled": "ACC-01", "unconstrained": "DEL-04", "empty-list": "DEL-01", "rc4": "ACC-06", "duplicate": "SPN-03"}


def names(step, fault):
    return step["subject"] == fault.subject and STEPS[fault.kind] in step["rules"]


@pytest.fixture(scope="module")
def estate(tmp_path_factory):
    """400 hosts, 45 faults: where they are, and what was made wrong."""
    path = tmp_path_factory.mktemp("estate") / "estate.ldif"
    return path, write(path)


def audit(path, *options):
    return run("audit", "--ldif", path, "-c", path.with_suffix(".conf"), "--no-history", *options)


def test_the_steps_are_the_faults(estate):
    path, faults = estate
    report = json.loads(audit(path, "-f", "json").stdout)
    steps = report["fix_first"]
    assert len(faults) == 45 and len(steps) <= MOST
    for fault in faults:
        assert any(names(step, fault) for step in steps), str(fault)
    assert steps[-1]["pairs_after"] == report["summary"]["pairs"]


def test_the_first_screen_names_the_best_step(estate):
    path, faults = estate
    steps = json.loads(audit(path, "-f", "json").stdout)["fix_first"]
    screen = audit(path).stdout.splitlines()[:24]
    assert all(len(line) <= 100 for line in screen)
    assert any(f"1  {steps[0]['subject']}: " in line for line in screen), "\n".join(screen)


def test_what_many_lists_have_in_common_is_one_step(tmp_path):
    """One cluster of 100: ghosts are in 30 lists each, and some lists have several."""
    path = tmp_path / "estate.ldif"
    faults = write(path, hosts=100, size=100, count=36, seed=4)
    steps = json.loads(audit(path, "-f", "json").stdout)["fix_first"]
    assert len(steps) <= len(faults) + 2
    for fault in faults:
        assert any(names(step, fault) for step in steps), str(fault)


BY_HAND = {"ACC-01": commands.enable, "ACC-06": lambda estate, dn: commands.set_types(estate, dn, "RC4,AES128,AES256")}


def take(estate, report, step):
    fixes = {fix["id"]: fix for fix in report["fixes"]}
    for name in step["fixes"]:
        lines = fixes[name]["commands"]
        for line in lines["setspn"] or lines["powershell"]:
            commands.run(estate, line)
    if not step["fixes"]:
        BY_HAND[step["id"].split(":")[0]](estate, f"CN={step['subject']},CN=Computers,DC=contoso,DC=test")


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.many) for seed in (2, 3))])
def test_every_step_brings_what_it_says(tmp_path, seed):
    clusters = clusters_of(60, 12)
    faults = faults_of(clusters, 27, seed)
    estate = build(clusters, faults)
    conf = tmp_path / "estate.conf"
    conf.write_text(configuration(clusters))
    options = ("audit", "-c", conf, "--no-history")
    before = ask(tmp_path, estate, *options)
    ready = before["summary"]["ready"]
    for step in before["fix_first"]:
        take(estate, before, step)
        after = ask(tmp_path, estate, *options)["summary"]
        assert after["ready"] == step["pairs_after"] >= ready, step["id"]
        ready = after["ready"]
    assert ready == before["summary"]["pairs"]
    assert ask(tmp_path, estate, *options)["fix_first"] == []


def test_what_a_new_host_lacks_everywhere_is_one_step(tmp_path):
    """Nobody's list names the host that came last."""
    clusters = clusters_of(12, 12)
    estate = build(clusters, [])
    new = clusters[0][-1]
    for name in clusters[0][:-1]:
        entries = estate[name]["msDS-AllowedToDelegateTo"]
        estate[name]["msDS-AllowedToDelegateTo"] = [value for value in entries if new.lower() not in value.lower()]
    conf = tmp_path / "estate.conf"
    conf.write_text(configuration(clusters))
    report = ask(tmp_path, estate, "audit", "-c", conf, "--no-history")
    [step] = report["fix_first"]
    assert step["subject"] == new and len(step["fixes"]) == step["pairs_alone"] == 11
    assert step["title"] == "trust 11 accounts to delegate to it"


def test_the_same_numbers_give_the_same_estate(tmp_path):
    for place, seed in itertools.product("ab", (1, 2)):
        write(tmp_path / f"{place}{seed}.ldif", hosts=40, size=10, count=18, seed=seed)
    read = {path.name: path.read_bytes() for path in tmp_path.glob("*.ldif")}
    assert read["a1.ldif"] == read["b1.ldif"] != read["a2.ldif"] == read["b2.ldif"]
