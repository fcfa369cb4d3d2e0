"""Names: a DC's is taken as it was given, whatever DNS and krb5.conf say of it; those of hosts and people as people write
them, and who is not found is named, with what was perhaps meant."""

import base64
import re
import struct

import pytest

from harness import (DEMO, FINDINGS, INCOMPLETE, OK, USAGE, Lab, audit, json_audit, kcdaudit, refused, write)


def test_reverse_name_does_not_matter(tmp_path):
    with Lab(DEMO) as lab:
        # As Debian ships it: rdns and dns_canonicalize_hostname are on unless they are turned off.
        usual = [line for line in lab.krb5_conf.read_text().splitlines() if "rdns" not in line and "canonicalize" not in line]
        config = write(tmp_path / "krb5.conf", "\n".join(usual) + "\n")
        lab.check(["sh", "-c", f"echo '{lab.ip} wrong.example.test' >>/etc/hosts"])
        env = {"KRB5_CONFIG": str(config)}
        plain = lab.run(["ldapsearch", "-LLL", "-Q", "-N", "-Y", "GSSAPI", "-H", f"ldap://{lab.dc}", "-s", "base", "-b", ""],
                        user="audit", env=env)
        assert "not found in Kerberos database" in plain.stderr, "the trap does not snap; this test proves nothing"
        result = audit(lab, "-f", "json", "--mech", "GSSAPI", env=env)
        assert result.status == FINDINGS, result
        assert result.report["summary"]["tickets"]["granted"] > 0


# Hosts and people


def build(e):
    e.host("HV01", delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    e.host("HV11")
    e.host("HVX1", dns_host_name="")
    e.user("audit")
    e.user("asmith", extra={"displayName": "Smith, Alice"})
    e.user("bob", extra={"displayName": "Bob Brown"})
    e.user("jones1", extra={"displayName": "Chris Jones"})
    e.user("jones2", extra={"displayName": "Chris Jones"})
    e.user("svc-web", spns=["HTTP/web.contoso.test"], delegate_to=[], t2a4d=False)


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def dump(lab, tmp_path_factory):
    path = tmp_path_factory.mktemp("ldif") / "dump.ldif"
    lab.dump_ldif(path)
    return path


@pytest.fixture(params=["live", "offline"])
def source(request, lab, dump):
    return ["-D", lab.domain, "--no-tickets"] if request.param == "live" else ["--ldif", str(dump)]


HV02 = ["HV02", "hv02.contoso.test", "HV02.CONTOSO.TEST.", "HV02.", "HV02$", "CONTOSO\\HV02", "contoso\\hv02$",
        "hv02@contoso.test", "HV02$@CONTOSO.TEST", "  HV02 ", '"HV02"', "\\\\HV02", "\\\\hv02.contoso.test\\vm\\disk.vhdx",
        "CN=HV02,CN=Computers,DC=contoso,DC=test", "cn=hv02, cn=computers, dc=contoso, dc=test"]


@pytest.mark.parametrize("name", HV02)
def test_a_host_is_found_however_it_is_written(lab, source, name):
    for command in (["check", "HV01", name], ["check", "--from", "HV01", "--to", name], ["check", "--to", name, "HV01"],
                    ["diagnose", "0x8009030E", "HV01", name], ["diagnose", "0x8009030E", "--from", "HV01", "--to", name]):
        result = kcdaudit(lab, *command, *source, "-q")
        assert result.status in (OK, INCOMPLETE) and "HV01 → HV02" in result.out, (command, result)


@pytest.mark.parametrize("name", HV02)
def test_audit_and_spn_find_it_too(lab, source, name):
    result = json_audit(lab, "--host", "HV01", "--host", name, *source)
    assert result.pairs == {("HV01", "HV02"): "ready", ("HV02", "HV01"): "ready"}, result
    where = [option for option in source if option != "--no-tickets"]
    result = kcdaudit(lab, "spn", "list", name, *where)
    assert result.status == OK and result.out.startswith("CN=HV02,"), result


def test_a_host_by_its_sid(lab, source):
    lines = lab.ldapsearch("-b", lab.base_dn, "(sAMAccountName=HV02$)", "objectSid").stdout
    data = base64.b64decode(re.search("objectSid:: (.*)", lines)[1])
    parts = struct.unpack(f"<{data[1]}I", data[8:])
    found = f"S-{data[0]}-{int.from_bytes(data[2:8], 'big')}-{'-'.join(map(str, parts))}"
    result = kcdaudit(lab, "check", "HV01", found, *source, "-q")
    assert result.status in (OK, INCOMPLETE) and "HV01 → HV02" in result.out, result


@pytest.mark.parametrize("argv", [["HV01,HV02"], ["HV01, HV02"], ["HV01,", "HV02"], ["HV01;HV02"], ["HV01>HV02"],
                                  ["HV01 → HV02"], ["HV01", "→", "HV02"]])
def test_two_hosts_in_a_list(lab, source, argv):
    result = kcdaudit(lab, "check", *argv, *source, "-q")
    assert result.status in (OK, INCOMPLETE) and "HV01 → HV02" in result.out, result
    result = kcdaudit(lab, "diagnose", "0x8009030E", *argv, *source, "-q")
    assert result.status in (OK, INCOMPLETE) and "HV01 → HV02" in result.out, result


@pytest.mark.parametrize("hosts", ["HV01,HV02", "HV01, HV02", "HV01;HV02", "CONTOSO\\HV01; hv02@contoso.test"])
def test_a_list_of_hosts(lab, source, tmp_path, hosts):
    ready = {("HV01", "HV02"): "ready", ("HV02", "HV01"): "ready"}
    assert json_audit(lab, "--host", hosts, *source).pairs == ready
    path = write(tmp_path / "kcdaudit.conf", f"[group prod]\nhosts={hosts}\n")
    assert json_audit(lab, "-c", path, *source).pairs == ready


@pytest.mark.parametrize("name, words", [
    ("HV10", ["HV10", "no such computer in contoso.test", "did you mean HV01, HV11?"]),
    ("CONTOSO\\HV10$", ["did you mean HV01, HV11?"]),
    ("FABRIKAM\\HV02", ["FABRIKAM is none of the domains read (contoso.test)"]),
    ("hv02@fabrikam.test", ["fabrikam.test is none of the domains read (contoso.test)"]),
])
def test_who_is_not_found_is_named(lab, source, name, words):
    refused(kcdaudit(lab, "check", "HV01", name, *source), USAGE, *words)
    refused(audit(lab, "--host", "HV01", "--host", name, *source), USAGE, *words)


def test_an_account_that_is_not_found(lab, source):
    refused(kcdaudit(lab, "spn", "list", "svcweb", *[o for o in source if o != "--no-tickets"]), USAGE,
            "no such account in contoso.test; did you mean svc-web?")
    refused(kcdaudit(lab, "check", "svcweb", "HTTP/web.contoso.test", *source), USAGE, "did you mean svc-web?")


def test_a_host_of_the_configuration_that_is_not_found(lab, source, tmp_path):
    path = write(tmp_path / "kcdaudit.conf", "[group prod]\nhosts=HV01,HV02,HV10\n")
    result = json_audit(lab, "-c", path, *source)
    assert result.gaps["HV10 of [group prod]"] == "no such computer in contoso.test; did you mean HV01, HV11?", result.gaps


@pytest.mark.parametrize("name", ["asmith", "CONTOSO\\asmith", "asmith@contoso.test", "ASMITH@CONTOSO.TEST", "Smith, Alice",
                                  " smith, alice ", "CN=asmith,CN=Users,DC=contoso,DC=test"])
def test_an_operator_is_found_however_written(lab, name):
    """A sensitive one is told of, so that it shows who was looked at."""
    result = json_audit(lab, "--host", "HV01,HV02", "--operator", name, "--no-tickets")
    assert not [what for what in result.gaps if what.startswith("operator")], result.gaps


@pytest.mark.parametrize("names, missed", [("asmith,bob", set()), ("asmith, nobody", {"nobody"}), ("bob;asmith", set())])
def test_a_list_of_operators(lab, source, names, missed):
    result = json_audit(lab, "--host", "HV01,HV02", "--operator", names, *source)
    assert {what.removeprefix("operator ") for what in result.gaps if what.startswith("operator")} == missed, result.gaps


def test_two_people_of_one_display_name(lab):
    result = json_audit(lab, "--host", "HV01,HV02", "--operator", "Chris Jones", "--no-tickets", expect=INCOMPLETE)
    why = result.gaps["operator Chris Jones"]
    assert "2 people" in why and "jones1" in why and "jones2" in why, why


def test_an_operator_who_is_not_found(lab, source):
    result = json_audit(lab, "--host", "HV01,HV02", "--operator", "asmiht", *source)
    assert result.gaps["operator asmiht"] == "no such user in contoso.test; did you mean asmith?", result.gaps
    result = json_audit(lab, "--host", "HV01,HV02", "--operator", "FABRIKAM\\asmith", *source)
    assert "FABRIKAM is none of the domains read" in result.gaps["operator FABRIKAM\\asmith"], result.gaps


# Spellings of other programs


@pytest.mark.parametrize("argv", [["spn", "-L", "HV02"], ["setspn", "-L", "HV02"], ["spn", "-l", "CONTOSO\\HV02$"]])
def test_setspn_lists(lab, argv):
    result = kcdaudit(lab, *argv, "-D", lab.domain)
    assert result.status == OK and result.out.startswith("CN=HV02,"), result


def test_setspn_queries(lab):
    for argv in (["-Q", "HOST/HV02"], ["-T", "contoso.test", "-Q", "HOST/HV02"], ["-T", "*", "-Q", "HOST/HV02"],
                 ["-F", "-Q", "HOST/HV02"]):
        where = [] if "contoso.test" in argv else ["-D", lab.domain]
        result = kcdaudit(lab, "spn", *argv, *where)
        assert result.status == OK and "Existing SPN found!" in result.out, (argv, result)
    assert kcdaudit(lab, "setspn", "-X", "-D", lab.domain).status == OK


def test_what_stands_in_for_an_spn_is_told(lab, source):
    where = [o for o in source if o != "--no-tickets"]
    result = kcdaudit(lab, "spn", "query", "cifs/HV02", *where)
    assert result.status == FINDINGS and "No such SPN found." in result.out, result
    assert "host/HV02 of CN=HV02,CN=Computers,DC=contoso,DC=test stands in for it" in " ".join(result.out.split()), result
    assert "stands in" not in kcdaudit(lab, "spn", "query", "cifs/HV99", *where).out
    assert "stands in" not in kcdaudit(lab, "spn", "query", "HOST/HV02", *where).out
