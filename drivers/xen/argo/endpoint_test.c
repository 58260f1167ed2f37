// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: endpoints of /dev/xen/argo, driven with kernel buffers.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sizes.h>

#include "argo_test.h"
#include "endpoint.h"

#define HEAD	sizeof(struct xen_argo_msg)

KUNIT_DEFINE_ACTION_WRAPPER(endpoint_destroy_action, argo_endpoint_destroy,
			    struct argo_endpoint *);

static struct argo_endpoint *ep_make(struct kunit *test, struct xen_argo *argo)
{
	struct argo_endpoint *ep = argo_endpoint_create(argo);

	KUNIT_ASSERT_NOT_NULL(test, ep);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, endpoint_destroy_action, ep));
	return ep;
}

static struct xen_argo_bind ep_want(u32 port, domid_t partner)
{
	return (struct xen_argo_bind){ .port = port, .partner = partner, .ring_len = 4032 };
}

static struct argo_endpoint *ep_bound(struct kunit *test, struct xen_argo *argo,
				      u32 port, domid_t partner)
{
	struct argo_endpoint *ep = ep_make(test, argo);
	struct xen_argo_bind bind = ep_want(port, partner);

	KUNIT_ASSERT_EQ(test, 0, argo_endpoint_bind(ep, &bind, true));
	return ep;
}

static int ep_connect(struct argo_endpoint *ep, u32 port, domid_t domid)
{
	struct xen_argo_addr addr = { .port = port, .domid = domid };

	return argo_endpoint_connect(ep, &addr);
}

/* A connected pair: @f at the front with port 1, @b at the back with port 2 */
static void ep_pair(struct kunit *test, struct argo_endpoint **f, struct argo_endpoint **b)
{
	struct argo_test *t = test->priv;

	*f = ep_bound(test, t->front, 1, BACK);
	*b = ep_bound(test, t->back, 2, FRONT);
	KUNIT_ASSERT_EQ(test, 0, ep_connect(*f, 2, BACK));
	KUNIT_ASSERT_EQ(test, 0, ep_connect(*b, 1, FRONT));
}

static ssize_t ep_send_to(struct argo_endpoint *ep, const struct xen_argo_addr *to, u32 type,
			  const void *buf, size_t len, bool nonblock)
{
	struct kvec iov = { (void *)buf, len };
	struct iov_iter from;

	iov_iter_kvec(&from, ITER_SOURCE, &iov, 1, len);
	return argo_endpoint_send(ep, to, type, &from, nonblock);
}

static ssize_t ep_send(struct argo_endpoint *ep, const void *buf, size_t len)
{
	return ep_send_to(ep, NULL, 0, buf, len, true);
}

static ssize_t ep_read_flags(struct argo_endpoint *ep, void *buf, size_t len, bool nonblock)
{
	struct kvec iov = { buf, len };
	struct iov_iter to;

	iov_iter_kvec(&to, ITER_DEST, &iov, 1, len);
	return argo_endpoint_read(ep, &to, nonblock);
}

static ssize_t ep_read(struct argo_endpoint *ep, void *buf, size_t len)
{
	return ep_read_flags(ep, buf, len, true);
}

static void ep_unbound(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct argo_endpoint *ep = ep_make(test, t->front);
	struct xen_argo_addr to = { .port = 2, .domid = BACK };
	char buf[64] = { };

	KUNIT_EXPECT_EQ(test, -ENOTCONN, ep_read(ep, buf, sizeof(buf)));
	KUNIT_EXPECT_EQ(test, -ENOTCONN, ep_send(ep, buf, 1));
	KUNIT_EXPECT_EQ(test, -ENOTCONN, ep_send_to(ep, &to, 0, buf, 1, true));
	KUNIT_EXPECT_EQ(test, -ENOTCONN, ep_connect(ep, 2, BACK));
	KUNIT_EXPECT_EQ(test, EPOLLERR, argo_endpoint_events(ep));
}

static void ep_bind(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct argo_endpoint *ep = ep_make(test, t->front);
	struct xen_argo_bind b;

	b = ep_want(5, BACK);
	b.flags = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, argo_endpoint_bind(ep, &b, true));
	b = ep_want(5, DOMID_SELF);
	KUNIT_EXPECT_EQ(test, -EINVAL, argo_endpoint_bind(ep, &b, true));
	b = ep_want(5, BACK);
	b.ring_len = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, argo_endpoint_bind(ep, &b, true));
	b = ep_want(5, BACK);
	b.ring_len = XEN_ARGO_RING_MAX + 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, argo_endpoint_bind(ep, &b, true));
	b = ep_want(5, BACK);
	b.max_msg = ARGO_MAX_MSG_LIMIT + 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, argo_endpoint_bind(ep, &b, true));
	b = ep_want(5, XEN_ARGO_DOMID_ANY);
	KUNIT_EXPECT_EQ(test, -EPERM, argo_endpoint_bind(ep, &b, false));
	KUNIT_EXPECT_EQ(test, -EPERM, argo_endpoint_bind(ep, &b, true));	/* Xen's */
	b = ep_want(5, 77);
	KUNIT_EXPECT_EQ(test, -ESRCH, argo_endpoint_bind(ep, &b, true));

	/* None of that left anything behind */
	b = ep_want(5, BACK);
	b.ring_len = 5000;
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_bind(ep, &b, false));
	KUNIT_EXPECT_EQ(test, 5, b.port);
	KUNIT_EXPECT_EQ(test, 8128, b.ring_len);
	KUNIT_EXPECT_EQ(test, ARGO_MAX_MSG_DEFAULT, b.max_msg);
	KUNIT_EXPECT_EQ(test, -EBUSY, argo_endpoint_bind(ep, &b, true));
	ep = ep_make(test, t->front);
	KUNIT_EXPECT_EQ(test, -EEXIST, argo_endpoint_bind(ep, &b, true));
}

static void ep_bind_chooses_port(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct xen_argo_bind b, c;

	b = ep_want(0, BACK);
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_bind(ep_make(test, t->front), &b, false));
	KUNIT_EXPECT_GE(test, b.port, BIT(31));
	c = ep_want(0, BACK);
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_bind(ep_make(test, t->front), &c, false));
	KUNIT_EXPECT_NE(test, b.port, c.port);
}

static void ep_connects(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct argo_endpoint *ep = ep_bound(test, t->front, 1, BACK), *any;
	struct xen_argo_addr addr = { .port = 2, .domid = BACK, .reserved = 1 };

	KUNIT_EXPECT_EQ(test, -EDESTADDRREQ, ep_send(ep, "x", 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, argo_endpoint_connect(ep, &addr));
	KUNIT_EXPECT_EQ(test, -EINVAL, ep_connect(ep, 0, BACK));
	KUNIT_EXPECT_EQ(test, -EINVAL, ep_connect(ep, 2, XEN_ARGO_DOMID_ANY));
	KUNIT_EXPECT_EQ(test, -EINVAL, ep_connect(ep, 2, DOMID_SELF));
	KUNIT_EXPECT_EQ(test, -EINVAL, ep_connect(ep, 2, 9));	/* cannot send here */
	KUNIT_EXPECT_EQ(test, -EDESTADDRREQ, ep_send(ep, "x", 1));
	KUNIT_EXPECT_EQ(test, 0, ep_connect(ep, 2, BACK));
	KUNIT_EXPECT_EQ(test, 0, ep_connect(ep, 3, BACK));

	argo_fake_set_permissive(t->xen, true);
	any = ep_bound(test, t->front, 1, XEN_ARGO_DOMID_ANY);
	KUNIT_EXPECT_EQ(test, 0, ep_connect(any, 2, 9));
}

static void ep_restricts(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct xen_argo_restrict back = { .domid = BACK }, other = { .domid = 3 };
	struct xen_argo_addr to_other = { .port = 2, .domid = 3 };
	struct xen_argo_restrict bad = { .domid = DOMID_SELF };
	struct argo_endpoint *ep = ep_make(test, t->front);
	struct xen_argo_bind b;
	char buf[64];

	argo_test_domain(test, 3);
	argo_fake_set_permissive(t->xen, true);
	KUNIT_EXPECT_EQ(test, -EINVAL, argo_endpoint_restrict(ep, &bad));
	bad = back;
	bad.reserved[2] = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, argo_endpoint_restrict(ep, &bad));
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_restrict(ep, &back));
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_restrict(ep, &back));
	KUNIT_EXPECT_EQ(test, -EACCES, argo_endpoint_restrict(ep, &other));
	b = ep_want(1, 3);
	KUNIT_EXPECT_EQ(test, -EACCES, argo_endpoint_bind(ep, &b, true));
	b = ep_want(1, XEN_ARGO_DOMID_ANY);
	KUNIT_EXPECT_EQ(test, -EACCES, argo_endpoint_bind(ep, &b, true));
	b = ep_want(1, BACK);
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_bind(ep, &b, true));
	KUNIT_EXPECT_EQ(test, -EACCES, ep_send_to(ep, &to_other, 0, buf, 1, true));
	KUNIT_EXPECT_EQ(test, 0, ep_connect(ep, 2, BACK));
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_restrict(ep, &back));

	/* Bound for more than that already */
	ep = ep_bound(test, t->front, 2, XEN_ARGO_DOMID_ANY);
	KUNIT_EXPECT_EQ(test, -EINVAL, argo_endpoint_restrict(ep, &back));
	ep = ep_bound(test, t->front, 2, 3);
	KUNIT_EXPECT_EQ(test, -EINVAL, argo_endpoint_restrict(ep, &back));
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_restrict(ep, &other));
}

static void ep_carries_messages(struct kunit *test)
{
	struct xen_argo_addr none = { }, bad = { .domid = BACK, .reserved = 1 };
	struct xen_argo_addr odd = { .domid = 5 }, explicit = { .port = 2, .domid = BACK };
	struct argo_test *t = test->priv;
	struct argo_endpoint *f, *b;
	struct xen_argo_msg head;
	char buf[128];

	ep_pair(test, &f, &b);
	KUNIT_EXPECT_EQ(test, -EAGAIN, ep_read(b, buf, sizeof(buf)));
	KUNIT_EXPECT_EQ(test, EPOLLOUT | EPOLLWRNORM, argo_endpoint_events(b));
	KUNIT_EXPECT_EQ(test, 5, ep_send(f, "hello", 5));
	KUNIT_EXPECT_EQ(test, 5, ep_send_to(f, &none, 42, "world", 5, true));
	KUNIT_EXPECT_EQ(test, 0, ep_send_to(f, &explicit, ~0, "", 0, true));
	KUNIT_EXPECT_EQ(test, -EINVAL, ep_send_to(f, &bad, 0, "x", 1, true));
	KUNIT_EXPECT_EQ(test, -EINVAL, ep_send_to(f, &odd, 0, "x", 1, true));
	KUNIT_EXPECT_EQ(test, EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM,
			argo_endpoint_events(b));

	/* Too short consumes nothing, however short */
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, ep_read(b, buf, 0));
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, ep_read(b, buf, HEAD));
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, ep_read(b, buf, HEAD + 4));
	KUNIT_ASSERT_EQ(test, HEAD + 5, ep_read(b, buf, HEAD + 5));
	memcpy(&head, buf, HEAD);
	KUNIT_EXPECT_EQ(test, 5, head.len);
	KUNIT_EXPECT_EQ(test, 0, head.type);
	KUNIT_EXPECT_EQ(test, 1, head.port);
	KUNIT_EXPECT_EQ(test, FRONT, head.domid);
	KUNIT_EXPECT_EQ(test, 0, head.reserved);
	KUNIT_EXPECT_MEMEQ(test, "hello", buf + HEAD, 5);
	KUNIT_ASSERT_EQ(test, HEAD + 5, ep_read(b, buf, sizeof(buf)));
	memcpy(&head, buf, HEAD);
	KUNIT_EXPECT_EQ(test, 42, head.type);
	KUNIT_ASSERT_EQ(test, HEAD, ep_read(b, buf, sizeof(buf)));
	memcpy(&head, buf, HEAD);
	KUNIT_EXPECT_EQ(test, ~0, head.type);
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, -EAGAIN, ep_read(b, buf, sizeof(buf)));
	KUNIT_EXPECT_FALSE(test, b->rx_ready);	/* a blocking read sleeps, not spins */
}

static void ep_limits_messages(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct argo_endpoint *f = ep_make(test, t->front), *b;
	struct xen_argo_bind bind = ep_want(1, BACK);
	char *buf = kunit_kzalloc(test, SZ_8K, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	bind.max_msg = 5000;
	KUNIT_ASSERT_EQ(test, 0, argo_endpoint_bind(f, &bind, false));
	b = ep_bound(test, t->back, 2, FRONT);
	ep_connect(f, 2, BACK);
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, ep_send(f, buf, 5001));	/* max_msg */
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, ep_send(f, buf, 5000));	/* their ring */
	KUNIT_EXPECT_EQ(test, 4000, ep_send(f, buf, 4000));
	KUNIT_EXPECT_EQ(test, HEAD + 4000, ep_read(b, buf, SZ_8K));
}

/* Every length across the end of the ring, byte for byte */
static void ep_wraps(struct kunit *test)
{
	struct argo_endpoint *f, *b;
	u8 *out, *in;
	u32 len, i;

	ep_pair(test, &f, &b);
	out = kunit_kzalloc(test, 4096, GFP_KERNEL);
	in = kunit_kzalloc(test, 4096, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, in);
	for (len = 0; len <= 4000; len += 13) {
		for (i = 0; i < len; i++)
			out[i] = test_pattern(len, i);
		KUNIT_ASSERT_EQ(test, len, ep_send(f, out, len));
		KUNIT_ASSERT_EQ(test, HEAD + len, ep_read(b, in, 4096));
		KUNIT_ASSERT_EQ(test, 0, memcmp(out, in + HEAD, len));
	}
}

static void ep_filters_sources(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct argo_endpoint *f, *b, *stranger;
	struct xen_argo_addr to = { .port = 2, .domid = BACK };
	char buf[64];
	int i;

	ep_pair(test, &f, &b);
	stranger = ep_bound(test, t->front, 9, BACK);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, 1, ep_send_to(stranger, &to, 0, "s", 1, true));
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_events(b) & EPOLLIN);
	KUNIT_EXPECT_EQ(test, 5, b->filtered);
	KUNIT_EXPECT_EQ(test, 1, ep_send_to(stranger, &to, 0, "s", 1, true));
	KUNIT_EXPECT_EQ(test, 1, ep_send(f, "f", 1));
	KUNIT_EXPECT_EQ(test, HEAD + 1, ep_read(b, buf, sizeof(buf)));
	KUNIT_EXPECT_EQ(test, 'f', buf[HEAD]);
	KUNIT_EXPECT_EQ(test, 6, b->filtered);
	KUNIT_EXPECT_EQ(test, -EAGAIN, ep_read(b, buf, sizeof(buf)));
}

static void ep_is_not_writable(struct kunit *test)
{
	struct argo_test *t = test->priv;
	char *buf = kunit_kzalloc(test, 2048, GFP_KERNEL);
	struct argo_endpoint *f, *b;
	int n = 0;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	ep_pair(test, &f, &b);
	while (ep_send(f, buf, 1000) == 1000)
		n++;
	KUNIT_EXPECT_EQ(test, 3, n);
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_events(f));
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_events(f));
	/* A smaller one may fit still, and that changes nothing */
	KUNIT_EXPECT_EQ(test, 1, ep_send(f, buf, 1));
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_events(f));
	while (n--)
		ep_read(b, buf, 2048);
	KUNIT_EXPECT_TRUE(test, test_eventually(argo_endpoint_events(f) & EPOLLOUT));
	KUNIT_EXPECT_EQ(test, 1000, ep_send(f, buf, 1000));

	/* Xen has nowhere to note it: the same for the caller */
	argo_fake_fail(t->front, ARGO_FAKE_SENDV, -EBUSY, 0, 1);
	KUNIT_EXPECT_EQ(test, -EAGAIN, ep_send(f, buf, 10));
	KUNIT_EXPECT_TRUE(test, test_eventually(argo_endpoint_events(f) & EPOLLOUT));
	argo_fake_fail(t->front, ARGO_FAKE_SENDV, -ENOMEM, 0, 1);
	KUNIT_EXPECT_EQ(test, -EAGAIN, ep_send(f, buf, 10));
	KUNIT_EXPECT_TRUE(test, test_eventually(argo_endpoint_events(f) & EPOLLOUT));
}

static void ep_hears_of_peers_death(struct kunit *test)
{
	struct argo_test *t = test->priv;
	char *buf = kunit_kzalloc(test, 1000, GFP_KERNEL);
	struct argo_endpoint *f, *b;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	/* Not there at all, then it comes */
	f = ep_bound(test, t->front, 1, BACK);
	ep_connect(f, 2, BACK);
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_events(f) & EPOLLHUP);
	KUNIT_EXPECT_EQ(test, -ECONNREFUSED, ep_send(f, "x", 1));
	KUNIT_EXPECT_EQ(test, EPOLLHUP, argo_endpoint_events(f) & EPOLLHUP);
	ep_connect(f, 2, BACK);
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_events(f) & EPOLLHUP);
	KUNIT_EXPECT_EQ(test, -ECONNREFUSED, ep_send(f, "x", 1));
	b = ep_bound(test, t->back, 2, FRONT);
	KUNIT_EXPECT_EQ(test, 1, ep_send(f, "x", 1));
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_events(f) & EPOLLHUP);

	/* It goes while we wait for room */
	while (ep_send(f, buf, 1000) == 1000)
		;
	argo_fake_sync(t->xen);
	kunit_release_action(test, endpoint_destroy_action, b);
	KUNIT_EXPECT_TRUE(test, test_eventually(argo_endpoint_events(f) & EPOLLHUP));
	KUNIT_EXPECT_EQ(test, EPOLLOUT, argo_endpoint_events(f) & EPOLLOUT);

	argo_fake_kill_domain(t->back);
	KUNIT_EXPECT_EQ(test, -ESRCH, ep_send(f, "x", 1));
	KUNIT_EXPECT_EQ(test, EPOLLHUP, argo_endpoint_events(f) & EPOLLHUP);
}

static void ep_passes_errors_on(struct kunit *test)
{
	static const int errs[] = { -EPERM, -EACCES, -EINVAL, -EFAULT, -ENODEV, -EMSGSIZE };
	struct argo_test *t = test->priv;
	struct argo_endpoint *f, *b;
	char buf[64];
	int i;

	ep_pair(test, &f, &b);
	for (i = 0; i < ARRAY_SIZE(errs); i++) {
		argo_fake_fail(t->front, ARGO_FAKE_SENDV, errs[i], 0, 1);
		KUNIT_EXPECT_EQ(test, errs[i], ep_send(f, "x", 1));
		KUNIT_EXPECT_EQ(test, EPOLLOUT | EPOLLWRNORM, argo_endpoint_events(f));
	}
	argo_fake_set_tx_ptr(t->back, 2, FRONT, 8);
	KUNIT_EXPECT_EQ(test, EPOLLIN, argo_endpoint_events(b) & EPOLLIN);
	KUNIT_EXPECT_EQ(test, -EPROTO, ep_read(b, buf, sizeof(buf)));
}

static void ep_dies_of_suspend(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct argo_endpoint *f, *b;
	char buf[64];

	ep_pair(test, &f, &b);
	ep_send(f, "x", 1);
	argo_fake_suspend(t->back);
	KUNIT_EXPECT_EQ(test, EPOLLHUP | EPOLLERR, argo_endpoint_events(b));
	argo_fake_resume(t->back);
	KUNIT_EXPECT_EQ(test, EPOLLHUP | EPOLLERR, argo_endpoint_events(b));
	KUNIT_EXPECT_EQ(test, -ENODEV, ep_read(b, buf, sizeof(buf)));
	KUNIT_EXPECT_EQ(test, -ENODEV, ep_read_flags(b, buf, sizeof(buf), false));
	KUNIT_EXPECT_EQ(test, -ENODEV, ep_send(b, "x", 1));
	KUNIT_EXPECT_EQ(test, -ECONNREFUSED, ep_send(f, "x", 1));
}

/* After that it can be bound once more, and is as a new one but for what it may do */
static void ep_is_bound_again(struct kunit *test)
{
	const struct xen_argo_restrict only = { .domid = FRONT };
	const struct xen_argo_addr front = { .port = 1, .domid = FRONT };
	struct xen_argo_bind bind = {
		.port = 2, .ring_len = 8192, .max_msg = 16, .partner = FRONT,
	};
	struct argo_test *t = test->priv;
	struct argo_endpoint *f, *b;
	char buf[64];

	ep_pair(test, &f, &b);
	KUNIT_ASSERT_EQ(test, 0, argo_endpoint_restrict(b, &only));
	KUNIT_EXPECT_EQ(test, -EBUSY, argo_endpoint_bind(b, &bind, true));
	ep_send(f, "old", 3);
	argo_fake_suspend(t->back);
	KUNIT_EXPECT_NE(test, 0, argo_endpoint_bind(b, &bind, true));
	argo_fake_resume(t->back);
	bind.partner = FRONT + 1;
	KUNIT_EXPECT_EQ(test, -EACCES, argo_endpoint_bind(b, &bind, true));
	bind.partner = FRONT;
	KUNIT_ASSERT_EQ(test, 0, argo_endpoint_bind(b, &bind, true));
	KUNIT_EXPECT_EQ(test, -EBUSY, argo_endpoint_bind(b, &bind, true));
	KUNIT_EXPECT_EQ(test, -EAGAIN, ep_read(b, buf, sizeof(buf)));
	KUNIT_EXPECT_EQ(test, -EDESTADDRREQ, ep_send(b, "x", 1));
	KUNIT_ASSERT_EQ(test, 0, argo_endpoint_connect(b, &front));
	KUNIT_EXPECT_EQ(test, 0, argo_endpoint_events(b) & (EPOLLHUP | EPOLLERR | EPOLLIN));
	KUNIT_EXPECT_EQ(test, 3, ep_send(f, "new", 3));
	KUNIT_EXPECT_EQ(test, sizeof(struct xen_argo_msg) + 3, ep_read(b, buf, sizeof(buf)));
	KUNIT_EXPECT_EQ(test, 16, ep_send(b, "0123456789abcdef", 16));
	/* What it could send before is too large for what it has now */
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, ep_send(b, "0123456789abcdefg", 17));
}

struct ep_worker {
	struct argo_endpoint *ep;
	struct completion done;
	ssize_t sum;
	ssize_t last;
	int times;
	bool reads;
};

static int ep_worker_thread(void *data)
{
	struct ep_worker *w = data;
	static char out[1500];
	char *in = kmalloc(4096, GFP_KERNEL);

	while (in && w->times--) {
		if (w->reads)
			w->last = ep_read_flags(w->ep, in, 4096, false);
		else
			w->last = ep_send_to(w->ep, NULL, 0, out, 1 + w->times % 1500, false);
		if (w->last < 0)
			break;
		w->sum += w->last;
	}
	kfree(in);
	complete(&w->done);
	return 0;
}

static void ep_work(struct kunit *test, struct ep_worker *w)
{
	init_completion(&w->done);
	KUNIT_ASSERT_FALSE(test, IS_ERR(kthread_run(ep_worker_thread, w, "argo-worker")));
}

/* Two blocking writers, two blocking readers, a ring for two messages */
static void ep_blocks(struct kunit *test)
{
	struct ep_worker w[4] = { };
	struct argo_endpoint *f, *b;
	int i;

	ep_pair(test, &f, &b);
	for (i = 0; i < 4; i++) {
		w[i].ep = i % 2 ? b : f;
		w[i].reads = i % 2;
		w[i].times = 600;
		ep_work(test, &w[i]);
	}
	for (i = 0; i < 4; i++)
		KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&w[i].done, 60 * HZ));
	/* Each message whole, also when it had to wait: 1 + 2 + ... + 600 bytes */
	KUNIT_EXPECT_EQ(test, 180300, w[0].sum);
	KUNIT_EXPECT_EQ(test, 180300, w[2].sum);
	KUNIT_EXPECT_EQ(test, w[0].sum + w[2].sum + 1200 * HEAD, w[1].sum + w[3].sum);
}

/* Who waits is woken by the end of the ring, or of the peer's */
static void ep_wakes_sleepers(struct kunit *test)
{
	struct ep_worker reader = { .reads = true, .times = 1 };
	struct ep_worker writer = { .times = 1000 };
	struct argo_test *t = test->priv;
	struct argo_endpoint *f, *b;

	ep_pair(test, &f, &b);
	reader.ep = f;
	writer.ep = f;
	ep_work(test, &reader);
	ep_work(test, &writer);
	msleep(20);
	kunit_release_action(test, endpoint_destroy_action, b);
	KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&writer.done, 10 * HZ));
	KUNIT_EXPECT_EQ(test, -ECONNREFUSED, writer.last);
	argo_fake_suspend(t->front);
	KUNIT_ASSERT_NE(test, 0, wait_for_completion_timeout(&reader.done, 10 * HZ));
	KUNIT_EXPECT_EQ(test, -ENODEV, reader.last);
}

static struct kunit_case ep_cases[] = {
	KUNIT_CASE(ep_unbound),
	KUNIT_CASE(ep_bind),
	KUNIT_CASE(ep_bind_chooses_port),
	KUNIT_CASE(ep_connects),
	KUNIT_CASE(ep_restricts),
	KUNIT_CASE(ep_carries_messages),
	KUNIT_CASE(ep_limits_messages),
	KUNIT_CASE(ep_wraps),
	KUNIT_CASE(ep_filters_sources),
	KUNIT_CASE(ep_is_not_writable),
	KUNIT_CASE(ep_hears_of_peers_death),
	KUNIT_CASE(ep_passes_errors_on),
	KUNIT_CASE(ep_dies_of_suspend),
	KUNIT_CASE(ep_is_bound_again),
	KUNIT_CASE_SLOW(ep_blocks),
	KUNIT_CASE(ep_wakes_sleepers),
	{ }
};

struct kunit_suite argo_endpoint_suite = {
	.name = "argo-endpoint",
	.init = argo_test_init,
	.test_cases = ep_cases,
};
