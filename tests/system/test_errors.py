"""Whatever goes wrong before or beside the audit: one line on standard error that says what, where and what to do."""

import json
import time
from pathlib import Path

import pytest

from harness import (HAS_SANITIZERS, INCOMPLETE, NO_AUDIT, OK, USAGE, Lab, assert_one_line, audit, config, json_audit, kcdaudit,
                     refused, within, write)


def build(e):
    e.host("HV01", delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    e.user("audit")
    e.user("gone")
    e.user("off")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def dump(lab, tmp_path_factory):
    path = tmp_path_factory.mktemp("ldif") / "dump.ldif"
    lab.dump_ldif(path)
    return path


# Credentials


def test_no_ticket(lab, tmp_path):
    refused(audit(lab, user=None, env={"KRB5CCNAME": f"FILE:{tmp_path}/none"}), NO_AUDIT, "no Kerberos ticket",
            f"{tmp_path}/none", "kinit")


def test_an_expired_ticket(lab, tmp_path):
    ccache = lab.kinit("audit", lifetime="1s", ccache=f"FILE:{tmp_path}/cc")
    time.sleep(1.5)
    refused(audit(lab, user=None, env={"KRB5CCNAME": ccache}), NO_AUDIT, "expired", "audit@CONTOSO.TEST", "kinit")


@pytest.mark.parametrize("seconds", [1, 2, 3, 5])
def test_a_ticket_that_expires_on_the_way(lab, tmp_path, seconds):
    """Before the bind, in it, or before the last ticket was asked for: one line, or what was read."""
    ccache = lab.kinit("audit", lifetime=f"{seconds}s", ccache=f"FILE:{tmp_path}/cc")
    result = audit(lab, "-f", "json", "--all-pairs", user=None, env={"KRB5CCNAME": ccache})
    assert result.status in (OK, INCOMPLETE, NO_AUDIT), result
    if result.status == NO_AUDIT:
        assert_one_line(result)
        return
    verdicts = {pair["verdict"] for pair in json.loads(result.out)["pairs"]}
    assert verdicts <= ({"ready"} if result.status == OK else {"ready", "unknown"}), result.out


def test_a_ccache_that_is_none(lab, tmp_path):
    path = write(tmp_path / "cc", "this is no ccache\n")
    refused(audit(lab, user=None, env={"KRB5CCNAME": f"FILE:{path}"}), NO_AUDIT, str(path), "kinit")


def test_a_ticket_of_the_wrong_realm(lab):
    refused(audit(lab, "-D", "fabrikam.test"), NO_AUDIT, "audit@CONTOSO.TEST", "FABRIKAM.TEST", "kinit")


def test_a_ticket_that_the_dc_no_longer_knows(lab, tmp_path):
    """The account went after the kinit."""
    ccache = lab.kinit("gone", ccache=f"FILE:{tmp_path}/cc")
    lab.ldapmodify(f"dn: CN=gone,CN=Users,{lab.base_dn}\nchangetype: delete\n")
    result = audit(lab, user=None, env={"KRB5CCNAME": ccache})
    refused(result, NO_AUDIT, "gone@CONTOSO.TEST")


def test_a_disabled_account(lab, tmp_path):
    keytab = lab.keytab("off", tmp_path / "off.keytab")
    lab.ldapmodify(f"dn: CN=off,CN=Users,{lab.base_dn}\nchangetype: modify\nreplace: userAccountControl\n"
                   "userAccountControl: 514\n")
    refused(audit(lab, "--keytab", keytab, "--principal", "off", user=None), NO_AUDIT, "off@CONTOSO.TEST", "disabled")


# Keytabs


def files_of(*directories):
    return {path for directory in directories for path in directory.iterdir()}


def krb5_files():
    """Where libkrb5 puts ccaches and replay caches of itself."""
    return {path for place in ("/tmp", "/var/tmp") for path in Path(place).glob("krb5*")}


def test_a_keytab_serves_without_any_ccache_and_leaves_none(lab, tmp_path):
    keytab = lab.keytab("audit", tmp_path / "audit.keytab")
    ccache = tmp_path / "cc"
    before = files_of(lab.dir / "cc", tmp_path) | krb5_files()
    result = json_audit(lab, "--keytab", keytab, "--principal", "audit@CONTOSO.TEST", user=None,
                        env={"KRB5CCNAME": f"FILE:{ccache}"}, expect=OK)
    assert result.report["run"]["principal"] == "CONTOSO\\audit"
    assert result.report["summary"]["tickets"] == {"granted": 16, "refused": 0}
    assert files_of(lab.dir / "cc", tmp_path) | krb5_files() == before


def test_a_principal_without_realm_and_of_a_host(lab, tmp_path):
    keytab = lab.keytab("HV01$", tmp_path / "host.keytab")
    assert json_audit(lab, "--keytab", keytab, "--principal", "HV01$", user=None, expect=OK).report["run"][
        "principal"] == "CONTOSO\\HV01$"


def test_a_principal_that_the_keytab_does_not_hold(lab, tmp_path):
    keytab = lab.keytab("audit", tmp_path / "audit.keytab")
    refused(audit(lab, "--keytab", keytab, "--principal", "bob", user=None), NO_AUDIT, keytab, "bob@CONTOSO.TEST",
            "audit@CONTOSO.TEST")


def test_a_keytab_older_than_the_password(tmp_path):
    def change(e):
        build(e)

    with Lab(change) as lab:
        keytab = lab.keytab("audit", tmp_path / "audit.keytab")
        lab.check(["samba-tool", "user", "setpassword", "audit", "--newpassword=An0ther-Passw0rd", "-H",
                   lab.dir / "private/sam.ldb", "-s", lab.smb_conf])
        refused(audit(lab, "--keytab", keytab, "--principal", "audit", user=None), NO_AUDIT, "audit@CONTOSO.TEST",
                keytab)


@pytest.mark.parametrize("content", [None, "no keytab\n", ""])
def test_a_keytab_that_is_none(lab, tmp_path, content):
    path = tmp_path / "bad.keytab"
    if content is not None:
        path.write_text(content)
        path.chmod(0o600)
    refused(audit(lab, "--keytab", path, "--principal", "audit", user=None), NO_AUDIT, path)


def test_keytab_and_principal_go_together(lab):
    refused(audit(lab, "--keytab", "/etc/krb5.keytab"), USAGE, "--principal")


# The configuration, before anything is contacted

NOTHING = {"user": None, "env": {"KRB5CCNAME": "FILE:/nonexistent/cc"}}


@pytest.mark.parametrize("text, line, words", [
    ("[directory]\ndomain=contoso.test\n[grup prod]\nhosts=HV01\n", 3, ["grup prod"]),
    ("[directory]\ndomain=contoso.test\nport=389\n", 3, ["port"]),
    ("[group prod]\nhosts=HV01\n# comment\nmode=maybe\n", 4, ["mode", "maybe", "kcd"]),
    ("[group prod]\nhosts=HV01\nservices=cifs;smb/HV01\n", 3, ["smb/HV01"]),
    ("[group prod]\nhosts=HV01\n\n[waive one]\nrule=DEL-01\nreason=x\nuntil=2027-02-30\n", 7, ["2027-02-30"]),
    ("[group prod]\nhosts=HV01\n\n[waive one]\nrule=DEL-77\nreason=x\n", 5, ["DEL-77"]),
    ("[group prod]\nhosts=HV01\nthis is no line\n", 3, []),
    ("hosts=HV01\n", 1, []),
    ("[group prod]\nservices=cifs\n", 1, ["prod"]),
    ("[group prod]\nhosts=HV01\n[group prod]\nhosts=HV02\n", 3, ["prod"]),
    ("[group prod]\nhosts=HV01\nhosts=HV02\n", 3, ["hosts"]),
    ("[directory]\ndomain=contoso.test\nmech=DIGEST-MD5\n", 3, ["DIGEST-MD5"]),
], ids=lambda value: None if isinstance(value, (int, list)) else value.splitlines()[-1][:30])
def test_a_bad_configuration_is_named_by_file_and_line(lab, tmp_path, text, line, words):
    path = write(tmp_path / "kcdaudit.conf", text)
    refused(audit(lab, "-c", path, **NOTHING), USAGE, f"{path}:{line}:", *words)


def test_a_configuration_that_is_not_there(lab, tmp_path):
    refused(audit(lab, "-c", tmp_path / "none.conf", **NOTHING), USAGE, tmp_path / "none.conf", "No such file")


def test_a_configuration_is_checked_before_anything_is_contacted(lab, tmp_path):
    path = write(tmp_path / "kcdaudit.conf", "[group prod]\nhots=HV01\n")
    with within(2):
        refused(audit(lab, "-c", path, "-D", "nowhere.test", **NOTHING), USAGE, "hots")


def test_a_host_of_the_configuration_that_does_not_exist_is_a_gap(lab, tmp_path):
    path = config(tmp_path, "[group prod]\nhosts=HV01;HV02;HV77\n")
    result = json_audit(lab, "-c", path)
    assert any("HV77" in what for what in result.gaps), result.gaps
    assert result.status == 3


# The command line


@pytest.mark.parametrize("options, words", [
    (["--no-such-option"], ["--no-such-option"]),
    (["-f", "yaml"], ["yaml", "json"]),
    (["-f", "json", "-f", "text"], ["FORMAT:FILE"]),
    (["--fail-on", "fatal"], ["fatal", "critical"]),
    (["--color", "blue"], ["blue", "never"]),
    (["--timeout", "0"], ["--timeout"]),
    (["--timeout", "x"], ["x"]),
    (["--ldif", "x.ldif", "-D", "contoso.test"], ["--ldif", "offline"]),
    (["-H", "http://dc1.contoso.test"], ["http://dc1.contoso.test", "ldaps://"]),
    (["-o", "json"], ["-f json", "-o FILE", "./json"]),
    (["--user", "bob"], ["--user", "ticket", "kinit"]),
    (["--apply"], ["--apply", "only reads", "--fixes DIR"]),
    (["--jsom"], ["--jsom"]),
    (["argument"], ["argument"]),
    (["--queries", "/nonexistent"], ["/nonexistent"]),
])
def test_a_wrong_command_line(lab, options, words):
    refused(kcdaudit(lab, "audit", *options, **NOTHING), USAGE, *words)


@pytest.mark.parametrize("argv, words", [([], ["help"]), (["adit"], ["adit", "help"]), (["help", "adit"], ["adit"])])
def test_a_wrong_command(lab, argv, words):
    refused(kcdaudit(lab, *argv, **NOTHING), USAGE, *words)


def test_no_domain_and_no_ticket_to_take_it_from(lab, tmp_path):
    result = kcdaudit(lab, "audit", user=None, env={"KRB5CCNAME": f"FILE:{tmp_path}/none"})
    refused(result, NO_AUDIT, "kinit")


def test_a_domain_that_dns_does_not_know(lab):
    lab.run(["true"])
    result = audit(lab, "-H", "ldap://dc1.nowhere.test")
    refused(result, NO_AUDIT, "dc1.nowhere.test", "DNS")


def test_a_query_that_does_not_parse(lab, tmp_path):
    write(tmp_path / "hosts.ldap", "# mine\nbase: {domain}\nscope: everywhere\nfilter: (a=b)\nattributes: cn\n")
    refused(audit(lab, "--queries", tmp_path), USAGE, f"{tmp_path}/hosts.ldap:", "scope", "everywhere")


@pytest.mark.parametrize("options", [["--password", "s3cret"], ["--password=s3cret"], ["-p", "s3cret"], ["-ps3cret"],
                                     ["-w", "s3cret"], ["-ws3cret"], ["--pass=s3cret"], ["-W"]])
def test_no_password_is_taken_from_the_command_line(lab, options):
    """And none is shown again."""
    result = audit(lab, *options, **NOTHING)
    refused(result, USAGE, "password", "kinit")
    assert "s3cret" not in result.err


@pytest.mark.parametrize("options", [["--json"], ["--csv"], ["-k"], ["--dc", "dc1.contoso.test"], ["--server=dc1"],
                                     ["-H", "dc1"], ["--realm", "CONTOSO.TEST"], ["--hosts", "HV01,HV02"], ["--whatif"],
                                     ["-Y", "GSSAPI", "-H", "LDAP://dc1.contoso.test"], ["--forest"]])
def test_spellings_of_other_programs_are_understood(lab, options):
    assert kcdaudit(lab, "audit", *options, "--no-tickets").status == OK


@pytest.mark.parametrize("argv", [["/?"], ["-?"], ["audit", "/?"], ["audit", "--usage"], ["setspn", "/?"]])
def test_help_is_given_however_it_is_asked_for(lab, argv):
    result = kcdaudit(lab, *argv, **NOTHING)
    assert result.status == OK and result.out.startswith("usage: kcdaudit"), result


@pytest.mark.parametrize("argv", [["-V"], ["--version"], ["version"]])
def test_the_version(lab, argv):
    assert kcdaudit(lab, *argv, **NOTHING).out.startswith("kcdaudit ")


@pytest.mark.parametrize("option, words", [("-S", "setspn -S SPN ACCOUNT"), ("-A", "setspn -S SPN ACCOUNT"),
                                           ("-D", "setspn -D SPN ACCOUNT"), ("-R", "setspn -R ACCOUNT")])
def test_setspns_writing_options_are_answered(lab, option, words):
    refused(kcdaudit(lab, "spn", option, "cifs/HV02", "HV02", **NOTHING), USAGE, "only reads", words)


# LDIF


def test_an_ldif_that_is_not_there(lab, tmp_path):
    refused(audit(lab, "--ldif", tmp_path / "none.ldif", **NOTHING), NO_AUDIT, tmp_path / "none.ldif", "No such file")


def test_a_directory_in_the_place_of_an_ldif(lab, tmp_path):
    refused(audit(lab, "--ldif", tmp_path, **NOTHING), NO_AUDIT, tmp_path)


@pytest.mark.parametrize("text, line", [
    ("dn: CN=a,DC=contoso,DC=test\nobjectClass: computer\nthis line has none\n", 3),
    ("version: 1\n\ndn: CN=a,DC=contoso,DC=test\nobjectSid:: !!!!\n", 4),
    ("version: 1\n\n\n# c\nobjectClass: computer\ncn: a\n", 5),
    ("dn: CN=a,DC=contoso,DC=test\nchangetype: modify\nadd: cn\ncn: b\n-\n", 2),
    ("dn: CN=a,DC=contoso,DC=test\njpegPhoto:< file:///etc/passwd\n", 2),
], ids=["no colon", "bad base64", "no dn", "change record", "another file"])
def test_a_broken_ldif_is_named_by_file_and_line(lab, tmp_path, text, line):
    path = write(tmp_path / "broken.ldif", text)
    result = audit(lab, "--ldif", path, **NOTHING)
    refused(result, NO_AUDIT, f"{path}:{line}")
    assert "root:x:" not in result.err


@pytest.mark.parametrize("content", [b"", b"\n\n", b"version: 1\n", b"\x00\x01\x02\xff" * 100, b"%PDF-1.7\n"])
def test_a_file_without_any_entry(lab, tmp_path, content):
    path = tmp_path / "empty.ldif"
    path.write_bytes(content)
    refused(audit(lab, "--ldif", path, **NOTHING), NO_AUDIT, path)


def test_a_truncated_dump_is_never_ready(lab, dump, tmp_path):
    """An export cut off anywhere either does not parse or says that evidence is missing; it is never `ready`."""
    text = dump.read_text()
    start = text.index("dn: CN=HV01")
    for cut in range(start, start + 3000, 97):
        if text[cut - 1] == "\n":
            continue  # between two lines: no different from an export that ends there
        path = write(tmp_path / "cut.ldif", text[:cut])
        result = audit(lab, "--ldif", path, "-f", "json", "--host", "HV01", "--host", "HV02", "--all-pairs", **NOTHING)
        assert result.status != OK, (cut, result)


# Output


def test_an_output_that_cannot_be_written_is_said_before_anything_is_contacted(lab, tmp_path):
    with within(2):
        refused(audit(lab, "-o", tmp_path / "no/report.txt", "-D", "nowhere.test", **NOTHING), USAGE,
                tmp_path / "no/report.txt", "No such file")
        refused(audit(lab, "-f", f"json:{tmp_path}", "-D", "nowhere.test", **NOTHING), USAGE, tmp_path)


def test_a_fixes_directory_that_cannot_be_made(lab, tmp_path):
    file = write(tmp_path / "file", "")
    refused(audit(lab, "--fixes", file / "fixes", "-D", "nowhere.test", **NOTHING), USAGE, file)
    refused(audit(lab, "--fixes", file, "-D", "nowhere.test", **NOTHING), USAGE, file)


def read_only(directory):
    """Runs the command with `directory` mounted read-only: root, too, may not write there."""
    return ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o ro none "{directory}" && exec "$@"', "sh"]


@pytest.mark.parametrize("options", [["-o", "{}/report.txt"], ["-f", "json:{}/report.json"], ["--fixes", "{}/fixes"],
                                     ["--fixes", "{}"]], ids=str)
def test_a_read_only_place_is_named_before_anything_is_contacted(lab, tmp_path, options):
    options = [option.format(tmp_path) for option in options]
    refused(audit(lab, *options, "-D", "nowhere.test", prefix=read_only(tmp_path), **NOTHING), USAGE, tmp_path,
            "read-only")


def test_a_device_is_no_place_for_a_report(lab, dump):
    result = audit(lab, "--ldif", dump, "-f", "json", "-o", "/dev/full", user=None)
    assert result.status == USAGE
    assert_one_line(result, "/dev/full", "it is a device")


def test_a_report_into_a_closed_pipe_is_no_success(lab, dump):
    result = kcdaudit(lab, "audit", "--ldif", str(dump), user=None, prefix=["sh", "-c", '"$@" >/dev/full', "sh"])
    assert result.status == USAGE
    assert_one_line(result, "standard output")


def test_an_old_report_stays_where_the_audit_fails(lab, tmp_path):
    path = write(tmp_path / "report.txt", "yesterday\n")
    refused(audit(lab, "-o", path, "-H", f"ldap://{lab.dc}:1"), NO_AUDIT, "refused")
    assert path.read_text() == "yesterday\n" and [p.name for p in tmp_path.iterdir()] == ["report.txt"]


# The clock


no_faketime = pytest.mark.skipif(HAS_SANITIZERS, reason="faketime and sanitizers do not go together")


def skewed(lab, offset, *options, **keywords):
    return audit(lab, "-f", "json", "--all-pairs", *options, prefix=["faketime", "-f", offset], **keywords)


@no_faketime
@pytest.mark.parametrize("offset, said", [("+200s", "behind"), ("-200s", "ahead of")])
def test_a_clock_that_differs_is_a_warning(lab, tmp_path, offset, said):
    ccache = {"KRB5CCNAME": lab.kinit("audit", ccache=f"FILE:{tmp_path}/cc")}
    if offset.startswith("-"):
        # A ticket of the future is not valid yet: as if it had been got before the clock was wrong.
        keytab = lab.keytab("audit", tmp_path / "audit.keytab")
        result = skewed(lab, offset, "--keytab", keytab, "--principal", "audit", user=None)
    else:
        result = skewed(lab, offset, user=None, env=ccache)
    assert result.status == OK, result
    finding = result.finding("DOM-02")
    assert finding["severity"] == "warning" and said in finding["detail"] and "200 s" in finding["detail"] or (
        "199 s" in finding["detail"] or "201 s" in finding["detail"]), finding
    assert set(result.pairs.values()) == {"ready"}


@no_faketime
def test_beyond_five_minutes_kerberos_says_so(lab, tmp_path):
    ccache = {"KRB5CCNAME": lab.kinit("audit", ccache=f"FILE:{tmp_path}/cc")}
    refused(skewed(lab, "+900s", user=None, env=ccache), NO_AUDIT, "clock")


def test_right_clocks_say_nothing(lab):
    assert "DOM-02" not in json_audit(lab, expect=OK).rules
