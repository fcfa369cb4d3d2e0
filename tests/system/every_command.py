"""Every command that there is, in all its ways to the directory, the KDC and the files: for tests of what holds for all."""

import re

from harness import FINDINGS, INCOMPLETE, OK, kcdaudit


def commands(lab):
    listed = kcdaudit(lab, "help").out
    return set(re.findall(r"(?m)^  (\w+) +\S", listed.partition("Topics:")[0]))


def every_command(lab, place):
    """(argv, exit statuses) of each, in the order in which they leave one another what they read. Whoever runs them asks `commands` whether
    one is missing."""
    done = {OK, FINDINGS, INCOMPLETE}
    snapshot, history, shard, keytab = place / "s.ldif", place / "h.sqlite", place / "shard", place / "all.keytab"
    shard.mkdir()
    lab.keytab(path=keytab)
    domain = ("-D", lab.domain)
    own = ("--keytab", keytab, "--principal", f"audit@{lab.realm}")
    proofs = ("--prove-as", "alice", "--prove-keytab", keytab)
    return [
        (("audit", *domain, "--operator", "alice", "--all-dcs", "--ports", "--timeout", "3", "--fixes", place / "new/fixes",
          "--history", history, "-f", f"html:{place}/r.html", "-f", f"prometheus:{place}/r.prom"), done),
        (("audit", *domain, *own, *proofs, "--scope", "forest", "--history", history), done),
        (("audit", "-H", f"ldaps://{lab.dc}", "--ca-file", lab.ca_file, "--no-history"), done),
        (("check", *domain, "HV01", "HV02"), done),
        (("check", *domain, "HV01", "cifs/hv03.contoso.test"), done),
        (("delegations", *domain, "--scope", "forest"), done),
        (("diagnose", *domain, "0x8009030E", "--from", "HV01", "--to", "HV03", "--ports", "--timeout", "3", *proofs), done),
        (("ticket", *domain, "host/hv01.contoso.test", "cifs/nobody.contoso.test"), done),
        (("spn", "duplicates", *domain, "--forest"), done),
        (("spn", "query", *domain, "*/hv01*"), done),
        (("snapshot", *domain, "--all-dcs", "-o", snapshot), done),
        (("audit", "--ldif", snapshot, "--shard", "0/1", "--run-id", "x", *proofs, "-o", f"{shard}/"), done),
        (("merge", "--ldif", snapshot, "--run-id", "x", "--no-history", shard), done),
        (("rules",), {OK}),
        (("workloads",), {OK}),
        (("history", "--history", history), {OK}),
        (("diff", "--history", history), done),
        (("fleet", "--history", history), done),
        (("help", "audit"), {OK}),
    ]
