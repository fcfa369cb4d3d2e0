"""Resource-based delegation, judged as the KDC judges it: what the audit says is what a real S4U2Proxy meets."""

import pytest

from harness import CIFS, FINDINGS, HAS_RBCD, OK, Lab, config, granted, json_audit, needed_spns, needs_rbcd

# How each target lets SRC in, and whether it does.
TARGETS = {
    "OWN": ("O:BAD:(A;;0xf01ff;;;{SRC})", True),
    "CONTROL": ("O:BAD:(A;;0x100;;;{SRC})", True),
    "NOMASK": ("O:BAD:(A;;0xf00ff;;;{SRC})", False),
    "DENYFIRST": ("O:BAD:(D;;0xf01ff;;;{SRC})(A;;0xf01ff;;;{SRC})", False),
    "DENYLAST": ("O:BAD:(A;;0xf01ff;;;{SRC})(D;;0xf01ff;;;{SRC})", True),
    "DENYGROUP": ("O:BAD:(D;;0x100;;;{Hosts})(A;;0xf01ff;;;{SRC})", False),
    "GROUP": ("O:BAD:(A;;0xf01ff;;;{Hosts})", True),
    "NESTED": ("O:BAD:(A;;0xf01ff;;;{AllHosts})", True),
    "DEEP": ("O:BAD:(A;;0xf01ff;;;{Everything})", True),
    "STRANGER": ("O:BAD:(A;;0xf01ff;;;{OTHER})", False),
    "EMPTY": ("O:BAD:", False),
    "EVERYONE": ("O:BAD:(A;;0xf01ff;;;WD)", True),
    "COMPUTERS": ("O:BAD:(A;;0xf01ff;;;DC)", True),
    "AUTHUSERS": ("O:BAD:(A;;0xf01ff;;;AU)", True),
    "INHERITONLY": ("O:BAD:(A;IO;0xf01ff;;;{SRC})", False),
    "ANONYMOUS": ("O:BAD:(A;;0xf01ff;;;AN)", False),
    "SERVICE": ("O:BAD:(A;;0xf01ff;;;S-1-5-6)", False),
    "ITSELF": ("O:BAD:(A;;0xf01ff;;;S-1-5-10)", False),
    "NOBODY": ("O:BAD:(D;;0x100;;;AU)(A;;0xf01ff;;;WD)", False),
}
BROAD = {"EVERYONE", "COMPUTERS", "AUTHUSERS"}


def build(e):
    e.host("SRC", t2a4d=True)
    e.host("OTHER", t2a4d=True, keys_of="SRC")
    e.group("Hosts", members=["SRC"])
    e.group("AllHosts", members=["Hosts"])
    e.group("Everything", members=["AllHosts"])
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
def result(lab, tmp_path_factory):
    hosts = ";".join(["SRC", *TARGETS])
    path = config(tmp_path_factory.mktemp("rbcd"), f"[group rb]\nhosts={hosts}\nmode=rbcd\n")
    return json_audit(lab, "-c", path, "--no-tickets", expect=FINDINGS)


@pytest.fixture(scope="module")
def truth(lab):
    """What the KDC does: SRC, with its own key, to cifs of each target."""
    return granted(lab, "SRC", [f"{CIFS}/{name}" for name in TARGETS])


@pytest.mark.parametrize("target", TARGETS)
def test_the_verdict_is_as_the_descriptor_says(result, target):
    services = result.pair("SRC", target)["services"]
    lets_in = TARGETS[target][1]
    assert result.pairs[("SRC", target)] == ("ready" if lets_in else "broken")
    assert services["cifs"]["by"] == services["migration"]["by"] == (["rbcd"] if lets_in else [])


@needs_rbcd
@pytest.mark.parametrize("target", TARGETS)
def test_the_kdc_agrees(truth, target):
    assert (f"{CIFS}/{target}" in truth) == TARGETS[target][1]


def test_broad_trustees_are_critical(result):
    assert result.failed("subject", rule="RBC-02") == BROAD
    assert {f["severity"] for f in result.report["findings"] if f["rule"] == "RBC-02"} == {"critical"}


def test_who_is_in_no_ticket_or_denied_with_everybody_is_not_let_in(result):
    verdicts = {edge["target"]["name"]: edge["verdict"] for edge in result.report["edges"] if edge["way"] == "rbcd"}
    for name in ("ANONYMOUS", "SERVICE", "ITSELF", "NOBODY"):
        assert verdicts[name] == "broken", name


def test_whoever_else_is_let_in_by_everyone_is_so_too(result):
    assert result.pairs[("OWN", "EVERYONE")] == "ready" and result.pairs[("OWN", "CONTROL")] == "broken"


def test_a_descriptor_that_does_not_parse_is_an_error():
    """Nobody is let in by it, and nobody may be told that all is well."""
    def broken(e):
        e.host("HV01", t2a4d=True)
        e.host("HV02", t2a4d=True, delegate_to=["HV01"])
        e.rbcd("HV02", trustees=["HV01"])
        e.user("audit")

    with Lab(broken) as lab:
        found = lab.ldapsearch("-b", lab.base_dn, "(cn=HV02)", "msDS-AllowedToActOnBehalfOfOtherIdentity").stdout
        assert "msDS-AllowedToActOnBehalfOfOtherIdentity:: AQAEg" in found
        # A DC that holds such a value cannot be made here (its syntax is checked), so it is broken on the way.
        dump = lab.dir / "dump.ldif"
        lab.dump_ldif(dump)
        text = dump.read_text().replace("msDS-AllowedToActOnBehalfOfOtherIdentity:: AQAEg",
                                        "msDS-AllowedToActOnBehalfOfOtherIdentity:: AgAEg")
        dump.write_text(text)
        result = json_audit(lab, "--ldif", dump, "--host", "HV01", "--host", "HV02", user=None, expect=FINDINGS)
        assert result.failed("subject", rule="RBC-04") == {"HV02"}
        assert result.pairs[("HV01", "HV02")] != "ready"


def test_the_mixing_trap():
    """RBCD grants it, but a list without T2A4D makes the S4U2Self ticket useless for RBCD as well."""
    def build_trap(e):
        e.host("HV01", t2a4d=False, delegate_to=["cifs/OTHER"])
        e.host("HV02", t2a4d=True)
        e.host("OTHER", t2a4d=True)
        e.rbcd("HV01", trustees=["HV02"])
        e.rbcd("HV02", trustees=["HV01"])
        e.user("alice")
        e.user("audit")

    with Lab(build_trap) as lab:
        result = json_audit(lab, "--host", "HV01", "--host", "HV02", expect=FINDINGS)
        assert result.pairs == {("HV01", "HV02"): "degraded", ("HV02", "HV01"): "ready"}
        assert result.failed("subject", rule="RBC-05") == {"HV01"}
        assert granted(lab, "HV01", needed_spns("HV02")) == set()
        lab.ldapmodify(result.fix("protocol-transition:HV01")["commands"]["ldif"])
        assert set(json_audit(lab, "--host", "HV01", "--host", "HV02", expect=OK).pairs.values()) == {"ready"}
        if HAS_RBCD:
            assert granted(lab, "HV01", needed_spns("HV02")) == set(needed_spns("HV02"))


def test_rbcd_edges_make_groups():
    """RBCD alone ties hosts together; no list is needed for the inference."""
    def build_edges(e):
        for name in ("HV01", "HV02", "HV03"):
            e.host(name, t2a4d=True)
        e.group("Cluster", members=["HV01", "HV02"])
        e.rbcd("HV01", trustees=["Cluster"])
        e.rbcd("HV02", trustees=["Cluster"])
        e.user("audit")

    with Lab(build_edges) as lab:
        result = json_audit(lab, expect=OK)
        assert [g["members"] for g in result.report["groups"]] == [["HV01", "HV02"]]
        assert set(result.pairs.values()) == {"ready"} and result.failed("subject", rule="DEL-13") == {"HV03"}
