"""Exports that hold a part of each entry: what is not in them is not determined, and never ready."""

import json
import os
import pathlib
import re
import subprocess

import pytest

import adexplorer

HERE = pathlib.Path(__file__).parent
WHOLE = re.sub(r"\n ", "", (HERE / "05a-domain.ldf").read_text() + "\n" + (HERE / "05b-configuration.ldf").read_text())


def without(*names):
    """All but these attributes."""
    return "".join(line + "\n" for line in WHOLE.split("\n") if line.split(":")[0].lower() not in names)


def only(*names):
    return "".join(line + "\n" for line in WHOLE.split("\n") if not line or line.split(":")[0].lower() in ("dn", *names))


def classes(pattern):
    """Of the classes only those that match."""
    return "".join(line + "\n" for line in WHOLE.split("\n") if not line.startswith("objectClass: ") or re.search(f": ({pattern})$", line))


def audit(tmp_path, text, *words, explorer=False):
    file = tmp_path / "export"
    file.write_bytes(adexplorer.snapshot(text) if explorer else text.encode())
    return subprocess.run([os.environ["KCDAUDIT"], "audit", "--ldif", file, "-f", "json", "-c", os.devnull, "--no-history", "--all-pairs", *words],
                          capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))


def verdicts(done):
    assert done.returncode in (0, 1, 3), done
    return [pair["verdict"] for pair in json.loads(done.stdout)["pairs"]]


# What decides nothing here may be missing, or written in another way.
SUFFICIENT = {
    "the class computer alone": classes("computer|group|domainDNS|(?!user|person|organizationalPerson|top).*"),
    "names in capitals": re.sub(r"(?m)^([A-Za-z-]+)(?=::? )", lambda name: name[0].upper() if name[0] != "dn" else "dn", WHOLE),
    "names in odd case": re.sub(r"(?m)^([A-Za-z-]+)(?=::? )", lambda name: name[0].swapcase(), WHOLE),
    "classes in capitals": re.sub(r"(?m)^objectClass: (.*)$", lambda line: "objectClass: " + line[1].upper(), WHOLE),
}


@pytest.mark.parametrize("what", SUFFICIENT)
def test_what_is_unambiguous_is_taken(tmp_path, what):
    found = audit(tmp_path, SUFFICIENT[what], "--host", "HV01", "--host", "HV02")
    assert verdicts(found) == ["ready", "ready"], found
    assert verdicts(audit(tmp_path, SUFFICIENT[what])) == ["ready", "ready"]


def test_the_class_computer_alone_in_a_snapshot_of_AD_Explorer(tmp_path):
    whole = audit(tmp_path, WHOLE, "--host", "HV01", "--host", "HV02", explorer=True)
    part = audit(tmp_path, SUFFICIENT["the class computer alone"], "--host", "HV01", "--host", "HV02", explorer=True)
    assert verdicts(part) == verdicts(whole) == ["ready", "ready"]


SPN, NAME, CLASS, LIST = "serviceprincipalname", "samaccountname", "objectclass", "msds-allowedtodelegateto"
# What lacks something: never ready, and what was not exported is named.
LACKING = {
    "no objectClass": (without(CLASS), "objectClass"),
    "the class top alone": (classes("top"), ""),
    "no userAccountControl": (without("useraccountcontrol"), "userAccountControl"),
    "no sAMAccountName": (without(NAME), "sAMAccountName"),
    "neither class nor name": (without(NAME, CLASS), "sAMAccountName"),
    "SPNs alone": (only(SPN), ""),
    "SPNs and names": (only(SPN, NAME), "userAccountControl"),
    "SPNs and classes": (only(SPN, CLASS), "userAccountControl"),
    "lists and names": (only(LIST, NAME), "servicePrincipalName"),
    "names alone": (only(NAME), "servicePrincipalName"),
    "no lists": (without(LIST), "msDS-AllowedToDelegateTo"),
    "no SPNs": (without(SPN), "servicePrincipalName"),
}


@pytest.mark.parametrize("explorer", [False, True], ids=["LDIF", "AD Explorer"])
@pytest.mark.parametrize("what", LACKING)
def test_what_lacks_something_is_not_ready(tmp_path, what, explorer):
    text, lacks = LACKING[what]
    for words in ((), ("--host", "HV01", "--host", "HV02")):
        done = audit(tmp_path, text, *words, explorer=explorer)
        if done.returncode in (2, 4):
            assert len(done.stderr.splitlines()) == 1 and not done.stdout, done
            continue
        assert set(verdicts(done)) <= {"unknown", "broken"} and done.returncode in (1, 3), done.stdout
        gaps = [gap["what"] for gap in json.loads(done.stdout)["run"]["gaps"]]
        assert not words or any(lacks in gap for gap in gaps), gaps


def test_no_entry_is_an_account(tmp_path):
    done = audit(tmp_path, only("objectclass", "objectsid").replace("objectClass", "x").replace("objectSid", "y").replace("dn: DC=contoso,DC=test\n",
                                                                    "dn: DC=contoso,DC=test\nobjectClass: domainDNS\n"))
    assert done.returncode == 4 and len(done.stderr.splitlines()) == 1, done
    assert "no accounts in it" in done.stderr and "sAMAccountName" in done.stderr and "ldifde -u -f FILE" in done.stderr


def test_records_without_their_DN(tmp_path):
    done = audit(tmp_path, without("dn"))
    assert done.returncode == 4 and "export:" in done.stderr and 'does not start with "dn:"' in done.stderr and "ldifde" in done.stderr


def test_a_part_of_a_list_makes_an_account_too(tmp_path):
    """ldapsearch for servicePrincipalName alone, of an account with very many: whoever holds an SPN is seen."""
    text = without("nothing") + "\n\ndn: CN=svc-many,OU=Service,DC=contoso,DC=com\nservicePrincipalName;range=0-1499: HTTP/only-here\n\n"
    file = tmp_path / "export.ldf"
    file.write_text(text)
    done = subprocess.run([os.environ["KCDAUDIT"], "spn", "query", "HTTP/only-here", "--ldif", file, "-c", os.devnull],
                          capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
    assert "svc-many" in done.stdout, done


def test_a_part_of_somebodys_list_may_be_what_was_left_out(tmp_path):
    """The rest of it may hold a host's SPN a second time: then no ticket would come."""
    text = WHOLE + "\n\ndn: CN=svc-many,OU=Service,DC=contoso,DC=com\nservicePrincipalName;range=0-1499: HTTP/only-here\n\n"
    done = audit(tmp_path, text, "--host", "HV01", "--host", "HV02")
    assert verdicts(done) == ["unknown", "unknown"] and done.returncode == 3, done
    [gap] = [gap["why"] for gap in json.loads(done.stdout)["run"]["gaps"] if gap["what"] == "owners of SPNs"]
    assert "CN=svc-many,OU=Service,DC=contoso,DC=com" in gap and "range=" in gap


def test_what_was_cut_within_an_entry_is_not_determined(tmp_path):
    """Of the last account of a file that ends in a line: its list may go on, and attributes may be missing."""
    entries = WHOLE.rstrip("\n").split("\n\n")
    host = next(entry for entry in entries if re.search(r"(?m)^sAMAccountName: HV02\$$", entry))
    before = "\n\n".join(entry for entry in entries if entry is not host) + "\n\n"
    for end in range(host.index("objectClass"), len(host), 7):
        if host[end - 1] == "\n":
            continue
        done = audit(tmp_path, before + host[:end])
        assert done.returncode in (1, 3), (end, done)
        report = json.loads(done.stdout)
        assert any("cut short" in gap["why"] for gap in report["run"]["gaps"]), (end, report["run"]["gaps"])
        assert {pair["verdict"] for pair in report["pairs"]} <= {"unknown"}, (end, host[:end])
