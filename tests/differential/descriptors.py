"""Random descriptors and tokens, from a seeded generator; the bytes are written here, not by Samba or kcdaudit."""

import struct
from dataclasses import dataclass

ALLOW, DENY, ALLOW_OBJECT, DENY_OBJECT = 0, 1, 5, 6
PLAIN, OBJECT = (ALLOW, DENY), (ALLOW_OBJECT, DENY_OBJECT)
AUDIT_TYPES = (2, 3, 7, 17)  # audit, alarm, audit object, label: of a SACL, and never an answer
INHERIT_ONLY = 0x08
DACL_PRESENT, SACL_PRESENT, SELF_RELATIVE = 0x0004, 0x0010, 0x8000
CONTROL_ACCESS = 0x100
GENERIC_ALL, GENERIC = 0x10000000, 0xF0000000
OWNER_RIGHTS = "S-1-3-4"

DOMAIN, OTHER = "S-1-5-21-1004336348-1177238915-682003330", "S-1-5-21-7-8-9"
WELL_KNOWN = ["S-1-1-0", "S-1-5-11", "S-1-5-9", "S-1-5-10", "S-1-3-0", OWNER_RIGHTS, "S-1-5-15", "S-1-18-1", "S-1-5-18",
              "S-1-5-32-544", "S-1-5-32-578", "S-1-16-8192", "S-1-15-2-1-2-3-4-5-6-7-8-9-10", "S-1-0-0",
              "S-1-281474976710655-4294967295"]
DOMAIN_SIDS = [f"{domain}-{rid}" for domain in (DOMAIN, OTHER)
               for rid in (512, 513, 515, 516, 525, *range(1104, 1116), 4294967295)] + [DOMAIN, OTHER]
MASKS = [CONTROL_ACCESS, 0xF01FF, 0xF00FF, 0x1, 0x20, 0x80, 0x200, 0x3F, 0xE0000, GENERIC_ALL, 0x20000000, 0x40000000,
         0x80000000, GENERIC_ALL | CONTROL_ACCESS, 0xC0000000, 0x01000000, 0x02000000, 0xFFFFFFFF, 0]
GUIDS = [bytes(range(16)), bytes.fromhex("531a72ab2f1ed011981900aa0040529b")]


def sid_bytes(text):
    authority, *subs = [int(part) for part in text.split("-")[2:]]
    return struct.pack(">BBHI", 1, len(subs), authority >> 32, authority & 0xFFFFFFFF) + struct.pack(
        f"<{len(subs)}I", *subs)


@dataclass
class Ace:
    type: int
    flags: int
    mask: int
    sid: str
    guids: tuple = (None, None)
    coda: bytes = b""

    def pack(self):
        body = struct.pack("<I", self.mask)
        if self.type in OBJECT or self.type == 7:
            present = [guid or b"" for guid in self.guids]
            body += struct.pack("<I", sum(1 << i for i, guid in enumerate(present) if guid)) + b"".join(present)
        body += sid_bytes(self.sid) + self.coda
        return struct.pack("<BBH", self.type, self.flags, 4 + len(body)) + body

    @property
    def effective(self):
        return not self.flags & INHERIT_ONLY


@dataclass
class Descriptor:
    owner: str | None = None
    group: str | None = None
    dacl: list | None = None  # of Ace; None: no list
    dacl_present: bool = True
    sacl: list | None = None
    order: tuple = ("owner", "group", "sacl", "dacl")
    revision: int = 4
    gap: bytes = b""
    tail: bytes = b""  # inside the DACL, behind its last ACE
    control: int = 0

    def pack(self):
        """Self-relative, its parts in any order and with gaps: MS-DTYP 2.4.6 demands no order."""
        control = self.control | SELF_RELATIVE | (DACL_PRESENT if self.dacl_present else 0) | (
            SACL_PRESENT if self.sacl is not None else 0)
        parts = {"owner": sid_bytes(self.owner) if self.owner else None,
                 "group": sid_bytes(self.group) if self.group else None,
                 "sacl": self._acl(self.sacl, b""), "dacl": self._acl(self.dacl, self.tail)}
        body, at = b"", {}
        for name in self.order:
            if parts[name] is not None:
                at[name] = 20 + len(body)
                body += parts[name] + self.gap
        offsets = [at.get(name, 0) for name in ("owner", "group", "sacl", "dacl")]
        return struct.pack("<BBHIIII", 1, 0, control, *offsets) + body

    def _acl(self, aces, tail):
        if aces is None:
            return None
        body = b"".join(ace.pack() for ace in aces) + tail
        return struct.pack("<BBHHH", self.revision, 0, 8 + len(body), len(aces), 0) + body

    def named(self, token, types, owner_too=True):
        """Whether an effective ACE of these types names somebody of the token."""
        names = set(token) | ({OWNER_RIGHTS} if owner_too else set())
        return any(ace.effective and ace.type in types and ace.sid in names for ace in self.dacl or [])


class Generator:
    """Descriptors like those which tools and attackers leave on an object, and worse."""

    def __init__(self, random):
        self.random = random

    def sid(self):
        return self.random.choice(DOMAIN_SIDS if self.random.random() < 0.7 else WELL_KNOWN)

    def token(self):
        """Never empty: everybody has a SID."""
        return self.random.sample(DOMAIN_SIDS + WELL_KNOWN, self.random.randint(1, 12))

    def ace(self, favourites, types=PLAIN):
        pick = self.random
        kind = pick.choice(types)
        flags = pick.choice([0, 0, 0, 0, 0x10, 0x02, 0x03, INHERIT_ONLY, INHERIT_ONLY | 0x02, 0x13])
        mask = pick.choice(MASKS) if pick.random() < 0.9 else pick.getrandbits(32)
        sid = pick.choice(favourites) if favourites and pick.random() < 0.4 else self.sid()
        guids = tuple(pick.choice([None, *GUIDS]) for _ in range(2))
        # Bytes behind the SID inside the ACE: MS-DTYP 2.4.4.1 lets AceSize pass them over.
        coda = bytes(4 * pick.randint(1, 3)) if pick.random() < 0.03 else b""
        return Ace(kind, flags, mask, sid, guids, coda)

    def aces(self, favourites, types=PLAIN, most=8):
        return [self.ace(favourites, types) for _ in range(self.random.randint(0, most))]

    def case(self):
        """A descriptor and a token that it is likely to name."""
        pick, token = self.random, self.token()
        types = PLAIN if pick.random() < 0.8 else PLAIN + OBJECT + AUDIT_TYPES
        most = 8 if pick.random() < 0.98 else 300
        order = ["owner", "group", "sacl", "dacl"]
        if pick.random() < 0.5:
            pick.shuffle(order)
        descriptor = Descriptor(
            owner=pick.choice([None, "S-1-5-32-544", pick.choice(token), self.sid()]),
            group=pick.choice([None, None, self.sid()]),
            dacl=self.aces(token, types, most) if pick.random() < 0.97 else None,
            dacl_present=pick.random() < 0.97,
            sacl=self.aces(token, AUDIT_TYPES) if pick.random() < 0.1 else None,
            order=tuple(order), revision=pick.choice([2, 4, 4, 4]),
            gap=bytes(4 * pick.randint(0, 2)), tail=bytes(4 * pick.choice([0, 0, 0, 1, 5])),
            control=pick.choice([0, 0, 0x0400, 0x1000, 0x0001, 0x0100]))
        return descriptor, token
