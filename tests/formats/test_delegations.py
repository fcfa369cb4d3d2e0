"""kcdaudit delegations: what its formats say of the same delegations, and that no name in them does harm."""

import csv
import io
import json

import jsonschema
import pytest

import offline
from test_csv import DIALECTS, formulas

MISSED = offline.FIXTURES / "delegations-that-others-miss"
NAMES = offline.FIXTURES / "delegations-of-like-names"
SCHEMA = json.loads((offline.ROOT / "data/kcdaudit.delegations.schema.json").read_text())


def strict(value):
    """Members that the schema does not know are for later versions, and none of this one's."""
    if isinstance(value, dict):
        value = {key: strict(inner) for key, inner in value.items()}
        if value.get("type") == "object" and "properties" in value:
            value.setdefault("additionalProperties", False)
    elif isinstance(value, list):
        value = [strict(inner) for inner in value]
    return value


def delegations(case, *options, **keywords):
    return offline.run("delegations", "--ldif", case / "estate.ldif", "-c", "/dev/null", *options, **keywords)


def edges(case, *options):
    report = json.loads(delegations(case, "-f", "json", *options).stdout)
    jsonschema.Draft202012Validator(strict(SCHEMA)).validate(report)
    return {edge["id"]: edge for edge in report["edges"]}


def test_the_schema_is_sound():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("case", sorted(path.name for path in offline.FIXTURES.glob("delegations-*")) + ["demo"])
def test_formats_agree(case):
    found = edges(offline.FIXTURES / case)
    rows = list(csv.DictReader(io.StringIO(delegations(offline.FIXTURES / case, "-f", "csv").stdout.decode(), newline="")))
    assert len(rows) == len(found) > 0
    for row, edge in zip(rows, found.values()):
        assert (row["verdict"], row["way"], row["owner"]) == (edge["verdict"], edge["way"], edge["owner"])
        assert row["source_kind"] == edge["source"]["kind"] and row["risks"].split() == edge["risks"]
        assert row["spns"].count("\n") == max(len(edge["spns"]) - 1, 0)


def test_a_long_name_widens_no_table(tmp_path):
    """An SPN of 5,000 characters: its beginning and its end in the table, all of it for programs."""
    long = "HTTP/" + "x" * 4990 + ".end"

    def build(estate):
        estate.pair()
        estate.user("svc-long", **{"msDS-AllowedToDelegateTo": [long, "time/HV01"]})

    case = offline.write_estate(tmp_path, build)
    table = delegations(case).stdout.decode()
    assert max(map(len, table.splitlines())) < 400
    assert "HTTP/xxx" in table and ".end" in table
    assert long in delegations(case, "-f", "csv").stdout.decode()
    assert [spn["spn"] for edge in edges(case).values() for spn in edge["spns"] if spn["spn"] == long]


@pytest.mark.parametrize("way", ["kcd", "rbcd", "unconstrained"])
def test_ways_part_the_list(way):
    assert {edge["way"] for edge in edges(MISSED, "--way", way).values()} == {way}


def test_ways_and_risks_may_be_a_list_or_repeated():
    assert edges(MISSED, "--way", "kcd,rbcd") == edges(MISSED, "--way", "kcd", "--way", "rbcd") != edges(MISSED)
    assert edges(MISSED, "--risk", "broken;unconstrained") == edges(MISSED, "--risk", "unconstrained", "--risk", "broken")


# What impacket's findDelegation gets wrong.


def test_an_account_with_both_flags_has_both_ways():
    assert {"kcd:svc-both-ways>FS01", "unconstrained:svc-both-ways"} <= set(edges(MISSED))


def test_a_host_alias_answers():
    assert edges(MISSED)["kcd:svc-alias>FS01"]["owner"] == "found"


def test_kerberos_only_is_listed_and_no_risk():
    edge = edges(MISSED)["kcd:svc-kerberos-only>FS01"]
    assert (edge["protocol_transition"], edge["verdict"], edge["risks"]) == (False, "degraded", [])


def test_a_denial_grants_nothing():
    found = edges(MISSED)
    assert not any("svc-denied" in name for name in found)
    assert found["rbcd:svc-granted-later>FS01"]["verdict"] == "broken"


def test_no_trustee_disappears():
    found = edges(MISSED)
    assert found["rbcd:svc-off>FS01"]["verdict"] == "broken"
    assert found["rbcd:S-1-5-21-7-8-9-1200>FS01"]["source"]["kind"] == "foreign"
    assert found["rbcd:S-1-5-21-1000-2000-3000-4711>FS01"]["source"]["kind"] == "orphan"


def test_domain_controllers_are_listed_and_marked():
    found = edges(MISSED)
    assert found["unconstrained:DC01"]["by_design"] and found["unconstrained:DC01"]["risks"] == []
    assert found["rbcd:FS01>DC01"]["risks"] == ["tier0"]


def test_an_empty_list_is_told():
    report = json.loads(delegations(MISSED, "-f", "json").stdout)
    assert [account["name"] for account in report["unused_transition"]] == ["svc-empty-list"]


# Names.


def test_every_id_is_of_one(tmp_path):
    report = json.loads(delegations(NAMES, "-f", "json").stdout)
    ids = [edge["id"] for edge in report["edges"]]
    assert len(ids) == len(set(ids)) == 5


@pytest.mark.parametrize("name", DIALECTS)
def test_no_cell_is_a_formula(hostile, name):
    assert formulas(delegations(hostile, "-f", "csv").stdout, DIALECTS[name]) == []


def test_a_terminal_gets_no_control_character(hostile):
    for options in ([], ["-v"], ["--color", "always"]):
        text = delegations(hostile, *options).stdout.decode()
        assert not any(c < " " and c not in "\n\x1b" or c == "\x7f" for c in text)
        assert "\x1b" not in text or "--color" in options and "\x1b[2J" not in text
