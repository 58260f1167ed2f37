#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""
circles.py OBJECT...: do the files of a component call each other in a circle?

A file that uses a global symbol which another one defines stands above it. What
is above must not be needed below: else no file can be read, or tested, without
all the others. Objects are given, not sources, because the compiler knows what
a file uses; a function that is handed down as a pointer is no use of it.

Prints each circle with the symbols that close it, and fails.
"""
import os
import subprocess
import sys


def symbols(path):
    """The global symbols that an object defines, and those that it uses."""
    defined, used = set(), set()
    out = subprocess.run(["nm", "-P", "-g", path], check=True, text=True,
                         stdout=subprocess.PIPE).stdout
    for line in out.splitlines():
        name, kind = line.split()[:2]
        (used if kind in "Uvw" else defined).add(name)
    return defined, used


def graph(paths):
    """File to {file that it uses: by which symbols}."""
    facts = {path: symbols(path) for path in paths}
    home = {}
    for path, (defined, _) in facts.items():
        for name in defined:
            home.setdefault(name, path)
    below = {path: {} for path in paths}
    for path, (_, used) in facts.items():
        for name in sorted(used):
            other = home.get(name)
            if other and other != path:
                below[path].setdefault(other, []).append(name)
    return below


def reach(below, start):
    """Everything that is below a file, in one step or in more."""
    seen, todo = set(), [start]
    while todo:
        for other in below[todo.pop()]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def circles(below):
    """Groups of files that all are below each other."""
    deep = {path: reach(below, path) for path in below}
    groups = {frozenset(p for p in deep[path] if path in deep[p])
              for path in below if path in deep[path]}
    return sorted(sorted(group) for group in groups)


def name_of(path):
    return os.path.basename(path).removesuffix(".o") + ".c"


def main():
    paths = sys.argv[1:]
    if len(paths) < 2:
        sys.exit("circles.py: needs the objects of a component, at least two")
    below = graph(paths)
    if not any(below.values()):
        sys.exit("circles.py: none of the files uses another: are these objects?")
    found = circles(below)
    for group in found:
        print("a circle of files:", ", ".join(map(name_of, group)))
        for path in group:
            for other in group:
                if other in below[path]:
                    print(f"\t{name_of(path)} uses {name_of(other)}:",
                          ", ".join(below[path][other]))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
