"""The page as a whole: well formed, self-contained, under its policy, and with the figures of the JSON report."""
import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

CASES = ["demo", "storage", "incomplete", "hostile", "mixed:12", "healthy:2", "del-07-waived", "gpo-01-fires", "no-aliases", "application",
         "hostile_edges"]


class Walker(HTMLParser):
    """Every element with its attributes, and the text of scripts and styles."""

    def __init__(self, markup):
        super().__init__(convert_charrefs=True)
        self.elements, self.raw = [], []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.raw.append([tag, dict(attrs), ""])

    def handle_data(self, data):
        if self.raw and self.elements[-1][0] in ("script", "style"):
            self.raw[-1][2] += data


@pytest.mark.parametrize("case", CASES)
def test_well_formed(reports, case):
    html5lib = pytest.importorskip("html5lib", reason="python3-html5lib is not installed: the markup was not parsed strictly")
    html5lib.HTMLParser(strict=True).parse(reports(case).markup)


@pytest.mark.parametrize("case", CASES)
def test_refers_to_nothing_outside(reports, case):
    for tag, attributes in Walker(reports(case).markup).elements:
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        for name in ("src", "href", "action", "data", "poster", "srcset", "formaction", "xlink:href"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:image/svg+xml,")), (tag, attributes)
    assert "url(" not in "".join(text for tag, _, text in Walker(reports(case).markup).raw if tag == "style")


def test_policy_names_exactly_what_stands_in_the_page(reports):
    walker = Walker(reports("demo").markup)
    policy = next(a["content"] for t, a in walker.elements if a.get("http-equiv") == "Content-Security-Policy")
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["base-uri"] == directives["form-action"] == "'none'"
    assert "unsafe" not in policy

    def digest(text):
        return "'sha256-%s'" % base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    markup = reports("demo").markup
    style, = re.findall("<style>(.*?)</style>", markup, re.S)
    script, = re.findall("<script>(.*?)</script>", markup, re.S)
    assert directives["style-src"] == digest(style)
    assert directives["script-src"] == digest(script)


def test_metadata(reports):
    markup = reports("demo").markup
    elements = Walker(markup).elements
    metas = {a.get("name"): a.get("content") for t, a in elements if t == "meta"}
    assert ("html", {"lang": "en"}) in elements
    assert ("meta", {"charset": "utf-8"}) in elements
    assert metas["referrer"] == "no-referrer"
    assert "width=device-width" in metas["viewport"]
    assert metas["color-scheme"] == "light dark"
    title = re.search("<title>(.*?)</title>", markup).group(1)
    assert title.startswith("contoso.test, BROKEN: 6 of 14 migration directions fail")


@pytest.mark.parametrize("case", CASES)
def test_loads_in_silence(page, case):
    """Nothing on the console, nothing refused, no request: the fixture looks once the test is done."""
    page(case)


def test_policy_stops_what_should_get_in(page):
    """Were something to get into the page, it would not run."""
    browser = page("demo")
    browser.js("""
        for (const text of ['window.hacked = 1']) {
            const script = document.createElement('script'); script.textContent = text; document.body.append(script);
        }
        const image = document.createElement('img'); image.src = 'https://example.invalid/x.png'; document.body.append(image);
        const box = document.createElement('p'); box.setAttribute('onclick', 'window.hacked = 2'); document.body.append(box); box.click();
        fetch('https://example.invalid/').catch(() => { window.unreachable = true; });""")
    browser.wait("return window.unreachable && complaints.length >= 4")
    refused = " ".join(browser.js("return complaints"))
    assert "script-src" in refused and "img-src" in refused and "connect-src" in refused
    assert browser.js("return window.hacked") is None
    assert browser.requests_elsewhere(stopped="csp") == []
    browser.visited = None


@pytest.mark.parametrize("case", CASES + ["acc-06-fires", "cross-domain", "rbcd-nested-group"])
def test_figures_are_those_of_json(page, case):
    browser = page(case)
    summary = browser.report.json["summary"]
    for name in ("pairs", "hosts", "ready", "degraded", "broken", "unknown"):
        assert browser.figure(name) == summary[name], name
    for name in ("critical", "error", "warning", "info"):
        assert browser.figure(name) == summary["findings"][name], name
    assert browser.figure("failed") == sum(summary["findings"][s] for s in ("critical", "error", "warning", "info"))
    unknown = [f for f in browser.report.unwaived if f["status"] == "unknown"]
    assert browser.figure("not-determined") == len(unknown)
    if browser.all("#delegations"):
        assert browser.figure("edges") == sum(summary["edges"][v] for v in ("ready", "degraded", "broken", "unknown"))
        assert browser.figure("edges-tier0") == summary["edges"]["tier0"]
    if summary["findings"]["waived"]:
        assert browser.figure("waived") == summary["findings"]["waived"]
    assert len(browser.all("[data-figure='incomplete']")) == (not browser.report.json["run"]["complete"])


@pytest.mark.parametrize("case", ["demo", "storage", "mixed:12", "incomplete"])
def test_matrix_is_that_of_json(page, case):
    browser = page(case)
    words = browser.js("""
        const cells = {};
        for (const table of document.querySelectorAll('table.matrix')) {
            const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
            for (const row of table.tBodies[0].rows)
                [...row.cells].slice(1).forEach((cell, c) => {
                    const word = cell.querySelector('.vh');
                    if (word) cells[row.cells[0].textContent + '>' + heads[c + 1]] = [word.textContent, cell.className[0]];
                });
        }
        return cells""")
    verdicts = {"%s>%s" % ends: pair["verdict"] for ends, pair in browser.report.pairs.items()}
    assert {ends: word for ends, (word, _) in words.items()} == verdicts
    assert all(letter == word[0] for word, letter in words.values())


def test_incomplete_looks_incomplete(page):
    browser = page("incomplete")
    assert "incomplete" in browser.text(".incomplete")
    assert browser.style(".incomplete", "border-top-style") == "dashed"
    top = browser.js("return document.querySelector('.incomplete').getBoundingClientRect().top")
    assert top < browser.js("return document.querySelector('.cards').getBoundingClientRect().top")
    gaps = browser.report.json["run"]["gaps"]
    # Those with the same reason share a line.
    assert gaps and "; ".join(browser.texts("#gaps dt")).split("; ") == [gap["what"] for gap in gaps]
    assert "READY" not in browser.text("h1")


def test_hosts_spns_and_owners(page):
    browser = page("demo")
    for host in browser.report.json["hosts"]:
        body = browser.js("return [...document.querySelectorAll('tbody.host')].find((b) => b.rows[0].cells[0].textContent === arguments[0])",
                          host["name"])
        text = browser.js("return arguments[0].textContent", body)
        assert host["dn"] in text and host["sid"] in text and host["os"] in text
        rows = browser.js("return [...arguments[0].querySelectorAll('.inner tbody tr')].map((r) => [...r.cells].map((c) => c.textContent))", body)
        assert [(r[0], r[1].lstrip("✓✗?"), r[2]) for r in rows] == [
            (s["spn"], s["status"], ", ".join(s["owners"]) or "nobody") for s in host["spns"]]


def test_hosts_sort(page):
    browser = page("demo")
    source = "#hosts-table thead th:nth-child(6) button"

    def order():
        return browser.texts("tbody.host > tr:first-child > th")
    assert order() == ["HV01", "HV02", "HV03", "HV04", "HV05", "HV06"]
    browser.click(source)
    assert order()[-1] == "HV05"
    browser.click(source)
    assert order()[0] == "HV05"
    assert browser.one("#hosts-table th:nth-child(6)").get_attribute("aria-sort") == "descending"


def test_waivers_and_waived(page):
    browser = page("storage")
    states = {row.split("|")[0]: row.split("|")[1] for row in browser.js(
        "return [...document.querySelectorAll('#waivers tbody tr')].map((r) => r.cells[0].textContent + '|' + r.cells[6].textContent)")}
    assert states["held"].startswith("active")
    assert "expired" in states["ended"]
    assert "unmatched" in states["idle"]
    waived = [f for f in browser.report.json["findings"] if f["waived"]]
    rows = browser.js("return [...document.querySelectorAll('#waived tbody tr')].map((r) => [...r.cells].map((c) => c.textContent))")
    assert [(r[0], r[1], r[4], r[5]) for r in rows] == [
        (f["rule"], f["subject"], f["waived"]["reason"], f["waived"]["until"]) for f in waived]
    for row, finding in zip(rows, waived):
        assert all((t["spn"] or t["target"] or "") in row[2] for t in finding["targets"])


def test_rules_with_outcomes(page):
    browser = page("demo")
    rows = {r[0]: r[3:] for r in browser.js(
        "return [...document.querySelectorAll('#rules-table tbody tr')].map((r) => [...r.cells].map((c) => c.textContent.replace(/[^A-Za-z0-9-]/g, '')))")}
    assert len(rows) > 40
    failing = {f["rule"] for f in browser.report.json["findings"] if f["status"] == "fail" and not f["waived"]}
    assert {rule for rule, counts in rows.items() if int(counts[1]) > 0} == failing
    assert rows["SPN-01"][:2] == ["5", "1"]


def test_trend(page, tmp_path):
    from report import ROOT, run
    history = tmp_path / "history.sqlite"
    broken, mended = ROOT / "fixtures/del-01-fires/estate.ldif", ROOT / "fixtures/ready/estate.ldif"
    estate = tmp_path / "estate.ldif"
    for ldif in (broken, broken, mended):
        estate.write_bytes(ldif.read_bytes())
        run("audit", "--ldif", estate, "-c", "/dev/null", "--history", history, "-q", "-f", f"html:{tmp_path}/r.html")
    browser = page("demo")
    browser.open(tmp_path / "r.html")
    assert browser.figure("fresh") == 0 and browser.figure("fixed") > 0
    rows = browser.js("return [...document.querySelectorAll('#trend-table tbody tr')].map((r) => [...r.cells].map((c) => c.textContent))")
    assert [row[0] for row in rows] == ["3", "2", "1"]
    heads = browser.texts("#trend-table thead th")
    ready = heads.index("ready")
    assert int(rows[0][ready]) > int(rows[1][ready]) == int(rows[2][ready])
    assert all(int(row[heads.index("Delegations")]) > 0 for row in rows)
    assert {row[heads.index("Chains to Tier 0")] for row in rows} == {"0"}
    assert len(browser.all("#trend svg[role=img][aria-label]")) == 2
    # The bars of this audit: ready pairs alone, as high as the chart.
    assert browser.js("return [...document.querySelectorAll('#trend .chart')][0].querySelectorAll('rect.broken').length") > 0


def test_no_history_no_trend(page):
    assert not page("demo").all("#trend")


def test_nothing_to_judge_says_what_to_do(page):
    browser = page("healthy:1")
    assert browser.figure("pairs") == 0
    assert "NO PAIRS" in browser.text("h1")
    assert "--host" in " ".join(browser.texts(".lead"))
