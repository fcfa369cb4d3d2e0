"""Trusts and user principal names: from a real directory, by a plain user, from the snapshot of that reading, and from an
export."""

import pytest
from samba.dcerpc import security
from samba.ndr import ndr_pack

from harness import CIFS, Lab, json_audit, read_three_ways

TRUSTS = {  # trustAttributes, trustDirection, msDS-SupportedEncryptionTypes
    "fabrikam.example": (0x8 | 0x800, 3, 24),
    "litware.example": (0, 2, None),
    "tailspin.example": (0x8 | 0x10, 2, None),
    "sub.contoso.test": (0x20, 3, None),
    "northwind.example": (0x8, 1, 4),
}
RULES = ("TRU-01", "TRU-02", "TRU-03", "TRU-04", "SPN-11")


def add_trust(e, number, partner, attributes, direction, etypes):
    more = {"msDS-SupportedEncryptionTypes": str(etypes)} if etypes else {}
    e.samdb.add({**more, "dn": f"CN={partner},CN=System,{e.dn}", "objectClass": "trustedDomain", "trustPartner": partner,
                 "flatName": partner.split(".")[0].upper(), "trustType": "2", "trustAttributes": str(attributes),
                 "trustDirection": str(direction),
                 "securityIdentifier": ndr_pack(security.dom_sid(f"S-1-5-21-7000-8000-{number}"))},
                controls=["relax:0", "provision:0"])


def build(e):
    for number, (partner, values) in enumerate(TRUSTS.items()):
        add_trust(e, number, partner, *values)
    e.user("audit")
    for name, partner in (("HV01", "HV02"), ("HV02", "HV01")):
        e.host(name, t2a4d=True, delegate_to=[partner], keys_of=None if name == "HV01" else "HV01")
    e.user("svc-web", spns=["HTTP/portal.contoso.test"], delegate_to=[f"{CIFS}/HV02"], t2a4d=True)
    e.user("eve", extra={"userPrincipalName": "svc-web\u200b@contoso.test"})
    e.user("mallory")
    e.raw_upn("mallory", "HV02$@contoso.test")  # as the domain makes it of HV02
    e.user("old")
    e.raw_upn("old", "SVC-web@contoso.test")
    e.user("svc-website")  # begins like it, and is somebody else's


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def reports(lab, tmp_path_factory):
    return read_three_ways(lab, tmp_path_factory.mktemp("ways"), "hosts=HV01;HV02")


@pytest.mark.parametrize("way", ["live", "snapshot", "export"])
def test_each_rule_by_each_way_of_reading(reports, way):
    found = reports[way].failed("rule", "subject", "target", "severity")
    assert {one for one in found if one[0] in RULES} == {
        ("TRU-01", "fabrikam.example", None, "critical"),
        ("TRU-02", "litware.example", None, "warning"),
        ("TRU-03", "tailspin.example", None, "info"),
        ("TRU-04", "northwind.example", None, "warning"),
        ("SPN-11", "svc-web", "eve", "warning"),
        ("SPN-11", "svc-web", "old", "error"),
        ("SPN-11", "HV02", "mallory", "error")}
    assert not {one for one in reports[way].unknown("rule", "subject") if one[0] in RULES}


def test_hosts_alone_ask_for_none_of_it(lab):
    hosts = json_audit(lab, "--no-tickets", "--scope", "hosts")
    assert not {rule for rule in hosts.rules if rule in RULES}
