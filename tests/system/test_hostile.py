"""Names and values that somebody chose in order to hurt the reader: they reach no terminal and no script as commands.

Whoever may write an SPN or join a computer writes into these reports, and an administrator runs the scripts."""

import base64
import re
import unicodedata

import pytest

from harness import FINDINGS, MIGRATION, Lab, audit, json_audit, kcdaudit, write
from test_fixes import ldapmodify, state

ESC, BEL, CSI, RLO, ZWSP = "\x1b", "\x07", "\x9b", "\u202e", "\u200b"

# Entries of a delegation list that lead nowhere, so that their removal is proposed.
VALUES = [
    f"cifs/{ESC}]0;owned{BEL}",
    f"cifs/{ESC}[2J{ESC}[1;1H",
    f"cifs/{CSI}31m",
    f"cifs/{RLO}tset.osotnoc",
    f"cifs/a{ZWSP}b",
    "cifs/line\nsetspn -D evil calc",
    "cifs/cr\rcalc",
    "cifs/%COMSPEC%",
    "cifs/!COMSPEC!",
    'cifs/x" & calc & "',
    "cifs/x' ; calc ; '",
    "cifs/x\u2019 ; calc ; \u2019",
    "cifs/$(calc)",
    "cifs/`calc`",
    "cifs/^&|<>calc",
    "cifs/=cmd|' /C calc'!A0",
    "cifs/ trailing ",
    "cifs/<script>alert(1)</script>",
    "cifs/\u00e9\u4e2d\U0001f600",
    "cifs/" + "x" * 3000,
]

# Names of computers that lack their Migration SPN, so that setspn lines are proposed.
NAMES = ["HV%PATH%", "HV$(calc)", "HV'calc'", "HV&calc", "HV^calc", "HV!calc!", "HV`calc`", "HV calc", "-HV",
         f"HV{RLO}X", "HV\u2019calc"]

# AD takes no control characters into a sAMAccountName, but into a dNSHostName, from which SPNs are made.
DNS_NAMES = [f"odd{ESC}[31m.contoso.test", "odd\ncalc", 'odd" & calc & ".test', "odd%COMSPEC%.test", f"odd{RLO}.test"]


def build(e):
    e.host("HV01", t2a4d=True, delegate_to=["HV02", *VALUES])
    e.host("HV02", t2a4d=True, delegate_to=["HV01"], os=f"Windows {ESC}[31m{RLO}Server", os_version="10.0 (20348)\n")
    servers = e.ou("Odd")
    for number, name in enumerate(NAMES):
        dns = DNS_NAMES[number] if number < len(DNS_NAMES) else f"odd{number}.contoso.test"
        # The CN is not the point here, and would have to be quoted in the DN.
        e.host(f"odd{number}", ou=servers, t2a4d=True, delegate_to=["HV01"], dns_host_name=dns, keys_of="HV01",
               spns=[f"HOST/{dns}"], extra={"sAMAccountName": f"{name}$"})
    e.user("audit")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def options(lab, tmp_path_factory):
    path = tmp_path_factory.mktemp("hostile") / "kcdaudit.conf"
    write(path, f"[group odd]\nhosts=HV01;HV02\nhosts_in=OU=Odd,{lab.base_dn}\n")
    return ["-D", lab.domain, "-c", path]


@pytest.fixture(scope="module")
def live(lab, options, tmp_path_factory):
    result = json_audit(lab, *options, "--fixes", tmp_path_factory.mktemp("fixes"), expect=FINDINGS)
    result.directory = options[3].parent
    return result


@pytest.fixture(scope="module")
def fixes(lab, options, tmp_path_factory):
    directory = tmp_path_factory.mktemp("scripts")
    audit(lab, *options, "--fixes", directory, "--no-tickets")
    return directory


def unsafe(text):
    """Characters that a terminal obeys, or that show text in another order than it stands."""
    return {c for c in text if c != "\n" and (unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co"))}


def test_all_of_it_is_read(live):
    assert live.failed("spn", rule="DEL-05", subject="HV01") == set(VALUES)
    assert len(live.report["hosts"]) == 2 + len(NAMES)
    assert {h["name"] for h in live.report["hosts"]} >= set(NAMES), "JSON gives names as they are"


@pytest.mark.parametrize("arguments", [[], ["-v"], ["-v", "--all-pairs"], ["-q"]], ids=str)
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_no_terminal_is_commanded(lab, options, arguments, locale):
    result = audit(lab, *options, *arguments, "--no-tickets", env={"LC_ALL": locale})
    assert result.status == FINDINGS and unsafe(result.out) == set() and unsafe(result.err) == set()
    if arguments[:1] != ["-q"]:
        assert "HV02" in result.out and "COMSPEC" in result.out, "shown, not hidden"


def test_with_colors_only_our_own_sequences_are_sent(lab, options):
    text = audit(lab, *options, "--no-tickets", "--color", "always").out
    assert unsafe(re.sub(r"\x1b\[[0-9;]*m", "", text)) == set()
    # Ours come in pairs that end in a reset, and never from a value.
    assert "]0;owned" not in re.findall(r"\x1b.{0,12}", text)


def test_json_is_safe_to_show_and_loses_nothing(live):
    assert unsafe(live.out) - {ZWSP} == set(), "escaped as JSON allows"


def test_error_messages_are_safe(lab, tmp_path):
    for name in (f"HV{ESC}[31m77", f"HV{RLO}77", "HV\n77", "HV\r77"):
        result = audit(lab, "--host", name)
        assert result.status == 2 and unsafe(result.err) == set() and len(result.err.splitlines()) == 1, result
    path = write(tmp_path / "bad.conf", f"[group a]\nhosts=HV01\nmode={ESC}[31mred\n")
    result = audit(lab, "-c", path)
    assert result.status == 2 and unsafe(result.err) == set() and len(result.err.splitlines()) == 1, result
    result = kcdaudit(lab, f"audit{ESC}[31m")
    assert result.status == 2 and unsafe(result.err) == set(), result


# cmd.exe


def cmd_lines(directory, name):
    text = (directory / name).read_bytes().decode()
    assert text.count("\n") == text.count("\r\n"), "each line ends in CRLF, and nothing else breaks one"
    return text.split("\r\n")


@pytest.mark.parametrize("name", ["fix-spn.cmd", "undo-spn.cmd"])
def test_cmd_scripts_run_setspn_and_nothing_else(fixes, name):
    for line in cmd_lines(fixes, name):
        assert unsafe(line) == set(), line
        line = line.removesuffix(" || set FAILED=1")
        if not line or line in ("@echo off", "setlocal", "chcp 65001 >nul", "set FAILED=0", "exit /b %FAILED%") or \
                line.startswith("if %FAILED%==1 echo Some changes"):
            continue
        # What % names is replaced within quotes, and even in comments.
        assert not re.search(r"(?<!%)(%%)*%(?!%)", line), line
        if line.startswith("rem "):
            continue
        assert line.startswith("setspn "), line
        bare = re.sub(r'"[^"]*"', '""', line)
        assert '"' not in bare.replace('""', ""), line
        assert not set(bare) & set("&|<>^()%!"), line
        assert "calc" not in bare, line


def test_names_that_cmd_cannot_take_are_said_in_a_comment(fixes):
    text = (fixes / "fix-spn.cmd").read_text("utf-8")
    assert re.search(r"rem .*(not|cannot)", text)
    assert f'"{MIGRATION}/HV&calc"' in text, "what can be quoted is"


# PowerShell

SINGLE = "'\u2018\u2019\u201a\u201b"  # each of them is a single quote to PowerShell


def powershell_code(text):
    """The script without comments and without the contents of its single-quoted strings."""
    code, at = [], 0
    while at < len(text):
        if text[at] == "#":
            at = text.find("\n", at)
            if at < 0:
                break
        elif text[at] in SINGLE:
            at += 1
            while True:
                if text[at] in SINGLE:
                    if at + 1 < len(text) and text[at + 1] in SINGLE:
                        at += 2
                        continue
                    break
                assert text[at] not in "\r\n", "a string ends on its line"
                at += 1
            code.append("''")
            at += 1
        else:
            code.append(text[at])
            at += 1
    return "".join(code)


@pytest.mark.parametrize("name", ["fix-delegation.ps1", "undo-delegation.ps1"])
def test_powershell_scripts_hold_values_in_strings_only(fixes, name):
    text = (fixes / name).read_bytes().decode("utf-8-sig")
    assert unsafe(text) - {"\r"} == set()
    assert text.count("\n") == text.count("\r\n")
    code = powershell_code(text)
    for mark in ("calc", "COMSPEC", "owned", "script", "evil"):
        assert mark not in code, code
    assert "cifs/%COMSPEC%" in text and "cifs/$(calc)" in text


# LDIF


def test_ldif_is_plain(fixes):
    for name in ("fix.ldif", "undo.ldif"):
        text = (fixes / name).read_text("utf-8")
        assert unsafe(text) == set()
        assert all(line.startswith("#") or line.isascii() for line in text.splitlines())


def value_of(line):
    """The bytes of an LDIF line's value."""
    value = line.split(":", 1)[1]
    return base64.b64decode(value[1:]) if value.startswith(":") else value.strip().encode()


def values_of(lines):
    """(attribute, value) of each line of an entry."""
    return {(line.split(":", 1)[0], value_of(line)) for line in lines}


def wanted(report):
    """What the report's fixes say that they take from each entry, and what they give it."""
    taken, given = {}, {}
    for fix in report["fixes"]:
        attribute = {"spn": "servicePrincipalName", "delegation": "msDS-AllowedToDelegateTo"}[fix["id"].split(":")[0]]
        for change, values in ((taken, fix["remove"]), (given, fix["add"])):
            if fix["commands"]["ldif"] and values:
                change.setdefault(fix["dn"], set()).update((attribute, value.encode()) for value in values)
    return taken, given


def test_ldif_does_what_the_fixes_say_and_is_undone_to_the_byte(tmp_path):
    """A whole directory, before, between and after."""
    with Lab(build) as lab:
        path = write(tmp_path / "kcdaudit.conf", f"[group odd]\nhosts=HV01;HV02\nhosts_in=OU=Odd,{lab.base_dn}\n")
        report = json_audit(lab, "-D", lab.domain, "-c", path, "--no-tickets", "--fixes", tmp_path / "fixes", expect=FINDINGS).report
        before = state(lab, tmp_path / "before")
        applied = ldapmodify(lab, tmp_path / "fixes/fix.ldif")
        assert applied.returncode == 0, applied.stderr
        between = state(lab, tmp_path / "between")
        undone = ldapmodify(lab, tmp_path / "fixes/undo.ldif")
        assert undone.returncode == 0, undone.stderr
        assert state(lab, tmp_path / "after") == before

    assert between.keys() == before.keys()
    taken, given = {}, {}
    for dn, lines in before.items():
        old, new = values_of(lines), values_of(between[dn])
        name = dn.removeprefix("dn: ")
        if old - new:
            taken[name] = old - new
        if new - old:
            given[name] = new - old
    assert (taken, given) == wanted(report)
    assert {value for _, value in taken[f"CN=HV01,CN=Computers,{lab.base_dn}"]} == {value.encode() for value in VALUES}
    assert b"cifs/odd\ncalc" in {value for _, value in given[f"CN=HV01,CN=Computers,{lab.base_dn}"]}
