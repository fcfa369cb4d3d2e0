"""Delegations: the table, its filter and panels; the chains as a drawing and in words."""
import json
import re

import estates
import pytest
from report import estate_of, run
from test_hostile import visible
from test_look import colors_of, contrast

MEGABYTE = 1 << 20
SOURCE, WAY, SERVICES, OWNER, WORKS, RISK = range(6)


@pytest.fixture(scope="module")
def listed(tmp_path_factory):
    """What `kcdaudit delegations` lists of the application estate."""
    ldif, conf = estate_of("application", tmp_path_factory.mktemp("listed"))
    return json.loads(run("delegations", "--ldif", ldif, "-c", conf, "-f", "json"))["edges"]


def rows(browser, shown=False):
    """The cells of each row."""
    return browser.js("""
        const name = (cell) => (cell.querySelector('.who') || cell).textContent.trim();
        return [...document.querySelectorAll('tbody.edge')].filter((body) => !arguments[0] || !body.hidden)
            .map((body) => [...body.rows[0].cells].map(name))""", shown)


def explain(browser, source):
    browser.js("""
        const body = [...document.querySelectorAll('tbody.edge')].find((b) => b.querySelector('.who').textContent === arguments[0]);
        const button = body.querySelector('.explain');
        button.scrollIntoView({block: 'center', behavior: 'instant'});
        button.focus();
        button.click()""", source)


def test_rows_are_those_of_the_list(page, listed):
    browser = page("application")
    found = sorted((r[SOURCE], r[OWNER], re.sub(r"^[^a-z]*", "", r[WORKS])) for r in rows(browser))
    hosts = {"HV01", "HV02"}
    assert found == sorted((e["source"]["name"], e["target"]["name"] if e["target"] else
                            {"any": "whoever", "none": "nobody"}[e["owner"]], e["verdict"])
                           for e in listed if e["source"]["name"] not in hosts)
    assert len(listed) - len(found) == 2
    assert "2 of them are the live migration" in browser.text("#edges-migration")
    assert browser.figure("edges") == len(listed)


def test_what_weighs_most_comes_first(page):
    browser = page("application")
    assert ["Tier 0" in r[RISK] for r in rows(browser)] == [True] * 2 + [False] * (len(rows(browser)) - 2)
    quiet = [r[SOURCE] for r in rows(browser) if "by design" in r[RISK]]
    assert quiet == ["DC1"] and rows(browser)[0][SOURCE] != "DC1"


def test_headline_tells_both(page):
    browser = page("application")
    answer = browser.text("h1")
    assert "both migration directions work" in answer
    assert "%d of 11 delegations are at risk" % browser.figure("edges-at-risk") in answer
    assert "%d of 11 delegations are at risk" % browser.figure("edges-at-risk") in browser.text("#delegations .lead")


@pytest.mark.parametrize("fields, sources", [
    ({"risk": "tier0"}, {"SQL1", "Backup servers"}),
    ({"risk": "unconstrained"}, {"LEGACY"}),
    ({"risk": "ghost"}, {"svc-web"}),
    ({"way": "rbcd"}, {"SQL1", "Backup servers"}),
    ({"way": "rbcd", "risk": "tier0"}, {"Backup servers"}),
    ({"works": "broken"}, {"svc-web"}),
    ({"host": "files"}, {"SQL1", "svc-report"}),
    ({"text": "gone.contoso"}, {"svc-web"}),
    ({"host": "HV01"}, set()),
])
def test_filter(page, fields, sources):
    browser = page("application")
    everything = len(rows(browser))
    browser.set_filter(**fields)
    browser.wait("return [...document.querySelectorAll('tbody.edge')].filter((b) => !b.hidden).length === arguments[0]",
                 len(rows(browser, shown=True)))
    assert {r[SOURCE] for r in rows(browser, shown=True)} == sources
    assert browser.text("#edges-count") == "%d of %d delegations shown" % (len(rows(browser, shown=True)), everything)
    browser.click("#filter button[type=reset]")
    browser.wait("return document.querySelectorAll('tbody.edge[hidden]').length === 0")


def test_filter_stands_in_the_address(page):
    browser = page("application", address="#risk=tier0&way=constrained")
    assert {r[SOURCE] for r in rows(browser, shown=True)} == {"SQL1", "Backup servers"}
    browser.open(browser.visited, address="#way=kcd&risk=tier0")
    assert [r[SOURCE] for r in rows(browser, shown=True)] == ["SQL1"]
    assert browser.js("return document.querySelector('select[name=risk]').value") == "tier0"


def test_a_figure_filters(page):
    browser = page("application")
    browser.click("a[href='#risk=tier0']")
    browser.wait("return document.querySelectorAll('tbody.edge:not([hidden])').length === 2")
    browser.wait("return document.activeElement.id === 'delegations'")


def test_a_row_unfolds(page):
    browser = page("application")
    browser.set_filter(risk="ghost")
    browser.click("tbody.edge:not([hidden]) summary")
    assert browser.shown("tbody.edge:not([hidden]) .inner tbody tr") == 1
    text = browser.js("return document.querySelector('tbody.edge:not([hidden])').innerText")
    assert "HTTP/gone.contoso.test" in text and "the SPN is on no account" in text


def test_sorting(page):
    browser = page("application")
    browser.click("#edges-table thead th:first-child button")
    names = [r[SOURCE] for r in rows(browser)]
    assert names == sorted(names, key=str.lower)
    explain(browser, "SQL1")
    assert browser.text("#panel-title").startswith("SQL1 → ")
    browser.click("#edges-table thead th:nth-child(5) button")
    assert [re.sub(r"^[^a-z]*", "", r[WORKS]) for r in rows(browser)][-1] == "broken"


def test_panel(page):
    from selenium.webdriver.common.keys import Keys
    browser = page("application")
    explain(browser, "SQL1")
    assert browser.text("#panel-title") == "SQL1 → DC1, constrained, any protocol"
    assert browser.js("return document.querySelector('.panel-verdict').dataset.verdict") == "ready"
    spns = browser.texts("#panel h3 .code")
    assert spns == ["ldap/DC1", "ldap/dc1.contoso.test"]
    panel = browser.text("#panel")
    assert panel.count("registered, on this account alone") == 2 and "msDS-AllowedToDelegateTo of SQL1" in panel
    assert panel.count("Names and tickets of DC1") == 1
    assert browser.js("return document.activeElement.id") == "panel-title"
    browser.keys(Keys.ESCAPE)
    browser.wait("return document.querySelector('#panel').hidden")
    assert browser.js("return document.activeElement.className").startswith("explain")


def test_panel_of_a_group_shows_a_member(page):
    browser = page("application")
    explain(browser, "Backup servers")
    assert browser.text("#panel-title") == "Backup servers → DC1, RBCD"
    panel = browser.text("#panel")
    assert "msDS-AllowedToActOnBehalfOfOtherIdentity of DC1" in panel
    assert "FILES" in panel or "WEB2" in panel


def test_panels_of_all(page):
    browser = page("application")
    for number in range(len(rows(browser))):
        browser.js("document.querySelectorAll('.explain')[arguments[0]].click()", number)
        text = browser.text("#panel")
        assert "\x01" not in text and "\x02" not in text and "\x03" not in text and "undefined" not in text
        assert browser.js("return document.querySelector('#panel .panel-verdict').dataset.verdict") == \
            browser.js("return document.querySelectorAll('tbody.edge')[arguments[0]].dataset.works", number)


def test_findings_about_it(page):
    """A row names them, and its panel lists them with their fixes."""
    browser = page("del-08-fires")
    of = {r[SERVICES]: browser.js("return [...document.querySelectorAll('tbody.edge')[arguments[0]].querySelectorAll('.about a')].map((a) => a.textContent)", n)
          for n, r in enumerate(rows(browser))}
    assert "DEL-08 of HV02" in of["krbtgt/CONTOSO.TEST"]
    assert of["ldap/DC01"] == ["DEL-05 of HV01"]
    assert {"DEL-05 of HV01", "DEL-08 of HV01"} <= {name for names in of.values() for name in names}
    explain(browser, "HV02")
    assert browser.texts("#panel .panel-findings a")[0].startswith("DEL-08 ")
    browser.click("tbody.edge summary")
    browser.click("tbody.edge .about a")
    browser.wait("return document.activeElement.closest('.block')?.dataset.rule === 'DEL-08'")


def test_what_is_declared(page):
    """Only where the configuration declares delegations is there a column for it."""
    assert "Declared" not in page("application").texts("#edges-table thead th button")
    browser = page("declared-and-not")
    assert browser.texts("#edges-table thead th button")[-1] == "Declared"
    declared = browser.js("return [...document.querySelectorAll('tbody.edge')].map((b) => [b.rows[0].cells[6].firstChild.textContent.trim(), b.dataset.risk.includes('undeclared')])")
    assert {word for word, _ in declared} >= {"yes", "no"}
    assert all(not undeclared for word, undeclared in declared if word == "yes")
    assert browser.figure("edges-undeclared") == sum(undeclared for _, undeclared in declared)


def test_without_script(page):
    browser = page("application", scripts=False)
    browser.cdp("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.shown("#delegations .scripted") == 0 and browser.shown("tbody.edge > tr:first-child") == len(rows(browser))
    browser.js("document.querySelectorAll('#delegations details').forEach((d) => { d.open = true; })")
    text = browser.js("return document.querySelector('#delegations').innerText")
    assert "the SPN is on no account" in text and "ldap/dc1.contoso.test" in text


def test_hosts_alone_have_no_section(tmp_path):
    ldif, conf = estate_of("application", tmp_path)
    page = tmp_path / "hosts.html"
    run("audit", "--ldif", ldif, "-c", conf, "--scope", "hosts", "--no-history", "-f", f"html:{page}")
    markup = page.read_text(encoding="utf-8")
    assert 'id="delegations"' not in markup and 'href="#delegations"' not in markup


# Names.

def test_hostile_names_are_text(page):
    browser = page("hostile_edges")
    names = {r[SOURCE] for r in rows(browser)}
    for name in estates.HOSTILE.values():
        assert visible(name) in names, name
    assert browser.js("return window.hacked") is None
    assert browser.js("return document.querySelectorAll('#delegations img, #delegations i, #delegations b b').length") == 0
    kinds = browser.js("""
        const kinds = new Set();
        document.querySelectorAll('.explain').forEach((button) => {
            button.click();
            document.querySelectorAll('#panel *').forEach((e) => {
                kinds.add(e.localName);
                for (const a of e.getAttributeNames()) if (a.startsWith('on') || a === 'style' || a === 'src') kinds.add('@' + a);
            });
        });
        return [...kinds]""")
    assert not {"script", "img", "iframe", "b", "i"} & set(kinds) and not [k for k in kinds if k.startswith("@")]
    assert browser.js("return window.hacked") is None


# Looks.

TEXTS = ["#delegations .lead", "#delegations .quiet", ".edge .who", ".edge .kind", ".edge .to", ".edge summary", ".edge .chip",
         ".explain", ".edge .sentence", ".edge .reasons li", "#edges-count", "#delegations .controls label span"]


@pytest.mark.parametrize("dark", [False, True])
def test_contrast(page, dark):
    browser = page("application", dark=dark)
    browser.js("document.querySelectorAll('#delegations details').forEach((d) => { d.open = true; })")
    for selector in TEXTS:
        text, behind = colors_of(browser, selector)
        for color in behind:
            assert contrast(text[:3], color[:3]) >= 4.5, selector


@pytest.mark.parametrize("case, widths", [("application", (360, 768, 1400)), ("hostile_edges", (360, 1400))])
def test_nothing_runs_out_of_the_page(page, case, widths):
    for width in widths:
        browser = page(case, width=width)
        browser.js("document.querySelectorAll('#delegations details').forEach((d) => { d.open = true; })")
        inner, outer = browser.js("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert inner <= outer, (width, inner)


def test_paper(page):
    browser = page("application", media="print")
    assert browser.shown("#delegations .controls") == browser.shown(".explain") == 0
    assert browser.style(".tall", "overflow-y") == "visible"
    assert browser.shown("tbody.edge > tr:first-child") == len(rows(browser))


# Sizes.

def test_two_thousand(page):
    """Those at risk come first and all; of the rest the page says how many it leaves out."""
    browser = page("edges:2000")
    assert browser.visited.stat().st_size < 3 * MEGABYTE
    assert len(rows(browser)) == 1000
    assert browser.text("[data-figure='edges']") == "2,000"
    ghosts = [r[OWNER] == "nobody" for r in rows(browser)]
    assert ghosts == [True] * 200 + [False] * 800
    assert "1,000 more are not listed here" in browser.text("#edges-rest")
    assert "kcdaudit delegations lists all" in browser.text("#edges-rest")
    browser.set_filter(host="svc-0040")
    browser.wait("return document.querySelector('#edges-count').textContent === '1 of 1,000 delegations shown'")
    explain(browser, "svc-0040")
    assert "HTTP/gone-40" in browser.text("#panel-title")
