# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""What ends virtio-argo with one line on standard error; see virtio-argo(1)."""

NOT_DONE = 1
WRONG_ARGUMENTS = 2
IS_SO = 3		# attach what is attached, detach what is not
GUEST_HOLDS = 4


class Fault(Exception):
    """One line of text, and the exit status."""

    def __init__(self, text, status=WRONG_ARGUMENTS):
        super().__init__(text)
        self.status = status
