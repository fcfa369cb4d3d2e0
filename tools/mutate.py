#!/usr/bin/python3
"""Would anybody notice?  Takes each row out of each table of rules in turn, and expects red.

usage: mutate.py [--one] [FILE [REGEX]]      exit 1 where a row is not missed

In a copy of the tree with its objects, so that each time only what changed is built: first the
object of the file itself, then the program, then the golden tests of the row's own rule, the unit
test of the file's own name, all golden tests, all unit tests, and docs/frameworks.md's; the first
that fails ends it.  --one takes a single row of each table, the middle one.

A table is a line of TABLES: a file, and what a row looks like.  A regular expression stands for
any other table: mutate.py src/x/y.c '^    \\{"[A-Z]{3}-\\d\\d",.*\\},\\n'
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRATCH = ROOT / "build" / "mutate"
COPIED = ["Makefile", "README.md", "data", "docs", "fixtures", "include", "queries", "src", "tests", "tools"]
BUILT = ["embedded.c", "embedded.o", "kcdaudit", "kcdaudit.a", "unit", "manual"]

X_ROW = r"^ON_\w+\((?:[^()]|\([^()]*\))*\)\n"
CASE = r"\bcase RULE_[A-Z]{3}_\d\d:"
INDEX_ROW = r"^\| \[[A-Z]{3}-\d\d\]\(.*\n"

TABLES = [
    ("include/audit/rules.def", X_ROW),
    ("src/audit/absence.c", CASE),
    ("src/audit/changed.c", CASE),
    ("src/audit/frameworks.c", CASE),
    ("src/diagnose/judge.c", CASE),
    ("src/diagnose/sightings.c", CASE),
    ("src/fix/proposals.c", CASE),
    ("docs/rules/README.md", INDEX_ROW),
]


def run(*argv):
    done = subprocess.run(argv, cwd=SCRATCH, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0, done.stdout.decode(errors="replace")


def make(*goals):
    return run("make", "-s", "-j%d" % os.cpu_count(), *goals)


def copy_tree():
    """With the times of files, so that what is built is known to be."""
    shutil.rmtree(SCRATCH, ignore_errors=True)
    (SCRATCH / "build").mkdir(parents=True)
    for name in COPIED + ["build/" + n for n in BUILT + os.listdir(ROOT / "src")]:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, SCRATCH / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy2(ROOT / name, SCRATCH / name)


def own_cases(row):
    """How the names of the fixtures begin that are of the rule which the row names, if there are any."""
    rule = re.search(r"\b(?:RULE_)?([A-Z]{3})(?:_|-|, )(\d\d)\b", row)
    prefix = "%s-%s-" % (rule[1].lower(), rule[2]) if rule else "none"
    return [prefix] if list((SCRATCH / "fixtures").glob(prefix + "*")) else []


def is_missed(name, row):
    """The cheapest first."""
    path = pathlib.PurePath(name)
    if path.suffix == ".md" and not run(sys.executable, "-B", "tests/golden/rules_pages.py", "build/kcdaudit")[0]:
        return True
    objects = ["build/%s.o" % path.relative_to("src").with_suffix("")] if path.suffix == ".c" else []
    if not all(make(goal)[0] for goal in [*objects, "build/kcdaudit"]):
        return True
    for cases in own_cases(row):
        if not run(sys.executable, "-B", "tests/golden/run.py", "build/kcdaudit", "fixtures", cases)[0]:
            return True
    unit = "build/unit/test-%s" % path.stem
    if (SCRATCH / "tests/unit" / ("test-%s.c" % path.stem)).exists() and not (make(unit)[0] and run("tests/unit/run.sh", unit)[0]):
        return True
    return not all(make(*goals)[0] for goals in (["golden"], ["unit"], ["formats", "FORMATS=tests/formats/test_frameworks.py"]))


def mutate(name, row, one):
    """The rows of this table, and those of them that nobody missed."""
    path = SCRATCH / name
    text = path.read_text()
    rows = list(re.finditer(row, text, re.M))
    if not rows:
        print("mutate: %s: no row" % name)
        return 0, ["any row"]
    chosen = [rows[len(rows) // 2]] if one else rows
    survivors = []
    for found in chosen:
        path.write_text(text[:found.start()] + text[found.end():])
        if not is_missed(name, found[0]):
            survivors.append(found[0].strip().splitlines()[0])
            print("mutate: %s:%d: nobody misses %s" % (name, text.count("\n", 0, found.start()) + 1, survivors[-1]))
    path.write_text(text)
    return len(chosen), survivors


def strangers():
    """Files that tell rules apart and are no table here."""
    known = {name for name, _ in TABLES}
    for path in sorted((ROOT / "src").glob("*/*.c")):
        name = str(path.relative_to(ROOT))
        if name not in known and len(re.findall(CASE, path.read_text())) > 1:
            yield name


def main():
    arguments = [a for a in sys.argv[1:] if a != "--one"]
    tables = [table for table in TABLES if not arguments or table[0] == arguments[0]]
    if len(arguments) == 2:
        tables = [tuple(arguments)]
    lost = ["%s is not among the tables of tools/mutate.py" % name for name in strangers()]
    for line in lost:
        print("mutate: %s" % line)
    copy_tree()
    good, said = make("build/kcdaudit")
    if not good:
        print(said + "mutate: 0 passed, 1 failed: the tree does not build as it is")
        return 1
    asked = 0
    for name, row in tables:
        count, survivors = mutate(name, row, "--one" in sys.argv)
        asked += count
        lost += survivors
        print("mutate: %s: %d of %d rows missed" % (name, count - len(survivors), count), flush=True)
    print("mutate: %d passed, %d failed" % (max(asked - len(lost), 0), len(lost)))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
