"""Proposals for descriptors, Tier 0 and crowded lists: applied to a live DC, proved by delegation, and undone."""

import re

import pytest

from harness import (ADMINISTRATOR, CIFS, FINDINGS, HYPERV_CLASSES, OK, Lab, config, granted, json_audit, judged,
                     modify_as_system, needs_rbcd, provable)

RBCD = "msDS-AllowedToActOnBehalfOfOtherIdentity"
BY_RBCD = "[group rb]\nhosts=RB0?\nmode=rbcd\n"


def write_fixes(lab, tmp_path, *options, **keywords):
    directory = tmp_path / "fixes"
    return json_audit(lab, "--fixes", directory, *options, **keywords), directory


def commented_records(path):
    """The change records that a file holds as comments, for what Samba lets nobody write over LDAP."""
    text = "\n".join(line.removeprefix("#   ") if line.startswith("#   ") else "" for line in
                     path.read_text().splitlines())
    return [record + "\n" for record in re.split(r"\n\n+", text) if record.startswith("dn:")]


def by_hand(path):
    """What an administrator enables: the LDIF, and the commands."""
    lines = [line.removeprefix("## ") if line.startswith("## ") else "" for line in path.read_text().splitlines()]
    commands = [line.split() for line in lines if line.startswith("samba-tool ")]
    return "\n".join("" if line.startswith("samba-tool ") else line for line in lines).strip("\n") + "\n\n", commands


def ldbmodify(lab, record, tmp_path):
    """As the comment says: as root, beside the DC."""
    path = tmp_path / "record.ldif"
    path.write_text(record)
    lab.check(["ldbmodify", "-H", lab.dir / "private/sam.ldb", path])


def ldapmodify(lab, path):
    return lab.check(["ldapmodify", "-Q", "-N", "-Y", "GSS-SPNEGO", "-H", f"ldap://{lab.dc}", "-f", path],
                     user=ADMINISTRATOR)


def descriptors(lab, path):
    """dn -> the RBCD value as it is stored."""
    lab.dump_ldif(path)
    return {entry.splitlines()[0]: re.findall(rf"^{RBCD}:: (\S+)$", entry, re.M)
            for entry in path.read_text().split("\n\n") if RBCD in entry}


@needs_rbcd
def test_an_orphan_goes_and_whom_the_rest_names_stays(tmp_path):
    def build(e):
        for name in ("RB01", "RB02"):
            e.host(name, t2a4d=True)
        e.rbcd("RB01", sddl=f"O:BAD:(A;;0xf01ff;;;{{RB02}})(A;;0xf01ff;;;{e.sid}-9999)")
        e.rbcd("RB02", sddl=f"O:BAD:(A;;0xf01ff;;;{e.sid}-9998)(A;;0xf01ff;;;{{RB01}})(D;;0x2;;;{{RB02}})")
        e.user("alice")
        e.user("audit")

    with Lab(build) as lab:
        options = ["-c", config(tmp_path, BY_RBCD)]
        start = descriptors(lab, tmp_path / "start.ldif")
        assert [len(values) for values in start.values()] == [1, 1]
        before, directory = write_fixes(lab, tmp_path, *options)
        assert before.failed("subject", rule="RBC-03") == {"RB01", "RB02"}
        assert before.fix_ids == {"rbcd:RB01", "rbcd:RB02"}
        assert before.fix("rbcd:RB01")["commands"]["powershell"] != []
        assert before.fix("rbcd:RB02")["commands"]["powershell"] == [], "the cmdlet would lose the deny ACE"
        orphan = before.fix("rbcd:RB01")["remove"][0]
        # Why the file does not name samba-tool: it finds no principal that is gone.
        refused = lab.run(["samba-tool", "delegation", "del-principal", "RB01$", orphan, "-s", lab.smb_conf])
        assert refused.returncode != 0 and orphan in refused.stderr
        assert "samba-tool" not in (directory / "fix.ldif").read_text()

        for record in commented_records(directory / "fix.ldif"):
            ldbmodify(lab, record, tmp_path)
        after = json_audit(lab, *options, expect=OK)
        assert after.failed("subject", rule="RBC-03") == set() and after.fix_ids == set()
        assert provable(lab, before.pairs) == set(before.pairs)

        for record in commented_records(directory / "undo.ldif"):
            ldbmodify(lab, record, tmp_path)
        assert descriptors(lab, tmp_path / "end.ldif") == start


@needs_rbcd
def test_a_deny_ace_for_the_source_alone_goes_with_the_grant_and_one_for_a_group_stays(tmp_path):
    def build(e):
        for name in ("RB01", "RB02", "RB03"):
            e.host(name, t2a4d=True)
        e.group("Denied", members=["RB03"])
        e.rbcd("RB01", trustees=["RB02", "RB03"])
        e.rbcd("RB02", sddl="O:BAD:(D;;0xf01ff;;;{RB01})(D;;0x100;;;{Denied})(A;;0xf01ff;;;{RB03})")
        e.rbcd("RB03", trustees=["RB01", "RB02"])
        e.user("alice")
        e.user("audit")

    with Lab(build) as lab:
        options = ["-c", config(tmp_path, BY_RBCD)]
        before, directory = write_fixes(lab, tmp_path, *options, expect=FINDINGS)
        broken = {pair for pair, verdict in before.pairs.items() if verdict == "broken"}
        assert broken == {("RB01", "RB02"), ("RB03", "RB02")}
        assert provable(lab, before.pairs) == set(before.pairs) - broken
        assert before.fix_ids == {"rbcd:RB02"}
        named = {f["target"]: f["fixes"] for f in before.findings if f["rule"] == "RBC-01"}
        # One finding of two targets: the fix is for RB01 alone.
        assert named == {"RB01": ["rbcd:RB02"], "RB03": ["rbcd:RB02"]}
        assert next(f for f in before.report["fixes"] if f["id"] == "rbcd:RB02")["add"] == ["RB01"]

        for record in commented_records(directory / "fix.ldif"):
            modify_as_system(lab, record)
        after = json_audit(lab, *options, expect=FINDINGS)
        assert {pair for pair, verdict in after.pairs.items() if verdict == "broken"} == {("RB03", "RB02")}
        assert provable(lab, before.pairs) == set(before.pairs) - {("RB03", "RB02")}

        for record in commented_records(directory / "undo.ldif"):
            modify_as_system(lab, record)
        assert provable(lab, before.pairs) == set(before.pairs) - broken


def test_entries_that_lead_to_tier_0_go(tmp_path):
    def build(e):
        e.host("HV01", t2a4d=True, delegate_to=["HV02", "ldap/dc1.contoso.test", "krbtgt/CONTOSO.TEST"])
        e.host("HV02", t2a4d=True, delegate_to=["HV01"])
        e.user("alice")
        e.user("audit")

    with Lab(build) as lab:
        before, directory = write_fixes(lab, tmp_path, expect=FINDINGS)
        wanted = ["ldap/dc1.contoso.test", f"{CIFS}/HV02"]
        assert granted(lab, "HV01", wanted) == set(wanted)
        assert before.failed(rule="DEL-08") and before.fix_ids == {"delegation:HV01"}
        assert set(before.fix("delegation:HV01")["remove"]) == {"ldap/dc1.contoso.test", "krbtgt/CONTOSO.TEST"}
        ldapmodify(lab, directory / "fix.ldif")
        after = json_audit(lab, expect=OK)
        assert after.fix_ids == set() and set(after.pairs.values()) == {"ready"}
        assert granted(lab, "HV01", wanted) == {f"{CIFS}/HV02"}
        ldapmodify(lab, directory / "undo.ldif")
        assert granted(lab, "HV01", wanted) == set(wanted)


# Lists that near the limit

CROWD = 1000


def build_crowd(e):
    e.host("HV01", t2a4d=True, delegate_to=["HV02"],
           spns=e.spns("HV01", HYPERV_CLASSES, "hv01.contoso.test") + [f"HTTP/site{i}" for i in range(CROWD)])
    e.host("HV02", t2a4d=True, delegate_to=["HV01"])
    e.user("alice")
    e.user("audit")


@needs_rbcd
def test_a_crowded_list_can_be_replaced_by_a_group_step_by_step(tmp_path):
    with Lab(build_crowd) as lab:
        before, directory = write_fixes(lab, tmp_path)
        assert before.fix_ids == {"rbcd-group:partners of HV01"} and set(before.pairs.values()) == {"ready"}
        # As it is, the file does nothing.
        assert not re.search("^(dn|changetype):", (directory / "fix.ldif").read_text(), re.M)

        ldif, commands = by_hand(directory / "fix.ldif")
        assert ldif.count("changetype: add") == 1 and len(commands) == 2
        lab.ldapmodify(ldif)
        for command in commands:
            lab.check([*command, "-s", lab.smb_conf])
        # The lists go, as the comments say; what is left is the group.
        for name in ("HV01", "HV02"):
            lab.ldapmodify(f"dn: CN={name},CN=Computers,{lab.base_dn}\nchangetype: modify\n"
                           "delete: msDS-AllowedToDelegateTo\n-\n\n")
        after = json_audit(lab)
        assert all(s["by"] == ["rbcd"] for pair in after.report["pairs"] for s in judged(pair).values())
        assert set(after.pairs) == set(before.pairs) and set(after.pairs.values()) == {"ready"}
        assert provable(lab, before.pairs) == set(before.pairs)
        assert not any(f["rule"] == "RBC-02" for f in after.report["findings"])

        ldif, commands = by_hand(directory / "undo.ldif")
        for command in commands:
            lab.check([*command, "-s", lab.smb_conf])
        lab.ldapmodify(ldif)
        assert provable(lab, before.pairs) == set()
        assert not json_audit(lab).failed(rule="RBC-03"), "no orphan is left"


@needs_rbcd
def test_once_the_group_is_there_its_descriptors_are_written(tmp_path):
    def build(e):
        build_crowd(e)
        e.group("Hosts", members=["HV01", "HV02"])

    with Lab(build) as lab:
        start = descriptors(lab, tmp_path / "start.ldif")
        options = ["-c", config(tmp_path, f"[group prod]\nhosts_member_of=CN=Hosts,CN=Users,{lab.base_dn}\n")]
        before, directory = write_fixes(lab, tmp_path, *options)
        fix = before.fix("rbcd-group:prod")
        assert fix["dn"] == f"CN=Hosts,CN=Users,{lab.base_dn}" and "member" not in fix["commands"]["ldif"]
        assert fix["commands"]["ldif"].count(f"add: {RBCD}") == 2
        modify_as_system(lab, fix["commands"]["ldif"])
        for name in ("HV01", "HV02"):
            lab.ldapmodify(f"dn: CN={name},CN=Computers,{lab.base_dn}\nchangetype: modify\n"
                           "delete: msDS-AllowedToDelegateTo\n-\n\n")
        assert provable(lab, before.pairs) == set(before.pairs)
        after = json_audit(lab, *options)
        assert set(after.pairs.values()) == {"ready"} and after.fix_ids == set()
        modify_as_system(lab, fix["undo"]["ldif"])
        assert descriptors(lab, tmp_path / "end.ldif") == start
