"""Random estates from a seeded generator: two to six hosts that would be right, but for a handful of slips."""

import random

from estate import CIFS, HYPERV_CLASSES, MIGRATION, UAC_COMPUTER, UAC_DISABLED, UAC_NOT_DELEGATED, UAC_UNCONSTRAINED

DOMAIN = "contoso.test"
RIGHTS = "0xf01ff"  # what Windows writes
STORAGE_CLASSES = ["HOST", "RestrictedKrbHost", "WSMAN"]


class Host:
    def __init__(self, name, classes):
        self.name, self.fqdn = name, f"{name.lower()}.{DOMAIN}"
        self.spns = [f"{service}/{form}" for service in classes for form in (name, self.fqdn)]
        self.list, self.aces, self.owner = [], [], "BA"
        self.uac, self.t2a4d, self.etypes, self.raw_descriptor = UAC_COMPUTER, True, 28, None
        self.protected = False

    def names(self, service, forms="both"):
        return [f"{service}/{name}" for form, name in (("short", self.name), ("fqdn", self.fqdn))
                if forms in (form, "both")]


class Estate:
    """`tell` says what is wrong with it."""

    def __init__(self, seed, number):
        self.label = f"KCDAUDIT_SEED={seed}, estate {number}"
        self.pick = random.Random(f"{seed}/{number}")
        self.prefix = f"E{number:02}"
        self.slips, self.kinds, self.others, self.groups, self.raw = [], [], {}, {}, []
        pick = self.pick
        self.hosts = [Host(f"{self.prefix}HV{i}", HYPERV_CLASSES) for i in range(1, pick.randint(2, 6) + 1)]
        self.storage = [Host(f"{self.prefix}FS1", STORAGE_CLASSES)] if pick.random() < 0.3 else []
        self.mode = pick.choice(["either", "either", "kcd", "rbcd"])
        self.forms = pick.choice(["both", "both", "both", "fqdn", "short"])
        self.transition = pick.choice([None, None, None, "required", "optional", "forbidden"])
        self.by_list = self.mode == "kcd" or self.mode == "either" and pick.random() < 0.6
        self._delegate()
        for slip in pick.choices(SLIPS, weights=WEIGHTS, k=pick.randint(0, 5)):
            slip(self)
            if len(self.slips) > len(self.kinds):
                self.kinds.append(slip.__name__)

    @property
    def tell(self):
        hosts = ", ".join(host.name for host in [*self.hosts, *self.storage])
        return (f"{self.label} ({hosts}; mode {self.mode}, names {self.forms}, transition {self.transition}, built by "
                f"{'list' if self.by_list else 'descriptor'}): {'; '.join(self.slips) or 'no slip'}")

    @property
    def config(self):
        lines = [f"[group {self.prefix.lower()}]", f"hosts={self.prefix}HV*", f"mode={self.mode}",
                 f"names={self.forms}"]
        lines += [f"storage={';'.join(host.name for host in self.storage)}"] if self.storage else []
        lines += [f"protocol_transition={self.transition}"] if self.transition else []
        return "\n".join(lines) + "\n"

    def _delegate(self):
        """What it takes for everybody to reach everybody."""
        way = self.pick.choice(["sid", "group", "nested"])
        if not self.by_list and way != "sid":
            self.groups[f"{self.prefix} Hosts"] = [host.name for host in self.hosts]
            self.groups[f"{self.prefix} All"] = [f"{self.prefix} Hosts"]
        for source in self.hosts:
            source.t2a4d = self.transition != "forbidden"
            for target in [*self.hosts, *self.storage]:
                if source is target:
                    continue
                if self.by_list:
                    source.list += [spn for service in self.services(target)
                                    for spn in target.names(service, self.forms)]
                elif way == "sid":
                    target.aces.append(("A", RIGHTS, source.name))
        if not self.by_list and way != "sid":
            for target in [*self.hosts, *self.storage]:
                target.aces.append(("A", RIGHTS, f"{self.prefix} {'Hosts' if way == 'group' else 'All'}"))

    def services(self, target):
        return [CIFS] if target in self.storage else [CIFS, MIGRATION]

    def slip(self, text):
        self.slips.append(text)

    def host(self):
        return self.pick.choice(self.hosts)

    def pair(self):
        """A source, and whom it needs."""
        source = self.host()
        return source, self.pick.choice([host for host in [*self.hosts, *self.storage] if host is not source])

    def service_account(self):
        name = f"svc-{self.prefix.lower()}"
        self.others.setdefault(name, [f"SCVMM/{name}.{DOMAIN}"])
        return name

    def build(self, e):
        for name, spns in self.others.items():
            e.user(name, password=False, spns=spns)
        for host in [*self.hosts, *self.storage]:
            # As the directory keeps it: every value once, whatever its case.
            values = list({value.lower(): value for value in host.list}.values())
            e.host(host.name, spns=host.spns, delegate_to=values, t2a4d=host.t2a4d, uac=host.uac, etypes=host.etypes,
                   keys_of="keys")
            if host.protected:
                e.member("Protected Users", host.name)
        for name, members in self.groups.items():
            e.group(name, members=members)
        for host in [*self.hosts, *self.storage]:
            if host.raw_descriptor is not None:
                e.set(host.name, "msDS-AllowedToActOnBehalfOfOtherIdentity", [host.raw_descriptor])
            elif host.aces:
                sids = {trustee: trustee if len(trustee) == 2 else f"{{{trustee}}}" for _, _, trustee in host.aces}
                e.rbcd(host.name, f"O:{host.owner}D:" + "".join(
                    f"({kind};;{rights};;;{sids[trustee]})" for kind, rights, trustee in host.aces))
        for account, spn in self.raw:
            e.raw_spn(account, spn)


# The slips


def migration_spn_missing(estate):
    host, forms = estate.host(), estate.pick.choice(["both", "both", "short", "fqdn"])
    drop_spns(host, host.names(MIGRATION, forms))
    estate.slip(f"{host.name} has no Migration SPN ({forms})")


def host_spn_missing(estate):
    host, forms = estate.host(), estate.pick.choice(["both", "short", "fqdn"])
    drop_spns(host, host.names("HOST", forms))
    estate.slip(f"{host.name} has no HOST SPN ({forms})")


def drop_spns(host, spns):
    host.spns = [spn for spn in host.spns if spn not in spns]


def way_forgotten(estate):
    source, target = estate.pair()
    names = {target.name.lower(), target.fqdn}
    source.list = [spn for spn in source.list if spn.partition("/")[2].lower() not in names]
    target.aces = [ace for ace in target.aces if ace[2] != source.name]
    estate.slip(f"{source.name} was not allowed to {target.name}")


def entries_partial(estate):
    source, target = estate.pair()
    wanted = [spn for service in estate.services(target) for spn in target.names(service)]
    gone = estate.pick.sample(wanted, estate.pick.randint(1, len(wanted)))
    source.list = [spn for spn in source.list if spn not in gone]
    estate.slip(f"{source.name}'s list lacks {', '.join(gone)}")


def kerberos_only(estate):
    host = estate.host()
    host.t2a4d = False
    estate.slip(f"{host.name}: Kerberos only")


def entries_beside_descriptors(estate):
    source, target = estate.pair()
    source.list += target.names(estate.pick.choice(estate.services(target)))
    source.t2a4d = estate.pick.random() < 0.5
    estate.slip(f"{source.name} has some list entries to {target.name}, {'with' if source.t2a4d else 'without'} T2A4D")


def duplicate(estate):
    host, service = estate.host(), estate.pick.choice([MIGRATION, MIGRATION, "HOST"])
    spn = estate.pick.choice(host.names(service))
    account = estate.service_account()
    if spn in host.spns and not holds(estate, account, spn, CIFS):
        estate.raw.append((account, spn))
        estate.slip(f"{account} holds {spn} too")


def shadow(estate):
    host, account = estate.host(), estate.service_account()
    spn = estate.pick.choice(host.names(CIFS))
    if not holds(estate, account, spn, "HOST"):
        estate.raw.append((account, spn))
        estate.slip(f"{account} holds {spn}")


def holds(estate, account, spn, service):
    """Whether the account has this SPN, or that service of the same name. A cifs that shadows a duplicate HOST hides
    it: the duplicate is seen, and mended, once the shadow is gone. One fix for each, but not in one go."""
    other = f"{service}/{spn.partition('/')[2]}"
    return bool({spn, other} & {held for holder, held in estate.raw if holder == account})


def wrong_owner(estate):
    host = estate.host()
    spn = estate.pick.choice(host.names(MIGRATION))
    if spn not in host.spns or any(spn == other for _, other in estate.raw):
        return
    drop_spns(host, [spn])
    others = [other for other in estate.hosts if other is not host]
    if estate.pick.random() < 0.5:
        other = estate.pick.choice(others)
        other.spns.append(spn)
        estate.slip(f"{other.name} holds {spn}")
    else:
        account = estate.service_account()
        estate.others[account].append(spn)
        estate.slip(f"{account} holds {spn}")


def ghosts(estate):
    host, ghost = estate.host(), Host(f"{estate.prefix}GONE", HYPERV_CLASSES)
    host.list += ghost.names(CIFS) + ghost.names(MIGRATION, estate.pick.choice(["both", "short"]))
    estate.slip(f"{host.name}'s list has entries for a host that is gone")


def excess(estate):
    host, account = estate.host(), estate.service_account()
    host.list.append(estate.others[account][0])
    estate.slip(f"{host.name} may also act towards {account}")


def unconstrained(estate):
    host = estate.host()
    host.uac |= UAC_UNCONSTRAINED
    if estate.pick.random() < 0.5:
        host.list = []
    if estate.pick.random() < 0.5:
        host.t2a4d = False
    estate.slip(f"{host.name} is trusted for any delegation, {len(host.list)} list entries, T2A4D {host.t2a4d}")


def not_delegated(estate):
    host = estate.host()
    host.uac |= UAC_NOT_DELEGATED
    estate.slip(f"{host.name} is sensitive and cannot be delegated")


def disabled(estate):
    host = estate.host()
    host.uac |= UAC_DISABLED
    estate.slip(f"{host.name} is disabled")


def protected(estate):
    host = estate.host()
    host.protected = True
    estate.slip(f"{host.name} is in Protected Users")


def weak(estate):
    host = estate.host()
    host.etypes = estate.pick.choice([4, 4, 12, 24, 16, 0, None])
    estate.slip(f"{host.name} has encryption types {host.etypes}")


def granted(estate):
    source, target = estate.pair()
    target.aces.append(("A", RIGHTS, source.name))
    estate.slip(f"{target.name} lets {source.name} in by its descriptor")


def denied(estate):
    source, target = estate.pair()
    who = estate.pick.choice([source.name, *estate.groups])
    target.aces.insert(0, ("D", estate.pick.choice([RIGHTS, "0x100", "GA"]), who))
    estate.slip(f"{target.name}'s descriptor denies {who} {target.aces[0][1]}")


def too_little(estate):
    source, target = estate.pair()
    rights = estate.pick.choice(["0xf00ff", "0x1", "GA", "GW"])
    target.aces = [ace for ace in target.aces if ace[2] != source.name] + [("A", rights, source.name)]
    estate.slip(f"{target.name} grants {source.name} only {rights}")


def broad(estate):
    host, trustee = estate.host(), estate.pick.choice(["WD", "AU", "DC"])
    host.aces.append(("A", RIGHTS, trustee))
    estate.slip(f"{host.name} grants {trustee}")


def malformed(estate):
    host = estate.host()
    host.raw_descriptor = bytes.fromhex("0100048014000000000000000000000014000000ffffff00")
    estate.slip(f"{host.name}'s descriptor does not parse")


def owned(estate):
    _, target = estate.pair()
    target.owner = estate.pick.choice(["DA", "SY", f"{{{target.name}}}"])
    estate.slip(f"{target.name}'s descriptor is owned by {target.owner}")


def stale_name(estate):
    host = estate.host()
    spn = f"WSMAN/old-{host.fqdn}"
    if spn not in host.spns:
        host.spns.append(spn)
    estate.slip(f"{host.name} holds an SPN of its old name")


def other_case(estate):
    host = estate.host()
    change = estate.pick.choice([str.upper, str.lower, str.swapcase])
    host.list = [change(spn) for spn in host.list]
    estate.slip(f"{host.name}'s list is spelled otherwise")


SLIPS = {
    migration_spn_missing: 3, host_spn_missing: 2, way_forgotten: 4, entries_partial: 4, kerberos_only: 3,
    entries_beside_descriptors: 2, duplicate: 3, shadow: 2, wrong_owner: 3, ghosts: 3, excess: 2, unconstrained: 3,
    not_delegated: 2, disabled: 2, protected: 1, weak: 2, granted: 2, denied: 2, too_little: 2, broad: 1, malformed: 1,
    owned: 1, stale_name: 1, other_case: 2,
}
SLIPS, WEIGHTS = list(SLIPS), list(SLIPS.values())
