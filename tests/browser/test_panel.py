"""A cell opens a panel that says what JSON and `kcdaudit check` say of the pair."""
import json
import os
import subprocess

import pytest
from report import KCDAUDIT, ROOT
from patience import PATIENCE_S

SYMBOLS = {"pass": "holds: ", "fail": "does not hold: ", "unknown": "not known: "}


def judged(pair):
    """WinRM's hop stands in a section of its own."""
    return {name: service for name, service in pair["services"].items() if name != "winrm"}


def open_pair(browser, source, target):
    cell = browser.cell(source, target)
    browser.js("arguments[0].scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'})", cell)
    cell.click()
    assert browser.text("#panel-title") == f"{source} → {target}"
    return cell


def reasons_of(pair):
    reasons = []
    for service in judged(pair).values():
        reasons += [reason for reason in service["reasons"] if reason not in reasons]
    return reasons


def check_of(case, source, target):
    """What `kcdaudit check` says; it looks at these two alone."""
    fixture = ROOT / "fixtures" / case
    conf = fixture / "kcdaudit.conf"
    facts = ["--facts", fixture / "facts"] if (fixture / "facts").is_dir() else []
    done = subprocess.run([KCDAUDIT, "check", source, target, "--ldif", fixture / "estate.ldif", "-f", "json", *facts,
                           "-c", conf if conf.exists() else os.devnull], capture_output=True, timeout=PATIENCE_S, check=False)
    return json.loads(done.stdout)


def conditions_of_panel(browser):
    """(name, label, state word, seen) of each line; where nothing hangs on it the word says so."""
    return browser.js("""
        return [...document.querySelectorAll('#panel .checks li')].map((line) => {
            const leg = line.closest('.leg');
            const [, label, rest] = line.children;
            const word = rest.querySelector('.vh').textContent;
            const place = rest.querySelector('.place').textContent;
            let seen = rest.textContent.slice(word.length);
            seen = seen.slice(0, seen.length - place.length).trim();
            return [leg ? leg.querySelector('.code').textContent : null, label.textContent, word, seen, place];
        })""")


@pytest.mark.parametrize("case", ["demo", "storage", "mixed:12", "incomplete", "hostile"])
def test_every_pair_says_what_json_says(page, case):
    browser = page(case)
    pairs = list(browser.report.pairs.values())
    # By number, since names may be shown otherwise than JSON writes them.
    said = browser.js("""
        const all = [];
        const H = data.dns.length;
        for (let s = 0; s < H; s++)
            for (let t = 0; t < H; t++) {
                if (!shapeOf(s, t)) continue;
                openPanel(s, t, null);
                all.push([data.names[s], data.names[t], document.querySelector('.panel-verdict').dataset.verdict,
                    [...document.querySelectorAll('#panel .reasons li')].map((li) => li.textContent),
                    [...document.querySelectorAll('#panel h3')].map((h) => h.textContent).filter((h) => /: (cifs|migration)/.test(h)),
                    [...document.querySelectorAll('#panel .leg')].filter((leg) => [...leg.querySelectorAll('.label')]
                        .some((l) => l.textContent === 'listed' && l.closest('li').className === 'fail')).map((leg) => leg.querySelector('.code').textContent)]);
            }
        return all""")
    assert len(said) == len(pairs)
    for (source, target, verdict, reasons, services, missing), pair in zip(said, sorted(pairs, key=lambda p: order(browser, p))):
        assert verdict == pair["verdict"]
        if case != "hostile":
            assert (source, target) == (pair["source"], pair["target"])
            assert reasons == reasons_of(pair)
            not_allowed = [spn for s in judged(pair).values() for spn in s["missing"]]
            assert set(not_allowed) == set(missing), (source, target)
        assert len(services) == len(judged(pair))
        for heading, (name, service) in zip(services, judged(pair).items()):
            assert f"{service['verdict']}: {name}" in heading
            for leg in service["by"]:
                assert leg in heading
        assert len(reasons) == len(reasons_of(pair))


def order(browser, pair):
    names = [host["name"] for host in browser.report.json["hosts"]]
    return names.index(pair["source"]), names.index(pair["target"])


@pytest.mark.parametrize("case, source, target", [
    ("demo", "HV04", "HV06"), ("demo", "HV05", "HV04"), ("demo", "HV03", "HV04"), ("demo", "HV06", "HV03"), ("demo", "HV01", "HV02"),
    ("rbcd-nested-group", "HV01", "HV02"), ("rbc-02-fires", "HV01", "HV02"), ("rbc-04-fires", "HV01", "HV02"),
    ("cross-domain", "HV01", "HV09"), ("cross-domain", "HV09", "HV01"), ("acc-02-fires", "HV01", "HV02"), ("acc-03-fires", "HV01", "HV02"),
    ("del-04-fires", "HV01", "HV02"), ("acc-09-fires", "HV01", "HV02"), ("rbcd-generic-all", "HV01", "HV02"),
    ("rbcd-object-denial", "HV01", "HV02"), ("no-aliases", "HV01", "HV02"), ("acc-07-fires", "HV01", "HV02"),
    ("hst-02-fires", "HV01", "HV02")])
def test_conditions_are_those_of_check(page, case, source, target):
    browser = page(case)
    if not browser.cell(source, target):
        pytest.fail(f"{case} has no pair {source} > {target}: name another")
    open_pair(browser, source, target)
    check = check_of(case, source, target)
    said = conditions_of_panel(browser)
    expected = [c for c in check["conditions"]]
    assert len(said) == len(expected)
    labels = {"spn": "SPN", "kcd": "listed", "rbcd": "RBCD", "unconstrained": "unconstrained", "ticket": "test ticket",
              "dns-name": "DNS name", "source-enabled": "enabled", "source-spn": "SPN of its own",
              "source-not-sensitive": "not sensitive",
              "source-not-protected": "not protected", "source-authorization-data": "PAC",
              "protocol-transition": "any protocol", "krbtgt-not-sensitive": "krbtgt",
              "target-enabled": "enabled", "encryption-types": "encryption", "authentication-policy": "policy",
              "operator-not-sensitive": "not sensitive", "operator-not-protected": "not protected",
              "winrm-spn": "SPN", "winrm-ticket": "test ticket", "operator-can-sign-in": "can sign in",
              "operator-groups-readable": "groups readable", "source-setting": "source", "target-setting": "target"}
    for condition in expected:
        beside = condition["what"].startswith("winrm-") or condition["what"].endswith("-setting")
        shown = condition["decides"] or beside
        word = SYMBOLS[condition["state"]] if shown else "nothing hangs on it: "
        name = condition["name"] if condition["service"] else None
        matching = [line for line in said if line[0] == name and line[1] == labels[condition["what"]]]
        assert matching, condition
        assert word in {line[2] for line in matching}, (condition, matching)
        assert condition["seen"] in {line[3] for line in matching}, (condition, matching)


@pytest.mark.parametrize("source, target", [("HV04", "HV06"), ("HV05", "HV04"), ("HV06", "HV03"), ("HV03", "HV04"), ("HV01", "HV02")])
def test_findings_of_a_pair(page, source, target):
    """Those that `check` lists, but for what follows from others: it judges the two alone, so rules about other partners
    are not in it."""
    browser = page("demo")
    open_pair(browser, source, target)
    rules = set(browser.js("return [...document.querySelectorAll('.panel-findings li')].map((li) => li.dataset.rule)"))
    listed = {finding.split(":")[0] for finding in check_of("demo", source, target)["findings"]}
    derived = {finding["rule"] for finding in browser.report.json["findings"] if finding["because"]}
    assert listed - derived <= rules
    assert rules - listed <= {"DEL-09"}


def test_opens_and_closes_by_mouse(page):
    browser = page("demo")
    cell = open_pair(browser, "HV04", "HV06")
    assert browser.shown("#panel") == 1
    assert cell.get_attribute("aria-selected") == "true"
    assert "pair=HV04%3EHV06" in browser.js("return location.hash")
    browser.one("#panel .panel-top button").click()
    assert browser.shown("#panel") == 0
    assert browser.js("return document.activeElement === arguments[0]", cell)
    assert browser.js("return location.hash") == ""


def test_opens_and_closes_by_keyboard(page):
    from selenium.webdriver.common.keys import Keys
    browser = page("demo")
    browser.js("document.querySelectorAll('table.matrix')[1].querySelector('td[tabindex=\"0\"]').focus()")
    start = browser.js("return document.activeElement.getAttribute('aria-label')")
    assert start == "HV03 to HV04: ready"
    browser.keys(Keys.ARROW_DOWN, Keys.END)
    assert browser.js("return document.activeElement.getAttribute('aria-label')") == "HV04 to HV06: broken"
    assert len(browser.all("table.matrix td[tabindex='0']")) == 2  # one per matrix
    browser.keys(Keys.ENTER)
    assert browser.text("#panel-title") == "HV04 → HV06"
    assert browser.js("return document.activeElement.id") == "panel-title"
    browser.keys(Keys.ESCAPE)
    assert browser.shown("#panel") == 0
    assert browser.js("return document.activeElement.getAttribute('aria-label')") == "HV04 to HV06: broken"
    browser.keys(Keys.HOME, Keys.PAGE_UP, Keys.ARROW_LEFT)
    assert browser.js("return document.activeElement.getAttribute('aria-label')") == "no pair"
    browser.keys(Keys.ENTER)
    assert browser.shown("#panel") == 0


def test_the_way_back(page):
    browser = page("demo")
    open_pair(browser, "HV04", "HV06")
    back = next(b for b in browser.all("#panel .panel-tools button") if b.text.startswith("The way back"))
    assert "ready" in back.text
    back.click()
    assert browser.text("#panel-title") == "HV06 → HV04"


def test_what_mends_it_is_the_fix(page):
    browser = page("demo")
    open_pair(browser, "HV04", "HV06")
    fix = next(f for f in browser.report.json["fixes"] if f["id"] == "delegation:HV04")
    assert fix["commands"]["powershell"][0] in browser.texts("#panel pre")
    ids = browser.js("return [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))


def test_a_finding_leads_to_its_block(page):
    browser = page("demo")
    open_pair(browser, "HV04", "HV06")
    browser.js("document.querySelector('.panel-findings li[data-rule=\"DEL-01\"] a').click()")
    browser.wait("return document.activeElement.closest && document.activeElement.closest('.block[data-rule=\"DEL-01\"][open]')")


def test_pointing_tells(page):
    from selenium.webdriver.common.action_chains import ActionChains
    browser = page("demo")
    cell = browser.cell("HV05", "HV04")
    ActionChains(browser.driver).move_to_element(cell).perform()
    for place in ("#tip", "#where"):
        assert browser.text(place).startswith("HV05 → HV04 ~degraded: no protocol transition")
    assert browser.texts("table.matrix th.lit") == ["HV04", "HV05"]
    assert browser.shown(".cross") == 2


def test_storage_columns(page):
    browser = page("storage")
    open_pair(browser, "HV02", "SOFS01")
    assert browser.text(".panel-verdict").startswith("~degraded: storage there can be reached only under a condition")
    assert "migration" not in " ".join(browser.texts("#panel h3"))
    assert not browser.js("return [...document.querySelectorAll('#panel button')].some((b) => b.textContent.startsWith('The way back'))")
    heads = browser.js("return [...document.querySelectorAll('thead th.storage')].map((th) => th.textContent)")
    assert heads == ["SOFS01"]
