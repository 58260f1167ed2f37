// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of what goes over a link in a session.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/slab.h>
#include <linux/virtio_byteorder.h>

#include "virtio_argo_ltest.h"

/* ------------------------------------------------------------------------ */
/* Frames */

static void link_dropped_frames(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct vargo_frame head;

	ltest_establish(test);
	memset(t->buf, 0, 64);
	ltest_send_from(test, PORT, VIRTIO_ARGO_MT_CONTROL, 15);
	ltest_send_from(test, PORT, VIRTIO_ARGO_MT_DATA, 1);
	head = (struct vargo_frame){ .seq = 1 };
	ltest_send_frame(test, VIRTIO_ARGO_MT_CONTROL, head, 0);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_SHORT) == 3));

	head = t->head;
	head.seq = 1;
	vargo_frame_encode(&head, t->buf);
	ltest_send_from(test, PORT, 0, 16);
	ltest_send_from(test, PORT, U32_MAX, 16);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_TYPE) == 2));
	ltest_send_from(test, PORT + 1, VIRTIO_ARGO_MT_CONTROL, 16);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_PORT) == 1));

	head.session++;
	ltest_send_frame(test, VIRTIO_ARGO_MT_CONTROL, head, 0);
	ltest_send_frame(test, VIRTIO_ARGO_MT_DATA, head, 64);
	ltest_send_frame(test, VIRTIO_ARGO_MT_DATA, (struct vargo_frame){}, 64);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_STALE) == 3));

	/* Malformed messages; a message that is not the backend's to send */
	memset(t->buf, 0xff, 64);
	ltest_send_frame(test, VIRTIO_ARGO_MT_CONTROL, ltest_next_head(test), 20);
	memset(t->buf, 0, 64);
	ltest_send_frame(test, VIRTIO_ARGO_MT_CONTROL, ltest_next_head(test), 3);
	ltest_send_control(test, &(const struct vargo_msg){
		.id = VIRTIO_ARGO_GET_STATUS, .token = 1,
	}, true);
	ltest_send_control(test, &(const struct vargo_msg){
		.type = 2, .id = VIRTIO_ARGO_BUS_READY,
	}, true);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_CONTROL) == 4));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pdu), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->event), 0);
	ltest_expect_alive(test);
}

static void link_replayed_frame(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_establish(test);
	ltest_send_complete(test, 4);
	ltest_send_frame(test, VIRTIO_ARGO_MT_DATA, t->head, VARGO_PDU_HDR + 4);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_REPLAY) == 1));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pdu), 1);
	ltest_send_complete(test, 4);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->pdu) == 2));
	ltest_expect_alive(test);
}

static void link_skipped_frame(struct kunit *test)
{
	ltest_establish(test);
	ltest_next_head(test);
	ltest_send_complete(test, 4);
	ltest_expect_violation(test);
}

static void link_too_much_data_consumed(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_establish(test);
	t->head.data_consumed = 16;
	ltest_send_control(test, NULL, true);
	ltest_expect_violation(test);
}

static void link_too_much_control_consumed(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_establish(test);
	t->head.ctrl_consumed = U32_MAX;
	ltest_send_control(test, NULL, true);
	ltest_expect_violation(test);
}

static void link_frame_without_pdu(struct kunit *test)
{
	ltest_establish(test);
	ltest_send_frame(test, VIRTIO_ARGO_MT_DATA, ltest_next_head(test), 0);
	ltest_expect_violation(test);
}

static void link_frame_with_a_rest(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct vargo_pdu pdu = { .type = VIRTIO_ARGO_PDU_COMPLETE };

	ltest_establish(test);
	memset(t->buf, 0, 128);
	vargo_pdu_encode(&pdu, t->buf + 16);
	ltest_send_frame(test, VIRTIO_ARGO_MT_DATA, ltest_next_head(test), VARGO_PDU_HDR + 8);
	ltest_expect_violation(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pdu), 1);
}

static void link_submit_from_backend(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct vargo_pdu pdu = { .type = VIRTIO_ARGO_PDU_SUBMIT };

	ltest_establish(test);
	vargo_pdu_encode(&pdu, t->buf + 16);
	ltest_send_frame(test, VIRTIO_ARGO_MT_DATA, ltest_next_head(test), VARGO_PDU_HDR);
	ltest_expect_violation(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pdu), 0);
}

static void link_oversized_frame(struct kunit *test)
{
	struct ltest *t = test->priv;

	ltest_establish(test);
	ltest_send_complete(test, t->link->session.own.max_frame - 64 + 1);
	ltest_expect_violation(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pdu), 0);
}

static void link_wrong_pdu(struct kunit *test)
{
	struct ltest *t = test->priv;

	t->pdu_result = -EPROTO;
	ltest_establish(test);
	ltest_send_complete(test, 4);
	ltest_expect_violation(test);
}

static void link_stale_pdu(struct kunit *test)
{
	struct ltest *t = test->priv;

	t->pdu_result = -ESTALE;
	ltest_establish(test);
	ltest_send_complete(test, 4);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_EPOCH) == 1));
	ltest_expect_alive(test);
}

/* More frames than passes in bottom half may take: a thread goes on */
static void link_flood(struct kunit *test)
{
	struct ltest *t = test->priv;
	unsigned int i;

	ltest_establish(test);
	argo_fake_hold_virqs(t->xen.guest, true);
	memset(t->buf, 0, 16);
	for (i = 0; i < 1600; i++)
		ltest_send_from(test, PORT, 0, 16);
	argo_fake_hold_virqs(t->xen.guest, false);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_TYPE) == 1600));
	KUNIT_EXPECT_GE(test, ltest_stat(test, VARGO_STAT_RX_THREAD), 1);
	ltest_send_complete(test, 4);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->pdu) == 1));
	ltest_expect_alive(test);
}

/* Half a window consumed, nothing to send: a CREDIT frame, and none before */
static void link_gives_credit(struct kunit *test)
{
	struct ltest *t = test->priv;
	u32 sent = 0, half;
	struct ltest_got got;

	ltest_establish(test);
	half = t->link->session.own.window / 2;
	while (sent + vargo_ring_bytes(16 + 32 + 1024) < half) {
		ltest_send_complete(test, 1024);
		sent += vargo_ring_bytes(16 + 32 + 1024);
	}
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_RX_BYTES) > 0));
	ltest_expect_silence(test);
	ltest_send_complete(test, 1024);
	sent += vargo_ring_bytes(16 + 32 + 1024);
	got = ltest_receive(test);
	KUNIT_EXPECT_EQ(test, got.type, VIRTIO_ARGO_MT_CONTROL);
	KUNIT_EXPECT_EQ(test, got.len, VARGO_FRAME_HDR);
	KUNIT_EXPECT_EQ(test, got.frame.session, t->head.session);
	KUNIT_EXPECT_EQ(test, got.frame.seq, 1);
	KUNIT_EXPECT_EQ(test, got.frame.data_consumed, sent);
	ltest_expect_alive(test);
}

/* ------------------------------------------------------------------------ */
/* Control requests */

static void answer_status(struct kunit *test, const struct ltest_got *got, u32 status, bool right)
{
	struct vargo_msg msg = got->msg;

	msg.type |= VIRTIO_ARGO_TYPE_RESPONSE;
	msg.status.status = status;
	if (!right)
		msg.token++;
	ltest_send_control(test, &msg, true);
}

static void link_request(struct kunit *test)
{
	struct ltest_got got;
	struct ltest_ask a;

	ltest_establish(test);
	ltest_ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	got = ltest_receive(test);
	KUNIT_EXPECT_EQ(test, got.msg.id, VIRTIO_ARGO_GET_STATUS);
	KUNIT_EXPECT_EQ(test, got.msg.dev, 3);
	KUNIT_EXPECT_EQ(test, got.frame.seq, 1);
	answer_status(test, &got, 1, false);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_RESPONSE) == 1));
	got.msg.dev = 4;
	answer_status(test, &got, 1, true);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_RESPONSE) == 2));
	got.msg.dev = 3;
	answer_status(test, &got, 0x42, true);
	KUNIT_EXPECT_EQ(test, ltest_asked(&a), 0);
	KUNIT_EXPECT_EQ(test, a.answer.status.status, 0x42);
	/* Once more is once too often */
	answer_status(test, &got, 0x43, true);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_RESPONSE) == 3));
	ltest_expect_alive(test);
}

static void link_request_timeout(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct ltest_got got;
	struct ltest_ask a;

	ltest_establish(test);
	ltest_ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	got = ltest_receive(test);
	KUNIT_EXPECT_EQ(test, ltest_asked(&a), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, ltest_stat(test, VARGO_STAT_TIMEOUTS), 1);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == 1));
	answer_status(test, &got, 1, true);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_STALE) == 1));
	ltest_send_ready(test);
	ltest_accept(test);
}

static void link_request_session_lost(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct ltest_ask a;

	ltest_establish(test);
	ltest_ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	ltest_receive(test);
	ltest_send_ready(test);
	KUNIT_EXPECT_EQ(test, ltest_asked(&a), -ENOTCONN);
	ltest_accept(test);
	/* Of an earlier session, and of none */
	KUNIT_EXPECT_EQ(test, vargo_link_request(t->link, a.session, &a.ask, &a.answer), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, vargo_link_request(t->link, 0, &a.ask, &a.answer), -ENOTCONN);
}

static void link_request_abandoned(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct ltest_got got;
	struct ltest_ask a;

	ltest_establish(test);
	ltest_ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	ltest_receive(test);
	vargo_link_abandon(t->link, 4);
	KUNIT_EXPECT_FALSE(test, completion_done(&a.done));
	vargo_link_abandon(t->link, 3);
	KUNIT_EXPECT_EQ(test, ltest_asked(&a), -ENODEV);

	/* What is asked of the bus is not asked of device 0 */
	ltest_ask_msg(test, &a, &(const struct vargo_msg){
		.type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_GET_DEVICES,
		.devices.count = 64,
	});
	got = ltest_receive(test);
	vargo_link_abandon(t->link, 0);
	got.msg.type |= VIRTIO_ARGO_TYPE_RESPONSE;
	ltest_send_control(test, &got.msg, true);
	KUNIT_EXPECT_EQ(test, ltest_asked(&a), 0);
	ltest_expect_alive(test);
}

/* The right token in an answer to another question */
static void link_request_other_answer(struct kunit *test)
{
	struct ltest_got got;
	struct ltest_ask a;

	ltest_establish(test);
	ltest_ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	got = ltest_receive(test);
	got.msg.id = VIRTIO_ARGO_SET_STATUS;
	answer_status(test, &got, 1, true);
	KUNIT_EXPECT_TRUE(test, eventually(ltest_stat(test, VARGO_STAT_DROP_RESPONSE) == 1));
	got.msg.id = VIRTIO_ARGO_GET_STATUS;
	answer_status(test, &got, 2, true);
	KUNIT_EXPECT_EQ(test, ltest_asked(&a), 0);
	KUNIT_EXPECT_EQ(test, a.answer.status.status, 2);
	ltest_expect_alive(test);
}

/* The control window: the ninth frame waits until one was consumed */
static void link_control_window(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct ltest_got got;
	unsigned int i;
	struct ltest_ask a;

	ltest_establish(test);
	for (i = 0; i < VIRTIO_ARGO_CTRL_WINDOW; i++) {
		ltest_ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
		got = ltest_receive(test);
		while (got.len == VARGO_FRAME_HDR)	/* CREDIT */
			got = ltest_receive(test);
		t->head.ctrl_consumed = 0;	/* read, but not told */
		answer_status(test, &got, 1, true);
		KUNIT_ASSERT_EQ(test, ltest_asked(&a), 0);
	}
	ltest_ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	msleep(20);
	while (ltest_try_receive(test, &got))
		KUNIT_EXPECT_EQ(test, got.len, VARGO_FRAME_HDR);
	t->head.ctrl_consumed = VIRTIO_ARGO_CTRL_WINDOW;
	ltest_send_control(test, NULL, true);
	got = ltest_receive(test);
	KUNIT_EXPECT_EQ(test, got.msg.id, VIRTIO_ARGO_GET_STATUS);
	answer_status(test, &got, 1, true);
	KUNIT_EXPECT_EQ(test, ltest_asked(&a), 0);
}

/* Xen has no room, or not even for noting that: the request waits, and goes */
static void link_request_ring_full(struct kunit *test)
{
	static const int errors[] = { -EAGAIN, -EBUSY, -ENOMEM };
	struct ltest *t = test->priv;
	struct ltest_got got;
	unsigned int i;
	struct ltest_ask a;

	ltest_establish(test);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		argo_fake_fail(t->xen.guest, ARGO_FAKE_SENDV, errors[i], 0, 1);
		ltest_ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
		got = ltest_receive(test);
		answer_status(test, &got, 1, true);
		KUNIT_EXPECT_EQ(test, ltest_asked(&a), 0);
		KUNIT_EXPECT_EQ(test, ltest_stat(test, VARGO_STAT_TX_FULL), i + 1);
	}
	ltest_expect_alive(test);
}

/* ------------------------------------------------------------------------ */
/* Data */

struct source {
	struct vargo_queue q;
	struct vargo_source source;
	struct vring vr;
};

static struct source *source(struct kunit *test, u16 index, unsigned int chains, u32 len)
{
	struct ltest *t = test->priv;
	struct vargo_queue_config config = {
		.dev = 1, .index = index, .depth = 64, .budget = &t->link->budget,
		.fail_status = -1,
	};
	struct source *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	void *mem = kunit_kzalloc(test, vring_size(64, 64) + 64, GFP_KERNEL);
	void *buf = kunit_kzalloc(test, len, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_ASSERT_NOT_NULL(test, mem);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	vring_init(&s->vr, 64, PTR_ALIGN(mem, 64), 64);
	for (i = 0; i < chains; i++) {
		s->vr.desc[i].addr = __cpu_to_virtio64(true, virt_to_phys(buf));
		s->vr.desc[i].len = __cpu_to_virtio32(true, len);
		s->vr.avail->ring[i] = __cpu_to_virtio16(true, i);
	}
	s->vr.avail->idx = __cpu_to_virtio16(true, chains);
	config.vring = s->vr;
	KUNIT_ASSERT_EQ(test, vargo_queue_init(&s->q, &config), 0);
	INIT_LIST_HEAD(&s->source.node);
	s->source.queue = &s->q;
	vargo_queue_run(&s->q, 1);
	return s;
}

static void source_end(struct kunit *test, struct source *s)
{
	struct ltest *t = test->priv;

	vargo_link_hold(t->link, &s->source, vargo_queue_forget);
	vargo_queue_exit(&s->q);
}

/* Data stops at the window, and goes on with what comes back */
static void link_data_credit(struct kunit *test)
{
	struct ltest *t = test->priv;
	u32 bytes = 0, chains = 0;
	struct source *s;
	struct ltest_got got;

	ltest_establish(test);
	s = source(test, 0, 60, 900);
	vargo_link_kick(t->link, &s->source);
	while (ltest_try_receive(test, &got)) {
		bytes += vargo_ring_bytes(got.len);
		KUNIT_EXPECT_LE(test, vargo_ring_bytes(got.len), MAX_FRAME);
		chains++;
	}
	KUNIT_EXPECT_LE(test, bytes, WINDOW);
	KUNIT_EXPECT_GT(test, bytes + 2 * MAX_FRAME, WINDOW);
	KUNIT_EXPECT_GE(test, ltest_stat(test, VARGO_STAT_TX_NO_CREDIT), 1);
	vargo_link_kick(t->link, &s->source);
	ltest_expect_silence(test);

	/* One frame's worth; then counts that are no sum of frames */
	t->head.data_consumed = 1008;
	ltest_send_control(test, NULL, true);
	got = ltest_receive(test);
	KUNIT_EXPECT_EQ(test, got.type, VIRTIO_ARGO_MT_DATA);
	bytes += vargo_ring_bytes(got.len);
	chains++;
	t->head.data_consumed = 1008 + 1001;
	ltest_send_control(test, NULL, true);
	argo_fake_sync(t->xen.fake);
	vargo_link_flush(t->link);
	while (ltest_try_receive(test, &got)) {
		bytes += vargo_ring_bytes(got.len);
		chains++;
	}
	KUNIT_EXPECT_LE(test, bytes - 2009, WINDOW);
	while (chains < 60) {
		t->head.data_consumed = bytes;
		ltest_send_control(test, NULL, true);
		got = ltest_receive(test);
		KUNIT_ASSERT_EQ(test, got.type, VIRTIO_ARGO_MT_DATA);
		KUNIT_EXPECT_EQ(test, got.pdu.chain, chains);
		do {
			bytes += vargo_ring_bytes(got.len);
			chains++;
		} while (ltest_try_receive(test, &got));
	}
	KUNIT_EXPECT_EQ(test, chains, 60);
	ltest_expect_alive(test);
	source_end(test, s);
}

/* All that guest and backend count begins at 0 in a new session */
static void link_counts_anew(struct kunit *test)
{
	struct ltest *t = test->priv;
	struct ltest_got got;
	struct source *s;
	u32 bytes = 0;

	ltest_establish(test);
	ltest_send_complete(test, 100);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->pdu) == 1));
	ltest_expect_silence(test);
	s = source(test, 0, 60, 900);
	vargo_link_kick(t->link, &s->source);
	while (ltest_try_receive(test, &got))
		;
	KUNIT_EXPECT_EQ(test, got.frame.data_consumed, vargo_ring_bytes(16 + 32 + 100));
	ltest_send_control(test, NULL, true);	/* all was consumed */
	got = ltest_receive(test);
	KUNIT_EXPECT_EQ(test, got.type, VIRTIO_ARGO_MT_DATA);
	source_end(test, s);

	ltest_send_ready(test);
	ltest_accept(test);
	ltest_expect_silence(test);
	s = source(test, 1, 60, 900);
	vargo_link_kick(t->link, &s->source);
	got = ltest_receive(test);
	KUNIT_EXPECT_EQ(test, got.type, VIRTIO_ARGO_MT_DATA);
	KUNIT_EXPECT_EQ(test, got.frame.seq, 1);
	KUNIT_EXPECT_EQ(test, got.frame.data_consumed, 0);
	KUNIT_EXPECT_EQ(test, got.frame.ctrl_consumed, 0);
	do {
		bytes += vargo_ring_bytes(got.len);
	} while (ltest_try_receive(test, &got));
	KUNIT_EXPECT_LE(test, bytes, WINDOW);
	KUNIT_EXPECT_GT(test, bytes + 2 * MAX_FRAME, WINDOW);
	source_end(test, s);
}

/* Control frames are reported as well, when half of their window is consumed */
static void link_gives_control_credit(struct kunit *test)
{
	const struct vargo_msg event = { .id = VIRTIO_ARGO_EVENT_CONFIG };
	struct ltest *t = test->priv;
	struct ltest_got got;
	int i;

	ltest_establish(test);
	for (i = 1; i < VIRTIO_ARGO_CTRL_WINDOW / 2; i++)
		ltest_send_control(test, &event, true);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->event) == i - 1));
	ltest_expect_silence(test);
	ltest_send_control(test, &event, true);
	got = ltest_receive(test);
	KUNIT_EXPECT_EQ(test, got.len, VARGO_FRAME_HDR);
	KUNIT_EXPECT_EQ(test, got.frame.ctrl_consumed, VIRTIO_ARGO_CTRL_WINDOW / 2);
	ltest_expect_silence(test);
	ltest_expect_alive(test);
}

/* No more chain bytes than the backend has memory for */
static void link_inflight(struct kunit *test)
{
	const struct vargo_hello limits = {
		.window = WINDOW, .max_frame = MAX_FRAME, .max_chain = 900, .max_inflight = 2000,
	};
	struct ltest *t = test->priv;
	unsigned int chains = 0;
	struct ltest_got got;
	struct source *s;

	ltest_backend_open(test);
	ltest_open(test);
	ltest_accept_limits(test, &limits);
	s = source(test, 0, 5, 900);
	vargo_link_kick(t->link, &s->source);
	while (ltest_try_receive(test, &got))
		chains++;
	KUNIT_EXPECT_EQ(test, chains, 2);
	ltest_expect_silence(test);
	source_end(test, s);
}

/* A frame is not larger than we want it, whatever the backend would take */
static void link_frame_bound(struct kunit *test)
{
	const struct vargo_hello limits = {
		.window = 1 << 20, .max_frame = 1 << 19, .max_chain = 1 << 20,
		.max_inflight = 1 << 20,
	};
	struct ltest *t = test->priv;
	struct ltest_got got;
	struct source *s;

	ltest_backend_open_len(test, RING_LEN_MAX);
	ltest_open(test);
	ltest_accept_limits(test, &limits);
	s = source(test, 0, 1, 120000);
	vargo_link_kick(t->link, &s->source);
	got = ltest_receive(test);
	KUNIT_EXPECT_EQ(test, vargo_ring_bytes(got.len), VARGO_FRAME_MAX);
	got = ltest_receive(test);
	KUNIT_EXPECT_EQ(test, got.pdu.offset + got.pdu.length, 120000);
	source_end(test, s);
}

/* Two that wait for credit are served in turn */
static void link_round_robin(struct kunit *test)
{
	struct ltest *t = test->priv;
	unsigned int n[2] = {};
	struct source *s[2];
	struct ltest_got got;

	ltest_establish(test);
	s[0] = source(test, 0, 40, 900);
	s[1] = source(test, 1, 40, 900);
	vargo_link_kick(t->link, &s[0]->source);	/* takes the whole window */
	vargo_link_kick(t->link, &s[1]->source);
	while (ltest_try_receive(test, &got))
		n[got.pdu.queue]++;
	KUNIT_EXPECT_EQ(test, n[1], 0);
	n[0] = 0;
	while (n[0] + n[1] < 40) {
		ltest_send_control(test, NULL, true);
		got = ltest_receive(test);
		KUNIT_ASSERT_NE(test, got.len, 0);
		do {
			n[got.pdu.queue]++;
		} while (ltest_try_receive(test, &got));
	}
	KUNIT_EXPECT_GE(test, n[0], 16);
	KUNIT_EXPECT_GE(test, n[1], 16);
	KUNIT_EXPECT_LE(test, abs((int)n[0] - (int)n[1]), 2);
	source_end(test, s[0]);
	source_end(test, s[1]);
}

static void link_data_ring_full(struct kunit *test)
{
	static const int errors[] = { -EAGAIN, -EBUSY, -ENOMEM };
	struct ltest *t = test->priv;
	struct source *s;
	struct ltest_got got;
	unsigned int i;

	ltest_establish(test);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		s = source(test, i, 1, 100);
		argo_fake_fail(t->xen.guest, ARGO_FAKE_SENDV, errors[i], 0, 1);
		vargo_link_kick(t->link, &s->source);
		got = ltest_receive(test);
		KUNIT_EXPECT_EQ(test, got.pdu.queue, i);
		KUNIT_EXPECT_EQ(test, got.frame.seq, i + 1);
		KUNIT_EXPECT_EQ(test, ltest_stat(test, VARGO_STAT_TX_FULL), i + 1);
		source_end(test, s);
	}
	ltest_expect_alive(test);
}

/* Errors that end a session, from a driver's context */
static void link_data_refused(struct kunit *test)
{
	static const int errors[] = { -ECONNREFUSED, -ESRCH, -EPERM, -EACCES, -EINVAL, -EMSGSIZE };
	struct ltest *t = test->priv;
	struct source *s;
	unsigned int i;

	ltest_establish(test);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		s = source(test, 0, 1, 100);
		argo_fake_fail(t->xen.guest, ARGO_FAKE_SENDV, errors[i], 0, 1);
		vargo_link_kick(t->link, &s->source);
		KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), 0);
		KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == i + 1));
		source_end(test, s);
		ltest_send_ready(test);
		ltest_accept(test);
	}
}

/* ------------------------------------------------------------------------ */

static struct kunit_case link_io_cases[] = {
	KUNIT_CASE(link_dropped_frames),
	KUNIT_CASE(link_replayed_frame),
	KUNIT_CASE(link_skipped_frame),
	KUNIT_CASE(link_too_much_data_consumed),
	KUNIT_CASE(link_too_much_control_consumed),
	KUNIT_CASE(link_frame_without_pdu),
	KUNIT_CASE(link_frame_with_a_rest),
	KUNIT_CASE(link_submit_from_backend),
	KUNIT_CASE(link_oversized_frame),
	KUNIT_CASE(link_wrong_pdu),
	KUNIT_CASE(link_stale_pdu),
	KUNIT_CASE(link_flood),
	KUNIT_CASE(link_gives_credit),
	KUNIT_CASE(link_request),
	KUNIT_CASE_SLOW(link_request_timeout),
	KUNIT_CASE(link_request_session_lost),
	KUNIT_CASE(link_request_abandoned),
	KUNIT_CASE(link_request_other_answer),
	KUNIT_CASE(link_control_window),
	KUNIT_CASE(link_request_ring_full),
	KUNIT_CASE(link_data_credit),
	KUNIT_CASE(link_counts_anew),
	KUNIT_CASE(link_gives_control_credit),
	KUNIT_CASE(link_inflight),
	KUNIT_CASE(link_frame_bound),
	KUNIT_CASE(link_round_robin),
	KUNIT_CASE(link_data_ring_full),
	KUNIT_CASE(link_data_refused),
	{}
};

static struct kunit_suite link_io_suite = {
	.name = "virtio_argo_link_io",
	.init = ltest_init,
	.exit = ltest_exit,
	.test_cases = link_io_cases,
};

kunit_test_suite(link_io_suite);
