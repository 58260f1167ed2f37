/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit suites of Argo share: a fake Xen with two domains, and rings
 * that record what happens to them. All of it goes away with the test.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef _DRIVERS_XEN_ARGO_TEST_H
#define _DRIVERS_XEN_ARGO_TEST_H

#include <kunit/test.h>
#include <xen/argo_fake.h>

#define FRONT		1	/* domid of front */
#define BACK		0	/* domid of back */
#define PORT		100	/* of the receiver in most tests */

struct argo_test {
	struct argo_fake *xen;
	struct xen_argo *front;
	struct xen_argo *back;
};

/* A ring and what its callbacks saw */
struct test_ring {
	struct argo_ring *ring;
	atomic_t rx;
	int events[8];
	unsigned int nr_events;
};

int argo_test_init(struct kunit *test);
struct xen_argo *argo_test_domain(struct kunit *test, domid_t domid);

/* Asserts that it can be made */
struct test_ring *test_ring(struct kunit *test, struct xen_argo *argo, u32 port,
			    domid_t partner, u32 len);
struct test_ring *test_ring_config(struct kunit *test, struct xen_argo *argo,
				   struct argo_ring_config config);
void test_ring_destroy(struct kunit *test, struct test_ring *tr);

/* One message of @len bytes of @seed's pattern; returns what argo_sendv() does */
int test_send(struct kunit *test, struct xen_argo *from, u32 port, domid_t domid,
	      u32 len, u8 seed);

/* Send until there is no room; returns the number of messages */
unsigned int test_fill(struct kunit *test, struct xen_argo *from, u32 port, domid_t domid,
		       u32 len);

/* Consume all and end the pass; returns the number of messages */
unsigned int test_drain(struct kunit *test, struct test_ring *tr);

/* Expect the next message to be that of test_send(), and consume it */
void test_expect(struct kunit *test, struct test_ring *tr, domid_t source, u32 len, u8 seed);

u8 test_pattern(u8 seed, u32 i);

/* Wait some seconds for a condition; for what timers do */
#define test_eventually(cond) ({					\
	unsigned int __tries;						\
									\
	for (__tries = 0; !(cond) && __tries < 5000; __tries++)	\
		usleep_range(1000, 2000);				\
	(cond);								\
})

extern struct kunit_suite argo_core_suite;
extern struct kunit_suite argo_ring_suite;
extern struct kunit_suite argo_space_suite;
extern struct kunit_suite argo_endpoint_suite;

#endif /* _DRIVERS_XEN_ARGO_TEST_H */
