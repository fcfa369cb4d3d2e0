"""A disposable Active Directory: a real Samba DC in namespaces of its own.

    with Lab(estate="tests/lab/estates/demo.py") as lab:
        lab.run(["kcdaudit", "audit", "-D", lab.domain], user="audit")

Needs root. Nothing outlives the `with` block, nor the process if it is killed. See README.md beside this file.
"""

import argparse
import base64
import fcntl
import functools
import hashlib
import importlib.util
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import samba
from samba import param
from samba.auth import system_session
from samba.net import Net
from samba.samdb import SamDB

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
from patience import PATIENCE_S, wait_until  # noqa: E402
import estate as estates  # noqa: E402  (the module beside this file)


class Place:
    """Which domain a lab is, and where its DC listens."""

    def __init__(self, domain, address, interfaces, host="dc1"):
        self.domain, self.realm, self.netbios = domain, domain.upper(), domain.split(".")[0].upper()
        self.host, self.dc, self.address, self.interfaces = host.upper(), f"{host}.{domain}", address, interfaces


DOMAIN = "contoso.test"
# Not 127.0.0.1: Kerberos clients do not find a KDC there through DNS.
CONTOSO = Place(DOMAIN, "10.53.57.1", "lo 10.53.57.1")
# Another forest, for a second lab beside the first.
FABRIKAM = Place("fabrikam.test", "10.53.57.2", "10.53.57.2/32")
# A second DC of the first domain.
CONTOSO_2 = Place(DOMAIN, "10.53.57.3", "10.53.57.3/32", "dc2")
ADMINISTRATOR = "Administrator"
PASSWORD = estates.PASSWORD
SAMBA_VERSION = tuple(int(part) for part in samba.version.split("-")[0].split("~")[0].split(".")[:2])
# Samba 4.17, which plain Debian 12 has, knows neither level 2016 nor RBCD in its KDC, nor channel bindings.
HAS_RBCD = SAMBA_VERSION >= (4, 19)
HAS_CHANNEL_BINDING = SAMBA_VERSION >= (4, 21)
DEFAULT_LEVEL = "2016" if HAS_RBCD else "2008_R2"

# The mount, network and PID namespaces of a lab.
UNSHARE = ["unshare", "-nmpf", "--kill-child", "--mount-proc"]

# `su` and cron leave these out, and Samba's programs are there.
os.environ["PATH"] += ":/usr/sbin:/sbin"

SMB_CONF = """\
[global]
netbios name = {host}
realm = {realm}
workgroup = {netbios}
server role = active directory domain controller
{level}
interfaces = {interfaces}
bind interfaces only = yes
# Without file server and winbind it starts in any container.
server services = ldap, cldap, kdc, dns
dns forwarder =
vfs objects = dfs_samba4 acl_xattr xattr_tdb
lock directory = {dir}
state directory = {dir}/state
cache directory = {dir}/cache
private dir = {dir}/private
binddns dir = {dir}/bind-dns
pid directory = {dir}/run
ncalrpc dir = {dir}/run/ncalrpc
winbindd socket directory = {dir}/run/winbindd
ntp signd socket directory = {dir}/run/ntp_signd
log file = {dir}/log.%m
{options}
[sysvol]
path = {dir}/state/sysvol
read only = no
[netlogon]
path = {dir}/state/sysvol/{domain}/scripts
read only = no
"""

KRB5_CONF = """\
[libdefaults]
default_realm = {realm}
dns_lookup_kdc = true
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
forwardable = true
default_keytab_name = FILE:{dir}/default.keytab
[domain_realm]
.contoso.test = CONTOSO.TEST
contoso.test = CONTOSO.TEST
.fabrikam.test = FABRIKAM.TEST
fabrikam.test = FABRIKAM.TEST
"""

# For a lab that a SecondDc joins: the other one's address will be on `lo`, too.
JOINABLE = {"server services": "ldap, cldap, kdc, dns, rpc", "interfaces": f"127.0.0.1/8 {CONTOSO.address}/32"}

# For the first lab: its DNS asks the second one for what it does not know.
TO_FABRIKAM = {"dns forwarder": FABRIKAM.address}

# Operational attributes which `*` leaves out and an audit reads.
OPERATIONAL = ["msDS-KeyVersionNumber", "msDS-User-Account-Control-Computed", "msDS-ReplAttributeMetaData"]
# SD_FLAGS with owner, group and DACL: without it a reader who may not see the SACL gets no descriptor at all.
SD_FLAGS = ["-E", "!1.2.840.113556.1.4.801=::MAMCAQc="]


class LabError(Exception):
    """The lab could not be set up; the message says what to look at."""


@functools.cache
def obstacle():
    """Why no lab can be had by this process whatever is installed, in one line; None where one can."""
    if os.geteuid() != 0:
        return "the lab needs root (sudo): it makes namespaces and binds ports 53, 88 and 389"
    tried = subprocess.run([*UNSHARE, "ip", "link", "set", "lo", "up"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if tried.returncode == 0:
        return None
    # In a chroot whose root is no mount point there is nothing that unshare could make private.
    hint = "in a chroot, bind-mount its directory onto itself first" if "propagation" in tried.stderr else \
        "root with CAP_SYS_ADMIN and CAP_NET_ADMIN is needed"
    return f"no namespaces here ({tried.stderr.strip()}): {hint}"


# The cache of provisioned directories


def cache_directory():
    base = os.environ.get("XDG_CACHE_HOME")
    path = Path(base) / "kcdaudit-lab" if base else Path(f"/var/tmp/kcdaudit-lab-{os.getuid()}")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    # /var/tmp is everybody's: a directory that somebody else put there must not feed a process of root.
    owner = path.stat()
    if owner.st_uid != os.getuid() or owner.st_mode & 0o022:
        raise LabError(f"{path}: not ours alone; remove it, or set XDG_CACHE_HOME")
    return path


def cached(name, make):
    """The cached file `name`, made by `make(path)` where it is not there yet; safe beside other processes."""
    path = cache_directory() / name
    with open(path.with_name(f".{name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            new = path.with_name(f".{name}.new")
            make(new)
            new.rename(path)
    return path


def shim_library():
    """The preload for the DC, built where its source has changed."""
    source = HERE / "unparse-shim.c"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]

    def build(path):
        _checked(["gcc", "-std=c11", "-Wall", "-Wextra", "-O2", "-shared", "-fPIC", "-o", path, source, "-ldl"])

    return cached(f"shim-{digest}.so", build)


def provision_archive(level=DEFAULT_LEVEL, place=CONTOSO):
    """A tar of a provisioned directory, its DC's SPNs registered and its TLS certificate made."""
    def provision(path):
        with _Provisioning(level=level, place=place) as lab:
            lab.stop_dc(signal.SIGTERM)
            leave_out = [f"--exclude=./{name}" for name in ("dc.log", "names.tdb", "msg.*", "run/*", "cc/*")]
            _checked(["tar", "-C", lab.dir, *leave_out, "-cf", path, "."])

    recipe = repr((samba.version, SMB_CONF, _provision_command("", level, place), shim_library().name))
    return cached(f"provision-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.tar", provision)


def _provision_command(directory, level, place):
    command = ["samba-tool", "domain", "provision", f"--realm={place.realm}", f"--domain={place.netbios}",
               "--server-role=dc", "--dns-backend=SAMBA_INTERNAL", f"--function-level={level}", f"--adminpass={PASSWORD}",
               f"--targetdir={directory}", "--host-name=dc1", f"--host-ip={place.address}",
               f"--option=interfaces={place.interfaces}", "--option=bind interfaces only=yes",
               "--option=vfs objects=dfs_samba4 acl_xattr xattr_tdb", "--option=dns forwarder="]
    return command + ([f"--option={_level_option(level)}"] if HAS_RBCD else [])


def _level_option(level):
    return f"ad dc functional level = {level}" if HAS_RBCD else ""


def _write_configuration(directory, level, options, place):
    """The configuration of Samba, Kerberos and the resolver for a lab in `directory`."""
    etc = directory / "etc"
    etc.mkdir(exist_ok=True)
    names = {"dir": directory, "domain": place.domain, "realm": place.realm, "netbios": place.netbios,
             "interfaces": place.interfaces, "host": place.host}
    more = "\n".join(f"{name} = {value}" for name, value in options.items())
    (etc / "smb.conf").write_text(SMB_CONF.format(level=_level_option(level), options=more, **names))
    (etc / "krb5.conf").write_text(KRB5_CONF.format(**names))
    (etc / "resolv.conf").write_text(f"nameserver {place.address}\nsearch {place.domain}\n")
    (etc / "hosts").write_text("127.0.0.1 localhost\n")
    # Not the machine's own: nss-resolve and mDNS would answer from outside the lab.
    (etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n")
    for name in ("run", "cc"):
        (directory / name).mkdir(exist_ok=True)


def _checked(argv):
    """Runs a command whose output only matters when it fails."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]}: not installed; `make deps` installs what the lab needs") from error
    if done.returncode != 0:
        raise LabError(f"{argv[0]} failed with {done.returncode}:\n{done.stdout[-4000:]}")


def _ldif_value(line):
    value = line.split(":", 1)[1]
    return base64.b64decode(value[1:]).decode() if value.startswith(":") else value.strip()


def _isolated(function):
    """Calls `function` in a forked child: Samba's libraries keep databases and locks open for the life of a process."""
    context = multiprocessing.get_context("fork")
    reader, writer = context.Pipe(duplex=False)

    def child():
        try:
            function()
        except BaseException:
            writer.send(traceback.format_exc())
        else:
            writer.send(None)

    process = context.Process(target=child)
    process.start()
    writer.close()
    try:
        failure = reader.recv()
    except EOFError:
        failure = "the child process died"
    process.join()
    if failure:
        raise LabError(failure)


def load_estate(estate):
    """The `build` function of an estate file; a function stays as it is."""
    if callable(estate):
        return estate
    if not Path(estate).is_file():
        raise LabError(f"{estate}: no such estate file")
    specification = importlib.util.spec_from_file_location("estate_file", estate)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.build


class Lab:
    """A running DC. `estate` is a function `build(e)`, a file that defines one, or a list of these; `options` are
    further lines for smb.conf's [global], such as {"ldap server require strong auth": "no"}.

    `beside`: a lab that runs already. This one is another forest then, fabrikam.test, on the first one's network, where its
    names are found if the first was made with `options=TO_FABRIKAM`. `model`: Samba's process model ("prefork")."""

    password = PASSWORD

    def __init__(self, estate=None, level=DEFAULT_LEVEL, options=None, beside=None, place=None, model="single"):
        self._model = model
        self._place = place or (FABRIKAM if beside else CONTOSO)
        self._beside = beside
        self.domain, self.realm, self.dc = self._place.domain, self._place.realm, self._place.dc
        self.ip = self._place.address
        self.base_dn = "DC=" + self.domain.replace(".", ",DC=")
        several = estate if isinstance(estate, (list, tuple)) else [estate]
        self._builders = [load_estate(e) for e in several if e is not None]
        self._level = level
        self._options = options or {}
        self._namespace = None
        self._dc = None
        self.dir = None

    # Life

    def __enter__(self):
        if why := obstacle():
            raise LabError(why)
        # A short path: sockets live below it, and their paths end at 107 bytes.
        self.dir = Path(tempfile.mkdtemp(prefix="kcdlab-", dir="/tmp"))
        try:
            self._fill()
            self._load()
            self._open_namespace()
            self.start_dc()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends every process of the lab and removes its directory."""
        if self._namespace:
            self._namespace.stdin.close()
            try:
                self._namespace.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._namespace.kill()
                self._namespace.wait()
            self._namespace.stdout.close()
            self._namespace = None
        if self._dc and self._beside:
            self.stop_dc()
        elif self._dc:
            self._dc.kill()
            self._dc.wait()
            self._dc = None
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)

    def _fill(self):
        _checked(["tar", "-C", self.dir, "-xf", provision_archive(self._level, self._place)])
        _write_configuration(self.dir, self._level, self._options, self._place)

    def _load(self):
        if self._builders:
            _isolated(lambda: estates.load(self._builders, f"{self.dir}/private/sam.ldb", self._loadparm(),
                                           self.domain))

    def _loadparm(self):
        lp = param.LoadParm()
        lp.load(f"{self.dir}/etc/smb.conf")
        return lp

    def _open_namespace(self):
        if self._beside:
            self._beside.check(["ip", "address", "add", f"{self.ip}/32", "dev", "lo"])
            return
        # A session of its own: Ctrl-C at the terminal is for us to handle, then the namespace ends with our pipe.
        self._namespace = subprocess.Popen(
            [*UNSHARE, HERE / "namespace-init.sh", self.dir, self.ip],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        if self._namespace.stdout.readline() != "ready\n":
            raise LabError("namespace-init.sh failed: the lines above say at what")

    # The DC

    def start_dc(self):
        """Starts the DC and waits until it answers."""
        environment = {"LD_PRELOAD": str(shim_library())}
        with open(self.log_file, "a") as log:
            self._dc = self.popen(["samba", "-s", self.smb_conf, "-i", "-M", self._model, "--debug-stdout"],
                                  env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                  start_new_session=True)
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            if self._dc.poll() is not None or time.monotonic() > deadline:
                raise LabError(f"the DC does not answer; the end of its log:\n{self.log_file.read_text()[-3000:]}")
            time.sleep(0.05)

    def _answers(self):
        """LDAP, DNS and the KDC start one after the other."""
        tcp = " ".join(f"{port}<>/dev/tcp/{self.ip}/{port}" for port in (389, 88, 53))
        probes = (# By TCP, where nobody listening is an answer at once, and tried again for a while by the same program.
                  ["bash", "-c", f"for i in {{1..20}}; do {{ : {tcp}; }} 2>/dev/null && exit; sleep 0.1; done; exit 1"],
                  ["ldapsearch", "-x", "-H", f"ldap://{self.ip}", "-o", "nettimeout=2", "-s", "base", "-b", "", "1.1"],
                  ["host", "-T", "-W", "2", "-t", "SRV", f"_kerberos._udp.{self.domain}", self.ip])
        return all(self.run(probe).returncode == 0 for probe in probes)

    def stop_dc(self, how=signal.SIGKILL):
        """Ends the DC, as a crash would."""
        self.signal(self._dc, how)
        self.ended(self._dc)
        self._dc = None

    def pause_dc(self):
        """The DC accepts connections (the kernel does) and says nothing until `resume_dc`."""
        self.pause(self._dc)

    def resume_dc(self):
        self.resume(self._dc)

    # Commands

    @property
    def smb_conf(self):
        return self.dir / "etc/smb.conf"

    @property
    def krb5_conf(self):
        return self.dir / "etc/krb5.conf"

    @property
    def ca_file(self):
        return self.dir / "private/tls/ca.pem"

    @property
    def log_file(self):
        return self.dir / "dc.log"

    @property
    def environment(self):
        """What a command inside sees. Its default ccache is the lab's, never the caller's own."""
        return {"LAB_DOMAIN": self.domain, "LAB_REALM": self.realm, "LAB_DC": self.dc, "LAB_IP": self.ip,
                "LAB_BASE_DN": self.base_dn,
                "LAB_CA": str(self.ca_file), "LAB_PASSWORD": PASSWORD, "LAB_DIR": str(self.dir),
                "KRB5_CONFIG": str(self.krb5_conf), "KRB5CCNAME": f"FILE:{self.dir}/cc/default"}

    def inside(self, argv):
        """The command line that runs `argv` inside the lab, in the directory where the caller stands."""
        process = f"/proc/{(self._beside or self)._namespace.pid}"
        # Without --root, entering the mount namespace would leave a chroot.
        return ["nsenter", f"--net={process}/ns/net", f"--mount={process}/ns/mnt",
                f"--pid={process}/ns/pid_for_children", f"--root={process}/root", f"--wdns={os.getcwd()}",
                "--", *map(str, argv)]

    def popen(self, argv, user=None, env=None, **keywords):
        """Starts a command inside; `user` names the account whose tickets it gets. Send signals by `signal()`."""
        environment = {**os.environ, **self.environment, **(env or {})}
        if user:
            environment["KRB5CCNAME"] = self._ccache_of(user)
        return subprocess.Popen(self.inside(argv), env=environment, **keywords)

    def run(self, argv, user=None, env=None, input=None, timeout=PATIENCE_S, **keywords):
        """Runs a command inside to its end; returns a CompletedProcess with text output."""
        process = self.popen(argv, user, env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             stdin=subprocess.DEVNULL if input is None else subprocess.PIPE, **keywords)
        try:
            output, errors = process.communicate(input, timeout)
        except BaseException:
            self.signal(process, signal.SIGKILL)
            process.communicate()
            raise
        return subprocess.CompletedProcess(argv, process.returncode, output, errors)

    def check(self, argv, **keywords):
        """`run` for a command that has to succeed; returns its output."""
        done = self.run(argv, **keywords)
        if done.returncode != 0:
            raise LabError(f"{argv[0]} failed with {done.returncode}: {done.stderr or done.stdout}")
        return done.stdout

    @staticmethod
    def signal(process, number):
        """Sends a signal to a command started by `popen`: to itself, not to the nsenter that waits for it."""
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        # It may not have forked yet; once it has ended there is nobody to tell.
        while process.poll() is None:
            if pids := children.read_text().split():
                for pid in pids:
                    os.kill(int(pid), number)
                return
            time.sleep(0.005)

    @classmethod
    def pause(cls, process):
        """Stops a command started by `popen`; nothing of it runs any more when this returns."""
        # nsenter first: it follows its child into a stop, and continues it once it is continued itself, which may be
        # as late as during the next pause.
        process.send_signal(signal.SIGSTOP)
        cls.signal(process, signal.SIGSTOP)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        wait_until(lambda: all(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
                               for pid in children))

    @classmethod
    def resume(cls, process):
        cls.signal(process, signal.SIGCONT)
        process.send_signal(signal.SIGCONT)

    @staticmethod
    def ended(process):
        """Waits for a command that was told to end. The nsenter that waits for it may have stopped by itself: what it
        saw of a pause it follows when it is resumed."""
        wait_until(lambda: process.send_signal(signal.SIGCONT) or process.poll() is not None)

    # Kerberos

    def kinit(self, user, password=PASSWORD, forwardable=True, lifetime=None, ccache=None):
        """A fresh TGT; returns the ccache's name. `user` may be a host (`HV01$`); `lifetime` is kinit's ("5s")."""
        ccache = ccache or self._ccache_name(user, forwardable, lifetime)
        options = ["-f" if forwardable else "-F"] + (["-l", lifetime] if lifetime else [])
        self.check(["kinit", "-c", ccache, *options, user], input=f"{password}\n")
        return ccache

    def _ccache_name(self, user, forwardable=True, lifetime=None):
        parts = [user] + ([] if forwardable else ["not-forwardable"]) + ([lifetime] if lifetime else [])
        return f"FILE:{self.dir}/cc/{'-'.join(parts)}"

    def _ccache_of(self, user):
        name = self._ccache_name(user)
        return name if Path(name.removeprefix("FILE:")).exists() else self.kinit(user)

    def keytab(self, principals=None, path=None):
        """A keytab with the keys of these accounts (`HV01$`), or of the whole domain; returns its path."""
        principals = [principals] if isinstance(principals, str) else principals
        path = Path(path or self.dir / f"{'-'.join(principals or ['all'])}.keytab")
        path.unlink(missing_ok=True)
        _isolated(lambda: self._export(principals or [None], str(path)))
        return path

    def _export(self, principals, path):
        """What `samba-tool domain exportkeytab` does, whose start takes more than a second of CPU."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # it tells what it does
        samba.enable_net_export_keytab()
        lp = self._loadparm()
        net = Net(None, lp)
        for principal in principals:
            try:
                # It cannot be had twice from the same.
                database = SamDB(f"{self.dir}/private/sam.ldb", session_info=system_session(), lp=lp)
                net.export_keytab(samdb=database, keytab=path, principal=principal)
            except TypeError:  # Samba 4.17
                net.export_keytab(keytab=path, principal=principal)

    # LDAP

    def ldapsearch(self, *arguments, user=ADMINISTRATOR, uri=None, **keywords):
        """`ldapsearch -LLL` with the user's tickets, sealed; returns its CompletedProcess."""
        return self.run(["ldapsearch", "-LLL", "-o", "ldif-wrap=no", "-Q", "-N", "-Y", "GSS-SPNEGO", "-H",
                         uri or f"ldap://{self.dc}", *arguments], user=user, **keywords)

    def ldapmodify(self, ldif, user=ADMINISTRATOR, check=True):
        """Applies LDIF over LDAP, so that the DC judges it; returns the CompletedProcess."""
        done = self.run(["ldapmodify", "-Q", "-N", "-Y", "GSS-SPNEGO", "-H", f"ldap://{self.dc}"], user=user,
                        input=ldif)
        if check and done.returncode != 0:
            raise LabError(f"ldapmodify failed with {done.returncode}: {done.stderr}")
        return done

    def apply_ldif(self, text, user=ADMINISTRATOR):
        """`ldapmodify` for change records as a Windows DC would take them: Samba refuses to delete a single SPN value
        as long as another account holds it too (result 19), so there the attribute is replaced by its other values."""
        for record in text.replace("\r\n", "\n").replace("\n ", "").split("\n\n"):
            lines = [line for line in record.splitlines() if not line.startswith(("#", "version:"))]
            if lines:
                parts = "\n".join(lines).split("\n-")
                dn = _ldif_value(lines[0])
                self.ldapmodify("\n-".join(self._accepted(dn, part, user) for part in parts) + "\n", user)

    def _accepted(self, dn, part, user):
        """One modification of a record, in the form that Samba takes."""
        head, _, values = part.partition("delete: servicePrincipalName\n")
        if not values.startswith("servicePrincipalName:"):
            return part
        unwanted = {_ldif_value(line).lower() for line in values.splitlines()}
        found = self.ldapsearch("-s", "base", "-b", dn, "servicePrincipalName", user=user).stdout
        held = [_ldif_value(line) for line in found.splitlines() if line.startswith("servicePrincipalName:")]
        if missing := unwanted - {spn.lower() for spn in held}:
            raise LabError(f"{dn} does not hold {', '.join(sorted(missing))}")
        rest = [f"servicePrincipalName: {spn}" for spn in held if spn.lower() not in unwanted]
        return head + "\n".join(["replace: servicePrincipalName", *rest])

    def dump_ldif(self, path, user=ADMINISTRATOR, security_descriptors=False):
        """Writes what an administrator would export with ldapsearch for an audit without a network."""
        configuration = f"CN=Configuration,{self.base_dn}"
        services = f"CN=Directory Service,CN=Windows NT,CN=Services,{configuration}"
        attributes = ["*", *OPERATIONAL] + (["nTSecurityDescriptor"] if security_descriptors else [])
        controls = ["-E", "pr=1000/noprompt"] + (SD_FLAGS if security_descriptors else [])
        authn = "".join(f"(objectClass=msDS-AuthN{kind})" for kind in ("Policies", "PolicySilos", "Policy", "PolicySilo"))
        searches = [["-s", "base", "-b", "", "*", "+"],
                    ["-s", "base", "-b", services, "*"],
                    ["-b", f"CN=Partitions,{configuration}", "*"],
                    ["-b", f"CN=Services,{configuration}", f"(|{authn})", "*"],
                    ["-b", f"CN=Sites,{configuration}", "(objectClass=nTDSDSA)", "*"],
                    [*controls, "-b", self.base_dn, *attributes]]
        text = "version: 1\n\n"
        for search in searches:
            done = self.ldapsearch(*search, user=user)
            if done.returncode != 0:
                raise LabError(f"ldapsearch failed with {done.returncode}: {done.stderr}")
            text += done.stdout
        Path(path).write_text(text)


class SecondDc(Lab):
    """Another DC of the domain of a running lab, which was made with `options=JOINABLE`, and whose estate named it in DNS
    (`e.second_dc()`). It takes over what there is when it joins; what is changed later, only the DC learns that is told."""

    def __init__(self, beside, options=None):
        super().__init__(level=beside._level, options=options, beside=beside, place=CONTOSO_2)

    def _fill(self):
        first = self._beside
        first.check(["ip", "address", "add", f"{self.ip}/32", "dev", "lo"])
        options = {"netbios name": self._place.host, "interfaces": self._place.interfaces, "bind interfaces only": "yes",
                   "vfs objects": "dfs_samba4 acl_xattr xattr_tdb", "dns forwarder": ""}
        level = [f"--option={_level_option(self._level)}"] if HAS_RBCD else []
        first.check(["samba-tool", "domain", "join", self.domain, "DC", f"--targetdir={self.dir}", f"--server={first.dc}",
                     f"--use-krb5-ccache={first.kinit(ADMINISTRATOR)}", "--use-kerberos=required", "--dns-backend=SAMBA_INTERNAL",
                     *(f"--option={name}={value}" for name, value in options.items()), *level])
        _write_configuration(self.dir, self._level, self._options, self._place)
        # Registers ldap/dc2.contoso.test, which the other one has to know as well.
        _checked(["samba_spnupdate", "-s", self.smb_conf])
        first.ldapmodify(f"dn: CN={self._place.host},OU=Domain Controllers,{self.base_dn}\nchangetype: modify\n"
                         f"add: servicePrincipalName\nservicePrincipalName: ldap/{self.dc}\n")

    def _open_namespace(self):
        with open(self._beside.dir / "etc/resolv.conf", "a") as resolver:
            resolver.write(f"nameserver {self.ip}\n")


class _Provisioning(Lab):
    """The first boot of a new domain. What it makes, the TLS key above all, need not be made again by every lab."""

    def _fill(self):
        _checked(_provision_command(self.dir, self._level, self._place))
        _write_configuration(self.dir, self._level, self._options, self._place)
        # Registers ldap/dc1.contoso.test, without which no SASL bind works.
        _checked(["samba_spnupdate", "-s", self.smb_conf])


# The command line


def main():
    parser = argparse.ArgumentParser(prog="lab", description="Runs a command beside a disposable Samba AD DC.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("run", "boot a DC, run COMMAND inside, end with its exit status"),
                       ("shell", "the same with an interactive shell"),
                       ("cache", "provision only, so that the next start is fast")):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--level", default=DEFAULT_LEVEL, help="functional level (default %(default)s)")
        if name == "cache":
            continue
        command.add_argument("--estate", action="append", default=[], metavar="FILE.py", help="accounts to load")
        command.add_argument("--kinit", metavar="USER", help="run with tickets of this account")
        if name == "run":
            command.add_argument("argv", nargs=argparse.REMAINDER, metavar="COMMAND")
    arguments = parser.parse_args()
    if os.geteuid() != 0 and shutil.which("sudo"):
        os.execvp("sudo", ["sudo", "-E", *sys.argv])
    # SIGTERM must end the lab as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return _command(parser, arguments)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 125
    except KeyboardInterrupt:
        return 130


def _command(parser, arguments):
    if arguments.command == "cache":
        print(provision_archive(arguments.level))
        shim_library()
        return 0
    if arguments.command == "shell":
        argv = [os.environ.get("SHELL", "/bin/bash")]
    else:
        argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
        if not argv:
            parser.error("run: which command?")
    with Lab(arguments.estate, level=arguments.level) as lab:
        process = lab.popen(argv, user=arguments.kinit)
        status = process.wait()
    # As a shell reports a command that a signal ended.
    return status if status >= 0 else 128 - status
