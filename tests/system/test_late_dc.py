"""Two domain controllers, one of which has not heard of a change yet: really two, each with its own database."""

import re
import signal
import subprocess
import time

import pytest

from harness import CIFS, FINDINGS, MIGRATION, OK, PATIENCE_S, Lab, json_audit, kcdaudit, within
from test_diagnose import ask, cause, of_status

UAC_DC = 0x82000
SECOND = "10.53.57.2"
FORGOTTEN = """dn: CN=HV01,OU=Hyper-V,{base}
changetype: modify
add: msDS-AllowedToDelegateTo
msDS-AllowedToDelegateTo: {MIGRATION}/HV02
msDS-AllowedToDelegateTo: {MIGRATION}/hv02.contoso.test
"""


def build(e):
    servers = e.ou("Hyper-V")
    e.host("HV01", ou=servers, delegate_to=e.spns("HV02", [CIFS]), t2a4d=True)
    e.host("HV02", ou=servers, delegate_to=["HV01"], t2a4d=True)
    e.user("audit")
    e.user("alice")
    # The second is the first's copy: it has the first's key, under a name of its own.
    e.host("DC2", uac=UAC_DC, spns=["HOST/dc2.contoso.test"])
    e.raw_spn("DC1", "ldap/dc2.contoso.test")


def copy_dc(lab):
    """The DC's directory as it is now, to be served at another address; returns its smb.conf."""
    place = lab.dir / "second"
    place.mkdir()
    subprocess.run(["cp", "-a", *(path for path in lab.dir.iterdir() if path != place), place], check=True)
    conf = place / "etc/smb.conf"
    text = conf.read_text().replace(str(lab.dir), str(place))
    text = re.sub(r"(?m)^(\s*interfaces =).*", rf"\1 {SECOND}/32", text)
    conf.write_text(re.sub(r"(?m)^(\s*server services =).*", r"\1 ldap", text))
    return conf


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as lab:
        lab.stop_dc()
        conf = copy_dc(lab)
        lab.start_dc()
        lab.check(["ip", "address", "add", f"{SECOND}/32", "dev", "lo"])
        lab.check(["sh", "-c", f"echo {SECOND} dc2.contoso.test >> /etc/hosts"])
        with open(lab.dir / "second.log", "w") as log:
            second = lab.popen(["samba", "-s", conf, "-i", "-M", "single", "--debug-stdout"],
                               stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        deadline = time.monotonic() + PATIENCE_S
        while lab.run(["ldapsearch", "-x", "-H", f"ldap://{SECOND}", "-s", "base", "-b", "", "1.1"]).returncode != 0:
            assert second.poll() is None and time.monotonic() < deadline, (lab.dir / "second.log").read_text()[-3000:]
            time.sleep(0.05)
        # The forgotten entries come, and dc2 does not hear of them.
        lab.ldapmodify(FORGOTTEN.format(base=lab.base_dn, MIGRATION=MIGRATION))
        yield lab
        lab.signal(second, signal.SIGKILL)
        second.wait()


def test_one_dc_alone_shows_nothing_of_it(lab):
    assert set(json_audit(lab, "--no-tickets").pairs.values()) == {"ready"}
    late = json_audit(lab, "-H", "ldap://dc2.contoso.test", "--no-tickets").pairs
    assert late == {("HV01", "HV02"): "broken", ("HV02", "HV01"): "ready"}


def test_all_dcs_show_who_is_late(lab):
    with within(30):
        result = json_audit(lab, "--all-dcs", "--no-tickets")
    finding = result.finding("DOM-03")
    assert finding["subject"] == "HV01" and finding["status"] == "fail"
    for word in ("msDS-AllowedToDelegateTo", "dc1.contoso.test", "dc2.contoso.test"):
        assert word in finding["detail"], finding


def test_the_late_dc_is_the_cause(lab):
    value = ask(lab, "HV01", "HV02", "--operator", "alice", "--all-dcs", expect=FINDINGS)
    assert of_status(value, "confirmed") == ["replication"]
    assert "dc2.contoso.test" in cause(value, "replication")["said"]
    unasked = ask(lab, "HV01", "HV02", "--operator", "alice", expect=OK)
    assert cause(unasked, "replication")["status"] == "not-visible" and "--all-dcs" in unasked["next"]
    text = kcdaudit(lab, "diagnose", "0x8009030E", "-D", lab.domain, "--from", "HV01", "--to", "HV02", "--all-dcs")
    assert text.status == FINDINGS and "controller still holds the old values" in " ".join(text.out.split("\n\n")[0].split()), text
