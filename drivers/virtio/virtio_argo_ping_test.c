// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of PING, towards backends that say nothing.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/slab.h>

#include "virtio_argo_btest.h"

#define PING_MS	20

static void bring_up(struct kunit *test)
{
	struct btest *t = test->priv;

	btest_bring_up_replayed(test);
	/* The setting up has asked nothing of the kind, and there is no timer. */
	KUNIT_EXPECT_EQ(test, t->pings, 0);
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&t->bus->link->ping));
	WRITE_ONCE(t->bus->link->ping_ms, PING_MS);
}

static struct btest_request *submit_and_wait(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	t->hold = true;
	r = btest_submit_all(test);
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->submits) == REQUESTS));
	return r;
}

static bool is_quiet(struct vargo_link *link)
{
	bool watching;

	spin_lock_irq(&link->lock);
	watching = link->watching;
	spin_unlock_irq(&link->lock);
	return !watching && !delayed_work_pending(&link->ping);
}

/* A device that takes its time is no reason to end the session */
static void ping_slow_device(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;
	unsigned int pings;

	bring_up(test);
	r = submit_and_wait(test);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(t->pings) >= 5));
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
	btest_backend_release(t);
	btest_expect_answered(test, r);

	/* Nothing is asked of it any more: the timer has gone, and does not come back */
	KUNIT_EXPECT_TRUE(test, eventually(is_quiet(t->bus->link)));
	pings = t->pings;
	msleep(5 * PING_MS);
	KUNIT_EXPECT_EQ(test, t->pings, pings);
	KUNIT_EXPECT_TRUE(test, is_quiet(t->bus->link));
	KUNIT_EXPECT_EQ(test, btest_stat(t, VARGO_STAT_TX_PING), pings);
	KUNIT_EXPECT_EQ(test, btest_stat(t, VARGO_STAT_TIMEOUTS), 0);
}

/* It hears nothing and says nothing: another session, and the same requests in it */
static void ping_silent_backend(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	bring_up(test);
	r = submit_and_wait(test);
	t->mute = true;
	KUNIT_ASSERT_TRUE(test, eventually(btest_stat(t, VARGO_STAT_TIMEOUTS) == 1));
	t->hold = false;
	t->mute = false;
	btest_expect_answered(test, r);
	KUNIT_EXPECT_EQ(test, t->hellos, 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 0);
	KUNIT_EXPECT_EQ(test, btest_stat(t, VARGO_STAT_VIOLATIONS), 0);
}

/* It is stopped, and its ring is not read: as a domain that is paused, and goes on */
static void ping_stopped_backend(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	bring_up(test);
	mutex_lock(&t->lock);
	r = btest_submit_all(test);
	KUNIT_EXPECT_TRUE(test, eventually(btest_stat(t, VARGO_STAT_TIMEOUTS) == 1));
	mutex_unlock(&t->lock);
	btest_expect_answered(test, r);
	KUNIT_EXPECT_GE(test, t->hellos, 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 0);
	KUNIT_EXPECT_EQ(test, btest_stat(t, VARGO_STAT_VIOLATIONS), 0);
}

static void ping_wrong_answer(struct kunit *test)
{
	struct btest *t = test->priv;
	struct btest_request *r;

	bring_up(test);
	t->wrong_ping = true;
	r = submit_and_wait(test);
	KUNIT_EXPECT_TRUE(test, eventually(READ_ONCE(t->hellos) >= 2));
	t->wrong_ping = false;
	/* It may have been asked once more in between, and answered so */
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->nr_held) == REQUESTS));
	t->hold = false;
	btest_backend_ready(t);
	btest_expect_answered(test, r);
}

/* The link is left while an answer is awaited, and while the timer runs */
static void ping_leave(struct kunit *test)
{
	struct btest *t = test->priv;

	bring_up(test);
	t->bus->leave_ms = 200;
	submit_and_wait(test);
	t->mute = true;
	KUNIT_EXPECT_TRUE(test, eventually(btest_stat(t, VARGO_STAT_TX_PING) == 1));
	btest_close(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&btest_driver.removed), 1);
}

/* PING is the driver side's to send: what a backend sends of it costs a count each */
static void ping_flood(struct kunit *test)
{
	const struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_PING, .token = 7,
	};
	struct btest *t = test->priv;
	long sent;
	int i, len;

	bring_up(test);
	sent = btest_stat(t, VARGO_STAT_TX_CONTROL);
	for (i = 0; i < 100; i++) {
		mutex_lock(&t->lock);
		len = vargo_msg_encode(&msg, t->out + VARGO_FRAME_HDR, VIRTIO_ARGO_MSG_MAX);
		t->head.seq++;
		btest_backend_send(t, VIRTIO_ARGO_MT_CONTROL, &t->head, len);
		mutex_unlock(&t->lock);
	}
	KUNIT_EXPECT_TRUE(test, eventually(btest_stat(t, VARGO_STAT_DROP_CONTROL) == 100));
	KUNIT_EXPECT_EQ(test, btest_stat(t, VARGO_STAT_TX_CONTROL), sent);
	btest_expect_answered(test, btest_submit_all(test));
	KUNIT_EXPECT_EQ(test, t->hellos, 1);
}

static struct kunit_case ping_cases[] = {
	KUNIT_CASE(ping_slow_device),
	KUNIT_CASE_SLOW(ping_silent_backend),
	KUNIT_CASE_SLOW(ping_stopped_backend),
	KUNIT_CASE(ping_wrong_answer),
	KUNIT_CASE(ping_leave),
	KUNIT_CASE(ping_flood),
	{}
};

static struct kunit_suite ping_suite = {
	.name = "virtio_argo_ping",
	.suite_init = btest_suite_init,
	.suite_exit = btest_suite_exit,
	.init = btest_init,
	.exit = btest_exit,
	.test_cases = ping_cases,
};

kunit_test_suite(ping_suite);
