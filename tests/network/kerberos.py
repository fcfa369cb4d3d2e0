"""Tickets that no KDC gave, and what a KDC says: enough for a client to begin with, as it cannot look into them."""

import struct
import time

from rogue import integer, octets, tlv

REALM = "ROGUE.TEST"
AES256 = 18
KEY = b"k" * 32


def keytab(path):
    """One key of audit@ROGUE.TEST: AES-256."""
    name, realm = b"audit", REALM.encode()
    entry = struct.pack(">HH", 1, len(realm)) + realm + struct.pack(">H", len(name)) + name
    entry += struct.pack(">IIBHH", 1, 0, 1, AES256, len(KEY)) + KEY
    path.write_bytes(b"\x05\x02" + struct.pack(">i", len(entry)) + entry)
    path.chmod(0o600)
    return path


# DER, of RFC 4120


def tagged(number, *parts):
    return tlv(0xA0 + number, *parts)


def text(value):
    return octets(value, 0x1B)


def principal(name):
    return tlv(0x30, tagged(0, integer(2)), tagged(1, tlv(0x30, *map(text, name.split("/")))))


def ticket(name):
    sealed = tlv(0x30, tagged(0, integer(AES256)), tagged(1, integer(1)), tagged(2, octets(b"?" * 200)))
    return tlv(0x61, tlv(0x30, tagged(0, integer(5)), tagged(1, text(REALM)), tagged(2, principal(name)), tagged(3, sealed)))


def refusal(code, name="krbtgt/" + REALM, elsewhere=None, says=b""):
    """KRB-ERROR; `elsewhere`: the realm in which the client is said to be; `says`: its text."""
    now = octets(time.strftime("%Y%m%d%H%M%SZ", time.gmtime()), 0x18)
    return tlv(0x7E, tlv(0x30, tagged(0, integer(5)), tagged(1, integer(30)), tagged(4, now), tagged(5, integer(0)),
                         tagged(6, integer(code)), tagged(7, text(elsewhere)) if elsewhere else b"", tagged(9, text(REALM)), tagged(10, principal(name)),
                         tagged(11, octets(says, 0x1B)) if says else b""))


# A cache of MIT's format, version 4


def counted(data):
    return struct.pack(">I", len(data)) + data


def cache_name(name):
    parts = name.split("/")
    return struct.pack(">II", 1, len(parts)) + b"".join(counted(part.encode()) for part in [REALM, *parts])


def credential(name, user):
    now = int(time.time())
    return (cache_name(user) + cache_name(name) + struct.pack(">H", AES256) + counted(KEY) +
            struct.pack(">IIII", now - 60, now - 60, now + 36000, now + 36000) + struct.pack(">BI", 0, 0x40E00000) +
            struct.pack(">II", 0, 0) + counted(ticket(name)) + counted(b""))


def cache(path, *services, user="audit"):
    """A user's ticket-granting ticket, and one to each service."""
    path.write_bytes(struct.pack(">HH", 0x0504, 0) + cache_name(user) +
                     b"".join(credential(name, user) for name in [f"krbtgt/{REALM}", *services]))
    path.chmod(0o600)
    return path
