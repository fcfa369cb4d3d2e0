"""Fills the lab's directory, offline, with the accounts of one estate.

An estate is a function `build(e)` that calls the methods of `EstateBuilder`:

    def build(e):
        e.host("HV01", delegate_to=["HV02"], t2a4d=True)
        e.host("HV02", delegate_to=["HV01"], t2a4d=True)
        e.user("alice")

Everything is written with Samba's own modules in one transaction, so that schema, SPN uniqueness and Kerberos keys are
as a live DC would have made them. The one exception is `raw_spn`, which plants what a DC refuses to write.
"""

import gc

import ldb
from samba import dsdb, sites, subnets
from samba.auth import system_session
from samba.dcerpc import dnsp, misc, security
from samba.ndr import ndr_pack, ndr_unpack
from samba.provision.sambadns import ARecord
from samba.samdb import SamDB

# The administrator and every account of every estate: the lab is thrown away, and a known password is its purpose.
PASSWORD = "Lab-Passw0rd-57"

UAC_DISABLED = 0x2
UAC_USER = 0x200
UAC_COMPUTER = 0x1000
UAC_UNCONSTRAINED = 0x80000
UAC_NOT_DELEGATED = 0x100000
UAC_T2A4D = 0x1000000

CIFS = "cifs"
MIGRATION = "Microsoft Virtual System Migration Service"

# What `setspn -L` shows on a Hyper-V host. There is no cifs: it is an alias of HOST.
HYPERV_CLASSES = [
    "HOST",
    "RestrictedKrbHost",
    "WSMAN",
    "TERMSRV",
    "Hyper-V Replica Service",
    "Microsoft Virtual Console Service",
    MIGRATION,
]


# The site of every DC, which is named in DNS.
OWN_SITE = "Default-First-Site-Name"

# Stores keys as given, instead of deriving them from a password.
BYPASS_PASSWORD_HASH = f"local_oid:{dsdb.DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID}:0"


def password_of(_name):
    """The password of any account of the lab."""
    return PASSWORD


class EstateBuilder:
    def __init__(self, samdb, domain):
        self.samdb = samdb
        self.domain = domain
        self.realm = domain.upper()
        self.dn = str(samdb.domain_dn())
        self.sid = samdb.get_domain_sid()
        self._dns = {}
        self._raw = []
        self._key_cache = {}

    # Accounts

    def host(self, name, spns=None, delegate_to=(), t2a4d=False, uac=UAC_COMPUTER, dns_host_name=None,
             os="Windows Server 2022 Datacenter", os_version="10.0 (20348)", etypes=28, password=True, keys_of=None,
             ou=None, extra=None):
        """A computer account. In `delegate_to`, a value with a slash is taken as it stands, and a bare host name stands
        for the four entries that a migration to it needs. Without a password it has no Kerberos keys either; `keys_of`
        copies those of another account, which is far quicker than to derive them."""
        dns_host_name = dns_host_name or f"{name.lower()}.{self.domain}"
        if spns is None:
            spns = self.spns(name, HYPERV_CLASSES, dns_host_name)
        attributes = {
            "objectClass": "computer",
            "sAMAccountName": f"{name}$",
            "userAccountControl": uac | (UAC_T2A4D if t2a4d else 0),
            "dNSHostName": dns_host_name,
            "servicePrincipalName": spns,
            "msDS-AllowedToDelegateTo": self.delegation(delegate_to),
            "operatingSystem": os,
            "operatingSystemVersion": os_version,
            "msDS-SupportedEncryptionTypes": etypes,
        }
        if keys_of:
            attributes.update(self._keys(keys_of))
            password = False
        return self._account(name, ou or f"CN=Computers,{self.dn}", attributes, password, extra)

    def user(self, name, password=True, groups=(), uac=UAC_USER, spns=(), delegate_to=(), t2a4d=False, etypes=None,
             ou=None, extra=None):
        """A user or service account, member of existing `groups`."""
        attributes = {
            "objectClass": "user",
            "sAMAccountName": name,
            "userPrincipalName": f"{name}@{self.domain}",
            "userAccountControl": uac | (UAC_T2A4D if t2a4d else 0),
            "servicePrincipalName": list(spns),
            "msDS-AllowedToDelegateTo": self.delegation(delegate_to),
            "msDS-SupportedEncryptionTypes": etypes,
        }
        dn = self._account(name, ou or f"CN=Users,{self.dn}", attributes, password, extra)
        for group in groups:
            self.member(group, name)
        return dn

    def gmsa(self, name, spns=(), uac=UAC_COMPUTER, delegate_to=(), t2a4d=False, etypes=28, extra=None):
        """A group managed service account, `NAME$`. Its password and keys are the DC's own, from the domain's root key."""
        attributes = {
            "objectClass": "msDS-GroupManagedServiceAccount",
            "sAMAccountName": f"{name}$",
            "userAccountControl": uac | (UAC_T2A4D if t2a4d else 0),
            "dNSHostName": f"{name.lower()}.{self.domain}",
            "servicePrincipalName": list(spns),
            "msDS-AllowedToDelegateTo": self.delegation(delegate_to),
            "msDS-ManagedPasswordInterval": 30,
            "msDS-SupportedEncryptionTypes": etypes,
        }
        return self._account(name, f"CN=Managed Service Accounts,{self.dn}", attributes, password=False, extra=extra)

    def group(self, name, members=(), ou=None, kind=None):
        """A global security group, else as groupType `kind` says (0x4: local, for mail only); `members` are names of
        accounts or groups, computers without their `$`."""
        attributes = {"objectClass": "group", "sAMAccountName": name, "member": [self.dn_of(m) for m in members],
                      "groupType": kind - (kind >> 31 << 32) if kind and kind > 0 else kind}
        return self._account(name, ou or f"CN=Users,{self.dn}", attributes, password=False)

    def member(self, group, name):
        """Adds the account to a group, also to one of AD's own (`Domain Admins`, `Protected Users`)."""
        self.modify(group, "member", [self.dn_of(name)], ldb.FLAG_MOD_ADD)

    def foreign(self, sid):
        """The DN of the object by which a well-known SID is a member of groups."""
        dn = f"CN={sid},CN=ForeignSecurityPrincipals,{self.dn}"
        if not self.samdb.search(self.dn, ldb.SCOPE_SUBTREE, expression=f"(distinguishedName={dn})", attrs=["cn"]):
            self.samdb.add({"dn": dn, "objectClass": "foreignSecurityPrincipal",
                            "objectSid": ndr_pack(security.dom_sid(sid))}, controls=["relax:0", "provision:0"])
        return dn

    def ou(self, name, parent=None):
        """An organizational unit; returns its DN, for the `ou` of accounts."""
        dn = f"OU={name},{parent or self.dn}"
        self.samdb.add({"dn": dn, "objectClass": "organizationalUnit"})
        return dn

    def scp(self, host):
        """The service connection point by which the Hyper-V role announces itself below its host."""
        dn = f"CN=Microsoft Hyper-V,{self.dn_of(host)}"
        self.samdb.add({"dn": dn, "objectClass": "serviceConnectionPoint", "serviceDNSName": self._dns_name(host)})
        return dn

    # Delegation and SPNs

    def spns(self, name, classes, dns_host_name=None):
        """Each class in short and in FQDN form."""
        fqdn = dns_host_name or f"{name.lower()}.{self.domain}"
        return [f"{service}/{form}" for service in classes for form in (name, fqdn)]

    def delegation(self, targets):
        """The values of msDS-AllowedToDelegateTo for `targets` (see `host`)."""
        values = []
        for target in targets:
            values += [target] if "/" in target else self.spns(target, (CIFS, MIGRATION))
        return values

    def rbcd(self, target, sddl=None, trustees=()):
        """Who may act on behalf of others to `target`: an SDDL, in which {HV01} stands for that account's SID, or the
        descriptor that the usual tools write for `trustees`."""
        if sddl is None:
            sddl = "O:BAD:" + "".join(f"(A;;0xf01ff;;;{self.sid_of(t)})" for t in trustees)
        descriptor = security.descriptor.from_sddl(self._with_sids(sddl), security.dom_sid(self.sid))
        self.modify(target, "msDS-AllowedToActOnBehalfOfOtherIdentity", [ndr_pack(descriptor)])

    def raw_spn(self, account, spn):
        """Gives the account an SPN that another one holds. A DC refuses that since 2012 R2, but forests still hold
        such duplicates from before. Written at the end, below the modules that refuse it."""
        self._raw.append((self.dn_of(account), "servicePrincipalName", spn, ldb.FLAG_MOD_ADD))

    def raw_upn(self, account, upn):
        """The same of a user principal name that another one answers to; it replaces the account's own."""
        self._raw.append((self.dn_of(account), "userPrincipalName", upn, ldb.FLAG_MOD_REPLACE))

    def old_sid(self, account, sid):
        """The account bears that SID, too, in its sIDHistory, as one that was moved does."""
        self._raw.append((self.dn_of(account), "sIDHistory", ndr_pack(security.dom_sid(sid)), ldb.FLAG_MOD_ADD))

    # Rights

    def deny_read(self, account, attribute, trustee):
        """Hides one attribute of the account from `trustee` (an account's name, or an SDDL constant such as AU)."""
        sid = trustee if len(trustee) == 2 and trustee.isupper() else self.sid_of(trustee)
        self.acl(account, f"(OD;;RP;{self._schema_guid(attribute)};;{sid})")

    def acl(self, account, sddl_ace):
        """Puts the ACE, in which {HV01} stands for that account's SID, in front of the account's own."""
        dn = self.dn_of(account)
        domain_sid = security.dom_sid(self.sid)
        found = self.samdb.search(dn, ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"], controls=["sd_flags:1:4"])
        sddl = ndr_unpack(security.descriptor, found[0]["nTSecurityDescriptor"][0]).as_sddl(domain_sid)
        head, dacl = sddl.split("D:", 1)
        flags, aces = dacl.split("(", 1)
        sddl = f"{head}D:{flags}{self._with_sids(sddl_ace)}({aces}"
        descriptor = security.descriptor.from_sddl(sddl, domain_sid)
        self._modify(dn, "nTSecurityDescriptor", [ndr_pack(descriptor)], ldb.FLAG_MOD_REPLACE, ["sd_flags:1:4"])

    # Anything else

    def set(self, account, attribute, values):
        """Replaces an attribute; an empty list removes it. Also attributes that only the system may write."""
        self.modify(account, attribute, values if isinstance(values, (list, tuple)) else [values])

    def modify(self, account, attribute, values, how=ldb.FLAG_MOD_REPLACE):
        self._modify(self.dn_of(account), attribute, values, how, ["relax:0"])

    def dn_of(self, name):
        """The DN of an account of this estate or of the domain; a DN stays as it is."""
        if "=" in name:
            return name
        key = name.lower().rstrip("$")
        if key not in self._dns:
            text = ldb.binary_encode(name)
            found = self.samdb.search(self.dn, ldb.SCOPE_SUBTREE, attrs=["cn"],
                                      expression=f"(|(sAMAccountName={text})(sAMAccountName={text}$))")
            if len(found) != 1:
                raise KeyError(f"{len(found)} accounts named {name}")
            self._dns[key] = str(found[0].dn)
        return self._dns[key]

    def sid_of(self, name):
        if name.startswith("S-1-"):
            return name
        found = self.samdb.search(self.dn_of(name), ldb.SCOPE_BASE, attrs=["objectSid"])
        return str(ndr_unpack(security.dom_sid, found[0]["objectSid"][0]))

    def password_of(self, name):
        return password_of(name)

    def _keys(self, account):
        """The stored keys of an account. They fit any other: the KDC tells clients the salt they were made with."""
        if account not in self._key_cache:
            names = ["unicodePwd", "supplementalCredentials", "pwdLastSet"]
            found = self.samdb.search(self.dn_of(account), ldb.SCOPE_BASE, attrs=names)[0]
            self._key_cache[account] = {name: bytes(found[name][0]) for name in names}
        return self._key_cache[account]

    def _account(self, name, parent, attributes, password, extra=None):
        dn = f"CN={name},{parent}"
        message = {"dn": dn}
        for attribute, value in {**attributes, **(extra or {})}.items():
            if value is not None and value != [] and value != ():
                message[attribute] = _values(value)
        if password:
            message["clearTextPassword"] = [password_of(name).encode("utf-16-le")]
        controls = [BYPASS_PASSWORD_HASH] if "supplementalCredentials" in message else []
        self.samdb.add(message, controls=["relax:0", *controls])
        self._dns[name.lower()] = dn
        return dn

    def _modify(self, dn, attribute, values, how, controls):
        message = ldb.Message(ldb.Dn(self.samdb, dn))
        message[attribute] = ldb.MessageElement(_values(list(values)), how, attribute)
        self.samdb.modify(message, controls)

    def site(self, name, *nets):
        """An AD site, in which clients of these networks are ("10.53.57.0/24")."""
        configuration = self.samdb.get_config_basedn()
        sites.create_site(self.samdb, configuration, name)
        for net in nets:
            subnets.create_subnet(self.samdb, configuration, net, name)

    def address(self, host, address):
        """What DNS says of `host` ("dc9"), whether or not there is such a machine."""
        self._dns_node(f"DC={host},DC={self.domain},CN=MicrosoftDNS,DC=DomainDnsZones,{self.dn}", [ARecord(address)])

    def servers(self, host, priority=0, site=None):
        """DNS names `host` ("dc9") for all that it names dc1 for: in general, or in this site alone."""
        for zones in ("DomainDnsZones", "ForestDnsZones"):
            found = self.samdb.search(f"CN=MicrosoftDNS,DC={zones},{self.dn}", ldb.SCOPE_SUBTREE, "(objectClass=dnsNode)", ["dnsRecord"])
            for node in found:
                name, records = str(node.dn), [ndr_unpack(dnsp.DnssrvRpcRecord, value) for value in node.get("dnsRecord", [])]
                own = [r for r in records if r.wType == dnsp.DNS_TYPE_SRV and r.data.nameTarget == f"dc1.{self.domain}"]
                if not own or (OWN_SITE in name) != bool(site):
                    continue
                place = name.replace(OWN_SITE, site or "")
                named = ndr_unpack(dnsp.DnssrvRpcRecord, ndr_pack(own[0]))
                named.data.nameTarget, named.data.wPriority = f"{host}.{self.domain}", priority
                others = [r for r in records if place == name and r.data.nameTarget != named.data.nameTarget]
                self._dns_node(place, [*others, named])

    def second_dc(self):
        """For a lab that a SecondDc joins: DNS names both."""
        self.address("dc2", "10.53.57.3")
        self.servers("dc2")
        self.servers("dc2", site=OWN_SITE)

    def _dns_node(self, dn, records):
        message = ldb.Message(ldb.Dn(self.samdb, dn))
        there = self.samdb.search(dn.partition(",")[2], ldb.SCOPE_ONELEVEL, f"({dn.partition(',')[0]})", ["1.1"])
        how = ldb.FLAG_MOD_REPLACE if len(there) else ldb.FLAG_MOD_ADD
        message["dnsRecord"] = ldb.MessageElement([ndr_pack(record) for record in records], how, "dnsRecord")
        if len(there):
            self.samdb.modify(message)
        else:
            message["objectClass"] = ldb.MessageElement("dnsNode", how, "objectClass")
            self.samdb.add(message)

    def _dns_name(self, host):
        found = self.samdb.search(self.dn_of(host), ldb.SCOPE_BASE, attrs=["dNSHostName"])
        return str(found[0]["dNSHostName"])

    def _schema_guid(self, attribute):
        found = self.samdb.search(self.samdb.get_schema_basedn(), ldb.SCOPE_SUBTREE, attrs=["schemaIDGUID"],
                                  expression=f"(lDAPDisplayName={attribute})")
        return str(ndr_unpack(misc.GUID, found[0]["schemaIDGUID"][0]))

    def _with_sids(self, sddl):
        """Replaces {NAME} by the SID of that account."""
        parts = sddl.split("{")
        return parts[0] + "".join(self.sid_of(name) + rest for name, rest in (p.split("}", 1) for p in parts[1:]))


def _values(value):
    values = value if isinstance(value, (list, tuple)) else [value]
    return [v if isinstance(v, bytes) else str(v).encode() for v in values]


def load(builders, sam_ldb, lp, domain):
    """Runs the `build` functions against the directory, offline."""
    samdb = SamDB(url=sam_ldb, lp=lp, session_info=system_session(lp))
    builder = EstateBuilder(samdb, domain)
    samdb.transaction_start()
    try:
        for build in builders:
            build(builder)
    except BaseException:
        samdb.transaction_cancel()
        raise
    samdb.transaction_commit()
    raw, base = builder._raw, builder.dn
    # The partition must be closed before it is opened a second time in this process.
    del samdb, builder
    gc.collect()
    _plant(raw, f"{sam_ldb}.d/{base.upper()}.ldb")


def _plant(raw, partition):
    """Writes names into the partition's file. Its index follows, as the file itself says which attributes it indexes."""
    if not raw:
        return
    plain = ldb.Ldb(partition)
    for dn, attribute, value, how in raw:
        message = ldb.Message(ldb.Dn(plain, dn))
        message[attribute] = ldb.MessageElement([value], how, attribute)
        plain.modify(message)
