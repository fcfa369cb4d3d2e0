"""Writes the entries of an LDIF file as a snapshot of AD Explorer."""

import base64
import re
import struct
import uuid

DN, CASE_IGNORE, BOOLEAN, INTEGER, OCTETS, TIME, LARGE_INTEGER, DESCRIPTOR = 1, 3, 6, 7, 8, 9, 10, 25

TYPES = {
    **dict.fromkeys(("distinguishedname", "member", "memberof", "ncname", "managedby", "msds-hostserviceaccountbl"), DN),
    **dict.fromkeys(("useraccountcontrol", "grouptype", "systemflags", "msds-supportedencryptiontypes", "admincount", "primarygroupid",
                     "trustattributes", "trustdirection", "trusttype", "ms-ds-machineaccountquota", "gpoptions", "flags",
                     "msds-user-account-control-computed", "versionnumber"), INTEGER),
    **dict.fromkeys(("pwdlastset", "lastlogontimestamp", "lastlogon", "accountexpires", "lockouttime", "lockoutduration"), LARGE_INTEGER),
    **dict.fromkeys(("objectsid", "sidhistory", "securityidentifier", "objectguid", "msds-groupmsamembership-raw"), OCTETS),
    **dict.fromkeys(("whenchanged", "whencreated"), TIME),
    **dict.fromkeys(("isdeleted", "iscriticalsystemobject"), BOOLEAN),
    **dict.fromkeys(("ntsecuritydescriptor", "msds-allowedtoactonbehalfofotheridentity", "msds-groupmsamembership",
                     "msds-userallowedtoauthenticateto", "msds-userallowedtoauthenticatefrom"), DESCRIPTOR),
}


def entries(text):
    """(dn, {attribute: [bytes]}) of each record."""
    text = re.sub(r"(?m)^#.*(?:\n .*)*\n?", "", text).replace("\n ", "")
    for record in re.split(r"\n\s*\n", text.strip()):
        dn, values = None, {}
        for line in record.splitlines():
            name, _, value = line.partition(":")
            value = base64.b64decode(value[1:]) if value.startswith(":") else value.strip().encode()
            if name == "dn":
                dn = value.decode()
            elif name not in ("version", "changetype"):
                values.setdefault(name, []).append(value)
        if dn is not None:
            yield dn, values


def wide(text):
    return text.encode("utf-16-le") + b"\0\0"


def strings(values):
    head, tail = struct.pack("<I", len(values)), b""
    for value in values:
        head += struct.pack("<I", 4 + 4 * len(values) + len(tail))
        tail += wide(value.decode())
    return head + tail


def moment(value):
    year, month, day, hour, minute, second = (int(part) for part in re.match(rb"(\d{4})" + rb"(\d\d)" * 5, value).groups())
    return struct.pack("<8H", year, month, 0, day, hour, minute, second, 0)


def encoded(kind, values):
    count = struct.pack("<I", len(values))
    if kind == OCTETS:
        return count + b"".join(struct.pack("<I", len(value)) for value in values) + b"".join(values)
    if kind == DESCRIPTOR:
        return count + b"".join(struct.pack("<I", len(value)) + value for value in values)
    if kind == INTEGER:
        return count + b"".join(struct.pack("<I", int(value) & 0xFFFFFFFF) for value in values)
    if kind == LARGE_INTEGER:
        return count + b"".join(struct.pack("<q", int(value)) for value in values)
    if kind == BOOLEAN:
        return count + b"".join(struct.pack("<I", value == b"TRUE") for value in values)
    if kind == TIME:
        return count + b"".join(moment(value) for value in values)
    return strings(values)


def is_text(value):
    try:
        return "\0" not in value.decode()
    except UnicodeDecodeError:
        return False


def types_of(read):
    """Of each attribute; what is no text somewhere is octets everywhere."""
    kinds = {}
    for _, values in read:
        for name, each in values.items():
            kind = TYPES.get(name.lower(), CASE_IGNORE if all(map(is_text, each)) else OCTETS)
            kinds[name] = max(kind, kinds.get(name, 0))
    return kinds


def snapshot(text, filetime=0):
    """The bytes of the file; the rootDSE is no object of it."""
    names, objects, place = {}, b"", 0x43E
    read = [(dn, {**values, "distinguishedName": [dn.encode()]}) for dn, values in entries(text) if dn]
    kinds, count = types_of(read), len(read)
    for _, values in read:
        mapping, blob = b"", b""
        for name, each in values.items():
            index = names.setdefault(name, len(names))
            mapping += struct.pack("<Ii", index, 8 + 8 * len(values) + len(blob))
            blob += encoded(kinds[name], each)
        size = 8 + len(mapping) + len(blob)
        objects += struct.pack("<II", size, len(values)) + mapping + blob
    table = struct.pack("<I", len(names))
    for name in names:
        text_of, dn_of = wide(name), wide(f"CN={name},CN=Schema")
        table += struct.pack("<I", len(text_of)) + text_of + struct.pack("<iI", 0, kinds[name])
        table += struct.pack("<I", len(dn_of)) + dn_of + uuid.UUID(int=0).bytes * 2 + b"\0" * 4
    head = b"win-ad-ob\0" + struct.pack("<IQ", 0x00010001, filetime) + b"\0" * 1040
    head += struct.pack("<6I", count, len(names), place + len(objects), 0, place + len(objects) + len(table), 0)
    assert len(head) == place
    return head + objects + table
