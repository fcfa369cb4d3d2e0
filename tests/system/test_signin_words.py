"""Whoever has no ticket, or a wrong one, reads in plain words what is wrong and what to run next."""

import json
import re

import pytest

from harness import (HAS_SANITIZERS, NO_AUDIT, OK, USAGE, Lab, assert_one_line, audit, json_audit, kcdaudit,
                     refused, write)
from lab import PASSWORD

# What krb5-user ships with.
ATHENA = "ATHENA.MIT.EDU"


def build(e):
    e.host("HV01", delegate_to=["HV02"], t2a4d=True)
    e.host("HV02", delegate_to=["HV01"], t2a4d=True)
    e.user("audit")
    e.user("off", uac=514)
    e.user("must-change", extra={"pwdLastSet": "0"})


@pytest.fixture(scope="module")
def lab():
    with Lab(build) as running:
        yield running


@pytest.fixture(scope="module")
def shipped(lab, tmp_path_factory):
    """A krb5.conf that nobody has changed."""
    text = lab.krb5_conf.read_text().split("[domain_realm]")[0]
    changed = re.sub(r"(default_realm\s*=\s*)\S+", rf"\g<1>{ATHENA}", text)
    assert changed != text
    return write(tmp_path_factory.mktemp("krb5") / "krb5.conf", changed)


def no_ticket(tmp_path, **more):
    return {"KRB5CCNAME": f"FILE:{tmp_path}/none", **{key: str(value) for key, value in more.items()}}


# The realm


@pytest.mark.parametrize("options", [[], ["-D", "contoso.test"], ["-H", "ldap://dc1.contoso.test"], ["--dc", "dc1.contoso.test"]])
def test_the_realm_to_give_to_kinit_is_the_directorys(lab, shipped, tmp_path, options):
    """By the search domain and DNS, where no domain is given."""
    result = kcdaudit(lab, "audit", *options, user=None, env=no_ticket(tmp_path, KRB5_CONFIG=shipped))
    refused(result, NO_AUDIT, "no Kerberos ticket", "run kinit USER@CONTOSO.TEST",
            f"the default of krb5.conf is {ATHENA}")


def test_a_default_realm_that_is_right_is_not_talked_about(lab, tmp_path):
    result = kcdaudit(lab, "audit", user=None, env=no_ticket(tmp_path))
    refused(result, NO_AUDIT, "run kinit USER@CONTOSO.TEST")
    assert "krb5.conf" not in result.err, result


def test_where_dns_knows_no_domain_nobodys_realm_is_named(lab, shipped, tmp_path):
    """Without a search domain nothing tells the realm."""
    alone = write(tmp_path / "resolv.conf", "nameserver 10.53.57.1\nsearch nowhere.test\n")
    result = kcdaudit(lab, "audit", user=None, env=no_ticket(tmp_path, KRB5_CONFIG=shipped),
                      prefix=["unshare", "-m", "sh", "-c", f"mount --bind {alone} /etc/resolv.conf && exec \"$@\"", "sh"])
    refused(result, NO_AUDIT, "kinit USER@REALM", "in capitals")
    assert ATHENA not in result.err, result


def test_a_netbios_name_is_no_domain(lab):
    refused(kcdaudit(lab, "ticket", "-D", "CONTOSO", "cifs/HV01"), USAGE, "NetBIOS", "-D contoso.test")
    refused(audit(lab, "-D", "CONTOSO"), USAGE, "NetBIOS", "-D contoso.test")


@pytest.mark.parametrize("domain", ["CONTOSO.TEST", "contoso.test.", " contoso.test ", "DC=contoso,DC=test"])
def test_a_domain_is_taken_as_people_write_it(lab, domain):
    assert audit(lab, "-D", domain, "-q", "--no-tickets").status == OK


@pytest.mark.parametrize("principal", ["audit", "CONTOSO\\audit", "audit@contoso.test"])
def test_a_principal_is_found_whatever_the_default_realm(lab, shipped, tmp_path, principal):
    keytab = lab.keytab("audit", tmp_path / "audit.keytab")
    assert json_audit(lab, "--keytab", keytab, "--principal", principal, user=None, env={"KRB5_CONFIG": str(shipped)},
                      expect=OK).report["run"]["principal"] == "CONTOSO\\audit"


# kinit's own errors, each produced by the lab's KDC and then explained


def kinit(lab, tmp_path, principal, password=PASSWORD, **env):
    done = lab.run(["kinit", principal], input=f"{password}\n", env=no_ticket(tmp_path, **env))
    assert done.returncode != 0, done
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("principal, password, text, words", [
    ("audit@contoso.test", PASSWORD, "did not match expectations", "kinit USER@CONTOSO.TEST"),
    ("audit@CONTOSO", PASSWORD, "Cannot find KDC", "kinit USER@CONTOSO.TEST"),
    ("nobody", PASSWORD, "not found in Kerberos database", "does not know the account"),
    ("audit", "wrong", "", "password given for the account is wrong"),
    ("off", PASSWORD, "revoked", "disabled, locked out or expired"),
])
def test_kinit_is_explained(lab, tmp_path, principal, password, text, words):
    error = kinit(lab, tmp_path, principal, password)
    assert text in error, error
    result = kcdaudit(lab, "diagnose", error)
    assert result.status == OK and words in " ".join(result.out.split()), result


def test_the_realm_that_krb5_user_ships_with_is_explained(lab, shipped, tmp_path):
    error = kinit(lab, tmp_path, "audit", KRB5_CONFIG=shipped)
    assert ATHENA in error
    result = kcdaudit(lab, "diagnose", error)
    assert result.status == OK and "kinit USER@CONTOSO.TEST" in result.out, result


def test_a_password_that_has_to_be_changed(lab, tmp_path):
    keytab = lab.keytab("must-change", tmp_path / "m.keytab")
    refused(audit(lab, "--keytab", keytab, "--principal", "must-change", user=None), NO_AUDIT, "must-change@CONTOSO.TEST",
            "has expired", "keytab")


def test_a_bind_by_its_address_says_how_to_name_the_dc(lab):
    refused(audit(lab, "-H", f"ldap://{lab.ip}"), NO_AUDIT, f"no ldap/{lab.ip}", "-H ldap://dc1.contoso.com",
            "-D contoso.com")


def test_an_untrusted_certificate_says_which_ca_to_give(lab):
    refused(audit(lab, "-H", f"ldaps://{lab.dc}"), NO_AUDIT, "certificate", "--ca-file FILE", "certutil -ca.cert")


def test_ldapsearch_without_sealing_is_explained(lab):
    done = lab.run(["ldapsearch", "-x", "-H", f"ldap://{lab.dc}", "-D", "audit@contoso.test", "-w", PASSWORD, "-b",
                    lab.base_dn], user=None)
    assert "Strong(er) authentication required" in done.stderr, done
    result = kcdaudit(lab, "diagnose", "-", input=done.stderr)
    assert "signing or TLS" in " ".join(result.out.split()) and result.status == OK, result


def test_the_explanation_is_in_the_json(lab):
    result = kcdaudit(lab, "diagnose", "kinit: Ticket expired while getting credentials", "--json")
    assert "kinit USER@CONTOSO.TEST" in json.loads(result.out)["signin"], result


# The explanation of an error comes before what is missing for the two hosts.


def test_an_error_is_explained_without_a_ticket(lab, tmp_path):
    result = kcdaudit(lab, "diagnose", "0x8009030E", "--from", "HV01", "--to", "HV02", user=None, env=no_ticket(tmp_path))
    assert result.status == NO_AUDIT and "SEC_E_NO_CREDENTIALS" in result.out, result
    assert_one_line(result, "no Kerberos ticket", "kinit USER@CONTOSO.TEST")


# The clock


no_faketime = pytest.mark.skipif(HAS_SANITIZERS, reason="faketime and sanitizers do not go together")


@no_faketime
@pytest.mark.parametrize("offset, says", [("+600s", "10 minutes ahead of that of dc1"), ("-600s", "10 minutes behind that of dc1")])
def test_a_wrong_clock_is_measured_and_set(lab, tmp_path, offset, says):
    ccache = {"KRB5CCNAME": lab.kinit("audit", ccache=f"FILE:{tmp_path}/cc")}
    result = audit(lab, user=None, env=ccache, prefix=["faketime", "-f", offset])
    refused(result, NO_AUDIT, says, "chronyc makestep", "timedatectl", "hwclock")


@no_faketime
def test_an_expired_ticket_says_what_time_it_is_here(lab, tmp_path):
    ccache = {"KRB5CCNAME": lab.kinit("audit", ccache=f"FILE:{tmp_path}/cc")}
    refused(audit(lab, user=None, env=ccache, prefix=["faketime", "-f", "+2d"]), NO_AUDIT, "expired at", "(it is ",
            "run kinit audit@CONTOSO.TEST")
