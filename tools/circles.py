#!/usr/bin/env python3
"""Circles among modules: a header with the source of its name, in one layer.

Module A needs B where A's header or source includes B's header.  Modules that need one
another, directly or by way of others, cannot be read, tested or moved alone.
"""
import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^#include "([a-z0-9_/]+)\.h"', re.MULTILINE)

# What still ties modules into circles, and is to go: nothing is added here.
ALLOWED = set()


def files():
    for top in ("src", "include"):
        yield from sorted((ROOT / top).glob("*/*.[ch]"))


def needs():
    """Which modules each module includes.  A header without a source of its own has
    nothing that could need anybody: it is a part of those who include it."""
    graph = collections.defaultdict(set)
    known = {f"{path.parent.name}/{path.stem}" for path in files() if path.suffix == ".c"}
    for path in files():
        module = f"{path.parent.name}/{path.stem}"
        if module not in known:
            continue
        for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            other = name if "/" in name else f"{path.parent.name}/{name}"
            if other != module and other in known:
                graph[module].add(other)
    return graph


def circles(graph):
    """Strongly connected sets of two and more (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(at):
        index[at] = low[at] = len(index)
        stack.append(at)
        for other in sorted(graph[at]):
            if other not in index:
                visit(other)
                low[at] = min(low[at], low[other])
            elif other in stack:
                low[at] = min(low[at], index[other])
        if low[at] != index[at]:
            return
        members = set()
        while at not in members:
            members.add(stack.pop())
        if len(members) > 1:
            found.append(sorted(members))

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return found


def main():
    graph = needs()
    for module, other in sorted(ALLOWED):
        if other not in graph[module]:
            print(f"circles: {module} needs {other} no more: strike it off tools/circles.py")
        graph[module].discard(other)
    found = circles(graph)
    for members in found:
        print("circles: these need one another")
        for member in members:
            print(f"  {member} -> {', '.join(sorted(graph[member] & set(members)))}")
    if not found:
        print(f"circles: none but {len(ALLOWED)} known ones" if ALLOWED else "circles: none")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
