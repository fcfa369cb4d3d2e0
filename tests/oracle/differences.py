"""What the lab's KDC does otherwise than a Windows KDC, written before any estate was drawn.

One entry per sentence of a specification. `when` is the one condition that it excuses, decided by the estate as it was
made, never by what the product says of it. `to` is what becomes of the lab's answer there. Uses are counted, and an
entry without any is printed: it goes, or its ingredient comes.

Specifications: SFU, KILE, DTYP are MS-SFU, MS-KILE, MS-DTYP; ST is Samba's own tests, modelled on Windows.
"""

from estates import CIFS, UAC_DISABLED, UAC_NOT_DELEGATED

REFUSED = "refused"  # Windows refuses whatever the lab says
OPEN = "open"  # the specification does not say, or a Windows KDC may go either way: nothing is judged
BY_FORWARDED = "by-forwarded"  # the user's own ticket proves what S4U2Self would have

# Of object ACEs, which Samba's check takes only with an object tree.
OBJECT_ACES = ("OA", "OD", "ZA")
CALLBACK_ACES = ("XA", "XD")


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


def plain_sddl(ace):
    return ace if len(ace) == 6 else (ace[0], "", ace[1], "", ace[2], "")


def has_ace(case, kinds, guid=None):
    """An ACE of such a kind in a descriptor that this way needs, and no way by the list."""
    aces = [plain_sddl(ace) for ace in case.target.aces]
    return not case.in_list and any(ace[0] in kinds and (guid is None or bool(ace[3]) == guid) for ace in aces)


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
    Entry("no-owner", "ST rbcd_no_owner", "A descriptor without owner refuses.",
          "the answer depends on the right asked for", OPEN,
          lambda c: c.target.no_owner and bool(c.target.aces) and not c.in_list),
    Entry("object-ace-without-guid", "DTYP 2.5.3.2", "An object ACE without ObjectType counts as a plain ACE.",
          "it is skipped", OPEN, lambda c: has_ace(c, OBJECT_ACES, guid=False)),
    Entry("sensitive-source", "SFU 3.2.5.2.1",
          "S4U2Proxy asks for the evidence's FORWARDABLE flag, and not for that of the source's own TGT.",
          "a source whose TGT is not forwardable is refused whatever its evidence", OPEN,
          lambda c: bool(c.source.uac & UAC_NOT_DELEGATED)),
]


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
    Entry("operator-disabled", "KILE 3.3.5.1",
          "A disabled account is KDC_ERR_CLIENT_REVOKED, also as the user of S4U2Self.",
          "S4U2Self is granted", False, lambda name: name == "op-disabled"),
    Entry("operator-protected", "KILE 3.3.5.1", "No ticket of a member of Protected Users is forwardable.",
          "S4U2Self is forwardable", False, lambda name: name == "op-protected"),
]


def operator_works(name, works, uses):
    """Whether a Windows KDC would let this operator be delegated; None where that is open."""
    for entry in OPERATOR_ENTRIES:
        if entry.when(name) and works != entry.to:
            uses[entry.name] += 1
            works = entry.to
    return works
