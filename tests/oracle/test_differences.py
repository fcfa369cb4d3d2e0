"""Each difference between the lab and Windows, alone: the lab's answer is the one that its entry names."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import differences
import oracle
import truth
from estates import LOCAL, MIGRATION, OPERATORS, SECURITY, Estate, Host
from lab import Lab, obstacle

UAC_NOT_DELEGATED, UAC_DISABLED = 0x100000, 0x2
# The answer to an SPN: codes of S4U2Proxy by S4U2Self, and by the user's own ticket where that was asked for.
GRANTED, REFUSED = 0, 13


class Lone(Estate):
    """A right source, a right target, and one more host for each difference."""

    def __init__(self):
        self.seed, self.pick, self.prefix = 0, random.Random(0), "HV"
        self.others, self.raw, self.policies, self.silos, self.protected_groups = {}, [], {}, {}, []
        self.groups = {"Signed In": (LOCAL | SECURITY, ["S-1-5-11"])}
        # The lab looks at it nowhere, which every grant here proves.
        self.krbtgt_sensitive = True
        self.hosts = []
        self.source("HVSRC")
        self.target("HVDST")

        self.source("HVEMPTY", list_to=(), t2a4d=False)
        self.target("HVLETIN", aces=[("A", "0x100", "HVEMPTY")])
        self.target("HVOFF").uac |= UAC_DISABLED
        bare = self.target("HVBARE")
        bare.spns = bare.names(MIGRATION)
        self.source("HVNOSPN").spns = []
        self.target("HVNODACL", listed=False).no_dacl = True
        self.target("HVNOOWNER", listed=False, aces=[("A", "0x100", "HVSRC")]).no_owner = True
        self.target("HVOBJECT", listed=False, aces=[("OA", "", "CR", "", "HVSRC", "")])
        self.target("HVLOCAL", listed=False, aces=[("A", "0x100", "Signed In")])
        self.source("HVRC4").etypes = 4
        self.target("HVBLANK", by="HVRC4").etypes = None
        self.source("HVSENS").uac |= UAC_NOT_DELEGATED

    def source(self, name, list_to=("HVDST",), t2a4d=True):
        host = Host(name)
        host.t2a4d = t2a4d
        host.list = [spn for other in list_to for spn in Host(other).names("cifs")]
        return self.add(host)

    def target(self, name, listed=True, aces=(), by="HVSRC"):
        host = Host(name)
        host.aces = list(aces)
        if listed and not aces:
            self.of(by).list += host.names("cifs")
        return self.add(host)

    def add(self, host):
        self.hosts.append(host)
        return host


# entry -> source, target, whether S4U2Self is forwardable, what S4U2Proxy says, and by the user's own ticket
ALONE = {
    "empty-list": ("HVEMPTY", "HVLETIN", False, REFUSED, GRANTED),
    "disabled-target": ("HVSRC", "HVOFF", True, GRANTED, None),
    "cifs-without-host": ("HVSRC", "HVBARE", True, GRANTED, None),
    "no-spn": ("HVNOSPN", "HVDST", True, GRANTED, None),
    "no-dacl": ("HVSRC", "HVNODACL", True, REFUSED, None),
    "no-owner": ("HVSRC", "HVNOOWNER", True, GRANTED, None),
    "object-ace-without-guid": ("HVSRC", "HVOBJECT", True, REFUSED, None),
    "local-of-well-known": ("HVSRC", "HVLOCAL", True, REFUSED, None),
    "blank-enctypes": ("HVRC4", "HVBLANK", True, GRANTED, None),
    "krbtgt-sensitive": ("HVSRC", "HVDST", True, GRANTED, None),
    "sensitive-source": ("HVSENS", "HVDST", False, REFUSED, REFUSED),
}
# operator -> his TGT, S4U2Self, whether it is forwardable, S4U2Proxy
ANSWERS = {
    "op-right": (0, 0, True, 0),
    "op-sensitive": (0, 0, False, 13),
    "op-disabled": (18, 12, False, None),
    "op-expired": (18, 1, False, None),
    "op-locked": (18, 18, False, None),
    "op-hours": (18, 0, True, 0),
    "op-change": (23, 0, True, 23),
    "op-protected": (0, 0, True, 0),
    "op-nested": (0, 0, True, 0),
    "op-mail": (0, 0, True, 0),
}


@pytest.fixture(scope="module")
def lone():
    if why := obstacle():
        pytest.skip(f"the oracle needs the lab: {why}")
    estate = Lone()
    with Lab(estate.build) as lab:
        keytab = lab.keytab(path=lab.dir / "all.keytab")
        lines = "".join(f"source\tHVSRC$@{truth.REALM}\t{name}@{truth.REALM}\t18\t0\n"
                        f"target\tHVDST$@{truth.REALM}\tcifs/HVDST\n" for name in OPERATORS)
        yield (estate, truth.prove(lab, oracle.prover(), keytab, truth.jobs(estate)),
               truth.prove(lab, oracle.prover(), keytab, lines))


def test_every_entry_is_here():
    assert set(ALONE) == {entry.name for entry in differences.ENTRIES}


@pytest.mark.parametrize("name", ALONE)
def test_lab_answers_as_the_entry_says(lone, name):
    estate, answers, _ = lone
    source, target, forwardable, s4u, forwarded = ALONE[name]
    answer = next(a for a in answers if truth.name_of(a["source"]) == source)
    result = next(r for r in answer["results"] if r["spn"] == f"cifs/{target}")
    codes = [result[way]["code"] if way in result else None for way in ("s4u", "forwarded")]
    assert (answer["self"], answer["forwardable"], codes) == (0, forwardable, [s4u, forwarded])


@pytest.mark.parametrize("name", ALONE)
def test_entry_is_alone(lone, name):
    """Its condition holds in its own case, and in no other entry's."""
    estate = lone[0]
    entry = next(entry for entry in differences.ENTRIES if entry.name == name)
    if name == "krbtgt-sensitive":
        assert entry.when(case(estate, "HVSRC", "HVDST"))
        return
    holds = {other for other, (source, target, *_) in ALONE.items() if entry.when(case(estate, source, target))}
    assert holds == {name}


def case(estate, source, target):
    return differences.Case(estate, estate.of(source), estate.of(target), f"cifs/{target}")


@pytest.mark.parametrize("name", ANSWERS)
def test_operators(lone, name):
    answer = next(a for a in lone[2] if a["user"].startswith(f"{name}@"))
    proxy = answer["results"][0].get("s4u")
    assert (answer["user_ticket"], answer["self"], answer["forwardable"], proxy and proxy["code"]) == ANSWERS[name]


def test_prover_speaks_of_a_job_it_does_not_know():
    done = subprocess.run([oracle.prover(), "none"], input="nonsense\n", text=True, capture_output=True)
    assert done.returncode == 2 and "not a job" in done.stderr
