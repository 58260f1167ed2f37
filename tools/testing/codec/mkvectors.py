#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# Write the golden vectors of the wire format to standard output.
#
# Copyright (C) 2026 The VirtIO-Argo authors
#
# A second implementation, made from the tables of
# Documentation/virtio/virtio-argo.rst with Python's struct module; it shares
# nothing with the codec. vectors.txt is what counts and is kept in the tree,
# so that others can use it without running anything; `make check-codec` tells
# if the two differ. To add a vector, add it here and write the file anew.
import struct

FRAME = ("<IIII", "session seq data_consumed ctrl_consumed")
PDU = ("<BBHHHIIIIIH", "type flags dev queue head chain total room offset length epoch")

SUBMIT, COMPLETE, F_ERROR = 1, 2, 1
RESPONSE, BUS = 1, 2
MAGIC = 0x4F475241

# name: (type's bus bit, id, request layout, response layout); a layout is
# (group, struct format, fields) and None where there is no payload
IDX = ("vq", "<I", "index")
CFG = ("config", "<III", "generation offset len")
FEAT = ("features", "<II", "index num")
STATUS = ("status", "<II", "status epoch")
HELLO = ("hello", "<IHHIIIHHIII", "magic version_min version_max session window "
         "max_frame ctrl_window status features max_chain max_inflight")
MESSAGES = {
    "get-device-info": (0, 0x02, None, ("info", "<II16sIIIHH",
                        "device_id vendor_id uuid num_feature_blocks config_size "
                        "max_vqs admin_start admin_count")),
    "get-features": (0, 0x03, FEAT, FEAT),
    "set-features": (0, 0x04, FEAT, None),
    "get-config": (0, 0x05, ("config", "<II", "offset len"), CFG),
    "set-config": (0, 0x06, CFG, CFG),
    "get-status": (0, 0x07, None, STATUS),
    "set-status": (0, 0x08, STATUS, STATUS),
    "get-vqueue": (0, 0x09, IDX, ("vq", "<IIIII", "index max cur flags depth")),
    "set-vqueue": (0, 0x0A, ("vq", "<III", "index flags size"), None),
    "reset-vqueue": (0, 0x0B, IDX, None),
    "event-config": (0, 0x40, ("config", "<IIII", "status generation offset len"), None),
    "get-devices": (BUS, 0x02, ("devices", "<HH", "offset count"),
                    ("devices", "<HHH", "offset count next_offset")),
    "ping": (BUS, 0x03, ("ping", "<I", "data"), ("ping", "<I", "data")),
    "event-device": (BUS, 0x40, ("event_device", "<HH", "dev state"), None),
    "hello": (BUS, 0x80, HELLO, HELLO),
    "ready": (BUS, 0xC0, None, None),
}
# Reserved fields behind the layout: bytes of zero
RESERVED = {("hello", 0): 4, ("hello", 1): 4, ("get-vqueue", 1): 4, ("set-vqueue", 0): 4}

# virtio-blk's GET_ID: out-bytes of type 8, 20 in-bytes and the status byte
BLK_GET_ID = struct.pack("<IIQ", 8, 0, 0)
BLK_FLUSH = struct.pack("<IIQ", 4, 0, 0)
BLK_ID = b"ARGO-EXAMPLE-DISK-01"


def pad(n):
    return (n + 15) & ~15


def ring_bytes(frame):
    return 16 + pad(len(frame))


def num(v):
    return "hex:" + v.hex() if isinstance(v, bytes) else \
        str(v) if v < 1000 else hex(v)


def pack(layout, values):
    fmt, names = layout
    return struct.pack(fmt, *(values.get(n, 0) for n in names.split()))


def fields(group, layout, values):
    """Lines for the fields that are not zero"""
    return [(f"{group}.{n}", values[n]) for n in layout[1].split()
            if values.get(n, 0)]


class Item:
    """Bytes and the fields that they decode to"""

    def __init__(self, raw, lines):
        self.raw, self.lines = raw, lines


def frame(session=0, seq=0, data=0, ctrl=0):
    v = dict(session=session, seq=seq, data_consumed=data, ctrl_consumed=ctrl)
    return Item(pack(FRAME, v), fields("frame", FRAME, v))


def pdu(type, payload=b"", **v):
    v = dict(v, type=type, length=v.get("length", len(payload)))
    v.setdefault("total", v["length"])
    reserved = v.pop("reserved", 0)
    raw = pack(PDU, v) + struct.pack("<H", reserved) + payload
    lines = fields("pdu", PDU, v)
    if payload:
        lines.append(("pdu.payload", payload))
    return Item(raw, lines)


def msg(name, response=0, tail=b"", dev=0, token=0, **v):
    bus, id, *layouts = MESSAGES[name]
    layout = layouts[response]
    type = bus | (RESPONSE if response else 0)
    lines = [(f"msg.{n}", x) for n, x in
             (("type", type), ("id", id), ("dev", dev), ("token", token)) if x]
    body = b""
    if layout:
        group, fmt, names = layout
        body = struct.pack(fmt, *(v.get(n, b"" if n == "uuid" else 0)
                                  for n in names.split()))
        body += bytes(RESERVED.get((name, response), 0))
        lines += fields(group, (fmt, names), v)
    if isinstance(tail, list):		# feature blocks
        lines += [(f"features.block.{i}", x) for i, x in enumerate(tail)]
        tail = struct.pack(f"<{len(tail)}I", *tail)
    elif tail:
        lines.append(("devices.bitmap" if name == "get-devices" else
                      "config.data", tail))
    body += tail
    return Item(struct.pack("<BBHHH", type, id, dev, token, 8 + len(body)) + body, lines)


def data(head, *pdus):
    """A whole data frame: padding between the PDUs, none behind the last"""
    raw, lines = head.raw, list(head.lines)
    for i, p in enumerate(pdus):
        raw += p.raw
        if i + 1 < len(pdus):
            raw += bytes(pad(len(raw)) - len(raw))
        lines += p.lines
    return Item(raw, lines)


def control(head, message=None):
    message = message or Item(b"", [])
    return Item(head.raw + message.raw, head.lines + message.lines)


def emit(name, kind, item, sender, note="", decode_only=False, result=None):
    print(f"\nvector {name}\nkind {kind}\nfrom {sender}")
    if note:
        print(f"note {note}")
    for i in range(0, len(item.raw), 16):
        print("hex " + item.raw[i:i + 16].hex(" "))
    for key, value in item.lines:
        print(key, num(value))
    if decode_only:
        print("decode-only")
    print("result", len(item.raw) if result is None else result)


def bad(name, kind, raw, error, note=""):
    raw = raw.raw if isinstance(raw, Item) else raw
    print(f"\nvector {name}\nkind {kind}")
    if note:
        print(f"note {note}")
    for i in range(0, len(raw), 16):
        print("hex " + raw[i:i + 16].hex(" "))
    print("error", error)


def put(raw, offset, new):
    """raw with the bytes at offset replaced"""
    raw = raw.raw if isinstance(raw, Item) else raw
    new = bytes([new]) if isinstance(new, int) else new
    return raw[:offset] + new + raw[offset + len(new):]


def le32(v):
    return struct.pack("<I", v)


def le16(v):
    return struct.pack("<H", v)


HEAD = """\
# SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
#
# Golden vectors of the VirtIO-Argo wire format, version 1.
#
# Copyright (C) 2026 The VirtIO-Argo authors
#
# For every implementation, ours and others. A line is a comment if it begins
# with '#', else a word, a space and the rest; blank lines mean nothing. A line
# `vector NAME` begins a vector, which goes on until the next. Its lines:
#
#	kind frame	the 16 bytes of a frame's head
#	     pdu	a PDU: head, payload, and perhaps padding
#	     msg	a control message
#	     control	a whole control frame: head, and perhaps a message
#	     data	a whole data frame: head, PDUs with padding between them
#	from driver | device | either		who sends it
#	note TEXT
#	hex BYTES	the bytes in order; several such lines are joined
#	FIELD VALUE	what it decodes to: a number, decimal or 0x..., or
#			hex:... for bytes. Fields that are not listed are 0.
#			The names are those of struct virtio_argo_* without
#			the length of the message; in a data frame each
#			pdu.type begins a new PDU, in its order.
#	decode-only	valid, but the encoder would write other bytes
#	result N	valid: how many of the bytes the decoder takes. For a
#			pdu: to the next PDU; for a msg: its size.
#	error NAME	invalid, must be refused. NAME is what our decoder says:
#			SHORT	fewer bytes than wanted
#			LONG	more than allowed
#			TYPE	unknown type or message id
#			VALUE	a field has a value that is never valid
#			Others may give another reason, but not accept it.
#
# A vector has either `result` or `error`. To test a decoder: all fields equal.
# To test an encoder: the bytes equal, unless decode-only is there.
# mkvectors.py beside this file has written it."""


def frames():
    emit("frame-first", "frame", frame(0x1D2C3B4A, 1), "either")
    emit("frame-counts", "frame", frame(0x1D2C3B4A, 0x01020304, 0x05060708, 0x090A0B0C), "either")
    emit("frame-seq-wrapped", "frame", frame(1, 0, 0xFFFFFFF0, 0xFFFFFFFF), "either",
         "seq counts modulo 2^32, so 0 occurs within a session")
    emit("frame-max", "frame", frame(*[0xFFFFFFFF] * 4), "either")
    emit("frame-no-session", "frame", frame(), "either", "HELLO and READY have this head")
    bad("frame-empty", "frame", b"", "SHORT")
    bad("frame-short", "frame", frame(1, 1).raw[:15], "SHORT")
    bad("frame-no-session-seq", "frame", frame(0, 1), "VALUE")
    bad("frame-no-session-data", "frame", frame(0, 0, 80), "VALUE")
    bad("frame-no-session-ctrl", "frame", frame(0, 0, 0, 1), "VALUE")


def pdus():
    some = bytes(range(1, 40))
    read = pdu(SUBMIT, BLK_GET_ID, dev=3, queue=1, head=5, chain=9, room=21, epoch=2)
    done = pdu(COMPLETE, BLK_ID + b"\0", dev=3, queue=1, head=5, chain=9, room=21, epoch=2)
    emit("submit-read", "pdu", read, "driver")
    emit("submit-out-only", "pdu", pdu(SUBMIT, some[:16], queue=1, head=2, chain=7), "driver")
    emit("submit-in-only", "pdu", pdu(SUBMIT, queue=0, head=3, room=2048, chain=1), "driver",
         "no out-bytes: the one PDU has no payload")
    emit("submit-first-fragment", "pdu",
         pdu(SUBMIT, some[:16], head=1, total=39, room=1), "driver")
    emit("submit-middle-fragment", "pdu",
         pdu(SUBMIT, some[16:29], head=1, total=39, room=1, offset=16), "driver",
         "no fragment need be a multiple of 16")
    emit("submit-last-fragment", "pdu",
         pdu(SUBMIT, some[29:], head=1, total=39, room=1, offset=29), "driver")
    emit("submit-largest-chain", "pdu",
         pdu(SUBMIT, b"\x55", total=0xFFFFFFFE, room=1, offset=0xFFFFFFFD), "driver")
    emit("submit-extremes", "pdu",
         pdu(SUBMIT, dev=63, queue=0xFFFF, head=0xFFFF, chain=0xFFFFFFFF,
             room=0xFFFFFFFF, epoch=0xFFFF), "driver")
    emit("complete", "pdu", done, "device")
    emit("complete-used-shorter", "pdu",
         pdu(COMPLETE, BLK_ID + b"\0", room=20, chain=9), "device",
         "block: all in-bytes come, though the device model counted no status byte")
    emit("complete-nothing", "pdu", pdu(COMPLETE, queue=1, head=2, chain=7), "device")
    emit("complete-error", "pdu", pdu(COMPLETE, flags=F_ERROR, head=4, chain=11), "device")
    emit("complete-last-fragment", "pdu",
         pdu(COMPLETE, b"\0", total=4097, room=4097, offset=4096), "device")

    short = pdu(SUBMIT, some[:5])
    emit("pdu-padded", "pdu", Item(short.raw + bytes(11), short.lines), "driver",
         "padding behind the last PDU may be there", True)
    emit("pdu-padding-cut", "pdu", Item(short.raw + bytes(4), short.lines), "driver",
         "or a part of it", True)
    emit("pdu-padding-ignored", "pdu", Item(short.raw + b"\xff" * 11, short.lines), "driver",
         "a receiver does not look at it", True)
    emit("pdu-next", "pdu", Item(short.raw + bytes(11) + read.raw, short.lines), "driver",
         "another PDU follows", True, 48)

    bad("pdu-empty", "pdu", b"", "SHORT")
    bad("pdu-head-short", "pdu", pdu(SUBMIT, room=1).raw[:31], "SHORT")
    bad("pdu-payload-short", "pdu", read.raw[:-1], "SHORT")
    bad("pdu-payload-missing", "pdu", read.raw[:32], "SHORT")
    bad("pdu-length-huge", "pdu", pdu(SUBMIT, total=0xFFFFFFFF, length=0xFFFFFFFF), "SHORT")
    bad("pdu-length-wraps", "pdu", pdu(SUBMIT, total=0xFFFFFFF0, length=0xFFFFFFE0), "SHORT",
        "head and length add up to 0 modulo 2^32")
    bad("pdu-type-0", "pdu", put(read, 0, 0), "TYPE")
    bad("pdu-type-3", "pdu", put(read, 0, 3), "TYPE")
    bad("pdu-type-255", "pdu", put(read, 0, 255), "TYPE")
    bad("submit-flags", "pdu", put(read, 1, F_ERROR), "VALUE")
    bad("submit-sum-overflow", "pdu",
        pdu(SUBMIT, some[:16], total=0xFFFFFFFF, room=1), "VALUE",
        "out-bytes and in-bytes of a chain are together below 2^32")
    bad("complete-flags", "pdu", put(done, 1, 0x02), "VALUE")
    bad("complete-flags-both", "pdu", pdu(COMPLETE, flags=0x81), "VALUE")
    bad("complete-error-with-bytes", "pdu", pdu(COMPLETE, b"\1", flags=F_ERROR), "VALUE")
    bad("complete-used-longer", "pdu", pdu(COMPLETE, b"\0", room=2), "VALUE",
        "the driver would read bytes that never came")
    bad("complete-nothing-used", "pdu", pdu(COMPLETE, room=1), "VALUE")
    bad("pdu-dev-64", "pdu", put(read, 2, le16(64)), "VALUE")
    bad("pdu-reserved", "pdu", put(read, 30, 1), "VALUE")
    bad("pdu-reserved-high", "pdu", put(read, 31, 0x80), "VALUE")
    bad("pdu-beyond-total", "pdu", pdu(SUBMIT, some[:16], total=15), "VALUE")
    bad("pdu-offset-beyond", "pdu", pdu(SUBMIT, some[:1], total=16, offset=16), "VALUE")
    bad("pdu-offset-wraps", "pdu",
        pdu(SUBMIT, some[:16], total=16, offset=0xFFFFFFF0), "VALUE",
        "offset and length add up to 0 modulo 2^32")
    bad("pdu-no-progress", "pdu", pdu(SUBMIT, total=16, room=1, length=0), "VALUE")
    bad("pdu-no-progress-end", "pdu",
        pdu(COMPLETE, total=16, room=1, length=0, offset=16), "VALUE")
    bad("pdu-offset-of-nothing", "pdu", pdu(SUBMIT, room=1, total=0, offset=1), "VALUE")


def hello_values(**v):
    base = dict(magic=MAGIC, version_min=1, version_max=1, session=0x1D2C3B4A,
                window=61360, max_frame=16384, ctrl_window=8)
    return dict(base, **v)


def hellos():
    req = msg("hello", token=1, **hello_values())
    emit("hello-request", "msg", req, "driver")
    emit("hello-response", "msg",
         msg("hello", 1, token=1, **hello_values(
             window=258000, max_frame=65536, max_chain=0x110000, max_inflight=0x2000000)),
         "device")
    emit("hello-request-limits", "msg",
         msg("hello", token=0xFFFF, **hello_values(
             session=0xFFFFFFFF, window=8192, max_frame=1024)), "driver", "the smallest")
    emit("hello-response-version", "msg",
         msg("hello", 1, token=7, **hello_values(
             version_min=2, version_max=3, status=1, window=0, max_frame=0, ctrl_window=0)),
         "device", "the device speaks 2 to 3 only")
    emit("hello-response-limits", "msg",
         msg("hello", 1, token=7, **hello_values(status=2)), "device")
    emit("hello-response-busy", "msg",
         msg("hello", 1, token=7, **hello_values(status=3)), "device")
    emit("hello-request-newer", "msg",
         msg("hello", token=2, **hello_values(version_min=7, version_max=65535)), "driver",
         "structurally valid in every version, so that it can be answered")
    emit("hello-request-longer", "msg",
         Item(put(req, 6, le16(56)) + b"\1\2\3\4\5\6\7\x08", req.lines), "driver",
         "a later version may append fields", True)
    emit("hello-request-reserved", "msg",
         Item(put(req, 44, le32(0xDEADBEEF)), req.lines), "driver",
         "or use the reserved one", True)
    bad("hello-short", "msg", put(req, 6, le16(47)), "SHORT")
    bad("hello-cut", "msg", req.raw[:47], "SHORT")
    bad("hello-magic", "msg", put(req, 8, 0), "VALUE")
    bad("hello-magic-swapped", "msg", put(req, 8, struct.pack(">I", MAGIC)), "VALUE")
    bad("hello-session-0", "msg", put(req, 16, le32(0)), "VALUE")
    bad("hello-version-0", "msg", put(req, 12, le16(0)), "VALUE")
    bad("hello-version-order", "msg", put(req, 12, le16(2)), "VALUE")
    bad("hello-dev", "msg", put(req, 2, 1), "VALUE", "bus messages have device number 0")
    bad("hello-oversized", "msg", put(req, 6, le16(265)) + bytes(265 - 48), "LONG")


def bus():
    emit("ready", "msg", msg("ready"), "device")
    emit("ping-request", "msg", msg("ping", token=3, data=0x12345678), "driver")
    emit("ping-response", "msg", msg("ping", 1, token=3, data=0x12345678), "device")
    ask = msg("get-devices", token=4, count=64)
    emit("get-devices-request", "msg", ask, "driver")
    emit("get-devices-request-part", "msg", msg("get-devices", token=4, offset=56, count=8), "driver")
    got = msg("get-devices", 1, b"\x01\0\0\0\0\0\0\x80", token=4, count=64)
    emit("get-devices-response", "msg", got, "device", "devices 0 and 63")
    emit("get-devices-response-part", "msg",
         msg("get-devices", 1, b"\x06", token=4, count=8, next_offset=56), "device",
         "devices 1 and 2, the next is at 56 or behind")
    emit("get-devices-response-adjacent", "msg",
         msg("get-devices", 1, b"\x80", token=4, count=8, next_offset=8), "device")
    emit("get-devices-response-none", "msg", msg("get-devices", 1, token=4, offset=64), "device")
    added = msg("event-device", dev=0)
    added = Item(put(added, 8, struct.pack("<HH", 63, 1)),
                 added.lines + [("event_device.dev", 63), ("event_device.state", 1)])
    emit("event-device-added", "msg", added, "device")
    emit("event-device-removed", "msg",
         Item(put(added, 8, struct.pack("<HH", 0, 2)),
              [x for x in added.lines if x[0][:3] == "msg"] + [("event_device.state", 2)]),
         "device")
    bad("ready-token", "msg", put(msg("ready"), 4, 1), "VALUE", "events have token 0")
    bad("ready-response", "msg", put(msg("ready"), 0, BUS | RESPONSE), "TYPE",
        "events have no response")
    bad("ready-long", "msg", put(msg("ready"), 6, 9) + b"\0", "LONG")
    bad("ready-not-bus", "msg", put(msg("ready"), 0, 0), "TYPE")
    bad("ping-short", "msg", put(msg("ping", data=1), 6, 11), "SHORT")
    bad("ping-long", "msg", put(msg("ping", data=1), 6, 13) + b"\0", "LONG")
    bad("get-devices-offset", "msg", put(ask, 8, 1), "VALUE", "multiples of 8")
    bad("get-devices-count", "msg", put(ask, 10, 63), "VALUE")
    bad("get-devices-offset-4", "msg", put(ask, 8, struct.pack("<HH", 4, 8)), "VALUE")
    bad("get-devices-count-4", "msg", put(ask, 10, 4), "VALUE")
    bad("get-devices-beyond", "msg", put(ask, 8, 8), "VALUE", "numbers are below 64")
    bad("get-devices-huge", "msg", put(ask, 8, le16(0xFFF8)), "VALUE")
    bad("get-devices-response-short", "msg", put(got, 6, 21), "SHORT")
    bad("get-devices-response-long", "msg", put(got, 6, 23) + b"\0", "LONG")
    bad("get-devices-response-back", "msg",
        msg("get-devices", 1, b"\1", offset=16, count=8, next_offset=8), "VALUE",
        "a reader that follows it would never end")
    bad("get-devices-response-inside", "msg",
        msg("get-devices", 1, b"\1\0", count=16, next_offset=8), "VALUE")
    bad("get-devices-response-same", "msg",
        msg("get-devices", 1, offset=16, next_offset=16), "VALUE")
    bad("get-devices-response-next-64", "msg",
        msg("get-devices", 1, b"\1", count=8, next_offset=64), "VALUE")
    bad("get-devices-response-next-odd", "msg",
        msg("get-devices", 1, b"\1", count=8, next_offset=9), "VALUE")
    bad("get-devices-response-next-12", "msg",
        msg("get-devices", 1, b"\1", count=8, next_offset=12), "VALUE")
    bad("event-device-dev", "msg", put(added, 8, 64), "VALUE")
    bad("event-device-state-0", "msg", put(added, 10, 0), "VALUE")
    bad("event-device-state-3", "msg", put(added, 10, 3), "VALUE")


def device():
    uuid = bytes(range(0xA0, 0xB0))
    info = msg("get-device-info", 1, dev=3, token=5, device_id=2, vendor_id=0x1AF4,
               uuid=uuid, num_feature_blocks=2, config_size=96, max_vqs=4)
    emit("get-device-info-request", "msg", msg("get-device-info", dev=3, token=5), "driver")
    emit("get-device-info-response", "msg", info, "device")
    emit("get-device-info-response-admin", "msg",
         msg("get-device-info", 1, dev=63, token=6, device_id=1, vendor_id=1,
             uuid=bytes(16), num_feature_blocks=4, config_size=0xFFFFFFFF, max_vqs=0x10000,
             admin_start=0x1234, admin_count=0x5678), "device",
         "the last two fields are decoded, and ignored")
    bad("get-device-info-long", "msg", put(msg("get-device-info"), 6, 12) + bytes(4), "LONG")
    bad("get-device-info-response-short", "msg", put(info, 6, 47), "SHORT")

    ask = msg("get-features", dev=1, token=6, index=0, num=2)
    got = msg("get-features", 1, [0x30000246, 1], dev=1, token=6, num=2)
    emit("get-features-request", "msg", ask, "driver")
    emit("get-features-response", "msg", got, "device")
    emit("get-features-response-full", "msg",
         msg("get-features", 1, [0x10203040 + i for i in range(8)], token=6, index=0xFFFFFFF7, num=8),
         "device")
    emit("set-features-request", "msg",
         msg("set-features", 0, [0x200, 1], dev=1, token=7, num=2), "driver")
    emit("set-features-response", "msg", msg("set-features", 1, dev=1, token=7), "device")
    bad("get-features-request-blocks", "msg", put(ask, 6, 24) + bytes(8), "LONG")
    bad("get-features-request-9", "msg", put(ask, 12, 9), "VALUE", "8 blocks at most")
    bad("get-features-response-short", "msg", put(got, 6, 23), "SHORT")
    bad("get-features-response-long", "msg", put(got, 6, 28) + bytes(4), "LONG")
    bad("get-features-response-9", "msg",
        msg("get-features", 1, [0] * 9, num=9), "VALUE")
    bad("get-features-overflow", "msg", msg("get-features", index=0xFFFFFFFF, num=1), "VALUE")
    bad("set-features-response-payload", "msg", put(got, 1, 4), "LONG")

    ask = msg("get-config", dev=2, token=8, offset=8, len=4)
    got = msg("get-config", 1, b"\1\2\3\4", dev=2, token=8, generation=3, offset=8, len=4)
    emit("get-config-request", "msg", ask, "driver")
    emit("get-config-request-last", "msg",
         msg("get-config", dev=2, token=8, offset=0xFFFFFFFB, len=4), "driver",
         "structurally valid; a device has nothing there")
    emit("get-config-response", "msg", got, "device")
    emit("get-config-response-full", "msg",
         msg("get-config", 1, bytes(i ^ 0x5A for i in range(192)), dev=2, token=8,
             generation=0xFFFFFFFF, len=192), "device", "192 bytes are the most")
    emit("set-config-request", "msg",
         msg("set-config", 0, b"\1", dev=2, token=9, generation=3, offset=32, len=1), "driver")
    emit("set-config-response", "msg",
         msg("set-config", 1, dev=2, token=9, generation=4, offset=32, len=1), "device")
    emit("set-config-response-rejected", "msg",
         msg("set-config", 1, dev=2, token=9, generation=4, offset=32), "device")
    emit("event-config-status", "msg",
         msg("event-config", dev=2, status=0x4F, generation=4), "device", "DEVICE_NEEDS_RESET")
    event = msg("event-config", 0, b"\0\0\x20\0\0\0\0\0", dev=2, status=15, generation=5, len=8)
    emit("event-config-data", "msg", event, "device", "capacity has changed")
    bad("get-config-request-193", "msg", put(ask, 12, 193), "VALUE")
    bad("get-config-request-overflow", "msg", put(ask, 8, le32(0xFFFFFFFD)), "VALUE")
    bad("get-config-response-short", "msg", put(got, 6, 23), "SHORT")
    bad("get-config-response-long", "msg", put(got, 6, 25) + b"\0", "LONG")
    bad("get-config-response-193", "msg",
        msg("get-config", 1, bytes(193), len=193), "VALUE")
    bad("get-config-response-huge", "msg", put(got, 16, le32(0xFFFFFFFF)), "VALUE")
    bad("set-config-response-data", "msg", put(got, 1, 6), "LONG")
    bad("event-config-token", "msg", put(event, 4, 1), "VALUE")
    bad("event-config-response", "msg", put(event, 0, RESPONSE), "TYPE")
    bad("event-config-short", "msg", put(event, 6, 31), "SHORT")
    bad("event-config-len-lies", "msg", put(event, 20, 9), "SHORT")

    emit("get-status-request", "msg", msg("get-status", dev=1, token=10), "driver")
    emit("get-status-response", "msg",
         msg("get-status", 1, dev=1, token=10, status=11, epoch=2), "device")
    reset = msg("set-status", dev=1, token=11, epoch=3)
    emit("set-status-reset", "msg", reset, "driver", "status 0 with the next epoch")
    emit("set-status-reset-response", "msg",
         msg("set-status", 1, dev=1, token=11, epoch=3), "device")
    emit("set-status-driver-ok", "msg",
         msg("set-status", dev=1, token=12, status=15, epoch=3), "driver")
    emit("set-status-last-epoch", "msg", msg("set-status", token=12, epoch=65535), "driver")
    bad("set-status-epoch", "msg", put(reset, 12, le32(0x10000)), "VALUE", "16 bits")
    bad("set-status-short", "msg", put(reset, 6, 15), "SHORT")
    bad("get-status-long", "msg", put(reset, 1, 7), "LONG")

    emit("get-vqueue-request", "msg", msg("get-vqueue", dev=1, token=13, index=2), "driver")
    vq = msg("get-vqueue", 1, dev=1, token=13, index=2, max=1024, cur=256, flags=1, depth=256)
    emit("get-vqueue-response", "msg", vq, "device")
    emit("get-vqueue-response-none", "msg",
         msg("get-vqueue", 1, dev=1, token=13, index=65535), "device", "no such queue: max is 0")
    sq = msg("set-vqueue", dev=1, token=14, index=2, flags=1, size=256)
    emit("set-vqueue-request", "msg", sq, "driver")
    emit("set-vqueue-response", "msg", msg("set-vqueue", 1, dev=1, token=14), "device")
    emit("reset-vqueue-request", "msg", msg("reset-vqueue", dev=1, token=15, index=2), "driver")
    emit("reset-vqueue-response", "msg", msg("reset-vqueue", 1, dev=1, token=15), "device")
    bad("get-vqueue-index", "msg", msg("get-vqueue", index=0x10000), "VALUE", "a PDU has 16 bits")
    bad("get-vqueue-response-index", "msg", put(vq, 10, 1), "VALUE")
    bad("get-vqueue-response-flags", "msg", put(vq, 20, 2), "VALUE")
    bad("get-vqueue-response-reserved", "msg", put(vq, 28, 1), "VALUE")
    bad("get-vqueue-response-short", "msg", put(vq, 6, 31), "SHORT")
    bad("set-vqueue-flags", "msg", put(sq, 15, 0x80), "VALUE")
    bad("set-vqueue-reserved", "msg", put(sq, 23, 0x80), "VALUE")
    bad("set-vqueue-short", "msg", put(sq, 6, 20), "SHORT")
    bad("set-vqueue-response-payload", "msg", put(sq, 0, RESPONSE), "LONG")

    any = msg("get-status", dev=1, token=10)
    bad("msg-empty", "msg", b"", "SHORT")
    bad("msg-head-short", "msg", any.raw[:7], "SHORT")
    bad("msg-size-0", "msg", put(any, 6, 0), "SHORT")
    bad("msg-size-7", "msg", put(any, 6, 7), "SHORT")
    bad("msg-size-beyond", "msg", put(any, 6, 9), "SHORT")
    bad("msg-size-65535", "msg", put(any, 6, le16(65535)), "LONG")
    bad("msg-type-bit", "msg", put(any, 0, 0x04), "TYPE")
    bad("msg-type-high", "msg", put(any, 0, 0x80), "TYPE")
    bad("msg-id-0", "msg", put(any, 1, 0), "TYPE")
    bad("msg-id-1", "msg", put(any, 1, 1), "TYPE")
    bad("msg-id-event-avail", "msg", put(any, 1, 0x41), "TYPE", "virtio-msg's, not used here")
    bad("msg-id-event-used", "msg", put(any, 1, 0x42), "TYPE")
    bad("msg-id-255", "msg", put(any, 1, 255), "TYPE")
    bad("msg-bus-id-1", "msg", put(msg("ready"), 1, 1), "TYPE")
    bad("msg-dev-64", "msg", put(any, 2, le16(64)), "VALUE")
    bad("msg-dev-65535", "msg", put(any, 2, le16(65535)), "VALUE")


def whole():
    a = pdu(SUBMIT, BLK_FLUSH, queue=0, head=1, room=1, chain=5)
    odd = pdu(SUBMIT, b"\1\2\3", queue=1, head=1, chain=5)
    f = frame(9, 8, 7, 6)
    got = data(f, odd, a)
    emit("data-padded-between", "data", got, "driver")
    emit("data-padded-behind", "data",
         Item(data(f, a, odd).raw + bytes(13), data(f, a, odd).lines), "driver", "", True)
    emit("data-many", "data",
         data(f, *(pdu(COMPLETE, b"\0", head=i, chain=i, room=1) for i in range(6))), "device")
    # 16 head, 32 + 3 + 13 padding, then the second PDU
    bad("data-no-pdu", "data", f, "SHORT", "a data frame has one PDU at least")
    bad("data-tail", "data", got.raw + b"\0", "SHORT", "what is no padding is a PDU")
    bad("data-second-short", "data", got.raw[:-1], "SHORT")
    bad("data-second-type", "data", put(got, 64, 0), "TYPE")
    bad("data-not-aligned", "data", f.raw + odd.raw + a.raw, "TYPE",
        "the second PDU begins where the padding ends")
    bad("data-head-short", "data", got.raw[:12], "SHORT")
    ping = msg("ping", token=1, data=5)
    emit("control-trailing", "control",
         Item(control(f, ping).raw + b"\xee" * 3, control(f, ping).lines), "driver",
         "bytes behind the message are ignored", True)
    bad("control-message-short", "control", f.raw + ping.raw[:5], "SHORT")
    bad("control-message-cut", "control", f.raw + ping.raw[:-1], "SHORT")
    bad("control-message-id", "control", f.raw + put(ping, 1, 9), "TYPE")
    bad("control-no-session-seq", "control", frame(0, 1).raw + msg("ready").raw, "VALUE")


class Side:
    """One direction of the worked example, with its counters"""

    def __init__(self):
        self.seq = self.data = self.ctrl = 0	# sent; consumed from the peer

    def head(self):
        self.seq += 1
        return frame(0x1D2C3B4A, self.seq, self.data, self.ctrl)


def example():
    """The session that the specification walks through"""
    drv, dev = Side(), Side()
    step = 0

    def show(name, sender, kind, item):
        nonlocal step
        step += 1
        emit(f"example-{step}-{name}", kind, item, sender)
        return item

    def ctrl(name, me, peer, sender, message):
        show(name, sender, "control", control(me.head(), message))
        peer.ctrl += 1

    def bytes_(name, me, peer, sender, *p):
        item = show(name, sender, "data", data(me.head(), *p))
        peer.data += ring_bytes(item.raw)

    show("hello", "driver", "control", control(frame(), msg("hello", token=1, **hello_values())))
    show("hello-ok", "device", "control", control(frame(), msg(
        "hello", 1, token=1, **hello_values(window=258000, max_frame=65536,
                                            max_chain=0x110000, max_inflight=0x2000000))))
    ctrl("get-devices", drv, dev, "driver", msg("get-devices", token=2, count=64))
    ctrl("devices", dev, drv, "device",
         msg("get-devices", 1, b"\1" + bytes(7), token=2, count=64))
    def ask(name, *payload, tail_q=b"", tail_a=b""):
        nonlocal token
        token += 1
        ctrl(name, drv, dev, "driver", msg(name, 0, tail_q, token=token, **payload[0]))
        ctrl(name + "-done", dev, drv, "device",
             msg(name, 1, tail_a, token=token, **payload[-1]))

    token = 2
    ask("get-device-info", {}, dict(
        device_id=2, vendor_id=0x1AF4, num_feature_blocks=2, config_size=96, max_vqs=1,
        # What the bridge makes of type=block,socket=/run/disk.sock
        uuid=bytes.fromhex("8a3d91434231846394c858ba2d185c6a")))
    ask("set-status", dict(epoch=1))
    ask("set-status", dict(status=3, epoch=1))
    ask("get-features", dict(num=2), dict(num=2), tail_a=[0x200, 1])
    ask("set-features", dict(num=2), {}, tail_q=[0x200, 1])
    ask("set-status", dict(status=11, epoch=1))
    ask("get-vqueue", {}, dict(max=1024, depth=128))
    ask("set-vqueue", dict(flags=1, size=256), {})
    ask("set-status", dict(status=15, epoch=1))
    bytes_("submit", drv, dev, "driver",
           pdu(SUBMIT, BLK_GET_ID, room=21, epoch=1))
    bytes_("complete", dev, drv, "device",
           pdu(COMPLETE, BLK_ID + b"\0", room=21, epoch=1))
    bytes_("batch", drv, dev, "driver",
           pdu(SUBMIT, BLK_FLUSH, head=3, chain=1, room=1, epoch=1),
           pdu(SUBMIT, BLK_GET_ID, head=0, chain=2, room=21, epoch=1))
    bytes_("fragment-1", dev, drv, "device",
           pdu(COMPLETE, b"\0", head=3, chain=1, room=1, epoch=1),
           pdu(COMPLETE, BLK_ID[:16], head=0, chain=2, total=21, room=21, epoch=1))
    bytes_("fragment-2", dev, drv, "device",
           pdu(COMPLETE, BLK_ID[16:] + b"\0", head=0, chain=2, total=21, offset=16, room=21, epoch=1))
    show("credit", "driver", "control", control(drv.head()))
    show("ready", "device", "control", control(frame(), msg("ready")))


if __name__ == "__main__":
    print(HEAD)
    for section in (frames, pdus, hellos, bus, device, whole, example):
        print(f"\n# {section.__name__}")
        section()
