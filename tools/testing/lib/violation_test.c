// SPDX-License-Identifier: GPL-2.0
/*
 * Violations: each ends the session, once, with a line that says why, and a new
 * HELLO mends everything.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stdlib.h>
#include <string.h>

#include "lib_test.h"

static void send_pdu(struct fixture *f, const struct vargo_pdu *pdu)
{
	uint32_t len = VARGO_PDU_HDR + vargo_pad(pdu->length);
	uint8_t *payload = calloc(1, pdu->length + 1), *buf = malloc(len);

	guest_put_pdu(buf, pdu, payload);
	guest_frame(&f->g, VIRTIO_ARGO_MT_DATA, buf, len);
	free(payload);
	free(buf);
}

static struct vargo_pdu good(struct fixture *f)
{
	return guest_pdu(&f->g, 0, 0, 16, 513);
}

/* A chain that is in flight, held by the device model */
static void hold_one(struct fixture *f)
{
	f->b.hold = true;
	do_submit(f, 0, 1, test_zeroes, 16, 513);
	pump(f);
}

static void commit_seq_ahead(struct fixture *f)
{
	f->g.tx_seq++;
	guest_credit(&f->g);
}

static void commit_data_ack_ahead(struct fixture *f)
{
	f->g.data_consumed += 16;
	guest_credit(&f->g);
}

static void commit_data_ack_behind(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	guest_begin(&f->g, 0, &pdu);
	send_pdu(f, &pdu);
	pump(f);
	guest_credit(&f->g);
	pump(f);
	f->g.data_consumed -= 16;
	guest_credit(&f->g);
}

static void commit_ctrl_ack_ahead(struct fixture *f)
{
	f->g.ctrl_consumed++;
	guest_credit(&f->g);
}

static void commit_large_frame(struct fixture *f)
{
	struct vargo_pdu pdu = guest_pdu(&f->g, 0, 0, f->g.hello.max_frame, 1);

	pdu.length = f->g.hello.max_frame - 16 - VARGO_FRAME_HDR - VARGO_PDU_HDR + 1;
	send_pdu(f, &pdu);
}

static void commit_empty_frame(struct fixture *f)
{
	guest_frame(&f->g, VIRTIO_ARGO_MT_DATA, NULL, 0);
}

static void commit_half_head(struct fixture *f)
{
	uint8_t buf[31] = { VIRTIO_ARGO_PDU_SUBMIT };

	guest_frame(&f->g, VIRTIO_ARGO_MT_DATA, buf, sizeof(buf));
}

static void commit_tail_garbage(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);
	uint8_t buf[VARGO_PDU_HDR + 16 + 7] = { 0 }, payload[16] = { 0 };

	guest_put_pdu(buf, &pdu, payload);
	guest_frame(&f->g, VIRTIO_ARGO_MT_DATA, buf, sizeof(buf));
}

static void commit_type(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	pdu.type = 9;
	send_pdu(f, &pdu);
}

static void commit_complete(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	pdu.type = VIRTIO_ARGO_PDU_COMPLETE;
	pdu.room = pdu.total;
	send_pdu(f, &pdu);
}

static void commit_flags(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	pdu.flags = 1;
	send_pdu(f, &pdu);
}

static void commit_device(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	pdu.dev = 6;
	send_pdu(f, &pdu);
}

static void commit_queue(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	pdu.queue = BLK_QUEUES;
	send_pdu(f, &pdu);
}

static void commit_queue_off(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	pdu.queue = 1;
	send_pdu(f, &pdu);
}

static void commit_head(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	pdu.head = 64;
	send_pdu(f, &pdu);
}

static void commit_head_twice(struct fixture *f)
{
	struct vargo_pdu pdu;

	hold_one(f);
	pdu = guest_pdu(&f->g, 0, 1, 16, 513);
	send_pdu(f, &pdu);
}

static void commit_head_twice_out_only(struct fixture *f)
{
	struct vargo_pdu pdu;

	f->b.hold = true;
	do_submit(f, 0, 1, test_zeroes, 16, 0);
	pump(f);
	pdu = guest_pdu(&f->g, 0, 1, 16, 0);
	send_pdu(f, &pdu);
}

static void commit_chain(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	pdu.chain++;
	send_pdu(f, &pdu);
}

static void commit_chain_behind(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	pdu.chain--;
	send_pdu(f, &pdu);
}

static void commit_chain_size(struct fixture *f)
{
	struct vargo_pdu pdu = guest_pdu(&f->g, 0, 0, 16, (1 << 20) - 15);

	send_pdu(f, &pdu);
}

static void commit_overflow(struct fixture *f)
{
	struct vargo_pdu pdu = guest_pdu(&f->g, 0, 0, 16, 0xffffffef);

	send_pdu(f, &pdu);
	pump(f);
	if (stat_of(f, VA_STAT_violations))
		return;
	pdu.room++;
	send_pdu(f, &pdu);
}

static void commit_inflight(struct fixture *f)
{
	struct vargo_pdu pdu;
	unsigned int i;

	f->b.hold = true;
	for (i = 0; i < 2; i++)
		do_submit(f, 0, i, test_zeroes, 16, (1 << 20) - 16);
	pump(f);
	pdu = guest_pdu(&f->g, 0, 2, 0, 1);
	send_pdu(f, &pdu);
}

static void commit_depth(struct fixture *f)
{
	struct vargo_pdu pdu;
	unsigned int i;

	f->b.hold = true;
	for (i = 0; i < 32; i++)
		do_submit(f, 0, i, test_zeroes, 16, 1);
	pump(f);
	pdu = guest_pdu(&f->g, 0, 32, 16, 1);
	send_pdu(f, &pdu);
}

static void commit_no_first(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	pdu.offset = 1;
	pdu.length = 15;
	send_pdu(f, &pdu);
}

static void first_half(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	pdu.length = 8;
	send_pdu(f, &pdu);
	pump(f);
}

static void commit_gap(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	first_half(f);
	pdu.offset = 9;
	pdu.length = 7;
	send_pdu(f, &pdu);
}

static void commit_overlap(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	first_half(f);
	pdu.offset = 7;
	pdu.length = 9;
	send_pdu(f, &pdu);
}

static void second_half(struct fixture *f, int32_t total, int32_t room, int head,
			int chain)
{
	struct vargo_pdu pdu = good(f);

	first_half(f);
	pdu.offset = 8;
	pdu.length = 8;
	pdu.total += total;
	pdu.room += room;
	pdu.head += head;
	pdu.chain += chain;
	send_pdu(f, &pdu);
}

static void commit_other_total(struct fixture *f) { second_half(f, 1, 0, 0, 0); }
static void commit_other_room(struct fixture *f) { second_half(f, 0, 1, 0, 0); }
static void commit_other_head(struct fixture *f) { second_half(f, 0, 0, 1, 0); }
static void commit_other_chain(struct fixture *f) { second_half(f, 0, 0, 0, 1); }

static void commit_two_partial(struct fixture *f)
{
	struct vargo_pdu pdu = good(f);

	first_half(f);
	pdu.head = 1;
	pdu.chain++;
	send_pdu(f, &pdu);
}

static void commit_before_driver_ok(struct fixture *f)
{
	struct vargo_pdu pdu;
	uint8_t now;

	do_status(f, 0, &now);
	pdu = good(f);
	send_pdu(f, &pdu);
}

static const struct {
	const char *why;
	void (*commit)(struct fixture *f);
} crimes[] = {
	{ "a frame is missing", commit_seq_ahead },
	{ "it consumed what was not sent", commit_data_ack_ahead },
	{ "it consumed what was not sent", commit_data_ack_behind },
	{ "it consumed what was not sent", commit_ctrl_ack_ahead },
	{ "data frame too large", commit_large_frame },
	{ "data frame without PDU", commit_empty_frame },
	{ "malformed PDU", commit_half_head },
	{ "malformed PDU", commit_tail_garbage },
	{ "malformed PDU", commit_type },
	{ "COMPLETE from the driver", commit_complete },
	{ "malformed PDU", commit_flags },
	{ "no such device", commit_device },
	{ "no such queue", commit_queue },
	{ "no such queue", commit_queue_off },
	{ "head out of bounds", commit_head },
	{ "head in flight already", commit_head_twice },
	{ "head in flight already", commit_head_twice_out_only },
	{ "a chain is missing", commit_chain },
	{ "a chain is missing", commit_chain_behind },
	{ "chain too large", commit_chain_size },
	{ "chain too large", commit_overflow },
	{ "too many bytes in flight", commit_inflight },
	{ "too many chains in flight", commit_depth },
	{ "a chain's first fragment is missing", commit_no_first },
	{ "fragment out of order", commit_gap },
	{ "fragment out of order", commit_overlap },
	{ "fragment of another chain", commit_other_total },
	{ "fragment of another chain", commit_other_room },
	{ "fragment of another chain", commit_other_head },
	{ "fragment of another chain", commit_other_chain },
	{ "fragment of another chain", commit_two_partial },
	{ "chain before DRIVER_OK", commit_before_driver_ok },
};

static bool one(struct fixture *f, unsigned int i)
{
	uint8_t data[512];

	CHECK(do_setup(f, 1, 64));
	crimes[i].commit(f);
	pump(f);
	CHECK(stat_of(f, VA_STAT_violations) == 1);
	CHECK(f->logs == 1);
	CHECK(strstr(f->last_log, crimes[i].why));
	CHECK(f->up == 0);
	CHECK(!va_device_started(f->b.dev) && f->b.stopped == f->b.started);
	CHECK(va_device_status(f->b.dev) == 0);
	CHECK(f->g.readies == 1);
	/* What comes behind it is stale, and no second crime */
	guest_credit(&f->g);
	pump(f);
	CHECK(stat_of(f, VA_STAT_drop_stale) >= 1);
	CHECK(stat_of(f, VA_STAT_violations) == 1);
	f->b.hold = false;
	f->g.epoch = 0;
	CHECK(do_setup(f, 1, 64));
	CHECK(do_read(f, 0, 0, 0, data, sizeof(data)));
	return true;
}

static bool all_crimes(void)
{
	struct fixture_config cfg = {
		.link = { .max_chain = 1 << 20, .max_inflight = 2 << 20, .depth = 32 },
	};
	unsigned int i;

	for (i = 0; i < sizeof(crimes) / sizeof(crimes[0]); i++) {
		struct fixture f;

		test_context = crimes[i].why;
		CHECK(fixture_make(&f, &cfg));
		CHECK(one(&f, i));
		CHECK(fixture_free(&f));
	}
	return true;
}

/* At the limits, not beyond them */
static bool limits(void)
{
	struct fixture_config cfg = {
		.link = { .max_chain = 1 << 20, .max_inflight = 2 << 20, .depth = 32 },
	};
	struct fixture f;
	unsigned int i;

	CHECK(fixture_make(&f, &cfg));
	CHECK(do_setup(&f, 1, 64));
	f.b.hold = true;
	for (i = 0; i < 2; i++)
		CHECK(do_submit(&f, 0, i, test_zeroes, 16, (1 << 20) - 16));
	pump(&f);
	f.b.hold = false;
	pump(&f);
	CHECK(f.g.completed == 2);
	f.b.hold = true;
	for (i = 0; i < 32; i++)
		CHECK(do_submit(&f, 0, 63 - i, test_zeroes, 16, 1));
	pump(&f);
	f.b.hold = false;
	pump(&f);
	CHECK(f.g.completed == 34);
	CHECK(!stat_of(&f, VA_STAT_violations));
	return fixture_free(&f);
}

/* A guest that breaks session after session does not fill the log */
static bool log_rate(void)
{
	struct fixture f;
	unsigned int i;

	CHECK(fixture_make(&f, NULL));
	for (i = 0; i < 200; i++) {
		CHECK(do_hello(&f));
		commit_seq_ahead(&f);
		pump(&f);
	}
	CHECK(stat_of(&f, VA_STAT_violations) == 200);
	CHECK(f.logs == 5);
	CHECK(f.g.readies == 1);
	test_clock += 10000;
	CHECK(do_hello(&f));
	commit_seq_ahead(&f);
	pump(&f);
	CHECK(f.logs == 7 && strstr(f.last_log, "195 lines"));
	CHECK(f.g.readies == 2);
	return fixture_free(&f);
}

/* Another epoch is looked at before anything else, and is no crime */
static bool stale_epoch(void)
{
	struct fixture f;
	struct vargo_pdu pdu;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	pdu = guest_pdu(&f.g, 0, 999, 16, 1);
	pdu.queue = 77;
	pdu.epoch--;
	send_pdu(&f, &pdu);
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_drop_epoch) == 1);
	CHECK(!stat_of(&f, VA_STAT_violations));
	return fixture_free(&f);
}

const struct test_case violation_cases[] = {
	{ "violation: each one ends the session once and says why", all_crimes },
	{ "violation: none at the limits", limits },
	{ "violation: the log is limited in rate", log_rate },
	{ "violation: another epoch is none", stale_epoch },
	{ NULL, NULL }
};
