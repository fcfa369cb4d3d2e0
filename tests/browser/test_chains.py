"""Chains of delegations: the drawing, what to remove, and the same in words."""
import json
import re

import estates
import pytest
from report import estate_of, run
from test_hostile import visible
from test_look import contrast

# In the drawing's own units: boxes with their names, lines with their ends.
DRAWN = """
const boxes = [...document.querySelectorAll('#chains-graph .node')].map((node) => {
    const box = node.querySelector('.box:not(.behind)').getBBox();
    return { names: node.querySelector('title').textContent, tier0: node.classList.contains('tier0'),
             left: box.x, top: box.y, right: box.x + box.width, bottom: box.y + box.height,
             texts: [...node.querySelectorAll('text')].map((t) => { const b = t.getBBox(); return [b.x, b.y, b.x + b.width, b.y + b.height]; }) };
});
const lines = [...document.querySelectorAll('#chains-graph .link')].map((link) => {
    const path = link.querySelector('.line'), length = path.getTotalLength();
    const [from, to] = [path.getPointAtLength(0), path.getPointAtLength(length)];
    const at = [...Array(41)].map((_, i) => path.getPointAtLength(length * i / 40)).map(({ x, y }) => [x, y]);
    return { title: link.querySelector('title').textContent, cut: link.classList.contains('cut'),
             badge: link.querySelector('.badge-number')?.textContent || null, from: [from.x, from.y], to: [to.x, to.y], at };
});
return { boxes, lines };"""


def box_at(drawn, x, y):
    found = [b for b in drawn["boxes"] if b["left"] - 10 <= x <= b["right"] + 10 and b["top"] - 1 <= y <= b["bottom"] + 1]
    assert len(found) == 1, (x, y)
    return found[0]["names"]


@pytest.fixture(scope="module")
def chains(tmp_path_factory):
    """Chains by estate, as `kcdaudit delegations` lists them."""
    def list_them(case):
        ldif, conf = estate_of(case, tmp_path_factory.mktemp("chains"))
        return json.loads(run("delegations", "--ldif", ldif, "-c", conf, "-f", "json"))
    return list_them


def test_nodes_and_lines(page, chains):
    browser = page("application")
    drawn = browser.js(DRAWN)
    listed = [c for c in chains("application")["chains"] if c["tier0"]]
    ends = {c[end]["name"] for c in listed for end in ("from", "to")}
    assert ends == {b["names"] for b in drawn["boxes"]}
    assert {b["names"] for b in drawn["boxes"] if b["tier0"]} == {"DC1"}
    lines = {(box_at(drawn, *line["from"]), box_at(drawn, *line["to"])) for line in drawn["lines"]}
    assert lines == {("WEB1", "svc-web"), ("svc-web", "SQL1"), ("SQL1", "DC1"), ("svc-report", "FILES"), ("FILES", "DC1"), ("WEB2", "DC1")}


def test_a_column_per_step(page, chains):
    browser = page("application")
    assert browser.texts("#chains-graph .column") == ["3 steps away", "2 steps away", "1 step away", "Tier 0"]
    columns = sorted({b["left"] for b in browser.js(DRAWN)["boxes"]}, reverse=True)
    steps = {b["names"]: columns.index(b["left"]) for b in browser.js(DRAWN)["boxes"]}
    for chain in chains("application")["chains"]:
        if chain["tier0"]:
            assert steps[chain["from"]["name"]] == len(chain["steps"])


def test_what_to_remove_is_numbered(page):
    browser = page("application")
    drawn = browser.js(DRAWN)
    cut = browser.texts("#chains-cut li")
    assert [re.sub(",.*", "", text) for text in cut] == ["Backup servers → DC1", "SQL1 → DC1"]
    badges = {(box_at(drawn, *line["from"]), line["badge"]) for line in drawn["lines"] if line["cut"]}
    assert badges == {("FILES", "1"), ("WEB2", "1"), ("SQL1", "2")}
    widths = browser.js("return ['.cut .line', '.link:not(.cut) .line'].map((s) => parseFloat(getComputedStyle(document.querySelector('#chains-graph ' + s)).strokeWidth))")
    assert widths[0] >= 2 * widths[1]
    browser.click("#chains-cut li a")
    browser.wait("return document.activeElement.closest('tbody.edge')?.querySelector('.who').textContent === 'Backup servers'")


@pytest.mark.parametrize("case, nodes", [("application", 7), ("tiers:40", 83), ("hostile_edges", 13)])
def test_readable(page, case, nodes):
    """No box covers another, no line runs through a box, and every name fits its own."""
    browser = page(case)
    drawn = browser.js(DRAWN)
    boxes = drawn["boxes"]
    assert len(boxes) == nodes
    for n, one in enumerate(boxes):
        for other in boxes[n + 1:]:
            assert one["right"] < other["left"] or other["right"] < one["left"] or one["bottom"] < other["top"] or \
                other["bottom"] < one["top"], (one, other)
        for left, top, right, bottom in one["texts"]:
            assert one["left"] <= left and right <= one["right"] and one["top"] <= top and bottom <= one["bottom"] + 1, one
    size = browser.js("const b = document.querySelector('#chains-graph').viewBox.baseVal; return [b.width, b.height]")
    for line in drawn["lines"]:
        for x, y in line["at"]:
            assert 0 <= x <= size[0] and 0 <= y <= size[1], line["title"]
            assert not [b for b in boxes if b["left"] + 2 < x < b["right"] - 2 and b["top"] + 2 < y < b["bottom"] - 2], line["title"]
    fonts = browser.js("return [...document.querySelectorAll('#chains-graph text')].map((t) => parseFloat(getComputedStyle(t).fontSize))")
    assert min(fonts) >= 10


def test_what_is_alike_is_one(page):
    browser = page("tiers:40")
    alike = [b for b in browser.js(DRAWN)["boxes"] if "," in b["names"]]
    assert [b["names"].split(", ") for b in alike] == [["ZFARM%03d" % n for n in range(40)]]
    assert "40 accounts" in browser.texts("#chains-graph .name")


def test_words(page, chains):
    """The whole of it without the drawing: for who cannot see it, and where it would be too large."""
    browser = page("application")
    listed = chains("application")["chains"]
    cells = browser.js("return [...document.querySelectorAll('#chains-words tbody tr')].map((r) => [...r.cells].map((c) => c.textContent))")
    assert [(c[0], c[1].replace(" Tier 0", ""), int(c[2])) for c in cells] == \
        [(c["from"]["name"], c["to"]["name"], len(c["steps"])) for c in listed]
    words = [c[3] for c in cells]
    assert "WEB1 may act on svc-web (constrained), svc-web on SQL1 (constrained), SQL1 on DC1 (constrained)" in words
    assert "FILES may act on DC1 (RBCD, as one of Backup servers)" in words
    graph = browser.one("#chains-graph")
    assert graph.get_attribute("role") == "img" and "in words" in graph.get_attribute("aria-label")


def test_too_many_are_told_and_not_drawn(page):
    browser = page("tiers:160")
    assert not browser.all("#chains-graph")
    assert browser.shown("#chains-words tbody tr") == 200
    assert "of which the first 200 are shown" in browser.text("#chains-lead")


def test_no_chain_is_no_part(page):
    browser = page("edges:20")
    assert not browser.all("#chains-lead") and not browser.all("#chains-graph") and not browser.all("#chains-words")


def test_hostile_names(page):
    browser = page("hostile_edges")
    titles = browser.texts("#chains-graph .node title")
    for name in estates.HOSTILE.values():
        assert visible(name) in titles
    assert browser.js("return window.hacked") is None
    kinds = set(browser.js("return [...document.querySelectorAll('#chains-graph *')].map((e) => e.localName)"))
    assert kinds <= {"g", "title", "path", "rect", "text", "circle"}


@pytest.mark.parametrize("dark, media", [(False, ""), (True, ""), (True, "print")])
def test_contrast(page, dark, media):
    """Of text on boxes, and of lines and frames on the page (3:1 for what is no text)."""
    browser = page("application", dark=dark, media=media)
    colors = browser.js(r"""
        const numbers = (text) => text.match(/[\d.]+/g).slice(0, 3).map(Number);
        const style = (selector, name) => numbers(getComputedStyle(document.querySelector('#chains-graph ' + selector))[name]);
        const card = numbers(getComputedStyle(document.querySelector('.chains')).backgroundColor);
        return { text: [['.node:not(.tier0) .name', '.node:not(.tier0) .box'], ['.node:not(.tier0) .kind', '.node:not(.tier0) .box'],
                        ['.tier0 .name', '.tier0 .box'], ['.tier0 .kind', '.tier0 .box'], ['.badge-number', '.badge']]
                     .map(([t, b]) => [t, style(t, 'fill'), style(b, 'fill')]),
                 shapes: ['.line', '.cut .line', '.box', '.tier0 .frame', '.badge'].map((s) => [s, style(s, 'stroke'), card]) }""")
    for selector, one, other in colors["text"]:
        assert contrast(one, other) >= 4.5, selector
    for selector, one, other in colors["shapes"]:
        assert contrast(one, other) >= 3, selector


def test_paper(page):
    browser = page("tiers:40", media="print", width=800)
    box = browser.js("const b = document.querySelector('#chains-graph').getBoundingClientRect(); return [b.left, b.right]")
    assert box[0] >= 0 and box[1] <= 800
    assert browser.shown("#chains-words tbody tr") == 0, "the drawing says it"
    browser = page("tiers:160", media="print", width=800)
    assert browser.shown("#chains-words tbody tr") == 20, "without one, the first of them"


def test_without_script(page):
    browser = page("application", scripts=False)
    browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    assert len(browser.js(DRAWN)["boxes"]) == 7
