"""Readers who may not read everything: an ordinary user, and some to whom attributes, objects, containers and property sets
are denied, drawn from the seed. What they are told may be less than what is so, and never more."""

import random

from estates import DOMAIN

READERS = 3
OF_HOSTS = ["msDS-AllowedToDelegateTo", "msDS-AllowedToActOnBehalfOfOtherIdentity", "servicePrincipalName",
            "userAccountControl", "memberOf", "primaryGroupID", "msDS-SupportedEncryptionTypes", "dNSHostName",
            "sAMAccountName", "objectSid", "pwdLastSet", "msDS-AssignedAuthNPolicy", "msDS-AssignedAuthNPolicySilo", "objectClass",
            "msDS-AuthNPolicySiloMembersBL", "tokenGroups"]
OF_GROUPS = ["member", "memberOf", "groupType", "objectSid", "sAMAccountName", "objectClass"]
OF_KRBTGT = ["userAccountControl", "msDS-SupportedEncryptionTypes", "pwdLastSet", "sAMAccountName"]
OF_POLICIES = ["msDS-AuthNPolicyEnforced", "msDS-ComputerAllowedToAuthenticateTo", "objectClass", "cn"]
OF_SILOS = ["msDS-AuthNPolicySiloEnforced", "msDS-ComputerAuthNPolicy", "msDS-AuthNPolicySiloMembers", "objectClass"]
PROPERTY_SETS = {"Account Restrictions": "4c164200-20c0-11d0-a768-00aa006e0529",
                 "Public Information": "e48d0154-bcf8-11d1-8702-00c04fb96050",
                 "DNS Host Name Attributes": "72e39547-7b18-11d1-adef-00c04fd8d5cd",
                 "Group Membership": "bc0ac240-79a9-11d0-9020-00c04fc2d4cf"}
ALL = "RPLCRCLO"
DOMAIN_DN = "DC=" + DOMAIN.replace(".", ",DC=")
POLICY_BASE = f"CN=AuthN Policy Configuration,CN=Services,CN=Configuration,{DOMAIN_DN}"


class Denial:
    """One entry of an access list: of the attribute, or of the rights."""

    def __init__(self, where, attribute=None, ace=None):
        self.where, self.attribute, self.ace = where, attribute, ace

    def __str__(self):
        return f"{self.where.partition(',')[0]}: {self.attribute or self.ace}"

    def put(self, e, reader):
        if self.ace is None:
            e.deny_read(self.where, self.attribute, reader)
        else:
            e.acl(self.where, self.ace.format(reader=f"{{{reader}}}"))


def rights(flags, letters, guid=""):
    kind = "OD" if guid else "D"
    return f"({kind};{flags};{letters};{guid};;{{reader}})"


def attribute_of_a_host(pick, estate):
    host = pick.choice(estate.hosts).name
    return [Denial(host, attribute) for attribute in pick.sample(OF_HOSTS, pick.randint(1, 3))]


def attribute_of_many(pick, estate):
    """As a hardening does it: one attribute, of every second host or so."""
    attribute = pick.choice(OF_HOSTS)
    return [Denial(host.name, attribute) for host in estate.hosts if pick.random() < 0.6]


def descriptor_of_a_host(pick, estate):
    return [Denial(pick.choice(estate.hosts).name, ace=rights("", "RC"))]


def property_set_of_a_host(pick, estate):
    return [Denial(pick.choice(estate.hosts).name, ace=rights("", "RP", pick.choice(list(PROPERTY_SETS.values()))))]


def whole_host(pick, estate):
    return [Denial(pick.choice(estate.hosts).name, ace=rights("", ALL))]


def of_a_group(pick, estate):
    group = pick.choice([*estate.groups, *(name for name, _ in estate.protected_groups), "Protected Users"])
    if pick.random() < 0.4:
        return [Denial(group, ace=rights("", ALL))]
    return [Denial(group, pick.choice(OF_GROUPS))]


def of_krbtgt(pick, _):
    return [Denial("krbtgt", pick.choice(OF_KRBTGT))] if pick.random() < 0.8 else [Denial("krbtgt", ace=rights("", ALL))]


def of_a_service_account(pick, estate):
    return [Denial(name, pick.choice(["servicePrincipalName", "userAccountControl", "sAMAccountName"])) if pick.random() < 0.6 else
            Denial(name, ace=rights("", ALL)) for name in estate.others]


def of_a_policy(pick, estate):
    found = [(f"CN={name},CN=AuthN Policies,{POLICY_BASE}", OF_POLICIES) for name in estate.policies]
    found += [(f"CN={name},CN=AuthN Silos,{POLICY_BASE}", OF_SILOS) for name in estate.silos]
    if not found:
        return []
    where, attributes = pick.choice(found)
    return [Denial(where, pick.choice(attributes)) if pick.random() < 0.7 else Denial(where, ace=rights("", ALL))]


def container(pick, _):
    """What is in it is not listed, or not read."""
    where = pick.choice([f"CN=Users,{DOMAIN_DN}", f"CN=Computers,{DOMAIN_DN}", POLICY_BASE,
                         f"CN=AuthN Policies,{POLICY_BASE}", f"CN=AuthN Silos,{POLICY_BASE}"])
    return [Denial(where, ace=pick.choice([rights("", "LC"), rights("CIIO", "RPRC"), rights("CI", ALL)]))]


KINDS = {attribute_of_a_host: 8, attribute_of_many: 3, descriptor_of_a_host: 2, property_set_of_a_host: 4, whole_host: 2, of_a_group: 5,
         of_krbtgt: 2, of_a_service_account: 3, of_a_policy: 4, container: 2}


class Denials:
    """Of each reader the denials; none of "plain"."""

    def __init__(self, estate):
        pick = random.Random(f"denied/{estate.seed}")
        self.readers = {"plain": []}
        for i in range(1, READERS + 1):
            kinds = pick.choices(list(KINDS), weights=KINDS.values(), k=pick.randint(1, 4))
            self.readers[f"denied{i}"] = [denial for kind in kinds for denial in kind(pick, estate)]

    def build(self, e):
        for reader in self.readers:
            e.user(reader)
        for reader, denials in self.readers.items():
            for denial in denials:
                denial.put(e, reader)


def hidden_spns(run, denials):
    """SPNs that accounts hold whom the reader does not find by them; those that no host of the name holds beside."""
    away = {denial.where for denial in denials if denial.ace or denial.attribute in ("servicePrincipalName", "objectClass")}
    users = any(where.startswith("CN=Users,") for where in away)
    estate = run.estate
    held = [spn for name, spns in estate.others.items() if users or name in away for spn in spns]
    held += [spn for name, spn in estate.raw if users or name in away]
    hosts = {spn.lower() for host in estate.hosts for spn in host.spns}
    return {spn.lower() for spn in held}, {spn.lower() for spn in held if spn.lower() not in hosts}


def hidden_holders(parties, denials):
    """The SPNs of accounts that the reader does not find by them, folded."""
    away = {denial.where for denial in denials if denial.ace or denial.attribute in ("servicePrincipalName", "objectClass")}
    users, computers = (any(where.startswith(f"CN={name},") for where in away) for name in ("Users", "Computers"))
    return {spn.lower() for party in parties for spn in party.spns
            if party.name in away or (users if party.kind == "user" else computers)}


def try_readers(run):
    """Live and by each one's own snapshot. Who else holds an SPN, and is hidden, only the KDC knows: it refuses a ticket for
    what two accounts hold, and gives one for what somebody else holds."""
    for reader, denials in run.denials.readers.items():
        told = "; ".join(map(str, denials)) or "nothing denied"
        all_hidden, shadows = hidden_spns(run, denials)
        for name, report, hidden in (
                ("live", run.audit(user=reader, tickets=True), shadows),
                ("snapshot", run.audit("--ldif", run.snapshot(f"{reader}.ldif", user=reader)), all_hidden)):
            run.kept[f"{reader}-{name}.json"] = report
            run.counts["denied pairs"] += len(report["pairs"])
            run.counts["denied unknown"] += sum(pair["verdict"] == "unknown" for pair in report["pairs"])
            run.judge(report, run.proof, f"({reader}, {name}; {told}) ", "denied wrong", known=run.wrong_pairs, hidden=hidden)
        if not denials:
            compare(run, run.kept[f"{reader}-snapshot.json"])


def compare(run, report):
    """An ordinary user is told what the administrator is, without tickets."""
    here = {(pair["source"], pair["target"]): pair["services"] for pair in report["pairs"]}
    for pair in run.live["pairs"]:
        other = here.get((pair["source"], pair["target"]), {})
        for service, judged in pair["services"].items():
            if other.get(service, {}).get("verdict") != judged["verdict"]:
                run.say("plain reader", f"{pair['source']} > {pair['target']} {service}: the administrator "
                        f"{judged['verdict']}, an ordinary user {other.get(service)}")
