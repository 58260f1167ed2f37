// SPDX-License-Identifier: GPL-2.0
/*
 * The vhost-user frontend alone, against a strict backend.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge_test.h"
#include "peer.h"
#include "vhost_user.h"

#define MEMORY	(1 << 20)

static int connect_to(struct vhost_user *vu, const struct peer *peer, pid_t *pid)
{
	int err;

	*pid = peer_start(peer, test_path("peer"));
	err = vhost_user_connect(vu, test_path("peer"));
	vhost_user_begin(vu, VHOST_USER_TIMEOUT_MS);
	return err ? err : vhost_user_negotiate(vu);
}

/* Every message that the bridge can send, once. */
static int whole_life(struct vhost_user *vu)
{
	struct vhost_user_ring ring = {
		.num = 256, .base = 65535,
		.desc = 4096, .avail = 8192, .used = 12288,
		.kick = eventfd(0, EFD_CLOEXEC), .call = eventfd(0, EFD_CLOEXEC),
	};
	int memfd = memfd_create("test", MFD_CLOEXEC), err;
	uint8_t config[60], wce = 1;
	uint16_t base;

	if (memfd < 0 || ftruncate(memfd, MEMORY))
		return -errno;
	err = vhost_user_set_features(vu, vu->features);
	if (!err)
		err = vhost_user_set_memory(vu, memfd, 0, MEMORY);
	for (ring.index = 0; !err && ring.index < vu->num_queues; ring.index++)
		err = vhost_user_start_ring(vu, &ring);
	if (!err && vhost_user_has(vu, VHOST_USER_PROTOCOL_F_CONFIG)) {
		err = vhost_user_get_config(vu, config, sizeof(config));
		if (!err)
			err = vhost_user_set_config(vu, 32, &wce, 1);
	}
	for (ring.index = 0; !err && ring.index < vu->num_queues; ring.index++)
		err = vhost_user_stop_ring(vu, ring.index, &base);
	close(memfd);
	close(ring.kick);
	close(ring.call);
	return err;
}

static void strict_tests(void)
{
	static const struct {
		const char *what;
		uint64_t features;
		uint64_t protocol;
		unsigned int queues;
	} cases[] = {
		{ "all that qemu-storage-daemon offers", PEER_BLK_FEATURES, PEER_PROTOCOL, 4 },
		{ "protocol features that nobody knows", PEER_BLK_FEATURES, ~0ULL, 4 },
		{ "no protocol features", PEER_VERSION_1, 0, 1 },
		{ "protocol features, but none at all", PEER_BLK_FEATURES, 0, 1 },
		{ "no REPLY_ACK", PEER_BLK_FEATURES, PEER_PROTOCOL & ~PEER_REPLY_ACK, 4 },
		{ "no MQ", PEER_BLK_FEATURES, PEER_PROTOCOL & ~PEER_MQ, 1 },
		{ "no CONFIG", PEER_BLK_FEATURES, PEER_PROTOCOL & ~PEER_CONFIG, 4 },
		{ "no BACKEND_REQ", PEER_BLK_FEATURES, PEER_PROTOCOL & ~PEER_BACKEND_REQ, 4 },
		{ "every feature bit", ~0ULL, PEER_PROTOCOL, 4 },
	};
	struct peer peer = peer_good_disk;
	struct vhost_user vu;
	unsigned int i;
	int err, end;
	pid_t pid;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		peer.features = cases[i].features;
		peer.protocol = cases[i].protocol;
		err = connect_to(&vu, &peer, &pid);
		if (!err)
			err = whole_life(&vu);
		if (!err && vu.num_queues != cases[i].queues)
			err = -ERANGE;
		vhost_user_close(&vu);
		end = peer_end(pid);
		if (!test_ok(!err && end == PEER_EXIT_OK,
			     "vhost-user: only what was negotiated: %s", cases[i].what))
			test_diag("%d: %s; the backend's exit status %d", err, vu.error, end);
	}
}

static void error_tests(void)
{
	struct peer peer = peer_good_disk;
	struct pollfd pfd = { .events = POLLIN };
	struct vhost_user vu;
	uint8_t config[60];
	uint16_t base;
	char path[200];
	pid_t pid;
	int err;

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = 0;
	test_ok(vhost_user_connect(&vu, path) == -ENAMETOOLONG && strstr(vu.error, "at most"),
		"vhost-user: a path that is too long");
	test_ok(vhost_user_get_config(&vu, config, sizeof(config)) < 0,
		"vhost-user: no call after a failed connect");
	vhost_user_close(&vu);

	peer.on = REQ_SET_MEM_TABLE;
	peer.fault = PEER_NACK;
	err = connect_to(&vu, &peer, &pid);
	test_ok(!err && whole_life(&vu) == -EREMOTEIO && strstr(vu.error, "SET_MEM_TABLE"),
		"vhost-user: a refusal with REPLY_ACK is seen");
	test_ok(vhost_user_stop_ring(&vu, 0, &base) == -ENOTCONN,
		"vhost-user: no call after an error");
	vhost_user_close(&vu);
	peer_end(pid);

	peer.on = REQ_GET_VRING_BASE;
	peer.fault = PEER_WRONG;
	err = connect_to(&vu, &peer, &pid);
	test_ok(!err && whole_life(&vu) == -EPROTO && strstr(vu.error, "GET_VRING_BASE"),
		"vhost-user: GET_VRING_BASE of another ring is refused");
	vhost_user_close(&vu);
	peer_end(pid);

	peer.on = REQ_SET_CONFIG;
	peer.fault = PEER_CLOSE;
	peer.protocol &= ~PEER_REPLY_ACK;
	err = connect_to(&vu, &peer, &pid);
	test_ok(!err && whole_life(&vu) == -ECONNRESET,
		"vhost-user: a refusal without REPLY_ACK is seen by the next round trip");
	vhost_user_close(&vu);
	peer_end(pid);

	peer = peer_good_disk;
	peer.on = REQ_GET_CONFIG;
	peer.fault = PEER_TWICE;
	err = connect_to(&vu, &peer, &pid);
	if (!err)
		err = vhost_user_get_config(&vu, config, sizeof(config));
	pfd.fd = vu.fd;
	poll(&pfd, 1, 10000);
	test_ok(!err && vhost_user_check(&vu) == -EPROTO,
		"vhost-user: an answer that nobody asked for ends the connection");
	vhost_user_close(&vu);
	peer_end(pid);

	peer.on = REQ_GET_CONFIG;
	peer.fault = PEER_CONFIG_CHANGE;
	err = connect_to(&vu, &peer, &pid);
	test_ok(!err && !vu.config_changed &&
		!vhost_user_get_config(&vu, config, sizeof(config)) && vu.config_changed,
		"vhost-user: CONFIG_CHANGE is served while an answer is waited for");
	test_ok(!vhost_user_check(&vu), "vhost-user: a quiet connection is in order");
	vhost_user_close(&vu);
	test_ok(peer_end(pid) == PEER_EXIT_OK, "vhost-user: and CONFIG_CHANGE was acknowledged");

	err = connect_to(&vu, &peer_good_disk, &pid);
	test_ok(!err && vhost_user_set_features(&vu, 1ULL << 20) == -EINVAL,
		"vhost-user: a feature that was not offered is not sent");
	vhost_user_close(&vu);
	test_ok(peer_end(pid) == PEER_EXIT_OK, "vhost-user: and the backend saw none");
}

/* A backend that has always one more request to make is not listened to for ever. */
static void flood_tests(void)
{
	const uint32_t change[3] = { 2, 1, 0 };
	struct vhost_user vu;
	int fds[2], i, left;

	vhost_user_init(&vu);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return;
	vu.backend_fd = fds[0];
	/* As many as a socket takes without a reader */
	for (i = 0; i < 100; i++)
		if (write(fds[1], change, sizeof(change)) != sizeof(change))
			break;
	test_ok(i == 100 && !vhost_user_serve_backend(&vu) && vu.config_changed &&
		!ioctl(fds[0], FIONREAD, &left) && left > 0,
		"vhost-user: a hundred requests of the backend are not served at once");
	close(fds[1]);
	for (i = 0; i < 100 && !vu.backend_ended; i++)
		vhost_user_serve_backend(&vu);
	test_ok(vu.backend_ended && vu.backend_fd == fds[0] && !vu.broken,
		"vhost-user: their end is seen, and the descriptor stays until the owner lets go");
	vhost_user_close(&vu);
}

void vhost_tests(void)
{
	strict_tests();
	error_tests();
	flood_tests();
}
