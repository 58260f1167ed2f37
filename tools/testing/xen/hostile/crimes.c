// SPDX-License-Identifier: GPL-2.0
/*
 * What a hostile backend does to a guest's driver.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <string.h>
#include <unistd.h>

#include "guest_crimes.h"
#include "hostile.h"

#define CONTROL	VIRTIO_ARGO_MT_CONTROL
#define DATA	VIRTIO_ARGO_MT_DATA

static const uint8_t zeroes[80000];

/* --- frames -------------------------------------------------------------------- */

static void port(struct hostile *h, const struct crime *c)
{
	struct iovec iov = { (void *)zeroes, VARGO_FRAME_HDR };

	(void)c;
	h->stray->ops->send(h->stray, CONTROL, &iov, 1);
}

static void raw(struct hostile *h, const struct crime *c)
{
	hostile_raw(h, c->type ? c->type : CONTROL, zeroes, c->len);
}

/* A frame that belongs to no session */
static void outside(struct hostile *h, const struct crime *c)
{
	hostile_frame(h, &c->frame, c->type ? c->type : CONTROL, zeroes, c->len, false);
}

/* A head with one thing in it that is not so; READY follows what ends the session */
static void head(struct hostile *h, const struct crime *c)
{
	struct vargo_frame frame = hostile_head(h);

	crime_add_frame(&frame, &c->frame);
	hostile_frame(h, &frame, c->type ? c->type : CONTROL, NULL, 0, false);
	if (c->ends)
		hostile_ready(h);
}

/* A control message in the session, in order */
static void say(struct hostile *h, const struct crime *c)
{
	struct vargo_frame frame = hostile_head(h);
	uint8_t buf[4096] = { 0 };

	memcpy(buf, c->body, sizeof(c->body));
	hostile_frame(h, &frame, CONTROL, buf, c->len, true);
}

static void late_hello(struct hostile *h, const struct crime *c)
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
	uint8_t buf[VIRTIO_ARGO_MSG_MAX];

	hostile_frame(h, &c->frame, CONTROL, buf, vargo_msg_encode(&msg, buf, sizeof(buf)),
		      false);
}

/* --- data ---------------------------------------------------------------------- */

static void data(struct hostile *h, const struct crime *c)
{
	struct vargo_frame frame = hostile_head(h);
	static uint8_t buf[sizeof(zeroes)];

	memcpy(buf, c->body, sizeof(c->body));
	hostile_frame(h, &frame, DATA, buf, c->len, false);
	hostile_ready(h);
}

static void replay(struct hostile *h, const struct crime *c)
{
	(void)c;
	hostile_raw(h, DATA, h->frame, h->frame_len);
}

/* The first PDU of the frame that went last, with one thing in it that is not so */
static void again(struct hostile *h, const struct crime *c)
{
	struct vargo_frame frame = hostile_head(h);
	uint32_t len = h->frame_len - VARGO_FRAME_HDR;
	static uint8_t buf[FRAME_CAP];
	struct vargo_pdu pdu;

	memcpy(buf, h->frame + VARGO_FRAME_HDR, len);
	vargo_pdu_decode(buf, len, &pdu);
	len = VARGO_PDU_HDR + pdu.length;
	crime_add_pdu(&pdu, &c->pdu);
	vargo_pdu_encode(&pdu, buf);
	crime_add_frame(&frame, &c->frame);
	hostile_frame(h, &frame, DATA, buf, len, !c->ends && !c->frame.session);
	if (c->ends)
		hostile_ready(h);
}

uint32_t crime_spoil(const struct crime *c, uint8_t *buf, uint32_t len)
{
	uint8_t *at = buf + VARGO_FRAME_HDR;
	struct vargo_pdu pdu;

	vargo_pdu_decode(at, len - VARGO_FRAME_HDR, &pdu);
	crime_add_pdu(&pdu, &c->pdu);
	vargo_pdu_encode(&pdu, at);
	if (c->tail > 0)
		memset(buf + len, 0xee, c->tail);
	return len + c->tail;
}

/* The same with the answer to the read that was the order, which is the next one */
static void spoil(struct hostile *h, const struct crime *c)
{
	unsigned int tries;

	h->spoil = c;
	for (tries = 0; h->spoil && tries < 1000; tries++)
		if (va_link_process(h->link))
			return;
	hostile_ready(h);
}

/* --- answers to HELLO ----------------------------------------------------------- */

static void turn(struct hostile *h)
{
	va_link_process(h->link);
	usleep(2000);
}

/* The session ends with READY; what the next HELLO is answered is wrong */
static void greet(struct hostile *h, const struct crime *c)
{
	uint64_t end = now_ms() + 5000;

	h->hello = c->hello;
	hostile_ready(h);
	while (h->hello && now_ms() < end)
		turn(h);
	/* A READY at once would have the driver forget what it was told */
	for (end = now_ms() + 500; now_ms() < end;)
		turn(h);
	hostile_ready(h);
}

#define HELLO(name, change)	static void hello_##name(struct vargo_msg *m) { change; }

HELLO(version, m->hello.version_min = m->hello.version_max = 2)
HELLO(refused, m->hello.status = VIRTIO_ARGO_HELLO_VERSION;
	       m->hello.version_min = 3; m->hello.version_max = 4)
HELLO(window, m->hello.window = 1024)
HELLO(max_frame, m->hello.max_frame = m->hello.window)
HELLO(max_chain, m->hello.max_chain = 0)
HELLO(session, m->hello.session ^= 1)
HELLO(token, m->token ^= 1)
HELLO(magic, m->hello.magic = 0)

/* --------------------------------------------------------------------------------- */

#define LIMITS	"the limits in HELLO do not fit"
#define READ	4097		/* what the answer to the order has: 4 KB and the status */

const struct crime crimes[] = {
	{ "a frame from another port", "dropped_wrong_port", .commit = port },
	{ "an unknown message_type", "dropped_unknown_type", .commit = head, .type = 0x12345678 },
	{ "a control frame of 15 bytes", "dropped_short_frame", .commit = raw, .len = 15 },
	{ "a data frame of 1 byte", "dropped_short_frame", .commit = raw, .type = DATA, .len = 1 },
	{ "no session, but a number", "dropped_short_frame", .commit = outside, .frame.seq = 1 },
	{ "data without a session", "dropped_stale_session", .commit = outside, .type = DATA,
	  .len = 32 },
	{ "control of another session", "dropped_stale_session", .commit = head,
	  .frame.session = 1 },
	{ "data of another session", "dropped_stale_session", .commit = again,
	  .frame.session = -1 },
	{ "a data frame again", "dropped_replayed", .commit = replay },
	{ "a control frame again", "dropped_replayed", .commit = head, .frame.seq = -2 },
	{ "an unknown message", "dropped_bad_control", .commit = say, .len = 8,
	  .body = { 1, 0x77, 0, 0, 9, 0, 8, 0 } },
	{ "a message cut off", "dropped_bad_control", .commit = say, .len = 5,
	  .body = { 1, VIRTIO_ARGO_GET_STATUS } },
	{ "a message that claims more", "dropped_bad_control", .commit = say, .len = 16,
	  .body = { 1, VIRTIO_ARGO_GET_STATUS, 0, 0, 9, 0, 17, 0 } },
	{ "a message of 4 KB", "dropped_bad_control", .commit = say, .len = 4096,
	  .body = { 1, VIRTIO_ARGO_GET_CONFIG, 0, 0, 9, 0, 0, 16 } },
	{ "a request from the backend", "dropped_bad_control", .commit = say, .len = 8,
	  .body = { 0, VIRTIO_ARGO_GET_STATUS, 0, 0, 3, 0, 8, 0 } },
	{ "an answer to nothing", "dropped_unexpected_response", .commit = say, .len = 16,
	  .body = { 1, VIRTIO_ARGO_SET_STATUS, 0, 0, 0xfe, 0xff, 16, 0 } },
	{ "a late answer to HELLO", "dropped_unexpected_response", .commit = late_hello },
	{ "a PDU of an old epoch", "dropped_stale_epoch", .commit = again, .pdu.epoch = -1 },

	{ "a frame left out", "violations", true, .commit = head, .frame.seq = 1 },
	{ "data acknowledged that was not sent", "violations", true, .commit = head,
	  .frame.data_consumed = 1 << 20 },
	{ "less data acknowledged than before", "violations", true, .commit = head,
	  .frame.data_consumed = -16 },
	{ "control acknowledged that was not sent", "violations", true, .commit = head,
	  .frame.ctrl_consumed = 9 },
	{ "a data frame over the agreed size", "violations", true, .commit = data,
	  .len = sizeof(zeroes), .body = { VIRTIO_ARGO_PDU_COMPLETE } },
	{ "a data frame without PDU", "violations", true, .commit = data },
	{ "half a PDU's head", "violations", true, .commit = data, .len = 31,
	  .body = { VIRTIO_ARGO_PDU_COMPLETE } },
	{ "an answer twice", "violations", true, .commit = again },

	{ "garbage behind a PDU", "violations", true, .commit = spoil, .tail = 40 },
	{ "a PDU cut off", "violations", true, .commit = spoil, .tail = -17 },
	{ "SUBMIT from the backend", "violations", true, .commit = spoil,
	  .pdu.type = VIRTIO_ARGO_PDU_SUBMIT - VIRTIO_ARGO_PDU_COMPLETE },
	{ "an unknown PDU", "violations", true, .commit = spoil,
	  .pdu.type = 9 - VIRTIO_ARGO_PDU_COMPLETE },
	{ "an unknown flag", "violations", true, .commit = spoil, .pdu.flags = 0x80 },
	{ "a device that is not there", "violations", true, .commit = spoil, .pdu.dev = 5 },
	{ "a device beyond all", "violations", true, .commit = spoil, .pdu.dev = 0xffff },
	{ "a queue that is not there", "violations", true, .commit = spoil, .pdu.queue = 7 },
	{ "a head beyond the ring", "violations", true, .commit = spoil, .pdu.head = 0xff00 },
	{ "a head that is not in flight", "violations", true, .commit = spoil, .pdu.head = 1 },
	{ "another chain's number", "violations", true, .commit = spoil, .pdu.chain = 1 },
	{ "more bytes than there is room for", "violations", true, .commit = spoil,
	  .pdu.total = 16 },
	{ "more used than sent", "violations", true, .commit = spoil, .pdu.room = 1 },
	{ "a total of 4 GB", "violations", true, .commit = spoil,
	  .pdu.total = 0xfffffff0 - READ },
	{ "the second half first", "violations", true, .commit = spoil,
	  .pdu = { .offset = 16, .length = -16 } },
	{ "an offset that overflows", "violations", true, .commit = spoil,
	  .pdu.offset = 0xffffff00 },
	{ "a payload beyond the frame", "violations", true, .commit = spoil,
	  .pdu = { .total = 0x10000 - READ, .length = 0x10000 - READ } },

	{ "HELLO answered in version 2", "sessions", true,
	  "speaks protocol versions 2 to 2, this driver speaks 1", greet, .hello = hello_version },
	{ "HELLO refused for versions 3 to 4", "sessions", true,
	  "speaks protocol versions 3 to 4, this driver speaks 1", greet, .hello = hello_refused },
	{ "HELLO with a window of 1 KB", "sessions", true, LIMITS, greet, .hello = hello_window },
	{ "HELLO with frames as large as the window", "sessions", true, LIMITS, greet,
	  .hello = hello_max_frame },
	{ "HELLO that takes no chain", "sessions", true, LIMITS, greet, .hello = hello_max_chain },
	{ "HELLO for another session", "dropped_unexpected_response", true, .commit = greet,
	  .hello = hello_session },
	{ "HELLO with another token", "dropped_unexpected_response", true, .commit = greet,
	  .hello = hello_token },
	{ "HELLO with another magic", "dropped_bad_control", true, .commit = greet,
	  .hello = hello_magic },
};

const unsigned int num_crimes = sizeof(crimes) / sizeof(crimes[0]);

/* --- noise ----------------------------------------------------------------------- */

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
		v = test_odd(&h->seed);
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
		head.session += test_odd(&h->seed);
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
