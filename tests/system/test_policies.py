"""Authentication policies and silos: the KDC checks the target's against the source, and the audit says the same, live, from
the snapshot of that reading and from an export."""

import subprocess
from pathlib import Path

import pytest
from samba.dcerpc import security
from samba.ndr import ndr_pack

from harness import (CIFS, FINDINGS, OK, Lab, config, granted, json_audit, kcdaudit, needed_spns, needs_rbcd,
                     read_three_ways)

pytestmark = needs_rbcd  # level 2016, which alone has policies

LOCAL_SECURITY = -2147483644
TOKEN_GROUPS = "46a9b11d-60ae-405a-b7e8-ff8a58d456d2"
ALLOW_SRC, NOBODY = "O:SYD:(A;;CR;;;{SRC})", "O:SYD:"

# Policies: enforced, and whom they let computers be reached by.
POLICIES = {
    "Allowing": (True, ALLOW_SRC),
    "Others": (True, "O:SYD:(A;;CR;;;{OTHER})"),
    "Nobody": (True, NOBODY),
    "Trial": (False, NOBODY),
    "Local": (True, "O:SYD:(A;;CR;;;{Movers})"),
    "LocalDenied": (True, "O:SYD:(D;;CR;;;{Movers})(A;;CR;;;WD)"),
    "Ownerless": (True, "D:(A;;CR;;;{SRC})"),
    "Condition": (True, 'O:SYD:(XA;;CR;;;WD;(@USER.ad://ext/site == "A"))'),
    "Empty": (True, None),
    "Bogus": (True, "O:SYD:(A;;CR;;;S-1-5-21-0-0-0-497)"),
}
# Silos: enforced, and their policy.
SILOS = {"Strict": (True, "Trial"), "Open": (True, "Allowing"), "Audit": (False, "Nobody"), "NoPolicy": (True, None)}
# Targets: their policy, the silo that they name, the silo that names them, and what the audit says.
TARGETS = {
    "ALLOWED": ("Allowing", None, None, "ready"),
    "DENIED": ("Others", None, None, "broken"),
    "FORNOBODY": ("Nobody", None, None, "broken"),
    "TRIAL": ("Trial", None, None, "ready"),
    "BYLOCAL": ("Local", None, None, "ready"),
    "NOTBYLOCAL": ("LocalDenied", None, None, "broken"),
    "OWNERLESS": ("Ownerless", None, None, "broken"),
    "CONDITION": ("Condition", None, None, "unknown"),
    "EMPTY": ("Empty", None, None, "ready"),
    "CLAIMS": ("Bogus", None, None, "unknown"),
    "BOTHWAYS": (None, "Strict", "Strict", "broken"),  # the silo's flag counts, not the policy's
    "NAMESIT": (None, "Strict", None, "ready"),
    "ISNAMED": (None, None, "Strict", "ready"),
    "NAMESDIRECT": ("Others", "Open", None, "broken"),  # no member: its own policy
    "SILOFIRST": ("Nobody", "Open", "Open", "ready"),
    "SILOAUDITS": ("Nobody", "Audit", "Audit", "ready"),
    "SILOEMPTY": ("Nobody", "NoPolicy", "NoPolicy", "ready"),
}
DECIDED = [target for target, (*_, verdict) in TARGETS.items() if verdict != "unknown"]


def descriptor(e, sddl):
    return ndr_pack(security.descriptor.from_sddl(e._with_sids(sddl), security.dom_sid(e.sid)))


def build_policies(e):
    base = f"CN=AuthN Policy Configuration,CN=Services,CN=Configuration,{e.dn}"
    policies = {name: f"CN={name},CN=AuthN Policies,{base}" for name in POLICIES}
    silos = {name: f"CN={name},CN=AuthN Silos,{base}" for name in SILOS}
    for name, (enforced, sddl) in POLICIES.items():
        to = {} if sddl is None else {"msDS-ComputerAllowedToAuthenticateTo": descriptor(e, sddl)}
        e.samdb.add({"dn": policies[name], "objectClass": "msDS-AuthNPolicy",
                     "msDS-AuthNPolicyEnforced": "TRUE" if enforced else "FALSE", **to})
    for name, (enforced, policy) in SILOS.items():
        by = {"msDS-ComputerAuthNPolicy": policies[policy]} if policy else {}
        e.samdb.add({"dn": silos[name], "objectClass": "msDS-AuthNPolicySilo",
                     "msDS-AuthNPolicySiloEnforced": "TRUE" if enforced else "FALSE", **by})
    for target, (policy, silo, _, _) in TARGETS.items():
        if policy:
            e.set(target, "msDS-AssignedAuthNPolicy", policies[policy])
        if silo:
            e.set(target, "msDS-AssignedAuthNPolicySilo", silos[silo])
    for name, dn in silos.items():
        if members := [e.dn_of(target) for target, (_, _, named, _) in TARGETS.items() if named == name]:
            e.set(dn, "msDS-AuthNPolicySiloMembers", members)


def build(e):
    e.host("SRC", delegate_to=[*(t for t in TARGETS if t != "ALLOWED"), "PLAIN"], t2a4d=True)
    e.host("OTHER", keys_of="SRC")
    e.host("PLAIN", keys_of="SRC")
    e.group("Global", members=["SRC"])
    e.group("Movers", members=["Global"], kind=LOCAL_SECURITY)
    for target in TARGETS:
        e.host(target, keys_of="SRC")
    e.rbcd("ALLOWED", trustees=["SRC"])  # RBCD and the list are checked alike
    e.rbcd("DENIED", trustees=["SRC"])
    e.user("alice")
    e.user("audit")
    # Which accounts get no tickets, and why (MS-KILE 3.3.5.6).
    e.user("disabled", uac=0x202)
    e.user("expired", extra={"accountExpires": "131592384000000000"})
    e.user("night", extra={"logonHours": b"\0" * 21})
    e.user("change", extra={"pwdLastSet": "0"})
    # Whose groups hosts may not read (KB 2009157).
    for name, trustee in (("hidden", "ALLOWED"), ("grouped", "Movers")):
        e.user(name)
        e.acl(name, f"(OD;;RP;{TOKEN_GROUPS};;{{{trustee}}})")
    build_policies(e)


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def results(lab, tmp_path_factory):
    """By way of reading: live, snapshot, export."""
    return read_three_ways(lab, tmp_path_factory.mktemp("policies"), f"hosts={';'.join(['SRC', *TARGETS])}")


@pytest.fixture(scope="module")
def truth(lab):
    return granted(lab, "SRC", [f"{CIFS}/{name}" for name in TARGETS])


@pytest.mark.parametrize("way", ["live", "snapshot", "export"])
@pytest.mark.parametrize("target", TARGETS)
def test_the_verdict(results, way, target):
    assert results[way].pairs[("SRC", target)] == TARGETS[target][-1]


@pytest.mark.parametrize("target", DECIDED)
def test_the_kdc_agrees(truth, target):
    assert (f"{CIFS}/{target}" in truth) == (TARGETS[target][-1] == "ready")


@pytest.mark.parametrize("way", ["live", "snapshot", "export"])
def test_the_rule_names_source_and_target(results, way):
    refused = {("SRC", target) for target, (*_, verdict) in TARGETS.items() if verdict == "broken"}
    found = results[way].failed("subject", "target", rule="ACC-12")
    assert {pair for pair in found if pair[0] == "SRC"} == refused
    assert {target for source, target in results[way].unknown("subject", "target", rule="ACC-12")
            if source == "SRC"} == {"CONDITION", "CLAIMS"}
    finding = results[way].finding("ACC-12", subject="SRC", target="BOTHWAYS")
    assert "the authentication policy Trial (silo Strict), which does not let SRC authenticate" in finding["detail"]


def test_unknown_names_its_condition(results):
    for result in results.values():
        reasons = result.pair("SRC", "CONDITION")["services"]["cifs"]["reasons"]
        assert reasons == ["the authentication policy Condition of CONDITION grants SRC only if the condition of ACE 1 "
                           "(for Everyone) holds, which only a KDC evaluates"]


def test_check_and_diagnose_name_the_policy(lab):
    done = kcdaudit(lab, "check", "SRC", "BOTHWAYS", "--no-tickets")
    assert "the authentication policy Trial (silo Strict) of BOTHWAYS gives SRC no ticket" in " ".join(done.out.split())
    done = kcdaudit(lab, "diagnose", "0xC0000413", "--from", "SRC", "--to", "BOTHWAYS", "--no-tickets")
    told = " ".join(done.out.split())
    assert "An authentication policy or silo of the target gives the source no ticket" in told
    assert "does not let SRC authenticate to it" in told
    quiet = " ".join(kcdaudit(lab, "diagnose", "0xC0000413", "--from", "SRC", "--to", "PLAIN", "--no-tickets").out.split())
    assert "does not let SRC authenticate" not in quiet


def test_a_policy_made_by_samba_tool(lab, tmp_path):
    """As administrators make one: the pair that was ready is broken with it, and the KDC refuses."""
    path = config(tmp_path, "[group two]\nhosts=SRC;PLAIN\n")
    assert json_audit(lab, "-c", path, "--no-tickets").pairs[("SRC", "PLAIN")] == "ready"
    assert granted(lab, "SRC", needed_spns("PLAIN")) == set(needed_spns("PLAIN"))
    sam = Path(lab.smb_conf).parent.parent / "private" / "sam.ldb"
    tool = ["samba-tool", "domain", "auth"]
    where = ["-s", lab.smb_conf] + (["-H", sam] if sam.exists() else [])
    subprocess.run([*tool, "policy", "create", "--name", "Made", "--enforce",
                    "--computer-allowed-to-authenticate-to", "O:SYD:(A;;CR;;;BA)", *where], check=True)
    lab.ldapmodify(f"dn: CN=PLAIN,CN=Computers,{lab.base_dn}\nchangetype: modify\nadd: msDS-AssignedAuthNPolicy\n"
                   "msDS-AssignedAuthNPolicy: CN=Made,CN=AuthN Policies,CN=AuthN Policy Configuration,CN=Services,"
                   f"CN=Configuration,{lab.base_dn}\n")
    result = json_audit(lab, "-c", path, "--no-tickets", expect=FINDINGS)
    assert result.pairs[("SRC", "PLAIN")] == "broken"
    assert result.failed("subject", "target", rule="ACC-12") == {("SRC", "PLAIN")}
    assert granted(lab, "SRC", needed_spns("PLAIN")) == set()


# The operators


def test_operators_who_get_no_tickets(lab):
    names = ["alice", "disabled", "expired", "night", "change"]
    result = json_audit(lab, "--host", "SRC", "--host", "ALLOWED", "--no-tickets",
                        *(option for name in names for option in ("--operator", name)))
    assert result.failed("subject", rule="ACC-13") == set(names) - {"alice"}
    assert result.pairs[("SRC", "ALLOWED")] == "ready", "operators change no pair's verdict"
    for name, word in (("disabled", "disabled"), ("expired", "has expired"), ("night", "this hour"),
                       ("change", "change its password")):
        assert word in result.finding("ACC-13", subject=name)["detail"]


def test_groups_that_hosts_may_not_read(lab, tmp_path):
    """By default all hosts may; whoever is denied, by itself or by a group, is named, live and from the snapshot."""
    arguments = ["--host", "SRC", "--host", "ALLOWED", "--host", "DENIED",
                 *(option for name in ("alice", "hidden", "grouped") for option in ("--operator", name))]
    snapshot = tmp_path / "snapshot.ldif"
    done = kcdaudit(lab, "snapshot", *arguments, "-o", snapshot)
    assert done.status == OK, done
    for result in (json_audit(lab, "--no-tickets", *arguments),
                   json_audit(lab, *arguments, "--ldif", snapshot, user=None)):
        assert result.failed("subject", rule="ACC-14") == {"hidden", "grouped"}
        assert not result.unknown("subject", rule="ACC-14")
        assert result.finding("ACC-14", subject="hidden")["detail"].startswith("ALLOWED may not read")
        assert result.finding("ACC-14", subject="grouped")["detail"].startswith("SRC may not read")
