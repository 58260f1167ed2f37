// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: waiting for room at a destination.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include "argo.h"
#include "argo_test.h"

struct test_waiter {
	struct argo_space_waiter w;
	struct xen_argo *argo;
	struct completion called;
	unsigned int calls;
	int status;
	unsigned int again;	/* times to arm itself again */
	bool sleeps;
	bool frees;
};

static void waiter_fn(struct argo_space_waiter *w, int status)
{
	struct test_waiter *tw = container_of(w, struct test_waiter, w);

	might_sleep();
	if (tw->frees) {
		kfree(tw);
		return;
	}
	if (tw->sleeps) {
		complete(&tw->called);
		msleep(50);
	}
	tw->calls++;
	tw->status = status;
	if (tw->again) {
		tw->again--;
		argo_space_wait(tw->argo, w);
	}
	if (!tw->sleeps)
		complete(&tw->called);
}

static struct test_waiter *waiter_make(struct kunit *test, struct xen_argo *argo,
				       u32 port, domid_t domid, u32 len)
{
	struct test_waiter *tw = kunit_kzalloc(test, sizeof(*tw), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tw);
	init_completion(&tw->called);
	tw->argo = argo;
	tw->w.dst.port = port;
	tw->w.dst.domid = domid;
	tw->w.len = len;
	tw->w.fn = waiter_fn;
	tw->status = 1;
	return tw;
}

static struct test_waiter *waiter_arm(struct kunit *test, struct xen_argo *argo,
				      u32 port, domid_t domid, u32 len)
{
	struct test_waiter *tw = waiter_make(test, argo, port, domid, len);

	argo_space_wait(argo, &tw->w);
	return tw;
}

static bool waiter_called(struct test_waiter *tw)
{
	return wait_for_completion_timeout(&tw->called, 10 * HZ);
}

/*
 * Keep the core's work busy for a moment, in a callback that sleeps: who is armed
 * now is asked for in one call afterwards.
 */
static struct test_waiter *waiter_hold_work(struct kunit *test, struct xen_argo *argo)
{
	struct test_waiter *tw = waiter_make(test, argo, 4711, BACK, 1);

	tw->sleeps = true;
	argo_space_wait(argo, &tw->w);
	KUNIT_ASSERT_TRUE(test, waiter_called(tw));
	return tw;
}

static void space_is_there(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_waiter *tw;

	test_ring(test, t->back, PORT, FRONT, 4032);
	tw = waiter_arm(test, t->front, PORT, BACK, 4000);
	KUNIT_EXPECT_TRUE(test, waiter_called(tw));
	KUNIT_EXPECT_EQ(test, 0, tw->status);
	KUNIT_EXPECT_EQ(test, 1, tw->calls);
}

static void space_comes(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);
	struct test_waiter *tw;

	test_fill(test, t->front, PORT, BACK, 500);
	tw = waiter_arm(test, t->front, PORT, BACK, 500);
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, 0, tw->calls);
	KUNIT_EXPECT_EQ(test, 500, argo_fake_pending(t->back, PORT, FRONT, FRONT));
	test_drain(test, tr);
	KUNIT_EXPECT_TRUE(test, waiter_called(tw));
	KUNIT_EXPECT_EQ(test, 0, tw->status);
	argo_space_cancel(t->front, &tw->w);
}

static void space_asks_for_the_largest(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);
	struct test_waiter *small, *large, *middle;

	test_fill(test, t->front, PORT, BACK, 100);
	argo_fake_hold_virqs(t->front, true);
	small = waiter_arm(test, t->front, PORT, BACK, 200);
	large = waiter_arm(test, t->front, PORT, BACK, 3000);
	middle = waiter_arm(test, t->front, PORT, BACK, 1000);
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, 3000, argo_fake_pending(t->back, PORT, FRONT, FRONT));
	argo_fake_hold_virqs(t->front, false);
	test_drain(test, tr);
	KUNIT_EXPECT_TRUE(test, waiter_called(small));
	KUNIT_EXPECT_TRUE(test, waiter_called(large));
	KUNIT_EXPECT_TRUE(test, waiter_called(middle));
	KUNIT_EXPECT_EQ(test, 0, small->status | large->status | middle->status);
}

/* What can never fit does not hold up what can */
static void space_never_enough(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);
	struct test_waiter *small, *huge, *hold;

	test_fill(test, t->front, PORT, BACK, 100);
	hold = waiter_hold_work(test, t->front);
	huge = waiter_arm(test, t->front, PORT, BACK, 4001);
	small = waiter_arm(test, t->front, PORT, BACK, 200);
	KUNIT_EXPECT_TRUE(test, waiter_called(huge));
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, huge->status);
	/* The call for the huge one's sake noted nothing; so it is asked again */
	KUNIT_EXPECT_TRUE(test, test_eventually(argo_fake_pending(t->back, PORT, FRONT,
								  FRONT) == 200));
	KUNIT_EXPECT_EQ(test, 0, small->calls);
	test_drain(test, tr);
	KUNIT_EXPECT_TRUE(test, waiter_called(small));
	KUNIT_EXPECT_EQ(test, 0, small->status);
	argo_space_cancel(t->front, &hold->w);
}

/* Xen wakes nobody when a ring or its domain goes away */
static void space_destination_goes(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);
	struct test_ring *other;
	struct xen_argo *third = argo_test_domain(test, 3);
	struct test_waiter *a, *b, *c;

	a = waiter_arm(test, t->front, 999, BACK, 1);
	KUNIT_EXPECT_TRUE(test, waiter_called(a));
	KUNIT_EXPECT_EQ(test, -ECONNREFUSED, a->status);

	test_fill(test, t->front, PORT, BACK, 100);
	b = waiter_arm(test, t->front, PORT, BACK, 200);
	other = test_ring(test, third, PORT, FRONT, 4032);
	test_fill(test, t->front, PORT, 3, 100);
	c = waiter_arm(test, t->front, PORT, 3, 200);
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, 0, b->calls + c->calls);
	test_ring_destroy(test, tr);
	KUNIT_EXPECT_TRUE(test, waiter_called(b));
	KUNIT_EXPECT_EQ(test, -ECONNREFUSED, b->status);
	argo_fake_kill_domain(third);
	KUNIT_EXPECT_TRUE(test, waiter_called(c));
	KUNIT_EXPECT_EQ(test, -ECONNREFUSED, c->status);
	test_ring_destroy(test, other);
}

/* 32 domains wait already: Xen does not note the 33rd, so a timer must ask */
static void space_queue_is_full(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct argo_ring_config config = {
		.port = PORT, .partner = XEN_ARGO_DOMID_ANY, .len = 4032,
	};
	struct xen_argo *others[32];
	struct test_waiter *tw;
	struct test_ring *tr;
	int i;

	argo_fake_set_permissive(t->xen, true);
	tr = test_ring_config(test, t->back, config);
	test_fill(test, t->front, PORT, BACK, 100);
	test_drain(test, tr);	/* releases front's own entry */
	for (i = 0; i < 32; i++)
		others[i] = argo_test_domain(test, 10 + i);
	test_fill(test, others[0], PORT, BACK, 100);
	for (i = 1; i < 32; i++)
		KUNIT_ASSERT_EQ(test, -EAGAIN, test_send(test, others[i], PORT, BACK, 100, i));
	KUNIT_EXPECT_EQ(test, -EBUSY, test_send(test, t->front, PORT, BACK, 100, i));

	tw = waiter_arm(test, t->front, PORT, BACK, 100);
	KUNIT_EXPECT_TRUE(test,
			  test_eventually(argo_counter_read(t->front, ARGO_C_SPACE_RETRIES) > 1));
	KUNIT_EXPECT_EQ(test, 0, tw->calls);
	test_drain(test, tr);
	KUNIT_EXPECT_TRUE(test, waiter_called(tw));
	KUNIT_EXPECT_EQ(test, 0, tw->status);
}

static void space_xen_without_memory(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_waiter *tw;

	test_ring(test, t->back, PORT, FRONT, 4032);
	argo_fake_fail(t->front, ARGO_FAKE_NOTIFY, -ENOMEM, 0, 5);
	tw = waiter_arm(test, t->front, PORT, BACK, 100);
	KUNIT_EXPECT_TRUE(test, waiter_called(tw));
	KUNIT_EXPECT_EQ(test, 0, tw->status);
	KUNIT_EXPECT_EQ(test, 6, argo_fake_calls(t->front, ARGO_FAKE_NOTIFY));
}

/* The denial of one destination ends Xen's call for all of them */
static void space_policy_of_one(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_waiter *good, *bad, *late, *hold;

	argo_test_domain(test, 3);
	test_ring(test, t->back, PORT, FRONT, 4032);
	test_ring(test, t->back, PORT + 1, FRONT, 4032);
	argo_fake_deny(t->xen, FRONT, 3, -EACCES);

	hold = waiter_hold_work(test, t->front);
	good = waiter_make(test, t->front, PORT, BACK, 100);
	bad = waiter_make(test, t->front, PORT, 3, 100);
	late = waiter_make(test, t->front, PORT + 1, BACK, 100);
	argo_space_wait(t->front, &good->w);
	argo_space_wait(t->front, &bad->w);
	argo_space_wait(t->front, &late->w);
	KUNIT_EXPECT_TRUE(test, waiter_called(good));
	KUNIT_EXPECT_TRUE(test, waiter_called(bad));
	KUNIT_EXPECT_TRUE(test, waiter_called(late));
	KUNIT_EXPECT_EQ(test, 0, good->status);
	KUNIT_EXPECT_EQ(test, -EACCES, bad->status);
	KUNIT_EXPECT_EQ(test, 0, late->status);
	argo_space_cancel(t->front, &hold->w);
}

/* More destinations than one notify takes */
static void space_many_destinations(struct kunit *test)
{
	struct argo_test *t = test->priv;
	const int n = 3 * ARGO_MAX_NOTIFY / 2;
	struct test_waiter **tw = kunit_kcalloc(test, n, sizeof(*tw), GFP_KERNEL);
	unsigned int called = 0;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, tw);
	for (i = 0; i < n; i++)
		tw[i] = waiter_arm(test, t->front, 1000 + i, BACK, 100);
	for (i = 0; i < n; i++) {
		if (!waiter_called(tw[i]))
			break;
		called += tw[i]->status == -ECONNREFUSED;
	}
	KUNIT_EXPECT_EQ(test, n, called);
	for (i = 0; i < n; i++)
		argo_space_cancel(t->front, &tw[i]->w);
}

static void space_cancel(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);
	struct test_waiter *tw = waiter_make(test, t->front, PORT, BACK, 500);

	argo_space_cancel(t->front, &tw->w);		/* never armed */
	test_fill(test, t->front, PORT, BACK, 500);
	argo_space_wait(t->front, &tw->w);
	argo_space_wait(t->front, &tw->w);		/* twice is once */
	argo_space_cancel(t->front, &tw->w);
	argo_space_cancel(t->front, &tw->w);
	test_drain(test, tr);
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, 0, tw->calls);

	/* While it runs: cancel returns behind it */
	tw->sleeps = true;
	argo_space_wait(t->front, &tw->w);
	KUNIT_ASSERT_TRUE(test, waiter_called(tw));
	argo_space_cancel(t->front, &tw->w);
	KUNIT_EXPECT_EQ(test, 1, tw->calls);

	/* While it runs and arms itself again for ever */
	tw->again = UINT_MAX;
	argo_space_wait(t->front, &tw->w);
	KUNIT_ASSERT_TRUE(test, waiter_called(tw));
	argo_space_cancel(t->front, &tw->w);
	tw->calls = 0;
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, 0, tw->calls);
}

static void space_callback_may(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_waiter *tw;

	test_ring(test, t->back, PORT, FRONT, 4032);
	tw = waiter_make(test, t->front, PORT, BACK, 100);
	tw->again = 9;
	argo_space_wait(t->front, &tw->w);
	KUNIT_EXPECT_TRUE(test, test_eventually(READ_ONCE(tw->calls) == 10));
	argo_space_cancel(t->front, &tw->w);
	KUNIT_EXPECT_EQ(test, 10, tw->calls);

	tw = kzalloc(sizeof(*tw), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tw);
	tw->w.dst = (struct argo_addr){ .port = PORT, .domid = BACK };
	tw->w.fn = waiter_fn;
	tw->frees = true;
	argo_space_wait(t->front, &tw->w);
	argo_fake_sync(t->xen);
}

static void space_suspended(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_waiter *before, *during, *after;

	test_ring(test, t->back, PORT, FRONT, 4032);
	test_fill(test, t->front, PORT, BACK, 500);
	before = waiter_arm(test, t->front, PORT, BACK, 500);
	argo_fake_suspend(t->front);
	KUNIT_EXPECT_EQ(test, 1, before->calls);	/* not some time later */
	KUNIT_EXPECT_EQ(test, -ENODEV, before->status);
	during = waiter_arm(test, t->front, PORT, BACK, 500);
	KUNIT_EXPECT_TRUE(test, waiter_called(during));
	KUNIT_EXPECT_EQ(test, -ENODEV, during->status);
	argo_fake_resume(t->front);
	after = waiter_arm(test, t->front, PORT, BACK, 1);
	KUNIT_EXPECT_TRUE(test, waiter_called(after));
	KUNIT_EXPECT_EQ(test, 0, after->status);

	argo_fake_disable_domain(t->front);
	after = waiter_arm(test, t->front, PORT, BACK, 1);
	KUNIT_EXPECT_TRUE(test, waiter_called(after));
	KUNIT_EXPECT_EQ(test, -ENODEV, after->status);
}

struct space_sender {
	struct kunit *test;
	struct xen_argo *argo;
	u32 len;
	unsigned int left;
	struct completion done;
};

/* Send, wait for room, send: as a blocking writer does */
static int space_sender_thread(void *data)
{
	struct space_sender *s = data;
	struct argo_addr dst = { .port = PORT, .domid = BACK };
	struct test_waiter tw = { .argo = s->argo };
	u8 *buf = kzalloc(s->len, GFP_KERNEL);
	struct kvec iov = { buf, s->len };

	while (buf && s->left) {
		if (argo_sendv(s->argo, 7, &dst, 0, &iov, 1) == s->len) {
			s->left--;
			continue;
		}
		init_completion(&tw.called);
		tw.w.dst = dst;
		tw.w.len = s->len;
		tw.w.fn = waiter_fn;
		argo_space_wait(s->argo, &tw.w);
		if (!waiter_called(&tw))
			break;
		argo_space_cancel(s->argo, &tw.w);
	}
	kfree(buf);
	complete(&s->done);
	return 0;
}

/* Senders of several sizes and domains on one small ring, none is forgotten */
static void space_under_contention(struct kunit *test)
{
	static const u32 lens[] = { 10, 700, 2000, 3999, 64, 1500 };
	struct argo_test *t = test->priv;
	struct argo_ring_config config = {
		.port = PORT, .partner = XEN_ARGO_DOMID_ANY, .len = 4032,
	};
	struct space_sender *senders = kunit_kcalloc(test, ARRAY_SIZE(lens), sizeof(*senders),
						     GFP_KERNEL);
	struct xen_argo *third = argo_test_domain(test, 3);
	unsigned int got = 0, idle = 0, n;
	struct task_struct *task;
	struct test_ring *tr;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, senders);
	argo_fake_set_permissive(t->xen, true);
	tr = test_ring_config(test, t->back, config);
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		senders[i] = (struct space_sender){
			.test = test, .argo = i % 2 ? third : t->front, .len = lens[i], .left = 200,
		};
		init_completion(&senders[i].done);
		task = kthread_run(space_sender_thread, &senders[i], "argo-sender%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	}
	while (got < 200 * ARRAY_SIZE(lens) && idle < 5000) {
		n = test_drain(test, tr);
		got += n;
		idle = n ? 0 : idle + 1;
		if (!n)
			usleep_range(1000, 2000);
	}
	KUNIT_EXPECT_EQ(test, 200 * ARRAY_SIZE(lens), got);
	for (i = 0; i < ARRAY_SIZE(lens); i++)
		wait_for_completion(&senders[i].done);
}

static struct kunit_case space_cases[] = {
	KUNIT_CASE(space_is_there),
	KUNIT_CASE(space_comes),
	KUNIT_CASE(space_asks_for_the_largest),
	KUNIT_CASE(space_never_enough),
	KUNIT_CASE(space_destination_goes),
	KUNIT_CASE(space_queue_is_full),
	KUNIT_CASE(space_xen_without_memory),
	KUNIT_CASE(space_policy_of_one),
	KUNIT_CASE(space_many_destinations),
	KUNIT_CASE(space_cancel),
	KUNIT_CASE(space_callback_may),
	KUNIT_CASE(space_suspended),
	KUNIT_CASE_SLOW(space_under_contention),
	{ }
};

struct kunit_suite argo_space_suite = {
	.name = "argo-space",
	.init = argo_test_init,
	.test_cases = space_cases,
};
