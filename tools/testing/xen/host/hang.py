# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""What a machine that has not ended in time was doing.

Xen is asked with its debug keys on the console, which works while one of its
CPUs takes interrupts; QEMU is asked in any case.
"""

import json

from ports import receive

# Ctrl-A three times gives Xen the console's input. Then: the CPUs, dom0, the
# domains, the scheduler, event channels, timers, and what SVM keeps of guests.
CONSOLE = b"\x01\x01\x01"
XEN_KEYS = b"d0qreav"
# The lines that say where each CPU and each virtual CPU is.
TELLING = ("RIP:", "PC:", "CPU:", "VCPU", "RIP=", "PC=", "rip =", "Domain ", "HLT=")


def ask_xen(serial):
    """Presses Xen's debug keys; returns what Xen says."""
    receive(serial, 0, 0)
    serial.sendall(CONSOLE)
    said = receive(serial, 1, 3)
    for key in XEN_KEYS:
        serial.sendall(bytes([key]))
        said += receive(serial, 1, 10)
    return said.decode("utf-8", "replace").replace("\r", "")


def ask_qemu(qmp, cpus):
    """Returns the registers and interrupt controllers as QEMU sees them."""
    def command(name, **arguments):
        request = {"execute": name}
        if arguments:
            request["arguments"] = arguments
        qmp.sendall(json.dumps(request).encode() + b"\n")
        answer = b""
        while piece := receive(qmp, 0.3 if answer else 5, 10):
            answer += piece
        for line in answer.splitlines():
            reply = json.loads(line)
            if "return" in reply:
                return reply["return"]
        return ""

    receive(qmp, 1, 2)
    command("qmp_capabilities")
    said = []
    for cpu in range(cpus):
        for what in ("info registers", "info lapic"):
            said.append(f"CPU {cpu}: {what}")
            said.append(str(command("human-monitor-command", **{
                "command-line": what, "cpu-index": cpu})))
    return "\n".join(said).replace("\r", "")


def examine(directory, serial, qmp, cpus):
    """Writes directory/hang and returns its most telling lines."""
    parts = []
    for who, ask in (("QEMU", lambda: ask_qemu(qmp, cpus)),
                     ("Xen", lambda: ask_xen(serial))):
        try:
            parts.append(f"=== {who} says\n{ask()}")
        except (OSError, ValueError) as error:
            parts.append(f"=== {who} does not answer: {error}")
    text = "\n".join(parts) + "\n"
    with open(f"{directory}/hang", "w", encoding="utf-8") as file:
        file.write(text)
    return [line.strip() for line in text.splitlines()
            if line.startswith("===") or any(word in line for word in TELLING)]
