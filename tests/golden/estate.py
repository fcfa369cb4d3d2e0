"""Miniature directories, written as the LDIF an administrator would export.

An Estate starts out right: a domain, its sPNMappings, krbtgt, Protected Users and
whatever hosts a case adds.  A case changes one thing.
"""
import base64
import datetime
import re
import struct

DOMAIN = "DC=contoso,DC=test"
CONFIG = "CN=Configuration," + DOMAIN
SID = "S-1-5-21-1000-2000-3000"
MIGRATION = "Microsoft Virtual System Migration Service"
HYPERV = ["Hyper-V Replica Service", MIGRATION, "Microsoft Virtual Console Service"]
WINDOWS = ["HOST", "RestrictedKrbHost", "TERMSRV", "WSMAN"]
HOST, T2A4D, NOT_DELEGATED, UNCONSTRAINED = 0x1000, 0x1000000, 0x100000, 0x80000
DISABLED, DOMAIN_CONTROLLER = 0x2, 0x2000
DES_ONLY, RODC = 0x200000, 0x4000000
SECURITY_GROUP = -2147483646  # global, 0x80000002
NOW = datetime.datetime(2026, 11, 20, 12, 0, tzinfo=datetime.timezone.utc)  # of every export

CONTROLS = re.compile("[\x00-\x1f]")


def filetime(days=0):
    """So many days before the export, as AD writes it."""
    epoch = datetime.datetime(1601, 1, 1, tzinfo=datetime.timezone.utc)
    return int((NOW - epoch).total_seconds() - days * 86400) * 10 ** 7


def generalized(minutes=0):
    return (NOW - datetime.timedelta(minutes=minutes)).strftime("%Y%m%d%H%M%S.0Z")


def sid_bytes(text):
    parts = text.split("-")
    authority, subs = int(parts[2]), [int(p) for p in parts[3:]]
    return struct.pack("<BB", 1, len(subs)) + authority.to_bytes(6, "big") + b"".join(
        struct.pack("<I", s) for s in subs)


def ace(sid, mask=0xF01FF, deny=False, flags=0, kind=None, more=b""):
    body = struct.pack("<I", mask) + sid_bytes(sid) + more
    kind = (1 if deny else 0) if kind is None else kind
    return struct.pack("<BBH", kind, flags, 4 + len(body)) + body


def descriptor(*aces, dacl=True, owner="S-1-5-32-544"):
    """A self-relative security descriptor, usually owned by Builtin\\Administrators."""
    owner = sid_bytes(owner)
    control = 0x8004 if dacl else 0x8000
    if not dacl:
        return struct.pack("<BBHIIII", 1, 0, control, 20, 0, 0, 0) + owner
    body = b"".join(aces)
    acl = struct.pack("<BBHHH", 4, 0, 8 + len(body), len(aces), 0) + body
    return struct.pack("<BBHIIII", 1, 0, control, 20, 0, 0, 20 + len(owner)) + owner + acl


def both(service, name):
    return ["%s/%s" % (service, name), "%s/%s.contoso.test" % (service, name.lower())]


def towards(*names):
    """The four values a source needs for each partner."""
    return [v for n in names for s in ("cifs", MIGRATION) for v in both(s, n)]


class Estate:
    def __init__(self):
        self.entries = {}
        self.files = {}  # of the SYSVOL: path -> bytes
        self.facts = {}  # of --facts: file -> bytes
        self.rid = 1100
        self.lists = True  # `member` is exported
        self.add("", currentTime=generalized(), defaultNamingContext=DOMAIN,
                 rootDomainNamingContext=DOMAIN, configurationNamingContext=CONFIG,
                 dnsHostName="dc1.contoso.test", domainFunctionality=7, forestFunctionality=7,
                 domainControllerFunctionality=7)
        self.add(DOMAIN, objectClass=["top", "domain", "domainDNS"], objectSid=sid_bytes(SID),
                 **{"ms-DS-MachineAccountQuota": 0})
        # Where a domain keeps its trusts: it has none, else.
        self.add("CN=System," + DOMAIN, objectClass=["top", "container"])
        self.add("CN=CONTOSO,CN=Partitions," + CONFIG, objectClass=["top", "crossRef"],
                 nCName=DOMAIN, dnsRoot="contoso.test", nETBIOSName="CONTOSO", systemFlags=3)
        self.add("CN=Directory Service,CN=Windows NT,CN=Services," + CONFIG,
                 objectClass=["top", "nTDSService"],
                 sPNMappings="host=alerter,browser,cifs,dcom,http,rpc,rpcss,spooler,time,www")
        self.add("CN=AuthN Policy Configuration,CN=Services," + CONFIG,
                 objectClass=["top", "container", "msDS-AuthNPolicies"])
        # Whoever sees a descriptor sees the attributes that are not there.
        self.account("CN=krbtgt,CN=Users,", 502, "user", sAMAccountName="krbtgt",
                     userAccountControl=514, servicePrincipalName=["kadmin/changepw"],
                     primaryGroupID=513, nTSecurityDescriptor=descriptor())
        self.account("CN=Protected Users,CN=Users,", 525, "group",
                     sAMAccountName="Protected Users")
        self.account("CN=Domain Admins,CN=Users,", 512, "group", sAMAccountName="Domain Admins")
        self.account("CN=Domain Users,CN=Users,", 513, "group", sAMAccountName="Domain Users")
        self.account("CN=Domain Computers,CN=Users,", 515, "group",
                     sAMAccountName="Domain Computers")
        self.account("CN=Administrator,CN=Users,", 500, "user", sAMAccountName="Administrator",
                     userAccountControl=512 | NOT_DELEGATED, primaryGroupID=513,
                     memberOf=["CN=Domain Admins,CN=Users," + DOMAIN])

    def add(self, dn, **attributes):
        self.entries[dn] = attributes
        return attributes

    def account(self, rdn, rid, kind, **attributes):
        if kind == "group":
            attributes.setdefault("groupType", SECURITY_GROUP)
        classes = {"computer": ["top", "person", "organizationalPerson", "user", "computer"],
                   "user": ["top", "person", "organizationalPerson", "user"],
                   "group": ["top", "group"]}[kind]
        return self.add(rdn + DOMAIN, objectClass=classes, objectSid=sid_bytes("%s-%d" % (SID, rid)),
                        **attributes)

    def host(self, name, to=(), uac=HOST | T2A4D, spns=None, **more):
        self.rid += 1
        if spns is None:
            spns = [v for s in WINDOWS + HYPERV for v in both(s, name)]
        values = dict(sAMAccountName=name + "$", dNSHostName=name.lower() + ".contoso.test",
                      userAccountControl=uac, servicePrincipalName=list(spns),
                      primaryGroupID=515, operatingSystem="Windows Server 2022 Datacenter",
                      operatingSystemVersion="10.0 (20348)", pwdLastSet=filetime(12),
                      lastLogonTimestamp=filetime(5), whenChanged=generalized(60 * 24))
        values["msDS-SupportedEncryptionTypes"] = 28
        values["msDS-AllowedToDelegateTo"] = towards(*to) if not isinstance(to, list) else to
        values.update(more)
        return self.account("CN=%s,CN=Computers," % name, self.rid, "computer", **values)

    def user(self, name, **more):
        self.rid += 1
        more.setdefault("pwdLastSet", filetime(12))
        return self.account("CN=%s,CN=Users," % name, self.rid, "user", sAMAccountName=name,
                            userAccountControl=512, primaryGroupID=513, **more)

    def group(self, name, members=(), **more):
        """`members` are names of hosts and groups."""
        self.rid += 1
        dn = "CN=%s,CN=Users,%s" % (name, DOMAIN)
        group = self.account("CN=%s,CN=Users," % name, self.rid, "group", sAMAccountName=name,
                             **more)
        for member in members:
            self[member].setdefault("memberOf", []).append(dn)
        return group

    def pair(self):
        """HV01 and HV02, right both ways."""
        self.host("HV01", ("HV02",))
        self.host("HV02", ("HV01",))
        return self

    def __getitem__(self, name):
        for dn, values in self.entries.items():
            if dn.split(",")[0][3:] == name:
                return values
        raise KeyError(name)

    def sid(self, name):
        raw = self[name]["objectSid"]
        return "S-1-5-" + "-".join(str(s) for s in struct.unpack("<%dI" % raw[1], raw[8:]))

    def members(self):
        """group's DN -> who says to be in it, where the group has no list of its own: AD keeps both ends of one link."""
        found = {}
        for dn, values in self.entries.items():
            for group in values.get("memberOf", []):
                if group in self.entries and not any(name.lower().startswith("member") and name != "memberOf" for name in self.entries[group]):
                    found.setdefault(group, []).append(dn)
        return found

    def ldif(self, why):
        members = self.members() if self.lists else {}
        lines = ["version: 1"] + ["# " + l for l in why.strip().splitlines()]
        for dn, values in self.entries.items():
            lines += ["", "dn: " + dn]
            for key, value in [*values.items(), *([("member", members[dn])] if dn in members else [])]:
                for one in value if isinstance(value, list) else [value]:
                    if isinstance(one, bytes):
                        lines.append("%s:: %s" % (key, base64.b64encode(one).decode()))
                    elif isinstance(one, str) and (not one.isascii() or one[:1] in " :<" or CONTROLS.search(one)):
                        lines.append("%s:: %s" % (key, base64.b64encode(one.encode()).decode()))
                    else:
                        lines.append("%s: %s" % (key, one))
        return "\n".join(lines) + "\n"
