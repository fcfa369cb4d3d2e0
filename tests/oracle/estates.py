"""Estates with every ingredient that decides a verdict and that Samba can express, each drawn from its seed alone.

The slips of tests/system/random_estates.py come first; what is here goes beyond them. `notes` says what was put in."""

import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/lab"), str(ROOT / "tests/system")]

import ldb  # noqa: E402
import random_estates as plain  # noqa: E402
from estate import (  # noqa: E402
    CIFS, HYPERV_CLASSES, MIGRATION, UAC_DISABLED, UAC_NOT_DELEGATED, UAC_USER)
from samba.dcerpc import security  # noqa: E402
from samba.ndr import ndr_pack  # noqa: E402

DOMAIN = plain.DOMAIN
USER = "alice"  # for whom every pair is proved
READER = "reader"  # an account that may not read everything
CLASSES = (CIFS, MIGRATION)

GLOBAL, LOCAL, UNIVERSAL = 0x2, 0x4, 0x8
SECURITY = 0x80000000

UAC_DES_ONLY = 0x200000

# AD's own, which nobody puts a host into.
AUTHENTICATED, EVERYONE = "S-1-5-11", "S-1-1-0"
WELL_KNOWN = ["WD", "AU", "BU", "RU", "DC", "S-1-5-2", "S-1-5-15", "S-1-18-1", "S-1-18-2", "S-1-5-21-0-0-0-497",
              "S-1-5-21-0-0-0-496", "S-1-5-4", "PS", "SY", "BA", "DU", "BG"]
RIGHTS = ["0x100"] * 5 + ["CR"] * 2 + ["0xf01ff"] * 5 + ["GA", "0x30", "GW", "GX", "0xf00ff", "0x10000100"]
# Of an extended right (Allowed-To-Authenticate) and of a property: what an object ACE may name.
GUIDS = ["68b1d179-0d15-4d4f-ab71-46152e79a7bc", "bf967a86-0de6-11d0-a285-00aa003049e2"]
ETYPES = [28, 28, 28, 4, 8, 16, 24, 12, 0x24, 0x34, 0x3c, 0x30, 0x38, 0x3, 0x1f, 0, None, 0x7001c]
# Domain-local groups that hold well-known SIDs.
SEEN_ELSEWHERE = ["Signed In", "Anybody", "Deep Signed In"]
CONDITION = "(Member_of <SID(BA)>)"
TRUE_CONDITION = "(Member_of_any <SID(AU), SID(BA)>)"

# What an operator may be, and the user's attributes that make him so.
OPERATORS = {
    "op-right": {},
    "op-sensitive": {"uac": UAC_USER | UAC_NOT_DELEGATED},
    "op-disabled": {"uac": UAC_USER | UAC_DISABLED},
    "op-expired": {"extra": {"accountExpires": "130000000000000000"}},
    "op-locked": {"extra": {"lockoutTime": None}},  # now
    "op-hours": {"extra": {"logonHours": bytes(21)}},
    "op-change": {"extra": {"pwdLastSet": "0"}},
    "op-protected": {"group": "Protected Users"},
    "op-nested": {"group": "Nested Protected"},
    "op-mail": {"group": "Mail Protected"},
}


class Host(plain.Host):
    """A host of the model; what is None here is as usual."""

    def __init__(self, name):
        super().__init__(name, HYPERV_CLASSES)
        self.primary = None
        self.no_dacl = self.no_owner = False
        self.policy = self.silo = None
        self.silo_lists = None
        self.hidden = []  # attributes that READER may not read
        self.dns_name = True


class Policy:
    """An authentication policy; `aces` None: it says nothing of who may authenticate."""

    def __init__(self, enforced, owner, aces):
        self.enforced, self.owner, self.aces = enforced, owner, aces

    def __repr__(self):
        return f"{'enforced' if self.enforced else 'audited'} {self.sddl}"

    @property
    def sddl(self):
        return None if self.aces is None else f"{self.owner}D:{''.join(map(sddl, self.aces))}"


class Estate(plain.Estate):
    def __init__(self, seed):
        self.label = f"seed {seed}"
        self.seed = seed
        self.pick = pick = random.Random(f"oracle/{seed}")
        self.prefix = "HV"
        self.slips, self.kinds, self.others, self.raw = [], [], {}, []
        self.hosts = [Host(f"HV{i:02}") for i in range(1, pick.randint(7, 9) + 1)]
        self.storage, self.forms, self.mode, self.transition = [], "both", "either", None
        self.policies, self.silos, self.protected_groups = {}, {}, []
        self.krbtgt_sensitive = False
        # name -> (kind, members); the base class's slips take the names only.
        self.groups = {}
        self._group_up()
        for target in self.hosts:
            self._let_in(target, pick.choice(["list", "list", "sid", "group", "random", "random", "random", "none"]))
        for slip in pick.choices(SLIPS, weights=WEIGHTS, k=pick.randint(2, 9)):
            slip(self)
            if len(self.slips) > len(self.kinds):
                self.kinds.append(slip.__name__)

    @property
    def tell(self):
        return f"{self.label}: " + "; ".join(self.slips)

    def config_of(self, mode=None):
        return (f"[directory]\ndomain={DOMAIN}\n\n[group oracle]\nhosts={self.prefix}*\nmode={mode or self.mode}\n\n"
                f"[operators]\nusers={';'.join(OPERATORS)}\n")

    def of(self, name):
        return next(host for host in self.hosts if host.name == name)

    def policies_of(self, host):
        """Those that may hold for the host and say something, in force or not."""
        names = {host.policy} | {self.silos[silo][1] for silo in (host.silo, host.silo_lists) if silo}
        return [self.policies[name] for name in names if name and self.policies[name].aces is not None]

    def some(self, least=1):
        return [h.name for h in self.pick.sample(self.hosts, self.pick.randint(least, len(self.hosts) - 1))]

    def _group_up(self):
        pick = self.pick
        self.groups = {
            "Movers": (GLOBAL | SECURITY, self.some()),
            "All Movers": (UNIVERSAL | SECURITY, ["Movers"]),
            "Local Movers": (LOCAL | SECURITY, [pick.choice(["Movers", "All Movers"])]),
            "Deep Movers": (LOCAL | SECURITY, ["Local Movers"]),
            "Deniers": (LOCAL | SECURITY, self.some()),
            "Mail": (GLOBAL, self.some()),
            "Via Mail": (LOCAL | SECURITY, ["Mail"]),
            "Mail Local": (LOCAL, self.some()),
            "Mail All": (UNIVERSAL, self.some()),
            "Signed In": (LOCAL | SECURITY, [AUTHENTICATED]),
            "Anybody": (LOCAL | SECURITY, [pick.choice([EVERYONE, AUTHENTICATED])]),
            "Deep Signed In": (LOCAL | SECURITY, ["Signed In"]),
            "Primary": (GLOBAL | SECURITY, self.some()),
        }
        first = pick.choice(self.groups["Primary"][1])
        if pick.random() < 0.6:
            self.of(first).primary = "Primary"

    def _let_in(self, target, way):
        pick = self.pick
        others = [host for host in self.hosts if host is not target]
        if way == "list":
            for source in others:
                source.list += [spn for service in CLASSES for spn in target.names(service)]
        elif way == "sid":
            target.aces += [("A", plain.RIGHTS, source.name) for source in others]
        elif way == "group":
            target.aces.append(("A", plain.RIGHTS, random_group(self)))
        elif way == "random":
            target.aces += [random_ace(self, others) for _ in range(pick.randint(1, 6))]
            if pick.random() < 0.4:
                target.aces += [("A", "0x100", source.name) for source in others if pick.random() < 0.7]
        self.slip(f"{target.name} lets in by {way}: {' '.join(map(sddl, target.aces))}")

    def build(self, e):
        e.user(USER)
        e.user(READER)
        for name, kind in (("Nested Protected", GLOBAL | SECURITY), ("Mail Protected", GLOBAL)):
            e.group(name, kind=kind)
            e.member("Protected Users", name)
        now = str(int((time.time() + 11644473600) * 1e7))
        for name, how in OPERATORS.items():
            if "extra" in how:
                how = {**how, "extra": {key: value or now for key, value in how["extra"].items()}}
            e.user(name, groups=[how["group"]] if "group" in how else [],
                   **{key: value for key, value in how.items() if key != "group"})
        for name, spns in self.others.items():
            e.user(name, spns=spns)
        for host in self.hosts:
            self._build_host(e, host)
        for name, (kind, members) in self.groups.items():
            e.group(name, kind=kind)
            e.modify(name, "member", [e.foreign(m) if m.startswith("S-1-") else e.dn_of(m) for m in members],
                     ldb.FLAG_MOD_ADD)
        for name, group in self.protected_groups:
            e.group(name, kind=group[0], members=group[1])
            e.member("Protected Users", name)
        if self.krbtgt_sensitive:
            e.set("krbtgt", "userAccountControl", str(UAC_USER | UAC_DISABLED | UAC_NOT_DELEGATED))
        self._build_policies(e)
        for host in self.hosts:
            self._build_rights(e, host)
        for account, spn in self.raw:
            e.raw_spn(account, spn)

    def _build_host(self, e, host):
        values = list({value.lower(): value for value in host.list}.values())
        # A key of its own, so that a ticket tells whose it is.
        secret = f"Host-{host.name}-{self.seed}-xY".encode("utf-16-le")
        e.host(host.name, spns=host.spns, delegate_to=values, t2a4d=host.t2a4d, uac=host.uac, etypes=host.etypes,
               password=False, extra={"clearTextPassword": secret, **({} if host.dns_name else {"dNSHostName": None})})
        if host.protected:
            e.member("Protected Users", host.name)

    def _build_policies(self, e):
        base = f"CN=AuthN Policy Configuration,CN=Services,CN=Configuration,{e.dn}"
        for name, policy in self.policies.items():
            record = {"dn": f"CN={name},CN=AuthN Policies,{base}", "objectClass": "msDS-AuthNPolicy",
                      "msDS-AuthNPolicyEnforced": "TRUE" if policy.enforced else "FALSE"}
            if policy.sddl is not None:
                record["msDS-ComputerAllowedToAuthenticateTo"] = descriptor(e, policy.sddl)
            e.samdb.add(record)
        for name, (enforced, policy) in self.silos.items():
            record = {"dn": f"CN={name},CN=AuthN Silos,{base}", "objectClass": "msDS-AuthNPolicySilo",
                      "msDS-AuthNPolicySiloEnforced": "TRUE" if enforced else "FALSE"}
            if policy:
                record["msDS-ComputerAuthNPolicy"] = f"CN={policy},CN=AuthN Policies,{base}"
            e.samdb.add(record)
        for host in self.hosts:
            if host.policy:
                e.set(host.name, "msDS-AssignedAuthNPolicy", f"CN={host.policy},CN=AuthN Policies,{base}")
            if host.silo:
                e.set(host.name, "msDS-AssignedAuthNPolicySilo", f"CN={host.silo},CN=AuthN Silos,{base}")
        for name in self.silos:
            listed = [e.dn_of(host.name) for host in self.hosts if host.silo_lists == name]
            if listed:
                e.set(f"CN={name},CN=AuthN Silos,{base}", "msDS-AuthNPolicySiloMembers", listed)

    def _build_rights(self, e, host):
        if host.primary:
            rid = e.sid_of(host.primary).rpartition("-")[2]
            e.set(host.name, "primaryGroupID", rid)
        attribute = "msDS-AllowedToActOnBehalfOfOtherIdentity"
        if host.raw_descriptor is not None:
            e.set(host.name, attribute, [host.raw_descriptor])
        elif host.no_dacl:
            e.set(host.name, attribute, [no_dacl(e)])
        elif host.aces:
            owner = "" if host.no_owner else f"O:{host.owner}"
            e.set(host.name, attribute, [descriptor(e, f"{owner}D:" + "".join(map(sddl, host.aces)))])
        for attribute in host.hidden:
            e.deny_read(host.name, attribute, READER)


def descriptor(e, text):
    # Conditions have braces of their own.
    text = e._with_sids(text).replace("<", "{").replace(">", "}")
    return ndr_pack(security.descriptor.from_sddl(text, security.dom_sid(e.sid)))


def no_dacl(e):
    made = security.descriptor.from_sddl("O:BAD:", security.dom_sid(e.sid))
    made.dacl = None
    made.type &= ~security.SEC_DESC_DACL_PRESENT
    return ndr_pack(made)


def sid(trustee):
    return trustee if len(trustee) == 2 and trustee.isupper() else f"{{{trustee}}}"


def sddl(ace):
    """An ACE of three fields (kind, rights, trustee), or of six as SDDL has them, with a condition at the end."""
    if len(ace) == 3:
        return f"({ace[0]};;{ace[1]};;;{sid(ace[2])})"
    kind, flags, rights, guid, trustee, condition = ace
    more = f";{condition}" if condition else ""
    return f"({kind};{flags};{rights};{guid};;{sid(trustee)}{more})"


def random_group(estate):
    """Seldom one of those that the lab sees otherwise than Windows."""
    names = [name for name in estate.groups if name not in SEEN_ELSEWHERE]
    return estate.pick.choice(SEEN_ELSEWHERE if estate.pick.random() < 0.05 else names)


def random_trustee(estate, others):
    pick = estate.pick
    kind = pick.random()
    if kind < 0.4:
        return pick.choice(others).name
    if kind < 0.75:
        return random_group(estate)
    return pick.choice(WELL_KNOWN)


def random_ace(estate, others):
    pick = estate.pick
    trustee, rights = random_trustee(estate, others), pick.choice(RIGHTS)
    deny = pick.random() < 0.35
    kind = pick.random()
    if kind < 0.8:
        return ("D" if deny else "A", rights, trustee)
    if kind < 0.86:
        return ("D" if deny else "A", pick.choice(["IO", "CIIO", "CI", "ID"]), rights, "", trustee, "")
    if kind < 0.93:
        return ("OD" if deny else "OA", "", rights, pick.choice(GUIDS + [""]), trustee, "")
    return ("XD" if deny else "XA", "", rights, "", trustee, pick.choice([CONDITION, TRUE_CONDITION]))


# The slips


def ace_in_front(estate):
    target = estate.host()
    ace = random_ace(estate, [host for host in estate.hosts if host is not target])
    target.aces.insert(0, ace)
    estate.slip(f"{target.name}'s descriptor begins with {sddl(ace)}")


def well_known_denied(estate):
    target = estate.host()
    ace = ("D", "0x100", estate.pick.choice(WELL_KNOWN))
    target.aces.insert(0, ace)
    estate.slip(f"{target.name}'s descriptor begins with {sddl(ace)}")


def no_dacl_at_all(estate):
    target = estate.host()
    target.no_dacl = True
    estate.slip(f"{target.name}'s descriptor has no DACL")


def ownerless(estate):
    target = estate.host()
    target.no_owner = True
    estate.slip(f"{target.name}'s descriptor has no owner")


def enctypes(estate):
    for host in estate.pick.sample(estate.hosts, estate.pick.randint(1, 4)):
        host.etypes = estate.pick.choice(ETYPES)
        estate.slip(f"{host.name} has encryption types {host.etypes}")


def protected_by_group(estate):
    """Nested: a global security group, or one that is only for mail."""
    name = f"Protected {len(estate.protected_groups)}"
    kind = estate.pick.choice([GLOBAL | SECURITY, GLOBAL])
    members = [estate.host().name]
    estate.protected_groups.append((name, (kind, members)))
    estate.slip(f"{members[0]} is in Protected Users by a {'security' if kind & SECURITY else 'distribution'} group")


def no_spn_at_all(estate):
    host = estate.host()
    host.spns = []
    estate.slip(f"{host.name} has no SPN")


def empty_list(estate):
    host = estate.host()
    host.list, host.t2a4d = [], estate.pick.random() < 0.5
    estate.slip(f"{host.name} has an empty list, T2A4D {host.t2a4d}")


def policy_name(estate):
    return f"Policy{len(estate.policies)}"


def random_policy(estate, target):
    """Who may authenticate to the target."""
    pick = estate.pick
    others = [host for host in estate.hosts if host is not target]
    aces = [random_ace(estate, others) for _ in range(pick.randint(0, 2))]
    aces += [("A", pick.choice(["0x100", "CR"]), pick.choice([pick.choice(others).name, "Movers", "Local Movers",
                                                              "Mail", "WD", "AU"]))]
    name = policy_name(estate)
    estate.policies[name] = Policy(pick.random() < 0.8, pick.choice(["O:SY", "O:BA", "O:BA", "O:BA", ""]),
                                   pick.choice([aces, aces, aces, aces, None]))
    return name


def policy(estate):
    target = estate.host()
    target.policy = random_policy(estate, target)
    estate.slip(f"{target.name} has policy {target.policy} {estate.policies[target.policy]}")


def silo(estate):
    """Both ways, or one of them only."""
    target, pick = estate.host(), estate.pick
    name = f"Silo{len(estate.silos)}"
    held = pick.choice([random_policy(estate, target)] * 4 + [None])
    estate.silos[name] = (pick.random() < 0.7, held)
    way = pick.choice(["both", "both", "both", "named", "listed"])
    if way in ("both", "named"):
        target.silo = name
    if way in ("both", "listed"):
        target.silo_lists = name
    if pick.random() < 0.3:
        target.policy = random_policy(estate, target)
    estate.slip(f"{target.name} is in {name} {estate.silos[name]} ({way}) {estate.policies.get(held)}, "
                f"direct {target.policy and estate.policies[target.policy]}")


def no_dns_name(estate):
    host = estate.host()
    host.dns_name = False
    estate.slip(f"{host.name} has no dNSHostName")


def krbtgt_sensitive(estate):
    estate.krbtgt_sensitive = True
    estate.slip("krbtgt is sensitive and cannot be delegated")


def des_only(estate):
    host = estate.host()
    host.uac |= UAC_DES_ONLY
    estate.slip(f"{host.name} has USE_DES_KEY_ONLY")


def unreadable(estate):
    host = estate.host()
    attribute = estate.pick.choice([
        "msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity", "userAccountControl",
        "msDS-SupportedEncryptionTypes", "servicePrincipalName", "memberOf", "dNSHostName",
        "msDS-AssignedAuthNPolicy", "msDS-AssignedAuthNPolicySilo", "primaryGroupID"])
    host.hidden.append(attribute)
    estate.slip(f"{host.name}: {attribute} is hidden from the reader")


SLIPS = {
    **dict(zip(plain.SLIPS, plain.WEIGHTS)),
    ace_in_front: 6, well_known_denied: 4, no_dacl_at_all: 1, ownerless: 1, enctypes: 5, protected_by_group: 3,
    no_spn_at_all: 1, empty_list: 3, policy: 4, silo: 4, unreadable: 6, no_dns_name: 1, krbtgt_sensitive: 0.3,
    des_only: 0.5,
}
SLIPS, WEIGHTS = list(SLIPS), list(SLIPS.values())
