#!/usr/bin/python3
"""CPU and memory of reading large exports: `spn duplicates` takes all in and judges nothing.

usage: exports.py BINARY...          several are measured side by side, in turns
       exports.py --write DIRECTORY      the exports alone, for a profiler

Users with all their attributes, as ldifde writes them, in UTF-8 and (ldifde -u) in UTF-16; and hosts with long lists.
BENCH_USERS, BENCH_HOSTS and BENCH_MESH say how many, and how many hosts list one another.
"""
import base64
import codecs
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/growth"), str(ROOT / "tests/golden")]

import estates  # noqa: E402
from estate import DOMAIN, SID, sid_bytes  # noqa: E402

USERS, HOSTS, MESH = (int(os.environ.get("BENCH_" + what, many)) for what, many in
                      (("USERS", 40000), ("HOSTS", 10000), ("MESH", 64)))
RUNS = 5

USER = """dn: {dn}
changetype: add
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: user
cn: {name}
sn: Somebody
title: Clerk
description: A clerk of department {part}
telephoneNumber: +1 555 {i:06}
givenName: User {i:06}
distinguishedName: {dn}
instanceType: 4
whenCreated: 20200101120000.0Z
whenChanged: 20260101120000.0Z
displayName: {name}
uSNCreated: {usn}
uSNChanged: {usn}
department: Department {part}
company: Contoso
{groups}
name: {name}
objectGUID:: {guid}
userAccountControl: 512
badPwdCount: 0
codePage: 0
countryCode: 0
badPasswordTime: 0
lastLogoff: 0
lastLogon: 133000000000000000
pwdLastSet: 133000000000000000
primaryGroupID: 513
objectSid:: {sid}
accountExpires: 9223372036854775807
logonCount: 12
sAMAccountName: user{i:06}
sAMAccountType: 805306368
userPrincipalName: user{i:06}@contoso.test
objectCategory: CN=Person,CN=Schema,CN=Configuration,{domain}
dSCorePropagationData: 16010101000000.0Z
lastLogonTimestamp: 133000000000000000
mail: user{i:06}@contoso.test
"""


def coded(value):
    return base64.b64encode(value).decode()


def user(i):
    name, part = f"User {i:06} Somebody", i % 40
    groups = "\n".join(f"memberOf: CN=Group {i * k % 500:03},OU=Groups,{DOMAIN}" for k in (1, 7, 13, 31))
    return USER.format(dn=f"CN={name},OU=Department {part:02},OU=People,{DOMAIN}", name=name, part=part, i=i, usn=i * 7,
                       groups=groups, guid=coded(i.to_bytes(16, "little")), sid=coded(sid_bytes(f"{SID}-{10000 + i}")),
                       domain=DOMAIN)


def write(directory):
    pair = estates.Many()
    pair.pair()
    text = "\n".join([pair.ldif("made for a test").rstrip("\n") + "\n", *map(user, range(USERS))]).replace("\n", "\r\n")
    (directory / "users.ldif").write_bytes(text.encode())
    (directory / "users-u.ldif").write_bytes(codecs.BOM_UTF16_LE + text.encode("utf-16-le"))
    estates.MESH = MESH
    estates.write("meshes", HOSTS, directory / "hosts.ldif")


def run(binary, path):
    """CPU seconds and the most memory, in MB."""
    child = subprocess.Popen([binary, "spn", "duplicates", "--ldif", path, "-c", os.devnull], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode in (0, 1, 3), child.returncode
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(binaries, path):
    size = path.stat().st_size / 1e6
    taken = {binary: [] for binary in binaries}
    for _ in range(RUNS):
        for binary in binaries:
            taken[binary].append(run(binary, path))
    for binary in binaries:
        cpu, memory = min(taken[binary])
        print(f"{path.name:14} {size:4.0f} MB  {binary}: {cpu:.2f} s of CPU, {size / cpu:4.0f} MB/s, {memory:.0f} MB", flush=True)


def main(arguments):
    if arguments[0] == "--write":
        return write(pathlib.Path(arguments[1]))
    with tempfile.TemporaryDirectory() as directory:
        # By another process: what this one holds would count as memory of what it starts.
        subprocess.run([sys.executable, __file__, "--write", directory], check=True)
        for path in sorted(pathlib.Path(directory).iterdir()):
            measure([os.path.abspath(binary) for binary in arguments], path)


main(sys.argv[1:])
