#!/usr/bin/python3
"""Every rule has its page, a fixture in which it fires and one in which it stays quiet.

Walks the table of rules: as `kcdaudit rules -f json` prints it, or, where that command is not
there, as include/audit/rules.def holds it.  usage: rules_pages.py BINARY
"""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGES = ROOT / "docs" / "rules"
FIXTURES = ROOT / "fixtures"

SECTIONS = ["What it means", "Evidence", "Fix", "References"]
SEVERITIES = ["info", "warning", "error", "critical"]
WIDTH = 78
LINES = (25, 60)

# Rules, or families of them, that a directory in a file cannot make fire.
NO_FIXTURE = {
    "NET": "a file has no network: live only (--ports); tests/system/test_ports.py has them",
    "TKT": "needs tickets of a real KDC: the system tests have them",
    "DOM-02": "a file has no clock: live only; the system tests have it",
    "DOM-03": "a file is one replica: live only (--all-dcs)",
}


def rules_of_program(binary):
    """{id: {slug, severity}} as the program prints it; None where it has no such command."""
    try:
        done = subprocess.run([binary, "rules", "-f", "json"], capture_output=True, timeout=600)
        table = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError):
        return None
    if isinstance(table, dict):
        table = table.get("rules")
    if not table:
        return None
    return {row["id"]: {"slug": row["slug"], "severity": row["severity"]} for row in table}


def rules_of_source():
    """The same, from the table in the source."""
    text = (ROOT / "include" / "audit" / "rules.def").read_text()
    row = re.compile(r'^ON_[A-Z]+\(([A-Z]{3}), (\d\d), "([a-z0-9-]+)",\s*"(?:[^"\\]|\\.)*",\s*([A-Z]+),', re.M)
    return {"%s-%s" % m.group(1, 2): {"slug": m[3], "severity": m[4].lower()} for m in row.finditer(text)}


def has_no_fixture(rule):
    return rule in NO_FIXTURE or rule.split("-")[0] in NO_FIXTURE


def check_head(lines, rule, row):
    head = " ".join(lines[2:lines.index("", 2)]) if "" in lines[2:] else ""
    if lines[0] != "# %s %s" % (rule, row["slug"]):
        yield "begins with %r, not with its id and slug %s" % (lines[0], row["slug"])
    form = re.match(r"Severity: ([a-z]+)( \([^)]*\))? · Subject: .+ · Needs: .+$", head)
    if not form:
        yield "second line is not `Severity: ... · Subject: ... · Needs: ...`: %r" % head
    elif form[1] != row["severity"]:
        yield "says %s where the table says %s" % (form[1], row["severity"])
    elif form[2] and not any(word in form[2] for word in SEVERITIES):
        yield "names no other severity in%s" % form[2]


def check_sections(lines):
    found = [line[3:] for line in lines if line.startswith("## ")]
    if found != SECTIONS:
        yield "has the sections %s" % ", ".join(found)
        return
    at = [lines.index("## " + name) for name in SECTIONS] + [len(lines)]
    for name, start, end in zip(SECTIONS, at, at[1:]):
        if not any(line.strip() for line in lines[start + 1:end]):
            yield "has nothing under %s" % name


def check_form(text, lines):
    for number, line in enumerate(lines, 1):
        if len(line) > WIDTH:
            yield "line %d is %d columns wide" % (number, len(line))
        if line != line.rstrip() or not line.replace("·", "").isascii():
            yield "line %d is not plain ASCII, or ends in spaces" % number
    if not LINES[0] <= len(lines) <= LINES[1]:
        yield "has %d lines, not %d to %d" % (len(lines), *LINES)
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield "does not end with one line break"


def check_words(lines, rules):
    """What a reader follows must be there; what he pastes must do no harm."""
    text = "\n".join(lines)
    for other in sorted(set(re.findall(r"\b(?:ACC|DEL|DOM|GPO|NET|RBC|SPN|TKT|TRU)-\d\d\b", text))):
        if other not in rules:
            yield "names %s, which is no rule" % other
    for line in lines:
        if not line.startswith("    "):
            continue
        spaced = re.search(r"setspn .*(Microsoft Virtual|Hyper-V Replica)", line)
        if spaced and line[spaced.start(1) - 1] != '"':
            yield "an SPN with spaces is not quoted: %s" % line.strip()
        if re.search(r"setspn\b.* -A ", line):
            yield "uses setspn -A, which takes duplicates: %s" % line.strip()
        if re.search(r"-(Replace|Clear)\b.*AllowedToDelegateTo", line):
            yield "replaces a whole list: %s" % line.strip()


def check_page(rule, row, rules):
    path = PAGES / (rule + ".md")
    if not path.exists():
        yield "has no page docs/rules/%s.md" % rule
        return
    text = path.read_text()
    lines = text.splitlines()
    if len(lines) < 3:
        yield "has an empty page"
        return
    yield from check_head(lines, rule, row)
    yield from check_sections(lines)
    yield from check_form(text, lines)
    yield from check_words(lines, rules)


def check_fixtures(rule):
    for kind in ("fires", "quiet"):
        case = FIXTURES / ("%s-%s" % (rule.lower(), kind))
        there = (case / "estate.ldif").exists()
        if has_no_fixture(rule) and there:
            yield "%s is there, though the rule is exempt: take the exemption out" % case.name
        elif not has_no_fixture(rule) and not there:
            yield "has no fixture %s" % case.name


def check_index(rules):
    """docs/rules/README.md lists every rule, each with its slug and severity, and no other."""
    row = re.compile(r"^\| \[([A-Z]{3}-\d\d)\]\(([^)]*)\) \| (\S+) \| (\S+) \| (.+) \|$", re.M)
    index = PAGES / "README.md"
    if not index.exists():
        yield "no docs/rules/README.md"
        return
    listed = {m[1]: (m[2], m[3], m[4]) for m in row.finditer(index.read_text())}
    for rule in sorted(set(rules) | set(listed)):
        if rule not in listed:
            yield "%s is not listed" % rule
        elif rule not in rules:
            yield "%s is listed and no rule" % rule
        elif listed[rule] != (rule + ".md", rules[rule]["slug"], rules[rule]["severity"]):
            yield "%s is listed as %s" % (rule, " ".join(listed[rule]))


def check_strays(rules):
    for path in sorted(PAGES.iterdir()):
        if path.name != "README.md" and (path.suffix != ".md" or path.stem not in rules):
            yield "docs/rules/%s is the page of no rule" % path.name
    for path in sorted(FIXTURES.iterdir()):
        found = re.match(r"([a-z]{3}-\d\d)-(fires|quiet)$", path.name)
        if found and found[1].upper() not in rules:
            yield "fixtures/%s is for no rule" % path.name
    for name in sorted(NO_FIXTURE):
        if not any(rule == name or rule.startswith(name + "-") for rule in rules):
            yield "%s is exempt and no rule" % name


def main():
    if len(sys.argv) != 2:
        print("usage: rules_pages.py BINARY", file=sys.stderr)
        return 2
    source = rules_of_source()
    rules = rules_of_program(sys.argv[1]) or source
    results = [("the table", [] if rules and rules == source else
                ["the program prints other rules than include/audit/rules.def holds"])]
    for rule, row in sorted(rules.items()):
        results.append((rule, list(check_page(rule, row, rules)) + list(check_fixtures(rule))))
    results.append(("docs/rules/README.md", list(check_index(rules))))
    results.append(("strays", list(check_strays(rules))))
    failed = 0
    for name, problems in results:
        failed += bool(problems)
        for problem in problems:
            print("rules: %s: %s" % (name, problem))
    print("rules: %d passed, %d failed" % (len(results) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
