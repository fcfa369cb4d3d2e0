"""By which control of a framework a finding is one: docs/frameworks.md says where each id was read, and no report has another."""

import csv
import io
import json
import re

import pytest

import offline

FORMS = {
    "attack": r"[TM][0-9]{4}(\.[0-9]{3})?",
    "anssi": r"vuln_[a-z0-9_]+",
    "stig": r"V-[0-9]{6}|WN[0-9]{2}-[A-Z]{2}-[0-9]{6}",
    "cis": r"[0-9]+(\.[0-9]+)+",
    "nist": r"[A-Z]{2}-[0-9]+(\([0-9]+\))?",
}
TITLES = {"attack": "MITRE ATT&CK", "anssi": "ANSSI", "stig": "DISA STIG", "cis": "CIS", "nist": "NIST SP 800-53"}


def rules():
    return json.loads(offline.run("rules", "-f", "json", expect=offline.OK).stdout)["rules"]


def ids_of(rule):
    return {(rule["id"], key, id) for key, ids in rule["frameworks"].items() for id in ids}


def documented():
    page = (offline.ROOT / "docs/frameworks.md").read_text()
    keys = {title: key for key, title in TITLES.items()}
    found = set()
    for names, title, ids, source in re.findall(r"^\| ([A-Z]{3}-.+?) \| (.+?) \| (.+?) \| (.+?) \|$", page, re.M):
        assert source.strip(), (names, ids)
        found |= {(name, keys[title], id) for name in names.split(", ") for id in ids.split(", ")}
    return found


def test_each_id_has_its_form_and_its_source():
    table = set().union(*map(ids_of, rules()))
    for _, key, id in table:
        assert re.fullmatch(FORMS[key], id), id
    assert table == documented()
    assert len(table) > 25 and {key for _, key, _ in table} == set(FORMS)


def test_the_table_for_spreadsheets():
    done = offline.run("rules", "-f", "csv", expect=offline.OK)
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))
    expected = rules()
    assert [row["id"] for row in rows] == [rule["id"] for rule in expected]
    for row, rule in zip(rows, expected):
        assert (row["slug"], row["severity"], row["title"]) == (rule["slug"], rule["severity"], rule["title"])
        assert {key: row[key].split() for key in FORMS if row[key]} == rule["frameworks"]
    one = offline.run("rules", "DEL-04", "-f", "csv", expect=offline.OK).stdout.decode().splitlines()
    assert len(one) == 2 and "T1187" in one[1]


def test_the_page_of_a_rule_ends_with_them():
    text = offline.run("rules", "DEL-04", expect=offline.OK).stdout.decode()
    assert text.endswith("## Frameworks\n\n- MITRE ATT&CK T1187\n- ANSSI Active Directory checkpoints vuln_delegation_t4d\n")
    assert "Frameworks" not in offline.run("rules", "DEL-01", expect=offline.OK).stdout.decode()


@pytest.mark.parametrize("name", ["del-04-fires", "del-08-fires", "tru-02-fires"])
def test_every_report_of_a_finding_has_them(name, tmp_path):
    formats = ("json", "jsonl", "sarif", "html")
    offline.audit(offline.FIXTURES / name, *[word for format in formats for word in ("-f", f"{format}:{tmp_path / format}")])
    rule = name[:6].upper()
    expected = next(each for each in rules() if each["id"] == rule)["frameworks"]
    assert expected
    report = json.loads((tmp_path / "json").read_text())
    lines = [json.loads(line) for line in (tmp_path / "jsonl").read_text().splitlines()]
    for finding in report["findings"] + [line for line in lines if line["type"] == "finding"]:
        assert (finding["frameworks"] == expected) == (finding["rule"] == rule) or finding["frameworks"] == {}
    run = json.loads((tmp_path / "sarif").read_text())["runs"][0]
    descriptor = next(each for each in run["tool"]["driver"]["rules"] if each["id"] == rule)
    named = {(each["target"]["toolComponent"]["name"], each["target"]["id"]) for each in descriptor["relationships"]}
    assert {id for _, id in named} == {id for ids in expected.values() for id in ids}
    for each in descriptor["relationships"]:
        taxonomy = run["taxonomies"][each["target"]["toolComponent"]["index"]]
        assert taxonomy["name"] == each["target"]["toolComponent"]["name"]
        assert each["target"]["id"] in [taxon["id"] for taxon in taxonomy["taxa"]]
    page = (tmp_path / "html").read_text()
    assert all(id in page for ids in expected.values() for id in ids)
