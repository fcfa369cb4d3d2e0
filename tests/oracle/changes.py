"""The fixes: applied as an administrator would, proved, undone."""

import base64
import copy
import json
import re
import sys
from contextlib import contextmanager

import truth
from estate import UAC_NOT_DELEGATED, UAC_T2A4D
from lab import LabError

# What fixes change.
CHANGED = ("userAccountControl", "servicePrincipalName", "msDS-AllowedToDelegateTo",
           "msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-SupportedEncryptionTypes")

# What Samba, unlike Windows, lets nobody write over LDAP.
OPEN_AS_SYSTEM = """
import base64, json, ldb, sys
from samba import param
from samba.auth import system_session
from samba.samdb import SamDB
lp = param.LoadParm()
lp.load(sys.argv[1])
samdb = SamDB(url=sys.argv[2], lp=lp, session_info=system_session(lp))
"""
MODIFY = OPEN_AS_SYSTEM + """
samdb.modify_ldif(sys.stdin.read(), controls=["relax:0"])
"""
# LDIF does not take a descriptor that does not parse.
REPLACE = OPEN_AS_SYSTEM + """
for dn, attribute, values in json.load(sys.stdin):
    message = ldb.Message(ldb.Dn(samdb, dn))
    values = [base64.b64decode(value) for value in values]
    message[attribute] = ldb.MessageElement(values, ldb.FLAG_MOD_REPLACE, attribute)
    samdb.modify(message, controls=["relax:0"])
"""


def try_fixes(run):
    start = state(run)
    if not apply(run, "fix.ldif"):
        return
    run.counts["fixes applied"] += len(run.live["fixes"])
    fixed = refreshed(run.estate, state(run))
    after = run.prove(fixed)
    run.kept["fixed-proofs.json"] = after.answers
    nothing_lost(run, after)
    run.kept["fixed.json"] = report = run.audit()
    # What is called ready then is what the fixes claim.
    run.judge(report, after, "(fixed) ", "fix failures", known=run.wrong_pairs)
    if apply(run, "undo.ldif"):
        restored(run, start, state(run))


def nothing_lost(run, after):
    """No pair that was granted is refused."""
    for source in run.estate.hosts:
        for target in run.estate.hosts:
            for service in truth.SERVICES if source is not target else ():
                before, now = (proof.of(source, target, service) for proof in (run.proof, after))
                if before == truth.READY and now not in (truth.READY, truth.OPEN):
                    run.say("fix failures", f"{source.name} > {target.name} {service} was ready, and the fixes made it "
                            f"{now}")


def apply(run, name):
    """One file, its comments as the comments say, below LDAP."""
    text = (run.dir / "fixes" / name).read_text()
    try:
        if re.search(r"^changetype:", text, re.M):
            run.lab.ldapmodify(text)
        below = commented(text)
        if below:
            as_system(run, MODIFY, "\n".join(below))
    except LabError as error:
        run.say("fix failures", f"{name} was refused: {str(error).strip().splitlines()[-1]}")
        return False
    return True


@contextmanager
def replaced(run, attribute, hosts):
    """host -> (values meanwhile, values afterwards)"""
    replace(run, attribute, {host: values[0] for host, values in hosts.items()})
    try:
        yield
    finally:
        replace(run, attribute, {host: values[1] for host, values in hosts.items()})


def replace(run, attribute, hosts):
    records = [(run.dn_of(host), attribute, [base64.b64encode(value).decode() for value in sorted(values)])
               for host, values in hosts.items()]
    as_system(run, REPLACE, json.dumps(records))


def as_system(run, program, text):
    """Changes the directory below LDAP."""
    run.lab.check([sys.executable, "-c", program, run.lab.smb_conf, run.lab.dir / "private/sam.ldb"], input=text)


def commented(text):
    """The change records that a file holds as comments."""
    lines = [line.removeprefix("#   ") if line.startswith("#   ") else "" for line in text.splitlines()]
    return [f"{record}\n" for record in re.split(r"\n\n+", "\n".join(lines)) if record.startswith("dn:")]


def state(run):
    """name -> attribute -> values, of the hosts and of krbtgt."""
    found = {}
    text = run.lab.ldapsearch("-b", run.lab.base_dn, f"(|(sAMAccountName={run.estate.prefix}*)(sAMAccountName=krbtgt))",
                              "sAMAccountName", *CHANGED).stdout
    for entry in text.split("\n\n"):
        attributes = {name: set() for name in CHANGED}
        host = None
        for line in entry.splitlines():
            name, _, value = line.partition(":")
            value = base64.b64decode(value[2:]) if value[:1] == ":" else value[1:].encode()
            if name in attributes:
                attributes[name].add(value)
            elif name == "sAMAccountName":
                host = value.decode().rstrip("$")
        if host:
            found[host] = attributes
    return found


def refreshed(estate, now):
    """The model with what the directory holds now."""
    estate = copy.deepcopy(estate)
    for host in estate.hosts:
        held = now[host.name]
        host.spns = [spn.decode() for spn in held["servicePrincipalName"]]
        host.list = [spn.decode() for spn in held["msDS-AllowedToDelegateTo"]]
        host.uac = flags(held)
        host.t2a4d = bool(host.uac & UAC_T2A4D)
        etypes = held["msDS-SupportedEncryptionTypes"]
        host.etypes = int(next(iter(etypes))) if etypes else None
    estate.krbtgt_sensitive = bool(flags(now["krbtgt"]) & UAC_NOT_DELEGATED)
    return estate


def flags(held):
    return int(next(iter(held["userAccountControl"])))


def restored(run, start, end):
    """Everything as before; but a duplicate SPN that was removed has no undo."""
    duplicates = {spn.lower().encode() for _, spn in run.estate.raw}
    # Samba writes a HOST SPN anew, in another case, when its alias goes to or comes from another account.
    start, end = folded(start), folded(end)
    for host in start:
        for name in CHANGED:
            gone = {value for value in start[host][name] - end[host][name] if value not in duplicates}
            new = end[host][name] - start[host][name]
            if gone or new:
                run.say("fix failures", f"after undo.ldif {host} {name}: lost {sorted(gone)}, got {sorted(new)}")


def folded(hosts):
    return {host: {name: {v.lower() for v in values} if name == "servicePrincipalName" else values
                   for name, values in held.items()} for host, held in hosts.items()}
