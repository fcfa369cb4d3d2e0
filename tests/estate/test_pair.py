"""check names all that blocks a pair, and nothing else: what its commands change makes the pair ready, and each of its
steps is needed for that."""

import copy
import itertools
import os
import random

import pytest

from asking import ask
from commands import run
from slips import RIGHT, SLIPS, bare_name, no_name, pair, wrong_name

PURGE = ["klist purge -li 0x3e7"]
TRIPLES = random.Random(13).sample(list(itertools.combinations(sorted(SLIPS), 3)), 60)
SEVERAL = [pytest.param(names, marks=pytest.mark.many) for names in TRIPLES[:20]]


def check(place, estate):
    return ask(place, estate, "check", "HV01", "HV02")


def steps_of(answer):
    """Those before the purge and how to verify, which end them all."""
    steps = answer["next"]["steps"]
    assert [step["commands"] for step in steps[-2:]] == [PURGE, []]
    assert "kcdaudit check HV01 HV02" in steps[-1]["advice"]
    return steps[:-2]


def take(estate, steps):
    changed = copy.deepcopy(estate)
    for step in steps:
        assert step["commands"], step
        for command in step["commands"]:
            run(changed, command)
    return changed


def assert_all_is_named(place, *names):
    estate = pair(*names)
    answer = check(place, estate)
    if answer["verdict"] == "ready":
        assert len(names) > 1 or set(names) <= RIGHT  # one may undo another
        return
    after = check(place, take(estate, steps_of(answer)))
    assert after["verdict"] == "ready", [step["advice"] for step in answer["next"]["steps"]]


@pytest.mark.parametrize("name", sorted(SLIPS))
def test_one(tmp_path, name):
    assert_all_is_named(tmp_path, name)


@pytest.mark.many
@pytest.mark.parametrize("name", sorted(SLIPS))
def test_two(tmp_path, name):
    """A third of them but in `make soak`."""
    names = sorted(SLIPS)
    place = names.index(name)
    others = names[place + 1:] if os.environ.get("KCDAUDIT_SOAK") else names[place + 1 + place % 3::3]
    for other in others:
        assert_all_is_named(tmp_path, name, other)


def test_three(tmp_path):
    for names in TRIPLES:
        assert_all_is_named(tmp_path, *names)


@pytest.mark.parametrize("names", [(name,) for name in sorted(set(SLIPS) - RIGHT)] + SEVERAL)
def test_nothing_else(tmp_path, names):
    estate = pair(*names, *sorted(RIGHT - set(names)))
    steps = steps_of(check(tmp_path, estate))
    for left_out in steps:
        rest = [step for step in steps if step is not left_out]
        assert check(tmp_path, take(estate, rest))["verdict"] != "ready", left_out["advice"]


@pytest.mark.parametrize("unnamed", [no_name, bare_name, wrong_name])
@pytest.mark.parametrize("name", ["no_migration_spn", "short_names", "duplicate", "kerberos_only"])
def test_what_a_name_needs_is_told_once_it_is_there(tmp_path, name, unnamed):
    estate = pair(name)
    unnamed(estate)
    steps = check(tmp_path, estate)["next"]["steps"]
    assert steps[0]["advice"].startswith("SPN-07: ") and not steps[0]["commands"]
    assert steps[-1]["advice"].startswith("Run this again: ")
    assert "hv20" not in str([step["commands"] for step in steps])
    estate = take(estate, steps[1:-1])
    estate["HV02"]["dNSHostName"] = "hv02.contoso.test"
    again = check(tmp_path, estate)
    rest = steps_of(again) if again["verdict"] != "ready" else []
    assert check(tmp_path, take(estate, rest))["verdict"] == "ready"


CODES = ("0x8009030E", pytest.param("0x80090322", marks=pytest.mark.many))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("names", [(name,) for name in sorted(SLIPS)] + SEVERAL)
def test_diagnose_names_all_of_it_whatever_the_error(tmp_path, names, code):
    estate = pair(*names, *({"ghost"} - set(names)))
    checked = check(tmp_path, estate)
    diagnosed = ask(tmp_path, estate, "diagnose", code, "HV01", "HV02")
    commands = [command for step in diagnosed["steps"] for command in step["commands"]]
    assert not any("HV09" in command for command in commands), "another host's entry is for another time"
    if checked["verdict"] != "ready":
        estate = take(estate, [step for step in diagnosed["steps"] if step["commands"]])
        assert check(tmp_path, estate)["verdict"] == "ready"
        assert diagnosed["steps"][-1] == checked["next"]["steps"][-1]


def test_tickets_without_a_pac_are_no_evidence_for_certain(tmp_path):
    """Samba's KDC puts one into those of S4U2Self, and was asked."""
    estate = pair()
    estate["HV01"]["userAccountControl"] |= 0x2000000
    checked = check(tmp_path, estate)
    [condition] = [each for each in checked["conditions"] if each["what"] == "source-authorization-data"]
    assert checked["verdict"] == condition["state"] == "unknown" and "NO_AUTH_DATA_REQUIRED" in condition["seen"]
    assert ask(tmp_path, estate, "check", "HV02", "HV01")["verdict"] == "ready"
    found = {finding["id"]: finding["status"] for finding in ask(tmp_path, estate, "audit", "--no-history")["findings"]}
    assert found == {"ACC-02:HV01": "unknown"}
    estate.entries[""]["vendorName"] = "Samba Team (https://www.samba.org)"
    assert check(tmp_path, estate)["verdict"] == "ready"
