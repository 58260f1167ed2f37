// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of a virtqueue when something goes wrong.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Sessions that end, devices that fail or are reset, drivers with bugs.
 */
#include <linux/slab.h>
#include <linux/virtio_byteorder.h>

#include "virtio_argo_qtest.h"

/* ------------------------------------------------------------------------ */
/* Life */

static void queue_replay(struct kunit *test)
{
	u8 *out[6], *in = qtest_buffer(test, 64, 0);
	struct qtest *t = test->priv;
	struct vargo_pdu pdu;
	u32 i, at = 0;

	qtest_start(test, RING, 8, 1 << 20);
	for (i = 0; i < 5; i++) {
		out[i] = qtest_buffer(test, 100 + i, i);
		qtest_request(test, 2 * i, out[i], 100 + i, in + 8 * i, 8);
	}
	out[5] = qtest_buffer(test, 4000, 77);
	qtest_request(test, 10, out[5], 4000, NULL, 0);
	qtest_gather(test, 1024, true);
	qtest_sent(test, true);
	qtest_gather(test, 1024, true);	/* a fragment of the last */
	qtest_sent(test, true);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(2, 1, 8), in), 1);
	pdu = qtest_answer(6, 3, 8);
	pdu.length = 3;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "abc"), 0);

	vargo_queue_pause(&t->q);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(0, 0, 8), in), -ESTALE);
	KUNIT_EXPECT_EQ(test, qtest_gather(test, FRAME, true), VARGO_FILL_EMPTY);
	qtest_expect_end(test, 0);
	KUNIT_EXPECT_EQ(test, qtest_budget(test), 1 << 20);

	vargo_queue_run(&t->q, 8);
	qtest_gather(test, FRAME, true);
	qtest_expect_chain(test, &at, 0, 0, out[0], 100, 8);
	qtest_expect_chain(test, &at, 4, 1, out[2], 102, 8);
	qtest_expect_chain(test, &at, 6, 2, out[3], 103, 8);
	qtest_expect_chain(test, &at, 8, 3, out[4], 104, 8);
	qtest_expect_chain(test, &at, 10, 4, out[5], 4000, 0);
	qtest_expect_end(test, at);
	qtest_sent(test, true);

	pdu = qtest_answer(6, 2, 8);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "abcdefgh"), -ESTALE);
	pdu.epoch = 8;
	KUNIT_EXPECT_EQ(test, qtest_reply(test, pdu, "abcdefgh"), 1);
	qtest_expect_used(test, 1, 6, 8);
}

/* The backend came back with smaller limits: what it cannot take fails, no more */
static void queue_pause_smaller_limit(struct kunit *test)
{
	u8 *in = qtest_buffer(test, 16, 0x55), *large, *small;
	struct qtest *t = test->priv;

	large = qtest_buffer(test, 900, 1);
	small = qtest_buffer(test, 100, 2);
	qtest_start(test, RING, 8, 1 << 20);
	qtest_request(test, 0, large, 900, in, 8);
	qtest_request(test, 2, small, 100, in + 8, 8);
	qtest_gather(test, FRAME, true);
	qtest_sent(test, true);

	vargo_queue_pause(&t->q);
	t->budget.max_chain = 907;
	atomic_set(&t->budget.left, 907);
	vargo_queue_run(&t->q, 8);
	qtest_send_one(test, 2, 0, small, 100, 8);
	KUNIT_EXPECT_TRUE(test, vargo_queue_needs_reap(&t->q));
	KUNIT_EXPECT_TRUE(test, vargo_queue_reap(&t->q));
	qtest_expect_used(test, 0, 0, 8);
	KUNIT_EXPECT_EQ(test, in[7], IOERR);
	KUNIT_EXPECT_EQ(test, qtest_budget(test), 907 - 108);
}

static void queue_kill(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 30, 0x55), want[10] = {};
	struct qtest *t = test->priv;
	u32 i;

	want[9] = IOERR;
	qtest_start(test, RING, 2, 1 << 20);
	for (i = 0; i < 3; i++)
		qtest_request(test, 2 * i, out, 16, in + 10 * i, 10);
	qtest_gather(test, FRAME, true);	/* two of them, for the depth */
	qtest_sent(test, true);
	KUNIT_EXPECT_FALSE(test, vargo_queue_needs_reap(&t->q));
	vargo_queue_fail(&t->q);
	KUNIT_EXPECT_TRUE(test, vargo_queue_needs_reap(&t->q));
	KUNIT_EXPECT_EQ(test, qtest_used(test), 0);
	KUNIT_EXPECT_TRUE(test, vargo_queue_reap(&t->q));
	KUNIT_EXPECT_EQ(test, qtest_used(test), 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_MEMEQ(test, in + 10 * i, want, 10);
	KUNIT_EXPECT_EQ(test, qtest_budget(test), 1 << 20);
	KUNIT_EXPECT_EQ(test, t->q.unanswered, 0);

	/* And what comes later */
	qtest_request(test, 0, out, 16, in, 10);
	qtest_gather(test, FRAME, true);
	qtest_expect_end(test, 0);
	KUNIT_EXPECT_TRUE(test, vargo_queue_reap(&t->q));
	KUNIT_EXPECT_EQ(test, qtest_used(test), 4);
	KUNIT_EXPECT_FALSE(test, vargo_queue_reap(&t->q));
}

/* After a reset nothing is written, neither answers nor errors */
static void queue_forget(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1), *in = qtest_buffer(test, 30, 0x55);
	u8 *same = qtest_copy(test, in, 30);
	struct qtest *t = test->priv;

	qtest_start(test, RING, 8, 1 << 20);
	qtest_request(test, 0, out, 16, in, 10);
	qtest_request(test, 2, out, 16, in + 10, 10);
	qtest_gather(test, FRAME, true);
	qtest_sent(test, true);
	vargo_queue_fail(&t->q);
	vargo_queue_forget(&t->q);
	KUNIT_EXPECT_FALSE(test, vargo_queue_reap(&t->q));
	KUNIT_EXPECT_EQ(test, qtest_used(test), 0);
	KUNIT_EXPECT_EQ(test, qtest_budget(test), 1 << 20);

	/* The heads are the driver's again */
	vargo_queue_run(&t->q, 9);
	qtest_request(test, 0, out, 16, in, 10);
	qtest_send_one(test, 0, 0, out, 16, 10);
	KUNIT_EXPECT_EQ(test, qtest_reply(test, qtest_answer(0, 0, 10), in), -ESTALE);
	KUNIT_EXPECT_MEMEQ(test, in, same, 30);
}

/* ------------------------------------------------------------------------ */
/* A driver with bugs */

/* The chain at @head is answered with an error; nothing of it is sent */
static void expect_failed(struct kunit *test, u16 head)
{
	struct qtest *t = test->priv;
	u16 n = qtest_used(test);

	qtest_offer(test, head);
	qtest_gather(test, FRAME, true);
	qtest_expect_end(test, 0);
	KUNIT_EXPECT_TRUE(test, vargo_queue_needs_reap(&t->q));
	KUNIT_EXPECT_TRUE(test, vargo_queue_reap(&t->q));
	qtest_expect_used(test, n, head, 0);
}

static void queue_malformed_chains(struct kunit *test)
{
	struct vring_desc *table = qtest_buffer(test, 4 * sizeof(*table), 0);
	u8 *buf = qtest_buffer(test, 64, 1);

	qtest_start(test, RING, 8, 1 << 20);
	/* A loop */
	qtest_desc(test, 0, buf, 8, NEXT, 1);
	qtest_desc(test, 1, buf, 8, NEXT, 0);
	expect_failed(test, 0);
	/* Out of the table */
	qtest_desc(test, 0, buf, 8, NEXT, RING);
	expect_failed(test, 0);
	qtest_desc(test, 0, buf, 8, NEXT, 0xffff);
	expect_failed(test, 0);
	/* Readable behind writable */
	qtest_desc(test, 0, buf, 8, NEXT | WR, 1);
	qtest_desc(test, 1, buf, 8, 0, 0);
	expect_failed(test, 0);
	/* Longer than 2 GB in sum */
	qtest_desc(test, 0, buf, 0x80000000, NEXT, 1);
	qtest_desc(test, 1, buf, 0x80000000, 0, 0);
	expect_failed(test, 0);
	/* An indirect table inside a chain, and one of no whole entries */
	qtest_desc(test, 0, buf, 8, NEXT, 1);
	qtest_desc(test, 1, table, 16, INDIRECT, 0);
	expect_failed(test, 0);
	qtest_desc(test, 0, table, 24, INDIRECT, 0);
	expect_failed(test, 0);
	qtest_desc(test, 0, table, 0, INDIRECT, 0);
	expect_failed(test, 0);
	qtest_desc(test, 0, table, 16, INDIRECT | NEXT, 0);
	expect_failed(test, 0);
	/* Nested tables; an indirect chain that leaves its table, or loops */
	qtest_set_desc(&table[0], table, 32, INDIRECT, 0);
	qtest_desc(test, 0, table, 32, INDIRECT, 0);
	expect_failed(test, 0);
	qtest_set_desc(&table[0], buf, 8, NEXT, 2);
	expect_failed(test, 0);
	qtest_set_desc(&table[0], buf, 8, NEXT, 0);
	expect_failed(test, 0);

	/* The queue goes on */
	qtest_request(test, 0, buf, 16, buf + 16, 1);
	qtest_send_one(test, 0, 0, buf, 16, 1);
}

static void queue_too_long_chain(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 600, 1), *in = qtest_buffer(test, 401, 0x55), want[401] = {};
	struct qtest *t = test->priv;

	qtest_start(test, RING, 8, 1000);
	want[400] = IOERR;
	qtest_request(test, 0, out, 600, in, 401);
	qtest_gather(test, FRAME, true);
	qtest_expect_end(test, 0);
	KUNIT_EXPECT_TRUE(test, vargo_queue_reap(&t->q));
	qtest_expect_used(test, 0, 0, 401);
	KUNIT_EXPECT_MEMEQ(test, in, want, 401);
	KUNIT_EXPECT_EQ(test, qtest_budget(test), 1000);
}

static void queue_corrupt_avail(struct kunit *test)
{
	u8 *out = qtest_buffer(test, 16, 1);
	struct qtest *t = test->priv;

	qtest_start(test, RING, 8, 1 << 20);
	qtest_desc(test, 0, out, 16, 0, 0);
	qtest_offer(test, RING);
	qtest_gather(test, FRAME, true);
	qtest_expect_end(test, 0);
	KUNIT_EXPECT_TRUE(test, t->q.bad);
	/* Told of by the reap, for which it asks */
	KUNIT_EXPECT_EQ(test, t->q.complaint, VARGO_COMPLAINT_AVAIL);
	KUNIT_EXPECT_TRUE(test, vargo_queue_needs_reap(&t->q));
	KUNIT_EXPECT_FALSE(test, vargo_queue_reap(&t->q));
	KUNIT_EXPECT_FALSE(test, vargo_queue_needs_reap(&t->q));
	vargo_queue_exit(&t->q);

	/* The same head twice */
	memset(&t->q, 0, sizeof(t->q));
	qtest_start(test, RING, 8, 1 << 20);
	qtest_desc(test, 0, out, 16, 0, 0);
	qtest_offer(test, 0);
	qtest_offer(test, 0);
	qtest_gather(test, FRAME, true);
	qtest_sent(test, true);
	KUNIT_EXPECT_TRUE(test, t->q.bad);
	KUNIT_EXPECT_EQ(test, t->q.unanswered, 1);
	vargo_queue_exit(&t->q);

	/* More entries than the ring has */
	memset(&t->q, 0, sizeof(t->q));
	qtest_start(test, RING, 8, 1 << 20);
	t->vr.avail->idx = __cpu_to_virtio16(true, RING + 1);
	qtest_gather(test, FRAME, true);
	qtest_expect_end(test, 0);
	KUNIT_EXPECT_TRUE(test, t->q.bad);
	/* A bad queue can still be killed */
	vargo_queue_fail(&t->q);
	KUNIT_EXPECT_FALSE(test, vargo_queue_reap(&t->q));
}

/* ------------------------------------------------------------------------ */

static struct kunit_case queue_fault_cases[] = {
	KUNIT_CASE(queue_replay),
	KUNIT_CASE(queue_pause_smaller_limit),
	KUNIT_CASE(queue_kill),
	KUNIT_CASE(queue_forget),
	KUNIT_CASE(queue_malformed_chains),
	KUNIT_CASE(queue_too_long_chain),
	KUNIT_CASE(queue_corrupt_avail),
	{}
};

static struct kunit_suite queue_fault_suite = {
	.name = "virtio_argo_queue_fault",
	.init = qtest_init,
	.exit = qtest_exit,
	.test_cases = queue_fault_cases,
};

kunit_test_suite(queue_fault_suite);
