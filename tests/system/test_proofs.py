"""--prove-as: S4U2Self and S4U2Proxy done for real, with the sources' own keys, and what the report makes of it.

Where the KDC of the lab is not Windows' (tests/lab/README.md): S4U2Self without T2A4D is never forwardable, also with an
empty list; every refused S4U2Proxy is BADOPTION, mostly without an NTSTATUS. So RBCD is proved here with T2A4D, and the
explanations have to come from the directory alone. It delegates members of Protected Users, which is left to the unit
tests, as are the codes that it never gives.
"""

import contextlib
import subprocess

import pytest
from samba.dcerpc import security
from samba.ndr import ndr_pack

from harness import (CIFS, DEMO, ENVIRONMENT, FINDINGS, HAS_RBCD, INCOMPLETE, KCDAUDIT, MIGRATION, NO_AUDIT, PATIENCE_S, USAGE, Lab,
                     Result, audit, json_audit, needed_spns, needs_rbcd, refused, relay, wait_until, within, write)

KDC_PORT = 1088
PROOF_RULES = {"TKT-05", "TKT-06", "TKT-07"}
UAC_USER, NOT_DELEGATED, DISABLED = 0x200, 0x100000, 0x2


def build(e):
    e.host("HV01", delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    # Kerberos only.
    e.host("KO01", delegate_to=["KO02"])
    e.host("KO02", delegate_to=["KO01"], t2a4d=True)
    # By RBCD: RB02 lets RB01 in; RB01 gives RB02 every right but the one that counts; RB03 denies it before it grants it.
    for name in ("RB01", "RB02", "RB03"):
        e.host(name, t2a4d=True)
    e.rbcd("RB02", trustees=["RB01", "RB03"])
    e.rbcd("RB01", "O:BAD:(A;;0xf00ff;;;{RB02})")
    e.rbcd("RB03", "O:BAD:(D;;0x100;;;{RB02})(A;;0xf01ff;;;{RB02})")
    # By the encryption types that each side has.
    for name, etypes, partners in (("ET18", 16, ["ET23"]), ("ET23", 4, ["ET18"]), ("ETNO", None, ["ET23", "ET18"])):
        e.host(name, etypes=etypes, delegate_to=partners, t2a4d=True)
    # A source that has no name to ask for S4U2Self by.
    e.host("NS01", spns=[], delegate_to=["HV02"], t2a4d=True)
    # Whom authentication policies let in: AP01 the host AP03, AP02 nobody of these.
    for name, allowed in (("AP03", None), ("AP01", "AP03"), ("AP02", "KO02")):
        e.host(name, delegate_to=[other for other in ("AP01", "AP02", "AP03") if other != name], t2a4d=True)
        if allowed and HAS_RBCD:
            policy_of(e, name, allowed)
    e.user("audit")
    e.user("alice")
    e.user("boss", uac=UAC_USER | NOT_DELEGATED)
    e.user("gone", uac=UAC_USER | DISABLED)


def policy_of(e, host, allowed):
    """An enforced authentication policy by which only `allowed` gets tickets to the host."""
    parent = f"CN=AuthN Policies,CN=AuthN Policy Configuration,CN=Services,CN=Configuration,{e.dn}"
    dn = f"CN=Only {allowed},{parent}"
    sddl = f"O:SYD:(A;;CR;;;{e.sid_of(allowed)})"
    descriptor = security.descriptor.from_sddl(sddl, security.dom_sid(e.sid))
    e.samdb.add({"dn": dn, "objectClass": "msDS-AuthNPolicy", "msDS-AuthNPolicyEnforced": "TRUE",
                 "msDS-ComputerAllowedToAuthenticateTo": ndr_pack(descriptor)})
    e.set(host, "msDS-AssignedAuthNPolicy", dn)


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def keys(lab):
    return lab.keytab([f"{name}$" for name in ("HV01", "HV02", "KO01", "KO02", "RB01", "RB02", "RB03", "ET18", "ET23", "ETNO",
                                               "NS01", "AP01", "AP02", "AP03")])


def proved(lab, keytab, *arguments, user="alice", **keywords):
    """The audit of these hosts (and with these options), with proofs."""
    first = next((i for i, argument in enumerate(arguments) if argument.startswith("-")), len(arguments))
    hosts = [option for host in arguments[:first] for option in ("--host", host)]
    return json_audit(lab, *hosts, *arguments[first:], "--prove-as", user, "--prove-keytab", keytab, **keywords)


def results(pair):
    return {r["spn"]: r["result"] for r in pair["proof"]["results"]}


def delegated(pair):
    return {spn for spn, result in results(pair).items() if result == "granted"}


def tkt(result):
    return result.failed("rule") & PROOF_RULES


def assert_counts(result):
    every = [r["result"] for p in result.report["pairs"] if p["proof"] for r in p["proof"]["results"]]
    assert result.report["summary"]["proofs"] == {"granted": every.count("granted"), "refused": every.count("refused")}


# The verdict and the KDC


@pytest.fixture(scope="module")
def demo_proved(demo):
    return json_audit(demo, "--prove-as", "alice", "--prove-keytab", demo.keytab([f"HV0{i}$" for i in range(1, 7)]),
                      expect=FINDINGS)


def test_proofs_agree_with_the_verdict_of_every_pair(demo_proved):
    for pair in demo_proved.report["pairs"]:
        ends = pair["source"], pair["target"]
        assert set(results(pair)) == set(needed_spns(pair["target"])), ends
        assert (pair["verdict"] == "ready") == (delegated(pair) == set(results(pair))), ends
        for service, of_class in (("cifs", CIFS), ("migration", MIGRATION)):
            every = {spn for spn in results(pair) if spn.startswith(of_class)}
            verdict = pair["services"][service]["verdict"]
            assert (verdict == "ready") == (delegated(pair) >= every), (ends, service)
            if verdict == "degraded" and pair["proof"]["self_forwardable"]:
                assert every - delegated(pair) == set(pair["services"][service]["missing"]), (ends, service)
    assert demo_proved.failed("subject", rule="TKT-05") == {"HV05"}
    assert "TKT-07" not in tkt(demo_proved)
    assert_counts(demo_proved)


def test_the_demos_refusals_are_explained(demo_proved):
    spn = f"{CIFS}/HV05"
    forgotten = demo_proved.finding("TKT-06", subject="HV04", target="HV05", spn=spn)
    # Of what is said of several SPNs the first stands for the others.
    assert "is not in HV04's list" in forgotten["detail"] and spn in forgotten["detail"]
    assert "KDC_ERR_BADOPTION" in forgotten["detail"]
    assert forgotten["severity"] == "error"
    missing = demo_proved.finding("TKT-06", subject="HV04", target="HV03", spn=f"{MIGRATION}/HV03")
    assert "on no account" in missing["detail"]
    duplicate = demo_proved.finding("TKT-06", subject="HV04", target="HV06", spn=f"{MIGRATION}/HV06")
    assert "on more than one account" in duplicate["detail"]
    kerberos_only = demo_proved.finding("TKT-06", subject="HV05", target="HV04")
    assert "no protocol transition" in kerberos_only["detail"]
    fqdn = demo_proved.finding("TKT-06", subject="HV03", target="HV04", spn=f"{CIFS}/hv04.contoso.test")
    assert fqdn["severity"] == "warning", "the short name serves"


def test_proofs_change_nothing_else(demo, demo_proved):
    plain = json_audit(demo, "--operator", "alice")
    assert plain.report["summary"]["proofs"] == {"granted": 0, "refused": 0}
    assert {p["proof"] for p in plain.report["pairs"]} == {None} and not tkt(plain)
    assert plain.pairs == demo_proved.pairs
    assert plain.failed("id") == {i for i in demo_proved.failed("id") if i.split(":")[0] not in PROOF_RULES}


# A right pair


def test_a_right_pair_is_proved_for_both_services(lab, keys):
    result = proved(lab, keys, "HV01", "HV02")
    for pair in result.report["pairs"]:
        assert pair["proof"]["user"] == "alice@CONTOSO.TEST" and pair["proof"]["self_forwardable"] is True
        assert delegated(pair) == set(needed_spns(pair["target"])) == set(results(pair))
        assert all(r["error"] is None and r["ntstatus"] is None for r in pair["proof"]["results"])
    assert not tkt(result) and result.report["summary"]["proofs"] == {"granted": 8, "refused": 0}
    assert not any("not proved" in why for why in result.gaps.values())


@pytest.mark.parametrize("user", ["alice@contoso.test", "CONTOSO\\alice", "contoso.test\\ALICE"])
def test_the_operator_may_be_named_as_people_do(lab, keys, user):
    result = proved(lab, keys, "HV01", "HV02", user=user)
    assert result.report["summary"]["proofs"] == {"granted": 8, "refused": 0}


def test_the_text_report_says_what_was_done(lab, keys):
    result = audit(lab, "-v", "--host", "HV01", "--host", "HV02", "--prove-as", "alice", "--prove-keytab", keys)
    text = " ".join(result.out.split())
    assert "delegation of alice@CONTOSO.TEST, tried for real from 2 of 2 sources: 8 tickets granted, 0 refused" in text
    assert text.count("4 of 4 granted for alice@CONTOSO.TEST") == 2 and "not proved" not in text


# The source's ticket


def test_protocol_transition_off(lab, keys):
    result = proved(lab, keys, "KO01", "KO02", expect=FINDINGS)
    assert result.pair("KO01", "KO02")["proof"]["self_forwardable"] is False
    assert delegated(result.pair("KO01", "KO02")) == set()
    assert delegated(result.pair("KO02", "KO01")) == set(needed_spns("KO01"))
    assert result.failed("subject", "target", rule="TKT-05") == {("KO01", None)}
    assert result.failed("subject", "target", rule="TKT-06") == {("KO01", "KO02")}
    for rule in ("TKT-05", "TKT-06"):
        assert "no protocol transition" in result.finding(rule)["detail"]
        assert "the operator" not in result.finding(rule)["detail"], "alice is not to blame"


def test_an_operator_who_is_sensitive_is_to_blame_and_no_host(lab, keys):
    result = proved(lab, keys, "HV01", "HV02", user="boss", expect=FINDINGS)
    assert set(result.pairs.values()) == {"unknown"}, "what was refused to boss may be granted to others"
    assert all(any("the operator boss" in reason for reason in pair["services"]["cifs"]["reasons"])
               for pair in result.report["pairs"])
    for pair in result.report["pairs"]:
        assert pair["proof"]["self_forwardable"] is False and delegated(pair) == set()
    for finding in result.report["findings"]:
        if finding["rule"] in PROOF_RULES:
            assert "the operator boss is marked \"sensitive and cannot be delegated\"" in finding["detail"], finding
            assert "It is the operator" in finding["detail"] and "the operator" in finding["title"].lower()
    assert tkt(result) == {"TKT-05", "TKT-06"}


def test_an_operator_nobody_knows_proves_nothing_against_a_host(lab, keys):
    result = proved(lab, keys, "HV01", "HV02", user="nobody")
    assert not tkt(result) and result.unknown("subject", rule="TKT-05") == {"HV01", "HV02"}
    assert set(result.pairs.values()) == {"unknown"}
    assert all("no such user" in result.finding("TKT-05", subject=host)["detail"] for host in ("HV01", "HV02"))
    assert result.pair("HV01", "HV02")["proof"] == {"user": "nobody@CONTOSO.TEST", "self_forwardable": None,
                                                    "results": []}


def test_a_source_that_is_sensitive_itself(lab, keys):
    dn = f"CN=HV01,CN=Computers,{lab.base_dn}"
    usual = 0x1001000
    with changed(lab, dn, "userAccountControl", usual, usual | NOT_DELEGATED):
        result = proved(lab, keys, "HV01", "HV02", expect=FINDINGS)
    assert "source host itself is marked sensitive" in result.finding("TKT-05", subject="HV01")["detail"]
    assert delegated(result.pair("HV01", "HV02")) == set()
    assert delegated(result.pair("HV02", "HV01")) == set(needed_spns("HV01"))


# The KDC decides downwards


def test_a_disabled_operator_is_to_blame_and_no_host(lab, keys):
    result = proved(lab, keys, "HV01", "HV02", user="gone")
    if not HAS_RBCD:
        pytest.skip("this Samba impersonates disabled users")
    assert set(result.pairs.values()) == {"unknown"}
    assert not tkt(result) and result.unknown("subject", rule="TKT-05") == {"HV01", "HV02"}
    for pair in result.report["pairs"]:
        assert any("the operator gone: its account is disabled" in reason for reason in pair["services"]["cifs"]["reasons"])


def test_the_sources_own_encryption_types_are_offered(lab, keys):
    result = proved(lab, keys, "ET18", "ET23", "ETNO", expect=FINDINGS)
    for source, target in (("ET18", "ET23"), ("ET23", "ET18")):
        assert delegated(result.pair(source, target)) == set(), (source, target)
        errors = {r["error"] for r in result.pair(source, target)["proof"]["results"]}
        assert errors == {"KDC_ERR_ETYPE_NOSUPP"}, (source, target, errors)
        assert result.pair(source, target)["verdict"] == "broken"
    # Nobody told ETNO what to offer: it offers what Windows does.
    for target in ("ET23", "ET18"):
        assert delegated(result.pair("ETNO", target)) == set(needed_spns(target)), target


def test_a_source_without_any_spn_is_never_ready(lab, keys):
    result = proved(lab, keys, "NS01", "HV02", expect=FINDINGS)
    plain = json_audit(lab, "--host", "NS01", "--host", "HV02", expect=FINDINGS)
    assert plain.pairs["NS01", "HV02"] == "broken"
    assert any("no SPN at all" in reason for reason in plain.pair("NS01", "HV02")["services"]["cifs"]["reasons"])
    # The lab's KDC does not mind.
    assert delegated(result.pair("NS01", "HV02")) == set(needed_spns("HV02"))
    assert result.pairs["NS01", "HV02"] == "unknown"
    finding = result.finding("TKT-07", subject="NS01")
    assert finding["target"] == "HV02" and "no SPN at all" in finding["detail"]


@needs_rbcd
def test_a_policy_against_the_auditor_says_nothing_of_the_hosts(lab, keys):
    plain = json_audit(lab, "--host", "AP01", "--host", "AP03")
    assert plain.unknown("subject", rule="TKT-01") == {"AP01"} and "TKT-01" not in plain.failed("rule")
    assert "account that audits" in plain.finding("TKT-01", subject="AP01", spn=f"{CIFS}/AP01")["detail"]
    result = proved(lab, keys, "AP01", "AP03")
    assert result.pairs == {("AP01", "AP03"): "ready", ("AP03", "AP01"): "ready"}
    assert not {f["rule"] for f in result.report["findings"]} & {"TKT-01", *PROOF_RULES}
    assert delegated(result.pair("AP03", "AP01")) == set(needed_spns("AP01"))


@needs_rbcd
def test_a_policy_against_the_source_breaks_the_pair(lab, keys):
    result = proved(lab, keys, "AP02", "AP03", expect=FINDINGS)
    assert delegated(result.pair("AP03", "AP02")) == set()
    assert {r["error"] for r in result.pair("AP03", "AP02")["proof"]["results"]} == {"KDC_ERR_POLICY"}
    assert result.pairs == {("AP02", "AP03"): "ready", ("AP03", "AP02"): "broken"}
    assert any("KDC_ERR_POLICY" in reason for reason in result.pair("AP03", "AP02")["services"]["cifs"]["reasons"])
    assert "by the key of AP03" in result.finding("TKT-01", subject="AP02", spn=f"{CIFS}/AP02")["detail"]
    assert "TKT-06" in tkt(result) and result.status == FINDINGS
    text = audit(lab, "--host", "AP02", "--host", "AP03", "--prove-as", "alice", "--prove-keytab", keys)
    assert "1 of 2 migration directions fails" in " ".join(text.out.split()) and "directions work" not in text.out


# RBCD


@needs_rbcd
def test_rbcd_is_proved(lab, keys):
    result = proved(lab, keys, "RB01", "RB02", "RB03")
    for source in ("RB01", "RB03"):
        assert delegated(result.pair(source, "RB02")) == set(needed_spns("RB02")), source
        assert result.pair(source, "RB02")["verdict"] == "ready"


@needs_rbcd
def test_an_rbcd_mask_without_control_access_is_refused_and_said(lab, keys):
    result = proved(lab, keys, "RB01", "RB02", "RB03", expect=FINDINGS)
    assert delegated(result.pair("RB02", "RB01")) == set()
    finding = result.finding("TKT-06", subject="RB02", target="RB01", spn=f"{CIFS}/RB01")
    assert "grants RB02 no control access (0x100; its mask is 0x000F00FF)" in finding["detail"]
    denied = result.finding("TKT-06", subject="RB02", target="RB03", spn=f"{CIFS}/RB03")
    assert "denies RB02 control access" in denied["detail"]
    assert "TKT-07" not in tkt(result)


# Keys


def test_without_a_key_a_source_is_not_proved(lab):
    result = proved(lab, lab.keytab("HV01$", path=lab.dir / "one.keytab"), "HV01", "HV02")
    assert delegated(result.pair("HV01", "HV02")) == set(needed_spns("HV02"))
    assert result.pair("HV02", "HV01")["proof"] is None
    assert result.gaps["delegation from HV02"] == "not proved: needs HV02's key"
    assert result.status == INCOMPLETE and not result.report["run"]["complete"]


def test_without_a_key_the_text_never_says_ok(lab):
    keytab = lab.keytab("HV01$", path=lab.dir / "one.keytab")
    result = audit(lab, "--host", "HV01", "--host", "HV02", "--prove-as", "alice", "--prove-keytab", keytab)
    text = " ".join(result.out.split())
    assert "not proved: needs HV02's key" in text and "delegation from 1 of 2 sources: not proved" in text


def test_a_stale_key_is_said(lab, keys):
    with Lab(build) as other:
        # The same names with other keys.
        other.check(["samba-tool", "user", "setpassword", "HV01$", "--newpassword=Other-Pa55word", "-H",
                     f"ldap://{other.dc}", "-k", "yes"], user="Administrator")
        result = proved(other, keys, "HV01", "HV02")
        assert "older than the account's password" in result.gaps["delegation from HV01"]
        assert result.pair("HV01", "HV02")["proof"] is None
        assert delegated(result.pair("HV02", "HV01")) == set(needed_spns("HV01"))


def test_a_keytab_that_cannot_be_read_is_said_before_anything_is_contacted(lab, tmp_path):
    options = ["--prove-as", "alice", "--prove-keytab"]
    refused(audit(lab, *options, tmp_path / "none"), NO_AUDIT, "keytab", tmp_path / "none")
    refused(audit(lab, *options, write(tmp_path / "junk", "no keytab")), NO_AUDIT, "keytab", tmp_path / "junk")


def test_wrong_use(lab, keys, tmp_path):
    refused(audit(lab, "--prove-as", "alice"), USAGE, "--prove-keytab")
    refused(audit(lab, "--prove-keytab", keys), USAGE, "--prove-as")
    refused(audit(lab, "--prove-as", "ELSEWHERE\\alice", "--prove-keytab", keys), USAGE, "--prove-as")
    ldif = write(tmp_path / "x.ldif", "version: 1\n")
    refused(audit(lab, "--ldif", ldif, "--prove-as", "alice", "--prove-keytab", keys), USAGE, "--ldif", "--prove-as")


# The directory changes meanwhile


def krb5_conf(lab, tmp_path, port):
    """The lab's krb5.conf with a KDC on another port, asked by TCP."""
    text = lab.krb5_conf.read_text().replace("[libdefaults]\n", "[libdefaults]\nudp_preference_limit = 1\n")
    realm = f"[realms]\n{lab.domain.upper()} = {{\n  kdc = {lab.dc}:{port}\n}}\n"
    return {"KRB5_CONFIG": str(write(tmp_path / "krb5.conf", f"{text}\n{realm}"))}


@contextlib.contextmanager
def changed(lab, dn, attribute, old, new):
    def swap(one, other):
        lab.ldapmodify(f"dn: {dn}\nchangetype: modify\ndelete: {attribute}\n{attribute}: {one}\n-\n"
                       f"add: {attribute}\n{attribute}: {other}\n")

    swap(old, new)
    try:
        yield
    finally:
        swap(new, old)


def test_what_the_kdc_grants_beyond_the_directory_is_critical(lab, keys, tmp_path):
    """The list is read without an entry, which is put back before the KDC is asked: a KDC that knows better than the DC."""
    dn, spn = f"CN=HV01,CN=Computers,{lab.base_dn}", f"{CIFS}/HV02"
    lab.kinit("audit")
    audit(lab, "--no-tickets")  # afterwards the bind needs no KDC
    lab.ldapmodify(f"dn: {dn}\nchangetype: modify\ndelete: msDS-AllowedToDelegateTo\nmsDS-AllowedToDelegateTo: {spn}\n")
    arguments = ["audit", "-f", "json", "--all-pairs", "--no-tickets", "-D", lab.domain, "--host", "HV01", "--host", "HV02",
                 "--prove-as", "alice", "--prove-keytab", str(keys), "--no-history", "--timeout", "600"]
    with relay(lab, tmp_path, KDC_PORT, 88, delay_ms=400) as wire:
        process = lab.popen([KCDAUDIT, *arguments], user="audit", env={**ENVIRONMENT, **krb5_conf(lab, tmp_path, KDC_PORT)},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # HV01 signs in: all that is read of the directory has been read.
        wait_until(lambda: b"HV01$" in wire.up or process.poll() is not None)
        with wire.held():
            lab.ldapmodify(f"dn: {dn}\nchangetype: modify\nadd: msDS-AllowedToDelegateTo\nmsDS-AllowedToDelegateTo: {spn}\n")
        out, err = process.communicate(timeout=PATIENCE_S)
    result = Result(subprocess.CompletedProcess(arguments, process.returncode, out, err))
    assert result.status == FINDINGS, result
    finding = result.finding("TKT-07")
    assert (finding["subject"], finding["target"], finding["spn"]) == ("HV01", "HV02", spn)
    assert finding["severity"] == "critical" and "replication" in finding["detail"]
    assert finding["evidence"][f"S4U2Proxy of HV01 to {spn}"] == "granted"
    assert "TKT-06" not in tkt(result)


# A KDC that is silent


def test_a_silent_kdc_costs_the_timeout_once(lab, keys, tmp_path):
    audit(lab, "--no-tickets")  # afterwards the bind needs no KDC
    with relay(lab, tmp_path, KDC_PORT + 1, 88, silent=True), within(9):
        result = proved(lab, keys, "HV01", "HV02", "--no-tickets", "--timeout", "2",
                        env=krb5_conf(lab, tmp_path, KDC_PORT + 1), expect=INCOMPLETE)
    for host in ("HV01", "HV02"):
        assert "did not answer within 2 s" in result.gaps[f"delegation from {host}"]
    assert {p["proof"] for p in result.report["pairs"]} == {None} and not tkt(result)
    assert set(result.pairs.values()) == {"unknown"}, "a proof was asked for, and nobody answered"


def test_ones_own_credentials_wait_no_longer_than_asked(lab, tmp_path):
    keytab = lab.keytab("audit")
    with relay(lab, tmp_path, KDC_PORT + 2, 88, silent=True), within(9):
        refused(audit(lab, "--keytab", keytab, "--principal", "audit@CONTOSO.TEST", "--timeout", "2", user=None,
                      env=krb5_conf(lab, tmp_path, KDC_PORT + 2)), NO_AUDIT, "did not answer within 2 s", "port 88")
