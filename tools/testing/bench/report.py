#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The VirtIO-Argo authors
"""Turns the figures of the scenario bench into bench.json and a table.

report.py FACTS JSON DATA

FACTS has lines "<who>\t<peer>.<workload>\tkey=value key=value ...", one from
the guest and one from dom0 for each job. DATA is a table for gnuplot.
"""

import json
import sys

NS_PER_INSTRUCTION = 2  # QEMU -icount shift=1
PEERS = ("virtio-argo", "xen-blkfront")
# Each byte that crosses Argo is copied by Xen, by /dev/xen/argo between user and
# kernel space, and by its reader from the ring or the bridge's buffer to its
# place. Heads and control messages count too.
ARGO_COPIES = 3


def block_size(workload):
    """Bytes of a request, from a name such as randread-4k-d16."""
    text = workload.split("-")[1]
    return int(text[:-1]) * {"k": 1 << 10, "m": 1 << 20}[text[-1]]


def load(path):
    """{(peer, workload): {who: {key: value}}} in the order of the file."""
    jobs = {}
    with open(path, encoding="utf-8") as facts:
        for line in facts:
            who, name, text = line.rstrip("\n").split("\t")
            peer, dot, workload = name.partition(".")
            if not dot or peer not in PEERS:
                continue
            values = dict(item.split("=") for item in text.split())
            jobs.setdefault((peer, workload), {})[who] = values
    return jobs


def run(peer, workload, guest, dom0):
    """One entry of bench.json."""
    size = block_size(workload)
    seconds = int(guest["ms"]) / 1000
    requests = int(guest["kb"]) * 1024 / size
    # The counters also cover fio's ramp: scale them to the measured part.
    share = requests and seconds / (seconds + 0.1) / requests
    if peer == "virtio-argo":
        copied = ARGO_COPIES * int(dom0["argo"])
    else:
        copied = int(guest["persistent"]) * int(guest["moved"])
    return {
        "arch": "x86_64",
        "guest": "pvh",
        "peer": peer,
        "workload": workload,
        "iops": round(requests / seconds, 1),
        "mbps": round(int(guest["kb"]) / 1024 / seconds, 1),
        "insn_per_req": round(seconds * 1e9 / NS_PER_INSTRUCTION / requests),
        "hypercalls_per_req": round(int(dom0["hypercalls"]) * share, 3),
        "virqs_per_req": round((int(dom0["interrupts"]) + int(guest["interrupts"]))
                               * share, 3),
        "bytes_copied_per_byte": round(copied / int(guest["moved"]), 3),
    }


def main():
    facts, target, data = sys.argv[1:4]
    jobs = load(facts)
    runs = [run(peer, workload, who["bench"], who["dom0"])
            for (peer, workload), who in jobs.items()
            if int(who.get("bench", {}).get("kb", 0)) and "dom0" in who]
    with open(target, "w", encoding="utf-8") as file:
        json.dump({"schema": 1, "runs": runs}, file, indent=1)
        file.write("\n")

    by = {(entry["peer"], entry["workload"]): entry for entry in runs}
    names = list(dict.fromkeys(entry["workload"] for entry in runs))
    with open(data, "w", encoding="utf-8") as file:
        print("workload", *PEERS, file=file)
        for name in names:
            print(name, *(by.get((peer, name), {}).get("iops", 0) for peer in PEERS),
                  file=file)
    print(f"\n{'IOPS in virtual time':24}", *(f"{peer:>14}" for peer in PEERS),
          f"{'ratio':>8}", f"{'insn/req':>20}")
    for name in names:
        entries = [by.get((peer, name)) for peer in PEERS]
        iops = [entry["iops"] if entry else 0 for entry in entries]
        ratio = f"{iops[0] / iops[1]:.2f}" if all(iops) else "-"
        insn = " / ".join(str(entry["insn_per_req"]) if entry else "-"
                          for entry in entries)
        print(f"{name:24}", *(f"{value:14.0f}" for value in iops), f"{ratio:>8}",
              f"{insn:>20}")
    print()


main()
