"""Estates of one shape and of any size, each to find what grows faster than it does.

usage: estates.py SHAPE N FILE      the export alone, for a profiler
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "golden"))
import policy  # noqa: E402
from estate import (CONFIG, DOMAIN, DOMAIN_CONTROLLER, HOST, MIGRATION, SID, T2A4D, Estate, ace, both,  # noqa: E402
                    descriptor, towards)

MESH = 20
USERS = ",CN=Users," + DOMAIN


class Many(Estate):
    """Finds an entry by its name without looking at all of them."""

    def __init__(self):
        self.by_name = {}
        self.config = ""
        super().__init__()

    def add(self, dn, **attributes):
        values = super().add(dn, **attributes)
        self.by_name[dn.split(",")[0][3:]] = values
        return values

    def __getitem__(self, name):
        return self.by_name[name]


def name_of(i):
    return "HV%05d" % i


def mesh_of(i, n):
    first = i - i % MESH
    return tuple(name_of(k) for k in range(first, min(first + MESH, n)) if k != i)


def meshes(estate, n):
    """Hosts whose lists name the others of their twenty."""
    for i in range(n):
        estate.host(name_of(i), mesh_of(i, n))


def rbcd(estate, n):
    """The same by RBCD, each descriptor naming its partners one by one."""
    for i in range(n):
        estate.host(name_of(i))
    for i in range(n):
        estate[name_of(i)]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
            *(ace(estate.sid(other)) for other in mesh_of(i, n)))


def rbcd_groups(estate, n):
    """The same, by a group of each twenty."""
    for i in range(n):
        estate.host(name_of(i))
    for first in range(0, n, MESH):
        members = [name_of(k) for k in range(first, min(first + MESH, n))]
        estate.group("Mesh%05d" % first, members)
        granted = descriptor(ace(estate.sid("Mesh%05d" % first)))
        for member in members:
            estate[member]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = granted


def accounts(estate, n):
    """A pair among users and computers that have nothing to do with it."""
    estate.pair()
    for i in range(0, n, 2):
        estate.user("user%05d" % i, memberOf=["CN=Domain Admins" + USERS] if i % 50 == 0 else [])
        estate.host("PC%05d" % i, [], uac=HOST, spns=both("HOST", "PC%05d" % i))


def entries(estate, n):
    """One list with entries of services that exist, and of some that do not."""
    estate.pair()
    for i in range(n // 2):
        estate.host("SRV%05d" % i, [], uac=HOST, spns=both("HOST", "SRV%05d" % i))
    estate["HV01"]["msDS-AllowedToDelegateTo"] += \
        [text for i in range(n // 2) for text in ("http/SRV%05d" % i, "http/GONE%05d" % i)]


def spns(estate, n):
    """One host with many SPNs, and as many more that another one holds, too."""
    estate.pair()
    estate["HV01"]["servicePrincipalName"] += ["svc%d/HV01" % i for i in range(n)]
    for owner in "HV01", "HV02":
        estate[owner]["servicePrincipalName"] += ["svc%d/shared" % i for i in range(n)]


def lookalikes(estate, n):
    """SPNs of one host that look like one another."""
    estate.pair()
    estate["HV01"]["servicePrincipalName"] += \
        ["svc/HV01" + format(i, "b").replace("0", "\u200b").replace("1", "\u200d") for i in range(n)]


def links(estate, n):
    """A domain with many links to policies that were not read, and a host below as many containers."""
    estate.pair()
    estate.entries[DOMAIN]["gPLink"] = "".join(
        "[LDAP://cn={31B2F340-016D-11D2-945F-%012X},cn=policies,cn=system,%s;0]" % (i, DOMAIN) for i in range(n))
    values = estate.entries.pop("CN=HV01,CN=Computers," + DOMAIN)
    estate.entries["CN=HV01," + "OU=a," * n + DOMAIN] = values


def _governed(estate):
    """Four hosts in a unit, in the domain and the site that every forest has: what an audit with --sysvol looks at."""
    for i in range(4):
        estate.host(name_of(i), mesh_of(i, 4))
    policy.site(estate)


def policies(estate, n):
    """GPOs of one name that all define a right, linked above the hosts; as many links lead to objects that are not there."""
    _governed(estate)
    below = {policy.TEMPLATE: policy.template(**{policy.NETWORK: "*S-1-5-32-544"})}
    for i in range(n):
        policy.gpo(estate, i, "Baseline", below)
    policy.link(estate, DOMAIN, *range(2 * n))


def units(estate, n):
    """Hosts below as many units, none of which is linked to anything."""
    _governed(estate)
    policy.gpo(estate, 1, "Baseline", {policy.TEMPLATE: policy.template(**{policy.NETWORK: ""})})
    policy.link(estate, DOMAIN, 1)
    for i in range(4):
        policy.move(estate, name_of(i), "OU=a," * n + DOMAIN)


def writers(estate, n):
    """Hosts whose descriptor lets many accounts write to them."""
    for i in range(n):
        estate.user("writer%05d" % i)
    written = descriptor(*(ace(estate.sid("writer%05d" % i)) for i in range(n)))
    for i in range(4):
        estate.host(name_of(i), mesh_of(i, 4), nTSecurityDescriptor=written)


def trustees(estate, n):
    """One descriptor that lets many accounts act."""
    estate.pair()
    for i in range(n):
        estate.user("front%05d" % i, servicePrincipalName=["HTTP/front%05d" % i])
    estate["HV01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
        *(ace(estate.sid("front%05d" % i)) for i in range(n)))


def controllers(estate, n):
    """Domain controllers, and hosts that delegate to one of them."""
    for i in range(n):
        estate.host("DC%05d" % i, [], uac=DOMAIN_CONTROLLER | 0x80000, spns=both("cifs", "DC%05d" % i),
                    primaryGroupID=516)
    for i in range(n):
        estate.host(name_of(i), towards(*mesh_of(i, n)[:2]) + ["cifs/DC%05d" % i])


def ghosts(estate, n):
    """Hosts that each list what nobody has, and let in who is gone: as many findings."""
    for i in range(n):
        estate.host(name_of(i), towards(*mesh_of(i, n)[:2]) + ["cifs/GONE%05d" % i, MIGRATION + "/GONE%05d" % i])
        estate[name_of(i)]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace("%s-%d" % (SID, 500000 + i)))


def crowd(estate, n):
    """A group whose members are one entry longer than what is read at a time."""
    estate.pair()
    estate.group("Crowd")["member"] = ["CN=user%05d,OU=Somewhere%s" % (i, USERS) for i in range(n)]


def chains(estate, n):
    """Service accounts that each may delegate to the next."""
    for i in range(n):
        estate.user("svc%05d" % i, servicePrincipalName=["HTTP/svc%05d" % i],
                    **{"msDS-AllowedToDelegateTo": ["HTTP/svc%05d" % (i + 1)]})
        estate["svc%05d" % i]["userAccountControl"] |= T2A4D


def groups(estate, n):
    """Groups in groups, a tree with a host in each, and a descriptor for its top: not a host's, whose partners
    all of these would be, and as many pairs as their square."""
    estate.user("front", servicePrincipalName=["HTTP/front"])
    for i in range(n):
        estate.host(name_of(i), mesh_of(i, n)[:2])
        estate.group("Group%05d" % i, [name_of(i)], **({"memberOf": ["CN=Group%05d" % ((i - 1) // 2) + USERS]} if i else {}))
    estate["front"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(estate.sid("Group00000")))


def transition(estate, n):
    """Accounts that may use any protocol and have no list, and as many descriptors that let in somebody else."""
    for i in range(n):
        estate.user("svc%05d" % i, servicePrincipalName=["HTTP/svc%05d" % i])
        estate.user("front%05d" % i, servicePrincipalName=["HTTP/front%05d" % i])
        estate["svc%05d" % i]["userAccountControl"] |= T2A4D
    for i in range(n):
        estate["svc%05d" % i]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
            ace(estate.sid("front%05d" % i)))


def declared(estate, n):
    """One account whose delegation to many others is declared, a section each: half of it is there."""
    estate.user("svc", servicePrincipalName=["HTTP/svc"],
                **{"msDS-AllowedToDelegateTo": ["HTTP/web%05d" % i for i in range(0, n, 2)]})
    for i in range(n):
        estate.host("WEB%05d" % i, [], uac=HOST, spns=["HTTP/web%05d" % i])
    estate.config = "".join("[delegation d%d]\nfrom=svc\nto=HTTP/web%05d\nprotocol_transition=forbidden\n" % (i, i) for i in range(n))


SHAPES = {shape.__name__: shape for shape in (
    meshes, rbcd, rbcd_groups, accounts, entries, spns, lookalikes, links, policies, units, writers, trustees, controllers, ghosts,
    crowd, chains, groups, transition, declared)}


def write(shape, n, path):
    estate = Many()
    SHAPES[shape](estate, n)
    Path(path).write_text(estate.ldif("made for a test"))
    for name, data in estate.files.items():
        file = Path(path).with_suffix(".sysvol") / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    if estate.config:
        Path(path).with_suffix(".conf").write_text(estate.config)


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), sys.argv[3])
