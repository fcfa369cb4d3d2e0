"""`diagnose -` with outputs as pages, mails and consoles change them: read all the same, or not claimed to lack anything."""

import html
import json
import os
import subprocess

import pytest
from patience import PATIENCE_S
from test_paste import KCDAUDIT, MIGRATION, NAMED, ask, computer, listed, run, setspn_list, whole

SHOWN = "PS C:\\> setspn -L HV02\n" + setspn_list("HV02", f"{MIGRATION}/HV02", "HOST/HV02").partition("\n")[2] + "0x80090322\n"
SOURCE = computer("HV01", msDS_AllowedToDelegateTo=listed("HV02"), TrustedToAuthForDelegation="True")


def each(mark):
    return "".join(mark.format(line) + "\n" for line in SHOWN.splitlines())


def numbered(form):
    return "".join(form.format(number, line) + "\n" for number, line in enumerate(SHOWN.splitlines(), 1))


def chopped(text, width):
    """As a page or a console cuts lines, whatever stands there."""
    return "".join(line[at:at + width].rstrip() + "\n" for line in text.splitlines()
                   for at in range(0, max(len(line), 1), width))


@pytest.mark.parametrize("text", [
    SHOWN, each(">> {}"), each("> > {}"), each(">>> {}"), html.escape(each("> {}")), html.escape(SHOWN).replace("\n", "<br />\n"),
    "".join(f"**{line}**\n" if line else "\n" for line in SHOWN.splitlines()), numbered("{:3}  {}"), numbered("{}: {}"),
    numbered("{:4} | {}").replace(" | ", "|"), SHOWN.replace("\n", "\r"),
], ids=["plain", "quoted twice", "quoted by blanks", "quoted thrice", "escaped quote", "html", "bold", "numbers", "numbers and colons", "numbers and bars", "cr"])
def test_marks_around_lines_are_taken_off(text):
    first = ask(text)["causes"][0]
    assert first["id"] == "spn-migration" and first["status"] == "confirmed" and "hv02.contoso.test is on no" in first["said"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
def test_a_mark_of_utf_16_may_be_lost(encoding):
    done = subprocess.run([KCDAUDIT, "diagnose", "-", "-c", os.devnull, "-f", "json"], input=SHOWN.encode(encoding), capture_output=True,
                          timeout=PATIENCE_S)
    assert json.loads(done.stdout)["causes"] == ask(SHOWN)["causes"]


@pytest.mark.parametrize("width", [45, 50, 60, 66, 70, 76])
def test_what_was_cut_in_the_middle_lacks_nothing(width):
    value = ask(chopped(SOURCE + NAMED, width))
    assert not [cause for cause in value["causes"] if "lacks" in str(cause["said"]) or cause["status"] == "confirmed"], value["causes"]
    value = ask(chopped(setspn_list("HV02", *whole("HV02")) + "0x80090322\n", width))
    assert not [cause for cause in value["causes"] if cause["status"] == "confirmed"], value["causes"]


def test_it_is_said_that_something_was_cut():
    value = ask(chopped(SOURCE + NAMED, 72))
    assert [cause for cause in value["causes"] if "cut in the middle of a line" in str(cause["said"])], value["causes"]
