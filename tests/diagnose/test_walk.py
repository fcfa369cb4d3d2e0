"""`diagnose` on the texts of the pages that its tables cite, and on symptoms as people type them."""

from pathlib import Path

import pytest
from test_table import TABLES, ask, causes, entries

HERE = Path(__file__).resolve().parent


def rows(name):
    lines = (HERE / name).read_text().splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("source, text, first", rows("walk.tsv"), ids=lambda text: text[:30])
def test_a_text_of_a_cited_page_has_its_cause_first(source, text, first):
    value = ask("--", text)
    assert causes(value)[0] in first.split("|"), (source, entries(value), causes(value)[:4])


def test_every_page_that_is_walked_is_cited():
    cited = (TABLES / "sources.table").read_text()
    for source, *_ in rows("walk.tsv"):
        assert f"source: {source}\n" in cited, source


@pytest.mark.parametrize("typed, first", rows("typed.tsv"), ids=lambda text: text[:30])
def test_a_symptom_as_people_type_it(typed, first):
    value = ask("--", typed)
    assert causes(value)[0] in first.split("|"), (entries(value), causes(value)[:4])


def test_a_symptom_says_nothing_beside_a_code():
    """Whoever pastes an error and tells the story around it is asked for the error."""
    value = ask("--", "live migration fails after the last update: 0x80090324")
    assert causes(value) == ["clock"] and "post-update" not in entries(value)
    assert ask("--", "stuck. " + "word " * 30 + "backing up", status=2)["entries"] == []


@pytest.mark.parametrize("text, first, second", [
    ("errorcode 0x8009030e occurred while using Kerberos authentication", "wsman-no-session", "no-credentials"),
    ("KRB_AP_ERR_MODIFIED error from the server hv02$. The target name used was HTTP/hv02.contoso.test", None, None),
    ("Windows return code: 0x21c7. The SQL Server Network Interface library could not register the Service Principal "
     "Name", "spn-not-unique", "sql-spn"),
])
def test_a_text_that_explains_a_code_comes_before_it(text, first, second):
    listed = entries(ask("--", text))
    if first:
        assert listed.index(first) < listed.index(second)
    else:
        assert "krb-modified" in listed, "half of the sentence names no account of WinRM"
