"""What all rows of the bench share: measuring by turns, and a line of the table."""
import collections
import contextlib
import multiprocessing
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/lab")]
PAIRS = int(os.environ.get("PAIRS") or 7)
RAN = (0, 1, 2, 3)  # an audit that found something ran, too

Used = collections.namedtuple("Used", "wall cpu memory dc")  # seconds, seconds, MiB, seconds of the DC


class Unable(Exception):
    """Why a row cannot be measured here."""


def run(argv, lab=None, user=None, env=None, ends=RAN):
    """Runs a command, in a lab if there is one."""
    with tempfile.NamedTemporaryFile("r", prefix="kcdbench-") as file:
        command = [sys.executable, "-ISB", Path(__file__).with_name("usage.py"), file.name, *map(str, argv)]
        before = dc_cpu(lab) if lab else 0
        keywords = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        child = lab.popen(command, user, env, **keywords) if lab else \
            subprocess.Popen(command, env={**os.environ, **(env or {})}, **keywords)
        errors = child.communicate()[1].decode(errors="replace")
        if child.returncode not in ends:
            raise Unable(f"{Path(argv[0]).name} ended with {child.returncode}: {errors.strip()[-300:]}")
        wall, cpu, memory = map(float, file.read().split())
        return Used(wall, cpu, memory / 1024, (dc_cpu(lab) if lab else 0) - before)


def together(commands):
    """One command that runs all of these side by side."""
    return ["bash", "-c", " & ".join(shlex.join(map(str, argv)) for argv in commands) + " & wait"]


def dc_cpu(lab):
    """User and system time of all processes of the DC so far."""
    def ticks(pid):
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            return int(stat[11]) + int(stat[12]) + sum(map(ticks, children))
        return 0
    return ticks(lab._dc.pid) / os.sysconf("SC_CLK_TCK")


def turns(**actions):
    """Each once to warm up, then PAIRS times in turn: the Used of each by name."""
    if PAIRS > 1:
        for action in actions.values():
            action()
    used = {name: [] for name in actions}
    for _ in range(PAIRS):
        for name, action in actions.items():
            used[name].append(action())
    return used


def median(several, what="wall"):
    return statistics.median(getattr(used, what) for used in several)


def ratio(ours, theirs, what="wall"):
    """The median of the ratios of runs that took turns."""
    return statistics.median(getattr(a, what) / max(getattr(b, what), 0.01) for a, b in zip(ours, theirs))


def say(row, what, value, unit, goal, floor="", more=False):
    """A line of the table; `more`: more is better."""
    met = value >= goal if more else value <= goal
    shown = "{:,.2f}{}".format(value, unit)
    print(f"{row:14} {what:58} {shown:>12}  goal {goal:g}{unit:5} floor {floor or '-':30} {'met' if met else 'NOT MET'}", flush=True)


def elsewhere(function, *arguments):
    """Calls it in a process of its own, whose memory is gone afterwards."""
    child = multiprocessing.get_context("fork").Process(target=function, args=arguments)
    child.start()
    child.join()
    if child.exitcode:
        raise Unable(f"{function.__name__} failed: what it said is above")


@contextlib.contextmanager
def place():
    """A directory for what a row needs; BENCH_DIR says where (hundreds of megabytes)."""
    with tempfile.TemporaryDirectory(prefix="kcdbench-", dir=os.environ.get("BENCH_DIR")) as directory:
        yield Path(directory)


def a_lab(build, **keywords):
    try:
        from lab import Lab, obstacle
    except ImportError as error:
        raise Unable(f"the lab needs Samba's packages (make deps): {error}") from error
    if why := obstacle():
        raise Unable(why)
    return Lab(build, **keywords)
