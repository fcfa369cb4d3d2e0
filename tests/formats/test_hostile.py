"""Names that whoever may write into a directory chose for the reader's harm: through every command and every format, offline.

tests/system/test_hostile.py does the same with a real DC and the scripts of --fixes, tests/browser/test_hostile.py in Chromium."""

import csv
import html.parser
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ET

import pytest

import offline
import payloads
from offline import FINDINGS, INCOMPLETE, NO_AUDIT, OK, USAGE
from payloads import PAYLOADS
from test_csv import DIALECTS, formulas

pytestmark = pytest.mark.many

SEEN = (OK, FINDINGS, INCOMPLETE)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return offline.write_estate(tmp_path_factory.mktemp("payloads"), lambda estate: payloads.build(estate, offline.golden))


@pytest.fixture(scope="module")
def history(place):
    """Two audits of it, with the half of the findings gone in the second."""
    path = place / "history.sqlite"
    for extra in ([], ["--host", "HV01", "--host", "HV02"], []):
        argv = [word for word in offline.arguments(place) if word != "--no-history"]
        assert offline.run(*argv, *extra, "--history", path, "-q").returncode in SEEN
    return path


def unsafe(text):
    """What a terminal obeys, or what shows text in another order than it stands."""
    return {c for c in set(text) if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")}


def check_text(raw):
    text = raw.decode("utf-8")
    assert unsafe(text) == set()
    return text


def check_json(raw):
    text = raw.decode("utf-8")
    assert not {c for c in set(text) if c != "\n" and unicodedata.category(c) == "Cc"}
    return json.loads(text)


def check_lines(raw):
    for line in raw.decode("utf-8").split("\n")[:-1]:
        json.loads(line)


def check_csv(raw):
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8"), newline="")))
    assert len({len(row) for row in rows}) == 1
    for dialect in DIALECTS.values():
        assert formulas(raw, dialect) == []


def check_xml(raw):
    assert {element.tag for element in ET.fromstring(raw).iter()} <= \
        {"testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped", "system-out", "system-err"}


def check_metrics(raw):
    for line in raw.decode("utf-8").split("\n")[:-1]:
        assert re.fullmatch(r'# (HELP|TYPE) [a-z0-9_]+ .*|[a-z0-9_]+(\{([a-z_]+="([^"\\\n]|\\[\\"n])*",?)*\})? ([-+0-9.eE]+|NaN)', line), line
    # Nobody writes a metric of his own.
    assert raw.decode("utf-8").count("\nkcdaudit_complete") == 1


class Page(html.parser.HTMLParser):
    """The elements and attributes of a page that a name could have made."""

    def __init__(self, text):
        super().__init__()
        self.scripts, self.odd = 0, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        self.odd += [tag] if tag in ("img", "iframe", "object", "embed", "base", "failure", "testcase") else []
        self.odd += [name for name, _ in attrs if name.startswith("on") or name == "src"]


def check_html(raw):
    page = Page(raw.decode("utf-8"))
    assert page.odd == [] and page.scripts <= 2


FORMATS = {"text": check_text, "json": check_json, "csv": check_csv, "html": check_html, "junit": check_xml,
           "prometheus": check_metrics, "jsonl": check_lines, "sarif": check_json, "nagios": check_text}


def test_there_are_as_many_as_were_tried_before():
    assert len(PAYLOADS) >= 44 and len(set(PAYLOADS)) == len(PAYLOADS)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_of_an_audit(place, name):
    done = offline.audit(place, "-f", name, "--all-pairs", "-v")
    # nagios has statuses of its own.
    assert done.returncode in (*SEEN, USAGE) if name == "nagios" else done.returncode in SEEN, done.stderr
    assert len(done.stdout) > 20
    FORMATS[name](done.stdout)
    check_text(done.stderr)


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
@pytest.mark.parametrize("argv", [["audit", "-v"], ["audit", "-q"], ["delegations"], ["delegations", "-v"], ["spn", "duplicates"],
                                  ["spn", "query", "*"]], ids=" ".join)
def test_every_text(place, argv, locale):
    done = offline.run(*argv[:1], "--ldif", place / "estate.ldif", *(["--no-history", "-c", "/dev/null"] if argv[0] == "audit" else []),
                       *argv[1:], env={"LC_ALL": locale})
    assert done.returncode in SEEN and done.stdout, done
    check_text(done.stdout + done.stderr)


@pytest.mark.parametrize("argv, check", [(["delegations", "-f", "json"], check_json), (["delegations", "-f", "csv"], check_csv),
                                         (["spn", "duplicates", "-f", "json"], check_json),
                                         (["spn", "query", "*", "-f", "json"], check_json)], ids=str)
def test_every_other_report(place, argv, check):
    done = offline.run(argv[0], "--ldif", place / "estate.ldif", *argv[1:])
    assert done.returncode in SEEN and done.stdout, done
    check(done.stdout)


@pytest.mark.parametrize("argv, check", [
    (["history"], check_text), (["history", "-f", "json"], check_json), (["history", "HV01"], check_text),
    (["diff", "-v", "1", "3"], check_text), (["diff", "-f", "json", "1", "3"], check_json), (["fleet"], check_text),
    (["fleet", "-f", "json"], check_json), (["fleet", "-f", "html"], check_html)], ids=str)
def test_every_look_back(history, argv, check):
    done = offline.run(*argv, "--history", history)
    assert done.returncode in SEEN and done.stdout, done
    check(done.stdout)


@pytest.mark.parametrize("argv", [["check", None, "HV01"], ["check", "HV01", None], ["spn", "list", None], ["spn", "query", None],
                                  ["history", None]], ids=str)
def test_hostile_names_as_arguments(place, history, argv):
    """Each name as an administrator would paste it; what is not found is one line."""
    source = ["--history", history] if argv[0] == "history" else ["--ldif", place / "estate.ldif"]
    for name in PAYLOADS:
        done = offline.run(argv[0], *source, "--", *(name if word is None else word for word in argv[1:]))
        assert done.returncode in (*SEEN, USAGE, NO_AUDIT), (name, done)
        check_text(done.stdout + done.stderr)
        assert done.stdout or done.stderr.count(b"\n") == 1, (name, done)


def test_hostile_words_to_diagnose():
    for name in PAYLOADS:
        done = offline.run("diagnose", "--", name)
        assert done.returncode in (*SEEN, USAGE, NO_AUDIT), (name, done)
        check_text(done.stdout + done.stderr)
