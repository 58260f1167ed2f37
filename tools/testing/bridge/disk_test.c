// SPDX-License-Identifier: GPL-2.0
/*
 * A guest, the bridge and the real qemu-storage-daemon.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge_test.h"
#include "disk_test.h"
#include "peer.h"
#include "../lib/lib_test.h"

#define RING_SMALL	(16 * 1024 - 64)

#define F_RO		(1ULL << 5)
#define F_MUST		(1ULL << 1 | 1ULL << 2 | 1ULL << 6 | 1ULL << 9 | 1ULL << 11 | \
			 1ULL << 12 | 1ULL << 13 | 1ULL << 14 | 1ULL << 32)
#define F_MAY		(F_MUST | 1ULL << 4 | 1ULL << 10)

#define CONFIG_WCE	32

struct child qsd, bridge;
struct disk disk;

/* ------------------------------------------------------------------------ */

bool start_bridge(const char *device_more, const char *ring_size, uint32_t ring_len)
{
	char device[512], endpoint[64], *at;
	const char *argv[20] = {
		test.bridge, "--link", "3", "--guest", "7", "--log-level", "debug",
		"--endpoint", endpoint, "--ring-size", ring_size, "--device", device,
	};
	int fds[2], n = 13;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return false;
	snprintf(device, sizeof(device), "type=block,socket=%s%s", test_path("disk.sock"),
		 device_more);
	if (*device_more == '@')
		n = 11;
	for (at = device; n < 19 && (at = strchr(at, '@')) != NULL;) {
		*at++ = 0;
		argv[n++] = at;
	}
	snprintf(endpoint, sizeof(endpoint), "socketpair-fd=%d", fds[1]);
	spawn(&bridge, argv, fds[1]);
	close(fds[1]);
	if (!spawn_expect(&bridge, 0, "ready: guest 7")) {
		test_diag("the bridge does not start: %s", bridge.out);
		close(fds[0]);
		return false;
	}
	return disk_init(&disk, fds[0], ring_len) && disk_session(&disk) &&
	       disk_identify(&disk);
}

bool start_all(const struct qsd_options *opt, const char *device_more,
	       const char *ring_size, uint32_t ring_len)
{
	qsd_make_image((uint64_t)DISK_SECTORS * 512);
	return qsd_start(&qsd, opt) && start_bridge(device_more, ring_size, ring_len);
}

void end_bridge(const char *what)
{
	int status, bad = disk.g.bad;

	status = spawn_kill(&bridge, SIGTERM);
	disk_exit(&disk);
	if (!test_ok(!status && !bad, "%s: SIGTERM ends the bridge with status 0", what))
		test_diag("exit status %d, %d complaints of the guest; the bridge said:\n%s",
			  status, bad, bridge.out);
}

void end_all(const char *what)
{
	end_bridge(what);
	spawn_kill(&qsd, SIGTERM);
}

bool start_up(const struct qsd_options *opt)
{
	return start_all(opt, "", "512K", RING) && disk_up(&disk) == 15;
}

void give_up(void)
{
	test_diag("the bridge said:\n%s", bridge.out);
	spawn_kill(&bridge, SIGKILL);
	spawn_kill(&qsd, SIGKILL);
}

bool restart_qsd(const struct qsd_options *opt)
{
	return spawn_kill(&qsd, SIGKILL) == 128 + SIGKILL && qsd_start(&qsd, opt);
}

/* ------------------------------------------------------------------------ */

static void identify_tests(void)
{
	struct vargo_msg msg = { .type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_GET_DEVICES };
	struct qsd_options opt = { .queues = 4 };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct vargo_msg answer;
	char text[256];
	int fd, status;
	ssize_t n;

	/* Where systemd would listen */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", test_path("notify"));
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		exit(2);
	setenv("NOTIFY_SOCKET", addr.sun_path, 1);
	if (!test_ok(start_all(&opt, "", "512K", RING), "identify: session and device")) {
		give_up();
		return;
	}
	unsetenv("NOTIFY_SOCKET");
	n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = 0;
	test_ok(strstr(text, "READY=1"), "identify: readiness was notified");

	msg.devices.count = 64;
	test_ok(disk_ask(&disk, &msg, &answer) && answer.devices.bitmap[0] == 1,
		"identify: one device, number 0");
	if (!test_ok((disk.features & F_MUST) == F_MUST && !(disk.features & ~F_MAY),
		     "identify: a disk's features and VERSION_1, nothing else"))
		test_diag("features 0x%llx", (unsigned long long)disk.features);
	test_ok(disk.capacity == DISK_SECTORS, "identify: the image's size");
	test_ok(disk.num_queues == 4 && disk.config[34] == 4, "identify: four queues");
	status = disk_up(&disk);
	test_ok(status == 15, "identify: DRIVER_OK");

	kill(bridge.pid, SIGHUP);
	test_ok(spawn_expect(&bridge, 0, "SIGHUP: there is no --config to read again"),
		"identify: SIGHUP without a configuration file changes nothing");
	kill(bridge.pid, SIGUSR1);
	test_ok(spawn_expect(&bridge, 0, "stats {\"link\":{\"rx_frames\":"),
		"identify: SIGUSR1 prints counters");
	end_all("identify");
	n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	text[n > 0 ? n : 0] = 0;
	test_ok(strstr(text, "STOPPING=1"), "identify: the end was notified");
	close(fd);
}

static void request_tests(void)
{
	static const uint32_t sizes[] = { 512, 4096, 65536, 1 << 20 };
	struct qsd_options opt = { .queues = 4 };
	unsigned int q, i;
	bool good = true;

	if (!test_ok(start_up(&opt), "requests: device up")) {
		give_up();
		return;
	}
	for (q = 0; q < 4; q++)
		for (i = 0; i < 4; i++)
			good &= disk_do(&disk, q, DISK_T_OUT, 8192 * q + 2048 * i,
					sizes[i]) == DISK_OK;
	test_ok(good, "requests: writes of 512 bytes to 1 MiB on four queues");
	test_ok(disk_do(&disk, 1, DISK_T_FLUSH, 0, 0) == DISK_OK, "requests: flush");
	test_ok(disk_compare_image(&disk, test_path("disk.img")), "requests: the image has them");
	for (q = 0; q < 4; q++)
		for (i = 0; i < 4; i++)
			good &= disk_do(&disk, 3 - q, DISK_T_IN, 8192 * q + 2048 * i,
					sizes[i]) == DISK_OK;
	test_ok(good && !disk.wrong, "requests: reads give them back on other queues");
	test_ok(disk_do(&disk, 2, DISK_T_WRITE_ZEROES, 6144, 512 << 10) == DISK_OK,
		"requests: write zeroes");
	test_ok(disk_do(&disk, 0, DISK_T_DISCARD, 2 * 8192 + 6144, 512 << 10) == DISK_OK,
		"requests: discard");
	test_ok(disk_compare(&disk), "requests: zeroes are read, the rest is as it was");
	test_ok(disk_do(&disk, 0, DISK_T_GET_ID, 0, 20) == DISK_OK && strlen(disk.id) == 20,
		"requests: identity string");
	test_ok(disk_do(&disk, 0, 99, 0, 512) == DISK_UNSUPP, "requests: an unknown type is refused");
	/* qemu-storage-daemon answers none of these, and a reset waited for each */
	test_ok(disk_chain(&disk, 0, 0, 0, true) && disk_chain(&disk, 1, 0, 513, true) &&
		disk_chain(&disk, 2, 15, 513, true) && disk_chain(&disk, 3, 16, 0, true) &&
		disk_chain(&disk, 0, 528, 0, true),
		"requests: chains without header or room for a status are answered with ERROR");
	test_ok(disk_chain(&disk, 0, 16, 1, false),
		"requests: one with both is the backend's, whatever it wants");
	test_ok(disk_do(&disk, 0, DISK_T_IN, DISK_SECTORS - 1, 512) == DISK_OK,
		"requests: the last sector");
	test_ok(disk_do(&disk, 0, DISK_T_FLUSH, 0, 0) == DISK_OK && !disk.wrong,
		"requests: nothing went wrong unseen");
	end_all("requests");
}

static void load_tests(void)
{
	struct qsd_options opt = { .queues = 4 };

	if (!test_ok(start_up(&opt), "load: device up")) {
		give_up();
		return;
	}
	test_ok(disk_load(&disk, 1, 500), "load: 500 requests, one of each queue at a time");
	test_ok(disk_load(&disk, 32, 3000), "load: 3000 requests, 32 of each queue");
	test_ok(disk_drain(&disk) && disk_do(&disk, 0, DISK_T_FLUSH, 0, 0) == DISK_OK &&
		disk_compare(&disk), "load: the guest reads what it wrote");
	test_ok(disk_compare_image(&disk, test_path("disk.img")), "load: the image has it");
	end_all("load");

	if (!test_ok(start_all(&opt, ",num-queues=2", "16K", RING_SMALL) &&
		     disk.num_queues == 2 && disk_up(&disk) == 15,
		     "small ring: two of four queues")) {
		give_up();
		return;
	}
	test_ok(disk_do(&disk, 0, DISK_T_OUT, 0, 1 << 20) == DISK_OK &&
		disk_do(&disk, 1, DISK_T_IN, 0, 1 << 20) == DISK_OK && !disk.wrong,
		"small ring: requests of 1 MiB on rings of 16 KiB");
	test_ok(disk_load(&disk, 16, 300) && disk_drain(&disk), "small ring: 300 requests");
	test_ok(disk_compare(&disk), "small ring: the guest reads what it wrote");
	end_all("small ring");
}

static void error_tests(void)
{
	struct qsd_options opt = { .queues = 1, .sector_error = 4096 };

	if (!test_ok(start_up(&opt), "errors: device up")) {
		give_up();
		return;
	}
	test_ok(disk_do(&disk, 0, DISK_T_OUT, 4096, 4096) == DISK_IOERR &&
		disk_do(&disk, 0, DISK_T_IN, 4090, 8192) == DISK_IOERR,
		"errors: EIO at the backend is the request's status");
	test_ok(disk_do(&disk, 0, DISK_T_OUT, 5000, 4096) == DISK_OK &&
		disk_do(&disk, 0, DISK_T_IN, 5000, 4096) == DISK_OK && !disk.wrong,
		"errors: the rest goes on");
	end_all("errors");

	opt.sector_error = 0;
	opt.write_errno = ENOSPC;
	if (!test_ok(start_up(&opt), "full disk: device up")) {
		give_up();
		return;
	}
	test_ok(disk_do(&disk, 0, DISK_T_OUT, 0, 4096) == DISK_IOERR,
		"full disk: ENOSPC at the backend is the request's status");
	disk.stamp[0] = 0;
	test_ok(disk_do(&disk, 0, DISK_T_IN, 64, 4096) == DISK_OK && !disk.wrong,
		"full disk: reads go on");
	end_all("full disk");

	opt.write_errno = 0;
	opt.read_only = true;
	if (!test_ok(start_all(&opt, ",ro", "512K", RING) && (disk.features & F_RO) &&
		     disk_up(&disk) == 15, "read-only: device up, and says so")) {
		give_up();
		return;
	}
	test_ok(disk_do(&disk, 0, DISK_T_OUT, 0, 512) == DISK_IOERR &&
		disk_do(&disk, 0, DISK_T_IN, 64, 512) == DISK_OK,
		"read-only: a write fails, a read does not");
	end_all("read-only");
}

/* ------------------------------------------------------------------------ */

static void crash_tests(void)
{
	struct qsd_options opt = { .queues = 4 };
	bool good = true;
	size_t from;
	int i;

	if (!test_ok(start_up(&opt), "backend killed: device up")) {
		give_up();
		return;
	}
	for (i = 0; i < 4; i++) {
		good &= disk_load(&disk, 32, 400);
		disk_start(&disk, 32);
		disk_pump(&disk, 0);
		good &= restart_qsd(&opt);
		good &= disk_load(&disk, 32, 400);
	}
	test_ok(good && disk_drain(&disk),
		"backend killed: four times under load, every request is answered");
	test_ok(disk_do(&disk, 0, DISK_T_FLUSH, 0, 0) == DISK_OK && disk_compare(&disk) &&
		disk_compare_image(&disk, test_path("disk.img")),
		"backend killed: every byte is as it was written");
	spawn_read(&bridge, 0);
	test_ok(strstr(bridge.out, "lost: ") &&
		strstr(bridge.out, "connected again, unfinished requests go on"),
		"backend killed: the log says so");

	/* Gone while the guest has nothing to do, or has much and waits */
	spawn_kill(&qsd, SIGKILL);
	disk_start(&disk, 32);
	for (i = 0; i < 5; i++)
		disk_pump(&disk, 20);
	test_ok(qsd_start(&qsd, &opt) && disk_drain(&disk),
		"backend absent: requests wait for it");

	/* A guest that starts its driver meanwhile finds its disk later. */
	spawn_kill(&qsd, SIGKILL);
	disk_start(&disk, 8);
	disk_pump(&disk, 20);
	good = disk_session(&disk) && disk_up(&disk) == 15;
	disk_start(&disk, 8);
	disk_pump(&disk, 20);
	good &= qsd_start(&qsd, &opt) && disk_drain(&disk);
	test_ok(good && disk_load(&disk, 8, 200) && disk_drain(&disk),
		"backend absent: the guest starts anew meanwhile");
	test_ok(disk_compare(&disk), "backend absent: every byte is as it was written");

	/* The same with a backend that ends in order and comes back on its own socket */
	from = bridge.len;
	/* QEMU reads strings in single quotes, too. */
	good = qsd_command("{'execute':'block-export-del','arguments':{'id':'export','mode':'hard'}}");
	good &= spawn_expect(&bridge, from < bridge.len ? from : 0, "lost: ");
	good &= restart_qsd(&opt);
	test_ok(good && disk_load(&disk, 8, 200) && disk_drain(&disk) && disk_compare(&disk),
		"backend closes: and is there again");
	end_all("backend killed");
}

static void guest_tests(void)
{
	struct qsd_options opt = { .queues = 4 };
	bool good = true;
	int i;

	if (!test_ok(start_up(&opt), "guest reboots: device up")) {
		give_up();
		return;
	}
	for (i = 0; i < 5; i++) {
		good &= disk_load(&disk, 16, 100);
		disk_start(&disk, 32);
		disk_pump(&disk, 0);
		good &= disk_session(&disk) && disk_identify(&disk) && disk_up(&disk) == 15;
	}
	test_ok(good && disk_load(&disk, 16, 200) && disk_drain(&disk),
		"guest reboots: five new sessions with requests in flight");
	for (i = 0; i < 5; i++) {
		disk_start(&disk, 32);
		disk_pump(&disk, 0);
		good &= disk_up(&disk) == 15;
	}
	test_ok(good && disk_load(&disk, 16, 200) && disk_drain(&disk),
		"guest resets: five times with requests in flight");
	test_ok(disk_compare(&disk), "guest resets: the disk is as it was written");
	spawn_read(&bridge, 0);
	test_ok(!strstr(bridge.out, "lost: "), "guest resets: the backend stayed connected");

	/* Ended with requests in flight */
	disk_start(&disk, 32);
	disk_pump(&disk, 0);
	end_all("guest resets");
}

/* ------------------------------------------------------------------------ */

bool find_event(struct vargo_msg *event)
{
	int i, tries;

	for (tries = 0; tries < 200; tries++) {
		for (i = disk.g.num_msgs - 1; i >= 0; i--) {
			if (disk.g.msgs[i].id == VIRTIO_ARGO_EVENT_CONFIG && !disk.g.msgs[i].type) {
				*event = disk.g.msgs[i];
				return true;
			}
		}
		disk_pump(&disk, 50);
	}
	return false;
}

static int write_wce(uint8_t value)
{
	struct vargo_msg msg = { .id = VIRTIO_ARGO_SET_CONFIG }, answer;

	msg.config.offset = CONFIG_WCE;
	msg.config.len = 1;
	msg.config.data[0] = value;
	return disk_ask(&disk, &msg, &answer) ? (int)answer.config.len : -1;
}

static void config_tests(void)
{
	struct qsd_options opt = { .queues = 2 };
	struct vargo_msg event;
	uint64_t capacity;
	size_t from;

	if (!test_ok(start_up(&opt), "config: device up")) {
		give_up();
		return;
	}
	disk.g.num_msgs = 0;
	test_ok(!truncate(test_path("disk.img"), 32 << 20) && restart_qsd(&opt) &&
		find_event(&event) && disk_read_config(&disk) && disk.capacity == 65536,
		"config: the image has another size when the backend is back, the guest is told");

	test_ok(disk.config[CONFIG_WCE] == 1 && write_wce(0) == 1 && disk_read_config(&disk) &&
		!disk.config[CONFIG_WCE], "config: the guest turns the write cache off");
	test_ok(write_wce(2) == 0, "config: no other value is let through");
	test_ok(restart_qsd(&opt) && disk_load(&disk, 8, 100) && disk_drain(&disk) &&
		disk_read_config(&disk) && !disk.config[CONFIG_WCE],
		"config: it is off at a backend that was restarted, too");
	spawn_kill(&qsd, SIGKILL);
	test_ok(write_wce(1) == 1 && qsd_start(&qsd, &opt) && disk_load(&disk, 8, 100) &&
		disk_drain(&disk) && disk_read_config(&disk) && disk.config[CONFIG_WCE],
		"config: it can be turned on while the backend is gone");

	/* Another device behind the socket than the one that the guest knows */
	disk.g.num_msgs = 0;
	opt.queues = 1;
	test_ok(restart_qsd(&opt) && find_event(&event) && (event.config.status & NEEDS_RESET),
		"another device: the guest sees DEVICE_NEEDS_RESET");
	test_ok(spawn_expect(&bridge, 0, "the guest knows: features 0x1000 are missing"),
		"another device: the log says why");
	test_ok(disk_up(&disk) & NEEDS_RESET, "another device: it cannot be started");
	opt.queues = 2;
	capacity = disk.capacity;
	spawn_read(&bridge, 0);
	from = bridge.len;
	test_ok(restart_qsd(&opt) && spawn_expect(&bridge, from, "connected again"),
		"another device: the right one comes back");
	test_ok(restarted(from) && disk_up(&disk) == 15 && disk.capacity == capacity &&
		disk_load(&disk, 8, 100) && disk_drain(&disk), "another device: and is started again");
	test_ok(disk_set_status(&disk, 15 | FAILED) == (15 | FAILED) &&
		spawn_expect(&bridge, from, "the guest cannot use it (FAILED)"),
		"config: the log says that the guest gives the disk up");
	end_all("config");
}

/* qemu-storage-daemon 7.2 does not report a resize: here is a backend that does. */
static void config_change_tests(void)
{
	struct peer peer = peer_good_disk;
	struct vargo_msg event;
	pid_t pid;

	peer.on = REQ_SET_FEATURES;
	peer.fault = PEER_CONFIG_CHANGE;
	pid = peer_start(&peer, test_path("disk.sock"));
	if (!test_ok(start_bridge("", "512K", RING) && disk.capacity == PEER_CAPACITY,
		     "config change: identified")) {
		give_up();
		return;
	}
	disk.g.num_msgs = 0;
	if (!test_ok(disk_up(&disk) == 15 && find_event(&event) && disk_read_config(&disk) &&
		     disk.capacity == PEER_CAPACITY_LATER,
		     "config change: the guest is told, and reads the new size"))
		test_diag("capacity %llu; the bridge said:\n%s",
			  (unsigned long long)disk.capacity, bridge.out);
	end_bridge("config change");
	test_ok(peer_end(pid) == PEER_EXIT_OK,
		"config change: acknowledged, and nothing was sent that was not negotiated");
}

/* Two disks behind one link: one dies, the other does not notice. */
static void pair_tests(void)
{
	struct vargo_msg msg = { .type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_GET_DEVICES };
	struct qsd_options opt = { .queues = 2 };
	struct peer peer = peer_good_disk;
	struct vargo_msg answer;
	char more[256];
	pid_t pid;
	FILE *f;
	int id = 0;

	qsd_make_image((uint64_t)DISK_SECTORS * 512);
	pid = peer_start(&peer, test_path("peer"));
	snprintf(more, sizeof(more), ",num-queues=1@--device@type=block,socket=%s@--pidfile@%s",
		 test_path("peer"), test_path("bridge.pid"));
	if (!test_ok(qsd_start(&qsd, &opt) && start_bridge(more, "512K", RING) &&
		     disk_up(&disk) == 15, "two devices: the first is up")) {
		give_up();
		return;
	}
	msg.devices.count = 64;
	test_ok(disk_ask(&disk, &msg, &answer) && answer.devices.bitmap[0] == 3,
		"two devices: the guest finds both");
	f = fopen(test_path("bridge.pid"), "r");
	test_ok(f && fscanf(f, "%d", &id) == 1 && id == bridge.pid, "two devices: --pidfile");
	if (f)
		fclose(f);
	kill(pid, SIGKILL);
	peer_end(pid);
	test_ok(spawn_expect(&bridge, 0, "peer: lost: ") && disk_load(&disk, 16, 200) &&
		disk_drain(&disk) && disk_compare(&disk),
		"two devices: the second loses its backend, the first goes on");
	end_all("two devices");
	test_ok(access(test_path("bridge.pid"), F_OK), "two devices: the pidfile is gone");
}

void disk_tests(void)
{
	identify_tests();
	request_tests();
	load_tests();
	error_tests();
	crash_tests();
	guest_tests();
	config_tests();
	config_change_tests();
	pair_tests();
}
