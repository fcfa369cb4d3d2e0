"""Names that would be markup, script or trickery: shown as text, and nothing runs."""
import pytest

import estates
from payloads import PAYLOADS
from report import run


def visible(name):
    """As a page shows a name: what cannot be seen is written out."""
    for character in "\u202e\u200b\u2066\u2028":
        name = name.replace(character, "\\u{%04X}" % ord(character))
    return name


def test_names_are_text(page):
    browser = page("hostile")
    browser.js("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    for name in estates.HOSTILE.values():
        for heads in ("table.matrix tbody th", "table.matrix thead th"):
            assert visible(name) in browser.texts(heads), name
        assert visible(name) in browser.texts("tbody.host > tr:first-child > th")
    assert browser.js("return window.hacked") is None
    assert browser.js("return document.querySelectorAll('img, svg[onload], b i, main b b, main i').length") == 0
    assert len(browser.all("script")) == 2


def test_panels_of_all_pairs_run_nothing(page):
    browser = page("hostile")
    elements = browser.js("""
        const kinds = new Set();
        for (let s = 0; s < data.dns.length; s++)
            for (let t = 0; t < data.dns.length; t++)
                if (shapeOf(s, t)) {
                    openPanel(s, t, null);
                    document.querySelectorAll('#panel *').forEach((e) => {
                        kinds.add(e.localName);
                        for (const a of e.getAttributeNames()) if (a.startsWith('on') || a === 'style' || a === 'src') kinds.add('@' + a);
                    });
                }
        return [...kinds]""")
    assert not {"script", "img", "iframe", "b", "i"} & set(elements)
    assert not [kind for kind in elements if kind.startswith("@")]
    assert browser.js("return window.hacked") is None


def test_titles_of_panel_and_tip(page):
    browser = page("hostile")
    name = visible(estates.HOSTILE["tag"])
    browser.point(name, "HV01", then="click")
    assert browser.text("#panel-title") == name + " → HV01"
    assert browser.js("return document.title").startswith("contoso.test")


def test_filter_by_hostile_name(page):
    browser = page("hostile")
    name = estates.HOSTILE["image"]
    browser.set_filter(host=name)
    assert browser.text("#hosts-count").startswith("1 of ")
    address = browser.js("return location.hash")
    assert "<" not in address and '"' not in address


def test_data_holds_no_markup(reports):
    markup = reports("hostile").markup
    data = markup.split('id="data">', 1)[1].split("</script>", 1)[0]
    assert not set("<>&") & set(data)
    assert not set("\u2028\u2029\u202e\u200b") & set(markup)


def test_commands_that_cannot_be_shown_are_not(page):
    """No command of a page differs from what the report gives: what would is left to the files."""
    browser = page("hostile")
    given = set()
    for fix in browser.report.json["fixes"]:
        for which in ("commands", "undo"):
            given |= {"\n".join(fix[which]["setspn"]), "\n".join(fix[which]["powershell"]), fix[which]["ldif"].strip()}
    for text in browser.texts("#findings pre"):
        assert text in given


def test_whatever_a_directory_may_hold(page):
    """All names that the other formats are tried with, each part of the page opened."""
    browser = page("all_payloads")
    browser.js("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    shown = "\n".join(browser.texts("body"))
    for name in PAYLOADS:
        if name.isprintable() and name == " ".join(name.split()):
            assert name in shown, name
    assert not [c for c in shown if c != "\n" and not c.isprintable() and c not in "\u00a0\u3000"]
    assert len(browser.all("script")) == 2 and not browser.all("img, iframe, testcase, [onload], [onerror]")


@pytest.mark.parametrize("name", [estates.HOSTILE[which] for which in ("image", "quote", "bidi", "entity", "space")])
def test_the_page_of_a_fleet(chromium, tmp_path, name):
    """A configuration's path is what tells audits of one domain apart."""
    folder = tmp_path / name.replace("/", "")
    folder.mkdir()
    estate, _ = estates.hostile()
    (folder / "estate.ldif").write_text(estate.ldif("hostile"), encoding="utf-8")
    (folder / "kcdaudit.conf").write_text("[group all]\nhosts=*\n", encoding="utf-8")
    for config in (folder / "kcdaudit.conf", "/dev/null"):
        run("audit", "--ldif", folder / "estate.ldif", "-c", config, "--history", tmp_path / "history", "-q")
    run("fleet", "--history", tmp_path / "history", "-f", f"html:{tmp_path}/fleet.html")
    chromium.open(tmp_path / "fleet.html", "")
    assert sorted(chromium.texts("tbody th")) == ["contoso.test", f"contoso.test, configuration {visible(str(folder))}/kcdaudit.conf"]
    assert chromium.js("return window.hacked") is None and not chromium.all("script, img, b, i")
    assert chromium.complaints() == [] and chromium.requests_elsewhere() == []
