#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
#
# check.py TOP BUILD [--all] [NAME...]: runs what tools/testing/checks lists, and
# with --all what tools/testing/checks-all lists as well, and makes one KTAP
# document of it, on standard output as it goes and in build/ktap/check.ktap
# (check-all.ktap). A NAME may be in either list. Results are flat: "ok 7 check-codec: frame: ...". A target
# that dies, hangs, ends without its sum, or ends with a status that its results
# do not explain has one more result, which failed; the others still run. What a
# target said in full is in build/log/check/.
import os
import re
import signal
import subprocess
import sys
import threading
import time

RESULT = re.compile(r"^(\s*)(not ok|ok)\s+\d+\s*(?:-\s+)?(.*)$")
SUBTEST = re.compile(r"^(\s*)# Subtest: (.*)$")
AGAIN = re.compile(r"^# (\d+) runs? w\w+ begun again: ")
SUM = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")


class Document:
    def __init__(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.file = open(path, "w", encoding="utf-8")
        self.count = {"ok": 0, "not ok": 0, "skip": 0}
        self.again = 0
        self.line("KTAP version 1")

    def line(self, text):
        print(text, flush=True)
        self.file.write(text + "\n")
        self.file.flush()

    def result(self, verdict, text):
        if verdict == "ok" and re.search(r"# SKIP\b", text):
            self.count["skip"] += 1
        else:
            self.count[verdict] += 1
        self.line(f"{verdict} {sum(self.count.values())} {text}")

    def finish(self):
        if not self.count["ok"]:
            self.result("not ok", "check: something was tested")
        if self.again:
            self.line(f"# begun again because the emulator lost a guest: {self.again}"
                      f" run{'s' * (self.again > 1)}")
        self.line(f"1..{sum(self.count.values())}")
        text = f"{self.count['ok']} passed, {self.count['not ok']} failed"
        if self.count["skip"]:
            text += f", {self.count['skip']} skipped"
        self.line(text)
        self.file.close()
        return 1 if self.count["not ok"] else 0


class Target:
    """One target's output, turned into flat results."""

    def __init__(self, doc, name):
        self.doc, self.name = doc, name
        self.passed = self.failed = 0
        self.sum = None
        self.titles = {}	# of the subtests that are open, by depth
        self.below = {}		# results seen below a depth, of these failed

    def feed(self, line):
        found = SUM.match(line.strip())
        if found and not line.startswith(" "):
            self.sum = tuple(int(n or 0) for n in found.groups())
        elif SUBTEST.match(line):
            indent, title = SUBTEST.match(line).groups()
            # KTAP 1 of the kernel puts the title inside its subtest.
            self.titles[len(indent)] = title
        elif RESULT.match(line):
            self.result(*RESULT.match(line).groups())
        elif line.startswith("# "):
            if found := AGAIN.match(line):
                self.doc.again += int(found[1])
            self.doc.line(line)

    def result(self, indent, verdict, text):
        depth = len(indent)
        children = self.below.pop(depth, None)
        for other in [d for d in self.below if d > depth]:
            del self.below[other]
        for above in range(depth):
            seen = self.below.setdefault(above, [0, 0])
            seen[0] += 1
            seen[1] += verdict == "not ok"
        if children:
            self.titles = {d: t for d, t in self.titles.items() if d <= depth}
            # The sum of results that were told already, unless it adds one.
            if verdict == "ok" or children[1]:
                return
        path = [t for d, t in sorted(self.titles.items()) if d <= depth] if depth else []
        if verdict == "ok":
            self.passed += 1
        else:
            self.failed += 1
        self.doc.result(verdict, ": ".join([self.name] + path + [text]))

    def end(self, status, limit):
        why = None
        if limit:
            why = f"took longer than {limit} s and was stopped"
        elif status < 0:
            why = f"died of signal {-status}"
        elif self.sum is None:
            why = f"ended with status {status} and without its sum"
        elif status and not self.failed:
            why = f"ended with status {status}"
        elif not status and self.sum[1]:
            why = "ended with status 0 although a test failed"
        elif self.passed + self.failed == 0:
            why = "tested nothing"
        if why:
            self.doc.result("not ok", f"{self.name}: {why}")
        return why


def run(doc, top, log, name, limit, command):
    env = {k: v for k, v in os.environ.items()
           if k not in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "LAB_T0")}
    target = Target(doc, name)
    started = time.monotonic()
    late = []
    with open(log, "w", encoding="utf-8") as full:
        job = subprocess.Popen(command, shell=True, cwd=top, env=env, text=True,
                               errors="replace", stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)

        def stop():
            late.append(True)
            os.killpg(job.pid, signal.SIGTERM)
            time.sleep(10)
            try:
                os.killpg(job.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

        def interrupted(number, _frame):
            os.killpg(job.pid, signal.SIGTERM)
            os._exit(128 + number)

        # The target has a session of its own, so it must be told.
        signal.signal(signal.SIGTERM, interrupted)
        signal.signal(signal.SIGINT, interrupted)
        timer = threading.Timer(limit, stop)
        timer.daemon = True
        timer.start()
        for line in job.stdout:
            full.write(line)
            full.flush()
            line = line.rstrip("\n")
            if re.match(r"^\[ *\d+:\d\d\] ", line):	# progress
                print(f"{name}: {line}", file=sys.stderr, flush=True)
            else:
                target.feed(line)
        status = job.wait()
        timer.cancel()
    if target.end(status, limit if late else 0):
        with open(log, encoding="utf-8") as full:
            for line in full.readlines()[-15:]:
                doc.line("# " + line.rstrip("\n"))
    doc.line(f"# {name}: {target.passed} passed, {target.failed} failed"
             f" in {time.monotonic() - started:.0f} s")


def main():
    top, build, only = sys.argv[1], sys.argv[2], sys.argv[3:]
    every = only[:1] == ["--all"]
    if every:
        del only[0]
    checks = []
    for part in ["checks"] + (["checks-all"] if every or only else []):
        with open(os.path.join(top, "tools/testing", part), encoding="utf-8") as f:
            for line in f:
                if line.strip() and not line.startswith("#"):
                    name, limit, command, shows = (x.strip() for x in line.split("|"))
                    checks.append((name, int(limit), command, shows))
    unknown = set(only) - {c[0] for c in checks}
    if unknown:
        sys.exit(f"check: no such check: {' '.join(sorted(unknown))};"
                 f" there are: {' '.join(c[0] for c in checks)}")

    doc = Document(os.path.join(build, f"ktap/check{'-all' if every else ''}.ktap"))
    logs = os.path.join(build, "log/check")
    os.makedirs(logs, exist_ok=True)
    for name, limit, command, shows in checks:
        if only and name not in only:
            continue
        doc.line(f"# {name}: {shows}")
        run(doc, top, os.path.join(logs, name + ".log"), name, limit, command)
    sys.exit(doc.finish())


main()
