"""A live audit of the lab, with tickets and proofs: one run gives the page and the JSON that it must agree with."""
import json
import sys
from pathlib import Path

import pytest

from report import Report

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))
import harness  # noqa: E402


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    place = tmp_path_factory.mktemp("live")
    html, report = place / "report.html", place / "report.json"
    with harness.Lab(harness.DEMO) as lab:
        keytab = lab.keytab([f"HV0{number}$" for number in range(1, 7)])
        result = harness.audit(lab, "--all-pairs", "--prove-as", "alice", "--prove-keytab", keytab, "--operator", "alice",
                               "-f", f"json:{report}", "-f", f"html:{html}")
        assert result.status == harness.FINDINGS, result
    return Report(html, json.loads(report.read_text()), 0)


@pytest.fixture
def browser(chromium, live):
    chromium.open(live.html)
    yield chromium.attach(live)
    assert chromium.complaints() == []
    assert chromium.requests_elsewhere() == []


def test_figures(browser):
    summary = browser.report.json["summary"]
    for what in ("tickets", "proofs"):
        for result in ("granted", "refused"):
            assert browser.figure(f"{what}-{result}") == summary[what][result]
    assert summary["tickets"]["granted"] > 10 and summary["proofs"]["granted"] > 10
    run = browser.report.json["run"]
    assert run["principal"] in browser.text(".facts") and run["source"]["dc"] in browser.text(".facts")


def test_tickets_of_hosts(browser):
    rows = dict(browser.js("return [...document.querySelectorAll('#hosts-table .inner tbody tr')].map((r) => [r.cells[0].textContent, r.cells[3].textContent])"))
    for host in browser.report.json["hosts"]:
        for ticket in host["tickets"]:
            text = rows[ticket["spn"]]
            if ticket["result"] == "granted":
                assert f"granted, {ticket['enctype']}, kvno {ticket['kvno']}, " in text
            else:
                assert f"refused: {ticket['error']}" in text


def test_tickets_and_proofs_in_panels(browser):
    pairs = browser.js("""
        const all = {};
        for (let s = 0; s < data.dns.length; s++)
            for (let t = 0; t < data.dns.length; t++) {
                if (!shapeOf(s, t)) continue;
                openPanel(s, t, null);
                const lines = {};
                for (const leg of document.querySelectorAll('#panel .leg'))
                    for (const li of leg.querySelectorAll('li'))
                        lines[leg.querySelector('.code').textContent + '|' + li.querySelector('.label').textContent] = [li.className, li.children[2].textContent];
                all[data.names[s] + '>' + data.names[t]] = [lines, document.querySelector('#panel').textContent];
            }
        return all""")
    tickets = {t["spn"]: t for host in browser.report.json["hosts"] for t in host["tickets"]}
    seen = 0
    for (source, target), pair in browser.report.pairs.items():
        lines, text = pairs[f"{source}>{target}"]
        assert f"on behalf of {pair['proof']['user']}" in text
        for result in pair["proof"]["results"]:
            kind, said = lines[result["spn"] + "|tried for real"]
            assert kind == {"granted": "pass", "refused": "fail"}[result["result"]]
            assert result["result"] in said and (result["error"] or "") in said
            kind, said = lines[result["spn"] + "|test ticket"]
            assert kind == {"granted": "pass", "refused": "fail"}[tickets[result["spn"]]["result"]]
            seen += 1
        assert "The operator alice can be delegated" in text
    assert seen > 30
