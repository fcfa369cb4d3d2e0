"""What the lab's KDC does otherwise than a Windows KDC, written before any estate was drawn.

One entry per sentence of a specification. `when` is the one condition that it excuses, decided by the estate as it was
made, never by what the product says of it. `to` is what becomes of the lab's answer there. Uses are counted, and an
entry without any is printed: it goes, or its ingredient comes.

Specifications: SFU, KILE, DTYP are MS-SFU, MS-KILE, MS-DTYP; ST is Samba's own tests, modelled on Windows.
"""

from estates import CIFS, UAC_DISABLED, UAC_NOT_DELEGATED

REFUSED = "refused"  # Windows refuses whatever the lab says
OPEN = "open"  # the specification does not say, or a Windows KDC may go either way: nothing is judged
BY_CLEARED = "by-cleared"  # what the same source gets without its flag, a forwarded ticket would have got
BY_FORWARDED = "by-forwarded"  # the user's own ticket proves what S4U2Self would have

# Of object ACEs, which Samba's check takes only with an object tree.
OBJECT_ACES = ("OA", "OD", "ZA")
ANY_ETYPE, AES = 0x3f, 0x38  # of msDS-SupportedEncryptionTypes
WELL_KNOWN_MEMBERS = ("S-1-5-11", "S-1-1-0")


class Entry:
    def __init__(self, name, cite, sentence, lab, to, when):
        self.name, self.cite, self.sentence, self.lab, self.to, self.when = name, cite, sentence, lab, to, when


class Case:
    """One SPN of one pair, as the estate has it."""

    def __init__(self, estate, source, target, spn):
        self.estate, self.source, self.target, self.spn = estate, source, target, spn
        self.service, _, self.name = spn.partition("/")

    def holds(self, service):
        wanted = f"{service}/{self.name}".lower()
        return any(spn.lower() == wanted for spn in self.target.spns)

    @property
    def in_list(self):
        return any(entry.lower() == self.spn.lower() for entry in self.source.list)


def six(ace):
    return ace if len(ace) == 6 else (ace[0], "", ace[1], "", ace[2], "")


def aces_asked(case):
    """Those that may decide: of the target's policy, and of its descriptor where the list does not allow it."""
    aces = [] if case.in_list else list(case.target.aces)
    for policy in case.estate.policies_of(case.target):
        aces += policy.aces
    return [six(ace) for ace in aces]


def local_of_well_known(estate):
    """Domain-local groups that hold Authenticated Users or Everyone, also by way of one another."""
    found, new = [], list(WELL_KNOWN_MEMBERS)
    while new:
        new = [name for name, (_, members) in estate.groups.items() if set(new) & set(members) and name not in found]
        found += new
    return found


ENTRIES = [
    Entry("empty-list", "SFU 3.2.5.1.2",
          "Without TrustedToAuthenticationForDelegation the ticket is forwardable where the list of services is empty.",
          "never forwardable without T2A4D", BY_FORWARDED,
          lambda c: not c.source.t2a4d and not c.source.list and not c.source.uac & UAC_NOT_DELEGATED and
          not is_protected(c.estate, c.source)),
    Entry("disabled-target", "KILE 3.3.5.7",
          "A server account that is disabled gets no tickets.",
          "tickets are granted", REFUSED, lambda c: bool(c.target.uac & UAC_DISABLED)),
    Entry("cifs-without-host", "KILE 3.3.5.1.1",
          "cifs/NAME is looked up as itself, then by sPNMappings as HOST/NAME; no other name is tried.",
          "cifs/NAME is found by the account's own name", REFUSED,
          lambda c: c.service == CIFS and not c.holds("HOST") and not c.holds(CIFS) and not elsewhere(c)),
    Entry("no-spn", "KILE 3.3.5.7",
          "A server without any SPN gets KDC_ERR_MUST_USE_USER2USER, S4U2Self by its own name included.",
          "S4U2Self is granted", REFUSED, lambda c: not c.source.spns and not held_raw(c.estate, c.source.name)),
    Entry("no-dacl", "DTYP 2.5.3.2", "Where the descriptor has no DACL, access is granted.",
          "access is denied", OPEN, lambda c: c.target.no_dacl and not c.in_list),
    Entry("no-owner", "ST, of authentication policies", "A descriptor without owner refuses.",
          "an RBCD descriptor without owner is read as any other, a policy's refuses", OPEN,
          lambda c: c.target.no_owner and bool(c.target.aces) and not c.in_list),
    Entry("object-ace-without-guid", "DTYP 2.5.3.2", "An object ACE without ObjectType counts as a plain ACE.",
          "it is skipped", OPEN, lambda c: any(
              ace[0] in OBJECT_ACES and not ace[3] and may_hold(c.estate, c.source, ace[4]) for ace in aces_asked(c))),
    Entry("local-of-well-known", "KILE 3.4.5.3, DTYP 2.5.2.1.1",
          "A token gets the domain-local groups of each of its SIDs, Authenticated Users and Everyone included.",
          "only builtin groups are looked for by these", OPEN, lambda c: any(
              ace[4] in local_of_well_known(c.estate) and ace[4] not in groups_of(c.estate, c.source)
              for ace in aces_asked(c))),
    Entry("blank-enctypes", "KILE 3.1.1.5",
          "An account that does not say its encryption types has those of the KDC's configuration.",
          "the configuration is that of 2022, with RC4; Windows of 2026 has AES alone", OPEN,
          lambda c: not (c.target.etypes or 0) & ANY_ETYPE and not (c.source.etypes or ANY_ETYPE) & AES),
    Entry("krbtgt-sensitive", "KILE 3.3.5.1",
          "A TGT is forwardable where krbtgt, its server, may be delegated; none is where it may not.",
          "krbtgt's flag is not looked at", REFUSED, lambda c: c.estate.krbtgt_sensitive),
    Entry("sensitive-source", "SFU 3.2.5.2.1",
          "S4U2Proxy asks for the evidence's FORWARDABLE flag, and not for that of the source's own TGT.",
          "a source whose TGT is not forwardable is refused whatever its evidence", BY_CLEARED,
          lambda c: bool(c.source.uac & UAC_NOT_DELEGATED)),
]


def groups_of(estate, host):
    """The host's groups as a token has them: security-enabled, through such only."""
    found, new = [], [host.name]
    while new:
        new = [name for name, (kind, members) in estate.groups.items()
               if kind >> 31 and set(new) & set(members) and name not in found]
        found += new
    return found


def may_hold(estate, host, trustee):
    """Whether the trustee may be in the host's token: no other host, and no group of others."""
    names = {other.name for other in estate.hosts} | set(estate.groups)
    return trustee not in names or trustee == host.name or trustee in groups_of(estate, host)


def is_protected(estate, host):
    """By the security-enabled groups alone."""
    return host.protected or any(
        group[0] >> 31 and host.name in group[1] for _, group in estate.protected_groups)


def elsewhere(case):
    """Whether another account holds the SPN."""
    wanted = {f"{service}/{case.name}".lower() for service in (CIFS, "HOST")}
    held = [spn.lower() for host in case.estate.hosts if host is not case.target for spn in host.spns]
    held += [spn.lower() for spns in case.estate.others.values() for spn in spns]
    held += [spn.lower() for _, spn in case.estate.raw]
    return bool(wanted & set(held))


def held_raw(estate, account):
    return any(holder == account for holder, _ in estate.raw)


# Operators: the lab's answer for one of estates.OPERATORS, and what Windows says.
OPERATOR_ENTRIES = [
    Entry("operator-hours", "KILE 3.3.5.7.1",
          "Outside the hours of the user's logonHours there are no tickets: KDC_ERR_CLIENT_REVOKED.",
          "a TGT is refused so, and S4U2Self is granted", False, lambda name: name == "op-hours"),
    Entry("operator-protected", "KILE 3.3.5.1", "No ticket of a member of Protected Users is forwardable.",
          "S4U2Self is forwardable", False, lambda name: name in ("op-protected", "op-nested")),
]


def operator_works(name, works, uses):
    """Whether a Windows KDC would let this operator be delegated; None where that is open."""
    for entry in OPERATOR_ENTRIES:
        if entry.when(name) and works != entry.to:
            uses[entry.name] += 1
            works = entry.to
    return works
