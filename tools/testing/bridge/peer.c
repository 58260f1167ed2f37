// SPDX-License-Identifier: GPL-2.0
/*
 * A backend that misbehaves.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * Written from the protocol's text and not from the frontend under test: no
 * header is shared.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"

#define FLAG_VERSION	1
#define FLAG_REPLY	4
#define FLAG_NEED_REPLY	8

struct msg {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
	uint8_t payload[512];
} __attribute__((packed));

#define HDR	12

const struct peer peer_good_disk = {
	.features = PEER_BLK_FEATURES,
	.protocol = PEER_PROTOCOL,
	.queues = 4,
	.config_len = 60,
	.blk_size = 512,
	.num_queues = 4,
};

struct state {
	const struct peer *peer;
	int sock;
	int backend;
	uint64_t protocol;
	uint64_t capacity;
	enum {
		LIMITS_FIRST,
		LIMITS_OTHER,
		LIMITS_AGAIN,
	} limits;		/* PEER_LIMITS */
};

static bool read_all(int fd, void *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = read(fd, (char *)buf + done, len - done);
		if (n <= 0)
			return false;
		done += n;
	}
	return true;
}

/* The header's bytes come with the descriptor, if there is one. */
static bool receive(struct state *s, struct msg *m, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { m, HDR };
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	ssize_t n;

	*fd = -1;
	n = recvmsg(s->sock, &mh, MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return false;
	for (c = CMSG_FIRSTHDR(&mh); c; c = CMSG_NXTHDR(&mh, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
			memcpy(fd, CMSG_DATA(c), sizeof(int));
	if (n < HDR && !read_all(s->sock, (char *)m + n, HDR - n))
		return false;
	if (m->size > sizeof(m->payload))
		_exit(PEER_EXIT_STRICT);
	return read_all(s->sock, m->payload, m->size);
}

static void strict(bool allowed, const struct msg *m)
{
	if (allowed)
		return;
	fprintf(stderr, "# peer: request %u, flags 0x%x, %u bytes was not negotiated\n",
		m->request, m->flags, m->size);
	_exit(PEER_EXIT_STRICT);
}

/* May this frontend send that now, and does it have the right size? */
static void check(struct state *s, const struct msg *m, int fd)
{
	static const struct {
		uint32_t size;
		bool fd;
		bool known;
	} table[] = {
		[1] = { 0, false, true },	/* GET_FEATURES */
		[2] = { 8, false, true },	/* SET_FEATURES */
		[3] = { 0, false, true },	/* SET_OWNER */
		[5] = { 40, true, true },	/* SET_MEM_TABLE, one region */
		[8] = { 8, false, true },	/* SET_VRING_NUM */
		[9] = { 40, false, true },	/* SET_VRING_ADDR */
		[10] = { 8, false, true },	/* SET_VRING_BASE */
		[11] = { 8, false, true },	/* GET_VRING_BASE */
		[12] = { 8, true, true },	/* SET_VRING_KICK */
		[13] = { 8, true, true },	/* SET_VRING_CALL */
		[15] = { 0, false, true },	/* GET_PROTOCOL_FEATURES */
		[16] = { 8, false, true },	/* SET_PROTOCOL_FEATURES */
		[17] = { 0, false, true },	/* GET_QUEUE_NUM */
		[18] = { 8, false, true },	/* SET_VRING_ENABLE */
		[21] = { 0, true, true },	/* SET_BACKEND_REQ_FD */
		[24] = { 0, false, true },	/* GET_CONFIG, any size */
		[25] = { 0, false, true },	/* SET_CONFIG, any size */
	};
	bool ack = s->protocol & PEER_REPLY_ACK;

	strict(m->request < sizeof(table) / sizeof(table[0]) && table[m->request].known, m);
	if (m->request < 24)
		strict(m->size == table[m->request].size, m);
	else
		strict(m->size > 12, m);
	strict((fd >= 0) == table[m->request].fd, m);
	strict((m->flags & 3) == FLAG_VERSION && !(m->flags & FLAG_REPLY), m);
	strict(ack || !(m->flags & FLAG_NEED_REPLY), m);

	switch (m->request) {
	case 15:
	case 16:
	case 18:
		strict(s->peer->features & PEER_PROTOCOL_FEATURES, m);
		break;
	case 17:
		strict(s->protocol & PEER_MQ, m);
		break;
	case 21:
		strict(s->protocol & PEER_BACKEND_REQ, m);
		break;
	case 24:
	case 25:
		strict(s->protocol & PEER_CONFIG, m);
		break;
	}
}

static void config_space(const struct state *s, uint8_t *config)
{
	const struct peer *peer = s->peer;
	uint32_t blk_size = s->limits == LIMITS_OTHER ? 4096 : peer->blk_size;

	memset(config, 0, 256);
	memcpy(config, &s->capacity, 8);
	memcpy(config + 20, &blk_size, 4);
	memcpy(config + 34, &peer->num_queues, 2);
	memcpy(config + 40, &peer->segments, 4);
	memcpy(config + 52, &peer->segments, 4);
}

/* Makes the answer in place; false: the request has none. */
static bool answer(struct state *s, struct msg *m)
{
	const struct peer *peer = s->peer;
	uint32_t offset, size;
	uint8_t config[256];
	uint64_t value;

	switch (m->request) {
	case 1:
		value = peer->features;
		break;
	case 15:
		value = peer->protocol;
		break;
	case 16:
		memcpy(&value, m->payload, 8);
		strict(!(value & ~peer->protocol), m);
		s->protocol = value;
		return false;
	case 2:
		memcpy(&value, m->payload, 8);
		strict(!(value & ~peer->features), m);
		strict(!(peer->features & PEER_PROTOCOL_FEATURES) ||
		       (value & PEER_PROTOCOL_FEATURES), m);
		value = 0;
		break;
	case 17:
		value = peer->queues;
		break;
	case 11:
		memset(m->payload + 4, 0, 4);
		return true;
	case 24:
		memcpy(&offset, m->payload, 4);
		memcpy(&size, m->payload + 4, 4);
		strict(m->size == 12 + size && size <= 256 && offset <= 256 - size, m);
		if (offset + size > peer->config_len) {
			m->size = 0;
			return true;
		}
		config_space(s, config);
		memcpy(m->payload + 12, config + offset, size);
		return true;
	default:
		value = 0;
		break;
	}
	m->size = 8;
	memcpy(m->payload, &value, 8);
	return m->request == 1 || m->request == 15 || m->request == 17 ||
	       (m->flags & FLAG_NEED_REPLY);
}

static void backend_request(struct state *s, uint32_t request, uint32_t flags)
{
	uint32_t m[3] = { request, flags | FLAG_VERSION, 0 };
	struct msg reply;
	uint64_t zero;

	if (s->backend < 0)
		_exit(PEER_EXIT_ANSWER);
	if (write(s->backend, m, sizeof(m)) != sizeof(m))
		_exit(PEER_EXIT_ANSWER);
	if (!(flags & FLAG_NEED_REPLY))
		return;
	if (!read_all(s->backend, &reply, HDR) || reply.size != 8 ||
	    !read_all(s->backend, &zero, 8) || zero || reply.request != request ||
	    !(reply.flags & FLAG_REPLY))
		_exit(PEER_EXIT_ANSWER);
}

static void transmit(struct state *s, const void *buf, size_t len)
{
	if (send(s->sock, buf, len, MSG_NOSIGNAL) < 0)
		_exit(PEER_EXIT_OK);
}

/* Answers with the fault; false: close. */
static bool misbehave(struct state *s, struct msg *m)
{
	static const uint8_t garbage[64] = { 0xde, 0xad, 0xbe, 0xef, 0x42 };
	uint64_t value = 1;

	switch (s->peer->fault) {
	case PEER_CLOSE:
		return false;
	case PEER_SILENT:
		return true;
	case PEER_GARBAGE:
		transmit(s, garbage, sizeof(garbage));
		return true;
	case PEER_OTHER:
		m->request++;
		break;
	case PEER_NO_REPLY_FLAG:
		m->flags &= ~FLAG_REPLY;
		break;
	case PEER_LONG:
		m->size = 1 << 20;
		transmit(s, m, HDR);
		return true;
	case PEER_SHORT:
		m->size /= 2;
		break;
	case PEER_EMPTY:
		m->size = 0;
		break;
	case PEER_HALF:
		transmit(s, m, HDR + m->size / 2);
		return false;
	case PEER_NACK:
		m->size = 8;
		memcpy(m->payload, &value, 8);
		break;
	case PEER_TWICE:
		transmit(s, m, HDR + m->size);
		break;
	case PEER_CONFIG_CHANGE:
		s->capacity = PEER_CAPACITY_LATER;
		backend_request(s, 2, FLAG_NEED_REPLY);
		break;
	case PEER_LIMITS:
		if (s->limits == LIMITS_FIRST) {
			s->limits = LIMITS_OTHER;
			backend_request(s, 2, 0);
		}
		break;
	case PEER_BAD_REQUEST:
		backend_request(s, 3, 0);
		break;
	case PEER_WRONG:
		m->payload[0] ^= 1;
		break;
	case PEER_CHATTER:
		transmit(s, m, HDR + m->size);
		usleep(300000);
		break;
	case PEER_CLOSE_CHANNEL:
		close(s->backend);
		break;
	case PEER_LATE:
	case PEER_FINE:
		break;
	}
	transmit(s, m, HDR + m->size);
	return true;
}

static void serve(struct state *s)
{
	struct msg m;
	bool replies, last;
	int fd;

	while (receive(s, &m, &fd)) {
		check(s, &m, fd);
		if (m.request == 21)
			s->backend = fd;
		else if (fd >= 0)
			close(fd);
		last = m.payload[0] == s->peer->num_queues - 1 || m.request != REQ_SET_VRING_ENABLE;
		replies = answer(s, &m);
		m.flags = FLAG_VERSION | FLAG_REPLY;
		if (s->peer->fault == PEER_LATE && replies)
			usleep(PEER_LATE_MS * 1000);
		if (m.request == s->peer->on && last && s->peer->fault != PEER_FINE) {
			if (!misbehave(s, &m))
				return;
			continue;
		}
		if (replies)
			transmit(s, &m, HDR + m.size);
		if (m.request == REQ_GET_CONFIG && s->limits == LIMITS_OTHER) {
			s->limits = LIMITS_AGAIN;
			backend_request(s, 2, 0);
		}
	}
}

pid_t peer_start(const struct peer *peer, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct state s = { .peer = peer, .backend = -1, .capacity = PEER_CAPACITY };
	pid_t pid;
	int fd;

	unlink(path);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, 1) < 0) {
		perror(path);
		exit(2);
	}
	fflush(stdout);
	pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	s.sock = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	if (s.sock < 0)
		_exit(2);
	serve(&s);
	_exit(PEER_EXIT_OK);
}

int peer_end(pid_t pid)
{
	int status, i;

	for (i = 0; i < 1000; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		usleep(10000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}
