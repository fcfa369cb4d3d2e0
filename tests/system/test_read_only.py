"""What the DC itself saw change while every command ran: nothing, but what it writes of its own accord when somebody signs in."""

import json
import re

import pytest

from every_command import commands, every_command
from harness import DEMO, NO_AUDIT, ROOT, Lab, audit, kcdaudit

AUDITED = {"log level": "1 dsdb_json_audit:5 dsdb_password_json_audit:5 dsdb_group_json_audit:5 dsdb_transaction_json_audit:5 "
                        "auth_json_audit:3"}
SYSTEM = "S-1-5-18"
PAGE = (ROOT / "docs/audit-account.md").read_text()


def signed_in():
    """The attributes that the page names as what a KDC records of a sign-in."""
    section = re.search(r"(?ms)^## What the DC records of it$(.*?)^## ", PAGE)[1]
    return set(re.findall(r"`(\w+)`", section))


class Trail:
    """What the DC's audit log says from here on."""

    def __init__(self, lab):
        self._lab, self._start = lab, lab.log_file.stat().st_size

    def events(self):
        with open(self._lab.log_file, errors="replace") as log:
            log.seek(self._start)
            text = log.read()
        found = []
        for match in re.finditer(r'\{"timestamp": ', text):
            event, _ = json.JSONDecoder().raw_decode(text, match.start())
            found.append((event["type"], event[event["type"]]))
        return found

    def changes(self):
        return [event for kind, event in self.events() if kind in ("dsdbChange", "passwordChange", "groupChange")]


@pytest.fixture(scope="module")
def audited():
    with Lab(DEMO, options=AUDITED) as lab:
        yield lab


def lines_of(lab, path, besides):
    lab.dump_ldif(path, security_descriptors=True)
    return [line for line in path.read_text().splitlines() if line.split(":")[0].lower() not in {b.lower() for b in besides}]


def test_no_command_changes_anything(audited, tmp_path):
    ways = every_command(audited, tmp_path)
    assert {argv[0] for argv, _ in ways} == commands(audited)
    besides = signed_in() | {"currentTime", "highestCommittedUSN", "whenChanged", "uSNChanged", "replPropertyMetaData"}
    before = lines_of(audited, tmp_path / "before.ldif", besides)
    trail = Trail(audited)
    for argv, statuses in ways:
        done = kcdaudit(audited, *argv)
        assert done.status in statuses, (argv, done)
    kinds = [kind for kind, _ in trail.events()]
    assert kinds.count("Authentication") > 5, "the log tells nothing of the sign-ins: it would tell of no change either"
    for event in trail.changes():
        assert (event["remoteAddress"], event["userSid"]) == (None, SYSTEM), event
        assert set(event["attributes"]) <= besides, event
    assert lines_of(audited, tmp_path / "after.ldif", besides) == before


def dn_of(lab):
    return re.search(r"(?m)^dn: (.*)$", lab.ldapsearch("-b", lab.base_dn, "(cn=HV01)", "1.1").stdout)[1]


def test_a_change_would_have_been_seen(audited):
    trail = Trail(audited)
    audited.ldapmodify(f"dn: {dn_of(audited)}\nchangetype: modify\nreplace: description\ndescription: seen\n")
    seen = [event for event in trail.changes() if event["remoteAddress"] and "description" in event.get("attributes", {})]
    assert len(seen) == 1 and seen[0]["operation"] == "Modify" and "hv01" in seen[0]["dn"].lower()


def test_an_outdated_keytab_is_a_wrong_password(audited, tmp_path):
    keytab = audited.keytab("audit", tmp_path / "audit.keytab")
    audited.check(["samba-tool", "domain", "passwordsettings", "set", "--account-lockout-threshold=5", "-H",
                   audited.dir / "private/sam.ldb", "-s", audited.smb_conf])
    for number in range(4):  # a password of not long ago is not counted
        audited.check(["samba-tool", "user", "setpassword", "audit", f"--newpassword=An0ther-Passw0rd-{number}", "-H",
                       audited.dir / "private/sam.ldb", "-s", audited.smb_conf])
    trail = Trail(audited)
    done = audit(audited, "--keytab", keytab, "--principal", f"audit@{audited.realm}", user=None)
    assert done.status == NO_AUDIT, done
    changed = {name for event in trail.changes() for name in event["attributes"]}
    assert changed and changed <= signed_in()
