// SPDX-License-Identifier: GPL-2.0
/*
 * Devices come and go at SIGHUP, and a device is known by its identity.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
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

/* Lines of the configuration file: the disk, and another behind "peer" */
static char first[128], second[128];

void write_config(const char *fmt, ...)
{
	FILE *f = fopen(test_path("config"), "w");
	va_list ap;

	if (!f)
		exit(2);
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fclose(f);
}

bool reload(const char *answer)
{
	size_t from;

	spawn_read(&bridge, 0);
	from = bridge.len;
	kill(bridge.pid, SIGHUP);
	return spawn_expect(&bridge, from, answer);
}

/* Has the guest been told so of this device? It is asked what it sees, too. */
static bool is_told(unsigned int dev, unsigned int state, unsigned int bitmap)
{
	struct vargo_msg msg = { .type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_GET_DEVICES };
	const struct vargo_msg *m;
	struct vargo_msg answer;
	bool told = false;
	int i, tries;

	for (tries = 0; tries < 200 && !told; tries++) {
		for (i = 0; i < (int)disk.g.num_msgs; i++) {
			m = &disk.g.msgs[i];
			told |= m->type == VIRTIO_ARGO_TYPE_BUS &&
				m->id == VIRTIO_ARGO_BUS_EVENT_DEVICE &&
				m->event_device.dev == dev && m->event_device.state == state;
		}
		if (!told)
			disk_pump(&disk, 50);
	}
	disk.g.num_msgs = 0;
	msg.devices.count = 64;
	return disk_ask(&disk, &msg, &answer) && answer.devices.bitmap[0] == bitmap && told;
}

void identity_of(unsigned int dev, uint8_t *uuid)
{
	struct vargo_msg msg = { .id = VIRTIO_ARGO_GET_DEVICE_INFO }, answer = { 0 };
	unsigned int before = disk.g.dev;

	disk.g.dev = dev;
	if (!disk_ask(&disk, &msg, &answer))
		memset(&answer, 0, sizeof(answer));
	disk.g.dev = before;
	memcpy(uuid, answer.info.uuid, 16);
}

static bool sees(unsigned int bitmap)
{
	struct vargo_msg msg = { .type = VIRTIO_ARGO_TYPE_BUS, .id = VIRTIO_ARGO_BUS_GET_DEVICES };
	struct vargo_msg answer;

	msg.devices.count = 64;
	return disk_ask(&disk, &msg, &answer) && answer.devices.bitmap[0] == bitmap;
}

static bool first_goes_on(void)
{
	return disk_load(&disk, 16, 100) && disk_drain(&disk) && !disk.wrong;
}

/* A second disk comes and goes while the first is at work. */
static void hotplug_second_tests(void)
{
	uint8_t one[16], two[16], again[16], none[16] = { 0 };
	struct peer peer = peer_good_disk;
	pid_t pid;

	disk_start(&disk, 16);
	pid = peer_start(&peer, test_path("peer"));
	write_config("%s%s", first, second);
	test_ok(reload("devices: 1 added, 0 removed, 1 as before") &&
		is_told(1, VIRTIO_ARGO_DEVICE_ADDED, 3) && first_goes_on(),
		"hotplug: a device is added, the guest is told, the first goes on");

	write_config("%s%sdevice type=block,sockt=/x\n", first, second);
	test_ok(reload("SIGHUP: nothing was changed") &&
		strstr(bridge.out, "config:3: device: unknown property: \"sockt\"") && sees(3),
		"hotplug: a configuration with an error changes nothing, the line is named");
	write_config("device type=block,socket=%s\n", test_path("nothing.sock"));
	test_ok(reload("SIGHUP: nothing was changed") &&
		strstr(bridge.out, "nothing.sock: cannot connect: No such file") && sees(3),
		"hotplug: a socket that is not there changes nothing, and is named");
	write_config("# nothing\n");
	test_ok(reload("SIGHUP: nothing was changed") &&
		strstr(bridge.out, "--device: missing") && sees(3),
		"hotplug: a configuration without devices changes nothing");
	write_config("%sdevice type=block,socket=%s\n", second, test_path("nothing.sock"));
	test_ok(reload("SIGHUP: nothing was changed") && sees(3),
		"hotplug: nothing is removed if something cannot be added");

	write_config("%s%smemory 32M\nlog-level info\n", first, second);
	test_ok(reload("devices: 0 added, 0 removed, 2 as before") &&
		strstr(bridge.out, "--memory: cannot be changed while running"),
		"hotplug: what cannot be changed is named");

	identity_of(0, one);
	identity_of(1, two);
	test_ok(memcmp(one, two, 16) && memcmp(one, none, 16) && memcmp(two, none, 16),
		"identity: each device has one of its own");
	write_config("%s%s", second, first);
	test_ok(reload("devices: 0 added, 0 removed, 2 as before") && sees(3),
		"identity: the order of the lines means nothing");
	identity_of(0, again);
	test_ok(!memcmp(one, again, 16), "identity: each keeps its own");
	write_config("%sdevice type=block,socket=/x,uuid=%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x\n",
		     first, one[0], one[1], one[2], one[3], one[4], one[5], one[6], one[7],
		     one[8], one[9], one[10], one[11], one[12], one[13], one[14], one[15]);
	test_ok(reload("SIGHUP: nothing was changed") && sees(3) &&
		strstr(bridge.out, "another device has this uuid"),
		"identity: two devices of one are refused, and the second is named");

	disk_start(&disk, 16);
	write_config("%s", first);
	test_ok(reload("devices: 0 added, 1 removed, 1 as before") &&
		is_told(1, VIRTIO_ARGO_DEVICE_REMOVED, 1) && first_goes_on(),
		"hotplug: the device is removed, the guest is told, the first goes on");
	test_ok(peer_end(pid) == PEER_EXIT_OK, "hotplug: its backend was left in order");
}

/* A disk gets another process, behind another socket, and stays the same disk. */
static void identity_moves_tests(void)
{
	static const char line[] =
		"%sdevice type=block,socket=%s,uuid=00000000-0000-0000-0000-000000000007\n";
	struct peer peer = peer_good_disk;
	pid_t from = peer_start(&peer, test_path("peer"));
	pid_t to = peer_start(&peer, test_path("moved"));
	uint8_t id[16];

	write_config(line, first, test_path("peer"));
	test_ok(reload("devices: 1 added, 0 removed, 1 as before") && sees(3),
		"identity: a disk with uuid= is added");
	write_config(line, first, test_path("moved"));
	test_ok(reload("devices: 1 added, 1 removed, 1 as before") && sees(3),
		"identity: it moves to another socket");
	identity_of(1, id);
	test_ok(id[15] == 7 && first_goes_on(), "identity: it is the same there");
	write_config("%s", first);
	test_ok(reload("devices: 0 added, 1 removed, 1 as before") && sees(1) &&
		peer_end(from) == PEER_EXIT_OK && peer_end(to) == PEER_EXIT_OK,
		"identity: both processes were left in order");
}

/* A new device's process is there and does not answer: nobody waits for it. */
static void hotplug_slow_tests(void)
{
	struct peer peer = peer_good_disk;
	pid_t pid = peer_start(&peer, test_path("peer"));

	kill(pid, SIGSTOP);
	write_config("%s%s", first, second);
	test_ok(reload("reading the configuration again") && first_goes_on(),
		"slow: the first goes on while the second is waited for");
	kill(pid, SIGCONT);
	test_ok(spawn_expect(&bridge, bridge.len, "devices: 1 added, 0 removed, 1 as before") &&
		is_told(1, VIRTIO_ARGO_DEVICE_ADDED, 3), "slow: it answers, and is added");
	write_config("%s", first);
	test_ok(reload("devices: 0 added, 1 removed, 1 as before") &&
		is_told(1, VIRTIO_ARGO_DEVICE_REMOVED, 1) && peer_end(pid) == PEER_EXIT_OK,
		"slow: it is removed");

	pid = peer_start(&peer, test_path("peer"));
	kill(pid, SIGSTOP);
	write_config("%s%s", first, second);
	test_ok(reload("no answer within 5000 ms") &&
		spawn_expect(&bridge, 0, "SIGHUP: nothing was changed") && sees(1) &&
		first_goes_on(), "slow: it never answers, and nothing is changed");
	kill(pid, SIGCONT);
	peer_end(pid);

	/* The second SIGHUP comes before the first one's device has answered. */
	pid = peer_start(&peer, test_path("peer"));
	kill(pid, SIGSTOP);
	/* It has read the file when it answers the guest again. */
	test_ok(reload("reading the configuration again") && sees(1), "slow: another try");
	write_config("%s", first);
	test_ok(reload("devices: 0 added, 0 removed, 1 as before") && sees(1),
		"slow: the next SIGHUP counts");
	kill(pid, SIGCONT);
	test_ok(peer_end(pid) == PEER_EXIT_OK, "slow: the device that was given up is left in order");

	/* Ended while one is waited for */
	pid = peer_start(&peer, test_path("peer"));
	kill(pid, SIGSTOP);
	write_config("%s%s", first, second);
	test_ok(reload("reading the configuration again"), "slow: and another");
	end_all("slow");
	kill(pid, SIGCONT);
	peer_end(pid);
}

static void hotplug_first_tests(void)
{
	struct peer peer = peer_good_disk;
	pid_t pid;

	/* Removed with requests in flight, which nobody answers then */
	pid = peer_start(&peer, test_path("peer"));
	write_config("%s", second);
	disk.g.loose = true;
	disk_start(&disk, 32);
	disk_pump(&disk, 0);
	test_ok(reload("devices: 1 added, 1 removed, 0 as before") &&
		is_told(0, VIRTIO_ARGO_DEVICE_REMOVED, 2),
		"hotplug: one is removed under load while another comes");
	disk_crash(&disk);
	write_config("%s%s", first, second);
	test_ok(reload("devices: 1 added, 0 removed, 1 as before") &&
		is_told(0, VIRTIO_ARGO_DEVICE_ADDED, 3) && disk_identify(&disk) &&
		disk_up(&disk) == 15 && first_goes_on() && disk_compare(&disk),
		"hotplug: it comes back with its number and what was written");

	/* Another device behind the same socket: that backend ends with its connection */
	write_config("%sdevice type=block,socket=%s,num-queues=1\n", first, test_path("peer"));
	test_ok(reload("devices: 0 added, 1 removed, 1 as before") &&
		is_told(1, VIRTIO_ARGO_DEVICE_REMOVED, 1) && peer_end(pid) == PEER_EXIT_OK,
		"hotplug: a device that is to change goes first, and may not come back");
	pid = peer_start(&peer, test_path("peer"));
	test_ok(reload("devices: 1 added, 0 removed, 1 as before") &&
		is_told(1, VIRTIO_ARGO_DEVICE_ADDED, 3),
		"hotplug: the next SIGHUP tries again");
	kill(pid, SIGKILL);
	peer_end(pid);
}

/* The next datagram at the notification socket begins so. */
static bool notified(int fd, const char *begin)
{
	char text[256];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	return n >= (ssize_t)strlen(begin) && !memcmp(text, begin, strlen(begin));
}

void hotplug_tests(void)
{
	struct timeval limit = { .tv_sec = 60 };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct qsd_options opt = { .queues = 2 };
	struct peer peer = peer_good_disk;
	char more[256];
	pid_t pid;
	int fd;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", test_path("reload"));
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		exit(2);
	setenv("NOTIFY_SOCKET", addr.sun_path, 1);
	snprintf(first, sizeof(first), "device type=block,socket=%s\n", test_path("disk.sock"));
	snprintf(second, sizeof(second), "device type=block,socket=%s\n", test_path("peer"));
	snprintf(more, sizeof(more), "@--config@%s", test_path("config"));
	write_config("%s", first);
	if (!test_ok(start_all(&opt, more, "512K", RING) && disk_up(&disk) == 15,
		     "hotplug: the first is up")) {
		give_up();
		return;
	}
	unsetenv("NOTIFY_SOCKET");
	test_ok(notified(fd, "READY=1") && reload("devices: 0 added, 0 removed, 1 as before") &&
		notified(fd, "RELOADING=1\nMONOTONIC_USEC=") && notified(fd, "READY=1"),
		"hotplug: systemd is notified of a reload and of its end");
	close(fd);
	hotplug_second_tests();
	identity_moves_tests();
	hotplug_first_tests();
	end_all("hotplug");

	write_config("%s", first);
	if (test_ok(start_all(&opt, more, "512K", RING) && disk_up(&disk) == 15,
		    "slow: the first is up"))
		hotplug_slow_tests();
	else
		give_up();

	/* Queues for which there is no room */
	snprintf(more, sizeof(more), "@--config@%s@--spare-queues@3", test_path("config"));
	write_config("%s", first);
	if (!test_ok(start_all(&opt, more, "512K", RING) && disk_up(&disk) == 15,
		     "no room: the first is up")) {
		give_up();
		return;
	}
	pid = peer_start(&peer, test_path("peer"));
	write_config("%s%s", first, second);
	test_ok(reload("SIGHUP: nothing was changed") &&
		strstr(bridge.out, "no room for its 4 queues: start with more --spare-queues") &&
		sees(1) && first_goes_on(), "no room: the option is named, the first goes on");
	test_ok(peer_end(pid) == PEER_EXIT_OK, "no room: the backend was left in order");
	end_all("no room");
}
