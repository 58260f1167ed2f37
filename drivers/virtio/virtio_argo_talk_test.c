// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: the conversations of tools/testing/codec/conversations.txt, with
 * the driver as the driver side.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * The backend of the other tests brings the device to where the conversation begins.
 * From there on it only keeps what comes, and the test answers.
 */
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "virtio_argo_btest.h"
#include "virtio_argo_talk.h"

#define FRAMES	16
#define BYTES	128
#define OUT	16
#define TALK_IN	21

struct got {
	u32 type;
	bool bare;
	u32 len;		/* behind the frame's head */
	u8 bytes[BYTES];
};

/* A block request, GET_ID */
struct talk_request {
	struct btest_request r;		/* what the driver is told of */
	u8 out[OUT];
	u8 in[TALK_IN];
};

struct replay {
	struct kunit *test;
	struct btest *t;
	bool ours;			/* the test answers; under the backend's lock */
	bool at_start;			/* from DRIVER_OK on */
	struct got got[FRAMES];
	unsigned int count;		/* under the backend's lock */
	unsigned int first;
	u32 var[TALK_VARS];
	bool bound[TALK_VARS];
	struct talk_request *request;	/* the last one */
	struct work_struct reset;
	unsigned int step;
};

/* What the guest sends, under the backend's lock: true if the test answers it. */
static bool tap(struct btest *t, u32 type, const struct vargo_frame *frame, const u8 *buf, u32 len)
{
	struct replay *r = t->tap_priv;
	struct vargo_msg msg;
	struct got *got;

	if (!r->ours && r->at_start && type == VIRTIO_ARGO_MT_CONTROL &&
	    vargo_msg_decode(buf, len, &msg) > 0 && msg.id == VIRTIO_ARGO_SET_STATUS &&
	    (msg.status.status & VIRTIO_CONFIG_S_DRIVER_OK))
		r->ours = true;
	if (!r->ours)
		return false;
	if (WARN_ON(r->count == FRAMES || len > BYTES))
		return true;
	got = &r->got[r->count];
	got->type = type;
	got->bare = !frame->session;
	got->len = len;
	memcpy(got->bytes, buf, len);
	WRITE_ONCE(r->count, r->count + 1);
	return true;
}

/* The next frame, of CREDIT frames only if one is awaited; NULL: none is there yet */
static const struct got *next(struct replay *r, bool credit)
{
	while (r->first < READ_ONCE(r->count)) {
		const struct got *got = &r->got[r->first++];

		if (got->len || credit)
			return got;
	}
	return NULL;
}

static void settle(struct replay *r)
{
	argo_fake_sync(r->t->xen.fake);
	vargo_link_flush(r->t->bus->link);
	flush_work(&r->t->work);
}

static u8 byte_of(const struct replay *r, unsigned short b)
{
	return TALK_IS_VAR(b) ? r->var[TALK_VAR_OF(b)] >> 8 * TALK_VAR_BYTE(b) : b;
}

static void choose(struct replay *r, enum talk_var v, u32 value)
{
	r->var[v] = value;
	r->bound[v] = true;
}

/* Its bytes are what they should be; what they choose is remembered */
static void expect_frame(struct replay *r, const struct talk_step *s)
{
	struct kunit *test = r->test;
	const struct got *got;
	unsigned int i, v;

	KUNIT_ASSERT_TRUE_MSG(test, eventually((got = next(r, !s->len))), "step %u: nothing comes",
			      r->step);
	KUNIT_ASSERT_EQ_MSG(test, got->bare, s->kind == TALK_BARE, "step %u", r->step);
	KUNIT_ASSERT_EQ_MSG(test, got->type == VIRTIO_ARGO_MT_DATA, s->kind == TALK_DATA,
			    "step %u", r->step);
	KUNIT_ASSERT_EQ_MSG(test, got->len, s->len, "step %u", r->step);
	for (i = 0; i < s->len; i++) {
		unsigned short b = s->bytes[i];

		if (!TALK_IS_VAR(b)) {
			if (!(b & TALK_ANY))
				KUNIT_EXPECT_EQ_MSG(test, got->bytes[i], b, "step %u, byte %u",
						    r->step, i);
			continue;
		}
		v = TALK_VAR_OF(b);
		if (!r->bound[v])
			r->var[v] |= (u32)got->bytes[i] << 8 * TALK_VAR_BYTE(b);
		else
			KUNIT_EXPECT_EQ_MSG(test, got->bytes[i], byte_of(r, b),
					    "step %u, byte %u", r->step, i);
	}
	for (i = 0; i < s->len; i++)
		if (TALK_IS_VAR(s->bytes[i]))
			r->bound[TALK_VAR_OF(s->bytes[i])] = true;
}

/* What the device side sends */
static void play(struct replay *r, const struct talk_step *s)
{
	u32 type = s->kind == TALK_DATA ? VIRTIO_ARGO_MT_DATA : VIRTIO_ARGO_MT_CONTROL;
	struct vargo_frame none = {};
	struct btest *t = r->t;
	struct vargo_msg msg;
	unsigned int i;

	for (i = 0; i < s->len; i++)
		if (TALK_IS_VAR(s->bytes[i]) && !r->bound[TALK_VAR_OF(s->bytes[i])])
			choose(r, TALK_VAR_OF(s->bytes[i]), 0x701 + TALK_VAR_OF(s->bytes[i]));
	mutex_lock(&t->lock);
	for (i = 0; i < s->len; i++)
		t->out[VARGO_FRAME_HDR + i] = byte_of(r, s->bytes[i]);
	/* The one byte that is valid in an answer to PING is that of the question. */
	if (s->kind == TALK_CONTROL && r->first &&
	    vargo_msg_decode(t->out + VARGO_FRAME_HDR, s->len, &msg) > 0 &&
	    msg.type == (VIRTIO_ARGO_TYPE_BUS | VIRTIO_ARGO_TYPE_RESPONSE) &&
	    msg.id == VIRTIO_ARGO_BUS_PING)
		memcpy(t->out + VARGO_FRAME_HDR + 8, r->got[r->first - 1].bytes + 8, 4);
	if (s->kind == TALK_BARE) {
		/* Before it is sent: the answer to it may come at once. */
		if (vargo_msg_decode(t->out + VARGO_FRAME_HDR, s->len, &msg) > 0 &&
		    msg.id == VIRTIO_ARGO_BUS_HELLO && !msg.hello.status)
			t->head = (struct vargo_frame){ .session = msg.hello.session };
		btest_backend_send(t, type, &none, s->len);
	} else {
		t->head.seq += !strcmp(s->how, "gap") ? 2 : 1;
		btest_backend_send(t, type, &t->head, s->len);
	}
	mutex_unlock(&t->lock);
}

static void submit(struct replay *r)
{
	struct talk_request *q = kunit_kzalloc(r->test, sizeof(*q), GFP_KERNEL);
	struct scatterlist out, in, *sgs[] = { &out, &in };
	unsigned long flags;

	KUNIT_ASSERT_NOT_NULL(r->test, q);
	/* Where the driver's probe has waited for DRIVER_OK */
	KUNIT_ASSERT_TRUE(r->test, eventually(atomic_read(&btest_driver.probed) == 1));
	r->request = q;
	q->out[0] = 8;
	sg_init_one(&out, q->out, OUT);
	sg_init_one(&in, q->in, TALK_IN);
	spin_lock_irqsave(&btest_driver.lock, flags);
	KUNIT_EXPECT_EQ(r->test, virtqueue_add_sgs(btest_driver.vq[0], sgs, 1, 1, &q->r,
						   GFP_ATOMIC), 0);
	btest_driver.outstanding++;
	virtqueue_kick(btest_driver.vq[0]);
	spin_unlock_irqrestore(&btest_driver.lock, flags);
}

/* A reset waits for its answer */
static void reset_work(struct work_struct *work)
{
	btest_driver.vdev->config->reset(btest_driver.vdev);
}

static void act(struct replay *r, const char *what)
{
	if (!strcmp(what, "submit"))
		submit(r);
	else if (!strcmp(what, "reset"))
		queue_work(system_unbound_wq, &r->reset);
	else
		KUNIT_FAIL(r->test, "step %u: a driver cannot %s", r->step, what);
}

static void expect_seen(struct replay *r, const struct talk_step *s)
{
	struct talk_request *q = r->request;
	struct kunit *test = r->test;
	unsigned int used, i;

	KUNIT_ASSERT_EQ(test, kstrtouint(s->how, 10, &used), 0);
	KUNIT_ASSERT_TRUE_MSG(test, eventually(READ_ONCE(q->r.done)), "step %u", r->step);
	KUNIT_EXPECT_EQ_MSG(test, q->r.len, used, "step %u", r->step);
	KUNIT_ASSERT_LE(test, s->len, TALK_IN);
	for (i = 0; i < s->len; i++)
		KUNIT_EXPECT_EQ_MSG(test, q->in[i], byte_of(r, s->bytes[i]), "step %u, byte %u",
				    r->step, i);
}

static void do_step(struct replay *r, const struct talk_step *s)
{
	struct vargo_link *link = r->t->bus->link;

	if (s->kind == TALK_TIME) {
		settle(r);
		WRITE_ONCE(link->ping_ms, 1);
		mod_delayed_work(link->wq, &link->ping, 0);
	} else if (s->who == TALK_DEVICE) {
		if (s->kind != TALK_DO && s->kind != TALK_SILENCE && s->kind != TALK_SEE)
			play(r, s);
	} else if (s->kind == TALK_DO) {
		act(r, s->how);
	} else if (s->kind == TALK_SEE) {
		expect_seen(r, s);
	} else if (s->kind == TALK_SILENCE) {
		settle(r);
		KUNIT_EXPECT_NULL_MSG(r->test, next(r, false), "step %u", r->step);
		KUNIT_EXPECT_FALSE(r->test, r->request && r->request->r.done);
	} else {
		expect_frame(r, s);
		if (s->kind == TALK_CONTROL)
			/* Asked once, if this was time */
			WRITE_ONCE(link->ping_ms, 10000);
	}
}

static void bring_to(struct replay *r, enum talk_given given)
{
	struct kunit *test = r->test;
	struct btest *t = r->t;
	struct vargo_vdev *v;

	r->ours = given == TALK_NOTHING;
	r->at_start = given == TALK_CONFIGURED;
	t->tap_priv = r;
	t->tap = tap;
	if (given != TALK_NOTHING)
		btest_device(t, 1, TYPE_TEST);
	btest_backend_start(test);
	btest_open(test);
	if (given == TALK_NOTHING)
		return;
	KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(t->bus->slots[1].vdev)));
	v = t->bus->slots[1].vdev;
	if (given == TALK_CONFIGURED) {
		KUNIT_ASSERT_TRUE(test, eventually(READ_ONCE(r->ours)));
	} else {
		KUNIT_ASSERT_TRUE(test, eventually(atomic_read(&btest_driver.probed) == 1));
		/* The device is asked nothing more: neither this nor another one is new. */
		flush_work(&t->bus->scan);
		flush_workqueue(t->bus->wq);
		settle(r);
		mutex_lock(&t->lock);
		r->ours = true;
		mutex_unlock(&t->lock);
	}
	/* A disk, as far as these conversations see it */
	v->type = &btest_replayed;
	v->vqs[0]->queue.config.fill = true;
	v->vqs[0]->queue.config.fail_status = 1;
	choose(r, TALK_SESSION, t->head.session);
	choose(r, TALK_DEV, 1);
	choose(r, TALK_EPOCH, v->epoch);
	choose(r, TALK_EPOCH2, v->epoch + 1);
}

static void talk(struct kunit *test)
{
	const struct talk *talk = *(const struct talk * const *)test->param_value;
	struct btest *t = test->priv;
	struct replay *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	r->test = test;
	r->t = t;
	INIT_WORK(&r->reset, reset_work);
	bring_to(r, talk->given);
	for (r->step = 1; talk->steps[r->step - 1].kind != TALK_END; r->step++)
		do_step(r, &talk->steps[r->step - 1]);
	/* From here on the backend of the other tests answers again, or its link is lost. */
	mutex_lock(&t->lock);
	t->tap = NULL;
	mutex_unlock(&t->lock);
	vargo_link_lose(t->bus->link, vargo_link_session(t->bus->link), "the conversation is over");
	flush_work(&r->reset);
	btest_close(t);
}

/* Those that test a driver side. KUnit wants an array of known length. */
static const struct talk *driver_talks[19];

static void talk_name(const struct talk **t, char *desc)
{
	strscpy(desc, (*t)->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(talk, driver_talks, talk_name);

static int talk_suite_init(struct kunit_suite *suite)
{
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(talks); i++) {
		if (!talks[i].for_driver)
			continue;
		if (n < ARRAY_SIZE(driver_talks))
			driver_talks[n] = &talks[i];
		n++;
	}
	if (WARN(n != ARRAY_SIZE(driver_talks), "there are %u conversations for a driver\n", n))
		return -EINVAL;
	return btest_suite_init(suite);
}

static struct kunit_case talk_cases[] = {
	KUNIT_CASE_PARAM(talk, talk_gen_params),
	{}
};

static struct kunit_suite talk_suite = {
	.name = "virtio_argo_talk",
	.suite_init = talk_suite_init,
	.suite_exit = btest_suite_exit,
	.init = btest_init,
	.exit = btest_exit,
	.test_cases = talk_cases,
};

kunit_test_suite(talk_suite);
