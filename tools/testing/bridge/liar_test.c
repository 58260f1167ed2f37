// SPDX-License-Identifier: GPL-2.0
/*
 * A guest, the bridge, and device processes that lie to it: they may spoil their own
 * device, but nothing else.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bridge_test.h"
#include "disk_test.h"
#include "peer.h"

/* The bridge with a peer at "disk.sock" that is at fault at a request */
static pid_t start_liar(const struct peer *good, uint32_t on, enum peer_fault fault)
{
	struct peer peer = *good;
	pid_t pid;

	peer.on = on;
	peer.fault = fault;
	pid = peer_start(&peer, test_path("disk.sock"));
	if (start_bridge("", "512K", RING))
		return pid;
	give_up();
	peer_end(pid);
	return 0;
}

/*
 * Rings that a process has got and that were taken from it by force may still be
 * written to: the guest cannot start the device before there is a good connection.
 */
static void barred_tests(const char *what, uint32_t on, enum peer_fault fault)
{
	pid_t pid = start_liar(&peer_good_disk, on, fault);
	int status;

	if (!test_ok(pid && disk_up(&disk) == 15, "%s: device up", what))
		return;
	if (fault == PEER_CHATTER) {
		/* So that the reset finds a request that is not answered, and waits */
		disk_start(&disk, 1);
		disk_pump(&disk, 0);
	}
	test_ok(disk_set_status(&disk, 0) == 0 && spawn_expect(&bridge, 0, "lost: "),
		"%s: the bridge cuts it off", what);
	status = disk_up(&disk);
	test_ok(status > 0 && (status & NEEDS_RESET), "%s: the device is out of service", what);
	peer_end(pid);
	pid = peer_start(&peer_good_disk, test_path("disk.sock"));
	test_ok(spawn_expect(&bridge, 0, "connected again") && restarted(0) &&
		disk_up(&disk) == 15, "%s: a good process brings it back", what);
	end_bridge(what);
	peer_end(pid);
}

/* A change that is told while the device is made has been heard. */
static void early_change_tests(void)
{
	struct peer peer = peer_good_disk;
	struct vargo_msg event;
	pid_t pid;

	peer.features |= 1 << 11;
	pid = start_liar(&peer, REQ_SET_CONFIG, PEER_CONFIG_CHANGE);
	test_ok(pid && (disk.capacity == PEER_CAPACITY_LATER ||
			(find_event(&event) && disk_read_config(&disk) &&
			 disk.capacity == PEER_CAPACITY_LATER)),
		"early change: the guest has the new size");
	if (!pid)
		return;
	end_bridge("early change");
	peer_end(pid);
}

/* Limits that a driver does not look at twice change, and change back. */
static void limits_tests(void)
{
	pid_t pid = start_liar(&peer_good_disk, REQ_SET_FEATURES, PEER_LIMITS);
	struct vargo_msg event;

	if (!test_ok(pid && disk_up(&disk) == 15 && find_event(&event) &&
		     (event.config.status & NEEDS_RESET),
		     "limits: with others the device is out of service"))
		return;
	test_ok(restarted(0) && disk_up(&disk) == 15,
		"limits: with the first again the guest is told to begin anew");
	end_bridge("limits");
	peer_end(pid);
}

/*
 * A process closes the channel for its own requests, as it may. Later its place in
 * the table of descriptors is another device's.
 */
static void channel_tests(void)
{
	struct qsd_options opt = { .queues = 2 };
	struct peer peer = peer_good_disk;
	char more[256];
	pid_t pid;

	peer.on = REQ_SET_FEATURES;
	peer.fault = PEER_CLOSE_CHANNEL;
	pid = peer_start(&peer, test_path("peer"));
	qsd_make_image((uint64_t)DISK_SECTORS * 512);
	snprintf(more, sizeof(more), "@--device@type=block,socket=%s@--device@type=block,socket=%s",
		 test_path("peer"), test_path("disk.sock"));
	if (!test_ok(qsd_start(&qsd, &opt) && start_bridge(more, "512K", RING) &&
		     disk_up(&disk) == 15, "channel closed: device up")) {
		give_up();
		return;
	}
	disk.g.dev = 1;
	test_ok(disk_identify(&disk) && disk_up(&disk) == 15 && restart_qsd(&opt) &&
		disk_load(&disk, 4, 50) && disk_drain(&disk),
		"channel closed: another device loses its process and has it back");
	kill(pid, SIGKILL);
	peer_end(pid);
	test_ok(spawn_expect(&bridge, 0, "peer: lost: ") && restart_qsd(&opt) &&
		disk_load(&disk, 4, 50) && disk_drain(&disk) && disk_compare(&disk),
		"channel closed: and does so again when the first is lost");
	end_bridge("channel closed");
	spawn_kill(&qsd, SIGTERM);
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

/* This one is the guest's: it may not fill the backend's disk with log lines. */
static void log_tests(void)
{
	pid_t pid = start_liar(&peer_good_disk, 0, PEER_FINE);
	bool good = pid;
	unsigned int i;

	for (i = 0; i < 400 && good; i++)
		good = disk_session(&disk);
	test_ok(good, "log: a guest makes 400 sessions");
	if (!pid)
		return;
	spawn_read(&bridge, 0);
	i = count(bridge.out, "session begun");
	test_ok(i >= 10 && i < 300, "log: not each of them is worth a line");
	end_bridge("log");
	peer_end(pid);
}

void liar_tests(void)
{
	barred_tests("a ring refused", REQ_SET_VRING_ENABLE, PEER_NACK);
	barred_tests("an answer during a reset", REQ_SET_VRING_ENABLE, PEER_CHATTER);
	early_change_tests();
	limits_tests();
	channel_tests();
	log_tests();
}
