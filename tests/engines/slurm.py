"""Slurm, whole, on this machine and for root alone: munged, slurmctld and slurmd in a lab's namespaces, and they end with it."""

import os
import socket
import subprocess

from patience import wait_until

# Without cgroups, which belong to the machine; with as many processors as it takes to run an array at once.
CONFIGURATION = """ClusterName=night
SlurmctldHost={host}({ip})
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={place}/munge.socket
CredType=cred/munge
StateSaveLocation={place}/state
SlurmdSpoolDir={place}/spool
SlurmctldPidFile={place}/slurmctld.pid
SlurmdPidFile={place}/slurmd.pid
SlurmctldLogFile={place}/slurmctld.log
SlurmdLogFile={place}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,sched_interval=1,bf_interval=1
MinJobAge=86400
KillWait=1
ReturnToService=2
NodeName=node1 NodeHostname={host} NodeAddr={ip} CPUs=8 RealMemory=100000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""

ENDED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"}


class Slurm:
    def __init__(self, lab):
        self.lab, self.place = lab, lab.dir / "slurm"
        self.daemons = []
        self.env = {"SLURM_CONF": str(self.place / "slurm.conf"), "PATH": f"/usr/sbin:{os.environ['PATH']}"}

    def __enter__(self):
        munge = self.place / "munge"
        for directory in (self.place, munge, self.place / "state", self.place / "spool"):
            directory.mkdir()
        munge.chmod(0o700)
        (munge / "key").write_bytes(os.urandom(128))
        (munge / "key").chmod(0o400)
        (self.place / "slurm.conf").write_text(CONFIGURATION.format(
            host=socket.gethostname().split(".")[0], ip=self.lab.ip, place=self.place))
        # --force: whatever /tmp is said to be. The DC's address is not the loopback one, as Slurm wants it.
        self.start("munged", "--foreground", "--force", f"--key-file={munge}/key", f"--socket={self.place}/munge.socket",
                   f"--pid-file={munge}/pid", f"--log-file={munge}/log", f"--seed-file={munge}/seed")
        wait_until((self.place / "munge.socket").exists)
        self.start("slurmctld", "-D", "-c")
        self.start("slurmd", "-D", "-N", "node1")
        wait_until(lambda: self.alive() and "idle" in self.lab.run(["sinfo", "-h", "-o", "%T"], env=self.env).stdout, pause=0.2)
        return self

    def __exit__(self, *_):
        for process in reversed(self.daemons):
            self.lab.signal(process, 9)
            self.lab.ended(process)

    def start(self, *argv):
        self.daemons.append(self.lab.popen(argv, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL))

    def alive(self):
        logs = [path.read_text(errors="replace")[-2000:] for path in self.place.glob("*.log")]
        assert all(process.poll() is None for process in self.daemons), "\n".join(logs)
        return True

    def run(self, argv, env, where="/"):
        return self.lab.run(["env", "-C", where, *argv], user="audit", env={**env, **self.env, "PATH": env["PATH"]})

    def tasks(self, job):
        """Of each task of an array, or of a job by its number: its state and its exit status."""
        found = {}
        for line in self.lab.check(["scontrol", "show", "job", "-o", job], env=self.env).splitlines():
            told = dict(word.split("=", 1) for word in line.split() if "=" in word)
            status = int(told["ExitCode"].split(":")[0])
            number = told.get("ArrayTaskId", "0")
            for task in range(int(number.split("-")[0]), int(number.split("-")[-1].split("%")[0]) + 1):
                found[task] = (told["JobState"], status)
        return found

    def wait(self, job, until=lambda tasks: all(state in ENDED for state, _ in tasks.values())):
        """Its tasks, when they are as asked for."""
        def reached():
            tasks = self.alive() and self.tasks(job)
            return until(tasks) and tasks
        return wait_until(reached, pause=0.2)
