"""The commands that kcdaudit proposes, run on an Estate as Windows would run them on a directory.  What is not known here
raises: a test must not pass because a command was left out."""

import re

from estate import DISABLED, NOT_DELEGATED, T2A4D, UNCONSTRAINED

AT = r"(?: -Server '[^']*')? -Identity '((?:[^']|'')*)'"
FLAGS = {"TrustedToAuthForDelegation": T2A4D, "TrustedForDelegation": UNCONSTRAINED, "AccountNotDelegated": NOT_DELEGATED}
TYPES = {"RC4": 0x4, "AES128": 0x8, "AES256": 0x10}


class Refused(Exception):
    pass


def listed(entry, key):
    value = entry.get(key, [])
    return list(value) if isinstance(value, list) else [value]


def unquoted(text):
    return [value.replace("''", "'") for value in re.findall(r"'((?:[^']|'')*)'", text)]


def same(a, b):
    return a.lower() == b.lower()


def by_name(estate, name):
    found = [entry for entry in estate.entries.values()
             if same(str(entry.get("sAMAccountName", "")).rstrip("$"), name.rstrip("$"))]
    assert len(found) == 1, name
    return found[0]


def register(estate, spn, name):
    holders = [entry for entry in estate.entries.values()
               if any(same(held, spn) for held in listed(entry, "servicePrincipalName"))]
    if holders:
        raise Refused(f"{spn} is registered already")
    entry = by_name(estate, name)
    entry["servicePrincipalName"] = listed(entry, "servicePrincipalName") + [spn]


def unregister(estate, spn, name):
    entry = by_name(estate, name)
    held = listed(entry, "servicePrincipalName")
    kept = [value for value in held if not same(value, spn)]
    if len(kept) == len(held):
        raise Refused(f"{name} does not hold {spn}")
    entry["servicePrincipalName"] = kept


def add(estate, dn, attribute, values):
    entry = estate.entries[dn]
    held = listed(entry, attribute)
    for value in unquoted(values):
        if any(same(value, other) for other in held):
            raise Refused(f"{dn} has {value} already")
        held.append(value)
    entry[attribute] = held


def remove(estate, dn, attribute, values):
    entry = estate.entries[dn]
    gone = [value.lower() for value in unquoted(values)]
    held = listed(entry, attribute)
    if not set(gone) <= {value.lower() for value in held}:
        raise Refused(f"{dn} lacks one of {gone}")
    entry[attribute] = [value for value in held if value.lower() not in gone]


def set_flags(estate, dn, flags):
    entry = estate.entries[dn]
    for name, value in re.findall(r" -(\w+) \$(true|false)", flags):
        bits = entry["userAccountControl"] & ~FLAGS[name]
        entry["userAccountControl"] = bits | FLAGS[name] if value == "true" else bits


def enable(estate, dn):
    estate.entries[dn]["userAccountControl"] &= ~DISABLED


def set_types(estate, dn, types):
    estate.entries[dn]["msDS-SupportedEncryptionTypes"] = sum(TYPES[name] for name in types.split(","))


def leave(estate, group, member):
    entry = estate.entries[member]
    held = entry["memberOf"]
    entry["memberOf"] = [value for value in held if not same(value, group)]
    if len(entry["memberOf"]) == len(held):
        raise Refused(f"{member} is no member of {group}")


ROWS = [(re.compile(pattern), action) for pattern, action in (
    (r'setspn -S "([^"]+)" (\S+)', register),
    (r'setspn (?:-U )?-D "([^"]+)" (\S+)', unregister),
    (rf"Set-AD(?:Computer|User|ServiceAccount|Object){AT} -Add @\{{'([^']*)'=@\((.*)\)\}}", add),
    (rf"Set-AD(?:Computer|User|ServiceAccount|Object){AT} -Remove @\{{'([^']*)'=@\((.*)\)\}}", remove),
    (rf"Set-ADAccountControl{AT}((?: -\w+ \$(?:true|false))+)", set_flags),
    (rf"Enable-ADAccount{AT}", enable),
    (rf"Set-AD(?:Computer|User|ServiceAccount){AT} -KerberosEncryptionType ([\w,]+)", set_types),
    (rf"Remove-ADGroupMember{AT} -Members '([^']*)'", leave),
    (r"klist purge -li 0x3e7", lambda estate: None),
)]


def run(estate, command):
    for pattern, action in ROWS:
        match = pattern.fullmatch(command)
        if match:
            action(estate, *match.groups())
            return
    raise AssertionError(f"not known to this test: {command}")
