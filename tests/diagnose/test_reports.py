"""The texts of docs/diagnose.md reach their causes."""

import os

import pytest
import reports

BINARY = os.environ["KCDAUDIT"]
# Why each is missed stands in docs/diagnose.md.
MISSED = {"lm-restart-after-delegation"}
ALL = reports.all_reports()


@pytest.fixture(scope="module")
def named():
    return {report.name: reports.first(BINARY, report.text) for report in ALL}


def test_there_are_sixty_and_half_of_them_are_of_another_cause():
    assert len(ALL) >= 60 and min(sum(report.about == about for report in ALL) for about in {report.about for report in ALL}) >= 30


def test_the_true_cause_comes_first(named):
    assert {report.name: named[report.name] for report in ALL
            if named[report.name] not in report.first and report.name not in MISSED} == {}


def test_no_text_of_another_cause_is_led_to_delegation(named):
    assert [report.name for report in ALL if reports.misleads(report, named[report.name])] == []


def test_what_is_missed_is_told():
    told = (reports.FOLDER.parents[2] / "docs/diagnose.md").read_text()
    assert all(name in told for name in MISSED)
