#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""Runs QEMU for one scenario and judges the run.

monitor.py --dir DIR --timeout SECONDS [--cpus N] [--allow REGEX] [--interactive]
           [--dom0less GUEST,...] [--silence SECONDS] [--told FILE] -- QEMU...

QEMU writes two channels into DIR:
  xen.log      the first serial port, which this program adds: Xen's and dom0's
               console
  events       lines "<who> <text>" from dom0's event port: the consoles of the
               guests, the output of dom0's daemons, and dom0's own results
With --dom0less the first serial port is DIR/serial instead, and what Xen prints
there for a guest of that kind ("DOM<id>: text") is taken out of it: the rest is
xen.log, the guests' lines are like events of theirs.

Lines are sorted into DIR/<who>.log as they come, and with the seconds since the
start into DIR/timeline. A text of the form "lab: ..."
is a result or a message and is shown at once:
  lab: ok - X, lab: not ok - X, lab: skip - X     a result
  lab: # X                                        progress
  lab: = key value                                a figure, kept in DIR/facts
  lab: expect G                                   guest G must reach its end
  lab: begin G ID                                 guest G, domain ID, boots Linux
  lab: end                                        <who> has reached its end

Results are appended to DIR/results as "<ok|not ok|skip>\t<who>\t<what>". When
QEMU is gone every console is searched for complaints of a kernel or of Xen; a
run without "end", or with a complaint, gets a result that says so. When time runs
out, what QEMU and Xen say of the machine's state is kept in DIR/hang.

With --silence a run in which the emulator has lost a guest, and nothing else has
failed, ends with status 75, to be done again; see boots.py. What such a run has shown
stands in --told of the next one, which does not show it again. What is left of that in
the end, because it has not come again, is kept in DIR/told.
"""

import argparse
import collections
import os
import re
import signal
import subprocess
import sys
import time

import hang
from boots import LAST_WORDS, Boots
from ports import Ports

# What a kernel or hypervisor prints when something is wrong. Plain "WARNING:"
# would match Xen's banners, hence the longer forms.
SPLATS = re.compile("|".join((
    r"\bBUG:", r"kernel BUG at", r"WARNING: CPU:", r"WARNING: possible ",
    r"WARNING: suspicious ", r"WARNING: inconsistent ", r"WARNING: bad ",
    r"\bWARNING: .* at .*\.[ch]:\d+", r"\bWARNING: \S+\.[ch]:\d+ at ",
    r"\bOops\b", r"KASAN:", r"KFENCE:", r"UBSAN:", r"KCSAN:", r"ODEBUG:",
    r"possible (circular|recursive) locking", r"inconsistent lock state",
    r"suspicious RCU usage", r"held lock freed", r"lock held when returning",
    r"Invalid wait context", r"sleeping function called", r"scheduling while atomic",
    r"INFO: task .* blocked", r"INFO: (rcu|trying|lockdep)", r"rcu.*detected stall",
    r"rcu.*self-detected stall", r"rcu.*detected expedited stall", r"soft lockup",
    r"Call [Tt]race:", r"unreferenced object", r"Kernel panic", r"Unable to mount root",
    r"general protection fault", r"[Uu]nable to handle", r"Internal error:", r"list_(add|del) corruption",
    r"refcount_t:", r"[Uu]nbalanced (enable|IRQ)", r"nobody cared",
    r"trapped for a fault", r"[Ss]egfault at", r"traps: ",
    r"\(XEN\).*Assertion", r"\(XEN\).*Xen BUG", r"\(XEN\).*Xen call trace",
    r"\(XEN\).*Panic on CPU", r"\(XEN\).*FATAL", r"\(XEN\).*domain_crash",
    r"\(XEN\).*Domain \d+.*crashed",
    r"\bAddressSanitizer", r"LeakSanitizer", r"runtime error:",
)))

RESULT = re.compile(r"\blab: (ok|not ok|skip) - (.*)")
MESSAGE = re.compile(r"\blab: # (.*)")
FACT = re.compile(r"\blab: = (\S+) (.*)")
MARK = re.compile(r"\blab: (end|expect (\S+)|begin (\S+) (\d+))\s*$")
LOST = 75


class Serial:
    """A serial port that Xen, dom0 and the dom0less guests write on together.

    Xen writes a line of a guest at once, but dom0's in pieces, so a guest's may
    stand in the middle of one of dom0's. Xen also cuts a guest's line every 126
    characters.
    """

    GUEST = re.compile(rb"\(XEN\) (?:\[[^]]*\] )?DOM(\d+): (.*)$")
    CUT = 126

    def __init__(self, run, directory, guests):
        self.file = open(f"{directory}/serial", "rb")
        self.log = open(f"{directory}/xen.log", "wb", buffering=0)
        self.run = run
        self.guests = guests
        self.rest = b""
        self.pieces = {}

    def read(self):
        """Takes what has come; true if something has."""
        data = self.file.read()
        if not data:
            return False
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            line = line.removesuffix(b"\r")
            match = self.GUEST.search(line)
            if not match or not 0 < int(match[1]) <= len(self.guests):
                self.log.write(line + b"\n")
                continue
            self.log.write(line[:match.start()])
            guest, text = self.guests[int(match[1]) - 1], match[2]
            whole = self.pieces.get(guest, b"") + text
            if len(text) == self.CUT:
                self.pieces[guest] = whole
                continue
            self.pieces[guest] = b""
            self.run.line(f"{guest} {whole.decode('utf-8', 'replace').rstrip()}")
        return True


class Run:
    """Everything that is known about the run so far."""

    def __init__(self, directory, allow, silence, raw, told):
        self.directory = directory
        self.allow = re.compile(allow) if allow else None
        self.results = open(f"{directory}/results", "a", buffering=1,
                            encoding="utf-8")
        with open(f"{directory}/results", encoding="utf-8") as old:
            self.count = len(old.readlines())
        # What a run before this one has shown already, and what waits for a guest
        # of which is not known whether it was lost.
        self.told = collections.Counter()
        if told and os.path.exists(told):
            with open(told, encoding="utf-8") as file:
                self.told.update(line.rstrip("\n") for line in file)
        self.held = []
        self.facts = open(f"{directory}/facts", "a", buffering=1, encoding="utf-8")
        self.logs = {}
        self.timeline = open(f"{directory}/timeline", "w", buffering=1,
                             encoding="utf-8")
        self.start = time.monotonic()
        self.ended = set()
        self.expected = {"dom0"}
        self.boots = Boots(silence)
        self.clock = int(os.environ.get("LAB_T0", time.time()))
        self.failed = 0
        # A terminal that QEMU has made raw wants the carriage return too.
        self.newline = "\r\n" if raw else "\n"

    def result(self, verdict, who, what):
        """One more result: kept, and shown as a KTAP line."""
        # What a dead guest itself has said it said before.
        if self.boots.doubtful() and who not in self.boots.dead:
            self.held.append((verdict, who, what))
            return
        self.count += 1
        self.failed += verdict == "not ok"
        line = f"{verdict}\t{who}\t{what}"
        self.results.write(f"{line}\n")
        if self.told[line]:
            self.told[line] -= 1
            return
        word, tail = ("ok", " # SKIP") if verdict == "skip" else (verdict, "")
        print(f"{word} {self.count + self.told.total()} {who}: {what}{tail}", flush=True,
              end=self.newline)

    def lost(self, said):
        """Takes what Xen has said; true if the emulator has lost a guest."""
        # Who has failed already is not excused.
        if not self.failed and self.boots.look(said):
            return True
        if self.failed:
            self.boots.excuse_none()
        if self.held and not self.boots.doubtful():
            held, self.held = self.held, []
            for result in held:
                self.result(*result)
        return False

    def keep_told(self):
        """Keeps what was shown and has not come again."""
        with open(f"{self.directory}/told", "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in self.told.elements())

    def say(self, who, text):
        """A line of progress with the elapsed time."""
        spent = int(time.time()) - self.clock
        print(f"# [{spent // 60:2}:{spent % 60:02}] {who}: {text}", flush=True,
              end=self.newline)

    def line(self, line):
        """One line of the event channel."""
        who, _, text = line.partition(" ")
        if not re.fullmatch(r"[\w.-]+", who):
            who, text = "dom0", line
        if who not in self.logs:
            self.logs[who] = open(f"{self.directory}/{who}.log", "a",
                                  buffering=1, encoding="utf-8")
        self.logs[who].write(text + "\n")
        self.boots.hears(who)
        if "lab: " in text:
            self.boots.speaks(who)
        if LAST_WORDS.search(text) or SPLATS.search(text):
            self.boots.ends(who)
        self.timeline.write(f"{time.monotonic() - self.start:8.2f} {who}: {text}\n")
        if match := RESULT.search(text):
            self.result(match[1], who, match[2].strip())
        elif match := MESSAGE.search(text):
            self.say(who, match[1].strip())
        elif match := FACT.search(text):
            self.facts.write(f"{who}\t{match[1]}\t{match[2].strip()}\n")
        elif match := MARK.search(text):
            if match[2]:
                self.expected.add(match[2])
            elif match[3]:
                self.boots.begin(match[3], int(match[4]))
            else:
                self.ended.add(who)

    def search(self):
        """Looks for complaints in every console; returns what was found."""
        found, consoles = [], 0
        for name in sorted(os.listdir(self.directory)):
            if not name.endswith(".log") or name == "qemu.log":
                continue
            consoles += 1
            with open(f"{self.directory}/{name}", encoding="utf-8",
                      errors="replace") as log:
                for number, line in enumerate(log, 1):
                    if not SPLATS.search(line):
                        continue
                    if self.allow and self.allow.search(line):
                        continue
                    found.append(f"{name}:{number}: {line.strip()}")
        return consoles, found


def follow(run, process, path, timeout, ports, serial):
    """Reads events until QEMU is gone; False when time ran out or a guest is lost."""
    end = time.monotonic() + timeout
    rest, quiet = b"", time.monotonic()
    with open(path, "rb") as events:
        while True:
            gone = process.poll() is not None
            # In this order: what dom0 tells of a guest's death comes behind what
            # Xen says of it.
            data = events.read()
            said = ports.drain()
            if serial and serial.read():
                quiet = time.monotonic()
                gone = False
            if run.lost(said):
                return False
            if data:
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    run.line(line.decode("utf-8", "replace").rstrip("\r"))
                quiet = time.monotonic()
            elif gone and not run.boots.doubtful():
                return True
            elif time.monotonic() > end:
                return False
            elif time.monotonic() - quiet > 30:
                run.say("lab", f"still running, {int(end - time.monotonic())} s left")
                quiet = time.monotonic()
            else:
                time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", required=True)
    parser.add_argument("--timeout", type=int, required=True)
    parser.add_argument("--cpus", type=int, default=1)
    parser.add_argument("--allow", default="")
    parser.add_argument("--silence", type=int, default=0)
    parser.add_argument("--told", default="")
    parser.add_argument("--interactive", action="store_true")
    parser.add_argument("--dom0less", default="")
    parser.add_argument("qemu", nargs="+")
    options = parser.parse_args()

    run = Run(options.dir, options.allow, options.silence, options.interactive,
              options.told)
    path = f"{options.dir}/events"
    open(path, "wb").close()
    ports = Ports(f"{options.dir}/{'serial' if options.dom0less else 'xen.log'}")
    serial = None
    if options.dom0less:
        serial = Serial(run, options.dir, options.dom0less.split(","))
    with open(f"{options.dir}/qemu.log", "wb") as log:
        # The terminal's keys go to QEMU in an interactive run, so the signals
        # that they make must not end this program.
        if options.interactive:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        process = subprocess.Popen(
            [options.qemu[0], *ports.arguments(), *options.qemu[1:]],
            pass_fds=ports.descriptors(), stderr=log,
            stdin=None if options.interactive else subprocess.DEVNULL,
            stdout=None if options.interactive else log)
        ports.inherited()
        try:
            in_time = follow(run, process, path, options.timeout, ports, serial)
            # Before Xen's answers, which look like complaints, are in the log.
            consoles, found = run.search()
            if not in_time:
                state = hang.examine(options.dir, ports.serial, ports.qmp, options.cpus)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    if run.boots.lost:
        run.keep_told()
        run.say("lab", f"{', '.join(run.boots.lost)} died without a word, or stood still")
        return LOST
    run.boots.excuse_none()
    run.lost(b"")
    if not in_time:
        run.result("not ok", "lab", f"the run ends within {options.timeout} s")
        for line in state[:60]:
            print(f"# hang: {line}")
    elif process.returncode:
        run.result("not ok", "lab", f"QEMU ends with status 0, not {process.returncode}")
    missing = sorted(run.expected - run.ended)
    if missing:
        run.result("not ok", "lab", f"reached their end: all but {', '.join(missing)}")
        with open(f"{options.dir}/xen.log", encoding="utf-8", errors="replace") as log:
            for line in [line for line in log if line.strip()][-15:]:
                print(f"# xen.log: {line.rstrip()}")
    else:
        run.result("ok", "lab", f"reached their end: {', '.join(sorted(run.expected))}")
    # A console that was not kept would pass the search as well.
    empty = [who for who in ["xen", *run.expected - {"dom0"}]
             if not os.path.exists(f"{options.dir}/{who}.log")
             or not os.path.getsize(f"{options.dir}/{who}.log")]
    if empty:
        run.result("not ok", "lab", f"a console was kept of {', '.join(empty)}")
    for line in found[:20]:
        print(f"# {line}")
    run.result("not ok" if found else "ok", "lab",
               f"no complaint of a kernel or of Xen in {consoles} consoles")
    run.keep_told()
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
