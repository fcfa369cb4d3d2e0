"""--ports: what answers on the network, told apart, and by what names.

The hosts are made up on a TUN device inside the lab, so that a refusal, a silent filter, a router's "prohibited" and a
machine that is off all look as they do on a real network; the DC is the lab's own."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from harness import HERE, INCOMPLETE, MIGRATION, OK, USAGE, Lab, audit, json_audit, refused, within

NET_RULES = {"NET-01", "NET-02", "NET-03"}
ALL_OPEN = {port: "open" for port in ("135", "445", "3343", "5985", "6600")}
HOSTS = 9


def address(number):
    return f"10.77.0.{number}"


PORTS = {
    address(1): ALL_OPEN,
    # Migrations are off; a firewall swallows SMB; one that says so guards WinRM, and a router's filter RPC.
    address(2): {"6600": "reset", "445": "drop", "5985": "rejected", "135": "prohibited", "3343": "open"},
    address(3): {"*": "drop"},
    address(4): {"*": "nobody"},
    address(6): ALL_OPEN,
    address(7): ALL_OPEN,
    # A cluster node whose Cluster service is stopped.
    address(8): {**ALL_OPEN, "3343": "reset"},
    # Listens for migrations on its second address alone, where nothing else may be reached.
    address(9): {**ALL_OPEN, "6600": "reset"},
    "10.77.1.9": {"6600": "open", "*": "drop"},
}

# HV05 has no address. HV06's leads back to an old name. HV07 has HV01's, too.
NAMES = "127.0.0.1 localhost\n" + "".join(f"{ip} {names}\n" for ip, names in [
    (address(1), "hv01.contoso.test hv01"),
    (address(2), "hv02.contoso.test"),
    (address(3), "hv03.contoso.test"),
    (address(4), "hv04.contoso.test"),
    (address(6), "old06.contoso.test"),
    (address(6), "hv06.contoso.test"),
    (address(7), "hv07.contoso.test"),
    (address(1), "hv07.contoso.test"),
    (address(8), "hv08.contoso.test"),
    (address(9), "hv09.contoso.test"),
    ("10.77.1.9", "hv09.contoso.test"),
])


def build(e):
    for number in range(1, HOSTS + 1):
        name = f"HV0{number}"
        classes = ["HOST", MIGRATION] + (["MSServerClusterMgmtAPI"] if number == 8 else [])
        e.host(name, t2a4d=True, spns=e.spns(name, classes),
               delegate_to=[f"HV0{other}" for other in range(1, HOSTS + 1) if other != number])
    e.user("audit")


class Network:
    def __init__(self, log):
        self._log = log

    @property
    def tried(self):
        """The (address, port) of every SYN; what was sent over a connection would be a third field."""
        return {tuple(line.split()) for line in self._log.read_text().splitlines()}


@contextmanager
def machines(lab, tmp_path):
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        pytest.skip(f"PORTS WERE NOT TESTED: no TUN device here ({error})")
    log = tmp_path / "tried"
    log.touch()
    process = lab.popen([sys.executable, HERE / "machines.py", "machines0", "10.77.255.254/16", log, json.dumps(PORTS)],
                        stdout=subprocess.PIPE, text=True)
    # Written in place: the file is bound to the lab's /etc/hosts.
    (lab.dir / "etc/hosts").write_text(NAMES)
    try:
        assert process.stdout.readline() == "ready\n"
        yield Network(log)
    finally:
        (lab.dir / "etc/hosts").write_text("127.0.0.1 localhost\n")
        lab.signal(process, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def ports_lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def network(ports_lab, tmp_path_factory):
    with machines(ports_lab, tmp_path_factory.mktemp("network")) as running:
        yield running


@pytest.fixture(scope="module")
def tried(ports_lab, network):
    """The audit, which takes one time-out, not one per silent port."""
    with within(15):
        return json_audit(ports_lab, "--ports", "--no-tickets", "--timeout", "5")


def net(result, rule):
    return {(f["subject"], f["target"]) for f in result.findings
            if f["rule"] == rule and f["status"] == "fail"}


def test_refusals_are_those_of_the_host_itself(tried):
    """A firewall's "port unreachable" is an error of the same name to connect(), and no refusal."""
    assert net(tried, "NET-01") == {("HV02", "TCP 6600"), ("HV08", "TCP 3343")}
    finding = tried.finding("NET-01", subject="HV02")
    assert "Enable-VMMigration" in finding["detail"]
    assert any("refused (reset)" in value for value in finding["evidence"].values())


def test_what_is_filtered(tried):
    """A machine of which nothing answers is one finding."""
    assert net(tried, "NET-02") == {("HV02", "TCP 445"), ("HV02", "TCP 5985"), ("HV02", "TCP 135"), ("HV03", None),
                                    ("HV04", None)}
    by_port = {f["target"]: " ".join(f["evidence"].values()) for f in tried.findings
               if f["rule"] == "NET-02" and f["subject"] == "HV02"}
    assert "filtered (no answer in time, 5 s)" in by_port["TCP 445"]
    assert "ICMP: port unreachable" in by_port["TCP 5985"]
    assert "ICMP: administratively prohibited" in by_port["TCP 135"]
    assert "unreachable (ICMP: host unreachable)" in " ".join(
        tried.finding("NET-02", subject="HV04")["evidence"].values())


def test_names(tried):
    assert net(tried, "NET-03") == {("HV05", None), ("HV06", address(6)), ("HV01", "HV07"), ("HV07", "HV01")}
    assert "old06.contoso.test" in tried.finding("NET-03", subject="HV06")["detail"]


def test_the_severities_fail_no_audit(tried):
    severities = {f["rule"]: f["severity"] for f in tried.report["findings"] if f["rule"] in NET_RULES - {"NET-01"}}
    assert set(severities.values()) == {"warning"}
    assert tried.finding("NET-01", subject="HV08")["severity"] == "info", "nodes talk over UDP"


def test_which_ports_are_tried_where(tried, network):
    """3343 of cluster nodes alone; every address of a name; nothing is sent over a connection."""
    assert tried
    seen = network.tried
    assert {port for ip, port in seen if ip == address(1)} == {"135", "445", "5985", "6600"}
    assert {port for ip, port in seen if ip == address(8)} == {"135", "445", "3343", "5985", "6600"}
    assert {port for ip, port in seen if ip == "10.77.1.9"} == {"135", "445", "5985", "6600"}
    assert all(len(each) == 2 for each in seen)


def test_without_the_option_nothing_is_sent(ports_lab, tmp_path, network):
    before = len(network.tried)
    result = json_audit(ports_lab, "--no-tickets")
    assert not NET_RULES & {f["rule"] for f in result.report["findings"]}
    assert len(network.tried) == before
    text = " ".join(audit(ports_lab, "--no-tickets").out.split())
    assert "ports (--ports)" in text


def test_the_text_says_what_was_tried_and_from_where(ports_lab, network):
    text = " ".join(audit(ports_lab, "--ports", "--no-tickets", "--timeout", "5").out.split())
    assert "names and TCP ports of 10 machines" in text
    assert "(--ports)" not in text
    assert "ports were tried from here only" in text
    assert "HV03" in text and "Nothing of the machine answers" in text


def test_a_waiver_for_one_port(ports_lab, tmp_path, network):
    conf = tmp_path / "kcdaudit.conf"
    conf.write_text(f"[directory]\ndomain={ports_lab.domain}\n\n"
                    "[waive smb]\nrule=NET-02\nsubject=HV02\ntarget=TCP 445\nreason=storage network only\n")
    result = json_audit(ports_lab, "-c", conf, "--ports", "--no-tickets", "--timeout", "5")
    waived = {(f["rule"], f["subject"], f["target"]) for f in result.findings if f["waived"]}
    assert waived == {("NET-02", "HV02", "TCP 445")}


def test_the_same_network_gives_the_same_findings(ports_lab, network, tried):
    again = json_audit(ports_lab, "--ports", "--no-tickets", "--timeout", "5")
    assert again.report["findings"] == tried.report["findings"]


def test_the_dc(ports_lab, network, tried):
    """All that the lab's DC serves is there; what a firewall on the way takes away is told of that DC."""
    assert not [f for f in tried.report["findings"] if f["rule"] in NET_RULES and f["subject"].startswith("DC1")]
    block = ["pref", "1", "ipproto", "tcp", "dport", "464", "prohibit"]
    ports_lab.check(["ip", "rule", "add", *block])
    ports_lab.check(["ip", "rule", "add", "pref", "2", "lookup", "local"])
    ports_lab.check(["ip", "rule", "del", "pref", "0"])
    try:
        result = json_audit(ports_lab, "--ports", "--no-tickets", "--timeout", "5")
    finally:
        ports_lab.check(["ip", "rule", "add", "pref", "0", "lookup", "local"])
        ports_lab.check(["ip", "rule", "del", "pref", "2"])
        ports_lab.check(["ip", "rule", "del", *block])
    assert {target for subject, target in net(result, "NET-02") if subject.upper().startswith("DC1")} == {"TCP 464"}


def test_a_dns_that_does_not_answer(ports_lab, tmp_path, network):
    """Ends in time, and as unknown, never as passed."""
    etc, conf = ports_lab.dir / "etc", tmp_path / "krb5.conf"
    conf.write_text(ports_lab.krb5_conf.read_text() +
                    f"[realms]\n{ports_lab.realm} = {{\n kdc = {ports_lab.ip}\n}}\n")
    before = {name: (etc / name).read_text() for name in ("hosts", "resolv.conf")}
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n{ports_lab.ip} {ports_lab.dc}\n")
    # Nobody is there: what is asked vanishes. (A resolver that hangs is in the unit tests.)
    (etc / "resolv.conf").write_text("nameserver 10.77.0.53\noptions timeout:1 attempts:1\n")
    try:
        with within(40):
            result = json_audit(ports_lab, "-H", f"ldap://{ports_lab.dc}", "--ports", "--no-tickets", "--timeout", "5",
                                env={"KRB5_CONFIG": str(conf)})
    finally:
        for name, text in before.items():
            (etc / name).write_text(text)
    assert result.unknown("subject", rule="NET-03") == {f"HV0{n}" for n in range(1, HOSTS + 1)}
    assert net(result, "NET-01") == net(result, "NET-02") == set()
    assert result.status == INCOMPLETE


def test_offline_there_is_no_network(ports_lab, tmp_path):
    export = tmp_path / "export.ldif"
    ports_lab.dump_ldif(export)
    refused(audit(ports_lab, "--ldif", export, "--ports"), USAGE, "--ldif", "--ports")
    assert audit(ports_lab, "--ldif", export, "--fail-on", "critical").status in (OK, INCOMPLETE)
