"""The fixtures: for every rule one directory in which it fires and one, a near miss, in which
it stays quiet.  The first line of each docstring says what is wrong, or why it is not."""
from estate import (DISABLED, DOMAIN, DOMAIN_CONTROLLER, HOST, HYPERV, MIGRATION, NOT_DELEGATED,
                    T2A4D, UNCONSTRAINED, WINDOWS, Estate, ace, both, descriptor, towards)

CASES = {}
CONFIG = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def configured(text):
    def mark(function):
        CONFIG[function.__name__.replace("_", "-")] = text
        return function
    return mark


def without(spns, service):
    return [s for s in spns if not s.startswith(service + "/")]


@case
def ready(e):
    """Two hosts that may migrate to each other: nothing to say."""
    e.pair()


@case
def spn_01_fires(e):
    """HV02 lost its Migration Service SPNs; the lists still name them."""
    e.pair()
    e["HV02"]["servicePrincipalName"] = without(e["HV02"]["servicePrincipalName"], MIGRATION)


@case
def spn_01_quiet(e):
    """The SPN is spelled in another case: AD does not mind."""
    e.pair()
    e["HV02"]["servicePrincipalName"] = [s.upper() for s in e["HV02"]["servicePrincipalName"]]


@case
def spn_02_fires(e):
    """HV02 has neither HOST nor cifs SPNs."""
    e.pair()
    e["HV02"]["servicePrincipalName"] = without(e["HV02"]["servicePrincipalName"], "HOST")


@case
def spn_02_quiet(e):
    """No HOST SPNs, but explicit cifs ones."""
    e.pair()
    kept = without(e["HV02"]["servicePrincipalName"], "HOST")
    e["HV02"]["servicePrincipalName"] = kept + both("cifs", "HV02")


@case
def spn_03_fires(e):
    """An old service account holds HV02's Migration Service SPN as well."""
    e.pair()
    e.user("svc-old", servicePrincipalName=[MIGRATION + "/hv02.contoso.test"])


@case
def spn_03_quiet(e):
    """The same SPN twice on one account, in two spellings, is no duplicate."""
    e.pair()
    e["HV02"]["servicePrincipalName"].append(MIGRATION + "/HV02.CONTOSO.TEST")


@case
def spn_04_fires(e):
    """HV02's Migration Service SPN stands on another account only."""
    e.pair()
    spns = e["HV02"]["servicePrincipalName"]
    spns.remove(MIGRATION + "/hv02.contoso.test")
    e.user("svc-old", servicePrincipalName=[MIGRATION + "/hv02.contoso.test"])


@case
def spn_04_quiet(e):
    """Another account holds an SPN of another host's name."""
    e.pair()
    e.user("svc-old", servicePrincipalName=[MIGRATION + "/hv09.contoso.test"])


@case
def spn_05_fires(e):
    """An explicit cifs/HV02 on a user account takes over from HV02's HOST alias."""
    e.pair()
    e.user("svc-files", servicePrincipalName=["cifs/HV02"])


@case
def spn_05_quiet(e):
    """The explicit cifs/HV02 is HV02's own."""
    e.pair()
    e["HV02"]["servicePrincipalName"].append("cifs/HV02")


@case
def spn_07_fires(e):
    """HV01 has no dNSHostName; HV02's is another host's."""
    e.pair()
    del e["HV01"]["dNSHostName"]
    e["HV02"]["dNSHostName"] = "hv20.contoso.test"


@case
def spn_07_quiet(e):
    """A disjoint DNS suffix, in capitals: the first label still is the name."""
    e.pair()
    spns = e["HV02"]["servicePrincipalName"]
    e["HV02"]["dNSHostName"] = "HV02.lab.example"
    e["HV02"]["servicePrincipalName"] = spns + [s + "/HV02.lab.example" for s in WINDOWS + HYPERV]
    e["HV01"]["msDS-AllowedToDelegateTo"] += ["cifs/HV02.lab.example",
                                              MIGRATION + "/HV02.lab.example"]


@case
def del_01_fires(e):
    """HV01 may use HV02's Migration Service, but not cifs; HV02 lacks one name form."""
    e.pair()
    e["HV01"]["msDS-AllowedToDelegateTo"] = both(MIGRATION, "HV02")
    e["HV02"]["msDS-AllowedToDelegateTo"].remove("cifs/HV01")


@case
def del_01_quiet(e):
    """No cifs in HV01's list, but HV02 grants it by RBCD (which covers every service)."""
    e.pair()
    e["HV01"]["msDS-AllowedToDelegateTo"] = both(MIGRATION, "HV02")
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV01")))


@case
def del_02_fires(e):
    """HV01's list has cifs alone; host/HV02 is no substitute."""
    e.pair()
    e["HV01"]["msDS-AllowedToDelegateTo"] = both("cifs", "HV02") + both("host", "HV02")


@case
def del_02_quiet(e):
    """The list is spelled in another case."""
    e.pair()
    e["HV01"]["msDS-AllowedToDelegateTo"] = [v.upper() for v in towards("HV02")]


@case
def del_03_fires(e):
    """HV01 is trusted with "Use Kerberos only"."""
    e.pair()
    e["HV01"]["userAccountControl"] = HOST


@configured("[group old]\nhosts=HV0*\nprotocol_transition=optional\nmode=rbcd\n")
@case
def del_03_quiet(e):
    """No protocol transition, but no list either: RBCD alone needs none."""
    for name, other in (("HV01", "HV02"), ("HV02", "HV01")):
        e.host(name, uac=HOST)
    for name, other in (("HV01", "HV02"), ("HV02", "HV01")):
        e[name]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid(other)))


@case
def del_04_fires(e):
    """HV01 has unconstrained delegation besides its list."""
    e.pair()
    e["HV01"]["userAccountControl"] |= UNCONSTRAINED


@configured("[group hosts]\nhosts=HV01;DC01\n")
@case
def del_04_quiet(e):
    """Unconstrained delegation on a domain controller is how it must be."""
    e.host("HV01", ("DC01",))
    e.host("DC01", ("HV01",), uac=DOMAIN_CONTROLLER | UNCONSTRAINED | T2A4D)


@case
def del_05_fires(e):
    """HV01 still lists HV09, which is gone."""
    e.pair()
    e["HV01"]["msDS-AllowedToDelegateTo"] += towards("HV09")


@case
def del_05_quiet(e):
    """Entries for a file server through its HOST alias, and with a port."""
    e.pair()
    e.host("FS01", uac=HOST, spns=both("HOST", "FS01") + ["MSSQLSvc/fs01.contoso.test:1433"])
    e["HV01"]["msDS-AllowedToDelegateTo"] += both("cifs", "FS01")
    e["HV01"]["msDS-AllowedToDelegateTo"].append("MSSQLSvc/FS01.contoso.test:1433")


@case
def del_09_fires(e):
    """HV01 may migrate to HV02, but not back."""
    e.pair()
    e["HV02"]["msDS-AllowedToDelegateTo"] = []


@case
def del_09_quiet(e):
    """Neither way works: that is no one-way street."""
    e.pair()
    e["HV01"]["msDS-AllowedToDelegateTo"] = both("cifs", "HV02")
    e["HV02"]["msDS-AllowedToDelegateTo"] = both("cifs", "HV01")


@configured("[group prod]\nhosts=HV01;HV02\nstorage=SOFS01\n")
@case
def del_12_fires(e):
    """The virtual machines' files lie on SOFS01, which HV02 may not reach for the operator."""
    e.pair()
    e.host("SOFS01", uac=HOST, spns=both("HOST", "SOFS01"))
    e["HV01"]["msDS-AllowedToDelegateTo"] += both("cifs", "SOFS01")


@configured("[group prod]\nhosts=HV01;HV02\nstorage=SOFS01\n")
@case
def del_12_quiet(e):
    """SOFS01 grants one host by RBCD and stands in the other's list."""
    e.pair()
    e.host("SOFS01", uac=HOST, spns=both("HOST", "SOFS01"))
    e["HV01"]["msDS-AllowedToDelegateTo"] += both("cifs", "SOFS01")
    e["SOFS01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV02")))


@case
def del_13_fires(e):
    """HV03 is a Hyper-V host without any partner."""
    e.pair()
    e.host("HV03")


@configured("[group prod]\nhosts=HV01;HV02\n[group edge]\nhosts=HV03\n")
@case
def del_13_quiet(e):
    """HV03 is declared as a group of its own: nobody expects partners."""
    e.pair()
    e.host("HV03")


@case
def rbc_02_fires(e):
    """HV02 lets Authenticated Users act on it."""
    e.pair()
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace("S-1-5-11"))


@case
def rbc_02_quiet(e):
    """Everyone is denied first, and Domain Computers have a mask without control access."""
    e.pair()
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
        ace("S-1-1-0", deny=True), ace("S-1-1-0"),
        ace("S-1-5-21-1000-2000-3000-515", mask=0x20094))


@case
def rbc_04_fires(e):
    """HV02's descriptor is cut off in the middle of an ACE."""
    e.pair()
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV01")))[:-6]


@case
def rbc_04_quiet(e):
    """An empty DACL is a valid descriptor that grants nobody anything."""
    e.pair()
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor()


@configured("[group prod]\nhosts=HV01;HV02\nmode=either\n")
@case
def rbc_05_fires(e):
    """RBCD both ways, but HV01 also has a Kerberos-only list for a file server."""
    e.host("HV01", both("cifs", "FS01"), uac=HOST)
    e.host("HV02", uac=HOST)
    e.host("FS01", uac=HOST, spns=both("HOST", "FS01"))
    e["HV01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV02")))
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV01")))


@configured("[group prod]\nhosts=HV01;HV02\nmode=either\n")
@case
def rbc_05_quiet(e):
    """The same with protocol transition on."""
    rbc_05_fires(e)
    e["HV01"]["userAccountControl"] |= T2A4D


@configured("[group prod]\nhosts=HV0*\nmode=rbcd\n")
@case
def rbcd_nested_group(e):
    """RBCD by a group in a group, which the sources' memberships lead to."""
    e.host("HV01", uac=HOST)
    e.host("HV02", uac=HOST)
    e.group("Hyper-V hosts", ["HV01", "HV02"])
    e.group("May migrate", ["Hyper-V hosts"])
    granted = descriptor(ace(e.sid("May migrate")))
    e["HV01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = granted
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = granted


@configured("[group prod]\nhosts=HV0*\nmode=rbcd\n")
@case
def rbcd_group_not_exported(e):
    """RBCD by a group that the export left out: unknown, never ready."""
    e.host("HV01", uac=HOST)
    e.host("HV02", uac=HOST)
    granted = descriptor(ace("S-1-5-21-1000-2000-3000-7777"))
    e["HV01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = granted
    e["HV01"]["memberOf"] = ["CN=Elsewhere,CN=Users," + DOMAIN]
    e["HV02"]["memberOf"] = ["CN=Elsewhere,CN=Users," + DOMAIN]


@configured("[group prod]\nhosts=HV0*\n")
@case
def acc_01_fires(e):
    """HV02 is disabled."""
    e.pair()
    e["HV02"]["userAccountControl"] |= DISABLED


@case
def acc_01_quiet(e):
    """A disabled host that nobody declared is not discovered."""
    e.pair()
    e.host("HV03", uac=HOST | DISABLED)


@case
def acc_02_fires(e):
    """HV01 itself is marked sensitive."""
    e.pair()
    e["HV01"]["userAccountControl"] |= NOT_DELEGATED


@configured("[group prod]\nhosts=HV01;HV02\nstorage=SOFS01\n")
@case
def acc_02_quiet(e):
    """The file server is marked sensitive: it acts for nobody."""
    del_12_quiet(e)
    e["HV02"]["msDS-AllowedToDelegateTo"] += both("cifs", "SOFS01")
    e["SOFS01"]["userAccountControl"] |= NOT_DELEGATED


@case
def acc_03_fires(e):
    """HV01 is in Protected Users through a group."""
    e.pair()
    e.group("Tier 1 servers", ["HV01"], memberOf=["CN=Protected Users,CN=Users," + DOMAIN])


@case
def acc_03_quiet(e):
    """HV01 is in a group whose name only looks like it."""
    e.pair()
    e.group("Protected Users (servers)", ["HV01"])


@case
def acc_09_fires(e):
    """krbtgt was marked sensitive by a hardening script."""
    e.pair()
    e["krbtgt"]["userAccountControl"] |= NOT_DELEGATED


@case
def acc_09_quiet(e):
    """Administrator is marked sensitive, as is good: krbtgt is not."""
    e.pair()
    e.user("Administrator")["userAccountControl"] |= NOT_DELEGATED


@case
def no_aliases(e):
    """The export left out the configuration partition: cifs cannot be judged."""
    e.pair()
    del e.entries[[d for d in e.entries if d.startswith("CN=Directory Service")][0]]


@case
def kerberos_only_list(e):
    """Peers miss constrained delegation without protocol transition; this must not."""
    e.pair()
    for name in ("HV01", "HV02"):
        e[name]["userAccountControl"] = HOST


@case
def hostile_names(e):
    """Names that would run as commands, escape from a report or turn it around."""
    evil = "$(calc)'; rm -rf & %PATH% <script>\u202e=cmd|'/c calc'!A1"
    e.pair()
    e["HV01"]["msDS-AllowedToDelegateTo"] += ["cifs/" + evil, "cifs/\x1b[2Jhv99"]
    e["HV02"]["operatingSystem"] = "\x1b]0;owned\x07Windows"


@case
def demo(e):
    """Six hosts with the classic slips: what `make demo` shows where no lab can be had."""
    everybody = ["HV0%d" % i for i in range(3, 7)]
    e.host("HV01", ("HV02",))
    e.host("HV02", ("HV01",))
    for name in everybody:
        e.host(name, tuple(n for n in everybody if n != name))
    e["HV03"]["servicePrincipalName"] = without(e["HV03"]["servicePrincipalName"], MIGRATION)
    e["HV04"]["msDS-AllowedToDelegateTo"] = towards("HV03", "HV05")
    e["HV05"]["userAccountControl"] = HOST
    e["HV06"]["msDS-AllowedToDelegateTo"] += towards("HV99")
    e.user("svc-hyperv-old", servicePrincipalName=[MIGRATION + "/hv06.contoso.test"])
