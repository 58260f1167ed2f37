#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""Stands in for QEMU in the tests of monitor.py.

machine.py -chardev socket,id=xen,fd=N,logfile=LOG ... PLAY EVENTS

Does what the file PLAY says, a step a line:
  xen TEXT      Xen prints a line on the serial port
  event TEXT    a line "<who> <text>" comes from dom0's event port
  sleep S       nothing happens for S seconds
  hang          the same for ever, and its ports are deaf
  exit N        QEMU ends, with that status; 0 at the end of the file
"""

import re
import sys
import time


def main():
    play, events = sys.argv[-2:]
    options = " ".join(sys.argv)
    port = re.search(r"id=xen,fd=(\d+),logfile=(\S+)", options)
    monitor = re.search(r"id=qmp,fd=(\d+)", options)
    with open(int(port[1]), "wb", buffering=0) as serial, \
            open(int(monitor[1]), "wb", buffering=0) as qmp, \
            open(port[2], "ab", buffering=0) as log, \
            open(events, "a", buffering=1, encoding="utf-8") as event, \
            open(play, encoding="utf-8") as steps:
        for step in steps:
            what, _, text = step.rstrip("\n").partition(" ")
            if what == "xen":
                log.write(text.encode() + b"\r\n")
                serial.write(text.encode() + b"\r\n")
            elif what == "event":
                event.write(text + "\n")
            elif what == "sleep":
                time.sleep(float(text))
            elif what == "hang":
                serial.close()
                qmp.close()
                time.sleep(3600)
            elif what == "exit":
                return int(text)
            elif what:
                sys.exit(f"machine.py: {step!r}?")
    return 0


sys.exit(main())
