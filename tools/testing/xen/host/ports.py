# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""The ports of a machine that this program talks to it through."""

import select
import socket
import time


def receive(sock, quiet, limit):
    """What comes until nothing has come for quiet seconds, limit seconds at most."""
    data, end = b"", time.monotonic() + limit
    while time.monotonic() < end and select.select([sock], [], [], quiet)[0]:
        piece = sock.recv(65536)
        if not piece:
            break
        data += piece
    return data


class Ports:
    """QEMU's first serial port and its monitor, as sockets of this program."""

    def __init__(self, log):
        self.serial, self.qemu_serial = socket.socketpair()
        self.qmp, self.qemu_qmp = socket.socketpair()
        self.log = log
        open(log, "wb").close()

    def arguments(self):
        """What QEMU is to be told of them. It keeps the log itself."""
        log = self.log.replace(",", ",,")
        return ["-chardev", f"socket,id=xen,fd={self.qemu_serial.fileno()},logfile={log}",
                "-serial", "chardev:xen",
                "-chardev", f"socket,id=qmp,fd={self.qemu_qmp.fileno()}",
                "-mon", "chardev=qmp,mode=control"]

    def descriptors(self):
        """What QEMU inherits."""
        return [self.qemu_serial.fileno(), self.qemu_qmp.fileno()]

    def inherited(self):
        """QEMU has them: its end is the end of them."""
        self.qemu_serial.close()
        self.qemu_qmp.close()

    def drain(self):
        """What Xen has printed since; it is in the log as well."""
        return receive(self.serial, 0, 1)
