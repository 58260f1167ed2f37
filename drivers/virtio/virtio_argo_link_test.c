// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of the sessions of a link.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/delay.h>

#include "virtio_argo_ltest.h"

/* ------------------------------------------------------------------------ */
/* Sessions */

static void link_hello(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct vargo_msg msg;
	struct ltest_got got;

	ltest_backend_open(test);
	ltest_open(test);
	got = ltest_receive_hello(test);
	KUNIT_EXPECT_EQ(test, got.msg.type, VIRTIO_ARGO_TYPE_BUS);
	KUNIT_EXPECT_EQ(test, got.msg.hello.magic, VIRTIO_ARGO_MAGIC);
	KUNIT_EXPECT_NE(test, got.msg.hello.session, 0);
	KUNIT_EXPECT_EQ(test, got.msg.hello.version_min, VIRTIO_ARGO_VERSION);
	KUNIT_EXPECT_LE(test, got.msg.hello.window, RING_LEN - 16 - VIRTIO_ARGO_RING_RESERVE);
	KUNIT_EXPECT_LE(test, got.msg.hello.max_frame * 2, got.msg.hello.window);
	KUNIT_EXPECT_EQ(test, got.msg.hello.ctrl_window, VIRTIO_ARGO_CTRL_WINDOW);

	/* Answers to something else */
	msg = ltest_hello_answer(&got);
	msg.token++;
	ltest_send_control(test, &msg, false);
	msg.token--;
	msg.hello.session++;
	ltest_send_control(test, &msg, false);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_RESPONSE) == 2));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->up), 0);

	msg = ltest_hello_answer(&got);
	ltest_send_control(test, &msg, false);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->up) == 1));
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), got.msg.hello.session);
	/* The same again belongs to nothing */
	ltest_send_control(test, &msg, false);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_RESPONSE) == 3));
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), got.msg.hello.session);
}

static void link_waits_for_backend(struct kunit *test)
{
	ltest_open(test);
	msleep(20);
	ltest_backend_open(test);
	ltest_send_ready(test);
	ltest_accept(test);
	ltest_expect_alive(test);
}

/* Each of these answers is a refusal, and another HELLO follows */
static void link_refused_hello(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct vargo_msg msg;
	struct ltest_got got;
	u32 last = 0;

	ltest_backend_open(test);
	ltest_open(test);
#define REFUSE(change) do {							\
	got = ltest_receive_hello(test);					\
	KUNIT_EXPECT_NE(test, got.msg.hello.session, last);			\
	last = got.msg.hello.session;						\
	msg = ltest_hello_answer(&got);						\
	change;									\
	ltest_send_control(test, &msg, false);					\
	argo_fake_sync(t->xen.fake);						\
	vargo_link_flush(t->link);						\
	KUNIT_EXPECT_EQ_MSG(test, vargo_link_session(t->link), 0, #change);	\
	ltest_send_ready(test);	/* for no pause */				\
} while (0)
	REFUSE(msg.hello.status = VIRTIO_ARGO_HELLO_VERSION;
	       msg.hello.version_min = 2; msg.hello.version_max = 3);
	REFUSE(msg.hello.status = VIRTIO_ARGO_HELLO_LIMITS);
	REFUSE(msg.hello.status = VIRTIO_ARGO_HELLO_BUSY);
	REFUSE(msg.hello.status = 99);
	REFUSE(msg.hello.version_max = 2);
	REFUSE(msg.hello.window = WINDOW - 1);
	REFUSE(msg.hello.window = U32_MAX);
	REFUSE(msg.hello.max_frame = VIRTIO_ARGO_FRAME_MIN - 1);
	REFUSE(msg.hello.max_frame = WINDOW / 2 + 1);
	REFUSE(msg.hello.ctrl_window = VIRTIO_ARGO_CTRL_WINDOW + 1);
	REFUSE(msg.hello.max_chain = 0);
	REFUSE(msg.hello.max_inflight = msg.hello.max_chain - 1);
	REFUSE(msg.hello.max_inflight = U32_MAX);
	REFUSE(msg.hello.features = 1);
#undef REFUSE
	KUNIT_EXPECT_EQ(test, atomic_read(&t->up), 0);
	ltest_accept(test);
}

static void link_no_answer(struct kunit *test)
{
	struct ltest_got got, again;

	ltest_backend_open(test);
	ltest_open(test);
	got = ltest_receive_hello(test);
	again = ltest_receive_hello(test);	/* by itself, after the time is out */
	KUNIT_EXPECT_NE(test, got.msg.hello.session, again.msg.hello.session);
	ltest_send_ready(test);
	ltest_accept(test);
}

static void link_ready_in_session(struct kunit *test)
{
	struct ltest *t = test->priv;
	u32 last;

	ltest_establish(test);
	last = t->head.session;
	ltest_send_ready(test);
	ltest_accept(test);
	KUNIT_EXPECT_NE(test, t->head.session, last);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->down), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->up), 2);
}

/* Nothing is called before the link is started, however early the backend is */
static void link_ready_before_start(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_backend_open(test);
	ltest_create(test);
	ltest_send_ready(test);
	argo_fake_sync(t->xen.fake);
	vargo_link_flush(t->link);
	flush_workqueue(t->link->wq);
	ltest_expect_silence(test);
	vargo_link_start(t->link);
	ltest_accept(test);
	ltest_expect_alive(test);
}

/* An answer behind a READY was to a HELLO that the backend forgot with all the rest */
static void link_ready_overtakes_answer(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct vargo_msg msg;
	struct ltest_got got;

	ltest_backend_open(test);
	ltest_open(test);
	got = ltest_receive_hello(test);
	msg = ltest_hello_answer(&got);
	/* One receive pass takes both, before the worker knows of either. */
	local_bh_disable();
	ltest_send_ready(test);
	ltest_send_control(test, &msg, false);
	local_bh_enable();
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_RESPONSE) == 1));
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), 0);
	ltest_accept(test);
	ltest_expect_alive(test);
	KUNIT_EXPECT_EQ(test, ltest_stat(test, VARGO_STAT_SESSIONS), 1);
}

static void link_up_fails(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct vargo_msg msg;
	struct ltest_got hello;
	int i;

	t->up_result = -EIO;
	ltest_backend_open(test);
	ltest_open(test);
	for (i = 1; i <= 2; i++) {
		hello = ltest_receive_hello(test);
		msg = ltest_hello_answer(&hello);
		ltest_send_control(test, &msg, false);
		KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == i));
		KUNIT_EXPECT_EQ(test, atomic_read(&t->up), i);
	}
	t->up_result = 0;
	ltest_send_ready(test);
	ltest_accept(test);
}

static void link_backend_dies(struct kunit *test)
{
	struct ltest *t = test->priv;
	const struct vargo_msg ask = { .id = VIRTIO_ARGO_GET_STATUS };
	struct vargo_msg answer;

	ltest_establish(test);
	ltest_backend_close(t);
	KUNIT_EXPECT_EQ(test, vargo_link_request(t->link, t->head.session, &ask, &answer),
			-ENOTCONN);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == 1));
	ltest_backend_open(test);
	ltest_send_ready(test);
	ltest_accept(test);
}

static void link_backend_domain_dies(struct kunit *test)
{
	struct ltest *t = test->priv;
	const struct vargo_msg ask = { .id = VIRTIO_ARGO_GET_STATUS };
	struct vargo_msg answer;

	ltest_establish(test);
	argo_fake_kill_domain(t->xen.backend);
	KUNIT_EXPECT_EQ(test, vargo_link_request(t->link, t->head.session, &ask, &answer),
			-ENOTCONN);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == 1));
	ltest_backend_close(t);
	t->xen.backend = argo_fake_add_domain(t->xen.fake, BACKEND);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->xen.backend);
	ltest_backend_open(test);
	ltest_accept(test);
}

/*
 * The domain was replaced before the link could notice. Xen has removed the
 * guest's ring: the first answer cannot be sent, a later one can.
 */
static void link_backend_domain_replaced(struct kunit *test)
{
	struct ltest *t = test->priv;
	const struct argo_addr dst = { .port = PORT, .domid = GUEST };
	struct kvec iov = { .iov_base = t->buf, .iov_len = 16 };

	ltest_backend_open(test);
	ltest_open(test);
	ltest_receive_hello(test);
	argo_fake_kill_domain(t->xen.backend);
	ltest_backend_close(t);
	t->xen.backend = argo_fake_add_domain(t->xen.fake, BACKEND);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->xen.backend);
	ltest_backend_open(test);
	KUNIT_EXPECT_EQ(test, argo_sendv(t->xen.backend, PORT, &dst, VIRTIO_ARGO_MT_CONTROL,
					 &iov, 1), -ECONNREFUSED);
	ltest_accept(test);
}

/*
 * It comes back with another number, of which the link is told. That the old one
 * died it does not know: nothing was sent since.
 */
static void link_backend_moves(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_establish(test);
	argo_fake_kill_domain(t->xen.backend);
	ltest_backend_close(t);
	t->xen.backend = argo_fake_add_domain(t->xen.fake, BACKEND + 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->xen.backend);
	ltest_backend_open(test);
	vargo_link_move(t->link, BACKEND + 1);
	ltest_accept(test);
}

/* The old backend is still there, and what it sends is not heard any more. */
static void link_backend_moves_alive(struct kunit *test)
{
	const struct argo_addr dst = { .port = PORT, .domid = GUEST };
	struct ltest *t = test->priv;
	struct kvec iov = { .iov_base = t->buf, .iov_len = 16 };
	struct xen_argo *old = t->xen.backend;
	struct argo_ring *old_ring;

	ltest_establish(test);
	old_ring = t->ring;
	t->xen.backend = argo_fake_add_domain(t->xen.fake, BACKEND + 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->xen.backend);
	ltest_backend_open(test);
	vargo_link_move(t->link, BACKEND + 1);
	ltest_accept(test);
	KUNIT_EXPECT_EQ(test, argo_sendv(old, PORT, &dst, VIRTIO_ARGO_MT_CONTROL, &iov, 1),
			-ECONNREFUSED);
	argo_ring_destroy(old_ring);
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), t->head.session);
}

/* The link is told while the old one is about to answer HELLO */
static void link_moves_while_greeting(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct argo_ring *old_ring;
	struct ltest_got hello;
	struct vargo_msg msg;

	ltest_backend_open(test);
	ltest_open(test);
	hello = ltest_receive_hello(test);
	vargo_link_move(t->link, BACKEND + 1);
	msg = ltest_hello_answer(&hello);
	ltest_send_control(test, &msg, false);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == 1));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->up), 1);
	old_ring = t->ring;
	t->xen.backend = argo_fake_add_domain(t->xen.fake, BACKEND + 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->xen.backend);
	ltest_backend_open(test);
	ltest_accept(test);
	argo_ring_destroy(old_ring);
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), t->head.session);
}

static void link_suspend(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_establish(test);
	argo_fake_suspend(t->xen.guest);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == 1));
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), 0);
	argo_fake_resume(t->xen.guest);
	ltest_accept(test);
}

/* The answer to HELLO will not come any more, nor does its time run out before */
static void link_suspend_greeting(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_backend_open(test);
	ltest_open(test);
	ltest_receive_hello(test);
	argo_fake_suspend(t->xen.guest);
	flush_workqueue(t->link->wq);	/* past every wait for that answer */
	argo_fake_resume(t->xen.guest);
	ltest_accept(test);
}

/* ------------------------------------------------------------------------ */
/* The end, in every state */

static void link_stop_waiting(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_open(test);
	ltest_close(t);
	ltest_open(test);
	msleep(20);
	ltest_close(t);
}

static void link_stop_greeting(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_backend_open(test);
	ltest_open(test);
	ltest_receive_hello(test);
	ltest_close(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->up), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->down), 0);
}

static void link_stop_up(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct ltest_ask a;

	ltest_establish(test);
	ltest_ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	ltest_receive(test);
	vargo_link_stop(t->link);
	KUNIT_EXPECT_EQ(test, ltest_asked(&a), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->down), 1);
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), 0);
	ltest_close(t);
	KUNIT_EXPECT_EQ(test, argo_fake_ring_count(t->xen.guest), 0);
}

static void link_stop_suspended(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_establish(test);
	argo_fake_suspend(t->xen.guest);
	ltest_close(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->down), 1);
	argo_fake_resume(t->xen.guest);
}

/* ------------------------------------------------------------------------ */

static struct kunit_case link_cases[] = {
	KUNIT_CASE(link_hello),
	KUNIT_CASE(link_waits_for_backend),
	KUNIT_CASE(link_refused_hello),
	KUNIT_CASE_SLOW(link_no_answer),
	KUNIT_CASE(link_ready_in_session),
	KUNIT_CASE(link_ready_before_start),
	KUNIT_CASE(link_ready_overtakes_answer),
	KUNIT_CASE(link_up_fails),
	KUNIT_CASE(link_backend_dies),
	KUNIT_CASE_SLOW(link_backend_domain_dies),
	KUNIT_CASE_SLOW(link_backend_domain_replaced),
	KUNIT_CASE(link_backend_moves),
	KUNIT_CASE(link_backend_moves_alive),
	KUNIT_CASE(link_moves_while_greeting),
	KUNIT_CASE(link_suspend),
	KUNIT_CASE(link_suspend_greeting),
	KUNIT_CASE(link_stop_waiting),
	KUNIT_CASE(link_stop_greeting),
	KUNIT_CASE(link_stop_up),
	KUNIT_CASE(link_stop_suspended),
	{}
};

static struct kunit_suite link_suite = {
	.name = "virtio_argo_link",
	.init = ltest_init,
	.exit = ltest_exit,
	.test_cases = link_cases,
};

kunit_test_suite(link_suite);
