"""What was "not visible from here" is answered, where the hosts concerned told it."""

import pytest


def spoil_both(part, **changes):
    def spoil(hosts):
        for told in hosts.values():
            told[part].update(changes)
    return spoil


def spoil_one(part, **changes):
    return lambda hosts: hosts["HV02"][part].update(changes)


def credssp_with_guard(hosts):
    hosts["HV01"]["hyperv"]["authentication"] = 0


def let_in(hosts):
    return {"sid": "S-1-5-21-1000-2000-3000-513", "name": "CONTOSO\\Domain Users"}


# cause: an error that has it, how a host is wrong
CAUSES = {
    "credssp": ("0x8009030E", spoil_both("hyperv", authentication=0)),
    "auth-mismatch": ("0x8009030D", spoil_one("hyperv", authentication=0)),
    "credential-guard": ("0x8009030E", credssp_with_guard),
    "migration-disabled": ("0x8007274D", spoil_one("hyperv", migration_enabled=False)),
    "not-admin": ("0x80070005", spoil_one("groups", list=[
        {"sid": "S-1-5-32-544", "name": "a", "members": []}, {"sid": "S-1-5-32-578", "name": "h", "members": []}])),
    "lm-network": ("0x8007274D", spoil_one("hyperv", networks=[])),
    "clock": ("0x80090324", spoil_one("clock", offset_seconds=900)),
    "gpo-network-logon": ("0x80070569", spoil_one("rights", list=[
        {"right": "SeNetworkLogonRight", "principals": []}])),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_is_confirmed_ruled_out_or_left_open(place, cause):
    code, spoil = CAUSES[cause]
    place.estate.user("alice")
    for told in place.hosts.values():
        told["groups"]["list"][1]["members"] = [let_in(place.hosts)]
    place.write()
    words = ("--operator", "alice")
    assert place.causes(code, *words, facts=[])[cause]["status"] == "not-visible"
    ruled_out = place.causes(code, *words)[cause]
    assert ruled_out["status"] == "ruled-out", ruled_out
    assert any(rule.startswith("HST-") for rule in ruled_out["looked_at"])
    spoil(place.hosts)
    place.write()
    confirmed = place.causes(code, *words)[cause]
    assert confirmed["status"] == "confirmed" and confirmed["rule"].startswith("HST-"), confirmed
    assert any("facts/HV0" in one["seen"] for one in confirmed["evidence"]), "the file is named"


@pytest.mark.parametrize("cause", CAUSES)
def test_one_silent_host_leaves_it_open(place, cause):
    """Of what the target alone decides the source need not tell."""
    code, _ = CAUSES[cause]
    place.estate.user("alice")
    place.write()
    found = place.causes(code, "--operator", "alice", facts=["facts/HV01.json"])[cause]
    if cause == "credential-guard":  # the source's own
        assert found["status"] == "ruled-out"
    elif cause != "not-admin":  # already confirmed on HV01
        assert found["status"] == "not-visible"


@pytest.mark.parametrize("port, cause, code", [
    (6600, "port-6600-refused", "0x8007274D"), (445, "port-smb", "0x8007274C"), (5985, "winrm", "0x80338012")])
def test_a_port_without_listener_is_confirmed_and_one_with_leaves_the_path_open(place, port, cause, code):
    place.write()
    found = place.causes(code)
    assert found[cause]["status"] == "not-visible", "the path between the hosts was not tried"
    place.hosts["HV02"]["listening"]["ports"].remove(port)
    place.write()
    assert place.causes(code)[cause]["status"] == "confirmed"


def test_what_a_host_could_not_tell_is_not_determined(place):
    place.hosts.lacks("HV02", "hyperv", "Get-VMHost: The service is not running.")
    place.write()
    found = place.causes("0x8009030E")
    assert found["credssp"]["status"] == "not-visible" and "The service is not running" in found["credssp"]["said"]
    assert ("HST-02", "HV02", "unknown") in place.findings()
    assert place.run("audit", "--no-history").returncode == 3


def test_the_operator_has_to_be_named(place):
    place.write()
    found = place.causes("0x80070005")["not-admin"]
    assert found["status"] == "not-visible" and "--operator" in found["said"]


def test_local_administrators_do_not_leave_it_in_doubt(place):
    """The host's own Administrator is nobody of the domain."""
    place.estate.user("alice")
    place.write()
    assert ("HST-05", "HV01", "fail") in place.findings("--operator", "alice")
    place.hosts["HV01"]["groups"]["list"][1]["members"] = [
        {"sid": "S-1-5-21-77-78-79-1001", "name": "OTHERFOREST\\Admins"}]
    place.write()
    assert ("HST-05", "HV01", "fail") not in place.findings("--operator", "alice"), "whose group that is was not read"


def test_nodes_of_a_cluster_choose_no_networks(place):
    for told in place.hosts.values():
        told["host"]["cluster"] = "HVCL1"
        told["hyperv"].update(any_network=False, networks=[])
    place.write()
    assert place.findings() == []
