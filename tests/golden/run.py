#!/usr/bin/python3
"""Golden tests: every fixtures/CASE is audited offline and must give the report beside it.

A case named RULE-fires must have that rule among its findings, one named RULE-quiet must not:
that holds whatever the expected files say.  Where a case has a file `commands`, each of its lines is
run on the case as well, and expected.commands.txt has what came of it.  `--update` writes the expected
files anew; a name after the directory restricts it to cases that begin so.
"""
import functools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile


def run(binary, case, *forms):
    argv = ["audit", *(word for form in forms for word in ("-f", form)), "--all-pairs", "--no-history"]
    if (case / "sysvol").is_dir():
        argv += ["--sysvol", "sysvol"]
    if (case / "facts").is_dir():
        argv += ["--facts", "facts"]
    return run_words(binary, case, argv)


def run_words(binary, case, words):
    argv = [binary, *words, "--ldif", "estate.ldif", "--color", "never"]
    argv += ["-c", "kcdaudit.conf" if (case / "kcdaudit.conf").exists() else os.devnull]
    env = dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1")
    done = subprocess.run(argv, cwd=case, env=env, capture_output=True, timeout=600)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def steady(report):
    """The report without what differs between two runs of the same state."""
    run_part = report["run"]
    for key in ("started", "duration_ms", "sources", "configuration"):
        run_part.pop(key)
    run_part["source"].pop("data_time")
    report["tool"].pop("version")
    return report


def steady_text(text):
    """The first lines name the version, the moment and how old the data is; "Read" names the bytes of the fixture."""
    return re.sub(r"(?ms)^Read  .*?^(?=Checked )", "", "\n" + text.split("\n\n", 1)[1])


def told(binary, case, line):
    """What a line of `commands` says, as if it stood in a terminal."""
    status, out, err = run_words(binary, case, shlex.split(line))
    if out.startswith("{"):
        report = json.loads(out)
        out = json.dumps(steady(report) if "run" in report else report, indent=1, ensure_ascii=False) + "\n"
    return "$ kcdaudit %s\n%s%s[exit %d]\n" % (line, out.replace("\r\n", "\n"), err, status)


@functools.cache
def is_sanitized(binary):
    return b"__asan_init" in pathlib.Path(binary).read_bytes()


def both(binary, case):
    """The report as JSON and as text, and the exit status of each: of two runs, or of one where a sanitizer makes each long."""
    if not is_sanitized(binary):
        status, out, err = run(binary, case, "json")
        text_status, text, _ = run(binary, case, "text")
        return status, out, err, text_status, text
    with tempfile.NamedTemporaryFile() as file:
        status, out, err = run(binary, case, "json", "text:" + file.name)
        return status, out, err, status, pathlib.Path(file.name).read_text()


def check(binary, case, update):
    problems = []
    status, out, err, text_status, text = both(binary, case)
    if err or status == 4 or status < 0:
        return ["exit %d: %s" % (status, err.strip())]
    report = steady(json.loads(out))
    if status != text_status:
        problems.append("exit %d as JSON, %d as text" % (status, text_status))
    rules = {f["rule"] for f in report["findings"] if f["status"] == "fail"}
    rule = "-".join(case.name.upper().split("-")[:2])
    if case.name.endswith("-fires") and rule not in rules:
        problems.append("%s does not fire" % rule)
    if case.name.endswith("-quiet") and rule in {f["rule"] for f in report["findings"]}:
        problems.append("%s is not quiet" % rule)

    found = {"expected.json": json.dumps(dict(report, exit=status), indent=1, sort_keys=True,
                                         ensure_ascii=False) + "\n",
             "expected.txt": steady_text(text)}
    if (case / "commands").exists():
        lines = (case / "commands").read_text().splitlines()
        found["expected.commands.txt"] = "\n".join(told(binary, case, line) for line in lines)
    for name, content in found.items():
        path = case / name
        if update:
            path.write_text(content)
        elif not path.exists():
            problems.append("no %s" % name)
        elif path.read_text() != content:
            actual = pathlib.Path(os.environ.get("GOLDEN_OUT", "build/golden")) / case.name
            actual.mkdir(parents=True, exist_ok=True)
            (actual / name).write_text(content)
            problems.append("differs: diff -u %s %s" % (path, actual / name))
    return problems


def main():
    update = "--update" in sys.argv
    binary, root, *only = [a for a in sys.argv[1:] if a != "--update"]
    binary = os.path.abspath(binary)
    failed = 0
    cases = sorted(p.parent for p in pathlib.Path(root).glob("*/estate.ldif")
                   if p.parent.name.startswith(tuple(only) or ""))
    for case in cases:
        problems = check(binary, case, update)
        failed += bool(problems)
        for problem in problems:
            print("golden: %s: %s" % (case.name, problem))
    print("golden: %d passed, %d failed" % (len(cases) - failed, failed))
    return 1 if failed or not cases else 0


sys.exit(main())
