// SPDX-License-Identifier: GPL-2.0
/*
 * The conversations of tools/testing/codec/conversations.txt, with the library as the
 * device side.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib_test.h"
#include "virtio_argo_talk.h"

#define FRAMES		16
#define BYTES		256

struct got {
	uint32_t type;
	bool bare;
	uint32_t len;		/* behind the frame's head */
	uint8_t bytes[BYTES];
};

/* What the library has sent and nobody has looked at; the values of the variables */
struct replay {
	struct fixture f;
	struct got got[FRAMES];
	unsigned int first, count;
	uint32_t var[TALK_VARS];
	bool bound[TALK_VARS];
};

static void tap(struct guest *g, uint32_t type, const uint8_t *buf, uint32_t len)
{
	struct replay *r = g->tap_arg;
	struct got *got = &r->got[r->count];
	struct vargo_frame frame;
	struct vargo_msg m;

	CHECK(r->count < FRAMES && len >= VARGO_FRAME_HDR &&
	      len - VARGO_FRAME_HDR <= BYTES);
	CHECK(vargo_frame_decode(buf, len, &frame) > 0);
	got->type = type;
	got->bare = !frame.session;
	got->len = len - VARGO_FRAME_HDR;
	memcpy(got->bytes, buf + VARGO_FRAME_HDR, got->len);
	r->count++;
	if (frame.session || vargo_msg_decode(got->bytes, got->len, &m) < 0 ||
	    m.id != VIRTIO_ARGO_BUS_HELLO || m.hello.status)
		return;
	/* The session begins */
	g->session = m.hello.session;
	g->tx_seq = 0;
	g->rx_seq = 0;
	g->data_sent = 0;
	g->ctrl_sent = 0;
	g->data_acked = 0;
	g->ctrl_acked = 0;
	g->data_consumed = 0;
	g->ctrl_consumed = 0;
	g->data_told = 0;
	g->ctrl_told = 0;
}

/* The next frame that is no CREDIT, or NULL */
static const struct got *next(struct replay *r)
{
	pump(&r->f);
	while (r->first < r->count) {
		const struct got *got = &r->got[r->first++];

		if (got->len)
			return got;
	}
	return NULL;
}

static uint8_t byte_of(const struct replay *r, unsigned short b)
{
	return TALK_IS_VAR(b) ? r->var[TALK_VAR_OF(b)] >> 8 * TALK_VAR_BYTE(b) : b;
}

/* Its bytes are what they should be; what they choose is remembered */
static bool is_as_said(struct replay *r, const struct talk_step *s, const struct got *got)
{
	bool is_data = got->type == VIRTIO_ARGO_MT_DATA;
	bool bare = s->kind == TALK_BARE, data = s->kind == TALK_DATA;
	unsigned int i, v;

	if (got->bare != bare || got->len != s->len || is_data != data)
		return false;
	for (i = 0; i < s->len; i++) {
		unsigned short b = s->bytes[i];

		if (!TALK_IS_VAR(b)) {
			if (!(b & TALK_ANY) && b != got->bytes[i])
				return false;
			continue;
		}
		v = TALK_VAR_OF(b);
		if (!r->bound[v])
			r->var[v] |= (uint32_t)got->bytes[i] << 8 * TALK_VAR_BYTE(b);
		else if (byte_of(r, b) != got->bytes[i])
			return false;
	}
	for (i = 0; i < s->len; i++) {
		if (TALK_IS_VAR(s->bytes[i]))
			r->bound[TALK_VAR_OF(s->bytes[i])] = true;
	}
	return true;
}

static void choose(struct replay *r, enum talk_var v, uint32_t value)
{
	r->var[v] = value;
	r->bound[v] = true;
}

static void drive(struct replay *r, const struct talk_step *s)
{
	uint32_t type = s->kind == TALK_DATA ? VIRTIO_ARGO_MT_DATA : VIRTIO_ARGO_MT_CONTROL;
	uint8_t buf[VARGO_FRAME_HDR + BYTES] = { 0 };
	struct guest *g = &r->f.g;
	unsigned int i;

	CHECK(s->len <= BYTES);
	for (i = 0; i < s->len; i++)
		buf[VARGO_FRAME_HDR + i] = byte_of(r, s->bytes[i]);
	if (s->kind == TALK_BARE) {
		CHECK(!guest_raw(g, type, buf, VARGO_FRAME_HDR + s->len));
		return;
	}
	if (!strcmp(s->how, "gap"))
		g->tx_seq++;
	else if (!strcmp(s->how, "replay"))
		g->tx_seq--;
	CHECK(!guest_frame(g, type, buf + VARGO_FRAME_HDR, s->len));
	if (*s->how)	/* it is not consumed */
		g->ctrl_sent--;
}

static void act(struct replay *r, const char *what)
{
	struct blk *b = &r->f.b;

	if (!strcmp(what, "start")) {
		va_link_ready(r->f.link);
	} else if (!strcmp(what, "hold")) {
		b->hold = true;
	} else if (!strcmp(what, "release")) {
		b->hold = false;
	} else if (!strcmp(what, "refuse")) {
		b->start_error = -EIO;
	} else if (!strcmp(what, "restart")) {
		b->start_error = 0;
		va_link_restart(r->f.link);
	} else if (!strcmp(what, "fail")) {
		pump(&r->f);
		va_device_fail(b->dev);
	} else if (!strcmp(what, "remove")) {
		va_device_remove(b->dev);
	} else {
		test_note("a device side cannot %s", what);
		CHECK(false);
	}
}

static void bring_to(struct replay *r, enum talk_given given)
{
	struct vargo_msg ping = { .type = VIRTIO_ARGO_TYPE_BUS,
				  .id = VIRTIO_ARGO_BUS_PING }, a;
	struct fixture_config cfg = { .min_out = 16, .min_in = 1 };
	struct fixture *f = &r->f;
	uint8_t now;

	CHECK(fixture_make(f, &cfg));
	if (given == TALK_IN_SESSION)
		CHECK(do_hello(f) && do_request(f, &ping, &a));
	else if (given != TALK_NOTHING)
		CHECK(do_setup(f, 1, 64));
	if (given == TALK_CONFIGURED) {
		struct vargo_msg ask = { .id = VIRTIO_ARGO_SET_FEATURES, .dev = f->g.dev };

		CHECK(do_status(f, 0, &now) && do_status(f, 3, &now));
		ask.features.num = 2;
		ask.features.block[1] = 1;
		CHECK(do_request(f, &ask, &a) && do_status(f, 11, &now) && now == 11);
		ask = (struct vargo_msg){ .id = VIRTIO_ARGO_SET_VQUEUE, .dev = f->g.dev,
					  .vq = { .flags = 1, .size = 64 } };
		CHECK(do_request(f, &ask, &a));
	}
	f->g.loose = true;
	f->g.tap = tap;
	f->g.tap_arg = r;
	choose(r, TALK_SESSION, f->g.session);
	choose(r, TALK_SESSION2, 0x22222222);
	choose(r, TALK_DEV, f->g.dev);
	choose(r, TALK_EPOCH, f->g.epoch ? f->g.epoch : 1);
	choose(r, TALK_EPOCH2, r->var[TALK_EPOCH] + 1);
	choose(r, TALK_HEAD, 3);
	choose(r, TALK_CHAIN, 0);
	choose(r, TALK_T1, 0x701);
	choose(r, TALK_T2, 0x702);
	choose(r, TALK_T3, 0x703);
	choose(r, TALK_T4, 0x704);
}

static void step(struct replay *r, const struct talk_step *s)
{
	const struct got *got;

	if (s->kind == TALK_TIME) {
		pump(&r->f);
		test_clock += 10000;
	} else if (s->kind == TALK_DO) {
		if (s->who == TALK_DEVICE)
			act(r, s->how);
	} else if (s->who == TALK_DRIVER) {
		if (s->kind != TALK_SEE && s->kind != TALK_SILENCE)
			drive(r, s);
	} else if (s->kind == TALK_SILENCE) {
		CHECK(!next(r));
	} else {
		got = next(r);
		CHECK(got);
		CHECK(is_as_said(r, s, got));
	}
}

static const struct talk *device_talk(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < sizeof(talks) / sizeof(talks[0]); i++) {
		if (talks[i].for_device && !n--)
			return &talks[i];
	}
	return NULL;
}

unsigned int talk_count(void)
{
	unsigned int n = 0;

	while (device_talk(n))
		n++;
	return n;
}

const char *talk_name(unsigned int i)
{
	return device_talk(i)->name;
}

bool talk_run(unsigned int i)
{
	const struct talk *t = device_talk(i);
	static struct replay r;
	char text[32];
	unsigned int n;

	memset(&r, 0, sizeof(r));
	bring_to(&r, t->given);
	for (n = 0; t->steps[n].kind != TALK_END; n++) {
		snprintf(text, sizeof(text), "step %u", n + 1);
		test_context = text;
		step(&r, &t->steps[n]);
	}
	CHECK(!next(&r));
	test_context = NULL;
	return fixture_free(&r.f);
}
