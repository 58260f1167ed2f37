// SPDX-License-Identifier: GPL-2.0
/*
 * Frames at random, with fixed seeds: nothing may crash, leak, or send anything
 * that the guest's checks do not like.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdlib.h>
#include <string.h>

#include "lib_test.h"

#define FRAMES	100000

static const uint32_t odd[] = {
	0, 1, 2, 7, 8, 15, 16, 17, 31, 32, 64, 0xff, 0x100, 0xffff, 0x10000,
	0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
};

static uint32_t pick(uint32_t *state)
{
	return odd[test_random(state) % (sizeof(odd) / sizeof(odd[0]))];
}

/* Bytes in which anything may be anywhere */
static void raw_noise(struct fixture *f, uint32_t *state)
{
	uint8_t buf[512];
	uint32_t len = test_random(state) % sizeof(buf), i;
	uint32_t type = test_random(state) % 2 ? VIRTIO_ARGO_MT_DATA :
						 VIRTIO_ARGO_MT_CONTROL;

	for (i = 0; i < len; i++)
		buf[i] = test_random(state) % 4 ? 0 : test_random(state);
	if (test_random(state) % 2 && len >= 16) {
		memcpy(buf, &f->g.session, 4);
		f->g.tx_seq++;
		memcpy(buf + 4, &f->g.tx_seq, 4);
		memcpy(buf + 8, &f->g.data_told, 4);
		memcpy(buf + 12, &f->g.ctrl_told, 4);
	}
	if (guest_raw(&f->g, type, buf, len) || len < 16 ||
	    memcmp(buf, &f->g.session, 4))
		return;
	if (type == VIRTIO_ARGO_MT_DATA)
		f->g.data_sent += vargo_ring_bytes(len);
	else
		f->g.ctrl_sent += len > 16;
}

/* A control message, mostly well-formed */
static void control_noise(struct fixture *f, uint32_t *state)
{
	static const uint8_t ids[] = { 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x40 };
	struct vargo_msg m = { .dev = test_random(state) % 4 ? 5 : pick(state) };
	uint8_t buf[VIRTIO_ARGO_MSG_MAX];
	uint8_t *body = (uint8_t *)&m.hello;
	unsigned int i;
	int len;

	m.id = ids[test_random(state) % sizeof(ids)];
	m.token = test_random(state);
	if (test_random(state) % 8 == 0)
		m.type = test_random(state) % 4;
	for (i = 0; i < 16; i += 4) {
		uint32_t v = test_random(state) % 2 ? test_random(state) % 16 :
						      pick(state);

		memcpy(body + i, &v, 4);
	}
	len = vargo_msg_encode(&m, buf, sizeof(buf));
	if (len < 0)
		return;
	if (test_random(state) % 16 == 0)
		len = test_random(state) % (len + 1);
	guest_frame(&f->g, VIRTIO_ARGO_MT_CONTROL, buf, len);
}

static void spoil(struct vargo_pdu *pdu, uint32_t *state)
{
	switch (test_random(state) % 10) {
	case 0:
		pdu->type = test_random(state);
		break;
	case 1:
		pdu->flags = 1;
		break;
	case 2:
		pdu->dev = pick(state);
		break;
	case 3:
		pdu->queue = pick(state);
		break;
	case 4:
		pdu->head = pick(state);
		break;
	case 5:
		pdu->chain += pick(state);
		break;
	case 6:
		pdu->total = pick(state);
		break;
	case 7:
		pdu->room = pick(state);
		break;
	case 8:
		pdu->offset = pick(state);
		break;
	case 9:
		pdu->epoch += pick(state);
		break;
	}
	if (pdu->length > pdu->total)
		pdu->length = pdu->total;
}

/* PDUs, mostly nearly right */
static void data_noise(struct fixture *f, uint32_t *state)
{
	uint8_t buf[8192], payload[2048] = { 0 };
	uint32_t len = 0, n = 1 + test_random(state) % 4;

	while (n-- && len < 4096) {
		unsigned int q = test_random(state) % 2;
		struct vargo_pdu pdu = guest_pdu(&f->g, q, test_random(state) % 64,
						 test_random(state) % 1024,
						 test_random(state) % 4096);
		bool wrong = test_random(state) % 8 == 0;

		blk_header(payload, test_random(state) % 2, test_random(state) % 1000);
		if (f->g.chains[q][pdu.head].busy && test_random(state) % 16)
			continue;
		if (wrong)
			spoil(&pdu, state);
		else
			guest_begin(&f->g, q, &pdu);
		len += guest_put_pdu(buf + len, &pdu, payload);
	}
	if (len && test_random(state) % 32 == 0)
		len -= test_random(state) % len;
	guest_frame(&f->g, VIRTIO_ARGO_MT_DATA, buf, len);
}

static void counter_noise(struct fixture *f, uint32_t *state)
{
	uint32_t session = f->g.session;

	switch (test_random(state) % 4) {
	case 0:
		f->g.tx_seq += pick(state);
		break;
	case 1:
		f->g.data_consumed += pick(state);
		break;
	case 2:
		f->g.ctrl_consumed += pick(state);
		break;
	case 3:
		f->g.session += pick(state);
		break;
	}
	guest_credit(&f->g);
	/* Or a HELLO might ask for the session that there is */
	f->g.session = session;
}

static void noise(struct fixture *f, uint32_t *state)
{
	switch (test_random(state) % 32) {
	case 0:
		raw_noise(f, state);
		break;
	case 1:
		if (test_random(state) % 8 == 0)
			counter_noise(f, state);
		break;
	case 2 ... 8:
		control_noise(f, state);
		break;
	case 9:
		guest_credit(&f->g);
		break;
	default:
		data_noise(f, state);
		break;
	}
}

static bool recover(struct fixture *f)
{
	/* The fake guest's own checks know nothing of what it has broken */
	f->g.epoch = 0;
	f->b.fault = BLK_FINE;
	f->b.hold = false;
	f->b.limit = 0;
	return do_setup(f, 2, 64);
}

static bool seed_frames(uint32_t seed)
{
	struct fixture_config cfg = {
		.link = { .max_chain = 1 << 20, .max_inflight = 4 << 20, .depth = 32,
			  .memory_budget = 1 << 20 },
	};
	struct fixture f;
	uint32_t state = seed, i;
	uint64_t sessions;
	uint8_t data[4096];
	unsigned int bad;

	CHECK(fixture_make(&f, &cfg));
	f.g.loose = true;
	CHECK(recover(&f));
	for (i = 0; i < FRAMES; i++) {
		bad = f.g.bad;
		noise(&f, &state);
		if (test_random(&state) % 4 == 0) {
			f.b.hold = test_random(&state) % 3 == 0;
			f.b.limit = test_random(&state) % 8;
			pump(&f);
		}
		CHECK(!f.died);
		CHECK(f.g.bad == bad);
		if (f.up && va_device_started(f.b.dev) && f.g.hello.session == f.g.session)
			continue;
		pump(&f);
		CHECK(recover(&f));
	}
	sessions = stat_of(&f, VA_STAT_sessions);
	test_note("seed %u: %llu sessions, %llu violations, %llu chains, %llu answered, %llu dropped messages",
		  seed, (unsigned long long)sessions,
		  (unsigned long long)stat_of(&f, VA_STAT_violations),
		  (unsigned long long)stat_of(&f, VA_STAT_chains),
		  (unsigned long long)stat_of(&f, VA_STAT_completed),
		  (unsigned long long)stat_of(&f, VA_STAT_drop_control));
	CHECK(sessions > 100);
	CHECK(stat_of(&f, VA_STAT_completed) > FRAMES / 4);
	/* And it is as good as new */
	CHECK(recover(&f));
	CHECK(do_read(&f, 1, 7, 8, data, sizeof(data)));
	CHECK(f.logs < 100000);
	return fixture_free(&f);
}

static bool seed_1(void) { return seed_frames(1); }
static bool seed_2(void) { return seed_frames(0xc0ffee); }

const struct test_case fuzz_cases[] = {
	{ "fuzz: 100000 frames, seed 1", seed_1 },
	{ "fuzz: 100000 frames, seed 0xc0ffee", seed_2 },
	{ NULL, NULL }
};
