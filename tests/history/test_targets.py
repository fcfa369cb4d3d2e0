"""One finding per rule and subject: its targets, each with its own past."""

import sqlite3

from kept import FINDINGS, ROOT, config_of, run

QUERIES = ROOT / "queries"
HOSTS = ("HV01", "HV02", "HV03", "HV04")
CIFS = "DEL-01:HV01"


def towards(*targets):
    """HV01 lacks cifs to these, and nothing else is wrong."""
    def build(e):
        for name in HOSTS:
            e.host(name, tuple(h for h in HOSTS if h != name))
        for target in targets:
            for spn in (f"cifs/{target}", f"cifs/{target.lower()}.contoso.test"):
                e["HV01"]["msDS-AllowedToDelegateTo"].remove(spn)
    return build


def finding(report, identifier=CIFS):
    return next(f for f in report["findings"] if f["id"] == identifier)


def test_a_finding_names_its_targets_with_when_each_came(store):
    config = config_of(store)
    first = store.audit(store.estate(towards("HV02")), config=config, expect=FINDINGS)
    assert finding(first)["target"] == "HV02" and [t["target"] for t in finding(first)["targets"]] == ["HV02"]
    second = finding(store.audit(store.estate(towards("HV02", "HV04")), config=config))
    assert second["target"] is None and second["spn"] is None
    started = [run_["started"] for run_ in reversed(store.history()["runs"])]
    assert [(t["target"], t["since"]) for t in second["targets"]] == [("HV02", started[0]), ("HV04", started[1])]
    assert second["targets"][0]["evidence"]["missing"] == ["cifs/HV02", "cifs/hv02.contoso.test"]
    assert "HV02" in second["detail"] and "The same applies to HV04." in second["detail"]


def test_diff_says_which_targets_came_and_went(store):
    config = config_of(store)
    store.audit(store.estate(towards("HV02", "HV03")), config=config)
    store.audit(store.estate(towards("HV03", "HV04")), config=config)
    assert store.changes_of_findings()[CIFS] == "changed" and store.diff()["counts"]["changed"] == 1
    assert {name: change for name, change in store.changes().items() if name.startswith(CIFS)} == {
        f"{CIFS}>HV02": "mended", f"{CIFS}>HV03": "persisting", f"{CIFS}>HV04": "new"}
    # A target that came is bad news.
    text = run("diff", "--history", store.path, expect=FINDINGS).stdout
    assert f"{CIFS}  HV04 added, HV02 fixed  No delegation to cifs" in text
    # One repair of two is good news, and the last ends the finding.
    store.audit(store.estate(towards("HV04")), config=config)
    assert store.changes_of_findings()[CIFS] == "changed"
    assert f"{CIFS}  HV03 fixed  " in run("diff", "--history", store.path, expect=0).stdout
    store.audit(store.estate(towards()), config=config, expect=0)
    assert store.changes_of_findings()[CIFS] == "mended" and store.diff()["counts"]["changed"] == 0
    assert f"{CIFS} → HV04  No delegation to cifs" in run("diff", "--history", store.path, expect=0).stdout


def test_the_past_of_a_finding_is_that_of_its_targets(store):
    config = config_of(store)
    for targets in (("HV02",), ("HV02", "HV03"), ("HV03",)):
        store.audit(store.estate(towards(*targets)), config=config)
    life = store.life(CIFS)
    assert (life["state"], life["first_seen"]["run"], life["last_seen"]["run"]) == ("fail", 1, 3)
    assert [(t["target"], t["state"], t["first_seen"]["run"], t["last_seen"]["run"]) for t in life["targets"]] == [
        ("HV02", "mended", 1, 2), ("HV03", "fail", 2, 3)]
    text = run("history", CIFS, "--history", store.path, expect=0).stdout
    assert "→ HV02  fixed; first seen" in text and "→ HV03  open; first seen" in text
    # By the id that it had before, and by that of one of several findings.
    assert [t["target"] for t in store.life(f"{CIFS}>HV03")["targets"]] == ["HV03"]
    assert store.life(f"{CIFS}#waived:later")["id"] == CIFS


def test_a_waiver_that_names_a_target_waives_that_alone(store):
    plain = config_of(store)
    waiving = config_of(store, "[waive later]\nrule=DEL-01\nsubject=HV01\ntarget=HV03\nreason=next week\n", "waiving.conf")
    ldif = store.estate(towards("HV02", "HV03"))
    report = store.audit(ldif, config=waiving, expect=FINDINGS)
    of_rule = {f["id"]: f for f in report["findings"] if f["rule"] == "DEL-01"}
    assert list(of_rule) == [CIFS, f"{CIFS}#waived:later"]
    assert (of_rule[CIFS]["target"], of_rule[CIFS]["waived"]) == ("HV02", None)
    waived = of_rule[f"{CIFS}#waived:later"]
    assert (waived["target"], waived["waived"]["reason"]) == ("HV03", "next week")
    assert report["summary"]["findings"]["error"] == 1 and report["summary"]["findings"]["waived"] == 1
    text = run("audit", "--ldif", ldif, "-c", waiving, "--no-history").stdout
    assert "DEL-01  HV01 → HV03  next week" in text
    # What is waived next is a change of one target.
    plain.write_text(waiving.read_text().replace("target=HV03", "target=HV04"))
    store.audit(ldif, config=plain)
    plain.write_text(waiving.read_text())
    store.audit(ldif, config=plain, expect=FINDINGS)
    assert store.changes_of_findings()[CIFS] == "changed"
    assert f"{CIFS}  HV03 waived" in run("diff", "--history", store.path, expect=0).stdout


def version_3(store):
    """As a kcdaudit of schema 3 left it: three runs that counted each target, one of them waived in the last."""
    db = sqlite3.connect(store.path)
    for version in (1, 2, 3):
        db.executescript((QUERIES / f"history-{version}.sql").read_text())
    db.execute("INSERT INTO scopes VALUES (1, 'contoso.test', '', ?)", (str(store.directory / "kcdaudit.conf"),))
    for number, errors, waived in ((1, 1, 0), (2, 3, 0), (3, 2, 1)):
        db.execute("""
            INSERT INTO runs (id, scope, previous, started_us, duration_ms, tool_version, source_kind, source_uri, asked,
                complete, exit_status, hosts, ready, degraded, undecided, broken, infos, warnings, errors, criticals,
                unknown, waived, gaps, tickets_granted, tickets_refused, changes)
            VALUES (?, 1, ?, ?, 5, '0.1.0', 'ldif', 'old.ldif', 0, 1, 1, 4, 9, 0, 0, 3, 0, 0, ?, 0, 7, ?, 0, 0, 0,
                '1 0 0 0 0 0 0 0 0 2 0 0')""", (number, number - 1 or None, number * 86400 * 10 ** 6, errors, waived))
    for number, (target, since) in enumerate((("HV02", 1), ("HV03", 2), ("HV04", 2)), start=1):
        db.execute("INSERT INTO findings VALUES (?, 1, ?, 'DEL-01', 'HV01', ?, NULL, 'HV01', ?, 'a title', 'a detail', 0, NULL, NULL)",
                   (number, f"{CIFS}>{target}", target, target))
        ended = 3 if target == "HV04" else None
        db.execute("INSERT INTO finding_spans VALUES (1, ?, ?, ?, 1, 2, 0, NULL)", (number, since, ended))
    db.execute("INSERT INTO finding_spans VALUES (1, 3, 3, NULL, 1, 2, 1, NULL)")
    db.commit()
    assert db.execute("PRAGMA user_version").fetchone() == (3,)
    db.close()


def test_findings_of_a_pair_become_targets_of_one(store):
    """Each with its own first run; what runs counted is counted anew, so that the trend goes on."""
    version_3(store)
    runs = {run_["run"]: run_ for run_ in store.history()["runs"]}
    assert store.sql("PRAGMA user_version") == [(5,)]
    assert [(runs[n]["findings"]["error"], runs[n]["findings"]["waived"], runs[n]["findings"]["unknown"])
            for n in (1, 2, 3)] == [(1, 0, 0), (1, 0, 0), (1, 1, 0)]
    assert (runs[3]["changes"]["new"], runs[3]["changes"]["persisting"], runs[3]["changes"]["changed"]) == (1, 2, 0)
    life = store.life(CIFS)
    assert [(t["target"], t["state"], t["first_seen"]["run"]) for t in life["targets"]] == [
        ("HV02", "fail", 1), ("HV03", "fail", 2), ("HV04", "waived", 2)]
    report = store.audit(store.estate(towards("HV02", "HV04")), config=config_of(store), expect=FINDINGS)
    assert [(t["target"], t["since"]) for t in finding(report)["targets"]] == [
        ("HV02", "1970-01-02T00:00:00Z"), ("HV04", "1970-01-03T00:00:00Z")]
    assert {name: change for name, change in store.changes().items() if name.startswith(CIFS)} == {
        f"{CIFS}>HV02": "persisting", f"{CIFS}>HV03": "mended", f"{CIFS}>HV04": "reopened"}
    store.is_sound()
