"""docs/reliability.md keeps the last run of each part of `make soak`."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_each_part_has_its_last_run():
    soak = re.search(r"(?ms)^soak\(\) \{\n(.*?)^\}", (ROOT / "tools/check.sh").read_text())[1]
    parts = re.findall(r"\bmake (\w+)", soak)
    table = [line.split(" | ") for line in (ROOT / "docs/reliability.md").read_text().split("\n\n")[2].splitlines()[2:]]
    assert len(parts) > 8
    for part in parts:
        assert any(re.search(rf"\bmake {part}\b", row[1]) and re.fullmatch(r"\d{4}-\d\d-\d\d|never whole", row[2]) for row in table), part
