// SPDX-License-Identifier: GPL-2.0
/*
 * What the KUnit suites of Argo share; see argo_test.h.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "argo_test.h"

KUNIT_DEFINE_ACTION_WRAPPER(fake_destroy_action, argo_fake_destroy, struct argo_fake *);

int argo_test_init(struct kunit *test)
{
	struct argo_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	t->xen = argo_fake_create();
	KUNIT_ASSERT_NOT_NULL(test, t->xen);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, fake_destroy_action, t->xen));
	t->front = argo_test_domain(test, FRONT);
	t->back = argo_test_domain(test, BACK);
	return 0;
}

struct xen_argo *argo_test_domain(struct kunit *test, domid_t domid)
{
	struct argo_test *t = test->priv;
	struct xen_argo *argo = argo_fake_add_domain(t->xen, domid);

	KUNIT_ASSERT_FALSE(test, IS_ERR(argo));
	return argo;
}

static void test_ring_rx(struct argo_ring *ring, void *priv)
{
	struct test_ring *tr = priv;

	WARN_ON(!irqs_disabled());
	atomic_inc(&tr->rx);
}

static void test_ring_event(struct argo_ring *ring, void *priv, enum argo_ring_event event)
{
	struct test_ring *tr = priv;

	might_sleep();
	if (tr->nr_events < ARRAY_SIZE(tr->events))
		tr->events[tr->nr_events] = event;
	tr->nr_events++;
}

static const struct argo_ring_ops test_ring_ops = {
	.rx = test_ring_rx,
	.event = test_ring_event,
};

KUNIT_DEFINE_ACTION_WRAPPER(ring_destroy_action, argo_ring_destroy, struct argo_ring *);

struct test_ring *test_ring_config(struct kunit *test, struct xen_argo *argo,
				   struct argo_ring_config config)
{
	struct test_ring *tr = kunit_kzalloc(test, sizeof(*tr), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tr);
	config.ops = &test_ring_ops;
	config.priv = tr;
	tr->ring = argo_ring_create(argo, &config);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(tr->ring), "argo_ring_create: %ld",
			       PTR_ERR(tr->ring));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, ring_destroy_action, tr->ring));
	return tr;
}

struct test_ring *test_ring(struct kunit *test, struct xen_argo *argo, u32 port,
			    domid_t partner, u32 len)
{
	struct argo_ring_config config = { .port = port, .partner = partner, .len = len };

	return test_ring_config(test, argo, config);
}

void test_ring_destroy(struct kunit *test, struct test_ring *tr)
{
	kunit_release_action(test, ring_destroy_action, tr->ring);
}

u8 test_pattern(u8 seed, u32 i)
{
	return seed + i * 7 + (i >> 8);
}

int test_send(struct kunit *test, struct xen_argo *from, u32 port, domid_t domid,
	      u32 len, u8 seed)
{
	struct argo_addr dst = { .port = port, .domid = domid };
	u8 *buf = kmalloc(len ?: 1, GFP_KERNEL);
	struct kvec iov[3];
	u32 i;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (i = 0; i < len; i++)
		buf[i] = test_pattern(seed, i);
	/* In three parts, of which some are empty for short messages */
	iov[0] = (struct kvec){ buf, len / 3 };
	iov[1] = (struct kvec){ buf + len / 3, len / 3 };
	iov[2] = (struct kvec){ buf + len / 3 * 2, len - len / 3 * 2 };
	ret = argo_sendv(from, 7, &dst, seed, iov, 3);
	kfree(buf);
	return ret;
}

unsigned int test_fill(struct kunit *test, struct xen_argo *from, u32 port, domid_t domid,
		       u32 len)
{
	unsigned int n = 0;
	int ret;

	while ((ret = test_send(test, from, port, domid, len, n)) >= 0)
		n++;
	KUNIT_EXPECT_EQ(test, -EAGAIN, ret);
	return n;
}

unsigned int test_drain(struct kunit *test, struct test_ring *tr)
{
	struct argo_msg msg;
	unsigned int n = 0;

	while (argo_ring_peek(tr->ring, &msg) == 1) {
		argo_ring_consume(tr->ring, &msg);
		n++;
	}
	argo_ring_done(tr->ring);
	return n;
}

void test_expect(struct kunit *test, struct test_ring *tr, domid_t source, u32 len, u8 seed)
{
	u8 *copy = kunit_kmalloc(test, len + 1, GFP_KERNEL);
	struct argo_msg msg;
	u32 i, n, off, wrong = 0;
	const u8 *p;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	KUNIT_ASSERT_EQ(test, 1, argo_ring_peek(tr->ring, &msg));
	KUNIT_EXPECT_EQ(test, len, msg.len);
	KUNIT_EXPECT_EQ(test, source, msg.source.domid);
	KUNIT_EXPECT_EQ(test, 7, msg.source.port);
	KUNIT_EXPECT_EQ(test, seed, msg.type);
	KUNIT_ASSERT_EQ(test, 0, argo_msg_copy(tr->ring, &msg, 0, copy, msg.len));
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, argo_msg_copy(tr->ring, &msg, msg.len, copy, 1));
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, argo_msg_copy(tr->ring, &msg, 1, copy, msg.len));
	for (off = 0; off < msg.len; off += n) {
		n = msg.len - off;
		p = argo_msg_span(tr->ring, &msg, off, &n);
		KUNIT_ASSERT_GT(test, n, 0);
		for (i = 0; i < n; i++)
			wrong += p[i] != test_pattern(seed, off + i) || p[i] != copy[off + i];
	}
	KUNIT_EXPECT_EQ(test, 0, wrong);
	argo_ring_consume(tr->ring, &msg);
	kunit_kfree(test, copy);
}

kunit_test_suites(&argo_core_suite, &argo_ring_suite, &argo_space_suite,
		  &argo_endpoint_suite);

MODULE_DESCRIPTION("KUnit tests of Argo over a fake Xen");
MODULE_LICENSE("GPL");
