"""What stands twice in exports: of two values the newer entry's counts, and what cannot be decided is not determined."""

import base64
import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
WHOLE = re.sub(r"\n ", "", (HERE / "05a-domain.ldf").read_text() + "\n" + (HERE / "05b-configuration.ldf").read_text())
HV01, HV02 = ("CN=HV0%d,CN=Computers,DC=contoso,DC=test" % number for number in (1, 2))


def entry(dn):
    return re.search(rf"(?m)^dn: {re.escape(dn)}\n(?:.+\n)+", WHOLE)[0]


def changed(text, day):
    return re.sub(r"(?m)^whenChanged: .*$", f"whenChanged: {day}120000.0Z", text)


def lines(text, keep):
    """The entry with those lines alone that are wanted, and its DN."""
    return "".join(line + "\n" for line in text.splitlines() if line.startswith("dn:") or keep(line))


TWO = ("HV01", "HV02")
# What the export lacks by itself.
LACKS = ("authentication policies and silos", "trusts of contoso.test", "msDS-AllowedToActOnBehalfOfOtherIdentity")


def audit(tmp_path, *texts, hosts=TWO):
    argv = [os.environ["KCDAUDIT"], "audit", "-f", "json", "-c", os.devnull, "--no-history", "--all-pairs"]
    for number, text in enumerate(texts):
        file = tmp_path / f"{number}.ldf"
        file.write_text(text)
        argv += ["--ldif", file]
    for host in hosts:
        argv += ["--host", host]
    done = subprocess.run(argv, capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
    assert done.returncode in (0, 1, 3), done
    found = json.loads(done.stdout)
    pairs = {pair["source"] + ">" + pair["target"]: pair["verdict"] for pair in found["pairs"]}
    return pairs, {gap["what"]: gap["why"] for gap in found["run"]["gaps"] if gap["what"] not in LACKS}


DISABLED = entry(HV02).replace("userAccountControl: 16781312", "userAccountControl: 16781314")
KERBEROS_ONLY = entry(HV02).replace("userAccountControl: 16781312", "userAccountControl: 4096")
WITHOUT_LIST = lines(entry(HV02), lambda line: "ToDelegateTo" not in line)
FEWER_SPNS = lines(entry(HV02), lambda line: "Migration Service/HV02" not in line)
# A second entry of HV02, what of it differs, and the pair that hangs on that.
DIFFERING = {
    "disabled": (DISABLED, "userAccountControl", "HV02>HV01"),
    "Kerberos alone": (KERBEROS_ONLY, "userAccountControl", "HV02>HV01"),
    "no list": (WITHOUT_LIST, "msDS-AllowedToDelegateTo", "HV02>HV01"),
    "fewer SPNs": (FEWER_SPNS, "servicePrincipalName", "HV01>HV02"),
    "another case of the DN": (DISABLED.replace(f"dn: {HV02}", f"dn: {HV02.upper()}"), "userAccountControl", "HV02>HV01"),
}


@pytest.mark.parametrize("apart", [False, True], ids=["in one file", "in two files"])
@pytest.mark.parametrize("first", [False, True], ids=["second", "first"])
@pytest.mark.parametrize("what", DIFFERING)
def test_what_differs_and_is_of_one_time_is_not_known(tmp_path, what, first, apart):
    other, attribute, pair = DIFFERING[what]
    if first:
        texts = (other + "\n", WHOLE)
    else:
        texts = (WHOLE, other)
    if apart and attribute == "msDS-AllowedToDelegateTo":
        return  # a file of one host without it was perhaps exported without
    pairs, gaps = audit(tmp_path, *(texts if apart else ("\n".join(texts),)))
    assert pairs[pair] == "unknown", pairs
    [(named, why)] = gaps.items()
    assert named.lower() == f"{attribute} of {HV02}".lower() and "whenChanged" in why


@pytest.mark.parametrize("what", ["disabled", "Kerberos alone", "no list", "fewer SPNs"])
def test_the_newer_entry_counts(tmp_path, what):
    newer, _, pair = DIFFERING[what]
    newer = changed(newer, "20261120")
    for texts in ((WHOLE + "\n" + newer,), (newer + "\n" + WHOLE,)):
        pairs, gaps = audit(tmp_path, *texts)
        assert pairs[pair] in ("broken", "degraded") and not gaps, (pairs, gaps)
    older = changed(DIFFERING[what][0], "20261101")
    for texts in ((WHOLE + "\n" + older,), (older + "\n" + WHOLE,)):
        pairs, gaps = audit(tmp_path, *texts)
        assert set(pairs.values()) == {"ready"} and not gaps, (pairs, gaps)


def test_the_newest_of_three_settles_what_two_left_open(tmp_path):
    pairs, gaps = audit(tmp_path, WHOLE, DISABLED, changed(entry(HV02), "20261121"))
    assert set(pairs.values()) == {"ready"} and not gaps, (pairs, gaps)


def shuffled(text):
    head, *rest = text.splitlines()
    return "\n".join([head, *reversed(rest)]) + "\n"


@pytest.mark.parametrize("again", [
    entry(HV02), shuffled(entry(HV02)),
    re.sub("(?m)^lastLogonTimestamp: .*$", "lastLogonTimestamp: 134392190000000000", entry(HV02)),
    lines(entry(HV02), lambda line: line.startswith(("objectClass", "sAMAccountName", "servicePrincipalName")))],
    ids=["the same", "in another order", "another logon", "a part"])
def test_what_says_the_same_is_quiet(tmp_path, again):
    for texts in ((WHOLE, again), (again, WHOLE), (WHOLE + "\n" + again,)):
        pairs, gaps = audit(tmp_path, *texts)
        assert set(pairs.values()) == {"ready"} and not gaps, (pairs, gaps)


def test_other_attributes_of_one_entry_are_put_together(tmp_path):
    lists = lines(entry(HV02), lambda line: line.startswith(("objectClass", "msDS-AllowedToDelegateTo")))
    rest = WHOLE.replace(entry(HV02), lines(entry(HV02), lambda line: "ToDelegateTo" not in line))
    for texts in ((rest, lists), (lists, rest)):
        pairs, gaps = audit(tmp_path, *texts)
        assert set(pairs.values()) == {"ready"} and not gaps, (pairs, gaps)


def test_of_very_many_some_are_named(tmp_path):
    user = "dn: CN=u%d,CN=Users,DC=contoso,DC=test\nobjectClass: user\nsAMAccountName: u%d\nuserAccountControl: %d\n\n"
    texts = ["".join(user % (number, number, flags) for number in range(50)) for flags in (512, 514)]
    _, gaps = audit(tmp_path, WHOLE + "\n" + texts[0], texts[1])
    assert len(gaps) == 21 and "userAccountControl of 30 more accounts" in gaps


# The Global Catalog, which shows membership in universal groups alone


CHILD = "DC=child,DC=contoso,DC=test"
OWN_ALONE = ("pwdLastSet", "operatingSystem", "operatingSystemVersion", "msDS-SupportedEncryptionTypes", "msDS-AllowedToDelegateTo",
             "msDS-AllowedToActOnBehalfOfOtherIdentity", "member")


def in_catalog(text):
    """As port 3268 answers: a part of the attributes."""
    return "".join(line + "\n" for line in text.split("\n") if line.split(":")[0] not in OWN_ALONE)


def groups(text, *names):
    return text.rstrip("\n") + "\n" + "".join(f"memberOf: CN={name},CN=Users,DC=contoso,DC=test\n" for name in names)


def with_host(text):
    return WHOLE.replace(entry(HV02), text)


@pytest.mark.parametrize("order", ["catalog first", "catalog last"])
def test_the_catalogs_part_of_memberships_gives_way_to_the_domains_own(tmp_path, order):
    own = with_host(groups(entry(HV02), "Protected Users", "All Hosts"))
    catalog = in_catalog(with_host(groups(entry(HV02), "All Hosts")))
    pairs, gaps = audit(tmp_path, *((catalog, own) if order == "catalog first" else (own, catalog)))
    assert pairs["HV02>HV01"] == "degraded" and not [gap for gap in gaps if "memberOf" in gap], (pairs, gaps)


def test_what_the_catalog_shows_of_its_domain_and_the_domain_does_not_is_not_known(tmp_path):
    own, catalog = with_host(groups(entry(HV02), "All Hosts")), in_catalog(with_host(groups(entry(HV02), "All Hosts", "Protected Users")))
    for texts in ((own, catalog), (catalog, own)):
        pairs, gaps = audit(tmp_path, *texts)
        assert pairs["HV02>HV01"] == "unknown" and f"memberOf of {HV02}" in gaps, (pairs, gaps)


def test_universal_groups_of_another_domain_are_added(tmp_path):
    far = f"CN=Movers,CN=Users,{CHILD}"
    own = with_host(groups(entry(HV02), "All Hosts"))
    catalog = in_catalog(with_host(groups(entry(HV02), "All Hosts") + f"memberOf: {far}\n"))
    for texts in ((own, catalog), (catalog, own)):
        pairs, gaps = audit(tmp_path, *texts)
        assert pairs["HV02>HV01"] == "unknown" and not gaps, (pairs, gaps)  # nobody knows where that group is


# What was deleted


GUID = "6d4f5d0e-1111-2222-3333-444455556666"
DELETED = {
    "by its name": f"CN=HV02\\0ADEL:{GUID},CN=Deleted Objects,DC=contoso,DC=test",
    "by its name, in base64": None,
    "by its container": "CN=HV02,CN=deleted objects,DC=contoso,DC=test",
    "recycled": "CN=HV02-OLD,CN=Computers,DC=contoso,DC=test",
}


@pytest.mark.parametrize("what", DELETED)
def test_deleted_objects_are_nobody(tmp_path, what):
    dn = DELETED[what]
    name = f"dn: {dn}" if dn else "dn:: " + base64.b64encode(f"CN=HV02\nDEL:{GUID},CN=Deleted Objects,DC=contoso,DC=test".encode()).decode()
    gone = entry(HV02).replace(f"dn: {HV02}", name).replace("TgQAAA==", "zwcAAA==")  # another RID
    if what == "recycled":
        gone += "isRecycled: TRUE\n"
    for hosts in ((), TWO):
        pairs, gaps = audit(tmp_path, WHOLE + "\n" + gone, hosts=hosts)
        assert pairs == {"HV01>HV02": "ready", "HV02>HV01": "ready"} and not gaps, (pairs, gaps)


# An object that was moved between two exports


MOVED = entry(HV02).replace("CN=Computers", "OU=Hyper-V")


def test_what_was_moved_is_one_host_at_its_newer_place(tmp_path):
    for text, verdict in ((MOVED, "ready"), (MOVED.replace("16781312", "16781314"), "broken")):
        newer = changed(text, "20261120") + "instanceType: 4\n"  # no list of attributes: it is in no group
        for texts in ((WHOLE, newer), (newer + "\n" + WHOLE,)):
            for hosts in ((), TWO) if verdict == "ready" else (TWO,):
                pairs, gaps = audit(tmp_path, *texts, hosts=hosts)
                assert set(pairs) == {"HV01>HV02", "HV02>HV01"} and pairs["HV02>HV01"] == verdict and not gaps, (pairs, gaps)


def test_what_was_moved_and_is_of_one_time_is_one_host_with_a_gap(tmp_path):
    pairs, gaps = audit(tmp_path, WHOLE + "\n" + MOVED)
    assert pairs == {"HV01>HV02": "ready", "HV02>HV01": "ready"} and list(gaps) == [f"objectSid of {HV02}"], (pairs, gaps)
    pairs, gaps = audit(tmp_path, WHOLE + "\n" + MOVED.replace("16781312", "16781314"))
    assert pairs["HV02>HV01"] == "unknown" and "differ in userAccountControl:" in gaps[f"objectSid of {HV02}"], (pairs, gaps)


def test_builtin_groups_of_two_domains_are_two(tmp_path):
    group = "dn: CN=Users,CN=Builtin,%s\nobjectClass: group\nsAMAccountName: Users\ngroupType: -2147483643\nobjectSid: S-1-5-32-545\n\n"
    _, gaps = audit(tmp_path, WHOLE + "\n" + group % "DC=contoso,DC=test" + group % CHILD)
    assert not [gap for gap in gaps if "objectSid" in gap], gaps


# What one file, or one domain, was exported without


CROSSREF = f"dn: CN=CHILD,CN=Partitions,CN=Configuration,DC=contoso,DC=test\nobjectClass: crossRef\nnCName: {CHILD}\ndnsRoot: child.contoso.test\n" \
           "nETBIOSName: CHILD\nsystemFlags: 3\n\n"
HEAD = f"dn: {CHILD}\nobjectClass: domainDNS\nobjectSid: S-1-5-21-7-8-9\n\n"
KRBTGT = f"dn: CN=krbtgt,CN=Users,{CHILD}\nobjectClass: user\nobjectSid: S-1-5-21-7-8-9-502\nsAMAccountName: krbtgt\nuserAccountControl: 514\n" \
         "primaryGroupID: 513\npwdLastSet: 134386128000000000\nservicePrincipalName: kadmin/changepw\n\n"
HOST = entry(HV02).replace("DC=contoso", "DC=child,DC=contoso").replace("HV02", "HV09").replace("hv02.contoso", "hv09.child.contoso")
HOST = re.sub("objectSid:: .*", "objectSid: S-1-5-21-7-8-9-1104", lines(HOST, lambda line: "ToDelegateTo" not in line)) + "\n"
FOREST = WHOLE + "\n" + CROSSREF
OWNERS = "owners of SPNs in the rest of the forest"
# Of the child domain, and whether it holds all its SPNs.
CHILDREN = {
    "its head": (HEAD, False),
    "its head and krbtgt": (HEAD + KRBTGT, False),
    "without SPNs": (HEAD + KRBTGT.replace("servicePrincipalName: kadmin/changepw\n", "") + lines(HOST, lambda line: "servicePrincipalName" not in line), False),
    "whole": (HEAD + KRBTGT + HOST, True),
}


@pytest.mark.parametrize("apart", [False, True], ids=["in one file", "in two files"])
@pytest.mark.parametrize("what", CHILDREN)
def test_who_holds_SPNs_in_a_domain_that_shows_none_is_not_known(tmp_path, what, apart):
    child, whole = CHILDREN[what]
    pairs, gaps = audit(tmp_path, *((FOREST, child) if apart else (FOREST + child,)))
    if whole:
        assert set(pairs.values()) == {"ready"} and not gaps, (pairs, gaps)
    else:
        assert set(pairs.values()) == {"unknown"} and "child.contoso.test" in gaps[OWNERS], (pairs, gaps)


def test_a_domain_from_the_catalog_beside_another_whole_one_is_not_known(tmp_path):
    pairs, gaps = audit(tmp_path, FOREST, in_catalog(HEAD + KRBTGT + HOST), hosts=("HV01", "HV09"))
    assert pairs["HV01>HV09"] == "unknown", pairs
    [named] = [gap for gap in gaps if gap.startswith("msDS-AllowedToDelegateTo in ")]
    assert named.endswith("1.ldf") and "port 389" in gaps[named]


def test_hosts_exported_by_a_list_beside_the_rest_are_not_known(tmp_path):
    service = "dn: CN=web,CN=Users,DC=contoso,DC=test\nobjectClass: user\nobjectSid: S-1-5-21-1000-2000-3000-1900\nsAMAccountName: web\n" \
              "userAccountControl: 512\nprimaryGroupID: 513\npwdLastSet: 134386128000000000\nservicePrincipalName: HTTP/web\n" \
              "msDS-AllowedToDelegateTo: HTTP/other\n\n"
    rest = WHOLE.replace(entry(HV01), "").replace(entry(HV02), "") + "\n" + service
    hosts = [lines(entry(dn), lambda line: "ToDelegateTo" not in line) + "\n" for dn in (HV01, HV02)]
    for texts in ((rest, "".join(hosts)), ("".join(hosts), rest)):
        pairs, gaps = audit(tmp_path, *texts)
        assert set(pairs.values()) == {"unknown"}, (pairs, gaps)
        [named] = [gap for gap in gaps if gap.startswith("msDS-AllowedToDelegateTo in ")]
        assert named.endswith("1.ldf" if texts[0] == rest else "0.ldf")
    # Whole entries have instanceType: there it is absent because there is none.
    pairs, gaps = audit(tmp_path, rest, "".join(host.rstrip("\n") + "\ninstanceType: 4\n\n" for host in hosts))
    assert set(pairs.values()) == {"broken"} and not gaps, (pairs, gaps)
