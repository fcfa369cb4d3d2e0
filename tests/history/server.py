"""A PostgreSQL server of its own for each test file: of the distribution's packages, a local socket alone."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import kept
from patience import PATIENCE_S

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) if Path("/usr/lib/postgresql").is_dir() else []
IS_THERE = bool(BINARIES)


class Server:
    def __init__(self, connections=20):
        self.bin = BINARIES[-1].parent
        # It refuses to run as root.
        self.prefix = kept.AS_NOBODY if os.geteuid() == 0 else []
        self.place = Path(tempfile.mkdtemp(prefix="kcdaudit-pg-", dir="/tmp"))
        if os.geteuid() == 0:
            nobody = pwd.getpwuid(65534)
            os.chown(self.place, nobody.pw_uid, 65534)
        self.place.chmod(0o755)
        self.process = None
        self.connections = connections
        self.run("initdb", "-D", self.place / "data", "-U", "kcdaudit", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        self.options = []

    def run(self, program, *arguments):
        done = subprocess.run([*self.prefix, self.bin / program, *map(str, arguments)], cwd="/", capture_output=True, text=True,
                              timeout=PATIENCE_S, env={**os.environ, "LC_ALL": "C.UTF-8"})
        assert done.returncode == 0, done
        return done.stdout

    def start(self, *options):
        assert not self.process
        self.process = subprocess.Popen(
            [*self.prefix, self.bin / "postgres", "-D", self.place / "data", "-k", self.place, "-h", "", "-F",
             "-c", f"max_connections={self.connections}", "-c", "superuser_reserved_connections=0", *self.options, *options],
            cwd="/", stdout=subprocess.DEVNULL, stderr=open(self.place / "log", "ab"), start_new_session=True)
        for _ in range(PATIENCE_S * 10):
            ready = subprocess.run([self.bin / "pg_isready", "-q", "-h", self.place], timeout=PATIENCE_S)
            if ready.returncode == 0:
                return
            assert self.process.poll() is None, (self.place / "log").read_text()
            subprocess.run(["sleep", "0.1"], check=True)
        raise AssertionError("the server does not start")

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        self.process.wait(PATIENCE_S)
        self.process = None

    def sql(self, text, database="kept"):
        rows = self.run("psql", "-X", "-A", "-t", "-F", "\t", "-h", self.place, "-U", "kcdaudit", "-d", database, "-v", "ON_ERROR_STOP=1",
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
