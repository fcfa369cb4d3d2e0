"""A server that does not end: each limit of include/base/limits.def on what it sends is reached, and nothing is ready that was not read."""

import itertools
import os
import sys

import pytest

import harness
from harness import INCOMPLETE, NO_AUDIT, FINDINGS, refused
from offline import golden
from rogue import BASE, INTERMEDIATE, REFERENCE, entry, host, integer, message, octets, page, result, tlv

CHUNK = 1000


def once(answer):
    """Plays its trick on the first search of a subtree; every other finds nothing."""
    def search(server, send, number, base, subtree):
        if subtree and not getattr(server, "done", False):
            server.done = True
            answer(server, send, number)
        else:
            send(result(number))
    return search


def flood(one, count):
    """Sends `count` times what `one` makes, a thousand at a time, and then the result."""
    def answer(server, send, number):
        block = one(number) * CHUNK
        for _ in range(count // CHUNK + 1):
            send(block)
        send(result(number))
    return once(answer)


def paged(cookie, filled):
    """A page behind each page, of one search alone."""
    def search(server, send, number, base, subtree):
        if not subtree or getattr(server, "first", base) != base:
            send(result(number))
            return
        server.first = base
        body = entry(number, f"CN=HV1,{BASE}", host(1)) if filled else b""
        send(body + result(number, controls=page(cookie(server))))
    return search


def many_values(server, send, number):
    send(entry(number, f"CN=HV1,{BASE}", host(1, servicePrincipalName=[f"x/{n}" for n in range(200001)])) +
         result(number))


def big(server, send, number):
    body = entry(number, f"CN=HV1,{BASE}", host(1, servicePrincipalName=[b"x" * (60 << 20)]))
    for _ in range(18):
        send(body)
    send(result(number))


def parts(server, send, number, base, subtree):
    """A list of which each part has one value and another part behind it."""
    server.part = getattr(server, "part", 0)
    if subtree and server.part > 0 or base != f"CN=HV1,{BASE}" and not subtree:
        send(result(number))
        return
    values = host(1)
    del values["servicePrincipalName"]
    values[f"servicePrincipalName;range={server.part}-{server.part}"] = [f"x/{server.part}"]
    server.part += 1
    send(entry(number, f"CN=HV1,{BASE}", values) + result(number))


SHAPES = {
    "1,000,000 entries": flood(lambda number: entry(number, f"CN=X,{BASE}", {"cn": ["X"]}), 1000000),
    "200,000 values": once(many_values),
    "1,073,741,824 bytes": once(big),
    "10,000 pages": paged(lambda server: b"%d" % server.asked, filled=True),
    "10,000 pages ": paged(lambda server: b"same", filled=True),
    "1,000 pages without an entry": paged(lambda server: b"same", filled=False),
    "2,000 parts": parts,
    "10,000 references": flood(lambda number: message(number, tlv(REFERENCE, octets(f"ldap://other.test/{BASE}"))), 10000),
    "1,000 intermediate answers": flood(lambda number: message(number, tlv(INTERMEDIATE, octets("1.2.3", 0x80))), 1000),
}


# Runs a program, and keeps how many kilobytes it had at most.
MEASURED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""


@pytest.mark.parametrize("says", SHAPES)
def test_more_than_any_dc_sends_is_a_gap(rogue, run, tmp_path, says):
    with rogue(SHAPES[says]) as server:
        result = run("-H", server.uri, "-f", "json", "--all-pairs", "--scope", "domain", timeout_s=60,
                     binary=[sys.executable, "-c", MEASURED, tmp_path / "kilobytes", harness.KCDAUDIT])
    assert int((tmp_path / "kilobytes").read_text()) < 200 * 1024, "what was given up was not kept"
    assert result.status in (FINDINGS, INCOMPLETE), result
    assert any(says.strip() in why and "given up" in why for why in result.gaps.values()), result.gaps
    assert "ready" not in result.pairs.values()
    assert result.status == INCOMPLETE or result.report["findings"]


def test_who_was_not_read_is_not_absent(rogue, run):
    """The search that would have brought the host was given up: that is no fault of the name."""
    with rogue(SHAPES["1,000 intermediate answers"]) as server:
        result = run("-H", server.uri, "--host", "HV1", "--scope", "hosts")
    refused(result, NO_AUDIT, "in what was read, and not all was: the server sent more than 1,000 intermediate answers")
    assert "did you mean" not in result.err, result


def in_all(one, count, searches):
    """To each of the first searches so many that it may have them: together they are too many."""
    def search(server, send, number, base, subtree):
        block = one(number) * CHUNK
        for _ in range(count // CHUNK if subtree and server.subtrees <= searches else 0):
            send(block)
        send(result(number))
    return search


@pytest.mark.skipif(not os.environ.get("KCDAUDIT_SOAK"), reason="THIS TAKES HALF A MINUTE OF CPU: make soak")
@pytest.mark.parametrize("says, one, count, searches", [
    ("4,000,000 entries in all", lambda number: entry(number, f"CN=X,{BASE}", {"cn": ["X"]}), 990000, 5),
    ("2,000,000,000 bytes in all", lambda number: entry(number, f"CN=X,{BASE}", {"cn": ["x" * 100000]}), 7000, 3),
])
def test_a_run_ends_at_a_limit_of_its_own(rogue, run, says, one, count, searches):
    with rogue(in_all(one, count, searches)) as server:
        result = run("-H", server.uri, "-f", "json", "--all-pairs", "--scope", "domain", timeout_s=60)
    assert result.status in (FINDINGS, INCOMPLETE), result
    assert any(says in why and "given up" in why for why in result.gaps.values()), result.gaps
    assert "ready" not in result.pairs.values()


def endless(one):
    def answer(server, send, number):
        block = one(number) * CHUNK
        while True:
            send(block)
    return once(answer)


NOBODY_ASKED = "sends without an end what nobody asked for"
ENDLESS = {
    "1,000,000 entries": endless(lambda number: entry(number, f"CN=X,{BASE}", {"cn": ["X"]})),
    "10,000 references": endless(lambda number: message(number, tlv(REFERENCE, octets(f"ldap://other.test/{BASE}")))),
    "1,000 intermediate answers": endless(lambda number: message(number, tlv(INTERMEDIATE, octets("1.2.3", 0x80)))),
    NOBODY_ASKED: endless(lambda number: entry(number + 7777, f"CN=X,{BASE}", {"cn": ["X" * 5000]})),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_never_ends_is_left(rogue, run, what):
    """WAIT_BYTES, where no search counts it; the limit that ended the search before is named. By the bytes, and not by the time."""
    with rogue(ENDLESS[what]) as server:
        refused(run("-H", server.uri, timeout_s=60 if what == NOBODY_ASKED else 2), NO_AUDIT, server.uri, what)


def test_a_search_that_trickles_ends_by_its_time(rogue, run):
    """Entries come often enough that the DC counts as alive, and never end."""
    import time

    def answer(server, send, number):
        for n in itertools.count():
            send(entry(number, f"CN=HV{n},{BASE}", host(n)))
            time.sleep(0.2)
    with rogue(once(answer)) as server:
        refused(run("-H", server.uri, timeout_s=1, takes_s=60), NO_AUDIT, server.uri, "60 times --timeout")


def test_a_bind_without_an_end_is_left(rogue, run):
    with rogue() as server:
        server.bind = lambda send, number: send(result(number, 0x61, code=14))
        refused(run("-H", server.uri), NO_AUDIT, server.uri)
        assert server.binds <= 10  # BIND_ROUNDS


def test_an_endless_answer_to_a_bind_is_left(rogue, run):
    """SMALL_BYTES: of 1,048,576 bytes nobody reads more."""
    for size, words in ((1000000, ["refused", "no such bind"]), ((1 << 20) + 1, [])):
        with rogue() as server:
            server.bind = lambda send, number: send(result(number, 0x61, code=49, text="no such bind" + "x" * size))
            left = run("-H", server.uri)
            refused(left, NO_AUDIT, server.uri)
            assert ("xxxx" in left.err) == bool(words), left.err[:300]


# Groups


SID = "S-1-5-21-7-7-7"


def group(name, rid, **more):
    return f"CN={name},{BASE}", {"objectClass": ["top", "group"], "sAMAccountName": [name], "groupType": ["-2147483646"],
                                 "objectSid": [golden.sid_bytes(f"{SID}-{rid}")], "nTSecurityDescriptor": [golden.descriptor(golden.ace("S-1-5-11", 0x20094))], **more}


def domain(entries, by_filter):
    """Searches of one object find it, those of a subtree what stands beside the first mark that is in them."""
    entries = {**entries, BASE: {"objectClass": ["top", "domain", "domainDNS"], "objectSid": [golden.sid_bytes(SID)]}}

    def search(server, send, number, base, subtree):
        mark = next((mark for mark in by_filter if mark in server.filter), None)
        server.marks = [*getattr(server, "marks", []), mark]
        found = by_filter.get(mark, []) if subtree else [base] if base in entries else []
        send(b"".join(entry(number, dn, entries[dn]) for dn in found) + result(number))
    return search


def trusting(names):
    """A host that these groups may act on."""
    who = golden.descriptor(*(golden.ace(f"{SID}-{rid}") for rid in names))
    return f"CN=HV1,{BASE}", {**host(1), "objectSid": [golden.sid_bytes(f"{SID}-999")], "msDS-AllowedToActOnBehalfOfOtherIdentity": [who]}


def gaps_of(run, server, *words):
    found = run("-H", server.uri, "-f", "json", "--scope", "domain", timeout_s=60)
    assert found.status in (FINDINGS, INCOMPLETE), found
    return found.gaps


@pytest.mark.parametrize("count", [1000, 1001])
def test_too_many_groups_in_descriptors(rogue, run, count):
    """TRUSTED_GROUPS"""
    groups = dict(group(f"G{i}", 2000 + i) for i in range(count))
    name, values = trusting(range(2000, 2000 + count))
    with rogue(domain({**groups, name: values}, {b"objectSid": list(groups), b"memberOf": [], b"primaryGroupID": [], b"servicePrincipalName": [name],
                                                 b"msDS-AllowedToAct": [name]})) as server:
        gaps = gaps_of(run, server)
    assert (gaps.get("members of groups that descriptors name") == "there are more than 1,000 groups") == (count > 1000), gaps


@pytest.mark.parametrize("count, by_search", [(1000, False), (1001, True)])
def test_too_many_members_to_look_up_one_by_one(rogue, run, count, by_search):
    """LISTED_MEMBERS: they are asked for by one search."""
    inner = dict(group(f"G{i}", 2000 + i) for i in range(count))
    outer, of = group("OUTER", 1500, member=list(inner))
    name, values = trusting([1500])
    with rogue(domain({**inner, outer: of, name: values}, {b"objectSid": [outer], b"CN=OUTER": list(inner), b"distinguishedName": list(inner),
                                                           b"servicePrincipalName": [name], b"msDS-AllowedToAct": [name]})) as server:
        gaps_of(run, server)
    assert (b"CN=OUTER" in server.marks) == by_search


def test_too_many_groups_in_groups(rogue, run):
    """NESTED_GROUPS"""
    inner = dict(group(f"G{i}", 2000 + i) for i in range(5000))
    outer, of = group("OUTER", 1500, member=list(inner))
    name, values = trusting([1500])
    with rogue(domain({**inner, outer: of, name: values}, {b"objectSid": [outer], b"CN=OUTER": list(inner), b"distinguishedName": list(inner),
                                                           b"servicePrincipalName": [name], b"msDS-AllowedToAct": [name]})) as server:
        gaps = gaps_of(run, server)
    assert gaps["members of nested groups"] == "there are more than 5,000 groups", gaps


@pytest.mark.parametrize("count", [50, 51])
def test_too_many_levels_of_groups(rogue, run, count):
    """GROUP_LEVELS"""
    row = dict(group(f"G{i}", 2000 + i, memberOf=[f"CN=G{i + 1},{BASE}"] if i + 1 < count else []) for i in range(count))
    everyone = f"CN=S-1-5-11,CN=ForeignSecurityPrincipals,{BASE}"
    row[everyone] = {"objectClass": ["top", "foreignSecurityPrincipal"], "objectSid": [golden.sid_bytes("S-1-5-11")], "memberOf": [f"CN=G0,{BASE}"]}
    name, values = trusting([2000])
    with rogue(domain({**row, name: values}, {b"foreignSecurityPrincipal": [everyone], b"servicePrincipalName": [name]})) as server:
        gaps = gaps_of(run, server)
    assert ("there are more than 50 levels" in gaps.get("groups in groups", "")) == (count > 50), gaps


def test_referrals_are_not_followed(rogue, run):
    """The other address would be asked at once: nobody ever comes there."""
    with rogue() as other:
        def refer(server, send, number, base, subtree):
            send(message(number, tlv(0x65, integer(10, 10), octets(""), octets(""), tlv(0xA3, octets(f"{other.uri}/{BASE}")))))
        with rogue(refer) as server:
            result = run("-H", server.uri, "-f", "json")
        assert result.status in (FINDINGS, INCOMPLETE) and result.gaps and other.binds == 0
