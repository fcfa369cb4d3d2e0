"""Names that whoever may write into a directory chose for the reader's harm, and an estate that has them everywhere."""

import re

FORMULAS = ["=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1:A9)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\ufeff=1",
            "\uff1d1", "a;=1", "a; \"=1", "a\t+1", "a\n@b", "\"=1"]
MARKUP = ["</failure><testcase name=\"x\"/>", "]]>", "&amp;", "\"><script>alert(1)</script>", "'onload='x"]
NO_XML = ["a\x01b", "a\x1b[2Jb", "a\x7f\x85b", "a\ufffeb", "a\uffffb", "a\x0bb"]
LINES = ["a\r\nb", "a\nkcdaudit_complete 1\nb", "a\\\"} 1"]
PAYLOADS = [
    *FORMULAS, *MARKUP, *LINES,
    "\x1b]0;owned\x07", "\x1b[2J\x1b[1;1H", "\x9b31m", "\u202etset", "a\u200bb", "\u2066x\u2069", "\u2028y", "a\x01b", "a\x7f\x85b",
    "%COMSPEC%", "!COMSPEC!", "x\" & calc & \"", "x' ; calc ; '", "x\u2019 ; calc ; \u2019", "$(calc)", "`calc`", "^&|<>calc",
    "%s%n%08x", "{{7*7}}", "${jndi:ldap://x}", "../../etc/passwd", "\U0001f600\u00e9", "x" * 300,
]


def escaped(name):
    """As a DN has it."""
    return "".join("\\%02x" % byte if chr(byte) in '\\,+"<>;=#\r\n\0 ' else chr(byte) for byte in name.encode("utf-8")) \
        if name.isascii() else re.sub(r'([\\,+"<>;=# \r\n])', lambda m: "\\%02x" % ord(m[1]), name)


def build(estate, golden):
    """`golden` is tests/golden/estate.py."""
    estate.pair()
    for number, name in enumerate(PAYLOADS):
        host = estate.host(f"P{number:02}", to=["cifs/" + name, f"{golden.MIGRATION}/{name}", name], dNSHostName=f"{name}.test",
                           operatingSystem=name, operatingSystemVersion=name, description=name, displayName=name,
                           servicePrincipalName=[f"{golden.MIGRATION}/{name}", f"HTTP/{name}:80", name])
        host["sAMAccountName"] = name + "$"
        estate.entries[f"CN={escaped(name)},CN=Computers,{golden.DOMAIN}"] = \
            estate.entries.pop(f"CN=P{number:02},CN=Computers,{golden.DOMAIN}")
    estate["HV01"]["msDS-AllowedToDelegateTo"] += ["cifs/" + name for name in PAYLOADS]
