"""delegations --as-config: what is there, as sections that declare all of it when they are read back."""

import json
import subprocess

import pytest

import offline

# In comments: nothing could declare them.
BARE = ("unconstrained", "wellknown", "foreign", "orphan")


def run(*argv):
    done = subprocess.run([str(offline.KCDAUDIT), *map(str, argv)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def round_trip(case, tmp_path):
    """The edges as they are told with what --as-config wrote, and the findings of an audit with it."""
    conf = tmp_path / "drafted.conf"
    ldif = ("--ldif", case / "estate.ldif")
    status, out, err = run("delegations", *ldif, "-c", "/dev/null", "--as-config", "-o", conf)
    # Nobody takes half of it for the whole.
    assert status == (3 if "\n# Not everything could be read" in conf.read_text() else 0), status
    assert not out and not err, err
    status, out, err = run("delegations", *ldif, "-c", "/dev/null", "-f", "json")
    assert ("# Not everything could be read" in conf.read_text()) == bool(json.loads(out)["run"]["gaps"])
    status, out, err = run("delegations", *ldif, "-c", conf, "-f", "json")
    assert status in (0, 3), err
    edges = json.loads(out)["edges"]
    status, out, err = run("audit", *ldif, "-c", conf, "-f", "json", "--no-history")
    assert status in (0, 1, 3), err
    return conf.read_text(), edges, json.loads(out)["findings"]


def can_be_declared(edge, text):
    return edge["way"] != "unconstrained" and edge["source"]["kind"] not in BARE and f"# Not here: {edge['id']}:" not in text


@pytest.mark.many
@pytest.mark.parametrize("case", offline.some(offline.cases()), ids=lambda case: case.name)
def test_what_is_there_is_declared(case, tmp_path):
    text, edges, findings = round_trip(case, tmp_path)
    for edge in edges:
        if can_be_declared(edge, text):
            assert [s["spn"] for s in edge["spns"] if not s["declared"]] == [], edge["id"]
            assert not edge["id"].endswith("#missing"), edge
    undeclared = [f["id"] for f in findings if f["rule"] == "DEL-07" and f["status"] == "fail"]
    assert not undeclared or "# Not here: " in text, undeclared
    missing = [f for f in findings if f["rule"] == "DEL-14" and "missing" in f["evidence"]]
    assert missing == [], missing


def test_hostile_names_stay_values(hostile, tmp_path):
    """Names that want to be comments, sections or further values: the file is read, and declares them."""
    text, edges, findings = round_trip(hostile, tmp_path)
    lists = [e for e in edges if e["way"] == "kcd"]
    assert lists and all(s["declared"] for e in lists for s in e["spns"])
    assert [f for f in findings if f["rule"] == "DEL-07"] == []
    for line in text.splitlines():
        assert line == "" or line[0] in "#[" or line.split("=")[0] in (
            "from", "from_member_of", "to", "mode", "protocol_transition"), line


def test_it_is_a_format_of_its_own(tmp_path):
    for argv in (["-f", "json"], ["--way", "kcd"], ["--risk", "broken"]):
        status, out, err = run("delegations", "--ldif", offline.DEMO / "estate.ldif", "--as-config", *argv)
        assert status == offline.USAGE and not out and "--as-config" in err
