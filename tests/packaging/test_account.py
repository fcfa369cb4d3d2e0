"""docs/audit-account.md, proved: what a plain user sees, what a hardened domain hides, which rights give it back, and
keytabs made in each of the ways that work from here."""

import re
import sys

import pytest

from conftest import ROOT
from harness import ADMINISTRATOR, FINDINGS, INCOMPLETE, OK, USAGE, Lab, audit, config, json_audit, refused

PAGE = (ROOT / "docs/audit-account.md").read_text()
COMPATIBLE = "CN=Pre-Windows 2000 Compatible Access,CN=Builtin,DC=contoso,DC=test"
USER_CLASS = "bf967aba-0de6-11d0-a285-00aa003049e2"
LOCKOUT_TIME = "28630ebf-41d5-11d1-a9c1-0000f80367c1"  # in no property set
TOKEN_GROUPS = "46a9b11d-60ae-405a-b7e8-ff8a58d456d2"  # tokenGroupsGlobalAndUniversal
# The property sets that the page names (MS-ADTS 5.1.3.2.1).
RIGHTS = {"Account Restrictions": "4c164200-20c0-11d0-a768-00aa006e0529",
          "Logon Information": "5f202010-79a5-11d0-9020-00c04fc2d4cf",
          "Group Membership": "bc0ac240-79a9-11d0-9020-00c04fc2d4cf"}


def build(e):
    e.host("HV01", delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    e.user("alice")
    e.user("audit")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


def read(lab, **keywords):
    return json_audit(lab, "--no-history", "--operator", "alice", "--all-dcs", **keywords)


def test_a_plain_user_reads_all_of_it(lab):
    """In a domain as it is set up, where Authenticated Users are in Pre-Windows 2000 Compatible Access."""
    result = read(lab, expect=OK)
    assert result.gaps == {} and set(result.pairs.values()) == {"ready"}


# Keytabs


def bound_as(result):
    return result.report["run"]["principal"].lower()


def test_a_keytab_that_ktutil_made_from_the_password(lab, tmp_path):
    """The commands of the page, with the lab's names."""
    block = re.search(r"```\n(ktutil\n.*?)```", PAGE, re.DOTALL)[1]
    commands = [line.split(":", 1)[1].strip() for line in block.splitlines() if line.startswith("ktutil:")]
    keytab = tmp_path / "svc.keytab"
    text = "\n".join(commands).replace("svc-kcdaudit@CONTOSO.COM", "audit@CONTOSO.TEST").replace(
        "kcdaudit.keytab", str(keytab))
    assert "addent -password" in text and "wkt" in text
    # It reads the password from the terminal: script(1) has one.
    lines = [line for command in text.splitlines() for line in ([command, lab.password] if "addent" in command else [command])]
    lab.run(["script", "-qec", "ktutil", "/dev/null"], input="\n".join(lines) + "\n")
    assert keytab.exists()
    result = json_audit(lab, "--no-history", "--keytab", keytab, "--principal", "audit@CONTOSO.TEST", user=None, expect=OK)
    assert "audit" in bound_as(result)


def test_a_keytab_exported_by_samba_tool_and_tried_by_kinit(lab, tmp_path):
    keytab = lab.keytab("audit", tmp_path / "audit.keytab")
    lab.check(["kinit", "-k", "-t", keytab, "-c", f"FILE:{tmp_path}/cc", "audit@CONTOSO.TEST"])
    assert "audit" in bound_as(json_audit(lab, "--no-history", "--keytab", keytab, "--principal", "audit@CONTOSO.TEST",
                                          user=None, expect=OK))


def test_a_member_s_own_keytab_will_do(lab, tmp_path):
    """The machine that is joined anyway: its account is an authenticated user like any other."""
    keytab = lab.keytab("HV01$", tmp_path / "krb5.keytab")
    result = json_audit(lab, "--no-history", "--operator", "alice", "--keytab", keytab, "--principal", "HV01$@CONTOSO.TEST",
                        user=None, expect=OK)
    assert result.gaps == {}


# A hardened domain


@pytest.fixture(scope="module")
def hardened():
    """Pre-Windows 2000 Compatible Access is empty."""
    with Lab(build) as running:
        running.ldapmodify(f"dn: {COMPATIBLE}\nchangetype: modify\ndelete: member\n")
        yield running


def grant(lab, dn, aces):
    show = lab.ldapsearch("-b", lab.base_dn, "(sAMAccountName=audit)", "objectSid").stdout
    value = re.search(r"objectSid:: (\S+)", show)[1]
    sid = lab.check([sys.executable, "-c", "import base64, sys; from samba.ndr import ndr_unpack; "
                     "from samba.dcerpc import security; print(ndr_unpack(security.dom_sid, base64.b64decode(sys.argv[1])))",
                     value]).strip()
    lab.check(["samba-tool", "dsacl", "set", "-H", f"ldap://{lab.dc}", "--use-kerberos=required", f"--objectdn={dn}",
               f"--sddl={aces.format(sid=sid)}"], user=ADMINISTRATOR)


def test_what_it_hides_ends_as_unknown_and_what_gives_it_back(hardened):
    """In this order: nothing granted, krbtgt, everybody."""
    hidden = read(hardened, expect=FINDINGS)
    # The hosts do not see the operator's groups either: that is a slip, and no gap.
    assert {f["rule"] for f in hidden.report["findings"] if f["status"] == "fail" and f["severity"] == "error"} == {"ACC-14"}
    assert any(what.startswith("userAccountControl of CN=krbtgt,") for what in hidden.gaps)
    assert set(hidden.pairs.values()) == {"unknown"}
    assert "alice" in hidden.unknown("subject", rule="ACC-07")
    # Of the hosts nothing is missing.
    assert not [what for what in hidden.gaps if "HV0" in what]

    restrictions = RIGHTS["Account Restrictions"]
    grant(hardened, f"CN=krbtgt,CN=Users,{hardened.base_dn}", f"(OA;;RP;{restrictions};;{{sid}})")
    some = read(hardened, expect=FINDINGS)
    assert set(some.pairs.values()) == {"ready"} and "alice" in some.unknown("subject", rule="ACC-07")

    aces = "".join(f"(OA;CIIO;RP;{guid};{USER_CLASS};{{sid}})" for guid in RIGHTS.values())
    aces += f"(OA;CIIO;RP;{LOCKOUT_TIME};{USER_CLASS};{{sid}})"
    aces += f"(OA;CIIO;RP;{TOKEN_GROUPS};{USER_CLASS};DC)"
    grant(hardened, hardened.base_dn, aces)
    everything = read(hardened, expect=OK)
    assert everything.gaps == {} and not everything.unknown("rule")


# Objects that do not show


def test_what_may_not_be_listed_is_not_there_but_a_name_for_it_is_missed(tmp_path):
    """As in List Object mode: no answer tells such hosts from hosts that do not exist."""
    def build_hidden(e):
        hidden = e.ou("Hidden")
        for name, partner in (("HV01", "HV02"), ("HV02", "HV01")):
            e.host(name, ou=hidden, delegate_to=[partner], t2a4d=True)
        e.user("audit")
        e.user("free")

    with Lab(build_hidden) as lab:
        grant(lab, f"OU=Hidden,{lab.base_dn}", "(D;;LC;;;{sid})")
        assert json_audit(lab, "--no-history", user="free").report["summary"]["hosts"] == 2
        assert json_audit(lab, "--no-history").report["summary"]["hosts"] == 0
        conf = config(tmp_path, "[group prod]\nhosts=HV01;HV02\n")
        named = json_audit(lab, "--no-history", "-c", conf, expect=INCOMPLETE)
        assert {"HV01 of [group prod]", "HV02 of [group prod]"} <= set(named.gaps)
        refused(audit(lab, "--no-history", "--host", "HV01", "--host", "HV02"), USAGE, "HV01", "no such computer")
