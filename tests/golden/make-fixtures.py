#!/usr/bin/python3
"""Writes fixtures/*/estate.ldif, kcdaudit.conf, commands, sysvol/ and facts/ from cases.py."""
import pathlib
import shutil
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
    commands = directory / "commands"
    if name in cases.COMMANDS:
        commands.write_text("".join(line + "\n" for line in cases.COMMANDS[name]))
    elif commands.exists():
        commands.unlink()
    for below, files in (("sysvol", estate.files), ("facts", estate.facts)):
        shutil.rmtree(directory / below, ignore_errors=True)
        for path, data in files.items():
            place = directory / below / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
