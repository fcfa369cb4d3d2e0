import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from patience import PATIENCE_S  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("KCDAUDIT_BUILD", ROOT / "build"))


class Tables:
    """The program's own tables, as `manual tables` prints them."""

    def __init__(self, rows):
        self.commands = [row[1] for row in rows if row[0] == "command"]
        self.options = {command: {row[2] for row in rows if row[:2] == ["option", command]} for command in self.commands}
        self.letters = {command: {row[3] for row in rows if row[:2] == ["option", command] and row[3] != "-"}
                        for command in self.commands}
        self.choices = {command: [row[2] for row in rows if row[:2] == ["choice", command]] for command in self.commands}
        self.keys = [(row[1], row[2]) for row in rows if row[0] == "key"]
        self.formats = [row[1] for row in rows if row[0] == "format"]


@pytest.fixture(scope="session")
def tables():
    done = subprocess.run([BUILD / "manual" / "manual", "tables"], capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    return Tables([line.split("\t") for line in done.stdout.splitlines()])


@pytest.fixture(scope="session")
def build():
    return BUILD


@pytest.fixture(scope="session")
def kcdaudit():
    return os.environ.get("KCDAUDIT", str(BUILD / "kcdaudit"))
