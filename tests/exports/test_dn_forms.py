"""DNs in forms that AD does not write: understood where they can be, never an account of another domain."""

import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
WHOLE = re.sub(r"\n ", "", (HERE / "05a-domain.ldf").read_text() + "\n" + (HERE / "05b-configuration.ldf").read_text())
HV02 = "CN=HV02,CN=Computers,DC=contoso,DC=test"


def audit(tmp_path, text, *words):
    file = tmp_path / "export.ldf"
    file.write_text(text)
    return subprocess.run([os.environ["KCDAUDIT"], "audit", "--ldif", file, "-f", "json", "-c", os.devnull, "--no-history", "--all-pairs", *words],
                          capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))


def verdicts(done):
    assert done.returncode in (0, 1, 3), done
    return [pair["verdict"] for pair in json.loads(done.stdout)["pairs"]]


def renamed(dn, more=""):
    assert f"dn: {HV02}\n" in WHOLE
    text = re.sub(r"(?m)^distinguishedName: .*\n", "", WHOLE)
    return text.replace(f"dn: {HV02}\n", f"dn: {dn}\n{more}")


@pytest.mark.parametrize("dn", [
    'CN="HV02",CN=Computers,DC=contoso,DC=test', "CN=HV02;CN=Computers;DC=contoso;DC=test", "CN=HV02; CN=Computers; DC=contoso; DC=test",
    "CN=HV02, CN=Computers, DC=contoso, DC=test", "CN = HV02 , CN = Computers , DC = contoso , DC = test", 'CN=HV02,OU="Hosts, old; and new",DC=contoso,DC=test',
    '"CN=HV02,CN=Computers,DC=contoso,DC=test"', "LDAP://CN=HV02,CN=Computers,DC=contoso,DC=test", "LDAP://dc1.contoso.com/CN=HV02,CN=Computers,DC=contoso,DC=test"])
def test_older_forms_are_understood(tmp_path, dn):
    done = audit(tmp_path, renamed(dn))
    assert verdicts(done) == ["ready", "ready"], done.stdout
    assert verdicts(audit(tmp_path, renamed(dn), "--host", "HV01", "--host", "HV02")) == ["ready", "ready"]


STRANGE = ["<GUID=0f6c9a2e-1111-2222-3333-444455556666>", "contoso.test/Computers/HV02", "HV02", "CN=HV02"]


@pytest.mark.parametrize("dn", STRANGE)
def test_distinguishedName_tells_what_the_dn_does_not(tmp_path, dn):
    assert verdicts(audit(tmp_path, renamed(dn, f"distinguishedName: {HV02}\n"))) == ["ready", "ready"]


@pytest.mark.parametrize("dn", STRANGE)
def test_what_is_no_dn_is_not_read_and_told(tmp_path, dn):
    done = audit(tmp_path, renamed(dn))
    assert done.returncode in (1, 3), done
    report = json.loads(done.stdout)
    assert any("an account of no domain" in gap["why"] for gap in report["run"]["gaps"]), report["run"]["gaps"]
    assert not {"ready", "broken"} & {pair["verdict"] for pair in report["pairs"]}, report["pairs"]
    assert not [finding for finding in report["findings"] if finding["rule"] == "DEL-11" and finding["status"] == "fail"]


def test_members_in_older_forms(tmp_path):
    """RBCD by a group whose member is in quotes."""
    member = 'CN="HV02",CN=Computers,DC=contoso,DC=test'
    group = WHOLE.replace(f"dn: {HV02}\n", f'dn: {HV02}\nmemberOf: CN="Movers, all",CN=Users,DC=contoso,DC=test\n') + (
        "\ndn: CN=Movers\\, all,CN=Users,DC=contoso,DC=test\nobjectClass: group\nsAMAccountName: Movers\ngroupType: -2147483646\n"
        f"member: {member}\nobjectSid: S-1-5-21-1-2-3-4711\n")
    done = audit(tmp_path, group, "--host", "HV01", "--host", "HV02")
    assert verdicts(done) == ["ready", "ready"], done.stdout
