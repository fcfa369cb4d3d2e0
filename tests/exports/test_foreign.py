"""Whatever else an administrator has at hand is named, with what to run instead."""

import gzip
import io
import os
import pathlib
import subprocess
import zipfile

import pytest

HERE = pathlib.Path(__file__).parent
BINARY = os.environ["KCDAUDIT"]


def zipped(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 50)
    return out.getvalue()


BINARIES = {
    "zip": (zipped("estate.ldif"), "a zip archive", "unpack"),
    "xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Office document", "ldifde"),
    "SharpHound's zip": (zipped("20260101_computers.json", "20260101_users.json"), "a zip archive of SharpHound", "ldifde"),
    "docx": (zipped("_rels/.rels", "word/document.xml"), "an Office document", "ldifde"),
    "SharpHound's zip, other files first": (zipped("20260101120000_gpos.json"), "a zip archive of SharpHound", "ldifde"),
    "empty zip": (zipped(), "a zip archive", "unpack"),
    "gzip": (gzip.compress(b"dn: DC=contoso,DC=test\n"), "a gzip file", "gunzip"),
    "bzip2": (b"BZh91AY&SY", "a bzip2 file", "bunzip2"),
    "xz": (b"\xfd7zXZ\0\0\4", "an xz file", "unxz"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04\x00", "a zstd file", "unzstd"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4", "a 7-Zip archive", "unpack"),
    "rar": (b"Rar!\x1a\x07\x01\0", "a RAR archive", "unpack"),
    "cab": (b"MSCF\0\0\0\0", "a cabinet file", "expand"),
    "tar": (b"estate.ldif".ljust(257, b"\0") + b"ustar\0" + b"00".ljust(249, b"\0"), "a tar archive", "unpack"),
    "evtx": (b"ElfFile\0" + bytes(120), "a Windows event log", "wevtutil"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF file", "ldifde"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "an Office document", "ldifde"),
    "ntds.dit": (b"\x1c\x25\x99\x3a\xef\xcd\xab\x89\x20\x06\0\0" + bytes(600), "ntds.dit", "dsamain"),
    "registry hive": (b"regf\x05\0\0\0", "a registry hive", "ldifde"),
    "history": (b"SQLite format 3\0\x10\0", "a SQLite database", "kcdaudit history"),
    "keytab": (b"\x05\x02\0\0\0\x4a\0\2", "a keytab", "--keytab"),
    "ticket cache": (b"\x05\x04\0\x0c\0\1", "a Kerberos ticket cache", "KRB5CCNAME"),
}
TEXTS = {
    "csvde": ("DN,objectClass,cn,sAMAccountName\n\"CN=HV01,DC=contoso,DC=test\",computer,HV01,HV01$\n", "csvde"),
    "csvde quoted": ('"DN","objectClass"\n"CN=HV01,DC=contoso,DC=test","computer"\n', "csvde"),
    "csvde -l": ("DN,servicePrincipalName\n", "csvde"),
    "csvde -d ;": ("DN;objectClass;cn\n\"CN=HV01,DC=contoso,DC=test\";computer;HV01\n", "csvde"),
    "csvde with tabs": ("DN\tobjectClass\nCN=HV01,DC=contoso,DC=test\tcomputer\n", "csvde"),
    "a spreadsheet's": ("sep=;\nName;Enabled\nHV01;True\n", "a CSV file"),
    "Export-Csv of other columns": ('"Name","Enabled"\n"HV01","True"\n', "a CSV file"),
    "Export-Csv of other columns with semicolons": ('"Name";"Enabled"\n"HV01";"True"\n', "a CSV file"),
    "Export-Csv of 5.1": ('#TYPE Microsoft.ActiveDirectory.Management.ADObject\n"DistinguishedName","Name"\n', "Export-Csv"),
    "Export-Csv of 7": ('"DistinguishedName","Name","ObjectClass","ObjectGUID"\n"CN=HV01,DC=contoso,DC=test","HV01"\n', "a CSV file"),
    "with semicolons": ("DistinguishedName;Name;ObjectClass\nCN=HV01;HV01;computer\n", "a CSV file"),
    "with bars": ("Name|SamAccountName\nHV01|HV01$\n", "a CSV file"),
    "with tabs": ("Name\tSamAccountName\tEnabled\nHV01\tHV01$\tTrue\n", "a table"),
    "CLIXML": ('<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">\n', "CLIXML"),
    "CLIXML of a pipe": ("#< CLIXML\n<Objs>\n", "CLIXML"),
    "DSML": ('<?xml version="1.0"?>\n<dsml:dsml>\n', "an XML file"),
    "an event as XML": ("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\n", "an event as XML"),
    "ldapdomaindump's JSON": ('[{"attributes": {"cn": ["HV01"], "sAMAccountName": ["HV01$"]}, "dn": "CN=HV01"}]\n', "ldapdomaindump"),
    "ldapdomaindump's HTML": ("<!DOCTYPE html>\n<html>\n<head><meta charset='UTF-8'><title>Domain Users</title>\n", "ldapdomaindump"),
    "ldapdomaindump's grep": ("cn\tsAMAccountName\tdNSHostName\toperatingSystem\nHV01\tHV01$\thv01.contoso.test\t\n", "ldapdomaindump"),
    "SharpHound's JSON": ('{"data":[{"AllowedToDelegate":[],"ObjectIdentifier":"S-1-5-21-1-2-3-1104"}],"meta":{"type":"computers"}}',
                          "SharpHound"),
    "ConvertTo-Json": ('[\n  {\n    "DistinguishedName":  "CN=HV01,DC=contoso,DC=test"\n  }\n]\n', "JSON"),
    "kcdaudit's report": ('{\n  "schema": "kcdaudit.report/2",\n  "tool": {}\n}\n', "a report by kcdaudit"),
    "dsquery": ('"CN=HV01,OU=Hyper-V,DC=contoso,DC=test"\n"CN=HV02,OU=Hyper-V,DC=contoso,DC=test"\n', "dsquery"),
    "dsquery *": ("  distinguishedName                       sAMAccountName    \n  CN=HV01,DC=contoso,DC=test              HV01$\n", "dsquery"),
    "dsget": ("  dn                                      samid    \n  CN=HV01,DC=contoso,DC=test    HV01$\ndsget succeeded\n", "dsget"),
    "Format-Table": ("DistinguishedName          DNSHostName\n-----------------          -----------\n", "Get-ADComputer"),
    "Format-List": ("\n\nName              : HV01\nServicePrincipalNames : {HOST/HV01}\n", "Format-List"),
    "repadmin": ("Repadmin: running command /showattr against full DC localhost\nDN: CN=HV01,DC=contoso,DC=test\n", "repadmin"),
    "AdFind": ("\nAdFind V01.62.00cpp Joe Richards\n\nUsing server: dc1.contoso.test:389\n\ndn:CN=HV01\n>objectClass: top\n", "AdFind"),
    "ldp": ("***Searching...\nldap_search_s(ld, \"DC=contoso,DC=test\", 2, \"(cn=HV01)\", attrList,  0, &msg)\n", "ldp.exe"),
    "setspn -L": ("Registered ServicePrincipalNames for CN=HV01,DC=contoso,DC=test:\n\tHOST/HV01\n", "setspn"),
    "setspn -Q": ("Checking domain DC=contoso,DC=test\nCN=HV01,DC=contoso,DC=test\n\tHOST/HV01\nExisting SPN found!\n", "setspn"),
    "klist": ("\nCurrent LogonId is 0:0x3e7\n\nCached Tickets: (2)\n", "klist"),
    "reg": ("Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE]\n", ".reg"),
    "old reg": ("REGEDIT4\n\n[HKEY_LOCAL_MACHINE\\SOFTWARE]\n", ".reg"),
    "PingCastle": ("<HealthcheckData><EngineVersion>3.2</EngineVersion></HealthcheckData>\n", "an XML or HTML file"),
    "a saved page": ("<!-- saved from url=(0014)about:internet -->\n<html>\n", "an XML or HTML file"),
    "RTF": ("{\\rtf1\\ansi dn: CN=HV01}\n", "a document (RTF)"),
    "kcdaudit's configuration": ("[directory]\ndomain=contoso.com\n", "an INI file"),
    "an event": ("Log Name:      System\nSource:        Microsoft-Windows-Security-Kerberos\n", "event"),
}
# What something else than an export is for, or what to do with it.
ELSEWHERE = {
    "facts": ('{\n  "schema": "kcdaudit.facts/1",\n  "host": {}\n}\n', "Get-MigrationFacts.ps1", "--facts FILE"),
    "a shard": ('{"schema":"kcdaudit.shard/1"}', "a shard of an audit", "kcdaudit merge"),
    "ldifde's screen": ('Connecting to "dc1.contoso.test"\nLogging in as current user using SSPI\n', "ldifde shows", "-f named"),
    "ldapsearch 2>&1": ("SASL/GSS-SPNEGO authentication started\nSASL SSF: 256\ndn: DC=contoso,DC=test\n", "its messages", "2>&1"),
    "ldapsearch's error": ("ldap_sasl_interactive_bind: Can't contact LDAP server (-1)\n", "error message", "diagnose"),
    "certutil -encode": ("-----BEGIN CERTIFICATE-----\nZG46IERD\n", "a file in base64", "certutil -decode"),
}
ENCODINGS = {
    "utf-8": lambda text: text.encode(), "mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(), "redirected": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "blank lines": lambda text: b"\r\n\r\n" + text.encode(),
}


def refusal(data, tmp_path):
    file = tmp_path / "estate.ldf"
    file.write_bytes(data)
    done = subprocess.run([BINARY, "audit", "--ldif", file, "-c", os.devnull, "--no-history"], capture_output=True)
    assert done.returncode == 4 and not done.stdout, done
    line, = done.stderr.decode().splitlines()
    assert line.startswith("kcdaudit: %s: this is " % file) and ", not LDIF: " in line
    return line


@pytest.mark.parametrize("name", BINARIES)
def test_binary_files(name, tmp_path):
    data, is_a, instead = BINARIES[name]
    is_said, instead_said = refusal(data, tmp_path).split(", not LDIF: ")
    assert is_a in is_said and instead in instead_said


@pytest.mark.parametrize("name", TEXTS)
def test_text(name, tmp_path):
    """As it is, and in one other encoding each: PowerShell's redirection writes UTF-16."""
    text, is_a = TEXTS[name]
    other = list(ENCODINGS)[sum(name.encode()) % len(ENCODINGS)]
    for encoding in {"utf-8", "redirected", other}:
        is_said, instead = refusal(ENCODINGS[encoding](text), tmp_path).split(", not LDIF: ")
        assert is_a in is_said, encoding
        assert ("ldifde -f FILE -d DC=" if name != "kcdaudit's report" else "kcdaudit snapshot") in instead


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_for_something_else(name, tmp_path):
    text, is_a, instead = ELSEWHERE[name]
    is_said, instead_said = refusal(text.encode(), tmp_path).split(", not LDIF: ")
    assert is_a in is_said and instead in instead_said


@pytest.mark.parametrize("text", ["PS C:\\> Get-ADComputer HV01\n", "alice@box:~$ ldapsearch -LLL\n", "From: alice@contoso.com\n",
                                  "objectClass: top\nobjectClass: computer\n", '"HV01"\n', "\x89GIF\0\0"])
def test_whatever_else_is_told_what_to_do(text, tmp_path):
    file = tmp_path / "estate.ldf"
    file.write_bytes(text.encode("latin-1"))
    done = subprocess.run([BINARY, "audit", "--ldif", file, "-c", os.devnull, "--no-history"], capture_output=True, text=True)
    line, = done.stderr.splitlines()
    assert done.returncode == 4 and not done.stdout
    assert line.startswith("kcdaudit: %s:" % file) and "this is not LDIF" in line and "ldifde -f FILE -d DC=" in line


def test_standard_input():
    done = subprocess.run([BINARY, "audit", "--ldif", "-", "-c", os.devnull, "--no-history"], capture_output=True,
                          input=BINARIES["evtx"][0])
    assert done.returncode == 4 and done.stderr.startswith(b"kcdaudit: standard input: this is a Windows event log, not LDIF: ")


@pytest.mark.parametrize("name, words", [("evtx", "a Windows event log, and no text: wevtutil"), ("gzip", "gunzip"), ("pdf", "paste the text"),
                                         ("docx", "paste the text"), ("zip", "unpack it")])
def test_what_is_no_text_is_told_to_who_asks_what_a_message_means(name, words):
    done = subprocess.run([BINARY, "diagnose", "-"], capture_output=True, input=BINARIES[name][0])
    line, = done.stderr.decode().splitlines()
    assert done.returncode == 2 and not done.stdout and line.startswith("kcdaudit: standard input: this is ") and words in line


def test_an_export_is_no_message():
    text = (HERE / "02-two-u-joined.ldf").read_bytes()
    done = subprocess.run([BINARY, "diagnose", "-"], capture_output=True, input=text)
    assert done.returncode == 2 and not done.stdout and b"this is LDIF: --ldif FILE takes it" in done.stderr
    done = subprocess.run([BINARY, "diagnose", "-"], capture_output=True, input=b"dn: CN=HV01,DC=contoso,DC=test\n0x8009030E\n")
    assert done.returncode == 0 and b"SEC_E_NO_CREDENTIALS" in done.stdout


@pytest.mark.parametrize("first", [
    "dn: DC=contoso,DC=test", "dn:: REM9Y29udG9zbyxEQz10ZXN0", "DN: DC=contoso,DC=test", "version: 1\n\ndn: DC=contoso,DC=test",
    "# extended LDIF\n#\n# LDAPv3\n\ndn: DC=contoso,DC=test", "dn:DC=contoso,DC=test", "#TYPES of accounts\ndn: DC=contoso,DC=test",
])
def test_ldif_is_not_taken_for_it(first, tmp_path):
    file = tmp_path / "estate.ldf"
    file.write_text(first + "\nobjectClass: domainDNS\n")
    done = subprocess.run([BINARY, "audit", "--ldif", file, "-c", os.devnull, "--no-history"], capture_output=True, text=True)
    assert "no accounts in it" in done.stderr


@pytest.mark.parametrize("folder", [False, True])
def test_a_files_name_is_no_error_and_the_way_to_it_is_told(tmp_path, folder):
    file = tmp_path / "error.txt"
    file.write_text("0x8009030E")
    done = subprocess.run([BINARY, "diagnose", file if folder else file.name], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2 and not done.stdout and len(done.stderr.splitlines()) == 1
    assert "error.txt is a file: kcdaudit diagnose - <FILE" in done.stderr
