"""Filters, counts, and addresses that can be shared."""
import pytest


def shown_findings(browser):
    """[rule, severity, status] of what can be seen, once per finding."""
    return browser.js("""
        return [...document.querySelectorAll('#findings .block')].filter((b) => !b.hidden)
            .flatMap((b) => Array(Number(b.dataset.count)).fill([b.dataset.rule, b.dataset.severity, b.dataset.status]))""")


def expected(browser, keep):
    return sorted([f["rule"], f["severity"], f["status"]] for f in browser.report.unwaived if keep(f))


def is_dimmed(browser, source, target):
    """Whether a cell is as pale as one of a host by itself, which has no verdict."""
    return browser.js("""
        const soft = document.createElement('p');
        soft.style.background = 'var(--soft)'; document.body.append(soft);
        const pale = getComputedStyle(soft).backgroundColor; soft.remove();
        return getComputedStyle(arguments[0]).backgroundColor === pale""", browser.cell(source, target))


def test_all_is_shown_first(page):
    browser = page("mixed:12")
    total = len(browser.report.unwaived)
    assert browser.text("#findings-count") == f"{total} of {total} findings shown"
    assert sorted(shown_findings(browser)) == expected(browser, lambda f: True)


@pytest.mark.parametrize("field, value", [("rule", "DEL-01"), ("rule", "DEL-03"), ("severity", "warning"), ("severity", "error"),
                                          ("status", "fail"), ("status", "unknown"), ("severity", "critical")])
def test_by_field(page, field, value):
    browser = page("mixed:12")
    browser.set_filter(**{field: value})
    found = expected(browser, lambda f: f[field] == value)
    assert sorted(shown_findings(browser)) == found
    assert browser.text("#findings-count").startswith(f"{len(found)} of {len(browser.report.unwaived)} ")
    assert browser.shown("#findings .subject") == len(browser.js(
        "return [...document.querySelectorAll('#findings .subject')].filter((s) => s.querySelector('.block:not([hidden])'))"))


def test_together_and_reset(page):
    browser = page("mixed:12")
    browser.set_filter(severity="error", rule="SPN-01")
    assert {tuple(f) for f in shown_findings(browser)} == {("SPN-01", "error", "fail")}
    browser.one("#filter button[type=reset]").click()
    browser.wait("return !location.hash")
    assert sorted(shown_findings(browser)) == expected(browser, lambda f: True)
    assert browser.one("#filter [name=rule]").get_attribute("value") == ""


def test_by_host_as_subject_and_as_target(page):
    browser = page("demo")
    browser.set_filter(host="hv04")
    rules = {tuple(f) for f in shown_findings(browser)}
    for finding in browser.report.unwaived:
        if "HV04" in (finding["subject"], *(t["target"] for t in finding["targets"])):
            assert (finding["rule"], finding["severity"], finding["status"]) in rules
    # DEL-03 is HV05's alone, DEL-05 HV06's.
    assert not {"DEL-03", "DEL-05"} & {rule for rule, _, _ in rules}
    assert browser.text("#hosts-count") == "1 of 6 hosts shown"
    assert browser.shown("tbody.host") == 1
    # In the matrix its row and its column stay lit.
    assert is_dimmed(browser, "HV03", "HV05")
    assert not is_dimmed(browser, "HV03", "HV04") and not is_dimmed(browser, "HV04", "HV06")


def test_a_whole_name_is_not_part_of_another(page):
    browser = page("mixed:12")
    browser.set_filter(host="HV01")
    assert browser.text("#hosts-count").startswith("3 of 12")  # HV010, HV011, HV012
    browser.set_filter(host="HV010")
    assert browser.text("#hosts-count").startswith("1 of 12")


def test_by_text(page):
    browser = page("demo")
    browser.set_filter(text="spn-JACKING")
    assert {rule for rule, _, _ in shown_findings(browser)} == {"DEL-05"}
    browser.set_filter(text="no such words")
    assert shown_findings(browser) == []
    assert browser.text("#findings-count") == f"0 of {len(browser.report.unwaived)} findings shown"


def test_by_verdict(page):
    browser = page("demo")
    browser.set_filter(verdict="degraded")
    pairs = [ends for ends, pair in browser.report.pairs.items() if pair["verdict"] == "degraded"]
    assert pairs == [("HV05", "HV04")]
    assert not is_dimmed(browser, "HV05", "HV04")
    assert is_dimmed(browser, "HV03", "HV06")
    assert browser.text("#hosts-count").startswith("2 of 6")
    assert "DEL-03" in {rule for rule, _, _ in shown_findings(browser)}


def test_waived_ones(page):
    browser = page("storage")
    waived = sum(1 for f in browser.report.json["findings"] if f["waived"])
    browser.set_filter(status="waived")
    assert shown_findings(browser) == []
    assert browser.shown("#waived tbody tr") == waived > 0
    browser.set_filter(status="fail")
    assert browser.shown("#waived") == 0


def test_an_address_says_it_all(page):
    browser = page("spn-07-fires", address="#severity=warning&host=HV01")
    assert {s for _, s, _ in shown_findings(browser)} == {"warning"}
    assert browser.one("#filter [name=host]").get_attribute("value") == "HV01"
    browser.set_filter(severity="")
    browser.wait("return location.hash === '#host=HV01'")


def test_an_address_opens_a_pair(page):
    browser = page("demo", address="#pair=HV04%3EHV06")
    assert browser.text("#panel-title") == "HV04 → HV06"


@pytest.mark.parametrize("address", ["#pair=%3Cscript%3E", "#pair=HV01>HV99", "#severity=<img src=x onerror=alert(1)>", "#a=b&host=%00",
                                     "#rule=__proto__&verdict=constructor", "#=&=&", "#pair=HV01>HV01"])
def test_hostile_addresses(page, address):
    browser = page("demo", address=address)
    assert browser.shown("#panel") == 0
    assert browser.js("return window.hacked") is None


@pytest.mark.parametrize("figure, keep", [
    ("error", lambda f: f["severity"] == "error" and f["status"] == "fail"),
    ("warning", lambda f: f["severity"] == "warning" and f["status"] == "fail")])
def test_a_figure_filters(page, figure, keep):
    browser = page("spn-07-fires")
    browser.one(f"[data-figure='{figure}']").click()
    found = expected(browser, keep)
    browser.wait("return document.querySelector('#findings-count').textContent.startsWith(arguments[0])", f"{len(found)} of")
    assert sorted(shown_findings(browser)) == found


def test_a_verdict_figure_filters(page):
    browser = page("demo")
    browser.one(".card [data-figure='broken']").click()
    browser.wait("return document.querySelector('table.matrix').classList.contains('only-b')")


def test_only_what_is_not_ready(page):
    browser = page("mixed:12")
    rows, columns = browser.shown("table.matrix tbody tr"), browser.shown("table.matrix thead th")
    browser.one("#only-slips").click()
    slips = [ends for ends, pair in browser.report.pairs.items() if pair["verdict"] != "ready"]
    assert browser.shown("table.matrix tbody tr") == len({source for source, _ in slips}) <= rows
    assert browser.shown("table.matrix thead th") == 1 + len({target for _, target in slips}) <= columns
    browser.one("#only-slips").click()
    assert browser.shown("table.matrix tbody tr") == rows
