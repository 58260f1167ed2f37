// SPDX-License-Identifier: GPL-2.0
/*
 * What no correct driver does to a device side, see guest_crimes.h
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Each is committed in a session with a device that runs, behind a request that
 * was answered, and over any endpoint.
 */
#include <stdlib.h>
#include <string.h>

#include "guest_crimes.h"

#define CONTROL	VIRTIO_ARGO_MT_CONTROL
#define DATA	VIRTIO_ARGO_MT_DATA

void crime_add_frame(struct vargo_frame *frame, const struct vargo_frame *more)
{
	frame->session += more->session;
	frame->seq += more->seq;
	frame->data_consumed += more->data_consumed;
	frame->ctrl_consumed += more->ctrl_consumed;
}

void crime_add_pdu(struct vargo_pdu *pdu, const struct vargo_pdu *more)
{
	pdu->type += more->type;
	pdu->flags += more->flags;
	pdu->dev += more->dev;
	pdu->queue += more->queue;
	pdu->head += more->head;
	pdu->chain += more->chain;
	pdu->total += more->total;
	pdu->room += more->room;
	pdu->offset += more->offset;
	pdu->length += more->length;
	pdu->epoch += more->epoch;
}

struct vargo_pdu crime_good(const struct fixture *f)
{
	return guest_pdu(&f->g, 0, 0, 16, 513);
}

void crime_send(struct fixture *f, const struct vargo_pdu *pdu)
{
	uint32_t len = VARGO_PDU_HDR + vargo_pad(pdu->length);
	uint8_t *payload = calloc(1, pdu->length + 1), *buf = malloc(len);

	guest_put_pdu(buf, pdu, payload);
	guest_frame(&f->g, DATA, buf, len);
	free(payload);
	free(buf);
}

/* ------------------------------------------------------------------------ */
/* Frames */

static void raw(struct fixture *f, const struct guest_crime *c)
{
	uint8_t buf[64] = { 0 };

	guest_raw(&f->g, c->type, buf, c->len);
}

static void send_head(struct fixture *f, const struct vargo_frame *frame, uint32_t type)
{
	uint8_t buf[VARGO_FRAME_HDR];

	vargo_frame_encode(frame, buf);
	guest_raw(&f->g, type ? type : CONTROL, buf, sizeof(buf));
}

/* A frame that belongs to no session */
static void outside(struct fixture *f, const struct guest_crime *c)
{
	send_head(f, &c->frame, c->type);
}

/* A head that is right but for one thing, behind one that has told all there is */
static void head(struct fixture *f, const struct guest_crime *c)
{
	struct vargo_frame frame;

	guest_credit(&f->g);
	frame = (struct vargo_frame){
		.session = f->g.session,
		.seq = f->g.tx_seq + 1,
		.data_consumed = f->g.data_consumed,
		.ctrl_consumed = f->g.ctrl_consumed,
	};
	crime_add_frame(&frame, &c->frame);
	send_head(f, &frame, c->type);
}

/* The session's next frame, of these bytes and as many zeroes as there are to be */
static void body(struct fixture *f, const struct guest_crime *c)
{
	uint8_t buf[4096] = { 0 };

	memcpy(buf, c->body, sizeof(c->body));
	if (!c->type)
		buf[2] += f->g.dev;
	guest_frame(&f->g, c->type ? c->type : CONTROL, buf, c->len);
}

/* ------------------------------------------------------------------------ */
/* HELLO */

static void hello(struct fixture *f, const struct guest_crime *c)
{
	struct vargo_msg msg = guest_hello_msg(&f->g);

#define SET(field) (msg.hello.field = c->hello.field ? c->hello.field : msg.hello.field)
	SET(version_min);
	SET(version_max);
	SET(window);
	SET(ctrl_window);
#undef SET
	guest_hello_send(&f->g, &msg);
	pump(f);
	CHECK(f->g.have_hello);
	CHECK(f->g.hello.status == c->hello.status);
	CHECK(f->g.hello.version_min == 1 && f->g.hello.version_max == 1);
}

/* No HELLO at all: the session goes on */
static void magic(struct fixture *f, const struct guest_crime *c)
{
	struct vargo_msg msg = guest_hello_msg(&f->g);
	uint8_t buf[VARGO_CTRL_FRAME_MAX] = { 0 };
	int len = vargo_msg_encode(&msg, buf + VARGO_FRAME_HDR, VIRTIO_ARGO_MSG_MAX);

	(void)c;
	buf[VARGO_FRAME_HDR + VARGO_MSG_HDR] ^= 1;
	guest_raw(&f->g, CONTROL, buf, VARGO_FRAME_HDR + len);
	f->g.session--;
}

/* ------------------------------------------------------------------------ */
/* Chains */

static void chain(struct fixture *f, const struct guest_crime *c)
{
	struct vargo_pdu pdu = crime_good(f);

	crime_add_pdu(&pdu, &c->pdu);
	crime_send(f, &pdu);
}

/* Behind the first half of a chain */
static void half(struct fixture *f, const struct guest_crime *c)
{
	struct vargo_pdu pdu = crime_good(f);

	pdu.length = 8;
	crime_send(f, &pdu);
	pdu.offset = 8;
	crime_add_pdu(&pdu, &c->pdu);
	crime_send(f, &pdu);
}

static void large_frame(struct fixture *f, const struct guest_crime *c)
{
	struct vargo_pdu pdu = guest_pdu(&f->g, 0, 0, f->g.hello.max_frame, 1);

	(void)c;
	pdu.length -= VARGO_ARGO_HDR + VARGO_FRAME_HDR + VARGO_PDU_HDR - 1;
	crime_send(f, &pdu);
}

static void large_chain(struct fixture *f, const struct guest_crime *c)
{
	struct vargo_pdu pdu = crime_good(f);

	(void)c;
	pdu.room = f->g.hello.max_chain - pdu.total + 1;
	crime_send(f, &pdu);
}

static void tail(struct fixture *f, const struct guest_crime *c)
{
	struct vargo_pdu pdu = crime_good(f);
	uint8_t buf[VARGO_PDU_HDR + 16 + 7] = { 0 };

	(void)c;
	guest_put_pdu(buf, &pdu, test_zeroes);
	guest_frame(&f->g, DATA, buf, sizeof(buf));
}

static void before_driver_ok(struct fixture *f, const struct guest_crime *c)
{
	uint8_t now;

	do_status(f, 0, &now);
	chain(f, c);
}

/* ------------------------------------------------------------------------ */
/* With a device model that answers when it is told to, and small limits */

static void held(struct fixture *f, unsigned int num, uint32_t room)
{
	unsigned int i;

	f->b.hold = true;
	for (i = 0; i < num; i++)
		do_submit(f, 0, i, test_zeroes, 16, room);
	pump(f);
}

static void head_twice(struct fixture *f, const struct guest_crime *c)
{
	held(f, 1, 513 + c->pdu.room);
	chain(f, c);
}

static void in_flight(struct fixture *f, const struct guest_crime *c)
{
	held(f, 2, f->g.hello.max_chain - 16);
	chain(f, c);
}

static void depth(struct fixture *f, const struct guest_crime *c)
{
	held(f, 32, 1);
	chain(f, c);
}

/* ------------------------------------------------------------------------ */

#define ENDS	VA_STAT_violations
#define SUBMIT	VIRTIO_ARGO_PDU_SUBMIT

const struct guest_crime guest_crimes[] = {
	{ "an unknown message_type", VA_STAT_drop_type, NULL, raw, .type = 7, .len = 32 },
	{ "a frame of 15 bytes", VA_STAT_drop_short, NULL, raw, .type = DATA, .len = 15 },
	{ "no session, but a number", VA_STAT_drop_short, NULL, outside, .frame.seq = 1 },
	{ "data without a session", VA_STAT_drop_short, NULL, outside, .type = DATA },
	{ "a frame of the last session", VA_STAT_drop_stale, NULL, head, .frame.session = -1 },
	{ "a frame again", VA_STAT_drop_replay, NULL, head, .frame.seq = -1 },
	{ "an unknown message", VA_STAT_drop_control, NULL, body, .len = 8,
	  .body = { 0, 0x77, 0, 0, 9, 0, 8, 0 } },
	{ "a message cut off", VA_STAT_drop_control, NULL, body, .len = 5,
	  .body = { 0, VIRTIO_ARGO_GET_STATUS } },
	{ "a message that claims more", VA_STAT_drop_control, NULL, body, .len = 8,
	  .body = { 0, VIRTIO_ARGO_GET_STATUS, 0, 0, 9, 0, 9, 0 } },
	{ "a message of 4 KB", VA_STAT_drop_control, NULL, body, .len = 4096,
	  .body = { 0, VIRTIO_ARGO_SET_CONFIG, 0, 0, 9, 0, 0, 16 } },
	{ "a response from the guest", VA_STAT_drop_control, NULL, body, .len = 8,
	  .body = { 1, VIRTIO_ARGO_SET_VQUEUE, 0, 0, 9, 0, 8, 0 } },
	{ "a request for no device", VA_STAT_drop_control, NULL, body, .len = 8,
	  .body = { 0, VIRTIO_ARGO_GET_STATUS, 9, 0, 9, 0, 8, 0 } },
	{ "HELLO with another magic", VA_STAT_drop_control, NULL, .commit = magic },
	{ "a chain of an old epoch", VA_STAT_drop_epoch, NULL, chain, .pdu.epoch = -1 },
	{ "HELLO for versions 2 to 9", VA_STAT_hello_refused, NULL, hello,
	  .hello = { .version_min = 2, .version_max = 9, .status = VIRTIO_ARGO_HELLO_VERSION } },
	{ "HELLO with a window of 1 KB", VA_STAT_hello_refused, NULL, hello,
	  .hello = { .window = 1024, .status = VIRTIO_ARGO_HELLO_LIMITS } },
	{ "HELLO with a control window of 64", VA_STAT_hello_refused, NULL, hello,
	  .hello = { .ctrl_window = 64, .status = VIRTIO_ARGO_HELLO_LIMITS } },

	{ "a frame left out", ENDS, "a frame is missing", head, .frame.seq = 1 },
	{ "data acknowledged that was not sent", ENDS, "it consumed what was not sent", head,
	  .frame.data_consumed = 16 },
	{ "less data acknowledged than before", ENDS, "it consumed what was not sent", head,
	  .frame.data_consumed = -16 },
	{ "control acknowledged that was not sent", ENDS, "it consumed what was not sent", head,
	  .frame.ctrl_consumed = 1 },
	{ "a data frame over the agreed size", ENDS, "data frame too large",
	  .commit = large_frame },
	{ "a data frame without PDU", ENDS, "data frame without PDU", body, .type = DATA },
	{ "half a PDU's head", ENDS, "malformed PDU", body, .type = DATA, .len = 31,
	  .body = { SUBMIT } },
	{ "garbage behind a PDU", ENDS, "malformed PDU", .commit = tail },
	{ "an unknown PDU", ENDS, "malformed PDU", chain, .pdu.type = 9 - SUBMIT },
	{ "COMPLETE from the guest", ENDS, "COMPLETE from the driver", chain,
	  .pdu = { .type = VIRTIO_ARGO_PDU_COMPLETE - SUBMIT, .room = 16 - 513 } },
	{ "an unknown flag", ENDS, "malformed PDU", chain, .pdu.flags = 1 },
	{ "a device that is not there", ENDS, "no such device", chain, .pdu.dev = 1 },
	{ "a queue that is not there", ENDS, "no such queue", chain, .pdu.queue = 200 },
	{ "a head beyond the ring", ENDS, "head out of bounds", chain, .pdu.head = 64 },
	{ "a chain left out", ENDS, "a chain is missing", chain, .pdu.chain = 1 },
	{ "a chain again", ENDS, "a chain is missing", chain, .pdu.chain = -1 },
	{ "a chain over the agreed size", ENDS, "chain too large", .commit = large_chain },
	{ "a chain of 4 GB", ENDS, "malformed PDU", chain, .pdu.room = 0xfffffff0 - 513 },
	{ "the second half first", ENDS, "a chain's first fragment is missing", chain,
	  .pdu = { .offset = 8, .length = -8 } },
	{ "fragments with a gap", ENDS, "fragment out of order", half,
	  .pdu = { .offset = 1, .length = -1 } },
	{ "fragments that overlap", ENDS, "fragment out of order", half, .pdu.offset = -1 },
	{ "a fragment with another total", ENDS, "fragment of another chain", half,
	  .pdu.total = 1 },
	{ "a fragment with another head", ENDS, "fragment of another chain", half,
	  .pdu.head = 1 },
	{ "a chain before DRIVER_OK", ENDS, "chain before DRIVER_OK", .commit = before_driver_ok },

	{ "a fragment with other room", ENDS, "fragment of another chain", half, true,
	  .pdu.room = 1 },
	{ "a fragment of another count", ENDS, "fragment of another chain", half, true,
	  .pdu.chain = 1 },
	{ "two chains half there", ENDS, "fragment of another chain", half, true,
	  .pdu = { .head = 1, .chain = 1, .offset = -8 } },
	{ "a chain of just not 4 GB", ENDS, "chain too large", chain, true,
	  .pdu.room = 0xffffffef - 513 },
	{ "a queue that was not set up", ENDS, "no such queue", chain, true, .pdu.queue = 1 },
	{ "a head twice", ENDS, "head in flight already", .commit = head_twice,
	  .lib_only = true },
	{ "a head twice, with nothing to answer", ENDS, "head in flight already", head_twice, true,
	  .pdu.room = -513 },
	{ "more bytes than agreed in flight", ENDS, "too many bytes in flight", in_flight, true,
	  .pdu = { .head = 2, .total = -16, .length = -16, .room = 1 - 513 } },
	{ "more chains than agreed in flight", ENDS, "too many chains in flight", depth, true,
	  .pdu.head = 32 },
};

const unsigned int num_guest_crimes = sizeof(guest_crimes) / sizeof(guest_crimes[0]);
