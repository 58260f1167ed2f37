// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: rings, their registration, contents and life.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/delay.h>
#include <linux/kthread.h>

#include "argo.h"
#include "argo_test.h"

static void ring_nop_rx(struct argo_ring *ring, void *priv)
{
}

static const struct argo_ring_ops ring_nop_ops = { .rx = ring_nop_rx };

static long ring_try(struct xen_argo *argo, struct argo_ring_config config)
{
	struct argo_ring *ring;

	config.ops = config.ops ?: &ring_nop_ops;
	ring = argo_ring_create(argo, &config);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	argo_ring_destroy(ring);
	return 0;
}

static void ring_rounds_length(struct kunit *test)
{
	static const struct { u32 want, get; } cases[] = {
		{ 1, 4032 }, { 4032, 4032 }, { 4033, 8128 }, { 4096, 8128 },
		{ 65536, 17 * 4096 - 64 }, { 16777216 - 64, 16777216 - 64 },
	};
	struct argo_test *t = test->priv;
	struct test_ring *tr;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		tr = test_ring(test, t->back, PORT, FRONT, cases[i].want);
		KUNIT_EXPECT_EQ(test, cases[i].get, argo_ring_len(tr->ring));
		test_ring_destroy(test, tr);
	}
	KUNIT_EXPECT_EQ(test, 0, argo_fake_ring_count(t->back));
}

static void ring_rejects_config(struct kunit *test)
{
	static const struct argo_ring_ops no_rx = { };
	struct argo_ring_config good = { .port = PORT, .partner = FRONT, .len = 4096 }, bad;
	struct argo_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, 0, ring_try(t->back, good));
	bad = good;
	bad.port = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, ring_try(t->back, bad));
	bad = good;
	bad.len = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, ring_try(t->back, bad));
	bad = good;
	bad.len = 16777216 - 63;
	KUNIT_EXPECT_EQ(test, -EINVAL, ring_try(t->back, bad));
	bad = good;
	bad.len = ~0;
	KUNIT_EXPECT_EQ(test, -EINVAL, ring_try(t->back, bad));
	bad = good;
	bad.partner = DOMID_SELF;
	KUNIT_EXPECT_EQ(test, -EINVAL, ring_try(t->back, bad));
	bad = good;
	bad.ops = &no_rx;
	KUNIT_EXPECT_EQ(test, -EINVAL, ring_try(t->back, bad));
}

static void ring_reports_xen_errors(struct kunit *test)
{
	static const int errs[] = { -EINVAL, -EPERM, -EACCES, -ESRCH, -ECONNREFUSED,
				    -ENOSPC, -ENOMEM, -ENODEV, -ENOSYS };
	struct argo_ring_config c = { .port = PORT, .partner = FRONT, .len = 4096 };
	struct argo_test *t = test->priv;
	struct xen_argo *third = argo_test_domain(test, 3);
	int i;

	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		argo_fake_fail(t->back, ARGO_FAKE_REGISTER, errs[i], 0, 1);
		KUNIT_EXPECT_EQ(test, errs[i], ring_try(t->back, c));
	}

	/* And the fake's own, which are Xen's */
	c.partner = 77;
	KUNIT_EXPECT_EQ(test, -ESRCH, ring_try(t->back, c));
	c.partner = XEN_ARGO_DOMID_ANY;
	KUNIT_EXPECT_EQ(test, -EPERM, ring_try(t->back, c));
	argo_fake_set_permissive(t->xen, true);
	KUNIT_EXPECT_EQ(test, 0, ring_try(t->back, c));
	c.partner = 3;
	argo_fake_deny(t->xen, 3, BACK, -EACCES);
	KUNIT_EXPECT_EQ(test, -EACCES, ring_try(t->back, c));
	argo_fake_deny(t->xen, 3, BACK, 0);
	argo_fake_disable_domain(third);
	KUNIT_EXPECT_EQ(test, -ECONNREFUSED, ring_try(t->back, c));
	argo_fake_kill_domain(third);
	KUNIT_EXPECT_EQ(test, -ESRCH, ring_try(t->back, c));
	KUNIT_EXPECT_EQ(test, 0, argo_fake_ring_count(t->back));
}

static void ring_is_unique(struct kunit *test)
{
	struct argo_ring_config c = { .port = PORT, .partner = FRONT, .len = 4096 };
	struct argo_test *t = test->priv;
	unsigned int calls;

	test_ring(test, t->back, PORT, FRONT, 4096);
	calls = argo_fake_calls(t->back, ARGO_FAKE_REGISTER);
	KUNIT_EXPECT_EQ(test, -EEXIST, ring_try(t->back, c));
	KUNIT_EXPECT_EQ(test, calls, argo_fake_calls(t->back, ARGO_FAKE_REGISTER));
	KUNIT_EXPECT_EQ(test, 1, argo_fake_ring_count(t->back));
	/* Same port for another partner, same partner at another port */
	argo_test_domain(test, 3);
	c.partner = 3;
	KUNIT_EXPECT_EQ(test, 0, ring_try(t->back, c));
	c.partner = FRONT;
	c.port++;
	KUNIT_EXPECT_EQ(test, 0, ring_try(t->back, c));
}

/* Migration tracks the pages for a while; a kernel before a crash left a ring */
static void ring_register_retries(struct kunit *test)
{
	struct argo_ring_config c = { .port = PORT, .partner = FRONT, .len = 8192 };
	struct argo_test *t = test->priv;

	argo_fake_fail(t->back, ARGO_FAKE_REGISTER, -EAGAIN, 0, 3);
	KUNIT_EXPECT_EQ(test, 0, ring_try(t->back, c));
	argo_fake_fail(t->back, ARGO_FAKE_REGISTER, -EAGAIN, 0, 1000);
	KUNIT_EXPECT_EQ(test, -EAGAIN, ring_try(t->back, c));

	KUNIT_EXPECT_EQ(test, 0, argo_counter_read(t->back, ARGO_C_RINGS_EVICTED));
	argo_fake_fail(t->back, ARGO_FAKE_REGISTER, -EEXIST, 0, 1);
	KUNIT_EXPECT_EQ(test, 0, ring_try(t->back, c));
	KUNIT_EXPECT_EQ(test, 1, argo_counter_read(t->back, ARGO_C_RINGS_EVICTED));
	argo_fake_fail(t->back, ARGO_FAKE_REGISTER, -EEXIST, 0, 2);
	KUNIT_EXPECT_EQ(test, -EEXIST, ring_try(t->back, c));
}

static void ring_share_of_users(struct kunit *test)
{
	struct argo_ring_config c = { .partner = FRONT, .len = 4032, .user = true };
	struct argo_test *t = test->priv;
	u32 port;

	for (port = 1; port <= ARGO_MAX_USER_RINGS; port++) {
		c.port = port;
		test_ring_config(test, t->back, c);
	}
	c.port = port;
	KUNIT_EXPECT_EQ(test, -ENOSPC, ring_try(t->back, c));
	c.user = false;
	for (; port <= ARGO_MAX_RINGS; port++) {
		c.port = port;
		test_ring_config(test, t->back, c);
	}
	c.port = port;
	KUNIT_EXPECT_EQ(test, -ENOSPC, ring_try(t->back, c));
	KUNIT_EXPECT_EQ(test, ARGO_MAX_RINGS, argo_fake_ring_count(t->back));
}

static void ring_carries_messages(struct kunit *test)
{
	static const u32 lens[] = { 0, 1, 15, 16, 17, 100, 1000, 4000 };
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);
	struct argo_msg msg;
	int i;

	KUNIT_EXPECT_EQ(test, 0, argo_ring_peek(tr->ring, &msg));
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		KUNIT_EXPECT_EQ(test, lens[i], test_send(test, t->front, PORT, BACK, lens[i], i));
		test_expect(test, tr, FRONT, lens[i], i);
		KUNIT_EXPECT_EQ(test, 0, argo_ring_peek(tr->ring, &msg));
	}
	/* The largest is the length less header and one slot */
	KUNIT_EXPECT_EQ(test, 4000, test_send(test, t->front, PORT, BACK, 4000, 1));
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, test_send(test, t->front, PORT, BACK, 4001 + 16, 1));
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_GT(test, atomic_read(&tr->rx), 0);
}

/* Every offset at which header and payload can wrap, full rings in between */
static void ring_wraps(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);
	unsigned int sent = 0, got = 0;
	u32 len;
	int ret;

	while (sent < 5000) {
		len = (sent * 37) % 700;
		ret = test_send(test, t->front, PORT, BACK, len, sent);
		if (ret >= 0) {
			sent++;
			if (sent % 5)
				continue;
		} else {
			KUNIT_ASSERT_EQ(test, -EAGAIN, ret);
		}
		test_expect(test, tr, FRONT, (got * 37) % 700, got);
		got++;
		argo_ring_done(tr->ring);
		cond_resched();
	}
	while (got < sent) {
		test_expect(test, tr, FRONT, (got * 37) % 700, got);
		got++;
	}
}

static void ring_detects_nonsense(struct kunit *test)
{
	static const u32 bad_len[] = { 0, 1, 15, 4033, 33, 49, 0x7fffffff, 0xfffffff5, 0xffffffff };
	static const u32 bad_tx[] = { 1, 8, 15, 4032, 4048, 0x7ffffff0, 0xfffffff0 };
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);
	struct argo_msg msg;
	int i;

	for (i = 0; i < ARRAY_SIZE(bad_tx); i++) {
		KUNIT_ASSERT_EQ(test, 0, argo_fake_set_tx_ptr(t->back, PORT, FRONT, bad_tx[i]));
		KUNIT_EXPECT_EQ(test, -EPROTO, argo_ring_peek(tr->ring, &msg));
	}
	/* 32 bytes are there */
	argo_fake_set_tx_ptr(t->back, PORT, FRONT, 32);
	for (i = 0; i < ARRAY_SIZE(bad_len); i++) {
		argo_fake_poke(t->back, PORT, FRONT, 0, &bad_len[i], 4);
		KUNIT_EXPECT_EQ_MSG(test, -EPROTO, argo_ring_peek(tr->ring, &msg),
				    "length %u", bad_len[i]);
	}
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(bad_len) + ARRAY_SIZE(bad_tx),
			argo_counter_read(t->back, ARGO_C_RX_BAD));
	argo_fake_poke(t->back, PORT, FRONT, 0, &(u32){ 17 }, 4);
	KUNIT_EXPECT_EQ(test, 1, argo_ring_peek(tr->ring, &msg));
	KUNIT_EXPECT_EQ(test, 1, msg.len);
}

/* Xen does not watch rx_ptr: a blocked sender hears of room from done() only */
static void ring_done_releases_senders(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);
	unsigned int n, virqs;

	n = test_fill(test, t->front, PORT, BACK, 100);
	KUNIT_EXPECT_EQ(test, 31, n);	/* of 16 + 112 bytes, less the last slot */
	KUNIT_EXPECT_EQ(test, 100, argo_fake_pending(t->back, PORT, FRONT, FRONT));
	argo_fake_sync(t->xen);
	virqs = argo_counter_read(t->front, ARGO_C_VIRQ);
	KUNIT_EXPECT_EQ(test, n, test_drain(test, tr));
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, -ENOENT, argo_fake_pending(t->back, PORT, FRONT, FRONT));
	KUNIT_EXPECT_EQ(test, virqs + 1, argo_counter_read(t->front, ARGO_C_VIRQ));
}

static void ring_done_spares_notify(struct kunit *test)
{
	struct argo_ring_config c = {
		.port = PORT, .partner = FRONT, .len = 4032, .max_msg = 512,
	};
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring_config(test, t->back, c);
	unsigned int calls = argo_fake_calls(t->back, ARGO_FAKE_NOTIFY);
	int i;

	t->back->fence = false;	/* on arm64 each pass begins with a notify */
	for (i = 0; i < 100; i++) {
		test_send(test, t->front, PORT, BACK, 512, i);
		test_send(test, t->front, PORT, BACK, 512, i);
		KUNIT_EXPECT_EQ(test, 2, test_drain(test, tr));
	}
	KUNIT_EXPECT_EQ(test, calls, argo_fake_calls(t->back, ARGO_FAKE_NOTIFY));

	/* Once it was fuller than that, somebody may wait */
	test_fill(test, t->front, PORT, BACK, 512);
	test_drain(test, tr);
	KUNIT_EXPECT_EQ(test, calls + 1, argo_fake_calls(t->back, ARGO_FAKE_NOTIFY));
	/* 7 * 528 and one more: just full enough */
	for (i = 0; i < 7; i++)
		test_send(test, t->front, PORT, BACK, 512, i);
	test_drain(test, tr);
	KUNIT_EXPECT_EQ(test, calls + 2, argo_fake_calls(t->back, ARGO_FAKE_NOTIFY));
	argo_ring_done(tr->ring);
	KUNIT_EXPECT_EQ(test, calls + 2, argo_fake_calls(t->back, ARGO_FAKE_NOTIFY));
}

/* An owner that stops in the middle: a timer does it */
static void ring_done_is_never_lost(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);

	test_fill(test, t->front, PORT, BACK, 16);
	test_expect(test, tr, FRONT, 16, 0);
	argo_ring_done(tr->ring);
	KUNIT_EXPECT_TRUE(test, test_eventually(argo_fake_pending(t->back, PORT, FRONT,
								  FRONT) == -ENOENT));
}

/* See argo_ring_fetch(): one notify for each snapshot where Xen's barrier is late */
static void ring_fence_once_per_pass(struct kunit *test)
{
	struct argo_ring_config c = {
		.port = PORT, .partner = FRONT, .len = 65536, .max_msg = 64,
	};
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring_config(test, t->back, c);
	unsigned int calls = argo_fake_calls(t->back, ARGO_FAKE_NOTIFY);
	int i;

	t->back->fence = true;
	for (i = 0; i < 10; i++)
		test_send(test, t->front, PORT, BACK, 64, i);
	KUNIT_EXPECT_EQ(test, 10, test_drain(test, tr));
	KUNIT_EXPECT_EQ(test, calls + 1, argo_fake_calls(t->back, ARGO_FAKE_NOTIFY));
	KUNIT_EXPECT_EQ(test, 0, test_drain(test, tr));
	KUNIT_EXPECT_EQ(test, calls + 1, argo_fake_calls(t->back, ARGO_FAKE_NOTIFY));
}

static void ring_virqs_merge(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 65536);
	struct test_ring *other = test_ring(test, t->back, PORT + 1, FRONT, 4032);
	int i;

	argo_fake_hold_virqs(t->back, true);
	for (i = 0; i < 100; i++)
		test_send(test, t->front, PORT, BACK, 10, i);
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&tr->rx));
	argo_fake_hold_virqs(t->back, false);
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&tr->rx));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&other->rx));
	KUNIT_EXPECT_EQ(test, 100, test_drain(test, tr));
}

static void ring_early_sender(void *data)
{
	struct kunit *test = data;
	struct argo_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, 10, test_send(test, t->front, PORT, BACK, 10, 1));
	argo_fake_sync(t->xen);		/* its VIRQ has come and gone */
}

/* A message comes when Xen knows the ring and the core does not yet */
static void ring_early_message(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr;

	argo_fake_after_register(t->back, ring_early_sender, test);
	tr = test_ring(test, t->back, PORT, FRONT, 4032);
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&tr->rx));
	test_expect(test, tr, FRONT, 10, 1);

	atomic_set(&tr->rx, 0);
	argo_fake_suspend(t->back);
	argo_fake_after_register(t->back, ring_early_sender, test);
	argo_fake_resume(t->back);
	KUNIT_EXPECT_GT(test, atomic_read(&tr->rx), 0);
	test_expect(test, tr, FRONT, 10, 1);
}

static void ring_suspends_and_resumes(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);
	struct argo_ring_config c = { .port = 9, .partner = FRONT, .len = 4032 };
	struct argo_msg msg;

	test_send(test, t->front, PORT, BACK, 10, 1);
	argo_fake_suspend(t->back);
	KUNIT_EXPECT_EQ(test, 0, argo_fake_ring_count(t->back));
	KUNIT_EXPECT_EQ(test, -ENODEV, argo_ring_peek(tr->ring, &msg));
	KUNIT_EXPECT_EQ(test, -ENODEV, test_send(test, t->back, 1, FRONT, 1, 1));
	KUNIT_EXPECT_EQ(test, -ENODEV, ring_try(t->back, c));
	KUNIT_EXPECT_EQ(test, -ECONNREFUSED, test_send(test, t->front, PORT, BACK, 10, 1));

	argo_fake_resume(t->back);
	KUNIT_EXPECT_EQ(test, 0, argo_ring_peek(tr->ring, &msg));
	KUNIT_EXPECT_EQ(test, 10, test_send(test, t->front, PORT, BACK, 10, 2));
	test_expect(test, tr, FRONT, 10, 2);
	KUNIT_EXPECT_EQ(test, 2, tr->nr_events);
	KUNIT_EXPECT_EQ(test, ARGO_RING_SUSPENDED, tr->events[0]);
	KUNIT_EXPECT_EQ(test, ARGO_RING_RESUMED, tr->events[1]);
	KUNIT_EXPECT_EQ(test, 1, argo_fake_ring_count(t->back));
}

/* Xen has forgotten the rings, the partner is gone, or user space owns it */
static void ring_resume_can_fail(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct xen_argo *third = argo_test_domain(test, 3);
	struct test_ring *keeps = test_ring(test, t->back, PORT, FRONT, 4032);
	struct test_ring *loses = test_ring(test, t->back, PORT, 3, 4032);
	struct argo_ring_config c = { .port = 9, .partner = FRONT, .len = 4032, .user = true };
	struct test_ring *user = test_ring_config(test, t->back, c);
	struct argo_msg msg;

	argo_fake_forget_rings(t->back);
	argo_fake_suspend(t->back);
	argo_fake_kill_domain(third);
	argo_fake_resume(t->back);

	KUNIT_EXPECT_EQ(test, ARGO_RING_RESUMED, keeps->events[1]);
	KUNIT_EXPECT_EQ(test, ARGO_RING_LOST, loses->events[1]);
	KUNIT_EXPECT_EQ(test, -ENODEV, argo_ring_peek(loses->ring, &msg));
	KUNIT_EXPECT_EQ(test, 1, user->nr_events);
	KUNIT_EXPECT_EQ(test, -ENODEV, argo_ring_peek(user->ring, &msg));
	KUNIT_EXPECT_EQ(test, 1, argo_fake_ring_count(t->back));
	KUNIT_EXPECT_EQ(test, 0, argo_counter_read(t->back, ARGO_C_RINGS_LEAKED));
}

/* What Xen removed itself is fine; what it keeps must never be freed */
static void ring_unregister_errors(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct xen_argo *third = argo_test_domain(test, 3);
	struct test_ring *tr = test_ring(test, t->back, PORT, 3, 4032);

	argo_fake_kill_domain(third);
	test_ring_destroy(test, tr);
	KUNIT_EXPECT_EQ(test, 0, argo_counter_read(t->back, ARGO_C_RINGS_LEAKED));

	tr = test_ring(test, t->back, PORT, FRONT, 4032);
	argo_fake_fail(t->back, ARGO_FAKE_UNREGISTER, -EACCES, 0, 1);
	test_ring_destroy(test, tr);
	KUNIT_EXPECT_EQ(test, 1, argo_counter_read(t->back, ARGO_C_RINGS_LEAKED));
	/* Xen still writes there */
	KUNIT_EXPECT_EQ(test, 10, test_send(test, t->front, PORT, BACK, 10, 1));

	tr = test_ring(test, t->back, PORT + 1, FRONT, 4032);
	argo_fake_disable_domain(t->back);
	test_ring_destroy(test, tr);
	KUNIT_EXPECT_EQ(test, 1, argo_counter_read(t->back, ARGO_C_RINGS_LEAKED));
}

static int ring_disturber(void *data)
{
	struct argo_test *t = data;

	while (!kthread_should_stop()) {
		argo_fake_raise_virq(t->back);
		cond_resched();
	}
	return 0;
}

static void ring_destroy_under_virqs(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct task_struct *disturber;
	struct test_ring *tr;
	int i;

	t->back->virq_limit = 0;
	disturber = kthread_run(ring_disturber, t, "argo-disturber");
	KUNIT_ASSERT_FALSE(test, IS_ERR(disturber));
	for (i = 0; i < 100; i++) {
		tr = test_ring(test, t->back, PORT, FRONT, 4032);
		test_send(test, t->front, PORT, BACK, 10, i);
		test_ring_destroy(test, tr);
		/* A callback now would write into freed memory */
		kunit_kfree(test, tr);
	}
	kthread_stop(disturber);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_rounds_length),
	KUNIT_CASE(ring_rejects_config),
	KUNIT_CASE(ring_reports_xen_errors),
	KUNIT_CASE(ring_is_unique),
	KUNIT_CASE(ring_register_retries),
	KUNIT_CASE(ring_share_of_users),
	KUNIT_CASE(ring_carries_messages),
	KUNIT_CASE_SLOW(ring_wraps),
	KUNIT_CASE(ring_detects_nonsense),
	KUNIT_CASE(ring_done_releases_senders),
	KUNIT_CASE(ring_done_spares_notify),
	KUNIT_CASE(ring_done_is_never_lost),
	KUNIT_CASE(ring_fence_once_per_pass),
	KUNIT_CASE(ring_virqs_merge),
	KUNIT_CASE(ring_early_message),
	KUNIT_CASE(ring_suspends_and_resumes),
	KUNIT_CASE(ring_resume_can_fail),
	KUNIT_CASE(ring_unregister_errors),
	KUNIT_CASE_SLOW(ring_destroy_under_virqs),
	{ }
};

struct kunit_suite argo_ring_suite = {
	.name = "argo-ring",
	.init = argo_test_init,
	.test_cases = ring_cases,
};
