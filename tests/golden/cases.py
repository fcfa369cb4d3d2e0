"""The fixtures: for every rule one directory in which it fires and one, a near miss, in which
it stays quiet.  The first line of each docstring says what is wrong, or why it is not."""
import struct
import uuid

from estate import (CONFIG as CONFIGURATION, DES_ONLY, DISABLED, DOMAIN, DOMAIN_CONTROLLER, HOST, HYPERV, MIGRATION, NOT_DELEGATED,
                    RODC, SECURITY_GROUP, SID, T2A4D, UNCONSTRAINED, WINDOWS, Estate, ace, both, descriptor, filetime,
                    generalized, sid_bytes, towards)

import hostfacts
import policy
from policy import NETWORK, NOT_NETWORK, SERVICE, SYMLINK, TEMPLATE

CASES = {}
CONFIG = {}
COMMANDS = {}


def case(function):
    CASES[function.__name__.replace("_", "-")] = function
    return function


def configured(text):
    def mark(function):
        CONFIG[function.__name__.replace("_", "-")] = text
        return function
    return mark


def commanded(*lines):
    """What else is run on the case, besides the audit."""
    def mark(function):
        COMMANDS[function.__name__.replace("_", "-")] = lines
        return function
    return mark


def without(spns, service):
    return [s for s in spns if not s.startswith(service + "/")]


@case
def ready(e):
    """Two hosts that may migrate to each other: nothing to say."""
    e.pair()


@case
def attributes_by_oid(e):
    """Exported by number: the lists and SPNs stand under their OIDs."""
    e.pair()
    oids = {"msDS-AllowedToDelegateTo": "1.2.840.113556.1.4.1787", "servicePrincipalName": "1.2.840.113556.1.4.771",
            "userAccountControl": "1.2.840.113556.1.4.8", "objectClass": "2.5.4.0"}
    for name in ("HV01", "HV02"):
        for attribute, oid in oids.items():
            e[name][oid] = e[name].pop(attribute)


@commanded("check HV01 HV02", "check HV01 cifs/HV02", "check old HV02")
@case
def bare_name_of_another(e):
    """The dNSHostName of an old computer is HV01's bare name."""
    e.pair()
    e.host("old", spns=[])["dNSHostName"] = "hv01"


@case
def spn_01_fires(e):
    """HV02 lost its Migration Service SPNs; the lists still name them."""
    e.pair()
    e["HV02"]["servicePrincipalName"] = without(e["HV02"]["servicePrincipalName"], MIGRATION)


@case
def host_by_a_list_alone(e):
    """HV02 has no Hyper-V SPN at all, and no connection point: HV01's list shows that it is a host."""
    e.pair()
    e["HV02"]["servicePrincipalName"] = [s for s in e["HV02"]["servicePrincipalName"] if not s.startswith("Microsoft Virtual")
                                         and not s.startswith("Hyper-V")]


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


def web_service(e, **more):
    """svc-web, which may act for users towards HV02's files."""
    user = e.user("svc-web", servicePrincipalName=["HTTP/portal.contoso.test"], **more)
    user["userAccountControl"] |= T2A4D
    user["msDS-SupportedEncryptionTypes"] = 28
    user["msDS-AllowedToDelegateTo"] = ["cifs/hv02.contoso.test"]


@configured("[operators]\nusers=alice\n")
@case
def spn_11_fires(e):
    """svc-web's name is on another account as well, HV01's is a user's, and alice's has a look-alike."""
    e.pair()
    web_service(e, userPrincipalName="svc-web@contoso.test")
    e.user("svc-web-old", userPrincipalName="SVC-WEB@contoso.test")
    e.user("mallory", userPrincipalName="hv01$@contoso.test")
    e.user("alice", userPrincipalName="alice.a@contoso.example")
    e.user("eve", userPrincipalName="ali\u200bce.a@contoso.example")


@configured("[operators]\nusers=alice\n")
@case
def spn_11_quiet(e):
    """The names that accounts have by themselves; the same user in another suffix; two that do not delegate."""
    e.pair()
    web_service(e, userPrincipalName="svc-web@contoso.test")
    e.user("alice", userPrincipalName="alice@contoso.example")
    e.user("bob", userPrincipalName="alice@contoso.test.example")
    e.user("carol", userPrincipalName="dave@contoso.example")
    e.user("dave", userPrincipalName="dave@contoso.example")


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
def spn_07_long_names(e):
    """Of a name of more than 15 characters the account has the first 15, which is how it must be."""
    names = ("PRODHYPERVHOST1", "prodhypervhost10.contoso.test"), ("PRODHYPERVHOST2", "prodhypervhost20.contoso.test")
    for (name, dns), other in zip(names, reversed(names)):
        e.host(name, [f"{s}/{n}" for s in ("cifs", MIGRATION) for n in other], dNSHostName=dns,
               spns=[f"{s}/{n}" for s in WINDOWS + HYPERV for n in (name, dns)])


@case
def spn_07_other_letters(e):
    """The same of names with letters that are no ASCII, which DNS has as small ones; 15 characters are 16 bytes."""
    names = ("HVÖ1", "hvö1.contoso.test"), ("PRÜFHYPERVHOST2", "prüfhypervhost20.contoso.test")
    for (name, dns), other in zip(names, reversed(names)):
        e.host(name, [f"{s}/{n}" for s in ("cifs", MIGRATION) for n in other], dNSHostName=dns,
               spns=[f"{s}/{n}" for s in WINDOWS + HYPERV for n in (name, dns)])


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


@configured("[group hosts]\nhosts=HV0?\n")
@case
def unconstrained_alone(e):
    """HV01 reaches HV02 and HV03 by unconstrained delegation alone: the flag goes with the list that replaces it."""
    e.host("HV01", uac=HOST | UNCONSTRAINED)
    e.host("HV02", ("HV01", "HV03"))
    e.host("HV03", ("HV01", "HV02"))


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
def del_05_names(e):
    """HV01 lists HV02 and a DC by their names, without a class: no SPN, but a KDC may take it for the account's name."""
    e.pair()
    e.host("DC1", [], uac=DOMAIN_CONTROLLER | UNCONSTRAINED, spns=both("HOST", "DC1"), primaryGroupID=516)
    e["HV01"]["msDS-AllowedToDelegateTo"] += ["HV02", "DC1$", "NOBODY"]


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


PORTAL = ("[delegation portal]\nfrom=svc-web\nto=MSSQLSvc/sql1.contoso.test:1433;MSSQLSvc/sql1.contoso.test:REPORTS;"
          "HTTP/api.contoso.test\nprotocol_transition=forbidden\n")
REPORTS = ["MSSQLSvc/sql1.contoso.test:1433", "MSSQLSvc/sql1.contoso.test:REPORTS"]
API = "HTTP/api.contoso.test"
USER = 0x200


def portal(e, to=(), uac=USER):
    """A web site's account, and a database's, and a host with a web service."""
    e.user("svc-sql", servicePrincipalName=list(REPORTS))
    e.host("SQL1", uac=HOST, spns=both("HOST", "SQL1"))
    e.host("API", uac=HOST, spns=both("HOST", "API"))
    e.user("svc-web", servicePrincipalName=["HTTP/portal.contoso.test"])
    e["svc-web"]["userAccountControl"] = uac
    for name in ("svc-sql", "svc-web"):
        e[name]["msDS-SupportedEncryptionTypes"] = 24
    if to:
        e["svc-web"]["msDS-AllowedToDelegateTo"] = list(to)


@configured(PORTAL)
@case
def del_14_fires(e):
    """The portal's account lists one of three SPNs, and has protocol transition, which is forbidden."""
    portal(e, REPORTS[:1], uac=USER | T2A4D)


@configured(PORTAL)
@case
def del_14_quiet(e):
    """The portal's account lists all three, with "Use Kerberos only"."""
    portal(e, REPORTS + [API.upper()])


@configured(PORTAL + "\n[delegation files]\nfrom=svc-*\nto=cifs/FS*\n\n[delegation reports]\nfrom=svc-rep;svc-gone\n"
            "to=MSSQLSvc/sql1.contoso.test:1433;HTTP/nobody.contoso.test\nmode=rbcd\nprotocol_transition=required\n")
@case
def declared_and_not(e):
    """A glob allows FS01, by a list and by RBCD, and asks for nothing; API02 is not declared, nor is RBCD on it;
    svc-rep lacks RBCD, and its other SPN is on nobody; svc-gone is no account."""
    portal(e, REPORTS + [API, "cifs/FS01", "HTTP/api02.contoso.test"])
    e.host("FS01", uac=HOST, spns=both("HOST", "FS01"))
    e.host("API02", uac=HOST, spns=both("HOST", "API02"))
    e.user("svc-rep", servicePrincipalName=["HTTP/reports.contoso.test"])
    e["svc-rep"]["msDS-AllowedToDelegateTo"] = ["cifs/fs01.contoso.test"]
    e["svc-rep"]["msDS-SupportedEncryptionTypes"] = 24
    for name in ("FS01", "API02"):
        e[name]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("svc-sql")))


@configured("[delegation by workload]\nfrom=svc-sql\nto=SQL2;listener.contoso.test:1500\nworkload=sql-linked-server\n\n"
            "[delegation gateway]\nfrom=WAC01\nto=HV01;HV02\nworkload=admin-center\n")
@case
def declared_by_workload(e):
    """A linked server's SPN is listed, a listener's is not; the gateway may act on one of two hosts."""
    portal(e)
    e.pair()
    e.host("SQL2", uac=HOST, spns=both("HOST", "SQL2") + ["MSSQLSvc/sql2.contoso.test:1433"])
    e.user("svc-ag", servicePrincipalName=["MSSQLSvc/listener.contoso.test:1500"])
    e["svc-ag"]["msDS-SupportedEncryptionTypes"] = 24
    e["svc-sql"]["msDS-AllowedToDelegateTo"] = ["MSSQLSvc/sql2.contoso.test:1433"]
    e.host("WAC01", uac=HOST, spns=both("HOST", "WAC01"))
    e["HV01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("WAC01")))


@configured("[group sql]\nhosts=SQL1;SQL2\nservices=MSSQLSvc:1433\n")
@case
def declared_by_group(e):
    """SQL1 lists the other's port, and SQL2 a wrong one; no migrations are asked for."""
    for name, other in (("SQL1", "sql2.contoso.test:1433"), ("SQL2", "sql1.contoso.test:1434")):
        e.host(name, ["MSSQLSvc/" + other], spns=both("HOST", name) +
               ["MSSQLSvc/%s.contoso.test:1433" % name.lower()])


@configured("[delegation web]\nfrom_member_of=CN=Web,CN=Users,DC=contoso,DC=test\nto=cifs/fs01.contoso.test\nnames=both\n")
@case
def declared_for_a_group(e):
    """FS01 lets a group act whose members are all declared, and a second one with somebody else in it."""
    e.host("WEB01", uac=HOST, spns=both("HOST", "WEB01"))
    e.host("WEB02", uac=HOST, spns=both("HOST", "WEB02"))
    e.host("OLD01", uac=HOST, spns=both("HOST", "OLD01"))
    e.host("FS01", uac=HOST, spns=both("HOST", "FS01"))
    e.group("Web", ["WEB01", "WEB02"])
    e.group("More", ["WEB01", "OLD01"])
    e["FS01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("Web")), ace(e.sid("More")))


@case
def rbcd_names_without_granting(e):
    """A tool wrote GENERIC_ALL alone: HV01 was meant as a partner, and no KDC grants it."""
    e.host("HV01", uac=HOST)
    e.host("HV02", uac=HOST)
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
        ace(e.sid("HV01"), mask=0x10000000))


@case
def rbcd_names_by_mask_or_denial(e):
    """HV01 has a mask without control access; for HV03 a denial comes first."""
    e.host("HV01", uac=HOST)
    e.host("HV02", uac=HOST)
    e.host("HV03", uac=HOST)
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
        ace(e.sid("HV01"), mask=0x30), ace(e.sid("HV03"), deny=True), ace(e.sid("HV03")))


@case
def rbc_02_fires(e):
    """HV02 lets Authenticated Users act on it."""
    e.pair()
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace("S-1-5-11"))


@case
def delegation_to_krbtgt(e):
    """svc-web may act towards krbtgt by the SPN that it has in every domain: it is disabled there, and tickets to it are the domain."""
    in_use(e, "svc-web", ["kadmin/changepw"], uac=512 | T2A4D, **{"msDS-SupportedEncryptionTypes": 28})


@case
def rbcd_of_nobody(e):
    """Who is named is in no ticket, perhaps in one, or denied with everybody else; the last two are let in by anybody's."""
    anonymous, itself, service, owner, organization, users = "S-1-5-7", "S-1-5-10", "S-1-5-6", "S-1-3-4", "S-1-5-15", "S-1-5-32-545"
    conditional = ace("S-1-1-0", kind=9, more=b"artx\xf8\x00\x00\x00")
    for number, aces in enumerate(([ace(anonymous)], [ace(itself)], [ace(service)], [ace("S-1-18-2")], [ace(owner)], [ace(organization)],
                                   [ace("S-1-18-4")], [ace("S-1-5-9")], [ace(users)], [conditional], [ace(SID + "-517")],
                                   [ace("S-1-5-11", deny=True), ace("S-1-1-0")], [ace("S-1-1-0", deny=True), ace(SID + "-515")],
                                   [ace("S-1-18-1")], [ace("S-1-1-0"), ace(anonymous, deny=True)]), 1):
        name = "SQL%02d" % number
        e.host(name, [], uac=HOST, spns=["MSSQLSvc/%s.contoso.test:1433" % name.lower()])
        e[name][ACT_ON] = descriptor(*aces)


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


def cluster(e, name):
    """The computer object of a failover cluster, as the cluster service writes it."""
    e.host(name, uac=HOST, spns=both("MSClusterVirtualServer", name) + both("MSServerCluster", name) +
           both("HOST", name))


@case
def rbc_08_fires(e):
    """HV02's descriptor names the cluster; HV01's list has its Migration Service."""
    e.pair()
    cluster(e, "CLU1")
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("CLU1")))
    e["HV01"]["msDS-AllowedToDelegateTo"] += both(MIGRATION, "CLU1")


@case
def rbc_08_quiet(e):
    """HV02 names a node, which holds SPNs of the cluster; HV01 reads files from the clustered file server."""
    e.pair()
    cluster(e, "SOFS01")
    e["HV01"]["servicePrincipalName"] += both("MSServerCluster", "HV01")
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV01")))
    e["HV01"]["msDS-AllowedToDelegateTo"] += both("cifs", "SOFS01")


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
    assert e["Administrator"]["userAccountControl"] & NOT_DELEGATED


def conflict(e, name, spns):
    """What replication left of a second object of that name."""
    e.rid += 1
    return e.account("CN=%s\\0ACNF:5d1f2b36-1e09-4a7e-8a5e-0f4c2a9d1c11,CN=Computers," % name, e.rid, "computer",
                     sAMAccountName="$DUPLICATE-4d2", dNSHostName=name.lower() + ".contoso.test",
                     userAccountControl=HOST, servicePrincipalName=spns, primaryGroupID=515, pwdLastSet=filetime(12))


@case
def acc_15_fires(e):
    """HV02 was joined twice: the conflict object holds its SPNs. Delete it; no setspn."""
    e.pair()
    conflict(e, "HV02", [v for s in WINDOWS + HYPERV for v in both(s, "HV02")])


@configured("[group prod]\nhosts=HV0*;hv02.contoso.test\n")
@case
def acc_15_quiet(e):
    """The conflict object holds no SPN that anybody needs, and is no host of the group."""
    e.pair()
    conflict(e, "HV02", ["TERMSRV/OTHER"])


@case
def spn_06_fires(e):
    """HV02 was HYPER2 before it was renamed."""
    e.pair()
    e["HV02"]["servicePrincipalName"] += both("HOST", "HYPER2")


@case
def spn_06_quiet(e):
    """An additional DNS name, and the node's SPNs of its cluster."""
    e.pair()
    e["HV02"]["msDS-AdditionalDnsHostName"] = ["vmstore.contoso.test"]
    e["HV02"]["servicePrincipalName"] += both("HOST", "vmstore") + both(
        "MSServerClusterMgmtAPI", "CLUSTER1")


@case
def spn_06_quiet_netdom(e):
    """An old name that `netdom computername /add` keeps: it is an additional account name."""
    e.pair()
    e["HV02"]["msDS-AdditionalSamAccountName"] = ["HYPER2$"]
    e["HV02"]["servicePrincipalName"] += ["HOST/HYPER2", "cifs/hyper2"]


@case
def spn_08_fires(e):
    """HV02 lacks the Replica SPNs; HV03 announces Hyper-V and registered nothing."""
    e.pair()
    e["HV02"]["servicePrincipalName"] = without(e["HV02"]["servicePrincipalName"],
                                                "Hyper-V Replica Service")
    e.host("HV03", ("HV01",), spns=both("HOST", "HV03"))
    e.add("CN=Microsoft Hyper-V,CN=HV03,CN=Computers," + DOMAIN,
          objectClass=["top", "leaf", "connectionPoint", "serviceConnectionPoint"],
          cn="Microsoft Hyper-V")


@configured("[group prod]\nhosts=HV01;HV02;HV03\nservices=cifs\n")
@case
def spn_08_quiet(e):
    """A declared host without Hyper-V: nobody expects its SPNs."""
    files = {name: both("cifs", name) for name in ("HV01", "HV02", "HV03")}
    for name in files:
        others = [v for other in files if other != name for v in files[other]]
        e.host(name, others, **({"spns": both("HOST", "HV03")} if name == "HV03" else {}))


@case
def spn_09_fires(e):
    """svc-odd holds HOST/HV02 with a zero-width space and in full-width letters, and cifs/HV01, which HOST/HV01 answers for."""
    e.pair()
    e.user("svc-odd", servicePrincipalName=["HOST/HV02\u200b", "HOST/\uff28\uff36\uff10\uff12", "cifs/HV01\u200b"])


@case
def spn_09_quiet(e):
    """An SPN in another script that looks like none of the hosts'."""
    e.pair()
    e.user("svc-other", servicePrincipalName=["HTTP/m\u00fcnchen.contoso.test"])


@case
def spn_10_fires(e):
    """An IIS pool's account holds HTTP of HV02, and an old computer account WSMAN."""
    e.pair()
    e.user("svc-pool", servicePrincipalName=both("HTTP", "HV02"))
    e.host("OLDHV02", uac=HOST, spns=["WSMAN/HV02"])


@case
def spn_10_old_account(e):
    """HTTP/HV02 is on an old computer account alone, and WSMAN on it and HV02: it can go."""
    e.pair()
    e["HV02"]["servicePrincipalName"] += both("WSMAN", "HV02")
    e.host("OLDHV02", uac=HOST, spns=["HTTP/HV02", "WSMAN/HV02"])


@case
def spn_10_quiet(e):
    """HTTP of another name and with another port; HV02 holds its own WSMAN."""
    e.pair()
    e["HV02"]["servicePrincipalName"] += both("WSMAN", "HV02")
    e.user("svc-pool", servicePrincipalName=["HTTP/intranet.contoso.test", "HTTP/HV02:8080"])


@case
def del_06_fires(e):
    """HV01 lists a disabled file server and one that has been silent for a year."""
    e.pair()
    e.host("FS01", uac=HOST | DISABLED, spns=both("HOST", "FS01"))
    e.host("FS02", uac=HOST, spns=both("HOST", "FS02"), pwdLastSet=filetime(400),
           lastLogonTimestamp=filetime(390))
    e["HV01"]["msDS-AllowedToDelegateTo"] += both("cifs", "FS01") + both("cifs", "FS02")


@case
def del_06_quiet(e):
    """Its password is old, but it logged on within the month."""
    e.pair()
    e.host("FS01", uac=HOST, spns=both("HOST", "FS01"), pwdLastSet=filetime(400),
           lastLogonTimestamp=filetime(20))
    e["HV01"]["msDS-AllowedToDelegateTo"] += both("cifs", "FS01")


@case
def del_06_quiet_taken_over(e):
    """A disabled account holds an SPN that is HV02's: the entry is needed, the SPN is in the wrong place."""
    e.pair()
    e.user("svc-old", servicePrincipalName=["cifs/HV02"])["userAccountControl"] = 514


@configured("[group prod]\nhosts=HV01;HV02\n")
@case
def del_07_fires(e):
    """HV01 may act towards a file server that no group needs."""
    del_06_quiet(e)


@configured("[group prod]\nhosts=HV01;HV02\nstorage=FS01\n[waive mssql]\nrule=DEL-07\n"
            "subject=HV01\ntarget=SQL01\nreason=backup job, change 4711\nuntil=2027-03-31\n")
@case
def del_07_waived(e):
    """The file server is declared as storage; the SQL server is waived with a reason."""
    e.pair()
    e.host("FS01", uac=HOST, spns=both("HOST", "FS01"))
    e.host("SQL01", uac=HOST, spns=both("HOST", "SQL01"))
    e["HV01"]["msDS-AllowedToDelegateTo"] += both("cifs", "FS01") + both("cifs", "SQL01")
    e["HV02"]["msDS-AllowedToDelegateTo"] += both("cifs", "FS01")


@configured("[group prod]\nhosts=HV01;HV02\n[waive old]\nrule=DEL-07\nsubject=HV01\n"
            "reason=backup job, change 4711\nuntil=2026-11-19\n[waive stray]\nrule=DEL-05\n"
            "subject=HV09\nreason=gone since\n")
@case
def waivers_idle(e):
    """One waiver ended yesterday, so its finding counts again; the other matches nothing."""
    del_06_quiet(e)


@case
def del_07_quiet(e):
    """Without a declared group nobody says what is enough."""
    del_06_quiet(e)


@case
def del_08_fires(e):
    """HV01 may act towards a domain controller; HV02 towards krbtgt itself."""
    e.pair()
    e.host("DC01", [], uac=DOMAIN_CONTROLLER | UNCONSTRAINED, spns=both("HOST", "DC01"),
           primaryGroupID=516)
    e["HV01"]["msDS-AllowedToDelegateTo"] += both("ldap", "DC01") + both("cifs", "DC01")
    e["HV02"]["msDS-AllowedToDelegateTo"].append("krbtgt/CONTOSO.TEST")


@case
def del_08_entra_sso(e):
    """HV01 may act towards Entra's seamless single sign-on: any synchronized user."""
    e.pair()
    e.host("AZUREADSSOACC", uac=HOST, spns=["HOST/autologon.microsoftazuread-sso.com"])
    e["HV01"]["msDS-AllowedToDelegateTo"] += ["HOST/autologon.microsoftazuread-sso.com"]


def web_and_applications(e, *applications):
    """Servers that web servers act on, and a domain controller."""
    e.host("DC01", [], uac=DOMAIN_CONTROLLER | UNCONSTRAINED, spns=both("HOST", "DC01"), primaryGroupID=516)
    for name in applications:
        e.host(name, [], spns=both("HOST", name))


@case
def chain_to_a_dc(e):
    """svc-web may act on APP1, and APP1 on the domain controller: two steps, one edge ends both."""
    web_and_applications(e, "APP1", "APP2")
    e.user("svc-web", servicePrincipalName=["HTTP/portal.contoso.test"], **{"msDS-SupportedEncryptionTypes": 28})
    e["svc-web"]["userAccountControl"] |= T2A4D
    e["svc-web"]["msDS-AllowedToDelegateTo"] = both("HTTP", "APP1") + both("HTTP", "APP2")
    e["APP1"]["msDS-AllowedToDelegateTo"] = both("cifs", "DC01")
    e["APP2"]["msDS-AllowedToDelegateTo"] = ["ldap/gone.contoso.test"]


@case
def chain_in_a_circle(e):
    """APP1, APP2 and APP3 act on one another in a circle, which APP4 enters; none of them gets to Tier 0."""
    web_and_applications(e, "APP1", "APP2", "APP3", "APP4")
    for name, towards_name in (("APP1", "APP2"), ("APP2", "APP3"), ("APP3", "APP1"), ("APP4", "APP1")):
        e[name]["msDS-AllowedToDelegateTo"] = both("HTTP", towards_name)


@case
def chain_cut_by_one(e):
    """A group of three may act on APP1, which alone may act on the domain controller: one edge frees four.
    Everyone may act on APP2, which leads nowhere; an account of the group is disabled."""
    web_and_applications(e, "APP1", "APP2", "WEB1", "WEB2", "WEB3", "WEB4")
    e.group("Web servers", ["WEB1", "WEB2", "WEB3", "WEB4"])
    e["WEB4"]["userAccountControl"] |= DISABLED
    e["APP1"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("Web servers")))
    e["APP2"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace("S-1-1-0"))
    e["APP1"]["msDS-AllowedToDelegateTo"] = both("cifs", "DC01")


@case
def del_08_quiet(e):
    """A file server whose name only begins like a domain controller's."""
    e.pair()
    e.host("DC01-FILES", uac=HOST, spns=both("HOST", "DC01-FILES"))
    e["HV01"]["msDS-AllowedToDelegateTo"] += both("cifs", "DC01-FILES")


@case
def del_10_fires(e):
    """HV01 holds 1,160 values."""
    e.pair()
    e.user("svc-many", servicePrincipalName=["HTTP/web%d" % i for i in range(1142)])
    e["HV01"]["msDS-AllowedToDelegateTo"] += ["HTTP/web%d" % i for i in range(1142)]


@case
def del_10_quiet(e):
    """990 values are many, but fit."""
    e.pair()
    e.user("svc-many", servicePrincipalName=["HTTP/web%d" % i for i in range(960)])
    e["HV01"]["msDS-AllowedToDelegateTo"] += ["HTTP/web%d" % i for i in range(960)]


@case
def del_10_quiet_32k(e):
    """1,160 values, but the database has pages of 32K: some 3,200 fit."""
    del_10_fires(e)
    e.add("CN=Partitions," + CONFIGURATION, objectClass=["top", "crossRefContainer"],
          **{"msDS-EnabledFeature": ["CN=Database 32k Pages Feature,CN=Optional Features,CN=Directory Service,"
                                     "CN=Windows NT,CN=Services," + CONFIGURATION]})


OTHER = "DC=child," + DOMAIN


def child_domain(e, name="FS09", spns=("HOST/FS09", "HOST/fs09.child.contoso.test")):
    e.add(OTHER, objectClass=["top", "domain", "domainDNS"],
          objectSid=sid_bytes("S-1-5-21-7-8-9"), **{"ms-DS-MachineAccountQuota": 0})
    e.add("CN=System," + OTHER, objectClass=["top", "container"])
    e.add("CN=CHILD,CN=Partitions,CN=Configuration," + DOMAIN, objectClass=["top", "crossRef"],
          nCName=OTHER, dnsRoot="child.contoso.test", nETBIOSName="CHILD", systemFlags=3)
    e.add("CN=%s,CN=Computers,%s" % (name, OTHER),
          objectClass=["top", "person", "organizationalPerson", "user", "computer"],
          objectSid=sid_bytes("S-1-5-21-7-8-9-1104"), sAMAccountName=name + "$",
          dNSHostName=name.lower() + ".child.contoso.test", userAccountControl=HOST, primaryGroupID=515,
          servicePrincipalName=list(spns),
          pwdLastSet=filetime(3), lastLogonTimestamp=filetime(3))


@case
def del_11_fires(e):
    """HV01's classic list names a file server of the child domain."""
    e.pair()
    child_domain(e)
    e["HV01"]["msDS-AllowedToDelegateTo"] += ["cifs/FS09", "cifs/fs09.child.contoso.test"]


@case
def del_11_quiet(e):
    """The same file server lets HV01 act by RBCD, which crosses domains."""
    e.pair()
    child_domain(e)
    e["FS09"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV01")))


@case
def del_11_quiet_taken_over(e):
    """A host of the child domain holds an SPN that is HV02's: to let it name HV01 would be wrong."""
    child_domain(e, spns=("HOST/FS09", "HOST/fs09.child.contoso.test", "cifs/HV02"))
    e.pair()


@configured("[group both]\nhosts=HV01;HV09\nprotocol_transition=optional\n")
@case
def cross_domain(e):
    """HV09, in the child domain, lets HV01 act by RBCD; its own classic list does not reach HV01."""
    e.host("HV01", uac=HOST)
    child_domain(e, "HV09", [v for s in WINDOWS + HYPERV for v in (s + "/HV09", s + "/hv09.child.contoso.test")])
    e["HV09"]["userAccountControl"] = HOST | T2A4D
    e["HV09"]["operatingSystem"] = "Windows Server 2022 Datacenter"
    e["HV09"]["msDS-AllowedToDelegateTo"] = towards("HV01")
    e["HV09"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV01")))
    e["HV09"]["msDS-SupportedEncryptionTypes"] = 28


@configured("[group all]\nhosts=HV01;HV02;HV09\nmode=kcd\n")
@case
def fix_withheld(e):
    """Without unconstrained delegation HV01 could not reach HV09, in the child domain: the flag stays."""
    e.host("HV01", ("HV02",), uac=HOST | UNCONSTRAINED)
    e.host("HV02", ("HV01",))
    child_domain(e, "HV09", [v for s in WINDOWS + HYPERV for v in (s + "/HV09", s + "/hv09.child.contoso.test")])
    e["HV09"]["userAccountControl"] = HOST | T2A4D
    e["HV09"]["msDS-SupportedEncryptionTypes"] = 28


@case
def list_with_ports(e):
    """Peers take host:port for a host that is not there; svc-sql holds the one, and nobody the other."""
    e.pair()
    e.user("svc-sql", servicePrincipalName=["MSSQLSvc/sql01.contoso.test:1433"])
    e["HV01"]["msDS-AllowedToDelegateTo"] += ["MSSQLSvc/SQL01.contoso.test:1433",
                                              "MSSQLSvc/sql01.contoso.test:1434"]


@case
def rbcd_on_dc(e):
    """A domain controller and a read-only one let hosts act by RBCD: peers drop DCs from the list."""
    e.pair()
    e.host("DC01", [], uac=DOMAIN_CONTROLLER | UNCONSTRAINED, spns=both("HOST", "DC01"),
           primaryGroupID=516)
    e.host("RODC01", [], uac=HOST | RODC | T2A4D, spns=both("HOST", "RODC01"), primaryGroupID=521)
    e["DC01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV01")))
    e["RODC01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV02")))


@configured("[group prod]\nhosts=HV0*\nmode=rbcd\n")
@case
def rbcd_token(e):
    """RBCD by the SID that HV01 had in its old domain, and by the primary group of HV02."""
    e.host("HV01", uac=HOST, sIDHistory=[sid_bytes("S-1-5-21-4-5-6-1101")])
    e.host("HV02", uac=HOST)
    e.group("Hosts of the lab")
    e["HV02"]["primaryGroupID"] = int(e.sid("Hosts of the lab").rsplit("-", 1)[1])
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace("S-1-5-21-4-5-6-1101"))
    e["HV01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("Hosts of the lab")))


@configured("[group prod]\nhosts=HV01;HV02\nmode=rbcd\n")
@case
def rbc_01_fires(e):
    """HV02 denies HV01 before it allows it; HV01 allows HV02 without control access."""
    e.host("HV01")
    e.host("HV02")
    one, two = e.sid("HV01"), e.sid("HV02")
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(one, deny=True), ace(one))
    e["HV01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(two, mask=0x20094))


@configured("[group prod]\nhosts=HV01;HV02\nmode=rbcd\n")
@case
def rbc_01_quiet(e):
    """The mask is control access alone, and a deny ACE for somebody else comes first."""
    e.host("HV01")
    e.host("HV02")
    e.user("somebody")
    for host, other in (("HV01", "HV02"), ("HV02", "HV01")):
        e[host]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
            ace(e.sid("somebody"), deny=True), ace(e.sid(other), mask=0x100))


@case
def rbc_01_inherit_only(e):
    """HV02's entry for HV01 is for what inherits from HV02 alone; HV01's for HV02 is inherited too, and counts."""
    e.host("HV01")
    e.host("HV02")
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV01"), flags=0x0A))
    e["HV01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("HV02"), flags=0x12))


@configured("[group prod]\nhosts=HV01;HV02\nmode=rbcd\n")
@case
def rbcd_generic_all(e):
    """GENERIC_ALL alone: KDCs do not map it, so it grants nothing."""
    e.host("HV01")
    e.host("HV02")
    for host, other in (("HV01", "HV02"), ("HV02", "HV01")):
        e[host]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
            ace(e.sid(other), mask=0x10000000))


@case
def rbc_03_fires(e):
    """HV02 names an account that was deleted."""
    e.pair()
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
        ace(e.sid("HV01")), ace(SID + "-4711"))


@case
def rbc_03_quiet(e):
    """A trustee of a domain that is not ours cannot be called gone, and of ours one is only denied."""
    e.pair()
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
        ace(SID + "-4711", deny=True), ace(e.sid("HV01")), ace("S-1-5-21-9-9-9-1104"))


@configured("[group prod]\nhosts=HV01;HV02\nmode=rbcd\n")
@case
def rbc_06_fires(e):
    """Pairs rely on RBCD, and OLDDC still runs Windows Server 2008 R2."""
    rbc_01_quiet(e)
    e[""]["domainFunctionality"] = 4
    e.host("OLDDC", [], uac=DOMAIN_CONTROLLER | UNCONSTRAINED, spns=both("HOST", "OLDDC"),
           primaryGroupID=516, operatingSystem="Windows Server 2008 R2 Standard",
           operatingSystemVersion="6.1 (7601)")
    e.host("DC09", [], uac=DOMAIN_CONTROLLER | UNCONSTRAINED, spns=both("HOST", "DC09"),
           primaryGroupID=516, operatingSystemVersion="10.0 (20348)")


@case
def rbcd_by_old_dcs_alone(e):
    """Pairs rely on RBCD, and no domain controller is known of that evaluates it."""
    rbc_06_fires(e)
    del e.entries["CN=DC09,CN=Computers," + DOMAIN]


@case
def etypes_of_an_old_password(e):
    """HV02 asks for AES alone, with a password from before a domain controller could make AES keys."""
    e.pair()
    e["HV02"]["msDS-SupportedEncryptionTypes"] = 24
    e["HV02"]["pwdLastSet"] = filetime(21 * 365)


@configured("[delegation portal]\nfrom=svc-web\nto=MSSQLSvc/sql1.contoso.test:1433;HTTP/api.contoso.test\n")
@case
def accounts_without_passwords(e):
    """Nobody ever set a password for svc-sql, nor for HV02: a KDC has no keys of them. That of a gMSA is made by the DCs."""
    e.pair()
    e["HV02"]["pwdLastSet"] = 0
    del e["HV02"]["lastLogonTimestamp"]
    e.user("svc-web", servicePrincipalName=["HTTP/portal.contoso.test"],
           **{"msDS-AllowedToDelegateTo": ["MSSQLSvc/sql1.contoso.test:1433", "HTTP/api.contoso.test"]})
    e["svc-web"]["userAccountControl"] |= T2A4D
    e["svc-web"]["msDS-SupportedEncryptionTypes"] = 28
    e.user("svc-sql", servicePrincipalName=["MSSQLSvc/sql1.contoso.test:1433"], pwdLastSet=0,
           **{"msDS-SupportedEncryptionTypes": 28})
    gmsa = e.host("gmsa-api", uac=HOST, spns=["HTTP/api.contoso.test"], pwdLastSet=0)
    del gmsa["lastLogonTimestamp"]
    gmsa["objectClass"] = ["top", "person", "organizationalPerson", "user", "computer", "msDS-GroupManagedServiceAccount"]
    del gmsa["msDS-AllowedToDelegateTo"]


@case
def rbc_06_quiet(e):
    """The same old DC, but the pairs work by their own lists."""
    e.pair()
    e[""]["domainFunctionality"] = 4
    e.host("OLDDC", [], uac=DOMAIN_CONTROLLER | UNCONSTRAINED, spns=both("HOST", "OLDDC"),
           primaryGroupID=516, operatingSystemVersion="6.1 (7601)")


@case
def rbc_06_quiet_entra(e):
    """AzureADKerberos has no Windows and answers nobody: no domain controller to replace."""
    rbc_01_quiet(e)
    e[""]["domainFunctionality"] = 4
    e.host("AzureADKerberos", [], uac=HOST | RODC, spns=[], primaryGroupID=521, operatingSystemVersion="6.1 (7601)")


@case
def rbc_06_unread(e):
    """OLDDC's userAccountControl was not exported, nor its primary group: it may be a domain controller."""
    rbc_06_fires(e)
    for name in ("userAccountControl", "primaryGroupID"):
        del e["OLDDC"][name]


ADMINS = "S-1-5-32-544"


@case
def rbc_07_fires(e):
    """Who joined HV01 may write its RBCD descriptor; a helpdesk group owns HV02."""
    e.pair()
    e.user("joiner")
    e.group("Helpdesk")
    joiner = e.sid("joiner")
    e["HV01"]["nTSecurityDescriptor"] = descriptor(ace(SID + "-512"), ace("S-1-5-11", mask=0x20094),
                                                   ace(joiner, mask=0x20))
    e["HV01"]["mS-DS-CreatorSID"] = sid_bytes(joiner)
    e["HV02"]["nTSecurityDescriptor"] = descriptor(ace(SID + "-512"), owner=e.sid("Helpdesk"))


@case
def rbc_07_quiet(e):
    """Tier 0, the host itself and SYSTEM may write; a denied group may not."""
    e.pair()
    e.group("Helpdesk")
    for name in ("HV01", "HV02"):
        e[name]["nTSecurityDescriptor"] = descriptor(
            ace(e.sid("Helpdesk"), deny=True), ace(e.sid("Helpdesk")), ace(SID + "-512"),
            ace("S-1-5-18"), ace("S-1-5-10", mask=0x28), ace("S-1-5-11", mask=0x20094))


@configured("[group prod]\nhosts=HV01;HV02\n")
@case
def acc_04_fires(e):
    """HV02 has been silent for 70 days."""
    e.pair()
    e["HV02"].update(pwdLastSet=filetime(75), lastLogonTimestamp=filetime(70))


@case
def acc_04_quiet(e):
    """50 days: within what lastLogonTimestamp may lag."""
    e.pair()
    e["HV02"].update(pwdLastSet=filetime(75), lastLogonTimestamp=filetime(50))


@case
def acc_05_fires(e):
    """HV01 allows AES only, HV02 RC4 only."""
    e.pair()
    e["HV01"]["msDS-SupportedEncryptionTypes"] = 24
    e["HV02"]["msDS-SupportedEncryptionTypes"] = 4


@case
def acc_05_quiet(e):
    """HV01 allows AES128, HV02 AES128 and AES256: one in common is enough."""
    e.pair()
    e["HV01"]["msDS-SupportedEncryptionTypes"] = 8
    e["HV02"]["msDS-SupportedEncryptionTypes"] = 24


@case
def acc_06_fires(e):
    """HV01 is limited to DES, HV02 announces nothing after the RC4 change of 2026."""
    e.pair()
    e["HV01"]["userAccountControl"] |= DES_ONLY
    del e["HV02"]["msDS-SupportedEncryptionTypes"]


@case
def acc_06_quiet(e):
    """AES with the flags of FAST, compound identity and claims."""
    e.pair()
    e["HV02"]["msDS-SupportedEncryptionTypes"] = 0x70018


@configured("[operators]\nusers=CONTOSO\\alice\n")
@case
def acc_07_fires(e):
    """alice starts the migrations and is marked sensitive."""
    e.pair()
    e.user("alice")["userAccountControl"] |= NOT_DELEGATED


@configured("[operators]\nusers=alice@contoso.test\n")
@case
def acc_07_quiet(e):
    """bob is sensitive, but alice starts the migrations."""
    e.pair()
    e.user("alice")
    e.user("bob")["userAccountControl"] |= NOT_DELEGATED


@configured("[operators]\ngroups=CN=Hyper-V Admins,CN=Users,DC=contoso,DC=test\n")
@case
def acc_08_fires(e):
    """alice is an operator by a nested group, and in Protected Users by another."""
    e.pair()
    e.user("alice")
    e.group("Shift 1", ["alice"])
    e.group("Hyper-V Admins", ["Shift 1"])
    e.group("Hardened", ["alice"], memberOf=["CN=Protected Users,CN=Users," + DOMAIN])


@configured("[operators]\ngroups=CN=Hyper-V Admins,CN=Users,DC=contoso,DC=test\n")
@case
def acc_08_quiet(e):
    """alice is an operator; bob of Protected Users is none."""
    e.pair()
    e.user("alice")
    e.user("bob", memberOf=["CN=Protected Users,CN=Users," + DOMAIN])
    e.group("Hyper-V Admins", ["alice"])


@configured("[group prod]\nhosts=HV01;DC01\n")
@case
def acc_10_fires(e):
    """DC01 is a domain controller with the Hyper-V role."""
    del_04_quiet(e)


@case
def acc_10_quiet(e):
    """Member servers."""
    e.pair()


@case
def acc_11_fires(e):
    """Administrator is neither sensitive nor in Protected Users; nor is a nested admin."""
    e.pair()
    e["Administrator"]["userAccountControl"] = 512
    e.user("da-carol", memberOf=["CN=Ops,CN=Users," + DOMAIN])
    e.group("Ops", memberOf=["CN=Domain Admins,CN=Users," + DOMAIN])


@case
def acc_11_unread(e):
    """userAccountControl of HV01 cannot be read: perhaps it may act as any user, the administrators included."""
    e.pair()
    e["Administrator"]["userAccountControl"] = 512
    e.user("da-carol", memberOf=["CN=Ops,CN=Users," + DOMAIN])
    e.group("Ops", memberOf=["CN=Domain Admins,CN=Users," + DOMAIN])
    del e["HV01"]["userAccountControl"]
    e["HV02"]["userAccountControl"] = HOST


@case
def acc_11_quiet(e):
    """Every Tier-0 administrator is sensitive or in Protected Users, or disabled."""
    e.pair()
    e.user("da-carol", memberOf=["CN=Domain Admins,CN=Users," + DOMAIN,
                                 "CN=Protected Users,CN=Users," + DOMAIN])
    e.user("da-old", memberOf=["CN=Domain Admins,CN=Users," + DOMAIN])["userAccountControl"] |= 2


@case
def dom_01_fires(e):
    """Any user may create ten computer accounts."""
    e.pair()
    e.entries[DOMAIN]["ms-DS-MachineAccountQuota"] = 10


@case
def dom_01_quiet(e):
    """The quota is 0."""
    e.pair()


@case
def dom_04_fires(e):
    """HV01 was changed four minutes before the export."""
    e.pair()
    e["HV01"]["whenChanged"] = generalized(4)


@case
def dom_04_quiet(e):
    """HV01 was changed twenty minutes before."""
    e.pair()
    e["HV01"]["whenChanged"] = generalized(20)


@case
def dom_05_fires(e):
    """HV01 runs Windows Server 2022, HV02 2019."""
    e.pair()
    e["HV02"]["operatingSystemVersion"] = "10.0 (17763)"


@case
def dom_05_quiet(e):
    """A group of its own runs another version."""
    e.pair()
    e.host("HV03", ("HV04",), operatingSystemVersion="10.0 (17763)")
    e.host("HV04", ("HV03",), operatingSystemVersion="10.0 (17763)")


@case
def gpo_01_fires(e):
    """A GPO on the domain leaves the virtual machines out; so does one on HV02's OU."""
    e.pair()
    policy.site(e)
    policy.gpo(e, 1, "Server baseline",
               {TEMPLATE: policy.template(**{SYMLINK: "*S-1-5-32-544"})})
    policy.gpo(e, 2, "Hosts", {TEMPLATE: policy.template(**{SYMLINK: ""})},
               gPCWQLFilter="[contoso.test;{12345678-0000-4000-8000-000000000001};0]")
    policy.link(e, DOMAIN, 1)
    policy.move(e, "HV02", policy.unit(e, "Hyper-V", (2, policy.ENFORCED)))


@case
def gpo_01_quiet(e):
    """Named in full; or not defined, disabled, blocked, or not for computers."""
    short = {TEMPLATE: policy.template(**{SYMLINK: "*S-1-5-32-544"})}
    e.pair()
    policy.site(e)
    names = "BUILTIN\\Administrators,NT VIRTUAL MACHINE\\Virtual Machines"
    policy.gpo(e, 1, "Hosts", {TEMPLATE: policy.template(**{SYMLINK: names})})
    policy.gpo(e, 2, "Default", {TEMPLATE: policy.template()})
    policy.gpo(e, 3, "Link is off", short)
    policy.gpo(e, 4, "Computer half is off", short, flags=2)
    policy.gpo(e, 5, "Blocked above", short)
    policy.gpo(e, 6, "Never edited for computers", short, versionNumber=65536)
    policy.link(e, DOMAIN, 2, 5)
    unit = policy.unit(e, "Hyper-V", 1, (3, policy.DISABLED), 4, 6, gPOptions=1)
    for name in ("HV01", "HV02"):
        policy.move(e, name, unit)


@case
def gpo_02_fires(e):
    """Enforced from the domain: blocking does not keep it away."""
    e.pair()
    policy.site(e)
    policy.gpo(e, 1, "Service accounts",
               {TEMPLATE: policy.template(**{SERVICE: "CONTOSO\\svc-backup,*S-1-5-80-0"})})
    policy.link(e, DOMAIN, (1, policy.ENFORCED))
    unit = policy.unit(e, "Hyper-V", gPOptions=1)
    for name in ("HV01", "HV02"):
        policy.move(e, name, unit)


@case
def gpo_02_quiet(e):
    """Both are there beside a service account."""
    e.pair()
    policy.site(e)
    policy.gpo(e, 1, "Service accounts", {TEMPLATE: policy.template(
        **{SERVICE: "CONTOSO\\svc-backup,NT SERVICE\\ALL SERVICES,*S-1-5-83-0"})})
    policy.link(e, DOMAIN, 1)


@case
def gpo_03_fires(e):
    """The second record of a Registry.pol is cut short."""
    e.pair()
    policy.site(e)
    policy.gpo(e, 1, "Firewall",
               {"Registry.pol": policy.registry_pol(policy.FIREWALL, policy.FIREWALL)[:-10]})
    policy.link(e, DOMAIN, 1)


@case
def gpo_03_quiet(e):
    """A sound file, and one with a header only."""
    e.pair()
    policy.site(e)
    policy.gpo(e, 1, "Firewall", {"Registry.pol": policy.registry_pol(policy.FIREWALL)})
    policy.gpo(e, 2, "Empty", {"Registry.pol": policy.registry_pol()})
    policy.link(e, DOMAIN, 1, 2)


@configured("[operators]\nusers=CONTOSO\\alice\n")
@case
def gpo_04_fires(e):
    """A baseline lets in a group alone in which alice is not, and denies one in which she is."""
    e.pair()
    e.user("alice")
    policy.site(e)
    e.group("Server Admins")
    policy.gpo(e, 1, "Server baseline", {TEMPLATE: policy.template(
        **{NETWORK: "CONTOSO\\Server Admins", NOT_NETWORK: "*S-1-5-32-546,CONTOSO\\Domain Users"})})
    policy.link(e, DOMAIN, 1)


@case
def gpo_04_quiet(e):
    """As the security baselines have it: guests and local accounts are denied."""
    e.pair()
    policy.site(e)
    policy.gpo(e, 1, "Server baseline", {TEMPLATE: policy.template(
        **{NETWORK: "*S-1-5-32-544,*S-1-5-11", NOT_NETWORK: "*S-1-5-32-546,*S-1-5-113"})})
    policy.link(e, DOMAIN, 1)


@configured("[operators]\nusers=CONTOSO\\alice\n")
@case
def gpo_04_local_groups(e):
    """Whether alice is in the hosts' own groups stands in no directory: unknown."""
    e.pair()
    e.user("alice")
    policy.site(e)
    policy.gpo(e, 1, "Server baseline", {TEMPLATE: policy.template(**{NETWORK: "*S-1-5-32-544"})})
    policy.link(e, DOMAIN, 1)


DELEGATION = "SeEnableDelegationPrivilege"


def controllers(e, *links):
    """DC1 in the OU of the domain controllers, which the GPOs are linked to."""
    policy.site(e)
    e.host("DC1", uac=UNCONSTRAINED | DOMAIN_CONTROLLER, spns=both("HOST", "DC1"), primaryGroupID=516)
    policy.move(e, "DC1", policy.unit(e, "Domain Controllers", *links))


@case
def gpo_05_fires(e):
    """The policy of the domain controllers lets a group set up delegation, and Domain Admins, too."""
    e.pair()
    e.group("Delegation Admins")
    controllers(e, 1)
    policy.gpo(e, 1, "Default Domain Controllers Policy", {TEMPLATE: policy.template(
        **{DELEGATION: "*S-1-5-32-544,CONTOSO\\Delegation Admins,*%s-512" % SID})})


@case
def gpo_05_quiet(e):
    """Administrators alone on the domain controllers; what a member server defines means nothing."""
    e.pair()
    e.group("Delegation Admins")
    controllers(e, 1)
    policy.gpo(e, 1, "Default Domain Controllers Policy",
               {TEMPLATE: policy.template(**{DELEGATION: "*S-1-5-32-544"})})
    policy.gpo(e, 2, "Servers", {TEMPLATE: policy.template(**{DELEGATION: "CONTOSO\\Delegation Admins"})})
    policy.move(e, "HV01", policy.unit(e, "Servers", 2))


@case
def gpo_05_doubt(e):
    """A name that is no account here, a GPO that is not in the copy, and one of a site."""
    e.pair()
    controllers(e, 1, 2)
    policy.gpo(e, 1, "Controllers", {TEMPLATE: policy.template(**{DELEGATION: "Administratorer"})})
    policy.gpo(e, 2, "Not copied")
    policy.gpo(e, 3, "Branch office", {TEMPLATE: policy.template(**{DELEGATION: "*%s-513" % SID})})
    policy.link(e, next(dn for dn in e.entries if "CN=Sites," in dn), 3)


@case
def gpo_05_undefined(e):
    """No GPO says who may set up delegation: the domain controllers' own lists are not visible."""
    e.pair()
    controllers(e, 1)
    policy.gpo(e, 1, "Default Domain Controllers Policy", {TEMPLATE: policy.template()})


@case
def gpo_unread(e):
    """Not in the copy of the SYSVOL, gone from the directory, or damaged: unknown, no pass."""
    e.pair()
    policy.site(e)
    policy.gpo(e, 1, "Not copied")
    policy.gpo(e, 3, "Damaged", {TEMPLATE: b"\0" * 64})
    policy.link(e, DOMAIN, 1, 2, 3)


@case
def gpo_at_site(e):
    """A GPO that is linked to a site: whether the host is there is not looked up."""
    e.pair()
    policy.site(e)
    policy.gpo(e, 1, "Branch office",
               {TEMPLATE: policy.template(**{SERVICE: "*S-1-5-80-0"})})
    policy.link(e, next(dn for dn in e.entries if "CN=Sites," in dn), 1)
    policy.gpo(e, 2, "Default", {TEMPLATE: policy.template()})
    policy.link(e, DOMAIN, 2)


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


TWO_GROUPS = """[group files]
hosts=HV01;HV02
services=cifs
[group machines]
hosts=HV01;HV02
services=migration
"""


@configured(TWO_GROUPS)
@case
def pair_in_two_groups(e):
    """Two groups ask for one service each: the pair needs both, and nothing is in excess."""
    e.pair()


@configured(TWO_GROUPS)
@case
def pair_broken_in_two_groups(e):
    """Two groups ask for one service each, and both are missing: neither hides the other."""
    e.pair()
    e["HV01"]["msDS-AllowedToDelegateTo"] = ["WSMAN/HV02"]


def object_ace(sid, deny=True):
    """An object ACE without an object type: what a KDC makes of it is not evaluated."""
    body = ace(sid, deny=deny)[4:]
    body = body[:4] + bytes(4) + body[4:]
    return bytes([6 if deny else 5, 0, 4 + len(body), 0]) + body


@case
def rbcd_object_denial(e):
    """An object ACE denies HV01 before it is allowed: not evaluated, so not ready either."""
    e.pair()
    del e["HV01"]["msDS-AllowedToDelegateTo"]
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
        object_ace(e.sid("HV01")), ace(e.sid("HV01")))


@case
def rbcd_object_denial_of_others(e):
    """The same for somebody else: HV01 is allowed."""
    e.pair()
    del e["HV01"]["msDS-AllowedToDelegateTo"]
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
        object_ace(SID + "-4711"), ace(e.sid("HV01")))


def child_hosts(e):
    """A child domain with HV03 and HV04, right both ways; its DN and SID."""
    dn, sid = "DC=child," + DOMAIN, "S-1-5-21-4000-5000-6000"
    e.add(dn, objectClass=["top", "domain", "domainDNS"], objectSid=sid_bytes(sid))
    e.add("CN=System," + dn, objectClass=["top", "container"])
    e.add("CN=CHILD,CN=Partitions,CN=Configuration," + DOMAIN, objectClass=["top", "crossRef"],
          nCName=dn, dnsRoot="child.contoso.test", nETBIOSName="CHILD", systemFlags=3)
    e.add("CN=krbtgt,CN=Users," + dn, objectClass=["top", "person", "user"],
          objectSid=sid_bytes(sid + "-502"), sAMAccountName="krbtgt", userAccountControl=514,
          primaryGroupID=513)
    for rid, name in ((525, "Protected Users"), (515, "Domain Computers")):
        e.add("CN=%s,CN=Users,%s" % (name, dn), objectClass=["top", "group"],
              objectSid=sid_bytes("%s-%d" % (sid, rid)), sAMAccountName=name)
    for rid, (name, partner) in enumerate((("HV03", "HV04"), ("HV04", "HV03"))):
        e.host(name, (partner,))
        host = e.entries.pop("CN=%s,CN=Computers,%s" % (name, DOMAIN))
        for key in ("servicePrincipalName", "msDS-AllowedToDelegateTo"):
            host[key] = [v.replace(".contoso.test", ".child.contoso.test") for v in host[key]]
        host["dNSHostName"] = name.lower() + ".child.contoso.test"
        host["objectSid"] = sid_bytes("%s-%d" % (sid, 1200 + rid))
        e.add("CN=%s,CN=Computers,%s" % (name, dn), **host)
    return dn, sid


@case
def acc_09_child_fires(e):
    """krbtgt of the child domain is sensitive: that breaks the pairs there, and no others."""
    e.pair()
    dn, _ = child_hosts(e)
    e.entries["CN=krbtgt,CN=Users," + dn]["userAccountControl"] |= NOT_DELEGATED


@configured("[group all]\nhosts=HV01;HV03\n")
@case
def rbcd_by_foreign_group(e):
    """RBCD names a group of the target's domain; whether HV03 of another is in it does not show."""
    e.pair()
    child_hosts(e)
    e.group("Movers", groupType=SECURITY_GROUP + 2)  # domain local
    e["HV01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("Movers")))


@case
def protected_by_a_list_alone(e):
    """Protected Users' list names HV01, and one of its groups' HV02; neither says so itself."""
    e.pair()
    e.group("Hardened")["member"] = ["CN=HV02,CN=Computers," + DOMAIN]
    e["Protected Users"]["member"] = ["CN=HV01,CN=Computers," + DOMAIN, "CN=Hardened,CN=Users," + DOMAIN]


@case
@configured("[group production]\nhosts_member_of=CN=Hosts,CN=Users,%s\n\n[operators]\ngroups=CN=Movers,CN=Users,%s\n" % (DOMAIN, DOMAIN))
def groups_in_part(e):
    """The file lacks an operator whom an inner group's list names, and a host of the group that is to be audited."""
    e.pair()
    e.user("alice")
    e.group("Movers", ["alice"])
    e.group("Night shift", memberOf=["CN=Movers,CN=Users," + DOMAIN])["member"] = ["CN=bob,OU=Elsewhere," + DOMAIN]
    e.group("Hosts", ["HV01", "HV02"])["member"] = ["CN=%s,%s" % (name, where) for name, where in (
        ("HV01", "CN=Computers," + DOMAIN), ("HV02", "CN=Computers," + DOMAIN), ("HV03", "OU=Elsewhere," + DOMAIN))]


@case
def rbcd_by_groups_in_part(e):
    """Whoever is in a group and not in the file may be refused: a name in the list, no values, a part of the list,
    in an inner group, of another domain, of another forest; nor does one stand in for another who says to be in it.
    A contact leaves nothing open."""
    e.pair()
    for name in ("FRONT1", "FRONT2", "LATE"):
        e.host(name, spns=["HOST/" + name], uac=HOST)
    dns = {name: "CN=%s,CN=Computers,%s" % (name, DOMAIN) for name in ("FRONT1", "FRONT2", "GONE", "BARE", "CONTACT")}
    e.add(dns["BARE"])
    lists = {"Whole": ("FRONT1", "FRONT2"), "With a contact": ("FRONT1", "FRONT2", "CONTACT"),
             "Hidden": ("FRONT1", "FRONT2", "GONE"), "Bare": ("FRONT1", "FRONT2", "BARE"), "Part": ("FRONT1",),
             "Around": (), "In place": ("FRONT1", "FRONT2", "GONE"), "Of a child": ("FRONT1", "FRONT2", "CHILD"),
             "Of a forest": ("FRONT1", "FRONT2", "FOREST")}
    dns["CHILD"] = "CN=WEB,CN=Computers,DC=child," + DOMAIN
    dns["FOREST"] = "CN=%s-1111,CN=ForeignSecurityPrincipals,%s" % (PARTNER_SID, DOMAIN)
    for number, (name, members) in enumerate(lists.items()):
        e.host(f"FS{number}", spns=[f"HOST/FS{number}"], uac=HOST)
        group = e.group(name, ["Hidden"] if name == "Around" else ["FRONT1", "FRONT2"])
        if members:
            group["member;range=0-0" if name == "Part" else "member"] = [dns[member] for member in members]
        e[f"FS{number}"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid(name)))
    e["LATE"].setdefault("memberOf", []).append("CN=In place,CN=Users," + DOMAIN)
    e.add(dns["CONTACT"], objectClass=["top", "person", "organizationalPerson", "contact"],
          memberOf=["CN=With a contact,CN=Users," + DOMAIN])


@case
def rbcd_by_a_group_without_lists(e):
    """Exported without `member`: who says to be in the group need not be all."""
    rbcd_by_groups_in_part(e)
    for values in e.entries.values():
        for name in [name for name in values if name.partition(";")[0] == "member"]:
            values.pop(name)
    e.lists = False


@case
def forest_in_part(e):
    """CN=Partitions was not exported, but a trust shows a child domain: who else holds the SPNs?"""
    e.pair()
    del e.entries["CN=CONTOSO,CN=Partitions,CN=Configuration," + DOMAIN]
    e.add("CN=child.contoso.test,CN=System," + DOMAIN,
          objectClass=["top", "leaf", "trustedDomain"], trustPartner="child.contoso.test",
          trustAttributes=32)


INBOUND, OUTBOUND, BOTH_WAYS = 1, 2, 3
QUARANTINED, FOREST, SELECTIVE, AS_EXTERNAL, NO_TGT, PIM, TGT = 0x4, 0x8, 0x10, 0x40, 0x200, 0x400, 0x800
PARTNER_SID = "S-1-5-21-7000-8000-9000"


def trust(e, partner, attributes, direction=BOTH_WAYS, **more):
    """As MS-ADTS 6.1.6.7 and Windows have it."""
    values = dict(trustPartner=partner, flatName=partner.split(".")[0].upper(), trustDirection=direction,
                  trustType=2, trustAttributes=attributes, securityIdentifier=sid_bytes(PARTNER_SID))
    values.update(more)
    return e.add("CN=%s,CN=System,%s" % (partner, DOMAIN), objectClass=["top", "leaf", "trustedDomain"], **values)


@case
def tru_01_fires(e):
    """TGTs may be delegated to fabrikam.example, which trusts this forest."""
    e.pair()
    trust(e, "fabrikam.example", FOREST | TGT)


@case
def tru_01_quiet(e):
    """Outbound, where the flag means nothing; switched off again by the older flag; quarantined."""
    e.pair()
    trust(e, "fabrikam.example", FOREST | TGT, OUTBOUND)
    trust(e, "litware.example", FOREST | TGT | NO_TGT)
    trust(e, "tailspin.example", TGT | QUARANTINED)


@case
def tru_02_fires(e):
    """SIDs of this forest may come from a forest trust, an external trust and a bastion forest."""
    e.pair()
    trust(e, "fabrikam.example", FOREST | AS_EXTERNAL)
    trust(e, "litware.example", 0, OUTBOUND)
    trust(e, "bastion.example", FOREST | AS_EXTERNAL | PIM, OUTBOUND)


@case
def tru_02_quiet(e):
    """As Windows makes them; one that this domain does not trust; a realm without SIDs."""
    e.pair()
    trust(e, "fabrikam.example", FOREST)
    trust(e, "litware.example", QUARANTINED)
    trust(e, "tailspin.example", 0, INBOUND)
    trust(e, "REALM.EXAMPLE", 1, trustType=3)


@case
def tru_03_fires(e):
    """Selective authentication of a trust, and HV02 lets an account of the partner act by RBCD."""
    e.pair()
    trust(e, "fabrikam.example", FOREST | SELECTIVE, OUTBOUND)
    trust(e, "litware.example", FOREST | SELECTIVE, OUTBOUND, securityIdentifier=sid_bytes("S-1-5-21-1-2-3"))
    e["HV02"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(PARTNER_SID + "-1104"))


@case
def tru_03_quiet(e):
    """Selective authentication on a trust by which nobody comes here."""
    e.pair()
    trust(e, "fabrikam.example", FOREST | SELECTIVE, INBOUND)


@case
def tru_04_fires(e):
    """RC4 alone to a forest trust, DES alone to a realm."""
    e.pair()
    trust(e, "fabrikam.example", FOREST, **{"msDS-SupportedEncryptionTypes": 4})
    trust(e, "REALM.EXAMPLE", 1, INBOUND, trustType=3, **{"msDS-SupportedEncryptionTypes": 3})


@case
def tru_04_quiet(e):
    """AES beside RC4; nothing said; RC4 towards a domain that no account of this one reaches."""
    e.pair()
    trust(e, "fabrikam.example", FOREST, **{"msDS-SupportedEncryptionTypes": 28})
    trust(e, "litware.example", FOREST)
    trust(e, "tailspin.example", FOREST, OUTBOUND, **{"msDS-SupportedEncryptionTypes": 4})


@case
def trust_unread(e):
    """Whoever exported a trust did not see what it lets through, and of another not its direction."""
    e.pair()
    del trust(e, "fabrikam.example", FOREST)["trustAttributes"]
    del trust(e, "litware.example", FOREST | TGT)["trustDirection"]
    del trust(e, "harmless.example", FOREST)["trustDirection"]


@configured("""[group lost]
hosts_in=OU=Hyper-V,DC=contoso,DC=test
hosts_member_of=CN=Movers,CN=Users,DC=contoso,DC=test
[group spaced]
hosts_in=cn=Computers, dc=contoso, dc=test
""")
@case
def group_places(e):
    """Places without a host are a gap, not a clean audit; blanks in a DN do not matter."""
    e.pair()


@case
def sam_name_unread(e):
    """sAMAccountName cannot be read: the short names that are needed are not known."""
    e.pair()
    del e["HV02"]["sAMAccountName"]


@configured("[group all]\nhosts=HV*\n[operators]\ngroups=CN=Movers,CN=Users,DC=contoso,DC=test\n")
@case
def operators_in_doubt(e):
    """alice is in a group that was not exported; it may be in the operators' group: a gap."""
    e.pair()
    e.group("Movers")
    e.user("alice", memberOf=["CN=Elsewhere,CN=Users," + DOMAIN])


@case
def krbtgt_in_name_only(e):
    """krbtgt was not exported, and a computer has its name: that one says nothing."""
    e.pair()
    del e.entries["CN=krbtgt,CN=Users," + DOMAIN]
    e.host("krbtgt", spns=["HOST/krbtgt"])


@case
def thin_export(e):
    """ldapsearch -LLL with a list of attributes that left out memberOf and the encryption types."""
    e.pair()
    for values in e.entries.values():
        values.pop("memberOf", None)
        values.pop("msDS-SupportedEncryptionTypes", None)


@case
def delegation_unread(e):
    """userAccountControl of HV02 cannot be read: its list is there, what else it may do is not known."""
    e.pair()
    del e["HV02"]["userAccountControl"]


@case
def export_without_partitions(e):
    """CN=Partitions was not exported: another domain of the forest may hold the same SPNs."""
    e.pair()
    del e.entries["CN=CONTOSO,CN=Partitions,CN=Configuration," + DOMAIN]


@case
def export_by_a_plain_user(e):
    """Nobody has RBCD in the file, and nothing shows that whoever exported it would have seen it."""
    e.pair()
    del e["krbtgt"]["nTSecurityDescriptor"]
    del e.entries["CN=AuthN Policy Configuration,CN=Services,CN=Configuration," + DOMAIN]


@case
def export_with_deleted_objects(e):
    """The tombstone of a host that was once called HV02: it is no host, and holds no SPN."""
    e.pair()
    e.host("OLD", isDeleted="TRUE", servicePrincipalName=list(e["HV02"]["servicePrincipalName"]))


AUTHN = "CN=AuthN Policy Configuration,CN=Services,CN=Configuration," + DOMAIN
CONTROL_ACCESS = 0x100


def authn_policy(e, name, *aces, enforced=True, owner="S-1-5-18", **more):
    """Whom computers under it give tickets to."""
    dn = "CN=%s,CN=AuthN Policies,%s" % (name, AUTHN)
    more.setdefault("msDS-ComputerAllowedToAuthenticateTo", descriptor(*aces, owner=owner))
    e.add(dn, objectClass=["top", "msDS-AuthNPolicy"],
          **{"msDS-AuthNPolicyEnforced": "TRUE" if enforced else "FALSE"}, **more)
    return dn


def authn_silo(e, name, policy_dn, *members, enforced=True):
    dn = "CN=%s,CN=AuthN Silos,%s" % (name, AUTHN)
    e.add(dn, objectClass=["top", "msDS-AuthNPolicySilo"],
          **{"msDS-AuthNPolicySiloEnforced": "TRUE" if enforced else "FALSE", "msDS-ComputerAuthNPolicy": policy_dn,
             "msDS-AuthNPolicySiloMembers": ["CN=%s,CN=Computers,%s" % (m, DOMAIN) for m in members]})
    return dn


def may_authenticate(e, *names):
    return [ace(e.sid(n), CONTROL_ACCESS) for n in names]


@case
def acc_12_fires(e):
    """HV02's authentication policy lets the backup server in, and not HV01."""
    e.pair()
    e.host("BK01", spns=both("HOST", "BK01"))
    e["HV02"]["msDS-AssignedAuthNPolicy"] = authn_policy(e, "Hosts", *may_authenticate(e, "BK01"))


@case
def acc_12_quiet(e):
    """HV02's authentication policy lets HV01 in."""
    e.pair()
    e["HV02"]["msDS-AssignedAuthNPolicy"] = authn_policy(e, "Hosts", *may_authenticate(e, "HV01"))


@case
def policy_of_whom(e):
    """A policy is enforced and nobody is under it: whoever exported this may not have been let see who is."""
    e.pair()
    authn_policy(e, "Hosts")
    for values in e.entries.values():
        values.pop("nTSecurityDescriptor", None)


@case
def policy_for_nobody(e):
    """HV02's authentication policy has an empty list; HV01's has no owner: neither lets anybody in."""
    e.pair()
    e["HV02"]["msDS-AssignedAuthNPolicy"] = authn_policy(e, "Nobody")
    bare = struct.pack("<BBHIIII", 1, 0, 0x8004, 0, 0, 0, 20) + descriptor(*may_authenticate(e, "HV02"))[36:]
    e["HV01"]["msDS-AssignedAuthNPolicy"] = authn_policy(
        e, "Ownerless", **{"msDS-ComputerAllowedToAuthenticateTo": bare})


@case
def policy_not_enforced(e):
    """The policy that keeps HV01 out only audits."""
    e.pair()
    e["HV02"]["msDS-AssignedAuthNPolicy"] = authn_policy(e, "Trial", enforced=False)


@case
def policy_by_silo(e):
    """HV02 and the silo name each other: its policy counts, and the one assigned to HV02 does not."""
    e.pair()
    strict = authn_policy(e, "Strict", enforced=False)
    e["HV02"]["msDS-AssignedAuthNPolicySilo"] = authn_silo(e, "Tier 1", strict, "HV02")
    e["HV02"]["msDS-AssignedAuthNPolicy"] = authn_policy(e, "Hosts", *may_authenticate(e, "HV01"))


@case
def policy_by_silo_one_sided(e):
    """HV02 names the silo, which does not name it; the silo names HV01, which does not name it."""
    e.pair()
    e["HV02"]["msDS-AssignedAuthNPolicySilo"] = authn_silo(e, "Tier 1", authn_policy(e, "Strict"), "HV01")


@case
def policy_for_a_local_group(e):
    """HV01 gets in by a domain-local group that a global one is in; HV02 by a group for mail does not."""
    e.pair()
    e.group("Movers", ["HV01"])
    e.group("May migrate", ["Movers"], groupType=-2147483644)
    e.group("Mail", ["HV02"], groupType=2)
    e["HV02"]["msDS-AssignedAuthNPolicy"] = authn_policy(e, "Hosts", *may_authenticate(e, "May migrate"))
    e["HV01"]["msDS-AssignedAuthNPolicy"] = authn_policy(e, "Others", *may_authenticate(e, "Mail"))


@case
def policy_with_a_condition(e):
    """Everybody of a silo, as the administrative centre writes it: only a KDC evaluates the condition."""
    e.pair()
    condition = b"artx" + struct.pack("<BI", 0xF9, 4) + "@a".encode("utf-16-le") + b"\x87" + b"\0" * 2
    e["HV02"]["msDS-AssignedAuthNPolicy"] = authn_policy(
        e, "Claims", ace("S-1-1-0", CONTROL_ACCESS, kind=9, more=condition))


@case
def policy_and_unconstrained(e):
    """HV02's policy keeps HV01 out, which is trusted for unconstrained delegation: then the user may get in."""
    e.pair()
    e["HV01"]["userAccountControl"] |= UNCONSTRAINED
    e["HV02"]["msDS-AssignedAuthNPolicy"] = authn_policy(e, "Nobody")


@configured("[operators]\nusers=alice;bob;carol;dave;erin\n")
@case
def acc_13_fires(e):
    """Five operators, each of whom gets no tickets for another reason."""
    e.pair()
    e.entries[DOMAIN]["lockoutDuration"] = -30 * 60 * 10 ** 7
    e.user("alice")["userAccountControl"] |= DISABLED
    e.user("bob", accountExpires=filetime(1))
    e.user("carol", lockoutTime=filetime(0.01))
    e.user("dave", logonHours=b"\0" * 21)
    e.user("erin", pwdLastSet=0)


@configured("[operators]\nusers=alice;bob;carol;dave\n")
@case
def acc_13_quiet(e):
    """Expires tomorrow; was locked out until this morning; all hours; a password that never expires."""
    e.pair()
    e.entries[DOMAIN]["lockoutDuration"] = -30 * 60 * 10 ** 7
    e.user("alice", accountExpires=filetime(-1))
    e.user("bob", lockoutTime=filetime(0.5))
    e.user("carol", logonHours=b"\xff" * 21)
    e.user("dave", pwdLastSet=0)["userAccountControl"] |= 0x10000


READ_PROPERTY = 0x10
TOKEN_GROUPS = uuid.UUID("46a9b11d-60ae-405a-b7e8-ff8a58d456d2").bytes_le
GROUP_MEMBERSHIP = uuid.UUID("bc0ac240-79a9-11d0-9020-00c04fc2d4cf").bytes_le


def reading_ace(sid, guid, mask=READ_PROPERTY):
    body = struct.pack("<II", mask, 1) + guid + sid_bytes(sid)
    return struct.pack("<BBH", 5, 0, 4 + len(body)) + body


@configured("[operators]\nusers=alice\n")
@case
def acc_14_fires(e):
    """alice's descriptor lets HV01 read her token groups, and HV02 another attribute."""
    e.pair()
    e.user("alice", nTSecurityDescriptor=descriptor(reading_ace(e.sid("HV01"), TOKEN_GROUPS),
                                                    reading_ace(e.sid("HV02"), GROUP_MEMBERSHIP)))


@configured("[operators]\nusers=alice;bob\n")
@case
def acc_14_quiet(e):
    """alice lets a group of the hosts read them; bob lets authenticated users read everything."""
    e.pair()
    e.group("Movers", ["HV01", "HV02"])
    e.user("alice", nTSecurityDescriptor=descriptor(reading_ace(e.sid("Movers"), TOKEN_GROUPS)))
    e.user("bob", nTSecurityDescriptor=descriptor(ace("S-1-5-11", READ_PROPERTY)))


def in_use(e, name, to=(), uac=512, **more):
    """An account that a service runs under: with SPNs, and in use."""
    values = dict(servicePrincipalName=both("HTTP", name), lastLogonTimestamp=filetime(2), whenChanged=generalized(60 * 24))
    values.update(more)
    e.user(name, **values)
    e[name]["userAccountControl"] = uac
    if to:
        e[name]["msDS-AllowedToDelegateTo"] = list(to)


def managed(e, name, uac=HOST, **more):
    """The same as a gMSA."""
    e.host(name, [], uac=uac, spns=both("HTTP", name), **more)
    e[name]["objectClass"] = e[name]["objectClass"] + ["msDS-GroupManagedServiceAccount"]


def database(e, *names):
    for name in names:
        e.host(name, [], uac=HOST, spns=both("HOST", name) + ["MSSQLSvc/%s.contoso.test:1433" % name.lower()])


SQL1 = "MSSQLSvc/sql1.contoso.test:1433"


NEVER_OLD, CARD = 0x10000, 0x40000
DAY = 24 * 3600 * 10 ** 7  # of 100 ns


def password_policy(e, days=42, seen=True, **objects):
    """maxPwdAge, and the container of password settings objects, which an administrator's export has."""
    e.entries[DOMAIN].update(maxPwdAge=-days * DAY, lockoutDuration=-30 * 60 * 10 ** 7)
    container = "CN=Password Settings Container,CN=System," + DOMAIN
    if seen:
        e.add(container, objectClass=["top", "msDS-PasswordSettingsContainer"])
    for name, values in objects.items():
        e.add("CN=%s,%s" % (name, container), objectClass=["top", "msDS-PasswordSettings"], **values)


def serving(e, name, to=(), **more):
    in_use(e, name, to, **{"msDS-SupportedEncryptionTypes": 24}, **more)


@case
def acc_18_fires(e):
    """None gets a TGT of its own, each for another reason; svc-late may act by RBCD."""
    e.pair()
    password_policy(e)
    database(e, "SQL1")
    e["HV01"]["accountExpires"] = filetime(1)
    e["HV02"]["logonHours"] = b"\0" * 21
    serving(e, "svc-must", [SQL1], pwdLastSet=0)
    serving(e, "svc-old", [SQL1], pwdLastSet=filetime(43))
    serving(e, "svc-card", [SQL1], uac=512 | CARD)
    serving(e, "svc-locked", [SQL1], lockoutTime=filetime(0.01))
    serving(e, "svc-late", accountExpires=filetime(3))
    e["SQL1"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("svc-late")))
    serving(e, "svc-tied", [SQL1], **{"msDS-AssignedAuthNPolicy": authn_policy(
        e, "Nowhere", **{"msDS-UserAllowedToAuthenticateFrom": descriptor(owner="S-1-5-18")})})


@case
def acc_18_quiet(e):
    """What no KDC minds: of computers a lockout and no password's age; old ones that never expire; tomorrow's end."""
    e.pair()
    password_policy(e)
    database(e, "SQL1")
    e["HV01"].update(lockoutTime=filetime(0.01), pwdLastSet=0, accountExpires=filetime(-1))
    e["HV02"].update(logonHours=b"\xff" * 21, accountExpires=0x7FFFFFFFFFFFFFFF)
    serving(e, "svc-kept", [SQL1], uac=512 | NEVER_OLD, pwdLastSet=filetime(100))
    serving(e, "svc-must", [SQL1], uac=512 | NEVER_OLD, pwdLastSet=0)
    serving(e, "svc-new", [SQL1], pwdLastSet=filetime(41), lockoutTime=filetime(0.5), userWorkstations="WEB1")
    # A password settings object lets it be old: so says the DC.
    serving(e, "svc-told", [SQL1], pwdLastSet=filetime(100), **{"msDS-User-Account-Control-Computed": 0})
    e["HV02"]["msDS-AssignedAuthNPolicy"] = authn_policy(
        e, "Users", *may_authenticate(e, "HV01"),
        **{"msDS-UserAllowedToAuthenticateFrom": descriptor(owner="S-1-5-18")})


@case
def acc_18_password_settings(e):
    """Which password settings object counts: the one that names the account, else that of its global group; of others the domain's policy."""
    e.pair()
    within = ("CN=%s,CN=Users," + DOMAIN).__mod__
    database(e, "SQL1")
    for name, kind in (("Short", 2), ("Local", 4), ("Mail", 2), ("Inner", 2)):
        e.group(name, groupType=kind - (0 if name == "Mail" else 2 ** 31))
    for name, to in (("svc-short", "Short"), ("svc-long", "Short"), ("svc-local", "Local"), ("svc-mail", "Mail"), ("svc-inner", "Inner")):
        serving(e, name, [SQL1], pwdLastSet=filetime(100 if name == "svc-long" else 11), memberOf=[within(to)])
    e["Inner"]["memberOf"] = [within("Short")]
    serving(e, "svc-own", [SQL1], pwdLastSet=filetime(43))
    serving(e, "svc-young", [SQL1], pwdLastSet=filetime(11))
    serving(e, "svc-locked", [SQL1], lockoutTime=filetime(1))
    serving(e, "svc-over", [SQL1], lockoutTime=filetime(1))
    days = "msDS-MaximumPasswordAge"
    password_policy(
        e, Short={days: -10 * DAY, "msDS-PSOAppliesTo": [within("Short")]},
        Long={days: -400 * DAY, "msDS-PSOAppliesTo": [within("svc-long")]},
        Local={days: -DAY, "msDS-PSOAppliesTo": [within("Local"), within("Mail")]},
        Unused={days: -DAY, "msDS-LockoutDuration": -(2 ** 63)},
        Lock={days: -42 * DAY, "msDS-LockoutDuration": -(2 ** 63), "msDS-PSOAppliesTo": [within("svc-locked")]})


@case
def acc_18_managed(e):
    """Nobody may read the passwords of gmsa-none and gmsa-denied; SQL1 that of gmsa-app; of gmsa-hidden it is not told who."""
    e.pair()
    database(e, "SQL1")
    for name, readers in (("gmsa-none", ()), ("gmsa-denied", (ace(e.sid("SQL1"), kind=1), ace(e.sid("SQL1"), mask=0x20000))),
                          ("gmsa-app", (ace(e.sid("SQL1")),)), ("gmsa-hidden", None)):
        managed(e, name)
        e[name]["msDS-AllowedToDelegateTo"] = [SQL1]
        if readers is not None:
            e[name]["msDS-GroupMSAMembership"] = descriptor(*readers)


@case
def acc_18_unread(e):
    """Some hours; too old but for a password settings object that may apply; a policy that wants armoured requests."""
    e.pair()
    password_policy(e, P1={"msDS-MaximumPasswordAge": -10 * DAY, "msDS-LockoutDuration": -(2 ** 63)}, P2={"msDS-MaximumPasswordAge": -90 * DAY})
    database(e, "SQL1")
    e["HV01"]["logonHours"] = b"\xff" * 20 + b"\x7f"
    serving(e, "svc-old", [SQL1], pwdLastSet=filetime(43))
    serving(e, "svc-soon", [SQL1], pwdLastSet=filetime(11))
    serving(e, "svc-new", [SQL1], pwdLastSet=filetime(9), lockoutTime=filetime(0.5))
    serving(e, "svc-tied", [SQL1], pwdLastSet=filetime(9), **{"msDS-AssignedAuthNPolicy": authn_policy(
        e, "Tier 1", **{"msDS-UserAllowedToAuthenticateFrom": descriptor(ace("S-1-1-0", CONTROL_ACCESS),
                                                                         owner="S-1-5-18")})})


@case
def acc_18_hidden(e):
    """The same age, and nobody saw whether there are password settings objects: not known. Others are ready."""
    e.pair()
    password_policy(e, seen=False)
    database(e, "SQL1")
    serving(e, "svc-old", [SQL1], pwdLastSet=filetime(43))
    serving(e, "svc-new", [SQL1], pwdLastSet=filetime(41))


@configured("[operators]\nusers=alice;bob\n")
@case
def acc_13_by_policy(e):
    """alice's password is older than maxPwdAge; bob's is older than the password settings object that applies."""
    e.pair()
    password_policy(e)
    e.user("alice", pwdLastSet=filetime(43))
    e.user("bob", pwdLastSet=filetime(20), **{"msDS-User-Account-Control-Computed": 0x800000})


@configured("[operators]\nusers=alice\n")
@case
def acc_13_unread(e):
    """Every account has pwdLastSet: what is absent was not read, and is not 0."""
    e.pair()
    del e.user("alice")["pwdLastSet"]


@case
def acc_16_fires(e):
    """svc-web may act as any user towards SQL1, with a password of 2023; svc-old as those who sign in to it."""
    e.pair()
    database(e, "SQL1")
    in_use(e, "svc-web", [SQL1], uac=512 | T2A4D | NEVER_OLD, pwdLastSet=filetime(1200))
    in_use(e, "svc-old", [SQL1], uac=512 | NEVER_OLD, pwdLastSet=filetime(400))


@case
def acc_16_quiet(e):
    """One changed its password a year ago, one has no SPN, one is a gMSA."""
    e.pair()
    database(e, "SQL1")
    in_use(e, "svc-web", [SQL1], uac=512 | NEVER_OLD, pwdLastSet=filetime(364))
    in_use(e, "svc-mute", [SQL1], uac=512 | NEVER_OLD, pwdLastSet=filetime(1200), servicePrincipalName=[])
    managed(e, "gmsa-web", pwdLastSet=filetime(1200))
    e["gmsa-web"]["msDS-AllowedToDelegateTo"] = [SQL1]


@case
def acc_17_fires(e):
    """svc-web lost its SPNs to another account and keeps its list; alice, a person, may act on SQL1 by RBCD."""
    e.pair()
    database(e, "SQL1")
    in_use(e, "svc-web", [SQL1], servicePrincipalName=[])
    in_use(e, "alice", servicePrincipalName=[])
    e["SQL1"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("alice")))


@case
def acc_17_quiet(e):
    """svc-web holds one SPN; what has none delegates to nobody."""
    e.pair()
    database(e, "SQL1")
    in_use(e, "svc-web", [SQL1], servicePrincipalName=["HTTP/web"])
    in_use(e, "alice", servicePrincipalName=[])


@case
def del_15_fires(e):
    """The list of svc-web was emptied; the flag stayed."""
    e.pair()
    in_use(e, "svc-web", uac=512 | T2A4D)


@case
def del_15_quiet(e):
    """No list either, but SQL1 lets it in by a group; and a read-only DC has the flag by design."""
    e.pair()
    database(e, "SQL1")
    in_use(e, "svc-web", uac=512 | T2A4D)
    e.group("Web services", ["svc-web"])
    e["SQL1"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("Web services")))
    e.host("RODC01", [], uac=HOST | T2A4D | RODC, spns=both("HOST", "RODC01"), primaryGroupID=521)


@case
def del_16_fires(e):
    """svc-old is disabled and keeps its list; gmsa-old, unconstrained delegation."""
    e.pair()
    database(e, "SQL1")
    in_use(e, "svc-old", [SQL1], uac=512 | DISABLED | T2A4D)
    managed(e, "gmsa-old", uac=HOST | DISABLED | UNCONSTRAINED)


@case
def del_16_quiet(e):
    """svc-old is disabled, and its list is empty."""
    e.pair()
    in_use(e, "svc-old", uac=512 | DISABLED)


@case
def rbc_09_fires(e):
    """svc-web may act on svc-app, which holds no SPN."""
    e.pair()
    in_use(e, "svc-web")
    in_use(e, "svc-app", servicePrincipalName=[])
    e["svc-app"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("svc-web")))


@case
def rbc_09_quiet(e):
    """svc-app holds its SPN; svc-none holds none, and its descriptor names nobody."""
    e.pair()
    in_use(e, "svc-web")
    in_use(e, "svc-app")
    e["svc-app"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("svc-web")))
    in_use(e, "svc-none", servicePrincipalName=[])
    e["svc-none"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor()


@case
def accounts_judged(e):
    """No host, and judged all the same: a user, a gMSA, computers, a group that delegate or are delegated to."""
    e.pair()
    database(e, "SQL1", "SQL2")
    e.host("DC01", [], uac=DOMAIN_CONTROLLER | UNCONSTRAINED, spns=both("HOST", "DC01") + both("ldap", "DC01"), primaryGroupID=516)
    e.host("AZUREADSSOACC", [], uac=HOST, spns=["HOST/autologon.microsoftazuread-sso.com"], pwdLastSet=filetime(2000),
           lastLogonTimestamp=0)
    in_use(e, "svc-two", servicePrincipalName=["HTTP/two", "HTTP/app"])
    in_use(e, "svc-app", servicePrincipalName=["HTTP/app"])
    in_use(e, "svc-web", [SQL1, "HTTP/gone", "HTTP/app", "HOST/autologon.microsoftazuread-sso.com"] + both("ldap", "DC01"),
            uac=512 | T2A4D | NOT_DELEGATED)
    managed(e, "gmsa-app", uac=HOST | UNCONSTRAINED)
    in_use(e, "svc-weak", [SQL1], uac=512 | NEVER_OLD, pwdLastSet=filetime(80), lastLogonTimestamp=filetime(70),
            memberOf=["CN=Protected Users,CN=Users," + DOMAIN], **{"msDS-SupportedEncryptionTypes": 4})
    e["SQL1"]["userAccountControl"] |= DISABLED
    cluster(e, "CLU1")
    e.group("Operators", ["svc-weak"])
    e["SQL2"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(
        ace("S-1-5-11"), ace(SID + "-9999"), ace(e.sid("CLU1")))
    e["gmsa-app"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("svc-web")))[:-6]
    e["DC01"]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(ace(e.sid("Operators")))


@case
def accounts_written(e):
    """The helpdesk may reset svc-web's password and add keys to SQL1; everybody reads gmsa-app's password."""
    e.pair()
    database(e, "SQL1")
    e.group("Helpdesk")
    in_use(e, "svc-web", [SQL1])
    managed(e, "gmsa-app")
    e["gmsa-app"]["msDS-AllowedToDelegateTo"] = [SQL1]
    reset, keys = uuid.UUID("00299570-246d-11d0-a768-00aa006e0529"), uuid.UUID("5b47d60f-6090-40b2-9f37-2a4de88f3063")
    helpdesk = e.sid("Helpdesk")

    def allowed(right, of):
        body = struct.pack("<II", right, 1) + of.bytes_le + sid_bytes(helpdesk)
        return struct.pack("<BBH", 5, 0, 4 + len(body)) + body

    plain = (ace(SID + "-512"), ace("S-1-5-11", mask=0x20094))
    for name in ("HV01", "HV02"):
        e[name]["nTSecurityDescriptor"] = descriptor(*plain)
    e["svc-web"]["nTSecurityDescriptor"] = descriptor(*plain, allowed(0x100, reset))
    e["SQL1"]["nTSecurityDescriptor"] = descriptor(*plain, allowed(0x20, keys))
    e["gmsa-app"]["nTSecurityDescriptor"] = descriptor(*plain, allowed(0x100, reset))
    e["gmsa-app"]["msDS-GroupMSAMembership"] = descriptor(ace(SID + "-515"), ace(e.sid("SQL1")))
GMSA = ["top", "person", "organizationalPerson", "user", "computer", "msDS-GroupManagedServiceAccount"]
ACT_ON = "msDS-AllowedToActOnBehalfOfOtherIdentity"


def service_user(e, name, uac=512, spns=(), to=(), **more):
    """A user account that a service runs as."""
    account = e.user(name, servicePrincipalName=list(spns), **{"msDS-AllowedToDelegateTo": list(to)}, **more)
    account["userAccountControl"] = uac
    return account


def domain_controller(e, name):
    e["krbtgt"]["pwdLastSet"] = filetime(900)
    return e.host(name, [], uac=DOMAIN_CONTROLLER | UNCONSTRAINED, spns=both("HOST", name) + both("ldap", name),
                  primaryGroupID=516)


@commanded("delegations", "delegations -v --way rbcd", "delegations --risk tier0,ghost -f json", "delegations -q",
           "check svc-web MSSQLSvc/sql1.contoso.test:1433", "check gmsa-app cifs/FILES",
           "check svc-web HTTP/gone.contoso.test", "check svc-web HTTP/print.contoso.test",
           "check svc-web nfs/print.contoso.test", "check svc-sql cifs/FILES -f json",
           "check nobody cifs/FILES", "check svc-web FILES", "audit --host svc-web --no-history")
@case
def delegations_of_services(e):
    """No Hyper-V anywhere: services that delegate, one of them to a domain controller."""
    domain_controller(e, "DC01")
    e.host("SQL1", [], uac=HOST, spns=both("HOST", "SQL1"))
    e.host("FILES", [], uac=HOST, spns=both("HOST", "FILES"))
    e.host("PRINT", [], uac=HOST | UNCONSTRAINED, spns=both("HOST", "PRINT"))
    service_user(e, "svc-sql", spns=["MSSQLSvc/sql1.contoso.test:1433", "MSSQLSvc/sql1.contoso.test"])
    service_user(e, "svc-web", 512 | T2A4D, ["HTTP/portal.contoso.test"],
            ["MSSQLSvc/sql1.contoso.test:1433", "MSSQLSvc/sql1.contoso.test", "cifs/dc01.contoso.test",
             "HTTP/gone.contoso.test"])
    e.host("gmsa-app", ["cifs/FILES", "cifs/files.contoso.test"], uac=HOST, spns=["HTTP/app.contoso.test"])
    e["gmsa-app"]["objectClass"] = GMSA
    e.group("Gateways", ["gmsa-app", "svc-web"])
    e["FILES"][ACT_ON] = descriptor(ace(e.sid("Gateways")))
    e["SQL1"][ACT_ON] = descriptor(ace("S-1-5-11"))


@configured("[group prod]\nhosts=HV01;HV02\n")
@commanded("delegations", "delegations --scope hosts", "delegations --way kcd,nfs", "audit --scope hosts -q --no-history")
@case
def delegations_beside_hosts(e):
    """Hosts that may migrate to each other, and a service that may act on a domain controller."""
    e.pair()
    domain_controller(e, "DC01")
    service_user(e, "svc-web", 512 | T2A4D, ["HTTP/portal.contoso.test"], ["ldap/dc01.contoso.test", "cifs/dc01.contoso.test"])


@commanded("delegations", "delegations -f csv", "delegations -f json")
@case
def delegations_that_others_miss(e):
    """Everything that impacket's findDelegation is known to leave out or to get wrong."""
    e.host("FS01", [], uac=HOST, spns=both("HOST", "FS01"))
    # A list in vain: its row is the list, which is empty.
    service_user(e, "svc-empty-list", 512 | T2A4D, ["HTTP/empty.contoso.test"])
    # Two ways at once, which depend on the order of attributes there.
    service_user(e, "svc-both-ways", 512 | UNCONSTRAINED, ["HTTP/both.contoso.test"], ["HOST/FS01"])
    # HOST/FS01 stands in for cifs/FS01: the literal SPN is on nobody.
    service_user(e, "svc-alias", 512 | T2A4D, ["HTTP/alias.contoso.test"], ["cifs/FS01"])
    service_user(e, "svc-kerberos-only", 512, ["HTTP/kerberos.contoso.test"], ["cifs/FS01"])
    domain_controller(e, "DC01")
    service_user(e, "svc-denied", 512, ["HTTP/denied.contoso.test"])
    service_user(e, "svc-granted-later", 512, ["HTTP/later.contoso.test"])
    service_user(e, "svc-off", 512 | DISABLED, ["HTTP/off.contoso.test"])
    e["FS01"][ACT_ON] = descriptor(
        ace(e.sid("svc-denied"), deny=True), ace(e.sid("svc-granted-later"), deny=True),
        ace(e.sid("svc-granted-later")), ace(e.sid("svc-off")), ace("S-1-5-21-7-8-9-1200"), ace(SID + "-4711"))
    e["DC01"][ACT_ON] = descriptor(ace(e.sid("FS01")))


@commanded("delegations", "delegations -f csv")
@case
def delegations_that_others_filter(e):
    """What findDelegation's filters drop: disabled accounts, whoever a descriptor names beside everybody, a second flag."""
    database(e, "SQL1", "SQL2", "SQL3")
    in_use(e, "svc-web", [SQL1], uac=512 | DISABLED)
    in_use(e, "svc-app", uac=512 | T2A4D, **{"msDS-SupportedEncryptionTypes": 28})
    # Everybody may act on SQL2, which is disabled, and on SQL3, which is not.
    e["SQL2"]["userAccountControl"] |= DISABLED
    for name in ("SQL2", "SQL3"):
        e[name][ACT_ON] = descriptor(ace("S-1-1-0"), ace(SID + "-515"), ace(e.sid("svc-app")))
    # Unconstrained, and any protocol for its list.
    in_use(e, "svc-all", [SQL1], uac=512 | T2A4D | UNCONSTRAINED, **{"msDS-SupportedEncryptionTypes": 28})
    # Two accounts hold the one SPN of the last.
    in_use(e, "svc-two", servicePrincipalName=["HTTP/two"])
    in_use(e, "svc-twin", servicePrincipalName=["HTTP/two"])
    e["svc-two"][ACT_ON] = descriptor(ace("S-1-5-11"))


@commanded("delegations", "check svc-web ldap/app.contoso.test/contoso.test")
@case
def delegations_of_three_parts(e):
    """Samba's KDC: an SPN that ends with the domain's name leads to DC01, and nobody to svc-app by it."""
    e[""]["vendorName"] = "Samba Team (https://www.samba.org)"
    domain_controller(e, "DC01")
    e["DC01"]["servicePrincipalName"] += ["ldap/dc01.contoso.test/contoso.test"]
    aes = {"msDS-SupportedEncryptionTypes": 28}
    service_user(e, "svc-app", spns=["ldap/app.contoso.test/contoso.test", "ldap/app.contoso.test/CONTOSO",
                                     "ldap/app.contoso.test/Reports"], **aes)
    service_user(e, "svc-web", 512 | T2A4D, ["HTTP/web"],
                 e["svc-app"]["servicePrincipalName"] + ["ldap/dc01.contoso.test/contoso.test"], **aes)


@commanded("delegations", "delegations -f csv", "check WEB cifs/FS01", "check WEB$ cifs/FS01")
@case
def delegations_of_like_names(e):
    """A user and a computer of one name; an SPN that is on nobody and named like an account; wicked names."""
    e.host("WEB", ["cifs/FS01"], uac=HOST, spns=both("HOST", "WEB"))
    e.host("FS01", [], uac=HOST, spns=both("HOST", "FS01"))
    service_user(e, "WEB", 512, ["HTTP/web.contoso.test"], ["cifs/FS01", "FS01", "http/=cmd|' /C calc'!A1", "http/\x1b[31mred"])


@configured("[group prod]\nhosts=HV*\n\n[operators]\nusers=alice\n")
@case
def first_of_many(e):
    """One duplicate SPN is behind most of what fails; some of the rest only an administrator can decide."""
    names = ["HV%02d" % number for number in range(1, 9)]
    for name in names:
        e.host(name, tuple(other for other in names if other != name) if name != "HV04" else ())
    e.user("svc-vmm-old", servicePrincipalName=both(MIGRATION, "HV01"))
    e["HV02"]["userAccountControl"] |= DISABLED
    e["HV03"]["memberOf"] = ["CN=Protected Users,CN=Users," + DOMAIN]
    e["HV05"]["userAccountControl"] &= ~T2A4D
    e["HV06"]["servicePrincipalName"] = [v for s in WINDOWS for v in both(s, "HV06")]
    e["HV07"]["userAccountControl"] |= NOT_DELEGATED
    e.user("alice")
    e["alice"]["userAccountControl"] = 512 | NOT_DELEGATED


@configured("[group prod]\nhosts=HV*\n")
@case
def first_together(e):
    """Nothing works before krbtgt may be delegated, and then only what has a list: the two are needed together."""
    e.host("HV01", ())
    e.host("HV02", ())
    e.host("HV03", ())
    e["krbtgt"]["userAccountControl"] |= NOT_DELEGATED


@configured("[group prod]\nhosts=HV*\nmode=rbcd\n")
@case
def first_by_grants(e):
    """What lets sources in stands on the targets: a step per target, and one for whoever lacks protocol transition."""
    e.host("HV01", ("HV02", "HV03"))
    e.host("HV02", ("HV01",), uac=HOST)
    e.host("HV03", ())


@case
def first_of_services(e):
    """No Hyper-V: steps are counted by the delegations that they turn ready."""
    e.host("SQL1", [], uac=HOST, spns=both("HOST", "SQL1"))
    e.host("FILES", [], uac=HOST | DISABLED, spns=both("HOST", "FILES"))
    service_user(e, "svc-sql", spns=["MSSQLSvc/sql1.contoso.test:1433"])
    service_user(e, "svc-sql-old", spns=["MSSQLSvc/sql1.contoso.test:1433"])
    service_user(e, "svc-web", 512 | T2A4D, ["HTTP/portal.contoso.test"], ["MSSQLSvc/sql1.contoso.test:1433", "cifs/FILES"])
    service_user(e, "svc-app", 512 | T2A4D, ["HTTP/app.contoso.test"], ["MSSQLSvc/sql1.contoso.test:1433"])
    for name in ("svc-sql", "svc-sql-old", "svc-web", "svc-app"):
        e[name]["msDS-SupportedEncryptionTypes"] = 24


def metadata(*entries):
    """replPropertyMetaData: (ATTRTYP, version, days before the export, invocationId) each."""
    blob = struct.pack("<IIII", 1, 0, len(entries), 0)
    for kind, version, days, dsa in entries:
        blob += struct.pack("<IIQ", kind, version, filetime(days) // 10 ** 7) + dsa + bytes(16)
    return blob


@case
def changed_lately(e):
    """Whose list was changed on DC1, and whose flags on a DC that is gone, a month before the export."""
    e.pair()
    e["HV01"]["userAccountControl"] = HOST
    here, gone = bytes(range(16)), bytes(range(16, 32))
    e["HV01"]["replPropertyMetaData"] = metadata((0x90008, 2, 31, gone), (0x906FB, 7, 2, here), (0x90001, 1, 90, here))
    e.add("CN=NTDS Settings,CN=DC1,CN=Servers,CN=Site,CN=Sites," + CONFIGURATION,
          objectClass=["top", "applicationSettings", "nTDSDSA"], invocationId=here)


@case
def changed_damaged(e):
    """Metadata that is shorter than it says is none, and said to be unread."""
    e.pair()
    e["HV01"]["userAccountControl"] = HOST
    e["HV01"]["replPropertyMetaData"] = metadata((0x906FB, 7, 2, bytes(16)))[:-1]
# What hosts say of themselves (--facts). Credential Guard runs everywhere: with Kerberos it harms nobody.

ALICE = "[operators]\nusers=CONTOSO\\alice\n"


@commanded("check HV01 HV02 --facts facts", "diagnose 0x8009030E HV01 HV02 --facts facts",
           "diagnose 0x8007274D HV01 HV02 --facts facts/HV01.json", "diagnose 0x80070005 HV01 HV02")
@case
def facts_ready(e):
    """Both hosts say that all is well, one of them in German: nothing to say but what was looked at."""
    hosts = hostfacts.told(e)
    hosts["HV02"] = hostfacts.facts("HV02", "de-DE", 2)
    hosts.write(e)


@commanded("check HV01 HV02 --facts facts", "diagnose 0x8007274D HV01 HV02 --facts facts")
@case
def hst_01_fires(e):
    """HV02 has live migration off; HV01, a French one, allows none at a time."""
    hosts = hostfacts.told(e, language="fr-FR")
    hosts["HV02"]["hyperv"]["migration_enabled"] = False
    hosts["HV02"]["listening"]["ports"].remove(6600)
    hosts["HV01"]["hyperv"]["maximum_migrations"] = 0
    hosts.write(e)


@case
def hst_01_quiet(e):
    """Enabled on both, one at a time."""
    hosts = hostfacts.told(e)
    hosts["HV02"]["hyperv"]["maximum_migrations"] = 1
    hosts.write(e)


@commanded("check HV01 HV02 --facts facts", "diagnose 0x8009030E HV01 HV02 --facts facts",
           "diagnose 0x8009030D HV02 HV01 --facts facts")
@case
def hst_02_fires(e):
    """Both use CredSSP, as new hosts do; Credential Guard does not run."""
    hosts = hostfacts.told(e, language="ja-JP")
    for told in hosts.values():
        told["hyperv"]["authentication"] = 0
        told["credential_guard"]["running"] = False
    hosts.write(e)


@case
def hst_02_quiet(e):
    """Both use Kerberos."""
    hostfacts.told(e, language="ja-JP").write(e)


@commanded("diagnose 0x8009030D HV01 HV02 --facts facts")
@case
def hst_03_fires(e):
    """HV02 alone uses CredSSP."""
    hosts = hostfacts.told(e)
    hosts["HV02"]["hyperv"]["authentication"] = 0
    hosts["HV02"]["credential_guard"]["running"] = False
    hosts.write(e)


@case
def hst_03_quiet(e):
    """Both use CredSSP: the same on both."""
    hosts = hostfacts.told(e)
    for told in hosts.values():
        told["hyperv"]["authentication"] = 0
    hosts.write(e)


@commanded("diagnose 0x8009030E HV01 HV02 --facts facts")
@case
def hst_04_fires(e):
    """An upgraded host: CredSSP as before, and now Credential Guard."""
    hosts = hostfacts.told(e, language="zh-CN")
    hosts["HV01"]["hyperv"]["authentication"] = 0
    hosts.write(e)


@case
def hst_04_quiet(e):
    """CredSSP without Credential Guard."""
    hosts = hostfacts.told(e)
    hosts["HV01"]["hyperv"]["authentication"] = 0
    hosts["HV01"]["credential_guard"]["running"] = False
    hosts.write(e)


@configured(ALICE)
@commanded("diagnose 0x80070005 HV01 HV02 --facts facts", "check HV01 HV02 --facts facts")
@case
def hst_05_fires(e):
    """alice is let in on HV01, a Russian one, by a group in a group, and not on HV02."""
    e.user("alice")
    e.group("Movers", ("alice",))
    e.group("Hyper-V Admins", ("Movers",))
    hosts = hostfacts.told(e, language="ru-RU")
    hosts["HV01"]["groups"]["list"][1]["members"] = [
        hostfacts.member(e.sid("Hyper-V Admins"), "CONTOSO\\Hyper-V Admins")]
    hosts.write(e)


@configured(ALICE)
@commanded("diagnose 0x80070005 HV01 HV02 --facts facts")
@case
def hst_05_quiet(e):
    """alice is in Hyper-V Administrators of one host, and in Administrators of the other."""
    e.user("alice")
    hosts = hostfacts.told(e, language="ru-RU")
    for name, group in (("HV01", 1), ("HV02", 0)):
        hosts[name]["groups"]["list"][group]["members"].append(
            hostfacts.member(e.sid("alice"), "CONTOSO\\alice"))
    hosts.write(e)


@commanded("diagnose 0x8007274D HV01 HV02 --facts facts")
@case
def hst_06_fires(e):
    """VMMS of HV02 does not listen, nor does its Server service; of HV01 WinRM does not."""
    hosts = hostfacts.told(e)
    hosts["HV02"]["listening"]["ports"] = [135, 5986]
    hosts["HV01"]["listening"]["ports"] = [445, 6600]
    hosts.write(e)


@case
def hst_06_quiet(e):
    """WinRM over TLS alone; and where live migration is off, nothing need listen on 6600."""
    hosts = hostfacts.told(e)
    hosts["HV01"]["listening"]["ports"] = [445, 5986, 6600]
    hosts["HV01"]["firewall"]["allowed"][2]["rules"] = ["WINRM-HTTPS-In-TCP"]
    hosts["HV02"]["listening"]["ports"].remove(6600)
    hosts["HV02"]["hyperv"]["migration_enabled"] = False
    hosts.write(e)


@commanded("diagnose 0x8007274C HV01 HV02 --facts facts")
@case
def hst_07_fires(e):
    """No rule lets live migration in on HV02."""
    hosts = hostfacts.told(e)
    hosts["HV02"]["firewall"]["allowed"][3]["rules"] = []
    hosts.write(e)


@case
def hst_07_quiet(e):
    """The same with the firewall off; and a list of one, as Windows PowerShell may write it."""
    hosts = hostfacts.told(e)
    hosts["HV01"]["firewall"]["allowed"][3]["rules"] = "VIRT-MIGL-In-TCP-NoScope"
    hosts["HV02"]["firewall"] = {"blocks": False, "allowed": [{"port": 6600, "rules": []}]}
    hosts.write(e)


@configured(ALICE)
@commanded("diagnose 0x80070569 HV01 HV02 --facts facts", "diagnose 0x80070569 HV02 HV01 --facts facts")
@case
def hst_08_fires(e):
    """HV02 lets Administrators alone in, of whom alice is none, and HV01 denies a group in which she is."""
    e.user("alice")
    hosts = hostfacts.told(e)
    hosts["HV02"]["rights"]["list"][0]["principals"] = ["*S-1-5-32-544"]
    e.group("Not at servers", ("alice",))
    hosts["HV01"]["rights"]["list"][1]["principals"] = ["*" + e.sid("Not at servers")]
    for told in hosts.values():
        told["groups"]["list"][1]["members"] = hostfacts.member(e.sid("alice"), "CONTOSO\\alice")
    hosts.write(e)


@configured(ALICE)
@case
def hst_08_quiet(e):
    """A baseline: Administrators and Authenticated Users let in, guests and local accounts denied."""
    e.user("alice")
    hosts = hostfacts.told(e)
    for told in hosts.values():
        told["rights"]["list"][0]["principals"] = ["*S-1-5-32-544", "*S-1-5-11"]
        told["rights"]["list"][1]["principals"] = ["*S-1-5-32-546", "*S-1-5-113"]
        told["groups"]["list"][1]["members"] = [hostfacts.member(e.sid("alice"), "CONTOSO\\alice")]
    hosts.write(e)


@commanded("diagnose 0x8007274D HV01 HV02 --facts facts")
@case
def hst_09_fires(e):
    """HV02's network was renumbered; HV01 has none chosen."""
    hosts = hostfacts.told(e)
    hosts["HV02"]["addresses"]["list"] = ["10.0.2.12/24", "192.168.7.12/24"]
    hosts["HV01"]["hyperv"]["networks"] = []
    hosts.write(e)


@case
def hst_09_quiet(e):
    """Any network will do on HV01; on HV02 one that is half a byte long, and a single address."""
    hosts = hostfacts.told(e)
    hosts["HV01"]["hyperv"].update(any_network=True, networks=[])
    hosts["HV02"]["hyperv"]["networks"] = ["10.0.0.0/20", "192.168.7.99"]
    hosts.write(e)


@case
def hst_10_fires(e):
    """HV01 has no address in the one network on which HV02 takes migrations."""
    hosts = hostfacts.told(e)
    hosts["HV02"]["hyperv"]["networks"] = ["10.0.9.0/24"]
    hosts["HV02"]["addresses"]["list"].append("10.0.9.2/24")
    hosts.write(e)


@case
def hst_10_quiet(e):
    """They share one by IPv6."""
    hosts = hostfacts.told(e)
    hosts["HV01"]["addresses"]["list"] = ["10.1.0.1/24", "fd00:1::11/64"]
    hosts["HV01"]["hyperv"]["any_network"] = True
    hosts["HV02"]["hyperv"]["networks"] = ["10.0.1.0/24", "fd00:1::/64"]
    hosts.write(e)


@commanded("diagnose 0x80090324 HV01 HV02 --facts facts")
@case
def hst_11_fires(e):
    """HV01 is six minutes ahead, HV02 two and a half behind."""
    hosts = hostfacts.told(e, language="de-DE")
    hosts["HV01"]["clock"]["offset_seconds"] = 361.4
    hosts["HV02"]["clock"]["offset_seconds"] = -150
    hosts.write(e)


@commanded("diagnose 0x80090324 HV01 HV02 --facts facts")
@case
def hst_11_quiet(e):
    """Less than two minutes."""
    hosts = hostfacts.told(e)
    hosts["HV01"]["clock"]["offset_seconds"] = 119.9
    hosts.write(e)


@configured(ALICE)
@commanded("check HV01 HV02 --facts facts", "diagnose 0x8009030E HV01 HV02 --facts facts")
@case
def facts_unread(e):
    """HV01 could not tell, HV03 is not audited, and of HV02 an older file lies there as well."""
    e.user("alice")
    hosts = hostfacts.told(e, "HV01", "HV02", "HV03")
    hosts.lacks("HV01", "hyperv", "Get-VMHost: The Hyper-V service is not running.")
    hosts.lacks("HV01", "rights", "not run as administrator")
    hosts.lacks("HV01", "groups", "Access is denied.")
    del hosts["HV01"]["clock"]
    hosts["HV02, last week"] = hostfacts.copied(hosts, "HV02")
    hosts["HV02, last week"].update(collected="2026-11-11T09:12:00Z")
    hosts["HV02, last week"]["hyperv"]["authentication"] = 0
    hosts.write(e)


HV02_DN = "CN=HV02,CN=Computers," + DOMAIN


@case
def exported_twice(e):
    """HV02 stands twice, once disabled, and neither entry is newer."""
    e.pair()
    e.add(HV02_DN.upper(), **dict(e["HV02"], userAccountControl=HOST | T2A4D | 2))


@case
def exported_twice_newer(e):
    """HV02 stands twice; the newer entry has other SPNs in another order, and no list."""
    e.pair()
    newer = dict(e["HV02"], whenChanged=generalized(60), servicePrincipalName=e["HV02"]["servicePrincipalName"][::-1])
    del newer["msDS-AllowedToDelegateTo"]
    e.add(HV02_DN.upper(), **newer)


@case
def moved_between_exports(e):
    """HV02 at its old place and at its new one, where it is disabled, and neither entry is newer."""
    e.pair()
    e.add("CN=HV02,OU=Hyper-V," + DOMAIN, **dict(e["HV02"], userAccountControl=HOST | T2A4D | 2))


@case
def deleted_by_name(e):
    """A deleted HV02, exported by a list of attributes without isDeleted."""
    e.pair()
    e.add("CN=HV02\\0ADEL:6d4f5d0e-1111-2222-3333-444455556666,CN=Deleted Objects," + DOMAIN,
          **dict(e["HV02"], objectSid=sid_bytes("S-1-5-21-1000-2000-3000-1999")))


@case
def child_without_spns(e):
    """Of the child domain no account shows an SPN: who holds the hosts' may be there."""
    e.pair()
    child_domain(e, spns=())


@commanded("delegations", "check WEB cifs/DB", "check HV01 HV02")
@case
def rbcd_by_old_sids(e):
    """Whom descriptors name was moved: HV01 and WEB bear the SID in their sIDHistory, APPS is a group that does."""
    e.pair()
    e["HV01"]["msDS-AllowedToDelegateTo"] = []
    e["HV01"]["sIDHistory"] = [sid_bytes(SID + "-901")]
    e["HV02"][ACT_ON] = descriptor(ace(SID + "-901"))
    e.host("WEB", [], uac=HOST, spns=both("HOST", "WEB"), sIDHistory=[sid_bytes(SID + "-902")])
    e.host("APP", [], uac=HOST, spns=both("HOST", "APP"))
    e.group("APPS", ["APP"], sIDHistory=[sid_bytes(SID + "-903")])
    e.host("DB", [], uac=HOST, spns=both("HOST", "DB"))
    # WEB by both of its SIDs; and one that nobody bears.
    e["DB"][ACT_ON] = descriptor(*[ace(s) for s in (SID + "-902", e.sid("WEB"), SID + "-903", SID + "-904")])


@commanded("delegations")
@case
def rbcd_by_old_sids_of_samba(e):
    """A Samba KDC puts no sIDHistory into a ticket, a Windows one does: nobody who is named so is gone, nor ready."""
    e[""]["vendorName"] = "Samba Team (https://www.samba.org)"
    rbcd_by_old_sids(e)


@commanded("delegations")
@case
def nobody_is_delegable(e):
    """krbtgt is sensitive: neither unconstrained delegation nor RBCD for everybody leads anywhere."""
    e["krbtgt"]["userAccountControl"] |= NOT_DELEGATED
    e.host("WEB", [], uac=HOST | UNCONSTRAINED, spns=both("HOST", "WEB"))
    e.host("DB", [], uac=HOST, spns=both("HOST", "DB"))
    e["DB"][ACT_ON] = descriptor(ace("S-1-1-0"))


@commanded("delegations")
@case
def nobody_gets_a_ticket(e):
    """Unconstrained, or open to everybody: DES alone, no password, a policy for nobody, one SPN on two accounts; and who is let in."""
    for name, way in (("WEB", UNCONSTRAINED), ("DB", 0)):
        e.host(name + "1", [], uac=HOST | way | DES_ONLY, spns=both("HOST", name + "1"))
        e.host(name + "2", [], uac=HOST | way, spns=both("HOST", name + "2"), pwdLastSet=0)
        del e[name + "2"]["lastLogonTimestamp"]
        for n in "345":
            e.host(name + n, [], uac=HOST | way, spns=both("HOST", name + n))
        e[name + "3"]["msDS-AssignedAuthNPolicy"] = authn_policy(e, "Nobody of " + name)
        e[name + "4"]["msDS-AssignedAuthNPolicy"] = authn_policy(
            e, "Everybody of " + name, **{"msDS-ComputerAllowedToAuthenticateTo": descriptor(ace("S-1-1-0"))})
        e[name + "5"]["servicePrincipalName"] = ["HTTP/" + name]
        e.user("svc-" + name, servicePrincipalName=["HTTP/" + name])
    for n in "12345":
        e["DB" + n][ACT_ON] = descriptor(ace("S-1-5-11"))


@commanded("delegations")
@case
def everybody_at_old_dcs(e):
    """DB lets everybody act, and all DCs that are known run Windows Server 2008 R2, which knows no RBCD."""
    e[""]["domainFunctionality"] = e[""]["forestFunctionality"] = e[""]["domainControllerFunctionality"] = 4
    e.host("OLDDC", [], uac=DOMAIN_CONTROLLER | UNCONSTRAINED, primaryGroupID=516, spns=both("HOST", "OLDDC"),
           operatingSystem="Windows Server 2008 R2 Standard", operatingSystemVersion="6.1 (7601)")
    e.host("DB", [], uac=HOST, spns=both("HOST", "DB"))
    e["DB"][ACT_ON] = descriptor(ace("S-1-1-0"))


@commanded("delegations", "check svc-old HOST/DB", "check svc-new HOST/OLD")
@case
def etypes_of_services(e):
    """RC4 alone towards AES alone, and the other way: of a user that says what it takes, not what its machine offers."""
    for name, etypes, other in (("svc-old", 4, "DB"), ("svc-new", 24, "OLD")):
        service_user(e, name, 512 | T2A4D, ["HTTP/" + name], ["HOST/" + other], **{"msDS-SupportedEncryptionTypes": etypes})
        e.host(other, [], uac=HOST, spns=both("HOST", other), **{"msDS-SupportedEncryptionTypes": 28 - etypes})


WITHIN_FOREST = 0x20


def referred(e, **more):
    """HV01 takes AES alone, and HV09, in the child domain, lets it act."""
    cross_domain(e)
    e["HV09"]["msDS-AllowedToDelegateTo"] = []
    e["HV01"]["msDS-SupportedEncryptionTypes"] = 24
    trust(e, "child.contoso.test", WITHIN_FOREST, securityIdentifier=sid_bytes("S-1-5-21-7-8-9"), **more)


@commanded("check HV01 HV09")
@case
def etypes_over_a_trust(e):
    """The trust with the child domain says nothing of AES, so that HV01, of AES alone, may get no referral."""
    referred(e)


@case
def etypes_over_a_trust_of_rc4(e):
    """The trust with the child domain says RC4 alone."""
    referred(e, **{"msDS-SupportedEncryptionTypes": 4})


@case
def etypes_over_a_trust_of_aes(e):
    """The trust with the child domain says AES."""
    referred(e, **{"msDS-SupportedEncryptionTypes": 24})


@commanded("delegations", "check svc-web kadmin/changepw")
@case
def delegation_to_krbtgt_in_a_forest(e):
    """kadmin/changepw is on the krbtgt of each of two domains, and each KDC answers for its own: no SPN on two accounts."""
    child_domain(e)
    krbtgt = dict(e["krbtgt"], objectSid=sid_bytes("S-1-5-21-7-8-9-502"))
    e.add("CN=krbtgt,CN=Users," + OTHER, **krbtgt)
    in_use(e, "svc-web", ["kadmin/changepw"], uac=512 | T2A4D, **{"msDS-SupportedEncryptionTypes": 28})


@commanded("delegations")
@case
def delegation_to_krbtgt_unread(e):
    """Of krbtgt nothing was exported: a KDC answers to kadmin/changepw all the same."""
    del e.entries["CN=krbtgt,CN=Users," + DOMAIN]
    in_use(e, "svc-web", ["kadmin/changepw"], uac=512 | T2A4D, **{"msDS-SupportedEncryptionTypes": 28})


def by_universal_group(e, attributes):
    """HV09, of the child domain, is let in by HV01 through a universal group of HV01's domain."""
    cross_domain(e)
    e.add("CN=krbtgt,CN=Users," + OTHER, **dict(e["krbtgt"], objectSid=sid_bytes("S-1-5-21-7-8-9-502")))
    e["HV09"]["msDS-AllowedToDelegateTo"] = []
    e.group("Movers", ["HV09"], groupType=-2147483640)
    e["HV01"][ACT_ON] = descriptor(ace(e.sid("Movers")))
    trust(e, "child.contoso.test", attributes, securityIdentifier=sid_bytes("S-1-5-21-7-8-9"))


@commanded("check HV09 HV01")
@case
def rbcd_through_a_quarantined_trust(e):
    """The trust with the child domain lets SIDs of the child alone in: a group of its own domain helps no host of the child."""
    by_universal_group(e, WITHIN_FOREST | 0x4)


@case
def rbcd_through_a_trust_of_the_forest(e):
    """The same through a trust as a forest has it."""
    by_universal_group(e, WITHIN_FOREST)


@commanded("delegations")
@case
def tier0_by_old_sids(e):
    """SRV1 bears Domain Admins in its sIDHistory, SRV2 the same of a domain that is not ours."""
    e.host("SRV1", [], uac=HOST, spns=both("HOST", "SRV1"), sIDHistory=[sid_bytes(SID + "-512")])
    e.host("SRV2", [], uac=HOST, spns=both("HOST", "SRV2"), sIDHistory=[sid_bytes("S-1-5-21-4-5-6-512")])
    e.host("WEB", ["HOST/SRV1", "HOST/SRV2"], spns=both("HOST", "WEB"))
