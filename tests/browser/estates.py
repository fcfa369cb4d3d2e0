"""Estates that no fixture has: many hosts, hostile names, something of everything."""
import importlib.util
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import payloads  # noqa: E402


def load_golden():
    """tests/golden/estate.py under a name of its own: the lab has an estate.py too."""
    path = Path(__file__).resolve().parents[1] / "golden/estate.py"
    spec = importlib.util.spec_from_file_location("golden_estate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


golden = load_golden()
Estate, HOST, MIGRATION, WINDOWS = golden.Estate, golden.HOST, golden.MIGRATION, golden.WINDOWS
ace, both, descriptor, towards = golden.ace, golden.both, golden.descriptor, golden.towards

GROUP = "[group prod]\nhosts=HV*\n"


def names(count):
    return ["HV%03d" % number for number in range(1, count + 1)]


def healthy(count):
    """Every host may act towards every other."""
    estate, hosts = Estate(), names(count)
    for name in hosts:
        estate.host(name, tuple(h for h in hosts if h != name))
    return estate, GROUP


def missing(count):
    """Hardly any delegation at all."""
    estate, hosts = Estate(), names(count)
    for number, name in enumerate(hosts):
        estate.host(name, (hosts[number - 1],) if number % 3 else ())
    return estate, GROUP


def mixed(count):
    """A slip here and there, of every kind that shows in a matrix."""
    estate, hosts = Estate(), names(count)
    for number, name in enumerate(hosts):
        others = [h for h in hosts if h != name]
        slips = {}
        if number % 7 == 3:
            others = others[:count // 2]
        if number % 11 == 5:
            slips["uac"] = HOST
        if number % 13 == 6:
            slips["spns"] = [v for s in WINDOWS for v in both(s, name)]
        estate.host(name, tuple(others), **slips)
    return estate, GROUP


def map_of_all(count):
    """Every verdict, and a file server's column."""
    estate, conf = mixed(count)
    for name in names(count)[-2:]:
        estate[name].pop("userAccountControl")
    estate["HV001"]["msDS-AllowedToDelegateTo"] += both("cifs", "SOFS01")
    estate.host("SOFS01", (), spns=[v for s in WINDOWS for v in both(s, "SOFS01")], uac=HOST)
    return estate, conf + "storage=SOFS01\n"


def healthy_but_last(count):
    """The last host may act towards nobody."""
    estate, hosts = Estate(), names(count)
    for name in hosts:
        estate.host(name, tuple(h for h in hosts if h != name) if name != hosts[-1] else ())
    return estate, GROUP


def storage():
    """A file server, RBCD, a waiver that holds, one that ended and one that matches nothing."""
    estate = Estate()
    hosts = ["HV01", "HV02", "HV03"]
    for name in hosts:
        estate.host(name, tuple(h for h in hosts if h != name))
    estate["HV01"]["msDS-AllowedToDelegateTo"] += both("cifs", "SOFS01")
    estate["HV02"]["msDS-AllowedToDelegateTo"] += ["cifs/SOFS01"]
    estate["HV03"]["msDS-AllowedToDelegateTo"] = towards("HV01")
    estate.host("SOFS01", (), spns=[v for s in WINDOWS for v in both(s, "SOFS01")], uac=HOST)
    key = "msDS-AllowedToActOnBehalfOfOtherIdentity"
    estate["HV02"][key] = descriptor(ace(estate.sid("HV03")))
    estate["HV01"][key] = descriptor(ace(estate.sid("HV02"), deny=True), ace("S-1-5-21-9-9-9-1234"))
    conf = """[group prod]
hosts=HV0*
storage=SOFS01
[waive held]
rule=DEL-12
subject=HV03
reason=moves no storage, change 4711
until=2099-03-31
[waive ended]
rule=DEL-01
subject=HV03
reason=until the weekend
until=2020-01-31
[waive idle]
rule=ACC-02
reason=nothing like that here
"""
    return estate, conf


def incomplete():
    """An export without what decides: krbtgt and the delegation lists are not in it."""
    estate = Estate().pair()
    estate.entries.pop("CN=krbtgt,CN=Users,DC=contoso,DC=test")
    for name in ("HV01", "HV02"):
        estate[name].pop("userAccountControl")
    return estate, "[group prod]\nhosts=HV*\n"


# Names as a host may bear them: each would do something if it reached a page as it is.
HOSTILE = {
    "tag": "<script>window.hacked=1</script>",
    "end": "</script><script>window.hacked=2</script>",
    "image": "\"><img src=x onerror=window.hacked=3>",
    "quote": "' onmouseover='window.hacked=4",
    "link": "javascript:window.hacked=5//",
    "bidi": "HV\u202egnp.exe",
    "hidden": "HV\u200b01\u2066x",
    "line": "HV\u2028window.hacked=6",
    "entity": "&lt;b&gt;&#x27;",
    "comment": "<!--<script>",
    "space": "HV  two",
    "unicode": "Hv\u00fc\u4e2d\U0001f600",
}


def hostile():
    estate = Estate()
    for name in HOSTILE.values():
        estate.rid += 1
        estate.account("CN=host%d,CN=Computers," % estate.rid, estate.rid, "computer", sAMAccountName=name + "$",
                       dNSHostName="n%d.contoso.test" % estate.rid, userAccountControl=HOST,
                       servicePrincipalName=[MIGRATION + "/" + name, "cifs/<b>x</b>"], primaryGroupID=515,
                       operatingSystem="<svg onload=window.hacked=7>",
                       **{"msDS-AllowedToDelegateTo": [MIGRATION + "/" + other for other in HOSTILE.values()
                                                       if other != name][:4]})
    estate.pair()
    estate["HV01"]["operatingSystem"] = "<b>Windows</b> \u202eserver"
    return estate, "[group <i>prod</i>]\nhosts=*\nnames=short\n"


def all_payloads():
    """Every name of tests/payloads.py, in each attribute that a report shows."""
    estate = Estate()
    payloads.build(estate, golden)
    return estate, ""


def kcd(estate, name, *spns, transition=True):
    """Lets an account that is there act towards these."""
    account = estate[name]
    if transition:
        account["userAccountControl"] |= golden.T2A4D
    account["msDS-AllowedToDelegateTo"] = list(spns)


def rbcd(estate, target, *trustees):
    """Lets these, by name or SID, act towards an account that is there."""
    sids = [t if t.startswith("S-1-") else estate.sid(t) for t in trustees]
    estate[target]["msDS-AllowedToActOnBehalfOfOtherIdentity"] = descriptor(*map(ace, sids))


def server(estate, name, spns, uac=HOST):
    """A member server with SPNs of both its names."""
    estate.host(name, [], uac=uac, spns=[v for s in ("HOST", *spns) for v in both(s, name)])


def application():
    """What an application estate looks like: lists, RBCD to an account and to a group, unconstrained, a ghost, and ways to a
    domain controller."""
    estate = Estate().pair()
    estate.host("DC1", [], uac=golden.DOMAIN_CONTROLLER | golden.UNCONSTRAINED, primaryGroupID=516,
                spns=[v for s in ("HOST", "ldap") for v in both(s, "DC1")])
    for name, classes in (("WEB1", ["HTTP"]), ("WEB2", ["HTTP"]), ("SQL1", ["MSSQLSvc"]), ("FILES", [])):
        server(estate, name, classes)
    server(estate, "LEGACY", ["HTTP"], HOST | golden.UNCONSTRAINED)
    for name in ("svc-web", "svc-report"):
        estate.user(name, servicePrincipalName=both("HTTP", name.replace("svc", "app")))
    estate.group("Backup servers", ["FILES", "WEB2"])
    kcd(estate, "svc-web", "MSSQLSvc/SQL1", "MSSQLSvc/sql1.contoso.test", "HTTP/gone.contoso.test")
    kcd(estate, "svc-report", "cifs/FILES", transition=False)
    kcd(estate, "WEB1", *both("HTTP", "app-web"))
    kcd(estate, "SQL1", "ldap/DC1", "ldap/dc1.contoso.test")
    rbcd(estate, "FILES", "SQL1")
    rbcd(estate, "DC1", "Backup servers")
    return estate, GROUP


def edges(count):
    """So many delegations: most are right, one in ten leads nowhere."""
    estate = Estate()
    server(estate, "SQL1", ["MSSQLSvc"])
    for number in range(count):
        name = "svc-%04d" % number
        estate.user(name, servicePrincipalName=["HTTP/" + name])
        kcd(estate, name, "HTTP/gone-%d" % number if number % 10 == 0 else "MSSQLSvc/SQL1")
    return estate, ""


def tiers(count):
    """Chains of three steps to a domain controller, each with a service account of its own; and as many web servers that may
    all act on one database."""
    estate = Estate()
    server(estate, "DC1", ["ldap"], golden.DOMAIN_CONTROLLER)
    estate["DC1"]["primaryGroupID"] = 516
    server(estate, "SQL1", ["MSSQLSvc"])
    kcd(estate, "SQL1", "ldap/DC1")
    for number in range(count):
        name, web = "svc-%03d" % number, "WEB%03d" % number
        estate.user(name, servicePrincipalName=["HTTP/" + name], **{"msDS-SupportedEncryptionTypes": 24})
        kcd(estate, name, "ldap/DC1" if number % 2 else "MSSQLSvc/SQL1")
        server(estate, web, ["HTTP"])
        kcd(estate, web, "HTTP/" + name)
        server(estate, "ZFARM%03d" % number, ["HTTP"])
        kcd(estate, "ZFARM%03d" % number, "MSSQLSvc/SQL1")
    return estate, ""


def hostile_edges():
    """Hostile names at both ends, in SPNs and in groups."""
    estate = Estate()
    server(estate, "DC1", ["ldap"], golden.DOMAIN_CONTROLLER)
    estate["DC1"]["primaryGroupID"] = 516
    for number, name in enumerate(HOSTILE.values()):
        estate.rid += 1
        estate.account("CN=account%d,CN=Users," % estate.rid, estate.rid, "user", sAMAccountName=name, primaryGroupID=513,
                       userAccountControl=512 | golden.T2A4D, servicePrincipalName=["HTTP/n%d" % number, "HTTP/" + name],
                       pwdLastSet=golden.filetime(12),
                       **{"msDS-AllowedToDelegateTo": ["ldap/DC1", "HTTP/n%d" % ((number + 1) % len(HOSTILE)), "HTTP/<i>" + name]})
    return estate, ""


def picture():
    """A site as one finds them: most of it right, a few slips, a file server."""
    estate = Estate()
    hosts = ["HV%02d" % number for number in range(1, 13)] + ["EDGE01", "EDGE02"]
    for name in hosts:
        estate.host(name, tuple(h for h in hosts if h != name))
        estate[name]["msDS-AllowedToDelegateTo"] += both("cifs", "SOFS01")

    def forget(name, *targets):
        gone = towards(*targets) + [v for t in targets for v in both("cifs", t)]
        kept = [v for v in estate[name]["msDS-AllowedToDelegateTo"] if v not in gone]
        estate[name]["msDS-AllowedToDelegateTo"] = kept
    forget("HV04", "HV11", "HV12", "EDGE01", "EDGE02")
    forget("HV09", "SOFS01")
    forget("EDGE02", "HV01", "HV02", "HV03")
    estate["HV07"]["userAccountControl"] = HOST
    estate["HV11"]["servicePrincipalName"] = [v for s in WINDOWS for v in both(s, "HV11")]
    estate.user("svc-vmm-old", servicePrincipalName=[MIGRATION + "/edge01.contoso.test"])
    estate.host("SOFS01", (), spns=[v for s in WINDOWS for v in both(s, "SOFS01")])
    return estate, "[group production]\nhosts=HV*;EDGE*\nstorage=SOFS01\n"


def picture_before():
    """The same some days earlier: more was wrong."""
    estate, conf = picture()
    for name in ("HV05", "HV06"):
        estate[name]["userAccountControl"] = HOST
    return estate, conf
