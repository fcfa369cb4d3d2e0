"""Lists that a table or a script wrote as one value: what they stand for may be anything, so nothing is ready by them."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "golden"))
from estate import DOMAIN, Estate  # noqa: E402

LIST, SPNS = "msDS-AllowedToDelegateTo", "servicePrincipalName"
PROTECTED, COMPUTERS = (f"CN={name},CN=Users,{DOMAIN}" for name in ("Protected Users", "Domain Computers"))
TYPE = "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection"


def audit(tmp_path, estate):
    file = tmp_path / "export.ldif"
    file.write_text(estate.ldif("made for a test"))
    done = subprocess.run([os.environ["KCDAUDIT"], "audit", "--ldif", file, "-f", "json", "-c", os.devnull, "--no-history", "--all-pairs"],
                          capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
    report = json.loads(done.stdout)
    return {pair["source"]: pair["verdict"] for pair in report["pairs"]}, [gap["what"] for gap in report["run"]["gaps"]], done.returncode


ELSEWHERE = ["HTTP/app;cifs/HV02", "HTTP/app; cifs/HV02", "HTTP/app|cifs/HV02", "HTTP/app, cifs/HV02", "HTTP/app\ncifs/HV02",
             "HTTP/app cifs/HV02", "{HTTP/app, HTTP/app2...}", '["HTTP/app","cifs/HV02"]', "System.String[]", TYPE,
             '"cifs/HV02"', "'cifs/HV02'", "cifs\\/HV02", "cifs/HV02".encode("utf-16-le"), b"cifs/HV02\0"]


@pytest.mark.parametrize("value", ELSEWHERE)
def test_a_second_owner_may_be_in_it(tmp_path, value):
    estate = Estate().pair()
    estate.user("svc", servicePrincipalName=[value])
    assert audit(tmp_path, estate) == ({"HV01": "unknown", "HV02": "unknown"}, [f"servicePrincipalName of CN=svc,CN=Users,{DOMAIN}"], 3)


@pytest.mark.parametrize("by", [";", "|", ",", "\n"])
def test_wherever_the_separator_stands(tmp_path, by):
    """One file of accounts whose joined values differ in length: of each the SPNs are not read."""
    estate = Estate().pair()
    for length in range(1, 20):
        estate.user(f"svc{length:02}", servicePrincipalName=[f"HTTP/{'Web-1.x:'[:length] + 'a' * (length - 8)}{by}HTTP/B"])
    assert audit(tmp_path, estate)[1] == [f"{SPNS} of CN=svc{length:02},CN=Users,{DOMAIN}" for length in range(1, 20)]


@pytest.mark.parametrize("by", [";", ", ", " ", "\n"])
def test_what_a_host_has_is_not_missing(tmp_path, by):
    estate = Estate().pair()
    estate["HV01"][LIST] = [by.join(estate["HV01"][LIST])]
    assert audit(tmp_path, estate) == ({"HV01": "unknown", "HV02": "ready"}, [f"{LIST} of CN=HV01,CN=Computers,{DOMAIN}"], 3)
    estate = Estate().pair()
    estate["HV02"][SPNS] = [by.join(estate["HV02"][SPNS])]
    assert audit(tmp_path, estate)[0] == {"HV01": "unknown", "HV02": "unknown"}


@pytest.mark.parametrize("value", [COMPUTERS + ";" + PROTECTED, COMPUTERS + " | " + PROTECTED, COMPUTERS + " " + PROTECTED, TYPE,
                                   "CONTOSO\\Protected Users"])
def test_a_group_may_be_in_it(tmp_path, value):
    estate = Estate().pair()
    estate["HV01"]["memberOf"] = [value]
    verdicts, gaps, status = audit(tmp_path, estate)
    assert verdicts == {"HV01": "unknown", "HV02": "ready"} and f"memberOf of CN=HV01,CN=Computers,{DOMAIN}" in gaps and status == 3


@pytest.mark.parametrize("value", ["MSSQLSvc/sql1:1433", "App/host/CN=db,OU=a,DC=b", "App/host/CN=my db,OU=a", "App/a,b", "System.App/host",
                                   "Hyper-V Replica Service/HV09", "E3514235-4B06-11D1-AB04-00C04FC2DCD2/x/contoso.test"])
def test_what_a_directory_may_hold_is_one_value(tmp_path, value):
    estate = Estate().pair()
    estate.user("svc", servicePrincipalName=[value])
    assert audit(tmp_path, estate) == ({"HV01": "ready", "HV02": "ready"}, [], 0)


def test_escaped_separators_are_of_one_name(tmp_path):
    estate = Estate().pair()
    estate["HV01"]["memberOf"] = [f"CN=a\\;b=c,OU=x y\\, z=1,{DOMAIN}"]
    estate.add(f"CN=a\\;b=c,OU=x y\\, z=1,{DOMAIN}", objectClass=["top", "group"], sAMAccountName="a", groupType=-2147483646,
               objectSid=b"\1\5\0\0\0\0\0\5" + b"".join(n.to_bytes(4, "little") for n in (21, 1000, 2000, 3000, 7001)))
    assert audit(tmp_path, estate)[0] == {"HV01": "ready", "HV02": "ready"}
