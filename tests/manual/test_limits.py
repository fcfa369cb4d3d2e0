"""The table of limits: the same in the program and in docs/reliability.md, and each reached by a test.

usage: test_limits.py      the rows for docs/reliability.md
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r'LIMIT\(\s*(\w+),\s*([^,]+),\s*"([^"]*)",\s*((?:"[^"]*"\s*)+),\s*"([^"]*)"\)')


def rows():
    text = (ROOT / "include/base/limits.def").read_text()
    found = [(name, eval(most), unit, "".join(re.findall(r'"([^"]*)"', says)), test) for name, most, unit, says, test in ROW.findall(text)]
    assert len(found) == text.count("\nLIMIT(") > 50
    return found


def table():
    return [f"| {most:,} | {unit} | {says.replace('%s', f'{most:,}')} | `{Path(test).name}` |" for _, most, unit, says, test in rows()]


def test_the_table_of_the_documentation_is_the_programs():
    text = (ROOT / "docs/reliability.md").read_text()
    shown = text.split("## Limits\n", 1)[1].split("\n## ", 1)[0]
    assert [line for line in shown.splitlines() if re.match(r"\| [0-9]", line)] == table()


def test_each_limit_is_reached_by_a_test():
    """The test speaks of it: by its name, its number, or what is said of it."""
    for name, most, _, says, test in rows():
        text = (ROOT / test).read_text()
        words = (f"MOST_{name}", f"LIMIT_{name}", f"{most:,}", says.replace("%s", f"{most:,}"), name)
        assert any(re.search(rf"\b{re.escape(word)}\b", text) for word in words), (name, test)


def test_code_uses_every_limit():
    everything = "\n".join(path.read_text() for path in ROOT.glob("src/**/*.[ch]"))
    assert [name for name, *_ in rows() if not re.search(rf"\b(MOST|LIMIT)_{name}\b", everything)] == []


if __name__ == "__main__":
    print(*table(), sep="\n")


def test_the_corpora_of_fuzzing_are_small():
    """They are cloned with the tree; tests/fuzz/run.sh minimise makes them small again."""
    assert sum(path.stat().st_size for path in (ROOT / "tests/fuzz/corpus").rglob("*") if path.is_file()) <= 2 * 1024 * 1024
