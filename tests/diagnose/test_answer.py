"""`diagnose` about two hosts in a file: the answer first, what was looked at, what was taken from the text."""

import os
import subprocess
from pathlib import Path

import pytest
from patience import PATIENCE_S
from valid import valid

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KCDAUDIT = Path(os.environ.get("KCDAUDIT") or ROOT / "build/kcdaudit").resolve()
CODE = "0x8009030E"
EVENT = ("The virtual machine migration operation for 'VM1' failed at migration source 'HV01'. (Virtual machine ID 1)\n"
         "The Virtual Machine Management Service failed to authenticate the connection for a Virtual Machine migration with "
         "host 'HV02': No credentials are available in the security package (0x8009030E).\n")
NOBODY = {"KRB5CCNAME": "FILE:/nonexistent/cc", "KRB5_CONFIG": "/dev/null"}


def run(*argv, data=None):
    return subprocess.run([KCDAUDIT, "diagnose", *argv], input=data, capture_output=True, text=True, timeout=PATIENCE_S,
                          env={**os.environ, "LC_ALL": "C.UTF-8", **NOBODY})


def ask(*argv, data=None):
    return valid(run("-f", "json", *argv, data=data).stdout)


def offline(fixture):
    return ["--ldif", ROOT / f"fixtures/{fixture}/estate.ldif", "-c", "/dev/null"]


def plain(text):
    return " ".join(text.split())


def ids(value, status=None):
    return [cause["id"] for cause in value["causes"] if not status or cause["status"] == status]


# The answer first


def test_the_answer_is_cause_why_fix_and_check():
    done = run(CODE, "HV01", "HV02", *offline("del-02-fires"))
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and lines[0].startswith(f"{CODE} SEC_E_NO_CREDENTIALS, HV01")
    labels = [line.split()[0] for line in lines if line[4:10].strip() in ("why", "fix", "check")]
    assert labels[:3] == ["why", "fix", "check"]
    first = done.stdout.index("  1 ")
    for later in ("Next", "What it means", "Not visible from here", "Ruled out for what was looked at"):
        assert first < done.stdout.index(later)
    assert "kcdaudit check HV01 HV02 shows that it works" in plain(done.stdout)


def test_prose_fits_80_columns():
    for argv in ([CODE], [CODE, "-v"], [CODE, "HV01", "HV02", *offline("del-02-fires")]):
        wide = [line for line in run(*argv).stdout.splitlines()
                if len(line) > 80 and not line.startswith("            ") and "kcdaudit diagnose" not in line]
        assert not [line for line in wide if " " in line.strip()[:60]], wide


def test_a_command_of_several_lines_is_whole():
    cause = ask(CODE, "HV01", "HV02", *offline("rbcd-names-without-granting"))["causes"][0]
    assert cause["id"] == "rbcd-refused" and len(cause["commands"]) == 2 and cause["commands"][0].startswith("$now = ")
    assert cause["verify"]


# What was looked at


def test_each_cause_says_what_was_looked_at():
    value = ask(CODE, "HV01", "HV02", *offline("del-02-quiet"))
    by_id = {cause["id"]: cause for cause in value["causes"]}
    assert ids(value, "ruled-out") and all(cause["looked_at"] for cause in value["causes"] if cause["status"] == "ruled-out")
    assert {"DEL-02", "msDS-AllowedToDelegateTo of HV01"} <= set(by_id["list-migration"]["looked_at"])
    assert "Microsoft Virtual System Migration Service/HV02" in by_id["list-migration"]["looked_at"]
    assert by_id["credssp"]["looked_at"] == by_id["operator-sensitive"]["looked_at"] == []
    assert all(cause["looked_at"] == [] for cause in ask(CODE)["causes"]), "nothing was"


def test_winrm_is_not_ruled_out_by_the_spns_of_migrations():
    value = ask("0x80090322", "HV01", "HV02", *offline("spn-10-quiet"))
    by_id = {cause["id"]: cause for cause in value["causes"]}
    assert "HTTP/HV02" in by_id["winrm-spn"]["looked_at"]
    assert "cifs/HV02" in by_id["spn-elsewhere"]["looked_at"]
    assert not [at for at in by_id["spn-elsewhere"]["looked_at"] if at.startswith("HTTP/")]


# Two hosts


def test_hosts_may_follow_a_code_or_a_quoted_text():
    given = ask(CODE, "--from", "HV01", "--to", "HV02", *offline("del-02-fires"))
    for what in ([CODE, "HV01", "HV02"], ["No credentials are available in the security package", "HV01", "HV02"]):
        value = ask(*what, *offline("del-02-fires"))
        assert value["pair"] == given["pair"] and ids(value)[0] == ids(given)[0] == "list-migration"
    assert ask("-", "HV01", "HV02", *offline("del-02-fires"), data=CODE)["pair"] == given["pair"]


@pytest.mark.parametrize("words", [["0x80070005", "Access", "denied"], ["access", "is", "denied"], ["10061", "connection", "refused"]])
def test_words_are_no_hosts(words):
    value = ask(*words)
    assert value["input"] == " ".join(words) and value["pair"] is None and value["complete"]


def test_without_a_ticket_the_explanation_comes_first():
    alone, done = run(CODE), run(CODE, "HV01", "HV02", "-D", "contoso.test", "-c", "/dev/null")
    assert done.returncode == 4 and "Causes, the most likely first" in done.stdout
    assert done.stdout.splitlines()[:12] == alone.stdout.splitlines()[:12]
    assert len(done.stderr.splitlines()) == 1 and "no Kerberos ticket" in done.stderr
    value = ask(CODE, "HV01", "HV02", "-D", "contoso.test", "-c", "/dev/null")
    assert not value["complete"] and "no Kerberos ticket" in value["gaps"][0]["why"] and value["pair"] is None
    assert run(CODE, "HV01", "HV02", "--ldif", "/nonexistent/x.ldif", "-c", "/dev/null").stdout


# Names in the text


def test_names_in_the_text_stand_in():
    value = ask("-", *offline("del-02-fires"), data=EVENT)
    assert value["pair"]["source"] == "HV01" and value["pair"]["target"] == "HV02"
    assert value["taken"]["hosts"][:2] == ["HV01", "HV02"] and CODE in value["taken"]["codes"]
    text = run("-", *offline("del-02-fires"), data=EVENT).stdout
    assert "Taken from the text: HV01 as the source, HV02 as the target." in plain(text)
    # What is given goes before.
    turned = ask("-", "--from", "HV02", "--to", "HV01", *offline("del-02-fires"), data=EVENT)
    assert turned["pair"]["source"] == "HV02"


def test_names_in_the_text_contact_nobody():
    done = run("-", data=EVENT)
    assert done.returncode == 0 and not done.stderr
    assert "Taken from the text: HV01 as the source, HV02 as the target." in plain(done.stdout)
    assert "--from HV01 --to HV02" in done.stdout


def test_names_in_the_text_that_are_nobodys():
    done = run("-", *offline("del-02-fires"), data=EVENT.replace("HV02", "HV77"))
    assert done.returncode == 3 and "Causes, the most likely first" in done.stdout
    assert "HV77: no such computer" in done.stderr and len(done.stderr.splitlines()) == 1


# RBCD, and delegation to any service


def test_rbcd_in_vain_is_fixed_as_rbcd():
    value = ask("KDC_ERR_BADOPTION", "HV01", "HV02", *offline("rbcd-names-without-granting"))
    assert ids(value)[0] == "rbcd-refused" and value["causes"][0]["status"] == "confirmed"
    for cause in value["causes"]:
        if cause["id"] in ("rbcd-refused", "list-migration", "list-cifs"):
            assert "-PrincipalsAllowedToDelegateToAccount" in " ".join(cause["commands"]), cause["id"]


# Releases


@pytest.mark.parametrize("said", ["2025", "Windows Server 2025", "windows server 2025 datacenter", "azurelocal", "Azure Local"])
def test_a_release_raises_a_cause(said):
    assert ids(ask(CODE))[0] == "list-migration"
    value = ask(CODE, "--os", said)
    assert ids(value)[:2] == ["credssp", "credential-guard"] and value["causes"][0]["raised_by"]
    assert "likelier on" in plain(run(CODE, "--os", said).stdout)


def test_a_release_in_the_text_counts_unless_another_is_said():
    assert ids(ask("-", data=EVENT + "Both hosts run Windows Server 2025."))[0] == "credssp"
    assert ids(ask("-", "--os", "2022", data=EVENT + "Upgraded to Windows Server 2025?"))[0] == "list-migration"


def test_an_operating_system_that_was_read_counts(tmp_path):
    text = (ROOT / "fixtures/del-02-quiet/estate.ldif").read_text()
    path = tmp_path / "estate.ldif"
    path.write_text(text.replace("Windows Server 2022", "Windows Server 2025"))
    value = ask(CODE, "HV01", "HV02", "--ldif", path, "-c", "/dev/null")
    assert [cause["raised_by"] for cause in value["causes"] if cause["id"] == "credssp"] == ["Windows Server 2025"]


def test_a_release_that_is_none():
    done = run(CODE, "--os", "XP")
    assert done.returncode == 2 and "--os XP is not one of: " in done.stderr and not done.stdout
