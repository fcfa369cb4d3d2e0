"""What Get-MigrationFacts.ps1 writes on a host where all is well, for cases to spoil.

Each language of Windows has its own names of groups and its own way to save a file; what is judged
are SIDs and numbers."""
import copy
import json

from estate import SID

MACHINE = "S-1-5-21-4242-4243-4244"
NETWORK, NOT_NETWORK, DELEGATION = "SeNetworkLogonRight", "SeDenyNetworkLogonRight", "SeEnableDelegationPrivilege"

# language: names of S-1-5-32-544, -578, -580 and of the local Administrator; the encoding of the file
LANGUAGES = {
    "en-US": ("Administrators", "Hyper-V Administrators", "Remote Management Users", "Administrator", "utf-8"),
    "de-DE": ("Administratoren", "Hyper-V-Administratoren", "Remoteverwaltungsbenutzer", "Administrator", "utf-8-sig"),
    "fr-FR": ("Administrateurs", "Administrateurs Hyper-V", "Utilisateurs de gestion à distance", "Administrateur", "utf-16"),
    "ja-JP": ("Administrators", "Hyper-V 管理者", "リモート管理ユーザー", "管理者", "utf-16-le"),
    "zh-CN": ("Administrators", "Hyper-V 管理员", "远程管理用户", "管理员", "utf-8-sig"),
    "ru-RU": ("Администраторы", "Администраторы Hyper-V", "Пользователи удаленного управления", "Администратор",
              "utf-16-be"),
}


def member(sid, name):
    return {"sid": sid, "name": name}


def facts(name, language="en-US", number=1):
    """Everything as it should be, in that language."""
    admins, hyperv, remote, administrator, _ = LANGUAGES[language]
    return {
        "schema": "kcdaudit.facts/1",
        "collector": {"name": "Get-MigrationFacts.ps1", "version": "1"},
        "collected": "2026-11-18T09:12:00Z",
        "host": {"name": name, "fqdn": name.lower() + ".contoso.test", "domain": "contoso.test", "machine_sid": MACHINE,
                 "language": language, "build": "10.0.20348.2700", "booted": "2026-11-01T03:00:00Z", "elevated": True},
        "hyperv": {"migration_enabled": True, "authentication": 1, "maximum_migrations": 2,
                   "maximum_storage_migrations": 2, "performance_option": 1, "any_network": False,
                   "networks": ["10.0.1.0/24", "fd00:1::/64"]},
        "addresses": {"list": ["10.0.1.%d/24" % (10 + number), "192.168.7.%d/24" % (10 + number),
                               "fe80::%d%%7/64" % number]},
        "credential_guard": {"configured": True, "running": True, "lsa_cfg_flags": 1},
        "groups": {"list": [
            {"sid": "S-1-5-32-544", "name": admins, "members": [
                member(MACHINE + "-500", "%s\\%s" % (name, administrator)), member(SID + "-512", "CONTOSO\\Domain Admins")]},
            {"sid": "S-1-5-32-578", "name": hyperv, "members": []},
            {"sid": "S-1-5-32-580", "name": remote, "members": []}]},
        "listening": {"ports": [135, 445, 5985, 6600]},
        "firewall": {"blocks": True, "allowed": [
            {"port": 445, "rules": ["FPS-SMB-In-TCP"]}, {"port": 5985, "rules": ["WINRM-HTTP-In-TCP"]},
            {"port": 5986, "rules": []}, {"port": 6600, "rules": ["VIRT-MIGL-In-TCP-NoScope"]}]},
        "rights": {"list": [
            {"right": NETWORK, "principals": ["*S-1-1-0", "*S-1-5-32-544", "*S-1-5-32-545"]},
            {"right": NOT_NETWORK, "principals": ["*S-1-5-32-546"]},
            {"right": DELEGATION, "principals": []}]},
        "clock": {"source": "dc1.contoso.test", "offset_seconds": 0.0213},
        "kerberos": {"supported_encryption_types": None, "max_token_size": 48000},
        "ntlm": {"restrict_sending": None, "restrict_receiving": None, "lm_compatibility_level": 5},
        "winrm": {"trusted_hosts": "", "credssp_server": False},
        "not_read": [],
    }


class Hosts(dict):
    """HV01, HV02, ...: what each says; `write` puts the files beside the case's estate."""

    def __init__(self, *names, language="en-US"):
        super().__init__({name: facts(name, language, i + 1) for i, name in enumerate(names)})

    def lacks(self, name, part, why):
        self[name][part] = None
        self[name]["not_read"].append({"fact": part, "why": why})

    def write(self, e):
        for name, told in self.items():
            encoding = LANGUAGES[told["host"]["language"]][4]
            text = json.dumps(told, indent=2, ensure_ascii=False).replace("\n", "\r\n")
            e.facts[name + ".json"] = text.encode(encoding)


def told(e, *names, language="en-US"):
    """The pair, and what both say."""
    e.pair()
    hosts = Hosts(*(names or ("HV01", "HV02")), language=language)
    return hosts


def copied(hosts, name):
    return copy.deepcopy(hosts[name])
