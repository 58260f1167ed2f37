// SPDX-License-Identifier: GPL-2.0
/*
 * A guest, the bridge, and device processes that hang or are slow: the guest's
 * other devices do not suffer, and nothing is lost when they are back.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bridge_test.h"
#include "disk_test.h"
#include "peer.h"

bool restarted(size_t from)
{
	unsigned int readies = disk.g.readies;
	int tries;

	if (!spawn_expect(&bridge, from, "usable again, the guest is asked to start it anew"))
		return false;
	for (tries = 0; tries < 200 && disk.g.readies == readies; tries++)
		disk_pump(&disk, 50);
	return disk.g.readies > readies && disk_session(&disk);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* How many milliseconds a guest waits for the bridge */
static int64_t ping(void)
{
	struct vargo_msg msg = { .type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_PING };
	int64_t begin = now_ms();
	struct vargo_msg answer;

	return disk_ask(&disk, &msg, &answer) ? now_ms() - begin : INT64_MAX;
}

/*
 * A backend that hangs with requests in flight must not let the guest's reset
 * hang, nor write into the memory of later requests when it wakes up.
 */
static void hang_tests(void)
{
	struct qsd_options opt = { .queues = 2 };
	size_t from;

	if (!test_ok(start_up(&opt), "backend hangs: device up")) {
		give_up();
		return;
	}
	kill(qsd.pid, SIGSTOP);
	disk_start(&disk, 16);
	disk_pump(&disk, 0);
	/* The bridge's own business: the link is not to be given up for one disk */
	test_ok(ping() < 1000, "backend hangs: PING is answered at once");
	test_ok(disk_set_status(&disk, 0) == 0, "backend hangs: the guest's reset is answered");
	test_ok(spawn_expect(&bridge, 0, "cutting the backend off"),
		"backend hangs: it is cut off");
	test_ok(disk_up(&disk) & NEEDS_RESET, "backend hangs: the device is out of service");
	spawn_read(&bridge, 0);
	from = bridge.len;
	kill(qsd.pid, SIGCONT);
	test_ok(spawn_expect(&bridge, from, "connected again") && restarted(from) &&
		disk_up(&disk) == 15 &&
		disk_load(&disk, 16, 200) && disk_drain(&disk) && disk_compare(&disk),
		"backend hangs: it wakes up, and the disk is as it was written");

	/* A guest that begins a session, as after its resume, and does not try again */
	kill(qsd.pid, SIGSTOP);
	disk_start(&disk, 16);
	disk_pump(&disk, 0);
	test_ok(disk_session(&disk) && (disk_up(&disk) & NEEDS_RESET),
		"backend hangs: in a new session the device is out of service");
	spawn_read(&bridge, 0);
	from = bridge.len;
	kill(qsd.pid, SIGCONT);
	test_ok(restarted(from) && disk_up(&disk) == 15 && disk_load(&disk, 16, 200) &&
		disk_drain(&disk) && disk_compare(&disk),
		"backend hangs: it wakes up, and the guest is told to begin another");
	end_all("backend hangs");
}

/*
 * A device that is removed while its process hangs: what that writes when it wakes up
 * must meet no other device. There is room for the second here, and not for a third.
 */
static void remove_tests(void)
{
	struct qsd_options opt = { .queues = 2 };
	struct peer peer = peer_good_disk;
	char second[128], third[128], more[256];
	pid_t pids[2];

	snprintf(second, sizeof(second), "device type=block,socket=%s,num-queues=2\n",
		 test_path("peer"));
	snprintf(third, sizeof(third), "device type=block,socket=%s,num-queues=2\n",
		 test_path("third"));
	snprintf(more, sizeof(more), "@--config@%s@--spare-queues@2", test_path("config"));
	write_config("device type=block,socket=%s\n", test_path("disk.sock"));
	qsd_make_image((uint64_t)DISK_SECTORS * 512);
	if (!test_ok(qsd_start(&qsd, &opt) && start_bridge(more, "512K", RING) &&
		     disk_up(&disk) == 15, "removed: device up")) {
		give_up();
		return;
	}
	pids[0] = peer_start(&peer, test_path("peer"));
	pids[1] = peer_start(&peer, test_path("third"));
	kill(qsd.pid, SIGSTOP);
	disk.g.loose = true;
	disk_start(&disk, 16);
	disk_pump(&disk, 0);
	write_config("%s", second);
	test_ok(reload("devices: 1 added, 1 removed, 0 as before") &&
		strstr(bridge.out, "the room of its 2 queues is not used again"),
		"removed: a device whose process hangs, and is cut off");
	write_config("%s%s", second, third);
	test_ok(reload("SIGHUP: nothing was changed") &&
		strstr(bridge.out, "the room of 2 queues is withheld"),
		"removed: its memory is not given to another");
	kill(qsd.pid, SIGCONT);
	disk_crash(&disk);
	end_all("removed");
	test_ok(peer_end(pids[0]) == PEER_EXIT_OK && peer_end(pids[1]) == PEER_EXIT_OK,
		"removed: the others were left in order");
}

static pid_t start_silent(uint32_t on)
{
	struct peer peer = peer_good_disk;

	peer.on = on;
	peer.fault = PEER_SILENT;
	return peer_start(&peer, test_path("disk.sock"));
}

/* The guest's driver gives its requests 5 s */
#define GUEST_PATIENCE_MS	4800

/*
 * A backend that answers the first questions and then no more: the link waits, but
 * less than a guest does, and not all the time.
 */
static void slow_tests(void)
{
	int64_t begin, worst = 0, one;
	pid_t pid, next;

	pid = start_silent(REQ_SET_FEATURES);
	if (!test_ok(start_bridge("", "512K", RING), "slow answers: identified")) {
		give_up();
		return;
	}
	begin = now_ms();
	test_ok(disk_up(&disk) == 15 && now_ms() - begin < GUEST_PATIENCE_MS,
		"slow answers: DRIVER_OK is answered in time");
	peer_end(pid);

	pid = start_silent(REQ_SET_MEM_TABLE);
	begin = now_ms();
	do {
		one = ping();
		worst = one > worst ? one : worst;
		spawn_read(&bridge, 10);
	} while (!strstr(bridge.out, "SET_MEM_TABLE: no answer within") &&
		 now_ms() - begin < SPAWN_LIMIT_MS);
	if (!test_ok(worst > 1000 && worst < GUEST_PATIENCE_MS,
		     "slow answers: so is a request while it comes back"))
		test_diag("%lld ms", (long long)worst);

	next = start_silent(REQ_SET_MEM_TABLE);
	for (worst = 0, begin = now_ms(); now_ms() - begin < 3000; usleep(10000)) {
		one = ping();
		worst = one > worst ? one : worst;
	}
	if (!test_ok(worst < 1000, "slow answers: it is not called again at once"))
		test_diag("%lld ms", (long long)worst);
	kill(next, SIGKILL);
	peer_end(next);
	peer_end(pid);
	pid = peer_start(&peer_good_disk, test_path("disk.sock"));
	test_ok(spawn_expect(&bridge, 0, "connected again") && disk_session(&disk) &&
		disk_up(&disk) == 15, "slow answers: but later");
	end_bridge("slow answers");
	peer_end(pid);
}

void stall_tests(void)
{
	hang_tests();
	remove_tests();
	slow_tests();
}
