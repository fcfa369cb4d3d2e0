"""The HTML report in a real headless Chromium: one browser for all tests, a fresh page for each."""
import pytest
from report import Browser, audit, obstacle


def pytest_collection_modifyitems(items):
    why = obstacle()
    if why:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="THE BROWSER TESTS DID NOT RUN: " + why))


@pytest.fixture(scope="session")
def chromium():
    browser = Browser()
    yield browser
    browser.quit()


@pytest.fixture(scope="session")
def reports(tmp_path_factory):
    """Audits by name, each made once."""
    made = {}

    def report(name, *options, **kwargs):
        key = (name, options)
        if key not in made:
            made[key] = audit(name, tmp_path_factory.mktemp("report"), *options, **kwargs)
        return made[key]
    return report


@pytest.fixture
def page(chromium, reports):
    """page(CASE) opens the report of a fixture, or of an estate of this directory; nothing may go wrong on it."""
    def visit(name="demo", *options, address="", **kwargs):
        report = reports(name, *options)
        chromium.open(report.html, address, **kwargs)
        return chromium.attach(report)
    yield visit
    if chromium.visited:
        assert chromium.complaints() == []
        assert chromium.requests_elsewhere() == []
