"""A PostgreSQL server of its own for each test file: of the distribution's packages, a local socket alone."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from patience import PATIENCE_S
from ports import free_port

AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) if Path("/usr/lib/postgresql").is_dir() else []
IS_THERE = bool(BINARIES)


class Server:
    def __init__(self, connections=20, tls=False):
        self.bin = BINARIES[-1].parent
        # It refuses to run as root.
        self.prefix = AS_NOBODY if os.geteuid() == 0 else []
        self.place = Path(tempfile.mkdtemp(prefix="kcdaudit-pg-", dir="/tmp"))
        # Whom to believe is not the server's to say, which has the folder.
        self.authorities = Path(tempfile.mkdtemp(prefix="kcdaudit-ca-", dir="/tmp"))
        if os.geteuid() == 0:
            nobody = pwd.getpwuid(65534)
            os.chown(self.place, nobody.pw_uid, 65534)
        self.place.chmod(0o755)
        self.process = None
        self.connections = connections
        self.port = None  # as the socket is called: the usual one
        self.run("initdb", "-D", self.place / "data", "-U", "kcdaudit", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        self.options = ["-h", ""]
        if tls:
            self.authority, self.key = self.authority_of("authority"), self.place / "server.key"
            self.certify("localhost")
            self.port = free_port()
            self.options = ["-h", "127.0.0.1", "-p", str(self.port), "-c", "ssl=on", "-c", f"ssl_cert_file={self.place / 'server.crt'}",
                            "-c", f"ssl_key_file={self.key}"]

    def authority_of(self, name):
        """The certificate of a new authority; its key is beside it."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", f"/CN={name}", "-keyout", self.authorities / f"{name}.key", "-out", self.authorities / f"{name}.crt"],
                       check=True, capture_output=True, timeout=PATIENCE_S)
        return self.authorities / f"{name}.crt"

    def certify(self, name):
        """The server's certificate is for this name; a server that runs is told."""
        request = ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                   "-addext", f"subjectAltName=DNS:{name}", "-keyout", self.key, "-out", self.place / "server.csr"]
        sign = ["openssl", "x509", "-req", "-in", self.place / "server.csr", "-CA", self.authority, "-CAkey",
                self.authority.with_suffix(".key"), "-CAcreateserial", "-days", "2", "-copy_extensions", "copy",
                "-out", self.place / "server.crt"]
        for command in (request, sign):
            subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_S)
        if os.geteuid() == 0:
            for path in (self.key, self.place / "server.crt"):
                os.chown(path, 65534, 65534)
        self.key.chmod(0o600)

    def run(self, program, *arguments):
        done = subprocess.run([*self.prefix, self.bin / program, *map(str, arguments)], cwd="/", capture_output=True, text=True,
                              timeout=PATIENCE_S, env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0, done
        return done.stdout

    def start(self, *options):
        assert not self.process
        self.process = subprocess.Popen(
            [*self.prefix, self.bin / "postgres", "-D", self.place / "data", "-k", self.place, "-F",
             "-c", f"max_connections={self.connections}", "-c", "superuser_reserved_connections=0", *self.options, *options],
            cwd="/", stdout=subprocess.DEVNULL, stderr=open(self.place / "log", "ab"), start_new_session=True)
        for _ in range(PATIENCE_S * 10):
            ready = subprocess.run([self.bin / "pg_isready", "-q", "-h", self.place, *self.socket_port()], timeout=PATIENCE_S)
            if ready.returncode == 0:
                return
            assert self.process.poll() is None, (self.place / "log").read_text()
            subprocess.run(["sleep", "0.1"], check=True)
        raise AssertionError("the server does not start")

    def socket_port(self):
        return ["-p", str(self.port)] if self.port else []

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        self.process.wait(PATIENCE_S)
        self.process = None

    def sql(self, text, database="kept"):
        rows = self.run("psql", "-X", "-A", "-t", "-F", "\t", "-h", self.place, *self.socket_port(), "-U", "kcdaudit", "-d", database, "-v", "ON_ERROR_STOP=1",
                        "-c", text)
        return [tuple(row.split("\t")) for row in rows.splitlines()]

    def uri(self, database="kept", more=""):
        return f"postgresql://kcdaudit@/{database}?host={self.place}{more}"

    def database(self, name="kept"):
        self.sql(f"DROP DATABASE IF EXISTS {name}", "postgres")
        self.sql(f"CREATE DATABASE {name}", "postgres")
        return self.uri(name)

    def end(self):
        if self.process:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.place)
        shutil.rmtree(self.authorities)
