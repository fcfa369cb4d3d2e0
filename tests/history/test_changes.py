"""What became of each finding: new, mended, and everything that is neither."""

import pytest

from kept import FINDINGS, HOST, NOT_DELEGATED, OK, ROOT, SID, T2A4D, ace, descriptor, findings_of, pairs_of

SENSITIVE = "ACC-02:HV01"
OPERATOR = "ACC-07:alice"


def sound(e):
    e.pair()
    e.user("alice")


def sensitive(e):
    sound(e)
    e["HV01"]["userAccountControl"] |= NOT_DELEGATED


def kerberos_only(e):
    """DEL-03 of HV01; its pairs are degraded."""
    sound(e)
    e["HV01"]["userAccountControl"] = HOST


def alice_is_sensitive(e):
    sound(e)
    e["alice"]["userAccountControl"] |= NOT_DELEGATED


def config(directory, text, name="kcdaudit.conf"):
    path = directory / name
    path.write_text("[group prod]\nhosts=HV*\n\n" + text)
    return path


WAIVED = "[waive it]\nrule=ACC-02\nsubject=HV01\nreason=a test\n"


def test_new_persisting_and_mended(store):
    good, bad = store.estate(sound), store.estate(sensitive)
    store.audit(good, expect=OK)
    assert SENSITIVE in findings_of(store.audit(bad, expect=FINDINGS))
    assert store.changes()[SENSITIVE] == "new"
    store.diff(expect=FINDINGS)
    store.audit(bad)
    assert store.changes()[SENSITIVE] == "persisting"
    store.audit(good)
    assert store.changes()[SENSITIVE] == "mended"
    life = store.life(SENSITIVE)
    assert (life["state"], life["first_seen"]["run"], life["last_seen"]["run"]) == ("mended", 2, 3)
    store.is_sound()


def test_a_rule_of_a_newer_version_is_kept_and_shown(store):
    """Who goes back a version has not fixed what only the newer one looks for."""
    good, bad = store.estate(sound), store.estate(sensitive)
    store.audit(bad)
    newer = SENSITIVE.replace("ACC-02", "ZZZ-01")
    store.sql("UPDATE findings SET rule = 'ZZZ-01', name = ? WHERE name = ?", newer, SENSITIVE)
    store.audit(good)
    assert store.changes()[newer] == "unseen"
    assert store.life(newer)["rule"] == "ZZZ-01"


def test_what_was_mended_and_is_back_is_reopened_not_new(store):
    good, bad = store.estate(sound), store.estate(sensitive)
    for each in (bad, good, bad):
        store.audit(each)
    assert store.changes()[SENSITIVE] == "reopened"
    assert store.diff(expect=FINDINGS)["counts"]["reopened"] > 0
    # Between the first and the last nothing happened.
    assert store.changes("1", "3")[SENSITIVE] == "persisting"
    assert store.life(SENSITIVE)["first_seen"]["run"] == 1


def test_a_host_that_is_not_audited_any_more_is_gone_not_mended(store):
    def three(e):
        sensitive(e)
        e.host("HV03", ("HV01", "HV02"))

    def without(e):
        e.host("HV02", ("HV03",))
        e.host("HV03", ("HV02",))
        e.user("alice")

    store.audit(store.estate(three))
    store.audit(store.estate(without))
    changes = store.changes()
    assert changes[SENSITIVE] == "gone"
    # A pair needs both of its hosts.
    assert {change for name, change in changes.items() if ">HV01" in name} <= {"gone"}
    value = store.diff()
    assert value["estate"]["hosts_left"] == ["HV01"] and value["estate"]["pairs_fewer"] == 4
    assert store.life(SENSITIVE)["state"] == "gone"
    # It comes back as it was: that is no news, and not "new".
    store.audit(store.estate(three))
    assert store.changes()[SENSITIVE] == "reopened"
    assert store.diff()["estate"]["hosts_joined"] == ["HV01"]


def duplicate_spn(e):
    sound(e)
    e.user("svc-old", servicePrincipalName=["HOST/HV02"])


def test_a_host_that_could_not_be_told_from_others_is_not_gone(store):
    """Without SPNs nobody is known to be a host: what HV02 had may stand as it stood."""
    def unread(e):
        duplicate_spn(e)
        for values in e.entries.values():
            values.pop("servicePrincipalName", None)

    found = {f for f in findings_of(store.audit(store.estate(duplicate_spn))) if f.startswith("SPN-03:HV02")}
    assert found
    store.audit(store.estate(unread))
    assert {store.changes()[f] for f in found} == {"unseen"}
    store.audit(store.estate(sound))
    assert {store.changes()[f] for f in found} == {"mended"}


def test_what_an_export_that_was_cut_short_does_not_hold_is_not_gone(store):
    store.audit(store.estate(duplicate_spn))
    whole = store.estate(duplicate_spn)
    text = whole.read_text()
    whole.write_text(text[:text.index("sAMAccountName: HV02$") - 60])
    store.audit(whole)
    changes = store.changes()
    assert {change for name, change in changes.items() if name.startswith("SPN-03:HV02")} == {"unseen"}
    assert "gone" not in changes.values()


def test_a_pair_that_is_not_judged_any_more_is_gone(store):
    """Both hosts are audited still, but no group asks for the pair."""
    def apart(e):
        for name in ("HV01", "HV02", "HV03", "HV04"):
            e.host(name, ("HV02",) if name == "HV01" else ())

    both = config(store.directory, "")
    ldif = store.estate(apart)
    store.audit(ldif, config=both)
    assert "DEL-01:HV02>HV03" in findings_of(store.audit(ldif, config=both))
    both.write_text("[group a]\nhosts=HV01;HV02\n\n[group b]\nhosts=HV03;HV04\n")
    store.audit(ldif, config=both)
    changes = store.changes()
    assert changes["DEL-01:HV02>HV03"] == "gone"
    assert changes["DEL-01:HV02>HV01"] == "persisting"
    assert store.diff()["estate"]["hosts_left"] == []


def test_what_nobody_asked_for_is_unseen_and_never_mended(store):
    ldif = store.estate(alice_is_sensitive)
    assert OPERATOR in findings_of(store.audit(ldif, "--operator", "alice"))
    store.audit(ldif)
    assert store.changes()[OPERATOR] == "unseen"
    assert store.life(OPERATOR)["state"] == "unseen" and store.life(OPERATOR)["last_seen"]["run"] == 1
    store.audit(ldif)
    assert store.changes()[OPERATOR] == "unseen" and store.changes("1", "3")[OPERATOR] == "unseen"
    # Seen again it is not new, and it was there all the time.
    store.audit(ldif, "--operator", "alice")
    assert store.changes()[OPERATOR] == "persisting"
    assert store.life(OPERATOR)["first_seen"]["run"] == 1
    store.diff(expect=OK)
    # Unseen, and mended when somebody looks.
    store.audit(ldif)
    store.audit(store.estate(sound), "--operator", "alice")
    assert store.changes()[OPERATOR] == "mended"
    store.is_sound()


def test_another_operator_says_nothing_of_the_first(store):
    def two(e):
        alice_is_sensitive(e)
        e.user("bob")

    ldif = store.estate(two)
    store.audit(ldif, "--operator", "alice")
    store.audit(ldif, "--operator", "bob")
    assert store.changes()[OPERATOR] == "unseen"


def test_without_the_sysvol_policies_are_unseen(store):
    place = ROOT / "fixtures/gpo-03-fires"
    report = store.audit(place / "estate.ldif", "--sysvol", place / "sysvol")
    policies = {f for f in findings_of(report) if f.startswith("GPO-03")}
    assert policies
    store.audit(place / "estate.ldif")
    changes = store.changes()
    assert {changes[f] for f in policies} == {"unseen"}
    value = store.diff()
    assert value["before"]["asked"] == ["sysvol"] and value["after"]["asked"] == []


def test_evidence_that_cannot_be_read_any_more_mends_nothing(store):
    """An export without userAccountControl: whether the host is sensitive cannot be told."""
    def unread(e):
        sensitive(e)
        del e["HV01"]["userAccountControl"]

    store.audit(store.estate(sensitive))
    report = store.audit(store.estate(unread))
    assert findings_of(report)[SENSITIVE] == ("unknown", False)
    assert store.changes()[SENSITIVE] == "unseen"
    assert store.life(SENSITIVE)["state"] == "doubt"
    store.audit(store.estate(sensitive))
    assert store.changes()[SENSITIVE] == "persisting"
    store.audit(store.estate(unread))
    store.audit(store.estate(sound))
    assert store.changes()[SENSITIVE] == "mended"


def test_a_host_whose_flags_were_not_exported_may_still_act_as_anybody(store):
    """ACC-11 hangs on "Use any authentication protocol" of some host: unread is not off."""
    tier0 = "ACC-11:contoso.test"

    def exposed(e):
        sound(e)
        e["Administrator"]["userAccountControl"] = 512

    def unread(e):
        exposed(e)
        for host in ("HV01", "HV02"):
            del e[host]["userAccountControl"]

    assert tier0 in findings_of(store.audit(store.estate(exposed)))
    report = store.audit(store.estate(unread))
    assert findings_of(report)[tier0] == ("unknown", False)
    assert {tuple(h["delegation"]) for h in report["hosts"]} == {("kcd", "unknown")}
    assert store.changes()[tier0] == "unseen" and store.life(tier0)["state"] == "doubt"
    store.audit(store.estate(exposed))
    assert store.changes()[tier0] == "persisting"


def test_what_could_never_be_told_is_undecided_then_settled_or_new(store):
    def unread(e):
        sound(e)
        del e["HV01"]["userAccountControl"]

    store.audit(store.estate(sound))
    store.audit(store.estate(unread))
    assert store.changes()[SENSITIVE] == "undecided"
    store.audit(store.estate(unread))
    assert store.changes()[SENSITIVE] == "still-undecided"
    store.audit(store.estate(sound))
    assert store.changes()[SENSITIVE] == "settled"
    store.audit(store.estate(unread))
    store.audit(store.estate(sensitive))
    assert store.changes()[SENSITIVE] == "new"
    store.diff(expect=FINDINGS)


def test_who_holds_an_spn_must_be_readable_before_a_duplicate_is_mended(store):
    """The directory's sPNMappings are gone from the second export: rules on owners pass over what they cannot tell."""
    def duplicate(e):
        sound(e)
        e.user("svc", servicePrincipalName=["HOST/HV01"])

    def thin(e):
        sound(e)
        for dn in [dn for dn in e.entries if dn.startswith("CN=Directory Service")]:
            del e.entries[dn]

    report = store.audit(store.estate(duplicate))
    held = {f for f in findings_of(report) if f.startswith("SPN-03:HV01:")}
    assert held, report["findings"]
    store.audit(store.estate(thin))
    changes = store.changes()
    assert {changes[f] for f in held} == {"unseen"}
    store.audit(store.estate(sound))
    assert {store.changes()[f] for f in held} == {"mended"}


def test_a_question_that_does_not_arise_any_more_is_gone(store):
    """Kerberos-only delegation matters where there is a list: without one nothing was mended."""
    store.audit(store.estate(kerberos_only))

    def no_list(e):
        kerberos_only(e)
        e["HV01"]["msDS-AllowedToDelegateTo"] = []

    store.audit(store.estate(no_list), "--host", "HV01", "--host", "HV02")
    store.audit(store.estate(kerberos_only), "--host", "HV01", "--host", "HV02")
    store.audit(store.estate(no_list), "--host", "HV01", "--host", "HV02")
    assert store.changes()["DEL-03:HV01"] == "gone"


@pytest.mark.parametrize("fault", ["RBC-02", "RBC-03", "RBC-04"])
def test_a_descriptor_that_is_taken_away_mends_what_was_wrong_with_it(store, fault):
    value = {"RBC-02": descriptor(ace("S-1-1-0")), "RBC-03": descriptor(ace(f"{SID}-9999")), "RBC-04": b"\1\0broken"}[fault]

    def faulty(e):
        sound(e)
        e["HV01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = value

    # An export that holds no account of that SID may be in part: whether it is gone is not known then.
    report = store.audit(store.estate(faulty))
    found = {name: how for name, how in findings_of(report).items() if name.startswith(fault)}
    assert len(found) == 1, report["findings"]
    store.audit(store.estate(sound))
    expected = "mended" if ("fail", False) in found.values() else "settled"
    assert {store.changes()[name] for name in found} == {expected}


def test_worse_than_before(store):
    """The second estate lacks both names, the first one of them: DEL-01 warns, then fails."""
    def partly(e):
        sound(e)
        e["HV01"]["msDS-AllowedToDelegateTo"].remove("cifs/HV02")

    def wholly(e):
        partly(e)
        e["HV01"]["msDS-AllowedToDelegateTo"].remove("cifs/hv02.contoso.test")

    store.audit(store.estate(partly), expect=OK)
    store.audit(store.estate(wholly), expect=FINDINGS)
    assert store.changes()["DEL-01:HV01>HV02"] == "worsened"
    store.diff(expect=FINDINGS)
    finding = next(f for f in store.diff()["findings"] if f["id"] == "DEL-01:HV01")
    assert (finding["before"]["severity"], finding["after"]["severity"]) == ("warning", "error")
    # Better, but not mended.
    store.audit(store.estate(partly))
    assert store.changes()["DEL-01:HV01>HV02"] == "persisting"
    store.diff(expect=OK)


def test_waived_is_not_mended_and_a_waiver_that_ends_reopens(store):
    ldif = store.estate(sensitive)
    conf = config(store.directory, "")
    store.audit(ldif, config=conf)
    conf.write_text(conf.read_text() + WAIVED)
    assert findings_of(store.audit(ldif, config=conf))[SENSITIVE] == ("fail", True)
    assert store.changes()[SENSITIVE] == "waived"
    assert store.life(SENSITIVE)["state"] == "waived"
    store.audit(ldif, config=conf)
    assert store.changes()[SENSITIVE] == "still-waived"
    conf.write_text(conf.read_text() + "until=2026-01-31\n")
    assert findings_of(store.audit(ldif, config=conf))[SENSITIVE] == ("fail", False)
    assert store.changes()[SENSITIVE] == "reopened"
    store.diff(expect=FINDINGS)
    assert store.life(SENSITIVE)["first_seen"]["run"] == 1


def test_waived_from_the_start_counts_when_the_waiver_goes(store):
    ldif, good = store.estate(sensitive), store.estate(sound)
    conf = config(store.directory, WAIVED)
    store.audit(good, config=conf)
    store.audit(ldif, config=conf)
    assert store.changes()[SENSITIVE] == "waived"
    conf.write_text("[group prod]\nhosts=HV*\n")
    store.audit(ldif, config=conf)
    assert store.changes()[SENSITIVE] == "reopened"


def test_verdicts_of_pairs(store):
    store.audit(store.estate(sound))
    report = store.audit(store.estate(sensitive))
    pair = next(p for p in store.diff()["estate"]["pairs"])
    assert pair == {"source": "HV01", "target": "HV02", "before": "ready", "after": pairs_of(report)["HV01", "HV02"]}
    assert len(store.diff()["estate"]["pairs"]) == 1
    assert store.verdicts_of(1) == {("HV01", "HV02"): "ready", ("HV02", "HV01"): "ready"}
    assert store.verdicts_of(2) == pairs_of(report)


def test_gaps_are_told_when_they_open_and_when_they_close(store):
    def unread(e):
        sound(e)
        del e["HV01"]["userAccountControl"]

    store.audit(store.estate(sound))
    report = store.audit(store.estate(unread))
    gaps = report["run"]["gaps"]
    opened = store.diff()["estate"]["gaps_new"]
    assert opened and all(gap in gaps for gap in opened)
    store.audit(store.estate(sound))
    assert store.diff()["estate"]["gaps_closed"] == opened


def test_every_run_can_be_rebuilt(store):
    """Whatever came and went, each run's findings and verdicts are those of its own report."""
    def few(e):
        e.host("HV01", ("HV03",), uac=HOST | T2A4D | NOT_DELEGATED)
        e.host("HV03", ("HV01",))

    def many(e):
        for number in range(1, 7):
            e.host(f"HV0{number}", tuple(f"HV0{other}" for other in range(1, 7) if other not in (number, number // 2)),
                   uac=HOST if number % 2 else HOST | T2A4D)

    def hostile(e):
        sound(e)
        e["HV01"]["msDS-AllowedToDelegateTo"] += ["cifs/'; DROP TABLE runs; --", "cifs/\u202eevil", "x/" + "y" * 3000]

    estates = [store.estate(build) for build in (sound, sensitive, few, many, hostile, kerberos_only)]
    reports = [store.audit(estates[n]) for n in (0, 1, 2, 1, 3, 3, 4, 5, 0, 2, 3, 1, 1, 0, 4)]
    for number, report in enumerate(reports, start=1):
        assert store.found_by(number) == findings_of(report), number
        assert store.verdicts_of(number) == pairs_of(report), number
    for run, report in zip(reversed(store.history()["runs"]), reports):
        summary = report["summary"]
        kinds = ("critical", "error", "warning", "info", "waived")
        assert {k: run["findings"][k] for k in kinds} == {k: summary["findings"][k] for k in kinds}
        assert run["pairs"] == {k: summary[k] for k in ("ready", "degraded", "unknown", "broken")}
        assert (run["hosts"], run["started"]) == (summary["hosts"], report["run"]["started"])
    store.is_sound()


def test_nothing_changed_costs_a_row(store):
    """What persists is not written again."""
    ldif = store.estate(sensitive)
    store.audit(ldif)
    tables = ("findings", "finding_spans", "hosts", "host_spans", "pair_spans", "gap_spans", "edges", "edge_spans", "chains",
              "chain_spans")
    before = [store.sql(f"SELECT * FROM {table}") for table in tables]
    for _ in range(3):
        store.audit(ldif)
    assert [store.sql(f"SELECT * FROM {table}") for table in tables] == before
    assert store.sql("SELECT count(*) FROM runs") == [(4,)]


@pytest.mark.parametrize("again", [1, 2])
def test_counts_of_a_run_are_those_of_its_diff(store, again):
    for build in (sensitive, kerberos_only, sound, alice_is_sensitive)[:again + 2]:
        store.audit(store.estate(build), "--operator", "alice")
    runs = store.history()["runs"]
    assert runs[-1]["previous"] is None and runs[-1]["changes"] is None
    for run in runs[:-1]:
        assert run["changes"] == store.diff(run["previous"], run["run"])["counts"]


# What is asked for may become less


def fqdn_only(e):
    """DEL-01 of HV01 to HV02, a warning: cifs under one of two names."""
    sound(e)
    e["HV01"]["msDS-AllowedToDelegateTo"].remove("cifs/HV02")


def unresolved(e):
    """SPN-01 of HV02 under both names, and DEL-09."""
    sound(e)
    e["HV02"]["servicePrincipalName"] = [v for v in e["HV02"]["servicePrincipalName"] if "Migration" not in v]


def duplicate(e):
    sound(e)
    e.user("svc", servicePrincipalName=["Microsoft Virtual System Migration Service/hv02.contoso.test"])


def shadowed(e):
    sound(e)
    e.user("svc", servicePrincipalName=["cifs/HV02"])


@pytest.mark.parametrize("build, start, less", [
    (fqdn_only, "DEL-01:HV01>HV02", "names=fqdn"),
    (fqdn_only, "DEL-01:HV01>HV02", "services=migration"),
    (unresolved, "SPN-01:HV02:", "services=cifs"),
    (unresolved, "SPN-01:HV02:Microsoft Virtual System Migration Service/HV02", "names=fqdn"),
    (duplicate, "SPN-03:HV02:", "services=cifs"),
    (duplicate, "SPN-03:HV02:", "names=short"),
    (shadowed, "SPN-05:HV02>svc:", "services=migration"),
    (shadowed, "SPN-05:HV02>svc:", "names=fqdn"),
])
def test_what_is_not_asked_for_any_more_was_not_mended(store, build, start, less):
    """The directory is the same; the configuration asks for fewer services or names."""
    place = config(store.directory, "")
    found = findings_of(store.audit(store.estate(build), config=place))
    found = {name for name in found if name.startswith(start)}
    assert found
    config(store.directory, "").write_text(f"[group prod]\nhosts=HV*\n{less}\n")
    store.audit(store.estate(build), config=place)
    assert {store.changes()[name] for name in found} == {"gone"}
    config(store.directory, "")
    store.audit(store.estate(build), config=place)
    store.audit(store.estate(sound), config=place)
    assert {store.changes()[name] for name in found} == {"mended"}


def test_one_name_that_is_asked_for_alone_can_be_mended(store):
    def nothing(e):
        fqdn_only(e)
        e["HV01"]["msDS-AllowedToDelegateTo"].remove("cifs/hv02.contoso.test")

    place = config(store.directory, "")
    place.write_text("[group prod]\nhosts=HV*\nnames=fqdn\n")
    store.audit(store.estate(nothing), config=place)
    store.audit(store.estate(sound), config=place)
    assert store.changes()["DEL-01:HV01>HV02"] == "mended"


def test_what_follows_from_another_finding_is_told_with_that_one(store):
    """The one way is no news of its own: neither when it comes, nor when the other way breaks too, nor when it goes."""
    def one_way(e):
        sound(e)
        e["HV02"]["msDS-AllowedToDelegateTo"] = ["cifs/HV01"]

    def neither(e):
        one_way(e)
        e["HV01"]["msDS-AllowedToDelegateTo"] = ["cifs/HV02"]

    place = config(store.directory, "")
    store.audit(store.estate(sound), config=place)
    report = store.audit(store.estate(one_way), config=place)
    [one] = [finding for finding in report["findings"] if finding["rule"] == "DEL-09"]
    assert one["id"] == "DEL-09:HV01" and set(one["because"]) < {finding["id"] for finding in report["findings"]}
    for build in (neither, one_way, sound):
        assert "DEL-09" not in str(store.changes())
        store.audit(store.estate(build), config=place)
    assert store.changes()["DEL-02:HV02>HV01"] == "mended" and "DEL-09" not in str(store.changes())


# What a rule passes over in silence


def without(attribute, *names):
    def change(build):
        def thin(e):
            build(e)
            for name in names:
                e[name].pop(attribute, None)
        return thin
    return change


def no_aliases(build):
    def thin(e):
        build(e)
        for dn in [dn for dn in e.entries if dn.startswith("CN=Directory Service")]:
            del e.entries[dn]
    return thin


def towards_dc(e):
    """An entry that only the aliases lead to the DC."""
    sound(e)
    e.host("DC01", uac=0x82000, spns=["HOST/dc01.contoso.test"])
    e["HV01"]["msDS-AllowedToDelegateTo"].append("cifs/dc01.contoso.test")


def towards_disabled(e):
    sound(e)
    e.host("FS01", uac=HOST | 2, spns=["HOST/fs01.contoso.test"])
    e["HV01"]["msDS-AllowedToDelegateTo"].append("cifs/fs01.contoso.test")


def two_builds(e):
    sound(e)
    e["HV01"]["operatingSystemVersion"] = "10.0 (17763)"
    e["HV02"]["operatingSystemVersion"] = "10.0 (20348)"


@pytest.mark.parametrize("build, start, unread", [
    (towards_dc, "DEL-08:HV01>DC01", no_aliases),
    (towards_dc, "DEL-08:HV01>DC01", without("userAccountControl", "DC01")),
    (towards_disabled, "DEL-06:HV01>FS01", no_aliases),
    (two_builds, "DOM-05:", without("operatingSystemVersion", "HV01", "HV02")),
])
def test_what_a_rule_passes_over_in_silence_is_unseen(store, build, start, unread):
    found = {name for name in findings_of(store.audit(store.estate(build))) if name.startswith(start)}
    assert found
    store.audit(store.estate(unread(build)))
    assert {store.changes()[name] for name in found} == {"unseen"}
    store.audit(store.estate(build))
    assert {store.changes()[name] for name in found} == {"persisting"}
