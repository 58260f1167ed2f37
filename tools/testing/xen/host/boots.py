# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""Guests that boot, and those that the emulator loses meanwhile.

QEMU 7.2's emulation of SVM loses a PVH guest now and then, about one in a hundred:
after an exit to Xen the guest faults three times, as if no page were mapped, or goes
on with Xen's registers. Most exits are made while Linux boots, which asks a timer
that such a guest has not got 100,000 times. So a guest is lost that dies so, or says
nothing for too long, before its process 1 has said a word, and so before anything of
this project runs in it.
"""

import re
import time

TRIPLE_FAULT = re.compile(rb"\bd(\d+)v\d+ Triple fault")
# What a guest had said before it died may still be on its way through dom0.
ON_THE_WAY = 10


class Boots:
    """The guests of a run that have begun to boot; silence is in seconds, 0: for ever."""

    def __init__(self, silence):
        self.silence = silence
        self.booting = {}
        self.lost = []
        self.said = b""

    def begin(self, who, domain):
        """A guest boots, as this domain of Xen's."""
        self.booting[who] = (domain, time.monotonic() + self.silence)

    def speaks(self, who):
        """Its process 1 has said a word: it has booted."""
        self.booting.pop(who, None)

    def look(self, said):
        """Takes what Xen has said since; returns who is lost."""
        if not self.silence:
            return []
        now = time.monotonic()
        self.said = self.said[-80:] + said
        faults = {int(domain) for domain in TRIPLE_FAULT.findall(self.said)}
        for who, (domain, end) in list(self.booting.items()):
            if domain in faults:
                self.booting[who] = (0, min(end, now + ON_THE_WAY))
            elif now > end:
                self.lost.append(who)
        return self.lost
