"""A live audit: what it says of a real directory, and that it says the same each time and offline."""

import re
import stat

import pytest

from harness import (CIFS, CORE_RULES, DEMO, FINDINGS, HYPERV_CLASSES, MIGRATION, OK, Lab, audit, config, json_audit,
                     judged, kcdaudit, needed_spns, refused, winrm_spns, without_tickets, write)


@pytest.fixture(scope="module")
def live(demo):
    return json_audit(demo, expect=FINDINGS)


# Who can migrate to whom

DEMO_PAIRS = {
    ("HV01", "HV02"): "ready", ("HV02", "HV01"): "ready",
    ("HV03", "HV04"): "degraded",  # short names only
    ("HV03", "HV05"): "ready",
    ("HV03", "HV06"): "broken",  # duplicate SPN on HV06
    ("HV04", "HV03"): "broken",  # no Migration SPN on HV03
    ("HV04", "HV05"): "broken",  # entry forgotten
    ("HV04", "HV06"): "broken",
    ("HV05", "HV03"): "broken",
    ("HV05", "HV04"): "degraded",  # Kerberos only
    ("HV05", "HV06"): "broken",
    ("HV06", "HV03"): "broken",
    ("HV06", "HV04"): "ready", ("HV06", "HV05"): "ready",
}


def test_every_pair_has_the_right_verdict(live):
    assert live.pairs == DEMO_PAIRS


def test_groups_are_inferred_from_the_delegation(live):
    assert [g["members"] for g in live.report["groups"]] == [["HV01", "HV02"], ["HV03", "HV04", "HV05", "HV06"]]
    assert {g["origin"] for g in live.report["groups"]} == {"inferred"}


def test_every_slip_of_the_demo_is_found_and_nothing_else(live):
    hv03, hv06, hv99 = (f"{MIGRATION}/{name}" for name in ("HV03", "HV06", "HV99"))
    assert {f for f in live.failed("rule", "subject", "target", "spn") if f[0] in CORE_RULES} == {
        ("SPN-01", "HV03", None, hv03), ("SPN-01", "HV03", None, f"{MIGRATION}/hv03.contoso.test"),
        ("SPN-03", "HV06", None, hv06),
        ("DEL-01", "HV03", "HV04", None), ("DEL-02", "HV03", "HV04", None),
        ("DEL-01", "HV04", "HV05", None), ("DEL-02", "HV04", "HV05", None),
        ("DEL-03", "HV05", None, None),
        ("DEL-05", "HV04", None, "cifs/HV99"), ("DEL-05", "HV04", None, "cifs/hv99.contoso.test"),
        ("DEL-05", "HV04", None, hv99), ("DEL-05", "HV04", None, f"{MIGRATION}/hv99.contoso.test"),
        ("DEL-09", "HV03", "HV05", None), ("DEL-09", "HV06", "HV04", None), ("DEL-09", "HV06", "HV05", None),
        ("TKT-01", "HV03", None, hv03), ("TKT-01", "HV03", None, f"{MIGRATION}/hv03.contoso.test"),
        ("TKT-01", "HV06", None, hv06),
    }
    assert live.unknown("rule") & CORE_RULES == set() and live.report["run"]["complete"] and live.gaps == {}


def test_severity_follows_what_fails(live):
    assert {f["severity"] for f in live.report["findings"] if f["subject"] == "HV03" and f["rule"] == "DEL-01"} == {
        "warning"}, "one name form only"
    assert live.finding("DEL-01", subject="HV04")["severity"] == "error"
    assert live.finding("DEL-03")["severity"] == "error", "Windows Server 2022 needs protocol transition"


def test_the_evidence_names_every_owner_of_a_duplicate(live):
    text = str(live.finding("SPN-03"))
    assert "CN=HV06,OU=Hyper-V,DC=contoso,DC=test" in text
    assert "CN=svc-vmm-old,OU=Service Accounts,DC=contoso,DC=test" in text
    spn = next(s for s in live.host("HV06")["spns"] if s["spn"] == f"{MIGRATION}/HV06")
    assert spn["status"] == "duplicate" and set(spn["owners"]) == {"HV06", "svc-vmm-old"}


def test_ready_pairs_name_the_leg(live):
    pair = live.pair("HV01", "HV02")
    for service in judged(pair).values():
        assert service == {"verdict": "ready", "by": ["kcd"], "missing": [], "reasons": []}
    assert pair["services"]["winrm"] == {"verdict": "ready", "by": [], "missing": [], "reasons": []}


def test_degraded_pairs_say_under_which_condition(live):
    services = judged(live.pair("HV05", "HV04")).values()
    assert all("operator is signed in" in " ".join(s["reasons"]) for s in services)
    assert set(live.pair("HV03", "HV04")["services"]["cifs"]["missing"]) == {"cifs/hv04.contoso.test"}


def test_the_summary_counts_what_is_listed(live):
    report, summary = live.report, live.report["summary"]
    for verdict in ("ready", "degraded", "broken", "unknown"):
        assert summary[verdict] == sum(p["verdict"] == verdict for p in report["pairs"])
    assert summary["pairs"] == len(report["pairs"]) == 14 and summary["hosts"] == len(report["hosts"]) == 6
    for severity in ("critical", "error", "warning", "info"):
        assert summary["findings"][severity] == sum(
            f["severity"] == severity and f["status"] == "fail" and not f["because"] and f["rule"] != "DOM-04"
            for f in report["findings"])
    assert summary["findings"]["derived"] == sum(bool(f["because"]) for f in report["findings"])
    results = [t["result"] for h in report["hosts"] for t in h["tickets"]]
    assert summary["tickets"] == {"granted": results.count("granted"), "refused": results.count("refused")}


def test_without_all_pairs_only_those_not_ready_are_listed(demo):
    report = audit(demo, "-f", "json", "--no-tickets").report
    assert {(p["source"], p["target"]): p["verdict"] for p in report["pairs"]} == {
        pair: verdict for pair, verdict in DEMO_PAIRS.items() if verdict != "ready"}
    assert report["summary"]["ready"] == 5


def test_the_run_says_who_read_what_from_where(demo, live):
    run = live.report["run"]
    assert run["source"]["kind"] == "ldap" and run["source"]["dc"] == demo.dc
    assert run["source"]["domain"] == demo.domain and demo.dc in run["source"]["uri"]
    # As the DC answers "who am I".
    assert run["principal"] == "CONTOSO\\audit"


# Tickets


def test_each_needed_spn_is_asked_for_and_only_the_slips_are_refused(live):
    for host in live.report["hosts"]:
        assert {t["spn"] for t in host["tickets"]} == set(needed_spns(host["name"]) + winrm_spns(host["name"])), host["name"]
    refusals = {t["spn"]: t["error"] for h in live.report["hosts"] for t in h["tickets"] if t["result"] == "refused"}
    assert refusals == {f"{MIGRATION}/HV03": "KDC_ERR_S_PRINCIPAL_UNKNOWN",
                        f"{MIGRATION}/hv03.contoso.test": "KDC_ERR_S_PRINCIPAL_UNKNOWN",
                        f"{MIGRATION}/HV06": "KDC_ERR_S_PRINCIPAL_UNKNOWN"}


def test_a_granted_ticket_shows_its_key_and_time(live):
    for ticket in live.host("HV01")["tickets"]:
        assert ticket["result"] == "granted" and ticket["error"] is None
        assert ticket["enctype"].startswith("aes256") and ticket["kvno"] == 1 and 0 < ticket["ms"] < 5000


def test_tickets_are_fresh_though_one_is_cached(demo, tmp_path):
    """A ticket from before the SPN was lost must not pass for one from today."""
    dn, spn = f"CN=HV02,OU=Hyper-V,{demo.base_dn}", f"{MIGRATION}/HV02"
    change = f"dn: {dn}\nchangetype: modify\n%s: servicePrincipalName\nservicePrincipalName: {spn}\n-\n"
    ccache = {"KRB5CCNAME": demo.kinit("audit", ccache=f"FILE:{tmp_path}/cc")}
    demo.check(["kvno", spn], env=ccache)
    demo.ldapmodify(change % "delete")
    try:
        ticket = next(t for t in json_audit(demo, user=None, env=ccache).host("HV02")["tickets"] if t["spn"] == spn)
        assert ticket["result"] == "refused"
    finally:
        demo.ldapmodify(change % "add")


def test_the_callers_ccache_is_not_filled_with_test_tickets(demo, tmp_path):
    ccache = {"KRB5CCNAME": demo.kinit("audit", ccache=f"FILE:{tmp_path}/cc")}
    json_audit(demo, user=None, env=ccache)
    held = demo.check(["klist"], env=ccache)
    assert "cifs/" not in held and MIGRATION not in held


def test_no_tickets_asks_for_none(demo):
    result = json_audit(demo, "--no-tickets", expect=FINDINGS)
    assert all(h["tickets"] == [] for h in result.report["hosts"])
    assert not any(rule.startswith("TKT") for rule in result.rules)
    assert result.report["summary"]["tickets"] == {"granted": 0, "refused": 0}


# The same state gives the same report


def steady(report):
    report["findings"] = [f for f in report["findings"] if f["rule"] != "DOM-04"]  # counts minutes
    for host in report["hosts"]:
        for ticket in host["tickets"]:
            ticket.pop("ms")
    report.pop("run")
    return report


def test_two_audits_of_one_state_differ_only_in_run(demo):
    # A busy machine may leave a test ticket without an answer for seconds.
    first, second = (steady(json_audit(demo, "--timeout", "300").report) for _ in range(2))
    assert first == second


@pytest.fixture(scope="module")
def exported():
    """A DC that nobody touches: what a live audit says of it, and the exports made beside."""
    with Lab(DEMO) as lab:
        lab.live = without_tickets(json_audit(lab, expect=FINDINGS).report)
        yield lab


@pytest.mark.parametrize("security_descriptors", [False, True])
def test_live_and_offline_give_the_same_findings(exported, tmp_path, security_descriptors):
    dump = tmp_path / "dump.ldif"
    exported.dump_ldif(dump, security_descriptors=security_descriptors)
    offline = json_audit(exported, "--ldif", dump, user=None, expect=FINDINGS)
    judged, expected = without_tickets(offline.report), exported.live
    if not security_descriptors:  # rules about rights have nothing to go by then
        judged, expected = ({**report, "findings": [f for f in report["findings"] if f["rule"] in CORE_RULES]}
                            for report in (judged, expected))
    assert judged == expected
    assert offline.report["run"]["source"]["kind"] == "ldif"


def test_offline_needs_neither_network_nor_tickets(exported, tmp_path):
    dump = tmp_path / "dump.ldif"
    exported.dump_ldif(dump, security_descriptors=True)
    done = kcdaudit(exported, "audit", "-f", "json", "--all-pairs", "--ldif", dump, user=None,
                    prefix=["unshare", "-n"], env={"KRB5CCNAME": "FILE:/nonexistent"})
    assert without_tickets(done.report) == exported.live


@pytest.mark.parametrize("wrap", ["ldif-wrap=20", "ldif-wrap=no"])
def test_an_export_with_comments_and_folded_lines_reads_the_same(exported, tmp_path, wrap):
    """As `ldapsearch -L` writes it: comments, and lines folded anywhere, also within a word or its base64."""
    configuration = f"CN=Configuration,{exported.base_dn}"
    searches = [("-s", "base", "-b", "", "*", "+"), ("-b", f"CN=Partitions,{configuration}", "*"),
                ("-s", "base", "-b", f"CN=Directory Service,CN=Windows NT,CN=Services,{configuration}", "*"),
                ("-b", f"CN=Sites,{configuration}", "(objectClass=nTDSDSA)", "*"),
                ("-E", "pr=1000/noprompt", "-E", "!1.2.840.113556.1.4.801=::MAMCAQc=", "-b", exported.base_dn, "*",
                 "msDS-KeyVersionNumber", "nTSecurityDescriptor")]
    text = "".join(exported.check(["ldapsearch", "-L", "-o", wrap, "-Q", "-N", "-Y", "GSS-SPNEGO", "-H",
                                   f"ldap://{exported.dc}", *search], user="Administrator") for search in searches)
    text = "\n".join(line for line in text.splitlines() if not line.startswith("version:")) + "\n"
    offline = json_audit(exported, "--ldif", write(tmp_path / "export.ldif", f"version: 1\n\n{text}"), user=None)
    assert without_tickets(offline.report) == exported.live


# What to audit


def test_host_makes_one_group_of_those_named(demo):
    result = json_audit(demo, "--host", "hv01", "--host", "HV03.contoso.test")
    assert [(g["origin"], g["members"]) for g in result.report["groups"]] == [("hosts", ["HV01", "HV03"])]
    assert set(result.pairs.values()) == {"broken"} and len(result.pairs) == 2
    assert result.finding("DEL-01", subject="HV01")["target"] == "HV03"


def test_a_glob_names_many_hosts(demo):
    assert len(json_audit(demo, "--host", "HV0?", "--no-tickets").pairs) == 30


def test_a_configuration_declares_groups_and_services(demo, tmp_path):
    path = config(tmp_path, "[group right]\nhosts=HV01;HV02\n\n[group files]\nhosts=HV03;HV04\nnames=short\n"
                            "services=cifs\n")
    result = json_audit(demo, "-c", path)
    assert [(g["name"], g["origin"]) for g in result.report["groups"]] == [("right", "config"), ("files", "config")]
    # Neither HV03's lost Migration SPN nor the full names that HV03 lacks matter to the second group.
    assert set(result.pairs.values()) == {"ready"} and len(result.pairs) == 4
    assert {name: set(judged(result.pair(*name))) for name in result.pairs} == {
        ("HV01", "HV02"): {"cifs", "migration"}, ("HV02", "HV01"): {"cifs", "migration"},
        ("HV03", "HV04"): {"cifs"}, ("HV04", "HV03"): {"cifs"}}
    assert {t["spn"] for t in result.host("HV03")["tickets"]} == {"cifs/HV03", *winrm_spns("HV03")}


def test_hosts_of_a_container_are_found(demo, tmp_path):
    path = config(tmp_path, f"[group all]\nhosts_in=OU=Hyper-V,{demo.base_dn}\n")
    assert len(json_audit(demo, "-c", path, "--no-tickets").report["groups"][0]["members"]) == 6


def test_a_waiver_takes_a_finding_out_of_the_count(demo, tmp_path):
    waivers = "".join(f"\n[waive {rule}]\nrule={rule}\nsubject=HV0*\nreason=known\n"
                      for rule in ("DEL-01", "DEL-02", "DEL-03", "DEL-05"))
    path = config(tmp_path, f"[group one]\nhosts=HV04;HV05\n{waivers}")
    result = json_audit(demo, "-c", path, "--no-tickets", "--scope", "hosts", expect=OK)
    waived = result.core_findings
    assert all(f["waived"] == {"reason": "known", "until": None} for f in waived)
    assert len(waived) > 6
    assert result.report["summary"]["findings"]["waived"] == len({f["id"] for f in waived}) > 3
    assert result.pairs[("HV04", "HV05")] == "broken", "a waiver mends nothing"


def test_storage_needs_cifs_from_every_host(tmp_path):
    def build(e):
        e.host("SOFS1", spns=e.spns("SOFS1", ["HOST"]), os="Windows Server 2022 Datacenter")
        e.host("HV01", delegate_to=["HV02", "cifs/SOFS1", "cifs/sofs1.contoso.test"], t2a4d=True)
        e.host("HV02", delegate_to=["HV01", "cifs/SOFS1"], t2a4d=True)
        e.user("audit")

    with Lab(build) as lab:
        path = config(tmp_path, "[group prod]\nhosts=HV01;HV02\nstorage=SOFS1\n")
        result = json_audit(lab, "-c", path)
        assert result.pairs[("HV01", "SOFS1")] == "ready" and result.pairs[("HV02", "SOFS1")] == "degraded"
        assert result.rules == {"DEL-12"} and result.finding("DEL-12")["subject"] == "HV02"
        assert ("SOFS1", "HV01") not in result.pairs


# Discovery and the finer rules, live


def build_finer(e):
    e.host("HV01", delegate_to=["HV02", "HV03", "HV04"], t2a4d=True)
    # A file service took over HV02's cifs: the KDC then encrypts with its key (peers: kvno shows it).
    e.host("HV02", delegate_to=["HV01", "HV03", "HV04"], t2a4d=True)
    e.user("svc-files")
    e.raw_spn("svc-files", "cifs/HV02")
    # The Migration SPN of HV03 went to a cluster's account, which is disabled.
    lost = e.spns("HV03", [c for c in HYPERV_CLASSES if c != MIGRATION])
    e.host("HV03", spns=[*lost, f"{MIGRATION}/hv03.contoso.test"], delegate_to=["HV01", "HV02", "HV04"], t2a4d=True)
    e.user("svc-off", spns=[f"{MIGRATION}/HV03"], uac=0x200 | 0x2)
    # The SPNs of HV04 are lost; only the service connection point shows that it is a Hyper-V host.
    e.host("HV04", spns=[], delegate_to=["HV01", "HV02", "HV03"], t2a4d=True)
    e.scp("HV04")
    # Nothing shows that BARE is a Hyper-V host but the list of SEEN.
    e.host("SEEN", delegate_to=["BARE"], t2a4d=True)
    e.host("BARE", spns=e.spns("BARE", ["HOST"]), delegate_to=["SEEN"], t2a4d=True)
    # A disabled host is no host any more, a lone one has no partner, an unconstrained one trusts too much.
    e.host("HV05", uac=0x1000 | 0x2, delegate_to=["HV01"], t2a4d=True)
    e.host("LONE")
    e.host("OPEN", uac=0x1000 | 0x80000, delegate_to=["OPEN2"], t2a4d=True)
    e.host("OPEN2", delegate_to=["OPEN"])
    e.host("DESK", spns=e.spns("DESK", ["HOST"]))
    e.user("audit")
    e.user("alice")
    # Its key is newer than HV02's.
    for password in ("First-Passw0rd", "Second-Passw0rd"):
        e.samdb.setpassword("(sAMAccountName=svc-files)", password)


@pytest.fixture(scope="module")
def finer_lab():
    with Lab(build_finer) as lab:
        yield lab


@pytest.fixture(scope="module")
def finer(finer_lab):
    return json_audit(finer_lab, expect=FINDINGS)


def test_hyperv_hosts_are_discovered(finer):
    assert {h["name"] for h in finer.report["hosts"]} == {"HV01", "HV02", "HV03", "HV04", "LONE", "OPEN", "OPEN2", "SEEN", "BARE"}


@pytest.mark.parametrize("scope", ["domain", "hosts"])
def test_a_host_that_only_a_list_shows_is_judged_whole(finer_lab, scope):
    result = json_audit(finer_lab, "--scope", scope, "--no-tickets")
    assert {f["spn"] for f in result.findings if (f["rule"], f["subject"]) == ("SPN-01", "BARE")} == \
        {f"{MIGRATION}/BARE", f"{MIGRATION}/bare.contoso.test"}
    assert result.pairs[("SEEN", "BARE")] == "broken" and result.pairs[("BARE", "SEEN")] == "ready"


def test_a_planted_cifs_spn_is_critical_and_the_ticket_shows_the_wrong_key(finer):
    shadow = finer.finding("SPN-05")
    assert (shadow["subject"], shadow["target"], shadow["spn"]) == ("HV02", "svc-files", "cifs/HV02")
    assert shadow["severity"] == "critical"
    wrong_key = finer.finding("TKT-03")
    assert (wrong_key["subject"], wrong_key["spn"], wrong_key["severity"]) == ("HV02", "cifs/HV02", "critical")
    tickets = {t["spn"]: t["kvno"] for t in finer.host("HV02")["tickets"]}
    assert tickets["cifs/HV02"] > tickets["cifs/hv02.contoso.test"]
    assert finer.pairs[("HV01", "HV02")] == "broken"


def test_an_spn_on_another_account_is_named_though_that_account_is_disabled(finer):
    elsewhere = finer.finding("SPN-04")
    assert (elsewhere["subject"], elsewhere["target"], elsewhere["spn"]) == ("HV03", "svc-off", f"{MIGRATION}/HV03")


def test_a_host_without_spns_lacks_them_all(finer):
    assert finer.failed("spn", rule="SPN-01", subject="HV04") == {f"{MIGRATION}/HV04", f"{MIGRATION}/hv04.contoso.test"}
    assert finer.failed("spn", rule="SPN-02", subject="HV04") == {f"{CIFS}/HV04", f"{CIFS}/hv04.contoso.test"}


def test_a_lone_host_gets_one_finding(finer):
    assert finer.failed("rule", subject="LONE") & CORE_RULES == {"DEL-13"}


def test_unconstrained_delegation_is_critical_whatever_else_is_set(finer):
    assert finer.finding("DEL-04")["severity"] == "critical" and finer.finding("DEL-04")["subject"] == "OPEN"
    assert set(finer.host("OPEN")["delegation"]) == {"unconstrained", "kcd", "protocol-transition"}


def test_kerberos_only_delegation_is_seen(finer):
    """Filters on the protocol transition bit lose it (SharpHoundCommon#304, ldd2bh#5)."""
    assert finer.host("OPEN2")["delegation"] == ["kcd"]
    assert finer.failed("subject", rule="DEL-03") == {"OPEN2"}
    assert finer.pairs[("OPEN2", "OPEN")] == "degraded"


# Reports


def test_the_text_report_answers_first_and_shows_the_mend(demo):
    result = audit(demo)
    assert result.status == FINDINGS and result.err == ""
    head = "\n".join(result.out.splitlines()[:6])
    assert "contoso.test" in head and "BROKEN" in head and "7 of 14 migration directions fail" in head
    for text in ("HV03", "DEL-03", f'setspn -S "{MIGRATION}/HV03" HV03'):
        assert text in result.out
    # Only commands are longer than a line: they are for copying.
    prose = [line for line in result.out.splitlines() if not re.search(r"setspn|Set-AD|powershell", line)]
    assert "\x1b" not in result.out and max(map(len, prose)) <= 100


def test_color_is_only_given_where_asked_for(demo):
    assert "\x1b[" in audit(demo, "--color", "always", "--no-tickets").out
    assert "\x1b[" not in audit(demo, "--color", "never", "--no-tickets").out


def test_quiet_says_the_headline_only(demo):
    result = audit(demo, "-q", "--no-tickets")
    assert "7 of 14" in result.out and "setspn" not in result.out and len(result.out.splitlines()) <= 6


def test_ascii_where_the_locale_is(demo):
    assert audit(demo, "--no-tickets", env={"LC_ALL": "C"}).out.isascii()


def test_several_reports_each_to_its_own_file(demo, tmp_path):
    result = audit(demo, "-f", f"json:{tmp_path}/report.json", "-f", f"text:{tmp_path}/report.txt", "--no-tickets")
    assert (result.status, result.out, result.err) == (FINDINGS, "", "")
    assert (tmp_path / "report.txt").read_text().count("HV03") > 3
    assert '"schema": "kcdaudit.report/2"' in (tmp_path / "report.json").read_text()
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_fail_on_moves_the_threshold(demo):
    options = ["--host", "HV03", "--host", "HV05", "--no-tickets", "-f", "json"]
    assert audit(demo, *options, "--fail-on", "critical").status == OK
    assert audit(demo, *options).status == FINDINGS


def test_the_domain_comes_from_the_ticket_where_none_is_given(demo):
    result = kcdaudit(demo, "audit", "-f", "json", "--no-tickets")
    assert result.report["run"]["source"]["domain"] == demo.domain


def test_an_unknown_host_is_named(demo):
    refused(audit(demo, "--host", "HV01", "--host", "HV77"), 2, "HV77", demo.domain)
