"""Proves the lab itself: that it answers as Active Directory does where an audit depends on it, and leaves nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import estate  # noqa: E402
from lab import HAS_CHANNEL_BINDING, HAS_RBCD, Lab, LabError, load_estate, obstacle  # noqa: E402
from patience import PATIENCE_S, wait_until  # noqa: E402

pytestmark = pytest.mark.skipif(obstacle() is not None, reason=f"THE LAB'S OWN TESTS DID NOT RUN: {obstacle()}")
LAB = HERE / "lab"
HV06_SPN = f"{estate.MIGRATION}/HV06"


def build(e):
    """The demo's estate, and some accounts for the finer points."""
    load_estate(HERE / "estates/demo.py")(e)
    e.host("RB01", spns=["HOST/RB01"])
    e.rbcd("RB01", trustees=["HV01"])
    e.host("RB02", spns=["HOST/RB02"])
    e.rbcd("RB02", sddl="O:BAD:(A;;0x100;;;{HV02})")
    e.host("HIDDEN", delegate_to=["HV01"])
    e.deny_read("HIDDEN", "msDS-AllowedToDelegateTo", "audit")
    e.host("BIG", delegate_to=[f"cifs/peer{number:04}" for number in range(1200)])
    e.host("COPY", keys_of="HV01")


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


def proof(lab, source, spn):
    """S4U2Self for alice and S4U2Proxy to `spn`, with the source's own key."""
    ccache = lab.kinit(f"{source}$")
    keytab = lab.keytab(f"{source}$")
    return lab.run(["kvno", "-U", "alice", "-P", "-k", keytab, spn], env={"KRB5CCNAME": ccache})


def bind(lab, uri, *options, mech="GSS-SPNEGO", **environment):
    return lab.run(["ldapsearch", "-LLL", "-Q", "-N", "-Y", mech, *options, "-H", uri, "-s", "base", "-b", "",
                    "dnsHostName"], user="audit", env=environment)


# LDAP


def test_sasl_bind_seals_or_is_refused(lab):
    assert "dc1.contoso.test" in bind(lab, f"ldap://{lab.dc}").stdout
    assert "dc1.contoso.test" in bind(lab, f"ldap://{lab.dc}", mech="GSSAPI").stdout
    assert bind(lab, f"ldap://{lab.dc}", "-O", "maxssf=0").returncode == 8


@pytest.mark.skipif(not HAS_CHANNEL_BINDING, reason="Samba before 4.21 takes no SASL bind within TLS")
@pytest.mark.parametrize("uri, options", [("ldaps://dc1.contoso.test", []), ("ldap://dc1.contoso.test", ["-ZZ"])])
def test_tls_needs_channel_binding_and_the_right_ca(lab, uri, options):
    options = [*options, "-O", "maxssf=0"]
    bound = bind(lab, uri, *options, LDAPTLS_CACERT=str(lab.ca_file), LDAPSASL_CBINDING="tls-endpoint")
    assert "dc1.contoso.test" in bound.stdout
    unbound = bind(lab, uri, *options, LDAPTLS_CACERT=str(lab.ca_file))
    assert unbound.returncode == 49 and "80090346" in unbound.stderr
    assert bind(lab, uri, *options).returncode != 0


def test_planted_duplicate_is_found_twice_here_and_in_the_catalogue(lab):
    for port in (389, 3268):
        found = lab.ldapsearch("-b", lab.base_dn, f"(servicePrincipalName={HV06_SPN.lower()})", "dn", user="audit",
                               uri=f"ldap://{lab.dc}:{port}").stdout
        assert "CN=HV06,OU=Hyper-V" in found and "CN=svc-vmm-old,OU=Service Accounts" in found


def test_paged_search_on_the_catalogue(lab):
    spns = "".join(f"(servicePrincipalName={estate.MIGRATION}/HV0{n})" for n in range(1, 7))
    found = lab.ldapsearch("-E", "pr=2/noprompt", "-b", lab.base_dn, f"(|{spns})", "servicePrincipalName", user="audit",
                           uri=f"ldap://{lab.dc}:3268").stdout
    assert found.count("dn: ") == 6


def spn_change(lab, verb, account, spn):
    return (f"dn: {account},{lab.base_dn}\nchangetype: modify\n"
            f"{verb}: servicePrincipalName\nservicePrincipalName: {spn}\n-\n")


def test_spns_are_unique_on_write(lab):
    spn = f"{estate.MIGRATION}/HV05"
    assert lab.ldapmodify(spn_change(lab, "add", "CN=HV04,OU=Hyper-V", spn), check=False).returncode == 19
    lab.ldapmodify(spn_change(lab, "delete", "CN=HV05,OU=Hyper-V", spn))
    lab.ldapmodify(spn_change(lab, "add", "CN=HV05,OU=Hyper-V", spn))


def test_planted_duplicate_can_be_removed_and_not_put_back(lab):
    old = "CN=svc-vmm-old,OU=Service Accounts"
    assert kvno(lab, HV06_SPN) != 0
    lab.apply_ldif("# comment\nversion: 1\n\n" + spn_change(lab, "delete", old, HV06_SPN))
    assert kvno(lab, HV06_SPN) == 0
    assert lab.ldapmodify(spn_change(lab, "add", old, HV06_SPN), check=False).returncode == 19
    assert "SCVMM/vmm01" in lab.ldapsearch("-b", f"{old},{lab.base_dn}", "servicePrincipalName").stdout


def test_user_account_control_is_changed_by_delete_and_add(lab):
    dn = f"CN=HV05,OU=Hyper-V,{lab.base_dn}"
    lab.ldapmodify(f"dn: {dn}\nchangetype: modify\ndelete: userAccountControl\nuserAccountControl: 4096\n-\n"
                   "add: userAccountControl\nuserAccountControl: 16781312\n-\n")
    assert "userAccountControl: 16781312" in lab.ldapsearch("-s", "base", "-b", dn, "userAccountControl").stdout


def test_denied_attribute_is_absent_for_that_reader_alone(lab):
    search = ("-s", "base", "-b", f"CN=HIDDEN,CN=Computers,{lab.base_dn}", "msDS-AllowedToDelegateTo")
    assert "cifs/HV01" not in lab.ldapsearch(*search, user="audit").stdout
    assert "cifs/HV01" in lab.ldapsearch(*search, user="alice").stdout


def test_security_descriptor_and_token_groups_are_there_for_a_plain_user(lab):
    host = f"CN=HV01,OU=Hyper-V,{lab.base_dn}"
    assert "nTSecurityDescriptor:: " in lab.ldapsearch("-E", "!1.2.840.113556.1.4.801=::MAMCAQc=", "-s", "base",
                                                       "-b", host, "nTSecurityDescriptor", user="audit").stdout
    for base in ("", host):
        found = lab.ldapsearch("-s", "base", "-b", base, "(objectClass=*)", "tokenGroups", user="audit").stdout
        assert "tokenGroups:: " in found


def test_ranges_are_sent_when_asked_for(lab):
    found = lab.ldapsearch("-s", "base", "-b", f"CN=BIG,CN=Computers,{lab.base_dn}", "(objectClass=*)",
                           "msDS-AllowedToDelegateTo;range=0-499").stdout
    assert found.count("msDS-AllowedToDelegateTo;range=0-499: ") == 500


def test_dump_holds_what_an_audit_reads(lab, tmp_path):
    dump = tmp_path / "dump.ldif"
    lab.dump_ldif(dump, security_descriptors=True)
    text = dump.read_text()
    for expected in ("dn:\n", "currentTime: ", "sPNMappings: host=", "nETBIOSName: CONTOSO", "dn: CN=HV01,OU=Hyper-V,",
                     "msDS-KeyVersionNumber: 1", "msDS-AllowedToActOnBehalfOfOtherIdentity:: ",
                     "nTSecurityDescriptor:: ", "dn: CN=Microsoft Hyper-V,CN=HV01,"):
        assert expected in text, expected


# DNS


@pytest.mark.parametrize("name, port", [("_ldap._tcp.dc._msdcs", 389), ("_ldap._tcp.pdc._msdcs", 389),
                                        ("_kerberos._tcp", 88), ("_gc._tcp", 3268)])
def test_srv_records(lab, name, port):
    assert f" {port} {lab.dc}." in lab.check(["host", "-t", "SRV", f"{name}.{lab.domain}"])


# Kerberos


def kvno(lab, spn):
    return lab.run(["kvno", spn], env={"KRB5CCNAME": lab.kinit("audit")}).returncode


def test_tickets_for_names_with_spaces_and_for_aliases(lab):
    assert kvno(lab, f"{estate.MIGRATION}/HV02") == 0
    assert kvno(lab, f"{estate.MIGRATION}/hv02.contoso.test") == 0
    assert kvno(lab, "cifs/HV02") == 0
    assert kvno(lab, f"{estate.MIGRATION}/HV03") != 0
    assert kvno(lab, f"{estate.MIGRATION}/COPY") == 0


def test_constrained_delegation_follows_the_list(lab):
    assert proof(lab, "HV01", f"{estate.MIGRATION}/HV02").returncode == 0
    assert proof(lab, "HV01", "cifs/hv02.contoso.test").returncode == 0
    refused = proof(lab, "HV04", f"{estate.MIGRATION}/HV05")
    assert refused.returncode != 0 and "KDC can't fulfill requested option" in refused.stderr


@pytest.mark.skipif(not HAS_RBCD, reason="the KDC of Samba before 4.19 knows no resource-based delegation")
def test_resource_based_delegation_follows_the_descriptor(lab):
    assert proof(lab, "HV01", "cifs/RB01").returncode == 0
    assert proof(lab, "HV02", "cifs/RB02").returncode == 0
    assert proof(lab, "HV02", "cifs/RB01").returncode != 0


def test_ticket_that_is_not_forwardable_proves_nothing(lab):
    ccache = lab.kinit("HV01$", forwardable=False)
    done = lab.run(["kvno", "-U", "alice", "-P", "-k", lab.keytab("HV01$"), "cifs/HV02"], env={"KRB5CCNAME": ccache})
    assert done.returncode != 0


def test_ticket_with_a_short_life_ends(lab):
    ccache = lab.kinit("audit", lifetime="1s")
    time.sleep(1.1)
    assert lab.run(["klist", "-s"], env={"KRB5CCNAME": ccache}).returncode != 0


# Life and death


def test_dc_can_pause_stop_and_start(lab):
    search = ["ldapsearch", "-x", "-LLL", "-H", f"ldap://{lab.dc}", "-s", "base", "-b", "", "dnsHostName"]
    lab.pause_dc()
    with pytest.raises(subprocess.TimeoutExpired):
        lab.run(search, timeout=0.5)
    lab.resume_dc()
    assert lab.run(search).returncode == 0
    lab.stop_dc()
    assert lab.run(search).returncode != 0
    lab.start_dc()
    assert lab.run(search).returncode == 0


def test_a_command_ends_though_the_one_that_waits_for_it_was_stopped(lab):
    """As nsenter stops itself for what it saw of a pause, sooner or later."""
    process = lab.popen(["sleep", "600"])
    lab.signal(process, 0)  # it runs
    process.send_signal(signal.SIGSTOP)
    lab.signal(process, signal.SIGKILL)
    lab.ended(process)
    assert process.returncode != 0


def processes_naming(text):
    own = {str(os.getpid()), str(os.getppid())}
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name not in own:
            try:
                if text in (entry / "cmdline").read_bytes().decode(errors="replace"):
                    found.append(entry.name)
            except OSError:
                pass
    return found


def gone(directory):
    return wait_until(lambda: not Path(directory).exists() and not processes_naming(directory), 0.05)


def test_exit_status_and_environment_of_a_command(tmp_path):
    done = subprocess.run([LAB, "run", "--kinit", "Administrator", "--", "sh", "-c",
                           'klist -s && pwd && echo "$LAB_DIR" && exit 7'],
                          cwd=tmp_path, text=True, stdout=subprocess.PIPE)
    directory, lab_dir = done.stdout.split()
    assert done.returncode == 7
    assert directory == str(tmp_path)
    assert gone(lab_dir)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_after_a_signal(number):
    # A shell without job control starts `make check &` with SIGINT ignored, and that is inherited.
    running = subprocess.Popen(["env", "--default-signal=INT", LAB, "run", "--", "sh", "-c",
                                'echo "$LAB_DIR"; exec sleep 3600'], text=True, stdout=subprocess.PIPE)
    lab_dir = running.stdout.readline().strip()
    assert Path(lab_dir).is_dir() and processes_naming(lab_dir)
    running.send_signal(number)
    running.wait(timeout=PATIENCE_S)
    running.stdout.close()
    assert gone(lab_dir)


def test_nothing_is_left_after_a_bad_estate():
    def bad(e):
        e.host("HV01")
        e.user("svc", spns=["HOST/HV01"])

    broken = Lab(bad)
    with pytest.raises(LabError, match="HOST/HV01"):
        broken.__enter__()
    assert gone(str(broken.dir))


def test_two_labs_beside_each_other(lab):
    with Lab() as other:
        assert other.dir != lab.dir
        assert other.ldapsearch("-b", other.base_dn, "(cn=HV01)", "dn").stdout.count("dn: ") == 0
        assert lab.ldapsearch("-b", lab.base_dn, "(cn=HV01)", "dn").stdout.count("dn: ") == 1
