"""A machine to install on: a minimal Debian in a directory, and the same booted, with its own systemd, in namespaces.

Nothing of this machine is changed, and where its packages come from is asked of its own apt.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from lab import cached
from patience import PATIENCE_S

# Beside Debian's least: what boots it, what shows a manual page, what the examples send with.
EXTRA = ("systemd", "man-db", "curl")
NSPAWN = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--settings=no"]


# Releases of Debian that are side by side in one archive.
DEBIAN = ("bookworm", "trixie", "forky")


def own_suite():
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    return release.get("VERSION_CODENAME", "").strip('"')


def own_source():
    """Where this machine gets Debian's own suite: (suite, URI, keyring or None); None where it gets it nowhere."""
    suite = own_suite()
    done = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT) $(SIGNED_BY)",
                           "Created-By: Packages"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in done.stdout.splitlines():
        uri, codename, component, *keyring = line.split()
        if codename == suite and component == "main" and not uri.startswith("cdrom:"):
            return suite, uri, next((path for path in keyring if path.startswith("/")), None)
    return None


def source_of(suite):
    """The same for any suite: another release of Debian comes from where a Debian gets its own; $UBUNTU is an archive of Ubuntu."""
    own = own_source()
    if own and (suite == own[0] or {suite, own[0]} <= set(DEBIAN)):
        return suite, own[1], own[2]
    if suite not in DEBIAN and os.environ.get("UBUNTU"):
        return suite, os.environ["UBUNTU"], None
    return None


class CleanRoot:
    """A minimal Debian in a directory: of this machine's own release, or of another."""

    def __init__(self, directory, suite=None, include=EXTRA):
        self.path, self._suite, self._include = directory / "root", suite or own_suite(), include

    def obstacle(self):
        """Why there can be none here, in one line; None where there can."""
        if os.geteuid() != 0:
            return "debootstrap needs root (sudo)"
        for program in ("debootstrap", "systemd-nspawn"):
            if not shutil.which(program):
                return f"{program} is not installed"
        if not source_of(self._suite):
            return f"apt knows no archive of {self._suite} here"
        try:
            self.archive = cached(f"clean-root-{self._suite}-{'-'.join(self._include)}.tar", self._bootstrap)
        except RuntimeError as error:
            return str(error)
        tried = subprocess.run([*NSPAWN, "--directory=/", "--volatile=yes", "--pipe", "true"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return f"systemd-nspawn does not work here: {tried.stdout.strip()}" if tried.returncode else None

    def _bootstrap(self, archive):
        suite, uri, keyring = source_of(self._suite)
        new = archive.with_suffix(".d")
        shutil.rmtree(new, ignore_errors=True)
        options = [f"--keyring={keyring}"] if keyring else []
        # kinit is in Ubuntu's universe.
        options += [] if suite in DEBIAN else ["--components=main,universe"]
        try:
            done = subprocess.run(["debootstrap", *options, "--variant=minbase", f"--include={','.join(self._include)}", suite, new,
                                   uri], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True)
            if done.returncode != 0:
                raise RuntimeError(f"debootstrap failed: {done.stdout.strip().splitlines()[-1]}")
            subprocess.run(["tar", "-C", new, "--numeric-owner", "-cf", archive, "."], check=True)
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def fill(self):
        self.path.mkdir()
        subprocess.run(["tar", "-C", self.path, "--numeric-owner", "-xpf", self.archive], check=True)

    def run(self, *argv, check=True, **keywords):
        """A command in it, as root, with the machine's own network."""
        done = subprocess.run([*NSPAWN, "--pipe", "--resolv-conf=copy-host", f"--directory={self.path}",
                               "--setenv=DEBIAN_FRONTEND=noninteractive", "--setenv=LC_ALL=C.UTF-8", "--", *argv],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              **keywords)
        assert not check or done.returncode == 0, (
            f"{argv}: exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done

    def install(self, package):
        """Installs a .deb and what it depends on, and nothing that it only recommends."""
        shutil.copy(package, self.path / "root")
        self.run("apt-get", "-q", "update")
        self.run("apt-get", "-q", "-y", "--no-install-recommends", "install", f"/root/{Path(package).name}")

    def paths_of(self, word):
        """Every path with this word in it, but those of the package database and of logs."""
        skip = ("/var/lib/apt/", "/var/lib/dpkg/", "/var/cache/", "/var/log/", "/root/", "/proc/", "/sys/", "/run/")
        found = []
        for directory, names, files in os.walk(self.path):
            for name in [*names, *files]:
                path = f"/{Path(directory, name).relative_to(self.path)}"
                if word in path and not path.startswith(skip):
                    found.append(path)
        return sorted(found)

    @contextmanager
    def booted(self, lab):
        """The same root with systemd running in it, in the network of the lab."""
        (self.path / "etc/resolv.conf").unlink(missing_ok=True)
        shutil.copy(lab.dir / "etc/resolv.conf", self.path / "etc")
        (self.path / "etc/krb5.conf").write_text(lab.krb5_conf.read_text())
        log = lab.dir / "boot.log"
        with open(log, "w") as output:
            process = subprocess.Popen(
                [*NSPAWN, "--boot", "--resolv-conf=off", "--console=pipe", f"--directory={self.path}",
                 f"--network-namespace-path=/proc/{lab._namespace.pid}/ns/net"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        machine = Machine(process, log)
        try:
            machine.wait()
            yield machine
        finally:
            machine.stop()


class Machine:
    """A booted root: commands run in all its namespaces, as its root."""

    def __init__(self, process, log):
        self._process, self._log, self._leader = process, log, None

    def wait(self):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._leader or self._find_leader():
                state = self.run("systemctl", "is-system-running").stdout.strip()
                if state in ("running", "degraded"):
                    return
            time.sleep(0.1)
        raise AssertionError(f"it did not boot:\n{self._log.read_text()[-4000:]}")

    def _find_leader(self):
        """The descendant of nspawn that is process 1 of its own namespace."""
        waiting = [self._process.pid]
        while waiting:
            process = waiting.pop()
            try:
                status = Path(f"/proc/{process}/status").read_text()
                waiting += map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())
            except FileNotFoundError:
                continue
            numbers = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
            if len(numbers) > 1 and numbers[-1] == "1":
                self._leader = process
        return self._leader is not None

    def run(self, *argv, check=False, input=None):
        done = subprocess.run(["nsenter", f"--target={self._leader}", "--all", "--root", "--wd", "--",
                               "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", *map(str, argv)],
                              input=input, stdin=None if input is not None else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_S)
        assert not check or done.returncode == 0, f"{argv}: exit {done.returncode}\n{done.stdout[-6000:]}"
        return done

    def property(self, unit, name):
        return self.run("systemctl", "show", "--property", name, "--value", unit, check=True).stdout.strip()

    def journal(self, unit, since=None):
        """What the unit itself said: (priority, text), oldest first; `since`: an invocation's id."""
        return self._said(f"_SYSTEMD_INVOCATION_ID={since}" if since else f"_SYSTEMD_UNIT={unit}")

    def named(self, program):
        """The same of all that a program of this name said."""
        return self._said(f"SYSLOG_IDENTIFIER={program}")

    def _said(self, which):
        self.run("journalctl", "--sync", check=True)
        lines = self.run("journalctl", "--no-pager", "-o", "json", which, check=True).stdout.splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        return [(int(entry["PRIORITY"]), entry["MESSAGE"]) for entry in entries]

    def stop(self):
        if self._leader and self._process.poll() is None:
            os.kill(self._leader, signal.SIGRTMIN + 14)  # systemd(1): power off at once
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                pass
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
