// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of a session against the table that KUnit runs as well.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <stddef.h>

#include "session_test.h"
#include "virtio_argo_session_cases.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static void test_offer(session_result *result)
{
	struct vargo_hello hello = { .session = 8, .max_chain = 1, .max_inflight = 1 };
	struct vargo_session s;

	result(vargo_session_init(&s, 65472), "a usual ring", 0, 0);
	vargo_session_offer(&s, &hello);
	result(hello.magic == VIRTIO_ARGO_MAGIC &&
	       !vargo_session_check_request(&s, &hello) &&
	       !vargo_session_check_answer(&hello),
	       "what one end offers the other takes", 0, 0);
}

void session_check(session_result *result)
{
	unsigned int step;
	__u32 got = 0;
	size_t i;

	for (i = 0; i < COUNT(session_hellos); i++)
		result(session_hello_good(&session_hellos[i]),
		       session_hellos[i].name, 0, 0);
	test_offer(result);
	for (i = 0; i < COUNT(session_cases); i++) {
		step = session_case_run(&session_cases[i], &got);
		result(!step, session_cases[i].name, step, got);
	}
}
