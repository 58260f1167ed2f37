// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of what goes through a virtqueue.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/slab.h>
#include <linux/virtio_byteorder.h>

#include "virtio_argo_qtest.h"

/* ------------------------------------------------------------------------ */
/* To the backend */

static void queue_request(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 513, 0);
	u8 *back = qtest_buffer(test, 513, 99);

	qtest_start(test, RING, 8, 1 << 20);
	KUNIT_EXPECT_EQ(test, qtest_gather(test, FRAME, true), VARGO_FILL_EMPTY);
	qtest_expect_end(test, 0);

	qtest_request(test, 4, out, 16, in, 513);
	qtest_send_one(test, 4, 0, out, 16, 513);
	KUNIT_EXPECT_EQ(test, qtest_budget(test), (1 << 20) - 529);
	KUNIT_EXPECT_EQ(test, qtest_used(test), 0);

	KUNIT_EXPECT_EQ(test, qtest_reply_cut(test, qtest_answer(4, 0, 513), back, 100), 1);
	qtest_expect_used(test, 0, 4, 513);
	KUNIT_EXPECT_MEMEQ(test, in, back, 513);
	KUNIT_EXPECT_EQ(test, qtest_budget(test), 1 << 20);
}

static void queue_batch(struct kunit *test)
{
	u8 *out[5], *in = qtest_buffer(test, 64, 0);
	struct qtest *t = test->priv;
	unsigned int i;
	u32 at = 0;

	qtest_start(test, RING, 8, 1 << 20);
	for (i = 0; i < 5; i++) {
		out[i] = qtest_buffer(test, 17 + i, i);
		qtest_request(test, 2 * i, out[i], 17 + i, in + i, 1);
	}
	KUNIT_EXPECT_EQ(test, qtest_gather(test, FRAME, true), VARGO_FILL_EMPTY);
	for (i = 0; i < 5; i++)
		qtest_expect_chain(test, &at, 2 * i, i, out[i], 17 + i, 1);
	qtest_expect_end(test, at);
	KUNIT_EXPECT_EQ(test, t->tx.niov, 1);	/* small payloads are staged */
	qtest_sent(test, true);

	/* Answers in any order */
	for (i = 5; i--; )
		KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(2 * i, i, 1), "x"), 1);
	KUNIT_EXPECT_EQ(test, qtest_used(test), 5);
}

/* What fits one frame is not cut because others came first */
static void queue_no_needless_cut(struct kunit *test)
{
	u8 *a = qtest_buffer(test, 600, 1), *b = qtest_buffer(test, 600, 2);
	u32 at = 0;

	qtest_start(test, RING, 8, 1 << 20);
	qtest_request(test, 0, a, 600, NULL, 0);
	qtest_request(test, 2, b, 600, NULL, 0);
	KUNIT_EXPECT_EQ(test, qtest_gather(test, 1024, true), VARGO_FILL_MORE);
	qtest_expect_chain(test, &at, 0, 0, a, 600, 0);
	qtest_expect_end(test, at);
	qtest_sent(test, true);

	/* Nor for the last bit of credit */
	KUNIT_EXPECT_EQ(test, qtest_gather(test, 512, false), VARGO_FILL_BLOCKED);
	qtest_expect_end(test, 0);
	qtest_send_one(test, 2, 1, b, 600, 0);
}

static void queue_fragments(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 5000, 3), *in = qtest_buffer(test, 4, 0), *got;
	struct vargo_pdu pdu;
	u32 off = 0, at;

	qtest_start(test, RING, 8, 1 << 20);
	got = kunit_kzalloc(test, 5000, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, got);
	qtest_request(test, 0, out, 5000, in, 4);
	while (off < 5000) {
		const u8 *payload;

		at = 0;
		qtest_gather(test, 1024, true);
		payload = qtest_next_pdu(test, &at, &pdu);
		KUNIT_ASSERT_NOT_NULL(test, payload);
		KUNIT_EXPECT_EQ(test, pdu.offset, off);
		KUNIT_EXPECT_EQ(test, pdu.total, 5000);
		memcpy(got + off, payload, pdu.length);
		off += pdu.length;
		qtest_expect_end(test, at);
		/* Not wholly submitted: nothing to be answered yet */
		if (off < 5000)
			KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(0, 0, 4), "abcd"),
					-EPROTO);
		qtest_sent(test, true);
	}
	KUNIT_EXPECT_EQ(test, off, 5000);
	KUNIT_EXPECT_MEMEQ(test, got, out, 5000);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(0, 0, 4), "abcd"), 1);
}

/* 1 MB in 256 pages that lie anywhere, through frames of 4 KB, both ways */
static void queue_megabyte(struct kunit *test)
{
	u8 *head = qtest_buffer(test, 16, 1), *status = qtest_buffer(test, 1, 0xff), **page;
	struct qtest *t = test->priv;
	struct vargo_pdu pdu;
	u32 off = 0, i;
	u8 *all;

	qtest_start(test, 512, 8, 4 << 20);
	page = kunit_kcalloc(test, 256, sizeof(*page), GFP_KERNEL);
	all = kunit_kmalloc(test, (1 << 20) + 17, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_NOT_NULL(test, all);
	for (i = 0; i < 256; i++)
		page[(i * 37) % 256] = qtest_buffer(test, 4096, i);

	qtest_desc(test, 0, head, 16, NEXT, 1);
	for (i = 0; i < 256; i++)
		qtest_desc(test, i + 1, page[i], 4096, NEXT, i + 2);
	qtest_desc(test, 257, status, 1, WR, 0);
	qtest_offer(test, 0);
	while (off < (1 << 20) + 16) {
		const u8 *payload;
		u32 at = 0;

		KUNIT_ASSERT_EQ(test, qtest_gather(test, 4096, true),
				off + 4096 - 48 < (1 << 20) + 16 ? VARGO_FILL_MORE :
								   VARGO_FILL_EMPTY);
		payload = qtest_next_pdu(test, &at, &pdu);
		KUNIT_ASSERT_NOT_NULL(test, payload);
		KUNIT_ASSERT_EQ(test, pdu.offset, off);
		memcpy(all + off, payload, pdu.length);
		off += pdu.length;
		qtest_sent(test, true);
	}
	KUNIT_EXPECT_MEMEQ(test, all, head, 16);
	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_MEMEQ(test, all + 16 + i * 4096, page[i], 4096);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(0, 0, 1), "\0"), 1);
	KUNIT_EXPECT_EQ(test, *status, 0);

	/* And back, in pieces that end inside pages */
	for (i = 0; i < 256; i++) {
		qtest_desc(test, i + 1, page[i], 4096, NEXT | WR, i + 2);
		memset(page[i], 0, 4096);
	}
	qtest_offer(test, 0);
	qtest_gather(test, FRAME, true);
	qtest_sent(test, true);
	for (off = 0; off <= 1 << 20; off += pdu.length) {
		pdu = qtest_answer(0, 1, (1 << 20) + 1);
		pdu.offset = off;
		pdu.length = min_t(u32, 5003, (1 << 20) + 1 - off);
		KUNIT_ASSERT_EQ(test, qtest_reply_cut(test, pdu, all + 16 + off, 999),
				off + pdu.length > 1 << 20);
	}
	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_MEMEQ(test, all + 16 + i * 4096, page[i], 4096);
	KUNIT_EXPECT_EQ(test, t->q.unanswered, 0);
}

/* Large pieces go from where they are, and many of them end a frame */
static void queue_direct(struct kunit *test)
{
	struct qtest *t = test->priv;
	struct vargo_pdu pdu;
	u8 *page[9];
	u32 at = 0, i;

	qtest_start(test, RING, 8, 1 << 20);
	for (i = 0; i < 9; i++)
		page[i] = qtest_buffer(test, 2048 + 64, i);
	for (i = 0; i < 9; i++)
		qtest_desc(test, i, page[i], 2048, i < 8 ? NEXT : 0, i + 1);
	qtest_offer(test, 0);
	KUNIT_EXPECT_EQ(test, qtest_gather(test, FRAME, true), VARGO_FILL_MORE);
	KUNIT_EXPECT_EQ(test, t->tx.niov, VARGO_FRAME_IOVS);
	KUNIT_EXPECT_PTR_EQ(test, t->tx.iov[1].iov_base, (void *)page[0]);
	KUNIT_ASSERT_NOT_NULL(test, qtest_next_pdu(test, &at, &pdu));
	KUNIT_EXPECT_EQ(test, pdu.length, 7 * 2048);
	qtest_sent(test, true);

	at = 0;
	KUNIT_EXPECT_EQ(test, qtest_gather(test, FRAME, true), VARGO_FILL_EMPTY);
	KUNIT_ASSERT_NOT_NULL(test, qtest_next_pdu(test, &at, &pdu));
	KUNIT_EXPECT_EQ(test, pdu.offset, 7 * 2048);
	KUNIT_EXPECT_EQ(test, pdu.length, 2 * 2048);
	qtest_sent(test, true);
}

/* More small chains than the staging buffer holds: nothing lost, nothing twice */
static void queue_stage_full(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 1000, 5);
	struct vargo_pdu pdu;
	u32 i, at, n = 0;

	qtest_start(test, 64, 64, 1 << 20);
	for (i = 0; i < 30; i++)
		qtest_request(test, 2 * i, out, 1000, NULL, 0);
	while (n < 30) {
		at = 0;
		qtest_gather(test, FRAME, true);
		i = n;
		while (qtest_next_pdu(test, &at, &pdu))
			KUNIT_EXPECT_EQ(test, pdu.chain, n++);
		KUNIT_ASSERT_GT(test, n, i);
		qtest_sent(test, true);
	}
	KUNIT_EXPECT_EQ(test, n, 30);
}

static void queue_refused_frame(struct kunit *test)
{
	u8 *a = qtest_buffer(test, 100, 1), *b = qtest_buffer(test, 3000, 2), *first;
	struct qtest *t = test->priv;
	u32 len, at = 0;

	qtest_start(test, RING, 8, 1 << 20);
	qtest_request(test, 0, a, 100, NULL, 0);
	qtest_request(test, 2, b, 3000, NULL, 0);
	qtest_gather(test, 1024, true);
	qtest_expect_chain(test, &at, 0, 0, a, 100, 0);
	first = qtest_copy(test, t->wire, t->wire_len);
	len = t->wire_len;
	qtest_sent(test, false);

	qtest_gather(test, 1024, true);
	KUNIT_ASSERT_EQ(test, t->wire_len, len);
	KUNIT_EXPECT_MEMEQ(test, t->wire + 16, first + 16, len - 16);
	qtest_sent(test, true);

	/* A fragment, refused twice */
	qtest_gather(test, 1024, true);
	len = t->wire_len;
	memcpy(first, t->wire, 100);
	qtest_sent(test, false);
	qtest_gather(test, 1024, true);
	qtest_sent(test, false);
	qtest_gather(test, 1024, true);
	KUNIT_EXPECT_EQ(test, t->wire_len, len);
	KUNIT_EXPECT_MEMEQ(test, t->wire + 16, first + 16, 84);
	qtest_sent(test, true);
	KUNIT_EXPECT_EQ(test, t->q.unanswered, 2);
}

static void queue_depth(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 4, 0);
	u32 at = 0;

	qtest_start(test, RING, 2, 1 << 20);
	qtest_request(test, 0, out, 16, in, 1);
	qtest_request(test, 2, out, 16, in + 1, 1);
	qtest_request(test, 4, out, 16, in + 2, 1);
	KUNIT_EXPECT_EQ(test, qtest_gather(test, FRAME, true), VARGO_FILL_BLOCKED);
	qtest_expect_chain(test, &at, 0, 0, out, 16, 1);
	qtest_expect_chain(test, &at, 2, 1, out, 16, 1);
	qtest_expect_end(test, at);
	qtest_sent(test, true);
	KUNIT_EXPECT_EQ(test, qtest_gather(test, FRAME, true), VARGO_FILL_BLOCKED);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(2, 1, 1), "x"), 1);
	qtest_send_one(test, 4, 2, out, 16, 1);
}

static void queue_budget(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 600, 1), *in = qtest_buffer(test, 4, 0);

	qtest_start(test, RING, 8, 1000);
	qtest_request(test, 0, out, 600, in, 1);
	qtest_request(test, 2, out, 400, in + 1, 1);
	KUNIT_EXPECT_EQ(test, qtest_gather(test, FRAME, true), VARGO_FILL_BLOCKED);
	qtest_sent(test, true);
	KUNIT_EXPECT_EQ(test, qtest_budget(test), 399);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(0, 0, 1), "x"), 1);
	KUNIT_EXPECT_EQ(test, qtest_budget(test), 1000);
	qtest_send_one(test, 2, 1, out, 400, 1);
	KUNIT_EXPECT_EQ(test, qtest_budget(test), 599);
}

/* A large chain that has to wait is not overtaken by small ones of other queues */
static void queue_budget_in_line(struct kunit *test)
{
	static void (*const hold[])(struct vargo_queue *q) = {
		vargo_queue_pause, vargo_queue_forget,
	};
	struct vargo_queue *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);
	u8 *out = qtest_buffer(test, 900, 1), *in = qtest_buffer(test, 2, 0);
	struct qtest *t = test->priv;
	struct vargo_queue_config config;
	unsigned int i;
	void *mem;

	qtest_start(test, RING, 8, 1000);
	qtest_request(test, 0, out, 300, in, 1);
	qtest_send_one(test, 0, 0, out, 300, 1);
	qtest_request(test, 2, out, 900, in + 1, 1);
	KUNIT_EXPECT_EQ(test, qtest_gather(test, FRAME, true), VARGO_FILL_BLOCKED);
	KUNIT_EXPECT_PTR_EQ(test, t->budget.first, &t->q);

	config = t->q.config;
	mem = kunit_kzalloc(test, vring_size(RING, 64) + 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mem);
	vring_init(&config.vring, RING, PTR_ALIGN(mem, 64), 64);
	KUNIT_ASSERT_EQ(test, vargo_queue_init(other, &config), 0);
	vargo_queue_run(other, 7);
	qtest_set_desc(&config.vring.desc[0], out, 16, 0, 0);
	config.vring.avail->idx = __cpu_to_virtio16(true, 1);
	vargo_frame_begin(&t->tx, FRAME, true);
	KUNIT_EXPECT_EQ(test, vargo_queue_fill(other, &t->tx), VARGO_FILL_BLOCKED);

	/* The answer makes room for the large one, and then the other may go on */
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(0, 0, 1), "x"), 1);
	qtest_send_one(test, 2, 1, out, 900, 1);
	KUNIT_EXPECT_NULL(test, t->budget.first);
	vargo_frame_begin(&t->tx, FRAME, true);
	KUNIT_EXPECT_EQ(test, vargo_queue_fill(other, &t->tx), VARGO_FILL_EMPTY);
	vargo_queue_frame_done(other, false);

	/* A queue that waits in line and is held lets the others pass */
	qtest_request(test, 4, out, 900, in, 1);
	for (i = 0; i < ARRAY_SIZE(hold); i++) {
		KUNIT_EXPECT_EQ(test, qtest_gather(test, FRAME, true), VARGO_FILL_BLOCKED);
		qtest_sent(test, true);
		KUNIT_EXPECT_PTR_EQ(test, t->budget.first, &t->q);
		hold[i](&t->q);
		KUNIT_EXPECT_NULL(test, t->budget.first);
		vargo_queue_run(&t->q, 8);
	}
	vargo_queue_exit(other);
}

static void queue_wraparound(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 1, 0);
	struct qtest *t = test->priv;
	u32 i;

	qtest_start(test, RING, 8, 1 << 20);
	t->q.last_avail = 65530;
	t->q.used_idx = 65530;
	t->vr.avail->idx = __cpu_to_virtio16(true, 65530);
	t->vr.used->idx = __cpu_to_virtio16(true, 65530);
	for (i = 0; i < 12; i++) {
		qtest_request(test, 2 * (i % 4), out, 16, in, 1);
		qtest_send_one(test, 2 * (i % 4), i, out, 16, 1);
		KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(2 * (i % 4), i, 1), "x"), 1);
		qtest_expect_used(test, 65530 + i, 2 * (i % 4), 1);
	}
	KUNIT_EXPECT_EQ(test, qtest_used(test), 6);
}

static void queue_indirect(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 8, 0);
	struct vring_desc *table = qtest_buffer(test, 3 * sizeof(*table), 0);

	qtest_start(test, RING, 8, 1 << 20);
	qtest_set_desc(&table[0], out, 16, NEXT, 2);
	qtest_set_desc(&table[2], in, 3, NEXT | WR, 1);
	qtest_set_desc(&table[1], in + 3, 5, WR, 0);
	qtest_desc(test, 9, table, 3 * sizeof(*table), INDIRECT, 0);
	qtest_offer(test, 9);
	qtest_send_one(test, 9, 0, out, 16, 8);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(9, 0, 8), "abcdefgh"), 1);
	KUNIT_EXPECT_MEMEQ(test, in, "abcdefgh", 8);
}

/* ------------------------------------------------------------------------ */
/* From the backend */

static void queue_answer_fragments(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 10, 0);
	struct vargo_pdu pdu;

	qtest_start(test, RING, 8, 1 << 20);
	qtest_request(test, 0, out, 16, in, 10);
	qtest_send_one(test, 0, 0, out, 16, 10);
	pdu = qtest_answer(0, 0, 10);
	pdu.room = 4;		/* what the device model said */
	pdu.length = 6;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "abcdef"), 0);
	KUNIT_EXPECT_EQ(test, qtest_used(test), 0);
	pdu.offset = 6;
	pdu.length = 4;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "ghij"), 1);
	qtest_expect_used(test, 0, 0, 4);
	KUNIT_EXPECT_MEMEQ(test, in, "abcdefghij", 10);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "ghij"), -EPROTO);
}

/* Each way to be wrong, and the buffer is untouched */
static void queue_violations(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 10, 0x55), zero[16] = {};
	u8 *same = qtest_copy(test, in, 10);
	struct vargo_pdu good, pdu;

	qtest_start(test, RING, 8, 1 << 20);
	qtest_request(test, 0, out, 16, in, 10);
	qtest_send_one(test, 0, 0, out, 16, 10);
	good = qtest_answer(0, 0, 10);

#define WRONG(field, value) do {						\
	pdu = good;								\
	pdu.field = value;							\
	KUNIT_EXPECT_EQ_MSG(test, qtest_reply(test, pdu, zero), -EPROTO, #field " " #value); \
} while (0)
	WRONG(head, RING);
	WRONG(head, 0xffff);
	WRONG(head, 2);
	WRONG(chain, 1);
	WRONG(chain, U32_MAX);
	WRONG(total, 11);
	WRONG(total, 9);	/* a block device's status byte is missing */
	WRONG(total, U32_MAX);
	WRONG(room, 11);
	WRONG(offset, 1);
#undef WRONG
	pdu = good;
	pdu.epoch = 6;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, zero), -ESTALE);
	KUNIT_EXPECT_MEMEQ(test, in, same, 10);

	/* Second fragments that do not continue the first */
	pdu = good;
	pdu.length = 4;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "abcd"), 0);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "abcd"), -EPROTO);
	pdu.offset = 5;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "abcd"), -EPROTO);
	pdu.offset = 4;
	pdu.room = 9;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "abcd"), -EPROTO);
	pdu = good;
	pdu.flags = VIRTIO_ARGO_PDU_F_ERROR;
	pdu.total = 0;
	pdu.room = 0;
	pdu.length = 0;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, NULL), -EPROTO);
	KUNIT_EXPECT_EQ(test, qtest_used(test), 0);
	KUNIT_EXPECT_MEMEQ(test, in + 4, same + 4, 6);
}

static void queue_error_answer(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 10, 0x55), want[10] = {};
	struct vargo_pdu pdu;

	qtest_start(test, RING, 8, 1 << 20);
	qtest_request(test, 0, out, 16, in, 10);
	qtest_send_one(test, 0, 0, out, 16, 10);
	pdu = qtest_answer(0, 0, 0);
	pdu.flags = VIRTIO_ARGO_PDU_F_ERROR;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, NULL), 1);
	want[9] = IOERR;
	KUNIT_EXPECT_MEMEQ(test, in, want, 10);
	qtest_expect_used(test, 0, 0, 10);
}

/* A type without a status: short answers are allowed, errors have length 0 */
static void queue_other_type(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 10, 0x55);
	struct qtest *t = test->priv;
	struct vargo_pdu pdu;
	u8 rest = in[3];

	qtest_start(test, RING, 8, 1 << 20);
	t->q.config.fill = false;
	t->q.config.fail_status = -1;
	qtest_request(test, 0, out, 16, in, 10);
	qtest_send_one(test, 0, 0, out, 16, 10);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(0, 0, 3), "abc"), 1);
	qtest_expect_used(test, 0, 0, 3);
	KUNIT_EXPECT_EQ(test, in[3], rest);

	qtest_request(test, 0, out, 16, in, 10);
	qtest_send_one(test, 0, 1, out, 16, 10);
	pdu = qtest_answer(0, 1, 0);
	pdu.flags = VIRTIO_ARGO_PDU_F_ERROR;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, NULL), 1);
	qtest_expect_used(test, 1, 0, 0);

	/* Short, but not of another length in each fragment */
	qtest_request(test, 0, out, 16, in, 10);
	qtest_send_one(test, 0, 2, out, 16, 10);
	pdu = qtest_answer(0, 2, 6);
	pdu.room = 4;
	pdu.length = 2;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "ab"), 0);
	pdu.offset = 2;
	pdu.total = 7;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "cd"), -EPROTO);
	pdu.total = 4;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "cd"), -EPROTO);
	KUNIT_EXPECT_EQ(test, qtest_used(test), 2);
}

static void queue_no_interrupt(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 1, 0);
	struct qtest *t = test->priv;

	qtest_start(test, RING, 8, 1 << 20);
	t->vr.avail->flags = __cpu_to_virtio16(true, VRING_AVAIL_F_NO_INTERRUPT);
	qtest_request(test, 0, out, 16, in, 1);
	qtest_send_one(test, 0, 0, out, 16, 1);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(0, 0, 1), "x"), 0);
	qtest_expect_used(test, 0, 0, 1);
}

/* The answer came before sendv had returned: the buffers are still Xen's */
static void queue_answer_too_early(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 1, 0);

	qtest_start(test, RING, 8, 1 << 20);
	qtest_request(test, 0, out, 16, in, 1);
	qtest_gather(test, FRAME, true);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(0, 0, 1), "x"), -EAGAIN);
	KUNIT_EXPECT_EQ(test, qtest_used(test), 0);
	qtest_sent(test, true);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(0, 0, 1), "x"), 1);
}

/* ------------------------------------------------------------------------ */

static struct kunit_case queue_cases[] = {
	KUNIT_CASE(queue_request),
	KUNIT_CASE(queue_batch),
	KUNIT_CASE(queue_no_needless_cut),
	KUNIT_CASE(queue_fragments),
	KUNIT_CASE(queue_megabyte),
	KUNIT_CASE(queue_direct),
	KUNIT_CASE(queue_stage_full),
	KUNIT_CASE(queue_refused_frame),
	KUNIT_CASE(queue_depth),
	KUNIT_CASE(queue_budget),
	KUNIT_CASE(queue_budget_in_line),
	KUNIT_CASE(queue_wraparound),
	KUNIT_CASE(queue_indirect),
	KUNIT_CASE(queue_answer_fragments),
	KUNIT_CASE(queue_violations),
	KUNIT_CASE(queue_error_answer),
	KUNIT_CASE(queue_other_type),
	KUNIT_CASE(queue_no_interrupt),
	KUNIT_CASE(queue_answer_too_early),
	{}
};

static struct kunit_suite queue_suite = {
	.name = "virtio_argo_queue",
	.init = qtest_init,
	.exit = qtest_exit,
	.test_cases = queue_cases,
};

kunit_test_suite(queue_suite);

MODULE_AUTHOR("The VirtIO-Argo authors");
MODULE_DESCRIPTION("KUnit tests of VirtIO over Argo");
MODULE_LICENSE("GPL");
