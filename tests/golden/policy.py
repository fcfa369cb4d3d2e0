"""Group policies: the directory's half in an Estate, the SYSVOL's half as files."""
import struct

# As in estate.py, of which the lab has another one.
DOMAIN = "DC=contoso,DC=test"
CONFIG = "CN=Configuration," + DOMAIN

SECURITY = "[{827D319E-6EAC-11D2-A4EA-00C04F79F83A}{803E14A0-B4FB-11D0-A0D0-00A0C90F574B}]"
REGISTRY = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]"
SYMLINK, SERVICE = "SeCreateSymbolicLinkPrivilege", "SeServiceLogonRight"
NETWORK, NOT_NETWORK = "SeNetworkLogonRight", "SeDenyNetworkLogonRight"
TEMPLATE = "Microsoft/Windows NT/SecEdit/GptTmpl.inf"
DISABLED, ENFORCED = 1, 2


def guid(number):
    return "{00000000-0000-4000-8000-%012X}" % number


def dn_of(number):
    return "CN=%s,CN=Policies,CN=System,%s" % (guid(number), DOMAIN)


def template(**rights):
    """A GptTmpl.inf as the policy editor writes it."""
    lines = ["[Unicode]", "Unicode=yes", "[Version]", 'signature="$CHICAGO$"', "Revision=1",
             "[Privilege Rights]"] + ["%s = %s" % pair for pair in rights.items()]
    return b"\xff\xfe" + "".join(l + "\r\n" for l in lines).encode("utf-16-le")


def record(key, value, kind, data):
    text = ("[%s\0;%s\0;" % (key, value)).encode("utf-16-le")
    mark = ";".encode("utf-16-le")
    return (text + struct.pack("<I", kind) + mark + struct.pack("<I", len(data)) + mark + data +
            "]".encode("utf-16-le"))


def registry_pol(*records):
    return b"PReg" + struct.pack("<I", 1) + b"".join(records)


FIREWALL = record("Software\\Policies\\Microsoft\\WindowsFirewall\\DomainProfile",
                  "EnableFirewall", 4, struct.pack("<I", 1))


def site(e):
    """The site that every forest has."""
    e.add("CN=Default-First-Site-Name,CN=Sites," + CONFIG, objectClass=["top", "site"])


def link(e, container, *links):
    """`links` are numbers of GPOs, or (number, options)."""
    pairs = [l if isinstance(l, tuple) else (l, 0) for l in links]
    e.entries[container]["gPLink"] = "".join("[LDAP://%s;%d]" % (dn_of(n), o) for n, o in pairs)


def unit(e, name, *links, above=DOMAIN, **more):
    dn = "OU=%s,%s" % (name, above)
    e.add(dn, objectClass=["top", "organizationalUnit"], **more)
    if links:
        link(e, dn, *links)
    return dn


def move(e, name, container):
    old = next(dn for dn in e.entries if dn.startswith("CN=%s," % name))
    e.entries["CN=%s,%s" % (name, container)] = e.entries.pop(old)


def gpo(e, number, name, files=None, **more):
    """A GPO, and the files of its computer half by their path below Machine; None: its folder
    is not in the SYSVOL."""
    extensions = "".join(mark for mark, there in (
        (REGISTRY, "Registry.pol" in (files or {})), (SECURITY, TEMPLATE in (files or {})))
        if there)
    values = dict(displayName=name, flags=0, versionNumber=3, gPCFunctionalityVersion=2,
                  gPCFileSysPath="\\\\contoso.test\\sysvol\\contoso.test\\Policies\\" + guid(number))
    values["gPCMachineExtensionNames"] = extensions or SECURITY
    values.update(more)
    e.add(dn_of(number), objectClass=["top", "container", "groupPolicyContainer"], **values)
    if files is None:
        return
    folder = "contoso.test/Policies/%s/" % guid(number)
    e.files[folder + "GPT.INI"] = b"[General]\r\nVersion=3\r\n"
    for path, data in files.items():
        e.files[folder + "Machine/" + path] = data
