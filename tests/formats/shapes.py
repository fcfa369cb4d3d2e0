"""Inputs of at most 1 MiB, each of a shape that costs as much as it can: of CPU, memory or output.

usage: shapes.py NAME DIR      one of them alone, for a profiler; prints how it is run
"""

import base64
import json
import re
import sqlite3
import struct
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE.parent / "exports"), str(HERE.parent / "growth")]
import adexplorer  # noqa: E402
import offline  # noqa: E402
import shards  # noqa: E402
from estates import Many  # noqa: E402
from offline import golden  # noqa: E402

MOST = 1 << 20
DOMAIN, CONFIG, SID = golden.DOMAIN, golden.CONFIG, golden.SID
SHAPES = {}


def shape(make):
    """A function that fills a folder, and returns the words of the command line."""
    SHAPES[make.__name__.replace("_", " ")] = make
    return make


def estate(build):
    """A shape of an export: `build` adds to an estate with a pair; the folder may get more."""
    def make(place):
        made = Many()
        made.pair()
        more = build(made) or {}
        (place / "estate.ldif").write_text(made.ldif("made for a test"))
        words = ["audit", "--ldif", place / "estate.ldif"]
        if "conf" in more:
            (place / "kcdaudit.conf").write_text(more["conf"])
            words += ["-c", place / "kcdaudit.conf"]
        if "sysvol" in more:
            for name, data in more["sysvol"].items():
                path = place / "sysvol" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            words += ["--sysvol", place / "sysvol"]
        return words + more.get("words", [])
    make.__name__ = build.__name__
    return shape(make)


# Names


@estate
def a_host_below_thousands_of_OUs(made):
    for i in range(15):
        name = f"DEEP{i}"
        made.host(name, ("HV01",))
        values = made.entries.pop(f"CN={name},CN=Computers,{DOMAIN}")
        made.entries[f"CN={name}," + "OU=a," * 12000 + DOMAIN] = values


@estate
def thousands_of_OUs_one_in_the_other(made):
    dn = DOMAIN
    for i in range(600):
        dn = f"OU=o,{dn}"
        made.add(dn, objectClass=["top", "organizationalUnit"], gPLink=f"[LDAP://cn={{{i:08}-0000-4000-8000-000000000000}},cn=policies,{DOMAIN};0]")
    made.host("DEEP")
    made.entries[f"CN=DEEP,{dn}"] = made.entries.pop(f"CN=DEEP,CN=Computers,{DOMAIN}")


@estate
def names_of_sixty_thousand_characters(made):
    for i in range(4):
        made.host(f"L{i}" + "x" * 60000, ("HV01",), spns=[f"cifs/L{i}" + "x" * 60000], dNSHostName=f"l{i}" + "y" * 60000)


@estate
def many_names_that_look_alike(made):
    zero = "\u200b\u200c\u200d\u2060\ufeff"
    made["HV01"]["servicePrincipalName"] += ["cifs/HV01" + "".join(zero[i // 5 ** k % 5] for k in range(7)) for i in range(15000)]


@estate
def many_hosts_that_look_alike(made):
    for i in range(1200):
        made.host("HV0" + "1I"[i & 1] + "".join("\u200b\u200c"[i >> k & 1] for k in range(1, 12)), spns=[f"cifs/hv01{chr(0x200b + i % 5)}"])


@estate
def people_of_one_name(made):
    for i in range(2500):
        made.user(f"u{i}", userPrincipalName="alice@contoso.test", displayName="Alice", servicePrincipalName=["HTTP/alice"])
    return {"words": ["--operator", "alice", "--operator", "Alice"]}


# SPNs and lists


@estate
def forty_thousand_SPNs_of_a_host(made):
    made["HV01"]["servicePrincipalName"] += [f"x/{i}" for i in range(33000)]


@estate
def two_hosts_with_the_same_SPNs(made):
    for name in ("HV01", "HV02"):
        made[name]["servicePrincipalName"] += [f"x/{i}" for i in range(16000)]


@estate
def two_hundred_hosts_with_the_same_SPNs(made):
    for i in range(200):
        made.host(f"D{i}", spns=[f"cifs/d{n}" for n in range(130)])


@estate
def a_list_of_forty_thousand(made):
    made["HV01"]["msDS-AllowedToDelegateTo"] = [f"cifs/x{i}" for i in range(22000)]


@estate
def a_list_of_all_hosts_from_all_hosts(made):
    names = [f"N{i}" for i in range(140)]
    for name in names:
        made.host(name, spns=[f"cifs/{name}"])
    for name in names:
        made[name]["msDS-AllowedToDelegateTo"] = [f"cifs/{other}" for other in names]


@estate
def services_that_all_delegate_to_all(made):
    names = [f"s{i}" for i in range(150)]
    for name in names:
        made.user(name, servicePrincipalName=[f"a/{name}"])
    for name in names:
        made[name]["msDS-AllowedToDelegateTo"] = [f"a/{other}" for other in names]
        made[name]["userAccountControl"] = 512 | golden.T2A4D


@estate
def hosts_in_a_row(made):
    """Of which each may act towards the next: all are one group."""
    for i in range(120):
        made.host(f"R{i}", [f"cifs/R{i + 1}"], spns=[f"cifs/R{i}", "Hyper-V Replica Service/x"])


@estate
def hosts_with_nothing(made):
    for i in range(1700):
        made.host(f"R{i}", [], spns=["Hyper-V Replica Service/x"])


@estate
def a_mapping_of_a_hundred_thousand_classes(made):
    made[f"Directory Service"]["sPNMappings"] = ["host=" + ",".join(f"a{k}{i}" for i in range(9000)) for k in range(15)]


# Groups, descriptors, policies


@estate
def groups_in_a_circle(made):
    names = [f"G{i}" for i in range(2500)]
    for name in names:
        made.group(name)
    for i, name in enumerate(names):
        made[name]["memberOf"] = [f"CN={names[(i + 1) % len(names)]},CN=Users,{DOMAIN}"]
    made["HV01"]["memberOf"] = [f"CN=G0,CN=Users,{DOMAIN}"]
    made["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = golden.descriptor(golden.ace(made.sid("G2400")))


@estate
def groups_that_are_all_in_all(made):
    names = [f"G{i}" for i in range(100)]
    for name in names:
        made.group(name)
    for name in names:
        made[name]["memberOf"] = [f"CN={other},CN=Users,{DOMAIN}" for other in names]
    for i in range(50):
        made.host(f"M{i}", ("HV01",), memberOf=[f"CN={names[i]},CN=Users,{DOMAIN}"])


@estate
def wide_descriptors(made):
    wide = golden.descriptor(*(golden.ace(f"{SID}-{5000 + i}", 0x20) for i in range(900)))
    for i in range(10):
        made.host(f"W{i}", ("HV01",), nTSecurityDescriptor=wide, **{"msDS-AllowedToActOnBehalfOfOtherIdentity": wide})


@estate
def a_descriptor_of_1700_trustees(made):
    """As many as a list of 64 KiB holds, each an account with an SPN."""
    names = [f"f{i}" for i in range(1700)]
    for name in names:
        made.user(name, servicePrincipalName=[f"HTTP/{name}"])
    made["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = golden.descriptor(*(golden.ace(made.sid(name)) for name in names))


@estate
def writers_of_every_host(made):
    writers = golden.descriptor(*(golden.ace(f"{SID}-{5000 + i}") for i in range(20)))
    for i in range(500):
        made.host(f"W{i}", [], spns=[f"cifs/W{i}"], nTSecurityDescriptor=writers)


@estate
def conditions_that_nest(made):
    condition = b"artx" + b"\xa2" * 30000
    one = golden.ace(f"{SID}-1101", kind=9, more=condition)
    for i in range(10):
        made.add(f"CN=P{i},CN=AuthN Policies,CN=AuthN Policy Configuration,CN=Services,{CONFIG}", objectClass=["top", "msDS-AuthNPolicy"],
                 **{"msDS-AuthNPolicyEnforced": "TRUE", "msDS-ComputerAllowedToAuthenticateTo": golden.descriptor(one),
                    "msDS-UserAllowedToAuthenticateFrom": golden.descriptor(one)})


@estate
def thousands_of_links(made):
    link = "".join(f"[LDAP://cn={{{i:08}-0000-4000-8000-000000000000}},cn=policies,cn=system,{DOMAIN};{i % 4}]" for i in range(600))
    for i in range(17):
        made.add(f"OU=L{i},{DOMAIN}", objectClass=["top", "organizationalUnit"], gPLink=link)
        made.host(f"L{i}")
        made.entries[f"CN=L{i},OU=L{i},{DOMAIN}"] = made.entries.pop(f"CN=L{i},CN=Computers,{DOMAIN}")


def policy(file, data):
    def build(made):
        guid = "{00000000-0000-4000-8000-000000000001}"
        made.add(f"CN={guid},CN=Policies,CN=System,{DOMAIN}", objectClass=["top", "container", "groupPolicyContainer"], displayName="P",
                 gPCFileSysPath=rf"\\contoso.test\sysvol\contoso.test\Policies\{guid}", flags=0, versionNumber=1,
                 gPCFunctionalityVersion=2, nTSecurityDescriptor=golden.descriptor(golden.ace("S-1-5-11", 0x20094)))
        made.entries[DOMAIN]["gPLink"] = f"[LDAP://cn={guid},cn=policies,cn=system,{DOMAIN};0]"
        return {"sysvol": {f"contoso.test/Policies/{guid}/Machine/{file}": data,
                           f"contoso.test/Policies/{guid}/GPT.INI": b"[General]\r\nVersion=1\r\n"}}
    return build


INF = "Microsoft/Windows NT/SecEdit/GptTmpl.inf"


@estate
def a_right_of_a_hundred_thousand(made):
    return policy(INF, ("[Unicode]\r\nUnicode=yes\r\n[Privilege Rights]\r\nSeNetworkLogonRight = " +
                        ",".join(f"*S-1-5-21-1-2-3-{i}" for i in range(40000))).encode())(made)


@estate
def a_hundred_thousand_rights(made):
    return policy(INF, ("[Unicode]\r\nUnicode=yes\r\n[Privilege Rights]\r\n" +
                        "".join(f"SeX{i} = a\r\n" for i in range(70000))).encode())(made)


@estate
def sections_of_a_template(made):
    return policy(INF, b"[Privilege Rights]\r\nSeDenyNetworkLogonRight = a\r\n" * 20000)(made)


@estate
def a_registry_of_a_million_bytes(made):
    def wide(text):
        return text.encode("utf-16-le")
    one = wide("[Software\\X\0;a\0;") + struct.pack("<I", 4) + wide(";") + struct.pack("<I", 4) + wide(";") + b"\1\0\0\0" + wide("]")
    return policy("Registry.pol", b"PReg\x01\0\0\0" + one * (MOST // 2 // len(one)))(made)


@estate
def trusts_to_thousands(made):
    for i in range(2000):
        made.add(f"CN=t{i}.test,CN=System,{DOMAIN}", objectClass=["top", "trustedDomain"], trustPartner=f"t{i}.test", flatName=f"T{i}",
                 trustDirection=3, trustType=2, trustAttributes=8, securityIdentifier=golden.sid_bytes(f"S-1-5-21-9-9-{i}"))


@estate
def copies_that_changed(made):
    for i in range(5):
        made[f"HV0{1 + i % 2}"].setdefault("msDS-ReplAttributeMetaData", []).extend(
            "<DS_REPL_ATTR_META_DATA><pszAttributeName>servicePrincipalName</pszAttributeName><dwVersion>1</dwVersion>"
            "<ftimeLastOriginatingChange>2026-11-21T05:00:00Z</ftimeLastOriginatingChange></DS_REPL_ATTR_META_DATA>" for _ in range(650))


@estate
def a_forest_trust_of_thousands_of_names(made):
    names = b"".join(struct.pack("<IIQB", 17 + len(name), 0, 0, 0) + struct.pack("<I", len(name)) + name
                     for name in (b"u%d.test" % i for i in range(20000)))
    made.add(f"CN=far.test,CN=System,{DOMAIN}", objectClass=["top", "trustedDomain"], trustPartner="far.test", flatName="FAR", trustDirection=3,
             trustType=2, trustAttributes=8, securityIdentifier=golden.sid_bytes("S-1-5-21-9-9-9"),
             **{"msDS-TrustForestTrustInfo": struct.pack("<II", 1, 20000) + names})


@estate
def managed_accounts_that_thousands_may_use(made):
    wide = golden.descriptor(*(golden.ace(f"{SID}-{5000 + i}", 0x20) for i in range(1700)))
    for i in range(8):
        made.user(f"gmsa{i}$", servicePrincipalName=[f"HTTP/g{i}"], **{"msDS-GroupMSAMembership": wide, "msDS-AllowedToDelegateTo": ["cifs/HV02"]})
        made[f"gmsa{i}$"]["objectClass"] += ["computer", "msDS-GroupManagedServiceAccount"]


@estate
def many_policies_and_silos(made):
    """Each account has one of each, each silo all accounts."""
    place = f"CN=AuthN Policy Configuration,CN=Services,{CONFIG}"
    names = [f"s{i}" for i in range(75)]
    members = [f"CN={name},CN=Users,{DOMAIN}" for name in names]
    for i, name in enumerate(names):
        policy_dn, silo = f"CN=P{i},CN=AuthN Policies,{place}", f"CN=S{i},CN=AuthN Silos,{place}"
        who = golden.descriptor(*(golden.ace(f"{SID}-{5000 + n}", 0x100) for n in range(60)))
        made.add(policy_dn, objectClass=["top", "msDS-AuthNPolicy"], **{"msDS-AuthNPolicyEnforced": "TRUE", "msDS-UserAllowedToAuthenticateTo": who,
                                                                       "msDS-ComputerAllowedToAuthenticateTo": who})
        made.add(silo, objectClass=["top", "msDS-AuthNPolicySilo"], **{"msDS-AuthNPolicySiloEnforced": "TRUE", "msDS-AuthNPolicySiloMembers": members,
                                                                      "msDS-UserAuthNPolicy": policy_dn})
        made.user(name, servicePrincipalName=[f"HTTP/{name}"], **{"msDS-AllowedToDelegateTo": ["cifs/HV02"], "msDS-AssignedAuthNPolicySilo": silo,
                                                                  "msDS-AssignedAuthNPolicy": policy_dn})


@estate
def an_operator_in_thousands_of_groups(made):
    for i in range(2000):
        made.group(f"G{i}")
    made.user("alice", memberOf=[f"CN=G{i},CN=Users,{DOMAIN}" for i in range(2000)], sIDHistory=[golden.sid_bytes(f"S-1-5-21-8-8-8-{i}") for i in range(4000)])
    return {"words": ["--operator", "alice"]}


@estate
def metadata_of_thousands_of_attributes(made):
    blob = struct.pack("<QQ", 1, 4096) + struct.pack("<IIQ16sQQ", 9, 1, 13400000000, b"\0" * 16, 1, 1) * 4096
    for i in range(3):
        made.host(f"M{i}", replPropertyMetaData=blob)


@estate
def sites_by_the_thousand(made):
    for i in range(3000):
        made.add(f"CN=S{i},CN=Sites,{CONFIG}", objectClass=["top", "site"], gPLink=f"[LDAP://cn={{{i:08}-0000-4000-8000-000000000000}},cn=policies,cn=system,{DOMAIN};0]")


@estate
def partitions_by_the_thousand(made):
    for i in range(3000):
        made.add(f"CN=D{i},CN=Partitions,{CONFIG}", objectClass=["top", "crossRef"], nCName=f"DC=d{i},{DOMAIN}", dnsRoot=f"d{i}.contoso.test", nETBIOSName=f"D{i}",
                 systemFlags=3)


@estate
def policies_by_the_thousand(made):
    """Each linked to the domain, each with a file."""
    found, links = {}, ""
    for i in range(700):
        guid = f"{{{i:08}-0000-4000-8000-000000000001}}"
        made.add(f"CN={guid},CN=Policies,CN=System,{DOMAIN}", objectClass=["top", "container", "groupPolicyContainer"], displayName=f"P{i}",
                 gPCFileSysPath=rf"\\contoso.test\sysvol\contoso.test\Policies\{guid}", flags=0, versionNumber=1, gPCFunctionalityVersion=2,
                 nTSecurityDescriptor=golden.descriptor(golden.ace("S-1-5-11", 0x20094)))
        links += f"[LDAP://cn={guid},cn=policies,cn=system,{DOMAIN};0]"
        found[f"contoso.test/Policies/{guid}/Machine/{INF}"] = b"[Privilege Rights]\r\nSeNetworkLogonRight = *S-1-5-32-544\r\n"
    made.entries[DOMAIN]["gPLink"] = links
    return {"sysvol": found}


@estate
def a_policy_that_filters_by_thousands(made):
    found = policy(INF, b"[Privilege Rights]\r\nSeNetworkLogonRight = *S-1-5-32-544\r\n")(made)
    wide = golden.descriptor(*(golden.ace(f"{SID}-{5000 + i}", 0x20094, deny=i % 2) for i in range(1700)))
    made.entries[f"CN={{00000000-0000-4000-8000-000000000001}},CN=Policies,CN=System,{DOMAIN}"]["nTSecurityDescriptor"] = wide
    for i in range(200):
        made.host(f"F{i}", [], spns=[f"cifs/F{i}"])
    return found


# LDIF as such


def ldif(text):
    def make(place):
        (place / "estate.ldif").write_bytes(text())
        return ["audit", "--ldif", place / "estate.ldif"]
    return make


# A group whose list came as one value.
JOINED = b"dn: DC=a\nobjectClass: domainDNS\n\ndn: CN=G,DC=a\nobjectClass: group\n%s:: %s\n"


LDIF = {
    "lines that go on": lambda: b"dn: CN=a\nservicePrincipalName: x" + b"\n x" * 340000 + b"\n",
    "a line of a million characters": lambda: b"dn: " + b"CN=a," * 200000 + b"\n",
    "records of nothing": lambda: b"dn: DC=a\n\n" * 100000,
    "a record of all attributes": lambda: b"dn: DC=a\n" + b"".join(b"a%d: x\n" % i for i in range(90000)),
    "a value a line": lambda: b"dn: DC=a\nobjectClass: computer\n" + b"member: x\n" * 100000,
    "options without an end": lambda: b"dn: DC=a\n" + b"member" + b";x" * 400000 + b": y\n",
    "comments": lambda: b"#\n" * 500000,
    "comments that go on": lambda: b"# x" + b"\n x" * 340000,
    "empty lines": lambda: b"\n" * 1000000,
    "broken base64": lambda: b"dn: DC=a\n" + b"objectSid:: ====\n" * 60000,
    "line breaks in a member": lambda: JOINED % (b"member", base64.b64encode(b"CN=a" + b"\n" * 700000)),
    "members in one value": lambda: JOINED % (b"member", base64.b64encode(b"CN=a;" + b"=;a" * 230000)),
    "SPNs in one value": lambda: JOINED % (b"servicePrincipalName", base64.b64encode(b"a/b;" * 175000)),
    "zeros": lambda: b"\0" * 1000000,
    "lines of what was asked": lambda: b"".join(b"# requesting: a%d b c\ndn: CN=a%d,DC=a\nsAMAccountName: a%d\n\n" % (i, i, i) for i in range(14000)),
    "accounts of nothing": lambda: b"dn: DC=a\nobjectClass: domainDNS\n\n" + b"".join(b"dn: CN=%d,DC=a\nsAMAccountName: %d$\n\n" % (i, i) for i in range(20000)),
    "one account again and again": lambda: b"dn: DC=a\nobjectClass: domainDNS\n\n" + b"dn: CN=a,DC=a\nsAMAccountName: a$\n\n" * 24000,
    "UTF-16": lambda: ("\ufeffdn: DC=a\nobjectClass: domainDNS\n\n" + "".join(f"dn: CN={i},DC=a\nsAMAccountName: {i}$\n\n" for i in range(12000))).encode("utf-16-le"),
    "changes": lambda: b"dn: CN=a,DC=a\nchangetype: modify\nadd: member\nmember: x\n-\n\n" * 16000,
    "values elsewhere": lambda: b"dn: DC=a\n" + b"member:< file:///etc/passwd\n" * 35000,
    "tables of columns": lambda: b"DN," + b"a," * 200000 + b"\n" + b"x,\n" * 200000,
}
for name, text in LDIF.items():
    SHAPES[name] = ldif(text)


def explorer(data):
    def make(place):
        (place / "a.dat").write_bytes(data())
        return ["audit", "--ldif", place / "a.dat"]
    return make


def shared_values(objects, attributes):
    """All objects have the same values, which stand once."""
    base = adexplorer.snapshot("dn: DC=a\nservicePrincipalName: x\n")
    count, properties, table = struct.unpack_from("<III", base, 1062)
    head, tail = base[:0x43E], base[table:]
    text = "cifs/x".encode("utf-16-le") + b"\0\0"
    values = 40000
    blob = struct.pack("<I", values) + struct.pack("<I", 4 + 4 * values) * values + text
    body = b""
    size = 8 + 8 * attributes
    for i in range(objects):
        at = objects * size - i * size
        body += struct.pack("<II", size, attributes) + struct.pack("<Ii", 0, at) * attributes
    body += blob
    place = 0x43E + len(body)
    return head[:1062] + struct.pack("<6I", objects, properties, place, 0, place + len(tail), 0) + head[1086:] + body + tail


SHAPES["objects of AD Explorer that share values"] = explorer(lambda: shared_values(20000, 1))
SHAPES["an object of AD Explorer with one value a hundred times"] = explorer(lambda: shared_values(10, 9000))
SHAPES["AD Explorer with a hundred thousand objects"] = explorer(
    lambda: adexplorer.snapshot("".join(f"dn: DC={i}\n\n" for i in range(25000))))


# The configuration


def configured(text, hosts=60, words=()):
    def make(place):
        made = Many()
        for i in range(hosts):
            made.host(f"HV{i:03}", [], spns=[f"cifs/HV{i:03}"])
        (place / "estate.ldif").write_text(made.ldif("made for a test"))
        (place / "kcdaudit.conf").write_text(text)
        assert len(text) <= MOST
        return ["audit", "--ldif", place / "estate.ldif", "-c", place / "kcdaudit.conf", *words]
    return make


CONFIGURED = {
    "thousands of groups of some": "".join(f"[group g{i}]\nhosts=HV00*\n" for i in range(4000)),
    "thousands of groups by a slow pattern": "".join(f"[group g{i}]\nhosts={'*a' * 100}*b\n" for i in range(4000)),
    "a group of a hundred thousand names": "[group g]\nhosts=" + ";".join(f"x{i}" for i in range(120000)) + "\n",
    "a group of ten thousand patterns": "[group g]\nhosts=" + ";".join(f"H*{i}*" for i in range(100000)) + "\n",
    "delegations by the thousand": "".join(f"[delegation d{i}]\nfrom=HV*\nto=cifs/HV*\n" for i in range(20000)),
    "delegations that each name all": "".join(f"[delegation d{i}]\nfrom=HV*\nto=" + ";".join(f"cifs/HV{n:03}" for n in range(60)) + "\n"
                                              for i in range(1000)),
    "a delegation of all to a hundred thousand": "[delegation d]\nfrom=HV*\nto=" + ";".join(f"x/y{i}" for i in range(100000)) + "\n",
    "waivers by the thousand": "".join(f"[waive w{i}]\nrule=DEL-01\nsubject=*\nreason=r\nuntil=2099-01-01\n" for i in range(14000)),
    "operators by the thousand": "[operators]\nusers=" + ";".join(f"u{i}" for i in range(100000)) + "\n",
    "keys by the thousand": "[group g]\n" + "hosts=HV*\n" * 80000,
    "a line of a million": "[group g]\nhosts=" + "H" * 1000000 + "\n",
    "sections without an end": "[" * 1000000,
    "groups by membership": "".join(f"[group g{i}]\nhosts_member_of=CN=G{i},DC=contoso,DC=test\n" for i in range(4000)),
    "groups in OUs": "".join(f"[group g{i}]\nhosts_in=OU=G{i},DC=contoso,DC=test\n" for i in range(4000)),
    "delegations from groups": "".join(f"[delegation d{i}]\nfrom_member_of=CN=G{i},DC=contoso,DC=test\nto=cifs/HV*\n" for i in range(9000)),
    "delegations to names that nobody has": "".join(f"[delegation d{i}]\nfrom=HV01*\nto=x{i}/nobody{i}\n" for i in range(2500)),
    "comments": "# x\n" * 250000,
    "waivers by pattern": "".join(f"[waive w{i}]\nrule=*\nsubject=*a*b*c*{i}\nreason=r\nuntil=2099-01-01\n" for i in range(12000)),
    "workloads by the thousand": "".join(f"[delegation d{i}]\nworkload=live-migration\nfrom=HV*\nto=HV*\n" for i in range(4000)),
}
for name, text in CONFIGURED.items():
    SHAPES[name] = configured(text)


# Facts, tables, queries


def facts(text):
    def make(place):
        (place / "facts").mkdir()
        (place / "facts/HV01.json").write_text(text())
        return [*offline.arguments(offline.FIXTURES / "facts-ready")[:3], "--facts", place / "facts"]
    return make


def real_facts(**more):
    def text():
        read = json.loads((offline.FIXTURES / "facts-ready/facts/HV01.json").read_text())
        return json.dumps({**read, **more})
    return facts(text)


SHAPES["facts that nest"] = facts(lambda: "[" * 1000000)
SHAPES["facts that nest to the end"] = facts(lambda: "[" * 500000 + "]" * 500000)
SHAPES["facts of objects in objects"] = facts(lambda: '{"a":' * 150000)
SHAPES["facts of many keys"] = facts(lambda: "{" + ",".join(f'"k{i}":1' for i in range(70000)) + "}")
SHAPES["facts of a number"] = facts(lambda: "1" * 1000000)
SHAPES["facts of groups"] = real_facts(groups={"list": [{"sid": f"S-1-5-32-{i}", "name": "x", "members": [
    {"sid": f"S-1-5-21-1-1-1-{n}", "name": "y"} for n in range(40)]} for i in range(400)]})
SHAPES["facts of addresses"] = real_facts(addresses={"list": [f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}/24" for i in range(50000)]})


def facts_of_thousands(place):
    made = Many()
    (place / "facts").mkdir()
    for i in range(350):
        made.host(f"HV{i:03}", [], spns=[f"cifs/HV{i:03}"])
    real = json.loads((offline.FIXTURES / "facts-ready/facts/HV01.json").read_text())
    for i in range(250):
        small = {**real, "host": {**real["host"], "name": f"HV{i:03}", "fqdn": f"hv{i:03}.contoso.test"}}
        (place / f"facts/HV{i:03}.json").write_text(json.dumps({**small, "groups": {"list": []}}))
    (place / "estate.ldif").write_text(made.ldif("made for a test"))
    return ["audit", "--ldif", place / "estate.ldif", "--facts", place / "facts"]


SHAPES["facts of many hosts"] = facts_of_thousands
SHAPES["facts of rights"] = real_facts(rights={"list": [{"right": f"SeX{i}", "members": []} for i in range(20000)]})
SHAPES["facts of what was not read"] = real_facts(unread={"list": [{"fact": f"x{i}", "why": "y"} for i in range(5000)]})
SHAPES["facts of networks"] = real_facts(hyperv={"networks": [f"10.{i >> 8}.{i & 255}.0/24" for i in range(5000)]})


def sharded(text):
    """What `merge` is given as the file of a shard."""
    def make(place):
        (place / "shard-00000-of-00001.json").write_text(text())
        return ["merge", place / "shard-00000-of-00001.json", "--run-id", "r", *night_of(offline.FIXTURES / "ready"), "--no-history"]
    return make


def night_of(case):
    """As its shards were given it."""
    return ["--ldif", case / "estate.ldif", "-c", case / "kcdaudit.conf" if (case / "kcdaudit.conf").exists() else "/dev/null"]


def shard_of(**more):
    """One that is right but for what it brings."""
    def text():
        with tempfile.TemporaryDirectory() as place:
            night = shards.Place(Path(place), offline.FIXTURES / "ready")
            night.shard(0, 1, Path(place, "out"), run_id="r")
            read = json.loads(next(Path(place, "out").iterdir()).read_text())
        return json.dumps({**read, **more})
    return sharded(text)


SHAPES["a shard that nests"] = sharded(lambda: '{"a":' * 200000)
SHAPES["a shard of many keys"] = sharded(lambda: "{" + ",".join(f'"k{i}":1' for i in range(70000)) + "}")
SHAPES["a shard of tickets"] = shard_of(tickets=[{"spn": f"a/b{i}", "granted": True} for i in range(20000)])
SHAPES["a shard of one ticket again and again"] = shard_of(tickets=[{"spn": "a/b", "granted": False, "error": "x"}] * 18000)
SHAPES["a shard of gaps"] = shard_of(gaps=[{"what": f"x{i}", "why": "y"} for i in range(25000)])
SHAPES["a shard of proofs"] = shard_of(proofs=[{"source": "HV01", "user": f"u{i}", "results": []} for i in range(15000)])


def diagnosed(text, *words):
    def make(place):
        (place / "pasted").write_bytes(text() if callable(text) else text)
        return ["diagnose", "-", *words, {"stdin": place / "pasted"}]
    return make


PASTED = {
    "codes": b"0x8009030E " * 90000,
    "numbers": b" ".join(b"%d" % i for i in range(150000)),
    "digits": b"1" * 1000000,
    "hosts": b" ".join(b"hv%d.contoso.test" % i for i in range(50000)),
    "SPNs": b" ".join(b"cifs/hv%d.contoso.test" % i for i in range(40000)),
    "quotes": b"\"'" * 500000,
    "brackets": b"[{(<" * 250000,
    "a word": b"a" * 1000000,
    "dots": b"a." * 500000,
    "slashes": b"a/" * 500000,
    "blanks": b" " * 1000000,
    "colons": b"a: " * 330000,
    "equals": b"CN=a," * 200000,
    "lines": b"a\n" * 500000,
    "setspn": b"".join(b"Registered ServicePrincipalNames for CN=HV%d,DC=a:\n\tcifs/hv%d\n" % (i, i) for i in range(14000)),
    "a setspn of one": b"Registered ServicePrincipalNames for CN=HV01,DC=a:\n" + b"".join(b"\tcifs/hv%d\n" % i for i in range(70000)),
    "klist": b"".join(b"#%d>\tClient: a @ B\n\tServer: cifs/hv%d @ B\n\tTicket Flags 0x40a10000 -> forwardable\n" % (i, i) for i in range(12000)),
    "objects": b"".join(b"DistinguishedName : CN=HV%d,DC=a\nName : HV%d\nServicePrincipalName : {cifs/hv%d, a/b}\n\n" % (i, i, i) for i in range(11000)),
    "json": b'[{"Name":"HV01","ServicePrincipalName":["' + b'","'.join(b"cifs/hv%d" % i for i in range(70000)) + b'"]}]',
    "json that nests": b'{"a":[' * 160000,
    "prompts": b"PS C:\\> setspn -L HV01\n" * 40000,
    "utf-16": "\ufeff".encode("utf-16-le") + "0x8009030E ".encode("utf-16-le") * 45000,
    "escapes": b"\x1b[31m" * 200000,
    "no text": bytes(range(256)) * 4096,
    "labels": b"Error code: 0x8009030E Event ID: 21502 " * 25000,
    "symbols": b"SEC_E_NO_CREDENTIALS " * 48000,
    "symbols that nobody knows": b"".join(b"SEC_E_X%d " % i for i in range(70000)),
    "sentences": b"it fails. " * 100000,
    "shares": b"".join(b"\\\\fs%d\\x " % i for i in range(80000)),
    "accounts of people": b"".join(b"CONTOSO\\HV%d$ " % i for i in range(60000)),
    "tables": b"Name DNSHostName Enabled\n---- ----------- -------\n" + b"".join(b"HV%d hv%d.a.b True\n" % (i, i) for i in range(40000)),
    "a table of many columns": b"a " * 160000 + b"\n" + b"- " * 160000 + b"\n" + b"x " * 160000,
    "whoami": b"C:\\> whoami /groups\n" + b"CONTOSO\\G  Group  S-1-5-21-1-2-3-525  Mandatory group\n" * 18000,
    "nltest": b"C:\\> nltest /sc_query:a.b\nFlags: 30 HAS_IP\nTrusted DC Name \\\\dc1.a.b\n" * 12000,
    "Test-WSMan": b"PS C:\\> Test-WSMan HV02\nwsmid : http://schemas.dmtf.org/wbem\nProductVendor : Microsoft Corporation\n" * 8000,
    "Get-VMHost": b"".join(b"Name : HV%d\nVirtualMachineMigrationEnabled : True\nVirtualMachineMigrationAuthenticationType : Kerberos\n\n" % i for i in range(9000)),
    "Win32_DeviceGuard": b"PS C:\\> Get-CimInstance Win32_DeviceGuard\nSecurityServicesRunning : {1, 2}\nVirtualizationBasedSecurityStatus : 2\n\n" * 7000,
    "values alone": b"PS C:\\> Get-ADComputer HV01 -Properties * | Select-Object -ExpandProperty msDS-AllowedToDelegateTo\n" + b"".join(b"cifs/h%d\n" % i for i in range(80000)),
    "groups alone": b"PS C:\\> Get-ADComputer HV01 -Properties * | Select-Object -ExpandProperty memberOf\n" + b"".join(b"CN=G%d,DC=a,DC=b\n" % i for i in range(50000)),
    "duplicate SPNs": b"".join(b"cifs/h%d is registered on these accounts:\n\tCN=A%d,DC=a\n\tCN=B%d,DC=a\n\n" % (i, i, i) for i in range(11000)),
    "an account's lines": b"SamAccountName : HV01$\n" + b"".join(b"a%d : x\n" % i for i in range(80000)),
    "one line's values": b"SamAccountName : HV01$\nServicePrincipalName : {" + b", ".join(b"a/b%d" % i for i in range(80000)) + b"}\n",
    "json of accounts": b"[" + b",".join(b'{"SamAccountName":"HV%d$","ServicePrincipalName":["cifs/hv%d"]}' % (i, i) for i in range(14000)) + b"]",
    "json of hosts": b"[" + b",".join(b'{"Name":"HV%d","VirtualMachineMigrationEnabled":true}' % i for i in range(17000)) + b"]",
    "events as XML": b"<Event><EventData><Data Name='ServiceName'>cifs/hv01</Data><Data Name='Status'>0xd</Data></EventData></Event>" * 8500,
    "elements that nest": b"<a>" * 330000,
    "labels that follow one another": b"Account Name: Service Name: Failure Code: " * 23000,
    "marks of quoting": b"> > > > > x\n" * 80000,
    "unicode": ("\u0430\u0301" * 250000).encode(),
    "breaks that JSON writes": b"0x8009030E " + b"\\r\\n" * 260000,
    "tabs that JSON writes": b"0x8009030E " + b"\\r\\n\\t" * 170000,
    "answers": b"0x8009030E " + b"turned out " * 95000,
    "sides": b"0x8009030E " + b"source hv1 target hv2 " * 47000,
    "entries": b"0x8009030E\n" + b"dn: CN=a\n" * 115000,
    "folded lines": b"0x8009030E\ndn: CN=a,DC=b\nsAMAccountName: a\n" + b"cn: x\n y\n" * 110000,
}
for name, text in PASTED.items():
    SHAPES[f"a paste of {name}"] = diagnosed(text)


def words(*argv):
    return lambda place: list(argv)


def table(text):
    def make(place):
        (place / "tables").mkdir()
        (place / "tables/a.table").write_text(text())
        return ["diagnose", "0x8009030E", "--table", place / "tables"]
    return make


SHAPES["a table of causes"] = table(lambda: "".join(f"cause: c{i}\ntitle: t\nlook: l\nfix: f\n\n" for i in range(20000)))
SHAPES["a table of one line"] = table(lambda: "cause: " + "x" * 1000000)
SHAPES["a table of keys"] = table(lambda: "cause: x\n" + "look: y\n" * 120000)


def queries(text):
    def make(place):
        (place / "queries").mkdir()
        (place / "queries/hosts.ldap").write_text(text)
        return ["audit", "--ldif", offline.DEMO / "estate.ldif", "--queries", place / "queries"]
    return make


SHAPES["a table of entries"] = table(lambda: "cause: c\ntitle: t\nlook: l\nfix: f\n\n" + "".join(f"error: 0x{i:08x}\nmeaning: m\ncause: c likely\n\n" for i in range(20000)))
SHAPES["a table of phrases"] = table(lambda: "error: x\n" + "".join(f"phrase: a b c {i}\n" for i in range(45000)))
SHAPES["a query of placeholders"] = queries("base: {domain}\nscope: sub\nfilter: (|" + "(a={domain})" * 4500 + ")\nattributes: cn\n")
SHAPES["a query that nests"] = queries("base: {domain}\nscope: sub\nfilter: " + "(&" * 30000 + "\nattributes: cn\n")
SHAPES["a query of all attributes"] = queries("base: {domain}\nscope: sub\nfilter: (a=b)\nattributes: " + "cn " * 20000 + "\n")


# The history


def history(script):
    def make(place):
        path = place / "history.sqlite"
        offline.run("audit", "--ldif", offline.DEMO / "estate.ldif", "-c", "/dev/null", "-q", "--history", path, "-f", "nagios")
        db = sqlite3.connect(path)
        tables = [name for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
        script(db, tables)
        db.commit()
        db.close()
        return ["history", "--history", path]
    return make


def instead(db, tables):
    """Views without an end in place of the tables."""
    for name in tables:
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
        db.execute(f"PRAGMA foreign_keys = off")
        db.execute(f"DROP TABLE {name}")
        one = ", ".join(f"x AS \"{column}\"" for column in columns)
        db.execute(f"CREATE VIEW {name} AS WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT {one} FROM r")


def triggers(db, tables):
    for name in tables:
        db.execute(f"CREATE TRIGGER t_{name} AFTER INSERT ON {name} BEGIN SELECT count(*) FROM "
                   "(WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x FROM r); END")


SHAPES["a history of views without an end"] = history(instead)


def triggered(place):
    history(triggers)(place)
    return ["audit", "--ldif", offline.DEMO / "estate.ldif", "--history", place / "history.sqlite"]


SHAPES["a history with triggers without an end"] = triggered


def size_of(place):
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


if __name__ == "__main__":
    target = Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    print(*SHAPES[sys.argv[1]](target))
