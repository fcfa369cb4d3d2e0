"""What of a troubleshooting guide is an item: a bullet, a step, a quoted message or a row of a table."""

import re

# Lists of links, and what only introduces a list.
LINKS = {"References", "More information", "Common issues and solutions", "**Recommended Documents**"}


def items(text):
    """(line number, text) of each item of the guide's body, and of every error code and event id in it."""
    lines = text.splitlines()
    body, section = False, ""
    fences = 0
    for number, line in enumerate(lines, 1):
        if line.startswith("---") or line.startswith("/>"):
            fences += 1
            body = fences >= (1 if line.startswith("/>") else 2)
            continue
        if line.startswith("<properties"):
            continue
        heading = re.match(r"#+\s+(.*)", line)
        if heading:
            section = heading[1].strip()
            continue
        if not body or section in LINKS:
            continue
        item = re.match(r"\s*(?:[-*]|\d+\.|>)\s+(.*)", line) or re.match(r"\|\s*([^-\s|].*)", line)
        if not item or item[1].startswith(("[!", "Symptom or error |")):
            continue
        following = next((each for each in lines[number:] if each.strip()), "")
        introduces = re.match(r"\s+- ", following) and re.match(r"\d+\. ", line)
        if item[1].strip() in ("Error message:", "PowerShell cmdlet:") or introduces:
            continue
        yield number, item[1].strip()


def codes(text):
    """(line number, code) of each error code and event id."""
    for number, line in enumerate(text.splitlines(), 1):
        for code in re.findall(r"[0O]x[0-9A-Fa-f]{8}", line):
            yield number, code
        events = re.search(r"Event IDs?:? ([0-9, ]+)", line)
        for event in re.findall(r"\d+", events[1]) if events else []:
            yield number, event
