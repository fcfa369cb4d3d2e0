"""docker, podman and podman of somebody without rights, in the lab: each is called `docker`, as in the README.

A container of theirs has the lab's network, since no other reaches its DC, and limits that any machine grants. What a real
machine does otherwise (bridges, cgroups) is not looked at here. Nothing is asked of a registry.
"""

import os
import shutil
import subprocess
from pathlib import Path

from patience import wait_until

NOBODY = 4711

STORAGE = """[storage]
driver = "vfs"
graphroot = "{there}/graph"
runroot = "{there}/run"
"""
CONTAINERS = """[containers]
cgroups = "disabled"
netns = "host"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def containers_environment(there):
    """What makes buildah and podman keep to a directory, and to what is there already."""
    there.mkdir(parents=True, exist_ok=True)
    (there / "storage.conf").write_text(STORAGE.format(there=there))
    (there / "containers.conf").write_text(CONTAINERS)
    (there / "registries.conf").write_text("unqualified-search-registries = []\n")
    return {"CONTAINERS_STORAGE_CONF": str(there / "storage.conf"), "CONTAINERS_CONF": str(there / "containers.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(there / "registries.conf"), "BUILDAH_ISOLATION": "chroot"}


class Podman:
    name, program = "podman", "podman"

    def __init__(self, lab, there):
        self.lab, self.place = lab, there
        self._environment = {**containers_environment(there / "containers"), "HOME": str(there)}
        (there / "bin").mkdir()
        (there / "bin/docker").write_text('#!/bin/sh\nexec podman --log-level error "$@"\n')
        (there / "bin/docker").chmod(0o755)
        self._environment["PATH"] = f"{there}/bin:{os.environ['PATH']}"
        # crun wants one kind of cgroups or the other. The lab has mounts of its own.
        lab.run(["umount", "/sys/fs/cgroup/unified"])

    def types(self, line, **keywords):
        return self.lab.run([*self.somebody(), "bash", "-c", f"cd {self.place} && {line}"],
                             env={**self._environment, "KRB5CCNAME": ""}, **keywords)

    def somebody(self):
        return []

    def stop(self):
        self.types("podman rm --all --force --volumes --time 0")
        # Root may take away what belongs to the containers' own users, too.
        shutil.rmtree(self.place)


class Rootless(Podman):
    name = "podman, rootless"

    def __init__(self, lab, there):
        super().__init__(lab, there)
        for name, line in (("passwd", f"nobody2:x:{NOBODY}:{NOBODY}::{there}:/bin/sh"), ("group", f"nobody2:x:{NOBODY}:"),
                           ("subuid", "nobody2:300000:65536"), ("subgid", "nobody2:300000:65536")):
            known = Path("/etc", name)
            (there / name).write_text((known.read_text() if known.exists() else "") + line + "\n")
            known.touch()
            lab.check(["mount", "--bind", there / name, known])
        run = there / "xdg"
        run.mkdir(mode=0o700)
        self._environment["XDG_RUNTIME_DIR"] = str(run)
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", there], check=True)

    def somebody(self):
        return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


class Docker:
    name, program = "docker", "dockerd"

    def __init__(self, lab, there):
        self.lab, self.place = lab, there
        self._environment = {"DOCKER_HOST": f"unix://{lab.dir}/docker.sock", "HOME": str(there)}
        self._log = open(there / "dockerd.log", "w")
        self._daemon = lab.popen(
            ["dockerd", "--host", self._environment["DOCKER_HOST"], "--data-root", there / "data", "--exec-root",
             lab.dir / "docker", "--pidfile", there / "pid", "--storage-driver", "vfs", "--bridge", "none", "--iptables=false",
             "--ip6tables=false", "--default-ulimit", "nofile=1024:1024"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT)
        # The README's `run` has the network of the daemon's own choice.
        (there / "bin").mkdir()
        (there / "bin/docker").write_text('#!/bin/sh\nif [ "$1" = run ]; then shift; set -- run --network host "$@"; fi\n'
                                          f'exec {shutil.which("docker")} "$@"\n')
        (there / "bin/docker").chmod(0o755)
        self._environment["PATH"] = f"{there}/bin:{os.environ['PATH']}"
        wait_until(lambda: self._daemon.poll() is not None or self.types("docker version").returncode == 0)
        assert self._daemon.poll() is None, (there / "dockerd.log").read_text()[-2000:]

    def types(self, line, **keywords):
        return self.lab.run(["bash", "-c", f"cd {self.place} && {line}"], env=self._environment, **keywords)

    def stop(self):
        self.types("docker rm --force --volumes $(docker ps --all --quiet)")
        self.lab.signal(self._daemon, 15)
        self._daemon.wait()
        self._log.close()
        shutil.rmtree(self.place)


ENGINES = (Podman, Rootless, Docker)
