"""-f csv: RFC 4180, one row per finding, and nothing that a spreadsheet would run."""

import csv
import io
import re

import pytest

import offline

COLUMNS = ["rule", "severity", "status", "subject", "target", "spn", "title", "detail", "fix", "waived", "time",
           "domain", "run", "id", "targets", "because", "frameworks"]
ROW = re.compile('\r\n"?(?:[A-Z]{3}-[0-9]{2}|kcd:|rbcd:|unconstrained:|$)')
FORMULA = re.compile("[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def table(raw, **dialect):
    return list(csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), strict=not dialect, **dialect))


def test_rows_are_the_findings_of_the_json_report(all_reports):
    seen = 0
    for name, (report, _, raw, _) in all_reports.items():
        header, *rows = table(raw)
        assert header == COLUMNS, name
        expected = [[f["rule"], f["severity"], f["status"], f["subject"], f["target"] or "", f["spn"] or "", f["title"]]
                    for f in report["findings"]]
        # Nothing in these estates begins like a formula, save what one of them is about.
        got = [[cell.removeprefix("'") for cell in row[:7]] for row in rows]
        assert [row[:5] + row[6:] for row in got] == [row[:5] + row[6:] for row in expected], name
        assert all(len(row) == len(COLUMNS) for row in rows), name
        seen += len(rows)
    assert seen > 100


def test_it_is_rfc_4180(all_reports):
    """Records end in CRLF, quotes are doubled, no byte order mark, UTF-8."""
    raw = all_reports["demo"][2]
    assert raw.startswith(b"rule,severity,status,") and raw.endswith(b"\r\n")
    outside = re.sub(rb'"(?:[^"]|"")*"', b"", raw)
    assert outside.replace(b"\r\n", b"").isascii() and b"\n" not in outside.replace(b"\r\n", b"")
    assert b'"' not in outside
    assert outside.count(b"\r\n") == 1 + len(all_reports["demo"][0]["findings"])


def test_an_audit_without_findings_is_a_header():
    done = offline.audit(offline.FIXTURES / "ready", "-f", "csv", expect=offline.OK)
    assert done.stdout == ",".join(COLUMNS).encode() + b"\r\n"


def test_fix_names_it_and_its_first_command(all_reports):
    report, _, raw, _ = all_reports["demo"]
    fixes = {fix["id"]: fix for fix in report["fixes"]}
    rows = [dict(zip(COLUMNS, row)) for row in table(raw)[1:]]
    spn = next(row for row in rows if row["rule"] == "SPN-01")
    first = fixes["spn:HV03"]["commands"]["setspn"][0]
    assert spn["fix"] == f"spn:HV03: {first} (and 1 more)"
    transition = next(row for row in rows if row["rule"] == "DEL-03")
    assert transition["fix"] == "protocol-transition:HV05: " + fixes["protocol-transition:HV05"]["commands"][
        "powershell"][0]
    assert next(row for row in rows if row["rule"] == "DEL-09")["fix"] == ""


def test_waived_tells_why_and_until_when(all_reports):
    report, _, raw, _ = all_reports["del-07-waived"]
    waived = [f["waived"] for f in report["findings"] if f["waived"]]
    cells = [row[9] for row in table(raw)[1:] if row[9]]
    assert waived and cells == [w["reason"] + (f" (until {w['until']})" if w["until"] else "") for w in waived]


DIALECTS = {"comma": {}, "semicolon": {"delimiter": ";"}, "tab": {"delimiter": "\t"},
            "semicolon, no quotes": {"delimiter": ";", "quoting": csv.QUOTE_NONE}, "lines": None}


def formulas(raw, dialect):
    """The cells that a spreadsheet which reads the file so would take for formulas."""
    if dialect is None:
        # A reader without quotes sees the commas of the text as separators: only beginnings of lines count.
        cells = re.split("[\r\n]+", raw.decode("utf-8"))
    else:
        cells = [cell for row in table(raw, **dialect) for cell in row]
    assert len(cells) > 20
    # White space and invisible characters do not hide one, nor does a quote that is none for this reader.
    # A name that ends in a separator leaves the end of its row to the next cell, which no formula begins with.
    begun = [cell.lstrip(" \u00a0\ufeff" + ("" if dialect == {} else '"')) for cell in cells]
    return [cell for cell in begun if FORMULA.match(cell) and not ROW.match(cell)]


@pytest.mark.parametrize("name", DIALECTS)
def test_no_cell_is_a_formula(hostile, name):
    """Nor where a spreadsheet splits at the list separator of its locale."""
    raw = offline.audit(hostile, "-f", "csv", expect=offline.FINDINGS).stdout
    assert "cmd|" in raw.decode("utf-8") and b"SUM(A1:A9)" in raw, "the names have to be there"
    assert formulas(raw, DIALECTS[name]) == []


@pytest.mark.parametrize("name", DIALECTS)
def test_plain_quoting_would_not_do(hostile, name):
    """The same findings as any CSV writer would write them: each of these readers is taken in."""
    report = offline.reports(hostile)[0]
    plain = io.StringIO()
    csv.writer(plain, quoting=csv.QUOTE_ALL).writerows(
        [f["rule"], t["spn"], f["detail"]] for f in report["findings"] for t in f["targets"])
    assert formulas(plain.getvalue().encode(), DIALECTS[name])


def test_what_was_read_is_still_there(hostile):
    """Python's reader gives back every name, at most with the apostrophe in front of what would be a formula."""
    report, _, raw, _ = offline.reports(hostile)
    rows = table(raw)[1:]
    assert len(rows) == len(report["findings"])

    def plain(text):
        return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", re.sub("[\r\n\t']", "", text or ""))

    for row, finding in zip(rows, report["findings"]):
        assert plain(row[5]) == plain(finding["spn"]) and plain(row[7]) == plain(finding["detail"])
        for name in names(finding):
            assert plain(name) in plain(row[14])
    assert any("\n" in name for finding in report["findings"] for name in names(finding)), "a name with a line break"


def names(finding):
    """What it is about beside its subject, each once."""
    return list(dict.fromkeys(n for n in (t["target"] or t["spn"] for t in finding["targets"]) if n))


def test_rows_say_when_where_and_which(all_reports):
    """What a collector of several audits tells them apart by; no history is kept here, so no run has a number."""
    report, _, raw, _ = all_reports["demo"]
    rows = [dict(zip(COLUMNS, row)) for row in table(raw)[1:]]
    assert {row["time"] for row in rows} == {report["run"]["started"]}
    assert {row["domain"] for row in rows} == {"contoso.test"} and {row["run"] for row in rows} == {""}
    assert [row["id"] for row in rows] == [f["id"] for f in report["findings"]]
    assert [row["targets"] for row in rows] == ["\n".join(names(f)) for f in report["findings"]]


def test_rows_name_the_controls_of_their_rule(all_reports):
    """As the report in JSON has them, and `kcdaudit rules -f csv`: an auditor files a finding by them."""
    mapped = {row["id"]: row for row in csv.DictReader(io.StringIO(offline.run("rules", "-f", "csv").stdout.decode(), newline=""))}
    filed = 0
    for report, _, raw, _ in all_reports.values():
        rows = [dict(zip(COLUMNS, row)) for row in table(raw)[1:]]
        for row, finding in zip(rows, report["findings"], strict=True):
            words = row["frameworks"].replace(",", "").replace(";", "").split()
            ids = [i for key in ("attack", "anssi", "stig", "cis", "nist") for i in mapped[row["rule"]][key].split()]
            assert bool(words) == bool(ids) and set(ids) <= set(words)
            assert sorted(ids) == sorted(i for some in finding["frameworks"].values() for i in some)
            filed += bool(ids)
    assert filed > 10
