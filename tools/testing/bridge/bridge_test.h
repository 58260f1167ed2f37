/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#ifndef BRIDGE_TEST_H
#define BRIDGE_TEST_H

#include <stdbool.h>

/* What all parts of the test use */
struct bridge_test {
	const char *bridge;	/* path of virtio-argo-bridge */
	const char *qsd;	/* qemu-storage-daemon */
	char dir[64];		/* for sockets and images, in memory if possible */
};

extern struct bridge_test test;

/* A result with its place in the document; gives @cond back */
bool test_ok(bool cond, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void test_diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A path in test.dir; the result is overwritten after eight calls */
const char *test_path(const char *name);

void cli_tests(void);		/* options, bad backends: message and exit status */
void vhost_tests(void);		/* the vhost-user frontend alone */
void watch_tests(void);		/* --exit-with-guest, with a false xenstored */
void liar_tests(void);		/* a guest, and backends that lie to the bridge */
void stall_tests(void);		/* a guest, and backends that hang or are slow */
void disk_tests(void);		/* a guest, the bridge and qemu-storage-daemon */
void hotplug_tests(void);	/* the same, and devices that come and go */
void identity_tests(void);	/* the same, and by what a guest knows a disk */
void limit_tests(void);			/* the same, and requests as large as they may be */

#endif /* BRIDGE_TEST_H */
