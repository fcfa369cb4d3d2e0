#!/usr/bin/python3
"""Writes fixtures/*/estate.ldif and kcdaudit.conf from cases.py."""
import pathlib
import sys

import cases
from estate import Estate

root = pathlib.Path(sys.argv[1])
for name, build in cases.CASES.items():
    estate = Estate()
    build(estate)
    directory = root / name
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "estate.ldif").write_text(estate.ldif(build.__doc__))
    config = directory / "kcdaudit.conf"
    if name in cases.CONFIG:
        config.write_text(cases.CONFIG[name])
    elif config.exists():
        config.unlink()
