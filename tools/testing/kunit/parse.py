#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""parse.py CONSOLE MODULES: what the KUnit machine's console says.

Prints a line "<ok|not ok|skip|diag>\t<what>\t<why>" for each test. Suites that
end early, plans that do not hold, splats and a missing end are failures too.
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "xen", "host"))
from monitor import SPLATS  # noqa: E402  pylint: disable=wrong-import-position

CASE = re.compile(r"^( *)(ok|not ok) (\d+) ([^\s#]+)(?: # (SKIP)\s*(.*))?")
PLAN = re.compile(r"^( *)1\.\.(\d+)\s*$")
LAB = re.compile(r"^lab: (ok|not ok) (.*)")


def emit(verdict, what, why=""):
    """One result."""
    print(f"{verdict}\t{what}\t{why}")


def main():
    """Returns nothing: failures are results."""
    with open(sys.argv[1], encoding="utf-8", errors="replace") as console:
        lines = [line.rstrip("\r\n") for line in console]
    plans, counts, pending, diag = {}, {}, [], []
    splats = []
    done = False
    modules = 0
    for line in lines:
        if line.startswith("lab: done"):
            done = True
        if SPLATS.search(line):
            splats.append(line)
        lab = LAB.match(line)
        if lab:
            modules += lab.group(2).startswith("load ")
            emit(lab.group(1), lab.group(2))
            continue
        plan = PLAN.match(line)
        if plan:
            depth = len(plan.group(1))
            plans[depth], counts[depth] = int(plan.group(2)), 0
            continue
        case = CASE.match(line)
        if case:
            depth, verdict, name = len(case.group(1)), case.group(2), case.group(4)
            counts[depth] = counts.get(depth, 0) + 1
            if depth == 0:
                planned, seen = plans.pop(4, 0), counts.pop(4, 0)
                for entry in pending:
                    emit(entry[0], f"{name}: {entry[1]}", entry[2])
                pending = []
                if planned != seen or not seen:
                    emit("not ok", f"{name}: {seen} of {planned} tests ended")
                if verdict != "ok":
                    emit("not ok", f"{name}: the suite")
            elif depth == 4:
                if verdict != "ok":
                    for text in diag[-12:]:
                        emit("diag", text)
                if case.group(5):
                    pending.append(("skip", name, case.group(6) or "skipped"))
                else:
                    pending.append((verdict, name, ""))
            diag = []
        elif line.startswith("    #") or line.startswith("        "):
            diag.append(line.strip())
    for entry in pending:
        emit(entry[0], f"unfinished suite: {entry[1]}", entry[2])
    if pending:
        emit("not ok", "the last suite did not end")
    wanted = int(sys.argv[2])
    emit("ok" if modules == wanted else "not ok", f"all {wanted} modules were tried")
    for line in splats[:20]:
        emit("diag", line.strip())
    emit("not ok" if splats else "ok", "no complaint in the console")
    emit("ok" if done else "not ok", "the machine came to its end")


main()
