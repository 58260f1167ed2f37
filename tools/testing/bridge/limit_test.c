// SPDX-License-Identifier: GPL-2.0
/*
 * The largest request that a disk's limits allow, for each --max-chain.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "bridge_test.h"
#include "disk_test.h"
#include "peer.h"

#define HEADER		16
#define SEGMENT_MAX	65536	/* the largest page that Linux has */

static uint32_t last_size, last_count;

static uint32_t field(unsigned int offset)
{
	uint32_t value;

	memcpy(&value, disk.config + offset, sizeof(value));
	return le32toh(value);
}

/*
 * All that the driver goes by fits, and one segment more would not, but where segments
 * are smaller for the sake of their number; @size and @count are what is expected for
 * this --max-chain, and never less than for a smaller one.
 */
static void limit_of(const char *max_chain, uint32_t bytes, uint32_t size, uint32_t count)
{
	struct qsd_options opt = { .queues = 2 };
	uint32_t most = size * count;
	char more[64] = "";

	if (bytes)
		snprintf(more, sizeof(more), ",num-queues=2@--max-chain@%s", max_chain);
	else
		bytes = 4160 << 10;
	qsd_make_image((uint64_t)DISK_SECTORS * 512);
	if (!test_ok(qsd_start(&qsd, &opt) && start_bridge(more, "512K", RING) &&
		     disk_up(&disk) == 15 && disk.g.hello.max_chain == bytes,
		     "limit %s: device up", max_chain)) {
		give_up();
		return;
	}
	if (!test_ok(field(8) == size && field(12) == count,
		     "limit %s: %u segments of %u bytes", max_chain, count, size))
		test_diag("%u segments of %u bytes", field(12), field(8));
	test_ok(HEADER + most + 1 <= bytes &&
		(count == 254 || (size < SEGMENT_MAX && count == 32) ||
		 HEADER + most + size + 1 > bytes), "limit %s: as many as fit", max_chain);
	test_ok(size >= last_size && count >= last_count,
		"limit %s: not less than with a smaller one", max_chain);
	last_size = size;
	last_count = count;
	test_ok(HEADER + 16ull * field(40) + 1 <= bytes && HEADER + 16ull * field(52) + 1 <= bytes,
		"limit %s: and so do the segments of discard and write zeroes", max_chain);
	/* Zeroes for a header: a read, of what is behind it, too */
	test_ok(disk_chain(&disk, 0, HEADER, most + 1, false),
		"limit %s: the largest read is answered", max_chain);
	test_ok(disk_chain(&disk, 1, HEADER + most, 1, false),
		"limit %s: and what is as large the other way", max_chain);
	test_ok(disk_do(&disk, 0, DISK_T_FLUSH, 0, 0) == DISK_OK && disk_up(&disk) == 15,
		"limit %s: the session goes on", max_chain);
	end_all("limit");
}

/* Backends that offer more than fits: qemu-storage-daemon does not */
static void backend_tests(void)
{
	struct peer peer = peer_good_disk;
	pid_t pid;

	peer.segments = 0xffffffff;
	pid = peer_start(&peer, test_path("disk.sock"));
	if (test_ok(start_bridge(",num-queues=1@--max-chain@64K", "512K", RING),
		    "limit: a backend that takes any number of segments")) {
		test_ok(field(40) == 4094 && field(52) == 4094,
			"limit: so many of discard and write zeroes as fit");
		end_bridge("limit");
	}
	test_ok(peer_end(pid) == PEER_EXIT_OK, "limit: the backend was left in order");

	peer = peer_good_disk;
	peer.blk_size = 65536;
	pid = peer_start(&peer, test_path("disk.sock"));
	test_ok(!start_bridge(",num-queues=1@--max-chain@64K", "512K", RING) &&
		strstr(bridge.out, "--max-chain: too small for blocks of 65536 bytes"),
		"limit: a disk whose block is no request is refused");
	test_ok(peer_end(pid) == PEER_EXIT_OK, "limit: the backend was left in order");
}

/* Device models map it whole, and some want what memory of virtual machines looks like. */
static void memory_tests(void)
{
	char path[64], text[256], line[512];
	unsigned long long from, to;
	unsigned int maps = 0;
	bool good = true;
	FILE *file;

	if (!test_ok(start_up(&(struct qsd_options){ .queues = 1 }), "memory: device up")) {
		give_up();
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/maps", qsd.pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llx-%llx %*s %*s %*s %*s %255s", &from, &to, text) != 3 ||
		    strncmp(text, "/memfd:virtio-argo", 18))
			continue;
		maps++;
		good &= (to - from) % (2 << 20) == 0;
	}
	if (file)
		fclose(file);
	test_ok(maps == 1 && good, "memory: the backend maps one region, in units of 2 MiB");
	end_all("memory");
}

void limit_tests(void)
{
	limit_of("64K", 64 << 10, 4096, 15);
	limit_of("100K", 100 << 10, 4096, 24);
	limit_of("256K", 256 << 10, 4096, 32);
	limit_of("1M", 1 << 20, 28672, 32);
	limit_of("2M", 2 << 20, 61440, 32);
	limit_of("4160K by default", 0, SEGMENT_MAX, 64);
	limit_of("16M", 16 << 20, SEGMENT_MAX, 254);
	backend_tests();
	memory_tests();
}
