/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * VirtIO over Argo: the wire format.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * A virtqueue is cut in two at the hypervisor. Each half is an ordinary vring,
 * private to its domain; between the halves travel the messages laid down here,
 * which carry bytes and never an address. Documentation/virtio/virtio-argo.rst
 * is the specification; this header is its layout.
 *
 * A link is a pair of unicast Argo rings with the same port number: the driver
 * side (guest) registers {port, partner = backend}, the device side (backend)
 * {port, partner = guest}. Each Argo message is one frame:
 *
 *	control frame (message_type VIRTIO_ARGO_MT_CONTROL):
 *		struct virtio_argo_frame, then at most one control message.
 *		Without a message it is a CREDIT frame.
 *	data frame (message_type VIRTIO_ARGO_MT_DATA):
 *		struct virtio_argo_frame, then one or more PDUs, each a
 *		struct virtio_argo_pdu and its payload, padded with zeroes to
 *		VIRTIO_ARGO_ALIGN. The padding behind the last may be absent.
 *
 * All fields are little-endian.
 */
#ifndef _UAPI_LINUX_VIRTIO_ARGO_H
#define _UAPI_LINUX_VIRTIO_ARGO_H

#include <linux/types.h>

#define VIRTIO_ARGO_MAGIC		0x4f475241	/* "ARGO" */
#define VIRTIO_ARGO_VERSION		1

/* Port of link n of a guest/backend pair when nothing else is configured: +n */
#define VIRTIO_ARGO_PORT_BASE		0x56410000
#define VIRTIO_ARGO_ALIGN		16

/* Argo's message_type. It is the sender's word and only separates parsers. */
#define VIRTIO_ARGO_MT_CONTROL		0x56414301
#define VIRTIO_ARGO_MT_DATA		0x56414401

/**
 * struct virtio_argo_frame - the head of every frame
 * @session: epoch of the session, 0 for HELLO and READY, which have none
 * @seq: number of this frame in its session and direction, from 1; 0 when
 *	@session is 0. Every frame counts, CREDIT too.
 * @data_consumed: bytes of data frames that the sender of this frame has
 *	consumed from its own ring in this session, modulo 2^32; each frame with
 *	Argo's 16-byte header and rounded up to 16
 * @ctrl_consumed: control frames that it has consumed, modulo 2^32; CREDIT
 *	frames and frames without a session do not count
 */
struct virtio_argo_frame {
	__le32 session;
	__le32 seq;
	__le32 data_consumed;
	__le32 ctrl_consumed;
};

/* ------------------------------------------------------------------------ */
/* Data frames */

#define VIRTIO_ARGO_PDU_SUBMIT		1	/* driver to device: a chain and its out-bytes */
#define VIRTIO_ARGO_PDU_COMPLETE	2	/* device to driver: its in-bytes */

/* COMPLETE: the device could not take the chain to its device model */
#define VIRTIO_ARGO_PDU_F_ERROR		0x01

/**
 * struct virtio_argo_pdu - one fragment of one chain
 * @type: VIRTIO_ARGO_PDU_*
 * @flags: VIRTIO_ARGO_PDU_F_*, all other bits zero
 * @dev: device number on the link
 * @queue: virtqueue index
 * @head: name of the chain, below the size that SET_VQUEUE gave
 * @chain: counts the chains of this queue since the device's last reset or
 *	the session's start, modulo 2^32; with @head it names the chain
 * @total: SUBMIT: length of all device-readable bytes of the chain;
 *	COMPLETE: how many in-bytes the COMPLETE carries in all its fragments
 * @room: SUBMIT: length of all device-writable bytes of the chain;
 *	COMPLETE: the used length that the device model reported, at most @total
 * @offset: position of the payload within the @total bytes
 * @length: payload bytes in this PDU; the chain's last fragment is the one
 *	with @offset + @length == @total
 * @epoch: the device's epoch, as the last SET_DEVICE_STATUS gave it
 * @reserved: zero
 */
struct virtio_argo_pdu {
	__u8 type;
	__u8 flags;
	__le16 dev;
	__le16 queue;
	__le16 head;
	__le32 chain;
	__le32 total;
	__le32 room;
	__le32 offset;
	__le32 length;
	__le16 epoch;
	__le16 reserved;
};

/* ------------------------------------------------------------------------ */
/* Control messages, derived from the virtio-msg proposal */

/* struct virtio_argo_msg.type */
#define VIRTIO_ARGO_TYPE_RESPONSE	0x01
#define VIRTIO_ARGO_TYPE_BUS		0x02

/* Device messages */
#define VIRTIO_ARGO_GET_DEVICE_INFO	0x02
#define VIRTIO_ARGO_GET_FEATURES	0x03
#define VIRTIO_ARGO_SET_FEATURES	0x04
#define VIRTIO_ARGO_GET_CONFIG		0x05
#define VIRTIO_ARGO_SET_CONFIG		0x06
#define VIRTIO_ARGO_GET_STATUS		0x07
#define VIRTIO_ARGO_SET_STATUS		0x08
#define VIRTIO_ARGO_GET_VQUEUE		0x09
#define VIRTIO_ARGO_SET_VQUEUE		0x0a
#define VIRTIO_ARGO_RESET_VQUEUE	0x0b
#define VIRTIO_ARGO_EVENT_CONFIG	0x40

/* Bus messages (VIRTIO_ARGO_TYPE_BUS) */
#define VIRTIO_ARGO_BUS_GET_DEVICES	0x02
#define VIRTIO_ARGO_BUS_PING		0x03
#define VIRTIO_ARGO_BUS_EVENT_DEVICE	0x40
#define VIRTIO_ARGO_BUS_HELLO		0x80
#define VIRTIO_ARGO_BUS_READY		0xc0

/* A control message with its header, and so what a receiver must accept */
#define VIRTIO_ARGO_MSG_MAX		264

/* Control frames, CREDIT not counted, that may be unconsumed in one direction */
#define VIRTIO_ARGO_CTRL_WINDOW		8

/*
 * Bytes of a ring that data never fills: the control window with messages of
 * full size, the CREDIT frames that can be in flight, a HELLO and a READY.
 */
#define VIRTIO_ARGO_RING_RESERVE	4096

/* The smallest data window and data frame that a HELLO may offer, in bytes */
#define VIRTIO_ARGO_WINDOW_MIN		8192
#define VIRTIO_ARGO_FRAME_MIN		1024

#define VIRTIO_ARGO_MAX_DEVICES		64	/* device numbers are below it */

/**
 * struct virtio_argo_msg - the head of every control message
 * @type: VIRTIO_ARGO_TYPE_*
 * @id: VIRTIO_ARGO_*
 * @dev: device number, 0 for bus messages
 * @token: chosen by the requester, copied to the response; 0 in events
 * @size: bytes of the message with this header
 */
struct virtio_argo_msg {
	__u8 type;
	__u8 id;
	__le16 dev;
	__le16 token;
	__le16 size;
};

/* struct virtio_argo_hello.status */
#define VIRTIO_ARGO_HELLO_OK		0
#define VIRTIO_ARGO_HELLO_VERSION	1	/* none in common; the device's range */
#define VIRTIO_ARGO_HELLO_LIMITS	2	/* window, frame or control window out of bounds */
#define VIRTIO_ARGO_HELLO_BUSY		3	/* try again later */

/**
 * struct virtio_argo_hello - HELLO request and response
 * @magic: VIRTIO_ARGO_MAGIC
 * @version_min: lowest version that the sender speaks; in an OK response
 * @version_max: and highest; both are the version chosen
 * @session: not 0 and not the last one, chosen by the driver side; echoed
 * @window: bytes of data frames that may be unconsumed in the sender's ring
 * @max_frame: largest data frame that the sender accepts, in bytes of its ring
 *	(with Argo's header, rounded up); at most half of @window
 * @ctrl_window: VIRTIO_ARGO_CTRL_WINDOW
 * @status: VIRTIO_ARGO_HELLO_* in a response, 0 in a request
 * @features: protocol feature bits, none defined yet: 0
 * @max_chain: response: largest sum of readable and writable bytes of a chain
 * @max_inflight: response: largest such sum over all unanswered chains of the
 *	link; at least @max_chain
 * @reserved: 0
 */
struct virtio_argo_hello {
	__le32 magic;
	__le16 version_min;
	__le16 version_max;
	__le32 session;
	__le32 window;
	__le32 max_frame;
	__le16 ctrl_window;
	__le16 status;
	__le32 features;
	__le32 max_chain;
	__le32 max_inflight;
	__le32 reserved;
};

struct virtio_argo_get_devices_req {
	__le16 offset;		/* first device number asked for, multiple of 8 */
	__le16 count;		/* how many numbers */
};

struct virtio_argo_get_devices_resp {
	__le16 offset;
	__le16 count;		/* bits in the bitmap, multiple of 8 */
	__le16 next_offset;	/* where devices go on, 0 if there are none behind */
	__u8 bitmap[];		/* bit i % 8 of byte i / 8: device offset + i exists */
};

struct virtio_argo_ping {
	__le32 data;		/* echoed */
};

#define VIRTIO_ARGO_DEVICE_ADDED	1
#define VIRTIO_ARGO_DEVICE_REMOVED	2

struct virtio_argo_event_device {
	__le16 dev;
	__le16 state;
};

struct virtio_argo_device_info {
	__le32 device_id;	/* the specification's device type */
	__le32 vendor_id;
	__u8 uuid[16];
	__le32 num_feature_blocks;	/* of 32 bits each */
	__le32 config_size;
	__le32 max_vqs;
	__le16 admin_start;
	__le16 admin_count;
};

struct virtio_argo_features {
	__le32 index;		/* first block of 32 bits */
	__le32 num;		/* blocks; a GET request has no blocks behind it */
	__le32 block[];
};

struct virtio_argo_get_config {
	__le32 offset;
	__le32 len;
};

/* GET_CONFIG response, SET_CONFIG request; SET_CONFIG's response has no data */
struct virtio_argo_config {
	__le32 generation;
	__le32 offset;
	__le32 len;		/* SET_CONFIG response: 0 if the write was rejected */
	__u8 data[];
};

struct virtio_argo_event_config {
	__le32 status;
	__le32 generation;
	__le32 offset;
	__le32 len;		/* 0 if only the status changed */
	__u8 data[];
};

/* SET_STATUS request and response, GET_STATUS response */
struct virtio_argo_status {
	__le32 status;
	__le32 epoch;		/* below 65536; taken over with status 0 (reset), else echoed */
};

struct virtio_argo_get_vqueue {
	__le32 index;
};

#define VIRTIO_ARGO_VQ_ENABLED		0x01

struct virtio_argo_vqueue {
	__le32 index;
	__le32 max;		/* largest size that SET_VQUEUE may give; 0: no such queue */
	__le32 cur;		/* size in use, 0 before SET_VQUEUE */
	__le32 flags;		/* VIRTIO_ARGO_VQ_* */
	__le32 depth;		/* chains that may be unanswered at a time */
	__le32 reserved;
};

/* The response has no payload */
struct virtio_argo_set_vqueue {
	__le32 index;
	__le32 flags;		/* VIRTIO_ARGO_VQ_ENABLED */
	__le32 size;		/* the driver side's own: heads are below it */
	__le32 reserved;
};

struct virtio_argo_reset_vqueue {
	__le32 index;
};

#endif /* _UAPI_LINUX_VIRTIO_ARGO_H */
