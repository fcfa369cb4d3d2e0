"""Keyboards and screen readers: names, order, roles."""
import pytest

CASES = ["demo", "storage", "incomplete", "mixed:12", "application"]


@pytest.mark.parametrize("case", CASES)
def test_every_control_has_a_name(page, case):
    browser = page(case, address="#pair=HV01>HV02" if case == "demo" else "")
    tree = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "link", "combobox", "searchbox", "textbox", "checkbox", "grid", "dialog", "region", "navigation", "search",
             "table", "img", "DisclosureTriangle"}
    seen = set()
    for node in tree:
        role = node.get("role", {}).get("value")
        if not node.get("ignored") and role in roles:
            seen.add(role)
            assert node.get("name", {}).get("value", "").strip(), node
    assert {"button", "link", "combobox", "searchbox", "navigation", "search", "region"} <= seen


@pytest.mark.parametrize("case", CASES)
def test_no_id_twice(page, case):
    ids = page(case).js("return [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("case", CASES)
def test_references_lead_somewhere(page, case):
    missing = page(case).js("""
        const ids = [...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute('href').slice(1)).filter((id) => !id.includes('='));
        for (const name of ['aria-labelledby', 'aria-controls', 'list'])
            document.querySelectorAll(`[${name}]`).forEach((e) => { if (!e.hidden) ids.push(...e.getAttribute(name).split(' ')); });
        return ids.filter((id) => !document.getElementById(id))""")
    assert missing == []


@pytest.mark.parametrize("case", CASES)
def test_headings_in_order(page, case):
    levels = page(case).js("return [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((h) => Number(h.localName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))


@pytest.mark.parametrize("case", CASES)
def test_tables_have_heads(page, case):
    wrong = page(case).js("""
        return [...document.querySelectorAll('table')].filter((table) =>
            ![...table.tHead.rows[0].cells].every((cell) => cell.localName === 'th' && cell.scope === 'col') ||
            [...table.querySelectorAll(':scope > tbody > tr > th')].some((th) => th.scope !== 'row')).length""")
    assert wrong == 0


def test_landmarks(page):
    browser = page("demo")
    for landmark in ("header", "nav[aria-label]", "main", "form[role=search][aria-label]", "footer"):
        assert len(browser.all(landmark)) == 1, landmark
    assert browser.js("return document.querySelectorAll('main > section:not([aria-labelledby])').length") == 0


def test_skip_link(page):
    from selenium.webdriver.common.keys import Keys
    browser = page("demo")
    browser.keys(Keys.TAB)
    assert browser.js("return document.activeElement.className") == "skip"
    assert browser.js("return document.activeElement.getBoundingClientRect().left") >= 0
    browser.keys(Keys.ENTER)
    browser.wait("return document.activeElement.id === 'matrix'")


def test_focus_is_seen(page):
    from selenium.webdriver.common.keys import Keys
    browser = page("demo")
    unseen = []
    for _ in range(40):
        browser.keys(Keys.TAB)
        outline = browser.js("""
            const e = document.activeElement, s = getComputedStyle(e);
            return e === document.body ? null : [e.outerHTML.slice(0, 80), s.outlineStyle, parseFloat(s.outlineWidth)]""")
        if outline and (outline[1] == "none" or outline[2] < 2):
            unseen.append(outline)
    assert unseen == []


def test_a_matrix_is_one_stop(page):
    """Tab goes past it; arrows go through it."""
    browser = page("mixed:12")
    assert browser.js("return document.querySelectorAll('table.matrix [tabindex=\"0\"]').length") == 1


def test_motion_is_asked_for(page):
    browser = page("demo")
    browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    assert browser.style("html", "scroll-behavior") == "auto"


def test_counts_are_told(page):
    browser = page("application")
    for place in ("#findings-count", "#hosts-count", "#edges-count", "#spoken"):
        assert browser.one(place).get_attribute("role") == "status"
