"""docs/reliability.md keeps the last run of each part of `make soak`; `make timed` has every test that bounds a time."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_each_part_has_its_last_run():
    soak = re.search(r"(?ms)^soak\(\) \{\n(.*?)^\}", (ROOT / "tools/check.sh").read_text())[1]
    parts = re.findall(r"\bmake (\w+)", soak)
    table = [line.split(" | ") for line in (ROOT / "docs/reliability.md").read_text().split("\n\n")[2].splitlines()[2:]]
    assert len(parts) > 8
    for part in parts:
        assert any(re.search(rf"\bmake {part}\b", row[1]) and re.fullmatch(r"\d{4}-\d\d-\d\d|never whole", row[2]) for row in table), part


def test_every_bound_of_time_is_asserted_somewhere():
    timed = re.search(r"TIMED_TESTS := ((?:.*\\\n)*.*)", (ROOT / "Makefile").read_text())[1].replace("\\\n", " ").split()
    bounded = [path for path in (ROOT / "tests").glob("*/test_*.py") if re.search(r"\b(within\(|TIMED\b)", path.read_text())]
    assert sorted(timed) == sorted(str(path.relative_to(ROOT)) for path in bounded if path != Path(__file__))


def test_the_sum_is_of_closing_lines(tmp_path):
    function = re.search(r"(?ms)^total\(\) \{\n.*?^\}", (ROOT / "tools/check.sh").read_text())[0]
    log = tmp_path / "log"
    log.write_text('E   port 39945 failed: no answer\n-- 8 passed, 8 failed in a text\n1 failed, 259 passed in 10.3s\nunit: 7 passed, 2 failed\n')
    for word, sum_of in (("failed", 3), ("passed", 266), ("skipped", 0)):
        done = subprocess.run(["sh", "-c", f"{function}\ntotal {word}"], env={"PATH": "/usr/bin:/bin", "log": str(log)},
                              capture_output=True, text=True, check=True)
        assert int(done.stdout) == sum_of, word
