/* SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause) */
/*
 * VirtIO over Argo: the codec of the wire format.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The only code that knows byte positions. It is compiled into the kernel
 * transport, the backend library and the fuzzers, so it depends on nothing but
 * fixed-width types and never allocates, sleeps, locks or keeps state. All
 * functions may be called in any context.
 *
 * What it checks is structure: sizes, ranges that hold for any peer, reserved
 * fields. What a value means against the state of a session is its caller's.
 * Decoders read each byte of the buffer at most once, and never more than the
 * length they are given.
 */
#ifndef _VIRTIO_ARGO_CODEC_H
#define _VIRTIO_ARGO_CODEC_H

#include <linux/types.h>
#include <linux/virtio_argo.h>

#define VARGO_ARGO_HDR		16	/* Argo's own message header in a ring */
#define VARGO_FRAME_HDR		16	/* struct virtio_argo_frame */
#define VARGO_PDU_HDR		32	/* struct virtio_argo_pdu */
#define VARGO_MSG_HDR		8	/* struct virtio_argo_msg */
#define VARGO_CTRL_FRAME_MAX	(VARGO_FRAME_HDR + VIRTIO_ARGO_MSG_MAX)

#define VARGO_FEATURE_BLOCKS	8	/* what one message of ours carries */
#define VARGO_CONFIG_CHUNK	192	/* config bytes that one message of ours carries */
#define VARGO_BITMAP_BYTES	(VIRTIO_ARGO_MAX_DEVICES / 8)

/* Decoding errors: negative, and stable because they are counted by name */
enum vargo_codec_error {
	VARGO_E_SHORT = -1,	/* fewer bytes than the structure or its length field wants */
	VARGO_E_LONG = -2,	/* more bytes than it may have */
	VARGO_E_TYPE = -3,	/* unknown type or message id */
	VARGO_E_VALUE = -4,	/* a field has a value that is never valid */
	VARGO_E_SPACE = -5,	/* encoder: the buffer is too small */
};

/* The structures of the header in host byte order */

struct vargo_frame {
	__u32 session;
	__u32 seq;
	__u32 data_consumed;
	__u32 ctrl_consumed;
};

struct vargo_pdu {
	__u8 type;
	__u8 flags;
	__u16 dev;
	__u16 queue;
	__u16 head;
	__u32 chain;
	__u32 total;
	__u32 room;
	__u32 offset;
	__u32 length;
	__u16 epoch;
};

struct vargo_hello {
	__u32 magic;
	__u16 version_min;
	__u16 version_max;
	__u32 session;
	__u32 window;
	__u32 max_frame;
	__u16 ctrl_window;
	__u16 status;
	__u32 features;
	__u32 max_chain;
	__u32 max_inflight;
};

struct vargo_device_info {
	__u32 device_id;
	__u32 vendor_id;
	__u8 uuid[16];
	__u32 num_feature_blocks;
	__u32 config_size;
	__u32 max_vqs;
	__u16 admin_start;
	__u16 admin_count;
};

/**
 * struct vargo_msg - a control message in host byte order
 * @type: VIRTIO_ARGO_TYPE_* bits
 * @id: message id
 * @dev: device number, 0 for bus messages
 * @token: pairs request and response
 *
 * Which member of the union is valid follows from @type and @id:
 * hello (HELLO), devices (GET_DEVICES; bitmap in responses only), ping,
 * event_device, info (GET_DEVICE_INFO response), features (blocks absent in a
 * GET_FEATURES request and in a SET_FEATURES response), config (GET/SET_CONFIG,
 * EVENT_CONFIG; @config.data absent in a GET_CONFIG request and in a SET_CONFIG
 * response), status (GET_STATUS response, SET_STATUS both ways), vq
 * (GET/SET/RESET_VQUEUE). Messages without payload: GET_DEVICE_INFO and
 * GET_STATUS requests, READY, responses to SET_FEATURES, SET_VQUEUE and
 * RESET_VQUEUE.
 */
struct vargo_msg {
	__u8 type;
	__u8 id;
	__u16 dev;
	__u16 token;
	union {
		struct vargo_hello hello;
		struct {
			__u16 offset;
			__u16 count;
			__u16 next_offset;
			__u8 bitmap[VARGO_BITMAP_BYTES];
		} devices;
		struct {
			__u32 data;
		} ping;
		struct {
			__u16 dev;
			__u16 state;
		} event_device;
		struct vargo_device_info info;
		struct {
			__u32 index;
			__u32 num;
			__u32 block[VARGO_FEATURE_BLOCKS];
		} features;
		struct {
			__u32 status;		/* EVENT_CONFIG only */
			__u32 generation;
			__u32 offset;
			__u32 len;
			__u8 data[VARGO_CONFIG_CHUNK];
		} config;
		struct {
			__u32 status;
			__u32 epoch;
		} status;
		struct {
			__u32 index;
			__u32 max;
			__u32 cur;
			__u32 flags;
			__u32 depth;
			__u32 size;
		} vq;
	};
};

/**
 * vargo_pad() - round a length up to the wire's alignment
 * @len: bytes, at most 2^32 - 16
 *
 * Return: bytes
 */
static inline __u32 vargo_pad(__u32 len)
{
	return (len + VIRTIO_ARGO_ALIGN - 1) & ~(__u32)(VIRTIO_ARGO_ALIGN - 1);
}

/**
 * vargo_ring_bytes() - what a frame takes from its receiver's ring
 * @frame_len: bytes of the frame, its own header included
 *
 * Argo puts a 16-byte header before each message and rounds up to 16
 * (xen/include/public/argo.h). Credit is counted in these bytes.
 *
 * Return: bytes
 */
static inline __u32 vargo_ring_bytes(__u32 frame_len)
{
	return VARGO_ARGO_HDR + vargo_pad(frame_len);
}

/**
 * vargo_frame_encode() - write a frame's head
 * @frame: what to write
 * @buf: VARGO_FRAME_HDR bytes
 */
void vargo_frame_encode(const struct vargo_frame *frame, void *buf);

/**
 * vargo_frame_decode() - read a frame's head
 * @buf: the frame's first bytes
 * @len: how many bytes there are
 * @frame: where to put it
 *
 * Checks that a frame without session has no counts either.
 *
 * Return: VARGO_FRAME_HDR or VARGO_E_SHORT, VARGO_E_VALUE
 */
int vargo_frame_decode(const void *buf, __u32 len, struct vargo_frame *frame);

/**
 * vargo_pdu_encode() - write a PDU's head
 * @pdu: what to write
 * @buf: VARGO_PDU_HDR bytes
 */
void vargo_pdu_encode(const struct vargo_pdu *pdu, void *buf);

/**
 * vargo_pdu_decode() - read a PDU's head
 * @buf: its VARGO_PDU_HDR bytes; may be a copy
 * @len: bytes left in the frame from the PDU's head on, payload and all
 * @pdu: where to put it
 *
 * Checks type, flags, reserved, device number; that the payload lies within
 * @len; that offset + length <= total without overflow; that only a PDU of
 * total 0 (or with F_ERROR, whose total must be 0) has length 0. F_ERROR only
 * in COMPLETE. SUBMIT: total + room does not overflow. COMPLETE: the used
 * length (room) is at most total, for the driver would read bytes that never
 * came.
 *
 * Return: bytes to the next PDU (head, payload, padding), clipped to @len for
 * the last one whose padding is absent; or VARGO_E_*, and @pdu is undefined
 */
int vargo_pdu_decode(const void *buf, __u32 len, struct vargo_pdu *pdu);

/**
 * vargo_msg_encode() - write a control message
 * @msg: what to write
 * @buf: where to
 * @cap: room there, in bytes; VIRTIO_ARGO_MSG_MAX is always enough
 *
 * Refuses what the decoder would refuse, so a caller that lets a peer's or a
 * device model's number in here need not check it before.
 *
 * Return: bytes written (the message's size field) or VARGO_E_SPACE,
 * VARGO_E_TYPE, VARGO_E_VALUE (a count that no message can carry)
 */
int vargo_msg_encode(const struct vargo_msg *msg, void *buf, __u32 cap);

/**
 * vargo_msg_decode() - read a control message
 * @buf: the message
 * @len: bytes there; the size field must not exceed it, and bytes behind that
 *	are ignored
 * @msg: where to put it; unused members are zero
 *
 * The size must be exactly what the message wants; only HELLO may be longer,
 * and its reserved field is ignored, so that any version can be answered.
 *
 * Return: the message's size or VARGO_E_*, and @msg is undefined
 */
int vargo_msg_decode(const void *buf, __u32 len, struct vargo_msg *msg);

#endif /* _VIRTIO_ARGO_CODEC_H */
