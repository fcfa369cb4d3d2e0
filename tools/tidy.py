#!/usr/bin/python3
"""clang-tidy, or gcc's analyzer, over what changed since it was last clean.

usage: tidy.py clang-tidy|gcc CACHE FILE... -- COMPILER-FLAGS      exit 1 where a file is not clean

A file is clean once and for all: the name in CACHE is a hash of the source, of the headers of this
tree that it takes in, of all headers of the system, of .clang-tidy, of the flags and of the tool's
version. Only clean files are remembered. As many at a time as there are processors, the ones that
took long first.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

KEEP = 2000  # clean states remembered, the oldest go first


def output(argv):
    return subprocess.run(argv, capture_output=True, check=True).stdout


def clang_tidy(name, flags):
    return ["clang-tidy", "--quiet", "--warnings-as-errors=*", name, "--", *flags]


def gcc(name, flags):
    """Without optimisation, which takes out what it would see: NULL that is set and never read."""
    return ["gcc", *flags, "-O0", "-fanalyzer", "-Werror", "-fdiagnostics-plain-output", "-c", "-o", "/dev/null", name]


TOOLS = {"clang-tidy": clang_tidy, "gcc": gcc}


OWN = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
SYSTEM = re.compile(r"^\s*#\s*include\s+<[^>]+>", re.M)


@functools.cache
def read(path):
    return path.read_text()


def sources_of(name, flags):
    """The file and the headers of this tree that it takes in. One that is nowhere is missed by the tool."""
    places = [pathlib.Path(flag[2:]) for flag in flags if flag.startswith("-I")]
    found, waiting = [], [pathlib.Path(name)]
    while waiting:
        path = waiting.pop()
        found.append(path)
        for own in OWN.findall(read(path)):
            there = next((place / own for place in [path.parent, *places] if (place / own).is_file()), None)
            if there and there not in found and there not in waiting:
                waiting.append(there)
    return found


def state_of(sources, same):
    state = hashlib.sha256(same)
    for path in sorted(sources):
        state.update(b"%s\0%s\0" % (os.fsencode(path), read(path).encode()))
    return state.hexdigest()


def system_headers(paths, flags):
    """All that any of them takes in of the system, after the preprocessor: once, as that costs a fifth of tidying."""
    lines = sorted({line for path in paths for line in SYSTEM.findall(read(path))})
    done = subprocess.run(["clang", "-E", *flags, "-"], input="\n".join(lines).encode(), capture_output=True, check=False)
    return done.stdout


def tidy(tool, name, flags):
    start = time.monotonic()
    # clang-tidy counts on standard error what it kept to itself.
    done = subprocess.run(TOOLS[tool](name, flags), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL if tool == "clang-tidy" else subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), time.monotonic() - start


def read_times(path):
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def forget(cache):
    states = sorted((p for p in cache.iterdir() if p.name != "times"), key=lambda p: p.stat().st_mtime)
    for state in states[:-KEEP]:
        state.unlink()


def main():
    middle = sys.argv.index("--")
    tool, cache, names, flags = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:middle], sys.argv[middle + 1:]
    cache.mkdir(parents=True, exist_ok=True)
    same = output([tool, "--version"]) + pathlib.Path(".clang-tidy").read_bytes() + repr(flags).encode()
    times = read_times(cache / "times")
    sources = {name: sources_of(name, flags) for name in names}
    same += system_headers(set().union(*sources.values()), flags)
    states = {name: state_of(sources[name], same) for name in names}
    asked = [name for name in names if not (cache / states[name]).exists()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        asked.sort(key=lambda name: times.get(name, os.path.getsize(name)), reverse=True)
        jobs = {pool.submit(tidy, tool, name, flags): name for name in asked}
        bad = 0
        for job in concurrent.futures.as_completed(jobs):
            status, said, took = job.result()
            times[jobs[job]] = round(took, 2)
            if status == 0:
                (cache / states[jobs[job]]).touch()
            else:
                bad += 1
                print(said, end="")
    (cache / "times").write_text(json.dumps(times, indent=1, sort_keys=True))
    forget(cache)
    print(f"{tool}: %d of %d files asked, %d not clean" % (len(asked), len(names), bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
