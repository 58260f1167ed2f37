// SPDX-License-Identifier: GPL-2.0
/*
 * --exit-with-guest: the bridge, and a xenstored that says what it is told.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge_test.h"
#include "peer.h"
#include "spawn.h"

/* From xen/io/xs_wire.h */
enum {
	XS_READ = 2,
	XS_WATCH = 4,
	XS_WATCH_EVENT = 15,
	XS_ERROR = 16,
	XS_IS_DOMAIN_INTRODUCED = 17,
};

struct head {
	uint32_t type, request, transaction, len;
};

static struct child bridge;
static int store = -1, link_fd = -1;
static pid_t peer;

static bool say(uint32_t type, const char *payload, size_t len)
{
	struct head head = { .type = type, .len = len };
	char msg[64];

	memcpy(msg, &head, sizeof(head));
	memcpy(msg + sizeof(head), payload, len);
	/* In two pieces: a stream keeps no boundaries. */
	return write(store, msg, 5) == 5 &&
	       write(store, msg + 5, sizeof(head) + len - 5) == (ssize_t)(sizeof(head) + len - 5);
}

/* The bridge's next request is this one. */
static bool hears(uint32_t type, const char *payload, size_t len)
{
	struct head head;
	char got[64];

	return recv(store, &head, sizeof(head), MSG_WAITALL) == sizeof(head) &&
	       head.type == type && head.len == len && len <= sizeof(got) &&
	       recv(store, got, len, MSG_WAITALL) == (ssize_t)len && !memcmp(got, payload, len);
}

#define WATCH	"@releaseDomain\0guest"
#define EVENT	"@releaseDomain\0guest"

static bool fires(void)
{
	return say(XS_WATCH_EVENT, EVENT, sizeof(EVENT)) &&
	       hears(XS_IS_DOMAIN_INTRODUCED, "7", 2);
}

#define NODE	"/local/domain/7"

/* The bridge runs and has asked whether xenstore knows the guest */
static bool launch(void)
{
	struct timeval limit = { .tv_sec = 60 };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char device[256], endpoint[64];
	const char *const argv[] = {
		test.bridge, "--guest", "7", "--device", device, "--endpoint", endpoint,
		"--exit-with-guest", NULL,
	};
	int fds[2], server;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", test_path("xenstored"));
	unlink(addr.sun_path);
	server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (server < 0 || bind(server, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(server, 1) ||
	    setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		exit(2);
	peer = peer_start(&peer_good_disk, test_path("peer"));
	snprintf(device, sizeof(device), "type=block,socket=%s", test_path("peer"));
	snprintf(endpoint, sizeof(endpoint), "socketpair-fd=%d", fds[1]);
	setenv("XENSTORED_PATH", addr.sun_path, 1);
	spawn(&bridge, argv, fds[1]);
	unsetenv("XENSTORED_PATH");
	close(fds[1]);
	link_fd = fds[0];
	store = accept(server, NULL, NULL);
	close(server);
	return store >= 0 &&
	       !setsockopt(store, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) &&
	       hears(XS_READ, NODE, sizeof(NODE));
}

static bool start(void)
{
	return launch() && say(XS_READ, "", 0) &&
	       hears(XS_WATCH, WATCH, sizeof(WATCH)) && say(XS_WATCH, "OK", 3) &&
	       spawn_expect(&bridge, 0, "ready: guest 7");
}

static void end(int status, int want, const char *what)
{
	int peer_status = peer_end(peer);

	if (!test_ok(status == want && peer_status == PEER_EXIT_OK, "guest's end: %s", what))
		test_diag("exit status %d, wanted %d; the backend's: %d; it said:\n%s", status,
			  want, peer_status, bridge.out);
	close(link_fd);
	if (store >= 0)
		close(store);
	store = -1;
}

void watch_tests(void)
{
	struct head long_one = { .type = XS_WATCH_EVENT, .len = 4097 };
	bool good;

	test_ok(start() && fires(), "guest's end: the bridge asks when a domain has gone");
	good = say(XS_IS_DOMAIN_INTRODUCED, "T", 2) && fires() &&
	       say(XS_IS_DOMAIN_INTRODUCED, "T", 2) && fires();
	spawn_read(&bridge, 100);
	test_ok(good && !strstr(bridge.out, "has gone"),
		"guest's end: it stays while its own is there");
	good = say(XS_IS_DOMAIN_INTRODUCED, "F", 2) &&
	       spawn_expect(&bridge, 0, "guest 7: the domain has gone, or was reset: ending");
	end(good ? spawn_wait(&bridge) : spawn_kill(&bridge, SIGKILL), 5,
	    "it ends with status 5 when its own has gone, and says so");

	test_ok(start() && fires() && say(XS_ERROR, "EACCES", 7) &&
		spawn_expect(&bridge, 0, "xenstore: EACCES: the end of the guest will not be seen"),
		"guest's end: xenstore refuses, the bridge says so");
	end(spawn_kill(&bridge, SIGTERM), 0, "and serves on");

	test_ok(start() && say(XS_WATCH_EVENT, EVENT, 5) && !shutdown(store, SHUT_RDWR) &&
		spawn_expect(&bridge, 0, "the end of the guest will not be seen"),
		"guest's end: xenstore ends, the bridge says so");
	end(spawn_kill(&bridge, SIGTERM), 0, "and serves on");

	test_ok(start() && write(store, &long_one, sizeof(long_one)) == sizeof(long_one) &&
		spawn_expect(&bridge, 0, "xenstore: an answer that is none"),
		"guest's end: an answer that is too long is refused");
	end(spawn_kill(&bridge, SIGTERM), 0, "and the bridge serves on");

	test_ok(launch() && say(XS_ERROR, "ENOENT", 7) &&
		spawn_expect(&bridge, 0, "xenstore knows no domain 7: Xen made it at boot"),
		"guest's end: a guest that xenstore does not know is named, with what to do");
	end(spawn_wait(&bridge), 1, "and the bridge does not start");
	test_ok(launch() && !shutdown(store, SHUT_RDWR) &&
		spawn_expect(&bridge, 0, "--exit-with-guest: xenstore: has ended"),
		"guest's end: nor does it without xenstore");
	end(spawn_wait(&bridge), 1, "which it says");
}
