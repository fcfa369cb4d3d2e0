"""Who may act for others on a host: our answer and Samba's, for thousands of descriptors and tokens.

Samba has two access checks, and neither is Windows':
- the KDC's, sec_access_check_ds. It knows no Owner Rights (S-1-3-4), which Windows has since 2008.
- se_access_check. It knows Owner Rights, and lets an object ACE deny, whatever its object.
Both map no generic rights, refuse everybody where there is no DACL (SE_DACL_PRESENT clear), and use a DACL that is
there although the control says it is not. MS-DTYP 2.4.6 and 2.5.3.2 have it the other way round: no DACL, no limit.

Of generic rights: secdesc_check maps them, as Windows does when it puts a descriptor on an object, and says when the
answer hangs on them (`generic`). As no KDC maps them, a KDC says the opposite; src/model/edge.c goes by that.

KCDAUDIT_SEED=N reproduces a failure, and makes other cases.
"""

import os
import random
import re
import struct
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from samba.dcerpc import security as types
from samba.ndr import ndr_pack, ndr_unpack

import samba_check
from descriptors import (ALLOW, ALLOW_OBJECT, CONTROL_ACCESS, DACL_PRESENT, DENY, DENY_OBJECT, DOMAIN, GENERIC_ALL,
                         INHERIT_ONLY, OBJECT, OWNER_RIGHTS, PLAIN, SACL_PRESENT, Ace, Descriptor, Generator, sid_bytes)

ROOT = Path(__file__).resolve().parent.parent.parent
ACCESS = os.environ.get("KCDAUDIT_ACCESS") or ROOT / "build/differential/access"
SEED = int(os.environ.get("KCDAUDIT_SEED", 57))
HOST, SOURCE = f"{DOMAIN}-1104", f"{DOMAIN}-1105"
EVERYONE, ADMINISTRATORS = "S-1-1-0", "S-1-5-32-544"

needs_kdc_check = pytest.mark.skipif(samba_check.kdc_check is None, reason="no sec_access_check_ds in this Samba")


class Answer:
    def __init__(self, line):
        self.line = line
        words = line.split()
        self.malformed = line.partition(": ")[2] if words[0] == "malformed" else None
        self.granted, self.generic = words[0] == "granted", "generic" in words
        self.unevaluated = not self.malformed and "unevaluated" in words

    @property
    def of_a_kdc(self):
        return self.granted != self.generic


def ask(lines):
    done = subprocess.run([ACCESS], input="".join(f"{line}\n" for line in lines), capture_output=True, text=True,
                          timeout=600)
    assert done.returncode == 0, done.stderr
    answers = done.stdout.splitlines()
    assert len(answers) == len(lines)
    return answers


def judge(cases):
    """Our answers for (blob, token)."""
    return [Answer(line) for line in ask([f"check {blob.hex()} {','.join(token)}" for blob, token in cases])]


def judge_one(descriptor, token):
    return judge([(descriptor.pack(), token)])[0]


def told(seed, number, blob, token, answer):
    return f"KCDAUDIT_SEED={seed}, case {number}: {answer.line}\n{blob.hex()}\n{','.join(token)}"


# Well-formed ones


@pytest.fixture(scope="module")
def generated():
    """(descriptor, blob, token, what Samba read, our answer)"""
    generator = Generator(random.Random(SEED))
    cases = [generator.case() for _ in range(15000)]
    blobs = [(descriptor.pack(), token) for descriptor, token in cases]
    answers = judge(blobs)
    return [(descriptor, blob, token, samba_check.parse(blob), answer)
            for (descriptor, token), (blob, _), answer in zip(cases, blobs, answers)]


def test_what_is_well_formed_is_read_by_both(generated):
    for number, (_, blob, token, read, answer) in enumerate(generated):
        assert read is not None and not answer.malformed, told(SEED, number, blob, token, answer)


def knows_owner_rights_only(descriptor, token):
    """Whether Owner Rights play a part, of which the KDC's check knows nothing."""
    return descriptor.owner in token and descriptor.named([OWNER_RIGHTS], PLAIN)


@needs_kdc_check
def test_no_disagreement_with_the_check_of_sambas_kdc(generated):
    compared = 0
    for number, (descriptor, blob, token, read, answer) in enumerate(generated):
        if not descriptor.dacl_present or knows_owner_rights_only(descriptor, token):
            continue
        compared += 1
        kdc = samba_check.kdc_check(read, samba_check.token_of(token))
        assert kdc == answer.of_a_kdc, told(SEED, number, blob, token, answer)
    assert compared > 0.9 * len(generated)


def test_no_disagreement_with_sambas_plain_check(generated):
    compared = 0
    for number, (descriptor, blob, token, read, answer) in enumerate(generated):
        if not descriptor.dacl_present or descriptor.named(token, [DENY_OBJECT]):
            continue
        compared += 1
        plain = samba_check.plain_check(read, samba_check.token_of(token))
        assert plain == answer.of_a_kdc, told(SEED, number, blob, token, answer)
    assert compared > 0.9 * len(generated)


def test_the_cases_are_worth_comparing(generated):
    """Both answers, by every kind of ACE: a generator that only makes denials would agree with anything."""
    seen = Counter()
    for descriptor, _, token, _, answer in generated:
        seen["granted" if answer.of_a_kdc else "denied"] += 1
        seen["generic"] += answer.generic
        seen["object"] += descriptor.named(token, OBJECT, owner_too=False)
        seen["null DACL"] += descriptor.dacl_present and descriptor.dacl is None
        seen["empty DACL"] += descriptor.dacl == []
        seen["big"] += len(descriptor.dacl or []) > 100
        seen["denied first"] += any(
            ace.type == DENY and ace.effective and ace.mask & CONTROL_ACCESS and ace.sid in token
            for ace in descriptor.dacl or []) and any(
            ace.type == ALLOW and ace.effective and ace.mask & CONTROL_ACCESS and ace.sid in token
            for ace in descriptor.dacl or [])
        seen["inherit only"] += any(not ace.effective and ace.sid in token for ace in descriptor.dacl or [])
    rare = {kind: number for kind, number in seen.items() if number < 100}
    assert not rare and min(seen["granted"], seen["denied"]) > 1500, seen


def test_object_aces_are_passed_over_and_said(generated):
    """The KDC checks without an object tree, so they neither grant nor deny, and nor do ours. Whoever reads the
    descriptor expects otherwise: it has to be said."""
    for number, (descriptor, blob, token, _, answer) in enumerate(generated):
        if answer.unevaluated:
            assert descriptor.named(token, OBJECT), told(SEED, number, blob, token, answer)
        if descriptor.dacl_present and descriptor.named(token, OBJECT, owner_too=False) and not answer.of_a_kdc and \
                not descriptor.named(token, [DENY]) and not answer.generic:
            assert answer.unevaluated, told(SEED, number, blob, token, answer)
    grant = Descriptor(dacl=[Ace(ALLOW_OBJECT, 0, CONTROL_ACCESS, SOURCE)])
    assert judge_one(grant, [SOURCE]).line == "denied unevaluated"
    deny = Descriptor(dacl=[Ace(DENY_OBJECT, 0, CONTROL_ACCESS, SOURCE), Ace(ALLOW, 0, CONTROL_ACCESS, SOURCE)])
    assert judge_one(deny, [SOURCE]).line == "granted unevaluated"
    assert not samba_check.plain_check(samba_check.parse(deny.pack()), samba_check.token_of([SOURCE]))


@pytest.mark.parametrize("mask, answer", [
    (GENERIC_ALL, "granted generic"),
    (0x40000000, "denied"),  # GENERIC_WRITE has no control access (MS-ADTS 5.1.3.2)
    (0x80000000, "denied"),
    (GENERIC_ALL | CONTROL_ACCESS, "granted"),
    (0xF01FF, "granted"),
    (0xF00FF, "denied"),
])
def test_generic_rights_are_mapped_and_said(mask, answer):
    assert judge_one(Descriptor(dacl=[Ace(ALLOW, 0, mask, SOURCE)]), [SOURCE]).line == answer


def test_a_denial_that_hangs_on_generic_rights_is_said_too():
    descriptor = Descriptor(dacl=[Ace(DENY, 0, GENERIC_ALL, SOURCE), Ace(ALLOW, 0, CONTROL_ACCESS, SOURCE)])
    assert judge_one(descriptor, [SOURCE]).line == "denied generic"
    assert samba_check.plain_check(samba_check.parse(descriptor.pack()), samba_check.token_of([SOURCE]))


def test_no_dacl_null_dacl_and_empty_dacl():
    """Where there is none, Windows grants everything and Samba nothing; ours is Windows' answer."""
    token = samba_check.token_of([SOURCE])
    expected = {"none": ("granted", False), "null": ("granted", True), "empty": ("denied", False)}
    none = Descriptor(owner=HOST, dacl_present=False)
    null = Descriptor(owner=HOST)
    empty = Descriptor(owner=HOST, dacl=[])
    for name, descriptor in (("none", none), ("null", null), ("empty", empty)):
        read = samba_check.parse(descriptor.pack())
        assert (judge_one(descriptor, [SOURCE]).line, samba_check.plain_check(read, token)) == expected[name], name
        if samba_check.kdc_check:
            assert samba_check.kdc_check(read, token) == expected[name][1], name


def test_owner_rights_are_the_owners():
    """As in Windows and in se_access_check; Samba's KDC does not know them."""
    for ace_type, expected in ((ALLOW, "granted"), (DENY, "denied")):
        descriptor = Descriptor(owner=SOURCE, dacl=[Ace(ace_type, 0, CONTROL_ACCESS, OWNER_RIGHTS),
                                                    Ace(1 - ace_type, 0, CONTROL_ACCESS, EVERYONE)])
        assert judge_one(descriptor, [SOURCE, EVERYONE]).line == expected
        other = Descriptor(owner=HOST, dacl=descriptor.dacl)
        assert judge_one(other, [SOURCE, EVERYONE]).line != expected


def test_the_largest_list():
    """64 KiB of ACEs for others, and the last one is ours."""
    aces = [Ace(ALLOW, 0, 0xF01FF, f"{DOMAIN}-{rid}") for rid in range(2000, 3800)]
    aces[-1] = Ace(ALLOW, 0, 0xF01FF, SOURCE)
    blob = Descriptor(owner=ADMINISTRATORS, dacl=aces).pack()
    assert 64800 < len(blob) < 65536
    assert [answer.line for answer in judge([(blob, [SOURCE]), (blob, [HOST])])] == ["granted", "denied"]
    read = samba_check.parse(blob)
    assert samba_check.plain_check(read, samba_check.token_of([SOURCE]))
    assert not samba_check.plain_check(read, samba_check.token_of([HOST]))


# What Samba writes


def sddl(generator, pick, token):
    """A random descriptor as SDDL; of the trustees that have letters, Samba reads the letters."""
    letters = {"S-1-1-0": "WD", "S-1-5-11": "AU", "S-1-5-32-544": "BA", f"{DOMAIN}-515": "DC", f"{DOMAIN}-513": "DU"}
    rights = {CONTROL_ACCESS: "CR", GENERIC_ALL: "GA", 0x20: "WP", 0x40000000: "GW"}
    text = pick.choice(["O:BA", "O:DA", f"O:{pick.choice(token)}", "O:BAG:SY"]) + "D:" + pick.choice(["", "P", "AI"])
    for ace in generator.aces(token, PLAIN):
        flags = ("IO" if ace.flags & INHERIT_ONLY else "") + ("CI" if ace.flags & 0x02 else "")
        mask = rights.get(ace.mask, f"{ace.mask:#x}")
        text += f"({'A' if ace.type == ALLOW else 'D'};{flags};{mask};;;{letters.get(ace.sid, ace.sid)})"
    return text


@needs_kdc_check
def test_descriptors_from_sddl():
    pick = random.Random(SEED + 1)
    generator, domain = Generator(pick), types.dom_sid(DOMAIN)
    cases, texts, read = [], [], []
    while len(cases) < 2000:
        token = generator.token()
        text = sddl(generator, pick, token)
        descriptor = types.descriptor.from_sddl(text, domain)
        if str(descriptor.owner_sid) in token and OWNER_RIGHTS in text:
            continue
        cases.append((ndr_pack(descriptor), token))
        texts.append(text)
        read.append(descriptor)
    for text, (blob, token), descriptor, answer in zip(texts, cases, read, judge(cases)):
        assert not answer.malformed, text
        assert samba_check.kdc_check(descriptor, samba_check.token_of(token)) == answer.of_a_kdc, (text, token)


# What we write


def test_a_grant_of_ours_reaches_its_trustee_and_takes_nothing_away():
    pick = random.Random(SEED + 2)
    generator = Generator(pick)
    cases = [generator.case() for _ in range(1500)]
    blobs = [descriptor.pack() for descriptor, _ in cases]
    wider = ask([f"grant {blob.hex()} {SOURCE}" for blob in blobs])
    made = 0
    for number, ((descriptor, token), blob, line) in enumerate(zip(cases, blobs, wider)):
        hint = f"KCDAUDIT_SEED={SEED}, case {number}\n{blob.hex()}\n{line}"
        if line == "none":
            # Without a list everybody has every right: one of one ACE would take it away from the others.
            assert not descriptor.dacl_present or descriptor.dacl is None, hint
            continue
        made += 1
        old, new = samba_check.parse(blob), ndr_unpack(types.descriptor, bytes.fromhex(line))
        assert ndr_pack(new.owner_sid) == sid_bytes(descriptor.owner or ADMINISTRATORS), hint
        assert str(new.group_sid) == str(old.group_sid), hint
        before, after = old.dacl.aces, new.dacl.aces
        assert [ndr_pack(ace) for ace in after[:-1]] == [ndr_pack(ace) for ace in before], hint
        assert (after[-1].type, after[-1].flags, after[-1].access_mask, str(after[-1].trustee)) == (
            ALLOW, 0, 0xF01FF, SOURCE), hint
        assert len(old.sacl.aces if old.sacl else []) == len(new.sacl.aces if new.sacl else []), hint
        if not descriptor.named([SOURCE], [DENY, DENY_OBJECT]):
            assert samba_check.plain_check(new, samba_check.token_of([SOURCE])), hint
        if SOURCE not in token:
            assert samba_check.plain_check(new, samba_check.token_of(token)) == samba_check.plain_check(
                old, samba_check.token_of(token)), hint
    assert made > 1300


def test_the_first_grant_is_what_windows_tools_write():
    read = ndr_unpack(types.descriptor, bytes.fromhex(ask([f"grant - {SOURCE}"])[0]))
    assert read.as_sddl(types.dom_sid(DOMAIN)) == f"O:BAD:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;{SOURCE})"


# Malformed ones

# Why we refuse what Samba reads. Its NDR follows the pointers and counts, and passes over the sizes and marks beside
# them. Windows validates all of them (RtlValidRelativeSecurityDescriptor), so that these grant nothing there.
STRICTER = {
    "a revision other than 1",
    "not self-relative",
    "an ACL of a revision other than 2 to 4",
    "an ACL whose size does not fit",
    "an ACL that counts more ACEs than it holds",
    "an ACE whose size does not fit",
    "an ACE too short for its type",
    # More than 15 sub-authorities, or a revision of the SID other than 1, or one larger than its ACE.
    "the SID of an ACE is not one, or leaves the ACE",
    "the owner is no SID, or leaves the descriptor",
    "the group is no SID, or leaves the descriptor",
}


# Callback ACEs hold an expression; we call them unevaluated, and Samba evaluates them.
CONDITIONAL = range(9, 13)


def samba_reads_more(blob):
    """Why Samba refuses what we read."""
    control, _, _, sacl, dacl = struct.unpack_from("<2xHIIII", blob)
    if sacl and not control & SACL_PRESENT or dacl and not control & DACL_PRESENT:
        return "it reads ACLs that the control says are not there"
    for at in (at for at in (sacl, dacl) if at):
        count, sbz = struct.unpack_from("<HH", blob, at + 4)
        if sbz or count > 2000:
            return "it takes 32 bits for the count of ACEs, and 2000 at the most"
        ace = at + 8
        for _ in range(count):
            kind, size = struct.unpack_from("<BxH", blob, ace)
            if kind not in PLAIN + OBJECT:
                return "it reads the SIDs of audits and of types that nobody knows"
            ace += size
    return None


def mutate(pick, blob):
    """Cut off, or with some bytes changed; the header and the first ACL more often than the rest."""
    blob = bytearray(blob)
    if pick.random() < 0.3:
        return bytes(blob[:pick.randrange(len(blob))])
    for _ in range(pick.choice([1, 1, 1, 2, 5])):
        at = pick.randrange(min(len(blob), 60)) if pick.random() < 0.5 else pick.randrange(len(blob))
        blob[at] = blob[at] ^ 1 << pick.randrange(8) if pick.random() < 0.5 else pick.choice([0, 1, 0x80, 0xFF])
    return bytes(blob)


@needs_kdc_check
def test_what_is_malformed():
    pick = random.Random(SEED + 3)
    generator, cases = Generator(pick), []
    while len(cases) < 15000:
        descriptor, token = generator.case()
        if len(descriptor.dacl or []) <= 20 and OWNER_RIGHTS not in token:
            cases.append((mutate(pick, descriptor.pack()), token))
    seen = Counter()
    for number, ((blob, token), answer) in enumerate(zip(cases, judge(cases))):
        hint = told(SEED, number, blob, token, answer)
        read = samba_check.parse(blob)
        if answer.malformed and read is None:
            seen["both refuse"] += 1
        elif answer.malformed:
            reason = re.sub(r"^byte \d+: ", "", answer.malformed)
            assert reason in STRICTER, hint
            seen["we refuse"] += 1
        elif read is None:
            assert samba_reads_more(blob), hint
            seen["Samba refuses"] += 1
        else:
            seen["both read"] += 1
            aces = read.dacl.aces if read.dacl else []
            conditional = any(int(ace.type) in CONDITIONAL for ace in aces)
            if not read.type & DACL_PRESENT or conditional or OWNER_RIGHTS in {str(ace.trustee) for ace in aces}:
                continue
            kdc = samba_check.kdc_check(read, samba_check.token_of(token))
            assert kdc == answer.of_a_kdc, hint
    assert min(seen.values()) > 50 and len(seen) == 4, seen
