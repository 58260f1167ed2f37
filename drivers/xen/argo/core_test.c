// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: sending, counters and the throttle of the VIRQ.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <linux/delay.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "argo.h"
#include "argo_test.h"

static void send_reports_xen_errors(struct kunit *test)
{
	static const struct { int err; enum argo_counter counter; } cases[] = {
		{ -EAGAIN, ARGO_C_TX_NOSPACE }, { -EBUSY, ARGO_C_TX_UNQUEUED },
		{ -ENOMEM, ARGO_C_TX_UNQUEUED }, { -ECONNREFUSED, ARGO_C_TX_REFUSED },
		{ -ESRCH, ARGO_C_TX_REFUSED }, { -EMSGSIZE, ARGO_C_TX_ERRORS },
		{ -EINVAL, ARGO_C_TX_ERRORS }, { -EPERM, ARGO_C_TX_ERRORS },
		{ -EACCES, ARGO_C_TX_ERRORS }, { -EFAULT, ARGO_C_TX_ERRORS },
		{ -ENODEV, ARGO_C_TX_ERRORS },
	};
	struct argo_test *t = test->priv;
	unsigned long before;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		before = argo_counter_read(t->front, cases[i].counter);
		argo_fake_fail(t->front, ARGO_FAKE_SENDV, cases[i].err, 0, 1);
		KUNIT_EXPECT_EQ(test, cases[i].err, test_send(test, t->front, PORT, BACK, 9, 0));
		KUNIT_EXPECT_EQ(test, before + 1, argo_counter_read(t->front, cases[i].counter));
	}
	KUNIT_EXPECT_EQ(test, 0, argo_counter_read(t->front, ARGO_C_TX_MSGS));
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(cases), argo_counter_read(t->front, ARGO_C_HC_SENDV));
}

static void send_finds_its_ring(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct argo_ring_config any = {
		.port = PORT, .partner = XEN_ARGO_DOMID_ANY, .len = 4032,
	};
	struct xen_argo *third = argo_test_domain(test, 3);
	struct test_ring *wild, *exact;

	KUNIT_EXPECT_EQ(test, -ESRCH, test_send(test, t->front, PORT, 77, 9, 0));
	KUNIT_EXPECT_EQ(test, -ECONNREFUSED, test_send(test, t->front, PORT, BACK, 9, 0));
	exact = test_ring(test, t->back, PORT, FRONT, 4032);
	KUNIT_EXPECT_EQ(test, 9, test_send(test, t->front, PORT, BACK, 9, 1));
	KUNIT_EXPECT_EQ(test, -ECONNREFUSED, test_send(test, third, PORT, BACK, 9, 2));
	argo_fake_set_permissive(t->xen, true);
	wild = test_ring_config(test, t->back, any);
	KUNIT_EXPECT_EQ(test, 9, test_send(test, third, PORT, BACK, 9, 3));
	KUNIT_EXPECT_EQ(test, 9, test_send(test, t->front, PORT, BACK, 9, 4));
	test_expect(test, exact, FRONT, 9, 1);
	test_expect(test, exact, FRONT, 9, 4);
	test_expect(test, wild, 3, 9, 3);
	argo_fake_deny(t->xen, 3, BACK, -EACCES);
	KUNIT_EXPECT_EQ(test, -EACCES, test_send(test, third, PORT, BACK, 9, 5));
	argo_fake_kill_domain(t->back);
	KUNIT_EXPECT_EQ(test, -ESRCH, test_send(test, t->front, PORT, BACK, 9, 6));
	KUNIT_EXPECT_EQ(test, -ENODEV, test_send(test, t->back, PORT, FRONT, 9, 6));
}

static void send_iovs(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 4032);
	struct argo_addr dst = { .port = PORT, .domid = BACK };
	struct kvec iov[ARGO_MAX_IOVS + 1] = { };
	struct argo_msg msg;
	char text[] = "abcdefgh", got[9] = { };
	int i;

	/* Empty parts do not count, an empty message is one */
	for (i = 0; i < ARGO_MAX_IOVS; i++)
		iov[i] = (struct kvec){ text + i, i % 2 };
	KUNIT_EXPECT_EQ(test, 4, argo_sendv(t->front, 1, &dst, 0xffffffff, iov, ARGO_MAX_IOVS));
	KUNIT_EXPECT_EQ(test, 0, argo_sendv(t->front, 1, &dst, 0, iov, 1));
	KUNIT_EXPECT_EQ(test, 0, argo_sendv(t->front, 1, &dst, 0, NULL, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL, argo_sendv(t->front, 1, &dst, 0, iov, ARGO_MAX_IOVS + 1));
	KUNIT_ASSERT_EQ(test, 1, argo_ring_peek(tr->ring, &msg));
	KUNIT_EXPECT_EQ(test, 0xffffffff, msg.type);
	KUNIT_ASSERT_EQ(test, 4, msg.len);
	argo_msg_copy(tr->ring, &msg, 0, got, 4);
	KUNIT_EXPECT_STREQ(test, "bdfh", got);
	KUNIT_EXPECT_EQ(test, 3, test_drain(test, tr));

	/* Lengths that would wrap a sum never get to Xen */
	i = argo_fake_calls(t->front, ARGO_FAKE_SENDV);
	iov[0] = (struct kvec){ text, SIZE_MAX };
	iov[1] = (struct kvec){ text, 9 };
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, argo_sendv(t->front, 1, &dst, 0, iov, 2));
	iov[0].iov_len = SZ_16M;
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, argo_sendv(t->front, 1, &dst, 0, iov, 2));
	KUNIT_EXPECT_EQ(test, i, argo_fake_calls(t->front, ARGO_FAKE_SENDV));
}

/* One vmalloc area is one iov, however many pages it has */
static void send_from_vmalloc(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, SZ_1M);
	struct argo_addr dst = { .port = PORT, .domid = BACK };
	struct kvec iov = { .iov_len = 300000 };
	struct argo_msg msg;
	u32 i, wrong = 0;
	u8 *buf;

	buf = vmalloc(iov.iov_len);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (i = 0; i < iov.iov_len; i++)
		buf[i] = test_pattern(5, i);
	iov.iov_base = buf;
	KUNIT_EXPECT_EQ(test, iov.iov_len, argo_sendv(t->front, 1, &dst, 0, &iov, 1));
	memset(buf, 0, iov.iov_len);
	KUNIT_EXPECT_EQ(test, 1, argo_ring_peek(tr->ring, &msg));
	KUNIT_EXPECT_EQ(test, 0, argo_msg_copy(tr->ring, &msg, 0, buf, iov.iov_len));
	for (i = 0; i < iov.iov_len; i++)
		wrong += buf[i] != test_pattern(5, i);
	KUNIT_EXPECT_EQ(test, 0, wrong);
	vfree(buf);
}

static void counters_add_up(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 65536);
	int i;

	for (i = 0; i < 10; i++)
		test_send(test, t->front, PORT, BACK, 100, i);
	test_drain(test, tr);
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, 10, argo_counter_read(t->front, ARGO_C_TX_MSGS));
	KUNIT_EXPECT_EQ(test, 1000, argo_counter_read(t->front, ARGO_C_TX_BYTES));
	KUNIT_EXPECT_EQ(test, 10, argo_counter_read(t->back, ARGO_C_RX_MSGS));
	KUNIT_EXPECT_EQ(test, 1000, argo_counter_read(t->back, ARGO_C_RX_BYTES));
	KUNIT_EXPECT_EQ(test, 1, argo_counter_read(t->back, ARGO_C_HC_REGISTER));
	KUNIT_EXPECT_EQ(test, argo_fake_calls(t->back, ARGO_FAKE_NOTIFY),
			argo_counter_read(t->back, ARGO_C_HC_NOTIFY));
	KUNIT_EXPECT_GT(test, argo_counter_read(t->back, ARGO_C_VIRQ), 0);
	for (i = 0; i < ARGO_NR_COUNTERS; i++)
		KUNIT_EXPECT_NOT_NULL(test, argo_counter_names[i]);
}

/* A flood masks the VIRQ; messages come all the same, and it is unmasked again */
static void virq_flood_is_throttled(struct kunit *test)
{
	struct argo_test *t = test->priv;
	struct test_ring *tr = test_ring(test, t->back, PORT, FRONT, 65536);
	unsigned long virqs;
	int i;

	t->back->virq_limit = 20;
	for (i = 0; i < 5000 && !argo_counter_read(t->back, ARGO_C_VIRQ_THROTTLED); i++) {
		argo_fake_raise_virq(t->back);
		argo_fake_sync(t->xen);
	}
	KUNIT_EXPECT_GT(test, argo_counter_read(t->back, ARGO_C_VIRQ_THROTTLED), 0);

	/* Masked or not by now, the message is seen */
	test_send(test, t->front, PORT, BACK, 10, 1);
	KUNIT_EXPECT_TRUE(test, test_eventually(atomic_read(&tr->rx) > 0));
	KUNIT_EXPECT_TRUE(test, test_eventually(!READ_ONCE(t->back->virq_masked)));
	KUNIT_EXPECT_GT(test, argo_counter_read(t->back, ARGO_C_VIRQ_POLLS), 0);

	msleep(50);
	argo_fake_sync(t->xen);
	virqs = argo_counter_read(t->back, ARGO_C_VIRQ);
	argo_fake_raise_virq(t->back);
	argo_fake_sync(t->xen);
	KUNIT_EXPECT_EQ(test, virqs + 1, argo_counter_read(t->back, ARGO_C_VIRQ));
}

static void virq_stop_unmasks(struct kunit *test)
{
	struct argo_test *t = test->priv;
	int i;

	t->back->virq_limit = 1;
	for (i = 0; i < 5000 && !READ_ONCE(t->back->virq_masked); i++) {
		argo_fake_raise_virq(t->back);
		argo_fake_sync(t->xen);
	}
	argo_instance_virq_stop(t->back);
	KUNIT_EXPECT_FALSE(test, t->back->virq_masked);
	for (i = 0; i < 10; i++) {
		argo_fake_raise_virq(t->back);
		argo_fake_sync(t->xen);
	}
	KUNIT_EXPECT_FALSE(test, t->back->virq_masked);
	argo_instance_virq_stop(t->back);
}

static struct kunit_case core_cases[] = {
	KUNIT_CASE(send_reports_xen_errors),
	KUNIT_CASE(send_finds_its_ring),
	KUNIT_CASE(send_iovs),
	KUNIT_CASE(send_from_vmalloc),
	KUNIT_CASE(counters_add_up),
	KUNIT_CASE(virq_flood_is_throttled),
	KUNIT_CASE(virq_stop_unmasks),
	{ }
};

struct kunit_suite argo_core_suite = {
	.name = "argo-core",
	.init = argo_test_init,
	.test_cases = core_cases,
};
