// SPDX-License-Identifier: GPL-2.0
/*
 * The device model: broken, hostile, restarted.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib_test.h"

static bool one_fault(enum blk_fault fault)
{
	struct fixture f;
	uint8_t head[16], data[512];
	unsigned int i;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	CHECK(do_read(&f, 0, 9, 0, data, sizeof(data)));
	f.g.num_msgs = 0;
	f.b.fault = fault;
	blk_header(head, 0, 0);
	CHECK(do_submit(&f, 0, 0, head, 16, 513));
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_used_invalid) == 1);
	CHECK(stat_of(&f, VA_STAT_device_failures) == 1);
	CHECK(f.b.stopped == 1);
	CHECK(va_device_status(f.b.dev) == (15 | 0x40));
	/* The driver is told, the session lives, PDUs are skipped */
	CHECK(f.g.num_msgs == 1 && f.g.msgs[0].id == VIRTIO_ARGO_EVENT_CONFIG);
	CHECK(f.g.msgs[0].config.status == (15 | 0x40));
	CHECK(f.g.msgs[0].config.len == 0);
	/* What it had is dropped, and counts no more */
	CHECK(stat_of(&f, VA_STAT_chains) == stat_of(&f, VA_STAT_completed) +
	      stat_of(&f, VA_STAT_dropped_chains));
	CHECK(!va_queue_inflight(f.b.dev, 0));
	for (i = 1; i < 4; i++)
		CHECK(do_submit(&f, 0, i, head, 16, 513));
	pump(&f);
	CHECK(stat_of(&f, VA_STAT_drop_failed) == 3);
	CHECK(!stat_of(&f, VA_STAT_violations) && f.up == 1);
	/* And a reset leads out */
	f.b.fault = BLK_FINE;
	CHECK(do_device(&f, 1, 64));
	CHECK(do_read(&f, 0, 0, 0, data, sizeof(data)));
	return fixture_free(&f);
}

static bool used_ring(void)
{
	CHECK(one_fault(BLK_BAD_ID));
	CHECK(one_fault(BLK_ODD_ID));
	CHECK(one_fault(BLK_IDLE_ID));
	CHECK(one_fault(BLK_TWICE));
	CHECK(one_fault(BLK_LONG));
	CHECK(one_fault(BLK_JUMP));
	return true;
}

/* A device model that writes all over the rings */
static bool scribbler(void)
{
	struct fixture f;
	uint32_t state = 99;
	unsigned int i, j;
	uint8_t head[16];

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	for (i = 0; i < 300; i++) {
		uint8_t *rings = (uint8_t *)f.b.mem.addr + 4096;

		CHECK(do_device(&f, 2, 64));
		f.b.hold = true;
		blk_header(head, 0, 0);
		for (j = 0; j < 8; j++)
			CHECK(do_submit(&f, j % 2, j, head, 16, 513));
		pump(&f);
		for (j = 0; j < 200; j++) {
			uint32_t at = test_random(&state) % (3 * 4096 * 4);

			rings[at] = test_random(&state);
		}
		pump(&f);
		f.b.hold = false;
		f.b.attached = false;
		if (i % 3 == 0 && va_device_started(f.b.dev)) {
			/* From ruins to order */
			CHECK(va_queue_rebuild(f.b.dev, 0) >= 0);
			CHECK(va_queue_rebuild(f.b.dev, 1) >= 0);
			blk_attach(&f.b);
			pump(&f);
			for (j = 0; j < 8; j++)
				CHECK(f.g.chains[j % 2][j].done);
		}
	}
	CHECK(!stat_of(&f, VA_STAT_violations));
	return fixture_free(&f);
}

/* Killed with requests in its hands, some answered, some not; comes back */
static bool restart(void)
{
	struct fixture f;
	uint8_t head[16];
	unsigned int i, before;
	int base;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	for (i = 0; i < 40; i++) {	/* not at the ring's start */
		blk_header(head, 0, i);
		CHECK(do_submit(&f, 0, i, head, 16, 513));
		pump(&f);
	}
	f.b.hold = true;
	for (i = 0; i < 40; i++) {
		blk_header(head, 0, 100 + i);
		CHECK(do_submit(&f, 0, (i * 7) % 64, head, 16, 513));
		pump(&f);
	}
	CHECK(va_queue_inflight(f.b.dev, 0) == 40);
	f.b.hold = false;
	f.b.limit = 15;
	before = f.b.requests;
	CHECK(blk_run(&f.b) == 15);	/* answers that nobody has read yet */
	f.b.attached = false;
	base = va_queue_rebuild(f.b.dev, 0);
	CHECK(base == 40 + 15);
	CHECK(va_queue_inflight(f.b.dev, 0) == 25);
	f.b.num_order = 0;
	f.b.limit = 0;
	blk_attach(&f.b);
	CHECK(f.b.q[0].base == base);
	pump(&f);
	CHECK(f.b.requests - before == 40);
	CHECK(f.g.completed == 80);
	/* In the order of submission */
	for (i = 0; i < 25; i++)
		CHECK(f.b.order[i] == 100 + 15 + i);
	CHECK(stat_of(&f, VA_STAT_rebuilds) == 1);
	/* With nothing in flight as well */
	CHECK(va_queue_rebuild(f.b.dev, 0) == 80);
	CHECK(va_queue_rebuild(f.b.dev, 1) == -EINVAL);
	CHECK(va_queue_rebuild(f.b.dev, 99) == -EINVAL);
	return fixture_free(&f);
}

/* A device model that attaches only after chains have come */
static bool late(void)
{
	struct fixture f;
	uint8_t head[16];
	unsigned int i;
	uint64_t count;
	struct pollfd pfd;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	f.b.attached = false;
	for (i = 0; i < 8; i++) {
		blk_header(head, 0, i);
		CHECK(do_submit(&f, 0, i, head, 16, 513));
	}
	pump(&f);
	CHECK(f.g.completed == 0);
	blk_attach(&f.b);
	pfd = (struct pollfd){ .fd = f.b.q[0].kick_fd, .events = POLLIN };
	CHECK(read(f.b.q[0].kick_fd, &count, 8) == 8);
	CHECK(poll(&pfd, 1, 0) == 0);
	va_queue_kick(f.b.dev, 0);
	CHECK(poll(&pfd, 1, 0) == 1);
	pump(&f);
	CHECK(f.g.completed == 8);
	return fixture_free(&f);
}

/* The ring index wraps at 65536 */
static bool index_wraps(void)
{
	struct fixture f;
	unsigned int i, j;
	uint8_t head[16];

	CHECK(fixture_make(&f, NULL));
	CHECK(do_setup(&f, 1, 64));
	for (i = 0; i < 1100; i++) {
		blk_header(head, 0, 0);
		for (j = 0; j < 64; j++)
			CHECK(do_submit(&f, 0, j, head, 16, 2));
		pump(&f);
	}
	CHECK(f.g.completed == 64 * 1100);
	CHECK(f.b.q[0].base == 0);
	CHECK(va_queue_rebuild(f.b.dev, 0) == (64 * 1100) % 65536);
	return fixture_free(&f);
}

static bool resets(void)
{
	struct fixture f;
	uint8_t head[16], now;
	unsigned int i, j;

	CHECK(fixture_make(&f, NULL));
	CHECK(do_hello(&f));
	for (i = 0; i < 50; i++) {
		CHECK(do_device(&f, 2, 64));
		f.b.hold = i % 2;
		f.b.limit = i % 5;
		blk_header(head, 0, 0);
		for (j = 0; j < 32; j++)
			CHECK(do_submit(&f, j % 2, j, head, 16, 5000));
		if (i % 3)
			pump(&f);
		CHECK(do_status(&f, 0, &now) && !now);
		CHECK(!va_queue_inflight(f.b.dev, 0));
	}
	CHECK(stat_of(&f, VA_STAT_chains) ==
	      stat_of(&f, VA_STAT_completed) + stat_of(&f, VA_STAT_dropped_chains));
	CHECK(f.b.started == 50 && f.b.stopped == 50);
	CHECK(!stat_of(&f, VA_STAT_violations));
	return fixture_free(&f);
}

static bool failed_device(void)
{
	struct fixture f;
	uint8_t now;

	CHECK(fixture_make(&f, NULL));
	va_device_fail(f.b.dev);	/* nobody to tell */
	CHECK(!stat_of(&f, VA_STAT_device_failures));
	CHECK(do_setup(&f, 1, 64));
	f.g.num_msgs = 0;
	va_device_fail(f.b.dev);
	va_device_fail(f.b.dev);
	CHECK(va_link_timeout(f.link) == 0);
	pump(&f);
	CHECK(f.b.stopped == 1 && f.g.num_msgs == 1);
	CHECK(stat_of(&f, VA_STAT_device_failures) == 1);
	CHECK(do_status(&f, 0, &now) && now == 0);
	CHECK(do_device(&f, 1, 64));
	return fixture_free(&f);
}

/* The memory: sealed, one region, nothing at 0; descriptors that need no watching */
static bool memory(void)
{
	struct fixture f;
	struct va_queue_info q;
	struct pollfd pfd;
	uint8_t head[16];
	void *map;

	CHECK(fixture_make(&f, NULL));
	CHECK(ftruncate(f.b.mem.fd, 4096) && errno == EPERM);
	map = mmap(NULL, f.b.mem.size, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_NORESERVE, f.b.mem.fd, 0);
	CHECK(map != MAP_FAILED);
	munmap(map, f.b.mem.size);
	CHECK(!va_queue_get(f.b.dev, 0, &q));
	CHECK(!q.enabled && q.desc >= 4096 && q.size == 2 * VA_DEPTH);
	CHECK(va_queue_get(f.b.dev, BLK_QUEUES, &q) == -EINVAL);

	/* One descriptor covers endpoint and device model */
	CHECK(do_setup(&f, 1, 64));
	pfd = (struct pollfd){ .fd = va_link_fd(f.link), .events = POLLIN };
	CHECK(poll(&pfd, 1, 0) == 0 && va_link_timeout(f.link) == -1);
	blk_header(head, 0, 0);
	CHECK(do_submit(&f, 0, 0, head, 16, 513));
	CHECK(poll(&pfd, 1, 0) == 1);
	CHECK(!va_link_process(f.link) && !va_link_process(f.link));
	CHECK(poll(&pfd, 1, 0) == 0);
	CHECK(blk_run(&f.b) == 1);
	CHECK(poll(&pfd, 1, 0) == 1);
	pump(&f);
	CHECK(poll(&pfd, 1, 0) == 0 && va_link_timeout(f.link) == -1);
	return fixture_free(&f);
}

static bool arguments(void)
{
	static const struct va_link_config wrong[] = {
		{ .max_chain = (16 << 20) + 1 }, { .max_inflight = 4096 },
		{ .max_inflight = 0x80000000 }, { .max_queues = VA_QUEUES_MAX + 1 },
		{ .depth = VA_DEPTH_MAX * 2 }, { .depth = 100 },
	};
	struct va_argo_config argo = { .path = "/nonexistent/argo" };
	struct va_endpoint *ep;
	struct va_link *link;
	const char *what = "";
	unsigned int i;
	int fds[2];

	CHECK(va_endpoint_argo(&argo, &ep, &what) == -ENOENT);
	CHECK(!strcmp(what, "open"));
	argo.path = "/dev/null";
	CHECK(va_endpoint_argo(&argo, &ep, &what) == -ENOTTY);
	CHECK(!strcmp(what, "bind"));
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds));
	CHECK(va_endpoint_socket(fds[0], 100, 1, 1, &ep) == -EINVAL);
	CHECK(!va_endpoint_socket(fds[1], 8192, 1, 1, &ep));
	CHECK(va_link_new(ep, NULL, &link) == -EINVAL);
	va_endpoint_close(ep);
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds));
	CHECK(!va_endpoint_socket(fds[1], 65472, 1, 1, &ep));
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(va_link_new(ep, &wrong[i], &link) == -EINVAL);
	va_endpoint_close(ep);
	close(fds[0]);
	va_endpoint_close(NULL);
	va_link_free(NULL);
	va_device_remove(NULL);
	for (i = 0; i < VA_STAT_COUNT; i++)
		CHECK(va_stat_name(i) && va_stat_meaning(i));
	CHECK(!va_stat_name(VA_STAT_COUNT));
	return true;
}

/* A device that goes while somebody may still write to its memory */
static bool tainted(void)
{
	struct fixture_config cfg = { .link.max_queues = 2 * BLK_QUEUES };
	struct va_device_config dev = {
		.device_id = 2,
		.uuid = { 1 },
		.num_queues = BLK_QUEUES,
		.ops = &blk_ops,
	};
	struct va_queue_info before, after;
	struct va_device *other, *third;
	struct fixture f;

	CHECK(fixture_make(&f, &cfg));
	CHECK(do_setup(&f, BLK_QUEUES, 64));
	CHECK(!va_queue_get(f.b.dev, 0, &before));
	dev.opaque = &f.b;
	va_device_taint(f.b.dev, true);
	va_device_taint(f.b.dev, false);
	va_device_remove(f.b.dev);
	CHECK(!va_device_add(f.link, -1, &dev, &f.b.dev));
	CHECK(!va_queue_get(f.b.dev, 0, &after));
	CHECK(before.desc == after.desc && !stat_of(&f, VA_STAT_areas_withheld));

	va_device_taint(f.b.dev, true);
	va_device_remove(f.b.dev);
	CHECK(stat_of(&f, VA_STAT_areas_withheld) == BLK_QUEUES);
	CHECK(!va_device_add(f.link, -1, &dev, &other));
	CHECK(!va_queue_get(other, 0, &after));
	CHECK(before.desc != after.desc);
	dev.uuid[0]++;
	CHECK(va_device_add(f.link, -1, &dev, &third) == -ENOSPC);
	va_device_remove(other);
	CHECK(!va_device_add(f.link, -1, &dev, &third));
	return fixture_free(&f);
}

const struct test_case device_cases[] = {
	{ "device: impossible used entries fail the device only", used_ring },
	{ "device: random bytes in its rings", scribbler },
	{ "device: killed and restarted, nothing lost, order kept", restart },
	{ "device: attaches late", late },
	{ "device: ring indexes wrap", index_wraps },
	{ "device: resets with chains in flight", resets },
	{ "device: fails for good", failed_device },
	{ "device: memory and descriptors", memory },
	{ "device: memory that may still be written to is not used again", tainted },
	{ "device: arguments out of bounds", arguments },
	{ NULL, NULL }
};
