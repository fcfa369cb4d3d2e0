"""One domain in every way in which a file of it may come: each gives the report of the plain file."""

import base64
import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
BINARY = os.environ["KCDAUDIT"]
PARTS = [(HERE / name).read_bytes().replace(b"\r", b"") for name in ("05a-domain.ldf", "05b-configuration.ldf")]
TEXT = PARTS[0].rstrip(b"\n") + b"\n\n" + PARTS[1]


def wide(data, order="le", mark=True):
    return (b"\xff\xfe" if order == "le" else b"\xfe\xff") * mark + data.decode().encode("utf-16-" + order)


def folded(data, by=b" "):
    lines = []
    for line in data.split(b"\n"):
        while len(line) > 40:
            lines.append(line[:40])
            line = by + line[40:]
        lines.append(line)
    return b"\n".join(lines)


def in_base64(data):
    def one(match):
        return match[1] + b":: " + base64.b64encode(match[2])
    return re.sub(rb"(?m)^((?!changetype|version)[A-Za-z0-9;-]+): (.+)$", one, data)


VARIANTS = {
    "mark of utf-8": b"\xef\xbb\xbf" + TEXT,
    "utf-16-le": wide(TEXT),
    "utf-16-be": wide(TEXT, "be"),
    "utf-16-le without mark": wide(TEXT, mark=False),
    "utf-16-be without mark": wide(TEXT, "be", mark=False),
    "utf-16 and ctrl-z": wide(TEXT) + b"\x1a",
    "utf-16 and wide ctrl-z": wide(TEXT + b"\x1a"),
    "crlf": TEXT.replace(b"\n", b"\r\n"),
    "crcrlf": TEXT.replace(b"\n", b"\r\r\n"),
    "returns alone": TEXT.replace(b"\n", b"\r"),
    "returns among others": re.sub(rb"(?m)^(objectClass: \w+)\r\n", rb"\1\r", TEXT.replace(b"\n", b"\r\n")),
    "ctrl-z": TEXT + b"\x1a",
    "ctrl-z of each part": PARTS[0] + b"\x1a\n\n" + PARTS[1] + b"\x1a",
    "ctrl-z before the next": PARTS[0] + b"\n\x1a" + PARTS[1],
    "joined with marks": b"\xef\xbb\xbf" + PARTS[0] + b"\n\xef\xbb\xbf" + PARTS[1],
    "joined in utf-16": wide(PARTS[0] + b"\n") + wide(PARTS[1]),
    "folded": folded(TEXT),
    "base64": in_base64(TEXT),
    "base64 and folded": folded(in_base64(TEXT)),
    "comments": re.sub(rb"(?m)^(objectClass: computer)$", rb"# a comment\n#  that goes on\n\1", TEXT),
    "no changetype": re.sub(rb"(?m)^changetype:.*\n", b"", TEXT),
    "changetype: add": re.sub(rb"(?m)^(dn:.*)\n(?!changetype)", rb"\1\nchangetype: add\n", TEXT),
    "blanks behind changetype": TEXT.replace(b"changetype: add\n", b"changetype: add  \n"),
    "pages": TEXT.replace(b"\n\ndn: CN=HV02", b"\n\n# pagedresults: cookie=AQAAAA==\n\ndn: CN=HV02") + b"\n# pagedresults: cookie=\n",
    "pages that were asked for": TEXT.replace(
        b"\n\ndn: CN=HV02", b"\n\n# pagedresults: cookie=AQ==\nPress [size] Enter for the next {1000|size} entries.\n\ndn: CN=HV02")
    + b"\n# search result\nsearch: 3\nresult: 0 Success\npagedresults: cookie=\n",
    "version": b"version: 1\n\n" + TEXT,
    "blank lines": b"\n\n\n" + TEXT.replace(b"\n\n", b"\n\n\n\n"),
    "no blank after the colon": re.sub(rb"(?m)^([A-Za-z0-9-]+): ", rb"\1:", TEXT),
    "names in capitals": re.sub(rb"(?m)^([A-Za-z0-9-]+):", lambda match: match[1].upper() + b":", TEXT),
    "options for binary": re.sub(rb"(?m)^(objectSid|nTSecurityDescriptor|msDS-AllowedToDelegateTo|dNSHostName):", rb"\1;binary:", TEXT),
    "an OID as of LDAP 2": re.sub(rb"(?m)^msDS-AllowedToDelegateTo:", b"OID.1.2.840.113556.1.4.1787:", TEXT),
    "blanks behind what has none": re.sub(rb"(?m)^((?:dn|objectClass|userAccountControl|sAMAccountName|primaryGroupID|memberOf|nCName|dnsRoot|pwdLastSet"
                                          rb"|whenChanged|systemFlags): .*)$", rb"\1  ", TEXT),
    "counted by ldapsearch": TEXT + b"\n# search result\nsearch: 2\nresult: 0 Success\n\n# numResponses: %d\n# numEntries: %d\n" % (
        (TEXT.count(b"dn:") + 1, TEXT.count(b"dn:"))),
    "counted by ldbsearch": TEXT + b"\n# returned %d records\n# %d entries\n# 0 referrals\n" % ((TEXT.count(b"dn:"),) * 2),
    "entries the other way round": b"\n\n".join(reversed([r for r in TEXT.strip(b"\n").split(b"\n\n") if r])) + b"\n",
}
# What is not understood is refused, and not read in part.
REFUSED = {
    "empty": (b"", "is empty"),
    "blank": (b"\n\r\n", "no entries in it"),
    "a search that failed": (b"# search result\nsearch: 2\nresult: 1 Operations error\ntext: 000004DC: LdapErr: DSID-0C090A5C\n",
                             "no entries in it: the export ended with \"1 Operations error\""),
    "comments alone": (b"# nothing\n", "no entries in it"),
    "ctrl-z alone": (b"\x1a", "is empty"),
    "mark alone": (b"\xff\xfe", "is empty"),
    "odd utf-16": (wide(TEXT) + b"x", "starts as UTF-16 and is not"),
    "two encodings": (PARTS[0] + b"\n" + wide(PARTS[1]), "files of two encodings were joined"),
    "two other encodings": (wide(PARTS[0]) + PARTS[1], "in.ldf:"),
    "joined without a blank line": (PARTS[0].rstrip(b"\n") + b"\n" + PARTS[1], "an empty line is missing before it"),
    "folded by tabs": (folded(TEXT, b"\t"), "a line that is not"),
    "a change": (TEXT.replace(b"changetype: add", b"changetype: modify", 1), "a change record"),
    "a change without its type": (TEXT + b"\ndn: CN=HV01\nadd: servicePrincipalName\nservicePrincipalName: a/b\n-\n", "a change record"),
    "all indented": (re.sub(rb"(?m)^", b"  ", TEXT.rstrip(b"\n")) + b"\n", "in.ldf:1: a line that begins with a blank"),
    "messages among it": (TEXT + b"\nSize limit exceeded (4)\n", "without other programs' output"),
    "values in files": (re.sub(rb"objectSid:: .*", b"objectSid:< file:///tmp/ldapsearch-objectSid-x", TEXT), "ldapsearch without -t"),
    "nul": (TEXT.replace(b"HV01", b"HV\x0001", 1), "a NUL byte"),
}


def audit(data, tmp_path):
    file = tmp_path / "in.ldf"
    file.write_bytes(data)
    return subprocess.run([BINARY, "audit", "--ldif", file.name, "-f", "json", "-c", os.devnull, "--no-history", "--all-pairs"],
                          cwd=tmp_path, capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))


def told(data, tmp_path):
    done = audit(data, tmp_path)
    assert done.returncode in (0, 1, 3) and not done.stderr, done.stderr
    report = json.loads(done.stdout)
    return {key: value for key, value in report.items() if key != "run"}, report["run"]["gaps"], report["run"]["source"]


@pytest.mark.parametrize("name", VARIANTS)
def test_the_same_report(name, tmp_path):
    plain = told(TEXT, tmp_path)
    assert plain[0]["summary"]["ready"] == 2
    assert told(VARIANTS[name], tmp_path) == plain


LAST_PAGES = {"by a comment": b"\n# pagedresults: cookie=AQAAAA==\n",
              "by a result": b"\n# search result\nsearch: 2\nresult: 0 Success\npagedresults: estimate=0 cookie=AQAAAA==\n",
              "before another search": b"\n# pagedresults: cookie=AQAAAA==\n\n# extended LDIF\n#\n\n# pagedresults: cookie=\n"}


@pytest.mark.parametrize("how", LAST_PAGES)
def test_pages_that_were_not_asked_for_are_missing(how, tmp_path):
    """`ldapsearch -E pr=1000` that nobody answered ends with the first page, and with success."""
    report, gaps, _ = told(TEXT + LAST_PAGES[how], tmp_path)
    assert {pair["verdict"] for pair in report["pairs"]} == {"unknown"}
    assert [gap["why"] for gap in gaps if gap["what"] == "in.ldf" and "before its last page" in gap["why"]]


MISSING = {"of those that ldapsearch counted": (b"\n# numEntries: 99\n", "the search found 99 entries, and "),
           "of those that ldbsearch counted": (b"\n# returned 99 records\n# 99 entries\n", "the search found 99 entries, and "),
           "by an error of Apache Directory Studio": (b"\n#!RESULT ERROR\n#!ERROR [LDAP: error code 4 - Sizelimit Exceeded]\n",
                                                      'ended with "[LDAP: error code 4 - Sizelimit Exceeded]"')}


@pytest.mark.parametrize("what", MISSING)
def test_entries_that_are_not_in_the_file_are_missing(what, tmp_path):
    tail, words = MISSING[what]
    report, gaps, _ = told(TEXT + tail, tmp_path)
    assert {pair["verdict"] for pair in report["pairs"]} == {"unknown"}
    assert [gap["why"] for gap in gaps if gap["what"] == "in.ldf" and words in gap["why"]]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_understood_is_refused(name, tmp_path):
    data, words = REFUSED[name]
    done = audit(data, tmp_path)
    assert done.returncode == 4 and not done.stdout and len(done.stderr.splitlines()) == 1
    assert words in done.stderr and "in.ldf" in done.stderr
