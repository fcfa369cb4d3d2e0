"""Audits in shards: a ticket cache for a domain whose KDC nobody answers for, answers made up, shards run and merged."""

import hashlib
import json
import os
import re
import struct
import subprocess
import time

import offline
from patience import PATIENCE_S

KRB5_CONF = """[libdefaults]
 default_realm = CONTOSO.TEST
 dns_lookup_kdc = false
 dns_lookup_realm = false
[realms]
 CONTOSO.TEST = {
  kdc = 127.0.0.1:1
 }
"""


def counted(data):
    return struct.pack(">I", len(data)) + data


def principal(realm, *names):
    return struct.pack(">II", 1, len(names)) + b"".join(counted(part.encode()) for part in (realm, *names))


def write_cache(path, realm="CONTOSO.TEST"):
    """A credential cache (format 4) with a TGT that no KDC gave."""
    now = int(time.time())
    client, server = principal(realm, "audit"), principal(realm, "krbtgt", realm)
    key = struct.pack(">H", 18) + counted(bytes(32))
    times = struct.pack(">IIII", now, now, now + 36000, now + 36000)
    rest = struct.pack(">BI", 0, 0x40E00000) + struct.pack(">II", 0, 0) + counted(b"\x61\x03\x02\x01\x05") + counted(b"")
    path.write_bytes(b"\x05\x04\x00\x00" + client + client + server + key + times + rest)


class Place:
    """A directory with shards of one estate."""

    def __init__(self, directory, case):
        self.directory = directory
        self.case = case
        (directory / "krb5.conf").write_text(KRB5_CONF)
        write_cache(directory / "cache")
        self.env = dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1", KRB5_CONFIG=str(directory / "krb5.conf"),
                        KRB5CCNAME="FILE:%s" % (directory / "cache"), HOME=str(directory))
        config = case / "kcdaudit.conf"
        self.given = ["--ldif", str(case / "estate.ldif"), "-c", str(config) if config.exists() else os.devnull]
        self.beside = []
        for option in ("sysvol", "facts"):
            if (case / option).is_dir():
                self.beside += ["--" + option, str(case / option)]

    def run(self, *argv, **more):
        env = dict(self.env, **more.pop("env", {}))
        return subprocess.run([offline.KCDAUDIT, *map(str, argv)], capture_output=True, text=True, timeout=PATIENCE_S,
                              env=env, **more)

    def shard(self, index, count, where, *options, run_id="night", **more):
        where.mkdir(exist_ok=True)
        return self.run("audit", "--shard", "%d/%d" % (index, count), "--run-id", run_id, *self.given, "-o", where,
                        *options, **more)

    def shards(self, count, name, *options):
        where = self.directory / name
        for index in range(count):
            done = self.shard(index, count, where, *options)
            assert done.returncode == 0 and done.stdout + done.stderr == "", done.stderr
        return where

    def merge(self, *paths, options=(), run_id="night", **more):
        return self.run("merge", "--run-id", run_id, *self.given, *self.beside, *(options or ["--no-history"]), *paths,
                        **more)

    def audit(self, *options, **more):
        return self.run("audit", *self.given, *self.beside, *(options or ["--no-history"]), **more)


def answer(ticket):
    """What the KDC of a test says: always the same of the same SPN."""
    kind = hashlib.sha256(ticket["spn"].lower().encode()).digest()[0] % 4
    ticket.update(granted=kind > 1, answered=kind > 0, ms=0.5,
                  error_code=7 if kind == 1 else 0, kvno=2 if kind > 1 else 0, etype=(23 if kind == 2 else 18) if kind > 1 else 0,
                  error={0: "nobody answers", 1: "KDC_ERR_S_PRINCIPAL_UNKNOWN"}.get(kind))


def answered(path):
    """Gives a shard's file the answers of that KDC."""
    shard = json.loads(path.read_text())
    for ticket in shard["tickets"]:
        answer(ticket)
    path.write_text(json.dumps(shard))
    return shard


FORMATS = ["json", "text", "csv", "html", "junit", "prometheus", "jsonl", "sarif", "nagios"]

# What differs between two audits of one state: when, and for how long.
STEADY = [(r'"(started|duration_ms|time|startTimeUtc|endTimeUtc|timestamp)": ?("[^"]*"|[\d.]+)', r'"\1": 0'),
          (r'(timestamp|time)="[^"]*"', r'\1=""'), (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "THEN"),
          (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "THEN"), (r"(kcdaudit_(last_run|duration)\S*) \S+", r"\1 0"),
          (r"<dd>[\d.]+ s</dd>", "<dd>s</dd>"), (r"sha256-[\w+/=]+", "sha256-")]


def steady(text):
    for pattern, instead in STEADY:
        text = re.sub(pattern, instead, text)
    return text


def written(place, name, run, *argv):
    """Every format of one run, steady; and its exit status."""
    where = place.directory / name
    where.mkdir()
    formats = [word for form in FORMATS for word in ("-f", "%s:%s" % (form, where / form))]
    done = run(*argv, options=["--no-history", "--all-pairs", "--all-edges", *formats, "--fixes", where / "fixes"])
    assert done.returncode in (0, 1, 3), done.stderr
    reports = {path.relative_to(where): steady(path.read_text(errors="replace"))
               for path in sorted(where.rglob("*")) if path.is_file()}
    return done.returncode, {path: text.replace(str(where), "WHERE") for path, text in reports.items()}
