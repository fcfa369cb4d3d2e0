"""What a text says besides its code decides which cause comes first: a row of each kind, and of what takes it back."""

import pytest
from test_table import ask, causes, entries

LOGON = "An account failed to log on.\nLogon Type:\t\t\t8\nAccount Name:\t\tanna.meier\nFailure Reason:\t\t{}\nStatus:\t\t\t{}\nSub Status:\t\t{}\n"
TICKET = ("A Kerberos service ticket was requested.\nAccount Name:\t\tsvc-web@CONTOSO.COM\nService Name:\t\tsvc-web\n"
          "Ticket Options:\t\t0x40810000\nFailure Code:\t\t{}\n")


def first(text):
    return causes(ask("-", data=text.encode()))[0]


def check(text, cause):
    value = ask("-", data=text.encode())
    assert causes(value)[0] == cause, (text, entries(value), causes(value)[:4])


# The account that asks has no SPN: S4U2Self asks for a ticket to itself, whatever the target's SPNs are.
@pytest.mark.parametrize("text, cause", [
    ("[*] Sending S4U2self request\n[X] KRB-ERROR (7) : KDC_ERR_S_PRINCIPAL_UNKNOWN\n[X] S4U2Self failed", "source-no-spn"),
    ("[*] Requesting S4U2self\n[-] Kerberos SessionError: KDC_ERR_S_PRINCIPAL_UNKNOWN(Server not found in Kerberos database)",
     "source-no-spn"),
    ("[*] Sending S4U2self request\n[+] S4U2self success!\n[*] Building S4U2proxy request\n[X] KRB-ERROR (7)",
     "spn-migration"),
    (TICKET.format("0x1B"), "source-no-spn"), ("KDC_ERR_MUST_USE_USER2USER", "source-no-spn"),
    (TICKET.format("0x7"), "spn-migration"),
])
def test_of_whose_spn_a_text_speaks(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("KDC_ERR_BADOPTION although we set RBCD on the file server", "rbcd-refused"),
    ("Set-ADComputer HV02 -PrincipalsAllowedToDelegateToAccount (Get-ADComputer HV01), then 0x8009030E", "rbcd-refused"),
    ("0x8009030E with resource-based constrained delegation; it works from the source host", "rbcd-refused"),
    ("KDC_ERR_BADOPTION. We do not use RBCD", "list-migration"),
    ("0x8009030E. Should we take RBCD instead? Get-ADComputer HV02 -Properties PrincipalsAllowedToDelegateToAccount",
     "rbcd-refused"),
    ("0x8009030E. Set-ADComputer HV02 -PrincipalsAllowedToDelegateToAccount $null", "list-migration"),
    ("0x8009030E with RBCD, the operator's account is sensitive and cannot be delegated", "operator-sensitive"),
    ("KDC_ERR_BADOPTION with RBCD, the hosts are in different domains", "cross-domain"),
])
def test_delegation_is_said_to_be_resource_based(text, cause):
    check(text, cause)


@pytest.mark.parametrize("text, cause", [
    ("KDC_ERR_POLICY (12) for http/app.fabrikam.com. A forest trust joins contoso.com and fabrikam.com", "cross-domain"),
    ("KDC_ERR_BADOPTION, the web server is in another forest", "cross-domain"),
    ("KDC_ERR_POLICY, one-way trust, selective authentication is set", "silo"),
    ("KDC_ERR_POLICY over a forest trust. The hosts are in an authentication policy silo", "silo"),
    ("KDC_ERR_POLICY", "silo"),
])
def test_two_forests_are_named(text, cause):
    check(text, cause)


def test_a_migration_that_failed_at_the_destination_is_not_said_to_have_failed_at_the_source():
    value = ask("--", "Virtual machine migration operation for 'VM1' failed at migration destination 'HV02'.")
    assert entries(value) == ["failed-at-destination"] and causes(value)[0] == "read-the-message"
    assert "destination" in value["entries"][0]["meaning"] and "source" not in value["entries"][0]["meaning"]
    assert entries(ask("--", "migration operation for 'VM1' failed at migration source 'HV01'.")) == ["event-21024"]


@pytest.mark.parametrize("text, cause", [
    (LOGON.format("Unknown user name or bad password.", "0xC000006D", "0xC0000064"), "no-such-account"),
    (LOGON.format("Unknown user name or bad password.", "0xC000006D", "0xC000006A"), "account-locked"),
    ("KRB-ERROR (6) : KDC_ERR_C_PRINCIPAL_UNKNOWN", "no-such-account"),
    ("kinit: Client 'anna@CONTOSO.COM' not found in Kerberos database while getting initial credentials", "no-such-account"),
    ("KDC_ERR_C_PRINCIPAL_UNKNOWN. Event ID: 25", "operator-groups"),
])
def test_a_name_that_no_account_has(text, cause):
    check(text, cause)
