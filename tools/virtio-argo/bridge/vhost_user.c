// SPDX-License-Identifier: GPL-2.0
/*
 * vhost-user, the frontend side.
 *
 * Copyright (C) 2026 The VirtIO-Argo authors
 *
 * What is sent was negotiated, always: some backends end on the first message
 * that was not. Three layers below, bottom up: bytes on the socket with a
 * deadline; a request with its answer; one function a message.
 *
 * Every message ends in an answer that is waited for. Those that have one of
 * their own are answered by it; the others ask for REPLY_ACK where that is in
 * force, and else sequences end with a GET_FEATURES round trip: messages are
 * served in order, so its answer says that the ones before were taken.
 *
 * The backend's own requests arrive on a second channel. A backend may wait
 * for the answer to one of them before it answers ours, so that channel is
 * served while an answer is waited for.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "vhost_user.h"

enum vhost_user_request {
	VHOST_USER_GET_FEATURES = 1,
	VHOST_USER_SET_FEATURES = 2,
	VHOST_USER_SET_OWNER = 3,
	VHOST_USER_SET_MEM_TABLE = 5,
	VHOST_USER_SET_VRING_NUM = 8,
	VHOST_USER_SET_VRING_ADDR = 9,
	VHOST_USER_SET_VRING_BASE = 10,
	VHOST_USER_GET_VRING_BASE = 11,
	VHOST_USER_SET_VRING_KICK = 12,
	VHOST_USER_SET_VRING_CALL = 13,
	VHOST_USER_GET_PROTOCOL_FEATURES = 15,
	VHOST_USER_SET_PROTOCOL_FEATURES = 16,
	VHOST_USER_GET_QUEUE_NUM = 17,
	VHOST_USER_SET_VRING_ENABLE = 18,
	VHOST_USER_SET_BACKEND_REQ_FD = 21,
	VHOST_USER_GET_CONFIG = 24,
	VHOST_USER_SET_CONFIG = 25,
};

#define VHOST_USER_BACKEND_CONFIG_CHANGE	2
#define BACKEND_BUDGET		32	/* reads of one vhost_user_serve_backend() */

#define VHOST_USER_VERSION	0x1
#define VHOST_USER_VERSION_MASK	0x3
#define VHOST_USER_REPLY	0x4
#define VHOST_USER_NEED_REPLY	0x8

/* The fds that SET_VRING_KICK and SET_VRING_CALL carry: always there here */
#define VHOST_USER_VRING_INDEX_MASK	0xff

struct vhost_user_hdr {
	uint32_t request;
	uint32_t flags;
	uint32_t size;
};

union vhost_user_payload {
	uint64_t u64;
	struct {
		uint32_t index;
		uint32_t num;
	} state;
	struct {
		uint32_t index;
		uint32_t flags;
		uint64_t desc;
		uint64_t used;
		uint64_t avail;
		uint64_t log;
	} addr;
	struct {
		uint32_t nregions;
		uint32_t padding;
		uint64_t guest_address;
		uint64_t size;
		uint64_t user_address;
		uint64_t mmap_offset;
	} memory;
	struct {
		uint32_t offset;
		uint32_t size;
		uint32_t flags;
		uint8_t region[VHOST_USER_CONFIG_MAX];
	} config;
};

#define CONFIG_HDR	offsetof(union vhost_user_payload, config.region)

_Static_assert(sizeof(struct vhost_user_hdr) == VHOST_USER_BACKEND_HDR, "ABI");
_Static_assert(sizeof(((union vhost_user_payload *)0)->addr) == 40, "ABI");
_Static_assert(sizeof(((union vhost_user_payload *)0)->memory) == 40, "ABI");
_Static_assert(CONFIG_HDR == 12, "ABI");

static const char *vhost_user_name(uint32_t request)
{
	static const char * const names[] = {
		[VHOST_USER_GET_FEATURES] = "GET_FEATURES",
		[VHOST_USER_SET_FEATURES] = "SET_FEATURES",
		[VHOST_USER_SET_OWNER] = "SET_OWNER",
		[VHOST_USER_SET_MEM_TABLE] = "SET_MEM_TABLE",
		[VHOST_USER_SET_VRING_NUM] = "SET_VRING_NUM",
		[VHOST_USER_SET_VRING_ADDR] = "SET_VRING_ADDR",
		[VHOST_USER_SET_VRING_BASE] = "SET_VRING_BASE",
		[VHOST_USER_GET_VRING_BASE] = "GET_VRING_BASE",
		[VHOST_USER_SET_VRING_KICK] = "SET_VRING_KICK",
		[VHOST_USER_SET_VRING_CALL] = "SET_VRING_CALL",
		[VHOST_USER_GET_PROTOCOL_FEATURES] = "GET_PROTOCOL_FEATURES",
		[VHOST_USER_SET_PROTOCOL_FEATURES] = "SET_PROTOCOL_FEATURES",
		[VHOST_USER_GET_QUEUE_NUM] = "GET_QUEUE_NUM",
		[VHOST_USER_SET_VRING_ENABLE] = "SET_VRING_ENABLE",
		[VHOST_USER_SET_BACKEND_REQ_FD] = "SET_BACKEND_REQ_FD",
		[VHOST_USER_GET_CONFIG] = "GET_CONFIG",
		[VHOST_USER_SET_CONFIG] = "SET_CONFIG",
	};

	if (request < sizeof(names) / sizeof(names[0]) && names[request])
		return names[request];
	return "?";
}

static int __attribute__((format(printf, 3, 4)))
vhost_user_fail(struct vhost_user *vu, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(vu->error, sizeof(vu->error), fmt, ap);
	va_end(ap);
	vu->broken = true;
	return err;
}

/* ------------------------------------------------------------------------ */
/* Bytes with a deadline */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits until the socket is ready, and serves the backend's requests. */
static int vhost_user_wait(struct vhost_user *vu, short events, uint32_t request)
{
	struct pollfd pfd[2];
	int64_t left;
	int n, err;

	for (;;) {
		pfd[0] = (struct pollfd){ .fd = vu->fd, .events = events };
		/* poll() skips a negative fd */
		pfd[1] = (struct pollfd){
			.fd = vu->backend_ended ? -1 : vu->backend_fd, .events = POLLIN,
		};
		left = vu->deadline - now_ms();
		n = poll(pfd, 2, left > 0 ? (int)left : 0);
		if (n < 0 && errno != EINTR)
			return vhost_user_fail(vu, -errno, "%s: poll: %s",
					       vhost_user_name(request), strerror(errno));
		if (n > 0 && pfd[1].revents) {
			err = vhost_user_serve_backend(vu);
			if (err)
				return err;
		}
		if (n > 0 && pfd[0].revents)
			return 0;
		if (left <= 0)
			return vhost_user_fail(vu, -ETIMEDOUT, "%s: no answer within %u ms",
					       vhost_user_name(request), vu->patience_ms);
	}
}

void vhost_user_begin(struct vhost_user *vu, unsigned int ms)
{
	vu->patience_ms = ms;
	vu->deadline = now_ms() + ms;
}

static int vhost_user_closed(struct vhost_user *vu, uint32_t request)
{
	return vhost_user_fail(vu, -ECONNRESET, "%s: the backend closed the connection",
			       vhost_user_name(request));
}

static int vhost_user_send(struct vhost_user *vu, const struct vhost_user_hdr *hdr,
			   const void *payload, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	uint8_t bytes[sizeof(*hdr) + sizeof(union vhost_user_payload)];
	size_t len = sizeof(*hdr) + hdr->size, done = 0;
	struct cmsghdr *cmsg;
	struct msghdr msg = { 0 };
	struct iovec iov;
	ssize_t n;
	int err;

	memcpy(bytes, hdr, sizeof(*hdr));
	if (hdr->size)
		memcpy(bytes + sizeof(*hdr), payload, hdr->size);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (fd >= 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	}

	while (done < len) {
		iov.iov_base = bytes + done;
		iov.iov_len = len - done;
		n = sendmsg(vu->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			if (errno == EAGAIN || errno == EINTR) {
				err = vhost_user_wait(vu, POLLOUT, hdr->request);
				if (err)
					return err;
				continue;
			}
			if (errno == EPIPE || errno == ECONNRESET)
				return vhost_user_closed(vu, hdr->request);
			return vhost_user_fail(vu, -errno, "%s: send: %s",
					       vhost_user_name(hdr->request), strerror(errno));
		}
		done += n;
		/* The descriptor went with the first byte. */
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	}
	return 0;
}

/* No answer that we ask for carries descriptors: read() drops any that came. */
static int vhost_user_recv(struct vhost_user *vu, void *buf, size_t len, uint32_t request)
{
	size_t done = 0;
	ssize_t n;
	int err;

	while (done < len) {
		n = recv(vu->fd, (uint8_t *)buf + done, len - done, MSG_DONTWAIT);
		if (!n)
			return vhost_user_closed(vu, request);
		if (n > 0) {
			done += n;
			continue;
		}
		if (errno == ECONNRESET)
			return vhost_user_closed(vu, request);
		if (errno != EAGAIN && errno != EINTR)
			return vhost_user_fail(vu, -errno, "%s: recv: %s",
					       vhost_user_name(request), strerror(errno));
		err = vhost_user_wait(vu, POLLIN, request);
		if (err)
			return err;
	}
	return 0;
}

/* ------------------------------------------------------------------------ */
/* A request with its answer */

/* The answer's payload has @min to @max bytes; returns how many, or -errno. */
static int vhost_user_reply(struct vhost_user *vu, uint32_t request, void *payload,
			    size_t min, size_t max)
{
	struct vhost_user_hdr hdr;
	int err;

	err = vhost_user_recv(vu, &hdr, sizeof(hdr), request);
	if (err)
		return err;
	if (hdr.request != request ||
	    (hdr.flags & VHOST_USER_VERSION_MASK) != VHOST_USER_VERSION ||
	    !(hdr.flags & VHOST_USER_REPLY))
		return vhost_user_fail(vu, -EPROTO,
				       "%s: the answer is none (request %u, flags 0x%x)",
				       vhost_user_name(request), hdr.request, hdr.flags);
	if (hdr.size < min || hdr.size > max)
		return vhost_user_fail(vu, -EPROTO, "%s: answer of %u bytes",
				       vhost_user_name(request), hdr.size);
	err = vhost_user_recv(vu, payload, hdr.size, request);
	return err ? err : (int)hdr.size;
}

static int vhost_user_call(struct vhost_user *vu, uint32_t request,
			   const void *payload, size_t size, int fd,
			   void *reply, size_t min, size_t max)
{
	struct vhost_user_hdr hdr = {
		.request = request,
		.flags = VHOST_USER_VERSION,
		.size = size,
	};
	int err;

	if (vu->broken || vu->fd < 0)
		return -ENOTCONN;
	err = vhost_user_send(vu, &hdr, payload, fd);
	if (err)
		return err;
	return vhost_user_reply(vu, request, reply, min, max);
}

static int vhost_user_get_u64(struct vhost_user *vu, uint32_t request, uint64_t *value)
{
	int len = vhost_user_call(vu, request, NULL, 0, -1, value,
				  sizeof(*value), sizeof(*value));

	return len < 0 ? len : 0;
}

/* A request without an answer of its own */
static int vhost_user_set(struct vhost_user *vu, uint32_t request,
			  const void *payload, size_t size, int fd)
{
	bool ack = vhost_user_has(vu, VHOST_USER_PROTOCOL_F_REPLY_ACK);
	struct vhost_user_hdr hdr = {
		.request = request,
		.flags = VHOST_USER_VERSION | (ack ? VHOST_USER_NEED_REPLY : 0),
		.size = size,
	};
	uint64_t result;
	int err;

	if (vu->broken || vu->fd < 0)
		return -ENOTCONN;
	err = vhost_user_send(vu, &hdr, payload, fd);
	if (err || !ack)
		return err;
	err = vhost_user_reply(vu, request, &result, sizeof(result), sizeof(result));
	if (err < 0)
		return err;
	if (result)
		return vhost_user_fail(vu, -EREMOTEIO, "%s: the backend refused it",
				       vhost_user_name(request));
	return 0;
}

static int vhost_user_set_u64(struct vhost_user *vu, uint32_t request, uint64_t value)
{
	return vhost_user_set(vu, request, &value, sizeof(value), -1);
}

static int vhost_user_set_state(struct vhost_user *vu, uint32_t request,
				uint32_t index, uint32_t num)
{
	union vhost_user_payload p = { .state = { .index = index, .num = num } };

	return vhost_user_set(vu, request, &p, sizeof(p.state), -1);
}

/* The end of a sequence of sets: were they taken? */
static int vhost_user_barrier(struct vhost_user *vu)
{
	uint64_t features;

	if (vhost_user_has(vu, VHOST_USER_PROTOCOL_F_REPLY_ACK))
		return 0;
	return vhost_user_get_u64(vu, VHOST_USER_GET_FEATURES, &features);
}

/* ------------------------------------------------------------------------ */
/* The backend's requests */

static int vhost_user_backend_request(struct vhost_user *vu)
{
	struct {
		struct vhost_user_hdr hdr;
		uint64_t result;
	} __attribute__((packed)) reply = { 0 };
	struct vhost_user_hdr hdr;

	memcpy(&hdr, vu->backend_msg, sizeof(hdr));
	if ((hdr.flags & VHOST_USER_VERSION_MASK) != VHOST_USER_VERSION ||
	    (hdr.flags & VHOST_USER_REPLY))
		return vhost_user_fail(vu, -EPROTO, "backend request with flags 0x%x", hdr.flags);
	/* The only one that the negotiated features allow */
	if (hdr.request != VHOST_USER_BACKEND_CONFIG_CHANGE || hdr.size)
		return vhost_user_fail(vu, -EPROTO,
				       "backend request %u of %u bytes was not negotiated",
				       hdr.request, hdr.size);

	vu->config_changed = true;
	if (!(hdr.flags & VHOST_USER_NEED_REPLY))
		return 0;
	reply.hdr = hdr;
	reply.hdr.flags = VHOST_USER_VERSION | VHOST_USER_REPLY;
	reply.hdr.size = sizeof(reply.result);
	if (send(vu->backend_fd, &reply, sizeof(reply), MSG_NOSIGNAL | MSG_DONTWAIT) !=
	    sizeof(reply))
		return vhost_user_fail(vu, -EPROTO, "the backend does not read its answers");
	return 0;
}

int vhost_user_serve_backend(struct vhost_user *vu)
{
	unsigned int budget = BACKEND_BUDGET;
	ssize_t n;
	int err;

	/* What is left is still readable: who never stops holds nobody up. */
	while (vu->backend_fd >= 0 && !vu->backend_ended && !vu->broken && budget--) {
		n = recv(vu->backend_fd, vu->backend_msg + vu->backend_have,
			 VHOST_USER_BACKEND_HDR - vu->backend_have, MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 :
				vhost_user_fail(vu, -errno, "backend channel: %s",
						strerror(errno));
		if (!n) {
			/* Its right; the main socket tells whether it lives. */
			vu->backend_ended = true;
			return 0;
		}
		vu->backend_have += n;
		if (vu->backend_have < VHOST_USER_BACKEND_HDR)
			continue;
		vu->backend_have = 0;
		err = vhost_user_backend_request(vu);
		if (err)
			return err;
	}
	return vu->broken ? -ENOTCONN : 0;
}

static int vhost_user_open_backend_channel(struct vhost_user *vu)
{
	int fds[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return vhost_user_fail(vu, -errno, "socketpair: %s", strerror(errno));
	vu->backend_fd = fds[0];
	vu->backend_have = 0;
	err = vhost_user_set(vu, VHOST_USER_SET_BACKEND_REQ_FD, NULL, 0, fds[1]);
	close(fds[1]);
	return err;
}

/* ------------------------------------------------------------------------ */
/* Connection */

void vhost_user_init(struct vhost_user *vu)
{
	memset(vu, 0, sizeof(*vu));
	vu->fd = -1;
	vu->backend_fd = -1;
}

int vhost_user_connect(struct vhost_user *vu, const char *path)
{
	const struct vhost_user_hdr ask = {
		.request = VHOST_USER_GET_FEATURES,
		.flags = VHOST_USER_VERSION,
	};
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int err;

	vhost_user_init(vu);
	if (strlen(path) >= sizeof(addr.sun_path))
		return vhost_user_fail(vu, -ENAMETOOLONG,
				       "a socket's path has at most %zu bytes",
				       sizeof(addr.sun_path) - 1);
	strcpy(addr.sun_path, path);
	vu->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (vu->fd < 0)
		return vhost_user_fail(vu, -errno, "socket: %s", strerror(errno));
	if (connect(vu->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		err = -errno;
		vhost_user_fail(vu, err, "cannot connect: %s", strerror(errno));
		close(vu->fd);
		vu->fd = -1;
		return err;
	}
	/* A new socket has room for it: without patience nothing waits. */
	return vhost_user_send(vu, &ask, NULL, -1);
}

int vhost_user_negotiate(struct vhost_user *vu)
{
	const uint64_t known = 1ULL << VHOST_USER_PROTOCOL_F_MQ |
			       1ULL << VHOST_USER_PROTOCOL_F_REPLY_ACK |
			       1ULL << VHOST_USER_PROTOCOL_F_BACKEND_REQ |
			       1ULL << VHOST_USER_PROTOCOL_F_CONFIG;
	uint64_t offered = 0, queues = 1;
	int err;

	if (vu->broken || vu->fd < 0)
		return -ENOTCONN;
	err = vhost_user_reply(vu, VHOST_USER_GET_FEATURES, &vu->features,
			       sizeof(vu->features), sizeof(vu->features));
	if (err < 0)
		return err;
	vu->has_protocol = vu->features & (1ULL << VHOST_USER_F_PROTOCOL_FEATURES);
	vu->features &= ~(1ULL << VHOST_USER_F_PROTOCOL_FEATURES | 1ULL << VHOST_F_LOG_ALL);

	err = vhost_user_set(vu, VHOST_USER_SET_OWNER, NULL, 0, -1);
	if (err)
		return err;

	if (vu->has_protocol) {
		err = vhost_user_get_u64(vu, VHOST_USER_GET_PROTOCOL_FEATURES, &offered);
		if (err)
			return err;
		offered &= known;
		/* A config that changes can only be reported on the backend's channel. */
		if (!(offered & (1ULL << VHOST_USER_PROTOCOL_F_CONFIG)))
			offered &= ~(1ULL << VHOST_USER_PROTOCOL_F_BACKEND_REQ);
		/* REPLY_ACK is in force behind this message, not for it. */
		err = vhost_user_set_u64(vu, VHOST_USER_SET_PROTOCOL_FEATURES, offered);
		if (err)
			return err;
		vu->protocol = offered;
	}

	if (vhost_user_has(vu, VHOST_USER_PROTOCOL_F_MQ)) {
		err = vhost_user_get_u64(vu, VHOST_USER_GET_QUEUE_NUM, &queues);
		if (err)
			return err;
		if (!queues || queues > VHOST_USER_VRING_INDEX_MASK + 1)
			return vhost_user_fail(vu, -EPROTO, "GET_QUEUE_NUM: %llu queues",
					       (unsigned long long)queues);
	}
	vu->num_queues = queues;

	if (vhost_user_has(vu, VHOST_USER_PROTOCOL_F_BACKEND_REQ)) {
		err = vhost_user_open_backend_channel(vu);
		if (err)
			return err;
	}
	return vhost_user_barrier(vu);
}

void vhost_user_close(struct vhost_user *vu)
{
	if (vu->fd >= 0)
		close(vu->fd);
	if (vu->backend_fd >= 0)
		close(vu->backend_fd);
	vu->fd = -1;
	vu->backend_fd = -1;
	vu->broken = true;
}

int vhost_user_check(struct vhost_user *vu)
{
	uint8_t byte;
	ssize_t n;

	if (vu->broken || vu->fd < 0)
		return -ENOTCONN;
	n = recv(vu->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n > 0)
		return vhost_user_fail(vu, -EPROTO, "an answer came that nobody asked for");
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return vhost_user_fail(vu, -ECONNRESET, "the backend closed the connection");
}

/* ------------------------------------------------------------------------ */
/* Config space */

int vhost_user_get_config(struct vhost_user *vu, void *config, size_t len)
{
	union vhost_user_payload ask = { 0 }, got = { 0 };
	int n;

	if (!vhost_user_has(vu, VHOST_USER_PROTOCOL_F_CONFIG) || len > VHOST_USER_CONFIG_MAX)
		return vhost_user_fail(vu, -ENOTSUP, "the backend has no config space");
	ask.config.size = len;
	n = vhost_user_call(vu, VHOST_USER_GET_CONFIG, &ask, CONFIG_HDR + len, -1,
			    &got, 0, CONFIG_HDR + len);
	if (n < 0)
		return n;
	/* Without payload: the backend failed, for instance at so many bytes. */
	if (!n)
		return vhost_user_fail(vu, -EREMOTEIO,
				       "GET_CONFIG: the backend has no %zu bytes of config", len);
	if ((size_t)n != CONFIG_HDR + len || got.config.offset || got.config.size != len)
		return vhost_user_fail(vu, -EPROTO, "GET_CONFIG: answer of %d bytes for %u at %u",
				       n, got.config.size, got.config.offset);
	memcpy(config, got.config.region, len);
	/* What the backend said before it answered is seen before the answer is used. */
	return vhost_user_serve_backend(vu);
}

int vhost_user_set_config(struct vhost_user *vu, size_t offset,
			  const void *data, size_t len)
{
	union vhost_user_payload p = { 0 };
	int err;

	if (!vhost_user_has(vu, VHOST_USER_PROTOCOL_F_CONFIG) ||
	    offset > VHOST_USER_CONFIG_MAX || len > VHOST_USER_CONFIG_MAX - offset)
		return -EINVAL;
	p.config.offset = offset;
	p.config.size = len;
	memcpy(p.config.region, data, len);
	err = vhost_user_set(vu, VHOST_USER_SET_CONFIG, &p, CONFIG_HDR + len, -1);
	return err ? err : vhost_user_barrier(vu);
}

/* ------------------------------------------------------------------------ */
/* Operation */

int vhost_user_set_features(struct vhost_user *vu, uint64_t features)
{
	if (features & ~vu->features)
		return vhost_user_fail(vu, -EINVAL, "features 0x%llx were not offered",
				       (unsigned long long)(features & ~vu->features));
	/* Acknowledged, it makes rings start disabled until SET_VRING_ENABLE. */
	if (vu->has_protocol)
		features |= 1ULL << VHOST_USER_F_PROTOCOL_FEATURES;
	return vhost_user_set_u64(vu, VHOST_USER_SET_FEATURES, features);
}

int vhost_user_set_memory(struct vhost_user *vu, int memfd, uint64_t address,
			  uint64_t size)
{
	union vhost_user_payload p = {
		.memory = {
			.nregions = 1,
			.guest_address = address,
			.size = size,
			/* Buffers and rings are named in one and the same space. */
			.user_address = address,
		},
	};

	return vhost_user_set(vu, VHOST_USER_SET_MEM_TABLE, &p, sizeof(p.memory), memfd);
}

int vhost_user_start_ring(struct vhost_user *vu, const struct vhost_user_ring *ring)
{
	union vhost_user_payload addr = {
		.addr = {
			.index = ring->index,
			.desc = ring->desc,
			.used = ring->used,
			.avail = ring->avail,
		},
	};
	uint64_t index = ring->index;
	int err;

	if (ring->index >= vu->num_queues)
		return vhost_user_fail(vu, -EINVAL, "the backend has no queue %u", ring->index);
	err = vhost_user_set_state(vu, VHOST_USER_SET_VRING_NUM, index, ring->num);
	if (!err)
		err = vhost_user_set_state(vu, VHOST_USER_SET_VRING_BASE, index, ring->base);
	if (!err)
		err = vhost_user_set(vu, VHOST_USER_SET_VRING_ADDR, &addr,
				     sizeof(addr.addr), -1);
	/* The call first: the kick starts the ring. */
	if (!err)
		err = vhost_user_set(vu, VHOST_USER_SET_VRING_CALL, &index,
				     sizeof(index), ring->call);
	if (!err)
		err = vhost_user_set(vu, VHOST_USER_SET_VRING_KICK, &index,
				     sizeof(index), ring->kick);
	if (!err && vu->has_protocol)
		err = vhost_user_set_state(vu, VHOST_USER_SET_VRING_ENABLE, index, 1);
	return err ? err : vhost_user_barrier(vu);
}

int vhost_user_stop_ring(struct vhost_user *vu, unsigned int index, uint16_t *base)
{
	union vhost_user_payload ask = { .state = { .index = index } }, got = { 0 };
	int n;

	n = vhost_user_call(vu, VHOST_USER_GET_VRING_BASE, &ask, sizeof(ask.state), -1,
			    &got, sizeof(got.state), sizeof(got.state));
	if (n < 0)
		return n;
	if (got.state.index != index || got.state.num > UINT16_MAX)
		return vhost_user_fail(vu, -EPROTO, "GET_VRING_BASE: index %u, base %u for queue %u",
				       got.state.index, got.state.num, index);
	*base = got.state.num;
	return 0;
}
