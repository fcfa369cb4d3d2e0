"""A directory with an estate and what its hosts say, and kcdaudit on it."""

import json
import os
import subprocess

import estate
import hostfacts


class Place:
    def __init__(self, directory, binary):
        self.directory, self.binary = directory, binary
        self.estate = estate.Estate()
        self.estate.pair()
        self.hosts = hostfacts.Hosts("HV01", "HV02")

    def write(self):
        self.estate.facts = {}
        self.hosts.write(self.estate)
        (self.directory / "estate.ldif").write_text(self.estate.ldif("a test"))
        facts = self.directory / "facts"
        facts.mkdir(exist_ok=True)
        for old in facts.iterdir():
            old.unlink()
        for name, data in self.estate.facts.items():
            (facts / name).write_bytes(data)
        return facts

    def run(self, *words, facts=("facts",)):
        argv = [self.binary, *words, "--ldif", "estate.ldif", "-c", os.devnull, "--color", "never"]
        argv += [word for path in facts for word in ("--facts", path)]
        env = dict(os.environ, LC_ALL="C.UTF-8")
        return subprocess.run(argv, cwd=self.directory, env=env, capture_output=True, timeout=600)

    def run_plain(self, *words):
        return subprocess.run([self.binary, *words], cwd=self.directory, capture_output=True, timeout=600)

    def audit(self, *words, facts=("facts",)):
        done = self.run("audit", "-f", "json", "--all-pairs", "--no-history", *words, facts=facts)
        assert done.returncode in (0, 1, 3), done.stderr
        return json.loads(done.stdout)

    def findings(self, *words, facts=("facts",)):
        """Rule, subject and status of each HST finding."""
        return sorted((one["rule"], one["subject"], one["status"])
                      for one in self.audit(*words, facts=facts)["findings"] if one["rule"].startswith("HST"))

    def causes(self, code, *words, facts=("facts",)):
        done = self.run("diagnose", code, "HV01", "HV02", "-f", "json", *words, facts=facts)
        assert done.returncode in (0, 1, 3), done.stderr
        return {one["id"]: one for one in json.loads(done.stdout)["causes"]}
