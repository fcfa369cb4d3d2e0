#!/usr/bin/python3
"""Texts as people paste them, and the cause that `diagnose` has to name first.

    reports.py BINARY [NAME...]   prints which hold, and the share

A text is reports/NAME.txt: lines KEY: VALUE (source, cause, about, first), a line ---, and what was pasted. `first` names
one cause, or two or three that the text alone does not tell apart.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "reports"

# The causes that lie in delegation, SPNs and the accounts' Kerberos attributes: none of them may come first for a text of
# another cause.
DELEGATION = set(
    """list-migration list-cifs storage-cifs no-transition unconstrained rbcd-refused rbcd-mixing operator-sensitive
    operator-protected krbtgt-sensitive source-sensitive source-protected cross-domain spn-migration spn-host
    spn-duplicate spn-elsewhere winrm-spn etypes etypes-weak s4u-refused""".split()
)


@dataclass
class Report:
    name: str
    source: str
    cause: str
    about: str
    first: list
    text: str


def read(path):
    head, _, text = path.read_text(encoding="utf-8").partition("\n---\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Report(path.stem, fields["source"], fields["cause"], fields["about"], fields["first"].split("|"), text)


def all_reports():
    return [read(path) for path in sorted(FOLDER.glob("*.txt"))]


def causes(binary, text, *options):
    """The ids of the causes, the first first."""
    done = subprocess.run(
        [binary, "diagnose", *options, "-f", "json", "-"], input=text.encode(), capture_output=True, check=False
    )
    return [each["id"] for each in json.loads(done.stdout)["causes"]] if done.stdout else []


def first(binary, text, *options):
    return (causes(binary, text, *options) or ["none"])[0]


def misleads(report, got):
    return report.about == "other" and got in DELEGATION and got not in report.first


def main(binary, *names):
    held = misled = 0
    chosen = [each for each in all_reports() if not names or each.name in names]
    for report in chosen:
        got = first(binary, report.text)
        holds = got in report.first
        held += holds
        misled += misleads(report, got)
        if not holds:
            note = ", a cause of delegation" if misleads(report, got) else ""
            print(f"{report.name}: {got}{note}, not {' or '.join(report.first)}: {report.cause}")
    print(f"{held} of {len(chosen)} have the true cause first, {misled} of another cause have one of delegation first")


if __name__ == "__main__":
    main(*sys.argv[1:])
