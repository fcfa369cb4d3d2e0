"""Names of objects in an export as other programs write them: extended (LDAP control 1.2.840.113556.1.4.529), and escaped in another way."""

import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
WHOLE = re.sub(r"\n ", "", (HERE / "05a-domain.ldf").read_text() + "\n" + (HERE / "05b-configuration.ldf").read_text())
HOST, GROUP = "CN=HV01,CN=Computers,DC=contoso,DC=test", "CN=Protected Users,CN=Users,DC=contoso,DC=test"
GUID, SID = "<GUID=5fd2eff1-8d70-4c2c-92f1-bd2a5fbd7dbd>", "<SID=S-1-5-21-1000-2000-3000-1101>"
STATE = "<RMD_ADDTIME=134386128000000000>;<RMD_CHANGETIME=134386128000000000>;<RMD_FLAGS=%d>;<RMD_VERSION=1>;"


def verdicts(tmp_path, text):
    file = tmp_path / "in.ldf"
    file.write_text(text)
    done = subprocess.run([os.environ["KCDAUDIT"], "audit", "--ldif", file, "-f", "json", "-c", os.devnull, "--no-history", "--all-pairs"],
                          capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
    assert done.returncode in (0, 1, 3), done
    report = json.loads(done.stdout)
    return {pair["source"]: pair["verdict"] for pair in report["pairs"]}, {host["dn"] for host in report["hosts"]}


def with_member(name, host="HV01", text=WHOLE):
    """HV01 under another name, which Protected Users lists as `name`."""
    text = text.replace(f"dn: {HOST}", f"dn: CN={host},CN=Computers,DC=contoso,DC=test")
    return text.replace("\nsAMAccountName: Protected Users\n", f"\nsAMAccountName: Protected Users\nmember: {name}\n")


LISTED = {
    "as it is": (HOST, "HV01"),
    "extended": (f"{GUID};{SID};{HOST}", "HV01"),
    "extended, in hexadecimal digits": (f"<GUID=f1efd25f708d2c4c92f1bd2a5fbd7dbd>;<SID=0105000000000005>;{HOST}", "HV01"),
    "extended by the GUID alone": (f"{GUID};{HOST}", "HV01"),
    "extended by Samba with the link's state": (GUID + ";" + STATE % 0 + SID + ";" + HOST, "HV01"),
    "a comma in digits": (r"CN=HV01\2C old,CN=Computers,DC=contoso,DC=test", r"HV01\, old"),
    "a comma with a backslash": (r"CN=HV01\, old,CN=Computers,DC=contoso,DC=test", r"HV01\2c old"),
    "a letter in digits": (r"CN=HV01 b\C3\BCro,CN=Computers,DC=contoso,DC=test", "HV01 B\u00dcRO"),
    "a needless backslash": (r"CN=HV01\=a,CN=Computers,DC=contoso,DC=test", "HV01=a"),
    "a blank in digits": (r"CN=HV01\20a,CN=Computers,DC=contoso,DC=test", "HV01 a"),
    "a blank at the end": (r"CN=HV01\20,CN=Computers,DC=contoso,DC=test", r"HV01\ "),
    "a number sign": (r"CN=\23HV01\23,CN=Computers,DC=contoso,DC=test", r"\#HV01#"),
}


@pytest.mark.parametrize("how", LISTED)
def test_whom_a_group_lists(tmp_path, how):
    """That its own memberOf does not show the group leaves it open."""
    assert verdicts(tmp_path, with_member(*LISTED[how]))[0] == {"HV01": "unknown", "HV02": "ready"}


@pytest.mark.parametrize("name", [r"CN=HV01\2C older,CN=Computers,DC=contoso,DC=test", r"CN=HV01 old,CN=Computers,DC=contoso,DC=test",
                                  GUID + ";" + STATE % 1 + SID + ";" + r"CN=HV01\, old,CN=Computers,DC=contoso,DC=test"],
                         ids=["longer", "no comma", "a link that is gone"])
def test_who_is_another(tmp_path, name):
    assert verdicts(tmp_path, with_member(name, r"HV01\, old"))[0] == {"HV01": "ready", "HV02": "ready"}


def test_whole_exports_of_extended_names(tmp_path):
    text = re.sub(r"(?m)^(dn|memberOf): (?=CN=)", rf"\1: {GUID};{SID};", WHOLE)
    assert verdicts(tmp_path, text) == verdicts(tmp_path, WHOLE)
    assert verdicts(tmp_path, with_member(f"{GUID};{SID};{HOST}", text=text))[0]["HV01"] == "unknown"
    own = text.replace("\nsAMAccountName: HV01$\n", f"\nsAMAccountName: HV01$\nmemberOf: {GUID};<SID=S-1-5-21-1000-2000-3000-525>;{GROUP}\n")
    assert verdicts(tmp_path, own)[0] == {"HV01": "degraded", "HV02": "ready"}
