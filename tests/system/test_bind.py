"""How it gets in: mechanisms, sealing, TLS, and which DC serves."""

import subprocess

import dns.update
import pytest

from harness import (MIGRATION, NO_AUDIT, OK, USAGE, Lab, assert_one_line, audit, json_audit, needs_channel_binding,
                     paused, refused, relay, stopped, within)

DEAD = "10.53.57.66"
SILENT_PORT, RELAY_PORT = 20389, 21389


def build(e):
    e.host("HV01", delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    for number in range(40):
        e.host(f"MANY{number:03}", keys_of="HV01")
    e.user("audit")


@pytest.fixture(scope="module")
def lab():
    # Without signatures: a test adds SRV records of DCs that are not there.
    with Lab(build, options={"allow dns updates": "nonsecure"}) as running:
        yield running


HOSTS = ["--host", "HV01", "--host", "HV02"]


def ready(result):
    assert set(result.pairs.values()) == {"ready"} and len(result.pairs) == 2
    return result.report


# Mechanisms


@pytest.mark.parametrize("mech", ["GSS-SPNEGO", "GSSAPI"])
def test_each_mechanism_binds_on_389(lab, mech):
    ready(json_audit(lab, *HOSTS, "--mech", mech, expect=OK))


@pytest.mark.parametrize("options", [["-D", "contoso.test"], ["-H", "ldap://dc1.contoso.test"],
                                     ["-H", "ldap://dc1.contoso.test:389"], ["-H", "ldap://DC1.Contoso.Test/"]])
def test_a_dc_is_named_in_many_ways(lab, options):
    ready(json_audit(lab, *HOSTS, *options, expect=OK))


@pytest.mark.parametrize("uri", ["ldap", "ldaps"])
def test_external_without_a_certificate_is_one_clear_error(lab, uri):
    """Without a certificate nothing can be proved."""
    result = audit(lab, *HOSTS, "-H", f"{uri}://{lab.dc}", "--ca-file", lab.ca_file, "--mech", "EXTERNAL")
    assert result.status in (USAGE, NO_AUDIT) and result.out == ""
    assert_one_line(result, "EXTERNAL", lab.dc)


def test_an_unknown_mechanism_is_a_usage_error(lab):
    refused(audit(lab, *HOSTS, "--mech", "DIGEST-MD5"), USAGE, "DIGEST-MD5", "GSSAPI")


def test_a_dc_named_by_its_address_has_no_spn(lab):
    refused(audit(lab, *HOSTS, "-H", f"ldap://{lab.ip}"), NO_AUDIT, lab.ip)


# Sealing


def test_nothing_is_readable_on_the_wire_on_389(lab, tmp_path):
    with relay(lab, tmp_path, RELAY_PORT) as wire:
        ready(json_audit(lab, *HOSTS, "-H", f"ldap://{lab.dc}:{RELAY_PORT}", "--no-tickets", expect=OK))
        assert len(wire.up) > 2000 and len(wire.down) > 5000
        for secret in (b"servicePrincipalName", b"HV01", MIGRATION.encode(), b"AllowedToDelegateTo", b"CN=Computers"):
            assert secret.lower() not in wire.up.lower() and secret.lower() not in wire.down.lower(), secret


def test_the_wire_would_show_it(lab, tmp_path):
    """The control of the test above: a search that is not sealed can be read there."""
    with relay(lab, tmp_path, RELAY_PORT) as wire:
        lab.run(["ldapsearch", "-x", "-H", f"ldap://{lab.dc}:{RELAY_PORT}", "-b", lab.base_dn, "(cn=HV01)",
                 "servicePrincipalName"])
        assert b"servicePrincipalName" in wire.up


@pytest.mark.parametrize("mech", ["GSS-SPNEGO", "GSSAPI"])
def test_no_environment_takes_the_seal_off(lab, tmp_path, mech):
    """libldap takes security properties from the environment; a DC may accept a bind without any."""
    with Lab(build, options={"ldap server require strong auth": "no"}) as lax, \
            relay(lax, tmp_path, RELAY_PORT) as wire:
        result = audit(lax, *HOSTS, "-f", "json", "-H", f"ldap://{lax.dc}:{RELAY_PORT}", "--no-tickets", "--mech", mech,
                       env={"LDAPSASL_SECPROPS": "none,maxssf=0,minssf=0", "LDAPSASL_CBINDING": "none"})
        assert result.status in (OK, NO_AUDIT), result
        assert b"servicePrincipalName" not in wire.up and b"HV01" not in wire.down


# TLS


@needs_channel_binding
@pytest.mark.parametrize("options", [["-H", "ldaps://dc1.contoso.test"], ["-H", "ldaps://dc1.contoso.test:636"],
                                     ["-H", "ldap://dc1.contoso.test", "--starttls"],
                                     ["-D", "contoso.test", "--starttls"]])
@pytest.mark.parametrize("mech", ["GSS-SPNEGO", "GSSAPI"])
def test_tls_with_channel_binding(lab, options, mech):
    report = ready(json_audit(lab, *HOSTS, *options, "--ca-file", lab.ca_file, "--mech", mech, expect=OK))
    assert lab.dc in report["run"]["source"]["uri"]


@needs_channel_binding
def test_starttls_is_tls_on_the_wire(lab, tmp_path):
    with relay(lab, tmp_path, RELAY_PORT) as wire:
        ready(json_audit(lab, *HOSTS, "-H", f"ldap://{lab.dc}:{RELAY_PORT}", "--starttls", "--ca-file", lab.ca_file,
                         expect=OK))
        assert b"1.3.6.1.4.1.1466.20037" in wire.up and b"\x16\x03" in wire.up
        assert b"GSS-SPNEGO" not in wire.up and b"servicePrincipalName" not in wire.up


TLS = [["-H", "ldaps://dc1.contoso.test"], ["-H", "ldap://dc1.contoso.test", "--starttls"]]


@pytest.fixture(scope="module")
def other_ca(tmp_path_factory):
    """A CA that has issued nothing."""
    path = tmp_path_factory.mktemp("ca") / "other-ca.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", "/dev/null", "-out", path, "-subj", "/CN=Another CA", "-days", "2"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


@pytest.mark.parametrize("options", TLS)
def test_a_certificate_of_another_ca_is_refused(lab, other_ca, options):
    refused(audit(lab, *HOSTS, *options, "--ca-file", other_ca), NO_AUDIT, "certificate", lab.dc, "--ca-file")


@pytest.mark.parametrize("options", TLS)
def test_the_systems_cas_do_not_know_the_dc(lab, options):
    refused(audit(lab, *HOSTS, *options), NO_AUDIT, "certificate", lab.dc)


@pytest.mark.parametrize("environment", [{"LDAPTLS_REQCERT": "never"}, {"LDAPTLS_REQCERT": "allow"}])
def test_no_environment_takes_the_verification_off(lab, other_ca, environment):
    refused(audit(lab, *HOSTS, "-H", f"ldaps://{lab.dc}", "--ca-file", other_ca, env=environment), NO_AUDIT,
            "certificate")


def test_the_certificate_has_to_name_the_dc(lab):
    refused(audit(lab, *HOSTS, "-H", f"ldaps://{lab.ip}", "--ca-file", lab.ca_file), NO_AUDIT, lab.ip, "certificate")


@pytest.mark.parametrize("content", [None, "no certificate at all\n"])
def test_a_bad_ca_file_is_named(lab, tmp_path, content):
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    result = audit(lab, *HOSTS, "-H", f"ldaps://{lab.dc}", "--ca-file", path)
    assert result.status in (USAGE, NO_AUDIT) and result.out == ""
    assert_one_line(result, "--ca-file" if content else path)


def test_ldaps_port_that_speaks_no_tls(lab):
    with within(20):
        refused(audit(lab, *HOSTS, "-H", f"ldaps://{lab.dc}:389", "--ca-file", lab.ca_file, "--timeout", "5"), NO_AUDIT,
                f"{lab.dc}:389")


# Failover


def test_a_uri_that_refuses_is_passed_over(lab):
    report = ready(json_audit(lab, *HOSTS, "-H", f"ldap://{lab.dc}:1", "-H", f"ldap://{lab.dc}", expect=OK))
    assert report["run"]["source"]["uri"].rstrip("/").endswith(lab.dc)


def test_a_uri_with_an_unknown_name_is_passed_over(lab):
    ready(json_audit(lab, *HOSTS, "-H", "ldap://dc9.contoso.test", "-H", f"ldap://{lab.dc}", expect=OK))


def test_a_dc_that_says_nothing_is_passed_over_in_time(lab, tmp_path):
    with relay(lab, tmp_path, SILENT_PORT, silent=True), within(30):
        ready(json_audit(lab, *HOSTS, "-H", f"ldap://{lab.dc}:{SILENT_PORT}", "-H", f"ldap://{lab.dc}", "--timeout",
                         "10", expect=OK))


@needs_channel_binding
def test_a_dc_whose_certificate_is_wrong_is_passed_over(lab):
    ready(json_audit(lab, *HOSTS, "-H", f"ldaps://{lab.ip}", "-H", f"ldaps://{lab.dc}", "--ca-file", lab.ca_file,
                     expect=OK))


def test_verbose_says_which_dcs_were_tried(lab):
    result = json_audit(lab, *HOSTS, "-H", f"ldap://{lab.dc}:1", "-H", f"ldap://{lab.dc}", "-v")
    assert f"{lab.dc}:1" in result.err and "refused" in result.err


def test_the_first_dc_of_the_srv_records_may_be_dead(lab):
    """DNS names a better DC than the one that lives: it refuses, and its name may not even resolve."""
    lab.check(["ip", "address", "add", f"{DEAD}/32", "dev", "lo"])
    zone, record = f"_msdcs.{lab.domain}", "_ldap._tcp.dc"
    records = ["0 100 389 dc0.contoso.test.", "1 100 389 gone.contoso.test.", "9 100 389 dc1.contoso.test."]

    def update(*changes):
        for name, change in changes:
            message = dns.update.Update(name)
            change(message)
            # From within the lab's network, by way of a file.
            path = lab.dir / "update"
            path.write_bytes(message.to_wire())
            lab.check(["/usr/bin/python3", "-c", SEND, lab.ip, path])

    update((lab.domain, lambda m: m.add("dc0", 60, "A", DEAD)),
           (zone, lambda m: m.replace(record, 60, "SRV", records[0])),
           *[(zone, lambda m, r=r: m.add(record, 60, "SRV", r)) for r in records[1:]])
    listed = lab.check(["host", "-t", "SRV", f"{record}.{zone}"])
    assert "dc0.contoso.test" in listed and "9 100 389 dc1" in listed
    try:
        result = json_audit(lab, *HOSTS, "-D", lab.domain, "-v", expect=OK)
        assert ready(result)["run"]["source"]["dc"] == lab.dc
        assert "dc0.contoso.test" in result.err and "gone.contoso.test" in result.err
    finally:
        update((zone, lambda m: m.replace(record, 60, "SRV", "0 100 389 dc1.contoso.test.")))


SEND = """
import socket, struct, sys
data = open(sys.argv[2], "rb").read()
with socket.create_connection((sys.argv[1], 53), 10) as s:
    s.sendall(struct.pack("!H", len(data)) + data)
    reply = s.recv(4096)
rcode = reply[5] & 15
sys.exit("the DNS server refused: %d" % rcode if rcode else 0)
"""


# A DC that fails on the way


def test_a_paused_dc_ends_the_audit_in_time(lab, tmp_path):
    with paused(lab), within(12):
        refused(audit(lab, *HOSTS, "-H", f"ldap://{lab.dc}", "--timeout", "2"), NO_AUDIT, lab.dc)


def test_a_silent_dc_ends_the_audit_within_the_timeout(lab, tmp_path):
    with relay(lab, tmp_path, SILENT_PORT, silent=True), within(6):
        refused(audit(lab, *HOSTS, "-H", f"ldap://{lab.dc}:{SILENT_PORT}", "--timeout", "2"), NO_AUDIT,
                f"{lab.dc}:{SILENT_PORT}")


def test_a_silent_ldaps_dc_ends_the_audit_within_the_timeout(lab, tmp_path):
    with relay(lab, tmp_path, SILENT_PORT, silent=True), within(6):
        refused(audit(lab, *HOSTS, "-H", f"ldaps://{lab.dc}:{SILENT_PORT}", "--timeout", "2", "--ca-file", lab.ca_file),
                NO_AUDIT, f"{lab.dc}:{SILENT_PORT}")


@pytest.mark.parametrize("cut_after", [0, 100, 1500, 4000, 9000, 30000, 60000])
def test_a_connection_lost_on_the_way_gives_no_report(lab, tmp_path, cut_after):
    """After so many bytes from the DC: during the bind, or in the middle of a search."""
    with relay(lab, tmp_path, RELAY_PORT, cut_after=cut_after) as wire:
        result = audit(lab, "-f", "json", "-H", f"ldap://{lab.dc}:{RELAY_PORT}", "--fixes", tmp_path / "fixes",
                       "--no-tickets", "--timeout", "600")
        assert len(wire.down) >= cut_after, "the audit reads more than that"
    refused(result, NO_AUDIT, lab.dc)
    assert not list((tmp_path / "fixes").glob("*.ldif"))


def test_a_slow_network_changes_nothing(lab, tmp_path):
    with relay(lab, tmp_path, RELAY_PORT, delay_ms=10), within(15):
        ready(json_audit(lab, *HOSTS, "-H", f"ldap://{lab.dc}:{RELAY_PORT}", expect=OK))


def test_no_dc_answers_and_each_is_named(lab):
    refused(audit(lab, *HOSTS, "-H", f"ldap://{lab.dc}:1", "-H", f"ldap://{lab.dc}:2"), NO_AUDIT, f"{lab.dc}:1",
            f"{lab.dc}:2", "refused")


def test_the_dc_is_down(lab):
    ccache = {"KRB5CCNAME": lab.kinit("audit")}
    with stopped(lab), within(30):
        refused(audit(lab, *HOSTS, "-H", f"ldap://{lab.dc}", user=None, env=ccache), NO_AUDIT, lab.dc)
        # The DC is the DNS server, too.
        refused(audit(lab, *HOSTS, "-D", lab.domain, user=None, env=ccache), NO_AUDIT, lab.domain)
