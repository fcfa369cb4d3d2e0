"""A hundred random estates, of which `make check` takes twenty: read live and from an export alike, mended by what is proposed, and restored by the undo.

Ten estates stand side by side in one lab, each a group of its own. KCDAUDIT_SEED=N reproduces a failure, and makes
other estates. Where the two readings are compared, the rules which only live evidence serves (tickets, the DC's clock)
are left out. Samba takes no RBCD descriptor over LDAP: those records of fix.ldif, comments there, are applied below it,
and test_fixes.py runs the samba-tool lines beside them. The one change without an undo is the removal of a duplicate
SPN.
"""

import base64
import os
import re
from collections import Counter

import pytest

from harness import HAS_RBCD, Lab, config, json_audit, judged, modify_as_system, without_tickets
from random_estates import SLIPS, Estate

SEED = int(os.environ.get("KCDAUDIT_SEED", 57))
LABS, ESTATES = 10, 10
# Tickets take their time, and what they say has tests of its own.
LABS_WITH_TICKETS = {0, 5}

# What fixes change.
CHANGED = ("userAccountControl", "servicePrincipalName", "msDS-AllowedToDelegateTo",
           "msDS-AllowedToActOnBehalfOfOtherIdentity")

RANKS = ["ready", "degraded", "unknown", "broken"]


class Story:
    """One estate, and what became of it."""

    def __init__(self, lab, estate, tmp_path, options):
        self.lab, self.estate = lab, estate
        self.dir = tmp_path / estate.prefix
        self.dir.mkdir()
        self.options = ["-c", config(self.dir, estate.config), *options]
        self.wrong = []

    def live(self, *options):
        return json_audit(self.lab, *self.options, *options)

    def offline(self, dump):
        return json_audit(self.lab, "--ldif", dump, *self.options, user=None)

    def file(self, name):
        return (self.dir / "fixes" / name).read_text()

    def expect(self, holds, *what):
        if not holds:
            self.wrong.append(" ".join(map(str, what)))


def state(path, prefix):
    """dn -> attribute -> values, of the accounts of one estate."""
    found = {}
    for entry in path.read_text().split("\n\n"):
        lines = entry.splitlines()
        if lines and prefix.lower() in lines[0].lower():
            attributes = {name: set() for name in CHANGED}
            for line in lines[1:]:
                name, _, value = line.partition(":")
                if name in attributes:
                    attributes[name].add(base64.b64decode(value[2:]) if value[0] == ":" else value[1:].encode())
            found[lines[0]] = attributes
    return found


def commented(text):
    """The change records that a file holds as comments, as Samba takes them below LDAP only."""
    lines = [line.removeprefix("#   ") if line.startswith("#   ") else "" for line in text.splitlines()]
    return [f"{record}\n" for record in re.split(r"\n\n+", "\n".join(lines)) if record.startswith("dn:")]


def apply(lab, stories, name):
    """One file of each estate, as an administrator would; its comments as the comments say, below LDAP."""
    below = []
    for story in stories:
        if re.search(r"^changetype:", story.file(name), re.M):
            done = lab.run(["ldapmodify", "-Q", "-N", "-Y", "GSS-SPNEGO", "-H", f"ldap://{lab.dc}", "-f",
                            story.dir / "fixes" / name], user="Administrator")
            story.expect(done.returncode == 0, f"{name} was refused:", done.stderr.strip().splitlines()[-2:])
        below += commented(story.file(name))
    if below:
        modify_as_system(lab, "\n".join(below))


def severe(finding):
    """What keeps a pair from being ready; warnings and notes do so only of one name form or one way."""
    return finding["status"] == "unknown" or finding["severity"] in ("error", "critical") or finding["rule"] in (
        "DEL-01", "DEL-02", "DEL-03", "RBC-01")


def about(pair, finding):
    """Whether the finding may be why the pair is not ready."""
    ends = {pair["source"], pair["target"]}
    towards = {target for target, _ in targets(finding)} - {None}
    if towards and finding["rule"].startswith(("DEL", "RBC")):
        return any({finding["subject"], target} == ends for target in towards)
    return finding["subject"] in ends


def reasons(pair):
    return sorted({reason for service in judged(pair).values() for reason in service["reasons"]})


def as_declared(story, pair):
    """Where the group does not insist on protocol transition, no fix for something else brings it: hosts with a list
    are degraded without."""
    return (story.estate.transition in ("forbidden", "optional") and pair["verdict"] == "degraded" and
            all(reason.startswith("no protocol transition") for reason in reasons(pair)))


def targets(finding):
    return {(t["target"], t["spn"]) for t in finding["targets"]}


def judge_mended(story):
    """Nothing stays broken that had a fix."""
    before, after = story.before.report, story.after.report
    fixed = {f["id"]: f for f in before["findings"] if f["fixes"]}
    for finding in after["findings"]:
        if finding["status"] == "fail":
            story.expect(finding["id"] not in fixed or targets(finding) < targets(fixed[finding["id"]]), "had a fix and stays:", finding["id"], finding["detail"],
                         fixed.get(finding["id"], {}).get("fixes"))
            once_more = finding["fixes"] and finding["id"] not in {f["id"] for f in before["findings"]}
            story.expect(not once_more or finding["rule"] == "DEL-03" and story.estate.transition == "optional",
                         "is there only after the fixes, with one of its own:", finding["id"])
    for pair in before["pairs"]:
        key = pair["source"], pair["target"]
        now = story.after.pair(*key)
        story.expect(RANKS.index(now["verdict"]) <= RANKS.index(pair["verdict"]), key, "was", pair["verdict"],
                     "and the fixes made it", now["verdict"], ":", reasons(now))
        why = [f for f in before["findings"] if severe(f) and about(pair, f)]
        if why and all(f["fixes"] for f in why):
            story.expect(now["verdict"] == "ready" or as_declared(story, now), key, "was", pair["verdict"],
                         "and is", now["verdict"], ":", reasons(now), [f["id"] for f in why])


def mended(story):
    """The pairs that the fixes made ready."""
    return {pair for pair, verdict in story.after.pairs.items()
            if verdict == "ready" and story.before.pairs[pair] != "ready"}


def judge_restored(story, start, end):
    """To the byte, but for duplicates that are gone."""
    gone = {f["dn"]: {spn.lower().encode() for spn in f["remove"]} for f in story.before.report["fixes"]
            if f["id"].startswith("spn-duplicate:")}
    # Samba writes a host's HOST SPN anew, in another case, when its alias goes to or comes from another account.
    fold = any(f["id"].startswith(("spn-removal:", "spn-duplicate:")) for f in story.before.report["fixes"])
    story.expect(start.keys() == end.keys(), "accounts came or went")
    for dn, attributes in start.items():
        for name, values in attributes.items():
            now = end[dn][name]
            if name == "servicePrincipalName" and fold:
                values, now = {v.lower() for v in values}, {v.lower() for v in now}
                values -= gone.get(dn.removeprefix("dn: "), set())
            story.expect(values == now, dn, name, "was not restored: lost", sorted(values - now), "and has",
                         sorted(now - values))


def test_the_estates_know_every_slip():
    estates = [Estate(SEED, number) for number in range(LABS * ESTATES)]
    made = Counter(slip for estate in estates for slip in estate.kinds)
    assert set(made) == {slip.__name__ for slip in SLIPS}, made
    assert sum(not estate.slips for estate in estates) >= 5


@pytest.mark.skipif(not HAS_RBCD, reason="this Samba's KDC knows no RBCD: 4.19 or later is needed")
@pytest.mark.parametrize("number", range(LABS if os.environ.get("KCDAUDIT_SOAK") else 1))
def test_random_estates(number, tmp_path):
    estates = [Estate(SEED, number * ESTATES + i) for i in range(ESTATES)]

    def build(e):
        e.user("audit")
        e.user("keys")
        for estate in estates:
            estate.build(e)

    # Each is audited alone: what delegates beside it is the next one's.
    options = ["--scope", "hosts"] + ([] if number in LABS_WITH_TICKETS else ["--no-tickets"])
    with Lab(build) as lab:
        dumps = {name: tmp_path / f"{name}.ldif" for name in ("start", "middle", "end")}
        stories = [Story(lab, estate, tmp_path, options) for estate in estates]
        lab.dump_ldif(dumps["start"], security_descriptors=True)
        for story in stories:
            story.before = story.live("--fixes", story.dir / "fixes")
            same(story, story.before, story.offline(dumps["start"]), "before")
        apply(lab, stories, "fix.ldif")
        lab.dump_ldif(dumps["middle"], security_descriptors=True)
        for story in stories:
            story.after = story.live()
            same(story, story.after, story.offline(dumps["middle"]), "after")
            judge_mended(story)
        apply(lab, stories, "undo.ldif")
        lab.dump_ldif(dumps["end"], security_descriptors=True)
        for story in stories:
            judge_restored(story, *(state(dumps[name], story.estate.prefix) for name in ("start", "end")))
    assert any(mended(story) for story in stories), "there was nothing to mend"
    wrong = [f"{story.estate.tell}\n" + "\n".join(f"    {line}" for line in story.wrong)
             for story in stories if story.wrong]
    assert not wrong, "\n".join(["", *wrong])


def same(story, live, offline, when):
    """Live and from the export."""
    left, right = without_tickets(live.report), without_tickets(offline.report)
    for key in left:
        story.expect(left[key] == right[key], f"{when}, {key} differ live and offline:",
                     [item for item in left[key] if item not in right[key]][:3], "<>",
                     [item for item in right[key] if item not in left[key]][:3])
