"""Sources that get no TGT of their own: what the KDC answers to each, and what is said of its delegation, live, from a
snapshot and by an export."""

import time

import ldb
import pytest
from samba.dcerpc import security
from samba.ndr import ndr_pack

from estate import BYPASS_PASSWORD_HASH, UAC_USER
from harness import FINDINGS, Lab, audit_three_ways

DAY = 864000000000
SQL = "MSSQLSvc/sql1.contoso.test:1433"
T2A4D, NEVER_OLD, CARD = 0x1000000, 0x10000, 0x40000
# What is wrong with the account, the code of its AS exchange, and the verdict.
SOURCES = {"sound": (0, "ready"), "expired": (18, "broken"), "locked": (18, "broken"), "must": (23, "broken"),
           "old": (23, "broken"), "card": (12, "broken"), "night": (18, "broken"), "kept": (0, "ready"),
           "tied": (0, "ready"), "nowhere": (12, "broken"), "silo": (12, "broken"), "armoured": (12, "unknown"),
           "HVEXP$": (18, "broken"), "HVNIGHT$": (18, "broken"), "HVCARD$": (12, "broken"), "HVOLD$": (0, "ready")}

WORDS = {0: "", 12: "policy rejects", 18: "have been revoked", 23: "expired"}


def build(e):
    now = int((time.time() + 11644473600) * 10 ** 7)
    e.user("sql", spns=[SQL], etypes=24)
    e.user("alice")
    e.user("audit")
    for name in SOURCES:
        if name.endswith("$"):
            e.host(name[:-1], spns=[f"HOST/{name[:-1]}"], delegate_to=[SQL], t2a4d=True)
        else:
            e.user(name, spns=[f"HTTP/{name}"], delegate_to=[SQL], t2a4d=True, etypes=24)

    # Nobody ever set a password for them.
    e.user("empty", spns=["HTTP/empty"], etypes=24, password=False)
    e.host("HVBARE", spns=["HOST/HVBARE"], delegate_to=["HTTP/sound"], t2a4d=True, password=False)
    e.set("sound", "msDS-AllowedToDelegateTo", [SQL, "HTTP/empty", "sql"])

    def set_password_at(name, value):
        e._modify(e.dn_of(name), "pwdLastSet", [str(value)], ldb.FLAG_MOD_REPLACE, [BYPASS_PASSWORD_HASH, "relax:0"])

    for name in ("expired", "HVEXP"):
        e.set(name, "accountExpires", 131000000000000000)
    for name in ("night", "HVNIGHT"):
        e.set(name, "logonHours", [b"\0" * 21])
    e.set("locked", "lockoutTime", now - 60 * 10 ** 7)
    e.set("HVOLD", "lockoutTime", now - 60 * 10 ** 7)
    e.set("must", "pwdLastSet", 0)
    for name in ("old", "kept", "HVOLD"):
        set_password_at(name, now - 50 * DAY)
    e.set("card", "userAccountControl", UAC_USER | T2A4D | CARD)
    e.set("HVCARD", "userAccountControl", 0x1000 | T2A4D | CARD)
    e.set("kept", "userAccountControl", UAC_USER | T2A4D | NEVER_OLD)
    e.set("tied", "userWorkstations", "NOSUCH")
    e.set(e.dn, "maxPwdAge", -42 * DAY)
    e.set(e.dn, "lockoutThreshold", 5)
    e.set(e.dn, "lockoutDuration", -30 * 60 * 10 ** 7)
    build_policies(e)


def build_policies(e):
    base = f"CN=AuthN Policy Configuration,CN=Services,CN=Configuration,{e.dn}"
    policies = {}
    for name, trustee in (("Nowhere", "SY"), ("Anywhere", "WD")):
        policies[name] = f"CN={name},CN=AuthN Policies,{base}"
        descriptor = security.descriptor.from_sddl(f"O:SYD:(A;;CR;;;{trustee})", security.dom_sid(e.sid))
        e.samdb.add({"dn": policies[name], "objectClass": "msDS-AuthNPolicy", "msDS-AuthNPolicyEnforced": "TRUE",
                     "msDS-UserAllowedToAuthenticateFrom": ndr_pack(descriptor)})
    silo = f"CN=Tier,CN=AuthN Silos,{base}"
    e.samdb.add({"dn": silo, "objectClass": "msDS-AuthNPolicySilo", "msDS-AuthNPolicySiloEnforced": "TRUE",
                 "msDS-UserAuthNPolicy": policies["Nowhere"], "msDS-AuthNPolicySiloMembers": e.dn_of("silo")})
    e.set("silo", "msDS-AssignedAuthNPolicySilo", [silo])
    e.set("nowhere", "msDS-AssignedAuthNPolicy", [policies["Nowhere"]])
    e.set("armoured", "msDS-AssignedAuthNPolicy", [policies["Anywhere"]])


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def results(lab, tmp_path_factory):
    """By way of reading: live, snapshot, export."""
    return audit_three_ways(lab, tmp_path_factory.mktemp("tickets"), "--all-edges", expect=FINDINGS)


def verdicts(result):
    return {edge["source"]["name"]: edge["verdict"] for edge in result.report["edges"]
            if (edge["target"] or {}).get("name") == "sql"}


@pytest.mark.parametrize("name", SOURCES)
def test_the_kdc_s_own_word(lab, name):
    keytab, ccache = lab.dir / "all.keytab", {"KRB5CCNAME": f"FILE:{lab.dir}/cc/own-{name}"}
    if not keytab.exists():
        lab.keytab(path=keytab)
    done = lab.run(["kinit", "-k", "-t", keytab, name], env=ccache)
    assert (done.returncode == 0) == (SOURCES[name][0] == 0), done
    assert WORDS[SOURCES[name][0]] in done.stderr, done


@pytest.mark.parametrize("way", ["live", "snapshot", "export"])
def test_the_verdicts(results, way):
    assert verdicts(results[way]) == {name.rstrip("$"): verdict for name, (_, verdict) in SOURCES.items()}


@pytest.mark.parametrize("way", ["live", "snapshot", "export"])
def test_the_rule(results, way):
    assert results[way].failed("subject", rule="ACC-18") == {
        name.rstrip("$") for name, (_, verdict) in SOURCES.items() if verdict == "broken"}
    assert results[way].unknown("subject", rule="ACC-18") == {"armoured"}
    assert "accountExpires of expired" in results[way].finding("ACC-18", subject="expired")["evidence"]


def test_without_a_password_there_are_no_keys(lab):
    """Neither for a ticket to the account nor for one of its own: KDC_ERR_ETYPE_NOSUPP (14), from this KDC."""
    keytab, ccache = lab.dir / "all.keytab", {"KRB5CCNAME": f"FILE:{lab.dir}/cc/own-none"}
    if not keytab.exists():
        lab.keytab(path=keytab)
    lab.check(["kinit", "-k", "-t", keytab, "-f", "sound"], env=ccache)
    lab.check(["kvno", "-U", "alice", "-P", SQL], env=ccache)
    done = lab.run(["kvno", "-U", "alice", "-P", "HTTP/empty"], env=ccache)
    assert done.returncode != 0 and "no support for encryption type" in done.stderr, done
    done = lab.run(["kinit", "HVBARE$"], env=ccache, input="whatever\n")
    assert done.returncode != 0, done


@pytest.mark.parametrize("way", ["live", "snapshot", "export"])
def test_who_never_had_a_password_is_never_ready(results, way):
    found = {(edge["source"]["name"], edge["target"]["name"]): edge for edge in results[way].report["edges"] if edge["target"]}
    for ends in (("sound", "empty"), ("HVBARE", "sound")):
        assert found[ends]["verdict"] == "unknown", ends
        assert "pwdLastSet" in found[ends]["spns"][0]["reasons"][0], ends
    assert found["sound", "sql"]["verdict"] == "ready"


def test_an_account_s_own_name_is_no_ghost(lab, results):
    """An entry without a slash is no SPN, and this KDC delegates to the account of that name."""
    keytab, ccache = lab.dir / "all.keytab", {"KRB5CCNAME": f"FILE:{lab.dir}/cc/own-name"}
    if not keytab.exists():
        lab.keytab(path=keytab)
    lab.check(["kinit", "-k", "-t", keytab, "-f", "sound"], env=ccache)
    lab.check(["kvno", "-U", "alice", "-P", "sql"], env=ccache)
    for result in results.values():
        bare = [edge for edge in result.report["edges"] if edge["source"]["name"] == "sound" and not edge["target"]]
        assert [(edge["owner"], edge["verdict"]) for edge in bare] == [("unknown", "unknown")]
