"""The texts of docs/diagnose.md reach their causes."""

import os

import pytest
import reports

BINARY = os.environ["KCDAUDIT"]
ALL = reports.all_reports()


@pytest.fixture(scope="module")
def named():
    return {report.name: reports.first(BINARY, report.text) for report in ALL}


def test_there_are_sixty_and_half_of_them_are_of_another_cause():
    assert len(ALL) >= 60 and min(sum(report.about == about for report in ALL) for about in {report.about for report in ALL}) >= 30


def test_the_true_cause_comes_first(named):
    assert {report.name: named[report.name] for report in ALL
            if named[report.name] not in report.first} == {}


def test_no_text_of_another_cause_is_led_to_delegation(named):
    assert [report.name for report in ALL if reports.misleads(report, named[report.name])] == []
