"""Limits of include/base/limits.def that files reach: each in one line that says what is too much."""

import os

import pytest

import offline
from offline import NO_AUDIT, USAGE

ESTATE = offline.DEMO / "estate.ldif"
MIB = 1 << 20


def refused(done, status, *words):
    lines = done.stderr.decode().splitlines()
    assert done.returncode == status and len(lines) == 1 and done.stdout == b"", done
    for word in words:
        assert word in lines[0], (word, lines)


def large(path, size):
    """Of zeros that stand nowhere, and one byte more than may be."""
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        os.truncate(file.fileno(), size + 1)
    return path


# CONFIG_BYTES, QUERY_BYTES, TABLE_BYTES, FACTS_BYTES, SHARD_BYTES
@pytest.mark.parametrize("what", ["configuration", "query", "table", "facts", "shard"])
def test_a_file_is_too_large(tmp_path, what):
    argv, size, says = {
        "configuration": (["audit", "--ldif", ESTATE, "-c", large(tmp_path / "a.conf", 16 * MIB)], 16 * MIB, "16.0 MiB"),
        "query": (["audit", "--ldif", ESTATE, "-c", "/dev/null", "--queries", large(tmp_path / "q/hosts.ldap", 65536).parent], 65536,
                  "64.0 KiB"),
        "table": (["diagnose", "0x8009030E", "--table", large(tmp_path / "t/a.table", 4 * MIB).parent], 4 * MIB, "4.0 MiB"),
        "facts": (["audit", "--ldif", ESTATE, "-c", "/dev/null", "--facts", large(tmp_path / "HV01.json", 4 * MIB)], 4 * MIB, "4.0 MiB"),
        "shard": (["merge", large(tmp_path / "shard.json", 256 * MIB), "--run-id", "r", "--ldif", ESTATE, "-c", "/dev/null"], 256 * MIB, "256.0 MiB"),
    }[what]
    done = offline.run(*argv)
    lines = done.stderr.decode().replace("\u00a0", " ").splitlines()
    assert done.returncode in (USAGE, NO_AUDIT) and len(lines) == 1 and f"larger than {says}" in lines[0], (size, done)


def test_too_many_files_of_facts(tmp_path):
    for i in range(5001):
        (tmp_path / f"{i}.json").touch()
    refused(offline.run("audit", "--ldif", ESTATE, "-c", "/dev/null", "--facts", tmp_path), USAGE, "more than 5,000 files")


def configured(tmp_path, text):
    (tmp_path / "kcdaudit.conf").write_text(text)
    return offline.run("audit", "--ldif", ESTATE, "--no-history", "-c", tmp_path / "kcdaudit.conf")


@pytest.mark.parametrize("key", ["[group g]\nhosts", "[delegation d]\nfrom=HV01\nto", "[operators]\nusers"])
def test_too_many_values_of_a_key(tmp_path, key):
    """CONFIG_VALUES"""
    values = ";".join(f"x/{i}" if key.endswith("to") else f"x{i}" for i in range(20001))
    refused(configured(tmp_path, f"{key}={values}\n"), USAGE, "kcdaudit.conf:", key.split("\n")[-1], "20,000 values are the most")


def test_too_many_declared_delegations(tmp_path):
    """DECLARED"""
    to = ";".join(f"x/{i}" for i in range(20000))
    text = "".join(f"[delegation d{i}]\nfrom=HV*\nto={to}\n" for i in range(13))
    refused(configured(tmp_path, text), USAGE, "[delegation d", "more than 250,000 delegations are declared in all")


def test_a_paste_is_too_long():
    """PASTE_BYTES"""
    refused(offline.run("diagnose", "-", input=b"a" * (MIB + 1)), USAGE, "longer than 1,048,576 bytes")


def test_a_symptom_after_too_many_sentences():
    """PASTE_SENTENCES, and what is no sentence costs nothing: 1 MB of quotes took minutes"""
    for before, found in ((999, True), (1000, False)):
        done = offline.run("diagnose", "-", input=b"so it is. " * before + b"Migration fails with access denied.")
        assert (b"Symptom: access-words" in done.stdout) == found
    offline.run("diagnose", "-", input=b"\"'" * (MIB // 2))


def test_too_many_attributes_of_an_entry(tmp_path):
    """LDIF_ATTRIBUTES"""
    (tmp_path / "a.ldif").write_text("dn: DC=a\n" + "".join(f"a{i}: x\n" for i in range(4097)))
    refused(offline.run("audit", "--ldif", tmp_path / "a.ldif", "-c", "/dev/null"), NO_AUDIT, "a.ldif:", "too many values in one entry")
