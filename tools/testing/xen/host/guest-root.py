#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""Copies programs with all their libraries from one root directory to another.

guest-root.py FROM TO TRIPLET < list of absolute paths

The libraries are found by reading the ELF files (NEEDED, RUNPATH), so nothing
of another Debian release has to be executed here.
"""

import os
import shutil
import subprocess
import sys


def resolve(root, path):
    """path inside root, with every symbolic link resolved inside root."""
    done = ""
    parts = path.strip("/").split("/")
    while parts:
        part = parts.pop(0)
        here = f"{done}/{part}"
        if os.path.islink(root + here):
            target = os.readlink(root + here)
            base = [] if target.startswith("/") else done.strip("/").split("/")
            full = os.path.normpath("/" + "/".join([*base, target, *parts]))
            done, parts = "", full.strip("/").split("/")
        else:
            done = here
    return done


def dynamic(path):
    """The NEEDED and RUNPATH entries and the interpreter of an ELF file."""
    out = subprocess.run(["readelf", "-d", "-l", "-W", path], check=True,
                         capture_output=True, text=True).stdout
    needed, runpath, interp = [], [], None
    for line in out.splitlines():
        if "(NEEDED)" in line:
            needed.append(line.split("[")[1].split("]")[0])
        elif "(RUNPATH)" in line or "(RPATH)" in line:
            runpath = line.split("[")[1].split("]")[0].split(":")
        elif "Requesting program interpreter:" in line:
            interp = line.split(": ")[1].strip(" ]")
    return needed, runpath, interp


def main():
    source, target, triplet = sys.argv[1:4]
    library_path = [f"/usr/lib/{triplet}", "/usr/lib"]
    queue = [(line.strip(), None) for line in sys.stdin
             if line.startswith("/")]
    seen = set()
    while queue:
        path, why = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        real = source + resolve(source, path)
        if not os.path.isfile(real):
            sys.exit(f"{path} (for {why or 'the list'}) is not in {source}")
        os.makedirs(os.path.dirname(target + path), exist_ok=True)
        shutil.copy2(real, target + path)
        with open(real, "rb") as file:
            if file.read(4) != b"\x7fELF":
                continue
        needed, runpath, interp = dynamic(real)
        if interp:
            queue.append((interp, path))
        for name in needed:
            for directory in runpath + library_path:
                if os.path.exists(source + resolve(source, f"{directory}/{name}")):
                    queue.append((f"{directory}/{name}", path))
                    break
            else:
                sys.exit(f"{name}, which {path} needs, is not in {source}")


main()
