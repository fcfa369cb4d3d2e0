"""The rows of unknowns.py."""

import re

import pytest
import unknowns


@pytest.mark.parametrize("label, pattern", unknowns.REASONS)
def test_each_row_is_a_pattern_of_its_own(label, pattern):
    assert re.compile(pattern)
    assert [row for row, _ in unknowns.REASONS].count(label) == 1


def test_what_could_not_be_read_is_no_excuse():
    assert unknowns.labels(["delegation of the source or the target could not be read",
                            "whether the source is in Protected Users could not be read"]) == set()


def test_a_condition_is_told_by_its_label():
    reasons = ["HV02's RBCD descriptor refuses HV01 if the condition of ACE 2 (for HV01) holds, which only a KDC evaluates",
               "the source host is in Protected Users, so its tickets are not forwardable"]
    assert unknowns.labels(reasons) == {"conditional ACE"}
