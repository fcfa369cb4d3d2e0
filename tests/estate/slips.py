"""What can be wrong between HV01, which migrates, and HV02, to which it does."""

from estate import (DISABLED, DOMAIN, HYPERV, MIGRATION, NOT_DELEGATED, T2A4D, UNCONSTRAINED, WINDOWS, Estate, ace, both,
                    descriptor, towards)

LIST, SPNS, UAC = "msDS-AllowedToDelegateTo", "servicePrincipalName", "userAccountControl"
RBCD, ETYPES = "msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-SupportedEncryptionTypes"

SLIPS = {}
RIGHT = set()  # wrong, but not what keeps this pair from migrating


def slip(function):
    SLIPS[function.__name__] = function
    return function


def no_blocker(function):
    RIGHT.add(function.__name__)
    return slip(function)


def pair(*names):
    estate = Estate()
    for name, peers in (("HV01", ("HV02", "HV03")), ("HV02", ("HV01", "HV03")), ("HV03", ("HV01", "HV02"))):
        estate.host(name, peers)
    for name in names:
        SLIPS[name](estate)
    return estate


def without(values, service):
    return [value for value in values if not value.lower().startswith(service.lower() + "/")]


# What a generated estate has (faults.py)


@slip
def kerberos_only(e):
    e["HV01"][UAC] &= ~T2A4D


@slip
def no_migration_spn(e):
    e["HV02"][SPNS] = without(e["HV02"][SPNS], MIGRATION)


@slip
def short_names(e):
    e["HV01"][LIST] = [value for value in e["HV01"][LIST] if not value.endswith(".test")]


@no_blocker
def ghost(e):
    e["HV01"][LIST] = e["HV01"][LIST] + towards("HV09")


@slip
def source_disabled(e):
    e["HV01"][UAC] |= DISABLED


@slip
def target_disabled(e):
    e["HV02"][UAC] |= DISABLED


@slip
def unconstrained(e):
    e["HV01"][UAC] = (e["HV01"][UAC] & ~T2A4D) | UNCONSTRAINED
    e["HV01"][LIST] = []


@slip
def empty_list(e):
    e["HV01"][LIST] = []


@slip
def rc4_source(e):
    e["HV01"][ETYPES] = 4


@no_blocker
def rc4_target(e):
    e["HV02"][ETYPES] = 4


@slip
def duplicate(e):
    e.user("svc-old", servicePrincipalName=both(MIGRATION, "HV02"))


# And what else there is


@slip
def des_source(e):
    e["HV01"][ETYPES] = 3


@slip
def cifs_only(e):
    e["HV01"][LIST] = without(e["HV01"][LIST], MIGRATION)


@slip
def duplicate_host(e):
    e.user("svc-dup", servicePrincipalName=both("HOST", "HV02"))


@slip
def no_host_spn(e):
    e["HV02"][SPNS] = without(e["HV02"][SPNS], "HOST")


@slip
def wrong_account(e):
    e["HV02"][SPNS] = without(e["HV02"][SPNS], MIGRATION)
    e.user("svc-wrong", servicePrincipalName=both(MIGRATION, "HV02"))


@slip
def shadow(e):
    e.user("svc-files", servicePrincipalName=["cifs/HV02"])


@slip
def shadow_of_computer(e):
    own = [value for service in WINDOWS + HYPERV for value in both(service, "HV08")]
    e.host("HV08", spns=own + ["cifs/hv02.contoso.test"])


@slip
def sensitive(e):
    e["HV01"][UAC] |= NOT_DELEGATED


@slip
def protected(e):
    e["HV01"].setdefault("memberOf", []).append("CN=Protected Users,CN=Users," + DOMAIN)


@slip
def krbtgt_sensitive(e):
    e["krbtgt"][UAC] |= NOT_DELEGATED


@slip
def rbcd_denied(e):
    e["HV01"][LIST] = []
    e["HV02"][RBCD] = descriptor(ace(e.sid("HV01"), deny=True), ace(e.sid("HV01")))


@slip
def rbcd_mixed(e):
    e["HV01"][LIST] = towards("HV03")
    e["HV01"][UAC] &= ~T2A4D
    e["HV02"][RBCD] = descriptor(ace(e.sid("HV01")))


@slip
def rbcd_damaged(e):
    e["HV01"][LIST] = []
    e["HV02"][RBCD] = descriptor(ace(e.sid("HV01")))[:30]


@no_blocker
def winrm(e):
    e.user("svc-web", servicePrincipalName=["HTTP/hv02.contoso.test"])


@no_blocker
def way_back(e):
    e["HV02"][LIST] = []
    e["HV02"][UAC] &= ~T2A4D


# What no command mends: the host has to do it


def no_name(e):
    del e["HV02"]["dNSHostName"]


def bare_name(e):
    e["HV02"]["dNSHostName"] = "hv02"


def wrong_name(e):
    e["HV02"]["dNSHostName"] = "hv20.contoso.test"
