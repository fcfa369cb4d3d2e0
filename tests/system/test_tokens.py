"""What a KDC takes a source for, beyond its own SID: groups by way of Everyone and Authenticated Users, groups that are
none for a KDC, and what cannot be known. Live, from the snapshot of that reading and from an export alike."""

import pytest

from harness import CIFS, Lab, granted, needs_rbcd, read_three_ways

LOCAL_SECURITY, GLOBAL_LIST = -2147483644, 2  # groupType, MS-ADTS 2.2.12
OBJECT = "f3a64788-5306-11d1-a9c5-0000f80367c1"  # any

# How each target lets SRC in, and what the audit says.
TARGETS = {
    "BUILTIN": ("O:BAD:(A;;0x100;;;BU)", "ready"),
    "DENYBUILTIN": ("O:BAD:(D;;0x100;;;BU)(A;;0x100;;;{SRC})", "broken"),
    "PRE2000": ("O:BAD:(A;;0x100;;;RU)", "ready"),
    "BYHOLDER": ("O:BAD:(A;;0x100;;;{Holder})", "unknown"),  # Samba looks for builtin groups alone
    "BYOUTER": ("O:BAD:(A;;0x100;;;{OuterHolder})", "unknown"),
    "BYLIST": ("O:BAD:(A;;0x100;;;{HolderList})", "broken"),
    "BYNOBODY": ("O:BAD:(A;;0x100;;;{NotHolder})", "broken"),
    "NETWORK": ("O:BAD:(A;;0x100;;;S-1-5-2)", "unknown"),  # Samba has it, Windows has not
    "DENYNETWORK": ("O:BAD:(D;;0x100;;;S-1-5-2)(A;;0x100;;;{SRC})", "unknown"),
    "ORGANIZATION": ("O:BAD:(A;;0x100;;;S-1-5-15)", "unknown"),
    "CLAIMS": ("O:BAD:(D;;0x100;;;S-1-5-21-0-0-0-497)(A;;0x100;;;{SRC})", "unknown"),
    "ASSERTED": ("O:BAD:(A;;0x100;;;S-1-18-1)", "ready"),
    "SERVICE": ("O:BAD:(A;;0x100;;;S-1-18-2)", "broken"),
    "LIST": ("O:BAD:(A;;0x100;;;{List})", "broken"),
    "DENYLIST": ("O:BAD:(D;;0x100;;;{List})(A;;0x100;;;{SRC})", "ready"),
    "CHAIN": ("O:BAD:(A;;0x100;;;{Outer})", "broken"),
    "DENYOBJECT": (f"O:BAD:(OD;;0x100;{OBJECT};;{{SRC}})(A;;0x100;;;{{SRC}})", "ready"),
    "NOOBJECT": ("O:BAD:(OA;;0x100;;;{SRC})", "unknown"),
    "GENERIC": ("O:BAD:(A;;GA;;;{SRC})", "broken"),
}
UNKNOWN = {
    "BYHOLDER": "BYHOLDER's RBCD descriptor grants SRC only if the KDC finds SRC in Holder by way of Everyone or "
              "Authenticated Users, as Windows does and Samba does not",
    "DENYNETWORK": "DENYNETWORK's RBCD descriptor refuses SRC if the KDC takes SRC for a member of Network (S-1-5-2), "
                   "which Samba does and Windows does not",
    "ORGANIZATION": "ORGANIZATION's RBCD descriptor grants SRC only if the KDC puts This Organization (S-1-5-15) into "
                    "SRC's ticket, which no specification settles",
    "CLAIMS": "CLAIMS's RBCD descriptor refuses SRC if the KDC puts Claims Valid (S-1-5-21-0-0-0-497) into SRC's "
              "ticket, which is not visible from here",
    "NOOBJECT": "NOOBJECT's RBCD descriptor grants SRC only if the KDC applies ACE 1 (for SRC), an object ACE without "
                "an object, as MS-DTYP has it and Samba does not",
}


def build(e):
    authenticated = f"CN=S-1-5-11,CN=ForeignSecurityPrincipals,{e.dn}"
    e.host("SRC", t2a4d=True)
    e.group("List", members=["SRC"], kind=GLOBAL_LIST)
    e.group("Outer", members=["List"])
    e.group("Holder", members=[authenticated], kind=LOCAL_SECURITY)
    e.group("OuterHolder", members=["Holder"], kind=LOCAL_SECURITY)
    e.group("HolderList", members=[authenticated], kind=4)
    e.group("NotHolder", kind=LOCAL_SECURITY)
    e.member("Protected Users", "List")
    for name, (sddl, _) in TARGETS.items():
        e.host(name, keys_of="SRC")
        e.rbcd(name, sddl=sddl)
    e.user("alice")
    e.user("audit")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def results(lab, tmp_path_factory):
    """By way of reading: live, snapshot, export."""
    return read_three_ways(lab, tmp_path_factory.mktemp("tokens"), f"hosts={';'.join(['SRC', *TARGETS])}\nmode=rbcd")


@pytest.fixture(scope="module")
def truth(lab):
    return granted(lab, "SRC", [f"{CIFS}/{name}" for name in TARGETS])


@pytest.mark.parametrize("way", ["live", "snapshot", "export"])
@pytest.mark.parametrize("target", TARGETS)
def test_the_verdict(results, way, target):
    assert results[way].pairs[("SRC", target)] == TARGETS[target][1]


@pytest.mark.parametrize("target", UNKNOWN)
def test_unknown_names_its_condition(results, target):
    for result in results.values():
        assert result.pair("SRC", target)["services"]["cifs"]["reasons"] == [UNKNOWN[target]]


@needs_rbcd
@pytest.mark.parametrize("target", [target for target, (_, verdict) in TARGETS.items() if verdict != "unknown"])
def test_the_kdc_agrees(truth, target):
    assert (f"{CIFS}/{target}" in truth) == (TARGETS[target][1] == "ready")
