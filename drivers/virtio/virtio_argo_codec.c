// SPDX-License-Identifier: (GPL-2.0 OR BSD-3-Clause)
/*
 * VirtIO over Argo: the codec of the wire format.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Everything is read and written byte by byte, so neither the host's byte
 * order nor the buffer's alignment matters, and the compiler merges the bytes
 * where it may. A message's payload has a shape, which follows from its type
 * and id; a shape is a fixed part, which is the structure of the uapi header,
 * and for some a tail, whose length the fixed part gives. The same check of
 * values serves both directions, so nothing can be encoded that the peer's
 * decoder would refuse.
 */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/export.h>
#else
#include <assert.h>	/* static_assert() only */
#define EXPORT_SYMBOL_GPL(fn)	extern __typeof__(fn) fn
#endif

#include "virtio_argo_codec.h"

/* A change to the header that moves a field must not pass unnoticed */
#define VARGO_SIZE(st, size)						\
	static_assert(sizeof(struct st) == (size), #st)
#define VARGO_AT(st, field, off, size)					\
	static_assert(__builtin_offsetof(struct st, field) == (off) &&	\
		      sizeof(((struct st *)0)->field) == (size),	\
		      #st "." #field)
#define VARGO_TAIL(st, field, off)					\
	static_assert(__builtin_offsetof(struct st, field) == (off) &&	\
		      sizeof(struct st) == (off), #st "." #field)
#include "virtio_argo_layout.h"

static_assert(sizeof(struct virtio_argo_frame) == VARGO_FRAME_HDR, "frame");
static_assert(sizeof(struct virtio_argo_pdu) == VARGO_PDU_HDR, "pdu");
static_assert(sizeof(struct virtio_argo_msg) == VARGO_MSG_HDR, "msg");
static_assert(VARGO_PDU_HDR % VIRTIO_ARGO_ALIGN == 0 &&
	      VARGO_FRAME_HDR % VIRTIO_ARGO_ALIGN == 0, "heads keep alignment");

/* The largest message of each variable shape fits */
static_assert(VARGO_MSG_HDR + sizeof(struct virtio_argo_event_config) +
	      VARGO_CONFIG_CHUNK <= VIRTIO_ARGO_MSG_MAX, "config");
static_assert(VARGO_MSG_HDR + sizeof(struct virtio_argo_features) +
	      4 * VARGO_FEATURE_BLOCKS <= VIRTIO_ARGO_MSG_MAX, "features");
static_assert(VARGO_MSG_HDR + sizeof(struct virtio_argo_get_devices_resp) +
	      VARGO_BITMAP_BYTES <= VIRTIO_ARGO_MSG_MAX, "bitmap");

/*
 * The reserve holds what data must leave free: a control window of the largest
 * frames, four CREDIT frames (two for data and two for control, see the
 * specification), a HELLO and a READY, and the 16 bytes by which Argo wants a
 * message to be smaller than the free space.
 */
#define RING_BYTES(len)							\
	(VARGO_ARGO_HDR + (((len) + VIRTIO_ARGO_ALIGN - 1) &		\
			   ~(VIRTIO_ARGO_ALIGN - 1)))
static_assert(VIRTIO_ARGO_CTRL_WINDOW * RING_BYTES(VARGO_CTRL_FRAME_MAX) +
	      4 * RING_BYTES(VARGO_FRAME_HDR) +
	      RING_BYTES(VARGO_FRAME_HDR + VARGO_MSG_HDR +
			 sizeof(struct virtio_argo_hello)) +
	      RING_BYTES(VARGO_FRAME_HDR + VARGO_MSG_HDR) +
	      16 <= VIRTIO_ARGO_RING_RESERVE, "reserve");

/* ------------------------------------------------------------------------ */
/* Bytes: take reads and give writes at *p, and move it on */

static __u8 take8(const __u8 **p)
{
	return *(*p)++;
}

static __u16 take16(const __u8 **p)
{
	__u16 low = take8(p);

	return low | (__u16)(take8(p) << 8);
}

static __u32 take32(const __u8 **p)
{
	__u32 low = take16(p);

	return low | (__u32)take16(p) << 16;
}

static void take_bytes(const __u8 **p, __u8 *to, __u32 len)
{
	while (len--)
		*to++ = take8(p);
}

static void give8(__u8 **p, __u8 v)
{
	*(*p)++ = v;
}

static void give16(__u8 **p, __u16 v)
{
	give8(p, (__u8)v);
	give8(p, (__u8)(v >> 8));
}

static void give32(__u8 **p, __u32 v)
{
	give16(p, (__u16)v);
	give16(p, (__u16)(v >> 16));
}

static void give_bytes(__u8 **p, const __u8 *from, __u32 len)
{
	while (len--)
		give8(p, *from++);
}

/* ------------------------------------------------------------------------ */
/* Frames */

void vargo_frame_encode(const struct vargo_frame *frame, void *buf)
{
	__u8 *p = buf;

	give32(&p, frame->session);
	give32(&p, frame->seq);
	give32(&p, frame->data_consumed);
	give32(&p, frame->ctrl_consumed);
}
EXPORT_SYMBOL_GPL(vargo_frame_encode);

int vargo_frame_decode(const void *buf, __u32 len, struct vargo_frame *frame)
{
	const __u8 *p = buf;

	if (len < VARGO_FRAME_HDR)
		return VARGO_E_SHORT;

	frame->session = take32(&p);
	frame->seq = take32(&p);
	frame->data_consumed = take32(&p);
	frame->ctrl_consumed = take32(&p);

	/* seq 0 within a session is valid: that is where it wraps */
	if (!frame->session &&
	    (frame->seq || frame->data_consumed || frame->ctrl_consumed))
		return VARGO_E_VALUE;
	return VARGO_FRAME_HDR;
}
EXPORT_SYMBOL_GPL(vargo_frame_decode);

/* ------------------------------------------------------------------------ */
/* PDUs */

void vargo_pdu_encode(const struct vargo_pdu *pdu, void *buf)
{
	__u8 *p = buf;

	give8(&p, pdu->type);
	give8(&p, pdu->flags);
	give16(&p, pdu->dev);
	give16(&p, pdu->queue);
	give16(&p, pdu->head);
	give32(&p, pdu->chain);
	give32(&p, pdu->total);
	give32(&p, pdu->room);
	give32(&p, pdu->offset);
	give32(&p, pdu->length);
	give16(&p, pdu->epoch);
	give16(&p, 0);
}
EXPORT_SYMBOL_GPL(vargo_pdu_encode);

static int pdu_check_submit(const struct vargo_pdu *pdu)
{
	if (pdu->flags)
		return VARGO_E_VALUE;
	/* So that nobody who adds them up has to think of overflow */
	if (pdu->room > 0xffffffff - pdu->total)
		return VARGO_E_VALUE;
	return 0;
}

static int pdu_check_complete(const struct vargo_pdu *pdu)
{
	if (pdu->flags & ~VIRTIO_ARGO_PDU_F_ERROR)
		return VARGO_E_VALUE;
	if ((pdu->flags & VIRTIO_ARGO_PDU_F_ERROR) && pdu->total)
		return VARGO_E_VALUE;
	/* A used length beyond what came would show the driver stale memory */
	if (pdu->room > pdu->total)
		return VARGO_E_VALUE;
	return 0;
}

int vargo_pdu_decode(const void *buf, __u32 len, struct vargo_pdu *pdu)
{
	const __u8 *p = buf;
	__u16 reserved;
	__u32 next;
	int ret;

	if (len < VARGO_PDU_HDR)
		return VARGO_E_SHORT;
	if (len > 0x7fffffff)		/* the result is an int */
		return VARGO_E_LONG;

	pdu->type = take8(&p);
	pdu->flags = take8(&p);
	pdu->dev = take16(&p);
	pdu->queue = take16(&p);
	pdu->head = take16(&p);
	pdu->chain = take32(&p);
	pdu->total = take32(&p);
	pdu->room = take32(&p);
	pdu->offset = take32(&p);
	pdu->length = take32(&p);
	pdu->epoch = take16(&p);
	reserved = take16(&p);

	if (pdu->type == VIRTIO_ARGO_PDU_SUBMIT)
		ret = pdu_check_submit(pdu);
	else if (pdu->type == VIRTIO_ARGO_PDU_COMPLETE)
		ret = pdu_check_complete(pdu);
	else
		ret = VARGO_E_TYPE;
	if (ret)
		return ret;

	if (reserved || pdu->dev >= VIRTIO_ARGO_MAX_DEVICES)
		return VARGO_E_VALUE;
	if (pdu->length > len - VARGO_PDU_HDR)
		return VARGO_E_SHORT;
	if (pdu->offset > pdu->total || pdu->length > pdu->total - pdu->offset)
		return VARGO_E_VALUE;
	if (!pdu->length && pdu->total)
		return VARGO_E_VALUE;

	/* Cannot wrap: length < 2^31 */
	next = VARGO_PDU_HDR + vargo_pad(pdu->length);
	return next < len ? next : len;
}
EXPORT_SYMBOL_GPL(vargo_pdu_decode);

/* ------------------------------------------------------------------------ */
/* Control messages */

enum shape {
	S_NONE,			/* there is no such message */
	S_EMPTY,
	S_HELLO,
	S_DEVICES_REQ,
	S_DEVICES,		/* tail: bitmap */
	S_PING,
	S_EVENT_DEVICE,
	S_INFO,
	S_FEATURES_REQ,
	S_FEATURES,		/* tail: blocks */
	S_CONFIG_REQ,
	S_CONFIG_ACK,		/* as S_CONFIG, without its tail */
	S_CONFIG,		/* tail: data */
	S_EVENT_CONFIG,		/* tail: data */
	S_STATUS,
	S_VQ_INDEX,
	S_VQ,
	S_VQ_SET,
};

static const __u8 fixed_len[] = {
	[S_EMPTY]		= 0,
	[S_HELLO]		= sizeof(struct virtio_argo_hello),
	[S_DEVICES_REQ]		= sizeof(struct virtio_argo_get_devices_req),
	[S_DEVICES]		= sizeof(struct virtio_argo_get_devices_resp),
	[S_PING]		= sizeof(struct virtio_argo_ping),
	[S_EVENT_DEVICE]	= sizeof(struct virtio_argo_event_device),
	[S_INFO]		= sizeof(struct virtio_argo_device_info),
	[S_FEATURES_REQ]	= sizeof(struct virtio_argo_features),
	[S_FEATURES]		= sizeof(struct virtio_argo_features),
	[S_CONFIG_REQ]		= sizeof(struct virtio_argo_get_config),
	[S_CONFIG_ACK]		= sizeof(struct virtio_argo_config),
	[S_CONFIG]		= sizeof(struct virtio_argo_config),
	[S_EVENT_CONFIG]	= sizeof(struct virtio_argo_event_config),
	[S_STATUS]		= sizeof(struct virtio_argo_status),
	[S_VQ_INDEX]		= sizeof(struct virtio_argo_get_vqueue),
	[S_VQ]			= sizeof(struct virtio_argo_vqueue),
	[S_VQ_SET]		= sizeof(struct virtio_argo_set_vqueue),
};

#define EVENT_BIT	0x40	/* of the id; an event has no response and no token */

static const struct {
	__u8 bus;
	__u8 id;
	__u8 request;		/* shape of the request, or of the event */
	__u8 response;
} messages[] = {
	{ 0, VIRTIO_ARGO_GET_DEVICE_INFO,	S_EMPTY,	S_INFO },
	{ 0, VIRTIO_ARGO_GET_FEATURES,		S_FEATURES_REQ,	S_FEATURES },
	{ 0, VIRTIO_ARGO_SET_FEATURES,		S_FEATURES,	S_EMPTY },
	{ 0, VIRTIO_ARGO_GET_CONFIG,		S_CONFIG_REQ,	S_CONFIG },
	{ 0, VIRTIO_ARGO_SET_CONFIG,		S_CONFIG,	S_CONFIG_ACK },
	{ 0, VIRTIO_ARGO_GET_STATUS,		S_EMPTY,	S_STATUS },
	{ 0, VIRTIO_ARGO_SET_STATUS,		S_STATUS,	S_STATUS },
	{ 0, VIRTIO_ARGO_GET_VQUEUE,		S_VQ_INDEX,	S_VQ },
	{ 0, VIRTIO_ARGO_SET_VQUEUE,		S_VQ_SET,	S_EMPTY },
	{ 0, VIRTIO_ARGO_RESET_VQUEUE,		S_VQ_INDEX,	S_EMPTY },
	{ 0, VIRTIO_ARGO_EVENT_CONFIG,		S_EVENT_CONFIG,	S_NONE },
	{ 1, VIRTIO_ARGO_BUS_GET_DEVICES,	S_DEVICES_REQ,	S_DEVICES },
	{ 1, VIRTIO_ARGO_BUS_PING,		S_PING,		S_PING },
	{ 1, VIRTIO_ARGO_BUS_EVENT_DEVICE,	S_EVENT_DEVICE,	S_NONE },
	{ 1, VIRTIO_ARGO_BUS_HELLO,		S_HELLO,	S_HELLO },
	{ 1, VIRTIO_ARGO_BUS_READY,		S_EMPTY,	S_NONE },
	{ 0, 0,					S_NONE,		S_NONE },
};

static enum shape shape_of(const struct vargo_msg *msg)
{
	__u8 bus = !!(msg->type & VIRTIO_ARGO_TYPE_BUS);
	unsigned int i;

	if (msg->type & ~(VIRTIO_ARGO_TYPE_RESPONSE | VIRTIO_ARGO_TYPE_BUS))
		return S_NONE;
	for (i = 0; messages[i].id; i++) {
		if (messages[i].bus != bus || messages[i].id != msg->id)
			continue;
		return msg->type & VIRTIO_ARGO_TYPE_RESPONSE ?
			messages[i].response : messages[i].request;
	}
	return S_NONE;
}

static int check_head(const struct vargo_msg *msg)
{
	if (msg->dev >= (msg->type & VIRTIO_ARGO_TYPE_BUS ?
			 1 : VIRTIO_ARGO_MAX_DEVICES))
		return VARGO_E_VALUE;
	if ((msg->id & EVENT_BIT) && msg->token)
		return VARGO_E_VALUE;
	return 0;
}

/*
 * HELLO must stay readable for all versions to come, or a device could not
 * answer one that it does not speak: so this looks at nothing else.
 */
static int check_hello(const struct vargo_hello *hello)
{
	if (hello->magic != VIRTIO_ARGO_MAGIC || !hello->session)
		return VARGO_E_VALUE;
	if (!hello->version_min || hello->version_min > hello->version_max)
		return VARGO_E_VALUE;
	return 0;
}

static int check_devices(const struct vargo_msg *msg)
{
	__u32 end = msg->devices.offset + msg->devices.count;
	__u32 next = msg->devices.next_offset;

	if (msg->devices.offset % 8 || msg->devices.count % 8 || next % 8 ||
	    end > VIRTIO_ARGO_MAX_DEVICES)
		return VARGO_E_VALUE;
	/* Onward only, or a reader that follows it would never end */
	if (next && (next < end || next <= msg->devices.offset ||
		     next >= VIRTIO_ARGO_MAX_DEVICES))
		return VARGO_E_VALUE;
	return 0;
}

static int check_features(const struct vargo_msg *msg)
{
	if (msg->features.num > VARGO_FEATURE_BLOCKS ||
	    msg->features.index > 0xffffffff - msg->features.num)
		return VARGO_E_VALUE;
	return 0;
}

static int check_config(const struct vargo_msg *msg)
{
	if (msg->config.len > VARGO_CONFIG_CHUNK ||
	    msg->config.offset > 0xffffffff - msg->config.len)
		return VARGO_E_VALUE;
	return 0;
}

static int check_event_device(const struct vargo_msg *msg)
{
	if (msg->event_device.dev >= VIRTIO_ARGO_MAX_DEVICES)
		return VARGO_E_VALUE;
	if (msg->event_device.state != VIRTIO_ARGO_DEVICE_ADDED &&
	    msg->event_device.state != VIRTIO_ARGO_DEVICE_REMOVED)
		return VARGO_E_VALUE;
	return 0;
}

static int check_vq(const struct vargo_msg *msg)
{
	/* A PDU names the queue with 16 bits */
	if (msg->vq.index > 0xffff || (msg->vq.flags & ~VIRTIO_ARGO_VQ_ENABLED))
		return VARGO_E_VALUE;
	return 0;
}

/* Values of the fixed part that are never valid; bounds the tail */
static int check_fixed(enum shape shape, const struct vargo_msg *msg)
{
	switch (shape) {
	case S_HELLO:
		return check_hello(&msg->hello);
	case S_DEVICES_REQ:
	case S_DEVICES:
		return check_devices(msg);
	case S_EVENT_DEVICE:
		return check_event_device(msg);
	case S_FEATURES_REQ:
	case S_FEATURES:
		return check_features(msg);
	case S_CONFIG_REQ:
	case S_CONFIG_ACK:
	case S_CONFIG:
	case S_EVENT_CONFIG:
		return check_config(msg);
	case S_STATUS:
		/* A PDU carries 16 bits of it */
		return msg->status.epoch > 0xffff ? VARGO_E_VALUE : 0;
	case S_VQ_INDEX:
	case S_VQ:
	case S_VQ_SET:
		return check_vq(msg);
	default:
		return 0;
	}
}

/* Only after check_fixed() */
static __u32 tail_len(enum shape shape, const struct vargo_msg *msg)
{
	switch (shape) {
	case S_DEVICES:
		return msg->devices.count / 8;
	case S_FEATURES:
		return msg->features.num * 4;
	case S_CONFIG:
	case S_EVENT_CONFIG:
		return msg->config.len;
	default:
		return 0;
	}
}

static void give_hello(__u8 **p, const struct vargo_hello *hello)
{
	give32(p, hello->magic);
	give16(p, hello->version_min);
	give16(p, hello->version_max);
	give32(p, hello->session);
	give32(p, hello->window);
	give32(p, hello->max_frame);
	give16(p, hello->ctrl_window);
	give16(p, hello->status);
	give32(p, hello->features);
	give32(p, hello->max_chain);
	give32(p, hello->max_inflight);
	give32(p, 0);
}

static void take_hello(const __u8 **p, struct vargo_hello *hello)
{
	hello->magic = take32(p);
	hello->version_min = take16(p);
	hello->version_max = take16(p);
	hello->session = take32(p);
	hello->window = take32(p);
	hello->max_frame = take32(p);
	hello->ctrl_window = take16(p);
	hello->status = take16(p);
	hello->features = take32(p);
	hello->max_chain = take32(p);
	hello->max_inflight = take32(p);
	take32(p);	/* reserved, and a later version's business */
}

static void give_info(__u8 **p, const struct vargo_device_info *info)
{
	give32(p, info->device_id);
	give32(p, info->vendor_id);
	give_bytes(p, info->uuid, sizeof(info->uuid));
	give32(p, info->num_feature_blocks);
	give32(p, info->config_size);
	give32(p, info->max_vqs);
	give16(p, info->admin_start);
	give16(p, info->admin_count);
}

static void take_info(const __u8 **p, struct vargo_device_info *info)
{
	info->device_id = take32(p);
	info->vendor_id = take32(p);
	take_bytes(p, info->uuid, sizeof(info->uuid));
	info->num_feature_blocks = take32(p);
	info->config_size = take32(p);
	info->max_vqs = take32(p);
	info->admin_start = take16(p);
	info->admin_count = take16(p);
}

static void give_fixed(enum shape shape, __u8 **p, const struct vargo_msg *msg)
{
	switch (shape) {
	case S_NONE:
	case S_EMPTY:
		break;
	case S_HELLO:
		give_hello(p, &msg->hello);
		break;
	case S_DEVICES_REQ:
	case S_DEVICES:
		give16(p, msg->devices.offset);
		give16(p, msg->devices.count);
		if (shape == S_DEVICES)
			give16(p, msg->devices.next_offset);
		break;
	case S_PING:
		give32(p, msg->ping.data);
		break;
	case S_EVENT_DEVICE:
		give16(p, msg->event_device.dev);
		give16(p, msg->event_device.state);
		break;
	case S_INFO:
		give_info(p, &msg->info);
		break;
	case S_FEATURES_REQ:
	case S_FEATURES:
		give32(p, msg->features.index);
		give32(p, msg->features.num);
		break;
	case S_CONFIG_REQ:
	case S_CONFIG_ACK:
	case S_CONFIG:
	case S_EVENT_CONFIG:
		if (shape == S_EVENT_CONFIG)
			give32(p, msg->config.status);
		if (shape != S_CONFIG_REQ)
			give32(p, msg->config.generation);
		give32(p, msg->config.offset);
		give32(p, msg->config.len);
		break;
	case S_STATUS:
		give32(p, msg->status.status);
		give32(p, msg->status.epoch);
		break;
	case S_VQ_INDEX:
		give32(p, msg->vq.index);
		break;
	case S_VQ:
		give32(p, msg->vq.index);
		give32(p, msg->vq.max);
		give32(p, msg->vq.cur);
		give32(p, msg->vq.flags);
		give32(p, msg->vq.depth);
		give32(p, 0);
		break;
	case S_VQ_SET:
		give32(p, msg->vq.index);
		give32(p, msg->vq.flags);
		give32(p, msg->vq.size);
		give32(p, 0);
		break;
	}
}

/* Return: 0, or VARGO_E_VALUE for a reserved field that is not zero */
static int take_fixed(enum shape shape, const __u8 **p, struct vargo_msg *msg)
{
	__u32 reserved = 0;

	switch (shape) {
	case S_NONE:
	case S_EMPTY:
		break;
	case S_HELLO:
		take_hello(p, &msg->hello);
		break;
	case S_DEVICES_REQ:
	case S_DEVICES:
		msg->devices.offset = take16(p);
		msg->devices.count = take16(p);
		if (shape == S_DEVICES)
			msg->devices.next_offset = take16(p);
		break;
	case S_PING:
		msg->ping.data = take32(p);
		break;
	case S_EVENT_DEVICE:
		msg->event_device.dev = take16(p);
		msg->event_device.state = take16(p);
		break;
	case S_INFO:
		take_info(p, &msg->info);
		break;
	case S_FEATURES_REQ:
	case S_FEATURES:
		msg->features.index = take32(p);
		msg->features.num = take32(p);
		break;
	case S_CONFIG_REQ:
	case S_CONFIG_ACK:
	case S_CONFIG:
	case S_EVENT_CONFIG:
		if (shape == S_EVENT_CONFIG)
			msg->config.status = take32(p);
		if (shape != S_CONFIG_REQ)
			msg->config.generation = take32(p);
		msg->config.offset = take32(p);
		msg->config.len = take32(p);
		break;
	case S_STATUS:
		msg->status.status = take32(p);
		msg->status.epoch = take32(p);
		break;
	case S_VQ_INDEX:
		msg->vq.index = take32(p);
		break;
	case S_VQ:
		msg->vq.index = take32(p);
		msg->vq.max = take32(p);
		msg->vq.cur = take32(p);
		msg->vq.flags = take32(p);
		msg->vq.depth = take32(p);
		reserved = take32(p);
		break;
	case S_VQ_SET:
		msg->vq.index = take32(p);
		msg->vq.flags = take32(p);
		msg->vq.size = take32(p);
		reserved = take32(p);
		break;
	}
	return reserved ? VARGO_E_VALUE : 0;
}

static void give_tail(enum shape shape, __u8 **p, const struct vargo_msg *msg)
{
	__u32 i;

	if (shape == S_DEVICES) {
		give_bytes(p, msg->devices.bitmap, msg->devices.count / 8);
	} else if (shape == S_FEATURES) {
		for (i = 0; i < msg->features.num; i++)
			give32(p, msg->features.block[i]);
	} else if (shape == S_CONFIG || shape == S_EVENT_CONFIG) {
		give_bytes(p, msg->config.data, msg->config.len);
	}
}

static void take_tail(enum shape shape, const __u8 **p, struct vargo_msg *msg)
{
	__u32 i;

	if (shape == S_DEVICES) {
		take_bytes(p, msg->devices.bitmap, msg->devices.count / 8);
	} else if (shape == S_FEATURES) {
		for (i = 0; i < msg->features.num; i++)
			msg->features.block[i] = take32(p);
	} else if (shape == S_CONFIG || shape == S_EVENT_CONFIG) {
		take_bytes(p, msg->config.data, msg->config.len);
	}
}

int vargo_msg_encode(const struct vargo_msg *msg, void *buf, __u32 cap)
{
	enum shape shape = shape_of(msg);
	__u8 *p = buf;
	__u32 size;
	int ret;

	if (shape == S_NONE)
		return VARGO_E_TYPE;
	ret = check_head(msg);
	if (!ret)
		ret = check_fixed(shape, msg);
	if (ret)
		return ret;

	size = VARGO_MSG_HDR + fixed_len[shape] + tail_len(shape, msg);
	if (size > cap)
		return VARGO_E_SPACE;

	give8(&p, msg->type);
	give8(&p, msg->id);
	give16(&p, msg->dev);
	give16(&p, msg->token);
	give16(&p, (__u16)size);
	give_fixed(shape, &p, msg);
	give_tail(shape, &p, msg);
	return size;
}
EXPORT_SYMBOL_GPL(vargo_msg_encode);

int vargo_msg_decode(const void *buf, __u32 len, struct vargo_msg *msg)
{
	const __u8 *p = buf;
	enum shape shape;
	__u32 size, want, i;
	int ret;

	/* An initializer need not clear the whole union: byte by byte */
	for (i = 0; i < sizeof(*msg); i++)
		((__u8 *)msg)[i] = 0;

	if (len < VARGO_MSG_HDR)
		return VARGO_E_SHORT;
	msg->type = take8(&p);
	msg->id = take8(&p);
	msg->dev = take16(&p);
	msg->token = take16(&p);
	size = take16(&p);

	if (size > VIRTIO_ARGO_MSG_MAX)
		return VARGO_E_LONG;
	if (size > len || size < VARGO_MSG_HDR)
		return VARGO_E_SHORT;
	shape = shape_of(msg);
	if (shape == S_NONE)
		return VARGO_E_TYPE;
	ret = check_head(msg);
	if (ret)
		return ret;

	want = VARGO_MSG_HDR + fixed_len[shape];
	if (size < want)
		return VARGO_E_SHORT;
	ret = take_fixed(shape, &p, msg);
	if (!ret)
		ret = check_fixed(shape, msg);
	if (ret)
		return ret;

	want += tail_len(shape, msg);
	if (size < want)
		return VARGO_E_SHORT;
	/* A later version's HELLO may be longer; the rest is not for us */
	if (size > want && shape != S_HELLO)
		return VARGO_E_LONG;
	take_tail(shape, &p, msg);
	return size;
}
EXPORT_SYMBOL_GPL(vargo_msg_decode);
