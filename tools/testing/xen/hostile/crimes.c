// SPDX-License-Identifier: GPL-2.0
/*
 * What a hostile backend does to a guest's driver.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <string.h>
#include <unistd.h>

#include "hostile.h"

#define CONTROL	VIRTIO_ARGO_MT_CONTROL
#define DATA	VIRTIO_ARGO_MT_DATA

/* A control message in the session, in order */
static void say(struct hostile *h, const void *body, uint32_t len)
{
	struct vargo_frame head = hostile_head(h);

	hostile_frame(h, &head, CONTROL, body, len, true);
}

/* A CREDIT frame with a head that is wrong, and the session is over */
static void lie(struct hostile *h, const struct vargo_frame *head)
{
	hostile_frame(h, head, CONTROL, NULL, 0, false);
	hostile_ready(h);
}

/* The next data frame is spoiled; what ends the session is followed by READY */
static void spoil_next(struct hostile *h, mutate_fn *mutate)
{
	unsigned int tries;

	h->mutate = mutate;
	/* The answer to the read that was the order is the next one */
	for (tries = 0; h->mutate && tries < 1000; tries++)
		if (va_link_process(h->link))
			return;
	hostile_ready(h);
}

/* --- frames that are dropped ------------------------------------------------ */

static void commit_port(struct hostile *h)
{
	uint8_t buf[VARGO_FRAME_HDR] = { 0 };
	struct iovec iov = { buf, sizeof(buf) };

	h->stray->ops->send(h->stray, CONTROL, &iov, 1);
}

static void commit_type(struct hostile *h)
{
	struct vargo_frame head = hostile_head(h);

	hostile_frame(h, &head, 0x12345678, NULL, 0, false);
}

static void commit_short(struct hostile *h)
{
	uint8_t buf[15] = { 0 };

	hostile_raw(h, CONTROL, buf, sizeof(buf));
}

static void commit_short_data(struct hostile *h)
{
	uint8_t buf[1] = { 0 };

	hostile_raw(h, DATA, buf, sizeof(buf));
}

static void commit_no_session_seq(struct hostile *h)
{
	struct vargo_frame head = { .seq = 1 };

	hostile_frame(h, &head, CONTROL, NULL, 0, false);
}

static void commit_no_session_data(struct hostile *h)
{
	struct vargo_frame head = { 0 };
	uint8_t body[32] = { 0 };

	hostile_frame(h, &head, DATA, body, sizeof(body), false);
}

static void commit_stale_control(struct hostile *h)
{
	struct vargo_frame head = hostile_head(h);

	head.session++;
	hostile_frame(h, &head, CONTROL, NULL, 0, false);
}

static void commit_stale_data(struct hostile *h)
{
	struct vargo_frame head = hostile_head(h);

	head.session--;
	hostile_frame(h, &head, DATA, h->frame + VARGO_FRAME_HDR,
		      h->frame_len - VARGO_FRAME_HDR, false);
}

static void commit_replay_data(struct hostile *h)
{
	hostile_raw(h, DATA, h->frame, h->frame_len);
}

static void commit_replay_control(struct hostile *h)
{
	struct vargo_frame head = h->last;

	head.seq--;
	hostile_frame(h, &head, CONTROL, NULL, 0, false);
}

static void commit_unknown_id(struct hostile *h)
{
	uint8_t body[8] = { 1, 0x77, 0, 0, 9, 0, 8, 0 };

	say(h, body, sizeof(body));
}

static void commit_cut_message(struct hostile *h)
{
	uint8_t body[5] = { 1, VIRTIO_ARGO_GET_STATUS };

	say(h, body, sizeof(body));
}

static void commit_size(struct hostile *h)
{
	/* GET_STATUS's answer claims more bytes than there are */
	uint8_t body[16] = { 1, VIRTIO_ARGO_GET_STATUS, 0, 0, 9, 0, 17, 0 };

	say(h, body, sizeof(body));
}

static void commit_huge_message(struct hostile *h)
{
	uint8_t body[4096] = { 1, VIRTIO_ARGO_GET_CONFIG, 0, 0, 9, 0, 0, 16 };

	say(h, body, sizeof(body));
}

static void commit_request(struct hostile *h)
{
	struct vargo_msg msg = { .id = VIRTIO_ARGO_GET_STATUS, .token = 3 };
	uint8_t body[VIRTIO_ARGO_MSG_MAX];

	say(h, body, vargo_msg_encode(&msg, body, sizeof(body)));
}

static void commit_response(struct hostile *h)
{
	struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_RESPONSE, .id = VIRTIO_ARGO_SET_STATUS, .token = 0xfffe,
	};
	uint8_t body[VIRTIO_ARGO_MSG_MAX];

	say(h, body, vargo_msg_encode(&msg, body, sizeof(body)));
}

static struct vargo_msg hello(const struct hostile *h)
{
	struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS | VIRTIO_ARGO_TYPE_RESPONSE,
		.id = VIRTIO_ARGO_BUS_HELLO,
		.token = 1,
		.hello = {
			.magic = VIRTIO_ARGO_MAGIC, .version_min = 1, .version_max = 1,
			.session = h->session + 1, .window = 65536, .max_frame = 32768,
			.ctrl_window = VIRTIO_ARGO_CTRL_WINDOW,
			.max_chain = 65536, .max_inflight = 65536,
		},
	};

	return msg;
}

static void commit_late_hello(struct hostile *h)
{
	struct vargo_msg msg = hello(h);
	struct vargo_frame head = { 0 };
	uint8_t body[VIRTIO_ARGO_MSG_MAX];

	hostile_frame(h, &head, CONTROL, body, vargo_msg_encode(&msg, body, sizeof(body)),
		      false);
}

/* The first PDU of the frame that went last; returns its bytes */
static uint32_t again(struct hostile *h, uint8_t *body, struct vargo_pdu *pdu)
{
	uint32_t len = h->frame_len - VARGO_FRAME_HDR;

	memcpy(body, h->frame + VARGO_FRAME_HDR, len);
	vargo_pdu_decode(body, len, pdu);
	return VARGO_PDU_HDR + pdu->length;
}

static void commit_epoch(struct hostile *h)
{
	static uint8_t body[FRAME_CAP];
	struct vargo_frame head = hostile_head(h);
	struct vargo_pdu pdu;
	uint32_t len = again(h, body, &pdu);

	pdu.epoch--;
	vargo_pdu_encode(&pdu, body);
	hostile_frame(h, &head, DATA, body, len, true);
}

/* --- violations --------------------------------------------------------------- */

static void commit_seq(struct hostile *h)
{
	struct vargo_frame head = hostile_head(h);

	head.seq++;
	lie(h, &head);
}

static void commit_data_ack(struct hostile *h)
{
	struct vargo_frame head = hostile_head(h);

	head.data_consumed += 1 << 20;
	lie(h, &head);
}

static void commit_data_ack_behind(struct hostile *h)
{
	struct vargo_frame head = hostile_head(h);

	head.data_consumed -= 16;
	lie(h, &head);
}

static void commit_ctrl_ack(struct hostile *h)
{
	struct vargo_frame head = hostile_head(h);

	head.ctrl_consumed += 9;
	lie(h, &head);
}

static void data(struct hostile *h, const void *body, uint32_t len)
{
	struct vargo_frame head = hostile_head(h);

	hostile_frame(h, &head, DATA, body, len, false);
	hostile_ready(h);
}

static void commit_large(struct hostile *h)
{
	static uint8_t body[80000] = { VIRTIO_ARGO_PDU_COMPLETE };

	data(h, body, sizeof(body));
}

static void commit_empty(struct hostile *h)
{
	data(h, NULL, 0);
}

static void commit_half_head(struct hostile *h)
{
	uint8_t body[31] = { VIRTIO_ARGO_PDU_COMPLETE };

	data(h, body, sizeof(body));
}

static void commit_twice(struct hostile *h)
{
	static uint8_t body[FRAME_CAP];
	struct vargo_pdu pdu;

	data(h, body, again(h, body, &pdu));
}

/* The answer to the read, with one thing in it that is not so */
#define SPOIL(name, change)							\
static uint32_t mutate_##name(struct hostile *h, uint8_t *buf, uint32_t len)	\
{										\
	uint8_t *at = buf + VARGO_FRAME_HDR;					\
	struct vargo_pdu pdu;							\
										\
	(void)h;								\
	vargo_pdu_decode(at, len - VARGO_FRAME_HDR, &pdu);			\
	change;									\
	vargo_pdu_encode(&pdu, at);						\
	return len;								\
}										\
static void commit_##name(struct hostile *h) { spoil_next(h, mutate_##name); }

SPOIL(tail, memset(buf + len, 0xee, 40); len += 40)
SPOIL(cut, len -= 17)
SPOIL(submit, pdu.type = VIRTIO_ARGO_PDU_SUBMIT)
SPOIL(pdu_type, pdu.type = 9)
SPOIL(flags, pdu.flags = 0x80)
SPOIL(device, pdu.dev = 5)
SPOIL(device_huge, pdu.dev = 0xffff)
SPOIL(queue, pdu.queue = 7)
SPOIL(head, pdu.head = 0xfff0)
SPOIL(idle, pdu.head ^= 1)
SPOIL(chain, pdu.chain++)
SPOIL(room, pdu.total += 16)
SPOIL(used, pdu.room = pdu.total + 1)
SPOIL(total, pdu.total = 0xfffffff0)
SPOIL(offset, pdu.offset = 16; pdu.length -= 16)
SPOIL(overflow, pdu.offset = 0xffffff00)
SPOIL(beyond, pdu.length = pdu.total = 0x10000)

/* --- answers to HELLO ----------------------------------------------------------- */

static void turn(struct hostile *h)
{
	va_link_process(h->link);
	usleep(2000);
}

/* The session ends with READY; what the next HELLO is answered is wrong */
static void greet(struct hostile *h, void (*wrong)(struct vargo_msg *msg))
{
	uint64_t end = now_ms() + 5000;

	h->hello = wrong;
	hostile_ready(h);
	while (h->hello && now_ms() < end)
		turn(h);
	/* A READY at once would have the driver forget what it was told */
	for (end = now_ms() + 500; now_ms() < end;)
		turn(h);
	hostile_ready(h);
}

#define GREET(name, change)					\
static void wrong_##name(struct vargo_msg *m) { change; }	\
static void commit_hello_##name(struct hostile *h) { greet(h, wrong_##name); }

GREET(version, m->hello.version_min = m->hello.version_max = 2)
GREET(refused, m->hello.status = VIRTIO_ARGO_HELLO_VERSION;
	       m->hello.version_min = 3; m->hello.version_max = 4)
GREET(window, m->hello.window = 1024)
GREET(max_frame, m->hello.max_frame = m->hello.window)
GREET(max_chain, m->hello.max_chain = 0)
GREET(session, m->hello.session ^= 1)
GREET(token, m->token ^= 1)
GREET(magic, m->hello.magic = 0)

const struct crime crimes[] = {
	{ "a frame from another port", "dropped_wrong_port", false, NULL, commit_port },
	{ "an unknown message_type", "dropped_unknown_type", false, NULL, commit_type },
	{ "a control frame of 15 bytes", "dropped_short_frame", false, NULL, commit_short },
	{ "a data frame of 1 byte", "dropped_short_frame", false, NULL, commit_short_data },
	{ "no session, but a number", "dropped_short_frame", false, NULL, commit_no_session_seq },
	{ "data without a session", "dropped_stale_session", false, NULL, commit_no_session_data },
	{ "control of another session", "dropped_stale_session", false, NULL,
	  commit_stale_control },
	{ "data of another session", "dropped_stale_session", false, NULL, commit_stale_data },
	{ "a data frame again", "dropped_replayed", false, NULL, commit_replay_data },
	{ "a control frame again", "dropped_replayed", false, NULL, commit_replay_control },
	{ "an unknown message", "dropped_bad_control", false, NULL, commit_unknown_id },
	{ "a message cut off", "dropped_bad_control", false, NULL, commit_cut_message },
	{ "a message that claims more", "dropped_bad_control", false, NULL, commit_size },
	{ "a message of 4 KB", "dropped_bad_control", false, NULL, commit_huge_message },
	{ "a request from the backend", "dropped_bad_control", false, NULL, commit_request },
	{ "an answer to nothing", "dropped_unexpected_response", false, NULL, commit_response },
	{ "a late answer to HELLO", "dropped_unexpected_response", false, NULL, commit_late_hello },
	{ "a PDU of an old epoch", "dropped_stale_epoch", false, NULL, commit_epoch },
	{ "a frame left out", "violations", true, NULL, commit_seq },
	{ "data acknowledged that was not sent", "violations", true, NULL, commit_data_ack },
	{ "less data acknowledged than before", "violations", true, NULL, commit_data_ack_behind },
	{ "control acknowledged that was not sent", "violations", true, NULL, commit_ctrl_ack },
	{ "a data frame over the agreed size", "violations", true, NULL, commit_large },
	{ "a data frame without PDU", "violations", true, NULL, commit_empty },
	{ "half a PDU's head", "violations", true, NULL, commit_half_head },
	{ "an answer twice", "violations", true, NULL, commit_twice },
	{ "garbage behind a PDU", "violations", true, NULL, commit_tail },
	{ "a PDU cut off", "violations", true, NULL, commit_cut },
	{ "SUBMIT from the backend", "violations", true, NULL, commit_submit },
	{ "an unknown PDU", "violations", true, NULL, commit_pdu_type },
	{ "an unknown flag", "violations", true, NULL, commit_flags },
	{ "a device that is not there", "violations", true, NULL, commit_device },
	{ "a device beyond all", "violations", true, NULL, commit_device_huge },
	{ "a queue that is not there", "violations", true, NULL, commit_queue },
	{ "a head beyond the ring", "violations", true, NULL, commit_head },
	{ "a head that is not in flight", "violations", true, NULL, commit_idle },
	{ "another chain's number", "violations", true, NULL, commit_chain },
	{ "more bytes than there is room for", "violations", true, NULL, commit_room },
	{ "more used than sent", "violations", true, NULL, commit_used },
	{ "a total of 4 GB", "violations", true, NULL, commit_total },
	{ "the second half first", "violations", true, NULL, commit_offset },
	{ "an offset that overflows", "violations", true, NULL, commit_overflow },
	{ "a payload beyond the frame", "violations", true, NULL, commit_beyond },
	{ "HELLO answered in version 2", "sessions", true,
	  "speaks protocol versions 2 to 2, this driver speaks 1", commit_hello_version },
	{ "HELLO refused for versions 3 to 4", "sessions", true,
	  "speaks protocol versions 3 to 4, this driver speaks 1", commit_hello_refused },
	{ "HELLO with a window of 1 KB", "sessions", true,
	  "the limits in HELLO do not fit", commit_hello_window },
	{ "HELLO with frames as large as the window", "sessions", true,
	  "the limits in HELLO do not fit", commit_hello_max_frame },
	{ "HELLO that takes no chain", "sessions", true,
	  "the limits in HELLO do not fit", commit_hello_max_chain },
	{ "HELLO for another session", "dropped_unexpected_response", true, NULL,
	  commit_hello_session },
	{ "HELLO with another token", "dropped_unexpected_response", true, NULL,
	  commit_hello_token },
	{ "HELLO with another magic", "dropped_bad_control", true, NULL, commit_hello_magic },
};

const unsigned int num_crimes = sizeof(crimes) / sizeof(crimes[0]);

/* --- noise ----------------------------------------------------------------------- */

static const uint32_t odd[] = {
	0, 1, 2, 7, 8, 15, 16, 17, 31, 32, 64, 0xff, 0x100, 0xffff, 0x10000,
	0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
};

static uint32_t pick(struct hostile *h)
{
	return odd[test_random(&h->seed) % (sizeof(odd) / sizeof(odd[0]))];
}

static void spent(struct hostile *h)
{
	h->fuzz--;
	h->spoiled++;
}

/* One frame in eight is changed somewhere, mostly where the heads are */
void fuzz_frame(struct hostile *h, uint32_t *type, uint8_t *buf, uint32_t *len)
{
	uint32_t at, v;

	if (test_random(&h->seed) % 8)
		return;
	spent(h);
	switch (test_random(&h->seed) % 8) {
	case 0:
		*len = test_random(&h->seed) % (*len + 1);
		*len += !*len;
		break;
	case 1:
		v = 1 + test_random(&h->seed) % 64;
		memset(buf + *len, test_random(&h->seed), v);
		*len += v;
		break;
	case 2:
		*type = test_random(&h->seed) % 2 ? DATA : CONTROL;
		break;
	case 3 ... 5:	/* a word of a head */
		at = test_random(&h->seed) % 14 * 4;
		v = pick(h);
		if (at + 4 <= *len)
			memcpy(buf + at, &v, 4);
		break;
	default:
		at = test_random(&h->seed) % (*len < 96 ? *len : 96);
		buf[at] ^= 1 << test_random(&h->seed) % 8;
		break;
	}
}

/* Behind some come others: noise, repetitions, noise that is numbered as it should be */
void fuzz_inject(struct hostile *h)
{
	uint32_t type = test_random(&h->seed) % 2 ? DATA : CONTROL;
	struct vargo_frame head = hostile_head(h);
	uint32_t len = test_random(&h->seed) % 256, i;
	uint8_t body[256];

	if (!h->fuzz || test_random(&h->seed) % 4)
		return;
	spent(h);
	for (i = 0; i < len; i++)
		body[i] = test_random(&h->seed) % 4 ? 0 : test_random(&h->seed);
	switch (test_random(&h->seed) % 6) {
	case 0:
		hostile_raw(h, type, body, len + !len);
		break;
	case 1:
		hostile_raw(h, DATA, h->frame, h->frame_len ? h->frame_len : 1);
		break;
	case 2:
		head.session += pick(h);
		hostile_frame(h, &head, type, body, len, false);
		break;
	case 3:
		hostile_frame(h, &head, type, body, len, type == CONTROL);
		break;
	case 4:		/* a control message that is nearly right */
		len = len % 64 + 8;
		body[0] = test_random(&h->seed) % 4;
		body[1] = test_random(&h->seed) % 2 ? 0x40 : 2 + test_random(&h->seed) % 10;
		body[6] = len;
		body[7] = 0;
		hostile_frame(h, &head, CONTROL, body, len, true);
		break;
	default:
		memset(&head, 0, sizeof(head));
		hostile_frame(h, &head, CONTROL, body, len, false);
		break;
	}
}
