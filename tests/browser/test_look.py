"""Light, dark, on paper, on a phone, without script."""
import base64
import re

import pytest

# Text and what lies behind it, where the two are set together.
PAIRS = ["body", ".facts dd", ".facts dt", ".card h3", ".quiet", ".mark.ready", ".mark.degraded", ".mark.broken", ".mark.unknown",
         ".mark.error", ".mark.warning", ".mark.info", ".mark.critical", ".answer .word", ".answer .sentence", ".rule", ".times",
         "table.matrix td.r", "table.matrix td.d", "table.matrix td.b", "table.matrix th", "#filter label span", "nav a",
         ".list thead th", ".language", ".command pre", ".copy", ".risk", ".evidence dt", ".evidence dd", ".where", ".foot p",
         "#panel .checks .fail", "#panel .checks .spared", "#panel .place", "#panel .label", ".reading dd", "button"]


def luminance(color):
    channels = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in color)]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def colors_of(browser, selector):
    """The text's colour and the nearest one behind it; of a pattern, each of its colours."""
    return browser.js(r"""
        const element = document.querySelector(arguments[0]);
        if (!element) return null;
        const numbers = (text) => [...text.matchAll(/rgba?\(([^)]*)\)/g)].map((m) => m[1].split(/[ ,/]+/).map(Number));
        const text = numbers(getComputedStyle(element).color)[0];
        for (let at = element; at; at = at.parentElement) {
            const style = getComputedStyle(at);
            const pattern = numbers(style.backgroundImage);
            if (pattern.length) return [text, pattern];
            const [fill] = numbers(style.backgroundColor);
            if (fill && (fill.length < 4 || fill[3] === 1)) return [text, [fill]];
        }
        return [text, [[255, 255, 255]]]""", selector)


@pytest.mark.parametrize("dark", [False, True])
def test_contrast(page, dark):
    browser = page("demo", dark=dark, address="#pair=HV05>HV06")
    browser.js("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    seen = 0
    for selector in PAIRS:
        found = colors_of(browser, selector)
        if not found:
            continue
        seen += 1
        for behind in found[1]:
            assert contrast(found[0][:3], behind[:3]) >= 4.5, (selector, found, round(contrast(found[0][:3], behind[:3]), 2))
    assert seen > len(PAIRS) - 4


def test_dark_by_preference_and_by_hand(page):
    light = luminance(colors_of(page("demo"), "body")[1][0][:3])
    browser = page("demo", dark=True)
    assert luminance(colors_of(browser, "body")[1][0][:3]) < 0.05 < 0.8 < light
    button = browser.one("#theme")
    button.click()
    assert button.text == "Theme: light"
    assert luminance(colors_of(browser, "body")[1][0][:3]) == light
    button.click()
    button.click()
    assert button.text == "Theme: auto"
    assert luminance(colors_of(browser, "body")[1][0][:3]) < 0.05


@pytest.mark.parametrize("dark", [False, True])
def test_verdicts_differ_without_colour(page, dark):
    """By lightness as well: what is broken stands out from what is ready in grey too."""
    browser = page("demo", dark=dark)
    ready, degraded, broken = (luminance(colors_of(browser, f"table.matrix td.{v}")[1][0][:3]) for v in "rdb")
    assert contrast_of(ready, broken) > 2.5
    assert contrast_of(degraded, broken) > 1.4
    marks = browser.js("return [...document.querySelectorAll('.legend .mark')].map((m) => m.textContent)")
    assert len(marks) == len(set(marks)) == 4


def contrast_of(one, other):
    high, low = max(one, other), min(one, other)
    return (high + 0.05) / (low + 0.05)


def test_paper(page):
    browser = page("demo", dark=True, media="print")
    assert luminance(colors_of(browser, "body")[1][0][:3]) > 0.95
    for gone in (".bar-top", "#theme", "#print", ".copy", ".controls", "#tip"):
        assert browser.shown(gone) == 0, gone
    assert browser.shown("table.matrix td") > 0
    browser.js("window.dispatchEvent(new Event('beforeprint'))")
    blocks = len(browser.all("#findings .block"))
    assert browser.shown("#findings .block .body") == blocks == browser.shown("#findings .block > summary")
    assert browser.shown("#rules-table tbody tr") == 0, "the rules stay folded"
    browser.js("window.dispatchEvent(new Event('afterprint'))")
    assert browser.js("return document.querySelectorAll('#findings .block[open]').length") == 0


def test_paper_without_script_is_unfolded(page):
    """By style alone, as print may come from a browser that runs nothing."""
    browser = page("demo")
    pdf = browser.cdp("Page.printToPDF")["data"]
    browser.open(browser.visited, scripts=False)
    plain = browser.cdp("Page.printToPDF")["data"]
    assert abs(len(plain) - len(pdf)) < 0.2 * len(pdf)


def test_paper_of_a_large_estate(page):
    """The summary, what to fix first and the findings; no matrix of ninety thousand cells."""
    browser = page("mixed:300")
    pdf = base64.b64decode(browser.cdp("Page.printToPDF")["data"])
    assert 3 < len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 30
    browser.cdp("Emulation.setEmulatedMedia", media="print")
    assert browser.shown("table.matrix") == 0 and browser.shown(".slips li") > 0
    assert browser.shown("#first > ol > li") == 5


@pytest.mark.parametrize("case, widths", [("demo", (360, 768, 1400)), ("storage", (360,)), ("hostile", (360, 1400)), ("mixed:40", (360, 1400))])
def test_nothing_runs_out_of_the_page(page, case, widths):
    for width in widths:
        browser = page(case, width=width)
        inner, outer = browser.js("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert inner <= outer, (width, inner)


def test_panel_on_a_phone(page):
    browser = page("demo", width=390, height=844, address="#pair=HV04>HV06")
    box = browser.js("const b = document.querySelector('#panel').getBoundingClientRect(); return [b.left, b.right, b.height]")
    assert box == [0, browser.js("return document.documentElement.clientWidth"), 844]


def test_without_script(page):
    browser = page("demo", scripts=False)

    def evaluate(expression):
        return browser.cdp("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")
    # Nothing of the page's script ran, so what is read here is what stands in the file.
    browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    assert evaluate("typeof shapeNumbers") == "undefined"
    assert evaluate("[...document.querySelectorAll('.scripted')].filter((e) => e.checkVisibility()).length") == 0
    assert evaluate("[...document.querySelectorAll('table.matrix td')].filter((e) => e.checkVisibility()).length") == 16
    assert evaluate("document.querySelectorAll('details.group:not([open]) td.b, details.group:not([open]) td.d').length") == 0
    assert "6 of 14 migration directions fail" in evaluate("document.querySelector('h1').innerText")
    summaries = evaluate("document.querySelector('#findings').innerText")
    for finding in browser.report.unwaived:
        assert finding["rule"] in summaries
    evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    text = re.sub(r"\s+", " ", evaluate("document.querySelector('#findings').innerText"))
    for fix in browser.report.json["fixes"]:
        for command in fix["commands"]["setspn"] or fix["commands"]["powershell"]:
            assert re.sub(r"\s+", " ", command) in text
    for finding in browser.report.unwaived:
        for value in finding["evidence"].values():
            for one in value if isinstance(value, list) else [value]:
                assert re.sub(r"\s+", " ", one) in text
