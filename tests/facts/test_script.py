"""data/windows/Get-MigrationFacts.ps1: that it reads only, and writes what the schema says.

No Windows is at hand, nor PowerShell in Debian. So the script is held against a list of the commands that it may call, and
its brackets are counted; `make schemas` parses it by a published grammar of PowerShell.
"""

import json
import re
from pathlib import Path

import jsonschema
import pytest

import hostfacts
from script_calls import OTHERS, READING, SHAPING, TEXT

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "data" / "kcdaudit.facts.schema.json").read_text())

PROGRAMS = {r"System32\secedit.exe": 1, r"System32\w32tm.exe": 1}


def code():
    """Without help, comments and the contents of strings."""
    text = re.sub(r"<#.*?#>", "", TEXT, flags=re.S)
    text = re.sub(r"'[^'\n]*'", "''", text)
    text = re.sub(r'"(?:[^"`\n]|`.)*"', '""', text)
    return re.sub(r"#.*", "", text)


def test_only_reading_commands():
    functions = set(re.findall(r"(?m)^function ([A-Za-z-]+) \{", TEXT))
    called = re.findall(r"\b([A-Z][a-z]+-[A-Z][A-Za-z0-9]+)\b", re.sub(r"(?m)^function .*", "", code()))
    for name in called:
        assert name in functions or name in READING or name in SHAPING or name in OTHERS, name
    for name, count in OTHERS.items():
        assert called.count(name) == count, name
    assert {name.split("-")[0] for name in functions} <= {"Get", "Test", "Write"}
    assert functions <= set(called), "a function that nobody calls"


def test_programs_and_files():
    """secedit exports, w32tm asks, and one file is written."""
    for program, count in PROGRAMS.items():
        assert TEXT.count(program) == count, program
    assert set(re.findall(r"(?i)\b\w+\.(?:exe|cmd|bat|vbs)\b", TEXT)) == {"secedit.exe", "w32tm.exe", "vmms.exe"}
    assert re.findall(r"& \$secedit (/\w+)", TEXT) == ["/export"]
    assert re.findall(r"& \$w32tm (/\w+)(?: /\w+)?", TEXT) == ["/stripchart", "/query"]
    assert re.findall(r"\[IO\.File\]::(\w+)", TEXT) == ["WriteAllText"]
    assert "Add-Type" not in TEXT and "Invoke-Expression" not in TEXT and "Import-Module" not in TEXT
    assert re.findall(r"\.(Set\w*|Put\w*|Delete\w*|CommitChanges|Save\w*|Create\w*|Start|Stop)\(", code()) == []


def test_no_aliases_and_no_language():
    """No word that a Windows of another language spells otherwise, and none that only some shells know."""
    text = code()
    for alias in ("%", "?", "gci", "ls", "cat", "echo", "select", "where", "sort", "gwmi", "iex", "sc", "curl"):
        assert not re.search(r"(?m)(^|[|;{(]\s*)%s\s" % re.escape(alias), text), alias
    assert "Get-WmiObject" not in TEXT, "gone from PowerShell 7"
    for name in ("Administrators", "Hyper-V Administrators", "Users"):
        assert "'%s'" % name not in TEXT, "groups go by SID"


def test_brackets_and_lines():
    stack = []
    for place, char in enumerate(code()):
        if char in "([{":
            stack.append(char)
        elif char in ")]}":
            assert stack and "([{".index(stack.pop()) == ")]}".index(char), place
    assert not stack
    assert max(map(len, TEXT.splitlines())) <= 120 and "\t" not in TEXT and "\r" not in TEXT


def test_help_is_whole():
    for section in (".SYNOPSIS", ".DESCRIPTION", ".PARAMETER OutputDirectory", ".PARAMETER ComputerName", ".EXAMPLE"):
        assert section in TEXT, section
    assert "[CmdletBinding()]" in TEXT and "#Requires -Version 5.1" in TEXT


def test_its_keys_are_those_of_the_schema():
    """Each property that the program needs is written, and nothing else than the schema knows."""
    written = set(re.findall(r"(?m)(?:^\s*|[{;]\s*)([a-z0-9_]+) = ", code()))
    known = set()

    def walk(value):
        if isinstance(value, dict):
            known.update(value.get("properties", {}))
            known.update(value.get("required", []))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(SCHEMA)
    written |= set(re.findall(r"\$facts\.([a-z_]+) =", TEXT))
    loose = {"supported_encryption_types", "max_token_size", "restrict_sending", "restrict_receiving",
             "lm_compatibility_level", "trusted_hosts", "credssp_client", "credssp_server"}
    assert written - loose <= known, written - loose - known
    assert known <= written, known - written
    for part in ("hyperv", "addresses", "credential_guard", "groups", "listening", "firewall", "rights", "clock"):
        assert f"Get-Part '{part}' {{" in TEXT, part


def test_samples_follow_the_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for language in hostfacts.LANGUAGES:
        jsonschema.Draft202012Validator(SCHEMA).validate(hostfacts.facts("HV01", language))
