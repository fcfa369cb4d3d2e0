"""What stands twice in exports: of two values the newer entry's counts, and what cannot be decided is not determined."""

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


# What the export lacks by itself.
LACKS = ("authentication policies and silos", "msDS-AllowedToActOnBehalfOfOtherIdentity")


def audit(tmp_path, *texts, hosts=("HV01", "HV02")):
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
