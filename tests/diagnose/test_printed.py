"""`diagnose -` with what the commands print that its own causes recommend: each is read, or said to show nothing."""

import re

import pytest
from test_paste import ask, of, run
from test_table import TABLES

STRIPCHART = """C:\\>w32tm /stripchart /computer:dc1 /samples:2 /dataonly
Tracking dc1 [192.0.2.1:123].
Collecting 2 samples.
The current time is 11/30/2026 8:12:01 AM.
08:12:01, {0}s
08:12:03, {0}s
"""
NET = """PS C:\\> Test-NetConnection hv02 -Port 5985
WARNING: TCP connect to (192.0.2.12 : 5985) failed
WARNING: Ping to 192.0.2.12 failed with status: TimedOut

ComputerName           : hv02
RemoteAddress          : 192.0.2.12
RemotePort             : 5985
TcpTestSucceeded       : False
"""
GUARD = "PS C:\\> (Get-CimInstance Win32_DeviceGuard -Namespace root\\Microsoft\\Windows\\DeviceGuard).SecurityServicesRunning\n"
PROXY = "PS C:\\> netsh winhttp show proxy\n\nCurrent WinHTTP proxy settings:\n\n    "
CHANNEL = 'VERBOSE: Performing the operation "Test-ComputerSecureChannel" on target "HV02".\n'
QUERY = "C:\\>setspn -Q {}\nChecking domain DC=contoso,DC=com\n"


@pytest.mark.parametrize("text, cause, status, says", [
    (STRIPCHART.format("+412.3351221"), "clock", "confirmed", "differ by 412 seconds"),
    (STRIPCHART.format("-00.0003912"), None, None, None),
    ("PS> Test-ComputerSecureChannel\nFalse\n", "host-is-stale", "confirmed", "this computer and the domain is broken"),
    ("[HV02]: PS C:\\> Test-ComputerSecureChannel -Verbose\n" + CHANNEL + "False\n", "host-is-stale", "confirmed", "HV02"),
    ("PS> Test-ComputerSecureChannel\nTrue\n", None, None, None),
    (GUARD + "1\n2\n", "credential-guard", "confirmed", "1 in SecurityServicesRunning"),
    (GUARD + "2\n", None, None, None),
    (PROXY + "Proxy Server(s) :  proxy.contoso.com:8080\n    Bypass List     :  <local>\n", "winrm-proxy", "not-visible",
     "proxy.contoso.com:8080 is the proxy"),
    (PROXY + "Direct access (no proxy server).\n", None, None, None),
    ("[HV01]: PS C:\\> klist\n\nCurrent LogonId is 0:0x9d1e3c\n\nCached Tickets: (0)\n", "winrm-second-hop", "not-visible", "HV01"),
    ("C:\\>klist\n\nCurrent LogonId is 0:0x9d1e3c\n\nCached Tickets: (0)\n", None, None, None),
    (NET, "winrm", "confirmed", "TCP 5985 on hv02 does not answer"),
    (QUERY.format("MSSQLSvc/sql01.contoso.com:1433") + "\nNo such SPN found.\n", "spn-migration", "confirmed", "on no account"),
    (QUERY.format("HTTP/web01.contoso.com") + "\nNo such SPN found.\n", None, None, None),
    (QUERY.format("HTTP/HV02.contoso.com") + "CN=svc-web,OU=Svc,DC=contoso,DC=com\n\tHTTP/HV02.contoso.com\n\nExisting SPN found!\n",
     "winrm-spn", "not-visible", "CN=svc-web"),
    ("PS C:\\> whoami\nhv01\\administrator\n", None, None, None),
    ("PS C:\\> Get-VMMigrationNetwork -ComputerName HV02\n\nSubnet       : 192.0.2.0/24\nPriority     : 0\n", None, None, None),
    ("PS C:\\> Get-VMMigrationNetwork\nPS C:\\>\n", None, None, None),
])
def test_what_a_recommended_command_prints_is_read(text, cause, status, says):
    value = ask(text)
    told = [each for each in value["causes"] if each["status"] != "ruled-out"]
    assert [each["id"] for each in told[:1]] == ([cause] if cause else []), value["causes"]
    assert not cause or (told[0]["status"] == status and says in told[0]["said"]), told[0]
    assert run(text).returncode == (1 if status == "confirmed" else 0)


def recommended():
    lines = [line for table in sorted(TABLES.glob("*.table")) for line in table.read_text().splitlines()]
    return sorted({line.split(None, 1)[1] for line in lines if re.match(r"(service_)?see: ", line)})


@pytest.mark.parametrize("command", recommended())
def test_no_recommended_command_is_unknown(command):
    """Whatever it prints, as long as that is no error."""
    assert run(f"PS C:\\> {command}\nSomething : of no interest\n").returncode != 2


def test_an_error_of_such_a_command_is_still_unknown():
    assert run("PS C:\\> Get-Counter\nGet-Counter : the flux failed\n    + CategoryInfo : NotSpecified\n").returncode == 2


def test_what_was_measured_rules_out():
    value = ask("Clock skew too great\n" + STRIPCHART.format("-00.0003912"))
    assert of(value, "clock")["status"] == "ruled-out"
