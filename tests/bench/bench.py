#!/usr/bin/python3
"""The table of docs/performance.md's goals, measured: ratios of what ran in turn, and the floor beside each.

usage: bench.py BINARY [ROW]       PAIRS=1: how often (7); BENCH_DIR: where exports of hundreds of megabytes may stand
"""
import sys
import time
import traceback
from pathlib import Path

import rows_live
import rows_offline
from frame import PAIRS, Unable

ROWS = {**rows_live.ROWS, **rows_offline.ROWS}


def measure(row, binary):
    """Whether it could be measured."""
    start = time.monotonic()
    try:
        ROWS[row](row, binary)
    except Unable as why:
        print(f"{row:14} NOT MEASURED: {why}", flush=True)
        return False
    except Exception:
        print(f"{row:14} NOT MEASURED:\n{traceback.format_exc()}", flush=True)
        return False
    print(f"{row:14} took {time.monotonic() - start:.0f} s", flush=True)
    return True


def main():
    binary, asked = Path(sys.argv[1]).resolve(), [row for row in sys.argv[2:] if row]
    if any(row not in ROWS for row in asked):
        sys.exit("make bench ROW=NAME, with one of these names:\n  " + "\n  ".join(ROWS))
    print(f"medians of {PAIRS} runs that take turns", flush=True)
    if not all([measure(row, binary) for row in asked or ROWS]):
        sys.exit("bench: not all rows were measured; why stands above")


main()
