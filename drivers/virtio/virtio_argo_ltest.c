// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: what the KUnit suites of links share; see virtio_argo_ltest.h.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/slab.h>

#include "virtio_argo_ltest.h"

/* ------------------------------------------------------------------------ */
/* The transport */

static int on_up(void *priv)
{
	struct ltest *t = priv;

	atomic_inc(&t->up);
	return t->up_result;
}

static void on_down(void *priv)
{
	struct ltest *t = priv;

	atomic_inc(&t->down);
}

static int on_pdu(void *priv, const struct vargo_pdu *pdu,
		  const struct vargo_payload *payload)
{
	struct ltest *t = priv;

	atomic_inc(&t->pdu);
	return t->pdu_result;
}

static void on_event(void *priv, const struct vargo_msg *msg)
{
	struct ltest *t = priv;

	atomic_inc(&t->event);
}

static void on_pass_end(void *priv)
{
}

static const struct vargo_link_ops link_ops = {
	.up = on_up,
	.down = on_down,
	.pdu = on_pdu,
	.event = on_event,
	.pass_end = on_pass_end,
};

void ltest_create(struct kunit *test)
{
	struct ltest *t = test->priv;
	const struct vargo_link_config config = {
		.argo = t->xen.guest, .name = "kunit", .backend = BACKEND, .port = PORT,
		.ring_len = RING_LEN, .ops = &link_ops, .priv = t,
	};

	t->link = vargo_link_create(&config);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->link);
}

void ltest_open(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_create(test);
	vargo_link_start(t->link);
}

void ltest_close(struct ltest *t)
{
	if (IS_ERR_OR_NULL(t->link))
		return;
	vargo_link_stop(t->link);
	vargo_link_destroy(t->link);
	t->link = NULL;
}

long ltest_stat(struct kunit *test, enum vargo_stat which)
{
	struct ltest *t = test->priv;

	return atomic_long_read(&t->link->stats[which]);
}

/* ------------------------------------------------------------------------ */
/* The backend */

static void no_rx(struct argo_ring *ring, void *priv)
{
}

static const struct argo_ring_ops backend_ring_ops = { .rx = no_rx };

void ltest_backend_open_len(struct kunit *test, u32 len)
{
	struct ltest *t = test->priv;
	const struct argo_ring_config config = {
		.port = PORT, .partner = GUEST, .len = len, .ops = &backend_ring_ops,
	};

	t->ring = argo_ring_create(t->xen.backend, &config);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->ring);
}

void ltest_backend_open(struct kunit *test)
{
	ltest_backend_open_len(test, RING_LEN);
}

void ltest_backend_close(struct ltest *t)
{
	if (!IS_ERR_OR_NULL(t->ring))
		argo_ring_destroy(t->ring);
	t->ring = NULL;
}

bool ltest_try_receive(struct kunit *test, struct ltest_got *got)
{
	struct ltest *t = test->priv;
	struct argo_msg msg;

	if (argo_ring_peek(t->ring, &msg) <= 0)
		return false;
	memset(got, 0, sizeof(*got));
	got->type = msg.type;
	got->len = msg.len;
	KUNIT_EXPECT_EQ(test, msg.source.port, PORT);
	KUNIT_ASSERT_EQ(test, argo_msg_copy(t->ring, &msg, 0, t->buf, msg.len), 0);
	KUNIT_ASSERT_GT(test, vargo_frame_decode(t->buf, msg.len, &got->frame), 0);
	if (msg.type == VIRTIO_ARGO_MT_DATA) {
		KUNIT_ASSERT_GT(test, vargo_pdu_decode(t->buf + 16, msg.len - 16, &got->pdu), 0);
		t->head.data_consumed += vargo_ring_bytes(msg.len);
	} else if (msg.len > VARGO_FRAME_HDR) {
		KUNIT_ASSERT_GT(test, vargo_msg_decode(t->buf + 16, msg.len - 16, &got->msg), 0);
		if (got->frame.session)
			t->head.ctrl_consumed++;
	}
	argo_ring_consume(t->ring, &msg);
	argo_ring_done(t->ring);
	return true;
}

struct ltest_got ltest_receive(struct kunit *test)
{
	struct ltest_got got = {};

	KUNIT_EXPECT_TRUE_MSG(test, eventually(ltest_try_receive(test, &got)), "nothing came");
	return got;
}

void ltest_expect_silence(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct ltest_got got;

	vargo_link_flush(t->link);
	argo_fake_sync(t->xen.fake);
	KUNIT_EXPECT_FALSE(test, ltest_try_receive(test, &got));
}

void ltest_send_from(struct kunit *test, u32 port, u32 type, u32 len)
{
	struct ltest *t = test->priv;
	const struct argo_addr dst = { .port = PORT, .domid = GUEST };
	const struct kvec iov = { .iov_base = t->buf, .iov_len = len };

	KUNIT_EXPECT_EQ(test, argo_sendv(t->xen.backend, port, &dst, type, &iov, 1), (int)len);
}

void ltest_send_frame(struct kunit *test, u32 type, struct vargo_frame head, u32 len)
{
	struct ltest *t = test->priv;

	vargo_frame_encode(&head, t->buf);
	ltest_send_from(test, PORT, type, VARGO_FRAME_HDR + len);
}

struct vargo_frame ltest_next_head(struct kunit *test)
{
	struct ltest *t = test->priv;

	t->head.seq++;
	return t->head;
}

void ltest_send_control(struct kunit *test, const struct vargo_msg *msg, bool in_session)
{
	struct ltest *t = test->priv;
	int len = 0;

	if (msg)
		len = vargo_msg_encode(msg, t->buf + 16, VIRTIO_ARGO_MSG_MAX);
	KUNIT_ASSERT_GE(test, len, 0);
	ltest_send_frame(test, VIRTIO_ARGO_MT_CONTROL,
			 in_session ? ltest_next_head(test) : (struct vargo_frame){}, len);
}

void ltest_send_complete(struct kunit *test, u32 len)
{
	struct ltest *t = test->priv;
	struct vargo_pdu pdu = {
		.type = VIRTIO_ARGO_PDU_COMPLETE, .total = len, .room = len, .length = len,
	};

	vargo_pdu_encode(&pdu, t->buf + 16);
	memset(t->buf + 48, 0x5a, len);
	ltest_send_frame(test, VIRTIO_ARGO_MT_DATA, ltest_next_head(test), VARGO_PDU_HDR + len);
}

void ltest_send_ready(struct kunit *test)
{
	const struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_READY,
	};

	ltest_send_control(test, &msg, false);
}

struct ltest_got ltest_receive_hello(struct kunit *test)
{
	struct ltest_got got;

	do {
		got = ltest_receive(test);
	} while (got.len && (got.frame.session || got.msg.id != VIRTIO_ARGO_BUS_HELLO));
	KUNIT_EXPECT_EQ(test, got.type, VIRTIO_ARGO_MT_CONTROL);
	return got;
}

static const struct vargo_hello usual_limits = {
	.window = WINDOW,
	.max_frame = MAX_FRAME,
	.max_chain = 1 << 20,
	.max_inflight = 1 << 21,
};

static struct vargo_msg hello_answer(const struct ltest_got *hello,
				     const struct vargo_hello *limits)
{
	struct vargo_msg msg = hello->msg;

	msg.type |= VIRTIO_ARGO_TYPE_RESPONSE;
	msg.hello.window = limits->window;
	msg.hello.max_frame = limits->max_frame;
	msg.hello.max_chain = limits->max_chain;
	msg.hello.max_inflight = limits->max_inflight;
	return msg;
}

struct vargo_msg ltest_hello_answer(const struct ltest_got *hello)
{
	return hello_answer(hello, &usual_limits);
}

/*
 * Answer HELLO, and wait for the session. When the backend's domain is a new
 * one, Xen may have removed the guest's ring: then there will be another HELLO.
 */
void ltest_accept_limits(struct kunit *test, const struct vargo_hello *limits)
{
	const struct argo_addr dst = { .port = PORT, .domid = GUEST };
	struct ltest *t = test->priv;
	int up = atomic_read(&t->up);
	struct vargo_msg msg;
	struct ltest_got hello;
	struct kvec iov;
	int ret, tries;

	for (tries = 0; tries < 3; tries++) {
		hello = ltest_receive_hello(test);
		msg = hello_answer(&hello, limits);
		t->head = (struct vargo_frame){ .session = hello.msg.hello.session };
		memset(t->buf, 0, VARGO_FRAME_HDR);
		iov.iov_base = t->buf;
		iov.iov_len = VARGO_FRAME_HDR +
			      vargo_msg_encode(&msg, t->buf + 16, VIRTIO_ARGO_MSG_MAX);
		ret = argo_sendv(t->xen.backend, PORT, &dst, VIRTIO_ARGO_MT_CONTROL, &iov, 1);
		if (ret != -ECONNREFUSED)
			break;
	}
	KUNIT_ASSERT_GT(test, ret, 0);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&t->up) > up));
	KUNIT_ASSERT_EQ(test, vargo_link_session(t->link), t->head.session);
}

void ltest_accept(struct kunit *test)
{
	ltest_accept_limits(test, &usual_limits);
}

void ltest_establish(struct kunit *test)
{
	ltest_backend_open(test);
	ltest_open(test);
	ltest_accept(test);
}

void ltest_expect_alive(struct kunit *test)
{
	struct ltest *t = test->priv;

	argo_fake_sync(t->xen.fake);
	vargo_link_flush(t->link);
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), t->head.session);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->down), 0);
}

void ltest_expect_violation(struct kunit *test)
{
	struct ltest *t = test->priv;

	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == 1));
	KUNIT_EXPECT_EQ(test, ltest_stat(test, VARGO_STAT_VIOLATIONS), 1);
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), 0);
}

/* ------------------------------------------------------------------------ */
/* Control requests, which wait for their answers in a work item */

static void ask_work(struct work_struct *work)
{
	struct ltest_ask *a = container_of(work, struct ltest_ask, work);

	a->result = vargo_link_request(a->link, a->session, &a->ask, &a->answer);
	complete(&a->done);
}

void ltest_ask_msg(struct kunit *test, struct ltest_ask *a, const struct vargo_msg *ask)
{
	struct ltest *t = test->priv;

	memset(a, 0, sizeof(*a));
	a->link = t->link;
	a->session = t->head.session;
	a->ask = *ask;
	init_completion(&a->done);
	INIT_WORK_ONSTACK(&a->work, ask_work);
	queue_work(system_unbound_wq, &a->work);
}

void ltest_ask(struct kunit *test, struct ltest_ask *a, u8 id, u16 dev)
{
	ltest_ask_msg(test, a, &(const struct vargo_msg){ .id = id, .dev = dev });
}

int ltest_asked(struct ltest_ask *a)
{
	wait_for_completion(&a->done);
	flush_work(&a->work);
	destroy_work_on_stack(&a->work);
	return a->result;
}

/* ------------------------------------------------------------------------ */

int ltest_init(struct kunit *test)
{
	struct ltest *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->buf = kunit_kzalloc(test, RING_LEN_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->buf);
	test->priv = t;
	kunit_xen_init(test, &t->xen, GUEST, BACKEND);
	return 0;
}

void ltest_exit(struct kunit *test)
{
	struct ltest *t = test->priv;

	if (!t)
		return;
	ltest_close(t);
	ltest_backend_close(t);
	kunit_xen_exit(&t->xen);
}
