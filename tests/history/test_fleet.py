"""kcdaudit fleet, and kcdaudit history --prune."""

import base64
import hashlib
import html
import os
import re

import pytest

from kept import NO_AUDIT, OK, USAGE, checked, config_of, environment, one_line, run
from test_changes import kerberos_only, sensitive, sound


def fleet(store, *options):
    return run("fleet", "--history", store.path, *options, expect=OK)


def states(store):
    return checked(fleet(store, "-f", "json").stdout, "fleet")


def age(store, number, days):
    store.sql("UPDATE runs SET started_us = started_us - ?2 * 86400000000 WHERE id = ?1", number, days)


def prune(store, keep, *options):
    return run("history", "--prune", keep, "--history", store.path, *options)


def filled(store):
    """Runs 1 to 6 of one scope; 7 of another."""
    ldifs = [store.estate(build) for build in (sensitive, sound, kerberos_only)]
    for number in range(6):
        store.audit(ldifs[number % 3] if number < 3 else ldifs[2])
    store.audit(ldifs[1], config=config_of(store))
    for number in range(1, 7):
        age(store, number, 10 * (7 - number))
    return store


def test_worst_first(store):
    good, bad = store.estate(sound), store.estate(kerberos_only)
    store.audit(bad)                            # 1: superseded
    store.audit(good)                           # 2
    store.audit(good, config=config_of(store))  # 3: superseded
    store.audit(bad, config=config_of(store))   # 4
    value = states(store)
    assert [run["run"] for run in value["scopes"]] == [4, 2]
    assert value["summary"]["scopes"] == 2 and value["file"] == str(store.path)
    critical, error = value["summary"]["critical"], value["summary"]["error"]
    assert critical + error >= 1
    assert value["scopes"] == [run for number in (4, 2) for run in store.history()["runs"] if run["run"] == number]
    text = fleet(store, "-v").stdout
    assert text.index("configuration " + str(config_of(store))) < text.rindex("contoso.test")
    assert text.startswith(f"2 audited: {critical} critical, {error} with errors, ")
    assert len(fleet(store, "-q").stdout.splitlines()) == 2


def test_a_page_of_its_own(store):
    """The same rows in the same order; it loads nothing, and only its own style counts."""
    store.audit(store.estate(sound))
    store.audit(store.estate(kerberos_only), config=config_of(store))
    page = fleet(store, "-f", "html").stdout
    rows = re.findall(r'<tr><th scope="row">([^<]*)</th>', page)
    assert rows == ["contoso.test, configuration " + str(config_of(store)), "contoso.test"]
    assert page.count("<tr>") == page.count("</tr>") == 3 and page.count("<td") == page.count("</td>")
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{hashed}'" in html.unescape(page) and "script-src 'none'" in html.unescape(page)
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")
    one_line(run("fleet", "--history", store.path, "-f", "csv"), USAGE, "csv")


def test_old_audits_are_told(store):
    store.audit(store.estate())
    assert "days old" not in fleet(store).stdout
    age(store, 1, 9)
    text = fleet(store).stdout
    assert "9 days old" in text and "1 not audited for 2 days or more" in text


def test_nothing_to_list(tmp_path):
    one_line(run("fleet", env=environment(XDG_STATE_HOME=tmp_path)), NO_AUDIT, "no history yet")
    one_line(run("fleet", "--history", tmp_path / "x"), NO_AUDIT, tmp_path / "x")
    one_line(run("fleet", "HV01"), USAGE, "kcdaudit help fleet")


@pytest.mark.parametrize("keep, kept", [("2r", [7, 6, 5]), ("1 run", [7, 6]), ("25d", [7, 6, 5]), ("5 days", [7, 6]), ("100r", range(7, 0, -1))])
def test_pruned_are_those_before(store, keep, kept):
    filled(store)
    before = {run["run"]: run for run in store.history()["runs"]}
    done = prune(store, keep)
    assert done.returncode == OK and done.stderr == ""
    left = [run["run"] for run in store.history()["runs"]]
    assert left == list(kept)
    assert done.stdout == f"{7 - len(left)} audit{'' if len(left) == 6 else 's'} forgotten, {len(left)} kept in {store.path}\n"
    store.is_sound()
    for number in left:
        run_now = store.history()["runs"][left.index(number)]
        if run_now["previous"] is not None:
            assert run_now == before[number]


def test_first_seen_stays_known(store):
    """What stands keeps its past, though the audit that found it is forgotten; what is left compares as before."""
    filled(store)
    found = store.found_by(6)
    lives = {name.split(">")[0]: store.history(name)["findings"] for name in found}
    diff, pairs = store.diff("5", "6"), store.verdicts_of(6)
    assert prune(store, "2r").returncode == OK
    assert store.found_by(6) == found and store.verdicts_of(6) == pairs
    assert {name: store.history(name)["findings"] for name in lives} == lives
    assert any(life["first_seen"]["run"] < 5 for findings in lives.values() for life in findings)
    now = store.diff("5", "6")
    for value in (now, diff):
        value["before"].pop("previous"), value["before"].pop("changes")
    assert now == diff
    one_line(run("diff", "--history", store.path, "3", "6"), USAGE, "no run 3")
    # And the next audit goes on where they end.
    store.audit(store.estate(kerberos_only))
    assert set(store.changes_of_findings().values()) <= {"persisting", "still-undecided", "still-waived"}


def test_what_is_forgotten_gives_its_space_back(store):
    filled(store)
    store.sql("UPDATE findings SET detail = detail || hex(zeroblob(20000)) WHERE id IN (SELECT finding FROM finding_spans "
              "WHERE until_run IS NOT NULL AND until_run < 5)")
    size = os.path.getsize(store.path)
    assert prune(store, "1r").returncode == OK
    assert os.path.getsize(store.path) < size
    store.is_sound()


@pytest.mark.parametrize("keep", ["90", "d", "0d", "-1d", "90w", "", "1.5d", "999999999999d", "90d; DROP"])
def test_what_to_keep_has_to_be_said(store, keep):
    store.audit(store.estate())
    one_line(run("history", f"--prune={keep}", "--history", store.path), USAGE, "--prune", "90d", "100r")
    assert len(store.history()["runs"]) == 1


def test_prune_alone(store):
    store.audit(store.estate())
    one_line(prune(store, "90d", "HV01"), USAGE, "without a host")
    one_line(prune(store, "90d", "-f", "json"), USAGE, "text alone")
    assert prune(store, "90d", "-q").stdout == ""
