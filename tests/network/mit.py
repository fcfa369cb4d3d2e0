"""KDCs of MIT's own, one for each realm, on ports of this machine; each refers whom it does not know to the next one.

Trusts lead as the referrals do. The first realm has a user, a host and a service that is its own."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from kerberos import REALM
from patience import PATIENCE_S, wait_until
from ports import Port

PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
IS_THERE = all(shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") for program in PROGRAMS)
PASSWORD = "Summer2026"
HOSTS = "rogue.test"  # the domain of the hosts that are always another's
NOWHERE = "NOWHERE.TEST"  # the realm to which each knows a way, by the next one


class Kdc:
    def __init__(self, circle, place, realm, next_realm):
        self.circle, self.place, self.realm, self.port = circle, place, realm, circle.ports[realm]
        place.mkdir()
        self.log = place / "log"
        (place / "krb5.conf").write_text(
            f"{circle.realms()}[domain_realm]\n.{HOSTS} = {next_realm}\n[capaths]\n{circle.paths(realm, next_realm)}"
            f"[logging]\nkdc = FILE:{self.log}\n")
        (place / "kdc.conf").write_text(
            f"[realms]\n{realm} = {{\ndatabase_name = {place}/principal\nkey_stash_file = {place}/stash\nacl_file = {place}/acl\n"
            f"kdc_listen = 127.0.0.1:{self.port.number}\nreject_bad_transit = false\nkdc_tcp_listen = 127.0.0.1:{self.port.number}\nsupported_enctypes = aes256-cts:normal\n}}\n")
        self.process = None

    def run(self, program, *arguments, **more):
        done = subprocess.run([program, *map(str, arguments)], env=self.environment(), capture_output=True, text=True, timeout=PATIENCE_S, **more)
        assert done.returncode == 0, done
        return done.stdout

    def environment(self):
        return {"PATH": os.environ["PATH"] + ":/usr/sbin", "KRB5_CONFIG": str(self.place / "krb5.conf"),
                "KRB5_KDC_PROFILE": str(self.place / "kdc.conf"), "LC_ALL": "C.UTF-8"}

    def fill(self, names):
        self.run("kdb5_util", "-r", self.realm, "create", "-s", "-P", PASSWORD)
        self.run("kadmin.local", "-r", self.realm, input="".join(f"addprinc -pw {PASSWORD} {name}\n" for name in names))

    def start(self):
        self.port.release()
        self.process = subprocess.Popen(["krb5kdc", "-n", "-r", self.realm, "-P", self.place / "pid"], env=self.environment(), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        wait_until(lambda: self.process.poll() is not None or self.log.exists() and "commencing operation" in self.log.read_text())
        assert self.process.poll() is None, self.log.read_text()

    def asked(self):
        """The requests for tickets that the log has."""
        return self.log.read_text().count("TGS_REQ (")

    def end(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE_S)


class Circle:
    """ROGUE.TEST, R1.TEST, R2.TEST and so on: `count` of them; the last one refers to that of number `back`."""

    def __init__(self, place, count, back=0):
        names = [REALM, *(f"R{n}.TEST" for n in range(1, count))]
        self.place, self.ports = place, {name: Port() for name in names}
        self.kdcs = [Kdc(self, place / name, name, (names + [names[back]])[n + 1]) for n, name in enumerate(names)]
        self.conf = place / "krb5.conf"
        self.conf.write_text(self.realms())
        links = [(names[n], (names + [names[back]])[n + 1]) for n in range(count)]
        for kdc in self.kdcs:
            trusts = [f"krbtgt/{to}@{come}" for come, to in links if kdc.realm in (come, to)]
            accounts = ["audit", "alice", "HV1$", "cifs/known.test"] if kdc is self.kdcs[0] else []
            kdc.fill([f"{name}@{kdc.realm}" for name in accounts] + trusts)

    def realms(self):
        return (f"[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\ndns_lookup_realm = false\n[realms]\n" +
                "".join(f"{name} = {{\nkdc = 127.0.0.1:{port.number}\n}}\n" for name, port in self.ports.items()))

    def paths(self, realm, next_realm):
        """Whom users of the first realm may come by, and where the realm sends those who look for nowhere."""
        names = list(self.ports)
        ways = {name: names[1:n] for n, name in enumerate(names)} if realm != names[0] else {}
        of_first = "".join(f"{to} = {by}\n" for to, through in ways.items() for by in through)
        return (f"{names[0]} = {{\n{of_first}}}\n" if of_first else "") + f"{realm} = {{\n{NOWHERE} = {next_realm}\n}}\n"

    def __enter__(self):
        try:
            for kdc in self.kdcs:
                kdc.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for kdc in self.kdcs:
            kdc.end()

    def tickets(self, file, name=f"audit@{REALM}"):
        self.kdcs[0].run("kinit", "-f", "-c", f"FILE:{file}", name, input=PASSWORD + "\n")
        return file

    def keytab(self, file, *names):
        self.kdcs[0].run("kadmin.local", "-r", REALM, "ktadd", "-norandkey", "-k", file, *names)
        Path(file).chmod(0o600)
        return file

    def asked(self):
        return [kdc.asked() for kdc in self.kdcs]
