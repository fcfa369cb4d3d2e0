"""Audits that are kept, for what is said of their history: estates from tests/golden, audited offline."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import jsonschema

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KCDAUDIT = Path(os.environ.get("KCDAUDIT") or ROOT / "build/kcdaudit").resolve()
OK, FINDINGS, USAGE, INCOMPLETE, NO_AUDIT = range(5)

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/golden")]
from estate import DOMAIN, HOST, NOT_DELEGATED, SID, T2A4D, Estate, ace, descriptor  # noqa: E402,F401
from patience import PATIENCE_S  # noqa: E402
from server import AS_NOBODY  # noqa: E402,F401

SCHEMAS = {name: jsonschema.Draft202012Validator(json.loads((ROOT / f"data/kcdaudit.{name}.schema.json").read_text()))
           for name in ("report", "history", "diff", "fleet")}


def environment(**more):
    """Nobody's home: each test says where."""
    kept = {key: value for key, value in os.environ.items()
            if key not in ("HOME", "XDG_STATE_HOME", "STATE_DIRECTORY", "JOURNAL_STREAM")}
    return {**kept, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "TERM": "dumb", **{k: str(v) for k, v in more.items()}}


def run(*argv, env=None, prefix=(), expect=None, timeout=PATIENCE_S, **keywords):
    done = subprocess.run([*prefix, KCDAUDIT, *map(str, argv)], env=env or environment(), capture_output=True, text=True,
                          timeout=timeout, **keywords)
    assert expect is None or done.returncode == expect, (done.returncode, done.stdout[-2000:], done.stderr)
    assert done.returncode >= 0, done
    return done


def one_line(done, status, *words):
    lines = done.stderr.splitlines()
    assert done.returncode == status, done
    assert len(lines) == 1 and lines[0].startswith("kcdaudit: "), done
    for word in words:
        assert str(word) in lines[0], (word, lines)


def checked(text, schema):
    value = json.loads(text)
    SCHEMAS[schema].validate(value)
    return value


def estate_of(build=None):
    estate = Estate()
    if build:
        build(estate)
    else:
        estate.pair()
    return estate


class Store:
    """A history, and audits into it."""

    def __init__(self, directory):
        self.directory = directory
        self.path = directory / "history.sqlite"
        self.estates = 0

    def estate(self, build=None):
        """Writes an estate: HV01 and HV02, right both ways, unless it is built otherwise."""
        self.estates += 1
        path = self.directory / f"estate-{self.estates}.ldif"
        path.write_text(estate_of(build).ldif("made for a test"))
        return path

    def audit(self, ldif, *options, config=os.devnull, expect=None, **keywords):
        """The JSON report of an audit that is kept."""
        done = run("audit", "--ldif", ldif, "-c", config, "-f", "json", "--all-pairs", "--history", self.path, *options,
                   **keywords)
        assert done.returncode in (OK, FINDINGS, INCOMPLETE), done
        assert expect is None or done.returncode == expect, done
        assert done.stderr == "", done
        return checked(done.stdout, "report")

    def history(self, *arguments):
        return checked(run("history", "--history", self.path, "-f", "json", *arguments, expect=OK).stdout, "history")

    def diff(self, *arguments, expect=None):
        done = run("diff", "--history", self.path, "-f", "json", *arguments)
        assert done.returncode == expect if expect is not None else done.returncode in (OK, FINDINGS), done
        return checked(done.stdout, "diff")

    def changes(self, *arguments):
        """Of each target of each finding, by the name that findings_of gives it: its change between the last two audits."""
        value = self.diff(*arguments)
        of_findings = self.changes_of_findings(*arguments)
        assert len(of_findings) == len(value["findings"])
        for change, count in value["counts"].items():
            assert list(of_findings.values()).count(change) == count, (change, value["counts"])
        return {key_of(f, t): t["change"] for f in value["findings"] for t in f["targets"]}

    def changes_of_findings(self, *arguments):
        """id -> change"""
        return {f["id"]: f["change"] for f in self.diff(*arguments)["findings"]}

    def life(self, name):
        """The one finding of this id."""
        found = self.history(name)["findings"]
        assert len(found) == 1, found
        return found[0]

    def sql(self, statement, *values):
        db = sqlite3.connect(self.path, timeout=PATIENCE_S)
        try:
            with db:
                return db.execute(statement, values).fetchall()
        finally:
            db.close()

    def found_by(self, number):
        """What a run found, as the spans tell: id -> (status, waived)."""
        rows = self.sql("""
            SELECT f.name, p.standing, p.waived FROM finding_spans p JOIN findings f ON f.id = p.finding
            WHERE p.scope = (SELECT scope FROM runs WHERE id = ?1) AND p.first_run <= ?1
                AND (p.until_run IS NULL OR p.until_run > ?1) AND p.standing <> 4""", number)
        assert len(rows) == len({name for name, _, _ in rows})
        return {name: ("fail" if standing == 1 else "unknown", bool(waived) and standing == 1)
                for name, standing, waived in rows}

    def verdicts_of(self, number):
        rows = self.sql("""
            SELECT s.name, t.name, p.verdict FROM pair_spans p JOIN hosts s ON s.id = p.source
            JOIN hosts t ON t.id = p.target
            WHERE p.scope = (SELECT scope FROM runs WHERE id = ?1) AND p.first_run <= ?1
                AND (p.until_run IS NULL OR p.until_run > ?1)""", number)
        verdicts = {(s, t): ("ready", "degraded", "unknown", "broken")[v] for s, t, v in rows}
        assert len(rows) == len(verdicts)
        return verdicts

    def is_sound(self):
        assert self.sql("PRAGMA integrity_check") == [("ok",)]
        assert self.sql("PRAGMA foreign_key_check") == []
        for table, key in (("finding_spans", "finding"), ("host_spans", "host"), ("pair_spans", "source, target"),
                           ("gap_spans", "what, why"), ("edge_spans", "edge"), ("chain_spans", "chain")):
            # No two spans of one thing at once, and none without an end but the last.
            assert self.sql(f"""
                SELECT * FROM (SELECT *, lead(first_run) OVER (PARTITION BY scope, {key} ORDER BY first_run) AS following
                    FROM {table}) WHERE following IS NOT NULL AND (until_run IS NULL OR until_run > following)""") == []


def config_of(store, more="", name="kcdaudit.conf"):
    """One group of all hosts."""
    path = store.directory / name
    path.write_text("[group prod]\nhosts=HV*\n" + more)
    return path


def findings_of(report):
    """What a report says, as Store.found_by gives it: all but what follows from others, and notes on what passes."""
    return {key_of(f, t): (f["status"], f["waived"] is not None)
            for f in report["findings"] if not f["because"] and f["rule"] != "DOM-04" for t in f["targets"]}


def key_of(finding, target):
    """The name of one target of a finding in the history."""
    name = f"{finding['rule']}:{finding['subject']}"
    name += f">{target['target']}" if target["target"] is not None else ""
    return name + (f":{target['spn']}" if target["spn"] is not None else "")


def pairs_of(report):
    return {(p["source"], p["target"]): p["verdict"] for p in report["pairs"]}
