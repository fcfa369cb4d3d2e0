"""Copying a fix, with and without a clipboard."""
import pytest


def open_fix(browser, rule):
    browser.js("document.querySelector(`.block[data-rule='${arguments[0]}']`).open = true", rule)
    button = browser.one(f".block[data-rule='{rule}'] .copy")
    browser.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", button)
    return button


def setspn_of(browser):
    return "\n".join(next(f for f in browser.report.json["fixes"] if f["id"] == "spn:HV03")["commands"]["setspn"])


def test_into_the_clipboard(page):
    browser = page("demo")
    browser.cdp("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    button = open_fix(browser, "SPN-01")
    button.click()
    browser.wait("return arguments[0].textContent === 'Copied'", button)
    browser.wait("return document.querySelector('#spoken').textContent === 'Copied to the clipboard.'")
    text = browser.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0], (e) => arguments[0]('' + e))")
    assert text == setspn_of(browser)


def test_where_there_is_no_clipboard(page):
    """As on pages that are no secure context: an old command does it; what it would take is read before."""
    browser = page("demo")
    browser.js("""
        Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true });
        window.taken = null;
        document.addEventListener('copy', () => {
            const area = document.activeElement;
            window.taken = area.value.slice(area.selectionStart, area.selectionEnd);
        });""")
    button = open_fix(browser, "SPN-01")
    button.click()
    browser.wait("return arguments[0].textContent === 'Copied'", button)
    assert browser.js("return window.taken") == setspn_of(browser)
    assert not browser.all("#copy-area")


def test_where_nothing_may_copy(page):
    """Then the text is selected, and the page says so."""
    browser = page("demo")
    browser.js("""Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true });
                  document.execCommand = () => false;""")
    button = open_fix(browser, "SPN-01")
    button.click()
    browser.wait("return arguments[0].textContent === 'Press Ctrl+C'", button)
    assert browser.js("return getSelection().toString()").strip() == setspn_of(browser)
    browser.wait("return document.querySelector('#spoken').textContent.includes('Could not copy')")


@pytest.mark.parametrize("case", ["demo", "storage", "mixed:12"])
def test_every_fix_stands_in_full_once(page, case):
    browser = page(case)
    shown = browser.js("""
        return [...document.querySelectorAll('#findings .fix')].map((fix) => [fix.querySelector('.fix-title .quiet').textContent,
            Object.fromEntries([...fix.querySelectorAll('.command')].map((c) =>
                [c.querySelector('.language').textContent, c.querySelector('pre').textContent])),
            fix.querySelector('.risk')?.textContent ?? ''])""")
    wanted = {id: f for f in browser.report.json["fixes"] for id in [f["id"]]
              if any(id in finding["fixes"] for finding in browser.report.unwaived)}
    assert sorted(id for id, _, _ in shown) == sorted(wanted)
    for id, commands, risk in shown:
        fix = wanted[id]
        for which, suffix in (("commands", ""), ("undo", ", undo")):
            for language, key in (("setspn", "setspn"), ("PowerShell", "powershell")):
                text = "\n".join(fix[which][key])
                if text:
                    assert commands[language + suffix] == text
            if fix[which]["ldif"].strip():
                assert commands["LDIF" + suffix] == fix[which]["ldif"].strip()
        assert risk == ("Risk: " + fix["risk"] if fix["risk"] else "")


def test_every_button_says_what_it_copies(page):
    browser = page("demo")
    labels = browser.js("return [...document.querySelectorAll('.copy')].map((b) => b.getAttribute('aria-label'))")
    assert len(labels) == len(set(labels)) > 5
    assert "Copy the setspn of spn:HV03" in labels
