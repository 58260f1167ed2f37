# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""Guests that run, and those that the emulator loses meanwhile.

QEMU's emulation of SVM loses a PVH guest now and then: after an exit to Xen the guest
faults three times, as if no page were mapped, or goes on with Xen's registers. Most
exits are made while Linux boots, which asks a timer that such a guest has not got
100,000 times, but it was seen at any time. So a guest is lost

  * that dies of a triple fault, of which Xen tells, and has given no reason: Linux
    ends so as well, because it has no other way to restart (reboot=t), but says so,
    and a kernel that finds a fault says what it found;
  * or that prints nothing for too long before its process 1 has said a word, and so
    before anything of this project runs in it.
"""

import re
import time

TRIPLE_FAULT = re.compile(rb"\bd(\d+)v\d+ Triple fault")
# After these a guest dies of its own will. So it does after a kernel's complaint.
LAST_WORDS = re.compile(r"\blab: end\b|the guest's part ended with status|reboot: |sysrq: ")
# What a guest had said before it died may still be on its way through dom0.
ON_THE_WAY = 20


class Boots:
    """The guests of a run; silence is in seconds, 0: none is ever lost."""

    def __init__(self, silence):
        self.silence = silence
        self.booting = {}
        self.running = {}
        self.dead = {}
        self.lost = []
        self.said = b""
        self.faults = set()

    def begin(self, who, domain):
        """A guest boots, as this domain of Xen's."""
        self.ends(who)
        self.running[who] = domain
        self.booting[who] = time.monotonic() + self.silence
        self.mark_dead()

    def hears(self, who):
        """Its kernel has printed a line: it is slow perhaps, but not still."""
        if who in self.booting:
            self.booting[who] = time.monotonic() + self.silence

    def speaks(self, who):
        """Its process 1 has said a word: it has booted."""
        self.booting.pop(who, None)

    def ends(self, who):
        """It has said why it is about to end."""
        for guests in (self.running, self.booting, self.dead):
            guests.pop(who, None)

    def excuse_none(self):
        """From now on no death is the emulator's fault."""
        self.silence = 0
        self.dead = {}

    def doubtful(self):
        """A guest is dead, and whether it has said why is not known yet."""
        return bool(self.dead or self.lost)

    def mark_dead(self):
        """Xen may tell of a guest's death before its beginning is known."""
        end = time.monotonic() + min(self.silence, ON_THE_WAY)
        for who, domain in self.running.items():
            if self.silence and domain in self.faults:
                self.dead.setdefault(who, end)

    def look(self, said):
        """Takes what Xen has said since; returns who is lost."""
        if not self.silence:
            return []
        now = time.monotonic()
        self.said = self.said[-80:] + said
        self.faults.update(int(domain) for domain in TRIPLE_FAULT.findall(self.said))
        self.mark_dead()
        for guests in (self.dead, self.booting):
            self.lost += [who for who, end in guests.items()
                          if now > end and who not in self.lost]
        return self.lost
