"""What the browser tests share: making a report, and a browser that notices whatever goes wrong on a page."""
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import estates

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from patience import PATIENCE_S  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
KCDAUDIT = Path(os.environ.get("KCDAUDIT") or ROOT / "build/kcdaudit").resolve()
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


def obstacle():
    """Why no browser can be had here; None: it can."""
    if not CHROMIUM or not DRIVER:
        return "chromium and chromedriver are not installed (tools/deps.sh check)"
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "python3-selenium is not installed (tools/deps.sh check)"
    return None


class Report:
    """One audit: its page, and its JSON with all pairs."""

    def __init__(self, html, report, seconds):
        self.html, self.json, self.seconds = html, report, seconds
        self.markup = html.read_text(encoding="utf-8")
        for pair in report["pairs"]:
            if "lacks" in pair:  # of more than 10,000 what they lack stands once
                pair["services"] = report["lacks"][pair["lacks"]]["services"]
        self.pairs = {(p["source"], p["target"]): p for p in report["pairs"]}

    @property
    def unwaived(self):
        """As the page lists them: what follows from others is told with these."""
        return [f for f in self.json["findings"] if not f["waived"] and not f["because"]]


def run(*argv, cwd=None):
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    done = subprocess.run([KCDAUDIT, *argv], cwd=cwd, env=environment, capture_output=True, timeout=PATIENCE_S, check=False)
    assert done.returncode in (0, 1, 3) and not done.stderr, done.stderr.decode()
    return done.stdout


def estate_of(name, directory):
    """The LDIF and the configuration of a fixture, or of a function of estates.py ("mixed:40")."""
    fixture = ROOT / "fixtures" / name
    if fixture.is_dir():
        conf = fixture / "kcdaudit.conf"
        return fixture / "estate.ldif", conf if conf.exists() else os.devnull
    function, _, count = name.partition(":")
    estate, conf = getattr(estates, function)(*([int(count)] if count else []))
    (directory / "estate.ldif").write_text(estate.ldif(name), encoding="utf-8")
    (directory / "kcdaudit.conf").write_text(conf, encoding="utf-8")
    return directory / "estate.ldif", directory / "kcdaudit.conf"


def audit(name, directory, *options):
    ldif, conf = estate_of(name, directory)
    html, report = directory / "report.html", directory / "report.json"
    options = options or ("--no-history",)
    facts = ["--facts", ldif.parent / "facts"] if (ldif.parent / "facts").is_dir() else []
    common = ["audit", "--ldif", ldif, "-c", conf, "--all-pairs", *facts, *options]
    start = time.monotonic()
    run(*common, "-f", f"html:{html}")
    seconds = time.monotonic() - start
    if options == ("--no-history",):
        run(*common, "-f", f"json:{report}")
    else:
        run("audit", "--ldif", ldif, "-c", conf, "--all-pairs", "--no-history", "-f", f"json:{report}")
    return Report(html, json.loads(report.read_text(encoding="utf-8")), seconds)


# Before anything of the page runs: what its policy refuses, and what its script throws.
WATCH = """
window.complaints = [];
addEventListener("securitypolicyviolation", (e) => complaints.push("CSP: " + e.violatedDirective + " " + e.blockedURI));
addEventListener("error", (e) => complaints.push("error: " + e.message));
addEventListener("unhandledrejection", (e) => complaints.push("rejection: " + e.reason));
"""


class Browser:
    def __init__(self, width=1400, height=1000, *arguments):
        from selenium import webdriver
        from selenium.webdriver.chrome.options import Options
        from selenium.webdriver.chrome.service import Service

        options = Options()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--disable-background-networking", "--disable-component-update", "--disable-sync",
                         "--disable-default-apps", "--no-first-run", "--force-device-scale-factor=1",
                         f"--window-size={width},{height}", *arguments):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self.driver.set_page_load_timeout(PATIENCE_S)
        self.driver.set_script_timeout(PATIENCE_S)
        self.cdp("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        self.size = (width, height)
        self.visited = None
        self.report = None

    def quit(self):
        self.driver.quit()

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def attach(self, report):
        self.report = report
        return self

    def open(self, path, address="", dark=False, scripts=True, width=None, height=None, media=""):
        """A fresh load, as somebody with these preferences would see it."""
        self.visited = None
        self.cdp("Emulation.setScriptExecutionDisabled", value=False)
        self.driver.get("about:blank")
        self.driver.get_log("browser"), self.driver.get_log("performance")
        self.cdp("Emulation.setDeviceMetricsOverride", width=width or self.size[0], height=height or self.size[1],
                 deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.cdp("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.cdp("Emulation.setScriptExecutionDisabled", value=not scripts)
        start = time.monotonic()
        self.driver.get(path.as_uri() + address)
        self.load_seconds = time.monotonic() - start
        self.visited, self.scripts = path, scripts

    def complaints(self):
        """Whatever the console says; page errors and refusals of the policy."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        return said + (self.js("return window.complaints") if self.scripts else [])

    def requests_elsewhere(self, stopped=None):
        """Requests for anything but the file itself; without those that were stopped by this."""
        urls = {}
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            about = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                urls[about["requestId"]] = about["request"]["url"]
            elif message["method"] == "Network.loadingFailed" and stopped and about.get("blockedReason") == stopped:
                urls.pop(about["requestId"], None)
        return [url for url in urls.values() if not url.startswith((self.visited.as_uri(), "data:", "about:"))]

    # What a user does.

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, script, *arguments, seconds=PATIENCE_S):
        """Until the script returns something that is true."""
        end = time.monotonic() + seconds
        while True:
            value = self.js(script, *arguments)
            if value:
                return value
            assert time.monotonic() < end, "still not: " + script
            time.sleep(0.05)

    def all(self, selector):
        from selenium.webdriver.common.by import By
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        found = self.all(selector)
        assert found, "nothing is " + selector
        return found[0]

    def click(self, selector):
        """What stands in the middle of the window, clear of what sticks to its top."""
        element = self.one(selector)
        self.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()
        return element

    def text(self, selector):
        """As it is in the document, shown or not."""
        return self.js("return document.querySelector(arguments[0]).textContent", selector)

    def texts(self, selector):
        return self.js("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def shown(self, selector):
        """How many of these a person can see."""
        return self.js("return [...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility()).length",
                       selector)

    def keys(self, *keys):
        from selenium.webdriver.common.action_chains import ActionChains
        ActionChains(self.driver).send_keys(*keys).perform()

    def set_filter(self, **fields):
        """Fills fields in as a user would, and waits for the page to follow."""
        for name, value in fields.items():
            self.js("""const field = document.querySelector('#filter').elements[arguments[0]];
                       field.value = arguments[1]; field.dispatchEvent(new Event('input', {bubbles: true}));""", name, value)
        wanted = {name: value for name, value in fields.items() if value}
        self.wait("""const asked = new URLSearchParams(location.hash.slice(1));
                     return Object.entries(arguments[0]).every(([name, value]) => asked.get(name) === value)""", wanted)

    def cell(self, source, target):
        """The cell of a pair, by the names in its row and column; its group is unfolded."""
        return self.js("""
            for (const table of document.querySelectorAll('table.matrix'))
                for (const row of table.tBodies[0].rows)
                    if (row.cells[0].textContent === arguments[0])
                        for (const head of table.tHead.rows[0].cells)
                            if (head.cellIndex > 0 && head.textContent === arguments[1]) {
                                table.closest('details').open = true;
                                return row.cells[head.cellIndex];
                            }
            return null""", source, target)

    def point(self, source, target, then="move"):
        """Points at a pair of a map, whose cells are a picture, or clicks there."""
        from selenium.webdriver.common.action_chains import ActionChains
        row, x = self.js("""
            const [table] = document.querySelectorAll('table.map'), heads = [...table.tHead.rows[0].cells].filter((h) => !h.hidden);
            const row = [...table.tBodies[0].rows].find((row) => row.cells[0].textContent === arguments[0]);
            const head = heads.find((head) => head.textContent === arguments[1]);
            row.scrollIntoView({block: 'center', behavior: 'instant'});
            head.scrollIntoView({block: 'nearest', inline: 'center', behavior: 'instant'});
            row.scrollIntoView({block: 'center', behavior: 'instant'});
            const box = head.getBoundingClientRect();
            return [row, box.left + box.width / 2]""", source, target)
        box = self.js("const b = arguments[0].getBoundingClientRect(); return b.top + b.height / 2", row)
        actions = ActionChains(self.driver, duration=0)
        actions.w3c_actions.pointer_action.move_to_location(round(x), round(box))
        if then == "click":
            actions.click()
        actions.perform()

    def style(self, selector, name):
        return self.js("return getComputedStyle(document.querySelector(arguments[0])).getPropertyValue(arguments[1])",
                       selector, name)

    def figure(self, name):
        return int(self.text(f"[data-figure='{name}']"))
