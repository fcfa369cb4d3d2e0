"""What kcdaudit history and kcdaudit diff say."""

import os
import shutil

import pytest

from kept import FINDINGS, HOST, NO_AUDIT, OK, USAGE, checked, environment, one_line, run
from test_changes import OPERATOR, SENSITIVE, alice_is_sensitive, config, kerberos_only, sensitive, sound


def history(store, *arguments, **keywords):
    return run("history", "--history", store.path, *arguments, **keywords)


def diff(store, *arguments, **keywords):
    return run("diff", "--history", store.path, *arguments, **keywords)


def test_none_yet(tmp_path):
    env = environment(XDG_STATE_HOME=tmp_path)
    for argv in (["history"], ["diff"], ["diff", "1", "2"], ["history", "HV01"]):
        one_line(run(*argv, env=env), NO_AUDIT, "no history yet", tmp_path / "kcdaudit/history.sqlite", "kcdaudit audit")
        one_line(run(*argv, "--history", tmp_path / "x"), NO_AUDIT, tmp_path / "x", "kcdaudit audit --history")
    assert list(tmp_path.iterdir()) == []


def test_one_run_is_nothing_to_compare(store):
    store.audit(store.estate())
    one_line(diff(store), NO_AUDIT, "run 1 is the first of contoso.test", "nothing to compare")
    one_line(diff(store, "1"), NO_AUDIT, "run 1 is the first")
    assert "first" in history(store, expect=OK).stdout


@pytest.mark.parametrize("arguments, words", [
    (["3"], ["no run 3", "kcdaudit history"]),
    (["1", "99999999999999"], ["no run 99999999999999"]),
    (["0"], ["0 is not the number of a run"]),
    (["-1"], ["kcdaudit help diff"]),
    (["one"], ["one is not the number"]),
    (["1", "2x"], ["2x is not the number"]),
    (["99999999999999999999999"], ["is not the number"]),
    (["1; DROP TABLE runs"], ["is not the number"]),
    (["2", "2"], ["run 2 does not differ from itself"]),
    (["1", "2", "3"], ["kcdaudit help diff"]),
    (["--fail-on", "much"], ["--fail-on"]),
    (["-f", "html"], ["unknown format"]),
])
def test_runs_that_are_none(store, arguments, words):
    for _ in range(2):
        store.audit(store.estate())
    one_line(diff(store, *arguments), USAGE, *words)


def test_which_two(store):
    for build in (sound, sensitive, kerberos_only):
        store.audit(store.estate(build))
    assert [(v["before"]["run"], v["after"]["run"]) for v in (
        store.diff(), store.diff("1"), store.diff("2"), store.diff("3"), store.diff("1", "2"), store.diff("2", "1"))] == [
            (2, 3), (1, 3), (2, 3), (2, 3), (1, 2), (1, 2)]


def test_scopes_are_not_compared(store):
    ldif = store.estate(sensitive)
    conf = config(store.directory, "")
    for options in ((), ("--host", "HV02", "--host", "HV01"), ("--host", "hv01", "--host", "HV02", "--host", "HV01"), ()):
        store.audit(ldif, *options)
    store.audit(ldif, config=conf)
    runs = store.history()["runs"]
    assert [run_["previous"] for run_ in runs] == [None, 1, 2, None, None]
    assert [run_["scope"] for run_ in runs][:3] == [
        {"domain": "contoso.test", "hosts": [], "config": str(conf)},
        {"domain": "contoso.test", "hosts": [], "config": None},
        {"domain": "contoso.test", "hosts": ["hv01", "hv02"], "config": None}]
    one_line(diff(store, "1", "2"), USAGE, "did not audit the same", "hosts hv01, hv02")
    text = history(store, expect=OK).stdout
    assert f"contoso.test, configuration {conf}\n" in text and "contoso.test, hosts hv01, hv02\n" in text
    # The newest scope is what diff means: here the first run of the configuration.
    one_line(diff(store), NO_AUDIT, "first of contoso.test, configuration")
    assert store.diff("1")["after"]["run"] == 4
    # The same file by another way.
    os.symlink(store.directory, store.directory / "link")
    store.audit(ldif, config=store.directory / "." / "kcdaudit.conf")
    assert store.history()["runs"][0]["previous"] == 5


@pytest.mark.parametrize("fail_on, status", [("info", FINDINGS), ("warning", FINDINGS), ("error", OK), ("critical", OK)])
def test_exit_status_is_about_what_is_new(store, fail_on, status):
    def warns(e):
        sound(e)
        e["HV01"]["msDS-AllowedToDelegateTo"].remove("cifs/HV02")

    store.audit(store.estate(sound))
    store.audit(store.estate(warns), expect=OK)
    assert diff(store, "--fail-on", fail_on).returncode == status
    assert diff(store, "-q", "--fail-on", fail_on).returncode == status
    # Persisting is no news, however bad.
    store.audit(store.estate(warns))
    assert diff(store, "--fail-on", fail_on).returncode == OK


def test_mended_is_no_failure(store):
    store.audit(store.estate(sensitive))
    store.audit(store.estate(sound))
    assert diff(store, "--fail-on", "info").returncode == OK


def test_the_text_of_a_diff(store):
    def before(e):
        alice_is_sensitive(e)
        e["HV02"]["userAccountControl"] = HOST
        e.host("HV03", ("HV01", "HV02"))

    def after(e):
        sensitive(e)

    store.audit(store.estate(before), "--operator", "alice")
    store.audit(store.estate(after))
    text = diff(store, expect=FINDINGS).stdout
    headings = ["New", "Fixed", "Not checked this time", "Gone: no longer audited", "Pairs", "What was audited"]
    places = [text.index(f"\n{heading}") for heading in headings]
    assert places == sorted(places)
    assert "operators: only run 1 asked for them" in text
    parts = {heading: text[start:end] for heading, start, end in zip(headings, places, places[1:] + [len(text)])}
    assert SENSITIVE in parts["New"] and "DEL-03:HV02" in parts["Fixed"] and OPERATOR in parts["Not checked this time"]
    assert "HV03" in parts["Gone: no longer audited"]
    assert "HV01 → HV02  ready → degraded" in parts["Pairs"]
    assert "hosts no longer audited: HV03" in parts["What was audited"]
    counts = diff(store, "-q").stdout
    assert counts.count("\n") == 1 and counts.strip() in text
    store.audit(store.estate(after))
    assert SENSITIVE not in diff(store, expect=OK).stdout and SENSITIVE in diff(store, "-v", expect=OK).stdout


def test_long_lists_are_cut_without_v(store):
    store.audit(store.estate(sound), "--host", "HV*")

    def broken(e):
        for number in range(1, 60):
            e.host(f"HV{number:02}", ())

    store.audit(store.estate(broken), "--host", "HV*")
    new = store.diff()["counts"]["new"]
    assert new > 100
    assert diff(store).stdout.count("  DEL-0") < 50 and f"{new - 40} more (-v shows all)" in diff(store).stdout
    assert diff(store, "-v").stdout.count("  DEL-0") == new


def test_the_list_is_a_screen_long(store):
    ldif = store.estate()
    for _ in range(23):
        store.audit(ldif)
    rows = [line.split()[0] for line in history(store, expect=OK).stdout.splitlines()[2:22]]
    assert rows == [str(number) for number in range(23, 3, -1)]
    assert "older audits: -v" in history(store).stdout
    everything = history(store, "-v", expect=OK).stdout
    assert "older ones" not in everything and everything.count("estate-1.ldif, kcdaudit 0.") == 23
    assert len(store.history()["runs"]) == 23
    assert "run  started" not in history(store, "-q").stdout


def test_clocks_may_go_backwards(store):
    if not shutil.which("faketime"):
        pytest.skip("CLOCKS DID NOT GO BACKWARDS: there is no faketime")
    good, bad = store.estate(sound), store.estate(sensitive)
    for moment, ldif in (("2026-11-20 02:00:00", bad), ("2031-01-01 00:00:00", good), ("2026-11-20 02:00:00", bad),
                         ("1999-12-31 23:59:59", good)):
        run("audit", "--ldif", ldif, "-c", os.devnull, "-q", "--history", store.path, "--no-tickets",
            prefix=["faketime", "-f", moment], expect=FINDINGS if ldif == bad else OK,
            env=environment(TZ="UTC", ASAN_OPTIONS="verify_asan_link_order=0"))
    runs = store.history()["runs"]
    assert [(r["run"], r["started"][:10], r["previous"]) for r in runs] == [
        (4, "1999-12-31", 3), (3, "2026-11-20", 2), (2, "2031-01-01", 1), (1, "2026-11-20", None)]
    assert store.changes()[SENSITIVE] == "mended"
    assert store.changes("2", "3")[SENSITIVE] == "reopened"
    assert "run 3 of 2026-11-20 02:00 → run 4 of 1999-12-31 23:59 UTC" in diff(store).stdout


def test_the_past_of_a_host_and_of_a_finding(store):
    for build in (sound, sensitive, kerberos_only, sensitive, sensitive):
        store.audit(store.estate(build))
    life = store.life(SENSITIVE)
    targets = life.pop("targets")
    assert [(t["target"], t["spn"], t["state"], t["first_seen"]) for t in targets] == [
        (None, None, "fail", life["first_seen"])]
    assert life | {"detail": "", "scope": None} == {
        "id": SENSITIVE, "rule": "ACC-02", "subject": "HV01", "target": None, "spn": None, "severity": "error",
        "title": "The source host is marked sensitive (NOT_DELEGATED)", "detail": "", "scope": None, "state": "fail",
        "first_seen": {"run": 2, "started": store.history()["runs"][3]["started"]},
        "last_seen": {"run": 5, "started": store.history()["runs"][0]["started"]}}
    assert store.life("DEL-03:HV01")["state"] == "mended" and store.life("DEL-03:HV01")["last_seen"]["run"] == 3
    of_host = {f["id"] for f in store.history("hv01")["findings"]}
    assert {SENSITIVE, "DEL-03:HV01"} <= of_host
    text = history(store, "HV01", expect=OK).stdout
    assert "open; first seen 20" in text and "(run 2), last seen 20" in text and "fixed; first seen" in text
    assert history(store, SENSITIVE, expect=OK).stdout.count("first seen") == 1
    assert "NOT_DELEGATED" in history(store, SENSITIVE, "-v").stdout
    one_line(history(store, "HV99"), USAGE, "no host and no finding HV99")


def test_a_host_without_findings_is_known(store):
    store.audit(store.estate())
    assert "Nothing was ever found about HV01." in history(store, "HV01", expect=OK).stdout
    assert store.history("HV01")["findings"] == []


def test_outputs(store):
    for build in (sound, sensitive):
        store.audit(store.estate(build))
    place = store.directory
    done = diff(store, "-f", "text", "-f", f"json:{place}/diff.json", expect=FINDINGS)
    assert "New" in done.stdout and checked((place / "diff.json").read_text(), "diff")["counts"]["new"] > 0
    history(store, "-f", "json", "-o", place / "history.json", expect=OK)
    assert len(checked((place / "history.json").read_text(), "history")["runs"]) == 2
    one_line(diff(store, "-o", place / "none/x"), USAGE, "none/x")
    colored = diff(store, "--color", "always", env={**environment(), "NO_COLOR": ""}).stdout
    assert "\x1b[" in colored and "\x1b" not in diff(store).stdout


def test_narrow_terminals_and_no_utf8(store):
    for build in (sound, sensitive):
        store.audit(store.estate(build))
    for argv in (["diff", "-v"], ["history"], ["history", "HV01"]):
        assert run(*argv, "--history", store.path, env=environment(LC_ALL="C")).stdout.isascii()


def test_the_grade_and_its_trend(store):
    """Computed from what is kept: the same as the report of that night had."""
    reports = [store.audit(store.estate(build)) for build in (sound, kerberos_only, sound)]
    runs = list(reversed(store.history()["runs"]))
    assert [run["grade"]["grade"] for run in runs] == [report["summary"]["grade"]["grade"] for report in reports]
    good, bad, mended = [run["grade"] for run in runs]
    assert good == mended and bad["score"] < good["score"]
    text = history(store, expect=OK).stdout
    head, *lines = [line for line in text.splitlines() if "started (UTC)" in line or " 20" in line]
    column = head.index("grade")
    assert [line[column:].split()[:2] for line in reversed(lines)] == [
        [run["grade"]["grade"], str(run["grade"]["score"])] for run in runs]
    shown = run("audit", "--ldif", store.estate(kerberos_only), "-c", os.devnull, "--history", store.path).stdout
    assert f"(before: {mended['grade']}, {mended['score']})" in " ".join(shown.split())
