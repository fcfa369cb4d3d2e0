"""An audit in shards gives the report of an audit in one run, and says what did not come back."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import jsonschema
import pytest

import offline
import shards
from offline import FINDINGS, INCOMPLETE, NO_AUDIT, OK, USAGE
from patience import PATIENCE_S

pytestmark = pytest.mark.many

SCHEMA = jsonschema.Draft202012Validator(json.loads((offline.ROOT / "data/kcdaudit.shard.schema.json").read_text()))


@pytest.fixture
def place(tmp_path):
    return shards.Place(tmp_path, offline.FIXTURES / "ready")


def refused(done, status, *words):
    """One line, and nothing else."""
    assert done.returncode == status, (done.returncode, done.stderr)
    assert done.stdout == "" and done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


def test_where_the_answers_go(place):
    """A directory that is there, one that is to be made, a file, standard output."""
    back = place.directory / "back"
    asked = ["audit", "--shard", "0/1", "--run-id", "night", "--no-tickets", *place.given]
    assert place.run(*asked, "-o", "%s/" % (back / "deep")).returncode == OK
    assert place.run(*asked, "-o", back).returncode == OK
    assert place.run(*asked, "-o", back / "a.json").returncode == OK
    texts = {path.read_text() for path in (back / "deep/shard-0-of-1.json", back / "shard-0-of-1.json", back / "a.json")}
    assert texts == {place.run(*asked).stdout}
    refused(place.run(*asked, "-o", place.directory / "absent" / "a.json"), USAGE, "absent")


def test_the_schema_is_sound():
    jsonschema.Draft202012Validator.check_schema(SCHEMA.schema)


def test_every_fixture_in_shards(tmp_path):
    """In two, and each tenth in eight: without tickets, how many there are changes nothing but their numbers."""
    for number, case in enumerate(offline.some(offline.cases())):
        where = tmp_path / case.name
        where.mkdir()
        place = shards.Place(where, case)
        back = place.shards(2 if number % 10 else 8, "shards", "--no-tickets")
        for turn in "first", "second":  # how old the data is may change between the two
            merged = shards.written(place, turn + "merged", place.merge, back)
            alone = shards.written(place, turn + "alone", lambda options: place.audit(*options))
            if merged == alone:
                break
        assert merged == alone, case.name


def test_tickets_in_eight_shards_are_those_of_one(tmp_path):
    for name in ("demo", "ready", "spn-03-fires", "spn-01-fires"):
        where = tmp_path / name
        where.mkdir()
        place = shards.Place(where, offline.FIXTURES / name)
        one, eight = place.shards(1, "one"), place.shards(8, "eight")
        asked = [shards.answered(one / "shard-0-of-1.json")]
        parts = [shards.answered(eight / ("shard-%d-of-8.json" % i)) for i in range(8)]
        for shard in asked + parts:
            SCHEMA.validate(shard)
        spns = [t["spn"] for t in asked[0]["tickets"]]
        assert [t["spn"] for part in parts for t in part["tickets"]] == spns and len(spns) > 4
        sizes = [len(part["tickets"]) for part in parts]
        assert max(sizes) - min(sizes) <= 1
        assert shards.written(place, "a", place.merge, one) == shards.written(place, "b", place.merge, eight)
        report = json.loads(place.merge(eight, options=["-f", "json", "--no-history"]).stdout)
        told = json.dumps(report)
        assert "KDC_ERR_S_PRINCIPAL_UNKNOWN" in told and "nobody answers" in told


def test_ports_are_those_of_one(place):
    one, three = (place.shards(count, "of%d" % count, "--no-tickets", "--ports", "--timeout", "1") for count in (1, 3))
    for path in [*one.iterdir(), *three.iterdir()]:
        shard = json.loads(path.read_text())
        for machine in shard["ports"]:
            host = int(machine["name"][-1]) if machine["name"][-1].isdigit() else 9
            machine.update(lookup="found", addresses=[
                {"address": "192.0.2.%d" % host, "reverse": "found", "names": [machine["name"] + ".contoso.test"]},
                {"address": "2001:db8::%d" % host, "reverse": "none", "names": []}])
            for port in machine["ports"]:
                state = ("open", "refused", "filtered")[(port["port"] + host) % 3]
                port["replies"] = [{"address": 0, "state": "unreachable", "how": "no route to host", "ms": 1.5},
                                   {"address": 1, "state": state, "how": None, "ms": 2000}]
        SCHEMA.validate(shard)
        path.write_text(json.dumps(shard))
    a, b = (shards.written(place, "m%d" % i, place.merge, where) for i, where in enumerate((one, three)))
    assert a == b
    assert "NET-0" in "".join(a[1].values()) and "2001:db8::" in "".join(a[1].values())


def test_fifty_domains_in_eight_shards(tmp_path):
    """One shard is killed and started again; one never returns."""
    def estate(number):
        def build(made):
            made.pair()
            for other in range(number % 4):
                made.user("svc-%d" % other, servicePrincipalName=["HTTP/app%d.contoso.test" % other])
        return build
    for number in offline.some(range(50)):
        where = tmp_path / str(number)
        where.mkdir()
        place = shards.Place(offline.write_estate(where, estate(number)), where)
        back = where / "shards"
        for index in (i for i in range(8) if i != 5):
            if number % 10 == 0 and index == 2:
                argv = [offline.KCDAUDIT, "audit", "--shard", "2/8", "--run-id", "night", *place.given, "-o", back]
                killed = subprocess.Popen(argv, env=place.env, stderr=subprocess.DEVNULL)
                time.sleep(0.001 * (number // 10))
                killed.send_signal(signal.SIGKILL)
                killed.wait()
            assert place.shard(index, 8, back).returncode == OK
            shards.answered(back / ("shard-%d-of-8.json" % index))
        done = place.merge(back, options=["-f", "json", "--all-pairs", "--no-history", "--fail-on", "critical"])
        report = json.loads(done.stdout)
        assert done.returncode == INCOMPLETE, done.stderr
        gaps = {gap["what"]: gap["why"] for gap in report["run"]["gaps"]}
        told = [why for what, why in gaps.items() if what == "shard 5 of 8 (numbered from 0)"]
        assert told and told[0].startswith("did not return; test tickets not asked for: "), gaps
        missing = [what for what, why in gaps.items() if why == "shard 5 of 8 did not return"]
        assert len(missing) == int(told[0].split(": ")[1]) > 0
        assert place.shard(5, 8, back).returncode == OK
        shards.answered(back / "shard-5-of-8.json")
        whole = shards.written(place, "whole", place.merge, back)
        one = place.shards(1, "one")
        shards.answered(one / "shard-0-of-1.json")
        assert whole == shards.written(place, "alone", place.merge, one)


def test_what_no_kdc_answered_is_not_determined(place):
    back = place.shards(2, "back")
    done = place.merge(back, options=["-f", "json", "--no-history"])
    report = json.loads(done.stdout)
    assert done.returncode == INCOMPLETE
    assert [gap for gap in report["run"]["gaps"] if gap["what"].startswith("ticket for ")]


def test_the_history_is_kept_by_the_merge_alone(place):
    history = place.directory / "history.sqlite"
    back = place.shards(3, "back", "--no-tickets")
    assert not list(place.directory.rglob("history.sqlite"))
    for _ in range(2):
        assert place.merge(back, options=["--history", history]).returncode == OK
    runs = json.loads(place.run("history", "--history", history, "-f", "json").stdout)["runs"]
    assert len(runs) == 2 and runs[0]["exit"] == OK


def test_another_run_snapshot_number_or_question(place, tmp_path):
    back = place.shards(3, "back", "--no-tickets")
    refused(place.merge(back, run_id="other"), USAGE, "shard-0-of-3.json", "another run")
    other = offline.FIXTURES / "spn-01-fires" / "estate.ldif"
    refused(place.run("merge", "--run-id", "night", "--ldif", other, "-c", os.devnull, back, "--no-history"), USAGE,
            "another snapshot")
    place.shard(0, 2, back, "--no-tickets")
    refused(place.merge(back), USAGE, "one of 3 shards", "2")
    (back / "shard-0-of-2.json").unlink()
    refused(place.merge(back, options=["--host", "HV01", "--host", "nobody*", "--no-history"]), USAGE)
    refused(place.merge(back, options=["--scope", "hosts", "--host", "HV01", "--no-history"]), USAGE, "other hosts")
    place.shard(1, 3, back)
    refused(place.merge(back), USAGE, "asked for different things", "--no-tickets")


def test_a_shard_twice(place):
    back = place.shards(2, "back")
    shard = json.loads((back / "shard-1-of-2.json").read_text())
    again = back / "shard-1-again.json"
    shard["tickets"][0]["ms"] += 7
    again.write_text(json.dumps(shard))
    assert place.merge(back).returncode == INCOMPLETE  # no KDC answered
    shards.answer(shard["tickets"][0])
    shard["tickets"][0]["error"] = "something else"
    again.write_text(json.dumps(shard))
    refused(place.merge(back), USAGE, "shard-1-again.json", "shard 1", "leave one out")


def spoiled(shard, place, value):
    *way, last = place
    for step in way:
        shard = shard[step]
    if value is None:
        del shard[last]
    else:
        shard[last] = value


SPOILED = [
    (("schema",), "kcdaudit.shard/2"), (("of",), 0), (("of",), 10**9), (("of",), "2"), (("shard",), 2), (("shard",), -1),
    (("asked",), None), (("asked",), []), (("asked", "tickets"), False), (("tickets",), None), (("tickets",), {}),
    (("tickets",), []), (("tickets", 0), 7), (("tickets", 0, "spn"), "cifs/elsewhere"), (("tickets", 0, "spn"), None),
    (("tickets", 0, "granted"), "yes"), (("tickets", 0, "granted"), True), (("tickets", 0, "error"), "x" * 5000),
    (("tickets", 0, "error_code"), 2**40), (("tickets", 0, "kvno"), -1), (("tickets", 0, "kvno"), 1.5),
    (("tickets", 0, "ms"), "0"), (("tickets", 0, "ms"), -1), (("tickets", 0, "ms"), 1e300),
    (("tickets", 0, "asker"), "CN=nobody,DC=contoso,DC=test"), (("proofs",), [{"source": "CN=x"}]), (("ports",), [{}]),
    (("gaps",), [{"what": "x"}]), (("gaps",), "x"), (("snapshot",), "x"), (("questions",), "x"),
]


def test_files_that_no_shard_wrote(place):
    back = place.shards(2, "back")
    path = back / "shard-0-of-2.json"
    good = path.read_text()
    for way, value in SPOILED:
        shard = json.loads(good)
        spoiled(shard, way, value)
        path.write_text(json.dumps(shard))
        done = place.merge(back)
        assert done.returncode in (USAGE, NO_AUDIT), (way, value, done.returncode, done.stderr)
        refused(done, done.returncode, "shard-")
    for text in ("", "[", "[]", "7", '"x"', "[" * 100000, good + "x", good[:len(good) // 2], good.replace("night", "n\x1b[2J"),
                 good.replace('"of"', '"shard": 0, "of"'), "\xff\xfe", good.encode("utf-16-le").decode("latin-1")):
        path.write_text(text, encoding="latin-1")
        done = place.merge(back)
        refused(done, done.returncode, "shard-0-of-2.json")
        assert done.returncode in (USAGE, NO_AUDIT) and "\x1b" not in done.stderr


def test_hostile_texts_stay_texts(place):
    back = place.shards(1, "back")
    path = back / "shard-0-of-1.json"
    shard = json.loads(path.read_text())
    for ticket in shard["tickets"]:
        ticket["error"] = "\x1b[2J</script><script>alert(1)</script>\n=cmd"
    path.write_text(json.dumps(shard))
    _, reports = shards.written(place, "out", place.merge, back)
    assert "\x1b" not in "".join(reports.values())
    assert "<script>alert" not in reports[Path("html")]


def test_where_there_is_nothing(place):
    empty = place.directory / "empty"
    empty.mkdir()
    refused(place.merge(empty), USAGE, "no shard-*.json")
    refused(place.merge(place.directory / "absent.json"), USAGE, "absent.json")
    refused(place.run("merge", "--run-id", "night", empty), USAGE, "--ldif FILE")
    refused(place.run("merge", "--ldif", "x", empty), USAGE, "--run-id")


@pytest.mark.parametrize("given, words", [
    ("8/8", "I/N"), ("-1/8", "I/N"), ("1", "I/N"), ("1/2/3", "I/N"), ("0/0", "I/N"), ("0/10001", "I/N"), ("", "I/N"),
    ("a/8", "I/N"), ("auto", "SLURM_ARRAY_TASK_ID"), ("auto/8", "JOB_COMPLETION_INDEX"),
])
def test_numbers_that_are_none(place, given, words):
    refused(place.run("audit", "--shard", given, "--run-id", "night", *place.given), USAGE, words)


@pytest.mark.parametrize("given, env, expected", [
    ("auto", {"ID": "0", "COUNT": "4", "MIN": "0"}, (0, 4)), ("auto", {"ID": "13", "COUNT": "4", "MIN": "10"}, (3, 4)),
    ("auto", {"ID": "6", "COUNT": "3", "MIN": "2", "STEP": "2"}, (2, 3)), ("auto/8", {}, (5, 8)), ("3/8", {}, (3, 8)),
])
def test_numbers_of_schedulers(place, given, env, expected):
    told = {"SLURM_ARRAY_TASK_" + name: value for name, value in env.items()}
    done = place.run("audit", "--shard", given, "--run-id", "night", "--no-tickets", *place.given,
                     env=dict(told, JOB_COMPLETION_INDEX="5"))
    shard = json.loads(done.stdout)
    assert (shard["shard"], shard["of"]) == expected


def test_an_array_with_gaps(place):
    env = {"SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "1"}
    refused(place.run("audit", "--shard", "auto", "--run-id", "night", *place.given, env=env), USAGE, "without gaps")


def test_what_does_not_go_with_a_shard(place):
    for option in (["-f", "json"], ["--fixes", "x"], ["--history", "x"], ["--sysvol", "x"], ["--facts", "x"]):
        refused(place.shard(0, 2, place.directory / "back", *option), USAGE, "kcdaudit merge")
    refused(place.run("audit", "--shard", "0/2", "--run-id", "x"), USAGE, "kcdaudit snapshot")
    refused(place.run("audit", "--shard", "0/2", *place.given), USAGE, "--run-id")
    refused(place.run("audit", "--run-id", "x", *place.given), USAGE, "--shard")
    refused(place.run("audit", "--shard", "0/2", "--run-id", "a b", *place.given), USAGE, "--run-id takes")
    refused(place.audit("--ports"), USAGE, "--ldif is offline")


def test_without_a_ticket_a_shard_writes_nothing(place):
    back = place.directory / "back"
    (place.directory / "cache").unlink()
    refused(place.shard(0, 2, back), NO_AUDIT, "kinit")
    assert not list(back.iterdir())


def test_answers_are_their_owners(place):
    back = place.shards(1, "back", "--no-tickets")
    assert (back / "shard-0-of-1.json").stat().st_mode & 0o777 == 0o600
