"""What is proposed really mends: applied to a live DC, proved by delegation with the sources' own keys, and undone."""

import re
import stat

import pytest

from harness import (ADMINISTRATOR, CIFS, DEMO, FINDINGS, HYPERV_CLASSES, MIGRATION, OK, Lab, audit, config, granted,
                     json_audit, judged, modify_as_system, needs_rbcd, provable)

FILES = {"fix-spn.cmd", "fix-delegation.ps1", "fix.ldif", "undo-spn.cmd", "undo-delegation.ps1", "undo.ldif"}

# What a DC counts for itself, and what a logon changes.
BOOKKEEPING = re.compile(r"(whenChanged|uSNChanged|replPropertyMetaData|dSCorePropagationData|highestCommittedUSN|"
                         r"currentTime|lastLogon|lastLogonTimestamp|logonCount|badPwdCount|badPasswordTime)::? ")


def records(text):
    """The change records of an LDIF file, each with the comments above it."""
    return [r for r in re.split(r"\n\n+", text.strip() + "\n") if "changetype: modify" in r]


def state(lab, path):
    """The whole directory, entry by entry; AD keeps the values of an attribute in no order."""
    lab.dump_ldif(path, security_descriptors=True)
    entries = path.read_text().split("\n\n")
    return {e.splitlines()[0]: sorted(line for line in e.splitlines()[1:] if not BOOKKEEPING.match(line))
            for e in entries if e.strip()}


def write_fixes(lab, tmp_path, *options, **keywords):
    """An audit that also writes its fixes; both."""
    directory = tmp_path / "fixes"
    return json_audit(lab, "--fixes", directory, *options, **keywords), directory


def not_ready(result):
    return {pair for pair, verdict in result.pairs.items() if verdict != "ready"}


def ldapmodify(lab, path):
    """The file as an administrator would apply it, with nothing between."""
    return lab.run(["ldapmodify", "-Q", "-N", "-Y", "GSS-SPNEGO", "-H", f"ldap://{lab.dc}", "-f", path],
                   user=ADMINISTRATOR)


# The demo: everything that the field has shown, a duplicate included


@pytest.fixture(scope="module")
def mended(tmp_path_factory):
    """The demo's estate before and after fix.ldif: what was reported, and what could be proved."""
    class Story:
        pass

    story, tmp_path = Story(), tmp_path_factory.mktemp("mend")
    with Lab(DEMO) as lab:
        story.lab = lab
        story.before, story.directory = write_fixes(lab, tmp_path, expect=FINDINGS)
        story.proved_before = provable(lab, story.before.pairs)
        story.fix = (story.directory / "fix.ldif").read_text()
        story.applied = ldapmodify(lab, story.directory / "fix.ldif")
        story.after = json_audit(lab, "--fixes", tmp_path / "again")
        story.proved_after = provable(lab, story.before.pairs)
        yield story


def test_before_the_fixes_only_ready_pairs_can_be_proved(mended):
    ready = {pair for pair, verdict in mended.before.pairs.items() if verdict == "ready"}
    assert mended.proved_before == ready and len(not_ready(mended.before)) == 9


def test_after_the_fixes_the_audit_is_ready(mended):
    assert mended.after.status == OK, mended.after.report["findings"]
    assert not_ready(mended.after) == set() and len(mended.after.pairs) == 14
    assert mended.after.core_findings == []


def test_after_the_fixes_every_pair_gets_both_service_tickets(mended):
    assert mended.proved_after == set(mended.before.pairs)


def test_the_file_goes_through_plain_ldapmodify(mended):
    """Also the removal of one of two equal SPNs, which Samba refuses in its plain form."""
    assert mended.applied.returncode == 0, mended.applied.stderr
    held = mended.lab.ldapsearch("-b", mended.lab.base_dn, "(cn=svc-vmm-old)", "servicePrincipalName")
    assert [line for line in held.stdout.splitlines() if line.startswith("servicePrincipalName")] == [
        "servicePrincipalName: SCVMM/vmm01.contoso.test"], "and leaves nothing of its own behind"


def test_fixes_are_single_values(mended):
    assert "replace:" not in mended.fix
    assert "userAccountControl: 4096\n-\nadd: userAccountControl\nuserAccountControl: 16781312\n" in mended.fix
    assert mended.before.fix("delegation:HV04")["remove"] == [
        f"{MIGRATION}/HV99", f"{MIGRATION}/hv99.contoso.test", "cifs/HV99", "cifs/hv99.contoso.test"]
    assert mended.before.fix("delegation:HV03")["add"] == [f"{MIGRATION}/hv04.contoso.test", "cifs/hv04.contoso.test"]


def test_nothing_is_proposed_for_pairs_that_are_right(mended):
    assert not {f["subject"] for f in mended.before.report["fixes"]} & {"HV01", "HV02"}


def test_every_failed_finding_names_its_fix(mended):
    for finding in mended.before.report["findings"]:
        if finding["rule"].startswith(("SPN", "DEL")) and finding["rule"] != "DEL-09":
            assert finding["fixes"] and set(finding["fixes"]) <= mended.before.fix_ids, finding["id"]


def test_the_six_files_are_private_and_whole(mended):
    assert {path.name for path in mended.directory.iterdir()} == FILES
    for path in mended.directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "klist purge -li 0x3e7" in (mended.directory / "fix-delegation.ps1").read_text("utf-8-sig")


def test_setspn_lines_quote_the_class_with_spaces(mended):
    text = (mended.directory / "fix-spn.cmd").read_bytes().decode()
    assert f'\r\nsetspn -S "{MIGRATION}/HV03" HV03 ' in text
    assert f'\r\nsetspn -U -D "{MIGRATION}/HV06" svc-vmm-old ' in text


def test_the_removed_duplicate_is_said_to_have_no_undo(mended):
    undo = (mended.directory / "undo.ldif").read_text()
    assert "Not undone" in undo and not any("svc-vmm-old" in r and "add:" in r for r in records(undo))


def test_mended_twice_there_is_nothing_to_do(mended):
    again = mended.directory.parent / "again"
    assert {path.name for path in again.iterdir()} == FILES
    assert not any("add: " in record for record in records((again / "fix.ldif").read_text()))


# An estate without duplicates, where undo has to restore every byte

HV15_UNCONSTRAINED = 0x1000 | 0x80000


def build_slips(e):
    mesh = [f"HV1{number}" for number in range(1, 7)]

    def partners(host, without=()):
        return [name for name in mesh if name not in (host, *without)]

    without_migration = [c for c in HYPERV_CLASSES if c != MIGRATION]
    e.host("HV11", t2a4d=True, delegate_to=partners("HV11"), spns=e.spns("HV11", without_migration))
    e.host("HV12", t2a4d=True, delegate_to=[*partners("HV12", ["HV13"]), "HV99"])
    e.host("HV13", t2a4d=False, delegate_to=partners("HV13"))
    # HV14's Migration SPN went to a service account.
    e.host("HV14", t2a4d=True, delegate_to=partners("HV14"),
           spns=[*e.spns("HV14", without_migration), f"{MIGRATION}/hv14.contoso.test"])
    e.user("svc-lost", spns=[f"{MIGRATION}/HV14", "SCVMM/vmm.contoso.test"])
    e.host("HV15", uac=HV15_UNCONSTRAINED, delegate_to=["HV11", f"{CIFS}/HV12"])
    e.host("HV16", uac=0x1000 | 0x100000, t2a4d=True, delegate_to=partners("HV16"))
    e.user("alice")
    e.user("audit")


SLIPS = "[group slips]\nhosts=HV1?\n"


@pytest.fixture(scope="module")
def undone(tmp_path_factory):
    class Story:
        pass

    story, tmp_path = Story(), tmp_path_factory.mktemp("undo")
    with Lab(build_slips) as lab:
        options = ["-c", config(tmp_path, SLIPS)]
        start = state(lab, tmp_path / "start.ldif")
        story.before, directory = write_fixes(lab, tmp_path, *options, expect=FINDINGS)
        story.proved_before = provable(lab, story.before.pairs)
        story.start = state(lab, tmp_path / "before.ldif")
        assert story.start == start, "an audit changes nothing"
        story.fixed = ldapmodify(lab, directory / "fix.ldif")
        story.after = json_audit(lab, *options)
        story.proved_after = provable(lab, story.before.pairs)
        story.middle = state(lab, tmp_path / "middle.ldif")
        story.unfixed = ldapmodify(lab, directory / "undo.ldif")
        story.end = state(lab, tmp_path / "end.ldif")
        story.again = json_audit(lab, *options)
        yield story


def test_every_kind_of_slip_is_there(undone):
    assert undone.before.rules >= {"SPN-01", "SPN-04", "DEL-01", "DEL-02", "DEL-03", "DEL-04", "DEL-05", "ACC-02"}


def test_the_file_goes_through_plain_ldapmodify_and_mends_all(undone):
    assert undone.fixed.returncode == 0, undone.fixed.stderr
    assert undone.after.status == OK, undone.after.report["findings"]
    assert set(undone.after.pairs.values()) == {"ready"} and len(undone.after.pairs) == 30


def test_mended_pairs_can_be_proved_and_could_not_before(undone):
    assert undone.proved_after == set(undone.after.pairs)
    # A ticket for an SPN on another account is granted, but encrypted with that account's key: of no use to the host.
    granted_for_another = {pair for pair in undone.proved_before if pair[1] == "HV14"}
    assert not (undone.proved_before - granted_for_another) & not_ready(undone.before)
    assert all(undone.before.pairs[pair] == "broken" for pair in granted_for_another)


def test_what_was_ready_could_be_proved_before(undone):
    ready = set(undone.before.pairs) - not_ready(undone.before)
    assert ready <= undone.proved_before


def test_undo_restores_the_directory_to_the_byte(undone):
    assert undone.unfixed.returncode == 0, undone.unfixed.stderr
    assert undone.middle != undone.start
    assert undone.end == undone.start
    # Alike, but for when each attribute was changed last.
    assert [{**f, "changed": None} for f in undone.again.core_findings] == \
        [{**f, "changed": None} for f in undone.before.core_findings]


def test_fixes_touch_only_what_has_slipped(undone):
    changed = [dn for dn in undone.middle if undone.middle[dn] != undone.start[dn]]
    assert {dn.split(",")[0].removeprefix("dn: CN=") for dn in changed} == {"HV11", "HV12", "HV13", "HV14", "HV15", "HV16", "svc-lost"}


def test_a_shadowing_cifs_spn_is_removed_and_put_back(tmp_path):
    def build(e):
        e.host("HV01", t2a4d=True, delegate_to=["HV02"])
        e.host("HV02", t2a4d=True, delegate_to=["HV01"])
        e.user("svc-files", spns=["http/files"])
        e.raw_spn("svc-files", "cifs/HV02")
        e.user("audit")

    def folded(lab, name):
        """Without regard to case: Samba writes the owner's HOST anew when its alias goes to somebody else."""
        return {dn: sorted(line.lower() for line in lines) for dn, lines in state(lab, tmp_path / name).items()}

    with Lab(build) as lab:
        start = folded(lab, "start.ldif")
        before, directory = write_fixes(lab, tmp_path, expect=FINDINGS)
        assert "SPN-05" in before.rules and before.fix_ids == {"spn-removal:svc-files"}
        assert ldapmodify(lab, directory / "fix.ldif").returncode == 0
        assert set(json_audit(lab, expect=OK).pairs.values()) == {"ready"}
        assert ldapmodify(lab, directory / "undo.ldif").returncode == 0
        assert folded(lab, "end.ldif") == start


def test_entries_that_no_rule_complains_about_survive():
    def build(e):
        e.host("HV01", t2a4d=True, delegate_to=["cifs/HV02", "http/web01.contoso.test", "MSSQLSvc/sql01:1433"])
        e.host("HV02", t2a4d=True, delegate_to=["HV01"])
        e.user("svc-web", spns=["http/web01.contoso.test", "MSSQLSvc/sql01:1433"])
        e.user("audit")

    with Lab(build) as lab:
        fixes = json_audit(lab, expect=FINDINGS).report["fixes"]
        assert [f["id"] for f in fixes] == ["delegation:HV01"]
        assert fixes[0]["remove"] == [] and len(fixes[0]["add"]) == 3


def test_user_account_control_is_changed_against_the_value_read():
    """So a change in between makes the record fail on Windows. Samba does not check it (tests/lab/README.md): of that
    only the form is asserted."""
    def build(e):
        e.host("HV01", delegate_to=["HV02"])
        e.host("HV02", delegate_to=["HV01"], t2a4d=True)
        e.user("audit")

    with Lab(build) as lab:
        ldif = json_audit(lab).fix("protocol-transition:HV01")["commands"]["ldif"]
        assert ldif.endswith("changetype: modify\ndelete: userAccountControl\nuserAccountControl: 4096\n-\n"
                             "add: userAccountControl\nuserAccountControl: 16781312\n-\n\n"), ldif


def test_krbtgt_marked_sensitive_breaks_every_pair_and_is_mended(tmp_path):
    """azure-docs#78298: 0x8009030E because krbtgt itself could not be delegated."""
    def build(e):
        e.host("HV01", t2a4d=True, delegate_to=["HV02"])
        e.host("HV02", t2a4d=True, delegate_to=["HV01"])
        e.set("krbtgt", "userAccountControl", 0x200 | 0x2 | 0x100000)
        e.user("audit")

    with Lab(build) as lab:
        before, directory = write_fixes(lab, tmp_path, expect=FINDINGS)
        assert set(before.pairs.values()) == {"broken"} and before.rules == {"ACC-09"}
        lab.ldapmodify((directory / "fix.ldif").read_text())
        after = json_audit(lab, expect=OK)
        assert set(after.pairs.values()) == {"ready"}


# Modes


RBCD_HOSTS = ("RB01", "RB02")


def build_bare(e):
    for name in RBCD_HOSTS:
        e.host(name, t2a4d=True)
    # One of them has a descriptor already; its ACEs must stay.
    e.host("OTHER", t2a4d=True)
    e.rbcd("RB02", trustees=["OTHER"])
    e.user("alice")
    e.user("audit")


def samba_lines(path):
    """The commands that a file names where LDAP does not serve."""
    return [line.lstrip("# ").split() for line in path.read_text().splitlines() if "# samba-tool delegation" in line]


def commented_records(path):
    """The change records that a file holds as comments, each able to stand alone."""
    text = "\n".join(line.removeprefix("#   ") if line.startswith("#   ") else "" for line in
                     path.read_text().splitlines())
    return [record + "\n" for record in re.split(r"\n\n+", text) if record.startswith("dn:")]


RBCD_GROUP = "[group rb]\nhosts=RB0?\nmode=rbcd\n"


@needs_rbcd
def test_mode_rbcd_is_mended_on_the_targets(tmp_path):
    """Samba lets nobody write the descriptor over LDAP; fix.ldif then names its own tool's commands."""
    with Lab(build_bare) as lab:
        options = ["-c", config(tmp_path, RBCD_GROUP)]
        before, directory = write_fixes(lab, tmp_path, *options, expect=FINDINGS)
        assert set(before.pairs.values()) == {"broken"} and provable(lab, before.pairs) == set()
        assert before.fix_ids == {f"rbcd:{name}" for name in RBCD_HOSTS}

        for command in samba_lines(directory / "fix.ldif"):
            lab.check([*command, "-s", lab.smb_conf])
        after = json_audit(lab, *options, expect=OK)
        assert set(after.pairs.values()) == {"ready"} and provable(lab, before.pairs) == set(before.pairs)
        assert all(s["by"] == ["rbcd"] for p in after.report["pairs"] for s in judged(p).values())
        assert after.fix_ids == set()

        for command in samba_lines(directory / "undo.ldif"):
            lab.check([*command, "-s", lab.smb_conf])
        assert set(json_audit(lab, *options).pairs.values()) == {"broken"}


@needs_rbcd
def test_the_descriptor_proposed_mends_too_and_undo_restores_it_to_the_byte(tmp_path):
    with Lab(build_bare) as lab:
        options = ["-c", config(tmp_path, RBCD_GROUP)]
        start = state(lab, tmp_path / "start.ldif")
        before, directory = write_fixes(lab, tmp_path, *options)
        assert granted(lab, "OTHER", [f"{CIFS}/RB02"]) == {f"{CIFS}/RB02"}

        for record in commented_records(directory / "fix.ldif"):
            modify_as_system(lab, record)
        assert set(json_audit(lab, *options, expect=OK).pairs.values()) == {"ready"}
        assert provable(lab, before.pairs) == set(before.pairs)
        assert granted(lab, "OTHER", [f"{CIFS}/RB02"]) == {f"{CIFS}/RB02"}, "whom it let in before, it still does"

        for record in commented_records(directory / "undo.ldif"):
            modify_as_system(lab, record)
        assert state(lab, tmp_path / "end.ldif") == start


def test_mode_kcd_does_not_count_rbcd(tmp_path):
    def build(e):
        build_bare(e)
        for name in RBCD_HOSTS:
            e.rbcd(name, trustees=[other for other in RBCD_HOSTS if other != name])

    with Lab(build) as lab:
        options = ["-c", config(tmp_path, "[group rb]\nhosts=RB0?\nmode=kcd\n"), "--scope", "hosts"]
        before, directory = write_fixes(lab, tmp_path, *options, expect=FINDINGS)
        assert set(before.pairs.values()) == {"broken"}
        assert before.fix_ids == {f"delegation:{name}" for name in RBCD_HOSTS}
        lab.ldapmodify((directory / "fix.ldif").read_text())
        after = json_audit(lab, *options, expect=OK)
        assert all(s["by"] == ["kcd"] for p in after.report["pairs"] for s in judged(p).values())
        either = json_audit(lab, "-c", config(tmp_path, "[group rb]\nhosts=RB0?\n"), "--scope", "hosts", expect=OK)
        assert all(s["by"] == ["kcd", "rbcd"] for p in either.report["pairs"] for s in judged(p).values())


def test_a_group_that_forbids_protocol_transition_is_not_given_it(tmp_path):
    def build(e):
        e.host("HV01", delegate_to=["HV02"])
        e.host("HV02")
        e.user("audit")

    with Lab(build) as lab:
        path = config(tmp_path, "[group old]\nhosts=HV01;HV02\nprotocol_transition=forbidden\n")
        result = json_audit(lab, "-c", path, expect=FINDINGS)
        assert "16777216" not in str(result.report["fixes"]) and "T2A4D" not in str(
            [f["add"] for f in result.report["fixes"]])
        assert not any("userAccountControl" in f["commands"]["ldif"] for f in result.report["fixes"])


def test_fixes_written_twice_replace_the_old_ones(tmp_path):
    with Lab(DEMO) as lab:
        _, directory = write_fixes(lab, tmp_path)
        first = {path.name: path.stat().st_size for path in directory.iterdir()}
        audit(lab, "--fixes", directory, "--host", "HV01", "--host", "HV02", "--no-tickets")
        assert {path.name for path in directory.iterdir()} == set(first) == FILES
        assert records((directory / "fix.ldif").read_text()) == []
