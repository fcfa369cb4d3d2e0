"""Where these tests find their modules."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = map(str, (TESTS / "schemas", TESTS, TESTS / "packaging", TESTS / "lab"))
