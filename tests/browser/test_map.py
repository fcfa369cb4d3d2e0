"""A matrix of more than twelve columns is a map: one picture of all cells, which is read, pointed at and moved through like
a table."""
import re

import pytest
from selenium.webdriver.common.keys import Keys

SYMBOLS = {"ready": "✓", "degraded": "~", "broken": "✗", "unknown": "?"}
CASES = ["mixed:40", "map_of_all:20"]


def painted(browser):
    """Which verdict is painted where, by the names of rows and columns that are shown; veiled cells are "veil"."""
    return browser.js("""
        const painted = {};
        for (const table of document.querySelectorAll('table.map')) {
            const heads = [...table.tHead.rows[0].cells].slice(1).filter((head) => !head.hidden);
            const rows = [...table.tBodies[0].rows].filter((row) => !row.hidden);
            const paths = [...table.querySelectorAll('svg.cells path')];
            rows.forEach((row, y) => heads.forEach((head, x) => {
                const here = paths.filter((path) => path.isPointInStroke(new DOMPoint(x + .5, y + .5)));
                if (here.length)
                    painted[row.cells[0].textContent + '>' + head.textContent] = here.at(-1).getAttribute('class');
            }));
        }
        return painted""")


def verdicts(report):
    return {"%s>%s" % ends: pair["verdict"] for ends, pair in report.pairs.items()}


def told_as_not_ready(lists, order):
    """The pairs that the list below the map names: "HV01: broken to HV02 … HV04 (2), HV07; degraded to HV05"."""
    pairs = {}
    for line in lists:
        source, _, rest = line.partition(":")
        for part in rest.split(";"):
            verdict, _, targets = part.strip().partition(" to ")
            for run in targets.split(", "):
                first, _, last = re.sub(r" \(\d+\)$", "", run).partition(" … ")
                for target in order[order.index(first):order.index(last or first) + 1]:
                    if target != source:
                        pairs[f"{source}>{target}"] = verdict
    return pairs


@pytest.mark.parametrize("case", CASES)
def test_map_is_that_of_json(page, case):
    browser = page(case)
    assert painted(browser) == verdicts(browser.report)


@pytest.mark.parametrize("case", CASES)
def test_without_script_it_is_a_map_with_a_list(page, case):
    browser = page(case, scripts=False)
    browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.js("return typeof shapeNumbers") == "undefined"
    wanted = verdicts(browser.report)
    assert painted(browser) == wanted
    box = browser.js("const b = document.querySelector('svg.cells').getBoundingClientRect(); return [b.width, b.height]")
    assert min(box) > 16 * 20
    order = [head for head in browser.texts("table.map thead th") if not head.startswith("From")]
    assert told_as_not_ready(browser.texts("details.more .sources > li"), order) == {
        ends: verdict for ends, verdict in wanted.items() if verdict != "ready"}


def test_symbols_differ_as_well_as_colours(page):
    """Each verdict has its own sign in the picture; none is colour alone."""
    browser = page("map_of_all:20")
    shapes = browser.js("""return [...document.querySelectorAll('svg.cells path')].map((path) => {
        const pattern = document.querySelector(path.getAttribute('stroke').slice(4, -1));
        return [path.getAttribute('class'), pattern.querySelector('path:last-child').getAttribute('d'),
                getComputedStyle(pattern.querySelector('rect')).fill]; })""")
    for column in range(3):
        assert len({shape[column] for shape in shapes}) == len(SYMBOLS)


@pytest.mark.parametrize("width, height", [(390, 844), (1280, 900), (1920, 1080)])
def test_pointing_and_clicking(page, width, height):
    browser = page("mixed:40", width=width, height=height)
    for source, target in (("HV001", "HV002"), ("HV004", "HV033"), ("HV040", "HV039")):
        verdict = browser.report.pairs[source, target]["verdict"]
        browser.point(source, target)
        for place in ("#tip", "#where"):
            assert browser.text(place).startswith(f"{source} → {target} {SYMBOLS[verdict]}{verdict}")
        assert browser.texts("table.matrix th.lit") == [target, source]
        browser.point(source, target, then="click")
        assert browser.text("#panel-title") == f"{source} → {target}"
        browser.keys(Keys.ESCAPE)
        assert browser.js("return document.activeElement.getAttribute('aria-label')") == f"{source} to {target}: {verdict}"
    inner, outer = browser.js("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert inner <= outer


def test_a_host_itself_is_no_pair(page):
    browser = page("mixed:40")
    browser.point("HV004", "HV004", then="click")
    assert browser.shown("#panel") == 0 and browser.shown("#tip") == 0


def test_keys(page):
    browser = page("mixed:40")
    label = "return document.activeElement.getAttribute('aria-label')"
    assert len(browser.all("table.map [tabindex='0']")) == 1
    browser.one("table.map td[tabindex='0']").send_keys(Keys.ARROW_DOWN)
    assert browser.js(label) == "no pair"
    browser.keys(Keys.ARROW_DOWN, Keys.END)
    assert browser.js(label) == "HV003 to HV040: ready"
    browser.keys(Keys.PAGE_DOWN, Keys.ARROW_LEFT)
    assert browser.js(label).startswith("HV013 to HV039: ")
    browser.keys(Keys.ENTER)
    assert browser.text("#panel-title") == "HV013 → HV039"
    assert len(browser.all("table.map td[aria-selected='true']")) == 1
    browser.keys(Keys.ESCAPE)
    assert browser.js(label).startswith("HV013 to HV039: ")
    assert len(browser.all("table.map [tabindex='0']")) == 1
    seen = browser.js("const b = document.activeElement.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]")
    assert min(seen) >= 0 and seen[2] <= 1400 and seen[3] <= 1000


def test_a_cell_lies_on_its_picture(page):
    browser = page("mixed:40", address="#pair=HV011>HV033")
    cell, head, row = (browser.js("const b = arguments[0].getBoundingClientRect(); return [b.left, b.top, b.width, b.height]", element)
                       for element in (browser.one("td[aria-selected]"), browser.all("table.map thead th")[33],
                                       browser.all("table.map tbody th")[10]))
    assert abs(cell[0] - head[0]) < 1 and abs(cell[2] - head[2]) < 1
    assert abs(cell[1] - row[1]) < 1 and abs(cell[3] - row[3]) < 1


def test_screen_readers_find_rows_columns_and_verdicts(page):
    browser = page("mixed:40")
    table = browser.one("table.map")
    assert [table.get_attribute(name) for name in ("role", "aria-rowcount", "aria-colcount")] == ["grid", "41", "41"]
    browser.one("table.map td[tabindex='0']").send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.END)
    at = browser.js("""const cell = document.activeElement;
        return [cell.getAttribute('aria-colindex'), cell.parentNode.getAttribute('aria-rowindex'), cell.parentNode.cells[0].textContent]""")
    assert at == ["41", "5", "HV004"]
    nodes = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    names = {(node.get("role", {}).get("value"), node.get("name", {}).get("value")) for node in nodes if not node.get("ignored")}
    assert ("gridcell", "HV004 to HV040: broken") in names
    assert ("rowheader", "HV004") in names and ("columnheader", "HV040") in names
    # And each row says what its cells are, with a script or without.
    counts = [pair["verdict"] for (source, _), pair in browser.report.pairs.items() if source == "HV004"]
    words = ", ".join(f"{counts.count(v)} {v}" for v in ("broken", "unknown", "degraded", "ready") if v in counts)
    assert ("gridcell", words) in names


def test_only_what_is_not_ready(page):
    browser = page("mixed:40")
    whole = painted(browser)
    browser.click("#only-slips")
    slips = [ends for ends, pair in browser.report.pairs.items() if pair["verdict"] != "ready"]
    sources, targets = {s for s, _ in slips}, {t for _, t in slips}
    assert browser.shown("table.map tbody tr") == len(sources)
    assert painted(browser) == {e: v for e, v in whole.items() if e.split(">")[0] in sources and e.split(">")[1] in targets}
    browser.point("HV006", "HV033", then="click")
    assert browser.text("#panel-title") == "HV006 → HV033"
    browser.keys(Keys.ESCAPE)
    browser.click("#only-slips")
    assert painted(browser) == whole


def test_rows_that_hold_the_picture_may_be_hidden(page):
    """The first row is all ready: the picture is still there when it goes."""
    browser = page("healthy_but_last:20")
    browser.click("#only-slips")
    assert browser.shown("table.map tbody tr") == 1 and browser.shown("svg.cells") == 1
    browser.click("#only-slips")
    assert browser.shown("table.map tbody tr") == 20 and painted(browser) == verdicts(browser.report)


def test_the_filter_dims(page):
    browser = page("mixed:40")
    browser.set_filter(host="HV004")
    assert all((kind == "veil") == ("HV004" not in ends) for ends, kind in painted(browser).items())
    soft = browser.js("""const soft = document.createElement('p'); soft.style.color = 'var(--soft)'; document.body.append(soft);
                         return getComputedStyle(soft).color""")
    assert browser.style(".veil", "stroke") == soft
    browser.set_filter(host="", verdict="degraded")
    browser.wait("return !document.querySelector('.veil')")
    strokes = browser.js("""return Object.fromEntries([...document.querySelectorAll('svg.cells path')]
                            .map((p) => [p.getAttribute('class'), getComputedStyle(p).stroke]))""")
    assert strokes["ready"] == strokes["broken"] == soft != strokes["degraded"]
