"""Limits of include/base/limits.def that files reach: each in one line that says what is too much."""

import json
import os

import pytest

import offline
from offline import FINDINGS, INCOMPLETE, NO_AUDIT, USAGE

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


def audited(tmp_path, build, *words):
    """The JSON report of an estate."""
    offline.write_estate(tmp_path, build)
    done = offline.run("audit", "--ldif", tmp_path / "estate.ldif", "-c", "/dev/null", "--no-history", "-f", "json", *words)
    return done.returncode, json.loads(done.stdout)


def test_a_value_is_too_long(tmp_path):
    """VALUE_BYTES"""
    for size, told in ((65536, False), (65537, True)):
        def build(estate):
            estate.pair()
            estate["HV01"]["msDS-AllowedToDelegateTo"] += ["x/" + "y" * (size - 2)]
        status, report = audited(tmp_path, build)
        whys = [gap["why"] for gap in report["run"]["gaps"] if gap["what"].startswith("msDS-AllowedToDelegateTo of CN=HV01,")]
        assert any("a value of more than 64 KiB was left out" in why for why in whys) == told and (status == INCOMPLETE) == told


def test_an_export_is_too_large(tmp_path):
    """LDIF_BYTES: before all of it is read."""
    refused(offline.run("audit", "--ldif", large(tmp_path / "a.ldf", 1 << 30), "-c", "/dev/null"), NO_AUDIT, "a.ldf: larger than 1.0\u00a0GiB",
            "several files")


def test_too_many_values_of_an_entry(tmp_path):
    """LDIF_VALUES"""
    for more in (0, 1):
        with (tmp_path / "a.ldf").open("wb") as file:
            file.write(b"dn: CN=a,DC=b\nobjectClass: group\n" + b"member: x\n" * ((4 << 20) - 1 + more))
        done = offline.run("audit", "--ldif", tmp_path / "a.ldf", "-c", "/dev/null", "--no-history")
        if more:
            refused(done, NO_AUDIT, f"a.ldf:{(4 << 20) + 2}: too many values in one entry")
        else:
            assert done.returncode == INCOMPLETE and done.stderr == b""


def test_a_text_of_facts_is_too_long(tmp_path):
    """FACTS_TEXT"""
    facts = json.loads((offline.FIXTURES / "facts-ready/facts/HV01.json").read_text())
    for size in (1000, 1001):
        (tmp_path / "HV01.json").write_text(json.dumps({**facts, "collected": facts["collected"], "host": {**facts["host"], "name": "x" * size}}))
        done = offline.run("audit", "--ldif", offline.FIXTURES / "facts-ready/estate.ldif", "-c", "/dev/null", "--no-history", "--facts", tmp_path)
        said = " ".join((done.stdout + done.stderr).decode().split())
        assert ("HV01.json: host.name: the text is longer than 1,000 bytes" in said) == (size > 1000), said


def test_too_many_shards():
    """SHARDS"""
    for shard, said in (("9999/10000", False), ("0/10001", True)):
        done = offline.run("audit", "--ldif", ESTATE, "-c", "/dev/null", "--shard", shard, "--run-id", "r", "-o", "/dev/null")
        assert (b"at most 10,000" in done.stderr) == said and (done.returncode == USAGE or not said), done


def test_too_many_SPNs_of_a_ticket():
    """TICKET_SPNS"""
    refused(offline.run("ticket", *["x/1"] * 10001), USAGE, "takes at most 10,000 arguments; 10,001 were given")


def test_too_many_look_alikes(tmp_path):
    """LOOKALIKES: all are counted, 20 shown."""
    for count, rest in ((20, None), (21, "1"), (25, "5")):
        def build(estate):
            estate.pair()
            estate["HV01"]["servicePrincipalName"] += ["cifs/HV01" + "\u200b" * (i + 1) for i in range(count)]
        findings = [finding for finding in audited(tmp_path, build)[1]["findings"] if finding["rule"] == "SPN-09"]
        assert len(findings) == 1 and f"and {count - 1} others look like them" in findings[0]["detail"]
        assert findings[0]["evidence"].get("others that look alike, not shown") == rest


def test_too_many_chains(tmp_path):
    """CHAIN_ARCS: a row of accounts, each of which may act towards the next."""
    for count, more in ((100, False), (760, True)):
        def build(estate):
            estate.pair()
            for i in range(count):
                estate.user(f"s{i}", servicePrincipalName=[f"a/s{i}"], **{"msDS-AllowedToDelegateTo": [f"a/s{i + 1}"]})
                estate[f"s{i}"]["userAccountControl"] = 512 | offline.golden.T2A4D
        offline.write_estate(tmp_path, build)
        done = offline.run("audit", "--ldif", tmp_path / "estate.ldif", "-c", "/dev/null", "--no-history")
        assert (b"at least " in done.stdout) == more, [line for line in done.stdout.splitlines() if b"chain" in line.lower()]


def test_a_paste_is_too_long():
    """PASTE_BYTES"""
    refused(offline.run("diagnose", "-", input=b"a" * (MIB + 1)), USAGE, "longer than 1,048,576 bytes")


def of_accounts(count):
    return "\n".join(f"SamAccountName : HV{i}$\nTrustedForDelegation : False\n" for i in range(count))


def of_setspn(count):
    return "Registered ServicePrincipalNames for CN=HV02,DC=contoso,DC=test:\n" + "".join(f"\tHTTP/a{i}\n" for i in range(count))


ERROR = "0x8009030E\n"
# What is pasted, so often as the limit says, and what one more comes to.
PASTES = {
    "PASTE_LINES": (lambda n: ERROR + "a\n" * (n - 1), 50000, "more than 50,000 lines of a paste"),
    "PASTE_ACCOUNTS": (lambda n: of_accounts(n) + ERROR, 500, "more than 500 accounts in a paste"),
    "PASTE_OBJECTS": (lambda n: "\n".join("Name : x\n" for i in range(n)) + ERROR, 1000, "more than 1,000 objects in a paste"),
    "PASTE_FIELDS": (lambda n: "".join(f"a{i} : x\n" for i in range(n)) + ERROR, 400, "more than 400 properties of an object in a paste"),
    "PASTE_VALUES": (lambda n: of_setspn(n) + "\n" + ERROR, 20000, "more than 20,000 values in a paste"),
    "PASTE_OUTPUTS": (lambda n: "".join(of_setspn(1).replace("HV02", f"HV{i}") for i in range(500)) + "".join(f"\nName : V{i}\nVirtualMachineMigrationEnabled : True\n" for i in range(n - 500)) + ERROR, 1000,
                      "more than 1,000 outputs of tools in a paste"),
    "PASTE_DEPTH": (lambda n: '{"SamAccountName": "HV01$", "a": ' + "[" * (n - 1) + "1" + "]" * (n - 1) + "}\n" + ERROR, 16,
                    "more than 16 objects in objects of pasted JSON"),
    "PASTE_NUMBERS": (lambda n: ERROR + " ".join(map(str, range(n - 1))), 10000, "more than 10,000 numbers in a paste"),
    "PASTE_HOSTS": (lambda n: ERROR + " ".join(rf"\\fs{i}\x" for i in range(n)), 100, "more than 100 hosts that a text names"),
    "PASTE_SPNS": (lambda n: ERROR + " ".join(f"cifs/fs{i % 50}:{i}" for i in range(n)), 100, "more than 100 SPNs that a text names"),
}


@pytest.mark.parametrize("limit", PASTES)
def test_what_is_not_looked_at_of_a_paste_is_told(limit):
    """On the screen and in JSON; nothing is then told to be complete."""
    paste, most, says = PASTES[limit]
    for count in (most, most + 1):
        shown = " ".join(offline.run("diagnose", "-", input=paste(count).encode()).stdout.decode().split())
        done = offline.run("diagnose", "-", "-f", "json", input=paste(count).encode())
        report = json.loads(done.stdout)
        gaps = [gap["why"] for gap in report["gaps"] if gap["what"] == "the text given"]
        assert "SEC_E_NO_CREDENTIALS" in shown and (says in shown) == (count > most), (count, shown)
        if count > most:
            assert len(gaps) >= 1 and gaps[0].startswith(says) and report["complete"] is False
            assert done.returncode in (FINDINGS, INCOMPLETE)
        else:
            assert gaps == []


def test_a_list_of_which_the_rest_is_not_looked_at_lacks_nothing():
    """The SPN that the list seems to lack stands in a line behind the last that is read."""
    spns = ["Microsoft Virtual System Migration Service/HV02", "Microsoft Virtual System Migration Service/hv02.contoso.test",
            "HOST/HV02", "HOST/hv02.contoso.test", "Hyper-V Replica Service/HV02"]
    for before, status in ((0, "confirmed"), (50000, "not-visible")):
        text = ERROR + "a\n" * max(before - 5, 0) + of_setspn(0) + "".join(f"\t{spn}\n" for spn in (spns[2:] if not before else spns[::-1]))
        done = offline.run("diagnose", "-", "-f", "json", input=text.encode())
        found = {cause["id"]: cause["status"] for cause in json.loads(done.stdout)["causes"]}
        assert found["spn-migration"] == status, (before, found)


def test_a_symptom_after_too_many_sentences():
    """PASTE_SENTENCES, and what is no sentence costs nothing: 1 MB of quotes took minutes"""
    for before, found in ((999, True), (1000, False)):
        done = offline.run("diagnose", "-", input=b"so it is. " * before + b"Migration fails with access denied.")
        assert (b"Symptom: access-words" in done.stdout) == found
        assert (b"more than 1,000 short sentences" in done.stdout) != found
    offline.run("diagnose", "-", input=b"\"'" * (MIB // 2))


def test_too_many_attributes_of_an_entry(tmp_path):
    """LDIF_ATTRIBUTES"""
    (tmp_path / "a.ldif").write_text("dn: DC=a\n" + "".join(f"a{i}: x\n" for i in range(4097)))
    refused(offline.run("audit", "--ldif", tmp_path / "a.ldif", "-c", "/dev/null"), NO_AUDIT, "a.ldif:", "too many values in one entry")
