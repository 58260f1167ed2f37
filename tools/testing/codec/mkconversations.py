#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# mkconversations.py text | table: write the conversations, for everybody as
# conversations.txt, for our own tests as drivers/virtio/virtio_argo_talk.h.
#
# Copyright (C) 2026 The VirtIO-Argo authors
#
# Both files are kept in the tree; `make check-codec` tells if they differ from what
# this writes. The library's tests and the driver's replay the table.
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mkvectors import BLK_GET_ID, COMPLETE, F_ERROR, SUBMIT, hello_values, msg, pdu  # noqa: E402

# Whoever sends it first chooses: name and bytes
VARS = {"session": 4, "session2": 4, "dev": 2, "epoch": 2, "epoch2": 2, "head": 2,
        "chain": 4, "t1": 2, "t2": 2, "t3": 2, "t4": 2}
DRIVER, DEVICE = "driver", "device"
conversations = []


class Talk:
    def __init__(self, name, given, sides, rules, note):
        self.name, self.given, self.sides = name, given, sides
        self.rules, self.note, self.steps = rules, note, []
        conversations.append(self)

    def frame(self, who, kind, data=(), how=""):
        self.steps.append((who, kind, list(data), how))

    def do(self, who, what):
        self.steps.append((who, "do", [], what))

    def silence(self, who):
        self.steps.append((who, "silence", [], ""))

    def time(self):
        self.steps.append(("", "time", [], ""))

    def see(self, used, data):
        self.steps.append((DRIVER, "see", list(data), str(used)))


def var(data, offset, name):
    data[offset:offset + VARS[name]] = [(name, i) for i in range(VARS[name])]


class Any:
    """A byte that is not compared, and the one that our tests send there"""

    def __init__(self, value):
        self.value = value


def any_bytes(data, offset, count):
    data[offset:offset + count] = map(Any, data[offset:offset + count])


def m(name, response=0, tail=b"", token="", epoch="", **v):
    """A control message, with what its sender chooses left open"""
    data = list(msg(name, response, tail, **v).raw)
    if not data[0] & 2:
        var(data, 2, "dev")
    if token:
        var(data, 4, token)
    if epoch:
        var(data, 12, epoch)
    return data


def hello(session, response=0, token="t1", **v):
    if response and not v.get("status"):
        v = dict(v, max_chain=0x110000, max_inflight=0x2000000)
    data = m("hello", response, token=token, **hello_values(**v))
    var(data, 16, session)
    if not v.get("status") and not v.get("version_min"):
        any_bytes(data, 20, 8)				# window and max_frame
        if response:
            any_bytes(data, 36, 8)			# max_chain and max_inflight
    return data


def chain(type, payload=b"", epoch="epoch", open_bytes=0, **v):
    data = list(pdu(type, payload, **v).raw)
    for at, name in ((2, "dev"), (6, "head"), (8, "chain"), (28, epoch)):
        var(data, at, name)
    any_bytes(data, 32, open_bytes)
    return data


def submit(**v):
    return chain(SUBMIT, BLK_GET_ID, room=21, **v)


def ping(response=0, token="t1"):
    return m("ping", response, token=token, data=0x12345678)


def open_ping(response=0, token="t1"):
    data = m("ping", response, token=token)
    any_bytes(data, 8, 4)
    return data


def sessions():
    t = Talk("hello", "nothing", "both", "HELLO-1 HELLO-3 HELLO-8", "a session begins")
    t.frame(DRIVER, "bare", hello("session"))
    t.frame(DEVICE, "bare", hello("session", 1))
    t.silence(DEVICE)

    t = Talk("ready-crosses-hello", "nothing", "both", "READY-2 HELLO-10",
             "the answer to the first HELLO comes all the same, and is dropped")
    t.frame(DRIVER, "bare", hello("session"))
    t.do(DEVICE, "start")
    t.frame(DEVICE, "bare", m("ready"))
    t.frame(DEVICE, "bare", hello("session", 1))
    t.frame(DRIVER, "bare", hello("session2", token="t2"))
    t.frame(DEVICE, "bare", hello("session2", 1, token="t2"))

    t = Talk("hello-version", "nothing", "driver", "HELLO-4 HELLO-11",
             "refused: another HELLO follows, with another session number")
    t.frame(DRIVER, "bare", hello("session"))
    t.frame(DEVICE, "bare", hello("session", 1, version_min=2, version_max=3, status=1))
    t.frame(DRIVER, "bare", hello("session2", token="t2"))
    t.frame(DEVICE, "bare", hello("session2", 1, token="t2"))

    t = Talk("hello-refused-in-session", "session", "device", "HELLO-6 HELLO-13",
             "the session's own number again: LIMITS, and the session goes on")
    t.frame(DRIVER, "bare", hello("session"))
    data = hello("session", 1, status=2)
    any_bytes(data, 20, 8)
    any_bytes(data, 36, 8)
    t.frame(DEVICE, "bare", data)
    t.frame(DRIVER, "control", ping(token="t2"))
    t.frame(DEVICE, "control", ping(1, token="t2"))

    t = Talk("stale-without-session", "nothing", "device", "FRAME-4 READY-3",
             "a frame of a session that the device side does not have")
    t.frame(DRIVER, "control", ping())
    t.frame(DEVICE, "bare", m("ready"))
    t.frame(DRIVER, "bare", hello("session2", token="t2"))
    t.frame(DEVICE, "bare", hello("session2", 1, token="t2"))

    t = Talk("frame-missing", "session", "device", "FRAME-5 ERR-1 READY-3",
             "a violation: nothing is answered, and the session is over")
    t.frame(DRIVER, "control", ping(), "gap")
    t.frame(DEVICE, "bare", m("ready"))
    t.frame(DRIVER, "control", ping(token="t2"))
    t.silence(DEVICE)

    t = Talk("frame-missing-driver", "running", "driver", "FRAME-5 ERR-1",
             "the same from the device side: a new session, after a pause")
    t.frame(DEVICE, "control", m("event-config", status=15), "gap")
    t.frame(DRIVER, "bare", hello("session2", token="t2"))

    t = Talk("frame-twice", "session", "device", "FRAME-5",
             "a replay is dropped, and nothing else")
    t.frame(DRIVER, "control", ping())
    t.frame(DEVICE, "control", ping(1))
    t.frame(DRIVER, "control", ping(token="t2"), "replay")
    t.silence(DEVICE)
    t.frame(DRIVER, "control", ping(token="t3"))
    t.frame(DEVICE, "control", ping(1, token="t3"))

    t = Talk("ready-in-session", "running", "driver", "READY-2 READY-4",
             "the device side was restarted: HELLO at once")
    t.frame(DEVICE, "bare", m("ready"))
    t.frame(DRIVER, "bare", hello("session2", token="t2"))


def liveness():
    t = Talk("ping", "session", "device", "PING-2", "answered with the same data")
    t.frame(DRIVER, "control", ping())
    t.frame(DEVICE, "control", ping(1))

    t = Talk("ping-slow-device", "running", "both", "PING-1 PING-2",
             "a device that takes its time: asked, answered, and then the chain is")
    t.do(DEVICE, "hold")
    t.do(DRIVER, "submit")
    t.frame(DRIVER, "data", submit())
    t.time()
    t.frame(DRIVER, "control", open_ping())
    t.frame(DEVICE, "control", open_ping(1))
    t.do(DEVICE, "release")
    t.frame(DEVICE, "data", chain(COMPLETE, bytes(21), room=21, open_bytes=20))
    t.see(21, bytes(21))

    t = Talk("ping-not-the-device-side's", "running", "driver", "PING-4 CTRL-2",
             "a PING of the device side's is dropped")
    t.frame(DEVICE, "control", ping())
    t.silence(DRIVER)


def devices():
    t = Talk("device-added-twice", "running", "driver", "DEV-4",
             "ADDED for a device that is there is no news")
    data = m("event-device", dev=0)
    data[8:12] = [0, 0, 1, 0]
    var(data, 8, "dev")
    t.frame(DEVICE, "control", data)
    t.silence(DRIVER)

    t = Talk("device-removed", "running", "device", "DEV-1",
             "what was under way to it is dropped, without a violation")
    t.do(DEVICE, "remove")
    data = list(data)
    data[10] = 2
    t.frame(DEVICE, "control", data)
    t.frame(DRIVER, "data", submit())
    t.silence(DEVICE)
    t.frame(DRIVER, "control", ping(token="t2"))
    t.frame(DEVICE, "control", ping(1, token="t2"))

    t = Talk("request-for-nobody", "session", "device", "CTRL-4",
             "dropped: no device has that number")
    data = m("get-status", token="t1")
    data[2:4] = [63, 0]
    t.frame(DRIVER, "control", data)
    t.silence(DEVICE)

    t = Talk("features-not-offered", "session", "device", "FEAT-4 STAT-5",
             "answered, and FEATURES_OK is refused")
    t.frame(DRIVER, "control", m("set-status", token="t1", epoch="epoch"))
    t.frame(DEVICE, "control", m("set-status", 1, token="t1", epoch="epoch"))
    t.frame(DRIVER, "control", m("set-features", 0, [0xFFFFFFFF, 1], token="t2", num=2))
    t.frame(DEVICE, "control", m("set-features", 1, token="t2"))
    t.frame(DRIVER, "control", m("set-status", token="t3", epoch="epoch", status=11))
    t.frame(DEVICE, "control", m("set-status", 1, token="t3", epoch="epoch", status=3))

    def event(status):
        data = m("event-config", status=status)
        any_bytes(data, 12, 4)				# generation
        return data

    t = Talk("start-refused", "configured", "both", "STAT-3 STAT-4",
             "DRIVER_OK is answered with DEVICE_NEEDS_RESET: no chain is submitted")
    t.do(DEVICE, "refuse")
    t.frame(DRIVER, "control", m("set-status", token="t1", epoch="epoch", status=15))
    t.frame(DEVICE, "control", m("set-status", 1, token="t1", epoch="epoch", status=79))
    t.frame(DEVICE, "control", event(79))
    t.do(DRIVER, "submit")
    t.silence(DRIVER)
    t.do(DEVICE, "restart")
    t.frame(DEVICE, "bare", m("ready"))
    t.frame(DRIVER, "bare", hello("session2", token="t2"))
    t.frame(DEVICE, "bare", hello("session2", 1, token="t2"))

    t = Talk("device-fails", "running", "both", "STAT-4 SUB-5 PDU-8",
             "DEVICE_NEEDS_RESET in an event: what is under way is skipped, and then silence")
    t.do(DEVICE, "hold")
    t.do(DRIVER, "submit")
    t.frame(DRIVER, "data", submit())
    t.do(DEVICE, "fail")
    t.frame(DEVICE, "control", event(79))
    t.do(DRIVER, "submit")
    t.silence(DRIVER)

    t = Talk("control-credit", "running", "driver", "CRED-3 FRAME-7",
             "a CREDIT frame when half of the control window was consumed")
    t.do(DRIVER, "submit")
    t.frame(DRIVER, "data", submit())
    for _ in range(4):
        t.frame(DEVICE, "control", event(15))
    t.frame(DRIVER, "control")


def chains():
    def started(name, given, sides, rules, note):
        t = Talk(name, given, sides, rules, note)
        t.do(DRIVER, "submit")
        t.frame(DRIVER, "data", submit())
        return t

    answer = bytes(range(1, 21)) + b"\0"
    t = started("chain", "running", "both", "SUB-1 COMP-2 COMP-3", "a request and its answer")
    t.frame(DEVICE, "data", chain(COMPLETE, bytes(21), room=21, open_bytes=20))
    t.see(21, bytes(21))

    t = started("chain-fragments", "running", "driver", "FRAG-2 COMP-7",
                "the driver sees it when all of it has come")
    t.frame(DEVICE, "data", chain(COMPLETE, answer[:7], total=21, room=21))
    t.silence(DRIVER)
    t.frame(DEVICE, "data", chain(COMPLETE, answer[7:], total=21, room=21, offset=7))
    t.see(21, answer)

    t = started("chain-fragment-missing", "running", "driver", "FRAG-4", "a violation")
    t.frame(DEVICE, "data", chain(COMPLETE, answer[:7], total=21, room=21))
    t.frame(DEVICE, "data", chain(COMPLETE, answer[8:], total=21, room=21, offset=8))
    t.frame(DRIVER, "bare", hello("session2", token="t2"))

    t = started("chain-error", "running", "driver", "COMP-5 COMP-8 COMP-6",
                "a disk's request fails with its status, the other in-bytes are zero")
    t.frame(DEVICE, "data", chain(COMPLETE, flags=F_ERROR))
    t.see(21, bytes(20) + b"\1")

    t = started("chain-short", "running", "driver", "COMP-3 COMP-5",
                "a disk's answer without its status: a violation")
    t.frame(DEVICE, "data", chain(COMPLETE, answer[:20], room=20))
    t.frame(DRIVER, "bare", hello("session2", token="t2"))

    t = started("chain-answered-twice", "running", "driver", "COMP-5 PDU-8", "a violation")
    complete = chain(COMPLETE, answer, room=21)
    t.frame(DEVICE, "data", complete)
    t.see(21, answer)
    t.frame(DEVICE, "data", complete)
    t.frame(DRIVER, "bare", hello("session2", token="t2"))

    t = Talk("chain-no-request", "running", "device", "COMP-10",
             "less than a block request's head: the device side answers by itself")
    t.do(DEVICE, "hold")
    t.frame(DRIVER, "data", chain(SUBMIT, BLK_GET_ID[:15], room=21))
    t.frame(DEVICE, "data", chain(COMPLETE, flags=F_ERROR))

    t = Talk("chain-head-in-use", "running", "device", "SUB-2",
             "a violation: the session is over")
    t.do(DEVICE, "hold")
    t.frame(DRIVER, "data", submit())
    second = submit()
    second[8:12] = [1, 0, 0, 0]
    t.frame(DRIVER, "data", second)
    t.frame(DEVICE, "bare", m("ready"))

    t = Talk("reset-with-a-chain", "running", "both", "RST-1 RST-2 RST-4",
             "the device side drops it, and sends nothing of the old epoch behind its answer")
    t.do(DEVICE, "hold")
    t.do(DRIVER, "submit")
    t.frame(DRIVER, "data", submit())
    t.do(DRIVER, "reset")
    t.frame(DRIVER, "control", m("set-status", token="t1", epoch="epoch2"))
    t.frame(DEVICE, "control", m("set-status", 1, token="t1", epoch="epoch2"))
    t.do(DEVICE, "release")
    t.silence(DEVICE)

    t = started("reset-stale-answer", "running", "driver", "RST-1 PDU-7",
                "the answer crosses the reset")
    t.do(DRIVER, "reset")
    t.frame(DRIVER, "control", m("set-status", token="t1", epoch="epoch2"))
    t.frame(DEVICE, "data", chain(COMPLETE, bytes(21), room=21))
    t.frame(DEVICE, "control", m("set-status", 1, token="t1", epoch="epoch2"))


HEAD = """\
# SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
#
# Conversations in the VirtIO-Argo protocol, version 1: who sends what, and what
# must follow. For every implementation, ours and others; vectors.txt has the bytes
# of single messages.
#
# Copyright (C) 2026 The VirtIO-Argo authors
#
# An implementation of one side is tested by whoever plays the other one: each frame
# of the other side is sent as it stands here, each frame of its own must come, as
# the next one but for CREDIT frames, and be equal. A line is a comment if it begins
# with '#'; a line `conversation NAME` begins one. Its lines, in order:
#
#	for driver | device | both	which side's implementation it tests
#	rule [VA-...]			what it shows
#	note TEXT
#	given nothing		both rings are there, and no session
#	      session		a session; the driver side has sent a frame in it
#	      configured	and a block device (type 2), set up but for DRIVER_OK, with
#				one queue of 64 entries or so
#	      running		and with DRIVER_OK; no chain was submitted
#	SIDE bare BYTES		a control frame with session 0: 16 bytes of 0, then BYTES
#	SIDE control BYTES	a control frame: the head of the session's next frame, then
#				BYTES. Without BYTES: CREDIT
#	SIDE data BYTES		a data frame, likewise
#	     ... gap		with the seq of the next frame but one
#	     ... replay		with the seq of the last frame
#	SIDE silence		nothing comes from it, but CREDIT
#	SIDE do WHAT		whom it belongs to acts: the VirtIO driver (submit: the chain
#				that follows, or any; reset) or the device model (start: the
#				device side's own; hold, release: answers; refuse: DRIVER_OK;
#				fail; remove; restart: it can be started again)
#	driver see N BYTES	the driver gets the chain, with used length N and these
#				in-bytes
#	time 10 s		nothing happens for so long
#
# BYTES are hexadecimal, '..' any byte that is valid there, and <NAME> a value that whoever sends
# it first has chosen, the same wherever it stands: session and session2 (4 bytes, not
# equal), dev, epoch and epoch2 (2; the next one), head (2), chain (4), and tokens t1 to
# t4 (2).
#
# mkconversations.py beside this file has written it."""


def text():
    print(HEAD)
    for t in conversations:
        print(f"\nconversation {t.name}\nfor {t.sides}")
        print("rule " + " ".join(f"[VA-{r}]" for r in t.rules.split()))
        print(f"note {t.note}\ngiven {t.given}")
        for who, kind, data, how in t.steps:
            words, last = [], None
            for b in data:
                if isinstance(b, tuple):
                    if b[0] != last or b[1] == 0:
                        words.append(f"<{b[0]}>")
                    last = b[0]
                else:
                    words.append(".." if isinstance(b, Any) else f"{b:02x}")
                    last = None
            if kind == "time":
                print("time 10 s")
            elif kind in ("do", "silence"):
                print(" ".join(x for x in (who, kind, how) if x))
            elif kind == "see":
                print(who, kind, how, " ".join(words))
            else:
                print(" ".join([who, kind] + words + ([how] if how else [])))


def table():
    names = list(VARS)
    print("""/* SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause) */
/*
 * Conversations in the VirtIO-Argo protocol, for the tests of both sides.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * tools/testing/codec/mkconversations.py has written this, and
 * tools/testing/codec/conversations.txt, which says what it means.
 */
#ifndef _VIRTIO_ARGO_TALK_H
#define _VIRTIO_ARGO_TALK_H

/* A byte of a frame: itself, any (and what we send), or byte N of its sender's choice */
#define TALK_ANY		0x100
#define TALK_VAR(var, n)	(0x8000 | (var) << 4 | (n))
#define TALK_IS_VAR(b)		((b) & 0x8000)
#define TALK_VAR_OF(b)		(((b) & 0x7fff) >> 4)
#define TALK_VAR_BYTE(b)	((b) & 0xf)

enum talk_var {""")
    for n in names:
        print(f"\tTALK_{n.upper()},")
    print("""\tTALK_VARS
};

enum talk_side { TALK_NOBODY, TALK_DRIVER, TALK_DEVICE };
enum talk_given { TALK_NOTHING, TALK_IN_SESSION, TALK_CONFIGURED, TALK_RUNNING };
enum talk_kind { TALK_END, TALK_BARE, TALK_CONTROL, TALK_DATA, TALK_DO, TALK_SEE,
\t\t TALK_SILENCE, TALK_TIME };

/* @how: of a frame: gap or replay; of DO: what; of SEE: the used length */
struct talk_step {
	enum talk_side who;
	enum talk_kind kind;
	const char *how;
	const unsigned short *bytes;
	unsigned int len;
};

struct talk {
	const char *name;
	enum talk_given given;
	_Bool for_driver;
	_Bool for_device;
	const struct talk_step *steps;
};
""")
    for i, t in enumerate(conversations):
        for j, (who, kind, data, how) in enumerate(t.steps):
            if not data:
                continue
            words = []
            for b in data:
                if isinstance(b, tuple):
                    words.append(f"TALK_VAR(TALK_{b[0].upper()}, {b[1]})")
                else:
                    words.append(f"TALK_ANY | {b.value}" if isinstance(b, Any) else f"0x{b:02x}")
            print(f"static const unsigned short talk_bytes_{i}_{j}[] = {{")
            line = "\t"
            for w in words:
                if len(line) + len(w) > 88:
                    print(line.rstrip())
                    line = "\t"
                line += w + ", "
            print(line.rstrip())
            print("};\n")
        print(f"static const struct talk_step talk_steps_{i}[] = {{")
        for j, (who, kind, data, how) in enumerate(t.steps):
            side = f"TALK_{(who or 'nobody').upper()}"
            what = '"%s"' % how if how else '""'
            print(f"\t{{ {side}, TALK_{kind.upper()}, {what}, "
                  + (f"talk_bytes_{i}_{j}, {len(data)} }}," if data else "NULL, 0 },"))
        print("\t{ TALK_NOBODY, TALK_END, \"\", NULL, 0 },\n};\n")
    print("static const struct talk talks[] = {")
    given = {"nothing": "NOTHING", "session": "IN_SESSION", "configured": "CONFIGURED",
             "running": "RUNNING"}
    for i, t in enumerate(conversations):
        print(f"\t{{ \"{t.name}\", TALK_{given[t.given]}, "
              f"{int(t.sides != 'device')}, {int(t.sides != 'driver')}, talk_steps_{i} }},")
    print("};\n\n#endif /* _VIRTIO_ARGO_TALK_H */")


for section in (sessions, liveness, devices, chains):
    section()
{"text": text, "table": table}[sys.argv[1]]()
