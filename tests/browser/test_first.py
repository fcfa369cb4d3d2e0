"""What to do first: on the first screen, with links that lead somewhere."""
import pytest


@pytest.mark.parametrize("name", ["first-of-many", "mixed:40"])
def test_it_stands_on_the_first_screen(page, name):
    here = page(name, width=1280, height=800)
    steps = here.report.json["fix_first"]
    assert here.js("return document.querySelector('#first > ol').getBoundingClientRect().bottom") < 800
    shown = here.texts("#first > ol > li")
    assert len(shown) == min(len(steps), 5)
    for step, text in zip(steps, shown):
        assert text.startswith(f"{step['subject']}: {step['title']}")
    if len(steps) > 5:
        assert here.text("#first summary") == f"and {len(steps) - 5} more step" + ("s" if len(steps) > 6 else "")


def test_it_leads_to_the_fix_and_to_the_findings(page):
    here = page("first-of-many")
    links = here.js("return [...document.querySelectorAll('#first a')].map(a => a.getAttribute('href'))")
    assert links and here.js("return arguments[0].every(href => document.querySelector(href))", links)
    fix = next(link for link in links if link.startswith("#fix-"))
    here.js("document.querySelector(`#first a[href='${arguments[0]}']`).click()", fix)
    here.wait("return document.querySelector(arguments[0]).getBoundingClientRect().height > 0", fix)


def test_where_nothing_is_to_be_done_there_is_no_such_part(page):
    assert not page("ready").all("#first")


@pytest.mark.parametrize("width, height", [(390, 844), (1280, 800), (1920, 1080)])
def test_it_begins_on_the_first_screen_of_any_width(page, width, height):
    """And the page itself is not to be pushed sideways."""
    here = page("mixed:40", width=width, height=height)
    assert here.js("return document.querySelector('#first > ol > li').getBoundingClientRect().bottom") < height
    inner, outer = here.js("const e = document.documentElement; return [e.scrollWidth, e.clientWidth]")
    assert inner <= outer


def test_names_are_whole_on_a_phone(page):
    here = page("mixed:40", width=390, height=844)
    assert here.js("""return [...document.querySelectorAll('.host > tr > th')].every((th) => {
        const range = document.createRange();
        range.selectNodeContents(th);
        return range.getClientRects().length === 1; })""")
