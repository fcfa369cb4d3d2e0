#!/usr/bin/python3
"""seeds.py DIR: what the targets begin with, from the fixtures and the data of this tree."""

import base64
import os
import re
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = Path(sys.argv[1])
MOST = 8192  # bytes; what is larger is slow and teaches no more


def put(target, name, data):
    data = data.encode() if isinstance(data, str) else data
    (OUT / target).mkdir(parents=True, exist_ok=True)
    if len(data) <= MOST:
        (OUT / target / name).write_bytes(data)


def utf16(text):
    return text.encode("utf-16-le")


def files(target, pattern):
    for path in sorted(ROOT.glob(pattern)):
        put(target, "-".join(path.relative_to(ROOT).parts), path.read_bytes())


def from_exports():
    for path in sorted(ROOT.glob("fixtures/*/estate.ldif")):
        name, data = path.parent.name, path.read_bytes()
        for target in ("ldif", "whole"):
            put(target, name, data[:MOST].rsplit(b"\n\n", 1)[0] + b"\n")
        found = re.findall(rb"(?:AllowedToActOnBehalfOfOtherIdentity|nTSecurityDescriptor):: ([A-Za-z0-9+/=]+(?:\n [A-Za-z0-9+/=]+)*)", data)
        for i, text in enumerate(found[:3]):
            put("secdesc", f"{name}-{i}", base64.b64decode(text.replace(b"\n ", b"")))
        for i, text in enumerate(re.findall(rb"gPLink: (.+)", data)[:2]):
            put("gplink", f"{name}-{i}", text + b"\0OU=o")
        for i, text in enumerate(re.findall(rb"(?:servicePrincipalName|dn): (.+)", data)[:4]):
            put("names", f"{name}-{i}", text + b"\0*/HV*")


def from_forms():
    put("metadata", "one", "<DS_REPL_ATTR_META_DATA>\n<pszAttributeName>servicePrincipalName</pszAttributeName>\n<dwVersion>3</dwVersion>\n"
        "<ftimeLastOriginatingChange>2026-11-21T05:00:00Z</ftimeLastOriginatingChange>\n<usnOriginatingChange>1</usnOriginatingChange>\n"
        "<pszLastOriginatingDsaDN>CN=NTDS Settings,CN=DC1</pszLastOriginatingDsaDN>\n</DS_REPL_ATTR_META_DATA>\n")
    put("metablob", "one", struct.pack("<IIII", 1, 0, 1, 0) + struct.pack("<IIQ16sQQ", 0x90303, 1, 13000000000, b"x" * 16, 1, 1))
    status = bytes.fromhex("720200c00000000001000000")
    inner = b"\xa1\x03\x02\x01\x03\xa2\x0e\x04\x0c" + status
    put("edata", "error", b"\x30" + bytes([len(inner)]) + inner)
    put("edata", "sequence", b"\x30" + bytes([len(inner) + 2]) + b"\x30" + bytes([len(inner)]) + inner)
    record = utf16("[Software\\X\0;a\0;") + struct.pack("<I", 4) + utf16(";") + struct.pack("<I", 4) + utf16(";") + b"\1\0\0\0" + utf16("]")
    put("registrypol", "two", b"PReg\x01\0\0\0" + record + record)
    inf = "[Unicode]\r\nUnicode=yes\r\n[Privilege Rights]\r\nSeNetworkLogonRight = *S-1-5-32-544,CONTOSO\\svc\r\n"
    for name, data in (("utf8", inf), ("utf16", b"\xff\xfe" + utf16(inf))):
        put("gpttmpl", name, data)
    for i, text in enumerate(["0x8009030E", "-2146893042", "21502", "Ox80070005 from HV01 to HV02", "Event ID: 21502"]):
        put("diagnose", f"text-{i}", text)
        put("diagnose", f"wide-{i}", b"\xff\xfe" + utf16(text))
    for i, text in enumerate(["=cmd|' /C calc'!A0", "a'b\u2019c", "%PATH%\"x\\", "<script>&]]>", "\x1b[31m\u202ex\u200b", " trailing "]):
        put("quote", f"text-{i}", text)

    def dns(name):
        return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"

    answer = b"\xc0\x0c\0\x21\0\1\0\0\0\x3c" + struct.pack(">H", 6 + len(dns("dc1.a.b"))) + struct.pack(">HHH", 0, 100, 389) + dns("dc1.a.b")
    put("srv", "one", struct.pack(">HHHHHH", 1, 0x8180, 1, 1, 0, 0) + dns("_ldap._tcp.dc._msdcs.a.b") + b"\0\x21\0\1" + answer)
    put("site", "one", b"\x17\0\0\0" + b"\0" * 20 + dns("a.b") + b"\xc0\x18" + b"\3dc1\xc0\x18" + dns("A") + dns("DC1") + b"\0" + dns("Berlin") + b"\xc0\x2e")


def from_tables(target, pattern):
    for path in sorted(ROOT.glob(pattern)):
        for i, part in enumerate(path.read_text().split("\n\n")[:8]):
            put(target, f"{path.stem}-{i}", part + "\n")


def explorer_snapshots():
    """Of the first objects of each fixture; beside a domain, so much as makes a host."""
    sys.path.insert(0, str(ROOT / "tests/exports"))
    import adexplorer
    for path in sorted(ROOT.glob("fixtures/*/estate.ldif")):
        parts = [part for part in path.read_text().split("\n\n") if part.startswith("dn: ")]
        hosts = [part for part in parts if "objectClass: computer" in part]
        put("adexplorer", path.parent.name, adexplorer.snapshot("\n\n".join([*parts[1:3], *hosts[:1]]) + "\n"))


from_exports()
from_forms()
files("policy", "fixtures/*/kcdaudit.conf")
files("policy", "data/kcdaudit.conf")
files("queries", "queries/*.ldap")
files("facts", "fixtures/*/facts/*.json")
files("diagnose", "tests/diagnose/pasted/*")
from_tables("tables", "data/diagnose/*.table")
from_tables("workloads", "data/workloads/*.table")
explorer_snapshots()
# A file of its own, and places in the one that the target makes.
put("history", "file", b"SQLite format 3\0")
put("history", "bytes", bytes(range(96)))
for name in os.listdir(ROOT / "tests/fuzz"):
    if name.endswith(".c"):
        put(name[:-2], "empty", b"")
