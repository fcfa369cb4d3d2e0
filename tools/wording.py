#!/usr/bin/python3
"""Words that are out: one word for one thing, in whatever a user reads.

usage: wording.py [--all] [FILE...]     exit 1 where one is found

Reads string literals of C and JavaScript, tables, pages, manuals and the fixtures' expected
reports.  What a program reads keeps its name: keys and values of JSON, names of options and
columns (`code` in pages, a single lower-case word in C: see MACHINE).  Windows' own texts stay
as Windows writes them (`phrase:` lines of data/diagnose).  The fixtures' hits are counted, each
phrase once with its first place; --all lists them all.
"""
import fnmatch
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# (what is out, what to say instead); a blank stands for any white space, also a line's end.
WORDS = [
    (r"\b(?:un)?mend(?:s|ed|ing|able)?\b", "fix, fixed"),
    (r"\blegs?\b", "way of delegation"),
    (r"\bevidence tickets?\b", "ticket for the user"),
    (r"\bundecided\b", "not determined"),
    (r"\bcould not be decided\b", "not determined"),
    (r"\bpairs? cannot migrate\b", '"7 of 14 migration directions fail"'),
    (r"\bmore only while\b", '"1 works only when started on the source host itself"'),
    (r"\bmore (?:under one name only|only under one name)\b", '"1 works under one name only"'),
    (r"\bone way only\b", "in one direction only"),
    (r"\bwhat this rests on\b", "Scope and evidence"),
    (r"\bthe same holds for the others\b", "The same applies to the other names above."),
    (r"\ballows \S+ to act towards\b", '"A is not trusted to delegate to B"'),
    (r"\bthe list has it\b", '"listed: yes"'),
    (r"\bit holds only\b", '"missing; of its 10 entries these name HV04: ..."'),
    (r"\bis (?:on|off), in (?:\d|%)", '"... is off (userAccountControl 4096)"'),
    (r"\bof (?:\S+) changed at\b", '"HV01 was last changed at"'),
    (r"\bso suspect caches\b", "hosts may still use cached tickets"),
    (r"\bnot known here\b", "This code or text is not in kcdaudit's tables"),
    (r"\bwhich of them it is\b", '"To find out which, name both hosts"'),
    (r"\bchanged? minutes ago\b", "Changed less than 15 minutes ago"),
    (r"\bit is not in the directory given\b", "not found"),
    (r"\blet in and refused\b", '"The user was authenticated but denied access"'),
    (r"\bstood still\b", '"was paused" (The VM was paused too long)'),
    (r"\bhe (?:may|can|must|needs?|has|is|does|wants|would|could|should)\b", "they"),
]
CHECKS = [(re.compile(out.replace(" ", r"\s+"), re.I), say) for out, say in WORDS]
# In brackets, beside the words of the dialog.
SHORT = re.compile(r"\bT2A4D\b")
DIALOG = re.compile(r"any\s+authentication\s+protocol", re.I)
NEAR = 80

# Literals that a program reads, by file: a key, a value, a class, the name of a column.
MACHINE = {
    "src/audit/absence.c": ["mended"],
    "src/audit/past.c": ["mended", "undecided", "still-undecided"],
    "src/*/*json*.c": ["[a-z-]*"],
    "src/store/*.c": ["[a-z-]*"],
    "src/render/prometheus.c": ["[a-z_-]*"],
    "data/report/*.js": ["[a-z-]*"],
}
# A call whose literal is a key, whatever the file.
KEYED = re.compile(r'\b(?:tree_put|tree_text|json_\w+)\s*\([^;"]*$')

# Not yet: nothing is asked of them before their texts are gone through.
NOT_YET = []

FILES = ["src/*/*.c", "src/*/*.def", "include/*/*.def", "include/*/*.h", "tools/manual/*.c", "data/report/*",
         "data/diagnose/*.table", "data/man/*.md", "data/*.schema.json", "data/kcdaudit.conf",
         "data/windows/*", "docs/*.md", "docs/rules/*.md", "README.md", "CONTRIBUTING.md", "*/README.md",
         "fixtures/*/expected.*"]

C_TOKEN = re.compile(r"""(?P<skip>/\*.*?\*/|//[^\n]*|^[ \t]*\#[ \t]*include[^\n]*)
                     |(?P<string>"(?:[^"\\\n]|\\.)*")
                     |(?P<glue>\bPRI[a-zA-Z0-9]+\b|\s+)
                     |(?P<other>'(?:[^'\\\n]|\\.)*'|\w+|.)""", re.X | re.S | re.M)
JS_STRING = re.compile(r"""/\*.*?\*/|//[^\n]*|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""", re.S)
ESCAPE = re.compile(r"\\[ntr\"']")


class Text:
    """A text somebody reads, and the line of each of its pieces."""

    def __init__(self):
        self.text = ""
        self.starts = []

    def add(self, line, piece):
        self.starts.append((len(self.text), line))
        self.text += piece

    def line(self, offset):
        return [line for start, line in self.starts if start <= offset][-1]


def inside(literal):
    """The same length, so that places stay: an escaped character is a blank and itself."""
    return ESCAPE.sub(lambda m: "  " if m[0][1] in "ntr" else " " + m[0][1], literal[1:-1])


def is_machine(name, literal, before):
    if re.search(r"\s", literal):
        return False
    if KEYED.search(before):
        return True
    return any(fnmatch.fnmatchcase(name, files) and re.fullmatch(words, literal)
               for files, patterns in MACHINE.items() for words in patterns)


def c_texts(name, source):
    """Literals that stand side by side are one text."""
    text, line, begun = None, 1, 0
    for token in C_TOKEN.finditer(source):
        if token["string"]:
            if text is None:
                text, begun = Text(), token.start()
            text.add(line, inside(token[0]))
        elif token["glue"] and token["glue"].startswith("PRI") and text:
            text.add(line, "u")
        elif token["other"] and text:
            if not is_machine(name, text.text, source[max(0, begun - 200):begun]):
                yield text
            text = None
        line += token[0].count("\n")


def js_texts(name, source):
    for token in JS_STRING.finditer(source):
        if token[1] and not is_machine(name, token[1][1:-1], ""):
            text = Text()
            text.add(source.count("\n", 0, token.start()) + 1, inside(token[1]))
            yield text


def table_texts(_, source):
    """Values of what is shown; what is matched is Windows' own, what is a name is a name."""
    for number, line in enumerate(source.splitlines(), 1):
        key, colon, value = line.partition(":")
        if colon and not line.startswith("#") and key not in ("phrase", "code", "source", "entry", "cause"):
            text = Text()
            text.add(number, value)
            yield text


def json_texts(_, source):
    """Values of more than one word."""
    for number, line in enumerate(source.splitlines(), 1):
        for value in re.finditer(r'"(?:[^"\\]|\\.)*"(?!\s*:)', line):
            if " " in value[0]:
                text = Text()
                text.add(number, inside(value[0]))
                yield text


def page_texts(_, source):
    """Paragraphs, without `words` in code: those are names; a glossary's second column is what is out."""
    text, glossary = Text(), False
    for number, line in enumerate(source.splitlines(), 1):
        if not line.strip():
            yield text
            text = Text()
        glossary = line.startswith("|") and (glossary or line == "| say | not |")
        line = line.rstrip("| ").rpartition("|")[0] if glossary else line
        text.add(number, re.sub(r"`[^` ]+`", lambda m: "." * len(m[0]), line) + "\n")
    yield text


def plain_texts(_, source):
    text = Text()
    for number, line in enumerate(source.splitlines(), 1):
        text.add(number, line + "\n")
    yield text


READERS = {".c": c_texts, ".h": c_texts, ".def": c_texts, ".js": js_texts, ".table": table_texts,
           ".json": json_texts, ".md": page_texts, ".txt": plain_texts, ".conf": plain_texts,
           ".html": plain_texts, ".ps1": plain_texts}


def hits(name):
    reader = READERS.get(pathlib.PurePath(name).suffix)
    if not reader:
        return
    for text in reader(name, (ROOT / name).read_text()):
        for out, say in CHECKS:
            for found in out.finditer(text.text):
                yield text.line(found.start()), " ".join(found[0].split()), say
        for found in SHORT.finditer(text.text):
            around = text.text[max(0, found.start() - NEAR):found.end() + NEAR]
            if not DIALOG.search(around):
                yield text.line(found.start()), "T2A4D", '"Use any authentication protocol" (T2A4D)'


def files_of(arguments):
    if arguments:
        return [str(pathlib.Path(a).resolve().relative_to(ROOT)) for a in arguments]
    found = {str(p.relative_to(ROOT)) for pattern in FILES for p in ROOT.glob(pattern)}
    return sorted(n for n in found if not any(fnmatch.fnmatchcase(n, left) for left in NOT_YET))


def main():
    show_all = "--all" in sys.argv
    total, expected = 0, {}
    for name in files_of([a for a in sys.argv[1:] if a != "--all"]):
        for line, word, say in sorted(hits(name)):
            total += 1
            place = "%s:%d: %s -> %s" % (name, line, word, say)
            if name.startswith("fixtures/") and not show_all:
                expected.setdefault(word.lower(), []).append(place)
            else:
                print(place)
    for places in expected.values():
        print("%s (%d in fixtures)" % (places[0], len(places)))
    print("wording: clean" if total == 0 else "wording: %d to say otherwise" % total)
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
