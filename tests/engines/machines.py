"""Machines for Ansible: an sshd in a lab's namespaces, reached by several names; each has a directory of its own."""

import subprocess

from patience import wait_until

SSHD = """Port 2222
ListenAddress {ip}
HostKey {place}/host
AuthorizedKeysFile {place}/client.pub
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
SetEnv PATH={path} HOLD={hold} KRB5_CONFIG={krb5_conf} HOME={home}
"""


class Machines:
    def __init__(self, lab, place, env, names):
        self.lab, self.place, self.env, self.names = lab, place, env, names

    def __enter__(self):
        for name in "host", "client":
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.place / name], check=True)
        (self.place / "sshd.conf").write_text(SSHD.format(
            ip=self.lab.ip, place=self.place, path=self.env["PATH"], hold=self.env["HOLD"], krb5_conf=self.lab.krb5_conf,
            home=self.env["HOME"]))
        self.lab.check(["mkdir", "-p", "/run/sshd"])
        self.process = self.lab.popen(["/usr/sbin/sshd", "-D", "-e", "-f", self.place / "sshd.conf"],
                                      stderr=open(self.place / "sshd.log", "wb"), stdin=subprocess.DEVNULL)
        wait_until(lambda: "listening" in (self.place / "sshd.log").read_text())
        return self

    def __exit__(self, *_):
        self.lab.signal(self.process, 9)
        self.lab.ended(self.process)

    def inventory(self, off=(), **variables):
        """Those that are off are at a port where nobody listens."""
        common = {"ansible_user": "root", "ansible_ssh_private_key_file": self.place / "client", "ansible_host": self.lab.ip,
                  "ansible_ssh_common_args": "'-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null'",
                  "ansible_python_interpreter": "/usr/bin/python3", **variables}
        lines = ["[kcdaudit]", *(f"{name} ansible_port={1 if name in off else 2222} kcdaudit_there={self.place / name}"
                                 for name in self.names), "[kcdaudit:vars]", *(f"{k}={v}" for k, v in common.items())]
        path = self.place / "inventory"
        path.write_text("\n".join(lines) + "\n")
        return path
