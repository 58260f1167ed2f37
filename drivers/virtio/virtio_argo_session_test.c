// SPDX-License-Identifier: GPL-2.0
/*
 * VirtIO over Argo: KUnit tests of the rules of a session.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <kunit/test.h>

#include "virtio_argo_session_cases.h"

static void session_hello(struct kunit *test)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(session_hellos); i++)
		KUNIT_EXPECT_TRUE_MSG(test, session_hello_good(&session_hellos[i]), "%s",
				      session_hellos[i].name);
}

static void session_offer(struct kunit *test)
{
	struct vargo_hello hello = { .session = 8, .max_chain = 1, .max_inflight = 1 };
	struct vargo_session s;

	KUNIT_ASSERT_TRUE(test, vargo_session_init(&s, 65472));
	vargo_session_offer(&s, &hello);
	KUNIT_EXPECT_EQ(test, hello.magic, VIRTIO_ARGO_MAGIC);
	KUNIT_EXPECT_EQ(test, vargo_session_check_request(&s, &hello), VIRTIO_ARGO_HELLO_OK);
	KUNIT_EXPECT_EQ(test, vargo_session_check_answer(&hello), VIRTIO_ARGO_HELLO_OK);
}

static void session_life(struct kunit *test)
{
	unsigned int step;
	size_t i;
	u32 got;

	for (i = 0; i < ARRAY_SIZE(session_cases); i++) {
		step = session_case_run(&session_cases[i], &got);
		KUNIT_EXPECT_EQ_MSG(test, step, 0, "%s: step %u gives %u",
				    session_cases[i].name, step, got);
	}
}

static struct kunit_case vargo_session_cases[] = {
	KUNIT_CASE(session_hello),
	KUNIT_CASE(session_offer),
	KUNIT_CASE(session_life),
	{}
};

static struct kunit_suite vargo_session_suite = {
	.name = "virtio_argo_session",
	.test_cases = vargo_session_cases,
};

kunit_test_suite(vargo_session_suite);
