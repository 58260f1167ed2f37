// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of links.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The backend is these tests: a ring in another domain of the fake Xen, read
 * and written with the codec, by the rules or against them. Waiting is bounded,
 * and nothing depends on how long something takes.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/slab.h>
#include <linux/virtio_byteorder.h>
#include <xen/argo_fake.h>

#include "virtio_argo_link.h"

#define GUEST		5
#define BACKEND		0
#define PORT		0x1234
#define RING_LEN	(16 * 4096 - 64)
#define WINDOW		8192
#define MAX_FRAME	1024

/* Wait until @cond, for what takes no time in a good case */
#define eventually(cond) ({						\
	unsigned long __end = jiffies + 30 * HZ;			\
	bool __ok;							\
									\
	while (!(__ok = (cond)) && time_before(jiffies, __end))		\
		usleep_range(500, 1000);				\
	__ok;								\
})

/* A frame that the backend got */
struct got {
	u32 type;
	u32 len;
	struct vargo_frame frame;
	struct vargo_msg msg;	/* control */
	struct vargo_pdu pdu;	/* data: the first */
};

struct link_test {
	struct argo_fake *xen;
	struct xen_argo *guest;
	struct xen_argo *backend;
	struct argo_ring *ring;	/* the backend's */
	struct vargo_link *link;
	struct vargo_frame head;	/* of the backend's last frame */
	u8 *buf;
	atomic_t up;
	atomic_t down;
	atomic_t pdu;
	atomic_t event;
	int up_result;
	int pdu_result;
};

/* ------------------------------------------------------------------------ */
/* The transport */

static int on_up(void *priv)
{
	struct link_test *t = priv;

	atomic_inc(&t->up);
	return t->up_result;
}

static void on_down(void *priv)
{
	struct link_test *t = priv;

	atomic_inc(&t->down);
}

static int on_pdu(void *priv, const struct vargo_pdu *pdu,
		  const struct vargo_payload *payload)
{
	struct link_test *t = priv;

	atomic_inc(&t->pdu);
	return t->pdu_result;
}

static void on_event(void *priv, const struct vargo_msg *msg)
{
	struct link_test *t = priv;

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

static void link_open(struct kunit *test)
{
	struct link_test *t = test->priv;
	const struct vargo_link_config config = {
		.argo = t->guest, .name = "kunit", .backend = BACKEND, .port = PORT,
		.ring_len = RING_LEN, .ops = &link_ops, .priv = t,
	};

	t->link = vargo_link_create(&config);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->link);
	vargo_link_start(t->link);
}

static void link_close(struct link_test *t)
{
	if (IS_ERR_OR_NULL(t->link))
		return;
	vargo_link_stop(t->link);
	vargo_link_destroy(t->link);
	t->link = NULL;
}

static long stat(struct kunit *test, enum vargo_stat which)
{
	struct link_test *t = test->priv;

	return atomic_long_read(&t->link->stats[which]);
}

/* ------------------------------------------------------------------------ */
/* The backend */

static void no_rx(struct argo_ring *ring, void *priv)
{
}

static const struct argo_ring_ops backend_ring_ops = { .rx = no_rx };

static void backend_open(struct kunit *test)
{
	struct link_test *t = test->priv;
	const struct argo_ring_config config = {
		.port = PORT, .partner = GUEST, .len = RING_LEN, .ops = &backend_ring_ops,
	};

	t->ring = argo_ring_create(t->backend, &config);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->ring);
}

static void backend_close(struct link_test *t)
{
	if (!IS_ERR_OR_NULL(t->ring))
		argo_ring_destroy(t->ring);
	t->ring = NULL;
}

static bool try_receive(struct kunit *test, struct got *got)
{
	struct link_test *t = test->priv;
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

static struct got receive(struct kunit *test)
{
	struct got got = {};

	KUNIT_EXPECT_TRUE_MSG(test, eventually(try_receive(test, &got)), "nothing came");
	return got;
}

static void expect_silence(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct got got;

	vargo_link_flush(t->link);
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_FALSE(test, try_receive(test, &got));
}

static void send_from(struct kunit *test, u32 port, u32 type, u32 len)
{
	struct link_test *t = test->priv;
	const struct argo_addr dst = { .port = PORT, .domid = GUEST };
	const struct kvec iov = { .iov_base = t->buf, .iov_len = len };

	KUNIT_EXPECT_EQ(test, argo_sendv(t->backend, port, &dst, type, &iov, 1), (int)len);
}

/* A frame with this head; @len bytes of buf behind the head are there already */
static void send_frame(struct kunit *test, u32 type, struct vargo_frame head, u32 len)
{
	struct link_test *t = test->priv;

	vargo_frame_encode(&head, t->buf);
	send_from(test, PORT, type, VARGO_FRAME_HDR + len);
}

static struct vargo_frame next_head(struct kunit *test)
{
	struct link_test *t = test->priv;

	t->head.seq++;
	return t->head;
}

/* @msg NULL: CREDIT */
static void send_control(struct kunit *test, const struct vargo_msg *msg, bool in_session)
{
	struct link_test *t = test->priv;
	int len = 0;

	if (msg)
		len = vargo_msg_encode(msg, t->buf + 16, VIRTIO_ARGO_MSG_MAX);
	KUNIT_ASSERT_GE(test, len, 0);
	send_frame(test, VIRTIO_ARGO_MT_CONTROL,
		   in_session ? next_head(test) : (struct vargo_frame){}, len);
}

static void send_complete(struct kunit *test, u32 len)
{
	struct link_test *t = test->priv;
	struct vargo_pdu pdu = {
		.type = VIRTIO_ARGO_PDU_COMPLETE, .total = len, .room = len, .length = len,
	};

	vargo_pdu_encode(&pdu, t->buf + 16);
	memset(t->buf + 48, 0x5a, len);
	send_frame(test, VIRTIO_ARGO_MT_DATA, next_head(test), VARGO_PDU_HDR + len);
}

static void send_ready(struct kunit *test)
{
	const struct vargo_msg msg = {
		.type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_READY,
	};

	send_control(test, &msg, false);
}

static struct got receive_hello(struct kunit *test)
{
	struct got got;

	do {
		got = receive(test);
	} while (got.len && (got.frame.session || got.msg.id != VIRTIO_ARGO_BUS_HELLO));
	KUNIT_EXPECT_EQ(test, got.type, VIRTIO_ARGO_MT_CONTROL);
	return got;
}

static struct vargo_msg hello_answer(const struct got *hello)
{
	struct vargo_msg msg = hello->msg;

	msg.type |= VIRTIO_ARGO_TYPE_RESPONSE;
	msg.hello.window = WINDOW;
	msg.hello.max_frame = MAX_FRAME;
	msg.hello.max_chain = 1 << 20;
	msg.hello.max_inflight = 1 << 21;
	return msg;
}

/*
 * Answer HELLO, and wait for the session. When the backend's domain is a new
 * one, Xen may have removed the guest's ring: then there will be another HELLO.
 */
static void accept(struct kunit *test)
{
	const struct argo_addr dst = { .port = PORT, .domid = GUEST };
	struct link_test *t = test->priv;
	int up = atomic_read(&t->up);
	struct vargo_msg msg;
	struct got hello;
	struct kvec iov;
	int ret, tries;

	for (tries = 0; tries < 3; tries++) {
		hello = receive_hello(test);
		msg = hello_answer(&hello);
		t->head = (struct vargo_frame){ .session = hello.msg.hello.session };
		memset(t->buf, 0, VARGO_FRAME_HDR);
		iov.iov_base = t->buf;
		iov.iov_len = VARGO_FRAME_HDR +
			      vargo_msg_encode(&msg, t->buf + 16, VIRTIO_ARGO_MSG_MAX);
		ret = argo_sendv(t->backend, PORT, &dst, VIRTIO_ARGO_MT_CONTROL, &iov, 1);
		if (ret != -ECONNREFUSED)
			break;
	}
	KUNIT_ASSERT_GT(test, ret, 0);
	KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&t->up) > up));
	KUNIT_ASSERT_EQ(test, vargo_link_session(t->link), t->head.session);
}

static void establish(struct kunit *test)
{
	backend_open(test);
	link_open(test);
	accept(test);
}

/* Nothing that was sent has cost the session */
static void expect_alive(struct kunit *test)
{
	struct link_test *t = test->priv;

	argo_fake_sync(t->xen);
	vargo_link_flush(t->link);
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), t->head.session);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->down), 0);
}

static void expect_violation(struct kunit *test)
{
	struct link_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == 1));
	KUNIT_EXPECT_EQ(test, stat(test, VARGO_STAT_VIOLATIONS), 1);
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), 0);
}

/* ------------------------------------------------------------------------ */
/* Sessions */

static void link_hello(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct vargo_msg msg;
	struct got got;

	backend_open(test);
	link_open(test);
	got = receive_hello(test);
	KUNIT_EXPECT_EQ(test, got.msg.type, VIRTIO_ARGO_TYPE_BUS);
	KUNIT_EXPECT_EQ(test, got.msg.hello.magic, VIRTIO_ARGO_MAGIC);
	KUNIT_EXPECT_NE(test, got.msg.hello.session, 0);
	KUNIT_EXPECT_EQ(test, got.msg.hello.version_min, VIRTIO_ARGO_VERSION);
	KUNIT_EXPECT_LE(test, got.msg.hello.window, RING_LEN - 16 - VIRTIO_ARGO_RING_RESERVE);
	KUNIT_EXPECT_LE(test, got.msg.hello.max_frame * 2, got.msg.hello.window);
	KUNIT_EXPECT_EQ(test, got.msg.hello.ctrl_window, VIRTIO_ARGO_CTRL_WINDOW);

	/* Answers to something else */
	msg = hello_answer(&got);
	msg.token++;
	send_control(test, &msg, false);
	msg.token--;
	msg.hello.session++;
	send_control(test, &msg, false);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_RESPONSE) == 2));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->up), 0);

	msg = hello_answer(&got);
	send_control(test, &msg, false);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->up) == 1));
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), got.msg.hello.session);
	/* The same again belongs to nothing */
	send_control(test, &msg, false);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_RESPONSE) == 3));
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), got.msg.hello.session);
}

static void link_waits_for_backend(struct kunit *test)
{
	link_open(test);
	msleep(20);
	backend_open(test);
	send_ready(test);
	accept(test);
	expect_alive(test);
}

/* Each of these answers is a refusal, and another HELLO follows */
static void link_refused_hello(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct vargo_msg msg;
	struct got got;
	u32 last = 0;

	backend_open(test);
	link_open(test);
#define REFUSE(change) do {							\
	got = receive_hello(test);						\
	KUNIT_EXPECT_NE(test, got.msg.hello.session, last);			\
	last = got.msg.hello.session;						\
	msg = hello_answer(&got);						\
	change;									\
	send_control(test, &msg, false);					\
	argo_fake_sync(t->xen);							\
	vargo_link_flush(t->link);						\
	KUNIT_EXPECT_EQ_MSG(test, vargo_link_session(t->link), 0, #change);	\
	send_ready(test);	/* for no pause */				\
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
	accept(test);
}

static void link_no_answer(struct kunit *test)
{
	struct got got, again;

	backend_open(test);
	link_open(test);
	got = receive_hello(test);
	again = receive_hello(test);	/* by itself, after the time is out */
	KUNIT_EXPECT_NE(test, got.msg.hello.session, again.msg.hello.session);
	send_ready(test);
	accept(test);
}

static void link_ready_in_session(struct kunit *test)
{
	struct link_test *t = test->priv;
	u32 last;

	establish(test);
	last = t->head.session;
	send_ready(test);
	accept(test);
	KUNIT_EXPECT_NE(test, t->head.session, last);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->down), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->up), 2);
}

static void link_up_fails(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct vargo_msg msg;
	struct got hello;
	int i;

	t->up_result = -EIO;
	backend_open(test);
	link_open(test);
	for (i = 1; i <= 2; i++) {
		hello = receive_hello(test);
		msg = hello_answer(&hello);
		send_control(test, &msg, false);
		KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == i));
		KUNIT_EXPECT_EQ(test, atomic_read(&t->up), i);
	}
	t->up_result = 0;
	send_ready(test);
	accept(test);
}

static void link_backend_dies(struct kunit *test)
{
	struct link_test *t = test->priv;
	const struct vargo_msg ask = { .id = VIRTIO_ARGO_GET_STATUS };
	struct vargo_msg answer;

	establish(test);
	backend_close(t);
	KUNIT_EXPECT_EQ(test, vargo_link_request(t->link, t->head.session, &ask, &answer),
			-ENOTCONN);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == 1));
	backend_open(test);
	send_ready(test);
	accept(test);
}

static void link_backend_domain_dies(struct kunit *test)
{
	struct link_test *t = test->priv;
	const struct vargo_msg ask = { .id = VIRTIO_ARGO_GET_STATUS };
	struct vargo_msg answer;

	establish(test);
	argo_fake_kill_domain(t->backend);
	KUNIT_EXPECT_EQ(test, vargo_link_request(t->link, t->head.session, &ask, &answer),
			-ENOTCONN);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == 1));
	backend_close(t);
	t->backend = argo_fake_add_domain(t->xen, BACKEND);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->backend);
	backend_open(test);
	accept(test);
}

/*
 * The domain was replaced before the link could notice. Xen has removed the
 * guest's ring: the first answer cannot be sent, a later one can.
 */
static void link_backend_domain_replaced(struct kunit *test)
{
	struct link_test *t = test->priv;
	const struct argo_addr dst = { .port = PORT, .domid = GUEST };
	struct kvec iov = { .iov_base = t->buf, .iov_len = 16 };

	backend_open(test);
	link_open(test);
	receive_hello(test);
	argo_fake_kill_domain(t->backend);
	backend_close(t);
	t->backend = argo_fake_add_domain(t->xen, BACKEND);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->backend);
	backend_open(test);
	KUNIT_EXPECT_EQ(test, argo_sendv(t->backend, PORT, &dst, VIRTIO_ARGO_MT_CONTROL, &iov, 1),
			-ECONNREFUSED);
	accept(test);
}

static void link_suspend(struct kunit *test)
{
	struct link_test *t = test->priv;

	establish(test);
	argo_fake_suspend(t->guest);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == 1));
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), 0);
	argo_fake_resume(t->guest);
	accept(test);
}

/* ------------------------------------------------------------------------ */
/* Frames */

static void link_dropped_frames(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct vargo_frame head;

	establish(test);
	memset(t->buf, 0, 64);
	send_from(test, PORT, VIRTIO_ARGO_MT_CONTROL, 15);
	send_from(test, PORT, VIRTIO_ARGO_MT_DATA, 1);
	head = (struct vargo_frame){ .seq = 1 };
	send_frame(test, VIRTIO_ARGO_MT_CONTROL, head, 0);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_SHORT) == 3));

	head = t->head;
	head.seq = 1;
	vargo_frame_encode(&head, t->buf);
	send_from(test, PORT, 0, 16);
	send_from(test, PORT, U32_MAX, 16);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_TYPE) == 2));
	send_from(test, PORT + 1, VIRTIO_ARGO_MT_CONTROL, 16);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_PORT) == 1));

	head.session++;
	send_frame(test, VIRTIO_ARGO_MT_CONTROL, head, 0);
	send_frame(test, VIRTIO_ARGO_MT_DATA, head, 64);
	send_frame(test, VIRTIO_ARGO_MT_DATA, (struct vargo_frame){}, 64);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_STALE) == 3));

	/* Malformed messages; a message that is not the backend's to send */
	memset(t->buf, 0xff, 64);
	send_frame(test, VIRTIO_ARGO_MT_CONTROL, next_head(test), 20);
	memset(t->buf, 0, 64);
	send_frame(test, VIRTIO_ARGO_MT_CONTROL, next_head(test), 3);
	send_control(test, &(const struct vargo_msg){ .id = VIRTIO_ARGO_GET_STATUS, .token = 1 },
		     true);
	send_control(test, &(const struct vargo_msg){ .type = 2, .id = VIRTIO_ARGO_BUS_READY },
		     true);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_CONTROL) == 4));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pdu), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->event), 0);
	expect_alive(test);
}

static void link_replayed_frame(struct kunit *test)
{
	struct link_test *t = test->priv;

	establish(test);
	send_complete(test, 4);
	send_frame(test, VIRTIO_ARGO_MT_DATA, t->head, VARGO_PDU_HDR + 4);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_REPLAY) == 1));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pdu), 1);
	send_complete(test, 4);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->pdu) == 2));
	expect_alive(test);
}

static void link_skipped_frame(struct kunit *test)
{
	establish(test);
	next_head(test);
	send_complete(test, 4);
	expect_violation(test);
}

static void link_too_much_data_consumed(struct kunit *test)
{
	struct link_test *t = test->priv;

	establish(test);
	t->head.data_consumed = 16;
	send_control(test, NULL, true);
	expect_violation(test);
}

static void link_too_much_control_consumed(struct kunit *test)
{
	struct link_test *t = test->priv;

	establish(test);
	t->head.ctrl_consumed = U32_MAX;
	send_control(test, NULL, true);
	expect_violation(test);
}

static void link_frame_without_pdu(struct kunit *test)
{
	establish(test);
	send_frame(test, VIRTIO_ARGO_MT_DATA, next_head(test), 0);
	expect_violation(test);
}

static void link_frame_with_a_rest(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct vargo_pdu pdu = { .type = VIRTIO_ARGO_PDU_COMPLETE };

	establish(test);
	memset(t->buf, 0, 128);
	vargo_pdu_encode(&pdu, t->buf + 16);
	send_frame(test, VIRTIO_ARGO_MT_DATA, next_head(test), VARGO_PDU_HDR + 8);
	expect_violation(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pdu), 1);
}

static void link_submit_from_backend(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct vargo_pdu pdu = { .type = VIRTIO_ARGO_PDU_SUBMIT };

	establish(test);
	vargo_pdu_encode(&pdu, t->buf + 16);
	send_frame(test, VIRTIO_ARGO_MT_DATA, next_head(test), VARGO_PDU_HDR);
	expect_violation(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pdu), 0);
}

static void link_oversized_frame(struct kunit *test)
{
	struct link_test *t = test->priv;

	establish(test);
	send_complete(test, t->link->own_frame - 64 + 1);
	expect_violation(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->pdu), 0);
}

static void link_wrong_pdu(struct kunit *test)
{
	struct link_test *t = test->priv;

	t->pdu_result = -EPROTO;
	establish(test);
	send_complete(test, 4);
	expect_violation(test);
}

static void link_stale_pdu(struct kunit *test)
{
	struct link_test *t = test->priv;

	t->pdu_result = -ESTALE;
	establish(test);
	send_complete(test, 4);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_EPOCH) == 1));
	expect_alive(test);
}

/* More frames than passes in bottom half may take: a thread goes on */
static void link_flood(struct kunit *test)
{
	struct link_test *t = test->priv;
	unsigned int i;

	establish(test);
	argo_fake_hold_virqs(t->guest, true);
	memset(t->buf, 0, 16);
	for (i = 0; i < 1600; i++)
		send_from(test, PORT, 0, 16);
	argo_fake_hold_virqs(t->guest, false);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_TYPE) == 1600));
	KUNIT_EXPECT_GE(test, stat(test, VARGO_STAT_RX_THREAD), 1);
	send_complete(test, 4);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->pdu) == 1));
	expect_alive(test);
}

/* Half a window consumed, nothing to send: a CREDIT frame, and none before */
static void link_gives_credit(struct kunit *test)
{
	struct link_test *t = test->priv;
	u32 sent = 0, half;
	struct got got;

	establish(test);
	half = t->link->own_window / 2;
	while (sent + vargo_ring_bytes(16 + 32 + 1024) < half) {
		send_complete(test, 1024);
		sent += vargo_ring_bytes(16 + 32 + 1024);
	}
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_RX_BYTES) > 0));
	expect_silence(test);
	send_complete(test, 1024);
	sent += vargo_ring_bytes(16 + 32 + 1024);
	got = receive(test);
	KUNIT_EXPECT_EQ(test, got.type, VIRTIO_ARGO_MT_CONTROL);
	KUNIT_EXPECT_EQ(test, got.len, VARGO_FRAME_HDR);
	KUNIT_EXPECT_EQ(test, got.frame.session, t->head.session);
	KUNIT_EXPECT_EQ(test, got.frame.seq, 1);
	KUNIT_EXPECT_EQ(test, got.frame.data_consumed, sent);
	expect_alive(test);
}

/* ------------------------------------------------------------------------ */
/* Control requests */

struct ask {
	struct work_struct work;
	struct completion done;
	struct vargo_link *link;
	u32 session;
	struct vargo_msg ask;
	struct vargo_msg answer;
	int result;
};

static void ask_work(struct work_struct *work)
{
	struct ask *a = container_of(work, struct ask, work);

	a->result = vargo_link_request(a->link, a->session, &a->ask, &a->answer);
	complete(&a->done);
}

static void ask(struct kunit *test, struct ask *a, u8 id, u16 dev)
{
	struct link_test *t = test->priv;

	memset(a, 0, sizeof(*a));
	a->link = t->link;
	a->session = t->head.session;
	a->ask.id = id;
	a->ask.dev = dev;
	init_completion(&a->done);
	INIT_WORK_ONSTACK(&a->work, ask_work);
	queue_work(system_unbound_wq, &a->work);
}

static int asked(struct ask *a)
{
	wait_for_completion(&a->done);
	flush_work(&a->work);
	destroy_work_on_stack(&a->work);
	return a->result;
}

static void answer_status(struct kunit *test, const struct got *got, u32 status, bool right)
{
	struct vargo_msg msg = got->msg;

	msg.type |= VIRTIO_ARGO_TYPE_RESPONSE;
	msg.status.status = status;
	if (!right)
		msg.token++;
	send_control(test, &msg, true);
}

static void link_request(struct kunit *test)
{
	struct got got;
	struct ask a;

	establish(test);
	ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	got = receive(test);
	KUNIT_EXPECT_EQ(test, got.msg.id, VIRTIO_ARGO_GET_STATUS);
	KUNIT_EXPECT_EQ(test, got.msg.dev, 3);
	KUNIT_EXPECT_EQ(test, got.frame.seq, 1);
	answer_status(test, &got, 1, false);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_RESPONSE) == 1));
	got.msg.dev = 4;
	answer_status(test, &got, 1, true);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_RESPONSE) == 2));
	got.msg.dev = 3;
	answer_status(test, &got, 0x42, true);
	KUNIT_EXPECT_EQ(test, asked(&a), 0);
	KUNIT_EXPECT_EQ(test, a.answer.status.status, 0x42);
	/* Once more is once too often */
	answer_status(test, &got, 0x43, true);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_RESPONSE) == 3));
	expect_alive(test);
}

static void link_request_timeout(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct got got;
	struct ask a;

	establish(test);
	ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	got = receive(test);
	KUNIT_EXPECT_EQ(test, asked(&a), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, stat(test, VARGO_STAT_TIMEOUTS), 1);
	KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == 1));
	answer_status(test, &got, 1, true);
	KUNIT_EXPECT_TRUE(test, eventually(stat(test, VARGO_STAT_DROP_STALE) == 1));
	send_ready(test);
	accept(test);
}

static void link_request_session_lost(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct ask a;

	establish(test);
	ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	receive(test);
	send_ready(test);
	KUNIT_EXPECT_EQ(test, asked(&a), -ENOTCONN);
	accept(test);
	/* Of an earlier session, and of none */
	KUNIT_EXPECT_EQ(test, vargo_link_request(t->link, a.session, &a.ask, &a.answer), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, vargo_link_request(t->link, 0, &a.ask, &a.answer), -ENOTCONN);
}

static void link_request_abandoned(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct ask a;

	establish(test);
	ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	receive(test);
	vargo_link_abandon(t->link, 4);
	KUNIT_EXPECT_FALSE(test, completion_done(&a.done));
	vargo_link_abandon(t->link, 3);
	KUNIT_EXPECT_EQ(test, asked(&a), -ENODEV);
	expect_alive(test);
}

/* The control window: the ninth frame waits until one was consumed */
static void link_control_window(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct got got;
	unsigned int i;
	struct ask a;

	establish(test);
	for (i = 0; i < VIRTIO_ARGO_CTRL_WINDOW; i++) {
		ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
		got = receive(test);
		while (got.len == VARGO_FRAME_HDR)	/* CREDIT */
			got = receive(test);
		t->head.ctrl_consumed = 0;	/* read, but not told */
		answer_status(test, &got, 1, true);
		KUNIT_ASSERT_EQ(test, asked(&a), 0);
	}
	ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	msleep(20);
	while (try_receive(test, &got))
		KUNIT_EXPECT_EQ(test, got.len, VARGO_FRAME_HDR);
	t->head.ctrl_consumed = VIRTIO_ARGO_CTRL_WINDOW;
	send_control(test, NULL, true);
	got = receive(test);
	KUNIT_EXPECT_EQ(test, got.msg.id, VIRTIO_ARGO_GET_STATUS);
	answer_status(test, &got, 1, true);
	KUNIT_EXPECT_EQ(test, asked(&a), 0);
}

/* Xen has no room, or not even for noting that: the request waits, and goes */
static void link_request_ring_full(struct kunit *test)
{
	static const int errors[] = { -EAGAIN, -EBUSY, -ENOMEM };
	struct link_test *t = test->priv;
	struct got got;
	unsigned int i;
	struct ask a;

	establish(test);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		argo_fake_fail(t->guest, ARGO_FAKE_SENDV, errors[i], 0, 1);
		ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
		got = receive(test);
		answer_status(test, &got, 1, true);
		KUNIT_EXPECT_EQ(test, asked(&a), 0);
		KUNIT_EXPECT_EQ(test, stat(test, VARGO_STAT_TX_FULL), i + 1);
	}
	expect_alive(test);
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
	struct link_test *t = test->priv;
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
	struct link_test *t = test->priv;

	vargo_link_hold(t->link, &s->source, vargo_queue_forget);
	vargo_queue_exit(&s->q);
}

/* Data stops at the window, and goes on with what comes back */
static void link_data_credit(struct kunit *test)
{
	struct link_test *t = test->priv;
	u32 bytes = 0, chains = 0;
	struct source *s;
	struct got got;

	establish(test);
	s = source(test, 0, 60, 900);
	vargo_link_kick(t->link, &s->source);
	while (try_receive(test, &got)) {
		bytes += vargo_ring_bytes(got.len);
		KUNIT_EXPECT_LE(test, vargo_ring_bytes(got.len), MAX_FRAME);
		chains++;
	}
	KUNIT_EXPECT_LE(test, bytes, WINDOW);
	KUNIT_EXPECT_GT(test, bytes + 2 * MAX_FRAME, WINDOW);
	KUNIT_EXPECT_GE(test, stat(test, VARGO_STAT_TX_NO_CREDIT), 1);
	vargo_link_kick(t->link, &s->source);
	expect_silence(test);

	/* One frame's worth; then counts that are no sum of frames */
	t->head.data_consumed = 1008;
	send_control(test, NULL, true);
	got = receive(test);
	KUNIT_EXPECT_EQ(test, got.type, VIRTIO_ARGO_MT_DATA);
	bytes += vargo_ring_bytes(got.len);
	chains++;
	t->head.data_consumed = 1008 + 1001;
	send_control(test, NULL, true);
	argo_fake_sync(t->xen);
	vargo_link_flush(t->link);
	while (try_receive(test, &got)) {
		bytes += vargo_ring_bytes(got.len);
		chains++;
	}
	KUNIT_EXPECT_LE(test, bytes - 2009, WINDOW);
	while (chains < 60) {
		t->head.data_consumed = bytes;
		send_control(test, NULL, true);
		got = receive(test);
		KUNIT_ASSERT_EQ(test, got.type, VIRTIO_ARGO_MT_DATA);
		KUNIT_EXPECT_EQ(test, got.pdu.chain, chains);
		do {
			bytes += vargo_ring_bytes(got.len);
			chains++;
		} while (try_receive(test, &got));
	}
	KUNIT_EXPECT_EQ(test, chains, 60);
	expect_alive(test);
	source_end(test, s);
}

/* Two that wait for credit are served in turn */
static void link_round_robin(struct kunit *test)
{
	struct link_test *t = test->priv;
	unsigned int n[2] = {};
	struct source *s[2];
	struct got got;

	establish(test);
	s[0] = source(test, 0, 40, 900);
	s[1] = source(test, 1, 40, 900);
	vargo_link_kick(t->link, &s[0]->source);	/* takes the whole window */
	vargo_link_kick(t->link, &s[1]->source);
	while (try_receive(test, &got))
		n[got.pdu.queue]++;
	KUNIT_EXPECT_EQ(test, n[1], 0);
	n[0] = 0;
	while (n[0] + n[1] < 40) {
		send_control(test, NULL, true);
		got = receive(test);
		KUNIT_ASSERT_NE(test, got.len, 0);
		do {
			n[got.pdu.queue]++;
		} while (try_receive(test, &got));
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
	struct link_test *t = test->priv;
	struct source *s;
	struct got got;
	unsigned int i;

	establish(test);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		s = source(test, i, 1, 100);
		argo_fake_fail(t->guest, ARGO_FAKE_SENDV, errors[i], 0, 1);
		vargo_link_kick(t->link, &s->source);
		got = receive(test);
		KUNIT_EXPECT_EQ(test, got.pdu.queue, i);
		KUNIT_EXPECT_EQ(test, got.frame.seq, i + 1);
		KUNIT_EXPECT_EQ(test, stat(test, VARGO_STAT_TX_FULL), i + 1);
		source_end(test, s);
	}
	expect_alive(test);
}

/* Errors that end a session, from a driver's context */
static void link_data_refused(struct kunit *test)
{
	static const int errors[] = { -ECONNREFUSED, -ESRCH, -EPERM, -EACCES, -EINVAL, -EMSGSIZE };
	struct link_test *t = test->priv;
	struct source *s;
	unsigned int i;

	establish(test);
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		s = source(test, 0, 1, 100);
		argo_fake_fail(t->guest, ARGO_FAKE_SENDV, errors[i], 0, 1);
		vargo_link_kick(t->link, &s->source);
		KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), 0);
		KUNIT_EXPECT_TRUE(test, eventually(atomic_read(&t->down) == i + 1));
		source_end(test, s);
		send_ready(test);
		accept(test);
	}
}

/* ------------------------------------------------------------------------ */
/* The end, in every state */

static void link_stop_waiting(struct kunit *test)
{
	struct link_test *t = test->priv;

	link_open(test);
	link_close(t);
	link_open(test);
	msleep(20);
	link_close(t);
}

static void link_stop_greeting(struct kunit *test)
{
	struct link_test *t = test->priv;

	backend_open(test);
	link_open(test);
	receive_hello(test);
	link_close(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->up), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->down), 0);
}

static void link_stop_up(struct kunit *test)
{
	struct link_test *t = test->priv;
	struct ask a;

	establish(test);
	ask(test, &a, VIRTIO_ARGO_GET_STATUS, 3);
	receive(test);
	vargo_link_stop(t->link);
	KUNIT_EXPECT_EQ(test, asked(&a), -ENOTCONN);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->down), 1);
	KUNIT_EXPECT_EQ(test, vargo_link_session(t->link), 0);
	link_close(t);
	KUNIT_EXPECT_EQ(test, argo_fake_ring_count(t->guest), 0);
}

static void link_stop_suspended(struct kunit *test)
{
	struct link_test *t = test->priv;

	establish(test);
	argo_fake_suspend(t->guest);
	link_close(t);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->down), 1);
	argo_fake_resume(t->guest);
}

/* ------------------------------------------------------------------------ */

static int link_test_init(struct kunit *test)
{
	struct link_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->buf = kunit_kzalloc(test, RING_LEN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->buf);
	test->priv = t;
	t->xen = argo_fake_create();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->xen);
	t->guest = argo_fake_add_domain(t->xen, GUEST);
	t->backend = argo_fake_add_domain(t->xen, BACKEND);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->guest);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->backend);
	return 0;
}

static void link_test_exit(struct kunit *test)
{
	struct link_test *t = test->priv;

	if (!t)
		return;
	link_close(t);
	backend_close(t);
	if (!IS_ERR_OR_NULL(t->xen))
		argo_fake_destroy(t->xen);
}

static struct kunit_case link_cases[] = {
	KUNIT_CASE(link_hello),
	KUNIT_CASE(link_waits_for_backend),
	KUNIT_CASE(link_refused_hello),
	KUNIT_CASE_SLOW(link_no_answer),
	KUNIT_CASE(link_ready_in_session),
	KUNIT_CASE(link_up_fails),
	KUNIT_CASE(link_backend_dies),
	KUNIT_CASE_SLOW(link_backend_domain_dies),
	KUNIT_CASE_SLOW(link_backend_domain_replaced),
	KUNIT_CASE(link_suspend),
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
	KUNIT_CASE(link_control_window),
	KUNIT_CASE(link_request_ring_full),
	KUNIT_CASE(link_data_credit),
	KUNIT_CASE(link_round_robin),
	KUNIT_CASE(link_data_ring_full),
	KUNIT_CASE(link_data_refused),
	KUNIT_CASE(link_stop_waiting),
	KUNIT_CASE(link_stop_greeting),
	KUNIT_CASE(link_stop_up),
	KUNIT_CASE(link_stop_suspended),
	{}
};

static struct kunit_suite link_suite = {
	.name = "virtio_argo_link",
	.init = link_test_init,
	.exit = link_test_exit,
	.test_cases = link_cases,
};

kunit_test_suite(link_suite);
