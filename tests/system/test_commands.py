"""The commands beside `audit`: check, ticket, spn, snapshot, rules, help."""

import re
import stat

import pytest

from harness import (CIFS, FINDINGS, INCOMPLETE, MIGRATION, NO_AUDIT, OK, ROOT, USAGE, Lab, assert_one_line, audit,
                     json_audit, kcdaudit, needed_spns, refused, stopped, without_tickets, write)
from valid import valid

NOTHING = {"user": None, "env": {"KRB5CCNAME": "FILE:/nonexistent/cc"}}
ESC = "\033[31m"
COMMANDS = ["audit", "check", "diagnose", "ticket", "spn", "snapshot", "rules", "history", "diff", "help"]


def build(e):
    e.host("HV01", delegate_to=["HV02", "cifs/FS01", "cifs/fs01.contoso.test"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    e.host("HV03")
    e.host("FS01", spns=e.spns("FS01", ["HOST"]))
    e.rbcd("HV03", trustees=["HV01"])
    e.user("alice")
    e.user("ceo", uac=0x200 | 0x100000)
    e.user("secret", groups=["Protected Users"])
    e.user("audit")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def dump(demo, tmp_path_factory):
    path = tmp_path_factory.mktemp("commands") / "demo.ldif"
    demo.dump_ldif(path)
    return path


def tree(result):
    """The JSON that a command wrote, which has to be what its published schema says."""
    assert result.out, result
    return valid(result.out)


def check(lab, source, target, *options, **keywords):
    return kcdaudit(lab, "check", "-D", lab.domain, source, target, *options, **keywords)


def json_check(lab, source, target, *options, **keywords):
    result = check(lab, source, target, "-f", "json", *options, **keywords)
    return result.status, tree(result)


def states(value, what):
    return {c["name"]: c["state"] for c in value["conditions"] if c["what"] == what}


def condition(value, what, name=None):
    found = [c for c in value["conditions"] if c["what"] == what and c["name"] == name]
    assert len(found) == 1, (what, name, value)
    return found[0]


# check


def test_a_ready_pair_has_every_condition_ticked_and_says_where_else_to_look(demo):
    status, value = json_check(demo, "HV01", "HV02")
    assert status == OK and value["verdict"] == "ready" and value["reverse"] == "ready" and value["complete"]
    assert {c["state"] for c in value["conditions"] if c["decides"]} == {"pass"}
    for what in ("spn", "kcd", "ticket"):
        assert states(value, what) == dict.fromkeys(needed_spns("HV02"), "pass")
    assert value["next"]["language"] == "klist" and value["next"]["command"] == "klist purge -li 0x3e7"
    text = check(demo, "HV01", "HV02")
    assert text.status == OK and text.out.split()[0] == "READY", text
    for words in ("HV01 → HV02", "The way back", "klist purge -li 0x3e7", "on HV01", "6600",
                  "CN=HV02,OU=Hyper-V,DC=contoso,DC=test", "dc1.contoso.test"):
        assert words in text.out, (words, text)
    assert "✗" not in text.out and "?" not in text.out


def test_a_forgotten_entry_is_shown_with_its_place_and_its_command(demo):
    status, value = json_check(demo, "HV04", "HV05")
    assert status == FINDINGS and value["verdict"] == "broken"
    assert states(value, "kcd") == dict.fromkeys(needed_spns("HV05"), "fail")
    assert states(value, "spn") == dict.fromkeys(needed_spns("HV05"), "pass")
    entry = condition(value, "kcd", "cifs/HV05")
    assert entry["where"] == "msDS-AllowedToDelegateTo of CN=HV04,OU=Hyper-V,DC=contoso,DC=test"
    assert "none of its 12 entries names the target" in entry["seen"]
    assert value["next"]["language"] == "powershell" and "HV04" in value["next"]["command"]
    assert "cifs/HV05" in value["next"]["command"] and "-Add" in value["next"]["command"]
    assert not re.search("HV03|HV06|HV99|-Remove", str(value["next"])), "nothing but what this pair needs"
    assert {f.split(":")[0] for f in value["findings"]} == {"DEL-01", "DEL-02", "DOM-04"}
    text = check(demo, "HV04", "HV05")
    assert text.status == FINDINGS and text.out.split()[0] == "BROKEN" and "✗" in text.out, text
    assert value["next"]["command"].splitlines()[0] in text.out


def test_one_name_form_is_told_apart(demo):
    status, value = json_check(demo, "HV03", "HV04")
    assert value["verdict"] == "degraded"
    assert states(value, "kcd") == {spn: "fail" if "." in spn else "pass" for spn in needed_spns("HV04")}
    assert "cifs/HV04" in condition(value, "kcd", "cifs/hv04.contoso.test")["seen"], "what is there instead"


def test_a_missing_spn_is_registered_with_setspn(demo):
    status, value = json_check(demo, "HV04", "HV03")
    assert status == FINDINGS
    assert states(value, "spn") == {spn: "fail" if spn.startswith(MIGRATION) else "pass"
                                    for spn in needed_spns("HV03")}
    assert states(value, "ticket")[f"{MIGRATION}/HV03"] == "fail"
    assert "KDC_ERR_S_PRINCIPAL_UNKNOWN" in condition(value, "ticket", f"{MIGRATION}/HV03")["seen"]
    assert value["next"]["language"] == "setspn"
    assert re.fullmatch(rf'setspn -S "{MIGRATION}/(HV03|hv03.contoso.test)" (CONTOSO\\)?HV03\$?',
                        value["next"]["command"]), value["next"]
    assert len(value["next"]["commands"]) == 2
    text = check(demo, "HV04", "HV03").out
    assert all(command in text for command in value["next"]["commands"])


def test_both_owners_of_a_duplicate_are_named(demo):
    _, value = json_check(demo, "HV03", "HV06")
    where = condition(value, "spn", f"{MIGRATION}/HV06")["where"]
    assert "CN=HV06,OU=Hyper-V,DC=contoso,DC=test" in where and "CN=svc-vmm-old," in where


def test_kerberos_only_is_named_and_mended(demo):
    status, value = json_check(demo, "HV05", "HV04")
    assert value["verdict"] == "degraded" and status == FINDINGS
    transition = condition(value, "protocol-transition")
    assert transition["state"] == "fail" and "4096" in transition["seen"] and "12 entries" in transition["seen"]
    assert transition["where"].startswith("userAccountControl of CN=HV05,")
    assert value["next"]["language"] == "powershell" and "HV05" in value["next"]["command"]


def test_every_pair_has_the_verdict_of_the_audit(demo, dump):
    whole = json_audit(demo, "--ldif", dump, user=None)
    for pair in whole.report["pairs"]:
        result = kcdaudit(demo, "check", "--ldif", dump, pair["source"], pair["target"], "-f", "json", user=None)
        value = tree(result)
        assert {k: value[k] for k in ("source", "target", "verdict", "services")} == {
            k: pair[k] for k in ("source", "target", "verdict", "services")}
        decisive = [c for c in value["conditions"] if c["decides"]]
        assert (value["verdict"] == "ready") == all(c["state"] == "pass" for c in decisive), value
        assert (value["verdict"] == "ready") == (value["next"]["language"] == "klist")
        assert not states(value, "ticket"), "offline no KDC is asked"


def test_dns_names_and_sam_names_are_hosts_too(lab):
    assert json_check(lab, "hv01.contoso.test", "hv02$")[1]["verdict"] == "ready"


def test_the_ace_that_grants_is_shown(lab):
    status, value = json_check(lab, "HV01", "HV03")
    rbcd = condition(value, "rbcd")
    assert rbcd["state"] == "pass" and re.match(r"ACE 1 of 1: allow HV01 0x0", rbcd["seen"]), rbcd
    assert rbcd["where"] == "msDS-AllowedToActOnBehalfOfOtherIdentity of CN=HV03,CN=Computers,DC=contoso,DC=test"
    assert value["verdict"] == "ready" and status == OK
    kcd = [c for c in value["conditions"] if c["what"] == "kcd"]
    assert {(c["state"], c["decides"]) for c in kcd} == {("fail", False)}, "another leg allows it"
    back = json_check(lab, "HV03", "HV01")[1]
    assert back["verdict"] == "broken" and condition(back, "rbcd")["seen"] == "no descriptor"
    assert value["reverse"] == "broken" and "way back" in check(lab, "HV01", "HV03").out


def test_an_ace_that_names_nobody_of_the_pair(lab):
    _, value = json_check(lab, "HV02", "HV03")
    assert condition(value, "rbcd")["seen"] == "none of 1 ACEs names HV02 or a group it is in"
    assert condition(value, "rbcd")["decides"]


def test_a_file_server_needs_cifs_alone(lab):
    status, value = json_check(lab, "HV01", "FS01")
    assert status == OK and value["verdict"] == "ready" and set(value["services"]) == {"cifs"}
    assert value["reverse"] is None and set(states(value, "kcd")) == {"cifs/FS01", "cifs/fs01.contoso.test"}
    status, value = json_check(lab, "HV02", "FS01")
    assert status == FINDINGS and value["verdict"] == "broken" and "DEL-12" in str(value["findings"])
    assert "file server" in check(lab, "HV02", "FS01").out


def test_operators_are_looked_at_when_named(lab):
    _, value = json_check(lab, "HV01", "HV02", "--operator", "alice", "--operator", "CONTOSO\\ceo", "--operator",
                          "secret")
    assert states(value, "operator-not-sensitive") == {"alice": "pass", "ceo": "fail", "secret": "pass"}
    assert states(value, "operator-not-protected") == {"alice": "pass", "ceo": "pass", "secret": "fail"}
    assert value["verdict"] == "ready", "operators change no pair's verdict"
    text = check(lab, "HV01", "HV02", "--operator", "ceo").out
    assert "The operator ceo" in text and "NOT_DELEGATED" in text
    assert "--operator USER" in check(lab, "HV01", "HV02").out, "says what was not looked at"


def test_quiet_and_no_tickets(lab):
    text = check(lab, "HV01", "HV02", "-q").out
    assert text.split()[0] == "READY" and len(text.splitlines()) <= 3
    value = json_check(lab, "HV01", "HV02", "--no-tickets")[1]
    assert not states(value, "ticket") and value["verdict"] == "ready"


def test_the_configuration_says_which_leg_counts(lab, tmp_path):
    path = write(tmp_path / "c", f"[directory]\ndomain={lab.domain}\n\n[group p]\nhosts=HV0*\nmode=kcd\n")
    value = tree(kcdaudit(lab, "check", "-c", path, "HV01", "HV03", "-f", "json"))
    assert value["verdict"] == "broken" and "mode=kcd" in condition(value, "rbcd")["seen"]


@pytest.mark.parametrize("arguments, words", [
    (["HV01"], ["SOURCE TARGET"]), ([], ["SOURCE TARGET"]), (["HV01", "HV02", "HV03"], ["SOURCE TARGET"]),
    (["HV*", "HV02"], ["HV*", "two names"]), (["HV01", ""], ["two names"]),
    (["HV01", "HV02", "-f", "prometheus"], ["prometheus", "text, json"]),
    (["HV01", "HV02", "--fixes", "/tmp/x"], ["fixes", "help check"]),
    (["HV01", "HV02", "-o", "/nonexistent/x"], ["/nonexistent/x"]),
])
def test_wrong_arguments_of_check(lab, arguments, words):
    refused(kcdaudit(lab, "check", "-D", "nowhere.test", *arguments, **NOTHING), USAGE, *words)


@pytest.mark.parametrize("source, target, words", [
    ("HV77", "HV02", ["HV77", "no such computer", "contoso.test"]),
    ("HV01", "alice", ["alice", "no such computer"]),
    ("HV01", "hv01.contoso.test", ["same computer"]),
    (f"HV{ESC}", "HV02", ["no such computer"]),
])
def test_hosts_that_are_none(lab, source, target, words):
    result = check(lab, source, target)
    refused(result, USAGE, *words)
    assert "\033" not in result.err


def test_what_may_not_be_read_is_no_tick():
    def hidden(e):
        e.host("HV01", delegate_to=["HV02"], t2a4d=True)
        e.host("HV02", delegate_to=["HV01"], t2a4d=True)
        e.user("audit")
        e.deny_read("HV01", "msDS-AllowedToDelegateTo", "audit")

    with Lab(hidden) as lab:
        status, value = json_check(lab, "HV01", "HV02")
        assert status == INCOMPLETE and value["verdict"] == "unknown" and not value["complete"]
        assert set(states(value, "kcd").values()) == {"unknown"}
        assert value["next"]["command"] is None and "may read" in value["next"]["advice"]
        text = check(lab, "HV01", "HV02").out
        assert text.split()[0] == "UNKNOWN" and "Not read" in text


def test_hostile_names_reach_no_terminal(demo):
    """Whatever a directory holds: control characters never come out raw."""
    estate = ROOT / "fixtures/hostile-names/estate.ldif"
    report = json_audit(demo, "--ldif", estate, "-c", "/dev/null", user=None).report
    names = [h["name"] for h in report["hosts"]]
    for source in names:
        for target in names:
            for form in ("text", "json"):
                result = kcdaudit(demo, "check", "--ldif", estate, "-c", "/dev/null", "-f", form, "--", source, target,
                                  user=None)
                assert result.status in (OK, FINDINGS, USAGE, INCOMPLETE), result
                assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f‪-‮⁦-⁩]",
                                     result.out + result.err), (source, target, result)
    for arguments in (["duplicates"], ["query", "*"]):
        result = kcdaudit(demo, "spn", *arguments, "--ldif", estate, user=None)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f‪-‮⁦-⁩]", result.out), result


# ticket


def ticket(lab, *arguments, **keywords):
    return kcdaudit(lab, "ticket", *arguments, **keywords)


def test_tickets_granted(lab):
    spns = needed_spns("HV02")
    result = ticket(lab, *spns)
    assert result.status == OK, result
    lines = result.out.splitlines()
    assert len(lines) == len(spns)
    for line, spn in zip(lines, spns):
        assert line.startswith("granted") and spn in line and "aes256-cts-hmac-sha1-96" in line and "kvno " in line
        assert " ms " in line and "forwardable" in line


def test_tickets_refused_with_the_reason(lab):
    result = ticket(lab, "cifs/HV01", "cifs/NOBODY")
    assert result.status == FINDINGS
    granted, lost = result.out.splitlines()
    assert granted.startswith("granted") and lost.startswith("refused") and "KDC_ERR_S_PRINCIPAL_UNKNOWN" in lost
    value = tree(ticket(lab, "-f", "json", "cifs/HV01", "cifs/NOBODY"))
    assert value["realm"] == "CONTOSO.TEST" and value["principal"] == "audit@CONTOSO.TEST"
    first, second = value["tickets"]
    assert first["result"] == "granted" and first["kvno"] >= 1 and "pre-authent" in first["flags"] and first["ms"] > 0
    assert second["result"] == "refused" and second["error_code"] == 7 and second["meaning"]


def test_tickets_say_whose_they_are(lab):
    result = ticket(lab, "-v", "cifs/HV01")
    assert result.status == OK
    assert_one_line(result, "as audit@CONTOSO.TEST", "CONTOSO.TEST")
    assert ticket(lab, "cifs/HV01").err == ""


def test_tickets_of_spns_with_a_realm(lab):
    result = ticket(lab, "cifs/HV01@CONTOSO.TEST", "cifs/HV02@contoso.test")
    assert result.status == OK and "cifs/HV01 " in result.out and "@" not in result.out, result
    refused(ticket(lab, "cifs/HV01@ELSEWHERE.TEST"), USAGE, "cifs/HV01@ELSEWHERE.TEST", "CONTOSO.TEST")
    refused(ticket(lab, f"cifs/a@{ESC}"), USAGE, "cifs/a@")


def test_quiet_leaves_what_matters(demo):
    result = ticket(demo, "-q", "cifs/HV01", "cifs/NOBODY")
    assert result.status == FINDINGS and len(result.out.splitlines()) == 1 and "cifs/NOBODY" in result.out, result
    assert ticket(demo, "-q", "cifs/HV01").out == ""
    result = spn(demo, "duplicates", "-q")
    assert result.status == FINDINGS and result.out == "", result


def test_tickets_of_a_keytab_and_a_named_domain(lab, tmp_path):
    keytab = lab.keytab("audit", tmp_path / "k")
    assert ticket(lab, "-D", lab.domain, "--keytab", keytab, "--principal", "audit", "cifs/HV01", user=None).status == OK


def test_without_credentials_there_is_no_answer(lab):
    refused(ticket(lab, "cifs/HV01", **NOTHING), NO_AUDIT, "kinit")
    refused(ticket(lab, **NOTHING), USAGE, "SPN")
    refused(ticket(lab, "-H", "ldap://dc1", "cifs/HV01", **NOTHING), USAGE, "help ticket")


def test_hostile_spns_are_asked_for_and_shown_tame(lab):
    result = ticket(lab, f"cifs/{ESC}", "no-spn", "", "/", "cifs/" + "x" * 5000)
    assert result.status in (FINDINGS, NO_AUDIT) and "\033" not in result.out + result.err
    assert result.out.count("refused") == 5 and len(result.out.splitlines()) == 5


# spn


def spn(lab, *arguments, **keywords):
    return kcdaudit(lab, "spn", *arguments, "-D", lab.domain, **keywords)


def test_the_spns_of_an_account(demo):
    for name in ("HV06", "HV06$", "hv06.contoso.test", "CONTOSO\\HV06$"):
        result = spn(demo, "list", name)
        assert result.status == OK, result
        head, *spns = result.out.splitlines()
        assert "CN=HV06,OU=Hyper-V,DC=contoso,DC=test" in head
        assert {f"{MIGRATION}/HV06", "HOST/hv06.contoso.test"} <= {s.strip() for s in spns}
        assert all(s.startswith(" ") for s in spns)
    value = tree(spn(demo, "list", "HV06", "-f", "json"))
    assert value["accounts"][0]["name"] == "HV06" and f"{MIGRATION}/HV06" in value["accounts"][0]["spns"]
    assert "no SPN" in spn(demo, "list", "alice").out
    refused(spn(demo, "list", "nobody"), USAGE, "nobody", "no such account")


def test_who_holds_an_spn(demo):
    result = spn(demo, "query", f"{MIGRATION}/hv0*")
    assert result.status == OK and "Existing SPN found!" in result.out
    for name in ("CN=HV01,OU=Hyper-V", "CN=svc-vmm-old,OU=Service Accounts"):
        assert name in result.out
    assert "TERMSRV" not in result.out and "SCVMM" not in result.out, "only what matches"
    value = tree(spn(demo, "query", f"{MIGRATION.upper()}/HV06", "-f", "json"))
    assert {a["name"]: a["spns"] for a in value["accounts"]} == {"HV06": [f"{MIGRATION}/HV06"],
                                                                "svc-vmm-old": [f"{MIGRATION}/HV06"]}


@pytest.mark.parametrize("pattern", ["cifs/HV99", "nothing/*", "*)(objectClass=*", "a\\2ab", ESC])
def test_nobody_holds_it(demo, pattern):
    result = spn(demo, "query", pattern)
    assert result.status == FINDINGS and result.out.strip() == "No such SPN found.", result


@pytest.mark.parametrize("options", [(), ("--forest",)])
def test_duplicates_are_found_and_counted(demo, options):
    result = spn(demo, "duplicates", *options)
    assert result.status == FINDINGS, result
    assert f"{MIGRATION}/HV06" in result.out and "CN=svc-vmm-old," in result.out and "CN=HV06," in result.out
    assert result.out.rstrip().endswith("found 1 group of duplicate SPNs.")
    value = tree(spn(demo, "duplicates", "-f", "json", *options))
    assert len(value["duplicates"]) == 1 and len(value["duplicates"][0]["owners"]) == 2
    assert value["forest"] == bool(options)


def test_duplicates_among_many_are_the_same_as_in_an_export(tmp_path):
    """Whoever was the first to hold one comes before anybody knows that it is held twice."""
    def estate(e):
        e.user("audit")
        for number in range(300):
            e.user(f"svc{number}", password=False, spns=[f"HTTP/svc{number}.contoso.test:{port}" for port in (1, 2)])
        for name, spn in (("svc0", "http/SVC299.contoso.test:1"), ("svc150", "HTTP/svc299.contoso.test:1"),
                          ("svc299", "HTTP/svc0.contoso.test:2"), ("svc3", "HTTP/\u00dcber"), ("svc8", "HTTP/\u00dcber"),
                          ("svc4", "odd *\\(x)/y"), ("svc1", "odd *\\(x)/y"), ("svc5", "time/\u00e9")):
            e.raw_spn(name, spn)

    with Lab(estate) as lab:
        lab.dump_ldif(tmp_path / "dump.ldif")
        for options in ((), ("--forest",)):
            live = tree(spn(lab, "duplicates", "-f", "json", *options))
            held = {row["spn"].lower(): [dn.split(",")[0] for dn in row["owners"]] for row in live["duplicates"]}
            assert held["http/svc299.contoso.test:1"] == ["CN=svc0", "CN=svc150", "CN=svc299"]
            assert held["http/svc0.contoso.test:2"] == ["CN=svc0", "CN=svc299"]
            assert held["http/\u00fcber"] == ["CN=svc3", "CN=svc8"] and held["odd *\\(x)/y"] == ["CN=svc1", "CN=svc4"]
            assert len(held) == 4 and live["gaps"] == []
        offline = tree(kcdaudit(lab, "spn", "duplicates", "-f", "json", "--ldif", tmp_path / "dump.ldif", user=None))
        assert offline["duplicates"] == live["duplicates"]


def test_no_duplicates(lab):
    result = spn(lab, "duplicates", "--forest")
    assert result.status == OK and "found 0 groups of duplicate SPNs." in result.out


def test_offline_the_same(demo, dump):
    for arguments in (["duplicates"], ["query", "*/HV06"], ["list", "HV06"]):
        live = spn(demo, *arguments)
        offline = kcdaudit(demo, "spn", *arguments, "--ldif", dump, user=None)
        assert (offline.status, offline.out) == (live.status, live.out)


FOREST = """\
dn: DC=contoso,DC=test
objectClass: domainDNS
objectSid: S-1-5-21-1-2-3

dn: CN=krbtgt,CN=Users,DC=contoso,DC=test
objectClass: user
sAMAccountName: krbtgt
objectSid: S-1-5-21-1-2-3-502
servicePrincipalName: kadmin/changepw

dn: DC=eu,DC=contoso,DC=test
objectClass: domainDNS
objectSid: S-1-5-21-4-5-6

dn: CN=krbtgt,CN=Users,DC=eu,DC=contoso,DC=test
objectClass: user
sAMAccountName: krbtgt
objectSid: S-1-5-21-4-5-6-502
servicePrincipalName: kadmin/changepw

dn: CN=one,DC=contoso,DC=test
objectClass: user
sAMAccountName: one
objectSid: S-1-5-21-1-2-3-1101
servicePrincipalName: http/App
servicePrincipalName: HTTP/app

dn: CN=two,DC=eu,DC=contoso,DC=test
objectClass: user
sAMAccountName: two
objectSid: S-1-5-21-4-5-6-1101
"""


def test_krbtgt_of_parent_and_child_is_no_duplicate(demo, tmp_path):
    path = write(tmp_path / "forest.ldif", FOREST)
    result = kcdaudit(demo, "spn", "duplicates", "--forest", "--ldif", path, user=None)
    assert result.status in (OK, INCOMPLETE) and "found 0 groups" in result.out, "nor is one account with both spellings"
    path = write(tmp_path / "more.ldif", FOREST + "servicePrincipalName: HTTP/APP\n")
    result = kcdaudit(demo, "spn", "duplicates", "--forest", "--ldif", path, user=None)
    assert result.status == FINDINGS and "found 1 group" in result.out and "DC=eu" in result.out


@pytest.mark.parametrize("arguments, words", [
    ([], ["list ACCOUNT"]), (["frobnicate"], ["frobnicate", "spn list"]), (["list"], ["ACCOUNT"]),
    (["query"], ["PATTERN"]), (["query", ""], ["PATTERN"]), (["duplicates", "x"], ["no argument"]),
    (["list", "a", "b"], ["list ACCOUNT"]), ([ESC], ["there is no spn"]),
])
def test_wrong_arguments_of_spn(demo, arguments, words):
    result = kcdaudit(demo, "spn", *arguments, **NOTHING)
    refused(result, USAGE, *words)
    assert "\033" not in result.err


# snapshot


def test_a_snapshot_audits_like_the_directory(demo, tmp_path):
    path = tmp_path / "snapshot.ldif"
    result = kcdaudit(demo, "snapshot", "-D", demo.domain, "-o", path)
    assert result.status == OK and result.out == ""
    assert_one_line(result, path, "entries", "--ldif")
    assert int(re.search(r"(\d+) entries", result.err)[1]) == len(re.findall(r"^dn:", path.read_text(), re.M)) > 10
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["snapshot.ldif"]
    offline = json_audit(demo, "--ldif", path, user=None)
    assert without_tickets(offline.report) == without_tickets(json_audit(demo).report)


def test_a_snapshot_to_standard_output(demo):
    for place in ("-", "/dev/stdout"):
        result = kcdaudit(demo, "snapshot", "-D", demo.domain, "-o", place)
        assert result.status == OK and re.search(r"^dn: CN=HV01,OU=Hyper-V", result.out, re.M), result


def test_a_quiet_snapshot_says_nothing_where_all_was_read(demo, tmp_path):
    result = kcdaudit(demo, "snapshot", "-q", "-D", demo.domain, "-o", tmp_path / "quiet.ldif")
    assert result.status == OK and result.out == result.err == ""
    assert "dn: CN=HV01" in (tmp_path / "quiet.ldif").read_text()


def test_a_snapshot_needs_a_place(demo):
    refused(kcdaudit(demo, "snapshot", "-D", demo.domain, **NOTHING), USAGE, "-o FILE.ldif")
    refused(kcdaudit(demo, "snapshot", "-o", "/nonexistent/x", **NOTHING), USAGE, "/nonexistent/x")
    refused(kcdaudit(demo, "snapshot", "-o", "x", "--ldif", "y", **NOTHING), USAGE, "ldif", "help snapshot")


# rules


def test_the_rules_as_a_table(demo):
    result = kcdaudit(demo, "rules", **NOTHING)
    value = tree(kcdaudit(demo, "rules", "-f", "json", **NOTHING))
    lines = result.out.splitlines()
    assert result.status == OK and len(lines) == len(value["rules"]) >= 30
    for line, rule in zip(lines, value["rules"]):
        assert line.split()[:3] == [rule["id"], rule["severity"], rule["slug"]] and line.endswith(rule["title"])


def test_one_rule_in_full(demo):
    for rule in tree(kcdaudit(demo, "rules", "-f", "json", **NOTHING))["rules"]:
        page = ROOT / f"docs/rules/{rule['id']}.md"
        if not page.exists():
            continue
        text = kcdaudit(demo, "rules", rule["slug"], **NOTHING)
        assert text.status == OK and text.out.startswith(page.read_text())
        rest = text.out[len(page.read_text()):]
        assert rest.startswith("\n## Frameworks\n") if rule["frameworks"] else rest == ""
        value = tree(kcdaudit(demo, "rules", rule["id"].lower(), "-f", "json", **NOTHING))
        assert value["rules"][0]["page"] == page.read_text()


@pytest.mark.parametrize("name, near", [("DEL-1", "DEL-01"), ("DEL-77", "DEL-"), ("delegation-cifs", "DEL-01"),
                                        (ESC, "rules"), ("x" * 10000, "rules")])
def test_a_rule_that_is_none(demo, name, near):
    result = kcdaudit(demo, "rules", name, **NOTHING)
    refused(result, USAGE, near)
    assert "\033" not in result.err and len(result.err) < 300


# help


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(demo, command):
    text = kcdaudit(demo, "help", command, **NOTHING)
    assert text.status == OK and text.out.startswith(f"usage: kcdaudit {command}")
    assert kcdaudit(demo, command, "--help", **NOTHING).out == text.out
    assert f"  {command} " in kcdaudit(demo, "help", **NOTHING).out


def test_options_that_go_together(demo):
    refused(audit(demo, "--prove-as", "alice", **NOTHING), USAGE, "--prove-keytab")
    refused(audit(demo, "--ldif", "x", "--all-dcs", **NOTHING), USAGE, "--ldif", "--all-dcs")


def test_a_kdc_that_is_silent(lab):
    """Last: the DC is gone for a while."""
    with stopped(lab):
        result = ticket(lab, "--timeout", "2", "cifs/HV01")
        assert result.status == NO_AUDIT and "refused" in result.out
        assert_one_line(result, "no KDC", "CONTOSO.TEST")
