"""CONTRIBUTING.md: that each change that it shows has its place in the tree of today, which nothing is built for."""

import re

from test_contributing import PAGE, copied, follow


def test_each_block_has_its_place(tmp_path):
    commands = follow(copied(tmp_path))
    assert commands[0] == "make" and commands[-1] == "make golden"


def test_every_section_has_what_it_promises():
    sections = re.findall(r"^## Add (.*)$", PAGE.read_text(), re.M)
    assert sections == ["a rule", "an attribute", "an option", "a format", "a command", "an error code",
                        "a workload", "a key of the configuration", "a condition, a way of delegation, or a kind of edge"]
